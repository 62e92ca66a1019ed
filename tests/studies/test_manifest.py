"""The manifest: the same study goes on, another one is refused unless told."""

import json
import shutil

import numpy as np
import pytest

import separatrix as sx
from separatrix.errors import OutputError
from separatrix.studies._folder import read_manifest
from separatrix.studies._manifest import study_of

SMALL = {"checkpoints": 5, "n_test": 10, "points": sx.Sampled(n=10)}


@pytest.fixture
def place(results, tmp_path):
    """A copy of a finished study's folder."""
    shutil.copytree(results.folder, tmp_path / "study")
    return tmp_path / "study"


def versions_changed(place):
    path = place / "study.json"
    told = json.loads(path.read_text())
    told["versions"][-1]["numpy"] = "0.1"
    path.write_text(json.dumps(told))


@pytest.mark.parametrize(
    "change", [{"checkpoints": (100,)}, {"n_test": 51}, {"vary": "data"}, {"engine": "torch"}, {"networks": "2-2-2-1"}]
)
def test_another_study_is_refused_and_nothing_is_touched(study, results, files, place, change):
    other = sx.Study(**{name: getattr(study, name) for name in study.__dataclass_fields__} | change)
    for on_change in ("refuse", "continue"):
        with pytest.raises(OutputError, match=rf"holds another study: .*{next(iter(change))} was .*, is "):
            sx.run_study(other, place, on_change=on_change)
    assert files(sx.read_study(place)) == files(results)


def test_told_to_restart_it_begins_anew(place):
    other = sx.Study(**SMALL, seeds=3)
    found = sx.run_study(other, place, on_change="restart")
    assert found.complete
    assert found.n_runs == 3
    assert sx.read_study(place).study.to_data() == other.to_data()


def test_other_versions_are_refused_unless_told(study, results, files, place):
    versions_changed(place)
    with pytest.raises(OutputError, match=r"numpy was 0\.1, is .*on_change='continue'"):
        sx.run_study(study, place)
    next((place / "table").iterdir()).unlink()
    assert files(sx.run_study(study, place, on_change="continue")) == files(results)
    assert len(read_manifest(place)["versions"]) == 2, "it is told what else the table was made with"


@pytest.mark.parametrize("vary", ["both", "crossed"])
def test_more_seeds_keep_what_is_there(files, tmp_path, vary):
    few, many = (sx.Study(**SMALL, seeds=seeds, vary=vary) for seeds in (4, 7))
    first = files(sx.run_study(few, tmp_path / "a"))
    with pytest.raises(OutputError, match="seeds was"):
        sx.run_study(many, tmp_path / "a")
    found = sx.run_study(many, tmp_path / "a", on_change="continue")
    direct = sx.run_study(many, tmp_path / "b")
    assert found.frame.equals(direct.frame)
    assert vary == "crossed" or set(first.items()) <= set(files(found).items())


def test_fewer_or_other_seeds_keep_what_is_common(tmp_path):
    sx.run_study(sx.Study(**SMALL, seeds=9), tmp_path / "a")
    for seeds in (range(5), [0, 1, 2, 77, 4], range(3, 8)):
        study = sx.Study(**SMALL, seeds=seeds)
        shutil.rmtree(tmp_path / "b", ignore_errors=True)
        found = sx.run_study(study, tmp_path / "a", on_change="continue")
        assert found.frame.equals(sx.run_study(study, tmp_path / "b").frame)


def test_results_without_a_manifest_are_not_taken_for_ones_own(study, place):
    (place / "study.json").unlink()
    with pytest.raises(OutputError, match=r"without their study\.json"):
        sx.run_study(study, place)
    assert sx.run_study(study, place, on_change="restart").complete


@pytest.mark.parametrize(
    "study",
    [
        sx.Study.grid(("moons", "xor"), n=(10, 20), widths=(2, 3), depths=(0, 1), loss=("bce", "hinge"), checkpoints=(3, 9)),
        sx.Study(
            networks=sx.Network((2, 3, 4, 1), ("tanh", "relu"), "he"),
            recipes=sx.Recipe(optimizer="adam", betas=(0.5, 0.6)),
        ),
        sx.Study(seeds=[2**64 - 1, 5], vary="initial", fixed_seed=2**64 - 1, until=sx.Until(0.1), checkpoints=7),
        sx.Study(seeds=range(10, 40, 3), engine="torch", n_test=0, checkpoints=7),
    ],
)  # fmt: skip
def test_a_study_comes_back_from_its_manifest(study, tmp_path):
    told = json.loads(json.dumps({"study": study.to_data()}))
    assert study_of(told, tmp_path).to_data() == study.to_data()
    assert study_of(told, tmp_path).conditions == study.conditions


def test_own_points_lie_beside_the_results_and_a_change_is_seen(tmp_path):
    stream = np.random.default_rng(0)
    x = stream.normal(size=(40, 3)).astype(np.float32)
    points = sx.Points(x, (x[:, 0] > 0).astype(int))
    study = sx.Study(points=sx.OwnPoints(points, 0.25, "mine"), networks="3-4-1", checkpoints=20, seeds=3)
    found = sx.run_study(study, tmp_path)
    back = sx.read_study(tmp_path).study
    assert back.to_data() == study.to_data()
    assert back.train(1).parameters.tobytes() == study.train(1).parameters.tobytes()
    assert found.frame["point"][0] == "mine(n=40, d=3)"
    assert found.frame["test_accuracy"].null_count() == 0
    path = tmp_path / "points" / "0.parquet"
    other = sx.OwnPoints(sx.Points(x + 1, points.y), 0.25, "mine")
    with pytest.raises(OutputError, match="sha256"):
        sx.run_study(sx.Study(points=other, networks="3-4-1", checkpoints=20, seeds=3), tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(OutputError, match="can't be read"):
        sx.read_study(tmp_path)


def test_a_manifest_that_describes_nothing_is_refused(place):
    path = place / "study.json"
    told = json.loads(path.read_text())
    told["study"]["vary"] = "everything"
    path.write_text(json.dumps(told))
    with pytest.raises(OutputError, match="describes no study"):
        sx.read_study(place)
    with pytest.raises(OutputError, match="holds no study"):
        sx.read_study(place.parent)


def test_points_of_a_study_that_was_killed_before_its_manifest_are_replaced(tmp_path):
    (tmp_path / "points").mkdir()
    (tmp_path / "points" / "0.parquet").write_bytes(b"of another study")
    study = sx.Study(points=sx.moons(n=40, seed=0), checkpoints=5, seeds=2)
    assert sx.run_study(study, tmp_path).n_runs == 2
    assert sx.read_study(tmp_path).study.to_data() == study.to_data()
