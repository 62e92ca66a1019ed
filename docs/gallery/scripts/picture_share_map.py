"""Map of shares

The same over two settings at once.

比例图

同时看两个设置。
"""

import separatrix as sx

study = sx.Study.grid(widths=(2, 3, 4, 6), loss=("bce", "mse"), lr=0.5, checkpoints=(1000, 4000), seeds=40)
results = sx.run_study(study, "study")
sx.pictures.share_map(results.shares(["width", "loss_name"], epoch=4000), "width", "loss_name")
