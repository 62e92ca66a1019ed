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
    """How many are inside, and what puts the setting back."""

    lock: Lock = field(default_factory=Lock)
    inside: int = 0
    limiter: Any = None


_limit = _Limit()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """One BLAS thread in this process, inside the block. May be nested and entered by several threads at once."""
    with _limit.lock:
        if _limit.inside == 0:
            _limit.limiter = _controller().limit(limits=1, user_api="blas")
        _limit.inside += 1
    try:
        yield
    finally:
        with _limit.lock:
            _limit.inside -= 1
            if _limit.inside == 0:
                _limit.limiter.restore_original_limits()


@cache
def _controller() -> Any:
    """What knows the process's BLAS libraries; SciPy's must be there to be found."""
    import scipy.linalg.cython_blas  # noqa: F401  # for its library to be loaded
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _forget() -> None:
    """In a forked child nobody is inside, whatever its parent's threads were doing: put the setting back."""
    if _limit.inside:
        _limit.limiter.restore_original_limits()
    _limit.lock, _limit.inside = Lock(), 0  # a lock that nobody holds


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
