"""Mixed activations

Another activation in each layer.

混合激活函数

每层用不同的激活函数。
"""

import separatrix as sx

points = sx.rings(n=300, noise=0.1, seed=0)
run = sx.train(
    sx.Network.parse("2-12-12-1", ("tanh", "relu")), sx.Recipe(optimizer="adam", lr=0.01, epochs=3_000, seed=0), points
)
sx.pictures.boundary(run, points, kind="probability")
