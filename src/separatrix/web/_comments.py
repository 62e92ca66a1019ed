"""JavaScript without its comments and its indentation: what a browser needs is little more than half of what a reader does."""

from __future__ import annotations

import re

_PIECE = re.compile(
    r"""(?P<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<space>\s+)|(?P<word>[\w$]+)|(?P<sign>.)""",
    re.DOTALL,
)
_TEMPLATE = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*(?P<end>`|\$\{)", re.DOTALL)
_PATTERN = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
# After these a slash begins a pattern; after a value it divides.
_BEFORE_PATTERN = set("(,=:[!&|?{};+-*%~^<>") | {
    "",
    "return",
    "typeof",
    "case",
    "in",
    "of",
    "void",
    "delete",
    "do",
    "else",
    "throw",
}


def without_comments(text: str) -> str:
    r"""The same program: strings, templates and patterns stay as they are, whatever they hold.

    >>> print(without_comments("a = 1; // one\n    b = `// ${c /* d */} /* e */`; f = /[/]\\/\\//; g = h / i;"))
    a = 1;
    b = `// ${c } /* e */`; f = /[/]\/\//; g = h / i;
    """
    pieces: list[str] = []
    open_signs: list[str] = []  # "{", and "`" for each template that surrounds the place
    before, position = "", 0
    while position < len(text):
        if open_signs and open_signs[-1] == "`":
            match = _TEMPLATE.match(text, position)
            if match is None:
                raise ValueError(f"a template never ends: {text[position : position + 40]!r}")
            # within ${…} stands code again, until its own brace closes
            open_signs.append("{") if match["end"] == "${" else open_signs.pop()
            before = "{" if match["end"] == "${" else "`"
        elif (
            text[position] == "/" and before in _BEFORE_PATTERN and text[position + 1 : position + 2] not in ("/", "*")
        ):
            match = _PATTERN.match(text, position)
            if match is None:
                raise ValueError(f"a pattern never ends: {text[position : position + 40]!r}")
            before = "/"
        else:
            match = _PIECE.match(text, position)
            assert match is not None  # every character is a piece
            before = _seen(match, before, open_signs)
        pieces.append(_written(match))
        position = match.end()
    return "".join(pieces)


def _seen(match: re.Match[str], before: str, open_signs: list[str]) -> str:
    """Keep account of brackets and templates; what stands before the next piece."""
    # a slash means the same after a comment as it would without it
    if match.lastgroup in ("comment", "space"):
        return before
    sign = match[0]
    if sign in ("`", "{"):
        open_signs.append(sign)
    elif sign == "}":
        open_signs.pop()
    return sign


def _written(match: re.Match[str]) -> str:
    if match.lastgroup == "space" or (match.lastgroup == "comment" and match[0].startswith("/*")):
        # a line break stays one, because JavaScript may end a statement there
        return "\n" if "\n" in match[0] else " " if match.lastgroup == "space" else ""
    return "" if match.lastgroup == "comment" else match[0]
