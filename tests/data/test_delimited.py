"""What isn't plain delimited text is an error that names its line; what is one is read as it stands."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from separatrix.data._delimited import Dialect, read_delimited
from separatrix.data._scan import SEPARATORS
from separatrix.data._source import Reader, opened
from separatrix.data.points_file import read_points
from separatrix.data.table_file import read_table
from separatrix.errors import DataFileError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "points.csv"


class Sheet:
    """The cells of a file, as plain Python."""

    def __init__(self, path: Path, encoding: str) -> None:
        with opened(path) as stream:
            rows = read_delimited(Reader(stream, str(path)), Dialect(encoding), str(path))
        self.header, self.separator = list(rows.header.names), rows.header.separator
        cells = [[cell or "" for cell in row] for row in rows.texts.rows()]
        self.rows = list(zip(rows.place.lines.tolist(), cells, strict=True))


def sheet(path: Path, content: str | bytes, encoding: str = "utf-8") -> Sheet:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Sheet(path, encoding)


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_know_their_line(path: Path, separator: str, end: str) -> None:
    lines = ["", "  ", "a,b,c", "1,2,x", "", "3,4,y", ""]
    found = sheet(path, end.join(lines).replace(",", separator))
    assert found.header == ["a", "b", "c"]
    assert found.rows == [(4, ["1", "2", "x"]), (6, ["3", "4", "y"])]
    assert found.separator == separator


def test_quoted_cells_may_hold_separators_quotes_and_lines(path: Path) -> None:
    found = sheet(path, '"a,b,c,d";"say ""x""";note\n1;2;"over\ntwo"\n3; 4 ;5\n')
    assert found.header == ["a,b,c,d", 'say "x"', "note"]
    assert found.rows == [(2, ["1", "2", "over\ntwo"]), (4, ["3", " 4 ", "5"])]


@pytest.mark.parametrize("content", ["", "\n\n", " \n\t\n", "\ufeff", "\ufeff\n"])
def test_fault_1_an_empty_file(path: Path, content: str) -> None:
    with pytest.raises(DataFileError, match=r"points\.csv is empty; expected a header and rows"):
        sheet(path, content)


@pytest.mark.parametrize("content", ["a,b,c", "a,b,c\n", "a,b,c\n\n"])
def test_fault_1_a_header_alone(path: Path, content: str) -> None:
    with pytest.raises(DataFileError, match=r"points\.csv has a header and no rows"):
        sheet(path, content)


@pytest.mark.parametrize(("row", "cells"), [("3,4", 2), ("3,4,5,6", 4), ("3,4,5,", 4), ("3", 1), ('"3,4,5"', 1)])
def test_fault_2_a_row_with_more_or_fewer_cells(path: Path, row: str, cells: int) -> None:
    with pytest.raises(DataFileError, match=rf"points\.csv, line 4: expected 3 cells as in the header, got {cells}\."):
        sheet(path, f"a,b,c\n1,2,0\n\n{row}\n5,6,1\n")


def test_fault_2_a_row_of_separators_is_a_row(path: Path) -> None:
    assert sheet(path, "a,b,c\n,,\n").rows == [(2, ["", "", ""])]


@pytest.mark.parametrize(
    "broken",
    ['3,4,"y\n5,6,x\n', '3,4,"y\n5,6,"x"\n', '3,"4,y\n5,6,x\n7,8,y', '3,4,"y"x\n5,6,x\n'],
    ids=["never closed", "closed by another", "in the middle", "text after it"],
)
def test_fault_3_an_unclosed_quote_names_the_line_where_it_opened(path: Path, broken: str) -> None:
    with pytest.raises(
        DataFileError, match=r"points\.csv, line [34]: a quote (that opens here is never|inside a cell; quote)"
    ):
        sheet(path, "a,b,c\n1,2,x\n" + broken)


def test_fault_3_an_unclosed_quote_in_the_header(path: Path) -> None:
    with pytest.raises(DataFileError, match=r"points\.csv: the quotes in the header don't match"):
        sheet(path, 'a,"b,c\n1,2,x\n3,4,y\n')


def test_fault_3_two_quotes_that_swallow_a_row_between_them(path: Path) -> None:
    path.write_text('a,b,c\n1,2,"x\n3,4,"\n5,6,y\n')
    with pytest.raises(DataFileError, match=r"line 2, column 'c': the cell runs over several lines; is a quote"):
        read_points(path)


def test_fault_3_a_nul_byte(path: Path) -> None:
    with pytest.raises(DataFileError, match=r"points\.csv, line 3: a NUL byte"):
        sheet(path, "a,b,c\n1,2,x\n3,\0,y\n")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_fault_4_utf_16_without_its_name(path: Path, encoding: str) -> None:
    with pytest.raises(DataFileError, match=r"points\.csv.*--encoding utf-16"):
        sheet(path, "a,b,c\n1,2,x\n".encode(encoding))


@pytest.mark.parametrize("spelling", ["utf-8", "UTF-8", "utf8", "utf-8-sig"])
def test_fault_4_latin_1_without_its_name(path: Path, spelling: str) -> None:
    with pytest.raises(DataFileError, match=r"points\.csv, line 2: not (?i:utf).*--encoding latin-1"):
        sheet(path, "a,b,c\n1,2,für\n".encode("latin-1"), spelling)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "UTF8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"]
)
def test_fault_4_an_encoding_by_its_name(path: Path, encoding: str) -> None:
    assert sheet(path, "ä,b,c\n1,2,für\n".encode(encoding), encoding).header == ["ä", "b", "c"]


@pytest.mark.parametrize("spelling", ["utf-8", "UTF-8", "utf8"])
def test_fault_4_a_byte_order_mark_is_accepted(path: Path, spelling: str) -> None:
    assert sheet(path, codecs.BOM_UTF8 + b"a,b,c\n1,2,x\n", spelling).header == ["a", "b", "c"]


def test_fault_4_a_byte_order_mark_that_contradicts_the_encoding(path: Path) -> None:
    with pytest.raises(DataFileError, match=r"is UTF-8 by its first bytes, not latin-1; leave --encoding out"):
        sheet(path, codecs.BOM_UTF8 + b"a,b,c\n1,2,x\n", "latin-1")


@pytest.mark.parametrize("encoding", ["utf-9", "", "rot13", "hex", "nul\0"])
def test_fault_4_an_unknown_encoding(path: Path, encoding: str) -> None:
    with pytest.raises(DataFileError, match=r"unknown encoding .*; try utf-8, utf-16 or latin-1"):
        sheet(path, "a,b,c\n1,2,x\n", encoding)


@pytest.mark.parametrize("header", ["a,a,c", "a, a ,c", "a,b,b,b", "x1,x2,x2"])
def test_fault_5_a_name_given_twice(path: Path, header: str) -> None:
    with pytest.raises(DataFileError, match=r"the header has the name '\w+' twice"):
        sheet(path, f"{header}\n1,2,3\n")


@pytest.mark.parametrize("header", ["a,,c", ",b,c", "a,b,"])
def test_fault_5_a_column_without_a_name(path: Path, header: str) -> None:
    with pytest.raises(DataFileError, match="the header has a column without a name"):
        sheet(path, f"{header}\n1,2,3\n")


@pytest.mark.parametrize("header", ["abc", "a b c", '"a,b;c"'])
def test_fault_5_one_column_holds_no_points(path: Path, header: str) -> None:
    path.write_text(f"{header}\n1\n")
    with pytest.raises(DataFileError, match="expected number columns and a label column apart from them"):
        read_points(path)


def test_fault_5_a_header_that_could_be_either_is_not_guessed(path: Path) -> None:
    with pytest.raises(DataFileError, match=r"can't tell by the header .* comma or semicolon"):
        sheet(path, "a,b;c\n1,2;3\n")


def test_fault_5_a_decimal_comma_between_commas_gets_a_hint(path: Path) -> None:
    with pytest.raises(DataFileError, match=r"line 2: expected 3 cells .* got 5\. If it is a decimal comma, separate"):
        sheet(path, "a,b,c\n1,5,2,5,x\n")


def test_a_missing_file_and_a_folder(path: Path) -> None:
    for place in (path, Path("nul\0")):
        with pytest.raises(DataFileError, match="can't be read"):
            read_points(place)
    with pytest.raises(DataFileError, match="is a folder"):
        read_points(path.parent)


def test_fault_40_an_unknown_column_names_the_nearest(path: Path) -> None:
    path.write_text("height,weight,class\n1,2,x\n")
    with pytest.raises(DataFileError, match=r"no column 'heigth'; columns are .*\. Did you mean 'height'\?"):
        read_points(path, x=("heigth",))


BROKEN = {
    "a short row": "a,b,c\n1,2\n",
    "a quote": 'a,b,c\n1,2,"x\n',
    "a NUL": "a,b,c\n1,\0,x\n",
    "a name twice": "a,a,c\n1,2,x\n",
    "carriage returns": "a,b,c\r1,2,x\r",
    "two separators": "a,b;c\n1,2;3\n",
    "no rows": "a,b,c\n",
    "a missing label": "a,b,c\n1,2,\n3,4,x\n",
    "a decimal comma": 'a,b,c\n"1,5","2,5",x\n3,4,y\n',
    "infinite": "a,b,c\n1,2,x\n" + "1,inf,y\n" * 2,
    "beyond 2^63": "a,b,c\n1,2,x\n9223372036854775808,4,y\n",
}


@pytest.mark.parametrize("fault", BROKEN)
def test_fault_45_points_and_tables_refuse_the_same_files(path: Path, fault: str) -> None:
    path.write_text(BROKEN[fault])
    messages = []
    for read in (read_points, lambda path: read_table(path, "c")):
        with pytest.raises(DataFileError) as raised:
            read(path)
        messages.append(str(raised.value))
    if fault != "infinite":  # points can't have missing values, which an advice for tables names
        assert messages[0] == messages[1]


# a byte-order mark inside a file is refused
CELLS = st.text(st.characters(exclude_characters="\0\n\r\ufeff", exclude_categories=["Cs"]), max_size=6)


@given(st.data(), st.sampled_from(sorted(SEPARATORS)))
def test_what_the_csv_module_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, separator: str
) -> None:
    rows = data.draw(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=5))
    written = io.StringIO()
    csv.writer(written, delimiter=separator).writerows([("a", "b", "c"), *rows])
    found = sheet(tmp_path_factory.getbasetemp() / "any.csv", written.getvalue())
    assert found.rows == [(line, list(row)) for line, row in enumerate(rows, 2)]


@given(st.binary(max_size=60) | st.text(st.sampled_from('a1,;\t" \n\r.\ufeff'), max_size=40).map(str.encode))
def test_any_bytes_are_a_sheet_or_a_typed_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    try:
        found = sheet(tmp_path_factory.getbasetemp() / "any.csv", content)
    except DataFileError:
        return
    assert found.rows
    assert all(len(row) == len(found.header) for _, row in found.rows)
