"""A measure over the epochs

Here the mean loss of 20 seeds, with the middle 90%.

随轮数变化的指标

这里是 20 个种子的平均损失，带中间 90%。
"""

import numpy as np

import separatrix as sx

recipe = sx.Recipe(epochs=10_000, log_every=100)
runs = [sx.train(sx.Network.parse("2-4-4-1"), recipe.replace(seed=seed), sx.circle(seed=seed)) for seed in range(20)]
losses = np.array([run.log.loss for run in runs])
low, middle, high = np.quantile(losses, (0.05, 0.5, 0.95), axis=0)
band = sx.pictures.EpochBand(np.asarray(runs[0].log.epoch, dtype=float) + 1, middle, low, high)
sx.pictures.over_epochs({"2-4-4-1": band}, "The loss over the epochs", "loss")
