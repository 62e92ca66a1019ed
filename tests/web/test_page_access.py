"""The page for everyone: axe-core finds nothing in any tab, theme or language; both languages say everything."""

import json
import re
from pathlib import Path

import pytest

import separatrix
from tests.web.page_visit import patient

axe = pytest.importorskip(
    "axe_playwright_python", reason="needs axe-playwright-python: pip install axe-playwright-python"
)
AXE = Path(axe.__file__).with_name("axe.min.js").read_text()
TABS = ("network", "fold", "step", "seeds", "lessons", "own", "take", "class")
RULES = '{runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}'
FOUND = f"axe.run(document, {RULES}).then(({{violations}}) => violations.map(({{id, nodes}}) => [id, nodes[0].html]))"
PAGE = Path(separatrix.__file__).parent / "web" / "page" / "js"


@pytest.mark.parametrize(
    ("theme", "language", "size"),
    [
        ("light", "en", (1366, 768)),
        ("dark", "zh", (1366, 768)),
        ("dark", "en", (1920, 1080)),
        ("light", "zh", (390, 844)),
    ],
)
def test_axe_finds_nothing(browser, page_address, theme, language, size):
    context = browser.new_context(
        viewport=dict(zip(("width", "height"), size, strict=True)), color_scheme=theme, bypass_csp=True
    )
    page = patient(context.new_page())
    page.goto(f"{page_address}#language={language}&lesson=line&epochs=300&lines=1")
    page.wait_for_function("() => document.querySelector('.verdict').textContent")
    page.evaluate(AXE)
    for tab in TABS:
        if page.locator(f"#tab-{tab}").is_visible():
            page.click(f"#tab-{tab}")
        assert page.evaluate(FOUND) == [], tab
    context.close()


def words(language):
    text = (PAGE / "words" / f"{language}.js").read_text(encoding="utf-8")
    # a long sentence stands on a line of its own, and one with quotation marks between apostrophes
    return {
        name: sentence for name, _, sentence in re.findall(r'^  "?([\w.?]+)"?:\s+(["\'])(.*)\2,$', text, re.MULTILINE)
    }


def test_both_languages_say_the_same_things_with_the_same_values():
    english, chinese = words("en"), words("zh")
    assert english.keys() == chinese.keys()
    for name, sentence in english.items():
        assert set(re.findall(r"\{(\w+)\}", sentence)) == set(re.findall(r"\{(\w+)\}", chinese[name])), name


def test_every_name_that_the_page_speaks_of_has_words():
    own = [path for path in PAGE.rglob("*.js") if path.parent.name not in ("engine", "take", "class", "words", "data")]
    text = "".join(path.read_text(encoding="utf-8") for path in own)
    asked = set(re.findall(r'\b(?:say\(|word:|label:|tip:|Fault\()\s*"([\w.?]+)"', text))
    assert asked - words("en").keys() == set()


def test_the_two_sides_differ_in_lightness_and_for_every_kind_of_sight(modules):
    palettes = json.loads(
        modules.evaluate("""async () => {
        const { palette } = await import("/js/colours.js");
        const both = ["light", "dark"].map((theme) => { document.documentElement.dataset.theme = theme; return palette().sides });
        return JSON.stringify(both);
    }""")
    )
    for sides in palettes:
        low, high = sorted(luminance(side) for side in sides)
        assert (high + 0.05) / (low + 0.05) > 1.4


def luminance(rgb):
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_page_never_scrolls_sideways_and_targets_are_large_enough(visitor):
    for width, height in ((1366, 768), (1920, 1080), (820, 1180), (390, 844), (320, 640)):
        visitor.page.set_viewport_size({"width": width, "height": height})
        visitor.go("#hidden=16-16-8-8-4-4&epochs=50&lesson=rate")
        for tab in visitor.page.get_by_role("tab").all():
            tab.click()
            assert visitor.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), (width, tab)
    small = visitor.page.evaluate("""() => [...document.querySelectorAll("button, select, input[type=range], summary")]
        .filter((part) => part.offsetParent && !part.matches(".unit"))
        .filter((part) => Math.min(part.offsetWidth, part.offsetHeight) < 24).map((part) => part.outerHTML.slice(0, 80))""")
    assert small == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_who_is_on_which_side_can_be_asked_without_scrolling(visitor, language):
    visitor.go(f"#language={language}")
    summary = visitor.page.locator(".ending summary")
    box = summary.bounding_box()
    assert box["y"] + box["height"] <= 768
    summary.click()
    visitor.page.wait_for_function(
        "() => document.querySelector('.confusions').getBoundingClientRect().bottom <= innerHeight + 1"
    )
    assert visitor.page.locator(".confusion td:not(.corner)").first.inner_text().isdigit()


def test_the_system_theme_is_followed_and_the_visitors_choice_kept(browser, page_address):
    context = browser.new_context(color_scheme="dark")
    page = patient(context.new_page())
    page.goto(page_address + "#epochs=50")
    theme = "() => document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate(theme) == "light"
    page.reload()
    assert page.evaluate(theme) == "light"
    context.close()
