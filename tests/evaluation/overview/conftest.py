"""Tables made for a purpose: columns that say something, columns that don't, and what can be wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pytest

KINDS = {pl.Float64: "number", pl.Boolean: "boolean", pl.String: "category", pl.Datetime("us"): "date"}


@dataclass
class Made:
    """What `overview_of` needs of a table."""

    frame: pl.DataFrame
    labels: pl.Series | None

    @property
    def kinds(self) -> dict[str, str]:
        return {name: KINDS[kind] for name, kind in self.frame.schema.items()}


def made(y: Any, **columns: Any) -> Made:
    return Made(pl.DataFrame(columns), pl.Series("target", y))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture(params=range(8))
def healthy(request: pytest.FixtureRequest) -> Made:
    """Numbers, words, dates and flags that say something about the class, none of them everything."""
    rng = np.random.default_rng(request.param)
    n = int(rng.integers(150, 800))
    y = rng.integers(0, 2, n)
    gaps = np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n) + 1.2 * y)
    days = np.datetime64("2020-01-01", "us") + rng.integers(0, 10**14, n).astype("timedelta64[us]")
    return made(
        y,
        strong=rng.normal(size=n) + 1.8 * y,
        gaps=pl.Series(gaps).fill_nan(None),
        count=rng.poisson(3 + y, n).astype(float),
        town=rng.choice([f"town {k}" for k in range(40)], n),
        flag=rng.random(n) < 0.3 + 0.3 * y,
        day=days,
        noise=rng.normal(size=n),
    )
