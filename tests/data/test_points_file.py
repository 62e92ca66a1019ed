"""Points from a file: every number and label as it is written, or an error that names file, line and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

import separatrix as sx
from separatrix.data.points_file import read_points, write_points
from separatrix.errors import DataFileError, OutputError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "points.csv"


def points(path: Path, content: str, **settings: Any) -> sx.Points:
    path.write_text(content)
    return read_points(path, **settings)


def labelled(path: Path, *labels: str, **settings: Any) -> list[int]:
    return points(path, "a,b,label\n" + "".join(f"1,2,{label}\n" for label in labels), **settings).y.tolist()


def test_the_first_two_columns_and_the_last_are_taken(path: Path) -> None:
    found = points(path, "a,b,note,label\n1, -2.5e1 ,hi,0\n+.5,3.,,1\n")
    assert found.x.tolist() == [[1, -25], [0.5, 3]]
    assert found.y.tolist() == [0, 1]
    assert (found.x.dtype, found.sampler) == (np.float64, "points.csv")


def test_columns_by_name(path: Path) -> None:
    content = "class,note,v,u\nyes,1,2,3\nno,4,5,6\n"
    found = points(path, content, x=("u", "v"), y="class")
    assert (found.x.tolist(), found.y.tolist()) == ([[3, 2], [6, 5]], [1, 0])
    assert points(path, content, x="u", y="class").x.tolist() == [[3], [6]]


@pytest.mark.parametrize("settings", [{"x": ("a", "label")}, {"y": "a"}, {"x": ()}])
def test_a_column_is_either_a_number_or_the_label(path: Path, settings: Any) -> None:
    with pytest.raises(DataFileError, match="expected number columns and a label column apart from them"):
        points(path, "a,b,label\n1,2,0\n3,4,1\n", **settings)


def test_a_file_without_a_header_does_not_lose_its_first_row(path: Path) -> None:
    with pytest.raises(DataFileError, match="the first line looks like data; put a header above it"):
        points(path, "0.5,1.5,a\n1,2,b\n3,4,a\n")
    assert len(points(path, "2019,2020,label\n1,2,b\n3,4,a\n", x=("2019", "2020"))) == 2


@pytest.mark.parametrize("separator", [";", "\t"])
def test_fault_5_a_decimal_comma_is_read_right(path: Path, separator: str) -> None:
    content = "a;b;label\n1,5;-2;x\n,25;3,0e2;y\n".replace(";", separator)
    assert points(path, content).x.tolist() == [[1.5, -2], [0.25, 300]]


def test_fault_5_a_decimal_point_between_semicolons_is_read_right(path: Path) -> None:
    assert points(path, "a;b;label\n1.5;-2;x\n.25;3.0e2;y\n").x.tolist() == [[1.5, -2], [0.25, 300]]


def test_fault_5_a_quoted_decimal_comma_between_commas_gets_a_hint(path: Path) -> None:
    with pytest.raises(DataFileError, match=r"line 2, column 'a': '1,5' has a comma in it; say --decimal"):
        points(path, 'a,b,label\n"1,5","2,5",x\n')


def test_fault_5_commas_and_points_in_one_file_are_not_guessed(path: Path) -> None:
    told = r"points\.csv, line 3, column 'b': a decimal point, but column 'a' has a decimal comma in line 2; write 1\.5"
    with pytest.raises(DataFileError, match=told):
        points(path, "a;b;label\n1,500;2;x\n3;2.5;y\n")
    with pytest.raises(DataFileError, match="line 2"):
        points(path, "a;b;label\n1.234,5;2;x\n3;2;y\n")


@pytest.mark.parametrize(
    "odd",
    [
        "x",
        "",
        " ",
        "NA",
        "nan",
        "inf",
        "-Infinity",
        "1e400",
        "-1e999",
        "1_000",
        "0x10",
        "１",
        "1 2",
        "1e",
        "--1",
    ],
)
def test_fault_6_a_cell_late_in_a_column_that_is_no_number(path: Path, odd: str) -> None:
    rows = "1,2,0\n3,4,1\n" * 500
    with pytest.raises(DataFileError, match=r"points\.csv, line 1002, column 'b': expected a finite number"):
        points(path, f'a,b,label\n{rows}5,"{odd}",0\n{rows}')


@pytest.mark.parametrize(
    "whole", ["9223372036854775809", "-9223372036854775809", "123456789012345678901234567890", "9" * 5_000]
)
def test_fault_6_whole_numbers_beyond_2_to_the_63(path: Path, whole: str) -> None:
    told = "beyond 2\\^63" if len(whole) < 400 else "expected a finite number"
    with pytest.raises(DataFileError, match=f"line 3, column 'a': .*{told}"):
        points(path, f"a,b,label\n1,2,0\n{whole},4,1\n")


def test_fault_6_whole_numbers_that_float32_cannot_hold_are_warned_of(path: Path) -> None:
    told = r"points\.csv: column 'b' holds whole numbers beyond 2\^24, which float32 rounds; the first is 16777217 in line 2\."
    with pytest.warns(UserWarning, match=told) as caught:
        found = points(path, "a,b,label\n1,16777217,0\n2,-9223372036854775807,1\n")
    assert found.x[0, 1] == 16777217
    assert caught[0].filename == __file__


def test_fault_6_whole_numbers_that_float32_holds_are_not_warned_of(path: Path) -> None:
    points(path, f"a,b,label\n16777216,{2**62},0\n-16777218,0000000000000000000000007,1\n")


@pytest.mark.parametrize("text", ["NA", "None", "nan", "null", "N/A", "-"])
def test_fault_7_any_text_is_a_label(path: Path, text: str) -> None:
    assert labelled(path, text, "yes", text, positive="yes") == [0, 1, 0]
    assert labelled(path, text, "yes", text, positive=text) == [1, 0, 1]


def test_fault_7_missing_labels_are_counted(path: Path) -> None:
    with pytest.raises(DataFileError, match="line 3, column 'label': 2 labels are missing, the first here"):
        labelled(path, "a", "", "b", " ")
    with pytest.raises(DataFileError, match="line 4, column 'label': 1 label is missing, the first here"):
        labelled(path, "a", "b", "")


@given(
    arrays_of.arrays(st.sampled_from(["float32", "float64"]), st.tuples(st.integers(2, 6), st.integers(1, 3)),
                     elements={"allow_nan": False, "allow_infinity": False}),
)  # fmt: skip
def test_fault_10_points_are_written_as_numbers_and_read_back_the_same(tmp_path_factory: Any, x: np.ndarray) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    y = np.arange(len(x)) % 2
    write_points(sx.Points(x, y), path, force=True)
    again = read_points(path, x=[f"x{k + 1}" for k in range(x.shape[1])])
    assert again.x.tobytes() == x.astype(np.float64).tobytes()
    assert again.y.tolist() == y.tolist()


def test_fault_10_the_file_is_plain(path: Path) -> None:
    write_points(sx.Points(np.array([[-0.1, 1e-300], [-3.0, 1e20]]), np.array([1, 0])), path)
    assert path.read_bytes() == b"x1,x2,label\n-0.1,1e-300,1\n-3.0,1e+20,0\n"


def test_fault_29_writing_points_over_a_file_needs_force(path: Path) -> None:
    write_points(sx.moons(n=4), path)
    before = path.read_bytes()
    with pytest.raises(OutputError, match="--force"):
        write_points(sx.xor(n=4), path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("only", ["a", "0", "True"])
def test_fault_15_one_class_only(path: Path, only: str) -> None:
    with pytest.raises(DataFileError, match=f"Only binary classification is supported.* has 1 class: '{only}'"):
        labelled(path, only, only)


def test_fault_15_three_classes_or_more(path: Path) -> None:
    with pytest.raises(
        DataFileError, match=r"Only binary classification is supported\. .* has 3 classes: 'b', 'a', 'c'\."
    ):
        labelled(path, "b", "a", "c", "a")
    with pytest.raises(DataFileError, match=r"has 9 classes: '0', '1', '2', '3', '4', …"):
        labelled(path, *map(str, range(9)))


def test_fault_15_continuous_labels(path: Path) -> None:
    with pytest.raises(
        DataFileError, match=r"line 3, column 'label': a label is a class, not a continuous number such as 0\.7"
    ):
        labelled(path, "1", "0.7")
    with pytest.raises(DataFileError, match="line 2, column 'label': a label is a class"):
        labelled(path, "1e999", "1")


def test_fault_15_numbers_mixed_with_text(path: Path) -> None:
    with pytest.raises(DataFileError, match=r"both numbers and text as labels: '1', 'NA'\. Correct them, or name"):
        labelled(path, "1", "NA", "1")


@pytest.mark.parametrize(
    ("zero", "one"),
    [
        ("0", "1"),
        ("-1", "1"),
        ("1", "2"),
        ("2", "10"),
        ("False", "True"),
        ("false", "true"),
        ("no", "yes"),
        ("ham", "spam"),
        ("0.0", "1.0"),
    ],
)
def test_fault_16_labels_of_any_kind_become_0_and_1_in_their_order(path: Path, zero: str, one: str) -> None:
    assert labelled(path, one, zero, one) == [1, 0, 1]
    assert labelled(path, one, zero, one, positive=zero) == [0, 1, 0]


def test_fault_16_numbers_as_labels_are_compared_as_numbers(path: Path) -> None:
    assert labelled(path, "1", "1.0", "0", "+1", "00") == [1, 1, 0, 1, 0]
    assert labelled(path, "1.0", "2.0", positive=1) == [1, 0]
    assert labelled(path, "1", "2", positive="1.0") == [1, 0]


def test_fault_16_a_positive_that_is_not_there(path: Path) -> None:
    with pytest.raises(DataFileError, match=r"no label 'maybe' in column 'label'; there are 'yes', 'no'\."):
        labelled(path, "yes", "no", positive="maybe")
    with pytest.raises(DataFileError, match="no label '3'"):
        labelled(path, "1", "2", positive=3)


def test_the_points_can_be_trained_on(path: Path) -> None:
    write_points(sx.circle(n=30, seed=1), path)
    run = sx.train(sx.Network.parse("2-3-1"), sx.Recipe(epochs=3), read_points(path), engine="torch")
    assert run.epochs == 3


@given(
    st.lists(
        st.lists(st.text(st.sampled_from("01.,-eaN "), max_size=3), min_size=3, max_size=3), min_size=1, max_size=4
    )
)
def test_any_cells_are_points_or_a_typed_error(tmp_path_factory: Any, cells: list[list[str]]) -> None:
    content = "a;b;label\n" + "".join(";".join(row) + "\n" for row in cells)
    path = tmp_path_factory.getbasetemp() / "any.csv"
    try:
        found = points(path, content)
    except DataFileError:
        return
    assert len(found) == len(cells)
    assert 0 < found.n_positive < len(found)
