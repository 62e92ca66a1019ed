"""The visitors' documents and what they say: Bokeh's server, answering sooner than it would by itself."""

from __future__ import annotations

from asyncio import wait, wrap_future
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from weakref import WeakKeyDictionary

import bokeh.document.document as documents
from bokeh.application import Application
from bokeh.core.types import ID
from bokeh.document import Document
from bokeh.document.events import DocumentPatchedEvent
from bokeh.server.connection import ServerConnection
from bokeh.server.tornado import BokehTornado
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import IOLoop

from separatrix.playground.door import LARGEST_MESSAGE

MakePage = Callable[[Document], Callable[[], None]]

CHECK_MS = 2_000  # between two looks for pages that were closed
LINGER_MS = 10_000  # that a page whose connection is gone may take to come back, before its work is given up


class _Sparing:
    """Leaves garbage to Python's own collector.

    Bokeh asks for a full collection whenever a page is closed, 0.15 s in which nobody is answered: over a second when a
    class closes ten.
    """

    @staticmethod
    def collect() -> None:
        """Not now."""


class _Maker(Application):
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


class Pages(BokehTornado):
    """Bokeh's routes.

    Args:
        make_page: fills a visitor's own document, on a thread; what it gives back is called when the visitor is there.
        loop: where it answers.
        hosts: the names of this server.
    """

    def __init__(self, make_page: MakePage, loop: IOLoop, hosts: frozenset[str]) -> None:
        self._maker = _Maker(make_page)
        super().__init__(
            {"/": self._maker},
            extra_websocket_origins=sorted(hosts),
            websocket_max_message_size_bytes=LARGEST_MESSAGE,
            use_index=False,
            check_unused_sessions_milliseconds=CHECK_MS,
            unused_session_lifetime_milliseconds=LINGER_MS,
        )
        self.initialize(loop)
        self.start()

    @property
    def visitors(self) -> int:
        """Pages that are open."""
        return len(self.get_sessions("/"))

    async def create(self, session: str, token: str, request: HTTPServerRequest) -> None:
        """Make a visitor's document."""
        context = self._applications["/"]
        try:
            await context.create_session_if_needed(ID(session), request, token)
        except BaseException as error:  # whoever waits for it is told; Bokeh would let them wait for ever
            if waiting := context._pending_sessions.pop(ID(session), None):
                waiting.set_exception(error)
            raise

    def new_connection(self, *arguments: Any) -> ServerConnection:
        """For a page that is there."""
        connection = _Together(*arguments)
        self._clients.add(connection)
        return connection

    def log_request(self, handler: Any) -> None:
        """Addresses hold the visitors' sketches and tokens: they are not logged."""

    def close(self) -> None:
        """Drop all visitors."""
        self.stop(wait=False)
        self._maker.thread.shutdown()


documents.gc = _Sparing
