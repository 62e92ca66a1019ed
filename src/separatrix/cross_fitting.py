"""Members of an ensemble, each trained on all rows but one part, which judges it; all parts together judge a family."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from separatrix.activations import softplus
from separatrix.engines.fused.blas import one_blas_thread
from separatrix.families import Family, Schedule, moments_of
from separatrix.network import Network
from separatrix.points import Points
from separatrix.streams import child_seed
from separatrix.target_statistics import folds
from separatrix.training import Moment

PARTS = 5  # into which the rows are cut, each held back from one member of a round
LARGE = 50_000  # rows from which on two parts alone are held back, one at either end: what is left needs no copy
END_SHARE, END_ROWS = 0.1, 20_000  # how large those are, at most
SCOUTS, FURTHER = 2, 2  # so many members try all moments; the others go so many further than those found best


@dataclass(frozen=True, eq=False)
class Cut:
    """The rows of one member.

    Attributes:
        trained: rows to train on: a slice, or their numbers.
        held: rows to judge on.
    """

    trained: slice | np.ndarray
    held: slice | np.ndarray


@dataclass(frozen=True, eq=False)
class Fitted:
    """A family after its trainings.

    Attributes:
        family: its description.
        network: what was trained.
        parameters: of every member at the moment chosen, (members, p) float32.
        moment: which of the moments that is, from 0.
        held: the mean logit of each row over the members that weren't trained on it, (n,) float64; NaN where there is none.
        losses: at each moment that all members reached, the mean log loss of those rows, (m,) float64.
        seconds: of all trainings together.
    """

    family: Family
    network: Network
    parameters: np.ndarray
    moment: int
    held: np.ndarray
    losses: np.ndarray
    seconds: float


def cuts_of(y: np.ndarray, members: int, seed: int) -> list[Cut]:
    """The rows of each member of a family.

    Up to LARGE rows: round after round, the rows of each class are dealt into PARTS, fewer if a class has fewer rows.
    Beyond, rows must come in an order that means nothing, and the ends are held back in turn.

    Examples:
        >>> cuts = cuts_of(np.array([0, 1] * 10), members=5, seed=0)
        >>> sorted(np.concatenate([cut.held for cut in cuts]).tolist()) == list(range(20))
        True
    """
    if len(y) >= LARGE:
        end = min(int(END_SHARE * len(y)), END_ROWS)
        ends = (Cut(slice(end, None), slice(0, end)), Cut(slice(0, -end), slice(len(y) - end, None)))
        return [ends[k % 2] for k in range(members)]
    count = min(PARTS, int(np.bincount(y, minlength=2).min()))
    if count < 2:  # a class with a single row, without which nothing can be learnt
        return [Cut(slice(0, None), slice(0, 0))] * members
    found: list[Cut] = []
    while len(found) < members:
        fold = folds(y, count, np.random.default_rng(child_seed(seed, len(found))))
        found += [Cut(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(count)]
    return found[:members]


class _Held:
    """The logits of rows on which members weren't trained, added up; room for those rows alone."""

    def __init__(self, moments: int, cuts: list[Cut], rows: int) -> None:
        count = np.zeros(rows, np.int64)
        for cut in cuts:
            count[cut.held] += 1
        self.rows = np.flatnonzero(count)
        self.place = np.cumsum(count > 0) - 1
        self.total, self.count = np.zeros((moments, len(self.rows))), np.zeros(len(self.rows), np.int64)

    def add(self, cut: Cut, logits: np.ndarray) -> None:
        """Logits (moments, rows of the cut), maybe of the first moments alone; the others then mean nothing any more."""
        at = self.place[cut.held]
        self.total[: len(logits), at] += logits
        self.count[at] += 1

    def mean(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the rows that have a logit, (h,), and their logits, (moments, h)."""
        known = self.count > 0
        return self.rows[known], self.total[:, known] / self.count[known]


def log_losses(logits: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Mean log loss of logits (…, n) for labels y (n,): (…,) float64; NaN if there are no rows.

    Examples:
        >>> log_losses(np.array([0.0, 0.0]), np.array([1, 0]), None).round(3).tolist()
        0.693
    """
    share = np.ones(len(y)) if weight is None else weight
    if not len(share):
        return np.full(logits.shape[:-1], np.nan)
    z = np.where(y == 1, -logits, logits)
    return np.asarray((softplus(z) * share).sum(axis=-1) / share.sum())


@dataclass(eq=False)
class CrossFitting:
    """The trainings of an ensemble, over several threads.

    Attributes:
        y: labels 0 and 1, (n,) int8.
        weight: of the rows, (n,), or None.
        cuts: the rows of each member.
        schedule: epochs, batches and decay.
        seed: from which every member draws its own.
        threads: trainings at a time. The result doesn't depend on it.
        deadline: the `time.monotonic()` at which to stop; trainings then under way end early.
        on_member: told the family and how many members of it are done; False ends everything early.
    """

    y: np.ndarray
    weight: np.ndarray | None
    cuts: list[Cut]
    schedule: Schedule
    seed: int
    threads: int
    deadline: float = float("inf")
    on_member: Callable[[Family, int], object] | None = None
    stopped: bool = field(default=False, init=False)

    def fit(self, family: Family, x: np.ndarray, place: int) -> Fitted | None:
        """Train the members of one family on encoded rows x (n, k) float32; None if not one of them was finished.

        Args:
            family: what to train.
            x: rows as numbers.
            place: the family's number, for the seeds.
        """
        began, network = time.perf_counter(), family.network(x.shape[1])
        held, parameters, count = _Held(family.moments, self.cuts, len(x)), [], family.moments
        for first, last in ((0, SCOUTS), (SCOUTS, len(self.cuts))):
            for cut, found in self._members(family, x, place, range(first, min(last, len(self.cuts))), count):
                parameters.append(found)
                held.add(cut, _logits(network, found, x[cut.held]))
            moment, losses = self._best(held, count)
            count = min(count, moment + 1 + FURTHER)
        if not parameters:
            return None
        chosen = np.stack([each[moment] for each in parameters])
        rows, mean = held.mean()
        logits = np.full(len(x), np.nan)
        logits[rows] = mean[moment]
        return Fitted(family, network, chosen, moment, logits, losses, time.perf_counter() - began)

    def _best(self, held: _Held, count: int) -> tuple[int, np.ndarray]:
        """The best of so many moments, and the log loss of each; without rows to judge on, one in the middle."""
        rows, mean = held.mean()
        losses = log_losses(mean[:count], self.y[rows], None if self.weight is None else self.weight[rows])
        return int(np.argmin(losses)) if len(rows) else count // 2, losses

    def _members(
        self, family: Family, x: np.ndarray, place: int, which: range, count: int
    ) -> Iterator[tuple[Cut, np.ndarray]]:
        """The cuts of these members and their parameters at so many moments, in their order."""
        with one_blas_thread(), ThreadPoolExecutor(max(1, min(self.threads, len(which)))) as pool:
            waiting: list[Future[np.ndarray | None]] = [
                pool.submit(self._member, family, x, place, k, count) for k in which
            ]
            try:
                for k, future in zip(which, waiting, strict=True):
                    found = future.result()
                    if found is not None:
                        yield self.cuts[k], found
                    if self.on_member is not None and not self.stopped:
                        self.stopped = self.on_member(family, k + 1) is False
            finally:
                for future in waiting:
                    future.cancel()

    def _member(self, family: Family, x: np.ndarray, place: int, k: int, count: int) -> np.ndarray | None:
        """One member's parameters at so many moments, or None if there was no time to begin."""
        if self.is_over and not (place == k == 0):  # one there must be
            return None
        cut = self.cuts[k]
        points = Points.trusted(x[cut.trained], self.y[cut.trained])
        return moments_of(
            family, points, None if self.weight is None else self.weight[cut.trained],
            schedule=self.schedule, seed=child_seed(self.seed, place, k), count=count, on_progress=self._go_on,
        )  # fmt: skip  # one call

    def _go_on(self, moment: Moment) -> bool:
        return not self.is_over

    @property
    def is_over(self) -> bool:
        """Whether the time is up, or whoever listens has had enough."""
        return self.stopped or time.monotonic() >= self.deadline


def _logits(network: Network, moments: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Logits (moments, n) of rows x (n, k) under parameters (moments, p)."""
    return np.stack([network.logit(parameters, x) for parameters in moments]).astype(np.float64)
