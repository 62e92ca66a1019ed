"""This machine: its cores and the threads of BLAS on them, its free memory, its versions of packages, its cache folder."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Any

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """The folder for compiled code and other files that can be computed again.

    It is `$SEPARATRIX_CACHE` where that is set, else the user's cache folder by the platform's convention.
    """
    if folder := os.environ.get("SEPARATRIX_CACHE"):
        return Path(folder)
    # without an author Windows would get a folder "separatrix" twice
    return user_cache_path("separatrix", appauthor=False)


# How much memory there is to use: free now, or given up by the system's caches at once, within the container's limit.


GROUP = Path("/sys/fs/cgroup")  # of a container, or of a session: https://docs.kernel.org/admin-guide/cgroup-v2.html


def free_memory(proc: Path = Path("/proc"), group: Path = GROUP) -> int | None:
    """The memory that this process may still use, in bytes, or None where the system doesn't say.

    On Linux it is MemAvailable. What `sysconf` calls available leaves the caches out: on a machine that has read
    large files it is next to nothing.

    >>> free_memory() is None or free_memory() > 0
    True
    """
    places = (_available(proc / "meminfo"), *map(_left, _groups(proc, group)), _unused_addresses(proc))
    limits = [limit for limit in places if limit is not None]
    return min(limits) if limits else _by_sysconf()


def _available(meminfo: Path) -> int | None:
    try:
        lines = dict(line.split(":") for line in meminfo.read_text().splitlines())
        return 1024 * int(lines["MemAvailable"].split()[0])
    except (OSError, LookupError, ValueError):
        return None


def _unused_addresses(proc: Path) -> int | None:
    """What `ulimit -v` leaves to this process, or None without such a limit."""
    try:
        import resource  # not on Windows

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        pages = int((proc / "self" / "statm").read_text().split()[0])
        return None if limit == resource.RLIM_INFINITY else max(0, limit - pages * resource.getpagesize())
    except (ImportError, OSError, LookupError, ValueError):
        return None


def _groups(proc: Path, root: Path) -> Iterator[Path]:
    """The root of the control groups, which in a container is its own, and the groups of this process below it."""
    yield root
    try:
        lines = (proc / "self" / "cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, name = line.split(":", 2)
        # a group's own limit holds, and that of every group around it
        if controllers in ("", "memory") and ".." not in name:
            base = root / "memory" if controllers else root
            parts = [part for part in name.split("/") if part]
            yield from (base.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1))


# Names of the limit, of what is used and of cached files within it: https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
CGROUP_FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "total_inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


def _left(group: Path) -> int | None:
    """What the control group may still use, cached files included, which are dropped when it needs more."""
    for limit_file, usage_file, cached_name in CGROUP_FILES:
        try:
            limit = (group / limit_file).read_text().strip()
            used = int((group / usage_file).read_text())
            statistics = (group / limit_file).with_name("memory.stat").read_text().splitlines()
            cached = dict(line.split() for line in statistics)[cached_name]
            return None if limit == "max" else max(0, int(limit) - used + int(cached))
        except (OSError, LookupError, ValueError):
            continue  # the other version, or none
    return None


def _by_sysconf() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


# Which versions made a result.


BUILT_ON = {
    "torch": ("numpy", "torch"),
    "distributed": ("numpy", "torch"),
    "fused": ("numpy", "numba"),
    "estimator": ("numpy", "polars", "scikit-learn"),
}


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def versions(engine: str) -> dict[str, str]:
    """The versions of separatrix, of Python and of the packages that an engine's results depend on."""
    # the running code's own number: the metadata of an editable installation stay those of the day it was installed
    # (not imported: the root package imports every wing, and this one is the lowest)
    running: str = sys.modules["separatrix"].__version__
    packages = {package: _version(package) for package in BUILT_ON.get(engine, ("numpy",))}
    return {"python": platform.python_version(), "separatrix": running} | packages


# Cores, and BLAS's threads on them.


def usable_cores() -> int:
    """The number of cores that this process may use, which a container or `taskset` can limit."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads_of(n_jobs: int | None) -> int:
    """The number of threads that scikit-learn's `n_jobs` stands for: None is 1, -1 all cores."""
    from joblib import effective_n_jobs  # only now: it comes with scikit-learn, which not every command needs

    return int(effective_n_jobs(n_jobs))


# One BLAS thread while the compiled loop works, then as many as before. Numba's `np.dot` is SciPy's BLAS. With more threads
# it adds in another order once a sum has a few hundred terms, so that the bits would depend on how many there are, and its
# threads get in the way of ours. The setting belongs to the whole process: the first who needs it sets it and the last one
# puts it back.


@dataclass
class _BlasLimit:
    """How many are inside, and the libraries that were limited, each with the number of threads that it had before."""

    lock: Lock = field(default_factory=Lock)
    inside: int = 0
    before: dict[str, tuple[Any, int]] = field(default_factory=dict)

    def set(self, libraries: list[Any]) -> None:
        """One thread. Library by library: `ThreadpoolController.limit` takes ten times as long as a step."""
        for library in libraries:
            # a second thread may need a library that the first one did not know
            if library.filepath not in self.before:
                self.before[library.filepath] = library, library.get_num_threads()
                _set_threads(library, 1)

    def put_back(self) -> None:
        """As many as before."""
        for library, threads in self.before.values():
            _set_threads(library, threads)
        self.before = {}


_blas_limit = _BlasLimit()


@contextmanager
def one_blas_thread(compiled: bool = True) -> Iterator[None]:
    """One BLAS thread in this process, inside the block. May be nested and entered by several threads at once.

    Args:
        compiled: whether the block may call Numba's matrix products. They are SciPy's, which takes 0.1 s to import.
    """
    with _blas_limit.lock:
        if not compiled and "scipy.linalg" not in sys.modules:
            _blas_limit.set(_numpys_libraries())
        else:
            _blas_limit.set(_blas_libraries())
        _blas_limit.inside += 1
    try:
        yield
    finally:
        with _blas_limit.lock:
            _blas_limit.inside -= 1
            if _blas_limit.inside == 0:
                _blas_limit.put_back()


def _set_threads(library: Any, threads: int) -> None:
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
def _blas_libraries() -> list[Any]:
    """The process's BLAS libraries; SciPy's must be there to be found."""
    import scipy.linalg.cython_blas  # noqa: F401  # for its library to be loaded

    return _loaded_libraries()


@cache
def _numpys_libraries() -> list[Any]:
    """The BLAS libraries of a process without SciPy's."""
    return _loaded_libraries()


def _loaded_libraries() -> list[Any]:
    from threadpoolctl import ThreadpoolController

    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


def _reset_after_fork() -> None:
    """In a forked child nobody is inside, whatever its parent's threads were doing: put the setting back."""
    if _blas_limit.inside:
        _blas_limit.put_back()
    _blas_limit.lock, _blas_limit.inside = Lock(), 0  # a lock that nobody holds


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)
