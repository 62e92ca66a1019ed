"""Neurons

What each unit answers over the plane.

神经元

每个单元在平面上的输出。
"""

import separatrix as sx

points = sx.circle(n=100, seed=0)
run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=20_000, seed=0), points)
sx.pictures.neurons(run, points)
