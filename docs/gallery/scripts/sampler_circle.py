"""Circle

Points of a standard normal; class 1 is inside the unit circle. These are the tutorial's points.

圆

标准正态分布的点，单位圆内为第 1 类。这就是教程里的点。
"""

import separatrix as sx

sx.pictures.points(sx.circle(n=100, seed=0))
