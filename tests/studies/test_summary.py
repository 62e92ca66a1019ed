"""The summary: plain sentences, each with its uncertainty, and what they leave out is said."""

import re

import pytest

import separatrix as sx
from separatrix.studies import summary


@pytest.fixture(scope="module")
def told(results):
    return results.summary()


def test_it_begins_with_what_was_run_and_what_was_not_solved(told):
    assert told.startswith("48 runs of 4 conditions, up to 400 epochs. A run is solved when every training row")
    assert re.search(r"Counted as not solved: \d+ stuck, \d+ still learning, 0 diverged, 0 failed\.", told)


def test_every_condition_has_its_shares_with_intervals(told, results):
    for row in results.shares(epoch=400).iter_rows(named=True):
        line = next(
            line for line in told.splitlines() if line.startswith(f"width {row['width']}, loss {row['loss_name']}")
        )
        assert (
            f"400 epochs {100 * row['share']:.1f}% ({100 * row['low']:.1f} to {100 * row['high']:.1f}%) of 12" in line
        )
        assert "Median test accuracy" in line


def test_values_are_compared_on_common_seeds_with_adjusted_p_values(told, results):
    assert "2 comparisons on common seeds; p-values are adjusted for their number (Holm):" in told
    assert results.compare({"width": 2}, {"width": 6}).solved.sentence("width 2", "width 6").split(" (95%")[0] in told
    assert "loss mse solves" in told


def test_growth_and_survival_are_told(told):
    assert "With one more unit of width the odds of being solved are multiplied by" in told
    assert len(re.findall(r"are ever solved|are solved by epoch", told)) == 4


def test_an_unfinished_study_says_so(study, tmp_path):
    part = sx.run_study(study, tmp_path, workers=1, on_progress=lambda moment: moment.done < 12)
    assert "so far; the study isn't finished" in part.summary()


@pytest.mark.parametrize(
    ("vary", "says"),
    [("data", "starts from the same parameters (seed 3)"), ("initial", "has the same points (seed 3)")],
)
def test_what_was_held_fixed_is_told(tmp_path, vary, says):
    study = sx.Study(checkpoints=5, seeds=3, vary=vary, fixed_seed=3, n_test=0)
    found = sx.run_study(study, tmp_path).summary()
    assert says in found
    assert "test" not in found


def test_peeking_is_told_with_what_it_costs(tmp_path):
    study = sx.Study(points=sx.Sampled(n=10), checkpoints=5, seeds=400, n_test=0, until=sx.Until(0.1, least=20))
    found = sx.run_study(study, tmp_path).summary()
    assert re.search(r"at most ± 10\.0% wide\. Stopping at a look .* in at least 9\d\.\d% of studies", found)


def test_many_conditions_are_cut_short_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(summary, "MOST_LINES", 3)
    study = sx.Study.grid(n=10, n_test=0, widths=range(1, 6), checkpoints=5, seeds=2)
    assert "… and 2 more conditions; shares() has them all." in sx.run_study(study, tmp_path).summary()
