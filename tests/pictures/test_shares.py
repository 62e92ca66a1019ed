"""Pictures of a study: what they show is the table's, and what can't be shown is refused."""

import numpy as np
import polars
import pytest

import separatrix as sx
from separatrix.errors import InvalidParameter
from separatrix.evaluation.statistics.survival import survival
from separatrix.pictures._shares import compute_grid, compute_lines
from separatrix.pictures._solved_by import compute_steps


def test_lines_are_the_tables_shares_with_their_intervals(results):
    table = results.shares(["width"])
    lines, words = compute_lines(table, "width", "epoch")
    assert [line.label for line in lines] == ["20 epochs", "60 epochs"]
    assert words == []
    rows = table.filter(polars.col("epoch") == 60).sort("width")
    for name in ("share", "low", "high"):
        assert getattr(lines[1], name).tolist() == rows[name].to_list()
    assert lines[0].x.tolist() == [2, 6]


def test_words_have_places_and_bars_instead_of_a_line(results):
    lines, words = compute_lines(results.shares(["loss_name"]), "loss_name", "epoch")
    assert words == ["bce", "mse"]
    assert lines[0].x.tolist() == [0, 1]
    (ax,) = sx.pictures.shares(results.shares(["loss_name"]), "loss_name").axes
    assert [label.get_text() for label in ax.get_xticklabels()] == words
    assert len(ax.containers) == 2


def test_cells_are_the_tables_shares(results):
    table = results.shares(["width", "loss_name"], epoch=60)
    found = compute_grid(table, "width", "loss_name")
    assert (found.columns, found.rows) == (["2", "6"], ["bce", "mse"])
    for row in table.iter_rows(named=True):
        cell = found.rows.index(row["loss_name"]), found.columns.index(str(row["width"]))
        assert (found.share[cell], found.low[cell]) == (row["share"], row["low"])
    some = compute_grid(table.head(3), "width", "loss_name")
    assert np.isnan(some.share).sum() == 1


def test_steps_reach_from_the_first_epoch_to_the_horizon():
    epochs, share, low, high = compute_steps(survival([10, 20, 50], [True, True, False], horizon=100))
    assert epochs.tolist() == [1, 10, 20, 100]
    np.testing.assert_allclose(share, [0, 1 / 3, 2 / 3, 2 / 3])
    assert (low <= share).all()
    assert (share <= high).all()
    assert compute_steps(survival([50], [False]))[1].tolist() == [0, 0]


def test_a_wall_marks_what_is_not_solved(results, borders):
    solved = results.rows(60, condition=3).collect()["solved"].head(6).to_list()
    assert [border.solved for border in borders.borders] == solved
    (ax,) = sx.pictures.wall(borders.borders, borders.title).axes
    assert f"{sum(solved)} of 6 seeds solved" in ax.get_title()
    assert len(ax.texts) == 6 - sum(solved)
    assert len(ax.images) == 6


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda t: sx.pictures.shares(t, "wdith"), "no column 'wdith'"),
        (lambda t: sx.pictures.shares(t, "loss_name"), "several rows for one loss_name and epoch"),
        (lambda t: sx.pictures.share_map(t, "width", "loss_name"), "several rows for one cell"),
        (lambda t: sx.pictures.share_map(t, "width", "lr"), "no column 'lr'"),
        (lambda t: sx.pictures.solved_by({}), "expected 1 to 12 curves, got 0"),
        (lambda t: sx.pictures.wall([]), "expected 1 to 256 borders, got 0"),
        (lambda t: sx.pictures.shares(t.head(0)), "0 values of epoch"),
    ],
)
def test_fault_19_what_cannot_be_shown_is_refused(results, ask, says):
    with pytest.raises(InvalidParameter, match=says):
        ask(results.shares(["width", "loss_name"]))
