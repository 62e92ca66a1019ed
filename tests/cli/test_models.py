"""`separatrix predict`, `inspect` and `export`: from a saved model, in every form, without surprises."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from separatrix import load
from separatrix.data._scan import BLOCK
from separatrix.data.table_file import read_table

from .conftest import Done, surroundings, words
from .test_tables import QUICK, people


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, and people.csv and new.csv."""
    made = tmp_path_factory.mktemp("models")
    people().write_csv(made / "people.csv")
    people(seed=1).write_csv(made / "new.csv")
    line = words("fit", "people.csv", "-y", "bought", *QUICK[:-1], "0", "-o", "m.safetensors")
    subprocess.run(line, capture_output=True, check=True, cwd=made, env=surroundings())
    return made


@pytest.fixture
def at(folder: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[..., Done]) -> Callable[..., Done]:
    """A command in that folder."""
    monkeypatch.chdir(folder)
    return command


def expected(folder: Path, name: str = "new.csv") -> np.ndarray:
    frame = read_table(folder / name, "bought").frame
    return load(folder / "m.safetensors").predict_proba(frame)[:, 1]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_predictions_are_the_librarys_row_by_row(
    at: Callable[..., Done], folder: Path, tmp_path: Path, kind: str
) -> None:
    out = tmp_path / f"out.{kind}"
    done = at("predict", "m.safetensors", "new.csv", "-o", str(out), "--keep", "job")
    assert done == Done(0, f"200 rows -> {out}\n", "")
    found = pl.read_csv(out) if kind == "csv" else pl.read_parquet(out)
    assert found.columns == ["job", "prediction", "probability of yes"]
    np.testing.assert_allclose(found["probability of yes"].to_numpy(), expected(folder), atol=1e-12)
    assert found["job"].to_list() == people(seed=1)["job"].to_list()
    assert found["prediction"].to_list() == np.where(expected(folder) >= 0.5, "yes", "no").tolist()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_top_reasons_stand_beside_each_row(
    at: Callable[..., Done], folder: Path, tmp_path: Path, kind: str
) -> None:
    out = tmp_path / f"out.{kind}"
    done = at("predict", "m.safetensors", "new.csv", "-o", str(out), "--explain", "--positive", "no")
    assert done == Done(0, f"200 rows -> {out}\n", "")
    found = pl.read_csv(out) if kind == "csv" else pl.read_parquet(out)
    model, frame = load(folder / "m.safetensors"), read_table(folder / "new.csv", "bought").frame
    assert found.columns == ["prediction", "probability of no", "reason 1", "reason 2", "reason 3"]
    assert found.select("reason 1", "reason 2", "reason 3").equals(model.explain(frame, positive="no").reasons(3))
    refused = at("predict", "m.safetensors", "new.csv", "--explain", "--keep", "reason 1")
    assert (refused.status, "two columns 'reason 1'" in refused.err) == (2, True)


def test_a_model_is_distilled_into_a_small_one(at: Callable[..., Done], folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.safetensors"
    done = at("distil", "m.safetensors", "people.csv", "--hidden", "8", "--made-rows", "500", "-o", str(out))
    assert done.status == 0, done.err
    assert f"The model is in {out}" in done.out
    frame = read_table(folder / "new.csv", "bought").frame
    small, large = load(out).predict_proba(frame)[:, 1], expected(folder)
    assert np.corrcoef(small, large)[0, 1] > 0.9
    assert load(out).classes_.tolist() == ["no", "yes"]
    for words_, message in (
        (("--network", "3-8-1"), "write "),
        (("--network", "3-8-1", "--hidden", "8"), "either it or --hidden"),
        (("--made-rows", "-1"), "--made-rows"),
    ):
        refused = at("distil", "m.safetensors", "people.csv", *words_, "-o", str(tmp_path / "no.safetensors"))
        assert (refused.status, message in refused.err) == (2, True)


def test_predictions_go_to_the_output_by_default_and_labels_need_not_be_there(folder: Path) -> None:
    given = people(seed=1).drop("bought").write_csv().encode()
    line = words("predict", "m.safetensors", "-", "--threshold", "0.3")
    done = subprocess.run(line, input=given, capture_output=True, cwd=folder, env=surroundings(), check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "prediction,probability of yes"
    assert [line.split(",")[0] for line in lines[1:]] == np.where(expected(folder) >= 0.3, "yes", "no").tolist()


def test_fault_40_a_reader_that_goes_away_is_no_error(folder: Path, tmp_path: Path) -> None:
    pl.concat([people(2000, k) for k in range(8)]).write_csv(tmp_path / "long.csv")
    shell = (
        " ".join(words("predict", "m.safetensors", str(tmp_path / "long.csv"))) + " | head -2; exit ${PIPESTATUS[0]}"
    )
    done = subprocess.run(
        ["bash", "-c", shell], capture_output=True, text=True, cwd=folder, env=surroundings(), check=False
    )
    assert len(done.stdout.splitlines()) == 2
    assert "Traceback" not in done.stderr


def test_the_probability_of_either_label_can_be_asked_for(at: Callable[..., Done], folder: Path) -> None:
    done = at("predict", "m.safetensors", "new.csv", "--positive", "no", "--threshold", "0.7")
    lines = done.out.splitlines()
    assert lines[0] == "prediction,probability of no"
    of_no = 1 - expected(folder)
    np.testing.assert_allclose([float(line.split(",")[1]) for line in lines[1:]], of_no, atol=1e-12)
    assert [line.split(",")[0] for line in lines[1:]] == np.where(of_no >= 0.7, "no", "yes").tolist()
    wrong = at("predict", "m.safetensors", "new.csv", "--positive", "noo")
    assert (wrong.status, "Did you mean 'no'?" in wrong.err) == (2, True)


def test_fault_10_text_that_a_spreadsheet_would_carry_out_is_escaped(at: Callable[..., Done], tmp_path: Path) -> None:
    frame = people(30).with_columns(pl.lit("=1+1").alias("note"))
    frame.write_csv(tmp_path / "evil.csv")
    done = at("predict", "m.safetensors", str(tmp_path / "evil.csv"), "-o", str(tmp_path / "o.csv"), "--keep", "note")
    assert done.status == 0, done.err
    assert set(pl.read_csv(tmp_path / "o.csv")["note"]) == {"'=1+1"}


@pytest.mark.filterwarnings("ignore:.*none of its texts was in training")
def test_fault_14_missing_columns_and_unknown_categories(at: Callable[..., Done], tmp_path: Path) -> None:
    people(30).drop("age").write_csv(tmp_path / "short.csv")
    done = at("predict", "m.safetensors", str(tmp_path / "short.csv"), "-o", str(tmp_path / "o.csv"))
    assert done.status == 2
    assert "'age'" in done.err
    assert not (tmp_path / "o.csv").exists()
    people(30).select(pl.lit(1).alias("other")).write_csv(tmp_path / "other.csv")
    assert "columns are missing: 'age'" in at("predict", "m.safetensors", str(tmp_path / "other.csv")).err
    people(30).with_columns(pl.lit("astronaut").alias("job")).write_csv(tmp_path / "new.csv")
    assert at("predict", "m.safetensors", str(tmp_path / "new.csv"), "-o", str(tmp_path / "o.csv")).status == 0


def test_what_cannot_be_written_is_said_before_reading(at: Callable[..., Done], tmp_path: Path) -> None:
    assert ".csv or .parquet" in at("predict", "m.safetensors", "new.csv", "-o", "o.xlsx").err
    assert "--force" in at("predict", "m.safetensors", "new.csv", "-o", "people.csv").err
    assert "no column 'jobb'. Did you mean 'job'?" in at("predict", "m.safetensors", "new.csv", "--keep", "jobb").err
    assert "--threshold must be" in at("predict", "m.safetensors", "new.csv", "--threshold", "7").err


def test_fault_29_nothing_is_written_over_what_is_read(at: Callable[..., Done], folder: Path) -> None:
    before = {name: (folder / name).read_bytes() for name in ("m.safetensors", "new.csv")}
    for line in (
        ("predict", "m.safetensors", "new.csv", "-o", "new.csv", "--force"),
        ("export", "m.safetensors", "--to", "python", "-o", "m.safetensors", "--force"),
    ):
        done = at(*line)
        assert done.status == 2
        assert "same file" in done.err
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_a_column_can_stand_in_the_output_once(at: Callable[..., Done]) -> None:
    twice = at("predict", "m.safetensors", "new.csv", "--keep", "job", "--keep", "job")
    assert (twice.status, "two columns 'job'" in twice.err) == (2, True)


def test_fault_6_a_cell_that_is_no_number_is_told_with_its_line_and_nothing_is_written(
    at: Callable[..., Done], tmp_path: Path
) -> None:
    lines = people(3000).write_csv().splitlines()
    lines[2500] = "old" + lines[2500][lines[2500].index(",") :]
    (tmp_path / "odd.csv").write_text("\n".join(lines))
    done = at("predict", "m.safetensors", str(tmp_path / "odd.csv"), "-o", str(tmp_path / "o.csv"))
    assert done.status == 2
    assert "line 2501, column 'age': expected a finite number, as in training, got 'old'" in done.err
    assert [each.name for each in tmp_path.iterdir()] == ["odd.csv"]


def test_missing_words_and_decimal_commas_are_read_as_in_training(at: Callable[..., Done], tmp_path: Path) -> None:
    frame = people(60)
    frame.write_csv(tmp_path / "plain.csv")
    commas = frame.with_columns(pl.col("age").cast(pl.String).str.replace(".", ",", literal=True).fill_null("NA"))
    commas.write_csv(tmp_path / "commas.csv", separator=";")
    outs = [at("predict", "m.safetensors", str(tmp_path / name)).out for name in ("plain.csv", "commas.csv")]
    assert outs[0] == outs[1]
    assert len(outs[0].splitlines()) == 61


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_fault_26_a_signal_ends_a_prediction_and_leaves_what_was_there(
    folder: Path, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    out = tmp_path / "out.csv"
    out.write_text("precious\n")
    block = people(5000).write_csv(include_header=False).encode()
    line = words("predict", "m.safetensors", "-", "-o", str(out), "--force")
    child = subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder, env=surroundings()
    )
    assert child.stdin is not None
    child.stdin.write((",".join(people(1).columns) + "\n").encode())
    for _ in range(2 + BLOCK // len(block)):  # more than pipe and reader hold: the command is at work when this returns
        child.stdin.write(block)
    child.send_signal(number)
    _, err = child.communicate(timeout=600)
    assert child.returncode == status, err
    assert b"nothing was written" in err
    assert b"Traceback" not in err
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]
    assert out.read_text() == "precious\n"


def test_inspect_tells_what_is_inside_without_importing_what_would_run_it(folder: Path) -> None:
    code = (
        "import sys; from separatrix.cli import run; status = run(['inspect', 'm.safetensors']); "
        "sys.exit(status or any(name in sys.modules for name in ('torch', 'sklearn', 'numba', 'matplotlib')))"
    )
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, capture_output=True, text=True, cwd=folder, env=surroundings(), check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("MLPBinaryClassifier", "'no' or 'yes'", "'age': number", "'since': date", "people.csv", "SHA-256"):
        assert part in done.stdout


def test_fault_30_a_damaged_model_is_refused_by_every_command(
    at: Callable[..., Done], folder: Path, tmp_path: Path
) -> None:
    content = bytearray((folder / "m.safetensors").read_bytes())
    content[len(content) // 2] ^= 1
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(bytes(content))
    for line in (("inspect",), ("predict", "new.csv"), ("evaluate", "new.csv"), ("export", "--to", "python")):
        done = at(line[0], str(broken), *line[1:])
        assert done.status == 2
        assert "broken.safetensors" in done.err


def test_the_exported_python_file_predicts_the_same_with_the_standard_library_alone(
    at: Callable[..., Done], folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model.py"
    done = at("export", "m.safetensors", "--to", "python", "-o", str(out))
    assert done == Done(0, f"m.safetensors -> {out}: one Python file that needs no library\n", "")
    line = [sys.executable, "-I", "-S", str(out), str(folder / "new.csv")]
    said = subprocess.run(line, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    found = [float(row.split(",")[-1]) for row in said.stdout.splitlines()[1:]]
    np.testing.assert_allclose(found, expected(folder), atol=1e-5)


def test_an_unknown_format_is_named_with_the_known_ones(at: Callable[..., Done]) -> None:
    done = at("export", "m.safetensors", "--to", "onx")
    assert done.status == 2
    assert "onnx" in done.err
    assert "Did you mean 'onnx'?" in done.err
