"""What a user reads, in the user's language: sentences are looked up in a gettext catalogue, `zh.po`, when they are printed.

The sentences in the code are English. A text is translated where it leaves the program, sentence by sentence, so that a library
call returns and raises the same texts in every language. Numbers and names in a sentence are places in braces in the catalogue;
`tests/support/test_translations.py` finds what is missing there. The file is read as it stands: nothing has to be compiled.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from separatrix.errors import InvalidParameter

LANGUAGES = ("en", "zh")
VARIABLE = "SEPARATRIX_LANG"

_chosen: ContextVar[str | None] = ContextVar("language", default=None)
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=\S)")
_CLAUSES = re.compile(r"(?<=[:;])\s+(?=\S)")
_CELLS = re.compile(r"( {2,})")
_WITHIN = r"(?:(?!\. [A-Z]).)+?"  # what may stand in a place: not the end of one sentence and the beginning of another
_PLACE = re.compile(r"\{(\w+)\}")


def language() -> str:
    """The language of what is printed: "en" or "zh"."""
    return _chosen.get() or _of_name(os.environ.get(VARIABLE, "")) or "en"


def _of_name(name: str) -> str | None:
    """The language of a name such as zh, zh-CN or zh_CN.UTF-8; None where there is no catalogue for it."""
    short = re.split("[-_.]", name.lower())[0]
    return short if short in LANGUAGES else None


@contextmanager
def in_language(name: str | None) -> Iterator[None]:
    """Print in a language inside a `with` block; None leaves it as it is.

    Raises:
        InvalidParameter: there is no catalogue for it.

    Examples:
        >>> with in_language("zh"):
        ...     translated("Folder to write.")
        '要写入的文件夹。'
    """
    if name is not None and _of_name(name) is None:
        raise InvalidParameter(f"--lang must be one of {', '.join(LANGUAGES)}, got {name!r}.")
    token = _chosen.set(_of_name(name) if name is not None else _chosen.get())
    try:
        yield
    finally:
        _chosen.reset(token)


def translated(text: str) -> str:
    """A text in the chosen language; what the catalogue doesn't have stays English.

    Lines, and cells that stand two or more spaces apart, are translated one by one and keep their places.
    """
    if language() == "en" or not re.search("[A-Za-z]", text):
        return text
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    # cells of a table, each with the spaces behind it
    parts = _CELLS.split(line)
    cells, gaps = parts[::2], [*parts[1::2], ""]
    shown = ""
    for cell, gap in zip(cells, gaps, strict=True):
        words = _paragraph(cell)
        # the next cell begins where it began in English, if there is room for it
        room = max(len(gap) + len(cell) - width(words), 2) if gap and cell else len(gap)
        shown += words + " " * room
    return shown


def _paragraph(text: str) -> str:
    """A cell or a paragraph: as a whole if the catalogue has it, else sentence by sentence, else clause by clause."""
    return _sentence(text) or _joined(
        [
            _sentence(one) or _joined([_sentence(part) or part for part in _CLAUSES.split(one)])
            for one in _SENTENCES.split(text)
        ]
    )


def _joined(sentences: list[str]) -> str:
    """Sentences after one another; behind a Chinese full stop there is no space."""
    text = sentences[0]
    for sentence in sentences[1:]:
        text += sentence if _is_wide(text[-1:]) else f" {sentence}"
    return text


@cache
def _sentence(text: str) -> str | None:
    """The translation of a sentence, or None."""
    plain, templates = _catalogue()
    if text in plain:
        return plain[text]
    for pattern, translation in templates:
        match = pattern.fullmatch(text)
        if match:
            # what stands in a place may have a translation of its own, such as the text of a warning
            values = {name: _sentence(value) or value for name, value in match.groupdict().items()}
            return _PLACE.sub(lambda place, values=values: values[place[1]], translation)  # type: ignore[misc]
    return None


@cache
def _catalogue() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """Sentences without places -> translation; and patterns of those with places, the longest first."""
    # here: an English help text has to answer at once
    from importlib.resources import files

    import polib

    catalogue = polib.pofile((files(__name__) / "zh.po").read_text(encoding="utf-8"))
    entries = {entry.msgid: entry.msgstr for entry in catalogue}
    plain = {key: value for key, value in entries.items() if not _PLACE.search(key)}
    with_places = sorted(entries.keys() - plain.keys(), key=lambda key: -len(_PLACE.sub("", key)))
    return plain, [(_pattern(key), entries[key]) for key in with_places]


def _pattern(key: str) -> re.Pattern[str]:
    """A pattern for a sentence with places. The place {n} stands for a number; one that occurs twice for the same text."""
    pattern, seen = "", set[str]()
    for part in re.split(r"(\{\w+\})", key):
        name = part[1:-1]
        if not _PLACE.fullmatch(part):
            pattern += re.escape(part)
        else:
            pattern += f"(?P={name})" if name in seen else f"(?P<{name}>{'[0-9,]+' if name == 'n' else _WITHIN})"
            seen.add(name)
    return re.compile(pattern)


def _is_wide(letter: str) -> bool:
    return bool(letter) and unicodedata.east_asian_width(letter) in "WF"


def width(text: str) -> int:
    """The columns that a text takes in a terminal: two for a Chinese character.

    >>> width("ab学习")
    6
    """
    return sum(2 if _is_wide(letter) else 1 for letter in text)


def wrapped(text: str, columns: int, indent: str = "") -> list[str]:
    """The lines of a text that mixes Chinese with words in Latin letters, which are not broken.

    Args:
        text: one paragraph.
        columns: of a line, the indent included.
        indent: in front of every line.
    """
    lines, line = [], indent
    # a word or a single wide character, with the punctuation behind it, which begins no line
    for part in re.findall(r"(?:[^\s⺀-￯]+|[⺀-￯])[，。；：！？、）]*\s*|\s+", text):
        if width(line + part.rstrip()) > columns and line.strip():
            lines.append(line.rstrip())
            line = indent
        line += part
    return [*lines, line.rstrip()]
