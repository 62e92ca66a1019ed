"""One table with every form of numbers: the same text has the same probability in every export as in `predict_proba`."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

import separatrix as sx
from separatrix.data.kinds.forms import DateForm, NumberForm
from separatrix.data.table_file import read_table
from separatrix.errors import InvalidData
from separatrix.estimators.portable import exportable

from .conftest import READERS, in_node

COLUMNS = ("grouped", "price", "dollars", "share", "plain", "day")


def cells(value: float) -> tuple[str, ...]:
    grouped = f"{value:,.2f}"
    swapped = grouped.translate(str.maketrans(",.", ".,"))
    day = f"{1 + int(value) % 28:02}/{1 + int(value) % 12:02}/{1990 + int(value) % 20}"
    return swapped, f"{swapped} €", f"${swapped}", f"{swapped[-4:]} %", f"{value:.1f}".replace(".", ","), day


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A model of a file whose cells are written so, saved and loaded."""
    folder = tmp_path_factory.mktemp("forms")
    values = np.random.default_rng(0).uniform(1_100, 9_000, 60)
    rows = [";".join((*cells(value), str(int(value > 5_000)))) for value in values]
    (path := folder / "train.csv").write_text("\n".join([";".join((*COLUMNS, "y")), *rows, ""]), encoding="utf-8")
    table = read_table(path, "y")
    assert set(table.kinds.values()) == {"number", "date"}
    assert set(table.written) >= {"grouped", "price", "dollars", "share", "day"}
    classifier = sx.MLPBinaryClassifier((3,), max_iter=20, encoder="auto", random_state=0)
    classifier.fit(table.frame, table.labels.to_numpy())
    sx.save(classifier, folder / "m.safetensors", source=table)
    return sx.load(folder / "m.safetensors")


TEXTS = polars.DataFrame(
    {
        "grouped": ["1.299,99", "3.500,00", "8.750,25", None],
        "price": ["1.299,99 €", "€ 3.500", "8750,25€", ""],
        "dollars": ["$1.299,99", "$3500", "8.750,25 $", "NA"],
        "share": ["9,99 %", "12%", "0,25 %", "1 %"],
        "plain": [1299.9, 3500.0, 8750.2, 5.0],
        "day": ["04/05/1999", "1/12/2001", "28/02/1992", None],
    }
)


def by_rows_of_text(name: str, portable: Any, path: Path) -> np.ndarray:
    """Probabilities of the rows as a user gives them, texts and all, and not as `matched` reads them."""
    rows = TEXTS.to_dicts()
    if name == "python":
        program: dict[str, Any] = {"__name__": "program"}
        exec(path.read_text(encoding="utf-8"), program)
        return np.array([program["predict_proba"](row) for row in rows])
    if name == "html":
        script = path.read_text(encoding="utf-8").partition('<script type="module">')[2].partition("\nconst FORM = ")[0]
        (path := path.with_suffix(".mjs")).write_text(script + "\nexport { predict_proba };", encoding="utf-8")
    if name in ("html", "javascript"):
        return np.array(in_node(path, rows, "model.predict_proba(row)")).reshape(-1, 2)
    return READERS[name](portable, TEXTS, path)


@pytest.mark.parametrize("name", READERS)
def test_the_same_text_has_the_same_probability_in_every_export(name: str, model: Any, tmp_path: Path) -> None:
    kind = sx.exports.FORMATS[name]
    path = kind.write(model, tmp_path / f"model{kind.suffix}")
    expected = model.predict_proba(TEXTS)
    assert len(set(expected[:, 1].round(6))) > 1
    np.testing.assert_allclose(by_rows_of_text(name, exportable(model), path), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("cell", ["1,299.99", "1.29", "12,5 €"])
@pytest.mark.parametrize("name", ["python", "javascript", "html"])
def test_a_text_that_predict_refuses_is_refused_by_programs(name: str, cell: str, model: Any, tmp_path: Path) -> None:
    frame = TEXTS.head(1).with_columns(polars.lit(cell).alias("grouped"))
    with pytest.raises(InvalidData, match="'grouped' must be a number such as"):
        model.predict_proba(frame)
    kind = sx.exports.FORMATS[name]
    text = kind.write(model, tmp_path / f"model{kind.suffix}").read_text(encoding="utf-8")
    row = frame.to_dicts()[0]
    if name == "python":
        program: dict[str, Any] = {"__name__": "program"}
        exec(text, program)
        with pytest.raises(ValueError, match="should hold a number such as"):
            program["predict_proba"](row)
        return
    if name == "html":
        text = (
            text.partition('<script type="module">')[2].partition("\nconst FORM = ")[0] + "\nexport { predict_proba };"
        )
    (module := tmp_path / "model.mjs").write_text(text, encoding="utf-8")
    asked = "(() => { try { return model.predict_proba(row); } catch (error) { return error.message; } })()"
    (message,) = in_node(module, [row], asked)
    assert "should hold a number such as 1.299,99" in message


@pytest.mark.parametrize(
    "form", [NumberForm(sign, unit) for sign in ("", ".", ",") for unit in ("", "%", "€")], ids=str
)
@pytest.mark.parametrize("number", [1299.99, -3.0, 0.25, 12_500.0])
def test_what_a_field_of_the_page_begins_with_is_read_as_that_number(form: NumberForm, number: float) -> None:
    text = form.text_of(number)
    assert form.read(polars.Series([text])).to_list() == [number]


@pytest.mark.parametrize("day_first", [True, False])
def test_what_a_field_of_dates_begins_with_is_read_as_that_day(day_first: bool) -> None:
    form, day = DateForm(day_first), datetime.datetime(1912, 3, 24)
    assert form.read(polars.Series([form.text_of(day)])).to_list() == [day]


def test_the_fields_of_the_page_begin_as_the_file_writes_its_cells(tmp_path: Path) -> None:
    values = np.random.default_rng(1).uniform(1_100, 9_000, 60)
    rows = [";".join((*cells(value), str(int(value > 5_000)))) for value in values]
    (path := tmp_path / "train.csv").write_text("\n".join([";".join((*COLUMNS, "y")), *rows, ""]), encoding="utf-8")
    table = read_table(path, "y")
    classifier = sx.SeparatrixClassifier(n_members=2, random_state=0).fit(table.frame, table.labels.to_numpy())
    sx.save(classifier, tmp_path / "m.safetensors", source=table)
    page = sx.to_html(sx.load(tmp_path / "m.safetensors"), tmp_path / "m.html").read_text(encoding="utf-8")
    (line,) = [line for line in page.splitlines() if line.startswith("const FORM = ")]
    assert re.search(r"[0-9],[0-9]+ %", line)
    assert re.search(r"[0-9]{2}/[0-9]{2}/[0-9]{4}", line.replace("\\/", "/"))
