"""The port that is listened on, and who is let in: known long before anything can be answered.

It listens on 127.0.0.1. Every request, pages, files and WebSockets alike, must name this server as its host and, if it
says where it comes from, come from this server's own pages: so no other page in the browser can reach it, nor a name
that is made to point here. Any other address has to be asked for, and then needs the token that is printed.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from dataclasses import dataclass
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.netutil import bind_sockets

from separatrix.errors import InvalidParameter, OutputError
from separatrix.support.constraints import Integer, Rule, check

LOOPBACK = "127.0.0.1"
COOKIE = "separatrix-token"
LARGEST_MESSAGE = 4 * 2**20  # bytes that a browser may send at a time


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


@dataclass(frozen=True, eq=False)
class Place:
    """A port that is listened on: who connects waits in a queue until a server takes it over.

    Attributes:
        sockets: those of the port.
        door: who is let in.
        address: what to open in a browser, token included.
        port: its number.
    """

    sockets: list[socket.socket]
    door: Door
    address: str
    port: int


def listen(*, host: str = LOOPBACK, port: int = 5006, token: str | None = None) -> Place:
    """Take a port.

    Args:
        host: an address of this machine; any but a loopback address needs a token.
        port: 0 takes a free one.
        token: what visitors from elsewhere must show; None draws one where it is needed.

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
    address = f"http://{named if not own.is_unspecified else 'localhost'}:{port}/"
    return Place(sockets, door, address + (f"?token={token}" if token else ""), port)


def _own_names(own: Any) -> set[str]:
    """The addresses under which a server that listens on all of them is found."""
    if not own.is_unspecified:
        return set()
    found = {"localhost", LOOPBACK}
    for info in socket.getaddrinfo(socket.gethostname(), None):
        address = str(info[4][0]).split("%")[0]
        found.add(f"[{address}]" if ":" in address else address)
    return found
