"""Curve

Two classes on either side of a wave.

曲线

一条波浪线的两侧。
"""

import separatrix as sx

sx.pictures.points(sx.curve(n=300, seed=0))
