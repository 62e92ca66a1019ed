"""How often each place is inside

Over many networks, how often each place belongs to class 1.

各处属于第 1 类的频率

在许多网络上，每个位置属于第 1 类的频率。
"""

import numpy as np

import separatrix as sx
from separatrix.geometry.outlines import inside_shares

network = sx.Network.parse("2-4-4-1")
recipe = sx.Recipe(epochs=5_000, log_every=5_000)
runs = sx.train_many(network, recipe, lambda seed: sx.circle(seed=seed), seeds=range(60))
sx.pictures.inside(inside_shares(network, np.stack(runs.parameters), (-2, 2, -2, 2)))
