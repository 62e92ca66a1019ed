"""Gaussians

Two overlapping normal distributions: no classifier can be right everywhere.

高斯

两个重叠的正态分布：没有分类器能处处正确。
"""

import separatrix as sx

sx.pictures.points(sx.gaussians(n=300, seed=0))
