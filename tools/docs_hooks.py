"""MkDocs runs this before it builds the site: it writes the pages that follow from the source, which git ignores.

The playground as one file stands beside the pages as live-playground.html; how-to/playground.html is the page about it.
"""

from __future__ import annotations

import logging
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from mkdocs.plugins import event_priority

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
GENERATED = ("reference/api", "gallery/entries")  # folders that hold nothing else, and that .gitignore names
WRAPPED = re.compile("(?<=[\u3000-\u9fff\uff00-\uffef“”])\n(?=[\u3000-\u9fff\uff00-\uffef“”])")
FENCED = re.MULTILINE | re.DOTALL
LIGHT = re.compile(r"(!\[[^\]]*\]\([\w./-]+)-light\.png\)")
LANGUAGES = re.compile(r"^\[(?:中文|English)\]\([\w.-]+\.md\)\n+", re.MULTILINE)

logging.getLogger("jieba").setLevel(
    logging.WARNING
)  # it cuts Chinese into words for the search, and tells of its dictionary


def on_startup(*, command: Any, dirty: bool) -> None:
    """Write the generated pages. They are files on the disk because the plugin of languages takes no others."""
    sys.path.insert(0, str(ROOT))  # MkDocs loads this file by its path, not as a module of `tools`
    from separatrix.web._build import single_file
    from tools.docs_reference import reference_pages
    from tools.gallery import gallery_pages

    for folder in GENERATED:
        shutil.rmtree(DOCS / folder, ignore_errors=True)
    for path, text in {"live-playground.html": single_file(), **reference_pages(), **gallery_pages()}.items():
        (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / path).write_text(text, encoding="utf-8")


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:
    """A page as the site shows it.

    Its line that leads to the other language is left out, since the site has a switch for that above every page; and
    a picture on light paper is joined by the same on dark paper, of which the reader's colour scheme shows one.
    """
    # a line's end between two Chinese characters would be shown as a space
    markdown = "".join(
        part if i % 2 else WRAPPED.sub("", part)
        for i, part in enumerate(re.split(r"(^```.*?^```$)", markdown, flags=FENCED))
    )
    return LIGHT.sub(r"\1-light.png#only-light)\1-dark.png#only-dark)", LANGUAGES.sub("", markdown, count=1))


@event_priority(-200)
def on_post_build(*, config: Any) -> None:
    """Write the search's index as a script once more: the plugin "offline" does so before the second language is in it."""
    folder = Path(config["site_dir"]) / "search"
    if (folder / "search_index.json").exists():
        index = (folder / "search_index.json").read_text(encoding="utf-8")
        (folder / "search_index.js").write_text(f"var __index = {index}", encoding="utf-8")
