"""A check of the installation: versions, cores, memory, the cache, and the compiled engine against plain NumPy."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, requires, version

import numpy as np

from separatrix.data.samplers import circle
from separatrix.engines.choose import FusedEngine
from separatrix.errors import MissingPackage, SeparatrixError
from separatrix.geometry.one_step import one_step
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.support.machine import cache_folder, free_memory, usable_cores
from separatrix.training.loop import train

LITTLE_MEMORY = 2_000_000_000  # bytes; a table of 100,000 rows needs less
TOLERANCE = 1e-12  # of a parameter after one step in float64


class State(StrEnum):
    """What a finding means."""

    FINE = "fine"
    OPTIONAL = "optional"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Examination:
    """One line of the check.

    Attributes:
        name: what was examined.
        state: whether it is fine, an option that is missing, or a problem.
        detail: what was found.
        advice: what to do about it; empty where nothing is to be done.
    """

    name: str
    state: State
    detail: str
    advice: str = ""


def examine() -> Iterator[Examination]:
    """Examine this installation, one line at a time; the last one compiles code and takes the longest.

    Examples:
        >>> next(iter(examine())).name
        'Python'
    """
    yield Examination("Python", State.FINE, f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield _required_packages()
    yield _pytorch()
    yield _optional_packages()
    yield _cores()
    yield _memory()
    yield _cache()
    yield from _engines()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _names(extra: str | None) -> list[str]:
    """The packages that separatrix requires, or those of an extra."""
    # "numpy>=2.0", or 'onnx>=1.17; extra == "export"'
    rows = [text.partition(";") for text in requires("separatrix") or ()]
    chosen = [
        name for name, _, marker in rows if (f'extra == "{extra}"' in marker.replace("'", '"') if extra else not marker)
    ]
    return [re.split(r"[<>=!~\[ ]", name, maxsplit=1)[0] for name in chosen]


def _required_packages() -> Examination:
    try:
        names = _names(None)
    except PackageNotFoundError:
        advice = "run it from an installation (pip install separatrix), so that versions are known."
        return Examination("packages", State.OPTIONAL, "separatrix runs from its source and isn't installed", advice)
    found = {name: _version(name) for name in names}
    missing = [name for name, number in found.items() if number is None]
    detail = ", ".join(f"{name} {number}" for name, number in found.items() if number)
    if missing:
        return Examination(
            "packages", State.PROBLEM, f"missing: {', '.join(missing)}", "pip install --upgrade separatrix"
        )
    return Examination("packages", State.FINE, f"separatrix {_version('separatrix')}, {detail}")


def _pytorch() -> Examination:
    number = _version("torch")
    if number is None:
        detail = "not installed: no torch engine, no modules of your own, no to_torch"
        return Examination("PyTorch", State.OPTIONAL, detail, 'if you need them: pip install "separatrix[torch]"')
    return Examination("PyTorch", State.FINE, number)


EXTRAS = {"export": "ONNX files", "playground": "the playground in notebooks", "scale": "studies on a cluster"}


def _optional_packages() -> Examination:
    try:
        missing = [extra for extra in EXTRAS if any(_version(name) is None for name in _names(extra))]
    except PackageNotFoundError:
        missing = []
    if not missing:
        return Examination("extras", State.FINE, ", ".join(EXTRAS))
    detail = "not installed: " + ", ".join(f"{extra} ({EXTRAS[extra]})" for extra in missing)
    return Examination(
        "extras", State.OPTIONAL, detail, f'if you need them: pip install "separatrix[{",".join(missing)}]"'
    )


def _cores() -> Examination:
    usable, all_of_them = usable_cores(), os.cpu_count() or 1
    detail = f"{usable} of {all_of_them} usable" if usable != all_of_them else f"{usable}"
    return Examination("cores", State.FINE, detail)


def _memory() -> Examination:
    free = free_memory()
    if free is None:
        return Examination("memory", State.FINE, "the system does not say how much is free")
    detail = f"{free / 1e9:.1f} GB free"
    if free < LITTLE_MEMORY:
        return Examination("memory", State.OPTIONAL, detail, "close other programs before training on a large table.")
    return Examination("memory", State.FINE, detail)


def _cache() -> Examination:
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        advice = "set SEPARATRIX_CACHE to a folder that can be written, or every process compiles its code anew."
        return Examination("cache", State.PROBLEM, f"{folder} can't be written: {error.strerror}", advice)
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return Examination("cache", State.FINE, f"{folder}: {len(sizes):,} files, {sum(sizes) / 1e6:.1f} MB")


def _engines() -> Iterator[Examination]:
    network, recipe = Network.parse("2-4-4-1"), Recipe(epochs=1, dtype="float64")
    reason = FusedEngine().refuses(network, recipe, "cpu")
    if reason is not None:
        yield Examination("compiled engine", State.PROBLEM, reason, "unset it and start again.")
        return
    points = circle(n=40, seed=0)
    initial = network.initialise(0, "float64")
    expected = one_step(network, recipe, points, initial).parameters_after
    yield _compared(
        "compiled engine", lambda: train(network, recipe, points, engine="fused", initial=initial).parameters, expected
    )
    if _version("torch") is not None:
        yield _compared(
            "torch engine", lambda: train(network, recipe, points, engine="torch", initial=initial).parameters, expected
        )


def _compared(name: str, parameters: Callable[[], np.ndarray], expected: np.ndarray) -> Examination:
    """An engine's step against the same step in plain NumPy, in float64."""
    report = (
        f"please report it, with this output and the processor's name ({platform.processor() or platform.machine()})."
    )
    try:
        difference = float(np.abs(parameters() - expected).max())
    except MissingPackage as error:
        return Examination(name, State.PROBLEM, str(error), "reinstall PyTorch, or remove it.")
    except (SeparatrixError, OSError, RuntimeError) as error:
        return Examination(name, State.PROBLEM, f"{type(error).__name__}: {error}", report)
    if not difference < TOLERANCE:
        return Examination(name, State.PROBLEM, f"its step is off by {difference:.1e} from plain NumPy's", report)
    return Examination(name, State.FINE, f"agrees with plain NumPy to {max(difference, sys.float_info.epsilon):.0e}")
