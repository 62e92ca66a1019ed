"""Mish

x times the tanh of the softplus of x.

Mish

x 乘以 softplus(x) 的 tanh。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.1, seed=0)
network = sx.Network.parse("2-16-1", "mish")
run = sx.train(network, sx.Recipe(optimizer="adam", lr=0.01, epochs=3_000, seed=0), points)
sx.pictures.boundary(run, points, kind="probability")
