"""Why this row

From the mean of a background to the logit of one row, column by column.

这一行的理由

从背景的平均值逐列走到这一行的对数几率。
"""

import numpy as np
import polars

import separatrix as sx

draw = np.random.default_rng(0)
frame = polars.DataFrame({"age": draw.normal(45, 15, 400), "town": draw.choice(["Ulm", "Bern", "Linz"], 400)})
chance = 1 / (1 + np.exp(3 - np.abs(frame["age"].to_numpy() - 45) / 5 - (frame["town"] == "Ulm").to_numpy()))
paid = (draw.random(400) < chance).astype(int)
classifier = sx.MLPBinaryClassifier((16,), max_iter=100, random_state=0).fit(frame[:300], paid[:300])
sx.pictures.waterfall(classifier.explain(frame[300:]), row=5)
