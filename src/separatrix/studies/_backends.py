"""The backends that train shards: threads, processes or a Ray cluster. All of them give the same bytes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from separatrix.errors import InvalidParameter
from separatrix.studies._shards import Backend, ShardResult, WorkerDied, run_shard
from separatrix.studies.plan import Study
from separatrix.support.machine import one_blas_thread, usable_cores
from separatrix.support.ray_cluster import joined_ray

SECONDS_TO_END = 5.0  # time that a worker process has to end before it is killed


class Threads:
    """Threads of this process: the compiled engine releases Python's lock."""

    def __init__(self, study: Study, workers: int | None, address: str | None, tries: int) -> None:
        torch = study.engine == "torch"  # PyTorch's number of threads holds for the whole process
        self.workers = 1 if torch else workers or usable_cores()
        self.study, self.stop = study, threading.Event()
        self.pool = ThreadPoolExecutor(self.workers)
        # BLAS threads would compete with the workers, and change the last bits of sums
        self.inside = ExitStack()
        self.inside.enter_context(one_blas_thread())

    def submit(self, first: int, runs: int) -> Future[ShardResult | None]:
        """Begin a shard."""
        return self.pool.submit(run_shard, self.study, first, runs, self.stop.is_set)

    def close(self) -> None:
        """Stop the running shards at their next callback."""
        self.stop.set()
        self.pool.shutdown(cancel_futures=True)
        self.inside.close()


@dataclass
class _Child:
    process: SpawnProcess
    pipe: Connection
    ready: bool = False


class Processes:
    """Worker processes, one for each waiting thread. Python's lock doesn't limit them, and a crash ends only one."""

    def __init__(self, study: Study, workers: int | None, address: str | None, tries: int) -> None:
        self.study, self.workers = study, workers or usable_cores()
        self.pool = ThreadPoolExecutor(self.workers)
        # each waiting thread owns one process, so that no queue between processes is needed
        self.mine, self.lock = threading.local(), threading.Lock()
        self.closed = self.served = False
        self.children: list[_Child] = []

    def submit(self, first: int, runs: int) -> Future[ShardResult | None]:
        """Begin a shard."""
        return self.pool.submit(self._hand_out, first, runs)

    def _hand_out(self, first: int, runs: int) -> ShardResult | None:
        child = self._child()
        if child is None:
            return None
        try:
            if not child.ready:
                child.ready = child.pipe.recv()
                self.served = True
            # only numbers are sent: the child got the study when it started
            child.pipe.send((first, runs))
            done = child.pipe.recv()
        except (EOFError, OSError) as error:
            self.mine.child = None
            child.pipe.close()
            child.process.join()
            # a closed pipe is what ending all processes looks like from here
            if self.closed:
                return None
            ended = f"its process ended with exit status {child.process.exitcode}"
            if not self.served:  # no worker has ever started, so the fault lies in the script and not in a run
                raise InvalidParameter(
                    f"run_study: no worker can begin, {ended}. With backend='processes' a script must call run_study "
                    "inside `if __name__ == \"__main__\":`; backend='threads' needs nothing of the kind."
                ) from error
            raise WorkerDied(ended) from error
        # errors of the child are raised here, where the caller can see them
        if isinstance(done, Exception):
            raise done
        return done  # type: ignore[no-any-return]  # what `_serve` sends

    def _child(self) -> _Child | None:
        """The process of this thread, started if there is none; None while everything is being closed."""
        child: _Child | None = getattr(self.mine, "child", None)
        if child is None:
            with self.lock:
                if self.closed:
                    return None
                child = _begin_child(self.study)
                self.children.append(child)
            self.mine.child = child
        return child

    def close(self) -> None:
        """End all worker processes."""
        with self.lock:
            self.closed = True
        for child in self.children:
            child.process.terminate()
        self.pool.shutdown(cancel_futures=True)
        for child in self.children:
            child.process.join(SECONDS_TO_END)
            if child.process.is_alive():
                child.process.kill()
                child.process.join()
            child.pipe.close()


def _begin_child(study: Study) -> _Child:
    context = get_context("spawn")  # a fork would copy locks that other threads hold
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, study, os.getpid()), daemon=True)
    process.start()
    theirs.close()  # otherwise this process would hold the pipe open and never notice the end of the worker
    return _Child(process, ours)


def _serve(pipe: Connection, study: Study, parent: int) -> None:
    """The work of a worker process: shard after shard, until the pipe or the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group, but the parent decides
    # a parent that was killed cannot tell its children; they notice that they have another parent
    orphaned: Callable[[], bool] = lambda: os.getppid() != parent  # noqa: E731  # one expression, used once
    with one_blas_thread(), suppress(EOFError, OSError):  # an error of the pipe: its other end is gone
        pipe.send(True)
        while True:
            first, runs = pipe.recv()
            pipe.send(_done_or_error(study, first, runs, orphaned))


def _done_or_error(study: Study, first: int, runs: int, stop: Callable[[], bool]) -> ShardResult | Exception | None:
    try:
        return run_shard(study, first, runs, stop)
    except Exception as error:  # handed to the parent, which raises it
        return error


def _shard(study: Study, first: int, runs: int) -> ShardResult | None:
    """Train a shard with one BLAS thread, as the other backends do."""
    with one_blas_thread():
        return run_shard(study, first, runs)


class Ray:
    """The workers of a cluster. They return their results to the calling process, so that no shared disk is needed."""

    def __init__(self, study: Study, workers: int | None, address: str | None, tries: int) -> None:
        ray, self.own = joined_ray("run_study", "backend='ray'", workers=workers, address=address)
        self.ray = ray
        resources: dict[str, float] = ray.cluster_resources()
        cores = int(resources.get("CPU", 1))
        self.workers = min(workers or cores, cores)
        self.study = ray.put(study)  # sent to each machine once
        self.task: Any = ray.remote(num_cpus=1, max_retries=0)(_shard)  # the study decides about repetitions
        self.pool = ThreadPoolExecutor(2 * self.workers)  # threads that wait; the study never has more shards under way
        self.under_way: set[Any] = set()

    def submit(self, first: int, runs: int) -> Future[ShardResult | None]:
        """Begin a shard."""
        reference = self.task.remote(self.study, first, runs)
        self.under_way.add(reference)
        return self.pool.submit(self._wait_for, reference)

    def _wait_for(self, reference: Any) -> ShardResult | None:
        errors = self.ray.exceptions
        try:
            done: ShardResult | None = self.ray.get(reference)
        except errors.TaskCancelledError:
            return None
        except errors.RayTaskError as error:
            raise error.cause from error  # the exception that the shard raised
        except errors.RayError as error:
            raise WorkerDied(f"Ray lost it: {str(error).splitlines()[0]}") from error
        finally:
            self.under_way.discard(reference)
        return done

    def close(self) -> None:
        """Stop at once. A cluster that was running before goes on without these shards."""
        for reference in tuple(self.under_way):
            self.ray.cancel(reference, force=True)
        if self.own:
            self.ray.shutdown()
        self.pool.shutdown(cancel_futures=True)


BACKENDS: dict[str, Callable[[Study, int | None, str | None, int], Backend]] = {
    "threads": Threads,
    "processes": Processes,
    "ray": Ray,
}


def refuse_address(backend: str, address: str | None) -> None:
    """Raise `InvalidParameter` for an address that the backend would not use."""
    if address is not None and backend != "ray":
        raise InvalidParameter(f"run_study: address is for backend='ray', got backend={backend!r}.")
