"""What this machine has: a cache folder, free memory and versions of packages."""

from __future__ import annotations

import os
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

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
    """Bytes, or None where the system doesn't tell.

    Linux tells it as MemAvailable. What `sysconf` calls available leaves the caches out: on a machine that has read
    large files it is next to nothing.

    >>> free_memory() is None or free_memory() > 0
    True
    """
    known = [each for each in (_available(proc / "meminfo"), _left(group)) if each is not None]
    return min(known) if known else _by_sysconf()


def _available(meminfo: Path) -> int | None:
    try:
        lines = dict(line.split(":") for line in meminfo.read_text().splitlines())
        return 1024 * int(lines["MemAvailable"].split()[0])
    except (OSError, LookupError, ValueError):
        return None


def _left(group: Path) -> int | None:
    """What the group may still take; cached files in its account are given up when it needs more."""
    try:
        most = (group / "memory.max").read_text().strip()
        used = int((group / "memory.current").read_text())
        cached = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())["inactive_file"]
        return None if most == "max" else max(0, int(most) - used + int(cached))
    except (OSError, LookupError, ValueError):
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
    """Versions of separatrix, Python and what the engine is built on."""
    packages = ("separatrix", *BUILT_ON.get(engine, ("numpy",)))
    return {"python": platform.python_version()} | {package: _version(package) for package in packages}
