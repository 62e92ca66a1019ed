"""The exported Python file: run as a script, by a Python that sees no library, on real CSV files."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import separatrix as sx
from separatrix.estimators.portable import Member, Portable
from separatrix.exports.python import source, to_python

HOSTILE = """'''); raise SystemExit(7)  # \\ " ],["""


@pytest.fixture(scope="module")
def portable() -> Portable:
    network = sx.Network((2, 4, 1), "tanh")
    return Portable({"a": "number", "b": "number"}, ("=no", "yes"), (Member(None, network, network.initialise(3)),))


@pytest.fixture(scope="module")
def script(portable: Portable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return to_python(portable, tmp_path_factory.mktemp("exported") / "model.py")


def run(script: Path, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """By an isolated interpreter without site-packages, in which importing NumPy is impossible."""
    command = [sys.executable, "-I", "-S", "-W", "error", script, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, input=text, timeout=600)


def test_csv_in_probabilities_out(portable: Portable, script: Path, tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(20, 2))
    path = tmp_path / "rows.csv"
    path.write_text(
        "\ufeffb,note,a\r\n" + "".join(f'{b!r},"x, ""y""",{a!r}\r\n' for a, b in x.tolist()), encoding="utf-8"
    )
    done = run(script, str(path))
    assert (done.returncode, done.stderr) == (0, "")
    header, *rows = csv.reader(io.StringIO(done.stdout))
    assert header == ["prediction", "probability of yes"]
    assert {row[0] for row in rows} <= {"'=no", "yes"}, "FAULT 10: text that a spreadsheet would run is escaped"
    found = np.array([row[1:] for row in rows], float)
    np.testing.assert_allclose(found, portable.predict_proba(x)[:, 1:], rtol=0, atol=1e-12)


def test_standard_input_and_another_separator(script: Path) -> None:
    done = run(script, "-", "--separator", ";", text="a;b\n1;2\n")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("a\n1\n", "no column 'b'"),
        ("a,b\n1\n", "line 2 has 1 fields, but the header has 2"),
        ("a,b\n1,x\n", "column 'b' should hold a finite number, got 'x'"),
        ("a,b\n1,1e400\n", "column 'b' should hold a finite number"),
        ("a,b\n1,\n", "column 'b' is missing"),
        ("a,b\n1,NA\n", "column 'b' is missing"),
        ("a,b\n1,1_0\n", "column 'b' should hold a finite number"),
        ('a,b\n1,"2\n', "unexpected end of data"),
    ],
)
def test_bad_rows_are_errors_without_a_traceback(script: Path, text: str, words: str) -> None:
    done = run(script, "-", text=text)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_is_an_error_without_a_traceback(script: Path) -> None:
    done = run(script, "nowhere.csv")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "nowhere.csv" in done.stderr


def test_hostile_names_and_labels_stay_data(tmp_path: Path) -> None:
    network = sx.Network((1, 2, 1))
    portable = Portable({HOSTILE: "number"}, (HOSTILE, "\u2028"), (Member(None, network, network.initialise(0)),))
    script = to_python(portable, tmp_path / "model.py")
    text = io.StringIO()
    csv.writer(text).writerows([[HOSTILE], [1.5]])
    done = run(script, "-", text=text.getvalue())
    assert done.returncode == 0, done.stderr
    made = {"__name__": "made"}
    exec(source(portable), made)
    assert made["MODEL"]["columns"] == [[HOSTILE, "number"]]


def test_an_existing_file_is_refused_without_force(portable: Portable, script: Path) -> None:
    with pytest.raises(sx.OutputError, match="exists"):
        to_python(portable, script)


def test_a_real_table_gives_what_the_estimator_gives(tmp_path: Path) -> None:
    """Numbers with gaps, booleans, text, dates, an identifier and a quoted note, read from one CSV file by both."""
    from separatrix.data.table_file import read_table
    from separatrix.estimators.classifier import MLPBinaryClassifier

    draw = np.random.default_rng(4)
    lines = ["age,smokes,city,since,code,note,ill"]
    for at in range(120):
        age = "NA" if at % 11 == 0 else f"{draw.normal(50, 9):.1f}"
        city = ["Oslo", "Rome", "", " Bonn "][at % 4]
        since = f"20{at % 20:02}-0{at % 9 + 1}-1{at % 9}"
        lines.append(
            f'{age},{("true", "False")[at % 2]},{city},{since},{at % 7},"a, ""{at % 30}""",{("no", "yes")[draw.integers(2)]}'
        )
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(lines) + "\n")
    table = read_table(path, "ill")
    model = MLPBinaryClassifier((6,), engine="torch", max_iter=3, random_state=0).fit(table.frame, table.labels)
    done = run(to_python(model, tmp_path / "model.py"), str(path))
    assert done.returncode == 0, done.stderr
    _, *rows = csv.reader(io.StringIO(done.stdout))
    assert [row[0] for row in rows] == model.predict(table.frame).tolist()
    found = np.array([float(row[1]) for row in rows])
    np.testing.assert_allclose(found, model.predict_proba(table.frame)[:, 1], rtol=0, atol=1e-5)


def test_reasons_add_up_and_are_near_those_of_the_classifier(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    n = 150
    frame = pl.DataFrame(
        {
            HOSTILE: np.where(draw.random(n) < 0.1, np.nan, draw.normal(size=n)),
            "town": pl.Series(draw.choice(["Ulm", "NA", "Köln"], n)).set(pl.Series(draw.random(n) < 0.1), None),
            "member": draw.random(n) < 0.5,
            "since": [datetime(2020, 1, 1, 7) + timedelta(hours=int(hour)) for hour in draw.integers(0, 20_000, n)],
            "took": [timedelta(seconds=float(seconds)) for seconds in draw.exponential(100, n)],
        }
    )
    model = sx.MLPBinaryClassifier((6,), random_state=0, max_iter=8).fit(
        frame, np.where(draw.random(n) < 0.5, "a", "b")
    )
    exported: dict[str, Any] = {"__name__": "exported"}
    exec(to_python(model, tmp_path / "model.py", reasons=True).read_text(encoding="utf-8"), exported)
    exact, logits = model.explain(frame[:5], method="exact"), model.decision_function(frame[:5])
    for index, row in enumerate(frame[:5].fill_nan(None).to_dicts()):
        reasons = exported["explain"](row)
        values = np.array([reasons["contributions"][name] for name in frame.columns])
        assert reasons["base_value"] == pytest.approx(exact.base_value, abs=1e-9)
        assert reasons["base_value"] + values.sum() == pytest.approx(logits[index], abs=1e-9)
        assert np.abs(values - exact.contributions[index]).max() < 0.02


def test_reasons_need_to_be_exported_and_a_model_that_knows_its_columns(portable: Portable, script: Path) -> None:
    exported: dict[str, Any] = {"__name__": "exported"}
    exec(script.read_text(encoding="utf-8"), exported)
    with pytest.raises(ValueError, match="exported without reasons"):
        exported["explain"]({"a": 1, "b": 2})
    with pytest.raises(sx.InvalidData, match="knows its training columns"):
        source(portable, reasons=True)


FILES = {
    "spaces in the header": ("a, b ,y", "{k},{k}.5,{y}", ","),
    "unpadded dates": ("a,b,y", "{k},20{year}-{month}-{day},{y}", ","),
    "unpadded times": ("a,b,y", "{k},20{year}-{month}-{day} {month}:0{month},{y}", ","),
    "decimal commas": ("a;b;y", "{k};{k},5;{y}", ";"),
    "blank texts": ("a,b,y", "{k},{word},{y}", ","),
    "blank lines": ("\na,b,y", "\n{k},{k},{y}", ","),
}


@pytest.mark.parametrize("name", FILES)
def test_a_script_reads_the_file_of_the_training(name: str, tmp_path: Path) -> None:
    header, row, separator = FILES[name]
    words = ["u", " u", "   ", "", " v "]
    rows = [
        row.format(k=k, y=("no", "yes")[k % 2], year=10 + k, month=1 + k % 9, day=1 + k, word=words[k % 5])
        for k in range(20)
    ]
    path = tmp_path / "train.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    table = sx.read_table(path, "y")
    model = sx.MLPBinaryClassifier((4,), max_iter=3, random_state=0).fit(table.frame, table.labels, keep="all")
    done = run(to_python(model, tmp_path / "model.py"), "--separator", separator, str(path))
    assert (done.returncode, done.stderr) == (0, "")
    found = [float(cells[1]) for cells in list(csv.reader(io.StringIO(done.stdout)))[1:]]
    np.testing.assert_allclose(found, model.predict_proba(table.frame)[:, 1], rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("a;b\n1,5;2\n1.5;2\n", ("--separator", ";"), "decimal sign"),
        ('a,b\n"1,5",2\n', (), "column 'a'"),
        ('a,b\n"1,5",2\n', ("--decimal", ","), None),
        ("a;b\n1,5;2\n", ("--separator", ";", "--decimal", "."), "column 'a'"),
    ],
)
def test_a_decimal_comma_is_read_where_it_can_be_one(
    script: Path, text: str, options: tuple[str, ...], expected: str | None
) -> None:
    done = run(script, "-", *options, text=text)
    assert done.returncode == (0 if expected is None else 2)
    assert (expected or "") in done.stderr
