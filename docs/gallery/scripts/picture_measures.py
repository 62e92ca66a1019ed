"""A measure with its band

Any share or difference of shares, with its interval.

带区间的指标

任何比例或比例之差，带区间。
"""

import numpy as np

import separatrix as sx
from separatrix.pictures._shares import ShareLine

widths = np.array([2.0, 4.0, 8.0, 16.0])
runs = {
    width: sx.train_many(
        sx.Network.parse(f"2-{width:.0f}-1"),
        sx.Recipe(epochs=2_000, lr=0.5),
        lambda s: sx.circle(seed=s),
        seeds=range(20),
    )
    for width in widths
}
mean = np.array([runs[width].accuracy.mean() for width in widths])
error = np.array([runs[width].accuracy.std() / 20**0.5 for width in widths])
line = ShareLine("one hidden layer", widths, mean, mean - 2 * error, mean + 2 * error)
sx.pictures.measures([line], "Training accuracy by width", y="mean training accuracy")
