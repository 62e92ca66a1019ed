"""What is trained and how, as immutable descriptions, with the registries that they name.

Other wings use `Network`, with the registry `INITIALISATIONS` beside it; `Recipe`; the registries `ACTIVATIONS`,
`LOSSES`, `OPTIMIZERS` and `SCHEDULES`, each in the file of its name; from `modules`, which imports PyTorch, the networks
as `nn.Module`; and from `module_network` a module of the user's own in place of a `Network`.
"""

__all__ = [
    "activations",
    "losses",
    "module_network",
    "modules",
    "network",
    "optimizers",
    "recipe",
    "schedules",
]
