"""Everything under "Take away", taken as a visitor does: pressed in the page, and the file then used for what it is for."""

import io
import json
import re
import subprocess
import sys
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from PIL import Image

import separatrix as sx
from separatrix.web._build import single_file
from tests.web.page_visit import patient

BUTTONS = {
    "PyTorch script": "separatrix_run.py",
    "Notebook": "separatrix_run.ipynb",
    "Model file": "model.safetensors",
    "ONNX": "model.onnx",
    "Picture (PNG)": "boundary.png",
    "Picture (SVG)": "boundary.svg",
    "Film (GIF)": "training.gif",
    "Points (CSV)": "points.csv",
    "Study (TOML)": "study.toml",
    "Everything (JSON)": "playground.json",
}
STATE = "#n=60&noise=0.1&hidden=5&activations=tanh&epochs=400&lr=0.5&seed=4&tab=take"
ENDED = "() => document.querySelector('.state.converged, .state.stuck, .state.stopped, .state.diverged')"


class Taking:
    """A page with a short training, and what was taken from it."""

    def __init__(self, browser, address):
        self.context = browser.new_context(viewport={"width": 1366, "height": 900})
        self.page = patient(self.context.new_page())
        self.told = []
        self.page.on("console", lambda message: self.told.append(message.text))
        self.page.on("pageerror", lambda error: self.told.append(str(error)))
        self.page.goto(address + STATE)
        self.page.wait_for_function(ENDED)
        self.taken = {}

    def take(self, name):
        """The file's bytes; every button is pressed once."""
        if name not in self.taken:
            with self.page.expect_download() as download:
                self.page.get_by_role("button", name=name, exact=True).click()
            assert download.value.suggested_filename == BUTTONS[name]
            self.taken[name] = download.value.path().read_bytes()
        return self.taken[name]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "playground.html"
    path.write_text(single_file(), encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=["served", "file"])
def taking(request, browser, page_address, saved):
    """The page from `separatrix play`, and the one file from the disk: the same must come out of both."""
    made = Taking(browser, page_address if request.param == "served" else saved.as_uri())
    yield made
    assert made.told == []  # nothing that the policy forbids, no error
    made.context.close()


@pytest.fixture(scope="module")
def run(taking, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    path.write_bytes(taking.take("Model file"))
    return sx.load(path)


def test_the_model_file_is_the_training_on_the_screen(run):
    points = sx.circle(n=60, noise=0.1, seed=4)
    again = sx.train(run.network, run.recipe.replace(snapshots=()), points, initial=run.initial)
    assert (str(run.network), run.network.activation, run.recipe.lr, run.epochs) == ("2-5-1", ("tanh",), 0.5, 400)
    assert (run.initial == sx.train(run.network, sx.Recipe(epochs=1, seed=4), points).initial).all()
    assert run.accuracy == float((run.predict(points.x) == points.y).mean())
    np.testing.assert_allclose(again.log.loss[:20], run.log.loss[:20], rtol=1e-5)
    assert min(run.snapshots) == 0
    assert (run.snapshots[0] == run.initial).all()


def test_the_script_runs_and_gives_the_same_border(taking, run, tmp_path):
    look = "\nimport json\nlook = torch.linspace(-2, 2, 60).reshape(-1, 2)\nprint(json.dumps(model(look)[:, 0].tolist()))\n"
    (tmp_path / "script.py").write_bytes(taking.take("PyTorch script") + look.encode())
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=600
    )
    look = np.linspace(-2, 2, 60, dtype=np.float32).reshape(-1, 2)
    np.testing.assert_allclose(json.loads(done.stdout.splitlines()[-1]), run.predict_proba(look)[:, 1], atol=1e-3)


def test_the_notebook_is_valid_and_holds_the_script(taking):
    notebook = nbformat.reads(taking.take("Notebook").decode(), as_version=4)
    nbformat.validate(notebook)
    script = "".join(taking.take("PyTorch script").decode().split())
    for cell in notebook.cells:
        assert cell.cell_type == "markdown" or "".join(cell.source.split()) in script


def test_the_onnx_file_runs(taking, run):
    import onnxruntime

    session = onnxruntime.InferenceSession(taking.take("ONNX"), providers=["CPUExecutionProvider"])
    x = sx.moons(n=50).x
    _, came = session.run(None, {"x1": x[:, :1].astype(float), "x2": x[:, 1:].astype(float)})
    np.testing.assert_allclose(came, run.predict_proba(x), atol=1e-6)


def test_the_pictures_open_and_show_both_sides(taking):
    picture = np.asarray(Image.open(io.BytesIO(taking.take("Picture (PNG)"))).convert("RGB"))
    assert picture.shape == (1192, 1136, 3)
    inside = picture[200:900, 200:1000].reshape(-1, 3)
    _, counts = np.unique(inside, axis=0, return_counts=True)
    assert (np.sort(counts)[-2:] > 0.05 * len(inside)).all()  # two sides, each a large part of the plane
    drawing = ElementTree.fromstring(taking.take("Picture (SVG)"))
    texts = [element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert "x₁" in texts
    assert any(text.startswith("2-5-1, epoch 400") for text in texts)


def test_the_film_shows_every_moment_of_the_timeline(taking, run):
    film = Image.open(io.BytesIO(taking.take("Film (GIF)")))
    assert film.n_frames == len(run.snapshots)
    assert film.size == (568, 596)
    seen = set()
    for k in (0, film.n_frames // 2, film.n_frames - 1):
        film.seek(k)
        seen.add(film.convert("RGB").tobytes())
    assert len(seen) == 3


def test_the_points_and_the_study_fit_together(taking, tmp_path):
    for name in ("Points (CSV)", "Study (TOML)"):
        (tmp_path / BUTTONS[name]).write_bytes(taking.take(name))
    points = sx.read_points(tmp_path / "points.csv", x=["x1", "x2"], y="label")
    assert (points.x.astype(np.float32) == sx.circle(n=60, noise=0.1, seed=4).x).all()
    line = [sys.executable, "-m", "separatrix", "study", "study.toml", "--out", "study", "--seeds", "3"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr


def test_everything_as_json_holds_the_state(taking):
    content = json.loads(taking.take("Everything (JSON)"))
    assert (content["separatrix"], content["drawn"]) == ("playground", None)
    assert "hidden=5" in content["state"]


def test_the_link_and_the_line_of_html_open_the_same_page_elsewhere(browser, page_address):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = patient(context.new_page())
    page.goto(page_address + STATE)
    page.wait_for_function(ENDED)
    copied = {}
    for name in ("Copy link", "Copy HTML"):
        page.get_by_role("button", name=name, exact=True).click()
        page.get_by_text("Copied.").wait_for()
        copied[name] = page.evaluate("navigator.clipboard.readText()")
    context.close()
    assert "hidden=5" in copied["Copy link"]
    (source,) = re.findall(r'src="([^"]*)"', copied["Copy HTML"])
    assert source.replace("&amp;", "&") == copied["Copy link"]
    fresh = patient(browser.new_context().new_page())
    fresh.set_content(f"<!DOCTYPE html><h1>Elsewhere</h1>{copied['Copy HTML']}")
    frame = fresh.frame_locator("iframe")
    frame.get_by_text("400", exact=True).first.wait_for()
    assert (
        fresh.evaluate("new URL(document.querySelector('iframe').src).hash")
        == "#" + copied["Copy link"].partition("#")[2]
    )
    fresh.context.close()


def test_the_page_trains_in_a_frame_without_an_origin(browser):
    """A host may allow scripts alone: then nothing is remembered and nothing fetched, and the training is the same."""
    page = patient(browser.new_context().new_page())
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.set_content('<iframe sandbox="allow-scripts" width="1200" height="800"></iframe>')
    page.evaluate("html => { document.querySelector('iframe').srcdoc = html }", single_file())
    frame = page.frame_locator("iframe")
    frame.locator(".state.converged").wait_for()
    assert frame.locator(".numbers dd").first.inner_text() == "100%"
    assert not faults
    page.context.close()
