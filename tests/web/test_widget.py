"""The notebook's widget: descriptions of the package become a page's setting and come back; what can't be is refused."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.web import _setting, doors
from separatrix.web._setting import network_of, points_of, recipe_of, setting_of

from .page_visit import patient
from .taking import made, taken, trained

UNITS = st.lists(st.integers(1, 16), max_size=4)
ACTIVATIONS = st.sampled_from(["relu", "tanh", "gelu", "step"])


@given(UNITS, st.data())
def test_a_network_comes_back(units, data):
    names = tuple(data.draw(ACTIVATIONS) for _ in units)
    network = sx.Network((2, *units, 1), names, "he")
    assert network_of(setting_of(None, network, None)) == network


@given(
    st.fixed_dictionaries(
        {"loss": st.sampled_from(["bce", "mse", "hinge"]), "optimizer": st.sampled_from(["sgd", "adam", "lbfgs"])},
        optional={"lr": st.floats(1e-6, 10), "epochs": st.integers(1, 10**5), "seed": st.integers(0, 2**40)},
    )
)  # fmt: skip  # settings side by side
def test_a_recipe_comes_back(settings):
    recipe = sx.Recipe(**settings)
    assert recipe_of(setting_of(None, None, recipe)) == recipe


def test_what_the_optimiser_does_not_read_is_not_in_the_recipe():
    assert recipe_of({"optimizer": "adam", "momentum": 0.9, "nesterov": True}).momentum == 0
    assert recipe_of({"optimizer": "lbfgs", "batch_size": 10}).batch_size is None


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_points_come_back_to_the_bit(dtype):
    points = sx.Points(sx.moons(n=31, seed=4).x.astype(dtype), sx.moons(n=31, seed=4).y)
    again = points_of(setting_of(points, None, None))
    assert (again.x == points.x.astype(np.float32)).all()
    assert (again.y == points.y).all()


def test_without_points_of_ones_own_they_are_the_samplers():
    again = points_of({"sampler": "moons", "n": 40, "noise": 0.2, "seed": 3})
    assert (again.x == sx.moons(n=40, noise=0.2, seed=3).x).all()


@pytest.mark.parametrize(
    ("points", "network", "recipe", "complaint"),
    [
        (sx.Points([[0.0, 21.0], [1.0, 1.0]], [0, 1]), None, None, r"must lie in \[-20, 20\].*got 21"),
        (sx.Points([[0.0], [1.0]], [0, 1]), None, None, r"x of shape \(n, 2\)"),
        (sx.circle(n=10_001), None, None, "at most 10,000 points"),
        (None, sx.Network.parse("3-2-1"), None, "a Network of 2 inputs"),
        (None, "2-4-1", None, "a Network of 2 inputs"),
        (None, None, sx.Recipe(dtype="float64"), "trains in float32"),
        (None, None, sx.Recipe(validation_fraction=0.2), "validation_fraction None"),
        (None, None, sx.Recipe(loss=lambda output, y: output.mean()), "by name"),
        (None, None, {"lr": 0.1}, "recipe must be a Recipe"),
    ],
)
def test_what_a_page_cannot_do_is_refused_before_it_is_shown(points, network, recipe, complaint):
    with pytest.raises(sx.SeparatrixError, match=complaint):
        setting_of(points, network, recipe)


def test_pythons_first_setting_is_the_pages(modules):
    first = modules.evaluate('async () => (await import("/js/engine/settings.js")).DEFAULTS')
    assert {name: first[name] for name in _setting.FIRST} == dict(_setting.FIRST)
    assert recipe_of(first) == sx.Recipe()
    assert set(_setting.OF_RECIPE) < set(first)
    limits = modules.evaluate('async () => { const s = await import("/js/state.js"); return [s.EDGE, s.MOST_POINTS] }')
    assert limits == [_setting.EDGE, _setting.MOST_POINTS]


def test_the_widget_reads_and_sets_what_the_page_shows(modules):
    widget = doors.playground(
        sx.circle(n=20, seed=1), sx.Network.parse("2-3-1"), sx.Recipe(lr=0.1, epochs=100), height=500
    )
    assert (len(widget.points), str(widget.network), widget.recipe.lr, widget.run) == (20, "2-3-1", 0.1, None)
    widget.network = sx.Network.parse("2-5-5-1", "tanh")
    widget.recipe = sx.Recipe(lr=0.2)
    widget.points = sx.moons(n=30)
    assert (widget.setting["hidden"], widget.setting["lr"], len(widget.setting["drawn"])) == ([5, 5], 0.2, 30)
    run, points = trained()
    *_, widget.model_bytes = made(modules, "take/model.js", "model", taken(run, points))
    assert (widget.run.parameters == run.parameters).all()
    widget.close()


def test_without_anywidget_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr(doors, "find_spec", lambda name: None)
    with pytest.raises(sx.MissingPackage, match=r"pip install 'separatrix\[playground\]'"):
        doors.playground()


NOTEBOOK = """
async (script) => {
    const { default: widget } = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
    const listeners = {}, state = { height: 700, setting: START, model_bytes: null };
    window.kept = { state, saved: 0 };
    window.model = {
        get: (name) => state[name],
        set(name, value) {
            const changed = JSON.stringify(state[name]) !== JSON.stringify(value) || name === "model_bytes";
            state[name] = value;
            if (changed) (listeners[`change:${name}`] ?? []).forEach((listen) => listen());
        },
        save_changes: () => (kept.saved += 1),
        on: (name, listen) => (listeners[name] ??= []).push(listen),
        off: (name, listen) => (listeners[name] = listeners[name].filter((other) => other !== listen)),
    };
    window.end = widget.render({ model, el: document.body });
}
"""
BYTES = "[...new Uint8Array(kept.state.model_bytes.buffer, kept.state.model_bytes.byteOffset, kept.state.model_bytes.byteLength)]"


def read(tab):
    """The run that the page has handed over."""
    tab.wait_for_function("kept.state.model_bytes !== null")
    return doors.playground().__class__(None, None, None, model_bytes=bytes(tab.evaluate(BYTES))).run


def test_the_page_and_the_notebook_hand_settings_to_and_fro(browser, page_address):
    """What a notebook does with the widget's script, in a page that stands for it; a real JupyterLab was tried by hand."""
    widget = doors.playground(sx.moons(n=30, seed=1), sx.Network.parse("2-5-1", "tanh"), sx.Recipe(lr=0.3, epochs=300))
    tab = patient(browser.new_page())
    complaints = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(page_address + "style.css")
    start = json.dumps(dict(widget.setting))
    tab.evaluate(NOTEBOOK.replace("START", start), widget._esm)
    run = read(tab)
    assert (str(run.network), run.recipe.lr, run.epochs) == ("2-5-1", 0.3, 300)
    assert tab.evaluate("[kept.state.setting.drawn.length, kept.state.setting.loss]") == [30, "bce"]
    tab.evaluate("kept.state.model_bytes = null")
    tab.evaluate(
        "(setting) => model.set('setting', { ...kept.state.setting, ...setting })",
        setting_of(None, sx.Network.parse("2-3-1"), None),
    )
    assert str(read(tab).network) == "2-3-1"
    tab.evaluate("kept.state.model_bytes = null")
    frame = tab.frame_locator("iframe")
    frame.get_by_text("Moons", exact=True).click()
    assert str(read(tab).network) == "2-3-1"
    assert tab.evaluate("[kept.state.setting.sampler, kept.state.setting.drawn]") == ["moons", None]
    tab.evaluate("end()")
    assert complaints == []
    tab.close()
    widget.close()


def test_bytes_come_as_a_view_from_a_notebook():
    widget = doors.playground()
    widget.set_state({"model_bytes": memoryview(b"abc")})  # as ipywidgets hands over what came with a message
    assert widget.model_bytes == b"abc"
    widget.close()
