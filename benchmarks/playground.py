"""`python -m benchmarks.playground`: how long a visitor of the playground waits, in a real Chromium, into PLAYGROUND.md.

- The lesson's 50,000 epochs in the page, in turn with the package's compiled engine on the same core.
- From a slider's move to the first changed picture and to the picture of the finished training.
- Pictures a second while a point is dragged, for three networks.
- The longest time without a fresh picture after a touch, in the slowest settings that the controls allow.
- From the address to the first picture, of the one file on the disk; and its bytes, gzipped.
- 200 seeds, and how evenly the page is drawn meanwhile.

A picture is fresh when the plane's canvas is painted anew; the screen shows it at its next refresh, at most 17 ms later. Times
are taken inside the page by its own clock. Some four minutes, on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import datetime
import gzip
import os
import platform
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import separatrix as sx
from benchmarks.results import processor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREEN: ViewportSize = {"width": 1366, "height": 768}
ROUNDS = 15
PACKAGES = ("separatrix", "numba", "playwright")
DRAGGED = {
    "the lesson": "",
    "2-16-16-1": "hidden=16-16&activations=relu",
    "2-8-8-1, Adam, n=500": "hidden=8-8&activations=relu&optimizer=adam&lr=0.001&n=500",
}
SLOW = {  # what takes longest: many steps an epoch, many rows a step, deep networks, a costly optimiser
    "10,000 points one by one": "n=10000&batch_size=1&epochs=200000",
    "six layers of 16, 10,000 points": "n=10000&hidden=16-16-16-16-16-16&activations=gelu&epochs=200000",
    "six layers of 16, one by one": "n=10000&hidden=16-16-16-16-16-16&activations=gelu&batch_size=1&epochs=200000",
    "L-BFGS, 10,000 points": "n=10000&hidden=16-16&activations=tanh&optimizer=lbfgs&lr=1&epochs=200000",
}
# Names of the rows.
TRAINING = "the lesson's 50,000 epochs in the page, one core"
RATIO = "the same, times the compiled engine in turn"
FIRST_CHANGE = "a slider's move to the first changed picture"
LAST_CHANGE = "a slider's move to the finished training's picture"
DRAG = "pictures a second while a point is dragged"
WAIT = "longest time without a fresh picture"
BEGIN = "first picture, from a file"
BYTES = "bytes of the whole page over the wire, gzipped"
PANEL = "200 seeds, all cores"
UNEVEN = "longest wait for a refresh of the page meanwhile"
# Notes when the plane is painted, when a training has ended, and when the browser could have painted.
PROBE = """
window.probe = { painted: [], ended: [], frames: [] };
const clear = CanvasRenderingContext2D.prototype.clearRect;
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    if (this.canvas === document.querySelector("#plane canvas")) queueMicrotask(() => probe.painted.push(performance.now()));
    return clear.apply(this, box);
};
const refresh = (now) => (probe.frames.push(now), requestAnimationFrame(refresh));
requestAnimationFrame(refresh);
const ends = ["converged", "stuck", "stopped", "diverged"];
document.addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
    const state = document.querySelector(".state");
    if (ends.some((end) => state?.classList.contains(end))) probe.ended.push(performance.now());
}).observe(document.body, { attributes: true, subtree: true, attributeFilter: ["class"] }));
"""
ENDED = "() => document.querySelector('.state.converged, .state.stuck, .state.stopped, .state.diverged')"
MOVE = """
async ([name, place]) => {
    const slider = document.querySelector(`input[name=${name}]`), begin = performance.now();
    Object.assign(probe, { painted: [], ended: [] });
    slider.value = place;
    for (const kind of ["input", "change"]) slider.dispatchEvent(new Event(kind, { bubbles: true }));
    while (!probe.ended.length) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 60));
    const ended = probe.ended[0], last = Math.max(ended, ...probe.painted.filter((at) => at < ended + 50));
    return [probe.painted[0] - begin, last - begin];
}
"""
GAP = """
async ([seconds, from]) => {
    const begin = performance.now(), slider = document.querySelector("input[name=lr]");
    Object.assign(probe, { painted: [], ended: [] });
    slider.value = Number(slider.value) + (from ? 1 : -1) * 5 * Number(slider.step || 1);
    for (const kind of ["input", "change"]) slider.dispatchEvent(new Event(kind, { bubbles: true }));
    const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
    while (performance.now() < begin + 1000 * seconds && !probe.ended.length) await pause();
    const times = [begin, ...probe.painted.filter((at) => at > begin)];
    if (!probe.ended.length) times.push(performance.now());
    return Math.max(...times.slice(1).map((at, k) => at - times[k]));
}
"""
PLACE = """
async () => {
    const { frameOf } = await import("/js/plane/frame.js");
    const { fromHash } = await import("/js/link.js");
    const { boxOf } = await import("/js/state.js");
    const { allPoints } = await import("/js/engine/points.js");
    const { x, y } = allPoints(fromHash(location.hash).state.setting);
    const area = document.getElementById("plane"), { left, top } = area.getBoundingClientRect();
    const frame = frameOf(area.clientWidth, boxOf(Array.from(y, (label, k) => [x[2 * k], x[2 * k + 1], label])));
    return [left + frame.toX(x[0]), top + frame.toY(x[1])];
}
"""
TRAIN = """
async () => {
    const { createTrainer } = await import("/js/engine/trainer.js");
    const { DEFAULTS } = await import("/js/engine/settings.js");
    window.trainer ??= createTrainer();
    const begin = performance.now(), run = await trainer.train({ ...DEFAULTS });
    return [performance.now() - begin, run.loss];
}
"""
SEEDS = """
async () => {
    const start = document.querySelector("#panel-seeds button"), begin = performance.now();
    probe.frames = [];
    start.click();
    let first = 0;
    const done = () => /^200 /.test(document.querySelector("#panel-seeds [role=status]").textContent.trim());
    while (!done()) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (!first && /^[1-9]/.test(document.querySelector("#panel-seeds [role=status]").textContent)) first = performance.now();
    }
    const gaps = probe.frames.slice(1).map((at, k) => at - probe.frames[k]);
    return [performance.now() - begin, first - begin, Math.max(...gaps)];
}
"""


@dataclass(frozen=True)
class Target:
    """What is asked for, and what was measured."""

    what: str
    asked: str
    measured: str
    reached: bool


@contextmanager
def served() -> Iterator[str]:
    """The page's address, from the command's own server."""
    from separatrix.web.server import listen

    with listen() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.address
        finally:
            server.shutdown()
            thread.join()


def opened(browser: Browser, address: str, state: str = "") -> Page:
    """A fresh tab with the page, its first training begun."""
    page = browser.new_page(viewport=SCREEN)
    page.set_default_timeout(120_000)
    page.add_init_script(PROBE)
    page.goto(f"{address}#{state}")
    page.wait_for_function("() => probe.painted.length > 0")
    return page


def trainings(page: Page) -> tuple[list[float], list[float]]:
    """Milliseconds of the lesson's training in the page and by the compiled engine, in turn."""
    points, network, recipe = sx.circle(n=100, seed=0), sx.Network.parse("2-4-4-1"), sx.Recipe(log_every=100)
    sx.train(network, recipe, points, engine="fused")
    page.evaluate(TRAIN)
    ours, native = [], []
    for _ in range(ROUNDS):
        ours.append(float(page.evaluate(TRAIN)[0]))
        begin = time.perf_counter()
        sx.train(network, recipe, points, engine="fused")
        native.append(1000 * (time.perf_counter() - begin))
    return ours, native


def moves(page: Page) -> tuple[list[float], list[float]]:
    """Milliseconds from a slider's move to the first changed picture, and to the last of its training."""
    page.wait_for_function(ENDED)
    places = page.evaluate(
        "() => { const s = document.querySelector('input[name=lr]'); return [+s.min, +s.max, +s.step || 1, +s.value] }"
    )
    low, high, step, middle = places
    times = [
        page.evaluate(MOVE, ["lr", min(high, max(low, middle + step * (k % 7 - 3)))]) for k in range(1, 3 * ROUNDS)
    ]
    return [first for first, _ in times[5:]], [last for _, last in times[5:]]


def dragging(browser: Browser, address: str, state: str, seconds: float = 4.0) -> float:
    """Pictures a second while a hand tells of 60 places a second."""
    page = opened(browser, address, state)
    page.wait_for_function(ENDED)
    x, y = page.evaluate(PLACE)
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("probe.painted = []")
    begin, k = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        k += 1
        page.mouse.move(x + (k % 40), y + (k % 25))
        time.sleep(max(0.0, begin + k / 60 - time.perf_counter()))
    elapsed = time.perf_counter() - begin
    pictures = int(page.evaluate("probe.painted.length"))
    page.mouse.up()
    page.close()
    return pictures / elapsed


def longest_gap(browser: Browser, address: str, state: str) -> float:
    """Milliseconds; after each of three touches the plane is watched for five seconds."""
    page = opened(browser, address, state)
    page.wait_for_timeout(1500)
    gaps = [float(page.evaluate(GAP, [5, k % 2])) for k in range(3)]
    page.close()
    return statistics.median(gaps)


def first_pictures(browser: Browser, file: Path) -> list[float]:
    """Milliseconds from the address to the first picture, of the one file on the disk."""
    times = []
    for _ in range(ROUNDS):
        page = opened(browser, file.as_uri())
        times.append(float(page.evaluate("probe.painted[0]")))
        page.close()
    return times


def measure(only: str = "") -> list[Target]:
    """All that the page is asked for; only: the rows whose name contains it, and those measured together with them."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play, served() as address:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        parts = [
            (part, [name for name in names if only in name])
            for part, names in PARTS.items()
            if any(only in name for name in names)
        ]
        targets = [target for part, names in parts for target in part(browser, address, names)]
        browser.close()
    return targets


def _training(browser: Browser, address: str, names: list[str]) -> list[Target]:
    page = opened(browser, address)
    page.wait_for_function(ENDED)
    page.goto(address + "style.css")
    ours, native = trainings(page)
    page.close()
    return _of_training(ours, native)


def _touches(browser: Browser, address: str, names: list[str]) -> list[Target]:
    page = opened(browser, address)
    first, last = moves(page)
    page.close()
    return [_below(FIRST_CHANGE, 20, first), _below(LAST_CHANGE, 120, last)]


def _drags(browser: Browser, address: str, names: list[str]) -> list[Target]:
    asked = {f"{DRAG}: {name}": (50 if name == "the lesson" else 30, state) for name, state in DRAGGED.items()}
    return [_above(name, asked[name][0], dragging(browser, address, asked[name][1])) for name in names]


def _waits(browser: Browser, address: str, names: list[str]) -> list[Target]:
    states = {f"{WAIT}: {name}": state for name, state in SLOW.items()}
    return [_below(name, 100, [longest_gap(browser, address, states[name])]) for name in names]


def _begins(browser: Browser, address: str, names: list[str]) -> list[Target]:
    from separatrix.web._build import single_file

    html = single_file()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "playground.html")
        file.write_text(html, encoding="utf-8")
        return [_below(BEGIN, 500, first_pictures(browser, file)), _bytes(html)]


def _panel(browser: Browser, address: str, names: list[str]) -> list[Target]:
    page = opened(browser, address, "tab=seeds")
    page.wait_for_function(ENDED)
    seeds, filling, uneven = page.evaluate(SEEDS)
    page.close()
    return [
        Target(PANEL, "15 s", f"{seeds / 1000:.1f} s, the first at {filling:.0f} ms", seeds <= 15_000),
        _below(UNEVEN, 100, [uneven]),
    ]


# What measures which rows, in the order of the page: rows that are measured together share a function.
PARTS: dict[Callable[[Browser, str, list[str]], list[Target]], list[str]] = {
    _training: [TRAINING, RATIO],
    _touches: [FIRST_CHANGE, LAST_CHANGE],
    _drags: [f"{DRAG}: {name}" for name in DRAGGED],
    _waits: [f"{WAIT}: {name}" for name in SLOW],
    _begins: [BEGIN, BYTES],
    _panel: [PANEL, UNEVEN],
}


def _of_training(ours: list[float], native: list[float]) -> list[Target]:
    ratio = statistics.median(ours) / statistics.median(native)
    compared = f"{ratio:.2f} (native: {_said(native)})"
    return [
        _below(TRAINING, 110, ours),
        Target(RATIO, "4.5", compared, ratio <= 4.5),
    ]


def _below(what: str, most: float, times: list[float]) -> Target:
    return Target(what, f"{most:g} ms", _said(times), statistics.median(times) <= most)


def _above(what: str, least: float, rate: float) -> Target:
    return Target(what, f"{least:g}", f"{rate:.0f}", rate >= least)


def _bytes(html: str) -> Target:
    size = len(gzip.compress(html.encode(), 9))
    return Target(BYTES, "150 kB", f"{size / 1000:.0f} kB", size <= 150_000)


def _said(times: list[float]) -> str:
    if len(times) == 1:
        return f"{times[0]:.0f} ms"
    return f"median {statistics.median(times):.0f} ms, least {min(times):.0f}, most {max(times):.0f}"


def page_of(targets: list[Target], load: float) -> str:
    """Markdown; load: processes that other work kept running when it began."""
    about = {"processor": processor(), "cores": os.cpu_count(), "python": platform.python_version()}
    about["processes that were running already"] = f"{load:.1f}"
    about |= {"date": datetime.date.today().isoformat()} | {package: version(package) for package in PACKAGES}
    lines = ["# How long a visitor of the playground waits", "", "Made by `python -m benchmarks.playground`.", ""]
    lines += ["| | |", "| --- | --- |", *(f"| {name} | {about[name]} |" for name in about), ""]
    lines += ["| | asked for | measured | |", "| --- | ---: | --- | --- |"]
    for target in targets:
        verdict = "reached" if target.reached else "**not reached**"
        lines.append(f"| {target.what} | {target.asked} | {target.measured} | {verdict} |")
    lines += ["", "Any number of visitors: the page is a file, and every visitor's browser trains for itself."]
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("PLAYGROUND.md"))
    parser.add_argument("--only", default="", help="measure the rows whose name contains this, and print them alone")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]  # of other work; what is measured here comes on top
    text = page_of(measure(arguments.only), load)
    if not arguments.only:  # a page with a part of the rows would hide the others
        arguments.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
