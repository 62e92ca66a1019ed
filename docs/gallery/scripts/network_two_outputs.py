"""Two outputs

Softmax over two outputs instead of a sigmoid over one.

两个输出

两个输出用 softmax，代替一个输出的 sigmoid。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.1, seed=0)
run = sx.train(
    sx.Network.parse("2-16-2"), sx.Recipe(optimizer="adam", lr=0.01, epochs=3_000, seed=0, loss="cross_entropy"), points
)
sx.pictures.boundary(run, points, kind="probability")
