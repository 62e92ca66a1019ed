"""Step

The slope is 0 everywhere, so nothing is learned: the first layer's weights never move.

阶跃

斜率处处为 0，什么也学不到。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.1, seed=0)
network = sx.Network.parse("2-16-1", "step")
run = sx.train(network, sx.Recipe(optimizer="adam", lr=0.01, epochs=3_000, seed=0), points)
sx.pictures.boundary(run, points, kind="probability")
