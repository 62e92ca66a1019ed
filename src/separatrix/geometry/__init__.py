"""Where the border is: on a grid, exactly with its regions and measures, through the layers, and after one step.

Other wings use `boundary` (probabilities on a grid), `regions` (the exact map of a piecewise-linear network), `exact` and
`accuracy` (the border's measures), `folding` (the plane layer by layer), `outlines` (class 1 as polygons, how often each
place is inside, and a border's distance from a circle) and `one_step` (backpropagation in numbers).
"""

__all__ = ["accuracy", "boundary", "exact", "folding", "one_step", "outlines", "regions"]
