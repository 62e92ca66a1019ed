"""The server: Bokeh's, behind the door, answering sooner than it would by itself."""

from __future__ import annotations

import socket
from asyncio import wait, wrap_future
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import bokeh.document.document as documents
from bokeh.application import Application
from bokeh.document import Document
from bokeh.document.events import DocumentPatchedEvent
from bokeh.server.connection import ServerConnection
from bokeh.server.server import BaseServer
from bokeh.server.tornado import BokehTornado
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest, url_concat
from tornado.ioloop import IOLoop
from tornado.web import RequestHandler

from separatrix.playground.door import COOKIE, Door, Place
from separatrix.playground.front import Front

MakePage = Callable[[Document], Callable[[], None]]

LARGEST_MESSAGE = 4 * 2**20  # bytes that a browser may send at a time
MOST_VISITORS = 150  # pages open at once
CHECK_MS = 2_000  # between two looks for pages that were closed
LINGER_MS = 10_000  # that a page whose connection is gone may take to come back, before its work is given up


class _Refusal(RequestHandler):
    """Answers one refused request."""

    def initialize(self, status: int, why: str) -> None:
        self.status, self.why = status, why

    def prepare(self) -> None:
        self.set_status(self.status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{self.status}: {self.why}.\n")

    def check_xsrf_cookie(self) -> None:
        """Nothing to protect: nothing is done."""


class _Entry(RequestHandler):
    """The first visit with the token in the address: keep it in a cookie, and take it out of the address."""

    def initialize(self, token: str) -> None:
        self.token = token

    def get(self, *_: str) -> None:
        self.set_cookie(COOKIE, self.token, httponly=True, samesite="Strict")
        rest = [(name, value) for name, value in self.request.query_arguments.items() if name != "token"]
        self.redirect(
            url_concat("/", [(name, each.decode("utf-8", "replace")) for name, many in rest for each in many])
        )


class _Sparing:
    """Leaves garbage to Python's own collector.

    Bokeh asks for a full collection whenever a page is closed, 0.15 s in which nobody is answered: over a second when a
    class closes ten.
    """

    @staticmethod
    def collect() -> None:
        """Not now."""


class _Pages(Application):
    """Makes the pages, on a thread: whoever else wants something doesn't wait for it.

    Bokeh's would also look for mistakes in each of them, a third of the time that making one takes.
    """

    def __init__(self, make_page: MakePage) -> None:
        super().__init__()
        self._make_page = make_page
        self._made = WeakKeyDictionary[Document, Future[Callable[[], None]]]()
        self.thread = ThreadPoolExecutor(1, "playground-pages")

    async def on_session_created(self, session_context: Any) -> None:
        document = session_context._document  # which Bokeh hands out only later
        self._made[document] = making = self.thread.submit(self._make_page, document)
        await wait([wrap_future(making)])

    def initialize_document(self, doc: Document) -> None:
        begin = self._made.pop(doc).result()
        begin()


class _Together(ServerConnection):
    """Sends all that one callback changes as one message; Bokeh sends one for each, and the browser draws after each."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._events: list[DocumentPatchedEvent] = []

    def send_patch_document(self, event: DocumentPatchedEvent) -> Awaitable[None]:
        self._events.append(event)
        return self._send_all()

    async def _send_all(self) -> None:
        """Bokeh awaits one of these for each event when the callback has ended: the first sends them all."""
        events, self._events = self._events, []
        if events:
            await self._socket.send_message(self.protocol.create("PATCH-DOC", events))


class _Guarded(BokehTornado):
    """Bokeh's routes, all of them behind the door."""

    door: Door

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        why = self.door.refuses(request)
        if why is not None:
            return self.get_handler_delegate(request, _Refusal, {"status": 403, "why": why})
        if self.door.token is not None and "token" in request.query_arguments and request.method == "GET":
            return self.get_handler_delegate(request, _Entry, {"token": self.door.token})
        if request.path == "/":
            return self._front(request)
        return super().find_handler(request, **kwargs)

    def _front(self, request: HTTPServerRequest) -> Any:
        context = self._applications["/"]
        if len(context._sessions) + len(context._pending_sessions) >= MOST_VISITORS:
            why = f"{MOST_VISITORS} pages are open; close one first"
            return self.get_handler_delegate(request, _Refusal, {"status": 503, "why": why})
        return self.get_handler_delegate(request, Front, {"context": context})

    def new_connection(self, *arguments: Any) -> ServerConnection:
        connection = _Together(*arguments)
        self._clients.add(connection)
        return connection

    def log_request(self, handler: Any) -> None:
        """Addresses hold the visitors' sketches and tokens: they are not logged."""


@dataclass(frozen=True, eq=False)
class Served:
    """A server that listens.

    Attributes:
        server: Bokeh's.
        address: what to open in a browser, token included.
        port: where it listens.
        at_end: called when it has stopped listening.
    """

    server: BaseServer
    address: str
    port: int
    at_end: Callable[[], None] = lambda: None

    def run(self) -> None:
        """Answer until the event loop is stopped."""
        self.server.start()
        self.server.io_loop.start()

    def close(self) -> None:
        """Stop listening and drop all visitors."""
        self.server.stop(wait=False)
        self.at_end()
        self.server.io_loop.add_callback(self.server.io_loop.stop)


def serve(make_page: MakePage, place: Place, *, at_end: Callable[[], None] = lambda: None) -> Served:
    """Answer at that place, and make a page for every visitor.

    Args:
        make_page: fills a visitor's own document, on a thread; what it gives back is called when the visitor is there.
        place: where it listens.
        at_end: called when the server is closed.
    """
    return Served(_server(make_page, place.door, place.sockets), place.address, place.port, at_end)


documents.gc = _Sparing


def _server(make_page: MakePage, door: Door, sockets: list[socket.socket]) -> BaseServer:
    loop = IOLoop.current()
    tornado = _Guarded(
        {"/": _Pages(make_page)},
        extra_websocket_origins=sorted(door.hosts),
        websocket_max_message_size_bytes=LARGEST_MESSAGE,
        use_index=False,
        check_unused_sessions_milliseconds=CHECK_MS,
        unused_session_lifetime_milliseconds=LINGER_MS,
    )
    tornado.door = door
    http = HTTPServer(tornado, max_header_size=128 * 1024, max_body_size=LARGEST_MESSAGE)
    server = BaseServer(loop, tornado, http)
    http.add_sockets(sockets)
    return server
