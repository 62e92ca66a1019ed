"""One training of `MLPBinaryClassifier`: from checked rows to a run, with its stopping rule, callbacks and printed lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.points import Points, checked_probabilities, fitting
from separatrix.errors import InvalidData, InvalidParameter, warn
from separatrix.estimators._base import Tasks
from separatrix.estimators._fitted import attributes_at, constant_attributes
from separatrix.estimators._labels import two_classes
from separatrix.estimators._rows import (
    Rows,
    class_factors,
    class_weights,
    in_own_order,
    read_related_rows,
    read_rows,
    read_validation,
    split_validation,
    with_factors,
)
from separatrix.estimators.encoding.encoding import encode
from separatrix.estimators.roles import Roles, split_target, without_columns
from separatrix.estimators.settings import CLASSIFIER_OWNER, CLASSIFIER_RULES, as_network, as_recipe, checked_classifier
from separatrix.networks.network import Network
from separatrix.support.machine import threads_of
from separatrix.support.seeds import seed_of
from separatrix.training.loop import train
from separatrix.training.run import EpochEnd, Run, Status

if TYPE_CHECKING:
    from separatrix.estimators.encoding.encoding import Encoding

LINES = 10  # that `verbose=True` prints


def fit_encoding(encoder: Any, rows: Rows, dtype: str, seed: int) -> tuple[Encoding | None, Rows]:
    """Fit an encoding to training rows, and encode them.

    Statistics of the target are cross-fitted for these rows, so that a row's own label isn't in its numbers.

    Args:
        encoder: "auto", an unfitted `TableEncoder`, or None for numbers as they are.
        rows: training rows.
        dtype: of the encoded rows.
        seed: of an automatic encoder.

    Returns:
        The encoding, or None without an encoder, and the encoded rows.
    """
    if encoder is None:
        return None, replace(rows, x=encode(None, rows.x, dtype))
    from sklearn.base import clone

    from separatrix.estimators.encoding.encoder import TableEncoder

    unfitted = TableEncoder(random_state=seed) if isinstance(encoder, str) else clone(encoder)
    # the columns are checked already
    x = unfitted._fit_encode(rows.x, rows.y, rows.weight, dependence=rows.dependence)
    return unfitted.encoding_, replace(rows, x=fitting(np.asarray(x), dtype))


def encoded(encoding: Encoding | None, rows: Rows, dtype: str) -> Rows:
    """Encode rows with a fitted encoding."""
    return replace(rows, x=encode(encoding, rows.x, dtype))


@dataclass(frozen=True, eq=False)
class FitPlan:
    """All that one training needs.

    Attributes:
        settings: the estimator's parameters, checked.
        network: what is trained.
        training: encoded training rows.
        validation: encoded validation rows, or None.
        seed: the recipe's seed.
        initial: initial parameters, (p,), or None to draw them.
        memory: the optimiser's memory to begin with, or None.
        one_pass: whether it is a single epoch without stopping rules, as in `partial_fit`.
        soft: probabilities of the second class that are learnt in place of the labels, by `Rows.index`, (m,), or None.
    """

    settings: dict[str, Any]
    network: Network
    training: Rows
    validation: Rows | None
    seed: int
    initial: np.ndarray | None = None
    memory: dict[str, np.ndarray] | None = None
    one_pass: bool = False
    soft: np.ndarray | None = None

    @classmethod
    def of(
        cls, settings: dict[str, Any], training: Rows, validation: Rows | None, seed: int, **options: Any
    ) -> FitPlan:
        """The plan for encoded rows.

        Args:
            settings: the estimator's parameters, checked.
            training: encoded training rows.
            validation: encoded validation rows, or None.
            seed: the recipe's seed.
            **options: the other attributes.
        """
        batch_size = settings["batch_size"]
        # `fit` refuses a batch larger than the training set; a pass of `partial_fit` may be of any size
        if options.get("one_pass") and isinstance(batch_size, int | np.integer) and batch_size > len(training):
            settings = settings | {"batch_size": None}
        network = as_network(settings, training.x.shape[1])
        return cls(settings, network, training, validation, seed, **options)


def train_plan(plan: FitPlan, tasks: Tasks, attributes: Callable[[EpochEnd], dict[str, Any]]) -> Run:
    """Train by a plan.

    Args:
        plan: the training.
        tasks: scikit-learn's callbacks.
        attributes: returns the fitted attributes at the end of an epoch, for the callbacks.
    """
    settings, rows, validation = plan.settings, plan.training, plan.validation
    monitor = Monitor(plan, tasks, attributes)
    run = train(
        plan.network,
        as_recipe(settings, len(rows), rows.total, plan.seed, **_recipe_changes(plan)),
        _points(rows, plan.soft),
        engine=settings["engine"],
        device=settings["device"],
        initial=plan.initial,
        validation=None if validation is None else _points(validation, plan.soft),
        sample_weight=rows.weight,
        validation_weight=None if validation is None else validation.weight,
        memory=plan.memory,
        threads=threads_of(settings["n_jobs"]),
        on_progress=monitor,
        look_every=monitor.epochs_to_next_call,
    )
    if run.status is Status.DIVERGED:
        _warn_diverged(run)
    elif monitor.plateau.reached:  # to the loop it was stopped by a callback; here it is an end of its own
        run = replace(run, status=Status.CONVERGED if run.accuracy == 1 else Status.STUCK)
    return run


def _points(rows: Rows, soft: np.ndarray | None) -> Points:
    # a validation set of the user's own has no place in the table that was given, and keeps its labels
    if soft is None or rows.index is None:
        return Points(np.asarray(rows.x), rows.y)
    return Points.soft(np.asarray(rows.x), soft[rows.index])


def _recipe_changes(plan: FitPlan) -> dict[str, Any]:
    """What differs from the recipe of a plain `fit`: a single pass, or early stopping."""
    if plan.one_pass:
        return {"epochs": 1}
    patience = plan.settings["n_iter_no_change"]
    if plan.settings["early_stopping"] and patience is not None:
        return {"patience": patience, "min_delta": plan.settings["tol"]}
    return {}


def _warn_diverged(run: Run) -> None:
    from sklearn.exceptions import ConvergenceWarning

    warn(
        f"training diverged in epoch {run.epochs + 1}: a number became NaN or infinite. The last finite parameters are "
        "kept; lower learning_rate_init, or scale X.",
        ConvergenceWarning,
    )


def fit_network(
    estimator: Any, roles: Roles, validation_set: tuple[Any, Any, Any] = (None, None, None), probabilities: Any = None
) -> None:
    """The work of `MLPBinaryClassifier.fit`, whose fitted attributes it sets.

    Args:
        estimator: an `MLPBinaryClassifier`.
        roles: the features, and what stands beside them.
        validation_set: `X_val`, `y_val` and `sample_weight_val` of `fit`.
        probabilities: soft labels, (n,), or None.
    """
    settings = checked_classifier({name: getattr(estimator, name) for name in CLASSIFIER_RULES})
    # the first fit of a warm-starting estimator has nothing to start from
    is_warm = settings["warm_start"] and hasattr(estimator, "parameters_")
    if is_warm:  # the columns were chosen by the first fit
        roles = replace(roles, x=without_columns(roles.x, None, estimator.left_out_), left_out=estimator.left_out_)
    rows, classes, left_out = read_related_rows(estimator, roles, reset=not is_warm)
    if is_warm and classes.tolist() != estimator.classes_.tolist():
        raise InvalidData(
            f"warm_start continues with the classes {estimator.classes_.tolist()}, but y holds {classes.tolist()}."
        )
    soft = _soft_labels(probabilities, settings, roles)
    X_val, y_val, weight_val = validation_set
    validation = read_validation(estimator, X_val, y_val, weight_val, roles.target, classes, left_out)
    seed = seed_of(settings["random_state"])
    # by a hash of their content: the order in which rows were passed must not change the training
    rows = in_own_order(rows)
    # from all rows, before some are split off, so that the split cannot change the balance
    factors = class_factors(settings["class_weight"], classes, class_weights(rows))
    # a validation set of the caller's own takes precedence
    if validation is None and settings["early_stopping"]:
        rows, validation = split_validation(rows, settings["validation_fraction"], seed)
    rows, validation = (with_factors(rows, factors), None if validation is None else with_factors(validation, factors))
    encoding, training = _encode_training(estimator, settings, rows, seed, reset=not is_warm)
    if validation is not None:
        validation = encoded(encoding, validation, settings["dtype"])
    plan = FitPlan.of(
        settings, training, validation, seed, initial=estimator.parameters_ if is_warm else None, soft=soft
    )
    _refuse_other_network(estimator, plan)
    constant = constant_attributes(classes, encoding, plan.network, roles.target, left_out, roles.named)
    tasks = Tasks(estimator, "epoch", settings["max_iter"], roles.x, roles.y, roles.metadata)
    run = train_plan(plan, tasks, lambda end: constant | attributes_at(end))
    estimator._take(run, constant, estimator.log_ if is_warm else None, class_weights(rows))
    tasks.close(lambda: dict(vars(estimator)))


def _soft_labels(probabilities: Any, settings: dict[str, Any], roles: Roles) -> np.ndarray | None:
    """The soft labels of `fit`, checked, (n,) float64, or None."""
    if probabilities is None:
        return None
    if settings["class_weight"] is not None:
        raise InvalidParameter(
            f"{CLASSIFIER_OWNER}: class_weight has no meaning for probabilities; give sample_weight."
        )
    soft = checked_probabilities(probabilities)
    if len(soft) != len(roles.y):
        raise InvalidData(f"there are {len(roles.y)} labels and {len(soft)} probabilities; give one for each row.")
    return soft


def fit_pass(estimator: Any, X: Any, y: Any, classes: Any, sample_weight: Any) -> None:
    """The work of `MLPBinaryClassifier.partial_fit`, whose fitted attributes it sets."""
    settings = checked_classifier({name: getattr(estimator, name) for name in CLASSIFIER_RULES})
    first = not hasattr(estimator, "parameters_")
    X, y, target = split_target(X, y)
    X = without_columns(X, None, () if first else estimator.left_out_)
    two = _classes_for_pass(estimator, classes)
    rows, _ = read_rows(estimator, X, y, sample_weight, reset=first, classes=two)
    # `balanced` needs the classes of all passes, of which one may be missing in this one
    weights = class_weights(rows) + (0 if first else estimator._class_weights)
    rows = with_factors(in_own_order(rows), class_factors(settings["class_weight"], two, weights))
    seed = seed_of(settings["random_state"]) + (0 if first else len(estimator.log_))  # other batches in every pass
    encoding, training = _encode_training(estimator, settings, rows, seed, reset=first)
    checkpoint = None if first else estimator.run_.checkpoint
    plan = FitPlan.of(
        settings,
        training,
        None,
        # PyTorch's generator takes 64 bits
        seed % 2**64,
        initial=None if first else estimator.parameters_,
        memory={} if checkpoint is None else checkpoint.memory,
        one_pass=True,
    )
    _refuse_other_network(estimator, plan)
    run = train_plan(plan, Tasks(None, "epoch", 1, None, None, None), attributes_at)
    name = target if first else estimator.target_name_
    left_out, named = ({}, {}) if first else (estimator.left_out_, estimator.named_columns_)
    constant = constant_attributes(two, encoding, plan.network, name, left_out, named)
    estimator._take(run, constant, None if first else estimator.log_, weights)


def _classes_for_pass(estimator: Any, classes: Any) -> np.ndarray:
    """The two classes of `partial_fit`, which the first call must name and later ones may not change."""
    if not hasattr(estimator, "parameters_"):
        if classes is None:
            raise InvalidParameter("classes must be passed on the first call to partial_fit.")
        return two_classes(np.asarray(classes))
    fitted_classes: np.ndarray = estimator.classes_
    if classes is not None and np.unique(classes).tolist() != fitted_classes.tolist():
        now = np.unique(classes).tolist()
        raise InvalidData(f"`classes={now}` aren't those of the first call, {fitted_classes.tolist()}.")
    return fitted_classes


def _encode_training(
    estimator: Any, settings: dict[str, Any], rows: Rows, seed: int, *, reset: bool
) -> tuple[Encoding | None, Rows]:
    """The encoding, fitted to these rows if it is to be reset, and the rows encoded."""
    if reset:
        return fit_encoding(settings["encoder"], rows, settings["dtype"], seed)
    return estimator.encoding_, encoded(estimator.encoding_, rows, settings["dtype"])


def _refuse_other_network(estimator: Any, plan: FitPlan) -> None:
    # parameters of another shape, or of another activation, mean nothing here
    if plan.initial is not None and plan.network != estimator.network_:
        raise InvalidParameter(
            f"{CLASSIFIER_OWNER}: warm_start and partial_fit continue with {estimator.network_!r}, but the parameters now "
            f"describe {plan.network!r}; set them back, or create a new estimator."
        )


class Plateau:
    """scikit-learn's stopping rule for the training loss.

    It is reached when the loss fell by less than `tol` in each of more than `patience` epochs in a row.

    Args:
        patience: a number of epochs, or None for never.
        tol: a decrease that counts.
    """

    def __init__(self, patience: int | None, tol: float) -> None:
        self.patience, self.tol = patience, tol
        self.best, self.waited, self.reached = np.inf, 0, False

    def earliest(self) -> int:
        """The smallest number of further epochs after which it can be reached."""
        return 1_000_000_000 if self.patience is None else self.patience + 1 - self.waited

    def update(self, losses: np.ndarray) -> bool:
        """Take the losses of the next epochs, (k,), into account.

        Returns:
            Whether the plateau is reached with the last of them.
        """
        for loss in losses.tolist() if self.patience is not None else ():
            self.waited = self.waited + 1 if loss > self.best - self.tol else 0
            self.best = min(self.best, loss)
        self.reached = self.patience is not None and self.waited > self.patience
        return self.reached


class Monitor:
    """Progress callback of a training: stops at a plateau, calls scikit-learn's callbacks, prints.

    Args:
        plan: the training.
        tasks: scikit-learn's callbacks.
        attributes: returns the fitted attributes at the end of an epoch.
    """

    def __init__(self, plan: FitPlan, tasks: Tasks, attributes: Callable[[EpochEnd], dict[str, Any]]) -> None:
        settings = plan.settings
        without_rule = plan.one_pass or settings["early_stopping"]
        self.plateau = Plateau(None if without_rule else settings["n_iter_no_change"], settings["tol"])
        self.tasks, self.attributes, self.epoch = tasks, attributes, 0
        self.print_every = 0 if not settings["verbose"] else max(1, settings["max_iter"] // LINES)
        if settings["verbose"] > 1:
            self.print_every = 1

    def epochs_to_next_call(self) -> int:
        """The number of epochs after which the loop calls again: as few calls as the rules allow, for speed."""
        soonest = 1 if self.tasks else self.plateau.earliest()
        return min(soonest, self.print_every - self.epoch % self.print_every) if self.print_every else soonest

    def __call__(self, end: EpochEnd) -> bool:
        """Whether to go on training."""
        self.epoch = end.epoch
        stop = self.plateau.update(end.rows.loss)
        stop = self.tasks.end_step(lambda: self.attributes(end)) or stop
        if self.print_every and (end.epoch % self.print_every == 0 or stop or end.epoch == end.epochs):
            print(_progress_line(end))
        return not stop


def _progress_line(end: EpochEnd) -> str:
    line = f"Epoch {end.epoch} of {end.epochs}: loss {end.loss:.6f}, accuracy {end.accuracy:.2%}"
    validation_loss = end.rows.validation_loss[-1] if len(end.rows) else np.nan
    if np.isnan(validation_loss):
        return line
    return f"{line}, validation loss {validation_loss:.6f} and accuracy {end.validation_accuracy:.2%}"
