"""Pages whose outputs and pictures are made by the code beside them.

    python -m tools.pages                      run all such pages and write their outputs and pictures anew
    python -m tools.pages docs/learn/fold.md   these only

A block of `python` or `sh` is run, the blocks of a page in order, in one namespace and one folder. If a block of `text`
follows, it is filled with what the block printed and with the value of its last line. If a picture `![…](NAME-light.png)`
follows, the value of the last line is drawn into NAME-light.png and, with `theme="dark"`, into NAME-dark.png. A Chinese
page has the same code and takes over the outputs of the English one.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent.parent / "docs"
PAGES = (  # the English names; a Chinese page stands beside each
    "start/first-steps.md",
    "learn/points.md",
    "learn/network.md",
    "learn/one-step.md",
    "learn/training.md",
    "learn/boundary.md",
    "learn/fold.md",
    "learn/exact-map.md",
    "learn/claims-worth.md",
    "how-to/decisions.md",
    "how-to/reasons.md",
    "compare/index.md",
)
FENCE = re.compile(r"^```(?P<language>\w+)[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"\s*!\[[^\]]*\]\((?P<path>[\w./-]+)-light\.png\)")
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*(?:e-?\d+)?")
COLOURS = 96  # of a picture's palette: a third of the size, and no difference to see


@dataclass(frozen=True)
class Block:
    """A block of code of a page, and what follows it.

    Attributes:
        language: "python" or "sh".
        text: the code.
        line: its first line in the page, from 0.
        output: where the text of its output stands in the page, or None.
        picture: the path of its picture without "-light.png", or None.
    """

    language: str
    text: str
    line: int
    output: tuple[int, int] | None = None
    picture: str | None = None


def blocks_of(text: str) -> list[Block]:
    """The blocks of code of a page, in order."""
    fences = list(FENCE.finditer(text))
    blocks: list[Block] = []
    for i, fence in enumerate(fences):
        if fence["language"] not in ("python", "sh"):
            continue
        following = fences[i + 1] if i + 1 < len(fences) else None
        is_output = (
            following is not None
            and following["language"] == "text"
            and not text[fence.end() : following.start()].strip()
        )
        output = following.span("text") if is_output and following else None
        picture = PICTURE.match(text, following.end() if is_output and following else fence.end())
        line = text[: fence.start("text")].count("\n")
        blocks.append(Block(fence["language"], fence["text"], line, output, picture["path"] if picture else None))
    return blocks


class Session:
    """The namespace and the folder in which the blocks of one page run."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.names: dict[str, Any] = {"__name__": "page"}

    def run(self, block: Block, folder: Path | None = None) -> str:
        """Run a block.

        Args:
            block: what to run.
            folder: where its picture is written to; None draws none.

        Returns:
            What it printed, and the value of its last line if that is no picture.
        """
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            value = self._shell(block.text) if block.language == "sh" else self._python(block)
        if block.picture is not None and folder is not None:
            self._draw(value, block, folder)
        if value is not None and block.picture is None:
            printed.write(f"{value!r}\n")
        return printed.getvalue()

    def _shell(self, text: str) -> None:
        from separatrix.cli import run

        for words in command_lines(text):
            assert words[0] == "separatrix", words
            status = run(words[1:])
            assert status == 0, f"{shlex.join(words)} ends with status {status}"

    def _python(self, block: Block) -> Any:
        tree = ast.parse("\n" * block.line + block.text, self.page)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, self.page, "exec"), self.names)
        return eval(compile(ast.Expression(last.value), self.page, "eval"), self.names) if last else None

    def _draw(self, figure: Any, block: Block, folder: Path) -> None:
        tree = ast.parse(block.text)
        last = tree.body[-1]
        assert isinstance(last, ast.Expr), f"the picture {block.picture} is no value of a last line"
        for call in ast.walk(last):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("sx.pictures."):
                call.keywords.append(ast.keyword("theme", ast.Constant("dark")))
        dark = eval(compile(ast.fix_missing_locations(ast.Expression(last.value)), self.page, "eval"), self.names)
        for theme, drawn in (("light", figure), ("dark", dark)):
            write_picture(drawn, folder / f"{block.picture}-{theme}.png")


def command_lines(text: str) -> Iterator[list[str]]:
    """The words of every command of a shell block; comments and line ends with a backslash are understood."""
    for line in text.replace("\\\n", " ").splitlines():
        if words := shlex.split(line, comments=True):
            yield words


def write_picture(figure: Any, path: Path) -> None:
    """Write a Matplotlib figure as a small PNG."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=90)
    Image.open(data).convert("RGB").quantize(COLOURS).save(path, optimize=True)


def filled(text: str, outputs: list[str | None]) -> str:
    """A page with these outputs, one for every block; None leaves a block's own."""
    for block, output in reversed(list(zip(blocks_of(text), outputs, strict=True))):
        if block.output is not None and output is not None:
            text = text[: block.output[0]] + output + text[block.output[1] :]
    return text


def outputs_of(page: str, *, draw: bool) -> list[str]:
    """Run an English page and return the outputs of its blocks.

    Args:
        page: its path in docs/.
        draw: whether to write the pictures too.
    """
    path = DOCS / page
    session = Session(page)
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            return [session.run(block, path.parent if draw else None) for block in blocks_of(path.read_text("utf-8"))]
        finally:
            os.chdir(before)


def same(first: str, second: str, tolerance: float = 0.05) -> bool:
    """Whether two outputs are equal but for numbers that differ by a share of `tolerance`: machines round differently."""
    if NUMBER.sub("#", first) != NUMBER.sub("#", second):
        return False
    numbers = [[float(number.replace(",", "")) for number in NUMBER.findall(text)] for text in (first, second)]
    return all(abs(a - b) <= tolerance * max(abs(a), abs(b)) + 1e-9 for a, b in zip(*numbers, strict=True))


def main(pages: list[str]) -> None:
    """Write outputs and pictures of these pages, given by their paths in the repository; none are all."""
    for page in [Path(name).resolve().relative_to(DOCS).as_posix() for name in pages] or PAGES:
        outputs = outputs_of(page, draw=True)
        for path in (DOCS / page, DOCS / page.replace(".md", ".zh-CN.md")):
            if path.exists():
                path.write_text(filled(path.read_text("utf-8"), list(outputs)), "utf-8")
        print(page)


if __name__ == "__main__":
    main(sys.argv[1:])
