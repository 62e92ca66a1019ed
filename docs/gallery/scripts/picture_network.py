"""Network

The architecture alone: circles and lines.

网络

只画结构：圆和线。
"""

import separatrix as sx

points = sx.circle(n=100, seed=0)
run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=20_000, seed=0), points)
sx.pictures.network(sx.Network.parse("2-4-4-1"))
