"""Adam

A rate of its own for every weight.

Adam

每个权重有自己的学习率。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.2, seed=0)
recipe = sx.Recipe(optimizer="adam", epochs=3_000, seed=0)
run = sx.train(sx.Network.parse("2-16-16-1"), recipe, points)
sx.pictures.curves(run)
