import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from separatrix.data.kinds.boolean import BooleanCode
from separatrix.data.kinds.number import NumberCode
from separatrix.estimators.encoding.encoding import Encoding, scaled_numbers

FINITE = st.floats(-1e200, 1e200)
CODES = st.builds(
    NumberCode, st.just("a"), fill=FINITE, centre=FINITE, scale=st.just(0.0) | st.floats(1e-200, 1e200),
    clip=st.floats(1, 100), indicator=st.booleans(),
)  # fmt: skip  # one call


@given(st.lists(CODES, min_size=1, max_size=5), st.integers(0, 2**32 - 1), st.sampled_from(["float32", "float64"]))
def test_all_at_once_gives_the_bits_of_column_by_column(codes, seed, dtype):
    encoding, stream = Encoding(tuple(codes)), np.random.default_rng(seed)
    x = stream.normal(size=(7, len(codes))) * 10.0 ** stream.integers(-300, 300, size=(7, len(codes)))
    x[stream.random(x.shape) < 0.2] = np.nan
    assert np.array_equal(scaled_numbers(encoding).encode(x, dtype), encoding.encode_array(x, dtype))


@pytest.mark.parametrize(
    "encoding",
    [
        None,
        Encoding((NumberCode("a"), BooleanCode("b"))),
        Encoding((NumberCode("a", method="quantile", knots=np.arange(2.0), levels=np.zeros(2)),)),
    ],
    ids=["none", "a boolean", "levels"],
)
def test_other_columns_are_left_to_the_encoding(encoding):
    assert scaled_numbers(encoding) is None


def test_the_table_given_is_not_changed():
    x = np.array([[1.0, np.nan]])
    scaled_numbers(Encoding((NumberCode("a"), NumberCode("b")))).encode(x)
    assert np.isnan(x[0, 1])
