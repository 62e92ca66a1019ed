"""Links: what is on the screen is in the address, a fresh browser shows the same, and a bad part is said."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.page_visit import Visitor

ROUND = """async (changes) => {
    const { fromHash, toHash } = await import("/js/link.js");
    const { FIRST, changed } = await import("/js/state.js");
    const state = { ...FIRST, ...changes, setting: changed(FIRST.setting, changes.setting ?? {}) };
    const hash = toHash(state), { state: again, remarks } = fromHash("#" + hash);
    return [JSON.stringify(state), JSON.stringify(again), remarks, hash];
}"""
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "sampler": st.sampled_from(["circle", "moons", "spirals"]),
        "seed": st.integers(0, 2**53 - 1),
        "lr": st.sampled_from([1e-5, 0.003, 0.05, 10]),
        "hidden": st.lists(st.integers(1, 16), max_size=6),
        "epochs": st.integers(1, 200_000),
        "batch_size": st.none() | st.integers(1, 100),
        "features": st.lists(st.sampled_from(["x1", "x2", "x1^2", "x1*x2", "sin(x2)"]), min_size=1, unique=True),
        "train_share": st.sampled_from([0.5, 0.8, 1]),
        "drawn": st.none()
        | st.lists(
            st.tuples(st.integers(-20_000, 20_000), st.integers(-20_000, 20_000), st.integers(0, 1)),
            min_size=2,
            max_size=50,
        ).map(lambda points: [[a / 1000, b / 1000, label] for a, b, label in points]),
    },
)


@given(
    setting=SETTINGS,
    smooth=st.booleans(),
    at=st.none() | st.integers(0, 50_000),
    lock=st.sets(st.sampled_from(["lr", "hidden", "n"])),
)
def test_every_state_survives_its_link(modules, setting, smooth, at, lock):
    changes = {"setting": setting, "smooth": smooth, "at": at, "lock": sorted(lock)}
    before, after, remarks, _ = modules.evaluate(ROUND, changes)
    assert remarks == []
    assert json.loads(after) == json.loads(before)


def test_the_first_page_has_no_address_and_settings_are_short_and_legible(modules):
    assert modules.evaluate(ROUND, {})[3] == ""
    assert (
        modules.evaluate(ROUND, {"setting": {"lr": 0.1, "hidden": [8, 8]}})[3] == "lr=0.1&hidden=8-8&activations=relu"
    )


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("#lr=fast", "lr = “fast”"),
        ("#hidden=4-0", "hidden = “4-0”"),
        ("#optimizer=sgdd", "optimizer = “sgdd”"),
        ("#drawn=!!!", "drawn = “!!!”"),
        ("#start=AAAAAA", "weights don't fit its network"),
        ("#colour=red", "a part “colour”"),
        ("#hide=lrr", "names no control: lrr"),
        ("#lesson=<img src=x onerror=alert(1)>", "lesson = “<img"),
        ("#drawn=file", "open the file that was saved with it"),
        ("?s=abc", "made by an earlier version"),
        ("#" + "a" * 200_001, "longer than 200,000 characters"),
    ],
)
def test_what_is_wrong_with_a_link_is_said_and_the_page_opens(visitor, link, said):
    visitor.go(link)
    assert said in visitor.text(".remark")
    visitor.click("Close")
    assert visitor.page.locator(".remark").count() == 0


def test_a_link_made_in_one_browser_shows_the_same_in_a_fresh_one(visitor, browser, page_address):
    visitor.go("#sampler=moons&n=60&epochs=1000&hidden=5&lr=0.2&validation=1&tab=fold&language=zh")
    numbers = visitor.page.locator(".numbers").inner_text()
    address = visitor.page.url
    other = Visitor(browser.new_context(viewport={"width": 1366, "height": 768}), page_address)
    other.go(address.removeprefix(page_address))
    assert other.page.locator(".numbers").inner_text() == numbers
    assert other.page.locator("#tab-fold").get_attribute("aria-selected") == "true"
    assert other.page.locator("html").get_attribute("lang") == "zh-CN"
    other.close()


def test_hidden_and_locked_controls_stay_so(visitor):
    visitor.go("#hide=momentum,features&lock=lr,hidden&epochs=200")
    visitor.until("() => document.querySelector('[data-control=lr] input').disabled")
    assert visitor.page.locator("[data-control=momentum]").is_hidden()
    assert visitor.page.get_by_role("button", name="Input x1²").count() == 0
    assert visitor.page.get_by_role("button", name="One unit more in layer 1").is_disabled()


def test_a_file_holds_what_no_link_can(modules):
    points = [[k / 500 - 10, 0.5, k % 2] for k in range(5_000)]
    read, hash_ = modules.evaluate(
        """async (drawn) => {
            const { fromFile, toFile, toHash } = await import("/js/link.js");
            const { FIRST, changed } = await import("/js/state.js");
            const state = { ...FIRST, setting: changed(FIRST.setting, { drawn }) };
            return [fromFile(toFile(state)).state.setting.drawn, toHash(state)];
        }""",
        points,
    )
    assert read == points
    assert "drawn=file" in hash_
