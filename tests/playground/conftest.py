"""One server and one browser for all tests of the page; a tab a visitor."""

from __future__ import annotations

import subprocess
import sys
import threading
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import TimeoutError

from separatrix.playground._serve import listen
from separatrix.playground.link import from_link

SERVER = "from separatrix.playground import start; s = start(port=0); print(s.address, flush=True); s.run()"
READY = "window.Bokeh && Bokeh.documents.length && Bokeh.documents[0].get_model_by_name('figures')?.data.told[0]"
PATIENCE = 60_000  # milliseconds: a machine that tests share may be slow


@pytest.fixture(scope="session")
def address():
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def sketch_of(url):
    return from_link(parse_qs(urlparse(url).query)["s"][0])


class Visit:
    """One visitor's tab."""

    def __init__(self, browser, address, **look):
        self.page = browser.new_page(**({"viewport": {"width": 1366, "height": 768}} | look))
        self.page.set_default_timeout(PATIENCE)
        self.outside, self.broken = [], []
        self.page.on("request", lambda request: self._saw(request.url, address))
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))
        self.page.goto(address)
        self.page.wait_for_function(READY)
        self.page.wait_for_function("location.search.includes('s=')")
        self.until("diagram", "m && Bokeh.index.find_one(m)?.canvas_view")

    def _saw(self, url, address):
        home = address.split("?")[0]
        if not url.startswith((home, "data:", "blob:", home.replace("http", "ws", 1))):
            self.outside.append(url)

    def model(self, name, code):
        return self.page.evaluate(
            f"(() => {{ const m = Bokeh.documents[0].get_model_by_name({name!r}); return {code} }})()"
        )

    def until(self, name, code, value=None):
        """Until something is true of a model; `value` is what the code calls `v`."""
        self.page.wait_for_function(
            f"v => {{ const m = Bokeh.documents[0].get_model_by_name({name!r}); return {code} }}", arg=value
        )

    def set(self, name, value):
        """As a widget does when it is used; then wait for the address that says so."""
        before = self.page.url
        self.page.evaluate(
            "([name, value]) => { Bokeh.documents[0].get_model_by_name(name).value = value }", [name, value]
        )
        self.page.wait_for_function("before => location.href !== before", arg=before)

    def click(self, name):
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def press(self, name):
        """A button whose label isn't unique."""
        self.model(name, "Bokeh.index.find_one(m).el.shadowRoot.querySelector('button').click()")

    def take(self, tool):
        """A tool of the hand."""
        self.click(tool)
        self.until("tool", "m.tags[m.active] === v", tool.lower())

    def tab(self, name):
        self.page.locator(".bk-tab", has_text=name).first.click()
        self.until("right", "m.tabs[m.active].title.includes(v) && m.tabs[m.active].child.children.length", name)

    @property
    def sketch(self):
        return sketch_of(self.page.url)

    def wait_for(self, test):
        """Until the sketch in the address is as asked; the sketch."""
        while not test(found := sketch_of(url := self.page.url)):
            try:
                self.page.wait_for_function("url => location.href !== url", arg=url)
            except TimeoutError as error:
                raise AssertionError(f"the address still says {found}") from error
        return found

    def wait_text(self, name, words):
        self.until(name, "m.text.includes(v)", words)

    def place(self, x, y, figure="canvas"):
        """Where a point of a figure's plane is on the screen."""
        return self.page.evaluate(
            """([figure, x, y]) => {
                const view = Bokeh.index.find_one(Bokeh.documents[0].get_model_by_name(figure));
                const area = view.canvas_view.el.getBoundingClientRect();
                return [area.x + view.frame.x_scale.compute(x), area.y + view.frame.y_scale.compute(y)];
            }""",
            [figure, x, y],
        )

    def point(self, number):
        """Where a point is on the screen."""
        return self.place(*self.sketch.all_points()[number][:2])

    def count_pictures(self):
        """From now on, in `window.seen`."""
        self.page.evaluate(
            "() => { window.seen = 0; Bokeh.documents[0].get_model_by_name('canvas').renderers[0].data_source"
            ".properties.data.change.connect(() => { window.seen += 1 }) }"
        )


@pytest.fixture
def visit(browser, address):
    made = []

    def go(query="", **look):
        made.append(Visit(browser, address + query, **look))
        return made[-1]

    yield go
    for each in made:
        assert each.outside == []  # fault 39: every asset is served from here
        assert each.broken == []
        each.page.close()


@pytest.fixture(scope="session")
def page_address():
    """The static page, served from this process."""
    server = listen()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.address
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def modules(browser, page_address):
    """A tab that can import the page's modules without the page: its address shows a file."""
    tab = browser.new_page()
    tab.goto(page_address + "style.css")
    yield tab
    tab.close()
