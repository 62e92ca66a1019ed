"""SELU

ELU, scaled so that mean and variance stay from layer to layer.

SELU

缩放后的 ELU，使均值和方差逐层保持。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.1, seed=0)
network = sx.Network.parse("2-16-1", "selu")
run = sx.train(network, sx.Recipe(optimizer="adam", lr=0.01, epochs=3_000, seed=0), points)
sx.pictures.boundary(run, points, kind="probability")
