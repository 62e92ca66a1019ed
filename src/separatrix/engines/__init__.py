"""What carries out a recipe: PyTorch's loop, alone or in several processes, the compiled loop, and small networks on a card.

Other wings use `choose`, which picks an engine, `base`, the contract of all engines with the loss in plain NumPy, and
`fused.warmup`. An engine is added by a class that keeps the contract and a line in `choose`.
"""

__all__ = ["base", "choose", "fused", "gpu"]
