"""Rings

A ring around a disc.

圆环

一个圆环围着一个圆盘。
"""

import separatrix as sx

sx.pictures.points(sx.rings(n=300, noise=0.1, seed=0))
