"""He's initialisation

Wider first weights for ReLU layers.

He 初始化

给 ReLU 层更大的初始权重。
"""

import separatrix as sx

points = sx.checkerboard(n=600, seed=0)
run = sx.train(
    sx.Network.parse("2-32-32-1", init="he"), sx.Recipe(optimizer="adam", lr=0.01, epochs=5_000, seed=0), points
)
sx.pictures.boundary(run, points, kind="probability")
