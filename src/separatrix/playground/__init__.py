"""The playground: a page on which every touch trains a network to its end.

Bokeh draws and carries the messages; everything it needs is served from this machine. In a notebook the package itself is
called: `separatrix.playground()`.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from separatrix.errors import SeparatrixError

if TYPE_CHECKING:
    from separatrix.playground.notebook import Shown
    from separatrix.playground.served import Served
    from separatrix.playground.server import MakePage


class PlaygroundMissing(SeparatrixError, ImportError):
    """The packages of the extra `playground` aren't installed."""


def start(*, host: str = "127.0.0.1", port: int = 5006, token: str | None = None) -> Served:
    """A server that listens: a browser that goes there waits until `run()`, which answers until the server is closed.

    Raises:
        PlaygroundMissing: Bokeh isn't installed.
        InvalidParameter: a host or a port that can't be.
        OutputError: the port is taken.
    """
    served = _served(_as_a_server, host=host, port=port, token=token)
    gc.disable()  # until the first page is there: nothing that is made till then is garbage
    return served


def playground() -> Shown:
    """The page inside a notebook's cell; `separatrix.playground()` does the same.

    Raises:
        PlaygroundMissing: Bokeh isn't installed.
        OutputError: there is no notebook whose event loop could serve the page.
    """
    from separatrix.playground.notebook import shown

    return shown()


def _served(afterwards: Callable[[], None], **where: Any) -> Served:
    """A server whose cores are busy with the first training as soon as that delays nobody; then with `afterwards`."""
    if find_spec("bokeh") is None:
        raise PlaygroundMissing("the playground needs Bokeh: pip install 'separatrix[playground]'.")
    from separatrix.playground.door import listen
    from separatrix.playground.served import Served

    return Served(listen(**where), lambda: _prepared(afterwards))


def _prepared(afterwards: Callable[[], None]) -> tuple[MakePage, Callable[[], None]]:
    """Import what pages are made of: how one is made, and how their work is ended."""
    from separatrix.playground.first import First
    from separatrix.playground.work import Workshop

    workshop, first = Workshop(), First()

    def prepare() -> None:
        try:
            first.train()
        finally:
            afterwards()

    workshop.prepare(prepare)
    if first.scene is None:
        workshop.begin()
    from separatrix.playground.page import Page

    return lambda document: Page(document, workshop, first.scene).begin, workshop.close


def _as_a_server() -> None:
    """Set this process up for answering quickly.

    What is there for good need not be looked through for garbage each time; and a thread that trains lets the one that
    answers go on after 1 ms instead of 5, of which every message needs a few.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    sys.setswitchinterval(0.001)


class _Callable(ModuleType):
    """The package is called as the function in it is, for `separatrix.playground` can't be both."""

    def __call__(self) -> Shown:
        return playground()


sys.modules[__name__].__class__ = _Callable
