"""Exact borders of many networks

Class 1 of each network as a filled polygon; the dotted line is the true border.

许多网络的精确边界

每个网络的第 1 类，画成填充的多边形；虚线是真实边界。
"""

import numpy as np

import separatrix as sx
from separatrix.geometry.exact import box_window, compute_borders

network = sx.Network.parse("2-4-4-1")
recipe = sx.Recipe(epochs=5_000, log_every=5_000)
runs = sx.train_many(network, recipe, lambda seed: sx.circle(seed=seed), seeds=range(12))
borders = compute_borders(network, np.stack(runs.parameters), box_window(-3, 3, -3, 3))
sx.pictures.border_wall(borders)
