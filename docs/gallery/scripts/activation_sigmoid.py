"""Sigmoid

Smooth borders; slow with plain gradient descent, fine with Adam.

Sigmoid

边界光滑；用普通梯度下降很慢，用 Adam 没问题。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.1, seed=0)
network = sx.Network.parse("2-16-1", "sigmoid")
run = sx.train(network, sx.Recipe(optimizer="adam", lr=0.01, epochs=3_000, seed=0), points)
sx.pictures.boundary(run, points, kind="probability")
