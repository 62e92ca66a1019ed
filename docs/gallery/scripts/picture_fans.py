"""Fans

How the loss fell on many seeds: median, middle 50% and 90%.

扇形图

许多种子上损失怎样下降：中位数、中间 50% 和 90%。
"""

import separatrix as sx

study = sx.Study.grid(widths=(2, 3, 4, 6), loss=("bce", "mse"), lr=0.5, checkpoints=(1000, 4000), seeds=40)
results = sx.run_study(study, "study")
sx.pictures.fans({"width 4": results.retrained(24, width=4, loss_name="bce")})
