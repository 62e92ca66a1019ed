"""Damaged and foreign Parquet and Arrow files: fewer rows, other values, panics and aborts are errors; whole ones are read."""

import datetime
import io
import os
import random
import signal
import subprocess
import sys

import numpy as np
import polars
import pyarrow
import pyarrow.parquet
import pytest

from separatrix.data import _isolated
from separatrix.data._arrow import check_arrow
from separatrix.data._isolated import Request, frames
from separatrix.data._parquet import check_parquet
from separatrix.data.table_file import read_batches, read_table
from separatrix.errors import DataFileError, SeparatrixError

ROWS = 300


def table(rows=ROWS):
    rng = np.random.default_rng(0)
    day = datetime.date(2020, 1, 1)
    return polars.DataFrame(
        {
            "a": rng.normal(size=rows),
            "town": rng.choice(["Oslo", "Rome", "Ulm"], rows).tolist(),
            "when": [day + datetime.timedelta(days=int(k)) for k in rng.integers(0, 5_000, rows)],
            "b": [None if k % 7 == 0 else k for k in range(rows)],
        }
    )


def as_parquet(frame, **options):
    out = io.BytesIO()
    pyarrow.parquet.write_table(frame.to_arrow(), out, **options)
    return out.getvalue()


def as_arrow(columns, new, **options):
    out = io.BytesIO()
    with new(out, columns.schema, options=pyarrow.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(columns, max_chunksize=100)
    return out.getvalue()


NEW = {"file": pyarrow.ipc.new_file, "stream": pyarrow.ipc.new_stream}
PARQUET = [
    {},
    {"compression": "none"},
    {"write_page_checksum": True, "data_page_version": "2.0"},
    {"row_group_size": 70, "data_page_size": 200, "compression": "zstd"},
    {"use_dictionary": False, "column_encoding": {"b": "DELTA_BINARY_PACKED"}, "version": "1.0"},
]


@pytest.mark.parametrize("options", PARQUET)
def test_whole_parquet_files_are_read_as_they_were(options, tmp_path):
    frame = table().with_columns(polars.lit([1, 2]).alias("list"), polars.struct("a", "b").alias("struct"))
    raw = as_parquet(frame, **options)
    assert check_parquet(io.BytesIO(raw), "table") == ROWS
    (path := tmp_path / "t.parquet").write_bytes(as_parquet(table(), **options))
    expected = read_table(path).frame
    assert expected.equals(polars.concat(read_batches(path, read_table(path).kinds, rows=64)))
    assert expected["town"].to_list() == table()["town"].to_list()


@pytest.mark.parametrize("form", NEW)
@pytest.mark.parametrize("options", [{}, {"compression": "zstd"}, {"compression": "lz4"}, {"use_legacy_format": True}])
def test_whole_arrow_files_are_read_as_they_were(form, options, tmp_path):
    columns = table().with_columns(polars.col("town").cast(polars.Categorical).alias("category")).to_arrow()
    raw = as_arrow(columns, NEW[form], **options)
    assert check_arrow(io.BytesIO(raw), "table") == ROWS
    assert next(iter(frames(Request(form, "table", raw)))).height == ROWS


def test_fault_08_every_flip_in_pages_with_checksums_is_an_error(tmp_path):
    raw = as_parquet(table(), write_page_checksum=True)
    described = int.from_bytes(raw[-8:-4], "little") + 8
    (tmp_path / "whole.parquet").write_bytes(raw)
    rng, expected = random.Random(0), read_table(tmp_path / "whole.parquet").frame
    refused = 0
    for _ in range(150):
        damaged = bytearray(raw)
        damaged[rng.randrange(4, len(raw) - described)] ^= 1 << rng.randrange(8)
        (path := tmp_path / "t.parquet").write_bytes(damaged)
        try:
            frame = read_table(path).frame
        except DataFileError:
            refused += 1
        else:  # a flip in a page's header that means nothing, such as in its statistics
            assert frame.equals(expected)
    assert refused > 130


def test_fault_44_fewer_rows_than_the_file_says_are_an_error(tmp_path, monkeypatch):
    (path := tmp_path / "t.parquet").write_bytes(as_parquet(table()))
    kinds = read_table(path).kinds
    monkeypatch.setattr("separatrix.data._binary.frames", lambda request: iter([table().head(ROWS - 1)]))
    for read in (read_table, lambda path: list(read_batches(path, kinds))):
        with pytest.raises(DataFileError, match="299 of its 300 rows"):
            read(path)


@pytest.mark.parametrize("form", ["parquet", *NEW])
def test_fault_44_a_file_cut_off_anywhere_is_an_error(form):
    raw = as_parquet(table(), row_group_size=70) if form == "parquet" else as_arrow(table().to_arrow(), NEW[form])
    check = check_parquet if form == "parquet" else check_arrow
    assert check(io.BytesIO(raw), "table") == ROWS
    for end in range(8, len(raw) - 8, 41):
        with pytest.raises(DataFileError, match="damaged or cut off"):
            check(io.BytesIO(raw[:end]), "table")


TYPES = {
    "calendar intervals": pyarrow.array([pyarrow.MonthDayNano([1, 2, 3])] * 4),
    "list views": pyarrow.array([[1, 2]] * 4, pyarrow.list_view(pyarrow.int64())),
    "run-end encoded": pyarrow.RunEndEncodedArray.from_arrays([2, 4], [1.0, 2.0]),
    "decimals of 256 bits": pyarrow.array([1] * 4, pyarrow.decimal256(50, 2)),
    "maps": pyarrow.array([[("a", 1)]] * 4, pyarrow.map_(pyarrow.string(), pyarrow.int64())),
}


@pytest.mark.parametrize("words", TYPES)
@pytest.mark.parametrize("form", NEW)
def test_fault_46_types_that_polars_ends_at_are_refused_by_name(words, form, tmp_path):
    columns = pyarrow.table({"odd": pyarrow.chunked_array([TYPES[words]]), "y": ["a", "b", "a", "b"]})
    (path := tmp_path / "t.arrow").write_bytes(as_arrow(columns, NEW[form]))
    with pytest.raises(DataFileError, match=f"{words}.* in column 'odd'"):
        read_table(path)


def test_an_experimental_compression_is_refused(tmp_path):
    batch = table().to_arrow().to_batches()[0].select(["a"])
    out = io.BytesIO()
    with pyarrow.ipc.new_stream(out, batch.schema) as writer:
        writer.write_batch(batch, custom_metadata={"ARROW:experimental_compression": "LZ4"})
    with pytest.raises(DataFileError, match="experimental"):
        check_arrow(out, "table")


@pytest.mark.parametrize("days", [2**31 - 1, -(2**31), 2_932_897])
def test_fault_47_dates_outside_of_the_calendar_are_refused(days, tmp_path):
    polars.DataFrame({"when": polars.Series([0, days], dtype=polars.Int32).cast(polars.Date)}).write_parquet(
        path := tmp_path / "t.parquet"
    )
    with pytest.raises(SeparatrixError, match=r"'when' holds a date outside .* row 1"):
        read_table(path)


# The reading process: what ends it is an error here, and the next file is read.


def reading(monkeypatch, source):
    """Make the next reading process run this program."""
    real = subprocess.Popen
    monkeypatch.setattr(
        _isolated.subprocess, "Popen", lambda line, **options: real([sys.executable, "-c", source], **options)
    )
    monkeypatch.setattr(_isolated, "_idle", [])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import os; os.abort()", "damaged or cut off, or holds"),
        ("import sys; sys.stdin.buffer.read(99)", "damaged or cut off, or holds"),
        (
            "import os, sys; os.write(1, b'P' + (2).to_bytes(8, 'little') + b'no'); sys.stdin.buffer.read()",
            "can't be read: no",
        ),
        (
            "import os, sys; os.write(1, b'E' + (2).to_bytes(8, 'little') + b'no'); sys.stdin.buffer.read()",
            "cut off: no",
        ),
        ("import time; time.sleep(3_600)", "damaged or cut off, or holds"),
    ],
)
def test_fault_47_aborts_panics_and_hangs_of_native_code_are_errors(source, words, monkeypatch, tmp_path):
    (path := tmp_path / "t.parquet").write_bytes(as_parquet(table()))
    with monkeypatch.context() as patch:
        reading(patch, source)
        if "sleep" in source:  # only this one waits it out: the others are to have the time that a busy machine takes
            patch.setattr(_isolated, "PATIENCE", 1.0)
        with pytest.raises(DataFileError, match=words):
            read_table(path)
    assert read_table(path).n_rows == ROWS


def test_batches_that_are_given_up_leave_no_process(tmp_path):
    (path := tmp_path / "t.parquet").write_bytes(as_parquet(table()))
    batches = read_batches(path, {"a": "number"}, rows=10)
    next(batches)
    batches.close()
    idle = len(_isolated._idle)
    assert read_table(path).n_rows == ROWS
    assert len(_isolated._idle) == max(idle, 1)


def test_without_a_process_of_its_own_files_are_read_in_this_one(tmp_path, monkeypatch):
    (path := tmp_path / "t.parquet").write_bytes(as_parquet(table()))
    monkeypatch.setattr(_isolated, "_started", lambda: None)
    monkeypatch.setattr(_isolated, "_idle", [])
    assert read_table(path).n_rows == ROWS
    raw = bytearray(path.read_bytes())
    raw[4:200] = bytes(196)
    with pytest.raises(DataFileError):
        list(frames(Request("parquet", "table", bytes(raw))))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_process_starts_a_reader_of_its_own(tmp_path):
    (path := tmp_path / "t.parquet").write_bytes(as_parquet(table()))
    assert read_table(path).n_rows == ROWS
    child = os.fork()
    if not child:
        os._exit(len(_isolated._idle))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert read_table(path).n_rows == ROWS


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_signal_to_all_processes_of_the_terminal_leaves_the_reader_alone(tmp_path):
    (path := tmp_path / "t.parquet").write_bytes(as_parquet(table()))
    read_table(path)
    process = _isolated._idle[-1]
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    assert read_table(path).n_rows == ROWS
    assert process.poll() is None


@pytest.mark.parametrize("version", ["1.0", "2.6"])
def test_decimals_beyond_128_bits_in_parquet_are_named_with_their_column(tmp_path, version):
    wide = pyarrow.table({"a": [1.0, 2.0], "price": pyarrow.array([1, 2], pyarrow.decimal256(50, 2)), "y": [0, 1]})
    path = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(wide, path, version=version)
    with pytest.raises(DataFileError, match=r"holds decimals of 50 digits in column 'price', which can't be read"):
        read_table(path, "y")
    with pytest.raises(DataFileError, match="'price'"):
        list(read_batches(path, {"a": "number"}))
    # 256 bits for what fits into 128 is only another width in memory
    narrow = pyarrow.table({"price": pyarrow.array([1, 2], pyarrow.decimal256(20, 2)), "y": [0, 1]})
    pyarrow.parquet.write_table(narrow, path, version=version)
    assert read_table(path, "y").frame["price"].to_list() == [1.0, 2.0]


@pytest.mark.parametrize("raw", [b"ARR", b"ARRO", b"ARROW", b"PAR", b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"])
def test_what_is_left_of_a_file_after_its_first_bytes_is_cut_off_and_no_header(tmp_path, raw):
    path = tmp_path / "cut.feather"
    path.write_bytes(raw)
    with pytest.raises(DataFileError, match="damaged or cut off"):
        read_table(path, "y")
    with pytest.raises(DataFileError, match="damaged or cut off"):
        list(read_batches(path, {"a": "number"}))


def test_a_short_text_file_is_no_cut_one(tmp_path):
    path = tmp_path / "short.csv"
    path.write_text("A\n1\n")
    assert read_table(path).frame["A"].to_list() == [1.0]
