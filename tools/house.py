"""Measures of the source's shape, against the limits that `make house` holds.

    python -m tools.house            print all measures; exit 1 if one of the first four is over its limit
    python -m tools.house --names    also list the bindings, circles and class names that count

Nothing of the package is run but one `fit`, whose source files are counted.
"""

from __future__ import annotations

import argparse
import ast
import collections
import io
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "separatrix"

# Words that say how a value came about instead of what it is.
VAGUE = frozenset(
    "said found each at told made kept known given heard asked own there few most others".split()  # noqa: SIM905
)
TOOL_COMMENTS = ("# type:", "# noqa", "# fmt:", "# pragma")  # instructions to tools, not reasons


@dataclass(frozen=True)
class Measure:
    """One row of the table.

    Attributes:
        name: what is measured.
        value: as it is printed.
        limit: as it is printed.
        holds: whether the value is within its limit.
        binding: whether a broken limit fails the run.
    """

    name: str
    value: str
    limit: str
    holds: bool
    binding: bool = False


def sources() -> list[Path]:
    """All Python files of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def module_of(path: Path) -> str:
    """The dotted name of a file's module."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports() -> dict[str, set[str]]:
    """Module -> the modules of the package that it imports, deferred and type-checking imports included."""
    modules = {module_of(path): path for path in sources()}
    graph: dict[str, set[str]] = {name: set() for name in modules}
    for name, path in modules.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                graph[name] |= {alias.name for alias in node.names} & modules.keys()
            elif isinstance(node, ast.ImportFrom) and node.module:
                targets = (f"{node.module}.{alias.name}" for alias in node.names)
                graph[name] |= {t if t in modules else node.module for t in targets} & modules.keys()
        graph[name].discard(name)
    return graph


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that import one another, by Tarjan's algorithm (SIAM J. Comput. 1972)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for target in graph[name]:
            if target not in order:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], order[target])
        if low[name] == order[name]:
            group = [stack.pop()]
            while group[-1] != name:
                group.append(stack.pop())
            if len(group) > 1:
                groups.append(sorted(group))

    sys.setrecursionlimit(10_000)
    for name in graph:
        if name not in order:
            visit(name)
    return groups


def repeated_classes() -> list[str]:
    """Class names that are defined more than once in the package."""
    count = collections.Counter(
        node.name
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    return sorted(name for name, times in count.items() if times > 1)


def bindings(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """(name, line) of everything that is given a name: variables, parameters, functions, classes, attributes of classes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) or (isinstance(node, ast.ExceptHandler) and node.name):
            yield node.name, node.lineno


def vague_bindings() -> tuple[list[str], int]:
    """Places of the bindings named by a word of `VAGUE`, and the number of all bindings."""
    total, vague = 0, []
    for path in sources():
        for name, line in bindings(ast.parse(path.read_text(encoding="utf-8"))):
            total += 1
            if name.strip("_") in VAGUE:
                vague.append(f"{path.relative_to(PACKAGE)}:{line} {name}")
    return vague, total


def lengths() -> list[int]:
    """Lines of every file."""
    return [len(path.read_text(encoding="utf-8").splitlines()) for path in sources()]


def comments_per_100_lines() -> float:
    """Comments that give a reason, per 100 lines that hold code; docstrings are neither."""
    comments, code = 0, 0
    for path in sources():
        text = path.read_text(encoding="utf-8")
        lines: set[int] = set()
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                comments += not token.string.startswith(TOOL_COMMENTS) or token.string.count("#") > 1
            elif token.type not in (
                tokenize.NL,
                tokenize.NEWLINE,
                tokenize.INDENT,
                tokenize.DEDENT,
                tokenize.ENDMARKER,
            ):
                lines |= set(range(token.start[0], token.end[0] + 1))
        code += len(lines - docstring_lines(ast.parse(text)))
    return 100 * comments / code


def docstring_lines(tree: ast.Module) -> set[int]:
    """The lines of all docstrings."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            lines |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return lines


FIT = """
import sys, threading
import numpy as np, polars
import separatrix as sx

rng = np.random.default_rng(0)
frame = polars.DataFrame({"a": rng.normal(size=200), "b": rng.choice(["x", "y", "z"], 200), "c": rng.normal(size=200)})
frame = frame.with_columns(label=(frame["a"] + (frame["b"] == "x") > 0.3).cast(polars.Int64))
sx.SeparatrixClassifier(random_state=0).fit(frame, "label")  # everything is imported and compiled
entered = set()

def enter(frame, event, argument):
    if event == "call":
        entered.add(frame.f_code.co_filename)

threading.setprofile(enter)
sys.setprofile(enter)
sx.SeparatrixClassifier(random_state=0).fit(frame, "label")
sys.setprofile(None)
print(*sorted(name.split("separatrix/", 1)[1] for name in entered if "/separatrix/" in name and name.endswith(".py")), sep="\\n")
"""


def files_entered_by_fit() -> list[str]:
    """The source files whose functions a second `SeparatrixClassifier().fit(frame, "label")` calls."""
    command = [sys.executable, "-c", FIT]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()


def measures() -> list[Measure]:
    """All rows of the table."""
    entries = [path for path in PACKAGE.iterdir() if path.name != "__pycache__"]
    groups, classes = circles(imports()), repeated_classes()
    vague, total = vague_bindings()
    short, long = (sum(n < 80 for n in lengths()), sum(n > 400 for n in lengths()))
    entered, comments = files_entered_by_fit(), comments_per_100_lines()
    share = len(vague) / total
    return [
        Measure("entries in src/separatrix/", f"{len(entries)}", "20 at most", len(entries) <= 20, binding=True),
        Measure("import circles, deferred and typing included", f"{len(groups)}", "0", not groups, binding=True),
        Measure("class names defined twice", f"{len(classes)}", "0", not classes, binding=True),
        Measure("bindings named by a vague word", f"{share:.2%}", "below 0.3%", share < 0.003, binding=True),
        Measure("source files entered by fit(frame, label)", f"{len(entered)}", "25 at most", len(entered) <= 25),
        Measure("files under 80 lines / over 400", f"{short} / {long}", "30 / 0 at most", short <= 30 and not long),
        Measure("source files", f"{len(sources())}", "-", True),
        Measure("comments per 100 lines of code", f"{comments:.1f}", "7 at least", comments >= 7),
    ]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", action="store_true", help="list what counts")
    if parser.parse_args().names:
        print(*vague_bindings()[0], *map(" <-> ".join, circles(imports())), *repeated_classes(), sep="\n")
        print(*files_entered_by_fit(), sep="\n")
    rows = measures()
    for row in rows:
        print(f"{row.name:<46} {row.value:>12}   {row.limit:<16} {'' if row.holds else 'OVER'}")
    return int(any(row.binding and not row.holds for row in rows))


if __name__ == "__main__":
    sys.exit(main())
