"""Tables from real files: every fault is an error with its line, and what is whole comes back as it was."""

import bz2
import datetime
import gzip
import hashlib
import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from separatrix.data import _scan, _source, table_file
from separatrix.data._delimited import DelimitedText
from separatrix.data.frames import kinds_of
from separatrix.data.table import Table
from separatrix.data.table_file import batches_beside, read_batches, read_table
from separatrix.errors import DataFileError, InvalidData, InvalidParameter, OutOfMemory

GOOD = "age,paid,town\n30,no,Ulm\n41,yes,\n,no,Bern\n"


@pytest.fixture
def write(tmp_path):
    def to_file(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


def test_a_csv_file_becomes_a_table(write):
    table = read_table(write(GOOD), "paid")
    assert dict(table.kinds) == {"age": "number", "town": "category"}
    assert table.frame.rows() == [(30.0, "Ulm"), (41.0, None), (None, "Bern")]
    assert table.labels.to_list() == ["no", "yes", "no"]


BROKEN = {
    "fault_01_empty": ("", "empty"),
    "fault_01_header_only": ("a,b,y\n", "no rows"),
    "fault_01_blank_lines_only": ("\n\n\r\n", "empty"),
    "fault_02_a_short_row": ("a,b,y\n1,2,no\n\n3,4\n", "line 4: expected 3 cells .* got 2"),
    "fault_02_a_long_row": ("a,b,y\n1,2,no\n3,4,yes,5\n", "line 3: expected 3 cells .* got 4"),
    "fault_03_a_quote_never_closed": ('a,b,y\n1,2,no\n3,"4,yes\n5,6,no\n', "line 3: a quote that opens here"),
    "fault_03_a_quote_inside_a_cell": ('a,b,y\n1,5" x 3",no\n3,4,yes\n', "line 2: a quote inside a cell"),
    "fault_03_a_quote_never_closed_in_the_header": ('a,"b,y\n1,2,no\n', "quotes in the header"),
    "fault_47_lines_that_end_twice": (
        'a,b,y\n1,2,"no"\r\r\n3,4,"yes"\r\r\n',
        "line 2: a carriage return beside a quote",
    ),
    "fault_47_a_return_before_a_quote": ('a,b,y\n1,2,no\n1,2,\r"x,y"\n', "line 3: a carriage return beside a quote"),
    "fault_03_a_nul_byte": ("a,b,y\n1,2,no\n3,\x004,yes\n", "line 3: a NUL byte"),
    "fault_04_latin_1": ("a,b,y\n1,2,no\n3,é,yes\n".encode("latin-1"), "line 3: not utf-8; .*--encoding"),
    "fault_04_utf_16": ("a,b,y\n1,2,no\n".encode("utf-16"), "--encoding utf-16"),
    "fault_05_a_name_twice": ("a,a,y\n1,2,no\n3,4,yes\n", "'a' twice"),
    "fault_05_a_column_without_a_name": ("a,,y\n1,2,no\n3,4,yes\n", "without a name"),
    "fault_05_row_numbers_without_a_name": (",a,y\n0,1,no\n", "without a name.*index=False"),
    "fault_05_a_quoted_decimal_comma_among_commas": (
        'a,y\n"1,5",no\n2,yes\n',
        "line 2, column 'a': '1,5' has a comma in it; say --decimal",
    ),
    "fault_05_a_decimal_comma_among_commas": ("a,b,y\n1,5,2,no\n", "decimal comma"),
    "fault_05_two_separators_fit": ("a;b,y\n1;2,no\n", "can't tell"),
    "fault_05_decimal_commas_and_points": (
        "a;b;y\n1,5;2.5;no\n2,5;3.5;yes\n",
        "line 2, column 'b': a decimal point, but column 'a' has a decimal comma in line 2",
    ),
    "fault_06_an_infinite_number": ("a,y\n1,no\ninf,yes\n", "line 3, column 'a': 'inf'"),
    "fault_06_too_large_a_number": ("a,y\n1,no\n1e400,yes\n", "line 3, column 'a': '1e400'"),
    "fault_06_an_integer_beyond_2_to_63": ("a,y\n1,no\n9223372036854775808,yes\n", "line 3, column 'a'.*2\\^63"),
    "fault_06_text_late_in_a_numeric_column": ("a,y\n" + "1,no\n" * 500 + "oops,yes\n", "line 502, column 'a': 'oops'"),
    "fault_07_a_missing_label": ("a,y\n1,no\n\n2,\n3,yes\n4, \n", "line 4, column 'y': 2 labels are missing"),
    "fault_08_a_parquet_file_cut_off": (b"PAR1" + b"\0" * 50, "damaged"),
    "an_arrow_file_cut_off": (b"ARROW1" + b"\0" * 50, "damaged"),
    "an_arrow_stream_cut_off": (b"\xff\xff\xff\xff" + b"\0" * 50, "damaged"),
    "an_excel_workbook": (b"PK\x03\x04" + b"\0" * 50, "Excel workbook.*save the sheet as CSV"),
    "a_file_packed_otherwise": (bz2.compress(GOOD.encode()), "bzip2; unpack it"),
    "a_database": (b"SQLite format 3\0", "SQLite database"),
    "a_gzip_file_cut_off": (gzip.compress(GOOD.encode())[:-9], "damaged|cut off"),
    "lines_that_end_in_a_carriage_return_alone": ("a,y\r1,no\r2,yes\r", "carriage return"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_an_error_that_names_the_line(name, write):
    content, words = BROKEN[name]
    with pytest.raises(DataFileError, match=words) as raised:
        read_table(write(content), "y")
    assert "table.csv" in str(raised.value) or "gzip" in str(raised.value) or "damaged" in str(raised.value)


def test_fault_04_another_encoding_can_be_named_and_a_byte_order_mark_is_no_letter(write):
    text = "größe;y\n1;nö\n2;ja\n"
    for encoding in ("latin-1", "utf-16", "utf-8-sig"):
        table = read_table(write(text.encode(encoding)), "y", encoding=encoding)
        assert table.frame.columns == ["größe"]
        assert table.labels.to_list() == ["nö", "ja"]
    assert read_table(write(text.encode("utf-8-sig")), "y").frame.columns == ["größe"]


@pytest.mark.parametrize("encoding", ["utf-99", "hex", "\0"])
def test_fault_04_an_unknown_encoding_is_an_error(encoding, write):
    with pytest.raises(DataFileError, match="unknown encoding"):
        read_table(write(GOOD), encoding=encoding)


def test_fault_05_semicolons_and_decimal_commas_are_read_right(write):
    table = read_table(write("a;b;y\n1,5;2;no\n-3,25e1;4;yes\n"), "y")
    assert table.frame.rows() == [(1.5, 2.0), (-32.5, 4.0)]


def test_fault_06_large_whole_numbers_and_words_for_missing_are_told(write):
    table = read_table(write("id,b,y\n123456789,NA,no\n2,4,yes\n"), "y")
    assert "2^24" in table.warnings[0]
    assert "'NA'" in table.warnings[1]
    assert table.frame["b"].to_list() == [None, 4.0]
    assert dict(read_table(write("id,b,y\n007,1,no\n2,4,yes\n"), "y", text=["id"]).kinds)["id"] == "category"


def test_fault_07_labels_called_na_and_none_are_labels_and_missing_ones_are_counted(write):
    assert read_table(write("a,y\n1,NA\n2,None\n"), "y").labels.to_list() == ["NA", "None"]
    with pytest.raises(DataFileError, match="line 3, column 'y': 2 labels are missing, the first here"):
        read_table(write("a,y\n1,no\n2,\n3,yes\n4,\n"), "y")
    frame = polars.DataFrame({"a": [1, 2, 3], "y": ["no", None, "yes"]})
    frame.write_parquet(path := write("", "t.parquet"))
    with pytest.raises(InvalidData, match="1 missing labels, the first in row 1"):
        read_table(path, "y")


def test_fault_08_every_flipped_bit_of_a_parquet_file_is_told_or_harmless(tmp_path):
    path = tmp_path / "t.parquet"
    polars.DataFrame({"a": list(range(50)), "y": ["no", "yes"] * 25}).write_parquet(path, statistics=False)
    whole, good = path.read_bytes(), read_table(path, "y")
    stream, seen = np.random.default_rng(0), set()
    for at in stream.integers(0, len(whole), 60):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 64]) + whole[at + 1 :])
        try:
            table = read_table(path, "y")
        except (DataFileError, InvalidData):
            seen.add("refused")
            continue
        assert table.sha256 != good.sha256  # what was read is told from what was meant
    assert "refused" in seen


def test_fault_08_the_digest_is_that_of_the_file(write):
    for content, name in ((GOOD.encode(), "a.csv"), (gzip.compress(GOOD.encode()), "a.csv.gz")):
        table = read_table(write(content, name), "paid")
        assert table.sha256 == hashlib.sha256(content).hexdigest()
        assert table.n_rows == 3


def test_fault_09_a_file_larger_than_memory_is_refused_with_its_size(write, monkeypatch):
    path = write(GOOD)
    monkeypatch.setattr(_source, "FOLD_OF_WORDS", 10**15)
    with pytest.raises(OutOfMemory, match="GiB"):
        read_table(path)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_fault_09_what_comes_by_a_pipe_or_packed_is_refused_once_it_is_too_much(form, write, monkeypatch):
    frame = polars.DataFrame({"a": ["x" * 50] * 20_000, "y": ["no", "yes"] * 10_000})
    content = frame.write_csv().encode()
    if form == "parquet":
        frame.write_parquet(out := io.BytesIO(), compression="uncompressed", use_pyarrow=False)
        content = out.getvalue()
    packed = write(gzip.compress(content), "t.gz")
    room = _source.FOLD_OF_WORDS * packed.stat().st_size  # for the packed bytes
    assert len(content) > 2 * packed.stat().st_size
    monkeypatch.setattr(_source, "free_memory", lambda: room)
    with pytest.raises(OutOfMemory, match=r"t\.gz has .* GiB or more"):
        read_table(packed, "y")


@pytest.mark.parametrize("cells", ["1,1\n2,0\n", "," * 60 + "1\n" + "," * 60 + "0\n"], ids=["narrow", "empty"])
def test_fault_09_short_cells_are_counted_before_they_fill_the_memory(cells, write, monkeypatch):
    names = [f"c{k}" for k in range(cells.split("\n")[0].count(","))]
    content = ",".join([*names, "y"]) + "\n" + cells * (200_000 // len(cells))
    path = write(content)
    # measured: narrow files take 26 to 69 times their size, empty ones 38 times
    monkeypatch.setattr(_source, "free_memory", lambda: 24 * len(content))
    with pytest.raises(OutOfMemory, match="GiB"):
        read_table(path, "y")
    path.write_text("x,y\n" + "a text that is longer,1\nanother one of these,0\n" * (len(content) // 48))
    assert read_table(path, "y").n_rows > 8_000


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux tells and resets the high-water mark")
@pytest.mark.parametrize(
    "cells",
    [
        "1,2,3,4,5,6," * 10 + "1\n" + "6,5,4,3,2,1," * 10 + "0\n",
        "," * 60 + "1\n" + "," * 60 + "0\n",
        "1,1\n2,0\n",
        "a,1\nb,0\n",
        "2020-01-02 10:11:12,1\n2021-01-03 01:02:03,0\n",
        "0.123456789,1.98765432,1\n0.223456789,-1.98765432,0\n",
        "the quick brown fox jumps over the lazy dog,1\nthe quick brown dog jumps over the lazy fox,0\n",
    ],
    ids=["digits", "empty", "narrow", "letters", "times", "reals", "texts"],
)
def test_fault_09_no_reading_takes_more_memory_than_was_estimated_before(cells, write):
    names = [f"c{k}" for k in range(cells.split("\n")[0].count(","))]
    path = write(",".join([*names, "y"]) + "\n" + cells * (6_000_000 // len(cells)))
    code = (
        "import re, sys\nfrom pathlib import Path\nfrom separatrix import read_table\n"
        "small, large = map(Path, sys.argv[1:])\nread_table(small, 'y')\n"  # what is loaded once doesn't count
        "mark = lambda: int(re.search('VmHWM:\\\\s+(\\\\d+)', Path('/proc/self/status').read_text())[1]) * 1024\n"
        "Path('/proc/self/clear_refs').write_text('5')\nbefore = mark()\nread_table(large, 'y')\nprint(mark() - before)"
    )
    small = write("x,y,z\na,1,0.5\nb,0,1.5\n" * 1, "small.csv")
    line = [sys.executable, "-c", code, str(small), str(path)]
    peak = int(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
    content = path.read_bytes()
    slack = 24 * 2**20  # of the allocator and of threads, whatever the file
    assert peak <= _source.needed_by(content[: _source.SAMPLE], len(content)) + slack


def test_a_missing_file_a_folder_and_a_name_that_cannot_be_are_errors(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path, "a\0b"):
        with pytest.raises(DataFileError):
            read_table(path)


def test_a_target_that_is_not_there_is_an_error_with_the_nearest_name(write):
    with pytest.raises(InvalidData, match="Did you mean 'paid'"):
        read_table(write(GOOD), "payed")


def test_standard_input_is_read_too(write):
    code = "from separatrix.data.table_file import read_table; t = read_table('-', 'paid'); print(t, t.frame.rows())"
    ran = subprocess.run([sys.executable, "-c", code], input=GOOD.encode(), capture_output=True, check=True)
    assert b"standard input: 3 rows" in ran.stdout


@pytest.mark.parametrize("small", [7, 64, 8 * 2**20])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_blocks_of_any_size_give_the_same_rows_and_lines(small, ending, write, monkeypatch):
    monkeypatch.setattr(_source, "BLOCK", small)
    rows = [["a", "b", "y"], ["1", '"x, ""y"""', "no"], ["", '"two' + ending + 'lines"', "yes"], ["3", "é", "no"]]
    text = ending.join(",".join(row) for row in rows)
    table = read_table(write(text), "y")
    assert table.frame["b"].to_list() == ['x, "y"', f"two{ending}lines", "é"]
    with pytest.raises(DataFileError, match="line 6: expected 3"):
        read_table(write(text + ending + "4,5"), "y")


def test_batches_have_the_trained_kinds_and_bounded_size(write):
    table = read_table(write("a,code,flag,y\n1.5,7,true,no\n2,x9,false,yes\n"), "y")
    later = write("y,flag,code,extra,a\n" + "no,true,12,?,3\n" * 1000, "later.csv")
    batches = list(read_batches(later, table.kinds, rows=256))
    assert [len(batch) for batch in batches] == [256, 256, 256, 232]
    assert batches[0].row(0) == (3.0, "12", True)
    with pytest.raises(InvalidData, match="'code'"):
        list(read_batches(write("a,flag\n1,true\n"), table.kinds))
    with pytest.raises(DataFileError, match=r"line 3, column 'a': expected a finite number.*'many'"):
        list(read_batches(write("a,code,flag\n1,2,true\nmany,7,true\n"), table.kinds))


def test_batches_are_read_by_the_rules_of_training(write):
    text = "a;b;day;flag;town\n1,5;NA;03.02.2026;true;NA\n?;2;28.12.2025;FALSE;\n-7,25;3;;true; Ulm \n"
    table = read_table(write(text))
    assert dict(table.kinds) == {"a": "number", "b": "number", "day": "date", "flag": "boolean", "town": "category"}
    (batch,) = read_batches(write(text, "later.csv"), table.kinds)
    assert batch.equals(table.frame)


def test_a_batch_may_use_other_words_for_what_is_known_to_be_a_boolean_or_a_date(write):
    later = write("flag,day\nyes,2026-02-03\n0,03.02.2026\n,2026/02/03 \n")
    (batch,) = read_batches(later, {"flag": "boolean", "day": "date"})
    assert batch["flag"].to_list() == [True, False, None]
    assert batch["day"].to_list() == [datetime.datetime(2026, 2, 3)] * 3


@pytest.mark.parametrize(
    ("kind", "cell", "what"),
    [
        ("number", "inf", "no finite number"),
        ("number", "1e400", "no finite number"),
        ("number", "9223372036854775808", "beyond 2^63"),
        ("number", "1,5", "expected a finite number"),
        ("boolean", "2", "expected true or false"),
        ("date", "30.02.2026", "expected a date"),
    ],
)
def test_fault_06_a_cell_that_cannot_be_what_it_was_in_training_is_an_error_at_its_line(write, kind, cell, what):
    path = write('a,b\n,1\n\n"x\ny",1\n'.replace("x\ny", "") + f'"{cell}",1\n')
    with pytest.raises(DataFileError, match=rf"line 5, column 'a': .*{re.escape(what)}"):
        list(read_batches(path, {"a": kind}))


def test_columns_to_keep_stand_beside_the_trained_ones_as_they_were_written(write):
    path = write("id,a\n007,1.50\n,2\n")
    ((frame, kept),) = batches_beside(path, {"a": "number"}, ["a", "id"])
    assert frame.rows() == [(1.5,), (2.0,)]
    assert kept.rows() == [("1.50", "007"), ("2", None)]
    with pytest.raises(InvalidData, match=r"no column 'idd'\. Did you mean 'id'"):
        list(batches_beside(path, {"a": "number"}, ["idd"]))


def test_fault_16_whole_number_labels_of_a_csv_file_are_numbers_and_all_others_text(write):
    def labels(*texts):
        return read_table(write("a,y\n" + "".join(f"1,{text}\n" for text in texts)), "y").labels.to_list()

    assert labels("-1", "1") == [-1, 1]
    assert labels("0", "1") == [0, 1]
    for as_written in (["01", "1"], ["+1", "-1"], ["1.0", "0.0"], ["1", "no"]):
        assert labels(*as_written) == as_written


def test_fault_06_whole_numbers_of_parquet_and_arrow_are_judged_as_those_of_csv(tmp_path):
    path = tmp_path / "t.parquet"
    frame = polars.DataFrame({"id": [123456789, 2], "y": ["no", "yes"]})
    frame.write_parquet(path)
    assert "2^24" in read_table(path, "y").warnings[0]
    assert read_table(path, "y", text=["id"]).frame["id"].to_list() == ["123456789", "2"]
    frame.with_columns(id=polars.Series([1, 2**63 + 5], dtype=polars.UInt64)).write_parquet(path)
    with pytest.raises(DataFileError, match=r"t\.parquet, column 'id', row 1: 9223372036854775813 is beyond 2\^63"):
        read_table(path, "y")


def test_fault_40_a_text_column_that_is_not_there_names_the_nearest(write, tmp_path):
    polars.DataFrame({"age": [1], "y": ["no"]}).write_parquet(tmp_path / "t.parquet")
    for path in (write("age,y\n1,no\n"), tmp_path / "t.parquet"):
        with pytest.raises(InvalidData, match=r"no column 'agee'\. Did you mean 'age'"):
            read_table(path, text=["agee"])


def test_parquet_and_arrow_batches_are_those_of_the_file(tmp_path):
    frame = polars.DataFrame({"a": [float(k) for k in range(500)], "b": ["x", "y"] * 250})
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_ipc(tmp_path / "t.arrow")
    frame.write_ipc_stream(tmp_path / "t.arrows")
    for name in ("t.parquet", "t.arrow", "t.arrows"):
        read = list(read_batches(tmp_path / name, {"a": "number", "b": "category"}, rows=128))
        assert polars.concat(read).equals(frame)
        assert max(map(len, read)) <= 128


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=6)
columns = {
    "number": st.none() | st.floats(-1e6, 1e6, width=32),
    "boolean": st.none() | st.booleans(),
    "category": st.none() | cells.map(lambda text: "t" + text.strip()),
    "date": st.none() | st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1)),
}


@st.composite
def frames(draw):
    rows = draw(st.integers(1, 12))
    kinds = draw(st.lists(st.sampled_from(list(columns)), min_size=1, max_size=5))
    types = {
        "number": polars.Float64,
        "boolean": polars.Boolean,
        "category": polars.String,
        "date": polars.Datetime("us"),
    }
    return polars.DataFrame(
        [
            polars.Series(f"c{k}", draw(st.lists(columns[kind], min_size=rows, max_size=rows)), types[kind])
            for k, kind in enumerate(kinds)
        ]
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    frame=frames(),
    separator=st.sampled_from(list(_scan.SEPARATORS)),
    form=st.sampled_from(["csv", "gz", "parquet", "arrow", "arrows"]),
)
def test_a_written_frame_is_read_back(frame, separator, form, tmp_path):
    path, target = tmp_path / f"t.{form}", polars.Series("y", ["no", "yes"] * 6)[: frame.height]
    whole = frame.with_columns(target)
    if form in ("csv", "gz"):
        raw = whole.write_csv(separator=separator, datetime_format="%Y-%m-%dT%H:%M:%S%.6f").encode()
        path.write_bytes(gzip.compress(raw) if form == "gz" else raw)
        how = {"separator": separator, "decimal": "."}
    else:
        out = io.BytesIO()
        {"parquet": whole.write_parquet, "arrow": whole.write_ipc, "arrows": whole.write_ipc_stream}[form](out)
        path.write_bytes(out.getvalue())
        how = {}
    table = read_table(path, "y", **how)
    expected = Table.from_frame(frame)
    for name in frame.columns:
        if frame[name].null_count() < frame.height:  # of a column without values a CSV file doesn't say what it is
            assert table.kinds[name] == expected.kinds[name]
            assert table.frame[name].to_list() == expected.frame[name].to_list()


@pytest.mark.parametrize("ending", ["csv", "parquet", "arrow"])
def test_fault_51_a_file_without_rows_is_a_batch_without_rows(ending, tmp_path):
    path, kinds = tmp_path / f"empty.{ending}", {"a": "number", "when": "date", "ok": "boolean", "g": "category"}
    frame = polars.DataFrame(
        schema={"id": polars.Int64, "a": polars.Float64, "when": polars.Date, "ok": polars.Boolean, "g": polars.String}
    )
    {"csv": frame.write_csv, "parquet": frame.write_parquet, "arrow": frame.write_ipc}[ending](path)
    ((batch, beside),) = batches_beside(path, kinds, ["id"])
    assert (batch.height, batch.columns, beside.columns) == (0, list(kinds), ["id"])
    assert kinds_of(batch) == kinds


CELL_TEXTS = st.sampled_from(
    ["1", " 2.5", "-3e2 ", ".5", "7.", "+1", "0", "", "  ", "NA", "1e400", "16777217", "x", "1,5", "true"]
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(CELL_TEXTS, CELL_TEXTS, CELL_TEXTS), min_size=1, max_size=4),
    separator=st.sampled_from(";,"),
    decimal=st.sampled_from([None, ".", ","]),
)
def test_columns_of_plain_numbers_are_read_at_once_as_they_are_one_by_one(rows, separator, decimal):
    lines = [separator.join(f'"{cell}"' for cell in row) for row in rows]
    raw = ("a;b;c".replace(";", separator) + "\n" + "\n".join(lines) + "\n").encode()

    def result(read, quick):
        with pytest.MonkeyPatch.context() as patch:
            if not quick:
                patch.setattr(DelimitedText, "plain_numbers", lambda self, names, words: {})
            try:
                return read()
            except (DataFileError, InvalidData) as error:
                return str(error)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(raw)

        def whole():
            table = read_table(path, decimal=decimal)
            return table.kinds, table.warnings, table.frame.rows()

        def batches():
            kinds = {"a": "number", "b": "number", "c": "category"}
            return [frame.rows() for frame in read_batches(path, kinds, decimal=decimal)]

        for read in (whole, batches):
            assert result(read, quick=True) == result(read, quick=False)


def test_fault_55_queries_do_not_grow_with_the_columns_of_numbers(tmp_path, monkeypatch):
    names = [f"g{k}" for k in range(500)]
    path = tmp_path / "wide.csv"
    path.write_text(",".join([*names, "y"]) + "\n" + ",".join(["0.5"] * 500) + ",a\n" + ",".join(["1"] * 500) + ",b\n")
    recognised = []
    monkeypatch.setattr(table_file, "recognised", lambda texts, place, comma: recognised.append(texts.name))
    table = read_table(path, "y")
    assert recognised == []
    assert table.frame.row(0) == (0.5,) * 500


@pytest.mark.parametrize(
    "setting", [{"thousands": ","}, {"decimal": ","}, {"encoding": "latin-1"}, {"day_first": True}]
)
@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_fault_49_how_cells_are_written_is_refused_for_a_file_of_typed_columns(setting, suffix, tmp_path):
    path = tmp_path / f"t.{suffix}"
    frame = polars.DataFrame({"a": [1.5, 2.5, 3.5], "y": ["no", "yes", "no"]})
    if suffix == "parquet":
        frame.write_parquet(path)
    else:
        frame.write_ipc(path)
    name = next(iter(setting))
    with pytest.raises(InvalidParameter, match=f"{name} would have no effect on .*t.{suffix}, a Parquet or Arrow file"):
        read_table(path, "y", **setting)
    with pytest.raises(InvalidParameter, match=name):
        list(read_batches(path, {"a": "number"}, **setting))
