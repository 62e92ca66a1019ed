"""A report on a table of every kind of column, with names that would be code if they were not escaped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

import separatrix as sx
from separatrix.evaluation.scores import scored
from separatrix.reports._explanations import explained
from separatrix.reports.html_elements import KeyNumber
from separatrix.reports.table_report import TableReport
from tests.evaluation.inspection.conftest import KINDS, Known, table
from tests.evaluation.overview.conftest import Made

EVIL = "<img src=x onerror=alert(1)>'\"&"


@dataclass(frozen=True)
class Material:
    frame: pl.DataFrame
    y: np.ndarray
    kinds: dict[str, str]


@pytest.fixture(scope="session")
def material() -> Material:
    frame, y = table(300)
    frame = frame.with_columns(
        pl.Series(EVIL, [EVIL if k % 3 else "fine" for k in range(300)]),
        pl.lit(1.0).alias("same " + EVIL),
        pl.Series("leak " + EVIL, y + 0.0),
    )
    return Material(frame, y, KINDS | {EVIL: "category", "same " + EVIL: "number", "leak " + EVIL: "number"})


@pytest.fixture(scope="session")
def full(material: Material) -> TableReport:
    known, members = Known(), [Known(-3.0), Known(3.0)]
    p = known.predict_proba(material.frame)[:, 1]
    labels = pl.Series(np.where(material.y == 1, EVIL, "no"))
    return TableReport(
        title=EVIL,
        about=EVIL,
        scored=scored(material.y, p, (EVIL, "yes " + EVIL)),
        where=EVIL,
        comparisons={EVIL: p**2},
        numbers=[KeyNumber(EVIL, EVIL, EVIL)],
        measures=[([EVIL, "network"], [[EVIL, 0.5]])],
        verdict=EVIL,
        overview=sx.overview_of(Made(material.frame, labels)),
        explained=explained(
            known, material.frame, material.kinds, material.y, members=members, pairs=[("age", EVIL), ("age", "noise")]
        ),
        run=sx.train(sx.Network.parse("2-3-1"), sx.Recipe(epochs=20), sx.circle(seed=0), engine="torch"),
        settings=[(EVIL, EVIL)],
    )
