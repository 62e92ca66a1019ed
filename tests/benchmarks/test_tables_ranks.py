"""Ranks, duels and groups over tables; the figures by hand or by scipy on the same numbers."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import wilcoxon

from benchmarks.tables.measure import scores
from benchmarks.tables.ranks import (
    calibration_error,
    cliques,
    costs,
    coverages,
    duels,
    mean_ranks,
    signed_rank,
    worse_than,
)


def rows(*lines):
    """(table, split, method, log loss) each; the AUC is the log loss too; None is a failure."""
    made = pd.DataFrame(lines, columns=["table", "split", "method", "log_loss"])
    made["status"] = np.where(made["log_loss"].isna(), "MemoryError: ", "ok")
    return made.assign(auc=made["log_loss"])


def test_a_tables_score_is_the_mean_over_its_splits():
    given = rows(("t", 0, "a", 0.2), ("t", 1, "a", 0.4), ("t", 0, "b", 0.5), ("t", 1, "b", 0.1))
    assert costs(given, ["a", "b"], "log_loss").loc["t"].tolist() == pytest.approx([0.3, 0.3])
    assert costs(given, ["a", "b"], "auc").loc["t"].tolist() == pytest.approx([-0.3, -0.3])


def test_a_failure_on_one_split_is_last_on_the_table():
    given = rows(("t", 0, "a", 0.1), ("t", 1, "a", None), ("t", 0, "b", 9.0), ("t", 1, "b", 9.0))
    cost = costs(given, ["a", "b"], "log_loss")
    assert mean_ranks(cost).to_dict() == {"a": 2, "b": 1}
    assert worse_than(cost, "a", "b") == ["t"]


def test_equal_scores_share_their_ranks():
    cost = pd.DataFrame({"a": [1.0, 1.0], "b": [1.0, 2.0], "c": [3.0, 3.0]})
    assert mean_ranks(cost).to_dict() == {"a": 1.25, "b": 1.75, "c": 3}


def test_methods_are_compared_on_the_splits_that_all_of_them_have():
    given = rows(
        ("t", 0, "a", 1.0), ("t", 1, "a", None), ("t", 0, "b", 1.0), ("t", 1, "b", 1.0), ("t", 0, "c", 1.0)
    )  # fmt: skip
    (two, all_splits), (three, first) = coverages(given)
    assert (two, three) == (["a", "b"], ["a", "b", "c"])
    assert (len(all_splits), first["split"].tolist()) == (4, [0, 0, 0])


def test_a_duel_counts_and_tests_as_scipy_does():
    stream = np.random.default_rng(0)
    cost = pd.DataFrame({"a": stream.random(30), "c": stream.random(30)})
    cost["b"] = cost["a"] + 0.02 + 0.05 * stream.normal(size=30)
    near, far = duels(cost, [("a", "b"), ("a", "c")])
    assert (near.wins, near.ties, near.losses) == ((cost["a"] < cost["b"]).sum(), 0, (cost["a"] > cost["b"]).sum())
    assert near.p == pytest.approx(wilcoxon(cost["a"] - cost["b"]).pvalue)
    assert sorted([near.adjusted, far.adjusted]) == pytest.approx([2 * min(near.p, far.p), max(near.p, far.p)])


def test_methods_that_never_differ_have_a_p_of_one_and_failures_of_both_are_ties():
    same = np.array([0.1, np.inf, 0.3])
    assert signed_rank(same, same.copy()) == 1
    (duel,) = duels(pd.DataFrame({"a": same, "b": same}), [("a", "b")])
    assert (duel.wins, duel.ties, duel.losses) == (0, 3, 0)


def test_a_failure_weighs_as_the_largest_difference():
    a, b = np.array([0.1, 0.2, 0.3, 0.4, np.inf]), np.array([0.2, 0.4, 0.6, 0.8, 0.5])
    assert signed_rank(a, b) == wilcoxon([-0.1, -0.2, -0.3, -0.4, 5.0]).pvalue


def test_groups_join_neighbours_that_no_test_tells_apart():
    stream = np.random.default_rng(1)
    base = stream.random(40)
    near = {name: base + 0.01 * stream.normal(size=40) for name in ("a", "b")}
    far = {name: base + 1 + 0.01 * stream.normal(size=40) for name in ("c", "d")}
    found = cliques(pd.DataFrame(far | near))
    assert [set(group) for group in found] == [{"a", "b"}, {"c", "d"}]


def test_scores_of_probabilities_by_hand():
    found = scores(np.array([0, 1, 1, 0]), np.array([0.1, 0.9, 0.4, 0.0]))
    assert found["log_loss"] == pytest.approx(-(np.log(0.9) * 2 + np.log(0.4) + np.log(1 - 1e-7)) / 4)
    assert (found["auc"], found["accuracy"]) == (1, 0.75)
    assert found["brier"] == pytest.approx((0.01 + 0.01 + 0.36) / 4)
    assert found["bin_rows"] == [1, 1, 0, 0, 1, 0, 0, 0, 0, 1]
    assert calibration_error(pd.DataFrame([found])) == pytest.approx((0.1 + 0.6 + 0.1) / 4)


def test_a_certain_error_costs_sixteen_nats_not_infinitely_many():
    assert scores(np.array([1, 0]), np.array([0.0, 0.0]))["log_loss"] == pytest.approx(-np.log(1e-7) / 2)


@pytest.mark.parametrize("wrong", [[0.5, np.nan], [0.5, 1.5], [-0.1, 0.5]])
def test_what_is_no_probability_is_refused(wrong):
    with pytest.raises(ValueError, match="expected probabilities from 0 to 1"):
        scores(np.array([0, 1]), np.array(wrong))
