"""Curves

Loss and accuracy over the epochs.

训练曲线

损失和准确率随轮数的变化。
"""

import separatrix as sx

points = sx.circle(n=100, seed=0)
run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=20_000, seed=0), points)
sx.pictures.curves(run)
