"""Why these rows

The contribution of each column to the logits of many rows, a point for each row.

许多行的理由

每一列对许多行的对数几率的贡献，每行一个点。
"""

import numpy as np
import polars

import separatrix as sx

draw = np.random.default_rng(0)
frame = polars.DataFrame({"age": draw.normal(45, 15, 400), "town": draw.choice(["Ulm", "Bern", "Linz"], 400)})
chance = 1 / (1 + np.exp(3 - np.abs(frame["age"].to_numpy() - 45) / 5 - (frame["town"] == "Ulm").to_numpy()))
paid = (draw.random(400) < chance).astype(int)
classifier = sx.MLPBinaryClassifier((16,), max_iter=100, random_state=0).fit(frame[:300], paid[:300])
sx.pictures.beeswarm(classifier.explain(frame[300:]))
