"""What carries out shards, as the study sees it."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from separatrix.study.shards import Done


class WorkerDied(Exception):
    """A worker ended without handing back its shard: killed, out of memory, a lost machine."""


class Backend(Protocol):
    """Something that carries out shards."""

    workers: int

    def submit(self, first: int, runs: int) -> Future[Done | None]:
        """Begin a shard; the future raises `WorkerDied` if its worker did."""
        ...

    def close(self) -> None:
        """End at once; what is under way is given up."""
        ...
