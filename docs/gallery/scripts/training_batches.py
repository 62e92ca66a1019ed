"""Mini-batches

32 rows a step: quicker at first, and noisy.

小批量

每步 32 行：开始更快，但有噪声。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.2, seed=0)
recipe = sx.Recipe(lr=0.05, epochs=500, batch_size=32, seed=0)
run = sx.train(sx.Network.parse("2-16-16-1"), recipe, points)
sx.pictures.curves(run)
