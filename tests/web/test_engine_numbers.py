"""The page's points, first weights and orders are the package's: bit for bit."""

import json

import numpy as np
import pytest
import torch

import separatrix as sx
from separatrix.data.samplers import SAMPLERS
from separatrix.engines.fused.formulas import registry_formulas
from separatrix.networks.network import INITIALISATIONS
from separatrix.networks.schedules import SCHEDULES
from separatrix.reports.lesson import draw
from separatrix.support.seeds import stream_seed
from tests.web.engine_calls import INITIAL, POINTS

SEEDS = [0, 1, 7, 2**31 - 1, 2**40 + 3]
NORMAL = """async ([seed, count]) => {
    const { Mersenne } = await import("/js/engine/mersenne.js");
    return [...new Mersenne(seed).normal(count)];
}"""
STREAM = """async ([entropy, count]) => {
    const { Generator } = await import("/js/engine/numpy_random.js");
    const stream = new Generator(entropy);
    const order = [...stream.permutation(count)], again = [...stream.permutation(count)];
    return [order, again, stream.double(), stream.uniform(-2, 3), stream.normal()];
}"""
REGISTRIES = """async () => {
    const { SAMPLERS } = await import("/js/engine/samplers.js");
    const { INITIALISATIONS } = await import("/js/engine/network.js");
    const { SCHEDULES } = await import("/js/engine/schedules.js");
    return [SAMPLERS, INITIALISATIONS, SCHEDULES].map(Object.keys);
}"""
OFFERED = """async () => {
    const { OFFERED } = await import("/js/engine/settings.js");
    return [OFFERED.samplers, OFFERED.initialisations, OFFERED.schedules].map(Object.keys);
}"""
RATES = """async ([changes, epochs]) => {
    const { DEFAULTS } = await import("/js/engine/settings.js");
    const { ratesOf } = await import("/js/engine/schedules.js");
    return [...ratesOf({ ...DEFAULTS, ...changes, epochs }, 0, epochs)];
}"""


def test_what_the_page_has_in_javascript_are_the_registries_entries(modules):
    """Samplers, initialisations and schedules; activations, losses and optimisers come from the registries themselves."""
    assert modules.evaluate(REGISTRIES) == [list(SAMPLERS), list(INITIALISATIONS), list(SCHEDULES)]


def test_the_page_offers_no_entry_that_python_alone_knows(browser, page_address):
    """An entry that somebody adds to a registry in Python, without a word of JavaScript, doesn't break the page."""
    formulas = registry_formulas()
    for registry in ("samplers", "schedules", "initialisations"):
        formulas[registry] |= {"stripes": {"about": "Of somebody's own.", "noise": 0.0}}
    script = f"export default {json.dumps(formulas)};"
    tab = browser.new_page()
    tab.route("**/js/data/formulas.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    tab.goto(page_address + "style.css")
    offered = tab.evaluate(OFFERED)
    tab.close()
    assert offered == [list(SAMPLERS), list(INITIALISATIONS), list(SCHEDULES)]


@pytest.mark.parametrize("count", [2, 7, 15, 16, 17, 40, 1000, 3001])
def test_normal_numbers_are_those_of_pytorch(modules, count):
    for seed in SEEDS:
        ours = np.array(modules.evaluate(NORMAL, [seed, count]), np.float32)
        assert ours.tobytes() == torch.randn(count, generator=torch.Generator().manual_seed(seed)).numpy().tobytes()


@pytest.mark.parametrize("entropy", [[0], [1], [2**32 - 1, 1], [12345, 2**33 + 5, 7, 8, 9]])
def test_streams_are_those_of_numpy(modules, entropy):
    for count in (1, 2, 7, 1000):
        order, again, double, uniform, normal = modules.evaluate(STREAM, [entropy, count])
        theirs = np.random.default_rng(entropy)
        assert order == theirs.permutation(count).tolist()
        assert again == theirs.permutation(count).tolist()
        assert (double, uniform) == (theirs.random(), theirs.uniform(-2, 3))
        assert normal == theirs.normal()


@pytest.mark.parametrize("sampler", list(SAMPLERS))
def test_points_are_those_of_the_package(modules, sampler):
    settings = [(n, noise, balance) for n in (10, 101) for noise in (0.0, 0.3) for balance in (None, 0.25)]
    for seed, (n, noise, balance) in zip(SEEDS * 2, settings, strict=False):
        drawn = {"sampler": sampler, "n": n, "noise": noise, "seed": seed, "balance": balance}
        ours = modules.evaluate(POINTS, drawn)["train"]
        theirs = SAMPLERS[sampler].draw(n=n, noise=noise, seed=seed, balance=balance)
        assert np.array(ours["x"], np.float32).tobytes() == theirs.x.tobytes(), drawn
        assert ours["y"] == theirs.y.tolist()


def test_fresh_points_are_held_out_or_a_share_of_each_class(modules):
    fresh = modules.evaluate(POINTS, {"seed": 3})["validation"]
    assert np.array(fresh["x"], np.float32).tobytes() == sx.circle(n=1000, seed=stream_seed(3, "test")).x.tobytes()
    for share in (0.5, 0.77):
        result = modules.evaluate(POINTS, {"seed": 3, "n": 41, "sampler": "moons", "noise": 0.2, "train_share": share})
        points = sx.moons(n=41, seed=3, noise=0.2)
        stream, saved = np.random.default_rng(stream_seed(3, "split")), np.ones(41, bool)
        for label in (0, 1):
            rows = np.flatnonzero(points.y == label)
            saved[stream.permutation(rows)[: round((1 - share) * len(rows))]] = False
        for ours, mask in ((result["train"], saved), (result["validation"], ~saved)):
            assert np.array(ours["x"], np.float32).tobytes() == points.x[mask].tobytes()
            assert ours["y"] == points.y[mask].tolist()


def test_ones_own_points_are_as_they_are_and_none_are_held_out(modules):
    drawn = [[0.5, -1, 0], [1 / 3, 2, 1]]
    result = modules.evaluate(POINTS, {"drawn": drawn})
    assert result["validation"] is None
    assert np.array(result["train"]["x"], np.float32).tolist() == np.array(drawn, np.float32)[:, :2].ravel().tolist()


@pytest.mark.parametrize("init", list(INITIALISATIONS))
@pytest.mark.parametrize("hidden", [(4, 4), (), (16, 3, 1)])
def test_first_weights_are_those_of_the_package(modules, init, hidden):
    for seed in SEEDS:
        setting = {"hidden": hidden, "activations": ["tanh"] * len(hidden), "init": init, "seed": seed}
        ours = np.array(modules.evaluate(INITIAL, setting), np.float32)
        network = sx.Network((2, *hidden, 1), init=init)
        own = network.initialise(stream_seed(seed, "initial"))
        # the tutorial draws points and weights from one generator, and has no other way to draw weights
        assert ours.tobytes() == (draw(seed, 100, network)[1] if init == "torch" else own).tobytes()
        elsewhere = modules.evaluate(INITIAL, setting | {"sampler": "moons"})
        assert np.array(elsewhere, np.float32).tobytes() == own.tobytes()


def test_points_that_are_moved_by_hand_keep_their_first_weights(modules):
    assert modules.evaluate(INITIAL, {"drawn": [[0, 0, 1], [2, 2, 0]]}) == modules.evaluate(INITIAL, {})
    odd = np.array(modules.evaluate(INITIAL, {"n": 13}), np.float32)
    assert odd.tobytes() == draw(0, 13, sx.Network((2, 4, 4, 1)))[1].tobytes()


@pytest.mark.parametrize("schedule", list(SCHEDULES))
def test_rates_are_those_of_the_package(modules, schedule):
    for epochs, changes in ((1, {}), (2, {}), (10, {"step_size": 3}), (97, {"step_gamma": 2.0})):
        ours = modules.evaluate(RATES, [{"schedule": schedule, "lr": 0.3} | changes, epochs])
        read = changes if schedule == "step" else {}  # the page ignores them elsewhere, and the package warns
        recipe = sx.Recipe(schedule=schedule, lr=0.3, epochs=epochs, **read)
        np.testing.assert_allclose(ours, SCHEDULES[schedule].rates(0, epochs, recipe), rtol=1e-14, atol=1e-17)
