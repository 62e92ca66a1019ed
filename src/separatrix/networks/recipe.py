"""Recipe: an immutable description of a training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

from separatrix.errors import InvalidParameter
from separatrix.networks.losses import LOSSES
from separatrix.networks.optimizers import OPTIMIZERS, Optimizer
from separatrix.networks.schedules import SCHEDULES
from separatrix.support.constraints import (
    SEED,
    AnyOf,
    Choice,
    Each,
    Flag,
    Having,
    Integer,
    Optional,
    Real,
    Rule,
    check,
    shown,
)

_RULES: dict[str, Rule] = {
    "loss": Choice(LOSSES, or_callable=True),
    "optimizer": AnyOf((Choice(OPTIMIZERS, or_callable=True), Having("param_groups", "a torch.optim.Optimizer"))),
    "lr": Optional(Real(0)),
    "epochs": Integer(1),
    "batch_size": Optional(Integer(1)),
    "seed": SEED,
    "schedule": Choice(SCHEDULES),
    "step_size": Optional(Integer(1)),
    "step_gamma": Real(0, open_low=True),
    "momentum": Real(0, 1, open_high=True),
    "nesterov": Flag(),
    "betas": Each(Real(0, 1, open_high=True), least=2),
    "eps": Optional(Real(0)),
    "alpha": Real(0, 1),
    "weight_decay": Real(0),
    "l1": Real(0),
    "l2": Real(0),
    "focal_gamma": Real(0),
    "dtype": Choice(("float32", "float64")),
    "validation_fraction": Optional(Real(0, 1, open_low=True, open_high=True)),
    "patience": Optional(Integer(1)),
    "min_delta": Real(0),
    "solved_below": Optional(Real(0, open_low=True)),
    "log_every": Integer(1),
    "snapshots": Each(Integer(0)),
}


@dataclass(frozen=True)
class Recipe:
    """An immutable description of a training; the defaults are the tutorial's.

    Attributes:
        loss: a name from `LOSSES`, or a function of your own (output, y) -> scalar tensor (torch engine).
        optimizer: a name from `OPTIMIZERS`, or an optimiser of your own (torch engine): a `torch.optim.Optimizer`,
            whose class and settings are applied to the parameters trained here, or a function parameters -> Optimizer.
        lr: learning rate; None takes the optimiser's default (SGD 0.05, Adam 0.001, …). With an optimiser of your
            own it is a factor on that one's own rates, 1 by default.
        epochs: passes over the data.
        batch_size: rows a step, or None for all rows in every step.
        seed: from which the initial parameters, the batch order and the validation split are drawn, each
            from a stream of its own.
        schedule: a name from `SCHEDULES`: how the rate changes from epoch to epoch.
        step_size: for `schedule="step"`: epochs between two falls; None is a third of the epochs.
        step_gamma: for `schedule="step"`: the factor of each fall.
        momentum: of SGD and RMSprop.
        nesterov: Nesterov's form of SGD's momentum.
        betas: of Adam and AdamW: decay of the running mean and of the running square.
        eps: added to the divisor of Adam, AdamW, RMSprop, Adagrad; None takes the optimiser's default.
        alpha: decay of RMSprop's running square.
        weight_decay: of AdamW alone (decoupled, every parameter); for others use `l2`.
        l1: adds l1 · Σ|w| over the weights (not the biases) to the loss.
        l2: adds l2 / 2 · Σ w² over the weights (not the biases) to the loss.
        focal_gamma: exponent of the focal loss.
        dtype: "float32" or "float64", of data, parameters and arithmetic.
        validation_fraction: share of the rows held out, by stratified draw, to measure on and not to train on.
        patience: stop when the validation loss hasn't improved at this many logged epochs in a row, and
            return the best parameters seen. Needs validation rows.
        min_delta: by how much the validation loss must fall to count as an improvement.
        solved_below: stop when every training row is on the right side and the loss is below this bound.
        log_every: a row of history every so many epochs (and one for the last).
        snapshots: epochs after which to keep a copy of the parameters; 0 is before the first.

    Raises:
        InvalidParameter: a setting out of range; the message names it, its value and what is allowed.

    Examples:
        >>> Recipe(optimizer="adam").lr
        0.001
        >>> Recipe(loss="bec")
        Traceback (most recent call last):
            ...
        separatrix.errors.InvalidParameter: Recipe: loss must be one of bce, bce_with_logits, cross_entropy, \
focal, hinge, mse or a function of your own, got 'bec'. Did you mean 'bce'?
    """

    loss: str | Callable[..., Any] = "bce"
    optimizer: str | Callable[..., Any] = "sgd"
    lr: float = None  # type: ignore[assignment]  # None stands for the optimiser's default until __post_init__
    epochs: int = 50_000
    batch_size: int | None = None
    seed: int = 0
    schedule: str = "constant"
    step_size: int | None = None
    step_gamma: float = 0.1
    momentum: float = 0.0
    nesterov: bool = False
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = None  # type: ignore[assignment]  # likewise
    alpha: float = 0.99
    weight_decay: float = 0.01
    l1: float = 0.0
    l2: float = 0.0
    focal_gamma: float = 2.0
    dtype: str = "float32"
    validation_fraction: float | None = None
    patience: int | None = None
    min_delta: float = 0.0
    solved_below: float | None = None
    log_every: int = 10
    snapshots: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check("Recipe", {field.name: getattr(self, field.name) for field in fields(self)}, _RULES)
        known = OPTIMIZERS.get(self.optimizer) if isinstance(self.optimizer, str) else None
        self._fill_defaults(known)
        self._refuse_contradictions()

    def _fill_defaults(self, known: Optimizer | None) -> None:
        """Numbers that depend on the optimiser, and all numbers Python's own, so that equal recipes are equal."""
        plain: dict[str, Any] = {
            field.name: _plain(_RULES[field.name], getattr(self, field.name)) for field in fields(self)
        }
        plain |= {
            "lr": plain["lr"] if self.lr is not None else known.lr if known else 1.0,
            "eps": plain["eps"] if self.eps is not None else known.eps if known else 0.0,
            "betas": tuple(float(beta) for beta in self.betas),
            "snapshots": tuple(sorted({int(epoch) for epoch in self.snapshots})),
        }
        for name, value in plain.items():
            object.__setattr__(self, name, value)

    def _refuse_contradictions(self) -> None:
        if isinstance(self.loss, type):
            raise InvalidParameter(
                f"Recipe: loss must be a function, got the class {shown(self.loss)}; write it with ()."
            )
        if len(self.betas) != 2:
            raise InvalidParameter(f"Recipe: betas must be two numbers, got {shown(self.betas)}.")
        largest = 3.4e38 if self.dtype == "float32" else 1.7e308
        for name in ("lr", "eps", "weight_decay", "l1", "l2"):
            if getattr(self, name) > largest:
                raise InvalidParameter(
                    f"Recipe: {name} must be at most {largest:g}, what {self.dtype} holds, got {getattr(self, name)!r}."
                )
        if self.nesterov and not (self.optimizer == "sgd" and self.momentum > 0):
            raise InvalidParameter("Recipe: nesterov needs optimizer='sgd' and momentum above 0.")
        if self.optimizer == "lbfgs" and self.batch_size is not None:
            raise InvalidParameter(
                "Recipe: batch_size must be None with optimizer='lbfgs', which needs all rows in a step."
            )
        if self.snapshots and self.snapshots[-1] > self.epochs:
            raise InvalidParameter(
                f"Recipe: snapshots must lie in [0, {self.epochs}], the epochs, got {self.snapshots[-1]}."
            )

    def replace(self, **changes: Any) -> Recipe:
        """A copy with these settings changed. A change of optimiser takes that optimiser's lr and eps unless given.

        Raises:
            InvalidParameter: an unknown name or a value out of range.
        """
        refuse_unknown_settings(changes)
        if "optimizer" in changes and changes["optimizer"] != self.optimizer:
            changes = {"lr": None, "eps": None} | changes
        return replace(self, **changes)

    def settings(self) -> dict[str, Any]:
        """All settings as plain data, functions by their name: what a saved run records."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        for name in ("loss", "optimizer"):
            if not isinstance(plain[name], str):
                plain[name] = getattr(plain[name], "__name__", type(plain[name]).__name__)
        return plain


_KINDS: dict[type, type] = {Integer: int, Real: float, Flag: bool}


def _plain(rule: Rule, value: Any) -> Any:
    """The value as Python's own int, float or bool, where its rule asks for one: NumPy's are accepted too."""
    if isinstance(rule, Optional):
        return None if value is None else _plain(rule.rule, value)
    return _KINDS[type(rule)](value) if type(rule) in _KINDS else value


def refuse_unknown_settings(given: dict[str, Any]) -> None:
    """Raise `InvalidParameter` for a name that is no setting of a recipe, with the nearest one that is."""
    from separatrix.support.constraints import nearest

    for name in given:
        if name not in _RULES:
            raise InvalidParameter(f"Recipe has no setting {name!r}.{nearest(name, _RULES)}")
