"""Loss surface

The loss around the solution, along two random directions.

损失曲面

解附近的损失，沿两个随机方向。
"""

import separatrix as sx

points = sx.circle(n=100, seed=0)
run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=20_000, seed=0), points)
sx.pictures.loss_surface(run, points)
