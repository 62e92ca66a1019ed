"""A wall of borders: the runs of the table, trained again."""

import numpy as np
import pytest

import separatrix as sx
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.studies.walls import wall


def test_borders_are_those_of_the_tables_runs(results):
    found = wall(results.study, condition=2, count=5)
    rows = results.rows(condition=2).collect().head(5)
    assert found.title == results.study.conditions[2].text
    assert [border.seed for border in found.borders] == rows["seed"].to_list()
    assert [border.accuracy for border in found.borders] == rows["accuracy"].to_list()
    assert [border.solved for border in found.borders] == rows["solved"].to_list()
    border = found.borders[3]
    run = results.study.train(rows["run"][3])
    nodes = np.column_stack([border.plane.x1.ravel(), border.plane.x2.ravel()])
    np.testing.assert_allclose(border.plane.probability.ravel(), run.predict_proba(nodes)[:, 1], atol=1e-6)


def test_the_results_retrain_the_runs_of_their_table(results):
    rows = results.rows(width=6, loss_name="mse").collect()
    runs = results.retrained(3, width=6, loss_name="mse")
    assert [run.accuracy for run in runs] == rows["accuracy"].to_list()[:3]
    borders = results.borders(3, width=6, loss_name="mse")
    assert [border.accuracy for border in borders] == [run.accuracy for run in runs]
    with pytest.raises(
        InvalidParameter, match=r"width 6 stands for 2 conditions, expected 1; they differ in width, loss"
    ):
        results.borders(width=6)


def test_there_are_no_more_borders_than_seeds(study):
    assert len(wall(study, count=64).borders) == 12


def test_what_has_no_border_in_the_plane_is_refused(study):
    points = sx.Points(np.random.default_rng(0).normal(size=(30, 3)), np.arange(30) % 2)
    with pytest.raises(InvalidData, match="2 inputs"):
        wall(sx.Study(points=points, networks="3-4-1", checkpoints=5))
    with pytest.raises(InvalidParameter, match="condition must be"):
        wall(study, condition=4)
    with pytest.raises(InvalidParameter, match="count must be"):
        wall(study, count=0)
