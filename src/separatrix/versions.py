"""Which versions made a result."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

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
