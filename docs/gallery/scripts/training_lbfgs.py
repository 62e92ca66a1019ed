"""L-BFGS

Second-order steps on full batches.

L-BFGS

全批量上的二阶方法。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.2, seed=0)
recipe = sx.Recipe(optimizer="lbfgs", epochs=100, log_every=1, seed=0)
run = sx.train(sx.Network.parse("2-16-16-1"), recipe, points)
sx.pictures.curves(run)
