"""The elements of every report: a self-contained HTML page for light and dark screens that sends no request.

The functions return pieces of HTML. They escape every text, so that a name from a file can't become markup; arguments
that are HTML already are called `html` or `body`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape, unescape

from separatrix.support.translations import language, translated

# Vector pictures stay sharp and small, but an animation or a picture of thousands of points is smaller as pixels.
TYPES = {"png": "image/png", "svg": "image/svg+xml", "gif": "image/gif"}
# No script and no request, even if a text were not escaped somewhere. Styles and pictures are part of the page.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

# Colours by variables, so that a dark screen changes them in one place. Wide tables and long words scroll or break instead of
# making the page wider than a telephone.
STYLE = """
:root { color-scheme: light dark; --paper: #f6f7f9; --card: #fff; --ink: #1b1e24; --soft: #5f6673; --line: #dcdfe5;
  --good: #1a7f4b; --bad: #b3261e; --mark: #3b4cc0 }
@media (prefers-color-scheme: dark) { :root { --paper: #101216; --card: #191c22; --ink: #e9ebf0; --soft: #9aa2b0;
  --line: #2d323b; --good: #5fcf95; --bad: #ff8a80; --mark: #93a4ff } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.2rem 4rem }
h1 { font-size: 1.9rem; margin: 0 0 .3rem } h2 { font-size: 1.25rem; margin: 2.6rem 0 .6rem }
h1, h2, h3, p, li, figcaption { overflow-wrap: anywhere }
p { margin: .3rem 0 } .soft, figcaption, small { color: var(--soft) }
.status { font-weight: 600 }
.converged, .good { color: var(--good) } .diverged, .stuck, .bad { color: var(--bad) }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .8rem; margin: 1.4rem 0 }
.numbers div, figure, details { background: var(--card); border: 1px solid var(--line); border-radius: .6rem }
.numbers div { padding: .8rem 1rem }
.numbers b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums }
.numbers span { color: var(--mark); font-weight: 600 }
figure { margin: 0; padding: 1rem }
figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; border-radius: .3rem }
figcaption { margin-bottom: .8rem }
nav { margin: 1rem 0 0; line-height: 2 } nav a { color: var(--mark); margin-right: 1rem; white-space: nowrap }
table { border-collapse: collapse; display: block; overflow-x: auto; margin: .4rem 0 1rem }
table { font-variant-numeric: tabular-nums }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .8rem .25rem 0; text-align: left; vertical-align: top }
caption { text-align: left; font-weight: 600; white-space: nowrap } caption p { font-weight: 400 }
details { padding: .8rem 1rem; margin-top: 1rem } summary { cursor: pointer; font-weight: 600 }
details h2 { font-size: 1rem; margin: 1.2rem 0 .2rem } details td, details th { text-align: right; padding-left: .8rem }
details td:first-child, details th:first-child, .left td, .left th { text-align: left; padding-left: 0 }
"""


@dataclass(frozen=True, eq=False)
class Illustration:
    """A picture with its caption.

    Attributes:
        title: a heading.
        caption: what the picture shows.
        kind: "png", "svg" or "gif".
        content: the bytes of the file.
    """

    title: str
    caption: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class KeyNumber:
    """A number in large letters.

    Attributes:
        name: of the number.
        value: the number as text.
        note: its definition or interval, below it.
    """

    name: str
    value: str
    note: str = ""


_TEXT = re.compile(r"(?<=>)[^<>]*[A-Za-z][^<>]*(?=<)")
_ALT = re.compile(r'(?<= alt=")[^"]+(?=")')
_AS_IT_IS = re.compile(r"(<(?P<name>style|pre|code|svg)\b.*?</(?P=name)>)", re.DOTALL)


def in_the_readers_language(html: str) -> str:
    """HTML whose texts and alternative texts of pictures are translated, and whose code and styles are left alone."""
    if language() == "en":
        return html

    def shown(match: re.Match[str]) -> str:
        text = unescape(match[0])
        words = " ".join(text.split())
        return escape(text.replace(text.strip(), translated(words))) if words else match[0]

    parts = _AS_IT_IS.split(html)
    # split gives each part that is left alone, and then its name
    return "".join(
        part if i % 3 == 1 else _ALT.sub(shown, _TEXT.sub(shown, part)) for i, part in enumerate(parts) if i % 3 != 2
    )


def html_page(title: str, body: Iterable[str], style: str = "") -> str:
    """A whole page, whose content security policy forbids every request and every script.

    Args:
        title: plain text, for the browser's tab.
        body: pieces of HTML, from top to bottom.
        style: CSS rules of this page alone, after the common ones.

    Examples:
        >>> text = html_page("a < b", ["<h1>A border</h1>"])
        >>> text[:15], "<title>a &lt; b</title>" in text, "default-src 'none'" in text
        ('<!doctype html>', True, True)
    """
    return (
        f'<!doctype html>\n<html lang="{language()}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(translated(title))}</title><style>{STYLE}{style}</style></head>\n<body><main>\n"
        f"{in_the_readers_language(''.join(part + chr(10) for part in body))}</main></body></html>\n"
    )


def cards(numbers: Iterable[KeyNumber]) -> str:
    """Key numbers side by side."""
    inside = "".join(
        f"<div><span>{escape(item.name)}</span><b>{escape(item.value)}</b><small>{escape(item.note)}</small></div>"
        for item in numbers
    )
    return f"<div class='numbers'>{inside}</div>"


def navigation(shown: Sequence[Illustration]) -> str:
    """A link to each picture; `figure` numbers them in the same way."""
    return links((f"picture-{k}", item.title) for k, item in enumerate(shown))


def links(targets: Iterable[tuple[str, str]]) -> str:
    """A line of links to elements of this page, each (id, words).

    >>> links([("data", "The data")])
    '<nav><a href="#data">The data</a></nav>'
    """
    inside = " ".join(f'<a href="#{escape(place)}">{escape(words)}</a>' for place, words in targets)
    return f"<nav>{inside}</nav>"


def figure(k: int, item: Illustration) -> str:
    """The k-th picture with its heading and caption."""
    return f'<h2 id="picture-{k}">{escape(item.title)}</h2>{framed_picture(item)}'


def framed_picture(item: Illustration) -> str:
    """A picture with its caption, without a heading."""
    # Inside the page as base64: a report is one file that can be mailed. An SVG in an <img> can run no script either.
    data = base64.b64encode(item.content).decode()
    return (
        f"<figure><figcaption>{escape(item.caption)}</figcaption>"
        f'<img alt="{escape(item.title)}" src="data:{TYPES[item.kind]};base64,{data}"></figure>'
    )


def collapsed(summary: str, html: str, *, of_words: bool = False) -> str:
    """HTML that is hidden until the reader clicks on the summary.

    Args:
        summary: plain text.
        html: the hidden part.
        of_words: whether tables in it hold words, which are aligned to the left, and not numbers.
    """
    kind = " class='left'" if of_words else ""
    return f"<details{kind}><summary>{escape(summary)}</summary>{html}</details>"


def pairs(rows: Iterable[tuple[str, object]]) -> str:
    """A table of names and values, one pair per row.

    >>> pairs([("alpha", 0.1)])
    '<table><tr><th>alpha</th><td>0.1</td></tr></table>'
    """
    # `escape` turns quotes into entities too, so that a text is safe inside an attribute as well.
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"


def grid(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with a row of column heads.

    >>> grid(["column", "kind"], [["age", "number"]])
    '<table><tr><th>column</th><th>kind</th></tr><tr><td>age</td><td>number</td></tr></table>'
    """
    head = "".join(f"<th>{escape(item)}</th>" for item in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
