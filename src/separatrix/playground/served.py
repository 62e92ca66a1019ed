"""One server from the moment it listens to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop

from separatrix.playground.door import LARGEST_MESSAGE, Place
from separatrix.playground.front import Front

if TYPE_CHECKING:
    from separatrix.playground.server import MakePage

LARGEST_HEADER = 128 * 1024  # bytes: an address holds a whole sketch


class Served:
    """A server that listens.

    Args:
        place: where.
        prepare: imports all that is needed, on a thread; says how a visitor's document is made, and what is to be done
            when nobody listens any more.

    Attributes:
        address: what to open in a browser, token included.
        port: where it listens.
        loop: its event loop.
    """

    def __init__(self, place: Place, prepare: Callable[[], tuple[MakePage, Callable[[], None]]]) -> None:
        self.address, self.port, self.loop = place.address, place.port, IOLoop.current()
        self._prepare, self._runs = prepare, False
        self._at_end: Callable[[], None] = lambda: None
        self._hosts = place.door.hosts
        self._front = Front(place.door, self.loop.asyncio_loop)
        self._http = HTTPServer(self._front, max_header_size=LARGEST_HEADER, max_body_size=LARGEST_MESSAGE)
        self._http.add_sockets(place.sockets)

    def begin(self) -> None:
        """Answer, as soon as the event loop runs."""
        self.loop.add_callback(self._open)

    def run(self) -> None:
        """Answer until it is closed."""
        self._runs = True
        self.begin()
        self.loop.start()
        if self._front.pages.done():
            self._front.pages.result()  # or what went wrong with the imports

    def close(self) -> None:
        """Stop listening and drop all visitors."""
        self._http.stop()
        if self._front.pages.done() and self._front.pages.exception() is None:
            self._front.pages.result().close()
        self._at_end()
        if self._runs:
            self.loop.add_callback(self.loop.stop)

    async def _open(self) -> None:
        """Import what takes long, while pages and scripts are already handed out."""
        try:
            make, self._at_end = await self.loop.run_in_executor(None, self._prepare)
            from separatrix.playground.server import Pages

            self._front.pages.set_result(Pages(make, self.loop, self._hosts))
        except BaseException as error:  # whoever waits is told, and so is the one who called `run`
            self._front.pages.set_exception(error)
            if self._runs:
                self.loop.stop()
