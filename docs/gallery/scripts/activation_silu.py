"""SiLU

x times the sigmoid of x.

SiLU

x 乘以 x 的 sigmoid。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.1, seed=0)
network = sx.Network.parse("2-16-1", "silu")
run = sx.train(network, sx.Recipe(optimizer="adam", lr=0.01, epochs=3_000, seed=0), points)
sx.pictures.boundary(run, points, kind="probability")
