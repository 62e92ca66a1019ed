"""Predictions into files: whole or not at all, and nothing in them that a spreadsheet would carry out."""

import csv
import io
import re
import subprocess
import sys

import polars
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from separatrix.data.prediction_file import FORMULA, SIGNED_NUMBER, write_rows
from separatrix.errors import DataFileError, InvalidParameter, OutputError

FRAME = polars.DataFrame({"name": ["a", None], "p": [0.25, 0.5]})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1)
)
def test_fault_10_text_that_looks_like_a_formula_is_escaped_and_numbers_are_not(texts, tmp_path):
    path = tmp_path / "out.csv"
    frame = polars.DataFrame({"=text": polars.Series(texts, dtype=polars.String), "p": [-1.5] * len(texts)})
    write_rows(path, [frame], force=True)
    header, *rows = csv.reader(io.StringIO(path.read_bytes().decode(), newline=""))
    assert header == ["'=text", "p"]
    for before, (after, number) in zip(texts, rows, strict=True):
        assert number == "-1.5"
        formula = (
            before is not None
            and before.startswith(FORMULA)
            and not re.search(SIGNED_NUMBER.replace("$", r"\Z"), before)
        )
        assert after == (("'" if formula else "") + before if before else "")


NUMBERS = ("-3.5", "+4", "-1e-5", "-.5", "-1,25", "- 3", "-5%", "-1,299.99", "-inf", "+NaN")
FORMULAS = ("-1-1", "+1+cmd", "-A1", "=1", "@x", "-", "-1 e5", "+1\n=2", "-1;=2", "--1", "\t1", "-%")


def test_fault_10_numbers_in_columns_of_text_are_never_escaped(tmp_path):
    write_rows(tmp_path / "out.csv", [polars.DataFrame({"text": [*NUMBERS, *FORMULAS]})])
    rows = list(csv.reader(io.StringIO((tmp_path / "out.csv").read_bytes().decode(), newline="")))[1:]
    assert [row[0] for row in rows] == [*NUMBERS, *("'" + text for text in FORMULAS)]


def test_batches_follow_one_another_under_one_header(tmp_path):
    for name in ("out.csv", "out.parquet"):
        write_rows(tmp_path / name, (FRAME for _ in range(3)))
    assert (tmp_path / "out.csv").read_text().count("name") == 1
    assert polars.read_parquet(tmp_path / "out.parquet").equals(polars.concat([FRAME] * 3))


def test_fault_51_no_rows_are_a_header(tmp_path):
    for name in ("out.csv", "out.parquet"):
        write_rows(tmp_path / name, [FRAME.head(0)])
    assert (tmp_path / "out.csv").read_text() == "name,p\n"
    assert polars.read_parquet(tmp_path / "out.parquet").schema == FRAME.schema


@pytest.mark.parametrize("error", [DataFileError, KeyboardInterrupt])
def test_an_error_on_the_way_into_parquet_is_the_one_that_was_raised_and_nothing_is_left(error, tmp_path):
    def failing():
        yield FRAME
        raise error("line 7 is broken")

    with pytest.raises(error, match="line 7"):
        write_rows(tmp_path / "out.parquet", failing())
    assert list(tmp_path.iterdir()) == []


STREAMING = """
import resource, sys
import numpy, polars
from separatrix.data.prediction_file import write_rows

def batches(count):
    for number in range(count):
        numbers = numpy.random.default_rng(number).normal(size=(50_000, 8))
        yield polars.DataFrame(numbers, schema=list("abcdefgh"))

write_rows(sys.argv[1], batches(3))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
write_rows(sys.argv[1], batches(60), force=True)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_parquet_is_written_in_memory_for_a_few_batches(tmp_path):
    """60 batches of 3.2 MB are 190 MB."""
    path = tmp_path / "out.parquet"
    grown = subprocess.run([sys.executable, "-c", STREAMING, path], capture_output=True, text=True, check=True).stdout
    assert int(grown) < 100
    assert polars.scan_parquet(path).select(polars.len()).collect().item() == 3_000_000


def test_fault_29_a_file_that_exists_stays_and_one_that_fails_halfway_leaves_nothing(tmp_path):
    path = tmp_path / "out.csv"

    def failing():
        yield FRAME
        raise DataFileError("line 7 is broken")

    with pytest.raises(DataFileError):
        write_rows(path, failing())
    assert list(tmp_path.iterdir()) == []
    path.write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        write_rows(path, [FRAME])
    with pytest.raises(DataFileError):
        write_rows(path, failing(), force=True)
    assert path.read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(InvalidParameter, match=r"\.csv or \.parquet"):
        write_rows(tmp_path / "out.xlsx", [FRAME])


def test_standard_output_gets_the_rows():
    code = (
        "import polars; from separatrix.data.prediction_file import write_rows; "
        "write_rows('-', [polars.DataFrame({'a': ['@x']})])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"a\n'@x\n"
