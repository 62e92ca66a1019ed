"""Decision boundary

The tutorial's picture: two regions, with the points on top.

决策边界

教程里的图：两个区域，上面是数据点。
"""

import separatrix as sx

points = sx.circle(n=100, seed=0)
run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=20_000, seed=0), points)
sx.pictures.boundary(run, points)
