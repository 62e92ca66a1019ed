"""`python -m benchmarks.playground`: how long a visitor of the playground waits, in a real browser, into PLAYGROUND.md.

- From the command to the first picture, in a browser that is already running and has seen the page before, as a user's is:
  one profile, one port.
- From a slider's move to the new picture on the screen: a headless chromium moves the learning rate, every value another
  training of the lesson's 50,000 epochs, and waits until the plane's new numbers have been painted.
- Pictures a second while a point is dragged.
- Ten visitors at once. They are WebSockets without a screen, for ten browsers would leave no core to the server: those
  who look at a picture for half a second, and those who move their slider again at once.

Some two minutes, on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.results import machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, ViewportSize

CHROMIUM = "/usr/bin/chromium"
SCREEN: ViewportSize = {"width": 1366, "height": 768}
WARM = 3  # visits after which a browser has all of the page in its caches
PACKAGES = ("torch", "numba", "numpy", "bokeh")
READY = "window.Bokeh && Bokeh.documents.length && Bokeh.documents[0].get_model_by_name('figures')?.data.told[0]"

MOVE = """
async value => {
    const doc = Bokeh.documents[0], slider = doc.get_model_by_name("lr");
    const plane = doc.get_model_by_name("canvas").renderers[0].data_source;
    const drawn = new Promise(done => {
        const seen = () => { plane.properties.data.change.disconnect(seen); requestAnimationFrame(() => setTimeout(done, 0)) };
        plane.properties.data.change.connect(seen);
    });
    const begin = performance.now();
    slider.value = value;
    await drawn;
    return performance.now() - begin;
}
"""
COUNT = """
() => {
    window.pictures = 0;
    const plane = Bokeh.documents[0].get_model_by_name("canvas").renderers[0].data_source;
    plane.properties.data.change.connect(() => { window.pictures += 1 });
}
"""
FIRST_POINT = """
() => {
    const model = Bokeh.documents[0].get_model_by_name("canvas"), view = Bokeh.index.find_one(model);
    const data = model.renderers.at(-1).data_source.data, area = view.canvas_view.el.getBoundingClientRect();
    return [area.x + view.frame.x_scale.compute(data.x[0]), area.y + view.frame.y_scale.compute(data.y[0])];
}
"""


@dataclass(frozen=True)
class Target:
    """What is asked for, and what came."""

    what: str
    asked: str
    got: str
    reached: bool


@contextmanager
def served(port: int = 0) -> Iterator[tuple[str, float]]:
    """The command at work: its address, and when it was started."""
    begin = time.perf_counter()
    command = [sys.executable, "-m", "separatrix", "play", "--no-open", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield server.stdout.readline().split()[0], begin  # type: ignore[union-attr]  # it is a pipe
    finally:
        server.terminate()
        server.wait()


def opened(browser: Browser | BrowserContext, address: str) -> Page:
    """The page, with its first picture on it."""
    page = browser.new_page()
    page.set_viewport_size(SCREEN)
    page.goto(address)
    page.wait_for_function(READY)
    return page


def first_pictures(kind: BrowserType, rounds: int) -> list[float]:
    """Seconds from the command to the first picture; the rounds of `WARM` before the clock fill the caches."""
    found: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as free, tempfile.TemporaryDirectory() as profile:
        port = free.getsockname()[1]
        free.close()
        browser = kind.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=["--no-sandbox"], viewport=SCREEN
        )
        while len(found) < WARM + rounds:
            with served(port) as (address, begin):
                page = opened(browser, address)
                found.append(time.perf_counter() - begin)
                page.wait_for_timeout(1000)  # the browser compiles what it has seen twice, when it has time
                page.close()
        browser.close()
    return found[WARM:]


def moves(page: Page, count: int) -> list[float]:
    """Milliseconds from each of `count` moves to its picture."""
    return [float(page.evaluate(MOVE, round(-2 + 0.05 * (k % 20), 3))) for k in range(count)]


def dragging(page: Page, seconds: float) -> float:
    """Pictures a second while a point is dragged."""
    page.evaluate(COUNT)
    x, y = page.evaluate(FIRST_POINT)
    page.mouse.move(x, y)
    page.mouse.down()
    begin, k = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        k += 1
        page.mouse.move(x + (k % 40), y + (k % 25))
        time.sleep(max(0.0, begin + k / 60 - time.perf_counter()))  # a hand tells of 60 places a second
    elapsed = time.perf_counter() - begin
    pictures = int(page.evaluate("window.pictures"))
    page.mouse.up()
    return pictures / elapsed


def crowd(address: str, visitors: int, count: int, pause: float) -> tuple[list[float], list[float]]:
    """Milliseconds of the visitors' first pictures and of their moves; they are a process of their own."""
    line = [sys.executable, "-m", "benchmarks.playground_visitors", address, str(visitors), str(count), str(pause)]
    first, waits = json.loads(subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True).stdout)
    return first, waits


def late(times: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def said(times: list[float]) -> str:
    return f"median {statistics.median(times):.0f} ms, p95 {late(times):.0f} ms, most {max(times):.0f} ms"


def measure(visitors: int) -> tuple[list[Target], list[str]]:
    """What is asked for, and what else is worth knowing."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        first = first_pictures(play.chromium, 7)
        with served() as (address, _):
            page = opened(browser, address)
            moves(page, 5)
            waits, rate = moves(page, 100), dragging(page, 4.0)
            browser.close()
            came, looked = crowd(address, visitors, 20, 0.5)
            _, hurried = crowd(address, visitors, 20, 0.0)
    begun = statistics.median(first)
    targets = [
        Target("command to the first picture", "2 s", f"median {begun:.2f} s, most {max(first):.2f} s", begun <= 2),
        Target("a slider's move to the new picture, median", "100 ms", said(waits), statistics.median(waits) < 100),
        Target("a slider's move to the new picture, p95", "200 ms", said(waits), late(waits) < 200),
        Target("pictures a second while a point is dragged", "20", f"{rate:.0f}", rate >= 20),
        Target(f"{visitors} visitors at once, longest wait", "1 s", said(looked), max(looked) <= 1000),
        Target("the same, moving again at once, longest wait", "1 s", said(hurried), max(hurried) <= 1000),
    ]
    remark = f"{visitors} visitors who open the page at the same moment see their first picture after {said(came)}."
    return targets, [remark]


def page_of(targets: list[Target], remarks: list[str]) -> str:
    """Markdown."""
    about = machine()
    kept = {
        name: about[name] for name in ("processor", "cores", "python", "date", "separatrix", *PACKAGES) if name in about
    }
    lines = ["# How long a visitor of the playground waits", "", "Made by `python -m benchmarks.playground`.", ""]
    lines += ["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in kept.items()), ""]
    lines += ["| | asked for | measured | |", "| --- | ---: | --- | --- |"]
    for each in targets:
        verdict = "reached" if each.reached else "**not reached**"
        lines.append(f"| {each.what} | {each.asked} | {each.got} | {verdict} |")
    return "\n".join([*lines, "", *(f"- {remark}" for remark in remarks), ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("PLAYGROUND.md"))
    asked = parser.parse_args()
    text = page_of(*measure(asked.visitors))
    asked.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
