"""Running a study: the shards that are missing in its folder, on any backend."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path

from separatrix.errors import OutputError
from separatrix.studies import _folder, _shards
from separatrix.studies._backends import BACKENDS, refuse_address
from separatrix.studies._manifest import ON_CHANGE, settle
from separatrix.studies._shards import Backend, ShardResult, WorkerDied, made_with
from separatrix.studies.plan import Study
from separatrix.studies.progress import StudyProgress, Tally, enough, rounds, tally_of
from separatrix.studies.results import Results, read_study
from separatrix.support.constraints import Choice, Having, Integer, Optional, Rule, check
from separatrix.support.locks import locked
from separatrix.support.surroundings import insulated

HEARTBEAT = 0.5  # seconds between two calls of the callback, if no shard finishes before

OnProgress = Callable[[StudyProgress], object]


@insulated
def run_study(
    study: Study,
    place: str | Path,
    *,
    workers: int | None = None,
    backend: str = "threads",
    address: str | None = None,
    on_change: str = "refuse",
    tries: int = 3,
    on_progress: OnProgress | None = None,
) -> Results:
    """Train the runs that are missing in a study's folder, and read the results.

    The function may be killed at any moment and called again: it keeps the finished shards and trains the others. On one
    kind of machine and one set of versions, the table has the same bytes whatever the interruptions, the number of workers
    and the backend.

    Args:
        study: the description.
        place: the folder, which is created if it doesn't exist.
        workers: number of shards trained at a time. None takes all cores, or the whole cluster.
        backend: "threads"; "processes", which is faster for runs of a few milliseconds and survives crashes (a script
            then needs `if __name__ == "__main__":`); or "ray", a cluster.
        address: address of a running Ray cluster. None starts one on this machine.
        on_change: what to do if the folder holds something else. "refuse" raises; "restart" removes it; "continue" keeps
            it where only the versions or the seeds differ.
        tries: maximum number of attempts for a shard whose worker dies. After them, its runs are tried one by one, and
            a run that ends its worker again counts as failed.
        on_progress: called with a `StudyProgress` after every shard and twice a second; return False to stop.

    Returns:
        The results in the folder, complete or, if the callback stopped it, not.

    Raises:
        InvalidParameter: a setting is out of range.
        OutputError: the folder is in use, can't be written, or holds another study.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as place:
        ...     results = run_study(Study(checkpoints=20, seeds=4), place)
        ...     results.frame.select("seed", "epoch", "status").rows()[:2]
        [(0, 20, 'stopped'), (1, 20, 'stopped')]
    """
    rules: dict[str, Rule] = {
        "study": Having("conditions", "a Study"),
        "workers": Optional(Integer(1)),
        "backend": Choice(BACKENDS),
        "on_change": Choice(ON_CHANGE),
        "tries": Integer(1),
    }
    settings = {"study": study, "workers": workers, "backend": backend, "on_change": on_change, "tries": tries}
    check("run_study", settings, rules)
    refuse_address(backend, address)
    place = Path(place)
    # from the manifest to the last shard: another process could change the study in between
    with locked(place):
        size = settle(study, place, made_with(study), on_change)
        _Work(study, place, size, tries, on_progress).run(lambda: BACKENDS[backend](study, workers, address, tries))
    # from the files, so that an interrupted and an uninterrupted study are read alike
    return read_study(place)


class _Work:
    """A study that is being run."""

    def __init__(self, study: Study, place: Path, size: int, tries: int, on_progress: OnProgress | None) -> None:
        self.study, self.place, self.size, self.tries, self.on_progress = study, place, size, tries, on_progress
        self.made_with = made_with(study)
        # reads every finished shard once: a damaged one is removed and trained again
        self.shards = _folder.shards(place, repair=True)
        self.tally, self.start = Tally(study), time.perf_counter()
        self.repeated = self.runs_before = self.new_runs = 0
        self.runs_wanted = study.n_runs
        self.stopped = False

    def run(self, begin: Callable[[], Backend]) -> None:
        """Run the rounds, until there are enough seeds or the callback stops."""
        backend: Backend | None = None
        try:
            for first, last, seeds in rounds(self.study, self.size):
                # with `until`, the later rounds may never be needed
                self.runs_wanted = min(self.study.n_runs, last * self.size)
                missing = self._count_finished(first, last)
                self._report()
                if missing and not self.stopped:
                    # workers are started only if something is missing: reading a finished study needs none
                    backend = backend or begin()
                    self._carry_out(backend, missing)
                # only between rounds: within one, the answer would depend on which worker ended first
                if self.stopped or enough(self.study, self.tally, seeds):
                    return
        finally:
            # after an error too: its workers would go on with shards that nobody writes
            if backend is not None:
                backend.close()

    def _count_finished(self, first: int, last: int) -> list[int]:
        """Count the finished shards of a round, and return the numbers of the missing ones."""
        missing = []
        for index in range(first, last):
            if index in self.shards:
                self.tally.add(*tally_of(self.study, self.shards[index]))
            else:
                missing.append(index)
        self.runs_before = self._done() - self.new_runs
        return missing

    def _carry_out(self, backend: Backend, missing: list[int]) -> None:
        strikes: dict[int, int] = {}
        waiting: dict[Future[ShardResult | None], int] = {}
        # taken from the end, which is cheap in a list, in increasing order
        todo = list(reversed(missing))
        while (todo or waiting) and not self.stopped:
            # two for each worker: one in work and one ready, so that no worker waits for this thread
            while todo and len(waiting) < 2 * backend.workers:
                index = todo.pop()
                waiting[backend.submit(*self._runs(index))] = index
            finished, _ = wait(waiting, timeout=HEARTBEAT, return_when=FIRST_COMPLETED)
            for future in finished:
                index = waiting.pop(future)
                try:
                    done = future.result()
                except WorkerDied as death:
                    # a worker may die for a reason of its own; only repeated deaths accuse the shard
                    strikes[index] = strikes.get(index, 0) + 1
                    self.repeated += 1
                    if strikes[index] < self.tries:
                        # to the end, which is taken next: a shard at fault is found early
                        todo.append(index)
                        continue
                    done = self._one_by_one(backend, index, str(death))
                # None: the work was stopped in the middle of the shard, which stays missing
                if done is not None:
                    self._write(index, done)
            self._report()

    def _runs(self, index: int) -> tuple[int, int]:
        """The first run and the number of runs of a shard."""
        first = index * self.size
        # the last shard may be shorter
        return first, min(self.size, self.study.n_runs - first)

    def _one_by_one(self, backend: Backend, index: int, death: str) -> ShardResult:
        """Try the runs of a shard whose worker died repeatedly one by one, so that only those at fault count as failed."""
        parts = []
        first, runs = self._runs(index)
        for run in range(first, first + runs):
            done: ShardResult | None = None
            # a shard of one run has had all its tries already
            if runs > 1:
                try:
                    done = backend.submit(run, 1).result()
                except WorkerDied as last:
                    death = str(last)
            message = f"WorkerDied: {death}, {self.tries} times or more"
            parts.append(done or _failed(self.study, run, message))
        return _shards.joined(parts)

    def _write(self, index: int, done: ShardResult) -> None:
        """Write a finished shard, unless its worker has other versions, with which its bits would differ."""
        # a cluster's machine may have another library or processor, whose last bits differ
        if done.versions != self.made_with:
            differing = [
                f"{k} {v} here, {done.versions.get(k)} there"
                for k, v in self.made_with.items()
                if done.versions.get(k) != v
            ]
            raise OutputError(f"a worker is not like this machine, its results would differ: {'; '.join(differing)}.")
        # on the disk first: what has been counted is never lost by a kill
        _folder.write_shard(self.place, index, done.table, done.seconds)
        self.tally.add_done(done)
        self.new_runs += done.runs

    def _done(self) -> int:
        return int(self.tally.finished.sum())

    def _report(self) -> None:
        if self.on_progress is None:
            return
        # copies of the counts: a callback may keep a moment, while the tally goes on
        progress = StudyProgress(
            self.study,
            self._done(),
            self.runs_wanted,
            self.tally.solved.copy(),
            self.tally.finished.copy(),
            self.tally.failed.copy(),
            self.repeated,
            time.perf_counter() - self.start,
            self.runs_before,
        )
        # False alone: a callback without a return value gives None
        if self.on_progress(progress) is False:
            self.stopped = True


def _failed(study: Study, run: int, message: str) -> ShardResult:
    done = _shards.run_shard(study, run, 1, died=message)
    if done is None:
        raise AssertionError("nothing can stop what isn't trained")
    return done
