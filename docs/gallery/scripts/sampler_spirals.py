"""Spirals

Two spirals wound into each other, the hardest of the plain shapes.

螺旋

两条互相缠绕的螺旋，是这些形状里最难的。
"""

import separatrix as sx

sx.pictures.points(sx.spirals(n=300, seed=0))
