"""Network: description, layout of the flat vector, evaluation with and without a leading axis of runs."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.networks import network as network_module
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.network import INITIALISATIONS, Network

NAMES = list(ACTIVATIONS)


@st.composite
def networks(draw, most=9):
    hidden = draw(st.lists(st.integers(1, most), max_size=3))
    widths = (draw(st.integers(1, 4)), *hidden, draw(st.integers(1, 2)))
    one = st.sampled_from(NAMES)
    each = st.tuples(*[one] * len(hidden))
    return Network(widths, draw(one | each), draw(st.sampled_from(list(INITIALISATIONS))))


def test_parse_reads_widths():
    assert Network.parse("2-4-4-1") == Network((2, 4, 4, 1))
    assert Network.parse(" 2 - 3-2 ", "tanh", "he") == Network((2, 3, 2), "tanh", "he")
    assert str(Network.parse("2-4-4-1")) == "2-4-4-1"


@given(networks())
def test_parse_undoes_str(network):
    assert Network.parse(str(network), network.activation, network.init) == network


@pytest.mark.parametrize(
    "text",
    ["", "2", "2-", "-2-1", "2--1", "2,4,1", "a-b", "2-4.5-1", "2-4-1x", None, 3, (2, 1), "2-" + "9" * 5000 + "-1"],
)
def test_fault_19_a_text_that_is_no_widths_is_refused(text):
    with pytest.raises(InvalidParameter, match=r"Network: expected widths joined by '-'"):
        Network.parse(text)


@pytest.mark.parametrize(
    "widths",
    [
        (),
        (2,),
        (0, 1),
        (2, 0, 1),
        (2, -4, 1),
        (2, 4.0, 1),
        (2, True, 1),
        (2, None, 1),
        (2, float("nan"), 1),
        "2-1",
        3,
        None,
    ],
)
def test_fault_19_widths_out_of_range_are_refused_by_name(widths):
    with pytest.raises(InvalidParameter, match=r"^Network: widths must be .*at least 1, got "):
        Network(widths)


def test_fault_19_other_than_1_or_2_outputs_are_refused():
    with pytest.raises(InvalidParameter, match=r"widths must end in 1 .sigmoid. or 2 .softmax. outputs, got 3"):
        Network((2, 4, 3))


def test_fault_19_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(InvalidParameter, match=r"activation 'rleu'.*Did you mean 'relu'"):
        Network((2, 4, 1), "rleu")
    with pytest.raises(InvalidParameter, match=r"activation 'tahn'.*Did you mean 'tanh'"):
        Network((2, 4, 4, 1), ("relu", "tahn"))
    with pytest.raises(InvalidParameter, match=r"Network: init must be one of .*got 'xaver'. Did you mean 'xavier'"):
        Network((2, 4, 1), init="xaver")


@pytest.mark.parametrize("activation", [3, None, ("relu",), ("relu",) * 3, (3, 4), {"relu"}])
def test_fault_19_activations_that_do_not_fit_the_layers_are_refused(activation):
    with pytest.raises(InvalidParameter, match=r"activation"):
        Network((2, 4, 4, 1), activation)


def test_lists_and_numpys_integers_make_equal_networks():
    one, other = Network((2, 4, 4, 1), ("relu", "tanh")), Network([np.int64(2), 4, 4, 1], ["relu", "tanh"])
    assert one == other
    assert hash(one) == hash(other)
    assert all(type(width) is int for width in other.widths)
    assert one != Network((2, 4, 4, 1))


def test_a_network_is_immutable_and_can_be_pickled():
    network = Network((2, 4, 1))
    with pytest.raises(AttributeError):
        network.widths = (2, 1)
    assert network.layout  # cached, and the cache must not get in the way
    assert pickle.loads(pickle.dumps(network)) == network


@given(networks())
def test_the_layout_covers_the_vector_once_in_order(network):
    at = 0
    for number, layer in enumerate(network.layout, start=1):
        assert layer.name == f"fc{number}"
        assert layer.weight == slice(at, at + layer.fan_in * layer.fan_out)
        assert layer.bias == slice(layer.weight.stop, layer.weight.stop + layer.fan_out)
        at = layer.bias.stop
    assert at == network.n_parameters
    assert network.is_weight.sum() == sum(i * o for i, o in zip(network.widths, network.widths[1:], strict=False))


def test_the_tutorials_network_has_37_parameters():
    assert Network.parse("2-4-4-1").n_parameters == 37


def test_split_gives_views_with_any_leading_axes():
    network = Network((2, 3, 1))
    flat = np.zeros((5, 4, network.n_parameters))
    (w1, b1), (w2, b2) = network.split(flat)
    assert (w1.shape, b1.shape, w2.shape, b2.shape) == ((5, 4, 3, 2), (5, 4, 3), (5, 4, 1, 3), (5, 4, 1))
    w1[2, 1, 0, 1] = 7.0
    assert flat[2, 1, 1] == 7.0


@pytest.mark.parametrize("shape", [(), (3,), (38,), (37, 2)])
def test_parameters_of_another_length_are_refused(shape):
    with pytest.raises(InvalidData, match=r"2-4-4-1 has 37 parameters, got an array of shape"):
        Network.parse("2-4-4-1").split(np.zeros(shape))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(networks(), st.integers(0, 99))
@settings(deadline=None, max_examples=50)
def test_the_outputs_are_those_of_the_pytorch_module(dtype, network, seed):
    parameters = network.initialise(seed, dtype)
    x = np.random.default_rng(seed).normal(size=(20, network.n_inputs)).astype(dtype)
    with torch.no_grad():
        logits = network.to_torch(parameters).logits(torch.from_numpy(x)).numpy()
    outputs = network.outputs(parameters, x)
    assert outputs.dtype == dtype
    tolerance = 2e-5 if dtype == "float32" else 1e-12
    if "step" not in (network.activation if isinstance(network.activation, tuple) else (network.activation,)):
        np.testing.assert_allclose(outputs, logits, rtol=tolerance, atol=tolerance)


@given(networks(), st.integers(0, 99))
@settings(deadline=None, max_examples=30)
def test_a_leading_axis_of_runs_gives_each_run_its_own_row(network, seed):
    fleet = np.stack([network.initialise(seed + k, "float64") for k in range(3)])
    x = np.random.default_rng(seed).normal(size=(7, network.n_inputs))
    together = network.predict_proba(fleet, x)
    assert together.shape == (3, 7, 2)
    for k in range(3):
        np.testing.assert_allclose(together[k], network.predict_proba(fleet[k], x), rtol=1e-12)
    for (z, a), layer in zip(network.trace(fleet, x), network.layout, strict=True):
        assert z.shape == a.shape == (3, 7, layer.fan_out)


def test_trace_gives_pre_activation_and_activation_of_every_layer():
    network = Network((2, 3, 2, 1), ("relu", "tanh"))
    parameters, x = network.initialise(1, "float64"), np.array([[1.0, -2.0]])
    (z1, a1), (z2, a2), (z3, a3) = network.trace(parameters, x)
    (w1, b1), (w2, b2), (w3, b3) = network.split(parameters)
    np.testing.assert_allclose(z1, x @ w1.T + b1)
    np.testing.assert_allclose(a1, np.maximum(z1, 0))
    np.testing.assert_allclose(z2, a1 @ w2.T + b2)
    np.testing.assert_allclose(a2, np.tanh(z2))
    np.testing.assert_allclose(z3, a2 @ w3.T + b3)
    assert (a3 == z3).all()


@pytest.mark.parametrize("x", [np.zeros((3, 3)), np.zeros(2), np.zeros((1, 3, 2))])
def test_fault_14_other_columns_are_refused(x):
    network = Network((2, 1))
    with pytest.raises(InvalidData, match=r"2-1 takes x of shape \(n, 2\)"):
        network.outputs(network.initialise(0), x)


def test_probabilities_sum_to_1_and_agree_with_the_logit():
    for widths in ((2, 4, 1), (2, 4, 2)):
        network = Network(widths)
        parameters, x = network.initialise(3, "float64"), np.random.default_rng(0).normal(size=(50, 2)) * 5
        proba, logit = network.predict_proba(parameters, x), network.logit(parameters, x)
        np.testing.assert_allclose(proba.sum(1), 1)
        np.testing.assert_allclose(np.log(proba[:, 1] / proba[:, 0]), logit, atol=1e-9)


def test_fault_22_huge_logits_give_probabilities_of_0_and_1():
    network = Network((1, 1))
    proba = network.predict_proba(np.array([1.0, 0.0], np.float32), np.array([[-1e30], [1e30]], np.float32))
    assert proba.tolist() == [[1, 0], [0, 1]]


def test_many_rows_are_evaluated_block_by_block(monkeypatch):
    network = Network((2, 3, 1))
    fleet = np.stack([network.initialise(k) for k in range(2)])
    x = np.random.default_rng(0).normal(size=(25, 2)).astype(np.float32)
    whole = network.outputs(fleet, x)
    monkeypatch.setattr(network_module, "ROWS_AT_ONCE", 10)
    np.testing.assert_allclose(network.outputs(fleet, x), whole, rtol=1e-6)


def test_no_hidden_layer_is_a_straight_line():
    network = Network((2, 1), ())
    assert network.activations == ()
    np.testing.assert_allclose(network.logit(np.array([1.0, 2.0, 3.0]), np.array([[1.0, 1.0]])), [6.0])
