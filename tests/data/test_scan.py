"""The header of a CSV file: the names, or an error that says what to change."""

import pytest

from separatrix.data._scan import read_header
from separatrix.errors import DataFileError


def test_names_may_hold_separators_and_quotes():
    header = read_header(b'"a,b","say ""hi""", c \r', "t.csv")
    assert header.names == ("a,b", 'say "hi"', "c")
    assert header.separator == ","


@pytest.mark.parametrize("line", [b'a,"b', b'a,b"', b'"a"b,c', b'"'])
def test_fault_03_quotes_in_the_header_that_do_not_match(line):
    with pytest.raises(DataFileError, match=r"t\.csv: the quotes in the header don't match"):
        read_header(line, "t.csv")


def test_fault_05_row_numbers_without_a_name_are_told_apart():
    for line in (b",a,y", b'"","a","y"'):
        with pytest.raises(DataFileError, match=r"without a name.*index=False.*row\.names=FALSE"):
            read_header(line, "t.csv")
    with pytest.raises(DataFileError, match=r"without a name.*of its own\.$"):
        read_header(b"a,,y", "t.csv")
