"""The one loop over epochs: one run, many runs, several processes, and what went wrong.

Other wings use `loop.train`, `many.train_many`, the records in `run`, `preparation` (from the user's arguments to arrays),
`distributed`, `diagnosis` and its `finding`. Every training of the package goes through `loop.train`.
"""

__all__ = ["diagnosis", "distributed", "finding", "loop", "many", "preparation", "run"]
