"""Where a study's points come from: fresh from a sampler, or the user's own, split anew."""

import numpy as np
import pytest

import separatrix as sx
from separatrix.data.samplers import SAMPLERS
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.studies.sources import OwnPoints, Sampled, as_source

X = np.random.default_rng(0).normal(size=(40, 3))
Y = (X[:, 0] > 0).astype(int)


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_gives_fresh_points_and_others_to_measure_on(name):
    source = Sampled(name, 20, 0.1)
    train, test = source.draw(seed=3, n_test=30)
    assert (len(train), len(test)) == (20, 30)
    assert train.x.tobytes() == SAMPLERS[name].draw(n=20, noise=0.1, seed=3).x.tobytes()
    assert not np.isin(train.x, test.x).all(axis=1).any(), "test points must be new ones"
    again = source.draw(seed=3, n_test=0)
    assert again[0].x.tobytes() == train.x.tobytes()
    assert again[1] is None


def test_the_noise_is_the_samplers_own_unless_given():
    assert Sampled("moons").noise == 0.1
    assert Sampled("circle").noise == 0.0
    assert Sampled("moons", noise=0.0).text == "moons(n=100)"
    assert Sampled("moons", balance=0.2).text == "moons(n=100, noise=0.1, balance=0.2)"


def test_own_points_are_split_by_class_and_anew_for_every_seed():
    own = OwnPoints(sx.Points(X, Y), 0.25, "mine")
    train, test = own.draw(1, n_test=999)
    assert len(train) + len(test) == 40
    assert abs(test.n_positive / len(test) - Y.mean()) < 0.1
    assert own.draw(1, 0)[0].x.tobytes() == train.x.tobytes()
    assert own.draw(2, 0)[0].x.tobytes() != train.x.tobytes()
    assert (own.n, own.n_rows, own.n_inputs, own.noise) == (40, len(train), 3, None)


def test_without_a_held_share_all_rows_are_trained_on():
    own = OwnPoints(sx.Points(X, Y), None)
    train, test = own.draw(5, 10)
    assert len(train) == 40
    assert test is None


def test_other_rows_are_another_source():
    one, other = OwnPoints(sx.Points(X, Y)), OwnPoints(sx.Points(X + 1e-9, Y))
    assert one.sha256 != other.sha256
    assert one.to_data() == OwnPoints(sx.Points(X.copy(), Y.copy())).to_data()


def test_names_points_and_arrays_stand_for_a_source():
    assert as_source("xor") == Sampled("xor")
    assert as_source(sx.moons()).name == "moons"
    assert as_source((X, Y)).n_inputs == 3


@pytest.mark.parametrize("given", [5, None, (X,), [X, Y, 3], {"x": X}])
def test_what_is_no_source_is_refused(given):
    with pytest.raises(InvalidParameter, match="points must be"):
        as_source(given)


@pytest.mark.parametrize(
    "given", [{"sampler": "circel"}, {"n": 1}, {"n": 2.5}, {"noise": -1}, {"noise": float("nan")}, {"balance": 1}]
)
def test_fault_19_settings_out_of_range_are_refused(given):
    with pytest.raises(InvalidParameter, match=f"Sampled: {next(iter(given))} must be"):
        Sampled(**given)


def test_fault_15_and_17_classes_that_cannot_be_split_are_refused_at_once():
    with pytest.raises(InvalidData, match="both classes"):
        OwnPoints(sx.Points(X, np.ones(40)))
    lone = np.zeros(40)
    lone[3] = 1
    with pytest.raises(InvalidData, match="class 1 has 1 row, too few"):
        OwnPoints(sx.Points(X, lone))
    assert OwnPoints(sx.Points(X, lone), None).n == 40
