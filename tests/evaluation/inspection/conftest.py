"""A classifier written by hand, of a table of every kind, so that every explanation can be known beforehand."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

KINDS = {"age": "number", "job": "category", "smoker": "boolean", "since": "date", "noise": "number"}
JOBS = {"nurse": 1.0, "miner": -1.0}
START = np.datetime64("2020-01-01", "us")


class Known:
    """Probability of class 1 from age, job and smoker; `shift` moves its border. A missing age counts as 40."""

    def __init__(self, shift: float = 0.0) -> None:
        self.shift = shift
        self.rows = self.calls = 0

    def predict_proba(self, x: pl.DataFrame) -> np.ndarray:
        self.rows, self.calls = self.rows + x.height, self.calls + 1
        age = x["age"].fill_null(40.0).to_numpy()
        job = np.array([JOBS.get(each, 0.0) for each in x["job"].to_list()])
        z = (age - 40 - self.shift) / 10 + job + x["smoker"].cast(pl.Float64).to_numpy()
        p = 1 / (1 + np.exp(-z))
        return np.column_stack([1 - p, p])


def table(n: int, seed: int = 0) -> tuple[pl.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {
        "age": rng.normal(40, 12, n),
        "job": rng.choice(["nurse", "miner", "clerk"], n, p=[0.3, 0.2, 0.5]),
        "smoker": rng.random(n) < 0.3,
        "since": START + rng.integers(0, 10**14, n).astype("timedelta64[us]"),
        "noise": rng.normal(size=n),
    }
    frame = pl.DataFrame(columns)
    return frame, (rng.random(n) < Known().predict_proba(frame)[:, 1]).astype(np.int64)


@pytest.fixture(scope="session")
def known() -> Known:
    return Known()


@pytest.fixture(scope="session")
def data() -> tuple[pl.DataFrame, np.ndarray]:
    return table(400)
