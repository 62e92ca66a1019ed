"""The folder of a lesson: complete, the same bytes for the same lesson, checked before and readable after."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from separatrix import load
from separatrix.data.points_file import read_points
from separatrix.errors import InvalidData, ModelFileError, OutputError
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.reports.lesson import NETWORK, Lesson, Source, lesson, with_film
from separatrix.reports.lesson_folder import LessonFolder, lesson_page, read_back
from separatrix.reports.lesson_pictures import LESSON_PICTURES, Look, draw_picture, pictures_of


@pytest.fixture(scope="module")
def short() -> Lesson:
    return lesson(NETWORK, with_film(Recipe(epochs=60, snapshots=(0, 30, 60))), engine="torch")


def test_holds_what_was_trained(short: Lesson, tmp_path: Path) -> None:
    LessonFolder(tmp_path / "deep" / "out").write_numbers(short)
    again = load(tmp_path / "deep" / "out" / "model.safetensors")
    assert (again.parameters == short.run.parameters).all()
    written = read_points(tmp_path / "deep" / "out" / "points.csv")
    assert (written.x == short.points.x).all()
    assert (written.y == short.points.y).all()


def test_the_history_reads_back_the_same(short: Lesson, tmp_path: Path) -> None:
    LessonFolder(tmp_path).write_numbers(short)
    with (tmp_path / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == short.run.log.epoch.tolist()
    assert [float(row["loss"]) for row in rows] == short.run.log.loss.tolist()
    assert rows[0]["validation_loss"] == ""


def test_the_record_says_what_came_out(short: Lesson, tmp_path: Path) -> None:
    LessonFolder(tmp_path).write_numbers(short)
    told = json.loads((tmp_path / "lesson.json").read_text())
    assert told["points"]["sampler"] == "circle"
    assert told["result"]["training_accuracy"] == short.run.accuracy
    assert told["result"]["one_minus_loss"] == 1 - short.run.loss


def test_the_same_lesson_gives_the_same_pictures(short: Lesson, tmp_path: Path) -> None:
    points = next(picture for picture in LESSON_PICTURES if picture.name == "points")
    for kind in ("png", "svg", "pdf"):
        one, two = (LessonFolder(tmp_path / name, kind) for name in ("one", "two"))
        for folder in (one, two):
            folder.path.mkdir(exist_ok=True)
            folder.write_picture(points, draw_picture(points, short, Look()))
        assert (one.path / f"points.{kind}").read_bytes() == (two.path / f"points.{kind}").read_bytes()


def test_a_pdf_is_shown_as_png(short: Lesson, tmp_path: Path) -> None:
    points = next(picture for picture in LESSON_PICTURES if picture.name == "points")
    shown = LessonFolder(tmp_path, "pdf").write_picture(points, draw_picture(points, short, Look()))
    assert (tmp_path / "points.pdf").read_bytes().startswith(b"%PDF")
    assert shown.kind == "png"
    assert shown.content.startswith(b"\x89PNG")


def test_a_lesson_that_is_there_may_be_replaced(short: Lesson, tmp_path: Path) -> None:
    folder = LessonFolder(tmp_path)
    folder.check()
    folder.write_numbers(short)
    folder.check()


@pytest.mark.parametrize("record", [None, "", "[]", '{"points": {}}'])
def test_files_that_no_lesson_wrote_are_kept(tmp_path: Path, record: str | None) -> None:
    (tmp_path / "report.html").write_text("somebody's report")
    if record is not None:
        (tmp_path / "lesson.json").write_text(record)
    folder = LessonFolder(tmp_path)
    with pytest.raises(OutputError, match="--force"):
        folder.check()
    folder.check(force=True)


def test_the_model_of_a_table_in_a_lessons_folder_is_kept(short: Lesson, tmp_path: Path) -> None:
    folder = LessonFolder(tmp_path)
    folder.write_numbers(short)
    golden = Path(__file__).parents[1] / "golden" / "ensemble-format-1.safetensors"
    (tmp_path / "model.safetensors").write_bytes(golden.read_bytes())
    with pytest.raises(OutputError, match=r"model\.safetensors, which no lesson has written"):
        folder.check()


def test_other_files_are_no_hindrance_and_stay(short: Lesson, tmp_path: Path) -> None:
    own = tmp_path / "notes.txt"
    own.write_text("mine")
    LessonFolder(tmp_path).check()
    LessonFolder(tmp_path).write_numbers(short)
    assert own.read_text() == "mine"


def test_checking_makes_nothing(tmp_path: Path) -> None:
    LessonFolder(tmp_path / "a" / "b").check()
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="folder"):
        LessonFolder(tmp_path / "out").check(force=True)
    with pytest.raises(OutputError):
        LessonFolder(tmp_path / "out" / "below").check()


def test_pictures_of_another_model_go_when_the_numbers_are_replaced(short: Lesson, tmp_path: Path) -> None:
    stale = [tmp_path / name for name in ("exact_map.png", "fold.svg", "report.html", "boundary.gif")]
    for each in stale:
        each.write_text("of an earlier lesson")
    LessonFolder(tmp_path).write_numbers(short)
    assert not any(each.exists() for each in stale)


def test_goes_on_with_the_points_it_was_trained_on(short: Lesson, tmp_path: Path) -> None:
    LessonFolder(tmp_path).write_numbers(short)
    run, source = read_back(tmp_path / "model.safetensors")
    more = lesson(NETWORK, run.recipe.replace(epochs=100), source, engine="torch", resume=run)
    whole = lesson(NETWORK, Recipe(epochs=100), engine="torch")
    assert (more.run.parameters == whole.run.parameters).all()
    assert more.run.log.loss.tolist() == whole.run.log.loss.tolist()


def test_a_file_of_points_that_changed_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("a,b,label\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    LessonFolder(tmp_path).write_numbers(lesson(NETWORK, Recipe(epochs=5), Source(file=str(file)), engine="torch"))
    file.write_text("a,b,label\n0,0,0\n0,1,1\n1,0,1\n1,1.5,0\n")
    run, source = read_back(tmp_path / "model.safetensors")
    with pytest.raises(InvalidData):
        lesson(NETWORK, run.recipe.replace(epochs=10), source, engine="torch", resume=run)


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"points": 3}', '{"points": {"sampels": "circle"}}', "\0"])
def test_without_its_record_a_model_is_not_gone_on_with(short: Lesson, tmp_path: Path, content: str | None) -> None:
    LessonFolder(tmp_path).write_numbers(short)
    record = tmp_path / "lesson.json"
    record.unlink() if content is None else record.write_text(content)
    with pytest.raises(ModelFileError, match=r"lesson\.json"):
        read_back(tmp_path / "model.safetensors")


def test_only_pictures_that_there_are_belong_to_a_lesson(short: Lesson) -> None:
    assert [picture.name for picture in pictures_of(short)] == [picture.name for picture in LESSON_PICTURES]
    curved = lesson(Network.parse("2-3-1", "tanh"), Recipe(epochs=2), engine="torch")
    assert "exact_map" not in [picture.name for picture in pictures_of(curved)]


@pytest.mark.slow
def test_a_map_of_too_many_regions_is_left_out_and_the_lesson_goes_on() -> None:
    wide = lesson(Network.parse("2-600-1"), Recipe(epochs=2), engine="torch")
    assert [picture.name for picture in pictures_of(wide)] == [
        picture.name for picture in LESSON_PICTURES if picture.name != "exact_map"
    ]


def test_three_columns_leave_out_the_pictures_of_the_plane(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    rows = np.random.default_rng(0).normal(size=(20, 3)).round(3)
    file.write_text("a,b,c,label\n" + "".join(f"{a},{b},{c},{int(a > 0)}\n" for a, b, c in rows))
    source = Source(file=str(file), reading={"x": ("a", "b", "c")})
    found = lesson(Network.parse("3-4-1"), with_film(Recipe(epochs=5)), source, engine="torch")
    assert [picture.name for picture in pictures_of(found)] == ["colormaps", "network", "network_trained", "curves"]
    assert LessonFolder(tmp_path).write_film(found, Look()) == []


def test_a_lesson_with_label_noise_and_features_is_read_back_and_drawn_over_the_plane(tmp_path: Path) -> None:
    source = Source("moons", {"n": 40}, label_noise=0.25, features=("x1", "x1^2"))
    result = lesson(Network.parse("2-1"), Recipe(epochs=5, snapshots=(0, 5)), source)
    folder = LessonFolder(tmp_path)
    folder.write_numbers(result)
    run, again = read_back(tmp_path / "model.safetensors")
    assert again == source
    assert (again.points(run.recipe.seed).x == result.points.x).all()
    # the file of points has x1 and x2 with the noisy labels, so that it trains the same network with the same features
    points = read_points(tmp_path / "points.csv")
    assert (points.x == result.plane.x).all()
    assert (points.y == result.plane.y).all()
    names = [picture.name for picture in pictures_of(result)]
    assert names == ["points", "colormaps", "network", "network_trained", "curves", "boundary", "probability"]
    assert folder.write_film(result, Look()) == []
    boundary = next(picture for picture in pictures_of(result) if picture.name == "boundary")
    axes = draw_picture(boundary, result, Look()).axes[0]
    assert axes.get_xlim()[0] < result.plane.x[:, 0].min()
    assert axes.get_ylim()[0] < result.plane.x[:, 1].min() < 0  # x2, and not the square of x1
    page = lesson_page(result, [])
    assert "each label turned over with probability 0.25; the network is given x1, x1^2" in page


def test_the_record_of_a_plain_lesson_is_as_before_there_were_features() -> None:
    assert Source("moons", {"n": 40}).to_data() == {
        "sampler": "moons",
        "settings": {"n": 40},
        "file": None,
        "reading": {},
    }
