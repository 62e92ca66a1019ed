"""The README: every block runs in an empty folder, in order, and both languages say the same commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.pages import Block, blocks_of, command_lines

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")
DEMO = ["separatrix", "lesson", "--out", "lesson", "--force"]
MADE = {  # what a newcomer has after it
    "map.png",
    "lesson/report.html",
    "spirals/report.html",
    "three/report.html",
    "playground.html",
    "run.safetensors",
    "moons.csv",
    "model.safetensors",
    "report.html",
    "predicted.csv",
    "moons.py",
    "widths/report.html",
}


def blocks_of_readme(name: str) -> list[Block]:
    return blocks_of((ROOT / name).read_text(encoding="utf-8"))


def run_commands(text: str) -> None:
    for line in command_lines(text):
        # the installation is this one; what `make demo` runs afterwards stands in the Makefile
        words = DEMO if line == ["make", "demo"] else line
        assert words[0] == "separatrix", words
        done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (words, done.stderr)


@pytest.mark.slow
def test_every_block_runs_in_an_empty_folder_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in blocks_of_readme(READMES[0]):
        if block.language == "sh":
            run_commands(block.text)
        else:
            exec(compile("\n" * block.line + block.text, READMES[0], "exec"), names)
    assert {path for path in MADE if (tmp_path / path).stat().st_size} == MADE
    assert names["lesson"].accuracy == names["run"].accuracy == 1


def test_make_demo_runs_what_the_walk_runs_in_its_place() -> None:
    recipe = re.search(r"^demo:.*\n\t(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    assert "separatrix lesson --out $(OUT)" in recipe[1]


def without_comments(block: Block) -> list[str]:
    return [re.sub(r"\s+#.*", "", line) for line in block.text.splitlines()]


def test_both_languages_have_the_same_code() -> None:
    english, chinese = (list(map(without_comments, blocks_of_readme(name))) for name in READMES)
    assert english == chinese


@pytest.mark.parametrize("name", READMES)
def test_pictures_come_in_both_colour_schemes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    light, dark = re.findall(r'src="(.*?-light\.\w+)"', text), re.findall(r'srcset="(.*?-dark\.\w+)"', text)
    assert len(light) == len(dark) == 4
    assert sum(os.path.getsize(ROOT / path) for path in (*light, *dark)) < 2_000_000


def test_the_python_points_are_those_of_the_command() -> None:
    # as the README says beside its first Python block: the points of a seed are one thing everywhere, first weights are not
    import separatrix as sx
    from separatrix.reports.lesson import draw

    points, initial = draw(0, 100, sx.Network.parse("2-4-4-1"))
    assert (points.x == sx.circle(n=100, seed=0).x).all()
    run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=1, snapshots=(0,), seed=0), points)
    assert (run.snapshots[0] != initial).any()
