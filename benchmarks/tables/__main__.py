"""`python -m benchmarks.tables [run | times | shuffled | report]`; `make bench-tables` does all four.

Nothing that is known is measured again: a second call does what is missing, and a method whose version or settings changed
is repeated alone. `--fresh` forgets first what was asked for.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from benchmarks.tables.catalogue import TABLES
from benchmarks.tables.methods import METHODS
from benchmarks.tables.running import Plan, run_all, run_method
from benchmarks.tables.store import PURPOSES, Store


def main() -> int:
    """0 when done, 3 when the seconds ran out before."""
    asked = _arguments()
    if asked.what == "method":
        run_method(asked.name, _plan(asked, asked.purpose), asked.until)
        return 0
    methods = _names(asked.methods, [method.name for method in METHODS], "methods")
    store = Store.at(asked.out)
    purposes = {"run": ["scores"], "all": ["times", "scores", "shuffled"], "report": []}.get(asked.what, [asked.what])
    if asked.fresh:
        store.forget(purposes, methods)
    done = True
    for purpose in purposes:
        done &= run_all(methods, _plan(asked, purpose), asked.seconds)
        store.save()
    if asked.what in ("report", "all"):
        from benchmarks.tables.report import write

        write(store)
    return 0 if done else 3


def _names(asked: str, known: list[str], what: str) -> list[str]:
    names = asked.split(",") if asked else known
    if unknown := sorted(set(names) - set(known)):
        sys.exit(f"expected {what} among {', '.join(known)}; got {', '.join(unknown)}")
    return names


def _plan(asked: argparse.Namespace, purpose: str) -> Plan:
    tables = _names(asked.tables, [source.name for source in TABLES], "tables") if asked.tables else []
    return Plan(purpose, asked.splits, asked.limit, asked.threads, asked.out, tuple(tables))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    parser.add_argument(
        "what", choices=["all", "run", "times", "shuffled", "report", "method"], nargs="?", default="all"
    )
    parser.add_argument("name", nargs="?", help="with `method`: the one, in this process")
    parser.add_argument("--methods", default="", help="only these, with commas between")
    parser.add_argument("--tables", default="", help="only these, with commas between")
    parser.add_argument("--out", type=Path, help="a folder for results and report, instead of benchmarks/")
    parser.add_argument("--splits", type=int, help="so many splits of each table at most")
    parser.add_argument("--limit", type=float, default=900, help="seconds after which a fit counts as failed")
    parser.add_argument("--threads", type=int, default=2, help="how many each method may use")
    parser.add_argument("--seconds", type=float, default=math.inf, help="start no fit after so many seconds")
    parser.add_argument("--fresh", action="store_true", help="forget first what is to be done here")
    parser.add_argument("--purpose", choices=PURPOSES, default="scores", help=argparse.SUPPRESS)
    parser.add_argument("--until", type=float, default=math.inf, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
