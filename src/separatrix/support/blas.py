"""One BLAS thread while the compiled loop works, then as many as before.

Numba's `np.dot` is SciPy's BLAS. With more threads it adds in another order once a sum has a few hundred terms, so
that the bits would depend on how many there are, and its threads get in the way of ours. The setting belongs to the
whole process: the first who needs it sets it and the last one puts it back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any


@dataclass
class _Limit:
    """How many are inside, and the number of threads that each library had before."""

    lock: Lock = field(default_factory=Lock)
    inside: int = 0
    before: list[int] = field(default_factory=list)

    def set(self) -> None:
        """One thread. Library by library: `ThreadpoolController.limit` takes ten times as long as a step."""
        self.before = [library.get_num_threads() for library in _libraries()]
        for library in _libraries():
            _set(library, 1)

    def put_back(self) -> None:
        """As many as before."""
        for library, threads in zip(_libraries(), self.before, strict=True):
            _set(library, threads)


_limit = _Limit()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """One BLAS thread in this process, inside the block. May be nested and entered by several threads at once."""
    with _limit.lock:
        if _limit.inside == 0:
            _limit.set()
        _limit.inside += 1
    try:
        yield
    finally:
        with _limit.lock:
            _limit.inside -= 1
            if _limit.inside == 0:
                _limit.put_back()


def _set(library: Any, threads: int) -> None:
    """Set the number of threads from whichever thread this is.

    threadpoolctl 3.8 and later listen to the first thread that sets a number until it lets go, and to no other; here the
    first who comes in and the last who goes out may be any two, and our own lock keeps them apart.
    """
    if hasattr(library, "clear_controlling_thread"):
        library.clear_controlling_thread(force=True)
    library.set_num_threads(threads)
    if hasattr(library, "clear_controlling_thread"):
        library.clear_controlling_thread(force=True)


@cache
def _libraries() -> list[Any]:
    """The process's BLAS libraries; SciPy's must be there to be found."""
    import scipy.linalg.cython_blas  # noqa: F401  # for its library to be loaded
    from threadpoolctl import ThreadpoolController

    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


def _forget() -> None:
    """In a forked child nobody is inside, whatever its parent's threads were doing: put the setting back."""
    if _limit.inside:
        _limit.put_back()
    _limit.lock, _limit.inside = Lock(), 0  # a lock that nobody holds


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
