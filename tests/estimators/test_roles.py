"""Columns with a role: named or left out, in Python, in a model file, and in what `fit` warns of."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import polars
import pytest
from sklearn import config_context
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold, cross_validate

import separatrix as sx
from separatrix.data.dependence import RowDependence
from separatrix.data.table import Table
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.estimators.encoding.encoder import TableEncoder
from separatrix.evaluation.overview import overview_of
from separatrix.evaluation.overview.likely_roles import columns_without_use, likely_group, likely_time
from separatrix.files.contents import describe

N_GROUPS, PER_GROUP = 60, 6


def patients(seed: int = 0, n_groups: int = N_GROUPS) -> polars.DataFrame:
    """Several visits of each patient, who has one outcome and measurements of their own, without a relation of both."""
    rng = np.random.default_rng(seed)
    outcome = rng.integers(0, 2, n_groups)
    own = rng.normal(size=(n_groups, 4))
    patient = np.repeat(np.arange(n_groups), PER_GROUP)
    x = own[patient] + 0.1 * rng.normal(size=(len(patient), 4))
    return polars.DataFrame({f"m{k}": x[:, k] for k in range(4)}).with_columns(
        polars.Series("patient", [f"p{k}" for k in patient]),
        polars.Series("ill", np.where(outcome[patient], "yes", "no")),
    )


def drifting(first: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """A border that turns as time passes."""
    when = np.arange(first, first + rows)
    rng = np.random.default_rng(first)
    x = rng.normal(size=(rows, 2))
    angle = when / 800 * 2 * np.pi
    z = 3 * (x[:, 0] * np.cos(angle) + x[:, 1] * np.sin(angle))
    return np.c_[x, when / 800], (z + 0.3 * rng.normal(size=rows) > 0).astype(int)


def network(**settings: object) -> sx.MLPBinaryClassifier:
    return sx.MLPBinaryClassifier((16,), max_iter=60, learning_rate_init=0.02, random_state=0, **settings)


@pytest.fixture(scope="module")
def by_patient() -> sx.SeparatrixClassifier:
    return sx.SeparatrixClassifier(random_state=0).fit(patients(), "ill", groups="patient")


def test_fault_50_where_groups_are_alike_the_random_split_is_too_optimistic_and_ours_is_not(by_patient) -> None:
    frame, new = patients(), patients(1, 200)
    random = sx.SeparatrixClassifier(random_state=0).fit(frame.drop("patient"), "ill")
    on_new = log_loss(new["ill"], by_patient.predict_proba(new.drop("ill")))
    assert random.log_loss_ < 0.1 < 0.6 < log_loss(new["ill"], random.predict_proba(new.drop("ill", "patient")))
    assert by_patient.log_loss_ == pytest.approx(on_new, abs=0.1)
    assert by_patient.left_out_ == {"patient": "It names the groups of rows that stay whole."}
    assert by_patient.feature_names_in_.tolist() == ["m0", "m1", "m2", "m3"]


def test_fault_50_where_the_border_moves_the_last_rows_say_how_good_the_next_predictions_are() -> None:
    x, y = drifting(0, 800)
    new_x, new_y = drifting(800, 100)
    random = sx.SeparatrixClassifier(random_state=0).fit(x, y)
    in_time = sx.SeparatrixClassifier(random_state=0).fit(x, y, time=np.arange(800))
    on_new = [log_loss(new_y, model.predict_proba(new_x)) for model in (random, in_time)]
    assert random.log_loss_ < on_new[0] - 0.2
    assert abs(in_time.log_loss_ - on_new[1]) < abs(random.log_loss_ - on_new[0])
    assert on_new[1] < on_new[0]
    out = in_time.out_of_fold_
    assert out.index.min() >= 560
    assert (out.time >= 560).all()


def test_out_of_fold_rows_are_known_by_their_place_in_the_table(by_patient) -> None:
    out, frame = by_patient.out_of_fold_, patients()
    assert sorted(out.index) == list(range(len(frame)))
    assert (frame["ill"].to_numpy()[out.index] == np.where(out.y, "yes", "no")).all()
    assert len({(g, p) for g, p in zip(out.group, frame["patient"].to_numpy()[out.index], strict=True)}) == N_GROUPS
    plain = log_loss(out.y, 1 / (1 + np.exp(-out.logit)), sample_weight=out.weight)
    assert by_patient.log_loss_ == pytest.approx(plain)


@pytest.mark.parametrize("library", [lambda frame: frame, polars.DataFrame.to_pandas, polars.DataFrame.to_arrow])
def test_columns_by_name_and_arrays_are_the_same_training(library) -> None:
    frame = patients()
    weight = np.random.default_rng(0).uniform(0.5, 2, len(frame))
    weighted = frame.with_columns(polars.Series("w", weight))
    settings = {"early_stopping": True}
    named = network(**settings).fit(library(weighted), "ill", "w", groups="patient")
    arrays = network(**settings).fit(library(frame.drop("patient")), "ill", weight, groups=frame["patient"].to_list())
    np.testing.assert_array_equal(named.parameters_, arrays.parameters_)
    assert named.named_columns_ == {"sample_weight": "w", "groups": "patient"}
    np.testing.assert_array_equal(
        named.predict(library(weighted)), named.predict(library(frame.drop("ill", "patient")))
    )


@pytest.mark.parametrize("named", ["groups", "time"])
def test_early_stopping_holds_out_groups_or_the_last_rows(named: str, monkeypatch) -> None:
    seen = {}

    def split(rows, fraction, seed):
        seen["parts"] = true_split(rows, fraction, seed)
        return seen["parts"]

    from separatrix.estimators import _training

    true_split = _training.split_validation
    monkeypatch.setattr(_training, "split_validation", split)
    frame, unit = patients(), np.arange(N_GROUPS * PER_GROUP) // PER_GROUP
    network(early_stopping=True).fit(frame.drop("patient"), "ill", **{named: unit})
    train, validation = (set(unit[part.index]) for part in seen["parts"])
    assert not train & validation
    if named == "time":
        assert max(train) < min(validation)


def test_statistics_of_categories_know_nothing_of_the_own_group_or_of_the_future() -> None:
    frame = patients().select("patient")
    y = (patients()["ill"] == "yes").to_numpy().astype(int)
    unit = np.arange(len(y)) // PER_GROUP
    plain = TableEncoder(random_state=0).fit_transform(frame, y)
    grouped = TableEncoder(random_state=0).fit_transform(frame, y, groups=unit)
    # the key of a group says everything of other rows of the group, and nothing of other groups
    assert np.abs(plain).max() > 0.3
    assert np.abs(grouped).max() == 0
    town = polars.DataFrame({"town": [f"t{k}" for k in np.arange(200) % 20]})
    labels = np.arange(200) % 2
    before, after = (
        TableEncoder(random_state=0).fit_transform(
            town, np.where(np.arange(200) < 150, labels, late), time=np.arange(200)
        )
        for late in (0, 1)
    )
    # up to the rows whose labels differ nothing differs, but for the scale, which is that of all labels
    nonzero = np.abs(before[:150, 0]) > 1e-12
    np.testing.assert_allclose(np.ptp(before[:150, 0][nonzero] / after[:150, 0][nonzero]), 0, atol=1e-9)


def test_groups_and_times_are_routed() -> None:
    frame = patients().to_pandas()
    unit = frame["patient"].to_numpy()
    with config_context(enable_metadata_routing=True):
        model = network(early_stopping=True).set_fit_request(groups=True, time=False)
        assert model.get_metadata_routing().fit.requests["groups"] is True
        scores = cross_validate(
            model, frame.drop(columns=["patient", "ill"]), frame["ill"], cv=GroupKFold(3), params={"groups": unit}
        )
    assert len(scores["test_score"]) == 3


USELESS = polars.DataFrame(
    {
        "id": np.arange(1.0, 81),
        "code": [f"x{k * 7919 % 1000}" for k in range(80)],
        "unit": ["cm"] * 80,
        "caseNo": [float(k * 7919 % 1000) for k in range(80)],
        "size": np.random.default_rng(0).normal(size=80),
        "count": np.random.default_rng(1).integers(0, 30, 80).astype(float),
    }
)
LABELS = np.where(USELESS["size"].to_numpy() > 0, "big", "small")


def test_columns_that_cannot_help_are_found_and_others_are_not() -> None:
    assert columns_without_use(USELESS) == {
        "id": "It numbers the rows.",
        "code": "It has 80 different texts in 80 rows.",
        "unit": "It has the same value in every row.",
        "caseNo": "It holds a different whole number in every row.",
    }
    assert columns_without_use(USELESS.select("id")) == {}  # something must predict
    assert columns_without_use(USELESS.head(10)) == {"unit": "It has the same value in every row."}
    dates = polars.DataFrame(
        {"missing": [None, 1.0] * 20, "few": list("ab") * 20, "size": [0.5 * k for k in range(40)]}
    )
    assert columns_without_use(dates) == {}


def test_sentences_that_all_differ_are_called_free_text_and_repeated_ones_are_categories() -> None:
    frame = polars.DataFrame(
        {
            "remark": [f"We stayed {k} nights and liked the garden." for k in range(40)],
            "answer": ["The staff was very kind.", "We waited for an hour."] * 20,
            "person": [f"Ada Miller {k}" for k in range(40)],
            "size": np.random.default_rng(0).normal(size=40),
        }
    )
    reasons = columns_without_use(frame)
    assert list(reasons) == ["remark", "person"]
    assert "free text, which the classifier does not read" in reasons["remark"]
    assert "TfidfVectorizer" in reasons["remark"]
    assert reasons["person"] == "It has 40 different texts in 40 rows."
    model = sx.MLPBinaryClassifier((2,), max_iter=1, random_state=0)
    with pytest.warns(UserWarning, match=r"'remark' is left out.*free text.*keep=\['remark'\]"):
        model.fit(frame, frame["size"].to_numpy() > 0, drop=["person"])
    assert model.feature_names_in_.tolist() == ["answer", "size"]
    model.fit(frame, frame["size"].to_numpy() > 0, keep=["remark", "person"])
    assert "remark" in model.feature_names_in_


@pytest.mark.parametrize("library", [lambda frame: frame, polars.DataFrame.to_pandas])
def test_they_are_left_out_with_a_warning_and_predictions_need_none_of_them(library, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match=r"column '(id|code|unit|caseNo)' is left out. It .*keep=\["):
        model = network().fit(library(USELESS), LABELS)
    assert model.feature_names_in_.tolist() == ["size", "count"]
    assert model.n_features_in_ == 2
    np.testing.assert_array_equal(
        model.predict(library(USELESS)), model.predict(library(USELESS.select("size", "count")))
    )
    loaded = sx.load(sx.save(model, tmp_path / "model.safetensors"))
    assert loaded.left_out_ == model.left_out_
    assert loaded.predict_proba(library(USELESS)).tolist() == model.predict_proba(library(USELESS)).tolist()
    told = describe(tmp_path / "model.safetensors")
    assert told.left_out["id"] == "It numbers the rows."
    assert ("left out", "'unit': It has the same value in every row.") in told.rows()


def test_columns_are_dropped_and_kept_by_name_without_a_warning() -> None:
    dropped = network().fit(USELESS, LABELS, drop={"id": "A number.", "count": "No."}, keep=["code", "unit", "caseNo"])
    assert dropped.left_out_ == {"id": "A number.", "count": "No."}
    assert dropped.feature_names_in_.tolist() == ["code", "unit", "caseNo", "size"]
    assert network().fit(USELESS, LABELS, keep="all").n_features_in_ == 6
    assert network().fit(USELESS, LABELS, drop="id", keep="all").left_out_ == {"id": "It was left out by request."}


def test_an_array_has_no_columns_to_leave_out() -> None:
    assert network().fit(np.c_[np.arange(80.0), np.ones(80)], LABELS).n_features_in_ == 2
    with pytest.raises(InvalidData, match="drop names columns, so X must be a data frame, got ndarray"):
        network().fit(np.ones((4, 2)), [0, 1, 0, 1], drop=["a"])


def test_a_warm_start_keeps_the_columns_of_the_first_fit() -> None:
    model = network(warm_start=True).fit(USELESS, LABELS, drop=["id", "code", "unit", "caseNo"])
    model.fit(USELESS, LABELS)
    assert model.feature_names_in_.tolist() == ["size", "count"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"drop": ["idd"]}, InvalidData, r"no column 'idd' among the features.* 'id'"),
        ({"groups": "patients"}, InvalidData, "no column 'patients'"),
        ({"drop": ["id"], "keep": ["id"]}, InvalidParameter, "'id' can't be both left out and kept"),
        ({"drop": 3}, InvalidParameter, r"drop must be names of columns, such as \['id'\], got 3"),
        ({"drop": USELESS.columns}, InvalidData, "no column is left"),
    ],
)
def test_fault_40_names_that_cannot_be_are_refused(arguments, error, message) -> None:
    with pytest.raises(error, match=message):
        network().fit(USELESS, LABELS, **arguments)


def test_fault_14_a_group_column_of_the_training_is_not_needed_to_predict(by_patient, tmp_path: Path) -> None:
    loaded = sx.load(sx.save(by_patient, tmp_path / "model.safetensors"))
    assert loaded.named_columns_ == {"groups": "patient"}
    assert loaded.out_of_fold_ is None
    frame = patients(1)
    np.testing.assert_array_equal(loaded.predict_proba(frame.drop("patient")), by_patient.predict_proba(frame))


def test_fault_16_groups_go_with_labels_of_any_kind_and_17_with_few_rows_of_a_class() -> None:
    x = np.random.default_rng(0).normal(size=(40, 2))
    y = np.where(np.arange(40) % 10 == 0, True, False)
    model = sx.SeparatrixClassifier(n_members=2, random_state=0).fit(x, y, groups=np.arange(40) // 2)
    assert model.classes_.tolist() == [False, True]
    with pytest.raises(InvalidData, match="all rows of class 1 are in 1 group"):
        model.fit(x, np.arange(40) < 2, groups=np.arange(40) // 2)


def test_fault_18_a_group_of_weight_zero_is_no_group() -> None:
    x, y, group = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 2, np.arange(40) // 4
    weight = (group != 3).astype(float)
    without = network(early_stopping=True).fit(x[group != 3], y[group != 3], groups=group[group != 3])
    model = network(early_stopping=True).fit(x, y, weight, groups=group)
    np.testing.assert_array_equal(model.parameters_, without.parameters_)


# What looks like a group or a time.


def test_a_key_of_groups_is_warned_of_by_its_name_unless_it_is_kept() -> None:
    with pytest.warns(UserWarning, match=r"column 'patient' may name groups .* pass groups='patient'"):
        network().fit(patients(), "ill")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network().fit(patients(), "ill", keep=["patient"])
        network().fit(patients(), "ill", groups="patient")


def test_a_time_is_warned_of_by_its_name() -> None:
    frame = (
        patients()
        .drop("patient")
        .with_columns(
            polars.datetime_range(polars.datetime(2024, 1, 1), polars.datetime(2024, 12, 25), "1d", eager=True).alias(
                "visited"
            )
        )
    )
    with pytest.warns(UserWarning, match="column 'visited' may be the time of the rows: the rows are in its order"):
        network().fit(frame, "ill")


def test_ordinary_columns_look_like_neither() -> None:
    rng = np.random.default_rng(0)
    n = 300
    frame = polars.DataFrame(
        {
            "town": [f"t{k}" for k in rng.integers(0, 40, n)],
            "age": rng.integers(18, 90, n).astype(float),
            "amount": rng.gamma(2, 100, n),
            "class": [f"c{k}" for k in rng.integers(0, 4, n)],
        }
    )
    y = rng.integers(0, 2, n)
    assert likely_group(frame, y) is None
    assert likely_time(frame) is None


def test_fault_50_a_column_that_names_groups_predicts_nothing_of_other_groups() -> None:
    frame = patients()
    table = Table.from_frame(frame.select("patient", "m0", "ill"), "ill")
    alone = {column.name: column.auc for column in overview_of(table).columns}
    grouped = RowDependence.of(frame["patient"], None, len(frame))
    apart = {column.name: column.auc for column in overview_of(table, dependence=grouped).columns}
    assert alone["patient"] > 0.95
    assert apart["patient"] == pytest.approx(0.5, abs=0.2)
