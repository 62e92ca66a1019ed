"""Members of an ensemble, each trained on all rows but one part, which judges it; all parts together judge a family."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from separatrix.data.points import Points
from separatrix.estimators.base_models import Family, Schedule, moments_of
from separatrix.estimators.encoding._fitting import folds
from separatrix.networks.activations import softplus
from separatrix.networks.network import Network
from separatrix.support.blas import one_blas_thread
from separatrix.support.seeds import child_seed
from separatrix.training.loop import EpochEnd

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
        seconds: of all trainings, added up.
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


@dataclass(frozen=True, eq=False)
class _Trained:
    """A member: parameters at each moment (m, p) float32, logits of the rows held back from it (m, rows) float32."""

    parameters: np.ndarray
    logits: np.ndarray
    seconds: float


@dataclass(eq=False)
class _Course:
    """A family on its way."""

    place: int
    family: Family
    x: np.ndarray
    held: _Held
    parameters: list[np.ndarray] = field(default_factory=list)  # of each member so far
    seconds: float = 0.0
    waiting: deque[tuple[int, Future[_Trained | None]]] = field(default_factory=deque)  # members that were sent

    def __post_init__(self) -> None:
        self.network = self.family.network(self.x.shape[1])
        self.count = self.family.moments  # that are still tried


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

    def fit(self, families: Sequence[tuple[int, Family]], x: np.ndarray) -> Iterator[Fitted]:
        """Train the members of all families, and yield each family that has at least one when it is done, in their order.

        The first members of every family come first, so that no thread waits while it is found out how far the others go.

        Args:
            families: what to train, each with its number, for the seeds.
            x: rows as the numbers that these families take, (n, k) float32.
        """
        members = len(self.cuts)
        courses = deque(
            _Course(place, family, x, _Held(family.moments, self.cuts, len(x))) for place, family in families
        )
        with one_blas_thread(), ThreadPoolExecutor(max(1, min(self.threads, members * len(courses)))) as pool:
            try:
                for course in courses:
                    self._send(pool, course, range(min(SCOUTS, members)))
                for course in courses:
                    self._gather(course)
                    course.count = min(course.count, self._best(course.held, course.count)[0] + 1 + FURTHER)
                    course.parameters = [each[: course.count].copy() for each in course.parameters]  # room for others
                    self._send(pool, course, range(SCOUTS, members))
                while courses:
                    self._gather(courses[0])
                    course = courses.popleft()  # what it held makes room for the others
                    if course.parameters:
                        yield self._fitted(course)
                    del course
            finally:
                for course in courses:
                    for _, future in course.waiting:
                        future.cancel()

    def _best(self, held: _Held, count: int) -> tuple[int, np.ndarray]:
        """The best of so many moments, and the log loss of each; without rows to judge on, one in the middle."""
        rows, mean = held.mean()
        losses = log_losses(mean[:count], self.y[rows], None if self.weight is None else self.weight[rows])
        return int(np.argmin(losses)) if len(rows) else count // 2, losses

    def _send(self, pool: ThreadPoolExecutor, course: _Course, which: range) -> None:
        """Have these members trained."""
        course.waiting.extend((k, pool.submit(self._member, course, k, course.count)) for k in which)

    def _gather(self, course: _Course) -> None:
        """Wait for the members that were sent, and add up what they say."""
        while course.waiting:
            k, future = course.waiting.popleft()
            found = future.result()
            if found is not None:
                course.parameters.append(found.parameters)
                course.held.add(self.cuts[k], found.logits)
                course.seconds += found.seconds
            if self.on_member is not None and not self.stopped:
                self.stopped = self.on_member(course.family, k + 1) is False

    def _member(self, course: _Course, k: int, count: int) -> _Trained | None:
        """One member at so many moments, or None if there was no time to begin."""
        if self.is_over and not (course.place == k == 0):  # one there must be
            return None
        began, cut = time.perf_counter(), self.cuts[k]
        points = Points.trusted(course.x[cut.trained], self.y[cut.trained])
        found = moments_of(
            course.family, points, None if self.weight is None else self.weight[cut.trained],
            schedule=self.schedule, seed=child_seed(self.seed, course.place, k), count=count, on_progress=self._go_on,
        )  # fmt: skip  # one call
        logits = np.stack([course.network.logit(parameters, course.x[cut.held]) for parameters in found])
        return _Trained(found, logits, time.perf_counter() - began)

    def _fitted(self, course: _Course) -> Fitted:
        """The family at its best moment."""
        moment, losses = self._best(course.held, course.count)
        rows, mean = course.held.mean()
        logits = np.full(len(course.x), np.nan)
        logits[rows] = mean[moment]
        chosen = np.stack([each[moment] for each in course.parameters])
        return Fitted(course.family, course.network, chosen, moment, logits, losses, course.seconds)

    def _go_on(self, moment: EpochEnd) -> bool:
        return not self.is_over

    @property
    def is_over(self) -> bool:
        """Whether the time is up, or whoever listens has had enough."""
        return self.stopped or time.monotonic() >= self.deadline
