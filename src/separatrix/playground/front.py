"""What stands before every route, and answers by itself with the page's HTML and scripts, which are the same for everybody.

Nothing here needs Bokeh: a browser reads all that while Bokeh is imported and the visitor's document is made. Whoever asks
for more before that is done is kept waiting, not refused.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, Future, get_running_loop, shield
from collections.abc import Awaitable
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, HTTPServerRequest, url_concat
from tornado.web import Application, RequestHandler, StaticFileHandler

from separatrix.playground.door import COOKIE, Door

if TYPE_CHECKING:
    from separatrix.playground.server import Pages

SCRIPTS = ("bokeh.min.js", "bokeh-widgets.min.js")
TOKEN_SECONDS = 3600  # after which a page that lost its connection can't come back
MOST_VISITORS = 150  # pages open at once


class Front(Application):
    """The routes of one server; `pages` is set when Bokeh is there."""

    def __init__(self, door: Door, loop: AbstractEventLoop) -> None:
        self.door, self.coming = door, 0
        self.pages: Future[Pages] = loop.create_future()
        static = {"path": _bokeh() / "server" / "static" / "js"}
        super().__init__([("/", _Front), ("/static/js/(.*)", StaticFileHandler, static)])

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        """The one who answers; of what is refused, one who says why."""
        why = self.door.refuses(request)
        if why is not None:
            return self.get_handler_delegate(request, _Refusal, {"status": 403, "why": why})
        if self.door.token is not None and "token" in request.query_arguments and request.method == "GET":
            return self.get_handler_delegate(request, _Entry, {"token": self.door.token})
        if request.path == "/" and self.visitors >= MOST_VISITORS:
            why = f"{MOST_VISITORS} pages are open; close one first"
            return self.get_handler_delegate(request, _Refusal, {"status": 503, "why": why})
        if request.path == "/" or request.path.startswith("/static/js/"):
            return super().find_handler(request, **kwargs)
        return _WhenReady(self, request)

    @property
    def visitors(self) -> int:
        """Pages that are open or being made."""
        return self.coming + (self.pages.result().visitors if self.pages.done() else 0)

    def log_request(self, handler: Any) -> None:
        """Addresses hold the visitors' sketches and tokens: they are not logged."""


class _Front(RequestHandler):
    """The page: its HTML at once; then the visitor's document is made, which the page's WebSocket waits for."""

    application: Front

    async def get(self) -> None:
        front, (before, after) = self.application, _around_token()
        self.write(before)
        await self.flush()
        session, token = await get_running_loop().run_in_executor(None, _new_session, self.request.arguments)
        await self.finish(token + after)
        front.coming += 1
        try:
            await (await shield(front.pages)).create(session, token, self.request)
        finally:
            front.coming -= 1


class _WhenReady(HTTPMessageDelegate):
    """Hands a request over to Bokeh as soon as it is there."""

    def __init__(self, front: Front, request: HTTPServerRequest) -> None:
        self._front, self._request = front, request
        self._then: Any = None

    async def headers_received(self, start_line: Any, headers: HTTPHeaders) -> None:
        pages = await shield(self._front.pages)
        self._then = pages.find_handler(self._request)
        waiting = self._then.headers_received(start_line, headers)
        if waiting is not None:
            await waiting

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        found: Awaitable[None] | None = self._then.data_received(chunk)
        return found

    def finish(self) -> None:
        self._then.finish()

    def on_connection_close(self) -> None:
        if self._then is not None:
            self._then.on_connection_close()


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


def _bokeh() -> Path:
    """Where it is installed, without importing it."""
    found = find_spec("bokeh")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


@cache
def _around_token() -> tuple[str, str]:
    """The HTML before and after the only thing in it that is a visitor's own."""
    here = files("separatrix.playground")
    page, script = (here.joinpath(name).read_text("utf-8") for name in ("page.html", "page.js"))
    places = {name: _bokeh() / "server" / "static" / "js" / name for name in SCRIPTS}
    # The version lets a browser keep them for good.
    tags = [
        f'<script src="/static/js/{name}?v={place.stat().st_mtime_ns:x}"></script>' for name, place in places.items()
    ]
    before, after = (
        page.replace("<!-- scripts -->", "\n".join(tags)).replace("/* page.js */", script).split("/* token */")
    )
    return before, after


def _new_session(arguments: dict[str, list[bytes]]) -> tuple[str, str]:
    """A visitor's session and its token, which holds what the address asks for: the WebSocket's own address doesn't."""
    from bokeh.util.token import generate_jwt_token, generate_session_id

    session = generate_session_id(signed=False)
    asked: Any = {"arguments": arguments}
    return session, generate_jwt_token(session, signed=False, extra_payload=asked, expiration=TOKEN_SECONDS)
