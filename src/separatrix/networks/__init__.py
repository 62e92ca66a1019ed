"""What is trained and how, as immutable descriptions, with the registries that they name.

Other wings use `Network` and `Recipe`; the registries `ACTIVATIONS`, `LOSSES`, `OPTIMIZERS`, `SCHEDULES` and
`INITIALISATIONS`, each in the file of its name; and from `modules`, which alone imports PyTorch, the networks as
`nn.Module`.
"""

__all__ = ["activations", "initialisation", "losses", "modules", "network", "optimizers", "recipe", "schedules"]
