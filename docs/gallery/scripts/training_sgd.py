"""Gradient descent

Full batches and a fixed rate.

梯度下降

全批量，固定学习率。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.2, seed=0)
recipe = sx.Recipe(lr=0.05, epochs=3_000, seed=0)
run = sx.train(sx.Network.parse("2-16-16-1"), recipe, points)
sx.pictures.curves(run)
