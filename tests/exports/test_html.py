"""The page with a form, in a browser: what it shows, that it asks nobody, and that names are inert."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import separatrix as sx
from separatrix.exports.html import to_html

NAME = "</script><img src=x onerror=alert(1)>age"


@pytest.fixture(scope="module")
def model() -> sx.SeparatrixClassifier:
    stream = np.random.default_rng(0)
    n = 90
    frame = pl.DataFrame(
        {
            NAME: stream.integers(18, 80, n),
            "town": stream.choice(["Ulm", "<b>Bonn"], n),
            "member": stream.random(n) < 0.5,
        }
    )
    return sx.SeparatrixClassifier(n_members=2, random_state=0).fit(frame, np.where(frame[NAME] > 45, "<i>yes", "no"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_faults_38_and_39_the_page_predicts_by_itself(model, browser, tmp_path: Path, scheme: str):
    path = to_html(model, tmp_path / "model.html")
    page = browser.new_page(color_scheme=scheme)
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text))
    page.goto(path.as_uri())
    page.get_by_label("age").fill("70")
    page.get_by_label("town").fill("Ulm")
    page.get_by_label("member").select_option("true")
    share = model.predict_proba(pl.DataFrame({NAME: [70], "town": ["Ulm"], "member": [True]}))[0, 1]
    assert page.inner_text("#share") == f"{100 * share:.1f}%"
    assert page.inner_text("#label") == "Prediction: <i>yes"
    low, high = model.predict_interval(pl.DataFrame({NAME: [70], "town": ["Ulm"], "member": [True]}))[0]
    assert page.inner_text("#range") == f"Calibrated interval (Venn-Abers): {100 * low:.1f}% to {100 * high:.1f}%"
    page.wait_for_selector("#reasons table")
    assert NAME in page.inner_text("#reasons")
    page.get_by_label("age").fill("seventy")
    assert "should hold a finite number" in page.inner_text("#range")
    assert page.locator("img, b, i").count() == 0
    assert asked == [path.as_uri()]
    assert faults == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_page_nor_in_its_refusal(model, browser, tmp_path: Path, scheme: str):
    axe = pytest.importorskip(
        "axe_playwright_python", reason="needs axe-playwright-python: pip install axe-playwright-python"
    )
    # the page's policy would refuse axe itself
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(to_html(model, tmp_path / "model.html").as_uri())
    page.wait_for_selector("#reasons table")
    page.evaluate(Path(axe.__file__).with_name("axe.min.js").read_text())
    violations = "axe.run().then(({violations}) => violations.map(({id, nodes}) => [id, nodes[0].html]))"
    assert page.evaluate(violations) == []
    page.get_by_label("age").fill("seventy")
    assert page.evaluate(violations) == []
    context.close()


def test_a_model_without_a_profile_has_a_form_of_zeros(browser, tmp_path: Path):
    run = sx.train(sx.Network.parse("2-3-1"), sx.Recipe(epochs=3), sx.moons(30))
    page = browser.new_page()
    page.goto(to_html(run, tmp_path / "run.html").as_uri())
    assert page.inner_text("#share") == f"{100 * run.predict_proba([[0.0, 0.0]])[0, 1]:.1f}%"
    assert page.inner_text("#reasons") == ""
    assert page.inner_text("#range") == ""
    page.close()
