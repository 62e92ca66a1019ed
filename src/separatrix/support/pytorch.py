"""PyTorch, or one sentence with the command that installs it.

Everything that needs PyTorch imports it from here: the reference engine, modules of a user's own, and the export to PyTorch.
"""

from __future__ import annotations

from separatrix.errors import MissingPackage

try:
    import torch as torch
    from torch import nn as nn
except ModuleNotFoundError as error:
    # a module that PyTorch itself misses is another fault, which keeps its name
    if error.name != "torch":
        raise
    raise MissingPackage(
        "this needs PyTorch (the torch engine, modules, losses and optimisers of your own, to_torch); it is not installed: "
        'pip install "separatrix[torch]".'
    ) from error
