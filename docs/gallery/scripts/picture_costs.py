"""Costs of decisions

The mean cost of a row at each threshold where a missed case costs ten times a false alarm.

决策的代价

漏报的代价是误报的十倍时，每个阈值下每行的平均代价。
"""

import numpy as np
import polars

import separatrix as sx

draw = np.random.default_rng(0)
frame = polars.DataFrame({"age": draw.normal(45, 15, 400), "town": draw.choice(["Ulm", "Bern", "Linz"], 400)})
chance = 1 / (1 + np.exp(3 - np.abs(frame["age"].to_numpy() - 45) / 5 - (frame["town"] == "Ulm").to_numpy()))
paid = (draw.random(400) < chance).astype(int)
classifier = sx.MLPBinaryClassifier((16,), max_iter=100, random_state=0).fit(frame[:300], paid[:300])
probability = classifier.predict_proba(frame[300:])[:, 1]
sx.pictures.costs(paid[300:], probability, false_negative=10)
