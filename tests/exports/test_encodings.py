"""Every kind of column through every export: random rows, missing values, unseen categories, extremes."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

import separatrix as sx
from separatrix.data.kinds.boolean import BooleanCode
from separatrix.data.kinds.category import CategoryCode, TargetCode
from separatrix.data.kinds.date import DateCode
from separatrix.data.kinds.number import NumberCode
from separatrix.estimators.encoding.encoding import Encoding
from separatrix.estimators.portable import Member, Portable

Exported = Callable[[Portable, Any], np.ndarray]

CITIES = ("Oslo", "Rome", "", "ä 'q' \"q\" \\", "'''", "\n", "<missing>")
KNOTS = np.array([-2.0, -0.5, 0.0, 1e-3, 7.0])
MOMENTS = [
    datetime.datetime(1970, 1, 1),
    datetime.datetime(2024, 2, 29, 23, 59, 59, 999_999),
    datetime.datetime(1815, 6, 18, 11, 30),
    datetime.datetime(2254, 12, 31),
    datetime.datetime(2026, 11, 23, 7, 5, 1),
    None,
]
CODES: dict[str, Any] = {
    "scaled": NumberCode("scaled", fill=0.25, centre=0.5, scale=3.0, clip=4.0, indicator=True),
    "constant": NumberCode("constant", fill=7.0, centre=7.0, scale=0.0),
    "tiny": NumberCode("tiny", centre=1e-200, scale=1e-210, clip=8.0),
    "huge": NumberCode("huge", centre=-1e300, scale=1e299),
    "barely moved": NumberCode("barely moved", centre=3e-9, scale=1e-9),
    "barely scaled": NumberCode("barely scaled", scale=1.000009, clip=1e6),
    "quantile": NumberCode("quantile", "quantile", fill=0.1, knots=KNOTS, levels=np.array([-2.3, -1, 0.0, 0.5, 2.3])),
    "one knot": NumberCode("one knot", "quantile", knots=KNOTS[:1], levels=KNOTS[:1]),
    "pieces": NumberCode("pieces", "piecewise", fill=-0.2, knots=KNOTS, indicator=True),
    "both": NumberCode("both", "both", fill=-0.2, centre=0.3, scale=2.5, clip=3.0, knots=KNOTS, indicator=True),
    "both, no pieces": NumberCode("both, no pieces", "both", centre=0.3, scale=2.5, knots=KNOTS[:1]),
    "no pieces": NumberCode("no pieces", "piecewise", knots=KNOTS[:1], indicator=True),
    "flag": BooleanCode("flag"),
    "told flag": BooleanCode("told flag", indicator=True),
    "city": CategoryCode("city", CITIES, indicator=True),
    "plain city": CategoryCode("plain city", ("Rome",)),
    "no city": CategoryCode("no city", (), indicator=True),
    "target": TargetCode("target", CITIES, np.linspace(-2, 2, len(CITIES)), 0.1, -0.3, indicator=True),
    "seen": DateCode("seen", centre=1.7e15, scale=3e14, periods=("day", "week", "year"), indicator=True),
    "one day": DateCode("one day", scale=0.0),
}
NUMBERS = [
    0.0,
    -0.0,
    1e-9,
    4.5e-9,
    999_999.0,
    1.0,
    -3.5,
    1e-300,
    5e-324,
    1e30,
    -1e30,
    1e200,
    1.7e308,
    -1.7e308,
    1e-3,
    None,
]
KINDS = {
    NumberCode: "number",
    BooleanCode: "boolean",
    CategoryCode: "category",
    TargetCode: "category",
    DateCode: "date",
}


def portable_of(*codes: Any, dtype: str = "float32", widths: tuple[int, ...] = (6, 5)) -> Portable:
    encoding = Encoding(tuple(codes))
    network = sx.Network((len(encoding.names), *widths, 1), "tanh")
    member = Member(encoding, network, network.initialise(1, dtype))
    return Portable({code.name: KINDS[type(code)] for code in codes}, ("no", "yes"), (member,))


def values_of(code: Any) -> polars.Series:
    """Edge values first, then what is usual, 40 in all."""
    draw = np.random.default_rng(len(code.name))
    match KINDS[type(code)]:
        case "number":
            return polars.Series(code.name, [*NUMBERS, *draw.normal(size=24).tolist()], polars.Float64)
        case "boolean":
            return polars.Series(code.name, [[True, False, None][at % 3] for at in range(40)], polars.Boolean)
        case "date":
            later = [datetime.datetime(2020, 1, 1) + datetime.timedelta(hours=31.7 * at) for at in range(34)]
            return polars.Series(code.name, [*MOMENTS, *later], polars.Datetime("us"))
        case _:
            usual = CITIES if "" in code.categories else CITIES[:2]  # else "" stands for a missing one
            texts = [*usual, "Bonn", None, " Oslo", "oslo", "unseen\ttext", "=1+1", "nan"]
            return polars.Series(code.name, [texts[at % len(texts)] for at in range(40)], polars.String)


def mixed() -> polars.DataFrame:
    return polars.DataFrame([values_of(code) for code in CODES.values()])


def assert_same(exported: Exported, portable: Portable, frame: polars.DataFrame) -> None:
    expected = portable.predict_proba(frame)
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(exported(portable, frame), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", CODES)
def test_each_kind_of_column_alone(quickly_exported: Exported, name: str) -> None:
    code = CODES[name]
    assert_same(quickly_exported, portable_of(code), values_of(code).to_frame())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_kinds_together(exported: Exported, dtype: str) -> None:
    assert_same(exported, portable_of(*CODES.values(), dtype=dtype), mixed())


def test_members_with_other_encodings_and_categories_are_added(exported: Exported) -> None:
    one = portable_of(CODES["scaled"], CODES["city"])
    other = portable_of(
        NumberCode("scaled", "quantile", knots=KNOTS, levels=KNOTS), CategoryCode("city", ("Bonn", "Rome"))
    )
    both = Portable(one.columns, one.classes, (*one.members, *other.members))
    assert_same(exported, both, mixed().select("scaled", "city"))


def test_members_that_share_an_encoding(exported: Exported) -> None:
    one = portable_of(CODES["scaled"], CODES["city"])
    first = one.members[0]
    others = [replace(first, parameters=first.network.initialise(seed), scale=0.3, shift=0.1) for seed in (5, 6)]
    assert_same(exported, Portable(one.columns, one.classes, (first, *others)), mixed().select("scaled", "city"))


@pytest.mark.parametrize("rows", [0, 1])
def test_few_rows(quickly_exported: Exported, rows: int) -> None:
    portable = portable_of(*CODES.values())
    assert quickly_exported(portable, mixed()[:rows]).reshape(-1, 2).shape == (rows, 2)


def test_a_table_of_categories_alone(exported: Exported) -> None:
    assert_same(exported, portable_of(CODES["city"], CODES["target"]), mixed().select("city", "target"))


def test_the_python_file_reads_all_kinds_from_text(tmp_path: Path) -> None:
    """As they stand in a CSV file."""
    from separatrix.exports.python import source

    portable = portable_of(*(CODES[name] for name in ("scaled", "flag", "city", "seen")))
    made: dict[str, Any] = {"__name__": "made"}
    exec(source(portable), made)
    frame = mixed().select(list(portable.columns))
    rows = [
        {
            "scaled": "" if number is None else f" {number!r} ",
            "flag": "" if flag is None else str(flag),
            "city": city,
            "seen": "" if moment is None else str(moment),
        }
        for number, flag, city, moment in frame.rows()
    ]
    found = [made["predict_proba"](row) for row in rows]
    np.testing.assert_allclose(found, portable.predict_proba(frame), rtol=0, atol=1e-12)
