"""Rules: what each allows, what it says, and the sentence that `check` makes of it."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from separatrix.errors import InvalidParameter
from separatrix.support.constraints import (
    LARGEST_SEED,
    SEED,
    AnyOf,
    Callback,
    Choice,
    Each,
    Flag,
    Having,
    Integer,
    Optional,
    Real,
    check,
    lookup,
    nearest,
    shown,
)

ODD = [None, "3", b"3", [3], (3,), {3}, object(), 1j, np.array([3]), math.nan, math.inf, -math.inf]


@pytest.mark.parametrize("value", [0, 7, np.int8(3), np.uint64(5), pytest.param(10**400, id="huge")])
def test_an_integer_is_any_whole_number_of_at_least_its_low(value):
    assert Integer(0).allows(value)


@pytest.mark.parametrize("value", [-1, np.int64(-1), 1.0, np.float32(1), True, np.True_, *ODD])
def test_fault_19_an_integer_is_no_bool_and_no_float(value):
    assert not Integer(0).allows(value)


def test_an_integer_has_both_ends():
    assert [Integer(1, 3).allows(k) for k in range(5)] == [False, True, True, True, False]
    assert Integer(1, 3).words() == "a whole number of at least 1 and at most 3"


@pytest.mark.parametrize("value", [0, 0.5, np.float32(0.5), np.float64(1), np.int64(1), Fraction(1, 2)])
def test_a_real_is_any_number_within_its_ends(value):
    assert Real(0, 1).allows(value)


@pytest.mark.parametrize("value", [-1e-9, 1.1, True, np.False_, pytest.param(10**400, id="huge"), *ODD])
def test_fault_19_a_real_is_finite_and_no_bool(value):
    assert not Real(0, 1).allows(value)


def test_open_ends_are_left_out():
    assert not Real(0, 1, open_low=True).allows(0.0)
    assert not Real(0, 1, open_high=True).allows(1.0)
    assert Real(0, 1, open_low=True, open_high=True).words() == "a number in (0, 1)"
    assert Real(0).words() == "a finite number of at least 0"
    assert Real(0, open_low=True).words() == "a finite number above 0"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_real_without_ends_allows_every_finite_number(value):
    assert Real().allows(value)


def test_a_flag_is_true_or_false_and_nothing_else():
    assert Flag().allows(True)
    assert Flag().allows(np.False_)
    assert not any(Flag().allows(value) for value in (0, 1, "yes", None))


def test_a_choice_is_a_known_name_or_if_so_said_a_function():
    assert Choice(["a"]).allows("a")
    assert not any(Choice(["a"]).allows(value) for value in ("b", None, ["a"], print))
    assert Choice(["a"], or_callable=True).allows(print)
    assert "function of your own" in Choice(["a"], or_callable=True).words()


def test_optional_adds_none():
    assert Optional(Integer(1)).allows(None)
    assert Optional(Integer(1)).allows(1)
    assert not Optional(Integer(1)).allows(0)
    assert Optional(Integer(1)).words().startswith("None or ")


def test_each_takes_any_sequence_but_a_text():
    rule = Each(Integer(0), least=2)
    assert all(rule.allows(value) for value in ([0, 1], (0, 1), range(2)))
    assert not any(rule.allows(value) for value in ([0], [0, -1], "01", b"01", 3, {0, 1}, None))
    assert "2 or more" in rule.words()


def test_any_of_and_having_and_callback_say_what_they_want():
    rule = AnyOf((Choice(["a"]), Having("real", "a number"), Callback("a function")))
    assert all(rule.allows(value) for value in ("a", 3, print))
    assert not AnyOf((Choice(["a"]),)).allows("b")
    assert rule.words() == "one of a or a number or a function"
    assert list(rule.names()) == ["a"]


@pytest.mark.parametrize("seed", [0, 2**32, 2**63, LARGEST_SEED, np.uint64(LARGEST_SEED)])
def test_fault_20_a_seed_is_any_whole_number_of_64_bits(seed):
    assert SEED.allows(seed)


@pytest.mark.parametrize("seed", [-1, LARGEST_SEED + 1, 1.0, True, "0", None, pytest.param(10**5000, id="huge")])
def test_fault_20_any_other_seed_is_refused(seed):
    with pytest.raises(InvalidParameter, match=r"seed must be a whole number"):
        check("Recipe", {"seed": seed}, {"seed": SEED})


def test_the_sentence_names_owner_parameter_value_range_and_nearest_name():
    with pytest.raises(InvalidParameter) as caught:
        check("Recipe", {"loss": "hing"}, {"loss": Choice(["bce", "hinge"])})
    assert str(caught.value) == "Recipe: loss must be one of bce, hinge, got 'hing'. Did you mean 'hinge'?"


def test_a_long_value_is_cut_and_an_unprintable_one_named_by_its_type():
    assert len(shown("x" * 10_000)) == 200
    assert shown(10**5000) == "a value of type int"


def test_nearest_is_silent_when_no_name_is_near():
    assert nearest("qqq", ["relu"]) == ""
    assert nearest(3, ["relu"]) == ""
    assert nearest("rleu", ["relu"]) == " Did you mean 'relu'?"


@pytest.mark.parametrize("name", ["rleu", None, 3, ["relu"]])
def test_lookup_of_an_unknown_name_lists_the_known_ones(name):
    with pytest.raises(InvalidParameter, match=r"unknown activation .*known are elu, relu"):
        lookup("activation", name, {"relu": 1, "elu": 2})
    assert lookup("activation", "relu", {"relu": 1}) == 1
