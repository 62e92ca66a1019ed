"""The messages that the source raises, as texts with sample values in their places."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import separatrix
from separatrix import errors

RAISED = {name for name, kind in vars(errors).items() if isinstance(kind, type)} | {"warn", "BadParameter"}


PRINTED = {"print", "print_error", "print_note", "FileOutcome"}


def messages_of(wings: tuple[str, ...], calls: set[str] = RAISED) -> Iterator[tuple[str, str]]:
    """Where each message of these wings is written, and the message with sample values; one for either form of a plural.

    Args:
        wings: folders of the package.
        calls: names of what takes a message: as its first argument, or as the one called `error`.
    """
    root = Path(separatrix.__file__).parent
    for path in sorted(path for wing in wings for path in (root / wing).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (
                message := [*node.args, *(word.value for word in node.keywords if word.arg == "error")]
            ):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in calls:
                    yield from ((f"{path.relative_to(root)}:{node.lineno}", text) for text in _texts(message[0]))


def _texts(node: ast.expr) -> list[str]:
    """The texts that an expression may give; none where it is no text written here."""
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return ["".join(parts) for parts in product(_texts(left), _texts(right))]
        case ast.JoinedStr(values=values):
            return ["".join(parts) for parts in product(*map(_places, values))]
    return []


def _places(node: ast.expr) -> list[str]:
    """What stands in a place of a text: both of two endings, nothing for a hint, else a sample value."""
    match node:
        case ast.FormattedValue(value=ast.BinOp(left=ast.Constant(value=str() as ending), op=ast.Mult())):
            return [ending, ""]
        case ast.FormattedValue(
            value=ast.IfExp(body=ast.Constant(value=str() as one), orelse=ast.Constant(value=str() as other))
        ):
            return [one, other]
        case ast.FormattedValue(value=ast.Call(func=ast.Name(id="nearest"))):
            return [""]
        case ast.FormattedValue(value=ast.Name(id="hint" | "hints" | "index" | "OWN" | "own")):
            return [""]
        case ast.FormattedValue():
            return ["7"]
    return _texts(node)
