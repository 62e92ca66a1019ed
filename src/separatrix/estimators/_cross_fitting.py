"""Cross-fitting of base models, judged on rows that a network wasn't trained on.

Every network leaves one fold of the rows out, and its logits of that fold say how good it is. The out-of-fold logits of
all networks together choose the checkpoint of each base model, and `_blending` fits the weights to them.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from separatrix.data.points import Points
from separatrix.data.splits import Fold
from separatrix.estimators.base_models import BaseModel, TrainingBudget, train_checkpoints
from separatrix.networks.activations import softplus
from separatrix.networks.network import Network
from separatrix.support.machine import one_blas_thread
from separatrix.support.seeds import child_seed
from separatrix.training.run import EpochEnd

FIRST_FOLDS = 2  # networks of a base model that are trained through all checkpoints ...
PATIENCE = 2  # ... and how many checkpoints beyond the best of these the other networks are trained


@dataclass(frozen=True, eq=False)
class FittedBaseModel:
    """A base model whose networks are trained.

    Attributes:
        base_model: its description.
        network: the network on the encoded columns.
        parameters: of every network at the chosen checkpoint, (networks, p) float32.
        checkpoint: the index of that checkpoint.
        out_of_fold: mean logit of each row over the networks that weren't trained on it, (n,) float64; NaN where there
            is no such network.
        losses: mean log loss of the out-of-fold rows at each checkpoint that all networks reached, (c,) float64.
        seconds: of all trainings, added up.
    """

    base_model: BaseModel
    network: Network
    parameters: np.ndarray
    checkpoint: int
    out_of_fold: np.ndarray
    losses: np.ndarray
    seconds: float


class OutOfFold:
    """Sums of the logits of rows by networks that weren't trained on them, with room for those rows alone.

    Args:
        n_checkpoints: for each of which there is a logit.
        folds: of all networks.
        n_rows: of the table.
    """

    def __init__(self, n_checkpoints: int, folds: list[Fold], n_rows: int) -> None:
        count = np.zeros(n_rows, np.int64)
        # a row is out of fold for as many networks as folds hold it out
        for fold in folds:
            count[fold.out_of_fold] += 1
        self.rows = np.flatnonzero(count)
        self.position = np.cumsum(count > 0) - 1  # of a row of the table among `rows`
        self.total, self.count = np.zeros((n_checkpoints, len(self.rows))), np.zeros(len(self.rows), np.int64)

    def add(self, fold: Fold, logits: np.ndarray) -> None:
        """Add a network's logits of its fold, (checkpoints, rows of the fold); later checkpoints may be absent."""
        position = self.position[fold.out_of_fold]
        # one fold holds a row once, so no index is repeated and += is safe
        self.total[: len(logits), position] += logits
        self.count[position] += 1

    def mean(self) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the rows that have a logit, (h,), and their mean logits, (checkpoints, h)."""
        judged = self.count > 0
        return self.rows[judged], self.total[:, judged] / self.count[judged]


def log_losses(logits: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Mean log loss of rows from their logits.

    Args:
        logits: of class 1, (…, n).
        y: labels 0 and 1, (n,).
        weight: weights of the rows, (n,), or None.

    Returns:
        The means, (…) float64; NaN if there are no rows.

    Examples:
        >>> log_losses(np.array([0.0, 0.0]), np.array([1, 0]), None).round(3).tolist()
        0.693
    """
    share = np.ones(len(y)) if weight is None else weight
    if not len(share):
        return np.full(logits.shape[:-1], np.nan)
    # log(1 + exp(-z)) of class 1 and log(1 + exp(z)) of class 0: no probability is rounded to 0 before its logarithm
    z = np.where(y == 1, -logits, logits)
    return np.asarray((softplus(z) * share).sum(axis=-1) / share.sum())


@dataclass(frozen=True, eq=False)
class _TrainedNetwork:
    """One network: parameters at each checkpoint (c, p) float32, and logits of its out-of-fold rows (c, rows) float32."""

    parameters: np.ndarray
    logits: np.ndarray
    seconds: float


@dataclass(eq=False)
class BaseModelFit:
    """A base model while its networks are trained.

    Attributes:
        index: of the base model, for the seeds.
        base_model: its description.
        x: encoded rows, (n, k) float32.
        out_of_fold: logits of the networks trained so far.
        parameters: of each network trained so far, (checkpoints, p) float32.
        seconds: of these trainings, added up.
        pending: indices of networks that were submitted, with their futures.
        inputs: for each fold the columns of x that its network is given; None gives all to all.
    """

    index: int
    base_model: BaseModel
    x: np.ndarray
    out_of_fold: OutOfFold
    parameters: list[np.ndarray] = field(default_factory=list)
    seconds: float = 0.0
    pending: deque[tuple[int, Future[_TrainedNetwork | None]]] = field(default_factory=deque)
    inputs: list[np.ndarray] | None = None

    def __post_init__(self) -> None:
        self.network = self.base_model.network(self.x.shape[1])
        self.count = self.base_model.n_checkpoints  # checkpoints that are still trained

    def rows(self, k: int, rows: slice | np.ndarray) -> np.ndarray:
        """The inputs of the network of fold k for these rows."""
        # the compiled engine wants rows that lie one after another
        return self.x[rows] if self.inputs is None else np.ascontiguousarray(self.x[rows][:, self.inputs[k]])

    def on_all_inputs(self, k: int, parameters: np.ndarray) -> np.ndarray:
        """Parameters (c, p) of the network of fold k as those of the network on all inputs, with weights of 0."""
        if self.inputs is None:
            return parameters
        first, narrow = self.network.layout[0], len(self.inputs[k]) * self.network.widths[1]
        weights = np.zeros((len(parameters), first.fan_out, first.fan_in), parameters.dtype)
        weights[:, :, self.inputs[k]] = parameters[:, :narrow].reshape(len(parameters), first.fan_out, -1)
        return np.concatenate([weights.reshape(len(parameters), -1), parameters[:, narrow:]], axis=1)

    def shorten(self, count: int) -> None:
        """Train no further than this many checkpoints, and forget those beyond."""
        self.count = min(self.count, count)
        self.parameters = [checkpoints[: self.count].copy() for checkpoints in self.parameters]  # a view keeps it all


@dataclass(eq=False)
class CrossFitting:
    """The trainings of an ensemble, on several threads.

    Attributes:
        y: labels 0 and 1, (n,) int8.
        weight: weights of the rows, (n,), or None.
        folds: the rows of each network of a base model.
        budget: of networks with hidden layers.
        seed: from which every network's seed is derived.
        threads: trainings at a time; the result doesn't depend on it.
        deadline: the `time.monotonic()` at which trainings end, those under way early.
        on_fold_end: called with the base model and how many of its networks are done; return False to end everything.
    """

    y: np.ndarray
    weight: np.ndarray | None
    folds: list[Fold]
    budget: TrainingBudget
    seed: int
    threads: int
    deadline: float = float("inf")
    on_fold_end: Callable[[BaseModel, int], object] | None = None
    stopped: bool = field(default=False, init=False)

    def fit(
        self,
        base_models: Sequence[tuple[int, BaseModel]],
        x: np.ndarray,
        inputs: list[np.ndarray] | None = None,
        rivals: Sequence[FittedBaseModel] = (),
    ) -> Iterator[FittedBaseModel]:
        """Train all networks of these base models.

        The first folds of every base model are trained before the other folds of any, so that no thread is idle while
        the best checkpoint of the first folds is awaited.

        Args:
            base_models: with their indices, for the seeds.
            x: rows in the encoding of these base models, (n, k) float32.
            inputs: for each fold the columns of x that its networks are given; None gives all to all.
            rivals: base models that are fitted already. One that isn't better than all of them on the first folds is
                not trained on the others and not yielded.

        Yields:
            Each base model that has at least one network, in their order, as soon as it is done.
        """
        n_folds = len(self.folds)
        fits = deque(
            BaseModelFit(index, base_model, x, OutOfFold(base_model.n_checkpoints, self.folds, len(x)), inputs=inputs)
            for index, base_model in base_models
        )
        # NumPy's BLAS would start threads of its own in each of ours
        with one_blas_thread(), ThreadPoolExecutor(max(1, min(self.threads, n_folds * len(fits)))) as pool:
            try:
                for fit in fits:
                    self._submit(pool, fit, range(min(FIRST_FOLDS, n_folds)))
                for fit in tuple(fits):
                    self._collect(fit)
                    if not self._is_promising(fit, rivals):
                        fits.remove(fit)
                        continue
                    # later checkpoints would be trained for nothing: the loss of the first folds has been rising for
                    # PATIENCE of them
                    fit.shorten(self._best(fit.out_of_fold, fit.count)[0] + 1 + PATIENCE)
                    self._submit(pool, fit, range(FIRST_FOLDS, n_folds))
                while fits:
                    self._collect(fits[0])
                    fit = fits.popleft()  # and below nothing refers to it: its arrays make room for the others'
                    if fit.parameters:
                        yield self._fitted(fit)
                    del fit
            finally:
                for fit in fits:
                    for _, future in fit.pending:
                        future.cancel()

    def _best(self, out_of_fold: OutOfFold, count: int) -> tuple[int, np.ndarray]:
        """The best of the first `count` checkpoints, and the log loss at each; without rows to judge, the middle one."""
        rows, mean = out_of_fold.mean()
        losses = log_losses(mean[:count], self.y[rows], None if self.weight is None else self.weight[rows])
        # without rows to judge, neither the first nor the last checkpoint is a safe guess
        return int(np.argmin(losses)) if len(rows) else count // 2, losses

    def _is_promising(self, fit: BaseModelFit, rivals: Sequence[FittedBaseModel]) -> bool:
        """Whether the first folds' log loss is below that of every rival on the same rows."""
        rows, mean = fit.out_of_fold.mean()
        if not rivals or not len(rows):
            return True
        y, weight = self.y[rows], None if self.weight is None else self.weight[rows]
        best = log_losses(mean[: fit.count], y, weight).min()
        return all(best < log_losses(rival.out_of_fold[rows], y, weight) for rival in rivals)

    def _submit(self, pool: ThreadPoolExecutor, fit: BaseModelFit, members: range) -> None:
        fit.pending.extend((k, pool.submit(self._train_network, fit, k, fit.count)) for k in members)

    def _collect(self, fit: BaseModelFit) -> None:
        """Wait for the networks that were submitted; in their order, so that sums have the same bits on any threads."""
        while fit.pending:
            k, future = fit.pending.popleft()
            trained = future.result()
            if trained is not None:
                fit.parameters.append(trained.parameters)
                fit.out_of_fold.add(self.folds[k], trained.logits)
                fit.seconds += trained.seconds
            # called from the thread that collects, so that a callback needs no lock
            if self.on_fold_end is not None and not self.stopped:
                self.stopped = self.on_fold_end(fit.base_model, k + 1) is False

    def _train_network(self, fit: BaseModelFit, k: int, count: int) -> _TrainedNetwork | None:
        """Train the network of fold k up to the `count`-th checkpoint; None if there was no time to begin."""
        if self.is_over and not (
            fit.index == k == 0
        ):  # the very first network is always trained: something must predict
            return None
        start, fold = time.perf_counter(), self.folds[k]
        checkpoints = train_checkpoints(
            fit.base_model,
            Points.trusted(fit.rows(k, fold.train), self.y[fold.train]),
            None if self.weight is None else self.weight[fold.train],
            budget=self.budget,
            # depends on the base model and the fold alone, never on the order in which threads finish
            seed=child_seed(self.seed, fit.index, k),
            count=count,
            on_progress=self._keep_training,
        )
        judged = fit.rows(k, fold.out_of_fold)
        network = fit.base_model.network(judged.shape[1])
        logits = np.stack([network.logit(parameters, judged) for parameters in checkpoints])
        return _TrainedNetwork(fit.on_all_inputs(k, checkpoints), logits, time.perf_counter() - start)

    def _fitted(self, fit: BaseModelFit) -> FittedBaseModel:
        """The base model at its best checkpoint."""
        checkpoint, losses = self._best(fit.out_of_fold, fit.count)
        rows, mean = fit.out_of_fold.mean()
        logits = np.full(len(fit.x), np.nan)
        # NaN where no network held the row out
        logits[rows] = mean[checkpoint]
        parameters = np.stack([checkpoints[checkpoint] for checkpoints in fit.parameters])
        return FittedBaseModel(fit.base_model, fit.network, parameters, checkpoint, logits, losses, fit.seconds)

    def _keep_training(self, end: EpochEnd) -> bool:
        return not self.is_over

    @property
    def is_over(self) -> bool:
        """Whether the time is up or a callback asked to stop."""
        return self.stopped or time.monotonic() >= self.deadline
