"""What the ensemble may be asked, and what follows from the size of a table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.data.splits import LARGE
from separatrix.estimators import base_models
from separatrix.estimators.base_models import (
    BASE_MODELS,
    FEWEST_EPOCHS,
    FEWEST_PIECES,
    MOST_BENT_COLUMNS,
    MOST_EPOCHS,
    PIECES,
    WIDEST,
    budget_for,
    encoding_for,
    pieces_for,
)
from separatrix.estimators.ensemble import SeparatrixClassifier

X, Y = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 2


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"n_members": 0}, "n_members must be a whole number of at least 1, got 0"),
        ({"n_members": True}, "n_members must be a whole number"),
        ({"metric": "f2"}, "metric must be None or one of .*f1.*got 'f2'"),
        ({"metric": "acuracy"}, "metric must be"),
        ({"time_limit": 0}, "time_limit must be None or a finite number above 0"),
        ({"time_limit": float("nan")}, "time_limit must be"),
        ({"n_jobs": 0}, "n_jobs must be None or a whole number other than 0"),
        ({"random_state": -1}, "random_state must be"),
        ({"random_state": 2**64}, "random_state must be"),
        ({"verbose": "yes"}, "verbose must be"),
    ],
)
def test_faults_19_20_settings_out_of_range_are_named(settings: dict, told: str) -> None:
    with pytest.raises(sx.InvalidParameter, match=f"SeparatrixClassifier: {told}"):
        sx.SeparatrixClassifier(**settings).fit(X, Y)


@given(st.integers(1, 10_000_000))
def test_epochs_and_batches_stay_in_their_bounds(rows: int) -> None:
    budget = budget_for(rows)
    assert FEWEST_EPOCHS <= budget.epochs <= MOST_EPOCHS
    assert 64 <= budget.batch_size <= 256
    assert 0 < budget.decay <= 1


@given(st.integers(1, 200_000), st.integers(1, 5_000))
def test_pieces_grow_no_wider_than_they_may(rows: int, columns: int) -> None:
    pieces = pieces_for(rows, columns)
    assert FEWEST_PIECES <= pieces <= PIECES
    assert pieces == FEWEST_PIECES or pieces * columns <= WIDEST
    assert rows < LARGE or pieces < PIECES


def test_fault_55_a_wide_table_has_one_number_a_column(monkeypatch):
    assert {encoding_for(model, MOST_BENT_COLUMNS + 1) for model in BASE_MODELS.values()} == {"robust"}
    assert all(encoding_for(model, MOST_BENT_COLUMNS) == model.encoding for model in BASE_MODELS.values())
    monkeypatch.setattr(base_models, "MOST_BENT_COLUMNS", 2)
    x = np.random.default_rng(0).normal(size=(40, 3))
    model = SeparatrixClassifier(n_members=1, random_state=0).fit(x, np.arange(40) % 2)
    assert {member.network.n_inputs for member in model.members_} == {3}
    assert len({id(member.encoding) for member in model.members_}) == 1
