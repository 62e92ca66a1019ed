"""From the options that were given to the library's descriptions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from separatrix.cli.options import Given
from separatrix.errors import InvalidParameter

if TYPE_CHECKING:
    from separatrix.lesson import Source
    from separatrix.network import Network

OF_SAMPLERS = ("sampler", "n", "noise", "balance")
OF_FILES = ("x", "y", "positive", "encoding")


def flag(name: str) -> str:
    """A parameter as its option is typed."""
    return "--points" if name == "file" else "--" + name.replace("_", "-")


def flags(names: Iterable[str]) -> str:
    """Options in a row."""
    return ", ".join(flag(name) for name in names)


def source_of(given: Given) -> Source:
    """Where the points come from.

    Raises:
        InvalidParameter: options of a sampler and of a file together.
    """
    from separatrix.lesson import Source

    settings = {name: value for name, value in given.items() if name in OF_SAMPLERS}
    reading = {name: value for name, value in given.items() if name in OF_FILES}
    if "file" in given:
        if settings:
            raise InvalidParameter(f"{flags(settings)} can't go with --points: a file has the points it has.")
        if "x" in reading:
            reading["x"] = tuple(reading["x"])
        return Source(file=str(given["file"].resolve()), reading=reading)
    if reading:
        raise InvalidParameter(f"{flags(reading)} says how to read a file; name one by --points FILE.")
    return Source(settings.pop("sampler", "circle"), settings)


def network_of(given: Given) -> Network:
    """The network described.

    Raises:
        InvalidParameter: widths that can't be read, activations that don't fit them.
    """
    from separatrix.network import Network

    more = {name: value for name, value in given.items() if name != "network"}
    return Network.parse(given.get("network", "2-4-4-1"), **more)
