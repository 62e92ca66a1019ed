"""The catalogue of tables, its halves and splits, and the files it reads."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.tables import reading
from benchmarks.tables.catalogue import TABLES, Source, load
from benchmarks.tables.splits import DEVELOPMENT, FINAL, halves, repeats, split

BY_NAME = {source.name: source for source in TABLES}
# what was tuned on; a table that changed sides would have been tuned on and be called final
TUNED_ON = {
    "actg175", "bands", "cps91", "crime1", "default", "digits_odd", "fertil2", "flare_f", "german", "happiness",
    "ionosphere", "magic", "mammographic", "marketing", "nursery", "p401k", "page_blocks0", "phishing", "saheart",
    "spectf", "sylva", "tic_tac_toe", "titanic", "vehicle1", "winequality_red4",
}  # fmt: skip


def source(file, read, **more):
    return Source(**{"name": "t", "rows": 4, "positives": 2, "package": "p", "path": file, "read": read} | more)


@pytest.fixture
def given(tmp_path, monkeypatch):
    """Write a file into a package named p that can be found but not imported."""
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise ImportError('imported')")
    monkeypatch.syspath_prepend(tmp_path)

    def write(name, text):
        (folder / name).write_text(text)
        return name

    return write


def test_no_table_changes_its_half():
    assert {name for name, half in halves().items() if half == DEVELOPMENT} == TUNED_ON


@pytest.mark.parametrize("half", [DEVELOPMENT, FINAL])
def test_each_half_has_its_share_of_every_kind(half):
    inside = [each for each in TABLES if halves()[each.name] == half]
    assert len(inside) == 25
    assert sum(bool(each.categories) for each in inside) >= 10
    assert sum(each.missing for each in inside) >= 3
    assert sum(each.rows > 5_000 for each in inside) >= 7
    assert sum(each.rows < 1_000 for each in inside) >= 7


def test_a_split_keeps_the_shares_shuffles_and_is_the_same_again():
    y = np.repeat([0, 1], [300, 100])
    train, test = split(y, 0)
    assert sorted([*train, *test]) == list(range(400))
    assert (len(test), y[test].sum(), y[train].sum()) == (100, 25, 75)
    assert (np.diff(train) < 0).any()
    assert all((a == b).all() for a, b in zip(split(y, 0), (train, test), strict=True))
    assert (split(y, 1)[1] != test).any()


def test_small_tables_are_split_more_often():
    assert [repeats(rows) for rows in (200, 2_000, 2_001, 10_000, 10_001)] == [5, 5, 3, 3, 2]


def test_scikit_learns_tables_are_what_it_loads_itself():
    from sklearn.datasets import load_breast_cancer, load_digits

    for name, known in (("wdbc", load_breast_cancer()), ("digits_odd", load_digits())):
        frame, y = load(BY_NAME[name])
        assert (frame.to_numpy() == known.data).all()
        assert (y == (known.target % 2 if name == "digits_odd" else known.target == 0)).all()


def test_codes_without_an_order_become_categories():
    frame, y = load(BY_NAME["fair"])
    assert list(frame["occupation"].cat.categories) == list("123456")
    assert (len(y), y.sum()) == (6366, 2053)
    assert "affairs" not in frame


def test_a_question_mark_is_missing_and_the_word_none_is_not(given):
    file = given("a.csv", "a,b,y\n1,None,0\n?,x,1\n3,,1\n4,None,0\n")
    frame, y = load(source(file, reading.csv, target="y", positive=(1,), categories="text"))
    assert frame["a"].isna().tolist() == [False, True, False, False]
    assert frame["b"].astype(object).fillna("-").tolist() == ["None", "x", "-", "None"]
    assert y.tolist() == [0, 1, 1, 0]


def test_attributes_name_the_columns_of_a_keel_file(given):
    text = "@relation r\n@attribute A real [0, 1]\n@attribute B {u, v}\n@attribute Class {p, n}\n@inputs A, B\n@data\n"
    file = given("a.dat", text + "0.5, u, p\n1.0, v, n\n2.0, u, n\n3.0, u, p\n")
    frame, y = load(source(file, reading.keel, target="Class", positive=("p",), categories="text"))
    assert frame["A"].tolist() == [0.5, 1.0, 2.0, 3.0]
    assert list(frame["B"]) == ["u", "v", "u", "u"]
    assert y.tolist() == [1, 0, 0, 1]


def test_rows_without_a_class_are_left_out_and_impossible_zeros_are_missing(given):
    file = given("a.csv", "a,y\n0,1\n2,0\n3,\n4,1\n5,0\n")
    frame, _ = load(source(file, reading.csv, target="y", positive=(1,), zeros_missing=("a",)))
    assert frame["a"].fillna(-1).tolist() == [-1, 2, 4, 5]


def test_a_file_of_another_version_is_refused(given):
    file = given("a.csv", "a,y\n1,1\n2,0\n")
    with pytest.raises(ValueError, match="expected 4 rows with 2 of class 1 in p, got 2 rows with 1"):
        load(source(file, reading.csv, target="y", positive=(1,)))


def test_texts_that_nobody_called_categories_are_refused(given):
    file = given("a.csv", "a,y\n1,1\n2,0\nx,1\n4,0\n")
    with pytest.raises(ValueError, match=r"expected numbers in \['a'\], got texts"):
        load(source(file, reading.csv, target="y", positive=(1,)))


def test_a_package_that_is_not_there_is_named():
    with pytest.raises(reading.TableMissing, match=r"expected a.csv in the installed package no_such_package"):
        load(source("a.csv", reading.csv, package="no_such_package", target="y", positive=(1,)))


def test_sparse_lines_and_labels_in_a_file_of_their_own(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("b.txt", "-1 1:1.5 2:-2\n1 1:0.5 2:3\n")
    assert reading.sparse(tmp_path / "b.zip").to_numpy().tolist() == [[1.5, -2, -1], [0.5, 3, 1]]
    (tmp_path / "a.data").write_text("1 2 \n3 4 \n")
    (tmp_path / "a.labels").write_text("1\n-1\n")
    expected = pd.DataFrame({"x1": [1, 3], "x2": [2, 4], "class": [1, -1]})
    pd.testing.assert_frame_equal(reading.agnostic(tmp_path / "a.data"), expected)
