"""Optimisers: PyTorch's, by PyTorch's names, with the settings each one reads and its default rate.

Update rules and defaults are those of `torch.optim`. The registry `OPTIMIZERS` is the one place where a name,
its settings and its PyTorch class meet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from separatrix.recipe import Recipe


@dataclass(frozen=True)
class Optimizer:
    """One optimiser.

    Attributes:
        name: the name used everywhere.
        about: what a learner should know, in one sentence.
        kind: the class in `torch.optim`.
        lr: the learning rate when none is given: the tutorial's 0.05 for SGD, else PyTorch's default.
        eps: the default of `eps`, where it is read.
        reads: the recipe's settings that it reads, beside `lr`.
        memory: what it remembers of each parameter, by PyTorch's names, in the order in which the engines keep it.
    """

    name: str
    about: str
    kind: str
    lr: float
    eps: float
    reads: tuple[str, ...]
    memory: tuple[str, ...]

    def torch(self, parameters: Iterable[torch.Tensor], recipe: Recipe) -> torch.optim.Optimizer:
        """The PyTorch optimiser that this recipe describes."""
        import torch

        settings: dict[str, Any] = {name: getattr(recipe, name) for name in self.reads}
        made: torch.optim.Optimizer = getattr(torch.optim, self.kind)(parameters, lr=recipe.lr, **settings)
        return made


OPTIMIZERS: dict[str, Optimizer] = {
    entry.name: entry
    for entry in (
        Optimizer(
            "sgd",
            "Gradient descent: a step of lr times the gradient, with momentum if asked for.",
            "SGD",
            0.05,
            0.0,
            ("momentum", "nesterov"),
            ("momentum_buffer",),
        ),
        Optimizer(
            "adam",
            "A step of about lr in every parameter, whatever the size of its gradient (Kingma & Ba 2015).",
            "Adam",
            0.001,
            1e-8,
            ("betas", "eps"),
            ("exp_avg", "exp_avg_sq"),
        ),
        Optimizer(
            "adamw",
            "Adam with weight decay that does not pass through its scaling (Loshchilov & Hutter 2019).",
            "AdamW",
            0.001,
            1e-8,
            ("betas", "eps", "weight_decay"),
            ("exp_avg", "exp_avg_sq"),
        ),
        Optimizer(
            "rmsprop",
            "The gradient divided by a running root mean square of itself (Hinton 2012).",
            "RMSprop",
            0.01,
            1e-8,
            ("alpha", "eps", "momentum"),
            ("square_avg", "momentum_buffer"),
        ),
        Optimizer(
            "adagrad",
            "The gradient divided by the root of the sum of all its squares: steps only shrink (Duchi et al. 2011).",
            "Adagrad",
            0.01,
            1e-10,
            ("eps",),
            ("sum",),
        ),
        Optimizer(
            "lbfgs",
            "Limited-memory BFGS: up to 20 inner iterations an epoch along directions that learn the curvature.",
            "LBFGS",
            1.0,
            0.0,
            (),
            (),
        ),
    )
}
