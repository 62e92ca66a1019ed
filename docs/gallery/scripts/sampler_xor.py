"""Exclusive or

Four quadrants: class 1 where exactly one coordinate is positive.

异或

四个象限：恰有一个坐标为正的是第 1 类。
"""

import separatrix as sx

sx.pictures.points(sx.xor(n=300, seed=0))
