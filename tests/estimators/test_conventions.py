"""What scikit-learn's own classifiers do and its checks don't ask: logarithms, sparse matrices, frames, labels, no rows."""

from decimal import Decimal

import narwhals as nw
import numpy as np
import pandas
import polars
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from separatrix.data.frames import as_frame, collected
from separatrix.errors import InvalidData, InvalidParameter, OutOfMemory
from separatrix.estimators.classifier import MLPBinaryClassifier
from separatrix.estimators.encoding import _reading
from separatrix.estimators.encoding.encoder import TableEncoder
from separatrix.estimators.encoding.encoding import distinct
from separatrix.estimators.ensemble import SeparatrixClassifier
from separatrix.evaluation.inspection import dependence_of, importance_of, section_of


def quick(**settings):
    return MLPBinaryClassifier((4,), max_iter=3, random_state=0, **settings)


@pytest.fixture(scope="module")
def table():
    draw = np.random.default_rng(0)
    amount = np.where(draw.random(80) < 0.1, np.nan, draw.normal(size=80))
    frame = pandas.DataFrame({"amount": amount, "amount_missing": draw.normal(size=80), "town": list("uvwx") * 20})
    return frame.assign(town_u=draw.normal(size=80)), np.where(frame.amount_missing > 0, "yes", "no")


FRAMES = {
    "pandas": lambda frame: frame,
    "polars": polars.from_pandas,
    "lazy": lambda frame: polars.from_pandas(frame).lazy(),
    "arrow": pyarrow.Table.from_pandas,
    "record batch": pyarrow.RecordBatch.from_pandas,
    "narwhals": nw.from_native,
    "narwhals lazy": lambda frame: nw.from_native(polars.from_pandas(frame)).lazy(),
}


class Database:
    """A relation as databases have it: columns, and Arrow's interface to stream them."""

    def __init__(self, frame):
        self.frame, self.columns = polars.from_pandas(frame), list(frame.columns)

    def __arrow_c_stream__(self, requested_schema=None):
        return self.frame.__arrow_c_stream__(requested_schema)


# Logarithms of probabilities.


@pytest.mark.parametrize("outputs", [1, 2])
def test_logarithms_are_exact_where_the_probability_is_zero(outputs):
    model = quick(outputs=outputs, encoder=None).fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    x = [[1e5], [-1e5], [0.5]]
    z = model.decision_function(x)
    assert np.abs(z[:2]).min() > 800
    exact = np.stack([-np.logaddexp(0, z), -np.logaddexp(0, -z)], axis=1)
    np.testing.assert_array_equal(model.predict_log_proba(x), exact)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(x)), model.predict_proba(x), rtol=1e-13)


# Sparse matrices.


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
@pytest.mark.parametrize("encoder", ["auto", None])
def test_a_sparse_matrix_is_the_same_table_as_its_array(form, encoder):
    x = sparse.random_array((60, 5), density=0.4, rng=np.random.default_rng(0)).toarray()
    y = np.arange(60) % 2
    dense = quick(encoder=encoder).fit(x, y)
    model = quick(encoder=encoder).fit(sparse.coo_array(x).asformat(form), y)
    np.testing.assert_array_equal(model.parameters_, dense.parameters_)
    np.testing.assert_array_equal(model.predict_proba(sparse.coo_matrix(x).asformat(form)), dense.predict_proba(x))


def test_many_sparse_rows_are_predicted_block_by_block():
    x = sparse.random_array((9_000, 3), density=0.3, rng=np.random.default_rng(0), format="csr")
    model = quick().fit(x[:50], np.arange(50) % 2)
    np.testing.assert_array_equal(model.decision_function(x), model.decision_function(x.toarray()))


def test_categories_go_through_a_pipeline_of_scikit_learn():
    towns = pandas.DataFrame({"town": list("abcd") * 20})
    model = make_pipeline(OneHotEncoder(), quick()).fit(towns, towns.town.isin(["a", "b"]))
    assert model.predict(towns).shape == (80,)


def test_a_sparse_matrix_that_would_fill_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(_reading, "free_memory", lambda: 1000)
    with pytest.raises(OutOfMemory, match=r"shape \(100, 9\)"):
        quick().fit(sparse.csr_array((100, 9)), np.arange(100) % 2)


# Names of the encoder's outputs.


@given(st.lists(st.sampled_from(["a", "a_2", "a_2_2", "a_3", "b"])))
@settings(max_examples=60)
def test_distinct_names_are_distinct_and_keep_the_first_of_each(names):
    unique = distinct(names)
    assert len(set(unique)) == len(names)
    for name in set(names):
        assert unique[names.index(name)] == name


@pytest.mark.parametrize("library", ["polars", "pandas"])
@pytest.mark.parametrize("given_as", FRAMES)
def test_an_encoder_gives_the_frame_that_is_asked_for_under_names_of_their_own(table, library, given_as):
    x, y = table
    encoder = TableEncoder().set_output(transform=library)
    expected = TableEncoder().fit_transform(x, y)
    encoded = encoder.fit_transform(FRAMES[given_as](x), y)
    assert type(encoded).__module__.split(".")[0] == library
    assert len(set(encoded.columns)) == 8
    assert list(encoded.columns)[:3] == ["amount", "amount_missing", "amount_missing_2"]
    np.testing.assert_array_equal(encoded.to_numpy(), expected)


def test_target_statistics_go_where_they_belong_beside_a_column_of_the_same_output_name():
    draw = np.random.default_rng(0)
    towns = [f"town{k}" for k in draw.integers(0, 20, 200)]
    y = draw.integers(0, 2, 200)
    beside = polars.DataFrame({"flag": np.resize(["town", "x", "y"], 200), "flag_town": towns})
    apart = beside.rename({"flag_town": "z"})
    np.testing.assert_array_equal(
        TableEncoder(random_state=0).fit_transform(beside, y), TableEncoder(random_state=0).fit_transform(apart, y)
    )


# Encoders of others.


@pytest.mark.parametrize("other", [StandardScaler(), make_pipeline(StandardScaler())])
def test_other_encoders_than_ours_are_refused_with_what_to_do_instead(other):
    with pytest.raises(InvalidParameter, match="make_pipeline"):
        quick(encoder=other).fit([[0.0], [1.0]], [0, 1])


# Frames of any library.


@pytest.mark.parametrize("library", FRAMES)
def test_frames_of_any_library_are_read_with_their_names(table, library):
    x, y = table
    frame = FRAMES[library](x)
    model = quick().fit(frame, y)
    assert model.feature_names_in_.tolist() == list(x.columns)
    np.testing.assert_array_equal(model.predict_proba(frame), quick().fit(x, y).predict_proba(x))
    assert as_frame(frame).equals(as_frame(x))


@pytest.mark.parametrize("library", [*FRAMES, "database"])
def test_a_target_is_taken_out_of_frames_of_any_library(table, library):
    x, y = table
    frame = (FRAMES | {"database": Database})[library](x.assign(y=y))
    model = quick().fit(frame, "y")
    assert model.target_name_ == "y"
    assert model.n_features_in_ == 4
    np.testing.assert_array_equal(model.predict_proba(frame), quick().fit(x, y).predict_proba(x))


def test_what_is_no_frame_is_left_as_it_is():
    for value in (np.zeros((2, 2)), [[1]], "text", None):
        assert collected(value) is value


@pytest.mark.parametrize("library", FRAMES)
def test_a_model_is_explained_on_frames_of_any_library(table, library):
    x, y = table
    model, labels, kinds = quick().fit(x, y), (y == "yes").astype(int), {"amount": "number", "town": "category"}
    kinds |= {"amount_missing": "number", "town_u": "number"}
    frame, plain = FRAMES[library](x), as_frame(x)
    np.testing.assert_array_equal(
        importance_of(model, frame, labels, repeats=2).mean, importance_of(model, plain, labels, repeats=2).mean
    )
    np.testing.assert_array_equal(
        dependence_of(model, frame, "town", "category").mean, dependence_of(model, plain, "town", "category").mean
    )
    sections = [section_of(model, rows, kinds, ("amount", "town"), nodes=3).probability for rows in (frame, plain)]
    np.testing.assert_array_equal(*sections)


# No rows, and few.


@pytest.mark.parametrize("model", [quick(), SeparatrixClassifier(n_members=1, random_state=0)])
def test_fault_51_no_rows_have_no_predictions(table, model):
    x, y = table
    model.fit(x, y)
    for rows in (x.iloc[:0], polars.from_pandas(x).head(0), x.iloc[:0].astype(object)):
        assert model.predict(rows).tolist() == []
        assert model.predict(rows).dtype == model.classes_.dtype
        assert model.predict_proba(rows).shape == model.predict_log_proba(rows).shape == (0, 2)
    assert TableEncoder().fit(x).transform(x.iloc[:0]).shape == (0, 8)
    with pytest.raises(ValueError, match="more"):
        model.predict(x.iloc[:0].assign(more=1.0))


def test_fault_51_no_rows_can_be_trained_on():
    model = quick(warm_start=True).fit([[0.0], [1.0]], [0, 1])
    for method in (model.fit, model.partial_fit):
        with pytest.raises(InvalidData, match=r"0 sample\(s\)"):
            method(np.zeros((0, 1)), [])


def test_early_stopping_says_what_it_lacks():
    with pytest.raises(InvalidData, match=r"early_stopping.*validation set is too small.*2 rows"):
        quick(early_stopping=True).fit([[0.0], [1.0]], [0, 1])


# Labels.

LABELS = {
    "arrow text": (lambda y: pyarrow.array(["no", "yes"]).take(pyarrow.array(y)), ["no", "yes"]),
    "arrow bool": (lambda y: pyarrow.array((y == 1).tolist()), [False, True]),
    "arrow dictionary": (
        lambda y: pyarrow.array(["no", "yes"]).take(pyarrow.array(y)).dictionary_encode(),
        ["no", "yes"],
    ),
    "arrow chunks": (lambda y: pyarrow.chunked_array([pyarrow.array(y[:5]), pyarrow.array(y[5:])]), [0, 1]),
    "polars Decimal": (lambda y: polars.Series(y).cast(polars.Decimal(5, 0)), [0, 1]),
    "Decimal objects": (lambda y: [Decimal(int(value)) for value in y], [0, 1]),
    "halves": (lambda y: [Decimal(int(value)) / 2 for value in y], [0.0, 0.5]),
    "narwhals": (lambda y: nw.from_native(polars.Series(y), series_only=True), [0, 1]),
}


@pytest.mark.parametrize("container", LABELS)
def test_labels_of_any_container_are_labels(container):
    y = np.arange(20) % 2
    convert, classes = LABELS[container]
    if container == "halves":
        with pytest.raises(ValueError, match="Unknown label type"):
            quick().fit(np.arange(20.0)[:, None], convert(y))
        return
    assert quick().fit(np.arange(20.0)[:, None], convert(y)).classes_.tolist() == classes
