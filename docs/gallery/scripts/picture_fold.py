"""Fold

Where each layer takes the plane, until one flat cut separates the classes.

折叠

每一层把平面带到哪里，直到一刀切开两类。
"""

import separatrix as sx

points = sx.circle(n=100, seed=0)
run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=20_000, seed=0), points)
sx.pictures.fold(run, points)
