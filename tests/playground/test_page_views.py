"""What the page shows, and lessons and links for a class, in a real browser."""

import re

import numpy as np
import pytest

from separatrix.playground.sketch import Sketch

pytestmark = pytest.mark.slow


def numbers_of(text):
    """Those with a sign and three decimals, as a unit's sum shows them."""
    return [float(each.replace("−", "-")) for each in re.findall(r"[+-]\d+\.\d{3}", text)]


def test_a_click_on_a_unit_shows_its_whole_sum_and_the_timeline_changes_it(visit):
    tab = visit()
    sketch = tab.sketch
    tab.until("diagram", "m.x_range.end > 3")
    places = tab.model("diagram", "(d => [Array.from(d.x), Array.from(d.y)])(m.renderers[2].data_source.data)")
    tab.page.mouse.click(*tab.place(places[0][2], places[1][2], "diagram"))  # after two inputs, the first unit
    tab.wait_text("unit-sum", "fc1[0]")
    first = numbers_of(tab.model("unit-sum", "m.text"))
    from separatrix.playground.scene import compute_scene

    weight, bias = compute_scene(sketch).weights()[0]
    np.testing.assert_allclose(first, [*weight[0], bias[0]], atol=6e-4)
    tab.page.evaluate("() => { Bokeh.documents[0].get_model_by_name('timeline').value = 0 }")
    tab.until("unit-sum", "m.text !== v", tab.model("unit-sum", "m.text"))
    tab.page.get_by_label("Unit").select_option("fc3[0]")
    tab.wait_text("unit-sum", "sigmoid")


def test_weights_and_biases_tell_their_numbers(visit):
    tab = visit()
    tab.until("diagram", "m.renderers[3].data_source.data.number.length === 9")
    x, y = tab.model("diagram", "(d => [d.x[0], d.y[0]])(m.renderers[3].data_source.data)")
    value = tab.model("diagram", "m.renderers[3].data_source.data.number[0]")
    tab.page.mouse.move(*tab.place(x, y, "diagram"))
    tab.page.get_by_text("bias fc1[0]").wait_for()
    tab.page.get_by_text(f"{value:.4f}").wait_for()


def test_held_out_points_and_exact_lines_are_laid_over_the_plane_on_demand(visit):
    tab = visit()
    of = "m.renderers.filter(r => r.visible).length"
    before = tab.model("canvas", of)
    tab.click("held-out points")
    tab.until("canvas", f"{of} === v", before + 1)
    tab.click("exact lines")
    tab.until("canvas", f"{of} === v", before + 3)
    tab.until("canvas", "m.renderers[1].data_source.data.xs.length > 4 && m.renderers[2].data_source.data.x.length > 2")
    tab.click("Probability")
    tab.until("canvas", "m.renderers[0].glyph.color_mapper.palette.length === 256")


def test_the_fold_turns_under_the_hand_and_every_layer_is_there(visit):
    tab = visit()
    tab.tab("Fold")
    tab.until(
        "fold", "m.renderers[3].data_source.data.u.length === 100 && m.renderers[3].data_source.data.u.some(u => u)"
    )
    before = tab.model("fold", "Array.from(m.renderers[3].data_source.data.u)")
    x, y = tab.place(0, 0, "fold")
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(x + 80, y + 20, steps=4)
    tab.page.mouse.up()
    tab.until("azimuth", "m.value !== -50")
    assert tab.model("fold", "Array.from(m.renderers[3].data_source.data.u)") != before
    tab.page.get_by_label("After layer").select_option("input")
    tab.until("fold", "m.renderers[4].data_source.data.text.join() === 'x1,x2'")


def test_the_timeline_goes_back_plays_and_a_branch_goes_on_from_there(visit):
    tab = visit()
    tab.set("epochs", "300")
    tab.wait_text("status", "still learning")
    last = tab.model("figures", "m.data.told.join()")
    tab.page.evaluate("() => { Bokeh.documents[0].get_model_by_name('timeline').value = 5 }")
    tab.until("figures", "m.data.told.join() !== v", last)
    tab.click("Play")
    tab.until("timeline", "m.value > 6")
    tab.click("Pause")
    tab.click("Go on from here")
    branch = tab.wait_for(lambda s: s.start is not None)
    assert branch.begun > 0
    tab.wait_text("status", "begun at epoch")
    tab.set("lr", -1)
    changed = tab.wait_for(lambda s: s.lr == 0.1)
    assert (changed.start, changed.begun) == (branch.start, branch.begun)
    tab.click("From scratch")
    tab.wait_for(lambda s: s.start is None)


def test_a_training_that_diverges_says_so_and_keeps_its_picture(visit):
    tab = visit()
    tab.set("l2", "0.3")
    tab.set("lr", 1)  # each step takes a weight w to w - 10 · 0.3 w: twice as far on the other side
    tab.wait_text("status", "diverged")
    assert tab.model("canvas", "m.renderers[0].data_source.data.image[0].length") > 0
    assert "nan" not in tab.model("figures", "m.data.told.join()")


def test_the_seed_panel_counts_fills_its_bar_and_a_click_goes_to_that_seed(visit):
    tab = visit()
    tab.set("epochs", "300")
    tab.tab("Seeds")
    tab.click("200 seeds of this")
    tab.wait_text("seeds-said", "200 of 200")
    assert tab.model("seed-bar", "m.renderers[0].data_source.data.right[1]") == 200
    assert tab.model("seed-wall", "m.renderers[0].data_source.data.image.length") == 200
    tab.page.mouse.click(*tab.place(2.5, -0.5, "seed-wall"))
    tab.wait_for(lambda s: s.seed == 2)
    assert "200 of 200" in tab.model("seeds-said", "m.text")  # the same question still
    tab.set("noise", 0.3)
    tab.wait_text("seeds-said", "How often")


def test_tooltips_come_with_the_pointer_and_the_focus_in_either_language(visit):
    tab = visit("?lang=zh")
    tip = tab.page.locator("#tip")
    tab.page.get_by_text("学习率:").hover()
    tip.get_by_text("步子的大小").wait_for()
    tab.page.get_by_role("button", name="添加", exact=True).hover()
    tip.get_by_text("点击要放置").wait_for()
    tab.page.keyboard.press("Escape")
    tab.page.get_by_label("损失函数").focus()
    tab.page.keyboard.press("Shift+Tab")
    tab.page.keyboard.press("Tab")
    tip.get_by_text("训练要减小的量").wait_for()
    assert tip.bounding_box()["width"] < 400


def test_a_lesson_stands_above_all_views_notices_when_it_is_done_and_ends(visit):
    tab = visit("?lesson=losses&lock=seed")
    tab.wait_text("task", "Not yet")
    assert tab.page.get_by_text("With mean squared error").is_visible()
    assert (tab.model("lr", "m.visible"), tab.model("seed", "m.disabled")) == (False, True)
    tab.set("loss", "bce")
    tab.wait_text("task", "Done")
    tab.tab("Lessons")
    tab.click("End the lesson")
    tab.until("lr", "m.visible")
    assert tab.model("seed", "m.disabled")  # what a teacher locked stays locked
    assert tab.page.locator("#task").is_hidden()


def test_a_class_link_hides_and_locks_what_the_teacher_chose(visit):
    tab = visit()
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.set("sampler", "moons")
    tab.tab("Lessons")
    tab.page.get_by_label("Hide").select_option(["momentum", "hidden"])
    tab.page.get_by_label("Lock").select_option(["lr"])
    tab.until("class_lock", "m.value.length === 1")
    tab.click("Copy the class link")
    tab.until("class_link", "m.label === '✓'")
    query = tab.page.evaluate("navigator.clipboard.readText()").partition("?")[2]
    pupil = visit("?" + query)
    assert pupil.sketch.sampler == "moons"
    assert pupil.model("momentum", "m.visible") is False
    assert pupil.model("more-layers", "m.visible") is False
    assert pupil.model("lr", "m.disabled") is True
    assert pupil.model("loss", "m.visible && !m.disabled") is True


def test_a_link_that_hides_what_there_is_not_says_so(visit):
    tab = visit("?hide=learning_rate,lr")
    tab.wait_text("status", "no control: learning_rate")
    assert tab.model("lr", "m.visible") is False


@pytest.mark.parametrize("width", [390, 1366])
def test_nothing_is_wider_than_the_screen_and_everything_fits_a_small_one(visit, width):
    tab = visit(viewport={"width": width, "height": 768})
    for name in ("Network", "Seeds", "Own data", "Take away"):
        tab.tab(name)
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 1366:
        assert tab.page.evaluate("document.documentElement.scrollHeight") <= 768


def test_own_settings_are_no_concern_of_other_visitors(visit):
    one, other = visit(), visit()
    one.set("sampler", "spirals")
    one.wait_for(lambda s: s.sampler == "spirals")
    assert other.model("sampler", "m.value") == "circle"
    assert other.sketch == Sketch()
