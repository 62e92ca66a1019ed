"""Trained network

The same with the weights of a training: colour is the sign, width the size.

训练后的网络

加上训练出的权重：颜色是符号，粗细是大小。
"""

import separatrix as sx

points = sx.circle(n=100, seed=0)
run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=20_000, seed=0), points)
sx.pictures.network(run)
