"""`separatrix predict` of a folder: rows out equal rows in, damaged files are named, and a kill costs one file."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import separatrix as sx

from .conftest import Done, surroundings, words
from .test_tables import people

# The command, which is killed before it gives its third file its name, when all rows of it are written.
KILLED_BEFORE_THE_THIRD = """
import os, signal, sys
from separatrix.cli import main

finished = 0

def hook(event, arguments):
    global finished
    if event in ("os.link", "os.rename") and str(arguments[1]).endswith(".parquet"):
        finished += 1
        if finished == 3:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
main()
"""

FILES = {"a.csv": 200, "b.parquet": 150, "day=2/c.parquet": 70, "empty.csv": 0}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, and a folder of files with one subfolder."""
    home = tmp_path_factory.mktemp("home")
    table = people()
    model = sx.MLPBinaryClassifier((4,), max_iter=3, random_state=0).fit(table.drop("bought"), table["bought"])
    sx.save(model, home / "m.safetensors")
    for seed, (name, rows) in enumerate(FILES.items()):
        path = home / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        frame = people(max(rows, 1), seed=seed).head(rows)
        (frame.write_csv if path.suffix == ".csv" else frame.write_parquet)(path)
    (home / "data" / "_SUCCESS").touch()
    (home / "data" / "notes.txt").write_text("no table")
    return home


@pytest.fixture
def at(home: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[..., Done]) -> Callable[..., Done]:
    """A command in that folder."""
    monkeypatch.chdir(home)
    return command


def contents(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_fault_44_every_file_has_its_rows_and_the_predictions_of_the_single_file(
    at: Callable[..., Done], home: Path, tmp_path: Path
) -> None:
    done = at("predict", "m.safetensors", "data", "-o", str(tmp_path / "out"), "--keep", "job")
    assert done.status == 0, done.err
    assert "420 rows of 4 files" in done.out
    assert "notes.txt" in done.err
    assert "_SUCCESS" not in done.err
    for name, rows in FILES.items():
        predicted = pl.read_parquet((tmp_path / "out" / name).with_suffix(".parquet"))
        assert predicted.height == rows
        single = tmp_path / "single.parquet"
        assert at("predict", "m.safetensors", f"data/{name}", "-o", str(single), "--keep", "job", "--force").status == 0
        assert predicted.equals(pl.read_parquet(single))


def test_what_is_done_by_the_same_model_from_the_same_input_is_skipped(
    at: Callable[..., Done], home: Path, tmp_path: Path
) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    for seed in range(2):
        people(50, seed=seed).write_csv(data / f"{seed}.csv")
    line = ("predict", "m.safetensors", str(data), "-o", str(out))
    assert at(*line).status == 0
    first, inodes = contents(out), [path.stat().st_ino for path in sorted(out.iterdir())]
    done = at(*line)
    assert (done.status, done.out) == (0, f"0 rows of 0 files -> {out}; 2 were there already\n")
    assert [path.stat().st_ino for path in sorted(out.iterdir())] == inodes

    people(50, seed=7).write_csv(data / "1.csv")
    done = at(*line)
    assert done.status == 2
    assert "1.csv" in done.err
    assert "--force" in done.err
    assert contents(out) == first, "nothing is replaced unless that is asked for"
    done = at(*line, "--force")
    assert (done.status, done.out.count("1.csv: 50 rows"), done.out.count("0.csv")) == (0, 1, 0)
    assert contents(out)["0.parquet"] == first["0.parquet"]
    assert contents(out)["1.parquet"] != first["1.parquet"]

    assert at(*line, "--threshold", "0.9").status == 2, "other options are other predictions"
    (out / "0.parquet").write_bytes(b"PAR1 of somebody else")
    assert at(*line).status == 2
    assert at(*line, "--force").status == 0
    assert contents(out)["0.parquet"] == first["0.parquet"]


def test_fault_44_damaged_files_are_named_and_the_others_are_done(
    at: Callable[..., Done], home: Path, tmp_path: Path
) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    people(300).write_parquet(data / "a.parquet")
    (data / "b.parquet").write_bytes((data / "a.parquet").read_bytes()[:-100])
    people(300).write_csv(data / "c.csv")
    (data / "d.csv").write_text((data / "c.csv").read_text()[:-40].replace("\n", "\n,", 3))
    people(20).drop("job").write_csv(data / "e.csv")
    done = at("predict", "m.safetensors", str(data), "-o", str(out))
    assert done.status == 2
    assert sorted(contents(out)) == ["a.parquet", "c.parquet"]
    assert all(f"{name}: " in done.err for name in ("b.parquet", "d.csv", "e.csv"))
    assert "3 of 5 files have no predictions" in done.err
    assert "600 rows of 2 files" in done.out


def test_a_folder_is_predicted_in_chinese(at: Callable[..., Done], home: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in ("a.csv", "b.parquet"):
        (data / name).write_bytes((home / "data" / name).read_bytes())
    (data / "broken.csv").write_text("age,hours\n1,2\n")
    (data / "notes.txt").write_text("no table")
    line = ("predict", "m.safetensors", str(data), "-o", str(tmp_path / "out"), "--lang", "zh")
    done = at(*line)
    assert done.status == 2
    assert "a.csv：200 行" in done.out
    assert f"2 个文件，共 350 行 -> {tmp_path / 'out'}" in done.out
    assert "因扩展名而未预测：notes.txt" in done.err
    assert "broken.csv: 缺少列" in done.err
    assert "3 个文件中有 1 个没有预测" in done.err
    assert "0 个文件，共 0 行" in (again := at(*line)).out
    assert "另有 2 个文件先前已完成" in again.out


def test_fault_26_a_killed_run_continues_to_the_same_bytes(home: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for seed in range(8):
        people(20_000, seed=seed).write_csv(data / f"{seed}.csv")
    line = words("predict", str(home / "m.safetensors"), "data", "-o", "out")
    killed = words(*line[3:], program=("-c", KILLED_BEFORE_THE_THIRD))
    done = subprocess.run(killed, cwd=tmp_path, env=surroundings(), capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    whole = [path for path in (tmp_path / "out").glob("*.parquet") if not path.name.startswith(".")]
    before = {path.name: path.stat().st_ino for path in whole}
    assert sorted(before) == ["0.parquet", "1.parquet"]
    assert all(pl.read_parquet(path).height == 20_000 for path in whole)

    subprocess.run(line, cwd=tmp_path, env=surroundings(), check=True, capture_output=True)
    assert sorted(contents(tmp_path / "out")) == [f"{seed}.parquet" for seed in range(8)], "no temporary file stays"
    assert {name: (tmp_path / "out" / name).stat().st_ino for name in before} == before
    line[-1] = "again"
    subprocess.run(line, cwd=tmp_path, env=surroundings(), check=True, capture_output=True)
    assert contents(tmp_path / "out") == contents(tmp_path / "again")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (("data",), "name a folder for its predictions with --out"),
        (("data", "-o", "data"), "must be a folder outside"),
        (("data", "-o", "data/out"), "must be a folder outside"),
        (("data", "-o", "m.safetensors"), "is a file"),
        (("data/a.csv", "-o", "x.csv", "--backend", "ray"), "--backend ray is for a folder"),
        (("data", "-o", "x", "--address", "1.2.3.4:5"), "--address is for --backend ray"),
        (("data", "-o", "x", "--backend", "spark"), "must be one of local, ray"),
        (("data", "-o", "x", "--positive", "perhaps"), "no label is 'perhaps'"),
        (("nothing", "-o", "x"), "has no file that ends in .csv"),
        (("twice", "-o", "x"), "would both be written to"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_written(
    at: Callable[..., Done], home: Path, line: tuple[str, ...], message: str
) -> None:
    (home / "nothing").mkdir(exist_ok=True)
    (home / "twice").mkdir(exist_ok=True)
    for name in ("a.csv", "a.parquet"):
        (home / "twice" / name).touch()
    done = at("predict", "m.safetensors", *line)
    assert done.status == 2
    assert message in done.err
    assert not (home / "x").exists()


@pytest.mark.slow
def test_fault_42_ray_gives_the_same_bytes_and_names_damaged_files(
    at: Callable[..., Done], home: Path, tmp_path: Path
) -> None:
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        assert at("predict", "m.safetensors", "data", "-o", str(tmp_path / "local")).status == 0
        line = ("predict", "m.safetensors", "data", "-o", str(tmp_path / "ray"), "--backend", "ray")
        done = at(*line)
        assert done.status == 0, done.err
        assert contents(tmp_path / "ray") == contents(tmp_path / "local")
        assert "4 were there already" in at(*line).out
        (tmp_path / "ray" / "a.parquet").write_bytes(b"")
        done = at(*line)
        assert (done.status, "a.csv: " in done.err) == (2, True)
        assert ray.is_initialized(), "a cluster that was there isn't shut down"
    finally:
        ray.shutdown()
