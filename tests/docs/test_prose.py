"""Pages that a newcomer reads first have short sentences, and every link of every page leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.docs_reference import reference_pages
from tools.gallery import gallery_pages

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FIRST = [ROOT / "README.md", DOCS / "index.md", *sorted((DOCS / "start").glob("*[!N].md"))]
FIRST_CHINESE = [ROOT / "README.zh-CN.md", DOCS / "index.zh-CN.md", *sorted((DOCS / "start").glob("*.zh-CN.md"))]
LONGEST, LONGEST_CHINESE = 35, 75  # words of an English sentence, characters of a Chinese one
GENERATED = {"live-playground.html", *reference_pages(), *gallery_pages()}
CODE = re.compile(r"^```.*?^```$|^---$.*?^---$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!`)!?\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")


def prose(path: Path) -> list[str]:
    """The sentences of a page: no code, no tables, no HTML; of a link its words alone."""
    text = CODE.sub("", path.read_text(encoding="utf-8"))
    text = re.sub(r"<!--.*?-->|<[^>]+>", "", text, flags=re.DOTALL)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)(\{[^}]*\})?", r"\1", text)
    paragraphs = [part for part in re.split(r"\n\s*\n|\n(?=[-#|])", text) if not part.lstrip().startswith("|")]
    return [
        one for part in paragraphs for one in re.split(r"(?<=[.!?:])\s+|(?<=[。！？：；])|[·]", part) if one.strip()
    ]


@pytest.mark.parametrize("path", [path for path in FIRST if "zh-CN" not in path.name], ids=lambda path: path.name)
def test_sentences_are_short(path: Path) -> None:
    assert [one for one in prose(path) if len(one.split()) > LONGEST] == []


@pytest.mark.parametrize("path", FIRST_CHINESE, ids=lambda path: path.name)
def test_chinese_sentences_are_short(path: Path) -> None:
    assert [one for one in prose(path) if len(re.sub(r"[\s`]", "", one)) > LONGEST_CHINESE] == []


def test_a_long_sentence_would_be_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Short. " + "word " * 40 + ".\n\n```sh\n" + "code " * 40 + "\n```\n")
    assert [len(one.split()) > LONGEST for one in prose(page)] == [False, True]


PAGES = sorted(
    [path for path in DOCS.rglob("*.md") if path.parent.name not in ("api", "entries")]
    + list(ROOT.glob("*.md"))
    + list((ROOT / "benchmarks").glob("*.md"))
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    targets = [match["target"] for match in LINK.finditer(text)] + re.findall(r'(?:src|srcset|href)="([^"]+)"', text)
    for target in targets:
        if target.startswith(("https://", "http://", "mailto:", "#")):
            continue
        path = (page.parent / target.partition("#")[0]).resolve()
        generated = path.is_relative_to(DOCS) and path.relative_to(DOCS).as_posix() in GENERATED
        assert generated or path.exists() or "live-playground" in target, f"{page.name}: {target}"


FILE = re.compile(r"`((?:[\w.-]+/)+[\w-]+\.(?:py|md|txt|toml))`")
HERE = [page for page in PAGES if page.name != "CHANGELOG.md"]  # which names files as they were


@pytest.mark.parametrize("page", HERE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_of_the_repository_that_a_page_names_are_there(page: Path) -> None:
    made = {"lesson", "spirals", "widths", "folder", "out"}  # what a reader's own command writes
    paths = {path for path in FILE.findall(page.read_text(encoding="utf-8")) if path.split("/")[0] not in made}
    missing = {path for path in paths if not any((base / path).exists() for base in (ROOT, ROOT / "src/separatrix"))}
    assert missing == set()
