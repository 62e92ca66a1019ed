"""Optimisers: PyTorch's, by PyTorch's names, with the settings that each one reads and its default learning rate.

Update rules and defaults are those of `torch.optim`. This file is the one place to add an optimiser: an entry of the
registry `OPTIMIZERS` and, for a setting that no other optimiser has, a field of `OptimizerSettings`. `Recipe` takes its
fields, checks and documentation from there, the command line its options, and the compiled engine its numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from separatrix.support.constraints import Each, Flag, Optional, Real, Rule

if TYPE_CHECKING:
    import numpy as np
    import torch

# The numbers of every step that a rule may read: the learning rate (with Adam's first correction), one over the root of
# Adam's second correction, and AdamW's decay. The compiled loop reads three numbers a step, whatever the optimiser.
OF_STEP = ("rate", "unroot", "decay")

Numbers = Mapping[str, Callable[[Any], float]]
Corrections = Callable[["OptimizerSettings", "np.ndarray", "np.ndarray"], "dict[str, np.ndarray]"]


@dataclass(frozen=True)
class Setting:
    """What is declared of a setting beside its type and default.

    Attributes:
        rule: the values that are allowed.
        about: one sentence for the documentation and the help text.
        numbers: the names under which update rules read it, each with its number as a function of the setting's value.
            Computed once in float64, so that a rule's 1 - beta is rounded as in PyTorch.
    """

    rule: Rule
    about: str
    numbers: Numbers


def setting(default: Any, rule: Rule, about: str, numbers: Numbers) -> Any:
    """Declare a field of `OptimizerSettings`.

    Args:
        default: value of a recipe that doesn't set it; None is filled in by the recipe.
        rule: as in `Setting`, as are about and numbers.
        about: as in `Setting`.
        numbers: as in `Setting`.
    """
    return field(default=default, metadata={"setting": Setting(rule, about, numbers)})


@dataclass(frozen=True, kw_only=True)
class OptimizerSettings:
    """The settings that update rules read; every field of this class is one of `Recipe`.

    Attributes:
        momentum: momentum of SGD and RMSprop.
        nesterov: whether SGD's momentum takes Nesterov's form.
        betas: decay rates of Adam's and AdamW's running mean and running square.
        eps: term added to the divisor of Adam, AdamW, RMSprop and Adagrad; None takes the optimiser's default.
        alpha: decay rate of RMSprop's running square.
        weight_decay: weight decay on every parameter: decoupled for AdamW, added to the gradient for SGD, as in PyTorch. None
            takes the optimiser's default, 0.01 for AdamW and 0 for SGD.
    """

    momentum: float = setting(
        0.0, Real(0, 1, open_high=True), "Momentum of SGD and RMSprop.", {"momentum": lambda value: value}
    )
    nesterov: bool = setting(
        False, Flag(), "Whether SGD's momentum takes Nesterov's form.", {"nesterov": lambda value: value}
    )
    betas: tuple[float, float] = setting(
        (0.9, 0.999),
        Each(Real(0, 1, open_high=True), least=2),
        "Decay rates of Adam's and AdamW's running mean and running square.",
        {
            "less_beta1": lambda value: 1 - value[0],
            "beta2": lambda value: value[1],
            "less_beta2": lambda value: 1 - value[1],
        },
    )
    eps: float = setting(
        None, Optional(Real(0)), "Term added to the divisor, against division by zero.", {"eps": lambda value: value}
    )
    alpha: float = setting(
        0.99,
        Real(0, 1),
        "Decay rate of RMSprop's running square.",
        {"alpha": lambda value: value, "less_alpha": lambda value: 1 - value},
    )
    weight_decay: float = setting(
        None,
        Optional(Real(0)),
        "Weight decay on every parameter: decoupled for AdamW, added to the gradient for SGD.",
        {"weight_decay": lambda value: value},
    )


def optimizer_settings() -> dict[str, Setting]:
    """All optimisers' settings by name, in the order of their declaration."""
    return {entry.name: entry.metadata["setting"] for entry in fields(OptimizerSettings)}


def _no_corrections(settings: OptimizerSettings, rate: np.ndarray, step: np.ndarray) -> dict[str, np.ndarray]:
    return {}


@dataclass(frozen=True)
class Optimizer:
    """One optimiser.

    Attributes:
        name: the name used everywhere.
        about: what a learner should know, in one sentence.
        kind: the class in `torch.optim`.
        lr: the learning rate when none is given: the tutorial's 0.05 for SGD, else PyTorch's default.
        eps: the default of `eps`, where it is read.
        reads: the names of the settings that it reads, beside `lr`.
        rule: for the compiled engine, how each quantity that it remembers is updated, by PyTorch's names, and the
            parameter p: expressions of p, its gradient g, the remembered quantities (after their own line: the updated
            ones), and the numbers of `OF_STEP` and of the settings. Remembered quantities begin at 0. An empty rule
            means that the engine has code of its own for it.
        corrections: settings, learning rates (k,) and step numbers from 1 (k,) -> those of `OF_STEP` that differ from
            the plain learning rate and from 1, each (k,) float64.
        always: arguments of the class in `torch.optim` that are no settings, by name.
        weight_decay: the default of `weight_decay`; where it isn't read, what recipes have always recorded for it.
    """

    name: str
    about: str
    kind: str
    lr: float
    eps: float
    reads: tuple[str, ...]
    rule: dict[str, str] = field(default_factory=dict)
    corrections: Corrections = _no_corrections
    always: dict[str, Any] = field(default_factory=dict)
    weight_decay: float = 0.01

    @property
    def memory(self) -> tuple[str, ...]:
        """What it remembers of each parameter, by PyTorch's names, in the order in which the engines keep it."""
        return tuple(name for name in self.rule if name != "p")

    def torch(
        self, parameters: Iterable[torch.Tensor], lr: float, settings: OptimizerSettings
    ) -> torch.optim.Optimizer:
        """The PyTorch optimiser with these settings.

        Args:
            parameters: the tensors that it updates.
            lr: the learning rate.
            settings: the numbers that it reads.
        """
        # Only the torch engine calls this; the registry itself must be readable without PyTorch.
        import torch

        arguments: dict[str, Any] = {name: getattr(settings, name) for name in self.reads} | self.always
        optimizer: torch.optim.Optimizer = getattr(torch.optim, self.kind)(parameters, lr=lr, **arguments)
        return optimizer


def _adam_corrections(settings: OptimizerSettings, rate: np.ndarray, step: np.ndarray) -> dict[str, np.ndarray]:
    # The running means begin at 0: after t steps they are too small by 1 - beta^t (Kingma & Ba 2015, section 3). The
    # first correction goes into the rate and the second beside the root, the order in which PyTorch rounds them.
    import numpy as np

    return {"rate": rate / (1 - settings.betas[0] ** step), "unroot": 1 / np.sqrt(1 - settings.betas[1] ** step)}


def _adamw_corrections(settings: OptimizerSettings, rate: np.ndarray, step: np.ndarray) -> dict[str, np.ndarray]:
    # Decoupled: the parameter shrinks by the uncorrected rate (Loshchilov & Hutter 2019, algorithm 2).
    return _adam_corrections(settings, rate, step) | {"decay": 1 - rate * settings.weight_decay}


# The bias corrections are in `rate` and `unroot`, so that Adam and AdamW share one rule; `decay` is 1 for Adam.
_ADAM = {
    # PyTorch takes `lerp` for the mean, but `mul` and `addcmul` for the square; the form decides the last bit.
    "exp_avg": "exp_avg + (g - exp_avg) * less_beta1",
    "exp_avg_sq": "exp_avg_sq * beta2 + less_beta2 * g * g",
    "p": "p * decay - rate * exp_avg / (sqrt(exp_avg_sq) * unroot + eps)",
}

# Without momentum the rules with a momentum buffer reduce to the plain step: momentum is then 0 and the buffer is g.
OPTIMIZERS: dict[str, Optimizer] = {
    entry.name: entry
    for entry in (
        Optimizer(
            "sgd",
            "Gradient descent: a step of lr times the gradient, with momentum if asked for.",
            "SGD",
            0.05,
            0.0,
            ("momentum", "nesterov", "weight_decay"),
            {
                # PyTorch begins with the first gradient as the buffer; from 0 it is the same, momentum · 0 + g. The decay
                # is part of the gradient, before the momentum.
                "momentum_buffer": "momentum * momentum_buffer + (g + weight_decay * p)",
                "p": "p - rate * (g + weight_decay * p + momentum * momentum_buffer if nesterov > 0.0 else momentum_buffer)",
            },
            weight_decay=0.0,
        ),
        Optimizer(
            "adam",
            "A step of about lr in every parameter, whatever the size of its gradient (Kingma & Ba 2015).",
            "Adam",
            0.001,
            1e-8,
            ("betas", "eps"),
            _ADAM,
            _adam_corrections,
        ),
        Optimizer(
            "adamw",
            "Adam with weight decay that does not pass through its scaling (Loshchilov & Hutter 2019).",
            "AdamW",
            0.001,
            1e-8,
            ("betas", "eps", "weight_decay"),
            _ADAM,
            _adamw_corrections,
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
            # The smaller eps is PyTorch's default for Adagrad alone.
            1e-10,
            ("eps",),
            {"sum": "sum + g * g", "p": "p - rate * g / (sqrt(sum) + eps)"},
        ),
        Optimizer(
            "lbfgs",
            "Limited-memory BFGS: up to 20 inner iterations an epoch along directions that learn the curvature, each with a "
            "line search that never ends above its start (strong Wolfe conditions).",
            "LBFGS",
            # A quasi-Newton direction has a length of its own, of which 1 is the natural first step.
            1.0,
            0.0,
            (),
            # PyTorch's default is no line search; a first step that is too long could then diverge.
            always={"line_search_fn": "strong_wolfe"},
        ),
    )
}
