"""Early stopping

A quarter of the points chooses when to stop.

提前停止

四分之一的点决定何时停止。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.2, seed=0)
recipe = sx.Recipe(optimizer="adam", epochs=5_000, validation_fraction=0.25, patience=50, seed=0)
run = sx.train(sx.Network.parse("2-16-16-1"), recipe, points)
sx.pictures.curves(run)
