"""A learner's result line: what the teacher's page makes of it, honest, changed and made up; and a teacher's own lessons."""

import pytest

from tests.web.page_visit import patient

SETUP = """
window.lessonApp = async (hash, changes = {}) => {
    const { fromHash } = await import("/js/link.js");
    const { createTrainer } = await import("/js/engine/trainer.js");
    const { createEvaluator } = await import("/js/engine/evaluator.js");
    const { drawPoints } = await import("/js/engine/points.js");
    const { changed } = await import("/js/state.js");
    const { state } = fromHash(hash);
    state.setting = changed(state.setting, changes);
    const trainer = createTrainer(), run = await trainer.train(state.setting, {});
    trainer.dispose();
    const points = drawPoints(state.setting), evaluator = await createEvaluator(state.setting);
    return { state, run, points, evaluator, on: () => undefined };
};
null; // else Playwright calls what it was given
"""
LINE = """
async ([hash, changes, who]) => {
    const { resultLine } = await import("/js/class/result.js");
    return resultLine(await lessonApp(hash, changes), who, new Date("2026-12-01T09:30:40Z"));
}
"""
VERIFY = """
async (text) => {
    const { verify } = await import("/js/class/result.js"), told = [];
    await verify(text, (index, line, result, verdict) => told.push([index, result?.who ?? null, verdict]));
    return told;
}
"""
SOLVED = {"hidden": [8], "epochs": 10_000}


@pytest.fixture(scope="module")
def desk(modules):
    modules.evaluate(SETUP)
    return modules


@pytest.fixture(scope="module")
def solved(desk):
    return desk.evaluate(LINE, ["lesson=line", SOLVED, "Ada | 爱达\nL."])


def test_the_line_says_who_what_when_and_how_it_ended(solved):
    mark, who, lesson, when, done, outcome, link, code = solved.split(" | ")
    assert (mark, who, lesson, when, done) == ("separatrix", "Ada / 爱达 L.", "line", "2026-12-01T09:30Z", "done")
    assert outcome == "2-8-1 converged 100.0%"
    assert "lesson=line" in link
    assert len(code) == 14


def test_the_teachers_page_confirms_an_honest_line_and_tells_all_others(desk, solved):
    unsolved = desk.evaluate(LINE, ["lesson=line", {"epochs": 50}, "Bob"])
    assert " | not yet | " in unsolved
    text = "\n".join([solved, unsolved, solved.replace("Ada", "Eve"), "hello", "", "separatrix | Ada | line"])
    assert desk.evaluate(VERIFY, text) == [
        [0, "Ada / 爱达 L.", "confirmed"], [1, "Bob", "not_done"], [2, "Eve / 爱达 L.", "changed"], [3, None, "unreadable"],
        [4, None, "unreadable"],
    ]  # fmt: skip  # a verdict each


def test_a_line_with_a_right_code_over_a_wrong_claim_is_found_by_training(desk, solved):
    """Whoever can compute the code still can't make the training give what it doesn't."""
    forge = """
    async (line) => {
        const { sha256 } = await import("/js/take/sha256.js");
        const digits = sha256(new TextEncoder().encode(line)).slice(0, 12);
        return `${line} | ${digits.match(/.{4}/g).join("-")}`;
    }
    """
    claim = solved.rsplit(" | ", 1)[0].split(" | ")
    claim[6] = "hidden=1&epochs=20&lesson=line"
    forged = desk.evaluate(forge, " | ".join(claim))
    assert desk.evaluate(VERIFY, forged) == [[0, "Ada / 爱达 L.", "refused"]]


def test_without_a_lesson_there_is_no_line(desk):
    assert desk.evaluate(LINE, ["hidden=3&epochs=10", {}, "Ada"]) == ""


@pytest.fixture
def page(browser, page_address):
    tab = patient(browser.new_page(viewport={"width": 1366, "height": 900}))
    complaints = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(page_address + "#tab=class&epochs=500")
    yield tab
    tab.close()
    assert complaints == []


def test_a_teacher_builds_a_lesson_tries_it_and_a_class_opens_its_link(page):
    page.get_by_label("Title").fill("Two units")
    page.get_by_role("button", name="Try the lesson").click()
    assert "needs a title, a task and at least one condition" in page.locator(".class").inner_text()
    page.get_by_label("Task").fill("Solve it with <b>two</b> units.")
    page.get_by_label("Said when it is done").fill("Well done.")
    page.get_by_label("Condition 1", exact=True).select_option("units_at_most")
    page.get_by_role("button", name="Try the lesson").click()
    assert "Condition 1 needs a number" in page.locator(".class").inner_text()
    page.get_by_label("Value of condition 1").fill("2")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Condition 2", exact=True).select_option("status")
    page.get_by_label("Value of condition 2").select_option("stopped")
    page.get_by_role("checkbox", name="Hide Learning rate").check()
    page.get_by_role("button", name="Try the lesson").click()
    page.get_by_text("Solve it with <b>two</b> units.").wait_for()
    page.wait_for_function("() => location.hash.includes('own_lesson')")
    other = patient(page.context.browser.new_page())
    other.goto(page.url)
    other.get_by_text("Solve it with <b>two</b> units.").wait_for()
    assert other.get_by_role("slider", name="Learning rate").count() == 0
    other.close()
