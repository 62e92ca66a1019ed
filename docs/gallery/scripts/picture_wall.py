"""Wall of borders

The border of every seed; frames mark those that are not solved.

边界墙

每个种子的边界；没解出的加框。
"""

import separatrix as sx

study = sx.Study.grid(widths=(2, 3, 4, 6), loss=("bce", "mse"), lr=0.5, checkpoints=(1000, 4000), seeds=40)
results = sx.run_study(study, "study")
sx.pictures.wall(results.borders(24, width=3, loss_name="bce"))
