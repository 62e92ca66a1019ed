"""Samplers: n, noise, seed and balance mean the same for all; the circle is the tutorial's to the bit."""

import inspect

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from separatrix.data import samplers
from separatrix.data.samplers import SAMPLERS
from separatrix.errors import InvalidData, InvalidParameter

NAMES = list(SAMPLERS)
SEEDS = [0, 1, 42, 2**32 - 1, 2**32, 2**63, 2**64 - 1]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n", [2, 5, 7, 8, 9, 100, 1001])
def test_the_circle_is_torch_randn_to_the_bit(n, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        x = torch.randn(n, 2).numpy()
    points = samplers.circle(n, seed=seed)
    assert points.x.tobytes() == x.tobytes()
    assert (points.y == (x[:, 0] ** 2 + x[:, 1] ** 2 < 1)).all()


@pytest.mark.parametrize("name", NAMES)
def test_numpys_integers_are_taken_for_n_and_seed(name):
    draw = SAMPLERS[name].draw
    assert draw(np.int64(20), seed=np.uint64(2**63)).x.tobytes() == draw(20, seed=2**63).x.tobytes()


def test_a_share_of_39_percent_lies_in_the_circle():
    assert samplers.circle(100_000, seed=3).y.mean() == pytest.approx(1 - np.exp(-0.5), abs=0.005)


@pytest.mark.parametrize("name", NAMES)
def test_sampling_leaves_the_global_generators_as_they_were(name):
    before, torch_before = np.random.get_state()[1].copy(), torch.get_rng_state()
    SAMPLERS[name].draw(20, seed=1, noise=0.1)
    assert (np.random.get_state()[1] == before).all()
    assert torch.equal(torch.get_rng_state(), torch_before)


@pytest.mark.parametrize("name", NAMES)
@given(
    n=st.integers(2, 300),
    noise=st.floats(0, 10),
    seed=st.integers(0, 2**64 - 1),
    balance=st.none() | st.floats(0.01, 0.99),
)
@settings(deadline=None, max_examples=25)
def test_any_setting_gives_n_finite_points_with_the_balance_asked_for(name, n, noise, seed, balance):
    points = SAMPLERS[name].draw(n, noise=noise, seed=seed, balance=balance)
    assert points.x.shape == (n, 2)
    assert points.x.dtype == np.float32
    assert (points.sampler, points.seed) == (name, seed)
    if balance is not None:
        assert points.n_positive == min(n - 1, max(1, round(n * balance)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("settings_", [{}, {"noise": 0.3}, {"balance": 0.2}])
def test_a_seed_gives_the_same_points_and_another_seed_others(name, settings_):
    draw = SAMPLERS[name].draw
    first, again, other = draw(60, seed=5, **settings_), draw(60, seed=5, **settings_), draw(60, seed=6, **settings_)
    assert first.x.tobytes() == again.x.tobytes()
    assert (first.y == again.y).all()
    if name != "gaussians" or settings_ == {"noise": 0.3}:
        assert first.x.tobytes() != other.x.tobytes()


@pytest.mark.parametrize("name", ["circle", "xor", "checkerboard", "curve", "moons", "rings", "spirals"])
def test_noise_moves_the_points_after_their_label_is_fixed(name):
    still, moved = (SAMPLERS[name].draw(5000, seed=2, noise=noise) for noise in (0.0, 0.25))
    assert (still.y == moved.y).all()
    shift = moved.x.astype(float) - still.x
    assert shift.std(0) == pytest.approx([0.25, 0.25], rel=0.05)
    assert shift.mean(0) == pytest.approx([0, 0], abs=0.02)


BORDER = {
    "circle": lambda x: x[:, 0] ** 2 + x[:, 1] ** 2 < 1,
    "xor": lambda x: x[:, 0] * x[:, 1] < 0,
    "curve": lambda x: x[:, 1] > np.sin(x[:, 0]),
    "checkerboard": lambda x: np.floor(x + 2).sum(axis=1) % 2 == 1,
    "rings": lambda x: np.hypot(*x.T) < 1.5,
}


@pytest.mark.parametrize("name", list(BORDER))
@pytest.mark.parametrize("balance", [None, 0.3])
def test_without_noise_the_label_is_the_side_of_the_border(name, balance):
    points = SAMPLERS[name].draw(3000, seed=4, noise=0.0, balance=balance)
    assert (points.y == BORDER[name](points.x)).all()


def test_moons_rings_and_spirals_lie_on_their_curves():
    moons = samplers.moons(2000, noise=0.0, seed=1)
    upper = moons.x[moons.y == 0] + (0.5, 0.25)
    lower = moons.x[moons.y == 1] + (0.5, 0.25)
    np.testing.assert_allclose(np.hypot(*upper.T), 1, atol=1e-5)
    np.testing.assert_allclose(np.hypot(1 - lower[:, 0], 0.5 - lower[:, 1]), 1, atol=1e-5)
    rings = samplers.rings(500, noise=0.0, seed=1)
    np.testing.assert_allclose(np.hypot(*rings.x.T), np.where(rings.y == 1, 1, 2), atol=1e-5)
    spirals = samplers.spirals(500, noise=0.0, seed=1, turns=0.5)
    radius = np.hypot(*spirals.x.T)
    angle = np.arctan2(spirals.x[:, 1], spirals.x[:, 0]) - np.pi * spirals.y
    np.testing.assert_allclose(np.cos(angle), np.cos(np.pi * radius / 2), atol=1e-4)
    assert radius.min() > 0.19
    assert radius.max() <= 2.00001


def test_gaussians_are_two_clouds_so_far_apart():
    points = samplers.gaussians(20_000, noise=0.5, distance=3.0, seed=0)
    centres = [points.x[points.y == label].mean(0) for label in (0, 1)]
    assert np.linalg.norm(centres[1] - centres[0]) == pytest.approx(3.0, abs=0.02)
    assert points.x[points.y == 0].std(0) == pytest.approx([0.5, 0.5], rel=0.03)


def test_checkerboard_has_so_many_cells():
    points = samplers.checkerboard(4000, cells=2, seed=0)
    assert (points.y == ((points.x[:, 0] < 0) != (points.x[:, 1] < 0))).all()


def test_a_curve_of_the_users_is_the_border():
    points = samplers.curve(500, seed=0, f=lambda t: 0.1 * t**2)
    assert (points.y == (points.x[:, 1] > 0.1 * points.x[:, 0] ** 2)).all()
    flat = samplers.curve(500, seed=0, f=lambda t: 0.5)
    assert (flat.y == (flat.x[:, 1] > 0.5)).all()


BAD = [
    ("n", 1), ("n", 0), ("n", -5), ("n", 10.0), ("n", True), ("n", None), ("n", "100"), ("n", 10**12),
    ("n", float("nan")),
    ("noise", -0.1), ("noise", float("nan")), ("noise", float("inf")), ("noise", True), ("noise", None),
    ("noise", 1e200),
    ("seed", -1), ("seed", 2**64), ("seed", 0.0), ("seed", None), ("seed", True),
    ("balance", 0), ("balance", 1), ("balance", -0.5), ("balance", float("nan")), ("balance", True),
    ("balance", "half"),
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("setting", "value"), BAD)
def test_fault_19_and_20_a_bad_setting_is_refused_by_sampler_and_name(name, setting, value):
    with pytest.raises(InvalidParameter, match=rf"^{name}: {setting} must be .*, got "):
        SAMPLERS[name].draw(**{setting: value})


@pytest.mark.parametrize(
    ("name", "setting", "value"),
    [
        ("spirals", "turns", 0), ("spirals", "turns", float("nan")), ("spirals", "turns", True),
        ("gaussians", "distance", -1), ("gaussians", "distance", float("inf")), ("gaussians", "distance", 1e200),
        ("checkerboard", "cells", 1), ("checkerboard", "cells", 2.5), ("checkerboard", "cells", True),
        ("curve", "f", None), ("curve", "f", "sin"), ("curve", "f", lambda t: t[:1]),
        ("curve", "f", lambda t: t * np.nan),
    ],
)  # fmt: skip
def test_fault_19_a_bad_setting_of_one_shape_is_refused_by_name(name, setting, value):
    with pytest.raises(InvalidParameter, match=rf"^{name}: {setting} must "):
        SAMPLERS[name].draw(10, **{setting: value})


def test_a_balance_that_the_shape_cannot_give_is_refused():
    with pytest.raises(InvalidData, match=r"curve: no balance of 0.5: one class hardly occurs"):
        samplers.curve(10, balance=0.5, f=lambda t: t + 100)


@pytest.mark.parametrize("name", NAMES)
def test_every_sampler_is_described_and_takes_the_common_settings(name):
    parameters = inspect.signature(SAMPLERS[name].draw).parameters
    assert list(parameters)[:4] == ["n", "noise", "seed", "balance"]
    assert SAMPLERS[name].about.endswith(".")
    assert SAMPLERS[name].name == name == SAMPLERS[name].draw.__name__
