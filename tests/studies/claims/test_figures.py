"""Figures agree with SciPy and with numbers known beforehand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from separatrix.studies.claims._figures import (
    column,
    higher_statement,
    median_text,
    more_statement,
    share_statement,
    share_text,
    slower_statement,
)
from separatrix.studies.claims._statements import Outcome

from .conftest import Measured

FLAGS = np.arange(100) < 37


def test_shares_have_wilsons_interval() -> None:
    made = share_statement("any", FLAGS, 0.5)
    known = binomtest(37, 100).proportion_ci(method="wilson")
    assert (made.value, made.low, made.high) == pytest.approx((0.37, known.low, known.high))
    assert made.outcome is Outcome.REFUTED
    assert share_text(FLAGS) == f"37.0% ({100 * known.low:.1f}–{100 * known.high:.1f})"


def test_differences_are_taken_on_the_same_seeds() -> None:
    assert more_statement("any", FLAGS, np.ones(100, bool)).value == pytest.approx(0.63)
    draw = np.random.default_rng(0)
    first = draw.random(200)
    second = first + draw.normal(0.01, 0.005, 200)  # far less than the seeds differ
    assert higher_statement("any", first, second).outcome is Outcome.SHOWN
    assert higher_statement("any", first, second, above=False).outcome is Outcome.REFUTED


def test_a_seed_without_a_number_is_left_out_of_means_and_told() -> None:
    first, second = np.array([0.1, 0.2, np.nan, 0.4]), np.array([0.2, 0.3, 0.4, 0.5])
    made = higher_statement("any", first, second)
    assert (made.seeds, made.value) == (3, pytest.approx(0.1))


def test_a_ratio_of_times_is_the_geometric_mean_of_pairs() -> None:
    made = slower_statement("any", np.array([1.0, 10.0, 5.0]), np.array([2.0, 20.0, 10.0]))
    assert (made.value, made.outcome) == (pytest.approx(2.0), Outcome.SHOWN)


def test_medians_skip_what_is_missing() -> None:
    assert median_text(np.array([0.5, np.nan, 0.7, 0.6])) == "60.0%"


def test_fault_43_a_column_has_every_seed(found: Measured) -> None:
    for results in found.studies.values():
        for condition in results.study.conditions:
            made = column(results, condition=condition.index) if "condition" in results.conditions.columns else None
            assert made is None or len(made.solved) == len(made.loss) == len(results.study.seeds)
