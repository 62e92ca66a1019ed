"""Optimisers: PyTorch's, by PyTorch's names, with the settings each one reads and its default rate.

Update rules and defaults are those of `torch.optim`. The registry `OPTIMIZERS` is the one place where a name,
its settings, its PyTorch class and its rule for the compiled engine meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import torch


# The numbers that a rule may read. Of every step: the rate (with Adam's first correction), one over the root of Adam's
# second correction, AdamW's decay.
OF_STEP = ("rate", "unroot", "decay")


class OptimizerSettings(Protocol):
    """The settings of a recipe that optimisers read; `Recipe` says what each means."""

    lr: float
    momentum: float
    nesterov: bool
    betas: tuple[float, float]
    alpha: float
    eps: float


OF_RECIPE: dict[str, Callable[[OptimizerSettings], float]] = {
    "momentum": lambda recipe: recipe.momentum,
    "nesterov": lambda recipe: recipe.nesterov,
    "less_beta1": lambda recipe: 1 - recipe.betas[0],
    "beta2": lambda recipe: recipe.betas[1],
    "less_beta2": lambda recipe: 1 - recipe.betas[1],
    "alpha": lambda recipe: recipe.alpha,
    "less_alpha": lambda recipe: 1 - recipe.alpha,
    "eps": lambda recipe: recipe.eps,
}


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
        rule: for the compiled engine, what becomes of each thing that it remembers, by PyTorch's names, and last of a
            parameter p: expressions of p, its gradient g, what is remembered (once its own line is done, the new), and
            the numbers `OF_STEP` and `OF_RECIPE`. Remembered numbers begin at 0. Empty: the engine has its own code.
    """

    name: str
    about: str
    kind: str
    lr: float
    eps: float
    reads: tuple[str, ...]
    rule: dict[str, str] = field(default_factory=dict)

    @property
    def memory(self) -> tuple[str, ...]:
        """What it remembers of each parameter, by PyTorch's names, in the order in which the engines keep it."""
        return tuple(name for name in self.rule if name != "p")

    def torch(self, parameters: Iterable[torch.Tensor], recipe: OptimizerSettings) -> torch.optim.Optimizer:
        """The PyTorch optimiser that this recipe describes."""
        import torch

        settings: dict[str, Any] = {name: getattr(recipe, name) for name in self.reads}
        made: torch.optim.Optimizer = getattr(torch.optim, self.kind)(parameters, lr=recipe.lr, **settings)
        return made


_ADAM = {
    "exp_avg": "exp_avg + (g - exp_avg) * less_beta1",
    "exp_avg_sq": "exp_avg_sq * beta2 + less_beta2 * g * g",
    "p": "p * decay - rate * exp_avg / (sqrt(exp_avg_sq) * unroot + eps)",
}

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
            {
                "momentum_buffer": "momentum * momentum_buffer + g",
                "p": "p - rate * (g + momentum * momentum_buffer if nesterov > 0.0 else momentum_buffer)",
            },
        ),
        Optimizer(
            "adam",
            "A step of about lr in every parameter, whatever the size of its gradient (Kingma & Ba 2015).",
            "Adam",
            0.001,
            1e-8,
            ("betas", "eps"),
            _ADAM,
        ),
        Optimizer(
            "adamw",
            "Adam with weight decay that does not pass through its scaling (Loshchilov & Hutter 2019).",
            "AdamW",
            0.001,
            1e-8,
            ("betas", "eps", "weight_decay"),
            _ADAM,
        ),
        Optimizer(
            "rmsprop",
            "The gradient divided by a running root mean square of itself (Hinton 2012).",
            "RMSprop",
            0.01,
            1e-8,
            ("alpha", "eps", "momentum"),
            {
                "square_avg": "square_avg * alpha + less_alpha * g * g",
                "momentum_buffer": "momentum * momentum_buffer + g / (sqrt(square_avg) + eps)",
                "p": "p - rate * momentum_buffer",
            },
        ),
        Optimizer(
            "adagrad",
            "The gradient divided by the root of the sum of all its squares: steps only shrink (Duchi et al. 2011).",
            "Adagrad",
            0.01,
            1e-10,
            ("eps",),
            {"sum": "sum + g * g", "p": "p - rate * g / (sqrt(sum) + eps)"},
        ),
        Optimizer(
            "lbfgs",
            "Limited-memory BFGS: up to 20 inner iterations an epoch along directions that learn the curvature.",
            "LBFGS",
            1.0,
            0.0,
            (),
        ),
    )
}
