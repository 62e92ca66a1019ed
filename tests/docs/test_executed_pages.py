"""The numbers on the pages of `tools.pages` are those that the code beside them gives, in both languages."""

from __future__ import annotations

import pytest

from tools.pages import DOCS, PAGES, blocks_of, outputs_of, same

QUICK = {"learn/points.md", "learn/network.md", "learn/one-step.md", "learn/fold.md"}


@pytest.mark.parametrize(
    "page", [page if page in QUICK else pytest.param(page, marks=pytest.mark.slow) for page in PAGES]
)
def test_outputs_are_those_of_the_code(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = blocks_of(text)
    assert blocks
    for block, output in zip(blocks, outputs_of(page, draw=False), strict=True):
        if block.output is not None:
            assert same(text[slice(*block.output)], output), f"python -m tools.pages docs/{page} writes it anew"


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_have_the_same_code_outputs_and_pictures(page: str) -> None:
    texts = [(DOCS / name).read_text(encoding="utf-8") for name in (page, page.replace(".md", ".zh-CN.md"))]
    english, chinese = (
        [(block.text, block.picture, block.output and text[slice(*block.output)]) for block in blocks_of(text)]
        for text in texts
    )
    assert english == chinese


@pytest.mark.parametrize("page", PAGES)
def test_pictures_are_there_in_both_colour_schemes(page: str) -> None:
    path = DOCS / page
    for block in blocks_of(path.read_text(encoding="utf-8")):
        if block.picture is not None:
            assert all((path.parent / f"{block.picture}-{theme}.png").stat().st_size for theme in ("light", "dark"))


def test_another_number_is_noticed() -> None:
    assert same("loss 0.5000, 3 of 4", "loss 0.5001, 3 of 4")
    assert not same("loss 0.5", "loss 0.6")
    assert not same("solved 3", "stuck 3")
