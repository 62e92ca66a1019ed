"""All fits that are still missing, method by method; each method in a process that loads nothing of the others."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from benchmarks.results import processor
from benchmarks.tables import store
from benchmarks.tables.catalogue import TABLES, Source, load
from benchmarks.tables.measure import apart, fitted
from benchmarks.tables.methods import BY_NAME, METHODS, ROOT, THREADS, Method
from benchmarks.tables.splits import halves, repeats, split

# small, middle and large; with categories, with missing cells, wide; timed alone on a quiet machine
TIMED = ("sonar", "pima", "german", "titanic", "spambase", "marketing", "sylva", "magic")
VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS")


def jobs(purpose: str, splits: int | None = None) -> Iterator[tuple[Source, int]]:
    """Table and split, small tables first; `splits` limits how many of each."""
    for source in sorted(TABLES, key=lambda source: source.rows):
        if purpose == "times":
            yield from [(source, 0)] * (source.name in TIMED)
        else:
            yield from ((source, k) for k in range(repeats(source.rows)) if splits is None or k < splits)


def missing(method: Method, purpose: str, splits: int | None = None) -> list[tuple[Source, int]]:
    """The jobs of a method of which no result with its present versions and settings is known."""
    rows = store.known()
    same = rows[(rows["method"] == method.name) & (rows["purpose"] == purpose) & (rows["key"] == method.key())]
    done = set(zip(same["table"], same["split"], strict=True))
    return [(source, k) for source, k in jobs(purpose, splits) if (source.name, k) not in done]


def run_method(name: str, purpose: str, splits: int | None, limit: float, until: float) -> None:
    """Carry out what is missing of one method, in this process's children, until the clock says `until`."""
    method, half, loaded = BY_NAME[name], halves(), ("", None, None)
    for module in method.imports:
        importlib.import_module(module)
    for source, k in missing(method, purpose, splits):
        if time.time() > until:
            return
        if loaded[0] != source.name:
            loaded = (source.name, *load(source))
        _, frame, y = loaded
        found = apart(limit, fitted, method.make, k, frame, y, *split(y, k))
        place = {"purpose": purpose, "table": source.name, "half": half[source.name], "split": k, "method": name}
        store.append({**place, **found, **_told(method)})
        print(f"{name:22} {source.name:18} {k}  {_said(found)}", flush=True)


def _said(found: dict[str, Any]) -> str:
    if found["status"] != "ok":
        return found["status"]
    return f"log loss {found['log_loss']:.4f}  AUC {found['auc']:.4f}  fit {found['fit_seconds']:.2f} s"


def _told(method: Method) -> dict[str, Any]:
    return {
        "key": method.key(),
        "versions": method.versions(),
        "threads": THREADS,
        "cores": os.cpu_count(),
        "processor": processor(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def run_all(names: list[str], purpose: str, splits: int | None, limit: float, seconds: float) -> bool:
    """Every named method in turn; True once nothing is missing.

    Raises:
        RuntimeError: a method's process ended by itself, which is a fault of this program, not of a fit.
    """
    until = time.time() + seconds
    for method in METHODS:
        if method.name not in names or not missing(method, purpose, splits):
            continue
        if time.time() > until:
            return False
        line = [sys.executable, "-m", "benchmarks.tables", "method", method.name, "--purpose", purpose]
        line += ["--limit", str(limit), "--until", str(until)] + (["--splits", str(splits)] if splits else [])
        ended = subprocess.run(line, cwd=ROOT, env=os.environ | dict.fromkeys(VARIABLES, str(THREADS)), check=False)
        if ended.returncode:
            raise RuntimeError(f"the process of {method.name} ended with {ended.returncode}; what it had done is kept")
    return not any(missing(method, purpose, splits) for method in METHODS if method.name in names)
