"""The gallery: runs its scripts and writes their pictures; the site's pages are made of both.

    python -m tools.gallery            run the scripts that changed since their pictures were drawn
    python -m tools.gallery --all      run all

A script is docs/gallery/scripts/GROUP_NAME.py. Its docstring has four paragraphs, title and one sentence in English and
the same in Chinese, and the value of its last line is the picture. A picture's file holds the digest of the code that drew
it: the script's, and that of the files of `separatrix.pictures` behind it. The numbers that are drawn aren't covered.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from separatrix import pictures
from tools.pages import COLOURS, Block, Session

GALLERY = Path(__file__).parent.parent / "docs" / "gallery"
PICTURE_FILES = Path(pictures.__file__).parent
GROUPS = {  # the beginning of a script's name -> the group's title in both languages
    "picture": ("Pictures", "图片"),
    "sampler": ("Samplers of points", "点集"),
    "activation": ("Activations", "激活函数"),
    "network": ("Networks", "网络"),
    "training": ("Training", "训练"),
}
THEMES = ("light", "dark")


@dataclass(frozen=True)
class Entry:
    """One script of the gallery.

    Attributes:
        name: of its file, without ".py".
        titles: in English and in Chinese.
        sentences: what it shows, likewise.
        code: without the docstring.
    """

    name: str
    titles: tuple[str, str]
    sentences: tuple[str, str]
    code: str

    @property
    def group(self) -> str:
        """The first word of the name."""
        return self.name.partition("_")[0]

    @property
    def digest(self) -> str:
        """Changes with the code of the script and of the pictures behind it, not with words about it."""
        code = [self.code, *(_code(PICTURE_FILES / f"{module}.py") for module in self.modules)]
        return hashlib.sha256("\n".join(code).encode()).hexdigest()[:16]

    @property
    def modules(self) -> list[str]:
        """The modules of `separatrix.pictures` that draw it: those of its pictures, and all that these import."""
        left = [_module_of(name) for name in re.findall(r"sx\.pictures\.(\w+)\(", self.code)]
        drawing: set[str] = set()
        while left:
            module = left.pop()
            if module not in drawing:
                drawing.add(module)
                left += re.findall(r"from separatrix\.pictures\.(\w+) import", _code(PICTURE_FILES / f"{module}.py"))
        return sorted(drawing)

    def picture(self, theme: str) -> Path:
        """The path of its picture."""
        return GALLERY / "images" / f"{self.name}-{theme}.png"


def entries() -> list[Entry]:
    """All scripts, group by group."""
    paths = sorted(
        (GALLERY / "scripts").glob("*.py"),
        key=lambda path: (list(GROUPS).index(path.stem.partition("_")[0]), path.stem),
    )
    return [_entry(path) for path in paths]


def _entry(path: Path) -> Entry:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    title, sentence, chinese_title, chinese_sentence = (ast.get_docstring(tree) or "").split("\n\n")
    code = "\n".join(text.splitlines()[tree.body[0].end_lineno :]).strip() + "\n"
    return Entry(path.stem, (title, chinese_title), (sentence, chinese_sentence), code)


@cache
def _code(path: Path) -> str:
    """The lines of a file without docstrings, comments of a whole line, and blank lines."""
    text = path.read_text("utf-8")
    words: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            words |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    lines = (line for number, line in enumerate(text.splitlines(), start=1) if number not in words)
    return "\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _module_of(picture: str) -> str:
    """The module whose `__all__` lists a picture."""
    for path in sorted(PICTURE_FILES.glob("*.py")):
        for line in re.findall(r"^__all__ = (\[[^\]]*\])", path.read_text("utf-8"), re.MULTILINE):
            if picture in ast.literal_eval(line):
                return path.stem
    raise LookupError(f"separatrix.pictures has no picture named {picture}")


def drawn_digest(path: Path) -> str | None:
    """The digest in a picture's file, or None without a file."""
    if not path.exists():
        return None
    with Image.open(path) as picture:
        return picture.info.get("code")


def draw(entry: Entry) -> None:
    """Run a script in an empty folder and write its pictures."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Session(entry.name).run(Block("python", entry.code, 0, picture=entry.name), GALLERY / "images")
    for theme in THEMES:
        path = entry.picture(theme)
        note = PngInfo()
        note.add_text("code", entry.digest)
        Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True, pnginfo=note)


def gallery_pages() -> dict[str, str]:
    """The path in docs/ of the gallery's pages, in both languages -> their Markdown."""
    words = (
        (
            "Gallery",
            "Every picture, every shape of points, every activation. Choose one for its code.",
            "The code",
            "The picture",
        ),
        ("图库", "每一种图片、每一种点集、每一种激活函数。点开就能看到代码。", "代码", "图片"),
    )
    pages: dict[str, str] = {}
    for language, suffix in enumerate((".md", ".zh-CN.md")):
        title, about, code, picture = words[language]
        lines = [f"---\nhide: [toc]\n---\n\n# {title}\n\n{about}\n"]
        for group, heading in GROUPS.items():
            lines.append(f'## {heading[language]}\n\n<div class="gallery" markdown>\n')
            for entry in entries():
                if entry.group == group:
                    # alternative texts are empty: the title stands beside the picture
                    thumbnails = "".join(f"![](../images/{entry.name}-{theme}.png#only-{theme})" for theme in THEMES)
                    lines.append(f"[{thumbnails}{entry.titles[language]}]({entry.name}.md)\n")
                    shown = f"![{entry.titles[language]}](../images/{entry.name}-light.png)"
                    pages[f"gallery/entries/{entry.name}{suffix}"] = (
                        f"# {entry.titles[language]}\n\n{entry.sentences[language]}\n\n## {code}\n\n"
                        f"```python\n{entry.code}```\n\n## {picture}\n\n{shown}\n"
                    )
            lines.append("</div>\n")
        pages[f"gallery/entries/index{suffix}"] = "\n".join(lines)
    return pages


def main(arguments: list[str]) -> None:
    """Draw what is not drawn yet."""
    everything = "--all" in arguments
    for entry in entries():
        if everything or any(drawn_digest(entry.picture(theme)) != entry.digest for theme in THEMES):
            draw(entry)
            print(entry.name, sum(os.path.getsize(entry.picture(theme)) for theme in THEMES) // 1024, "KB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
