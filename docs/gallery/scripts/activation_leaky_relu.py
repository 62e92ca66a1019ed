"""Leaky ReLU

As ReLU, but a unit that is off keeps a small slope, so it cannot die.

带泄漏的 ReLU

与 ReLU 相似，但关闭的单元仍有小斜率，不会死亡。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.1, seed=0)
network = sx.Network.parse("2-16-1", "leaky_relu")
run = sx.train(network, sx.Recipe(optimizer="adam", lr=0.01, epochs=3_000, seed=0), points)
sx.pictures.boundary(run, points, kind="probability")
