"""Results: a line of a journal as each fit ends, one Parquet file of all that is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.tables.methods import ROOT

SAME = ["purpose", "table", "split", "method"]  # the newest of these counts
PURPOSES = ("scores", "times", "shuffled")


@dataclass(frozen=True)
class Store:
    """Where results lie.

    Attributes:
        folder: of the Parquet file, the page and its pictures.
        journal: lines of JSON that no Parquet file may hold yet.
    """

    folder: Path = ROOT / "benchmarks"
    journal: Path = ROOT / "build" / "bench-tables.jsonl"

    @classmethod
    def at(cls, folder: Path | None) -> Store:
        """The repository's own, or all of it in a folder."""
        return cls() if folder is None else cls(folder, folder / "tables.jsonl")

    @property
    def parquet(self) -> Path:
        return self.folder / "tables.parquet"

    def append(self, row: dict[str, Any]) -> None:
        """One line, written at once."""
        self.journal.parent.mkdir(parents=True, exist_ok=True)
        with self.journal.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")

    def known(self) -> pd.DataFrame:
        """All results, the newest of each table, split and method; empty if there are none.

        A last line that was cut short by a kill is left out: that fit is done again.
        """
        parts = [pd.read_parquet(self.parquet)] if self.parquet.exists() else []
        if self.journal.exists():
            lines = self.journal.read_text(encoding="utf-8").splitlines(keepends=True)
            parts.append(pd.DataFrame([json.loads(line) for line in lines if line.endswith("}\n")]))
        parts = [part for part in parts if len(part)]
        if not parts:
            return pd.DataFrame(columns=[*SAME, "key", "status"])
        rows = pd.concat(parts, ignore_index=True).sort_values("date", kind="stable")
        return rows.drop_duplicates(SAME, keep="last").sort_values(SAME, ignore_index=True)

    def save(self) -> None:
        """All results into the Parquet file."""
        self._write(self.known())

    def forget(self, purposes: list[str], methods: list[str]) -> None:
        """No results of these methods any more, which will then be measured anew."""
        rows = self.known()
        self._write(rows[~(rows["purpose"].isin(purposes) & rows["method"].isin(methods))])
        self.journal.unlink(missing_ok=True)

    def _write(self, rows: pd.DataFrame) -> None:
        """By way of another name, so that a kill leaves the old file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        whole = self.parquet.with_suffix(".new")
        rows.to_parquet(whole, index=False, compression="zstd")
        whole.replace(self.parquet)
