"""Probability

The same network's probability of class 1 as shades.

概率

同一个网络给出的第 1 类概率，用深浅表示。
"""

import separatrix as sx

points = sx.circle(n=100, seed=0)
run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=20_000, seed=0), points)
sx.pictures.boundary(run, points, kind="probability")
