"""Exact map

Every line along which a ReLU network folds, and its border as the polygon that it is.

精确地图

ReLU 网络的每一条折线，以及它的多边形边界。
"""

import separatrix as sx

points = sx.circle(n=100, seed=0)
run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=20_000, seed=0), points)
sx.pictures.exact_map(run, points)
