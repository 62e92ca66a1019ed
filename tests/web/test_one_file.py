"""The page as one file: what its modules become, what is refused, and that a browser runs it from the disk."""

import gzip
import re

import pytest

from separatrix.errors import InvalidData
from separatrix.web._build import page_files, single_file
from separatrix.web._comments import without_comments
from separatrix.web._modules import flattened
from tests.web.page_visit import patient

GRAPH = {
    "main.js": (
        'import { twice, Box as Case } from "./lib/a.js";\nimport * as all from "./lib/a.js";\nimport words from "./words.js";\n'
        'import data from "./data.json" with { type: "json" };\nimport { three, four as quatre } from "./lib/b.js";\n'
        "/** A comment that says: import { nothing } from \"nowhere\". */\nexport { twice as again };\n"
        "report([twice(1), new Case().size, all.base, words.hello, data.list, three, quatre, typeof exports]);\n"
        'const worker = new Worker(new URL("./lib/worker.js", import.meta.url), { type: "module" });\n'
        "worker.onmessage = ({ data }) => report(data);\n"
    ),
    "lib/a.js": (
        'import {\n  base as two,\n} from "./b.js";\nexport const base = two;\nexport function twice(x) { return two * x; }\n'
        "export class Box { size = two; }\n"
    ),
    "lib/b.js": (
        "const base = 2, three = 3;\nexport { base, three, three as four };\n"
        "export async function never() {}\nexport function* nor() {}\n"
    ),
    "lib/worker.js": 'import { twice } from "./a.js";\npostMessage(["from the worker", twice(21), `a\n\n  // b`]);\n',
    "words.js": "export default { hello: 'hello </script> <!--' };\n",
    "data.json": '{"list": [1, 2.5, "é"]}',
}  # fmt: skip  # texts of files


def test_the_flattened_modules_do_what_the_modules_do(browser, tmp_path):
    script = flattened(GRAPH, "main.js")
    page = tmp_path / "page.html"
    begin = '<!DOCTYPE html><meta charset="utf-8"><script>window.told = []; window.report = (text) => told.push(text)</script>'
    safe = script.replace("</script", "<\\/script")
    page.write_text(f'{begin}<script type="module" id="script">{safe}</script>', encoding="utf-8")
    tab = patient(browser.new_page())
    tab.goto(page.as_uri())
    tab.wait_for_function("told.length === 2")
    assert tab.evaluate("told") == [
        [2, 2, 2, "hello </script> <!--", [1, 2.5, "é"], 3, 3, "undefined"],
        ["from the worker", 42, "a\n\n  // b"],
    ]
    tab.close()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"lib/b.js": "export const base = 1;"}, "imports 'four' from lib/b.js, which doesn't export it"),
        ({"lib/b.js": 'import "./a.js";\n' + GRAPH["lib/b.js"]}, r"in a circle: main.js -> lib/a.js -> lib/b.js -> lib/a.js"),
        ({"lib/b.js": GRAPH["lib/b.js"] + "export let changing = 1;\n"}, "lib/b.js: 'export let changing = 1;' can't be put"),
        ({"lib/a.js": GRAPH["lib/a.js"] + 'export * from "./b.js";\n'}, r"export \* from"),
        ({"main.js": 'import { twice } from "./lib/nowhere.js";\n'}, "no such file"),
        ({"main.js": 'import { thrice } from "./lib/a.js";\n'}, "imports 'thrice' from lib/a.js, which doesn't export it"),
        ({"main.js": 'import one from "./lib/a.js";\n'}, "imports 'default' from lib/a.js"),
        ({"main.js": 'import data from "./data.json";\n'}, "JSON alone, is imported with"),
        ({"main.js": 'const later = await import("./lib/a.js");\n'}, "can't be put into one file"),
        ({"main.js": "const here = import.meta.url;\n"}, "can't be put into one file"),
    ],
)  # fmt: skip  # a change a line
def test_what_cannot_be_flattened_is_refused_with_its_place(change, complaint):
    with pytest.raises(InvalidData, match=complaint):
        flattened(GRAPH | change, "main.js")


def test_the_file_names_nothing_else_and_allows_itself_alone():
    html = single_file()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=\"(?!data:)", html)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "playground.html"
    path.write_text(single_file(), encoding="utf-8")
    return path


def test_it_trains_from_the_disk_with_no_request_and_no_complaint(browser, saved):
    """Fault 39, and the policy: whatever it forbids is told in the console."""
    tab = patient(browser.new_page())
    asked, told = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: told.append(message.text))
    tab.on("pageerror", lambda error: told.append(str(error)))
    tab.goto(saved.as_uri())
    tab.locator(".state.converged").wait_for()
    tab.get_by_role("tab", name="Take away").click()
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Points (CSV)").click()
    assert download.value.suggested_filename == "points.csv"
    assert [url for url in asked if not url.startswith((saved.as_uri(), "blob:", "data:"))] == []
    assert told == []
    tab.close()


def test_every_module_that_the_page_reaches_is_in_it():
    script = re.search(r'<script type="module" id="script">(.*)</script>', single_file(), re.DOTALL)[1]
    reached = set(re.findall(r'^\$makers\["([^"]+)"\]', script, re.MULTILINE))
    modules = {path for path in page_files() if path.endswith((".js", ".json")) and not path.endswith("types.js")}
    assert modules - reached == set()


KEPT = [
    "const a = 'it // isn\\'t /* one */';",
    'const b = "\\"/* nor */ this //";',
    "const c = `// ${ { d: `inner ${1 /* gone */} //` }.d } /* kept */\n  // kept too`;",
    "const e = /[/'\"`]\\/\\/ \\/* /g;",
    "const f = 8 / 2 / 1; // gone",
    "const g = [/\\//, (1) / 2, c.length / /x/.source.length];",
    "const h = (x) => { return /\\}/.test(x) } /* gone\n */\nconst i = `${'}'}`;",
]


@pytest.mark.parametrize("text", KEPT)
def test_without_its_comments_a_module_is_the_same_program(browser, text):
    names = re.findall(r"const (\w) =", text)
    tab = patient(browser.new_page())
    before = "const c = 'abc'; const d = 0;\n" if "const c" not in text else ""
    read = "return [" + ", ".join(f"String({name})" for name in names) + "]"
    plain = without_comments(text)
    assert "gone" not in plain
    full, short = (tab.evaluate(f"() => {{ {before}{{ {each}\n{read} }} }}") for each in (text, plain))
    assert [value.replace("/* gone\n */", "").strip() for value in full] == [value.strip() for value in short]
    tab.close()


def test_the_file_is_small_over_the_wire():
    assert len(gzip.compress(single_file().encode(), 9)) <= 150_000
