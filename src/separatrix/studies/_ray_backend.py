"""Shards on a Ray cluster: a running one, or one on this machine for the duration of the study."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from separatrix.errors import InvalidParameter
from separatrix.studies._shards import ShardResult, WorkerDied, run_shard
from separatrix.studies.plan import Study
from separatrix.support.machine import one_blas_thread


def _shard(study: Study, first: int, runs: int) -> ShardResult | None:
    """Train a shard with one BLAS thread, as the other backends do."""
    with one_blas_thread():
        return run_shard(study, first, runs)


class Ray:
    """The workers of a cluster. They return their results to the calling process, so that no shared disk is needed."""

    def __init__(self, study: Study, workers: int | None, address: str | None, tries: int) -> None:
        try:
            import ray
        except ImportError as error:
            raise InvalidParameter(
                "run_study: backend='ray' needs Ray, which isn't installed; pip install 'separatrix[scale]'."
            ) from error
        self.ray, self.own = ray, not ray.is_initialized()
        if self.own:
            self._begin(workers, address)
        resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]  # Ray's own signature
        cores = int(resources.get("CPU", 1))
        self.workers = min(workers or cores, cores)
        self.study = ray.put(study)  # sent to each machine once
        self.task: Any = ray.remote(num_cpus=1, max_retries=0)(_shard)  # the study decides about repetitions
        self.pool = ThreadPoolExecutor(2 * self.workers)  # threads that wait; the study never has more shards under way
        self.under_way: set[Any] = set()

    def _begin(self, workers: int | None, address: str | None) -> None:
        quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
        try:
            if address is not None:
                self.ray.init(address=address, **quiet)
            else:
                self.ray.init(address="local", num_cpus=workers, include_dashboard=False, **quiet)
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise InvalidParameter(f"run_study: no Ray cluster at address {address!r}: {error}") from error

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
