"""The report of a study: one page that says what the table says and asks nothing of any network."""

import re

import pytest

import separatrix as sx
from separatrix.errors import OutputError
from separatrix.reports import study_report
from separatrix.reports.study_report import study_page, write_study_report


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    study = sx.Study.grid(n=20, n_test=10, widths=(2, 4), depths=(1, 2), lr=0.5, checkpoints=(20, 60), seeds=4)
    return sx.run_study(study, tmp_path_factory.mktemp("study"))


def test_the_page_says_what_the_summary_says_with_pictures(results):
    page = study_page(results)
    for line in results.summary().splitlines():
        assert line.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#x27;") in page
    assert len(re.findall("data:image/png", page)) == page.count("<figure>") >= 8
    assert "Accuracy on test points by width" in page
    assert "Borders of 4 seeds: circle(n=20), 2-4-4-1" in page
    assert "The loss of 4 seeds by epoch" in page
    assert "Share solved by width and depth" in page
    assert "default-src 'none'" in page
    assert "http:" not in page


def test_the_first_numbers_are_all_runs(results):
    page = study_page(results)
    numbers = [int(number) for number in re.findall(r"<b>([\d,]+)</b>", page)]
    assert numbers[0] == sum(numbers[1:]) == results.n_runs


def test_what_takes_long_to_train_again_is_left_out_and_that_is_said(results, monkeypatch):
    monkeypatch.setattr(study_report, "WALL_SECONDS", 0.0)
    page = study_page(results)
    assert "Borders of" not in page
    assert "Boundaries and losses of circle(n=20), 2-2-1" in page


def test_losses_of_two_kinds_share_no_axis(tmp_path):
    study = sx.Study.grid(n=20, n_test=0, loss=("bce", "mse"), checkpoints=20, seeds=2)
    assert "The accuracy of 2 seeds by epoch" in study_page(sx.run_study(study, tmp_path))


def test_a_surface_is_drawn_around_a_solved_seed_and_another(tmp_path):
    study = sx.Study(sx.Sampled("gaussians", n=30), "2-2-1", sx.Recipe(lr=0.5), checkpoints=40, seeds=12, n_test=0)
    found = sx.run_study(study, tmp_path)
    assert 0 < found.shares()["solved"][0] < 12
    page = study_page(found)
    assert "The loss around a solved seed" in page
    assert "The loss around an unsolved seed" in page


def test_every_share_is_in_it(results):
    page = study_page(results)
    assert page.count("<tr>") >= 8 + results.shares().height


def test_fault_38_a_name_from_a_file_is_inert(tmp_path):
    points = sx.Points(sx.moons(n=30, seed=0).x, sx.moons(n=30, seed=0).y)
    own = sx.OwnPoints(points, 0.25, "<script>alert(1)</script>")
    found = sx.run_study(sx.Study(points=own, checkpoints=5, seeds=2), tmp_path)
    assert "<script>" not in study_page(found)


def test_nothing_finished_has_a_page_too(tmp_path):
    study = sx.Study(checkpoints=5, seeds=2)
    found = sx.run_study(study, tmp_path, on_progress=lambda moment: False)
    assert "Nothing is finished yet." in study_page(found)


def test_fault_29_a_page_that_is_there_is_refused_without_force(results, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        write_study_report(results, path)
    assert path.read_text() == "mine"
    assert write_study_report(results, path, force=True) == path
