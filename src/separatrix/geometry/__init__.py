"""Where the border is: on a grid, exactly with its regions and measures, through the layers, and after one step.

Other wings use `boundary` (probabilities on a grid), `regions` (the exact map of a piecewise-linear network), `exact` and
`accuracy` (the border's measures), `circle` (its distance from the unit circle),
`folding` (the plane layer by layer) `outlines` (class 1 as polygons, and how
often each place is inside) and `one_step` (backpropagation in numbers).
"""

__all__ = ["accuracy", "boundary", "circle", "exact", "folding", "one_step", "outlines", "regions"]
