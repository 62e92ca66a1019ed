"""One text has one meaning through every door, and a declared type is kept."""

from __future__ import annotations

import datetime as dt
import decimal
import warnings

import numpy as np
import pandas as pd
import polars
import pyarrow as pa
import pytest

import separatrix as sx
from separatrix.data.frames import as_frame
from separatrix.data.kinds.category import CategoryCode
from separatrix.data.kinds.date import DateCode
from separatrix.data.kinds.words import MISSING_WORDS, as_classes
from separatrix.data.table import Table, matched
from separatrix.data.table_file import read_batches, read_table
from separatrix.errors import DataFileError, InvalidData
from separatrix.estimators.encoding.encoder import TableEncoder

WORDS = ["NA", "<NA>", "#N/A", "NULL", "\\N", ".", "NaT", "None", "-1.#IND", "n.a."]


@pytest.mark.parametrize("word", WORDS)
def test_fault_45_a_word_for_missing_means_it_in_every_kind_of_column(tmp_path, word):
    path = tmp_path / "t.csv"
    path.write_text(f"n,d,f,g,y\n1.5,2024-03-05,true,red,a\n{word},{word},{word},{word},b\n2,2024-03-06,false,blue,a\n")
    table = read_table(path, "y")
    assert list(table.kinds.values()) == ["number", "date", "boolean", "category"]
    assert all(column.to_list()[1] is None for column in table.frame)
    assert sum(repr(word) in warning for warning in table.warnings) == 4
    (batch,) = read_batches(path, table.kinds)
    assert batch.equals(table.frame)


def test_fault_7_labels_are_never_words_for_missing(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,y\n1,NA\n2,None\n3,NA\n")
    assert read_table(path, "y").labels.to_list() == ["NA", "None", "NA"]


def test_words_can_be_added_and_replaced(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,g,y\n1,NA,p\n-999,x,q\n3,x,p\n")
    added = read_table(path, "y", missing=["-999"])
    assert added.frame.to_dict(as_series=False) == {"a": [1.0, None, 3.0], "g": [None, "x", "x"]}
    replaced = read_table(path, "y", missing=["-999"], missing_only=True)
    assert replaced.frame["g"].to_list() == ["NA", "x", "x"]
    encoder = TableEncoder(missing_words=["-999"]).fit(replaced.frame)
    assert encoder.get_feature_names_out().tolist() == ["a", "a_missing", "g_NA", "g_x"]


def test_fault_45_frames_and_files_are_encoded_alike():
    texts = [" red", "NA", "blue", "", "red", None]
    encoder = TableEncoder().fit(polars.DataFrame({"g": texts}))
    assert encoder.get_feature_names_out().tolist() == ["g_blue", "g_red", "g_missing"]
    clean = polars.DataFrame({"g": ["red", None, "blue", None, "red", None]})
    for door in (polars.DataFrame({"g": texts}), pd.DataFrame({"g": texts}), pa.table({"g": texts}), clean):
        assert np.array_equal(encoder.transform(door), encoder.transform(clean))


def test_models_of_before_keep_their_categories():
    before = CategoryCode("g", ("NA", " red"))
    assert before.encode(polars.Series("g", ["NA", " red", "red", None])).tolist() == [[1, 0], [0, 1], [0, 0], [0, 0]]
    assert before.missing_words is None


def test_a_text_for_a_number_may_be_a_word_for_missing():
    frame = matched(polars.DataFrame({"a": [" 1.5", "NULL", None]}), {"a": "number"})
    assert frame["a"].to_list() == [1.5, None, None]


def test_words_are_distinct():
    assert len(set(MISSING_WORDS)) == len(MISSING_WORDS)


@pytest.mark.parametrize(
    "categories", [[1, 2], [1.5, 2.5], [True, False], [dt.date(2020, 1, 1), dt.date(2021, 1, 1)], ["u", "v"]]
)
def test_fault_46_categories_of_any_type_stay_categories(tmp_path, categories):
    frame = pd.DataFrame({"c": pd.Categorical(categories * 3), "a": range(6)})
    column = as_frame(frame)["c"]
    assert column.dtype == polars.String
    assert column.n_unique() == 2
    frame.to_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet").frame["c"].to_list() == column.to_list()


def test_fault_46_intervals_are_text_and_periods_dates():
    frame = as_frame(
        pd.DataFrame({"i": pd.cut(pd.Series([1.0, 2, 3]), 2), "p": pd.period_range("2000-01", periods=3, freq="M")})
    )
    assert frame["i"].n_unique() == 2
    assert frame["p"].to_list()[1] == dt.datetime(2000, 2, 1)


def test_fault_46_times_of_day_are_durations_from_every_frame(tmp_path):
    values = [dt.time(1, 30), None, dt.time(23, 59, 59, 500_000)]
    expected = [dt.timedelta(hours=1, minutes=30), None, dt.timedelta(hours=23, minutes=59, seconds=59.5)]
    for frame in (pd.DataFrame({"t": values}), polars.DataFrame({"t": values}), pa.table({"t": values})):
        assert as_frame(frame)["t"].to_list() == expected
    (tmp_path / "t.csv").write_text("t,a\n01:30:00,1\n,2\n23:59:59.5,3\n")
    assert read_table(tmp_path / "t.csv").frame["t"].to_list() == expected


def test_fault_46_a_time_zone_is_kept():
    naive = pd.date_range("2024-01-01", periods=50, freq="37min")
    zoned = pd.DataFrame({"t": naive.tz_localize("US/Pacific")})
    encoder = TableEncoder().fit(zoned)
    with pytest.warns(UserWarning, match="'t' holds times without a zone; they are taken for those of US/Pacific"):
        assert np.array_equal(encoder.transform(pd.DataFrame({"t": naive})), encoder.transform(zoned))
    other = pd.DataFrame({"t": zoned["t"].dt.tz_convert("Asia/Tokyo")})
    assert np.array_equal(encoder.transform(other), encoder.transform(zoned))
    with pytest.raises(InvalidData, match="'t' holds times with a zone, in training"):
        TableEncoder().fit(pd.DataFrame({"t": naive})).transform(zoned)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        DateCode("t").encode(as_frame(zoned)["t"])  # of a model of before


def test_a_zone_of_a_damaged_file_is_refused():
    code = DateCode("t", zone="Nowhere/City")
    with (
        pytest.warns(UserWarning, match="without a zone"),
        pytest.raises(InvalidData, match="no time zone 'Nowhere/City'"),
    ):
        code.encode(polars.Series("t", [dt.datetime(2020, 1, 1)]))


def test_fault_46_zones_are_not_mixed(tmp_path):
    zoned = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    with pytest.raises(InvalidData, match="mixes times with and without a zone"):
        as_frame(pd.DataFrame({"t": pd.Series([zoned, dt.datetime(2020, 1, 1)], dtype=object)}))


def test_the_index_of_pandas_is_left_out_and_said(tmp_path):
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4], "y": list("pqpq")})
    for name, index in (("__index_level_0__", None), ("patient", "patient")):
        frame[frame.a != 2].rename_axis(index).to_parquet(tmp_path / "t.parquet")
        table = read_table(tmp_path / "t.parquet", "y")
        assert list(table.kinds) == ["a"]
        assert any(repr(name) in warning and "left out" in warning for warning in table.warnings)


def test_a_table_of_a_frame_reads_texts_like_a_file():
    table = Table.from_frame(pd.DataFrame({"g": [" x ", "NULL", "y"], "y": [0, 1, 0]}), "y")
    assert table.frame["g"].to_list() == ["x", None, "y"]


HEADERLESS = [
    "0.0,0.0,1\n0.5,0.2,0\n",
    "5.1,2.0,6.8\n0.1,0.2,0.3\n",
    "0.0,0,u,p\n0.5,1,v,n\n1.0,2,u,p\n",
    "7,3,1\n4,2,0\n",
]


@pytest.mark.parametrize("text", HEADERLESS)
def test_a_first_line_of_data_is_not_taken_for_names(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(DataFileError, match=r"the first line looks like data; put a header above it"):
        read_table(tmp_path / "t.csv")


@pytest.mark.parametrize("header", ["0,1,2", "1,2,3", "country,2019,2020", "a,b,c", "2019,2020,label"])
def test_numbers_may_be_names(tmp_path, header):
    (tmp_path / "t.csv").write_text(f"{header}\n5,1,x\n6,2,y\n")
    assert list(read_table(tmp_path / "t.csv").kinds) == header.split(",")


CAUSES = {
    "# by a tool\na,b,y\n1,2,p\n": "Line 1 begins with '#': leave comments above the header out by --comment '#'",
    "Sales report\n\na,b,y\n1,2,p\n": "Line 1 has 1 cell, 'Sales report': is the header further down",
    "a,b,y\n1,0.5,3,p\n": "Are there row names before the first column",
    "a,b,y,\n1,2,p,\n": "the last column is empty",
    "a,b,y\n1,2,p\n\x1a": "got 1. It is '\\\\x1a'",
    'a,b,y\n1, "u, v",p\n': "line 2: a space stands before a quote",
    "a,b,y\n1,2,p\n\ufeff3,4,q\n": "line 3: a byte-order mark inside the file",
}


@pytest.mark.parametrize(("text", "cause"), CAUSES.items())
def test_the_true_cause_is_named(tmp_path, text, cause):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataFileError, match=cause):
        read_table(tmp_path / "t.csv")


def test_lines_above_the_header_can_be_left_out(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("# by a tool\n# in 2024\na,b\n1,2\n")
    assert read_table(path, comment="#").frame.columns == read_table(path, skip=2).frame.columns == ["a", "b"]
    path.write_text("sep=|\na,b|y\n1|p\n")
    assert dict(read_table(path, "y").kinds) == {"a,b": "number"}


@pytest.mark.parametrize(
    "texts",
    [["5%", "NA", "7.5%"], ["$1.50", "-$2"], ["(5.00)", "6.00"], ["5.50-", "6"], ["5 kg", "6 kg"], ["1.2K", "3.4K"],
     ["1\u00a0000", "2\u00a0000"], ["1,00,000", "2,00,000"], ["USD 5.00", "USD 6"], ["05-Mar-23", "06-Mar-23", "x"],
     ["Mar 5, 2023", "Apr 6, 2023"], ["2023-01", "2023-02"], ["\u0663", "\u0664"]],
)  # fmt: skip  # a list
def test_texts_that_look_like_numbers_or_dates_are_warned_of(tmp_path, texts):
    cells = "".join(f'"{text}",{row}\n' for row, text in enumerate(texts * 3))
    (tmp_path / "t.csv").write_text(f"a,b\n{cells}", encoding="utf-8")
    table = read_table(tmp_path / "t.csv")
    assert table.kinds["a"] == "number" or any("'a' is read as text" in warning for warning in table.warnings)


def test_fault_51_unseen_texts_are_counted_and_warned_of():
    x = pd.DataFrame({"a": np.arange(40.0) % 7, "job": ["private", "state"] * 20})
    model = sx.MLPBinaryClassifier((2,), max_iter=2, random_state=0).fit(x, [0, 1] * 20)
    with pytest.warns(UserWarning, match="'job': none of its texts was in training, such as 'private_2'"):
        model.predict(x.assign(job=x["job"] + "_2"))
    with pytest.warns(UserWarning, match="'job': 10 of 40 texts were not in training"):
        model.predict(x.assign(job=["odd"] * 10 + ["state"] * 30))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(x.assign(job=["odd"] + [" state"] * 38 + ["NA"]))


@pytest.mark.parametrize("labels", [[0, 1], [0.0, 1.0], [False, True], ["0", "1"], ["0.0", "1.0"], ["false", "true"]])
def test_fault_45_a_label_means_one_class_however_it_is_written(labels):
    x = np.arange(8.0)[:, None]
    model = sx.MLPBinaryClassifier((2,), max_iter=2, random_state=0).fit(x, [0, 1] * 4)
    assert as_classes(labels, model.classes_.tolist()) == dict(zip(labels, [0, 1], strict=True))


def test_labels_are_read_from_arrow_and_decimals():
    x, words = np.arange(8.0)[:, None], ["no", "yes"] * 4
    for labels in (pa.array(words), pa.chunked_array([words]), pa.array(words).dictionary_encode()):
        assert sx.MLPBinaryClassifier((2,), max_iter=2).fit(x, labels).classes_.tolist() == ["no", "yes"]
    decimals = np.array([decimal.Decimal(row % 2) for row in range(8)], dtype=object)
    assert sx.MLPBinaryClassifier((2,), max_iter=2).fit(x, decimals).classes_.tolist() == [0, 1]
