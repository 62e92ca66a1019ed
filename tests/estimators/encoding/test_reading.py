import numpy as np
import pandas
import polars
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator

from separatrix.data.frames import is_frame
from separatrix.errors import InvalidData
from separatrix.estimators.encoding._reading import as_numbers, read, read_columns


def test_frames_are_told_from_arrays():
    for frame in (pandas.DataFrame({"a": [1]}), polars.DataFrame({"a": [1]}), polars.LazyFrame({"a": [1]})):
        assert is_frame(frame)
    for other in (np.zeros((1, 1)), [[1]], ((1,),), "a", None, pandas.Series([1]), sparse.csr_array([[1]])):
        assert not is_frame(other)


@pytest.mark.parametrize(
    "x", [np.ones((2, 2), np.float32), [[1, 1], [1, 1]], np.ones((2, 2), int), np.ones((2, 2), bool)]
)
def test_numbers_are_read_as_an_array(x):
    found = read(x, encoded=True, estimator=None)
    assert isinstance(found, np.ndarray)
    assert found.dtype in (np.float32, np.float64)


def test_missing_numbers_need_an_encoder():
    x = np.array([[np.nan, 1.0]])
    assert np.isnan(read(x, encoded=True, estimator=None)[0, 0])
    with pytest.raises(ValueError, match="NaN"):
        read(x, encoded=False, estimator=None)


def test_text_needs_an_encoder():
    x = [["a", 1.0], ["b", 2.0]]
    assert read(x, encoded=True, estimator=None).dtypes == [polars.String, polars.String]  # numpy made all of it text
    with pytest.raises(ValueError, match="could not convert string"):
        read(x, encoded=False, estimator=None)


def test_numbers_as_names_are_no_names():
    assert read(pandas.DataFrame([[1, "a"]]), encoded=True, estimator=None).columns == ["x0", "x1"]
    with pytest.raises(TypeError, match="string names"):
        read(pandas.DataFrame([[1, "a"]], columns=["a", 0]), encoded=True, estimator=None)


def test_a_frame_without_rows_is_refused():
    with pytest.raises(InvalidData, match="0 sample"):
        read(polars.DataFrame({"a": []}, schema={"a": polars.Float64}), encoded=True, estimator=None)


def test_columns_are_remembered_and_compared():
    estimator = BaseEstimator()
    read_columns(estimator, polars.LazyFrame({"a": [1.0], "b": [2.0]}), encoded=True, reset=True)
    assert estimator.feature_names_in_.tolist() == ["a", "b"]
    with pytest.raises(InvalidData, match=r"Now they are \['b', 'a'\]"):
        read_columns(estimator, polars.DataFrame({"b": [1.0], "a": [2.0]}), encoded=True, reset=False)


def test_a_frame_of_numbers_alone_is_an_array():
    assert np.isnan(as_numbers(polars.DataFrame({"a": [1.0, None]}))[1, 0])
    mixed = polars.DataFrame({"a": [1.0], "b": ["x"]})
    assert as_numbers(mixed) is mixed


def test_names_that_scikit_learn_does_not_see_are_compared_too(monkeypatch):
    import sklearn.utils.validation

    monkeypatch.setattr(sklearn.utils.validation, "_get_feature_names", lambda x: None)  # as before 1.9
    estimator, frame = BaseEstimator(), polars.DataFrame({"a": [1.0], "b": [2.0]})
    read_columns(estimator, frame, encoded=True, reset=True)
    assert estimator.feature_names_in_.tolist() == ["a", "b"]
    read_columns(estimator, frame.to_arrow(), encoded=True, reset=False)
    with pytest.raises(InvalidData, match="should match those"):
        read_columns(estimator, frame[["b", "a"]], encoded=True, reset=False)
    del estimator.feature_names_in_
    with pytest.raises(InvalidData, match="X has 1 features"):
        read_columns(estimator, frame[["a"]], encoded=True, reset=False)
