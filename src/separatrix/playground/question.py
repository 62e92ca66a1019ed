"""A sketch as the question that a study answers for many seeds."""

from __future__ import annotations

from separatrix.playground.sketch import Sketch


def as_toml(sketch: Sketch) -> str:
    """The file that `separatrix study FILE` reads."""
    raise NotImplementedError
