"""Points

The points as the tutorial shows them.

数据点

教程里的散点图。
"""

import separatrix as sx

sx.pictures.points(sx.circle(n=100, seed=0))
