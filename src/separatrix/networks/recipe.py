"""Recipe: an immutable description of a training, and its record in files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from separatrix.errors import InvalidParameter, warn
from separatrix.networks.losses import LOSSES
from separatrix.networks.optimizers import OPTIMIZERS, Optimizer, OptimizerSettings, optimizer_settings
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
    nearest,
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
    **{name: setting.rule for name, setting in optimizer_settings().items()},
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
class Recipe(OptimizerSettings):
    """An immutable description of a training; the defaults are the tutorial's.

    Its settings are those below and those of `OptimizerSettings`: momentum, nesterov, betas, eps, alpha, weight_decay.

    Attributes:
        loss: a name from `LOSSES`, or a function of your own, (output, y) -> scalar tensor (torch engine only).
        optimizer: a name from `OPTIMIZERS`, or an optimiser of your own (torch engine only): a `torch.optim.Optimizer`,
            whose class and settings are applied to the parameters trained here, or a function parameters -> Optimizer.
        lr: learning rate. None takes the optimiser's default (SGD 0.05, Adam 0.001, …). With an optimiser of your
            own it is a factor on that optimiser's rates and defaults to 1.
        epochs: number of passes over the data.
        batch_size: batch size, or None for all rows in every step.
        seed: seed of the initial parameters, the batch order and the validation split, each of which has an
            independent random stream.
        schedule: a name from `SCHEDULES`: how the learning rate changes from epoch to epoch.
        step_size: for the schedule "step": epochs between two reductions. None is a third of all epochs.
        step_gamma: for the schedule "step": factor of each reduction.
        l1: adds l1 · Σ|w| over the weights (not the biases) to the loss.
        l2: adds l2 / 2 · Σ w² over the weights (not the biases) to the loss.
        focal_gamma: exponent of the focal loss.
        dtype: "float32" or "float64", of data, parameters and arithmetic.
        validation_fraction: share of the rows set aside for validation, by a stratified random split.
        patience: stop when the validation loss has not improved at this many logged epochs in a row, and
            return the best parameters so far. Needs validation rows.
        min_delta: smallest decrease of the validation loss that counts as an improvement.
        solved_below: stop when every training row is classified correctly and the loss is below this bound.
        log_every: number of epochs between two rows of the history; the last epoch is always logged.
        snapshots: epochs after which to keep a copy of the parameters; 0 is before the first epoch.

    Raises:
        InvalidParameter: a setting is out of range; the message names it, its value and what is allowed.

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
        check("Recipe", {name: getattr(self, name) for name in _RULES}, _RULES)
        # An optimiser of the user's own has no entry: `lr` is then a factor on its own rates.
        entry = OPTIMIZERS.get(self.optimizer) if isinstance(self.optimizer, str) else None
        self._fill_defaults(entry)
        self._refuse_contradictions()
        self._drop_without_effect(entry)

    def _fill_defaults(self, entry: Optimizer | None) -> None:
        """Set the defaults that depend on the optimiser, and turn NumPy's numbers into Python's."""
        # Python's own numbers, so that equal recipes compare equal, have one hash and are written to one JSON text.
        plain: dict[str, Any] = {name: _plain(rule, getattr(self, name)) for name, rule in _RULES.items()}
        plain |= {
            "lr": plain["lr"] if self.lr is not None else entry.lr if entry else 1.0,
            "eps": plain["eps"] if self.eps is not None else entry.eps if entry else 0.0,
            "weight_decay": plain["weight_decay"] if self.weight_decay is not None else _usual_decay(entry),
            # Sorted and each once: equal choices are equal recipes, and the last one is the largest.
            "snapshots": tuple(sorted(set(plain["snapshots"]))),
        }
        for name, value in plain.items():
            # The dataclass is frozen; only its own initialisation may set fields.
            object.__setattr__(self, name, value)

    def _refuse_contradictions(self) -> None:
        # A class is callable as well, but calling it constructs a loss instead of computing one.
        if isinstance(self.loss, type):
            raise InvalidParameter(
                f"Recipe: loss must be a function, got the class {shown(self.loss)}; write it with ()."
            )
        if len(self.betas) != 2:
            raise InvalidParameter(f"Recipe: betas must be two numbers, got {shown(self.betas)}.")
        # Beyond the type's largest number a setting would become infinite in the kernels, and break the first step.
        largest = 3.4e38 if self.dtype == "float32" else 1.7e308
        for name in ("lr", "l1", "l2", *_UNBOUNDED):
            if getattr(self, name) > largest:
                raise InvalidParameter(
                    f"Recipe: {name} must be at most {largest:g}, what {self.dtype} holds, got {getattr(self, name)!r}."
                )
        # It is a form of SGD's momentum; anywhere else the setting would have no effect, without a word.
        if self.nesterov and not (self.optimizer == "sgd" and self.momentum > 0):
            raise InvalidParameter("Recipe: nesterov needs optimizer='sgd' and momentum above 0.")
        # It compares gradients of successive steps; between batches the difference would be noise, not curvature.
        if self.optimizer == "lbfgs" and self.batch_size is not None:
            raise InvalidParameter(
                "Recipe: batch_size must be None with optimizer='lbfgs', which needs all rows in every step."
            )
        if self.snapshots and self.snapshots[-1] > self.epochs:
            raise InvalidParameter(
                f"Recipe: snapshots must lie in [0, {self.epochs}], the epochs, got {self.snapshots[-1]}."
            )

    def _drop_without_effect(self, entry: Optimizer | None) -> None:
        """Warn of settings that nothing reads here, and give them their defaults: equal trainings are equal recipes."""
        usual = _usual_values(entry)
        idle = {name: why for name, why in self._idle(entry).items() if getattr(self, name) != usual[name]}
        for name, why in idle.items():
            warn(f"Recipe: {name}={shown(getattr(self, name))} has no effect {why}; it is left out.")
            object.__setattr__(self, name, usual[name])

    def _idle(self, entry: Optimizer | None) -> dict[str, str]:
        """The settings that nothing reads with these others, each with the reason in words."""
        idle: dict[str, str] = {}
        if entry is not None:
            with_it = f"with optimizer={self.optimizer!r}"
            idle = {name: with_it for name in optimizer_settings() if name not in entry.reads}
        if self.schedule != "step":
            idle |= dict.fromkeys(_OF_STEP_SCHEDULE, f"with schedule={self.schedule!r}")
        # a loss of the user's own doesn't get it either
        if self.loss != "focal":
            idle["focal_gamma"] = f"with loss={shown(self.loss)}"
        if self.patience is None:
            idle["min_delta"] = "without patience"
        return idle

    def replace(self, **changes: Any) -> Recipe:
        """Return a copy with these settings changed.

        With another optimiser, `lr`, `eps`, `weight_decay` and what it doesn't read take their defaults unless they are among
        the changes; so do the settings of another schedule, the exponent with another loss, and `min_delta` without patience.

        Args:
            changes: new values by the settings' names.

        Raises:
            InvalidParameter: a name is unknown or a value out of range.
        """
        refuse_unknown_settings(changes)
        if "optimizer" in changes and changes["optimizer"] != self.optimizer:
            # The old optimiser's defaults mean nothing to another one.
            changes = {"lr": None, "eps": None, "weight_decay": None} | changes
            changes = {name: _DEFAULTS[name] for name in self._unread_by(changes["optimizer"])} | changes
        if changes.get("schedule", self.schedule) != self.schedule:
            changes = {name: _DEFAULTS[name] for name in _OF_STEP_SCHEDULE} | changes
        if changes.get("loss", self.loss) != self.loss:
            changes = {"focal_gamma": _DEFAULTS["focal_gamma"]} | changes
        if changes.get("patience", self.patience) is None:
            changes = {"min_delta": _DEFAULTS["min_delta"]} | changes
        return replace(self, **changes)

    @staticmethod
    def _unread_by(optimizer: Any) -> list[str]:
        entry = OPTIMIZERS.get(optimizer) if isinstance(optimizer, str) else None
        return [name for name in optimizer_settings() if entry is not None and name not in entry.reads]

    def effective_settings(self) -> tuple[str, ...]:
        """The names of the optimiser's settings that this recipe's optimiser reads; others have no effect.

        Examples:
            >>> Recipe(optimizer="adamw").effective_settings()
            ('betas', 'eps', 'weight_decay')
        """
        return OPTIMIZERS[self.optimizer].reads if isinstance(self.optimizer, str) else ()

    def settings(self) -> dict[str, Any]:
        """All settings as plain data, functions by their name: what a saved run records."""
        # In the order of the rules, in which people read settings; inherited fields come first in `fields`.
        plain = {name: getattr(self, name) for name in _RULES}
        for name in ("loss", "optimizer"):
            if not isinstance(plain[name], str):
                plain[name] = getattr(plain[name], "__name__", type(plain[name]).__name__)
        return plain


# Checked at import: a field without a rule would be accepted unchecked, and left out of saved recipes.
if _RULES.keys() != {field.name for field in fields(Recipe)}:
    raise TypeError("every field of Recipe needs a rule, and every rule a field")

_DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(Recipe)}
_OF_STEP_SCHEDULE = ("step_size", "step_gamma")


def _usual_decay(entry: Optimizer | None) -> float:
    return entry.weight_decay if entry else 0.0


def _usual_values(entry: Optimizer | None) -> dict[str, Any]:
    """The defaults of all settings, those that depend on the optimiser filled in."""
    return _DEFAULTS | {"eps": entry.eps if entry else 0.0, "weight_decay": _usual_decay(entry)}


# Records: a recipe as plain data in model files and manifests. Before SGD had a weight decay every recipe recorded 0.01,
# which SGD didn't read; so SGD's own decay has a name of its own there, and old files mean what they meant.


_OF_SGD = "sgd_weight_decay"


def record_of(recipe: Recipe) -> dict[str, Any]:
    """All settings as plain data for a file; `recipe_of_record` reads them back.

    Examples:
        >>> record_of(Recipe(weight_decay=0.1))["sgd_weight_decay"]
        0.1
        >>> recipe_of_record(record_of(Recipe(weight_decay=0.1))).weight_decay
        0.1
    """
    record = recipe.settings()
    if recipe.optimizer == "sgd":
        decay, record["weight_decay"] = record["weight_decay"], 0.01
        if decay:
            record[_OF_SGD] = decay
    return record


def recipe_of_record(record: Mapping[str, Any]) -> Recipe:
    """The recipe that a file holds, of this version or an earlier one; settings without effect are left out in silence.

    Raises:
        InvalidParameter: a value is out of range.
        TypeError: a name is missing or unknown.
    """
    settings = {name: value for name, value in record.items() if name != _OF_SGD}
    optimizer = settings.get("optimizer", "sgd")
    if optimizer == "sgd":
        settings["weight_decay"] = record.get(_OF_SGD, 0.0)
    entry = OPTIMIZERS.get(optimizer) if isinstance(optimizer, str) else None
    if entry is not None:
        settings = {name: v for name, v in settings.items() if name in entry.reads or name not in optimizer_settings()}
    if settings.get("schedule") != "step":
        settings = {name: value for name, value in settings.items() if name not in _OF_STEP_SCHEDULE}
    if settings.get("loss") != "focal":
        settings.pop("focal_gamma", None)
    if settings.get("patience") is None:
        settings.pop("min_delta", None)
    return Recipe(**settings)


# The optimisers' settings without an upper bound.
_UNBOUNDED = [name for name, setting in optimizer_settings().items() if setting.rule in (Real(0), Optional(Real(0)))]
_KINDS: dict[type, type] = {Integer: int, Real: float, Flag: bool}


def _plain(rule: Rule, value: Any) -> Any:
    """The value as Python's own int, float, bool or tuple where its rule asks for one; NumPy's numbers are accepted."""
    if isinstance(rule, Optional):
        return None if value is None else _plain(rule.rule, value)
    if isinstance(rule, Each):
        return tuple(_plain(rule.rule, item) for item in value)
    return _KINDS[type(rule)](value) if type(rule) in _KINDS else value


def refuse_unknown_settings(settings: dict[str, Any]) -> None:
    """Refuse names that are no settings of a recipe.

    Raises:
        InvalidParameter: a name is unknown; the message suggests the nearest setting.
    """
    for name in settings:
        if name not in _RULES:
            raise InvalidParameter(f"Recipe has no setting {name!r}.{nearest(name, _RULES)}")
