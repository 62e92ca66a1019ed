"""Any data frame in one form, whatever library made it; tables, and columns matched to those of training."""

import datetime
import decimal

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from separatrix.data.frames import as_frame, kinds_of
from separatrix.data.table import Table, as_kind, matched
from separatrix.errors import InvalidData, InvalidNames

COLUMNS = {
    "number": [1.5, None, -2.0],
    "whole": [1, 2, 3],
    "flag": [True, False, True],
    "maybe": [True, None, False],
    "text": ["a", None, "b"],
    "day": [datetime.datetime(2020, 1, 1), None, datetime.datetime(2021, 2, 3, 4, 5)],
}
MADE = {
    "polars": lambda d: polars.DataFrame(d, strict=False),
    "lazy polars": lambda d: polars.DataFrame(d, strict=False).lazy(),
    "pandas": lambda d: pandas.DataFrame(d),
    "pandas with pyarrow": lambda d: pandas.DataFrame(d).convert_dtypes(dtype_backend="pyarrow"),
    "pandas with its own missing values": lambda d: pandas.DataFrame(d).convert_dtypes(),
    "pyarrow": lambda d: pyarrow.table(d),
}


@pytest.mark.parametrize("library", MADE)
def test_every_library_gives_the_same_frame(library):
    frame = as_frame(MADE[library](COLUMNS))
    assert kinds_of(frame) == {
        "number": "number", "whole": "number", "flag": "boolean", "maybe": "boolean", "text": "category", "day": "date"
    }  # fmt: skip  # a line
    for name, values in COLUMNS.items():
        assert frame[name].to_list() == values


def test_categories_decimals_dates_times_and_zones_have_a_form():
    zone = datetime.timezone(datetime.timedelta(hours=2))
    frame = as_frame(
        polars.DataFrame(
            {
                "c": polars.Series(["x", "y", None], dtype=polars.Categorical),
                "d": [decimal.Decimal("1.25"), None, decimal.Decimal("3")],
                "date": [datetime.date(2020, 1, 1)] * 3,
                "zoned": [datetime.datetime(2020, 1, 1, 12, tzinfo=zone)] * 3,
                "long": [datetime.timedelta(minutes=1)] * 3,
                "hour": [datetime.time(1, 0)] * 3,
                "none": [None, None, None],
                "nan": [1.0, float("nan"), 2.0],
            }
        )
    )
    assert frame.row(0) == (
        "x", 1.25, datetime.datetime(2020, 1, 1), datetime.datetime(2020, 1, 1, 10, tzinfo=datetime.UTC),
        datetime.timedelta(minutes=1), datetime.timedelta(hours=1), None, 1.0
    )  # fmt: skip  # a row
    assert frame["nan"].to_list() == [1.0, None, 2.0]
    assert frame.schema["none"] == polars.Float64


def test_arrays_and_lists_of_rows_are_frames_too():
    assert as_frame(np.arange(6).reshape(3, 2)).columns == ["x0", "x1"]
    mixed = as_frame(np.array([[1, "a"], [None, "b"]], dtype=object), names=["n", "t"])
    assert kinds_of(mixed) == {"n": "number", "t": "category"}
    assert as_frame([[True], [False]]).schema["x0"] == polars.Boolean


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (pandas.DataFrame([[1, 2]], columns=["a", "a"]), InvalidData, "'a'"),
        (pandas.DataFrame([[1, 2]], columns=["a", 3]), TypeError, "string names"),
        (polars.DataFrame({"a": [1.0, float("inf")]}), InvalidData, "'a'.*row 1"),
        (polars.DataFrame({"a": [[1], [2]]}), InvalidData, "List"),
        (np.array([["x", 1], [2, "y"]], dtype=object), InvalidData, "mixes text .row 0. and numbers .row 1."),
        (np.array([[{}]], dtype=object), InvalidData, "row 0"),
        (np.array([[1 + 2j]]), InvalidData, "complex"),
        (np.zeros(3), InvalidData, "shape"),
        (polars.DataFrame(), InvalidData, "at least one column"),
        ("a string", InvalidData, "data frame"),
    ],
)
def test_fault_13_what_is_no_table_is_an_error_that_says_why(x, error, words):
    with pytest.raises(error, match=words):
        as_frame(x)


def test_a_table_takes_its_labels_out_and_keeps_whole_numbers_whole():
    table = Table.from_frame(pandas.DataFrame({"a": [1, 2], "y": [0, 1]}), "y")
    assert table.labels.to_list() == [0, 1]
    assert isinstance(table.labels.to_list()[0], int)
    assert table.frame.columns == ["a"]


def test_fault_12_a_column_without_values_is_kept_with_a_warning():
    table = Table.from_frame(polars.DataFrame({"a": [1, 2], "b": [None, None], "y": ["n", "p"]}), "y")
    assert table.frame.columns == ["a", "b"]
    assert "'b'" in table.warnings[0]


@pytest.mark.parametrize(
    ("frame", "target", "words"),
    [
        ({"a": [], "y": []}, "y", "no rows"),
        ({"a": [1], "label": ["n"]}, "lable", "Did you mean 'label'"),
        ({"y": ["n"]}, "y", "no column beside"),
        ({"a": [1, 2, 3], "y": ["n", None, None]}, "y", "2 missing labels, the first in row 1"),
    ],
)
def test_fault_15_a_table_that_cannot_be_trained_on_says_why(frame, target, words):
    with pytest.raises(InvalidData, match=words):
        Table.from_frame(polars.DataFrame(frame), target)


KINDS = {"n": "number", "c": "category", "b": "boolean", "d": "date"}


def test_fault_14_columns_are_matched_by_name_whatever_their_order_and_extra_ones_are_told():
    frame = polars.DataFrame({"d": ["2020-01-02"], "extra": [1], "b": ["Yes"], "c": [7], "n": ["3.5"]})
    with pytest.warns(UserWarning, match="'extra'"):
        found = matched(frame, KINDS)
    assert found.row(0) == (3.5, "7", True, datetime.datetime(2020, 1, 2))
    assert found.columns == list(KINDS)


def test_fault_14_missing_columns_are_named_with_the_nearest():
    with pytest.raises(InvalidData, match=r"'b', 'd'"):
        matched(polars.DataFrame({"n": [1], "c": ["x"]}), KINDS)


@pytest.mark.parametrize(
    ("value", "kind"), [("many", "number"), ("maybe", "boolean"), (2, "boolean"), ("01.02.03", "date"), (True, "date")]
)
def test_fault_14_a_value_of_another_kind_is_an_error_with_its_row(value, kind):
    with pytest.raises(InvalidData, match="'v'"):
        as_kind(as_frame(polars.DataFrame({"v": [None, value]}))["v"], kind)


@given(st.lists(st.none() | st.integers(-(2**52), 2**52), min_size=1))
def test_whole_numbers_given_for_categories_are_their_digits(values):
    series = as_frame(polars.DataFrame({"v": polars.Series(values, dtype=polars.Int64)}))["v"]
    assert as_kind(series, "category").to_list() == [None if value is None else str(value) for value in values]


LARGE = 2**63 + 5


@pytest.mark.parametrize(
    "frame",
    [
        polars.DataFrame({"a": [1, 2], "id": polars.Series([3, LARGE], dtype=polars.UInt64)}),
        pandas.DataFrame({"a": [1, 2], "id": np.array([3, LARGE], np.uint64)}),
        pandas.DataFrame({"a": [1, 2, 3], "id": pandas.array([3, LARGE, None], "UInt64")}),
    ],
    ids=["polars", "pandas", "pandas with a missing one"],
)
def test_whole_numbers_beyond_2_to_the_63_are_refused_in_a_frame_as_in_a_file(frame):
    with pytest.raises(InvalidData, match=rf"column 'id', row 1: {LARGE} is beyond 2\^63; if it is an identifier"):
        as_frame(frame)


def test_unsigned_numbers_up_to_there_are_numbers():
    frame = pandas.DataFrame({"a": pandas.array([3, 2**62, None], "UInt64")})
    assert as_frame(frame)["a"].to_list() == [3.0, 2.0**62, None]
    assert as_frame(polars.DataFrame({"a": polars.Series([2**63], dtype=polars.UInt64)}))["a"].to_list() == [2.0**63]


@pytest.mark.parametrize("name", [3, ("a", "b"), 1.5])
def test_names_that_are_no_text_are_an_error_of_ours_and_a_type_error_as_in_scikit_learn(name):
    frame = pandas.DataFrame({"a": [1, 2]})
    frame[name] = [3, 4]
    with pytest.raises(InvalidNames, match="string names") as caught:
        Table.from_frame(frame)
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, InvalidData)
