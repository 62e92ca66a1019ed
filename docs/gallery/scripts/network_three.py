"""Three units

Three folds can close a triangle around the disc.

三个单元

三条折线可以围成三角形。
"""

import separatrix as sx

points = sx.circle(n=100, seed=0)
run = sx.train(sx.Network.parse("2-3-1"), sx.Recipe(optimizer="adam", lr=0.01, epochs=5_000, seed=4), points)
sx.pictures.boundary(run, points, kind="probability")
