"""The page's files as `separatrix play` serves them, and the whole page as one file that works from the disk."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from separatrix.engines.fused.formulas import registry_formulas
from separatrix.errors import InvalidData
from separatrix.exports.templates import export_templates
from separatrix.web._modules import flattened

MAIN = "js/main.js"
FORMULAS, TAKE_DATA = (
    "js/data/formulas.js",
    "js/data/take.json",
)  # made from the registries, which stand in Python alone
FORMULAS_TYPE = '/** @type {import("../engine/types.js").Formulas} */'
MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "svg": "image/svg+xml",
}

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"\s+content="[^"]*"\s*/?>')
_SHEET = re.compile(r'<link rel="stylesheet" href="(?P<path>[^"]+)"\s*/?>')
_SCRIPT = re.compile(r'<script type="module" src="(?P<path>[^"]+)"></script>')


@cache
def page_files() -> dict[str, bytes]:
    """Every file of the page under the path by which the page names it; "index.html" is the page itself.

    >>> sorted(page_files())[:1]
    ['index.html']
    """
    static = dict(_walk(files("separatrix.web") / "page", ""))
    built = {
        FORMULAS: f"export default {FORMULAS_TYPE} ({_compact(registry_formulas())});\n",
        TAKE_DATA: _compact(export_templates()),
    }
    # named first, because a union keeps the place of a key that is already there
    return {"index.html": static["index.html"]} | static | {path: text.encode() for path, text in built.items()}


def single_file() -> str:
    """The page as one HTML file: no other file and no address is needed, from the disk or from any host.

    Its policy allows its own script and its own style sheet by their digests, and nothing else.
    """
    texts = {path: content.decode() for path, content in page_files().items()}
    html = texts["index.html"]
    style = texts[_only(_SHEET, html)["path"]]
    script = flattened(texts, _only(_SCRIPT, html)["path"])
    # the HTML parser would end the element at these words, even inside a string
    script = script.replace("</script", "<\\/script").replace("<!--", "<\\!--")  # the same in strings and patterns
    html = _replaced(_SHEET, html, f"<style>{style}</style>")
    html = _replaced(_SCRIPT, html, f'<script type="module" id="script">{script}</script>')
    # digests of the very texts between the tags; of any others, the browser would refuse the page's own script
    return _replaced(_POLICY, html, _policy(script, style))


def _compact(data: object) -> str:
    # without spaces: every byte is sent to the browser; no NaN, which JSON hasn't
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _walk(folder: Traversable, prefix: str) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    # systems list a folder in different orders, and the page should be the same bytes on all
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{prefix}{entry.name}"
        if entry.is_dir():
            contents |= _walk(entry, f"{path}/")
        # notes and editors' files in the folder are not part of the page
        elif path.rpartition(".")[2] in MEDIA_TYPES:
            contents[path] = entry.read_bytes()
    return contents


def _policy(script: str, style: str) -> str:
    rules = (
        "default-src 'none'",
        # compiling WebAssembly needs its own permission; JavaScript from strings stays forbidden
        f"script-src '{_digest(script)}' 'wasm-unsafe-eval'",
        f"style-src '{_digest(style)}'",
        # workers are started from a copy of the script, since the page has no other file
        "worker-src blob:",
        "img-src data: blob:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">'


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _only(pattern: re.Pattern[str], html: str) -> re.Match[str]:
    matches = list(pattern.finditer(html))
    if len(matches) != 1:
        raise InvalidData(f"index.html must hold {pattern.pattern!r} exactly once, and does {len(matches)} times.")
    return matches[0]


def _replaced(pattern: re.Pattern[str], html: str, text: str) -> str:
    match = _only(pattern, html)
    # not `re.sub`, which would read the script's backslashes as references to groups
    return html[: match.start()] + text + html[match.end() :]
