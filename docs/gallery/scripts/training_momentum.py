"""Momentum

The step remembers its direction.

动量

每步记住之前的方向。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.2, seed=0)
recipe = sx.Recipe(lr=0.05, epochs=3_000, momentum=0.9, seed=0)
run = sx.train(sx.Network.parse("2-16-16-1"), recipe, points)
sx.pictures.curves(run)
