"""One cycle

The rate rises and then falls to almost nothing.

单周期

学习率先升，再降到接近零。
"""

import separatrix as sx

points = sx.moons(n=200, noise=0.2, seed=0)
recipe = sx.Recipe(optimizer="adam", lr=0.01, epochs=3_000, schedule="one_cycle", seed=0)
run = sx.train(sx.Network.parse("2-16-16-1"), recipe, points)
sx.pictures.curves(run)
