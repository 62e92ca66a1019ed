"""What a study may be given, brought into one form."""

import numpy as np
import pytest

import separatrix as sx
from separatrix.errors import InvalidParameter
from separatrix.studies import _arguments

X, Y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2


def test_a_pair_of_arrays_is_one_source_and_a_pair_of_names_are_two():
    assert [each.text for each in _arguments.as_sources((X, Y))] == ["arrays(n=20, d=2)"]
    assert [each.text for each in _arguments.as_sources(("xor", "moons"))] == ["xor(n=100)", "moons(n=100, noise=0.1)"]
    assert len(_arguments.as_sources([(X, Y), "xor", sx.moons()])) == 3


def test_own_points_in_a_grid_take_no_n_and_no_noise():
    found = _arguments.grid_sources(["xor", sx.Points(X, Y)], [10, 20], [0.0, 0.1])
    assert [each.text for each in found] == [
        "xor(n=10)", "xor(n=10, noise=0.1)", "xor(n=20)", "xor(n=20, noise=0.1)", "arrays(n=20, d=2)",
    ]  # fmt: skip


def test_several_betas_are_a_list_of_pairs_and_one_pair_is_one():
    assert len(_arguments.grid_recipes({"optimizer": "adam", "betas": (0.5, 0.6)})) == 1
    assert len(_arguments.grid_recipes({"optimizer": "adam", "betas": [(0.5, 0.6), (0.7, 0.8)], "lr": [0.1, 0.2]})) == 4


def test_none_is_a_value_too():
    assert [each.batch_size for each in _arguments.grid_recipes({"batch_size": [None, 8]})] == [None, 8]


def test_a_range_of_seeds_stays_one():
    assert _arguments.as_seeds(range(10**12)) == range(10**12)
    assert _arguments.as_seeds(np.arange(3)) == (0, 1, 2)
    assert _arguments.as_seeds(seed for seed in (5, 3)) == (5, 3)


@pytest.mark.parametrize("nothing", [[], (), "", None, 5])
def test_nothing_is_refused(nothing):
    with pytest.raises(InvalidParameter, match=r"recipes must (name at least one|be a Recipe or several)"):
        _arguments.as_recipes(nothing)
