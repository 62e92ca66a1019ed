import datetime as dt

import numpy as np
import pandas
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from separatrix.data.kinds.category import CategoryCode, TargetCode
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.estimators.encoding.encoder import TableEncoder
from separatrix.estimators.encoding.encoding import Encoding

RNG = np.random.default_rng(0)
N = 300


def table() -> polars.DataFrame:
    return polars.DataFrame(
        {
            "age": RNG.normal(40, 10, N),
            "paid": RNG.random(N) < 0.5,
            "city": RNG.choice(["Oslo", "Rome", "Bonn"], N).tolist(),
            "code": [f"id{k}" for k in RNG.integers(0, 50, N)],
            "at": [dt.datetime(2024, 1, 1) + dt.timedelta(hours=int(hours)) for hours in RNG.integers(0, 9_000, N)],
        }
    )


TABLE, Y = table(), RNG.integers(0, 2, N)
FRAMES = st.fixed_dictionaries(
    {
        "number": st.lists(st.none() | st.floats(-1e300, 1e300), min_size=6, max_size=6),
        "flag": st.lists(st.none() | st.booleans(), min_size=6, max_size=6),
        "text": st.lists(st.none() | st.text(max_size=3), min_size=6, max_size=6),
        "day": st.lists(st.none() | st.dates(), min_size=6, max_size=6),
    }
)
KINDS = {"number": polars.Float64, "flag": polars.Boolean, "text": polars.String, "day": polars.Date}


def test_every_column_has_its_names():
    names = TableEncoder().fit(TABLE, Y).get_feature_names_out().tolist()
    assert names[:6] == ["age", "paid", "city_Bonn", "city_Oslo", "city_Rome", "code"]
    assert names[6:] == ["at", "at_day_sin", "at_day_cos", "at_week_sin", "at_week_cos", "at_year_sin", "at_year_cos"]


@pytest.mark.parametrize("numbers", ["robust", "standard", "quantile", "piecewise", "both"])
@given(FRAMES)
@settings(max_examples=40)
@pytest.mark.filterwarnings("ignore:no row has a value")
def test_whatever_a_table_holds_finite_numbers_come_out(numbers, data):
    frame = polars.DataFrame(data, schema=KINDS)
    encoder = TableEncoder(numbers, max_one_hot=2, random_state=0)
    made = encoder.fit_transform(frame, [0, 1, 0, 1, 0, 1])
    assert made.shape == (6, len(encoder.get_feature_names_out()))
    assert np.isfinite(made).all()
    odd = frame.with_columns(number=polars.lit(1e308), text=polars.lit("never seen"))
    assert np.isfinite(encoder.transform(odd)).all()


@given(FRAMES, st.lists(st.integers(0, 3), min_size=6, max_size=6).filter(any))
@settings(max_examples=40)
@pytest.mark.filterwarnings("ignore:no row has a value")
def test_fault_18_a_weight_of_k_is_k_copies(data, weight):
    frame, y = polars.DataFrame(data, schema=KINDS), np.array([0, 1, 0, 1, 1, 0])
    rows = np.repeat(np.arange(6), weight)
    weighted = TableEncoder(max_one_hot=2).fit(frame, y, sample_weight=weight)
    copied = TableEncoder(max_one_hot=2).fit(frame[rows], y[rows])
    first, second = weighted.transform(frame), copied.transform(frame)
    seen = [name in copied.get_feature_names_out() for name in weighted.get_feature_names_out()]
    assert first[:, seen] == pytest.approx(second, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("numbers", ["robust", "standard"])
def test_scaled_numbers_have_middle_0_and_spread_1(numbers):
    made = TableEncoder(numbers).fit_transform(RNG.normal(1e6, 1e-3, size=(5_000, 1)))
    assert abs(np.median(made)) < 0.05
    assert made.std() == pytest.approx(1, abs=0.05)


def test_an_outlier_neither_moves_the_others_nor_leaves_the_clip():
    x = np.r_[RNG.normal(size=1_000), 1e12][:, None]
    made = TableEncoder(clip=5.0).fit_transform(x)
    assert made[-1, 0] == 5
    assert made[:-1].std() == pytest.approx(1, abs=0.1)


def test_a_column_that_is_mostly_one_number_keeps_the_rest_apart():
    x = np.r_[np.zeros(95), np.arange(1.0, 6)][:, None]
    made = TableEncoder(clip=10.0).fit_transform(x)
    assert len(np.unique(made)) == 6


def test_fault_12_a_constant_column_gives_zeros_then_and_later():
    encoder = TableEncoder().fit(np.full((9, 1), 3.0))
    assert encoder.transform([[3.0], [1e9]]).tolist() == [[0.0], [0.0]]


def test_fault_12_a_column_without_values_is_kept_with_a_warning():
    with pytest.warns(UserWarning, match="no row has a value in column 'b'"):
        encoder = TableEncoder().fit(polars.DataFrame({"a": [1.0, 2.0], "b": [None, None]}))
    assert encoder.get_feature_names_out().tolist() == ["a", "b", "b_missing"]


def test_fault_14_an_unknown_category_is_no_category():
    encoder = TableEncoder().fit(TABLE[["city"]])
    assert encoder.transform(polars.DataFrame({"city": ["Paris"]})).tolist() == [[0.0, 0.0, 0.0]]


def test_missing_values_are_told_where_training_had_some():
    frame = polars.DataFrame({"a": [1.0, None, 3.0], "b": [1.0, 2.0, 3.0], "c": ["x", None, "y"]})
    assert TableEncoder().fit(frame).get_feature_names_out().tolist() == [
        "a",
        "a_missing",
        "b",
        "c_x",
        "c_y",
        "c_missing",
    ]
    assert len(TableEncoder(missing_indicator=True).fit(frame).get_feature_names_out()) == 7
    assert len(TableEncoder(missing_indicator=False).fit(frame).get_feature_names_out()) == 4


def test_many_categories_become_one_number_that_tells_of_the_target():
    y = np.array([int(code[2:]) % 2 for code in TABLE["code"]])
    made = TableEncoder(random_state=0).fit_transform(TABLE[["code"]], y)
    assert made.shape == (N, 1)
    assert np.corrcoef(made[:, 0], y)[0, 1] > 0.5


def test_no_row_sees_its_own_label():
    frame = polars.DataFrame({"code": [f"id{k}" for k in range(2_000)]})  # every row a category of its own
    y = RNG.integers(0, 2, 2_000)
    encoder = TableEncoder(random_state=0)
    made = encoder.fit_transform(frame, y)[:, 0]
    leaking = encoder.transform(frame)[:, 0]
    assert np.abs(made).max() < 1e-9
    assert np.corrcoef(leaking, y)[0, 1] > 0.99


def test_without_a_target_the_heaviest_categories_have_numbers():
    frame = polars.DataFrame({"code": ["a"] * 5 + ["b"] * 4 + ["c"] * 3 + ["d"]})
    encoder = TableEncoder(max_one_hot=2).fit(frame)
    assert encoder.encoding_.columns[0].categories == ("a", "b")


def test_labels_may_be_text_and_three_classes_tell_nothing():
    assert isinstance(TableEncoder().fit(TABLE, np.where(Y, "p", "n")).encoding_.columns[3], TargetCode)
    assert isinstance(TableEncoder().fit(TABLE, np.array(["a", "b", "c"] * 100)).encoding_.columns[3], CategoryCode)


@pytest.mark.parametrize("kind", [polars.DataFrame.to_pandas, polars.DataFrame.to_arrow, polars.DataFrame.lazy])
def test_every_kind_of_frame_is_encoded_alike(kind):
    encoder = TableEncoder().fit(TABLE, Y)
    assert np.array_equal(TableEncoder().fit(kind(TABLE), Y).transform(kind(TABLE)), encoder.transform(TABLE))


def test_arrays_of_mixed_values_are_read_too():
    x = np.array([[1.0, "a"], [2.0, "b"], [None, "a"]], dtype=object)
    assert TableEncoder().fit(x).get_feature_names_out().tolist() == ["x0", "x0_missing", "x1_a", "x1_b"]


def test_frames_come_out_where_scikit_learn_is_asked_for_them():
    made = TableEncoder().set_output(transform="pandas").fit_transform(TABLE, Y)
    assert isinstance(made, pandas.DataFrame)
    assert made.columns[0] == "age"


def test_it_serves_any_other_classifier():
    y = (TABLE["city"] == "Rome").to_numpy()
    assert make_pipeline(TableEncoder(), LogisticRegression()).fit(TABLE, y).score(TABLE, y) == 1.0


def test_a_clone_is_unfitted_and_learns_alike():
    encoder = TableEncoder("quantile", random_state=0).fit(TABLE, Y)
    assert np.array_equal(clone(encoder).fit(TABLE, Y).transform(TABLE), encoder.transform(TABLE))


def test_what_is_fitted_is_plain_records():
    encoder = TableEncoder("piecewise").fit(TABLE, Y)
    arrays, told = encoder.encoding_.to_data()
    assert np.array_equal(Encoding.from_data(arrays, told).encode(TABLE, "float64"), encoder.transform(TABLE))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"numbers": "robsut"}, "Did you mean 'robust'"),
        ({"pieces": 1}, "pieces must be"),
        ({"max_one_hot": 0}, "max_one_hot must be"),
        ({"clip": 0}, "clip must be"),
        ({"folds": 1}, "folds must be"),
        ({"smoothing": -1}, "smoothing must be"),
    ],
    ids=str,
)
def test_fault_19_a_setting_out_of_range_is_named(changes, words):
    with pytest.raises(InvalidParameter, match=words):
        TableEncoder(**changes).fit(TABLE)


def test_labels_must_be_one_a_row():
    with pytest.raises(InvalidData, match="one label a row"):
        TableEncoder().fit(TABLE, Y[:-1])


def test_fault_14_a_number_where_training_had_text_is_its_text_and_text_for_a_number_is_refused():
    encoder = TableEncoder().fit(polars.DataFrame({"a": ["1", "2"], "b": [1.0, 2.0]}))
    same = encoder.transform(polars.DataFrame({"a": [1, 2], "b": ["1", "2"]}))
    assert np.array_equal(same, encoder.transform(polars.DataFrame({"a": ["1", "2"], "b": [1.0, 2.0]})))
    with pytest.raises(InvalidData, match="'b' must be a finite number"):
        encoder.transform(polars.DataFrame({"a": ["1"], "b": ["many"]}))
