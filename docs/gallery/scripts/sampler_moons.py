"""Moons

Two half moons that reach into each other, with a little noise.

双月

两个互相咬合的半月，带一点噪声。
"""

import separatrix as sx

sx.pictures.points(sx.moons(n=300, noise=0.15, seed=0))
