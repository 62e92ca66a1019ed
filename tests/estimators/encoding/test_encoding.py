"""Codes give the numbers that they promise, finite whatever comes in, and go round as plain data."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.data.kinds.boolean import BooleanCode
from separatrix.data.kinds.category import CategoryCode, TargetCode
from separatrix.data.kinds.date import DateCode
from separatrix.data.kinds.number import NumberCode
from separatrix.estimators.encoding.encoding import Encoding

KNOTS = np.array([0.0, 1.0, 3.0])
PIECES = NumberCode("a", "piecewise", fill=2.0, knots=KNOTS)
LEVELS = NumberCode("a", "quantile", fill=2.0, knots=KNOTS, levels=np.array([-1.0, 0.0, 2.0]))


def numbers(code: NumberCode, *x: float | None) -> list[list[float]]:
    return code.encode(polars.Series("a", list(x), polars.Float64)).tolist()


def test_a_scaled_number_is_clipped_and_a_missing_one_filled_in() -> None:
    code = NumberCode("a", fill=30.0, centre=10.0, scale=10.0, clip=3.0)
    assert numbers(code, 20.0, 1e308, -1e308, None) == [[1.0], [3.0], [-3.0], [2.0]]


def test_fault_12_a_constant_column_contributes_zero_even_when_it_varies_later() -> None:
    assert numbers(NumberCode("a", centre=5.0, scale=0.0), 5.0, 6.0, 1e300, None) == [[0.0]] * 4


def test_a_quantile_is_the_level_between_the_knots() -> None:
    assert numbers(LEVELS, -5.0, 0.5, 2.0, 9.0, None) == [[-1.0], [-0.5], [1.0], [2.0], [1.0]]


def test_both_are_the_scaled_number_and_then_its_pieces() -> None:
    both = NumberCode("a", "both", fill=2.0, centre=1.0, scale=2.0, clip=3.0, knots=KNOTS, indicator=True)
    scaled = NumberCode("a", fill=2.0, centre=1.0, scale=2.0, clip=3.0)
    x = np.array([-1e300, 0.5, 1.0, 3.0, np.nan])
    made = both.encode_numbers(x)
    np.testing.assert_array_equal(made[:, :1], scaled.encode_numbers(x))
    np.testing.assert_array_equal(made[:, 1:-1], PIECES.encode_numbers(x))
    assert made[:, -1].tolist() == [0, 0, 0, 0, 1]
    assert both.names == ("a", *PIECES.names, "a_missing")


def test_a_piecewise_number_fills_its_pieces_in_turn() -> None:
    assert numbers(PIECES, -5.0, 0.5, 2.0, 9.0, None) == [[0, 0], [0.5, 0], [1, 0.5], [1, 1], [1, 0.5]]


def test_an_indicator_tells_that_the_value_was_missing() -> None:
    assert numbers(NumberCode("a", indicator=True), 1.0, None) == [[1.0, 0.0], [0.0, 1.0]]
    flags = polars.Series("a", [True, False, None])
    assert BooleanCode("a", True).encode(flags).tolist() == [[1, 0], [-1, 0], [0, 1]]
    assert BooleanCode("a").encode(flags).tolist() == [[1], [-1], [0]]


def test_fault_14_an_unseen_category_is_unknown_and_no_crash() -> None:
    texts = polars.Series("a", ["x", "", "unseen", None])
    assert CategoryCode("a", ("x", "")).encode(texts).tolist() == [[1, 0], [0, 1], [0, 0], [0, 0]]
    assert CategoryCode("a", ("x", ""), True).encode(texts).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]]
    target = TargetCode("a", ("x", ""), np.array([0.5, -0.5]), 0.1, -0.2)
    assert target.encode(texts).tolist() == [[0.5], [-0.5], [0.1], [-0.2]]
    assert CategoryCode("a", (), True).encode(texts).tolist() == [[0], [0], [0], [1]]


def test_a_date_is_its_place_in_time_and_in_each_period() -> None:
    code = DateCode("a", centre=0.0, scale=86_400e6, periods=("day", "week"), indicator=True)
    moments = [datetime.datetime(1970, 1, 1, 6), datetime.datetime(1969, 12, 29), None]
    found = code.encode(polars.Series("a", moments, polars.Datetime("us")))
    np.testing.assert_allclose(
        found[0], [0.25, 1, 0, np.sin(2 * np.pi * 3.25 / 7), np.cos(2 * np.pi * 3.25 / 7), 0], atol=1e-12
    )
    np.testing.assert_allclose(found[1], [-3, 0, 1, 0, 1, 0], atol=1e-12)  # a Monday, at midnight
    assert found[2].tolist() == [0, 0, 0, 0, 0, 1]


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_fault_11_whatever_comes_in_finite_numbers_come_out(x: list[float | None]) -> None:
    codes = (
        NumberCode("a", centre=1.7e308, scale=1e-300, indicator=True),
        NumberCode("a", "quantile", knots=np.array([-1.7e308, 0.0, 1.7e308]), levels=np.array([-5.0, 0, 5.0])),
        NumberCode("a", "piecewise", knots=np.array([-1e-300, 0.0, 1e-300])),
        NumberCode("a", "piecewise", knots=KNOTS[:1]),
    )
    frame = polars.DataFrame({"a": polars.Series(x, dtype=polars.Float64)})
    found = Encoding(codes).encode(frame)
    assert (found.shape, found.dtype) == ((len(x), 5), np.float32)
    assert np.isfinite(found).all()
    array = np.array([np.nan if each is None else each for each in x])
    assert Encoding(codes[:1]).encode_array(array[:, None]).tobytes() == Encoding(codes[:1]).encode(frame).tobytes()


def test_fault_11_infinite_numbers_are_refused_by_column_and_row() -> None:
    frame = polars.DataFrame({"a": [None, 1.0, np.inf]})
    with pytest.raises(sx.InvalidData, match="column 'a' holds inf in row 2"):
        Encoding((NumberCode("a"),)).encode(frame)


def test_fault_14_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(sx.InvalidData, match="no column 'b'; expected are"):
        Encoding((NumberCode("b"),)).encode(polars.DataFrame({"a": [1.0]}))
    with pytest.raises(sx.InvalidData, match=r"expected 1 columns, got an array of shape \(2, 3\)"):
        Encoding((NumberCode("b"),)).encode_array(np.zeros((2, 3)))
    with pytest.raises(sx.InvalidData, match="column 'b' isn't one of numbers; give a data frame"):
        Encoding((BooleanCode("b"),)).encode_array(np.zeros((2, 1)))


def test_long_tables_are_encoded_in_blocks() -> None:
    x = np.random.default_rng(0).normal(size=20_001)
    encoding = Encoding((NumberCode("a", centre=0.1, scale=2.0), PIECES))
    frame = polars.DataFrame({"a": x})
    whole = encoding.encode(frame, "float64")
    assert whole[:, 0].tolist() == ((x - 0.1) / 2).tolist()
    assert encoding.encode(frame[8_190:8_200], "float64").tobytes() == whole[8_190:8_200].tobytes()


EVERY: tuple[Any, ...] = (
    NumberCode("a", fill=1.5, indicator=True),
    LEVELS,
    PIECES,
    BooleanCode("b", True),
    CategoryCode("$c", ("x", "", "sha256")),
    TargetCode("d", ("x",), np.array([0.5]), 0.1, -0.2, True),
    DateCode("e", 1.5, 2.5, 3.5, ("day", "year"), True),
)


def test_an_encoding_goes_round_as_arrays_and_plain_data() -> None:
    arrays, data = Encoding(EVERY).to_data()
    again = Encoding.from_data(arrays, data)
    assert repr(again) == repr(Encoding(EVERY))
    assert again.names == Encoding(EVERY).names


@pytest.mark.parametrize(
    "code",
    [
        lambda: NumberCode("a", "cubic"),
        lambda: NumberCode("a", scale=float("nan")),
        lambda: NumberCode("a", clip=float("inf")),
        lambda: NumberCode("a", "quantile", knots=KNOTS, levels=KNOTS[:2]),
        lambda: NumberCode("a", "quantile", knots=KNOTS),
        lambda: NumberCode("a", "piecewise", knots=KNOTS[::-1]),
        lambda: NumberCode("a", "piecewise", knots=KNOTS[None]),
        lambda: TargetCode("a", ("x", "y"), np.zeros(1)),
        lambda: TargetCode("a", ("x",), np.array([np.inf])),
        lambda: CategoryCode("a", ("x", "x")),
        lambda: CategoryCode("a", ("x", 3)),
        lambda: DateCode("a", periods=("month",)),
    ],
)
def test_parts_that_do_not_fit_are_refused(code: Any) -> None:
    with pytest.raises(sx.InvalidData, match="column 'a'"):
        code()


@pytest.mark.parametrize("change", [{"kind": "colour"}, {"colour": 1}, {"name": None, "kind": None}])
def test_made_up_codes_are_refused(change: dict[str, Any]) -> None:
    arrays, data = Encoding(EVERY).to_data()
    data["columns"][0] |= change
    with pytest.raises((KeyError, TypeError, ValueError)):
        Encoding.from_data(arrays, data)
