"""Points, safe colours

Blue and orange, which every kind of colour vision can tell apart.

数据点，安全配色

蓝与橙，各种色觉都能分辨。
"""

import separatrix as sx

sx.pictures.points(sx.moons(n=200, noise=0.1, seed=1), palette="safe")
