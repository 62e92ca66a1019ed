"""One step in numbers: the textbook's formulas give what PyTorch's autograd and finite differences give."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.geometry.one_step import OneStep, one_step
from separatrix.networks import modules
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.losses import LOSSES

# every loss is tried with one recipe, of which the focal loss alone reads this
pytestmark = pytest.mark.filterwarnings("ignore:Recipe. focal_gamma=.* has no effect")

WIDTHS = (2, 4, 3)
SMOOTH = [name for name in ACTIVATIONS if name != "step"]  # its slope is a stand-in, not its derivative


def setting(loss: str, activation: str, **more: float) -> tuple[sx.Network, sx.Recipe, sx.Points, np.ndarray]:
    network = sx.Network((*WIDTHS, LOSSES[loss].outputs), activation)
    parameters = np.random.default_rng(1).normal(size=network.n_parameters)
    return network, sx.Recipe(loss=loss, dtype="float64", **more), sx.circle(n=9, seed=3), parameters


def by_autograd(
    network: sx.Network, recipe: sx.Recipe, points: sx.Points, parameters: np.ndarray
) -> tuple[float, np.ndarray]:
    """Loss and gradient (p,) from `torch.nn` layers and the registry's PyTorch loss, in float64."""
    flat = torch.tensor(parameters, dtype=torch.float64, requires_grad=True)
    a = torch.tensor(points.x, dtype=torch.float64)
    weights = 0.0
    for k, layer in enumerate(network.layout):
        weight = flat[layer.weight].reshape(layer.fan_out, layer.fan_in)
        a = torch.nn.functional.linear(a, weight, flat[layer.bias])
        if k < len(network.activations):
            name = network.activations[k].module
            a = getattr(torch.nn, name, None or getattr(modules, name, None))()(a)
        weights = weights + recipe.l1 * weight.abs().sum() + recipe.l2 / 2 * (weight**2).sum()
    kind = LOSSES[str(recipe.loss)]
    y = torch.tensor(points.y, dtype=torch.float64)[:, None]
    loss = kind.torch(a.sigmoid() if kind.takes == "probability" else a, y, "mean", recipe.focal_gamma) + weights
    loss.backward()
    assert flat.grad is not None
    return float(loss.detach()), flat.grad.numpy()


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_gradient_is_autograds(loss: str, activation: str) -> None:
    network, recipe, points, parameters = setting(loss, activation, l1=0.01, l2=0.02, focal_gamma=1.5)
    step = one_step(network, recipe, points, parameters)
    value, gradient = by_autograd(network, recipe, points, parameters)
    assert step.loss == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(step.gradient, gradient, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("activation", SMOOTH)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_gradient_is_the_slope_that_finite_differences_measure(loss: str, activation: str) -> None:
    network, recipe, points, parameters = setting(loss, activation, l2=0.02)
    step = one_step(network, recipe, points, parameters)
    h = 1e-6
    for k, slope in enumerate(step.gradient):
        shift = np.eye(len(parameters))[k] * h
        up, down = (one_step(network, recipe, points, at).loss for at in (parameters + shift, parameters - shift))
        assert slope == pytest.approx((up - down) / (2 * h), rel=1e-6, abs=1e-8)


@given(
    hidden=st.lists(st.integers(1, 5), max_size=3),
    activation=st.sampled_from(list(ACTIVATIONS)),
    loss=st.sampled_from(list(LOSSES)),
    n=st.integers(2, 6),
    seed=st.integers(0, 1000),
)
def test_any_network_on_any_rows_is_autograds(hidden: list[int], activation: str, loss: str, n: int, seed: int) -> None:
    network = sx.Network((2, *hidden, LOSSES[loss].outputs), activation)
    parameters = np.random.default_rng(seed).normal(size=network.n_parameters)
    recipe, points = sx.Recipe(loss=loss), sx.circle(n=n, seed=seed)
    step = one_step(network, recipe, points, parameters)
    value, gradient = by_autograd(network, recipe, points, parameters)
    assert step.loss == pytest.approx(value, rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(step.gradient, gradient, rtol=1e-9, atol=1e-11)


@pytest.fixture(scope="module")
def step() -> OneStep:
    return one_step(sx.Network.parse("2-4-4-1"), sx.Recipe(lr=0.5, l2=0.1), sx.circle(n=5, seed=0))


def test_every_layer_is_given_what_the_one_before_hands_on(step: OneStep) -> None:
    assert step.layers[0].inputs is step.x
    for before, layer in zip(step.layers, step.layers[1:], strict=False):
        assert layer.inputs is before.a
    for layer in step.layers:
        np.testing.assert_allclose(layer.z, layer.inputs @ layer.weight.T + layer.bias, rtol=1e-15)


def test_shapes_are_those_of_the_docstring(step: OneStep) -> None:
    for layer, (fan_in, fan_out) in zip(step.layers, [(2, 4), (4, 4), (4, 1)], strict=True):
        assert layer.inputs.shape == (5, fan_in)
        assert layer.z.shape == layer.a.shape == layer.delta.shape == (5, fan_out)
        assert layer.weight.shape == layer.weight_gradient.shape == layer.new_weight.shape == (fan_out, fan_in)
        assert layer.bias.shape == layer.bias_gradient.shape == layer.new_bias.shape == (fan_out,)
    assert step.row_loss.shape == step.y.shape == (5,)
    assert step.gradient.shape == step.parameters_after.shape == (37,)


def test_every_number_goes_against_its_gradient(step: OneStep) -> None:
    for layer in step.layers:
        np.testing.assert_array_equal(layer.new_weight, layer.weight - 0.5 * layer.weight_gradient)
        np.testing.assert_array_equal(layer.new_bias, layer.bias - 0.5 * layer.bias_gradient)
    weights = [layer.new_weight for layer in step.layers]
    np.testing.assert_array_equal(weights[1], step.network.split(step.parameters_after)[1][0])


def test_the_loss_is_the_mean_of_the_rows_and_the_penalty(step: OneStep) -> None:
    squares = sum((layer.weight**2).sum() for layer in step.layers)
    assert step.loss == pytest.approx(step.row_loss.mean() + 0.05 * squares)


def test_the_last_layer_hands_on_probabilities() -> None:
    for loss, outputs in (("bce", 1), ("cross_entropy", 2)):
        network, recipe, points, parameters = setting(loss, "tanh")
        last = one_step(network, recipe, points, parameters).layers[-1]
        assert last.activation == ("sigmoid", "softmax")[outputs - 1]
        np.testing.assert_allclose(last.a[:, -1], network.predict_proba(parameters, points.x.astype(float))[:, 1])
        if outputs == 2:
            np.testing.assert_allclose(last.a.sum(axis=1), 1)


def test_the_step_is_the_one_that_training_takes(engine: str) -> None:
    network, points = sx.Network.parse("2-4-4-1"), sx.circle(n=20, seed=1)
    recipe = sx.Recipe(epochs=1, dtype="float64", loss="bce_with_logits", seed=3, l1=0.01)
    trained = sx.train(network, recipe, points, engine=engine)
    step = one_step(network, recipe, points)
    np.testing.assert_allclose(step.parameters_after, trained.parameters, rtol=1e-12, atol=1e-14)
    assert step.loss_after == pytest.approx(trained.loss, rel=1e-12)


def test_the_rate_is_the_schedules_first() -> None:
    recipe = sx.Recipe(lr=1.0, epochs=100, schedule="one_cycle")
    assert one_step(sx.Network.parse("2-3-1"), recipe, sx.circle(n=4)).lr == pytest.approx(1 / 25)


def test_what_is_no_plain_gradient_descent_is_refused() -> None:
    network, points = sx.Network.parse("2-3-1"), sx.circle(n=4)
    for settings in ({"optimizer": "adam"}, {"momentum": 0.5}):
        with pytest.raises(sx.InvalidParameter, match="optimizer must be 'sgd' without momentum"):
            one_step(network, sx.Recipe(**settings), points)  # type: ignore[arg-type]


def test_a_loss_that_does_not_fit_is_refused() -> None:
    network, points = sx.Network.parse("2-3-1"), sx.circle(n=4)
    with pytest.raises(sx.InvalidParameter, match=r"'cross_entropy' needs 2 output\(s\), 2-3-1 has 1"):
        one_step(network, sx.Recipe(loss="cross_entropy"), points)
    with pytest.raises(sx.InvalidParameter, match="named ones"):
        one_step(network, sx.Recipe(loss=lambda output, y: ((output - y) ** 2).mean()), points)


def test_points_and_parameters_must_fit_the_network() -> None:
    network = sx.Network.parse("2-3-1")
    with pytest.raises(sx.InvalidData, match=r"takes x of shape \(n, 2\)"):
        one_step(network, sx.Recipe(), sx.Points(np.zeros((2, 3)), np.array([0, 1])))
    with pytest.raises(sx.InvalidData, match="has 13 parameters"):
        one_step(network, sx.Recipe(), sx.circle(n=4), np.zeros(5))
    with pytest.raises(sx.InvalidData, match="of one run"):
        one_step(network, sx.Recipe(), sx.circle(n=4), np.zeros((2, 13)))
