"""A visitor of the page, for tests: a tab that fails on any error in it and on any request that leaves the page's host."""

import json

PATIENCE = 600_000  # milliseconds: a machine that tests share may be slow
ENDED = "() => document.querySelector('.state.converged, .state.stuck, .state.stopped, .state.diverged, .state.fault')"
STATE = """async () => {
    const { fromHash } = await import("/js/link.js");
    const { DEFAULTS } = await import("/js/engine/settings.js");
    const { state } = fromHash(location.hash);
    return JSON.stringify({ ...state, setting: { ...DEFAULTS, ...state.setting } });
}"""
PLACE = """async ([x1, x2]) => {
    const { frameOf } = await import("/js/plane/frame.js");
    const { fromHash } = await import("/js/link.js");
    const { boxOf } = await import("/js/state.js");
    const { allPoints } = await import("/js/engine/points.js");
    const { state } = fromHash(location.hash), { x, y } = allPoints(state.setting);
    const box = state.setting.drawn ? state.box : boxOf(Array.from(y, (label, k) => [x[2 * k], x[2 * k + 1], label]));
    const area = document.getElementById("plane"), { left, top } = area.getBoundingClientRect();
    const frame = frameOf(area.clientWidth, box);
    return [left + frame.toX(x1), top + frame.toY(x2)];
}"""


def patient(page):
    """The tab, which waits as long as a slow machine may take."""
    page.set_default_timeout(PATIENCE)
    return page


class Visitor:
    """One visitor's tab."""

    def __init__(self, context, address):
        self.context, self.address = context, address
        self.page = patient(context.new_page())
        self.broken, self.outside = [], []
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))
        self.page.on("console", lambda said: self.broken.append(said.text) if said.type == "error" else None)
        self.page.on("request", lambda request: self._saw(request.url))

    def _saw(self, url):
        if not url.startswith((self.address, "data:", "blob:")):
            self.outside.append(url)

    def go(self, link=""):
        """Open a link anew and wait for the end of its training."""
        self.page.goto("about:blank")
        self.page.goto(self.address + link)
        self.ended()

    def ended(self):
        """Wait until a training has ended."""
        self.page.wait_for_function(ENDED)

    @property
    def state(self):
        """What the address says."""
        return json.loads(self.page.evaluate(STATE))

    def wait_for(self, test):
        """The setting, once the address has followed the page so far that it is as asked."""
        for _ in range(PATIENCE // 100):
            if test(setting := self.state["setting"]):
                return setting
            self.page.wait_for_timeout(100)
        raise AssertionError(f"the address still says {setting}")

    def place(self, x1, x2):
        """Where a point of the plane is on the screen."""
        return self.page.evaluate(PLACE, [float(x1), float(x2)])

    def click(self, name, role="button"):
        self.page.get_by_role(role, name=name, exact=True).first.click()

    def text(self, selector):
        return self.page.locator(selector).first.inner_text()

    def until(self, condition, value=None):
        self.page.wait_for_function(condition, arg=value)

    def close(self):
        self.context.close()
        assert self.outside == []  # fault 39: nothing leaves the page's host
        assert self.broken == []
