"""The page's exact accuracy against the package's."""

import numpy as np
import pytest

import separatrix as sx
from separatrix.geometry.accuracy import exact_accuracies, population_of
from separatrix.geometry.exact import compute_borders
from tests.web.engine_calls import SETTING, TRAIN

EXACT = f"""async ([changes, parameters]) => {{ {SETTING}
    const {{ exactAccuracy }} = await import("/js/exact_accuracy.js");
    return exactAccuracy(setting, parameters);
}}"""


@pytest.fixture(scope="module")
def lesson(modules):
    """The final parameters of the page's own training of the lesson, (p,)."""
    return np.array(modules.evaluate(TRAIN, [{}, False])["parameters"])


def packages(widths, activation, parameters):
    network = sx.Network(widths, activation)
    return exact_accuracies(compute_borders(network, parameters), population_of(sx.circle(seed=0)))[0]


def test_the_lessons_exact_accuracy_is_the_packages(modules, lesson):
    ours = packages((2, 4, 4, 1), "relu", lesson)
    assert modules.evaluate(EXACT, [{}, lesson.tolist()]) == pytest.approx(ours, abs=1e-9)
    assert 0.8 < ours < 1


@pytest.mark.parametrize("without_bias", [False, True])  # without, all borders are rays from the origin
@pytest.mark.parametrize(("hidden", "activation"), [([3], "relu"), ([16, 16], "relu"), ([4, 4], "leaky_relu")])
def test_other_networks_exact_accuracy_is_the_packages(modules, hidden, activation, without_bias):
    network = sx.Network((2, *hidden, 1), activation)
    parameters = 3 * network.initialise(seed=4)
    for _, bias in network.split(parameters):
        np.multiply(bias, not without_bias, out=bias)
    page = modules.evaluate(
        EXACT, [{"hidden": hidden, "activations": [activation] * len(hidden)}, parameters.astype(float).tolist()]
    )
    assert page == pytest.approx(packages(network.widths, activation, parameters), abs=1e-9)


NONE = [{"sampler": "moons"}, {"noise": 0.1}, {"balance": 0.5}, {"drawn": [[0, 0, 1], [2, 0, 0]]}]


@pytest.mark.parametrize("changes", [*NONE, {"activations": ["tanh", "relu"]}, {"features": ["x1", "x1*x2"]}])
def test_other_points_and_networks_have_none(modules, lesson, changes):
    assert modules.evaluate(EXACT, [changes, lesson.tolist()]) is None


def test_the_end_of_a_training_shows_it_with_the_borders_pieces(visitor, modules, lesson):
    visitor.go()
    exact = 100 * modules.evaluate(EXACT, [{}, lesson.tolist()])
    assert visitor.text(".numbers div:nth-child(5) dt") == "Exact accuracy"
    assert float(visitor.text(".numbers div:nth-child(5) dd").rstrip("%")) == pytest.approx(exact, abs=0.006)
    assert visitor.text(".numbers div:nth-child(2) dt") == "Validation accuracy"
    corners, pieces = [part.split()[-2] for part in visitor.text(".numbers div:nth-child(4) small").split(",")[1:]]
    assert corners == pieces  # of a closed border
    visitor.go("#n=40&epochs=300&lr=0.5&noise=0.2")
    assert not visitor.page.locator(".numbers div:nth-child(5)").is_visible()
