"""The page inside a notebook's cell: the same guarded server, on the notebook's own event loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from separatrix.errors import OutputError
from separatrix.playground import _served

if TYPE_CHECKING:
    from separatrix.playground.served import Served

HEIGHT = 780  # pixels: the whole page on a screen that is wide enough


@dataclass(frozen=True, eq=False)
class Shown:
    """What a cell shows.

    Attributes:
        served: the server, which listens on this machine alone.
    """

    served: Served

    def _repr_html_(self) -> str:
        return f'<iframe src="{self.served.address}" style="width: 100%; height: {HEIGHT}px; border: 0"></iframe>'

    def __repr__(self) -> str:
        return f"the playground at {self.served.address}"


def shown() -> Shown:
    """One server a notebook, however often it is asked for; it answers between the cells, while none is running.

    Raises:
        OutputError: no event loop is running.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise OutputError(
            "playground() shows the page in a notebook, and none is running here; `separatrix play` opens a browser."
        ) from None
    return _served_on(loop)


@cache
def _served_on(loop: asyncio.AbstractEventLoop) -> Shown:
    served = _served(lambda: None, port=0)
    served.begin()
    return Shown(served)
