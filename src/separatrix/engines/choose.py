"""Which engine carries out a recipe: the chosen one, or the fastest that supports it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from separatrix.engines.base import Engine, Session, Task
from separatrix.errors import EngineRefusal, MissingPackage
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.recipe import Recipe
from separatrix.support.constraints import Choice, check

if TYPE_CHECKING:
    import numpy as np

    from separatrix.networks.module_network import ModuleNetwork


log = logging.getLogger("separatrix")


class FusedEngine:
    """Compiled loops for plain networks on the processor."""

    name = "fused"

    def refuses(self, network: Network | ModuleNetwork, recipe: Recipe, device: str) -> str | None:
        """Refuse a user's own module, loss or optimiser, an optimiser without a rule, and any device but the processor."""
        if not isinstance(network, Network):
            return "a module of your own is PyTorch code, which only the torch engine runs."
        if not isinstance(recipe.loss, str) or not isinstance(recipe.optimizer, str):
            return "a loss or optimiser of your own is PyTorch code, which only the torch engine runs."
        if not OPTIMIZERS[recipe.optimizer].rule and recipe.optimizer != "lbfgs":  # which has a file of its own
            return f"the optimiser {recipe.optimizer!r} has no update rule to compile."
        if device != "cpu":
            return f"it computes on the processor, not on {device!r}."
        return _why_numba_does_not_compile()

    def start(self, task: Task, parameters: np.ndarray, memory: dict[str, np.ndarray] | None = None) -> Session:
        """Start a training at these parameters, (p,)."""
        if task.recipe.optimizer == "lbfgs":
            from separatrix.engines.fused._lbfgs import LBFGSSession

            return LBFGSSession(task, parameters, memory)
        from separatrix.engines.fused._session import FusedSession

        return FusedSession(task, parameters, memory)


# Settings of Numba's that change its machine code, with their defaults: other code would give other bits, and without a
# compiler there is none. https://numba.readthedocs.io/en/stable/reference/envvars.html
NUMBA_DEFAULTS = {
    "DISABLE_JIT": 0,
    "OPT": 3,
    "LOOP_VECTORIZE": 1,
    "SLP_VECTORIZE": 0,
    "DEBUGINFO_DEFAULT": 0,
    "BOUNDSCHECK": 0,
    "CPU_NAME": None,
    "CPU_FEATURES": None,
}


def _why_numba_does_not_compile() -> str | None:
    """The reason for which Numba, as this process has set it, can't compile the loop; None if it can."""
    from numba.core import config  # only now: networks of the torch engine need no compiler

    for name, default in NUMBA_DEFAULTS.items():
        value = getattr(config, name, default)
        if not (value == default or (default in (0, None) and not value)):
            return f"it is compiled by Numba, whose setting NUMBA_{name.removesuffix('_DEFAULT')} is {value}; unset it."
    return None


def _fused(device: str) -> Engine:
    return FusedEngine()


def _torch(device: str) -> Engine:
    from separatrix.engines._reference import TorchEngine

    return TorchEngine(device)


def _distributed(device: str) -> Engine:
    from separatrix.engines._distributed import DistributedEngine

    return DistributedEngine(device)


def _gpu(device: str) -> Engine:
    from separatrix.engines.gpu import GpuEngine

    return GpuEngine()


ENGINES: dict[str, Callable[[str], Engine]] = {"fused": _fused, "torch": _torch}  # the faster one first
# Never chosen by themselves: separatrix.training.distributed asks for the first, and a user by name for the second.
ON_REQUEST = {"distributed": _distributed, "gpu": _gpu}


def choose(
    name: str, network: Network | ModuleNetwork, recipe: Recipe, device: str = "cpu"
) -> tuple[Engine, dict[str, str]]:
    """Choose the engine, and say why faster ones cannot be used.

    Args:
        name: name of the engine, or "auto" for the first engine of `ENGINES` that supports the recipe. The reasons against
            faster engines are then logged (level INFO, logger "separatrix").
        network: the description, or a user's module.
        recipe: the description of the training.
        device: "cpu", or another device for the torch engine.

    Returns:
        The engine, and for each engine that was passed over its name and reason.

    Raises:
        EngineRefusal: the engine (with "auto": every engine) does not support this; the message is its reason.
        MissingPackage: only the torch engine can do this, and PyTorch is not installed.
        InvalidParameter: no engine has this name.
    """
    engines = ENGINES | ON_REQUEST
    check("train", {"engine": name}, {"engine": Choice(("auto", *engines))})
    # Kept in the order of trial: the message then names the faster engine first.
    reasons: dict[str, str] = {}
    for candidate in ENGINES if name == "auto" else (name,):
        engine = _available(engines[candidate], device, reasons)
        reason = engine.refuses(network, recipe, device)
        if reason is None:
            for faster, why in reasons.items():
                log.info("training with the %s engine, not the %s one: %s", candidate, faster, why)
            return engine, reasons
        reasons[candidate] = reason
    raise EngineRefusal(_sentences(reasons))


def _available(make: Callable[[str], Engine], device: str, reasons: dict[str, str]) -> Engine:
    """The engine, or, where PyTorch is missing, the sentence that says so after the reasons against the faster ones."""
    try:
        return make(device)
    except MissingPackage as error:
        if not reasons:
            raise
        raise MissingPackage(f"{_sentences(reasons)} The torch engine can't be used: {error}") from error


def _sentences(reasons: dict[str, str]) -> str:
    return " ".join(f"The {engine} engine does not support this: {why}" for engine, why in reasons.items())
