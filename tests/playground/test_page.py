"""The page in a real browser, as a visitor uses it; no request leaves the machine."""

import runpy

import numpy as np
import pytest

from separatrix.networks.initialisation import INITIALISATIONS
from separatrix.playground.sketch import Sketch

pytestmark = pytest.mark.slow


def test_fault_39_the_page_shows_the_lesson_and_asks_nothing_of_any_other_machine(visit):
    tab = visit()
    tab.page.get_by_text("100.0%", exact=True).wait_for()
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
    tab.press("more-1")
    tab.wait_for(lambda s: s.hidden == (4, 5))
    tab.set("activation-0", "tanh")
    tab.wait_for(lambda s: s.activations == ("tanh", "relu"))


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
