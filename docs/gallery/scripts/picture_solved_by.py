"""Solved by each epoch

How many seeds are solved by each epoch, as a survival curve.

到某轮为止解出的比例

像生存曲线那样，看到每一轮为止有多少种子解出。
"""

import separatrix as sx

study = sx.Study.grid(widths=(2, 3, 4, 6), loss=("bce", "mse"), lr=0.5, checkpoints=(1000, 4000), seeds=40)
results = sx.run_study(study, "study")
sx.pictures.solved_by({"width 2": results.survival(width=2), "width 4": results.survival(width=4)})
