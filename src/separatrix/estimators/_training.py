"""One training of `MLPBinaryClassifier`: from checked rows to a run, with its stopping rule, callbacks and printed lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.points import Points, fitting
from separatrix.estimators._rows import Rows
from separatrix.estimators.encoding.encoding import encode
from separatrix.estimators.settings import as_network, as_recipe
from separatrix.networks.network import Network
from separatrix.support.machine import threads_of
from separatrix.support.remarks import warn
from separatrix.training.loop import train
from separatrix.training.run import EpochEnd, Run, Status

if TYPE_CHECKING:
    from separatrix.estimators._base import Tasks
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
        return None, Rows(encode(None, rows.x, dtype), rows.y, rows.weight)
    from sklearn.base import clone

    from separatrix.estimators.encoding.encoder import TableEncoder

    unfitted = TableEncoder(random_state=seed) if isinstance(encoder, str) else clone(encoder)
    x = unfitted._fit_encode(rows.x, rows.y, rows.weight)  # the columns are checked already
    return unfitted.encoding_, Rows(fitting(np.asarray(x), dtype), rows.y, rows.weight)


def encoded(encoding: Encoding | None, rows: Rows, dtype: str) -> Rows:
    """Encode rows with a fitted encoding."""
    return Rows(encode(encoding, rows.x, dtype), rows.y, rows.weight)


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
    """

    settings: dict[str, Any]
    network: Network
    training: Rows
    validation: Rows | None
    seed: int
    initial: np.ndarray | None = None
    memory: dict[str, np.ndarray] | None = None
    one_pass: bool = False

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
        _points(rows),
        engine=settings["engine"],
        device=settings["device"],
        initial=plan.initial,
        validation=None if validation is None else _points(validation),
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


def _points(rows: Rows) -> Points:
    return Points(np.asarray(rows.x), rows.y)


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
