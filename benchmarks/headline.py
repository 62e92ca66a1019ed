"""`python -m benchmarks.headline [--check]`: put the figures of results.json into the READMEs, between their markers.

With --check nothing is written; the exit status is 1 if a README says something else than results.json.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from benchmarks.results import time_words, times_words

ROOT = Path(__file__).resolve().parent.parent
MARKED = re.compile(r"(<!-- headline -->\n).*?(<!-- /headline -->)", re.DOTALL)

WORDS = {
    "README.md": (
        "| work | separatrix | against | faster by |\n| --- | ---: | --- | ---: |",
        {
            "lesson": "the lesson: 50,000 epochs, one thread",
            "seeds": "1,000 seeds of the lesson, a run",
            "process": "whole command, pictures and report included",
            "plain": "the plain PyTorch loop",
            "sklearn": "scikit-learn's MLPClassifier",
            "jax": "JAX, `jit` of `lax.scan`",
            "script": "the plain script, no pictures",
        },
        "Medians on {processor}, {cores} cores, {date}; all of it in [benchmarks/RESULTS.md](benchmarks/RESULTS.md), made by `make bench`.",
    ),
    "README.zh-CN.md": (
        "| 任务 | separatrix 用时 | 对照 | 快多少 |\n| --- | ---: | --- | ---: |",
        {
            "lesson": "整节课：50,000 轮，单线程",
            "seeds": "同一节课换 1,000 个种子，平均每次",
            "process": "整条命令，含全部图片与报告",
            "plain": "普通 PyTorch 循环",
            "sklearn": "scikit-learn 的 MLPClassifier",
            "jax": "JAX，`jit` 编译的 `lax.scan`",
            "script": "普通脚本，不画图",
        },
        "{date} 在 {processor}（{cores} 核）上测得的中位数；完整结果见 [benchmarks/RESULTS.md](benchmarks/RESULTS.md)，由 `make bench` 生成。",
    ),
}

# work, the comparison's title begins with, against, name of the side
ROWS = (
    ("lesson", "The lesson", "plain", "plain PyTorch loop"),
    ("lesson", "The lesson", "sklearn", "scikit-learn MLPClassifier"),
    ("lesson", "The lesson", "jax", "JAX, jit of lax.scan"),
    ("seeds", "1,000 seeds", "plain", "plain PyTorch loop"),
    ("process", "Whole processes", "script", "plain script, no pictures"),
)


def block(found: dict, readme: str) -> str:
    """The table for one README."""
    head, words, foot = WORDS[readme]
    lines = [head]
    for work, begins, against, side in ROWS:
        comparison = next((each for each in found["comparisons"] if each["title"].startswith(begins)), None)
        if comparison is None:
            continue  # a quick run has fewer seeds
        seconds = sorted(comparison["sides"][0]["seconds"])
        median = seconds[len(seconds) // 2]
        lines.append(
            f"| {words[work]} | {time_words(median)} | {words[against]} | {times_words(comparison['ratios'][side])} |"
        )
    return "\n".join([*lines, "", foot.format(**found["machine"])]) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    found = json.loads(Path(__file__).with_name("results.json").read_text(encoding="utf-8"))
    stale = 0
    for readme in WORDS:
        path = ROOT / readme
        text = path.read_text(encoding="utf-8")
        new = MARKED.sub(lambda match, readme=readme: match.group(1) + block(found, readme) + match.group(2), text)
        stale += new != text
        if not asked.check:
            path.write_text(new, encoding="utf-8")
    return int(asked.check and stale > 0)


if __name__ == "__main__":
    sys.exit(main())
