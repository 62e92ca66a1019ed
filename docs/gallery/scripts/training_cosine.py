"""Cosine schedule

The rate falls along half a cosine; the lowest panel shows it.

余弦计划

学习率沿半个余弦下降，见最下面一栏。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.2, seed=0)
recipe = sx.Recipe(optimizer="adam", lr=0.01, epochs=3_000, schedule="cosine", seed=0)
run = sx.train(sx.Network.parse("2-16-16-1"), recipe, points)
sx.pictures.curves(run)
