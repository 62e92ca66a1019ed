"""The page in a real browser, as a visitor uses it; no request leaves the machine."""

import runpy
import shutil
import subprocess
import sys

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from separatrix.initialisation import INITIALISATIONS
from separatrix.playground.link import from_link
from separatrix.playground.sketch import Sketch

CHROMIUM = shutil.which("chromium")
SERVER = "from separatrix.playground import start; s = start(port=0); print(s.address, flush=True); s.run()"
READY = "window.Bokeh && Bokeh.documents.length && Bokeh.documents[0].get_model_by_name('numbers')?.text"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


class Visit:
    """One visitor's tab."""

    def __init__(self, browser, address, **look):
        self.page = browser.new_page(**({"viewport": {"width": 1366, "height": 768}} | look))
        self.outside, self.broken = [], []
        self.page.on("request", lambda request: self._saw(request.url, address))
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))
        self.page.goto(address)
        self.page.wait_for_function(READY, timeout=60_000)
        self.page.wait_for_function("location.search.includes('s=')")

    def _saw(self, url, address):
        if not url.startswith(
            (address.split("?")[0], "data:", "blob:", address.split("?")[0].replace("http", "ws", 1))
        ):
            self.outside.append(url)

    def model(self, name, code):
        return self.page.evaluate(
            f"(() => {{ const m = Bokeh.documents[0].get_model_by_name({name!r}); return {code} }})()"
        )

    def set(self, name, value):
        """As a widget does when it is used; then wait for the address that says so."""
        before = self.page.url
        self.page.evaluate(
            "([name, value]) => { const m = Bokeh.documents[0].get_model_by_name(name); m.value = value;"
            " if ('value_throttled' in m.properties) m.value_throttled = value }",
            [name, value],
        )
        self.page.wait_for_function("before => location.href !== before", arg=before, timeout=60_000)

    def click(self, name):
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def tab(self, name):
        self.page.locator(".bk-tab", has_text=name).first.click()

    @property
    def sketch(self):
        from urllib.parse import parse_qs, urlparse

        return from_link(parse_qs(urlparse(self.page.url).query)["s"][0])

    def wait_for(self, test):
        """Until the sketch in the address is as asked."""
        for _ in range(300):
            if test(self.sketch):
                return self.sketch
            self.page.wait_for_timeout(50)
        raise AssertionError(f"the address says {self.sketch}")

    def wait_text(self, name, words):
        self.page.wait_for_function(
            "([name, words]) => Bokeh.documents[0].get_model_by_name(name).text.includes(words)",
            arg=[name, words],
            timeout=60_000,
        )

    def place(self, number):
        """Where a point is on the screen."""
        return self.page.evaluate(
            """number => {
                const model = Bokeh.documents[0].get_model_by_name("canvas");
                const view = Bokeh.index.find_one(model), area = view.canvas_view.el.getBoundingClientRect();
                const data = model.renderers.at(-1).data_source.data;
                return [area.x + view.frame.x_scale.compute(data.x[number]), area.y + view.frame.y_scale.compute(data.y[number])];
            }""",
            number,
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


def test_fault_39_the_page_shows_the_lesson_and_asks_nothing_of_any_other_machine(visit):
    tab = visit()
    assert "100.0%" in tab.model("numbers", "m.text")
    assert tab.sketch == Sketch()
    assert tab.page.title() == "separatrix playground"


OTHER_INIT = next(name for name in INITIALISATIONS if name != "torch")
CHANGES = {
    "sampler": ("moons", lambda s: s.sampler == "moons"),
    "n": (200, lambda s: s.n == 200),
    "noise": (0.3, lambda s: s.noise == 0.3),
    "seed": (7, lambda s: s.seed == 7),
    "train_share": (0.5, lambda s: s.train_share == 0.5),
    "init": (OTHER_INIT, lambda s: s.init == OTHER_INIT),
    "loss": ("mse", lambda s: s.loss == "mse"),
    "optimizer": ("adam", lambda s: s.optimizer == "adam"),
    "lr": (-2, lambda s: s.lr == 0.01),
    "momentum": (0.5, lambda s: s.momentum == 0.5),
    "l1": ("0.001", lambda s: s.l1 == 0.001),
    "l2": ("0.01", lambda s: s.l2 == 0.01),
    "batch_size": ("20", lambda s: s.batch_size == 20),
    "epochs": ("1000", lambda s: s.epochs == 1000),
}


def test_every_control_changes_the_sketch_and_undo_takes_all_of_it_back(visit):
    tab = visit()
    tab.set("epochs", "300")
    for name, (value, test) in CHANGES.items():
        tab.set(name, value)
        tab.wait_for(test)
    tab.click("+")  # one more hidden layer
    tab.wait_for(lambda s: len(s.hidden) == 3)
    last = tab.sketch
    for _ in range(len(CHANGES) + 2):
        tab.click("Undo")
    tab.wait_for(lambda s: s == Sketch())
    for _ in range(len(CHANGES) + 2):
        tab.click("Redo")
    tab.wait_for(lambda s: s == last)


def test_units_and_activations_of_a_layer_change(visit):
    tab = visit()
    tab.model("more-1", "Bokeh.index.find_one(m).el.shadowRoot.querySelector('button').click()")
    tab.wait_for(lambda s: s.hidden == (4, 5))
    tab.set("activation-0", "tanh")
    tab.wait_for(lambda s: s.activations == ("tanh", "relu"))


def test_a_point_is_dragged_and_the_border_follows_while_it_moves(visit):
    tab = visit()
    before = tab.sketch.all_points()
    x, y = tab.place(0)
    tab.page.evaluate(
        "() => { window.seen = 0; Bokeh.documents[0].get_model_by_name('canvas').renderers[0].data_source"
        ".properties.data.change.connect(() => { window.seen += 1 }) }"
    )
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    for k in range(1, 300):
        tab.page.mouse.move(x + 20 + k % 40, y - 10 - k % 20)
        tab.page.wait_for_timeout(40)
        if tab.page.evaluate("window.seen") >= 2:
            break
    assert tab.page.evaluate("window.seen") >= 2
    tab.page.mouse.up()
    after = tab.wait_for(lambda s: s.drawn is not None).drawn
    assert after[1:] == before[1:]
    assert after[0][0] > before[0][0] + 0.1
    tab.click("Undo")
    tab.wait_for(lambda s: s == Sketch())


def test_points_are_added_flipped_and_deleted(visit):
    tab = visit()
    x, y = tab.place(3)
    tab.click("Flip")
    tab.page.mouse.click(x, y)
    flipped = tab.wait_for(lambda s: s.drawn is not None)
    assert flipped.drawn[3][2] == 1 - Sketch().all_points()[3][2]
    tab.click("Delete")
    tab.page.mouse.click(x, y)
    tab.wait_for(lambda s: len(s.drawn) == 99)
    tab.click("Add")
    tab.page.mouse.click(x, y)
    tab.wait_for(lambda s: len(s.drawn) == 100 and s.drawn[-1][2] == 1)


def test_a_link_restores_everything_and_a_damaged_one_says_so(visit):
    tab = visit()
    tab.set("sampler", "xor")
    tab.set("lr", -1)
    again = visit("?" + tab.page.url.split("?")[1])
    assert again.sketch == tab.sketch
    assert again.model("sampler", "m.value") == "xor"
    broken = visit("?s=1AAAA")
    broken.wait_text("status", "damaged")
    assert broken.sketch == Sketch()


def test_the_timeline_goes_back_and_a_branch_goes_on_from_there(visit):
    tab = visit()
    last = tab.model("numbers", "m.text")
    tab.page.evaluate("() => { Bokeh.documents[0].get_model_by_name('timeline').value = 5 }")
    tab.page.wait_for_function("last => Bokeh.documents[0].get_model_by_name('numbers').text !== last", arg=last)
    tab.click("Go on from here")
    branch = tab.wait_for(lambda s: s.start is not None)
    assert branch.begun > 0
    tab.wait_text("status", "begun at epoch")
    tab.click("From scratch")
    tab.wait_for(lambda s: s.start is None)


def test_a_training_that_diverges_says_so_and_keeps_its_picture(visit):
    tab = visit()
    tab.set("l2", "0.3")
    tab.set("lr", 1)  # each step takes a weight w to w - 10 · 0.3 w: twice as far on the other side
    tab.wait_text("status", "diverged")
    assert (
        tab.page.evaluate(
            "Bokeh.documents[0].get_model_by_name('canvas').renderers[0].data_source.data.image[0].length"
        )
        > 0
    )


def test_the_script_that_is_downloaded_gives_the_boundary_on_the_page(visit, tmp_path, monkeypatch, capsys):
    tab = visit()
    tab.set("epochs", "1000")
    tab.wait_text("status", "")
    tab.tab("Take away")
    with tab.page.expect_download() as waiting:
        tab.click("PyTorch script")
    path = tmp_path / "script.py"
    waiting.value.save_as(path)
    monkeypatch.chdir(tmp_path)
    ran = runpy.run_path(str(path))
    import torch

    from separatrix.playground.scene import compute_scene

    scene = compute_scene(tab.sketch)
    nodes = scene.window.nodes(60)
    with torch.no_grad():
        theirs = ran["model"](torch.from_numpy(nodes)).numpy()[:, 0]
    assert np.abs(theirs - scene.run.predict_proba(nodes)[:, 1]).max() < 1e-2
    assert "on the right side" in capsys.readouterr().out


def test_the_seed_panel_counts_and_a_click_goes_to_that_seed(visit):
    tab = visit()
    tab.set("epochs", "300")
    tab.tab("Seeds")
    tab.click("200 seeds of this")
    tab.wait_text("seeds-said", "200 of 200")
    box = tab.page.evaluate(
        "() => { const v = Bokeh.index.find_one(Bokeh.documents[0].get_model_by_name('seed-wall')); const a = v.canvas_view.el"
        ".getBoundingClientRect(); return [a.x + v.frame.x_scale.compute(2.5), a.y + v.frame.y_scale.compute(-0.5)] }"
    )
    tab.page.mouse.click(*box)
    tab.wait_for(lambda s: s.seed == 2)


def test_own_points_are_pasted_and_fault_38_names_with_html_are_inert(visit):
    tab = visit()
    tab.tab("Own")
    rows = "".join(f"{k / 10},{(k * 7 % 20) / 10 - 1},{'no' if k % 2 else 'yes'}\n" for k in range(20))
    tab.page.evaluate(
        "text => { Bokeh.documents[0].get_model_by_name('paste').value = text }",
        "a,<img src=x onerror=alert(1)>,y\n" + rows,
    )
    tab.wait_text("own-said", "20 ")
    assert "<img" not in tab.model("own-said", "m.text")
    tab.click("Use these")
    assert len(tab.wait_for(lambda s: s.drawn is not None).drawn) == 20
    tab.page.evaluate("() => { Bokeh.documents[0].get_model_by_name('paste').value = 'a,b,y\\n1,2,<b>x</b>\\n3\\n' }")
    tab.wait_text("own-said", "row 3 has 1 cells")


@pytest.mark.parametrize(("content", "words"), [(b"\xff\xfe\x00bad", "UTF-8"), (b"a,b\n1,2\n3,4\n", "columns")])
def test_fault_37_a_bad_upload_is_told_and_the_page_lives_on(visit, tmp_path, content, words):
    tab = visit()
    tab.tab("Own")
    path = tmp_path / "points.csv"
    path.write_bytes(content)
    tab.page.locator("input[type=file]").set_input_files(path)
    tab.wait_text("own-said", words)
    better = tmp_path / "better.csv"  # another name: a browser doesn't tell of the same one twice
    better.write_text("a,b,y\n" + "".join(f"{k},{-k % 7},{k % 2}\n" for k in range(10)))
    tab.page.locator("input[type=file]").set_input_files(better)
    tab.wait_text("own-said", "10 ")


def test_the_language_changes_everywhere_and_stays_in_the_link(visit):
    tab = visit()
    tab.page.get_by_text("中文", exact=True).click()
    tab.page.wait_for_function("() => Bokeh.documents[0].get_model_by_name('undo').label === '撤销'")
    assert tab.model("sampler", "m.title") == "形状"
    assert "lang=zh" in tab.page.url
    assert tab.page.evaluate("document.documentElement.lang") == "zh"


def test_the_keyboard_undoes(visit):
    tab = visit()
    tab.set("sampler", "rings")
    tab.page.keyboard.press("Control+z")
    tab.wait_for(lambda s: s == Sketch())
    tab.page.keyboard.press("Control+y")
    tab.wait_for(lambda s: s.sampler == "rings")


def test_a_lesson_notices_when_its_task_is_done_and_hides_what_leads_away(visit):
    tab = visit("?lesson=losses")
    tab.tab("Lessons")
    tab.wait_text("task", "Not yet")
    assert tab.model("lr", "m.visible") is False
    tab.set("loss", "bce")
    tab.wait_text("task", "Done")


@pytest.mark.parametrize("width", [390, 1366])
def test_nothing_is_wider_than_the_screen(visit, width):
    tab = visit(viewport={"width": width, "height": 768})
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


def test_visitors_do_not_see_each_other(visit):
    one, other = visit(), visit()
    one.set("sampler", "spirals")
    one.wait_for(lambda s: s.sampler == "spirals")
    assert other.model("sampler", "m.value") == "circle"


def test_points_chosen_by_the_lasso_are_flipped_together(visit):
    tab = visit()
    tab.click("Lasso")
    tab.page.evaluate(
        "() => { const dots = Bokeh.documents[0].get_model_by_name('canvas').renderers.at(-1).data_source;"
        " dots.selected.indices = [1, 4] }"
    )
    tab.click("Flip chosen")
    before = Sketch().all_points()
    after = tab.wait_for(lambda s: s.drawn is not None).drawn
    assert [k for k in range(100) if after[k][2] != before[k][2]] == [1, 4]
