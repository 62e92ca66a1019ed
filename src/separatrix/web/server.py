"""The server of `separatrix play`: it hands out the page's files on 127.0.0.1, and knows nothing else.

Every file is read before the first request, so that no path that a browser names ever reaches the disk. A request that names
another host is refused: a foreign name that points to this machine could otherwise read what is served here.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from separatrix.errors import InvalidParameter, OutputError
from separatrix.web._build import MEDIA_TYPES, page_files

HOST = "127.0.0.1"
PATIENCE = 20.0  # seconds that a connection may say nothing; then it is closed


class PageServer(ThreadingHTTPServer):
    """A server that listens: `serve_forever` answers, until `shutdown` from another thread.

    Attributes:
        files: path -> content of all that it hands out.
    """

    request_queue_size = 128  # connections that wait to be taken: a browser opens several at once
    daemon_threads = True  # a browser that keeps its connection open holds nothing back

    def __init__(self, port: int, files: Mapping[str, bytes], host: str = HOST) -> None:
        self.files = files
        # by default bound to this machine alone, so that nothing on the network can connect
        super().__init__((host, port), _Handler)

    @property
    def address(self) -> str:
        """What to open in the browser."""
        return f"http://{HOST}:{self.server_port}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away in the middle of an answer is no error worth a traceback."""


def listen(port: int = 0, host: str = HOST) -> PageServer:
    """A server of the page on this port, 0 for any that is free. A browser that comes now waits until it answers.

    Args:
        port: the port.
        host: the address to listen on. A container listens on 0.0.0.0, and is reached through a port of this machine; requests
            that name another host than 127.0.0.1 or localhost are refused there too.

    Raises:
        InvalidParameter: no such port.
        OutputError: the port is taken, or not allowed.
    """
    if not 0 <= port < 2**16:
        raise InvalidParameter(f"play: port must be from 0 to {2**16 - 1:,}, got {port}.")
    try:
        return PageServer(port, page_files(), host)
    except OSError as error:
        raise OutputError(
            f"port {port} can't be listened on: {error.strerror}. Choose another with --port, or 0 for a free one."
        ) from error


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: PageServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "separatrix", ""
    timeout = PATIENCE

    def do_GET(self) -> None:
        """A file, or why not."""
        status, kind, content = self._answer()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        # another version of the package must not meet files of this one
        self.send_header("Cache-Control", "no-cache")
        # no browser may take data for a script because of what its first bytes look like
        self.send_header("X-Content-Type-Options", "nosniff")
        # the connection was opened for another host, and all that follows on it is for that one too
        if status == HTTPStatus.MISDIRECTED_REQUEST:
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_HEAD = do_GET

    def _answer(self) -> tuple[HTTPStatus, str, bytes]:
        """Status, media type and content."""
        hosts = [f"{name}:{self.server.server_port}" for name in (HOST, "localhost")]
        origin = self.headers.get("Origin")  # of another page, if it isn't one of ours
        # all of them: two Host headers are refused, since proxies disagree on which counts
        named: list[str] = self.headers.get_all("Host") or []
        if named not in [[host] for host in hosts] or origin not in [None, *(f"http://{host}" for host in hosts)]:
            return HTTPStatus.MISDIRECTED_REQUEST, "text/plain", b"This server answers 127.0.0.1 and localhost alone.\n"
        # looked up in a dictionary, so that ".." and encoded slashes lead nowhere
        path = unquote(urlsplit(self.path).path).removeprefix("/") or "index.html"
        content = self.server.files.get(path)
        if content is None:
            return HTTPStatus.NOT_FOUND, "text/plain", b"There is no such file here.\n"
        return HTTPStatus.OK, MEDIA_TYPES[path.rpartition(".")[2]], content

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the terminal shows the address and no more."""
