"""What a caller's process brings along: settings that must not reach into our numbers, and threads that a fork has lost.

NumPy and PyTorch have settings that change what every later line computes: `np.seterr(all="raise")` turns exp(-1000) = 0
into an error, `torch.set_default_dtype(torch.float64)` draws other random numbers, and `torch.no_grad()` takes a training
its gradients. `insulated` puts the libraries' defaults in their place while a function or a class's method of ours is at
work, and puts the caller's back afterwards. It is applied where users come in, not line by line: a setting that nobody
thought of is then added here once.

polars starts threads at its first query. A process that is forked after that has none of them, and a query in it waits
for ever: https://docs.pola.rs/user-guide/misc/multiprocessing. Series that are only made, sliced or read need no threads.
"""

from __future__ import annotations

import functools
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from inspect import isclass, isfunction
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from separatrix.errors import ForkedProcess

T = TypeVar("T")

ERRORS: dict[str, Any] = {
    "divide": "warn",
    "over": "warn",
    "under": "ignore",
    "invalid": "warn",
}  # NumPy's own defaults
PRECISION = "highest"  # of PyTorch's products of float32 matrices; "medium" rounds to bfloat16 on some processors


class _Here(threading.local):
    """Whether this thread is inside already: what was called by one of our own functions pays nothing."""

    inside = False


_here = _Here()


def insulated(target: T) -> T:
    """Let a function, or a class's public methods, compute under the default settings of NumPy and PyTorch.

    Signature, name and docstring stay. Methods whose names begin with an underscore are called by public ones and are left
    as they are, except `__post_init__`, in which a dataclass checks its numbers.

    Args:
        target: a function, or a class.

    Examples:
        >>> with np.errstate(all="raise"):
        ...     insulated(lambda: float(np.exp(-1000.0)))()
        0.0
    """
    if isclass(target):
        for name, member in list(vars(target).items()):
            if name.startswith("_") and name != "__post_init__":
                continue
            if isfunction(member):
                setattr(target, name, _wrapped(member))
            elif isinstance(member, classmethod | staticmethod):
                setattr(target, name, type(member)(_wrapped(member.__func__)))
        return target
    return _wrapped(target)  # type: ignore[arg-type, return-value]  # of functions and classes, this is a function


def _wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def inside(*arguments: Any, **settings: Any) -> Any:
        if _here.inside:
            return function(*arguments, **settings)
        _here.inside = True
        try:
            with np.errstate(**_error_state()):
                if _torch_is_default():
                    return function(*arguments, **settings)
                with torch_defaults():
                    return function(*arguments, **settings)
        finally:
            _here.inside = False

    return inside


def _error_state() -> dict[str, Any]:
    """NumPy's error state without what interrupts or prints. A caller that ignores an overflow goes on ignoring it."""
    return {kind: way if way in ("ignore", "warn") else ERRORS[kind] for kind, way in np.geterr().items()}


def _torch_is_default() -> bool:
    """Whether PyTorch isn't imported or has its defaults; a microsecond, as predictions of one row come here too."""
    torch: Any = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "is_autocast_enabled"):  # another thread is in the middle of importing it
        return True
    return bool(
        not _process.inside
        and torch.get_default_dtype() is torch.float32
        and torch.is_grad_enabled()
        and not torch.is_inference_mode_enabled()
        and not torch._C._len_torch_function_stack()  # a default device is one of these; PyTorch has no quick public way
        and not torch.is_autocast_enabled("cpu")
        and not torch.is_autocast_enabled("cuda")
        and not torch.is_anomaly_enabled()
        and torch.get_float32_matmul_precision() == PRECISION
    )


@contextmanager
def torch_defaults() -> Iterator[None]:
    """PyTorch's defaults inside the block: float32, the processor, gradients, full precision, no search for anomalies."""
    import torch

    with ExitStack() as stack:
        _process.enter()
        stack.callback(_process.leave)
        # the order matters: leaving the inference mode would put the gradients' switch back
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.device("cpu"))
        for device in ("cpu", "cuda"):
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        yield


@dataclass
class _ProcessWide:
    """The settings that PyTorch has once for the whole process: the first thread that comes sets them, the last puts back."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    inside: int = 0
    before: tuple[Any, str, bool] = (None, PRECISION, False)

    def enter(self) -> None:
        import torch

        with self.lock:
            if self.inside == 0:
                anomaly = bool(torch.is_anomaly_enabled())
                self.before = (torch.get_default_dtype(), torch.get_float32_matmul_precision(), anomaly)
                _set_process_wide(torch.float32, PRECISION, False)
            self.inside += 1

    def leave(self) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                _set_process_wide(*self.before)


def _set_process_wide(dtype: Any, precision: str, anomaly: bool) -> None:
    import torch

    torch.set_default_dtype(dtype)
    torch.set_float32_matmul_precision(precision)
    torch.autograd.set_detect_anomaly(anomaly)


_process = _ProcessWide()


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
