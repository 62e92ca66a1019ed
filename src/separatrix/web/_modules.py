"""The page's JavaScript modules as one script, which a browser also runs from a file on the disk.

A browser refuses to import one module from another under `file://`, so each becomes a function that is called when another
module first requires it. The same text serves the page and its workers: `main` is what runs first, and a worker is started
with the name of the module that it runs. What this can't translate is refused with the file and the text, so the modules
keep to a plain subset of the language:

    import { a, b as c } from "./x.js";     import * as x from "./x.js";     import "./x.js";
    import words from "./words.json" with { type: "json" };
    export function f() {}     export class C {}     export const a = 1;     export { f, g as h };     export default {};
    new Worker(new URL("./worker.js", import.meta.url), { type: "module" })
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from separatrix.errors import InvalidData
from separatrix.web._comments import without_comments

_IMPORT = re.compile(
    r"^import\s+(?:(?P<bound>\{[^}]*\}|\*\s+as\s+\w+|\w+)\s+from\s+)?"
    r'"(?P<path>[^"]+)"(?P<json>\s+with\s+\{\s*type:\s*"json"\s*\})?;?[ \t]*$',
    re.MULTILINE,
)
_DECLARED = re.compile(r"^export\s+(?P<kind>(?:async\s+)?function\s*\*?|class|const)\s+(?P<name>[\w$]+)", re.MULTILINE)
_DEFAULT = re.compile(r"^export\s+default\s+(?!function|class|async)", re.MULTILINE)
_LISTED = re.compile(r"^export\s+\{(?P<names>[^}]*)\};?[ \t]*$", re.MULTILINE)
_WORKER = re.compile(
    r'new\s+Worker\(\s*new\s+URL\(\s*"(?P<path>[^"]+)",\s*import\.meta\.url\s*\),\s*\{\s*type:\s*"module",?\s*\},?\s*\)'
)
_LEFT_OVER = re.compile(r"^(?:import|export)\b|\bimport\.meta\b|\bimport\s*\(\s*[\"'`]", re.MULTILINE)

_FRAME = """"use strict";
(() => {{
const $makers = Object.create(null), $made = Object.create(null);
function $require(path) {{
    if (!(path in $made)) {{ $made[path] = {{}}; $made[path] = $makers[path](); }}
    return $made[path];
}}
let $address = "";
function $worker(path) {{
    const own = () => new Blob([document.getElementById("script").textContent], {{ type: "text/javascript" }});
    $address ||= URL.createObjectURL(own());
    return new Worker($address, {{ name: path }});
}}
{modules}
$require(typeof document === "undefined" ? self.name : {main});
}})();
"""


@dataclass(frozen=True)
class _Module:
    """One module, translated.

    Attributes:
        path: where it lies in the page's folder.
        text: the body of the function that makes it.
        requires: the modules that it imports.
        starts: the modules that it runs as workers.
    """

    path: str
    text: str
    requires: tuple[str, ...]
    starts: tuple[str, ...]


def flattened(sources: Mapping[str, str], main: str) -> str:
    """All modules that `main` reaches, as one classic script.

    Args:
        sources: path -> text of every module and JSON file.
        main: the path of the module that the page runs.

    Raises:
        InvalidData: a module is missing, imports in a circle or what isn't exported, or is beyond the subset above.

    Examples:
        >>> script = flattened({"a.js": 'import { one } from "./b.js";', "b.js": "export const one = 1;"}, "a.js")
        >>> 'const { one } = $require("b.js");' in script
        True
    """
    modules: dict[str, _Module] = {}
    waiting = [main]
    while waiting:
        path = waiting.pop()
        if path not in modules:
            modules[path] = _translated(path, sources)
            # a worker runs from this same script, so its modules must be in it too
            waiting += (*modules[path].requires, *modules[path].starts)
    _refuse_circles(modules)
    # sorted, so that the same sources always give the same bytes
    texts = [f"$makers[{json.dumps(path)}] = () => {{\n{modules[path].text}\n}};" for path in sorted(modules)]
    return _FRAME.format(modules="\n".join(texts), main=json.dumps(main))


def _translated(path: str, sources: Mapping[str, str]) -> _Module:
    text = sources[path]
    if path.endswith(".json"):
        # read and written anew, so that what isn't JSON fails here and not in the browser
        return _Module(path, f"return {json.dumps(json.loads(text), ensure_ascii=False)};", (), ())
    requires, starts, exports = list[str](), list[str](), dict[str, str]()

    def required(match: re.Match[str]) -> str:
        target = _resolved(path, match["path"], match, sources)
        requires.append(target)
        return _bound(match["bound"] or "", target, path, match, sources)

    def declared(match: re.Match[str]) -> str:
        exports[match["name"]] = match["name"]
        return f"{match['kind']} {match['name']}"

    def by_default(match: re.Match[str]) -> str:
        exports["default"] = "$default"
        return "const $default = "

    def listed(match: re.Match[str]) -> str:
        exports.update({outer: inner for inner, outer in _names(match["names"])})
        return ""

    def started(match: re.Match[str]) -> str:
        starts.append(_resolved(path, match["path"], match, sources))
        return f"$worker({json.dumps(starts[-1])})"

    # comments cost bytes, and may hold words that look like imports
    plain = without_comments(text)
    translations = (
        (_IMPORT, required), (_DECLARED, declared), (_DEFAULT, by_default), (_LISTED, listed), (_WORKER, started),
    )  # fmt: skip  # what, then what becomes of it
    for pattern, replace in translations:
        plain = pattern.sub(replace, plain)
    # what no pattern translated would fail in the browser with a syntax error, far from its cause
    if left := _LEFT_OVER.search(plain):
        line = plain[plain.rfind("\n", 0, left.start()) + 1 :].partition("\n")[0]
        raise InvalidData(f"{path}: {line.strip()[:80]!r} can't be put into one file.")
    pairs = ", ".join(inner if inner == outer else f"{outer}: {inner}" for outer, inner in exports.items())
    return _Module(path, f"{plain.strip()}\nreturn {{ {pairs} }};", tuple(requires), tuple(starts))


def _resolved(path: str, target: str, match: re.Match[str], sources: Mapping[str, str]) -> str:
    """The path of what a module names relative to itself."""
    # the paths of a URL, whatever the system's separator
    full = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    if full not in sources:
        raise InvalidData(f"{path} imports {target!r}, and there is no such file: {match[0]!r}.")
    return full


def _bound(bound: str, target: str, path: str, match: re.Match[str], sources: Mapping[str, str]) -> str:
    """The statement that gives a module's names to the one that imports it."""
    call = f"$require({json.dumps(target)})"
    # browsers refuse JSON without the attribute, and the attribute without JSON
    if target.endswith(".json") != bool(match["json"]):
        raise InvalidData(f'{path}: JSON, and JSON alone, is imported with {{ type: "json" }}: {match[0]!r}.')
    if bound.startswith("{"):
        names = list(_names(bound.strip("{}")))
        _refuse_unexported({inner for inner, _ in names}, target, path, sources)
        return f"const {{ {', '.join(a if a == b else f'{a}: {b}' for a, b in names)} }} = {call};"
    if bound.startswith("*"):
        return f"const {bound.split()[-1]} = {call};"
    if bound and not match["json"]:
        _refuse_unexported({"default"}, target, path, sources)
        return f"const {bound} = {call}.default;"
    return f"const {bound} = {call};" if bound else f"{call};"


def _names(listed: str) -> Iterator[tuple[str, str]]:
    """The pairs (name, other name) of `a, b as c`."""
    for entry in filter(None, (entry_text.strip() for entry_text in listed.split(","))):
        name, _, other = entry.partition(" as ")
        yield name.strip(), (other or name).strip()


def _refuse_unexported(names: set[str], target: str, path: str, sources: Mapping[str, str]) -> None:
    text = sources[target]
    exported = {match["name"] for match in _DECLARED.finditer(text)}
    exported |= {outer for match in _LISTED.finditer(text) for _, outer in _names(match["names"])}
    exported |= {"default"} if _DEFAULT.search(text) else set()
    if missing := names - exported:
        raise InvalidData(f"{path} imports {sorted(missing)[0]!r} from {target}, which doesn't export it.")


def _refuse_circles(modules: Mapping[str, _Module]) -> None:
    """A function that makes a module is called once; a circle would see it half made."""
    done, open_paths = set[str](), list[str]()

    def visit(path: str) -> None:
        if path in done:
            return
        if path in open_paths:
            raise InvalidData(f"modules import one another in a circle: {' -> '.join([*open_paths, path])}.")
        open_paths.append(path)
        for target in modules[path].requires:
            visit(target)
        done.add(open_paths.pop())

    for path in modules:
        visit(path)
