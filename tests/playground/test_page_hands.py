"""Mouse, finger and keyboard on the plane and on the controls, in a real browser."""

import numpy as np
import pytest

from separatrix.playground.sketch import Sketch

pytestmark = pytest.mark.slow

LESSON = Sketch().all_points()


def test_a_point_is_dragged_and_the_border_follows_while_it_moves(visit):
    tab = visit()
    x, y = tab.point(0)
    tab.count_pictures()
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    for k in range(1, 4):  # only then let go
        tab.page.mouse.move(x + 20 + 3 * k, y - 10 - 2 * k)
        tab.page.wait_for_function("k => window.seen >= k", arg=k)
    tab.page.mouse.up()
    after = tab.wait_for(lambda s: s.drawn is not None).drawn
    assert after[1:] == LESSON[1:]
    assert after[0][0] > LESSON[0][0] + 0.1
    tab.click("Undo")  # all of the movement is one step
    tab.wait_for(lambda s: s == Sketch())


def test_a_hand_that_rests_before_it_moves_still_drags(visit):
    tab = visit()
    x, y = tab.point(0)
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.wait_for_timeout(400)  # longer than what Bokeh takes for a press
    tab.page.mouse.move(x + 30, y - 30, steps=3)
    tab.page.mouse.up()
    assert tab.wait_for(lambda s: s.drawn is not None).drawn[0] != LESSON[0]


def test_points_are_added_flipped_and_deleted(visit):
    tab = visit()
    x, y = tab.point(3)
    tab.take("Flip")
    tab.page.mouse.click(x, y)
    flipped = tab.wait_for(lambda s: s.drawn is not None)
    assert flipped.drawn[3][2] == 1 - LESSON[3][2]
    tab.take("Delete")
    tab.page.mouse.click(x, y)
    tab.wait_for(lambda s: len(s.drawn) == 99)
    tab.take("Add")
    tab.page.mouse.click(x, y, delay=400)  # a slow click is a click
    tab.wait_for(lambda s: len(s.drawn) == 100 and s.drawn[-1][2] == 1)
    tab.click("● 0")
    tab.until("label", "m.active === 0")
    tab.page.mouse.click(x, y)
    tab.wait_for(lambda s: len(s.drawn) == 101 and s.drawn[-1][2] == 0)


def test_two_quick_taps_are_two_taps(visit):
    tab = visit()
    tab.take("Add")
    tab.page.mouse.dblclick(*tab.place(2, 3))
    tab.wait_for(lambda s: s.drawn is not None and len(s.drawn) == 102)
    tab.click("Undo")
    tab.wait_for(lambda s: s.drawn is not None and len(s.drawn) == 101)
    tab.page.mouse.click(*tab.place(2, 3), click_count=3)  # a third comes after two, and there is no fourth
    tab.wait_for(lambda s: len(s.drawn) == 104)


def test_the_brush_leaves_points_of_the_chosen_class_and_is_one_step_to_undo(visit):
    tab = visit()
    tab.take("Paint")
    (x, y), (far, high) = tab.place(-3, -3), tab.place(-2, -3)
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(far, high, steps=4)
    tab.page.mouse.up()
    after = tab.wait_for(lambda s: s.drawn is not None and len(s.drawn) > 105).drawn
    assert after[:100] == LESSON
    assert {label for _, _, label in after[100:]} == {1}
    assert np.abs(np.array(after[100:])[:, 1] + 3).max() < 0.5
    tab.click("Undo")
    tab.wait_for(lambda s: s == Sketch())


def test_points_in_the_lasso_and_points_that_are_clicked_are_flipped_together(visit):
    tab = visit()
    tab.take("Lasso")
    tab.until("canvas", "m.toolbar.active_drag !== null")
    corners = [tab.place(*corner) for corner in ((-4, 1.5), (4, 1.5), (4, 4), (-4, 4))]
    tab.page.mouse.move(*corners[0])
    tab.page.mouse.down()
    for corner in corners[1:]:
        tab.page.mouse.move(*corner, steps=5)
    tab.page.mouse.up()
    above = [k for k, (_, x2, _) in enumerate(LESSON) if x2 > 1.5]
    dots = "m.renderers.at(-1).data_source.selected.indices"
    tab.until("canvas", f"{dots}.length === v", len(above))
    lowest = min(range(100), key=lambda k: LESSON[k][1])
    tab.page.mouse.click(*tab.point(lowest))
    tab.until("canvas", f"{dots}.length === v", len(above) + 1)
    tab.click("Flip chosen")
    after = tab.wait_for(lambda s: s.drawn is not None).drawn
    assert [k for k in range(100) if after[k][2] != LESSON[k][2]] == sorted([*above, lowest])


def test_a_finger_on_a_phone_drags_a_point_and_the_page_stays(visit):
    tab = visit(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    x, y = tab.point(0)
    touch = tab.page.context.new_cdp_session(tab.page)

    def finger(kind, *at):
        points = [{"x": at[0], "y": at[1]}] if at else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    finger("touchStart", x, y)
    for k in range(1, 9):
        finger("touchMove", x + 4 * k, y - 10 * k)
    finger("touchEnd")
    after = tab.wait_for(lambda s: s.drawn is not None).drawn
    assert after[0][1] > LESSON[0][1] + 0.5
    assert tab.page.evaluate("scrollY") == 0


def test_the_plane_is_used_with_the_keyboard(visit):
    tab = visit()
    press = tab.page.keyboard.press
    tab.take("Add")
    while tab.page.evaluate("document.getElementById('cross').hasAttribute('hidden')"):
        press("Tab")  # past the other tools and the two classes
    for _ in range(5):
        press("Shift+ArrowRight")  # a tenth of the plane each, from the middle to its edge
    press("Enter")
    assert tab.wait_for(lambda s: s.drawn is not None).drawn[100] == (4.0, 0.0, 1)
    tab.take("Move")
    tab.model("canvas", "Bokeh.index.find_one(m).canvas_view.events_el.focus()")
    press("Enter")
    press("Shift+ArrowUp")
    press("Enter")
    assert tab.wait_for(lambda s: s.drawn[100][1] != 0.0).drawn[100] == (4.0, 0.9, 1)  # the plane is 9 wide now


def test_tabs_and_shortcuts_answer_the_keyboard(visit):
    tab = visit()
    tab.set("sampler", "rings")
    tab.page.keyboard.press("Control+z")
    tab.wait_for(lambda s: s == Sketch())
    tab.page.keyboard.press("Control+y")
    tab.wait_for(lambda s: s.sampler == "rings")
    tab.page.keyboard.press("Control+z")
    tab.wait_for(lambda s: s == Sketch())  # before which there is nothing to do again
    tab.page.keyboard.press("Control+Shift+Z")
    tab.wait_for(lambda s: s.sampler == "rings")
    tab.page.locator(".bk-tab", has_text="Network").focus()
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("Enter")
    tab.until("right", "m.active === 1")


def test_the_widgets_themselves_are_used_as_hands_and_keys_use_them(visit):
    tab = visit()
    tab.page.get_by_label("Shape").select_option("moons")
    tab.wait_for(lambda s: s.sampler == "moons")
    handle = tab.page.locator(".noUi-handle").first  # of the number of points
    handle.focus()
    tab.page.keyboard.press("ArrowRight")
    tab.wait_for(lambda s: s.n == 105)
    tab.click("Undo")
    tab.wait_for(lambda s: s.n == 100)
    handle.focus()
    tab.page.keyboard.press("ArrowRight")  # to where it was before the undoing: a step of its own all the same
    tab.wait_for(lambda s: s.n == 105)
    tab.click("Undo")
    tab.wait_for(lambda s: s.n == 100)
    seed = tab.page.get_by_label("Seed")
    seed.fill("12")
    seed.press("Enter")
    tab.wait_for(lambda s: s.seed == 12)


def test_another_shape_replaces_points_that_were_moved(visit):
    tab = visit()
    tab.take("Delete")
    tab.page.mouse.click(*tab.point(3))
    tab.wait_for(lambda s: s.drawn is not None)
    tab.until("sampler", "m.value === '' && m.options[0][1] === 'by hand'")
    tab.until("n", "m.value === 99")
    tab.set("noise", 0.2)
    tab.wait_for(lambda s: s.drawn is None and s.noise == 0.2)
    tab.until("sampler", "m.value === 'circle'")
