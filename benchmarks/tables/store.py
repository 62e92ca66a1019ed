"""Results: a line of a journal as each fit ends, one Parquet file of all that is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.tables.methods import ROOT

JOURNAL = ROOT / "build" / "bench-tables.jsonl"
PARQUET = ROOT / "benchmarks" / "tables.parquet"
SAME = ["purpose", "table", "split", "method"]  # the newest of these counts
PURPOSES = ("scores", "times")


def append(row: dict[str, Any], journal: Path = JOURNAL) -> None:
    """One line, written at once."""
    journal.parent.mkdir(parents=True, exist_ok=True)
    with journal.open("a", encoding="utf-8") as out:
        out.write(json.dumps(row) + "\n")


def known(journal: Path = JOURNAL, parquet: Path = PARQUET) -> pd.DataFrame:
    """All results, the newest of each table, split and method; empty if there are none.

    A last line that was cut short by a kill is left out: that fit is done again.
    """
    parts = [pd.read_parquet(parquet)] if parquet.exists() else []
    if journal.exists():
        lines = journal.read_text(encoding="utf-8").splitlines(keepends=True)
        parts.append(pd.DataFrame([json.loads(line) for line in lines if line.endswith("}\n")]))
    if not any(len(part) for part in parts):
        return pd.DataFrame(columns=[*SAME, "key", "status"])
    rows = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return (
        rows.sort_values("date", kind="stable").drop_duplicates(SAME, keep="last").sort_values(SAME, ignore_index=True)
    )


def save(rows: pd.DataFrame, parquet: Path = PARQUET) -> None:
    """All results into the Parquet file, by way of another name, so that a kill leaves the old one."""
    whole = parquet.with_suffix(".new")
    rows.to_parquet(whole, index=False, compression="zstd")
    whole.replace(parquet)
