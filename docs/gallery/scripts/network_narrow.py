"""Two units

Two folds make a wedge, never a closed border.

两个单元

两条折线只能组成楔形，无法闭合。
"""

import separatrix as sx

points = sx.circle(n=100, seed=0)
run = sx.train(sx.Network.parse("2-2-1"), sx.Recipe(optimizer="adam", lr=0.01, epochs=5_000, seed=1), points)
sx.pictures.boundary(run, points, kind="probability")
