"""What the documentation claims in lines of Python is run: the blocks of a page in order, in one namespace."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["models.md", "questions.md", "studies.md", "tables.md"])
def test_the_lines_of_a_page_run(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = (DOCS / page).read_text()
    blocks = list(BLOCK.finditer(text))
    assert blocks
    names: dict[str, Any] = {}
    for block in blocks:
        line = text[: block.start()].count("\n") + 1  # so that a traceback names the page's own line
        exec(compile("\n" * line + block.group(1), page, "exec"), names)
