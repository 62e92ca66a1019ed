"""Which engine carries out a recipe: the one asked for, or the fastest that can."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from separatrix.engines.base import Engine
from separatrix.errors import EngineRefusal
from separatrix.support.constraints import Choice, check

if TYPE_CHECKING:
    from separatrix.networks.modules import ModuleNetwork
    from separatrix.networks.network import Network
    from separatrix.networks.recipe import Recipe


log = logging.getLogger("separatrix")


def _fused(device: str) -> Engine:
    from separatrix.engines.fused import FusedEngine

    return FusedEngine()


def _torch(device: str) -> Engine:
    from separatrix.engines._reference import TorchEngine

    return TorchEngine(device)


def _distributed(device: str) -> Engine:
    from separatrix.engines._distributed import DistributedEngine

    return DistributedEngine(device)


ENGINES: dict[str, Callable[[str], Engine]] = {"fused": _fused, "torch": _torch}  # the faster one first
ON_REQUEST = {"distributed": _distributed}  # never chosen by itself: separatrix.training.distributed asks for it


def choose(
    name: str, network: Network | ModuleNetwork, recipe: Recipe, device: str = "cpu"
) -> tuple[Engine, dict[str, str]]:
    """The engine of that name, or with "auto" the first in `ENGINES` that can do it; and why faster ones can't.

    With "auto" the reasons are logged too (level INFO, logger "separatrix").

    Raises:
        EngineRefusal: the engine asked for (with "auto": every engine) refuses; the message is its reason.
        InvalidParameter: no engine of that name.
    """
    known = ENGINES | ON_REQUEST
    check("train", {"engine": name}, {"engine": Choice(("auto", *known))})
    reasons: dict[str, str] = {}
    for candidate in ENGINES if name == "auto" else (name,):
        engine = known[candidate](device)
        reason = engine.refuses(network, recipe, device)
        if reason is None:
            for faster, why in reasons.items():
                log.info("training with the %s engine, not the %s one: %s", candidate, faster, why)
            return engine, reasons
        reasons[candidate] = reason
    raise EngineRefusal(" ".join(f"The {engine} engine can't do this: {why}" for engine, why in reasons.items()))
