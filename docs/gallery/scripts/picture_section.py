"""Section through a table

The border over two columns of a table; hatched where no row is near.

表格的截面

两列上的边界；附近没有数据的地方打斜线。
"""

import numpy as np
import polars

import separatrix as sx

draw = np.random.default_rng(0)
frame = polars.DataFrame({"age": draw.normal(45, 15, 400), "town": draw.choice(["Ulm", "Bern", "Linz"], 400)})
chance = 1 / (1 + np.exp(3 - np.abs(frame["age"].to_numpy() - 45) / 5 - (frame["town"] == "Ulm").to_numpy()))
paid = (draw.random(400) < chance).astype(int)
classifier = sx.MLPBinaryClassifier((16,), max_iter=100, random_state=0).fit(frame[:300], paid[:300])
kinds = {"age": "number", "town": "category"}
sx.pictures.section(sx.section_of(classifier, frame[300:], kinds, ("age", "town"), paid[300:]))
