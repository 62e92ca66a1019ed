"""Many visitors of one server, and those who take too much, too slowly, or leave: each is bounded, the others don't notice."""

import asyncio
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketClosedError

from benchmarks.playground_visitors import Visitor
from separatrix.playground.canvas import IN_FLIGHT, LOST
from separatrix.playground.door import LARGEST_MESSAGE

MOST = 6
CODE = f"""
from separatrix.playground import front, server, start
front.MOST_VISITORS, server.CHECK_MS, server.LINGER_MS = {MOST}, 50, 500
s = start(port=0)
print(s.address, flush=True)
s.run()
"""
SOON = 120  # seconds until which all has come, on a machine that tests share


@pytest.fixture(scope="module")
def server():
    process = subprocess.Popen(
        [sys.executable, "-c", CODE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    process.address = process.stdout.readline().strip()
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@pytest.fixture
def crowd(server):
    """Runs a story in which `come()` opens a page; in a thread, for the browser's tests have an event loop in this one."""

    async def within_time(story):
        async with asyncio.timeout(SOON), AsyncExitStack() as pages:

            async def come(**kind):
                while True:
                    try:
                        return await pages.enter_async_context(Visitor(server.address, **kind))
                    except HTTPClientError:  # pages of the test before are still there
                        await asyncio.sleep(0.1)

            return await story(come)

    def run(story):
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, within_time(story)).result()

    return run


def test_fault_37_many_visitors_move_at_once_and_all_get_their_own_picture(crowd):
    async def story(come):
        visitors = await asyncio.gather(*(come() for _ in range(MOST)))
        begun = [each.seen for each in visitors]
        for k in range(5):
            await asyncio.gather(*(each.move(-2 + 0.1 * k + 0.01 * j) for j, each in enumerate(visitors)))
        return [each.seen - before for each, before in zip(visitors, begun, strict=True)]

    assert crowd(story) == [5] * MOST


def test_fault_37_a_slow_reader_is_sent_few_pictures_and_goes_on_when_it_has_taken_them(crowd):
    async def story(come):
        visitor = await come(answers=False)
        before, begin = visitor.seen, time.monotonic()
        for k in range(40):
            await visitor.change(visitor.slider, "value", round(-2 + 0.05 * k, 3))
            await asyncio.sleep(0.03)  # time enough for a picture each
        await (await come()).move(-1.0)  # nobody else waits for the slow one
        allowed = IN_FLIGHT + (time.monotonic() - begin) // LOST + 1
        await until_silence(visitor)
        sent, visitor.answers = visitor.seen - before, True
        await visitor.answer()
        await visitor.move(-1.5)
        return sent, allowed

    sent, allowed = crowd(story)
    assert sent <= allowed < 40


async def until_silence(visitor):
    while True:
        try:
            async with asyncio.timeout(1):
                await visitor.picture()
        except TimeoutError:
            return


def test_fault_37_a_message_too_large_ends_its_own_connection_alone(crowd):
    async def story(come):
        other, visitor = await come(), await come()
        with pytest.raises((ConnectionError, WebSocketClosedError)):
            await flood(visitor)
        return await other.move(-1.0)

    assert crowd(story) > 0


async def flood(visitor):
    await visitor.change(visitor.slider, "value", "9" * (LARGEST_MESSAGE + 1))
    while True:
        await visitor.picture()


def test_fault_37_nonsense_in_a_message_harms_nobody(crowd):
    async def story(come):
        visitor = await come()
        for value in ("NaN", None, [], {"type": "map"}, 10**400, -(10**9)):
            await visitor.change(visitor.slider, "value", value)
        await visitor.change("no such model", "value", 1)
        return await (await come()).move(-1.0)

    assert crowd(story) > 0


def test_fault_37_there_is_an_end_to_pages_and_a_closed_one_makes_room(server, crowd):
    def status():
        try:
            return urllib.request.urlopen(server.address, timeout=SOON).status
        except urllib.error.HTTPError as error:
            return error.code

    async def story(come):
        first, *_ = [await come() for _ in range(MOST)]
        refused = status()
        first.socket.close()
        while status() != 200:
            await asyncio.sleep(0.1)
        return refused

    assert crowd(story) == 503


def test_fault_37_a_closed_page_s_work_is_given_up(server, crowd):
    def used():
        """Seconds of processor time."""
        fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    async def story(come):
        visitor = await come()
        await visitor.change(await visitor.id_of("epochs"), "value", "200000")  # 200 seeds of it take over 10 s
        await visitor.picture()
        begun = used()
        await visitor.change(await visitor.id_of("right"), "active", 3)
        await click(visitor, "run-seeds")
        while used() < begun + 0.5:
            await asyncio.sleep(0.05)
        visitor.socket.close()
        left = used()
        while True:  # until it has been idle for a second
            before = used()
            await asyncio.sleep(1)
            if used() - before < 0.1:
                return before - left

    assert crowd(story) < 5


async def click(visitor, name):
    values = {"type": "map", "entries": [["model", {"id": await visitor.id_of(name)}]]}
    event = {"type": "event", "name": "button_click", "values": values}
    await visitor.send({"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": event})
