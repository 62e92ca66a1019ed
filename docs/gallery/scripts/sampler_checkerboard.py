"""Checkerboard

Squares of alternating classes.

棋盘

黑白相间的方格。
"""

import separatrix as sx

sx.pictures.points(sx.checkerboard(n=600, seed=0))
