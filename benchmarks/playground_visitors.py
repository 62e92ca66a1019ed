"""Visitors of the playground without a screen: WebSockets that speak as the page does. Ten browsers would leave no core."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from contextlib import AsyncExitStack
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


def number_in(data: dict[str, Any]) -> int:
    """Which picture a plane's data is; 0 before the first."""
    return int(dict(data["entries"])["number"][0])


class Visitor:
    """One page, open.

    Args:
        address: of the page.
        answers: whether it says which pictures have come, as the page does; one that is slow to take them doesn't.
    """

    def __init__(self, address: str, answers: bool = True) -> None:
        self.address, self.answers = address, answers
        self.parts: list[Any] = []  # JSON with all models that have come

    async def __aenter__(self) -> Visitor:
        """Ask for the page, connect, take the document, as a browser does, and wait for the first picture."""
        page = await AsyncHTTPClient().fetch(self.address, request_timeout=120)
        token = re.search(r'token: "([^"]+)"', page.body.decode()).group(1)  # type: ignore[union-attr]  # in every page
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
        document = message.content["doc"]
        self.parts.append(document)
        self.slider, self.received = await self.id_of("lr"), await self.id_of("received")
        plane = named(document, "canvas")["attributes"]["renderers"][0]["attributes"]["data_source"]
        self.plane, self.seen = plane["id"], number_in(plane["attributes"]["data"])
        if self.seen == 0:  # else the first picture came with the page
            await self.picture()
        elif self.answers:
            await self.answer()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the page."""
        self.socket.close()
        while await self.socket.read_message() is not None:
            pass

    async def id_of(self, name: str) -> str:
        """The id of the model of that name; what is in a closed tab comes after the page itself."""
        while not (found := named(self.parts, name)):
            await self._message()
        return str(found["id"])

    async def picture(self) -> None:
        """Wait for the plane's next numbers."""
        while True:
            message = await self._message()
            events = message.content.get("events", []) if message.msgtype == "PATCH-DOC" else []
            new = [event for event in events if event.get("model", {}).get("id") == self.plane]
            if new:
                self.seen = number_in(new[-1].get("data") or new[-1]["new"])
                if self.answers:
                    await self.answer()
                return

    async def answer(self) -> None:
        """Say which picture has come."""
        await self.change(self.received, "data", {"type": "map", "entries": [["number", [self.seen]]]})

    async def move(self, value: float) -> float:
        """Move the slider of the learning rate; milliseconds until the new picture has come."""
        begin = time.perf_counter()
        await self.change(self.slider, "value", value)
        await self.picture()
        return 1000 * (time.perf_counter() - begin)

    async def change(self, model: str, attribute: str, value: Any) -> None:
        """As a widget that is used."""
        await self.send({"kind": "ModelChanged", "model": {"id": model}, "attr": attribute, "new": value})

    async def send(self, event: dict[str, Any]) -> None:
        """One event of the document."""
        await self._send("PATCH-DOC", {"events": [event]})

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
                self.parts += [each for each in message.content.get("events", []) if each.get("attr") == "children"]
                return message


async def crowd(address: str, visitors: int, moves: int, pause: float) -> tuple[list[float], list[float]]:
    """Milliseconds to the first picture of each of `visitors` who come at once, and of each of their moves.

    Args:
        address: of the page.
        visitors: how many, at once.
        moves: of each.
        pause: seconds between a visitor's picture and the next move; 0 for people who never look.
    """

    async with AsyncExitStack() as all_of_them:

        async def come() -> tuple[Visitor, float]:
            begin = time.perf_counter()
            visitor = await all_of_them.enter_async_context(Visitor(address))
            return visitor, 1000 * (time.perf_counter() - begin)

        async def play(number: int, visitor: Visitor) -> list[float]:
            found = []
            for k in range(moves):
                await asyncio.sleep(pause)
                found.append(await visitor.move(round(-2 + 0.01 * number + 0.05 * (k % 20), 3)))
            return found

        came = await asyncio.gather(*(come() for _ in range(visitors)))
        waits = await asyncio.gather(*(play(number, visitor) for number, (visitor, _) in enumerate(came)))
        return [first for _, first in came], [wait for each in waits for wait in each]


if __name__ == "__main__":
    place, many, times, rest = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    print(json.dumps(asyncio.run(crowd(place, many, times, rest))))
