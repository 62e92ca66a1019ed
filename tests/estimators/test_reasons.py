"""`explain` and `counterfactual` of both estimators, on a table of all kinds of columns."""

import datetime

import numpy as np
import polars
import pytest

import separatrix as sx
from separatrix.estimators.portable import as_portable


@pytest.fixture(scope="module")
def table():
    stream = np.random.default_rng(0)
    n = 300
    age = stream.integers(18, 80, n)
    town = stream.choice(["Ulm", "Bonn", "Kiel"], n)
    start = datetime.datetime(2020, 1, 1)
    frame = polars.DataFrame(
        {
            "age": age,
            "income": np.where(stream.random(n) < 0.1, np.nan, stream.lognormal(10, 0.5, n)),
            "town": polars.Series(town).set(polars.Series(stream.random(n) < 0.1), None),
            "member": stream.random(n) < 0.5,
            "since": [start + datetime.timedelta(days=int(k)) for k in stream.integers(0, 900, n)],
        }
    )
    return frame, np.where((age > 45) | (town == "Kiel"), "yes", "no")


@pytest.fixture(scope="module")
def network(table):
    return sx.MLPBinaryClassifier((8,), random_state=0, max_iter=40, learning_rate_init=0.02).fit(*table)


@pytest.fixture(scope="module")
def ensemble(table):
    frame, y = table
    return sx.SeparatrixClassifier(n_members=2, random_state=0).fit(frame[:120].drop("since"), y[:120])


@pytest.mark.parametrize("method", ["exact", "sampled"])
def test_contributions_and_base_value_add_up_to_the_logit(network, table, method):
    explanation = network.explain(table[0], method=method)
    assert np.abs(explanation.logits - network.decision_function(table[0])).max() < 1e-12
    assert explanation.is_exact == (method == "exact")
    assert (explanation.standard_errors > 0).any() == (method == "sampled")


def test_an_ensemble_of_several_encodings_adds_up_too(ensemble, table):
    frame = table[0].drop("since")
    explanation = ensemble.explain(frame[:20], method="sampled")
    assert np.abs(explanation.logits - ensemble.decision_function(frame[:20])).max() < 1e-12
    exact = ensemble.explain(frame[:20])
    assert exact.is_exact  # few columns
    off = np.abs(explanation.contributions - exact.contributions)
    assert off.max() < 6 * explanation.standard_errors.max() + 1e-4


@pytest.mark.slow  # the package compiles before its first value
@pytest.mark.filterwarnings("ignore")  # of a package that this one doesn't depend on
def test_the_contributions_are_those_of_the_package_shap(table):
    shap = pytest.importorskip("shap")
    x = np.random.default_rng(0).normal(size=(80, 4))
    y = x[:, 0] * x[:, 1] + x[:, 2] > 0
    network = sx.MLPBinaryClassifier((8,), random_state=0, max_iter=20).fit(x, y)
    theirs = shap.explainers.Exact(network.decision_function, x[:10])(x[20:30])
    ours = network.explain(x[20:30], background=x[:10])
    assert np.allclose(ours.contributions, theirs.values, atol=1e-6)
    assert np.isclose(ours.base_value, np.atleast_1d(theirs.base_values)[0], atol=1e-6)


def test_the_first_label_has_the_opposite_reasons(network, table):
    yes, no = (network.explain(table[0][:5], positive=label) for label in ("yes", "no"))
    assert np.array_equal(yes.contributions, -no.contributions)
    assert (yes.label, no.label) == ("yes", "no")
    with pytest.raises(sx.InvalidParameter, match="'no' and 'yes'"):
        network.explain(table[0], positive="maybe")


@pytest.mark.parametrize("library", ["pandas", "pyarrow"])
def test_any_frame_is_explained(network, table, library):
    frame = table[0][:10]
    other = frame.to_pandas() if library == "pandas" else frame.to_arrow()
    assert np.allclose(network.explain(other).contributions, network.explain(frame).contributions)
    assert network.counterfactual(other).frame().equals(network.counterfactual(frame).frame())


def test_a_row_is_explained_the_same_in_any_company(network, table):
    alone = network.explain(table[0][7:8], method="sampled").contributions
    together = network.explain(table[0][:200], method="sampled").contributions[7:8]
    assert np.allclose(alone, together, atol=1e-5)


def test_a_constant_column_contributes_nothing(table):
    frame, y = table
    network = sx.MLPBinaryClassifier((4,), random_state=0, max_iter=5).fit(
        frame.select("age").with_columns(polars.lit(1.0).alias("same")), y, keep="all"
    )
    other = polars.DataFrame({"age": [30, 60], "same": [1.0, 5.0]})
    assert np.abs(network.explain(other).contributions[:, 1]).max() < 1e-15


def test_reasons_in_words(network, table):
    reasons = network.explain(table[0][:4]).reasons(2)
    assert reasons.columns == ["reason 1", "reason 2"]
    assert all(" = " in text and text.endswith(")") for text in reasons["reason 1"])


def test_a_saved_model_gives_the_same_reasons(network, table, tmp_path):
    loaded = sx.load(sx.save(network, tmp_path / "model.safetensors"))
    assert np.array_equal(loaded.explain(table[0][:5]).contributions, network.explain(table[0][:5]).contributions)
    assert loaded.counterfactual(table[0][:5]).frame().equals(network.counterfactual(table[0][:5]).frame())


def test_the_model_file_holds_no_row_but_quantiles_and_counts(network, table):
    columns = {column.name: column for column in network.profile_.columns}
    assert columns["age"].quantiles.shape == (33,)
    assert columns["age"].whole
    assert columns["town"].missing == table[0]["town"].null_count()
    assert sum(columns["town"].counts) == len(table[0]) - columns["town"].missing


def test_a_model_without_a_profile_says_what_to_pass(network, table):
    import copy

    old = copy.copy(network)
    old.profile_ = None
    with pytest.raises(sx.InvalidData, match="pass rows of the training table as the background"):
        old.explain(table[0])
    assert len(old.explain(table[0][:3], background=table[0][:9])) == 3
    with pytest.raises(sx.InvalidData, match="fit it again"):
        old.counterfactual(table[0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "magic"}, "exact"),
        ({"background": 0}, "background"),
        ({"repeats": True}, "repeats"),
        ({"background": polars.DataFrame({"age": []})}, "names"),
    ],
)
def test_settings_that_cannot_be_used_are_named(network, table, settings, message):
    with pytest.raises(ValueError, match=message):
        network.explain(table[0][:2], **settings)


def test_exact_values_of_many_columns_are_refused():
    x = np.random.default_rng(0).normal(size=(40, 17))
    network = sx.MLPBinaryClassifier((2,), max_iter=1, n_iter_no_change=None).fit(x, x[:, 0] > 0)
    with pytest.raises(sx.InvalidParameter, match="at most 16, got 17"):
        network.explain(x[:1], method="exact")


# Counterfactuals.


def test_the_changed_rows_have_the_other_label(network, table):
    found = network.counterfactual(table[0][:100])
    has = np.array([bool(row) for row in found.changes])
    assert has.mean() > 0.9
    assert (network.predict(found.changed) == found.turned).all()
    assert ((found.labels != found.turned) == has).all()


def test_a_crossing_is_located_to_a_millionth(network, table):
    """A little less of the change, and the decision stays."""
    found = network.counterfactual(table[0], fixed=["age", "town", "member", "since"], max_columns=1)
    rows = [row for row, changes in enumerate(found.changes) if changes and table[0]["income"].is_not_nan()[row]]
    assert rows
    rows = [row for row in rows if found.rows["income"][row] is not None]
    before, after = (frame["income"].to_numpy()[rows] for frame in (found.rows, found.changed))
    span = np.ptp(network.profile_.columns[1].quantiles)
    short = found.changed[rows].with_columns(polars.Series("income", after - np.sign(after - before) * 1e-6 * span))
    assert (network.predict(short) == found.labels[rows]).all()


def test_whole_numbers_stay_whole_and_values_stay_within_those_of_training(network, table):
    found = network.counterfactual(table[0], max_columns=1)
    for name in ("age", "income"):
        values = found.changed[name].drop_nulls()
        assert values.min() >= min(table[0][name].fill_nan(None).min(), found.rows[name].min())
        assert values.max() <= max(table[0][name].fill_nan(None).max(), found.rows[name].max())
    assert (found.changed["age"] == found.changed["age"].floor()).all()
    assert set(found.changed["town"].drop_nulls()) <= {"Ulm", "Bonn", "Kiel"}


def test_no_smaller_change_of_a_number_turns_the_decision(network, table):
    """Against a fine grid of one column alone."""
    frame = table[0][:12]
    found = network.counterfactual(frame, fixed=["income", "town", "member", "since"], max_columns=1)
    for row, changes in enumerate(found.changes):
        ages = polars.DataFrame({"age": np.arange(18, 80)}).join(frame[row : row + 1].drop("age"), how="cross")
        turned = network.predict(ages.select(frame.columns)) != found.labels[row]
        distance = np.abs(np.arange(18, 80) - frame["age"][row])[turned]
        assert bool(changes) == bool(turned.any())
        if changes:
            assert abs(found.changed["age"][row] - frame["age"][row]) == distance.min()


def test_fixed_columns_stay(network, table):
    found = network.counterfactual(table[0][:50], fixed=["age", "town"])
    assert found.changed.select("age", "town").equals(found.rows.select("age", "town"))
    with pytest.raises(sx.InvalidParameter, match="Did you mean 'town'"):
        network.counterfactual(table[0], fixed=["twon"])


def test_two_columns_where_one_is_not_enough():
    """Both must be above 1/2: from below in both, no single change is enough."""
    stream = np.random.default_rng(0)
    x = stream.random((400, 2))
    network = sx.MLPBinaryClassifier((8,), random_state=0, max_iter=150, learning_rate_init=0.03).fit(
        x, (x > 0.5).all(axis=1)
    )
    found = network.counterfactual([[0.2, 0.2]])
    assert [change.column for change in found.changes[0]] in (["x0", "x1"], ["x1", "x0"])
    assert network.predict(found.changed.to_numpy()).tolist() == [True]
    assert not network.counterfactual([[0.2, 0.2]], max_columns=1).changes[0]


def test_the_threshold_of_an_ensemble_is_the_border(ensemble, table):
    import copy

    strict = copy.copy(ensemble)
    strict.threshold_ = 0.9
    found = strict.counterfactual(table[0][:20].drop("since"))
    assert (strict.predict(found.changed) == found.turned).all()
    assert as_portable(strict).threshold == 0.9


# Records of a whole table, from frames of any library.


@pytest.mark.parametrize("library", ["pandas", "pyarrow"])
def test_importance_dependence_and_sections_take_any_frame(network, table, library):
    frame, y = table[0][:60], (table[1][:60] == "yes").astype(int)
    other = frame.to_pandas() if library == "pandas" else frame.to_arrow()
    kinds = dict(as_portable(network).columns)
    for here, there in (
        [sx.importance_of(network, rows, y, repeats=1).mean for rows in (frame, other)],
        [sx.dependence_of(network, rows, "income", "number", nodes=5).mean for rows in (frame, other)],
        [sx.section_of(network, rows, kinds, ("age", "town"), y, nodes=4).probability for rows in (frame, other)],
    ):
        assert np.allclose(here, there)
