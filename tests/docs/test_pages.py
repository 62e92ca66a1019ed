"""What the documentation claims in lines of Python is run: the blocks of a page in order, in one namespace."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"
SHELL = re.compile(r"^```(?:sh|bash)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^ *separatrix (.*)$", re.MULTILINE)
PAGES = sorted(
    [
        *(page for page in DOCS.rglob("*.md") if page.parent.name not in ("api", "entries")),
        *DOCS.parent.glob("README*.md"),
    ]
)
RUN = [
    "explanation/ensemble.md",
    "how-to/clusters.md",
    "how-to/models.md",
    "learn/questions.md",
    "how-to/studies.md",
    "how-to/tables.md",
]
SCRIPT = re.compile(r"# \w+\.py\n")  # a file of its own, for several processes
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "page",
    RUN,
)
def test_the_lines_of_a_page_run(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = (DOCS / page).read_text()
    blocks = [block for block in BLOCK.finditer(text) if not SCRIPT.match(block.group(1))]
    assert blocks
    names: dict[str, Any] = {}
    for block in blocks:
        line = text[: block.start()].count("\n") + 1  # so that a traceback names the page's own line
        exec(compile("\n" * line + block.group(1), page, "exec"), names)


def commands_of(page: Path) -> list[str]:
    """The command lines of a page's shell blocks, without the program's name."""
    blocks = SHELL.findall(page.read_text())
    return [line for block in blocks for line in COMMAND.findall(block.replace("\\\n", " "))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS.parent).as_posix())
def test_commands_and_options_that_a_page_names_are_there(page: Path) -> None:
    import typer

    from separatrix.cli import app

    commands = typer.main.get_group(app).commands
    for line in commands_of(page):
        name, *words = shlex.split(line, comments=True)
        known = {"--help", *(flag for each in commands[name].params for flag in (*each.opts, *each.secondary_opts))}
        assert {word.partition("=")[0] for word in words if re.match("--?[a-z]", word)} <= known, line


def test_pages_do_name_commands() -> None:
    assert sum(len(commands_of(page)) for page in PAGES) > 40


FENCES = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CHINESE = sorted(page for page in DOCS.rglob("*.zh-CN.md") if page.parent.name not in ("api", "entries"))


def without_comments(block: str) -> list[str]:
    return [re.sub(r"\s*#.*", "", line) for line in block.splitlines()]


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_a_chinese_page_has_the_code_of_the_english_one(page: Path) -> None:
    texts = (page.read_text("utf-8"), (page.parent / page.name.replace(".zh-CN", "")).read_text("utf-8"))
    chinese, english = ([without_comments(block) for block in FENCES.findall(text)] for text in texts)
    assert chinese == english, "a change of a page's code belongs into both languages"


NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# Measurements and forms that a Chinese page takes over by hand.
SAME_NUMBERS = [
    "explanation/decisions",
    "explanation/engines",
    "explanation/ensemble",
    "explanation/good-first-issues",
    "how-to/tables",
    "learn/experiments",
    "reference/file-format",
    "reference/settings",
]


def numbers_of(text: str) -> list[list[str]]:
    """The numbers of each line of a table or list and of the other prose of each section, in the order of their digits."""
    sections = re.split(r"^## .*$", FENCES.sub("", text), flags=re.MULTILINE)
    parts = [part for section in sections for part in re.split(r"\n(?=- |\d+\. |\| )|\n\n", section)]
    numbers = [sorted(NUMBER.findall(part)) for part in parts]
    return [line for line in numbers if line]


@pytest.mark.parametrize("page", SAME_NUMBERS)
def test_a_chinese_page_has_the_numbers_of_the_english_one(page: str) -> None:
    english, chinese = (
        numbers_of((DOCS / f"{page}{ending}").read_text(encoding="utf-8")) for ending in (".md", ".zh-CN.md")
    )
    assert chinese == english, "a change of a page's numbers belongs into both languages"


def test_another_number_in_a_table_is_noticed() -> None:
    table = "A step takes 3 µs.\n\n| work | share |\n| --- | ---: |\n| 2-4-4-1 | 1,200 of 40% |\n"
    assert numbers_of(table) == numbers_of(table.replace("A step takes 3 µs", "3 µs 一步"))
    assert numbers_of(table) != numbers_of(table.replace("40%", "41%"))
