import numpy as np
import polars
import pytest

from separatrix.data.kinds.category import CategoryCode
from separatrix.data.kinds.number import NumberCode
from separatrix.errors import InvalidData
from separatrix.estimators.encoding.encoding import Encoding, encode, kinds_of, matched

MIXED = Encoding((NumberCode("a", centre=1.0), CategoryCode("b", ("x", "y"))))


def test_kinds_are_those_of_the_table():
    assert kinds_of(MIXED) == {"a": "number", "b": "category"}


def test_without_an_encoding_numbers_stay_as_they_are():
    assert encode(None, np.array([[1.0, 2.0]]), "float32").tolist() == [[1.0, 2.0]]
    with pytest.raises(InvalidData, match="too large for float32"):
        encode(None, np.array([[1e39]]), "float32")


def test_columns_go_by_their_places():
    frame = polars.DataFrame({"first": [3.0], "second": ["y"]})
    assert matched(MIXED, frame).columns == ["a", "b"]
    assert encode(MIXED, frame, "float64").tolist() == [[2.0, 0.0, 1.0]]


def test_arrays_of_numbers_need_no_frame():
    numbers = Encoding((NumberCode("a"), NumberCode("b", scale=2.0)))
    x = np.array([[1.0, np.nan], [4.0, 4.0]])
    assert encode(numbers, x, "float64").tolist() == [[1.0, 0.0], [4.0, 2.0]]


def test_an_array_of_mixed_columns_is_matched_too():
    assert encode(MIXED, np.array([[1.0, "x"]], dtype=object), "float64").tolist() == [[0.0, 1.0, 0.0]]
