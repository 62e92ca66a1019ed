"""Whether polars can compute in this process.

polars starts threads at its first query. A process that is forked after that has none of them, and a query in it waits
for ever: https://docs.pola.rs/user-guide/misc/multiprocessing. Series that are only made, sliced or read need no threads.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from separatrix.errors import ForkedProcess

WORKER = re.compile(r"polars-\d+|async-execut")  # how polars calls the threads that carry out queries
_lost = {"before": False, "here": False}


def threads_are_lost() -> bool:
    """Whether this process was forked from one in which polars had computed, so that a query would wait for ever."""
    return _lost["here"]


def refuse_lost_threads(work: str) -> None:
    """Raise `ForkedProcess` instead of waiting for ever; work: what can't be done, in a few words."""
    if threads_are_lost():
        raise ForkedProcess(
            f"{work} needs polars, whose threads don't survive a fork: this process was forked after they had started. "
            "Start processes by multiprocessing.get_context('spawn') or 'forkserver', or fork before the first use."
        )


def _have_started(tasks: Path = Path("/proc/self/task")) -> bool:
    if "polars" not in sys.modules:
        return False
    try:
        return any(WORKER.match((task / "comm").read_text()) for task in tasks.iterdir())
    except OSError:  # not on Linux, or a thread that has just ended
        return True


def _look_before_fork() -> None:
    _lost["before"] = _lost["here"] or _have_started()


def _mark_child() -> None:
    _lost["here"] = _lost["before"]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_look_before_fork, after_in_child=_mark_child)
