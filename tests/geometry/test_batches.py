"""The compiled measures by themselves: activations with several kinks, and memory that grows as it is needed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import separatrix as sx
from separatrix.geometry import exact
from separatrix.geometry._measures import MEASURES
from separatrix.geometry._plan import Plan, plan_of, straight_pieces
from separatrix.geometry.exact import box_window, compute_borders, measure_many
from separatrix.networks.activations import ACTIVATIONS

# hardtanh: -1 below -1, 1 above 1, z in between; not in the registry, but made of straight pieces
HARD = Plan(
    widths=np.array([2, 3, 2, 1]),
    kinks=np.array([[-1.0, 1.0]] * 2),
    n_kinks=np.array([2, 2]),
    heights=np.array([-1.0, -1.0]),
    slopes=np.array([[0.0, 1.0, 0.0]] * 2),
)
WINDOW = box_window(-3, 3, -3, 3)


def hardtanh(parameters, x):
    network = sx.Network.parse("2-3-2-1")
    a = x
    for k, (weight, bias) in enumerate(network.split(parameters)):
        z = a @ weight.T + bias
        a = z if k == 2 else np.clip(z, -1, 1)
    return a[:, 0]


def by_name(measured, run=0):
    return dict(zip(MEASURES, measured.measures[run], strict=True))


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_activations_with_two_kinks_have_the_area_of_a_fine_grid(seed, whole):
    stream = np.random.default_rng(seed)
    parameters = stream.integers(-2, 3, (1, 20)).astype(float) if whole else stream.normal(size=(1, 20)) * 2
    measured = measure_many(parameters, HARD, WINDOW, 1000)
    at = (np.arange(400) + 0.5) / 400 * 6 - 3 + 1e-5
    x = np.stack(np.meshgrid(at, at, indexing="ij"), axis=-1).reshape(-1, 2)
    sampled = 36 * (hardtanh(parameters[0], x) > 1e-12).mean()
    found = by_name(measured)
    assert found["area_1"] == pytest.approx(sampled, abs=0.02 + 0.015 * found["length"])
    middle = measured.edges[:, :, :2].mean(axis=1)
    if len(middle):
        np.testing.assert_allclose(hardtanh(parameters[0], middle), 0, atol=1e-9)


def test_a_unit_between_two_kinks_is_flat_at_infinity():
    """hardtanh(x1) - 1/2 > 0 is x1 > 1/2: one straight border, parallel to both folds; three regions."""
    plan = Plan(
        np.array([2, 1, 1]), np.array([[-1.0, 1.0]]), np.array([2]), np.array([-1.0]), np.array([[0.0, 1.0, 0.0]])
    )
    measured = measure_many(np.array([[1.0, 0, 0, 1, -0.5]]), plan, np.empty((0, 2)), 100)
    found = by_name(measured)
    assert (found["regions"], found["pieces"], found["open_ends"]) == (3, 1, 2)
    assert (found["components_1"], found["components_0"], found["constant_units"]) == (1, 1, 0)
    finite = measured.edges[measured.edges[..., 2] > 0]
    np.testing.assert_allclose(finite[:, 0], 0.5)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "identity"])
def test_straight_pieces_are_the_activation(name):
    kinks, height, slopes = straight_pieces(ACTIVATIONS[name])
    z = np.linspace(-3, 3, 13)
    start = kinks[0] if len(kinks) else 0.0
    below = height + slopes[0] * (z - start)
    expected = np.where(z > start, height + slopes[-1] * (z - start), below)
    np.testing.assert_allclose(ACTIVATIONS[name].value(z), expected)


def test_identity_layers_fold_nothing():
    network = sx.Network.parse("2-4-4-1", "identity")
    borders = compute_borders(network, network.initialise(0))
    assert (borders.regions[0], borders.pieces[0], borders.constant_units[0], borders.affine_units[0]) == (1, 1, 0, 0)


def test_little_room_at_first_gives_the_same_measures(monkeypatch):
    network = sx.Network.parse("2-6-6-1")
    parameters = np.stack([network.initialise(seed) for seed in range(20)]).astype(np.float64)
    plain = measure_many(parameters, plan_of(network), np.empty((0, 2)), 10_000)
    monkeypatch.setattr(exact, "ROOM", 8)
    monkeypatch.setattr(exact, "EDGES_EACH", 1)
    monkeypatch.setattr(exact, "LEAST_EDGES", 4)
    cramped = measure_many(parameters, plan_of(network), np.empty((0, 2)), 10_000)
    for name in plain._fields:
        np.testing.assert_array_equal(getattr(plain, name), getattr(cramped, name), name)
