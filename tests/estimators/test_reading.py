import numpy as np
import polars
import pytest

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.estimators._reading import columns_kept, read_rows, read_validation
from separatrix.estimators.classifier import MLPBinaryClassifier

X = np.array([[0.0, 1], [1, 0], [2, 2]])


def test_after_an_error_the_columns_are_those_of_before():
    estimator = MLPBinaryClassifier()
    estimator.n_features_in_ = 5
    with pytest.raises(AttributeError), columns_kept(estimator):
        estimator.__dict__.update(n_features_in_=2, feature_names_in_=["a", "b"]).popitem()  # None has no popitem
    assert estimator.n_features_in_ == 5
    assert not hasattr(estimator, "feature_names_in_")


def test_rows_come_with_coded_labels_and_the_classes():
    rows, classes = read_rows(MLPBinaryClassifier(), X, ["no", "yes", "no"], [1, 2, 1], fresh=True)
    assert rows.y.tolist() == [0, 1, 1, 0]
    assert classes.tolist() == ["no", "yes"]


def test_classes_that_are_known_may_be_missing():
    rows, _ = read_rows(MLPBinaryClassifier(), X, [1, 1, 1], None, fresh=True, classes=np.array([0, 1]))
    assert rows.y.tolist() == [1, 1, 1]
    with pytest.raises(InvalidData, match="one class"):
        read_rows(MLPBinaryClassifier(), X, [0, 1, 1], [0, 1, 1], fresh=True)


def test_a_validation_set_takes_its_labels_from_the_targets_column():
    estimator = MLPBinaryClassifier()
    frame = polars.DataFrame({"a": [1.0, 2.0], "y": [0, 1]})
    read_rows(estimator, frame.drop("y"), frame["y"], None, fresh=True)
    held = read_validation(estimator, frame, None, None, "y", np.array([0, 1]))
    assert held.y.tolist() == [0, 1]
    with pytest.raises(InvalidParameter, match="needs y_val"):
        read_validation(estimator, frame, None, None, None, np.array([0, 1]))
    assert read_validation(estimator, None, None, None, "y", np.array([0, 1])) is None
