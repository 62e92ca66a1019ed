"""All fits that are still missing, method by method; each method in a process that loads nothing of the others."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results import processor
from benchmarks.tables.catalogue import TABLES, Source, load
from benchmarks.tables.measure import apart, fitted
from benchmarks.tables.methods import BY_NAME, METHODS, ROOT, Method
from benchmarks.tables.splits import halves, repeats, split
from benchmarks.tables.store import Store

# small, middle and large; with categories, with missing cells, wide; timed alone on a quiet machine
TIMED = ("sonar", "pima", "german", "titanic", "spambase", "marketing", "sylva", "magic")
VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS")


@dataclass(frozen=True)
class Plan:
    """What is to be run.

    Attributes:
        purpose: "scores", all tables and splits; "times", a few tables once; "shuffled", every table once, its classes
            dealt out anew, so that whoever finds something has seen what it shouldn't.
        splits: so many splits of each table at most; None for all.
        limit: seconds after which a fit counts as failed.
        threads: how many each method may use.
        out: a folder for the results; None for the repository's own.
        tables: only these; all if empty.
    """

    purpose: str
    splits: int | None
    limit: float
    threads: int
    out: Path | None = None
    tables: tuple[str, ...] = ()

    @property
    def store(self) -> Store:
        return Store.at(self.out)

    def jobs(self, method: Method) -> Iterator[tuple[Source, int]]:
        """Table and split, small tables first."""
        asked = [source for source in TABLES if not self.tables or source.name in self.tables]
        for source in sorted(asked, key=lambda source: source.rows):
            if method.most_rows is not None and source.rows > method.most_rows:
                continue
            limits = (repeats(source.rows), self.splits, method.most_splits)
            count = min(limit for limit in limits if limit is not None)
            once = {"times": source.name in TIMED, "shuffled": method.ours}
            yield from ((source, k) for k in range(int(once.get(self.purpose, count))))

    def missing(self, method: Method) -> list[tuple[Source, int]]:
        """The jobs of a method of which no result with its present versions and settings is known."""
        rows = self.store.known()
        same = rows[(rows["method"] == method.name) & (rows["purpose"] == self.purpose) & (rows["key"] == method.key())]
        done = set(zip(same["table"], same["split"], strict=True))
        return [(source, k) for source, k in self.jobs(method) if (source.name, k) not in done]


def run_method(name: str, plan: Plan, until: float) -> None:
    """Carry out what is missing of one method, in this process's children, until the clock says `until`."""
    method, half, loaded = BY_NAME[name], halves(), ("", None, None)
    for module in method.imports:
        importlib.import_module(module)
    for source, k in plan.missing(method):
        if time.time() > until:
            return
        if loaded[0] != source.name:
            loaded = (source.name, *load(source))
        _, frame, y = loaded
        if plan.purpose == "shuffled":
            y = np.random.default_rng(k).permutation(y)
        found = apart(plan.limit, fitted, method.make, k, plan.threads, frame, y, *split(y, k))
        place = {"purpose": plan.purpose, "table": source.name, "half": half[source.name], "split": k, "method": name}
        plan.store.append({**place, **found, **_told(method, plan)})
        print(f"{name:22} {source.name:18} {k}  {_said(found)}", flush=True)


def _said(found: dict[str, Any]) -> str:
    if found["status"] != "ok":
        return found["status"]
    return f"log loss {found['log_loss']:.4f}  AUC {found['auc']:.4f}  fit {found['fit_seconds']:.2f} s"


def _told(method: Method, plan: Plan) -> dict[str, Any]:
    return {
        "key": method.key(),
        "versions": method.versions(),
        "threads": plan.threads,
        "cores": os.cpu_count(),
        "processor": processor(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def run_all(names: list[str], plan: Plan, seconds: float) -> bool:
    """Every named method in turn; True once nothing is missing.

    Raises:
        RuntimeError: a method's process ended by itself, which is a fault of this program, not of a fit.
    """
    until = time.time() + seconds
    for method in METHODS:
        if method.name not in names or not plan.missing(method):
            continue
        if time.time() > until:
            return False
        line = [sys.executable, "-m", "benchmarks.tables", "method", method.name, *_options(plan), f"--until={until}"]
        ended = subprocess.run(line, cwd=ROOT, env=_environment(plan), check=False)
        if ended.returncode:
            raise RuntimeError(f"the process of {method.name} ended with {ended.returncode}; what it had done is kept")
    return not any(plan.missing(method) for method in METHODS if method.name in names)


def _options(plan: Plan) -> list[str]:
    told = [f"--purpose={plan.purpose}", f"--limit={plan.limit}", f"--threads={plan.threads}"]
    told += [] if plan.splits is None else [f"--splits={plan.splits}"]
    told += [] if plan.out is None else [f"--out={plan.out}"]
    return [*told, f"--tables={','.join(plan.tables)}"]


def _environment(plan: Plan) -> dict[str, str]:
    """Threads are told before a library loads, which is when it looks."""
    return os.environ | dict.fromkeys(VARIABLES, str(plan.threads))
