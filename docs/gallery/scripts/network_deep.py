"""Five narrow layers

Depth folds what is folded already.

五个窄层

更深的层把已经折过的平面再折一次。
"""

import separatrix as sx

points = sx.spirals(n=300, seed=0)
run = sx.train(
    sx.Network.parse("2-10-10-10-10-10-1"), sx.Recipe(optimizer="adam", lr=0.01, epochs=5_000, seed=0), points
)
sx.pictures.boundary(run, points, kind="probability")
