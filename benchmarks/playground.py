"""`python -m benchmarks.playground [--visitors 10]`: from a slider's move to the new picture, in a real browser.

A headless chromium opens the page; its script moves the slider of the learning rate (every value another training of the
lesson's 50,000 epochs) and waits until the plane's new numbers have been drawn. Then it drags a point for two seconds and
counts the pictures. The many visitors are WebSocket clients without a screen, for ten browsers would leave no core to the
server; each moves its slider again as soon as its picture has come.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

CHROMIUM = "/usr/bin/chromium"

SERVER = """
from separatrix.playground import start
served = start(port=0)
print(served.address, flush=True)
served.run()
"""

MOVE = """
async ([value]) => {
    const doc = Bokeh.documents[0];
    const slider = doc.get_model_by_name("lr");
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
    const plane = Bokeh.documents[0].get_model_by_name("canvas").renderers[0].data_source;
    window.pictures = 0;
    plane.properties.data.change.connect(() => { window.pictures += 1 });
}
"""


def moves(page: object, count: int, shift: float) -> list[float]:
    """Milliseconds from each of `count` moves to its picture."""
    found = []
    for k in range(count):
        value = round(-2.0 + shift + 0.05 * (k % 20), 3)
        found.append(float(page.evaluate(MOVE, [value])))  # type: ignore[attr-defined]
    return found


def drag(page: object, seconds: float) -> float:
    """Pictures a second while a point is dragged."""
    page.evaluate(COUNT)  # type: ignore[attr-defined]
    box = page.evaluate(  # type: ignore[attr-defined]
        """() => {
            const view = Bokeh.index.find_one(Bokeh.documents[0].get_model_by_name("canvas"));
            const source = Bokeh.documents[0].get_model_by_name("canvas").renderers.at(-1).data_source;
            const frame = view.frame, area = view.canvas_view.el.getBoundingClientRect();
            return [area.x + frame.x_scale.compute(source.data.x[0]), area.y + frame.y_scale.compute(source.data.y[0])];
        }"""
    )
    mouse = page.mouse  # type: ignore[attr-defined]
    mouse.move(*box)
    mouse.down()
    begin, k = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        k += 1
        mouse.move(box[0] + (k % 40), box[1] + (k % 25))
        time.sleep(0.012)
    elapsed = time.perf_counter() - begin
    pictures = page.evaluate("window.pictures")  # type: ignore[attr-defined]
    mouse.up()
    return pictures / elapsed


def visit(address: str, count: int) -> tuple[float, list[float], float]:
    """Seconds to the first picture, milliseconds of every move, pictures a second."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        begin = time.perf_counter()
        page.goto(address)
        page.wait_for_function(
            "window.Bokeh && Bokeh.documents.length && Bokeh.documents[0].get_model_by_name('numbers')?.text"
        )
        first = time.perf_counter() - begin
        moves(page, 3, 0.0)
        found = moves(page, count, 0.0)
        rate = drag(page, 2.0)
        browser.close()
    return first, found, rate


CLIENT = """
import sys, time
import bokeh.client.connection as connection
from bokeh.client import pull_session
from tornado.httpclient import HTTPRequest

address, count, shift = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
connection.HTTPRequest = lambda url: HTTPRequest(url, headers={"Origin": address.rstrip("/")})  # as a browser
session = pull_session(url=address)
document = session.document
slider, plane = document.get_model_by_name("lr"), document.get_model_by_name("canvas").renderers[0].data_source
print("ready", flush=True)
sys.stdin.readline()
for k in range(count):
    before, begin = plane.data["image"][0], time.perf_counter()
    slider.value = round(-2 + shift + 0.05 * (k % 20), 3)
    while plane.data["image"][0] is before:
        session.force_roundtrip()
        time.sleep(0.002)
    print(1000 * (time.perf_counter() - begin), flush=True)
session.close()
"""


def crowd(address: str, visitors: int, count: int) -> list[float]:
    """Milliseconds of all moves of all visitors, who begin together."""
    clients = [
        subprocess.Popen(
            [sys.executable, "-c", CLIENT, address, str(count), str(0.01 * k)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        for k in range(visitors)
    ]  # fmt: skip  # what, then how
    for client in clients:
        client.stdout.readline()  # type: ignore[union-attr]
    for client in clients:
        client.stdin.write("\n")  # type: ignore[union-attr]
        client.stdin.flush()  # type: ignore[union-attr]
    return [float(line) for client in clients for line in client.communicate()[0].split()]


def told(times: list[float]) -> str:
    ordered = sorted(times)
    late = ordered[int(0.95 * (len(ordered) - 1))]
    return f"median {statistics.median(ordered):.0f} ms, p95 {late:.0f} ms, most {ordered[-1]:.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=60)
    parser.add_argument("--visitors", type=int, default=10)
    asked = parser.parse_args()
    begin = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        address = server.stdout.readline().strip()  # type: ignore[union-attr]
        listening = time.perf_counter() - begin
        first, found, rate = visit(address, asked.moves)
        print(f"listening after {listening:.2f} s, first picture {first:.2f} s after the browser asked")
        print(f"one visitor, slider to picture: {told(found)}")
        print(f"one visitor, dragging a point: {rate:.0f} pictures a second")
        print(f"{asked.visitors} visitors at once, slider to picture: {told(crowd(address, asked.visitors, 20))}")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
