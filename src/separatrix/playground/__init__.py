"""The playground: a page on which every touch trains a network to its end.

Bokeh draws and carries the messages; everything it needs is served from this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from separatrix.errors import SeparatrixError

if TYPE_CHECKING:
    from separatrix.playground.server import Served


class PlaygroundMissing(SeparatrixError, ImportError):
    """The packages of the extra `playground` aren't installed."""


def start(*, host: str = "127.0.0.1", port: int = 5006, token: str | None = None) -> Served:
    """A server that listens; `run()` answers until it is closed.

    Raises:
        PlaygroundMissing: Bokeh isn't installed.
        InvalidParameter: a host or a port that can't be.
        OutputError: the port is taken.
    """
    _need_bokeh()
    from separatrix.playground.page import Page
    from separatrix.playground.server import serve
    from separatrix.playground.work import Workshop

    workshop = Workshop()

    def make(document: Any) -> None:
        Page(document, workshop)

    return serve(make, host=host, port=port, token=token)


def playground() -> Any:
    """The page inside a notebook's cell.

    Raises:
        PlaygroundMissing: Bokeh isn't installed.
    """
    _need_bokeh()
    from bokeh.io import output_notebook, show

    from separatrix.playground.page import Page
    from separatrix.playground.work import Workshop

    workshop = Workshop()
    output_notebook(hide_banner=True)

    def make(document: Any) -> None:
        Page(document, workshop)

    return show(make)


def _need_bokeh() -> None:
    try:
        import bokeh  # noqa: F401
    except ImportError as error:
        raise PlaygroundMissing("the playground needs Bokeh: pip install 'separatrix[playground]'.") from error
