"""Colormaps

Matplotlib's colormaps by family.

配色表

Matplotlib 的配色表，按类别排列。
"""

import separatrix as sx

sx.pictures.colormaps()
