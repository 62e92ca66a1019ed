"""`python -m benchmarks.tables [run | times | report]`; `make bench-tables` does all three.

Nothing that is known is measured again: a second call does what is missing, and a method whose version or settings changed
is repeated alone. `--fresh` forgets the results first.
"""

from __future__ import annotations

import argparse
import math
import sys

from benchmarks.tables import store
from benchmarks.tables.methods import BY_NAME, METHODS
from benchmarks.tables.running import run_all, run_method


def main() -> int:
    """0 when done, 3 when the seconds ran out before."""
    asked = _arguments()
    if asked.what == "method":
        run_method(asked.name, asked.purpose, asked.splits, asked.limit, asked.until)
        return 0
    names = asked.methods.split(",") if asked.methods else [method.name for method in METHODS]
    if unknown := sorted(set(names) - set(BY_NAME)):
        sys.exit(f"expected methods among {', '.join(BY_NAME)}; got {', '.join(unknown)}")
    if asked.fresh:
        store.JOURNAL.unlink(missing_ok=True)
        store.PARQUET.unlink(missing_ok=True)
    purposes = {"run": ["scores"], "times": ["times"], "all": ["times", "scores"], "report": []}[asked.what]
    done = True
    for purpose in purposes:
        done &= run_all(names, purpose, asked.splits, asked.limit, asked.seconds)
    store.save(store.known())
    if asked.what in ("report", "all"):
        from benchmarks.tables.report import write

        write()
    return 0 if done else 3


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    parser.add_argument("what", choices=["all", "run", "times", "report", "method"], nargs="?", default="all")
    parser.add_argument("name", nargs="?", help="with `method`: the one, in this process")
    parser.add_argument("--methods", help="only these, with commas between")
    parser.add_argument("--splits", type=int, help="so many splits of each table at most")
    parser.add_argument("--limit", type=float, default=900, help="seconds after which a fit counts as failed")
    parser.add_argument("--seconds", type=float, default=math.inf, help="start no fit after so many seconds")
    parser.add_argument("--fresh", action="store_true", help="forget all results first")
    parser.add_argument("--purpose", choices=store.PURPOSES, default="scores", help=argparse.SUPPRESS)
    parser.add_argument("--until", type=float, default=math.inf, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
