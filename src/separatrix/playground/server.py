"""The server: who may ask for anything at all, and where the page is found.

It listens on 127.0.0.1. Every request, pages, files and WebSockets alike, must name this server as its host and, if it
says where it comes from, come from this server's own pages: so no other page in the browser can reach it, nor a name
that is made to point here. Any other address has to be asked for, and then needs the token that is printed.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bokeh.document.document as documents
from bokeh.application import Application
from bokeh.application.handlers.function import FunctionHandler
from bokeh.document import Document
from bokeh.resources import Resources
from bokeh.server.server import BaseServer
from bokeh.server.tornado import BokehTornado
from bokeh.server.views.static_handler import StaticHandler
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest, url_concat
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from tornado.web import RequestHandler

from separatrix.constraints import Integer, Rule, check
from separatrix.errors import InvalidParameter, OutputError

LOOPBACK = "127.0.0.1"
COOKIE = "separatrix-token"
LARGEST_MESSAGE = 4 * 2**20  # bytes that a browser may send at a time
MOST_VISITORS = 150  # pages open at once
CHECK_MS = 2_000  # between two looks for pages that were closed
LINGER_MS = 10_000  # that a page whose connection is gone may take to come back, before its work is given up


@dataclass(frozen=True)
class Door:
    """Who is let in.

    Attributes:
        hosts: what a request may name as its host, with the port.
        token: what must be shown, or None where only this machine can connect.
    """

    hosts: frozenset[str]
    token: str | None = None

    def refuses(self, request: HTTPServerRequest) -> str | None:
        """Why a request is refused, or None if it is let in."""
        headers = request.headers
        hosts = headers.get_list("Host")
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            return "this server answers to its own address only"
        for origin in headers.get_list("Origin"):
            scheme, _, host = origin.lower().partition("://")
            if scheme not in ("http", "https") or host not in self.hosts:
                return "the request comes from a page of another server"
        if headers.get("Upgrade", "").lower() == "websocket" and "Origin" not in headers:
            return "a WebSocket has to say where it comes from"
        if self.token is not None and not self._shows_token(request):
            return "the token is missing or wrong: open the address that was printed at the start"
        return None

    def _shows_token(self, request: HTTPServerRequest) -> bool:
        cookie = request.cookies.get(COOKIE)
        shown = [cookie.value] if cookie else []
        shown += [value.decode("utf-8", "replace") for value in request.query_arguments.get("token", [])]
        return any(hmac.compare_digest(each.encode(), str(self.token).encode()) for each in shown)


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
    """Makes the pages; Bokeh's would look for mistakes in each of them, a third of the time that making one takes."""

    def initialize_document(self, doc: Document) -> None:
        for handler in self.handlers:
            handler.modify_document(doc)
            if handler.failed:
                raise RuntimeError(f"the page could not be made: {handler.error}\n{handler.error_detail}")


class _Guarded(BokehTornado):
    """Bokeh's routes, all of them behind the door."""

    door: Door

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        why = self.door.refuses(request)
        if why is not None:
            return self.get_handler_delegate(request, _Refusal, {"status": 403, "why": why})
        if self.door.token is not None and "token" in request.query_arguments and request.method == "GET":
            return self.get_handler_delegate(request, _Entry, {"token": self.door.token})
        if request.path == "/" and len(self.get_sessions("/")) >= MOST_VISITORS:
            return self.get_handler_delegate(
                request, _Refusal, {"status": 503, "why": f"{MOST_VISITORS} pages are open; close one first"}
            )
        return super().find_handler(request, **kwargs)

    def resources(self, absolute_url: str | bool | None = None) -> Resources:
        """The two scripts that the page needs, from this server whatever the environment says of others."""
        return Resources(
            "server", root_url="/", path_versioner=StaticHandler.append_version, components=["bokeh", "bokeh-widgets"]
        )

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


def serve(
    make_page: Callable[[Document], None],
    *,
    host: str = LOOPBACK,
    port: int = 5006,
    token: str | None = None,
    at_end: Callable[[], None] = lambda: None,
) -> Served:
    """Listen, and make a page for every visitor.

    Args:
        make_page: fills a visitor's own document.
        host: an address of this machine; any but a loopback address needs a token.
        port: 0 takes a free one.
        token: what visitors from elsewhere must show; None draws one where it is needed.
        at_end: called when the server is closed.

    Raises:
        InvalidParameter: a port out of range or a host that isn't an address.
        OutputError: the port is taken, or the address isn't this machine's.
    """
    rules: dict[str, Rule] = {"port": Integer(0, 65535)}
    check("playground", {"port": port}, rules)
    try:
        own = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise InvalidParameter(f"playground: host must be an IP address or localhost, got {host!r}.") from None
    try:
        sockets = bind_sockets(port, str(own))
    except OSError as error:
        raise OutputError(
            f"port {port} of {own} can't be listened on: {error.strerror or error}. Try --port 0 for a free one."
        ) from error
    port = sockets[0].getsockname()[1]
    if not own.is_loopback and token is None:
        token = secrets.token_urlsafe(16)
    named = f"[{own}]" if own.version == 6 else str(own)
    names = {named, "localhost"} if own.is_loopback else {named, socket.gethostname().lower(), *_own_names(own)}
    door = Door(frozenset(f"{name}:{port}" for name in names), token)
    server = _server(make_page, door, sockets)
    address = f"http://{named if not own.is_unspecified else 'localhost'}:{port}/"
    return Served(server, address + (f"?token={token}" if token else ""), port, at_end)


def _own_names(own: Any) -> set[str]:
    """The addresses under which a server that listens on all of them is found."""
    if not own.is_unspecified:
        return set()
    found = {"localhost", LOOPBACK}
    for info in socket.getaddrinfo(socket.gethostname(), None):
        address = str(info[4][0]).split("%")[0]
        found.add(f"[{address}]" if ":" in address else address)
    return found


documents.gc = _Sparing


def _server(make_page: Callable[[Document], None], door: Door, sockets: list[socket.socket]) -> BaseServer:
    loop = IOLoop.current()
    application = _Pages(FunctionHandler(make_page))
    tornado = _Guarded(
        {"/": application},
        extra_websocket_origins=sorted(door.hosts),
        websocket_max_message_size_bytes=LARGEST_MESSAGE,
        use_index=False,
        session_token_expiration=3600,
        check_unused_sessions_milliseconds=CHECK_MS,
        unused_session_lifetime_milliseconds=LINGER_MS,
    )
    tornado.door = door
    http = HTTPServer(tornado, max_header_size=128 * 1024, max_body_size=LARGEST_MESSAGE)
    server = BaseServer(loop, tornado, http)
    http.add_sockets(sockets)
    return server
