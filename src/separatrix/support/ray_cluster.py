"""Ray: a cluster that runs already is joined, else one of this machine is begun."""

from __future__ import annotations

import logging
from typing import Any

from separatrix.errors import InvalidParameter


def joined_ray(caller: str, option: str, *, workers: int | None = None, address: str | None = None) -> tuple[Any, bool]:
    """Ray's module, connected to a cluster, and whether this call connected it: then its caller shuts it down.

    Args:
        caller: who needs it, for messages.
        option: how the user asked for it, for messages.
        workers: cores of a new cluster. Defaults to all of this machine.
        address: of a running cluster. Defaults to the one that this process has joined, or a new one.

    Raises:
        InvalidParameter: Ray isn't installed, or there is no cluster at the address.
    """
    try:
        import ray
    except ImportError as error:
        raise InvalidParameter(
            f"{caller}: {option} needs Ray, which isn't installed; pip install 'separatrix[scale]'."
        ) from error
    if ray.is_initialized():
        return ray, False
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        if address is not None:
            ray.init(address=address, **quiet)
        else:
            ray.init(address="local", num_cpus=workers, include_dashboard=False, **quiet)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise InvalidParameter(f"{caller}: no Ray cluster at address {address!r}: {error}") from error
    return ray, True
