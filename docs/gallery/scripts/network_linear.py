"""Logistic regression

No hidden layer: one straight line.

逻辑回归

没有隐藏层：一条直线。
"""

import separatrix as sx

points = sx.gaussians(n=300, seed=0)
run = sx.train(sx.Network.parse("2-1"), sx.Recipe(optimizer="adam", lr=0.01, epochs=2_000, seed=0), points)
sx.pictures.boundary(run, points, kind="probability")
