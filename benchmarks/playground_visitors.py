"""Visitors of the playground without a screen: WebSockets that speak as the page does. Ten browsers would leave no core."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from itertools import count
from typing import Any

from bokeh.protocol import Protocol
from bokeh.protocol.receiver import Receiver
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

NUMBERS = count(1)


def named(part: Any, name: str) -> dict[str, Any]:
    """The model of that name, anywhere in a document's JSON; {} if there is none."""
    if isinstance(part, dict) and isinstance(part.get("attributes"), dict) and part["attributes"].get("name") == name:
        return part
    inside = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return next(filter(None, (named(each, name) for each in inside)), {})


class Visitor:
    """One page, open."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def open(self) -> Visitor:
        """Ask for the page, connect, and take the document, as a browser does."""
        page = await AsyncHTTPClient().fetch(self.address, request_timeout=120)
        token = re.search(r'"token":"([^"]+)"', page.body.decode()).group(1)  # type: ignore[union-attr]  # in every page
        request = HTTPRequest(
            self.address.replace("http", "ws", 1) + "ws", headers={"Origin": self.address.rstrip("/")}
        )
        self.socket = await websocket_connect(request, subprotocols=["bokeh", token], max_message_size=2**26)
        self.receiver = Receiver(Protocol())
        await self._message()  # ACK
        await self._send("PULL-DOC-REQ", {})
        while True:
            message = await self._message()
            if message.msgtype == "PULL-DOC-REPLY":
                break
        self.slider = named(message.content["doc"], "lr")["id"]
        self.plane = named(message.content["doc"], "canvas")["attributes"]["renderers"][0]["attributes"]["data_source"][
            "id"
        ]
        return self

    async def picture(self) -> None:
        """Wait for the plane's next numbers."""
        while True:
            message = await self._message()
            events = message.content.get("events", []) if message.msgtype == "PATCH-DOC" else []
            if any(event.get("model", {}).get("id") == self.plane for event in events):
                return

    async def move(self, value: float) -> float:
        """Move the slider of the learning rate; milliseconds until the new picture has come."""
        begin = time.perf_counter()
        event = {"kind": "ModelChanged", "model": {"id": self.slider}, "attr": "value", "new": value}
        await self._send("PATCH-DOC", {"events": [event]})
        await self.picture()
        return 1000 * (time.perf_counter() - begin)

    async def _send(self, kind: str, content: dict[str, Any]) -> None:
        for part in ({"msgid": str(next(NUMBERS)), "msgtype": kind}, {}, content):
            await self.socket.write_message(json.dumps(part))

    async def _message(self) -> Any:
        while True:
            fragment = await self.socket.read_message()
            if fragment is None:
                raise ConnectionError("the server hung up")
            message = await self.receiver.consume(fragment)
            if message is not None:
                return message


async def crowd(address: str, visitors: int, moves: int, pause: float) -> tuple[list[float], list[float]]:
    """Milliseconds to the first picture of each of `visitors` who come at once, and of each of their moves.

    Args:
        address: of the page.
        visitors: how many, at once.
        moves: of each.
        pause: seconds between a visitor's picture and the next move; 0 for people who never look.
    """

    async def come() -> tuple[Visitor, float]:
        begin = time.perf_counter()
        visitor = await Visitor(address).open()
        await visitor.picture()
        return visitor, 1000 * (time.perf_counter() - begin)

    came = await asyncio.gather(*(come() for _ in range(visitors)))

    async def play(number: int, visitor: Visitor) -> list[float]:
        found = []
        for k in range(moves):
            await asyncio.sleep(pause)
            found.append(await visitor.move(round(-2 + 0.01 * number + 0.05 * (k % 20), 3)))
        return found

    waits = await asyncio.gather(*(play(number, visitor) for number, (visitor, _) in enumerate(came)))
    return [first for _, first in came], [wait for each in waits for wait in each]


if __name__ == "__main__":
    place, many, times, rest = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    print(json.dumps(asyncio.run(crowd(place, many, times, rest))))
