"""Identity

Without an activation the layers are one matrix, and the border is a straight line.

恒等

没有激活函数，各层合成一个矩阵，边界只能是直线。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.1, seed=0)
network = sx.Network.parse("2-16-1", "identity")
run = sx.train(network, sx.Recipe(optimizer="adam", lr=0.01, epochs=3_000, seed=0), points)
sx.pictures.boundary(run, points, kind="probability")
