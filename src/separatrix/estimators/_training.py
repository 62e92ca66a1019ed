"""One training of the estimator: from checked rows to a run, told epoch by epoch to whoever listens."""

from __future__ import annotations

import warnings
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
from separatrix.training.loop import train
from separatrix.training.run import EpochEnd, Run, Status

if TYPE_CHECKING:
    from separatrix.estimators._base import Tasks
    from separatrix.estimators.encoding.encoding import Encoding

LINES = 10  # lines that `verbose=True` prints


def fit_encoding(encoder: Any, rows: Rows, dtype: str, seed: int) -> tuple[Encoding | None, Rows]:
    """The encoding fitted to these rows, and the rows encoded.

    Statistics of the target are cross-fitted for these rows: a row's own label isn't in its numbers.

    Args:
        encoder: "auto", an unfitted encoder, or None for numbers as they are.
        rows: training rows.
        dtype: of the numbers that come out.
        seed: from which an automatic encoder draws.
    """
    if encoder is None:
        return None, Rows(encode(None, rows.x, dtype), rows.y, rows.weight)
    from sklearn.base import clone

    from separatrix.estimators.encoding.encoder import TableEncoder

    fresh = TableEncoder(random_state=seed) if isinstance(encoder, str) else clone(encoder)
    if isinstance(fresh, TableEncoder):  # the columns are checked already
        made = fresh._fit_encode(rows.x, rows.y, rows.weight)
    else:
        made = fresh.fit_transform(rows.x, rows.y, sample_weight=rows.weight)
    return fresh.encoding_, Rows(fitting(np.asarray(made), dtype), rows.y, rows.weight)


def encoded(encoding: Encoding | None, rows: Rows, dtype: str) -> Rows:
    """The rows as the network takes them."""
    return Rows(encode(encoding, rows.x, dtype), rows.y, rows.weight)


@dataclass(frozen=True, eq=False)
class Plan:
    """What one training needs.

    Attributes:
        settings: the estimator's parameters, checked.
        network: what is trained.
        training: encoded rows to train on.
        validation: encoded rows to watch, or None.
        seed: the recipe's seed.
        initial: parameters to begin with, or None.
        memory: the optimiser's memory to begin with, or None.
        one_pass: a single epoch, without stopping rules: `partial_fit`.
    """

    settings: dict[str, Any]
    network: Network
    training: Rows
    validation: Rows | None
    seed: int
    initial: np.ndarray | None = None
    memory: dict[str, np.ndarray] | None = None
    one_pass: bool = False


def plan_of(settings: dict[str, Any], training: Rows, validation: Rows | None, seed: int, **more: Any) -> Plan:
    """The plan for encoded rows; a single pass may have fewer of them than a batch."""
    batch = settings["batch_size"]
    if more.get("one_pass") and isinstance(batch, int | np.integer) and batch > len(training):
        settings = settings | {"batch_size": None}
    return Plan(settings, as_network(settings, training.x.shape[1]), training, validation, seed, **more)


def carry_out(plan: Plan, tasks: Tasks, state: Callable[[EpochEnd], dict[str, Any]]) -> Run:
    """Train.

    Args:
        plan: the training.
        tasks: scikit-learn's callbacks.
        state: the fitted attributes at a moment, for the callbacks.
    """
    settings, rows = plan.settings, plan.training
    watch = Watch(plan, tasks, state)
    run = train(
        plan.network,
        as_recipe(settings, len(rows), rows.total, plan.seed, **_changes(plan)),
        _points(rows),
        engine=settings["engine"],
        device=settings["device"],
        initial=plan.initial,
        validation=None if plan.validation is None else _points(plan.validation),
        sample_weight=rows.weight,
        validation_weight=None if plan.validation is None else plan.validation.weight,
        memory=plan.memory,
        threads=threads_of(settings["n_jobs"]),
        on_progress=watch,
        look_every=watch.after,
    )
    if run.status is Status.DIVERGED:
        _warn_diverged(run)
    elif watch.plateau.reached:
        run = replace(run, status=Status.CONVERGED if run.accuracy == 1 else Status.STUCK)
    return run


def _points(rows: Rows) -> Points:
    return Points(np.asarray(rows.x), rows.y)


def _changes(plan: Plan) -> dict[str, Any]:
    """What differs from the plain recipe: early stopping, or a single pass."""
    if plan.one_pass:
        return {"epochs": 1}
    patience = plan.settings["n_iter_no_change"]
    if plan.settings["early_stopping"] and patience is not None:
        return {"patience": patience, "min_delta": plan.settings["tol"]}
    return {}


def _warn_diverged(run: Run) -> None:
    from sklearn.exceptions import ConvergenceWarning

    warnings.warn(
        f"training diverged in epoch {run.epochs + 1}: a number became NaN or infinite. The last finite parameters are "
        "kept; lower learning_rate_init, or scale X.",
        ConvergenceWarning,
        stacklevel=6,
    )


class Plateau:
    """scikit-learn's stopping rule: the training loss fell by less than `tol` in more than so many epochs in a row."""

    def __init__(self, patience: int | None, tol: float) -> None:
        self.patience, self.tol = patience, tol
        self.best, self.waited, self.reached = np.inf, 0, False

    def earliest(self) -> int:
        """After how many more epochs it can be reached at the earliest."""
        return 1_000_000_000 if self.patience is None else self.patience + 1 - self.waited

    def take(self, losses: np.ndarray) -> bool:
        """Take in the losses of the next epochs; whether the last one reaches it."""
        for loss in losses.tolist() if self.patience is not None else ():
            self.waited = self.waited + 1 if loss > self.best - self.tol else 0
            self.best = min(self.best, loss)
        self.reached = self.patience is not None and self.waited > self.patience
        return self.reached


class Watch:
    """Told of the training's progress: stops at a plateau, calls callbacks, prints."""

    def __init__(self, plan: Plan, tasks: Tasks, state: Callable[[EpochEnd], dict[str, Any]]) -> None:
        settings = plan.settings
        plain = plan.one_pass or settings["early_stopping"]
        self.plateau = Plateau(None if plain else settings["n_iter_no_change"], settings["tol"])
        self.tasks, self.state, self.done = tasks, state, 0
        self.lines = 0 if not settings["verbose"] else max(1, settings["max_iter"] // LINES)
        if settings["verbose"] > 1:
            self.lines = 1

    def after(self) -> int:
        """After how many epochs to look next."""
        soonest = 1 if self.tasks else self.plateau.earliest()
        return min(soonest, self.lines - self.done % self.lines) if self.lines else soonest

    def __call__(self, moment: EpochEnd) -> bool:
        """Whether to go on."""
        self.done = moment.epoch
        stop = self.plateau.take(moment.rows.loss)
        stop = self.tasks.end_step(lambda: self.state(moment)) or stop
        if self.lines and (moment.epoch % self.lines == 0 or stop or moment.epoch == moment.epochs):
            print(_line(moment))
        return not stop


def _line(moment: EpochEnd) -> str:
    validation = moment.rows.validation_loss[-1] if len(moment.rows) else np.nan
    watched = (
        ""
        if np.isnan(validation)
        else f", validation loss {validation:.6f} and accuracy {moment.validation_accuracy:.2%}"
    )
    return f"Epoch {moment.epoch} of {moment.epochs}: loss {moment.loss:.6f}, accuracy {moment.accuracy:.2%}{watched}"
