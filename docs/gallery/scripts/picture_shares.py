"""Shares of seeds

The share of seeds that separate the classes, by width, with 95% bands.

种子的比例

按宽度画出能分开两类的种子占比，带 95% 区间。
"""

import separatrix as sx

study = sx.Study.grid(widths=(2, 3, 4, 6), loss=("bce", "mse"), lr=0.5, checkpoints=(1000, 4000), seeds=40)
results = sx.run_study(study, "study")
sx.pictures.shares(results.shares(["width"]))
