"""One wide layer

64 units in one layer: many short pieces.

一个宽层

一层 64 个单元：许多短的直线段。
"""

import separatrix as sx

points = sx.spirals(n=300, seed=0)
run = sx.train(sx.Network.parse("2-64-1"), sx.Recipe(optimizer="adam", lr=0.01, epochs=5_000, seed=0), points)
sx.pictures.boundary(run, points, kind="probability")
