"""The plane under a hand: pointer, finger and keyboard, and the points that it leaves."""

import numpy as np
import pytest

import separatrix as sx
from tests.web.page_visit import Visitor

QUICK = "#n=30&epochs=300"


@pytest.fixture(scope="module")
def drawn():
    return sx.circle(n=30, seed=0)


def nearest_to_middle(points):
    return int(np.hypot(*points.x.T).argmin())


def drawn_now(visitor, count=None):
    """The points of one's own, once there are any, or so many."""
    fits = (lambda drawn: drawn) if count is None else (lambda drawn: drawn and len(drawn) == count)
    return visitor.wait_for(lambda setting: fits(setting["drawn"]))["drawn"]


def take(visitor, tool):
    visitor.page.get_by_role("radio", name=tool, exact=True).click()


def test_a_dragged_point_is_where_it_was_dropped_and_one_step_to_undo(visitor, drawn):
    visitor.go(QUICK)
    index = nearest_to_middle(drawn)
    visitor.page.mouse.move(*visitor.place(*drawn.x[index]))
    visitor.page.mouse.down()
    for x1 in (0.4, 0.8, 1.5):
        visitor.page.mouse.move(*visitor.place(x1, -1))
    visitor.page.mouse.up()
    # the address follows every while, so that it may first hold a place on the way
    at_rest = visitor.wait_for(lambda setting: setting["drawn"] and setting["drawn"][index][0] > 1.4)
    points = at_rest["drawn"]
    assert points[index][:2] == pytest.approx([1.5, -1], abs=0.03)
    assert len(points) == 30
    visitor.page.keyboard.press("Control+z")
    visitor.wait_for(lambda setting: setting["drawn"] is None)
    visitor.page.keyboard.press("Control+y")
    visitor.wait_for(lambda setting: setting["drawn"] == points)


def test_no_hand_can_blow_up_the_window(visitor, drawn):
    visitor.go(QUICK)
    before = visitor.place(1, 1)
    index = nearest_to_middle(drawn)
    at = drawn.x[index]
    for corner in (5000, 0):
        visitor.page.mouse.move(*visitor.place(*at))
        visitor.page.mouse.down()
        visitor.page.mouse.move(corner, corner, steps=3)
        visitor.page.mouse.up()
        here = tuple(at)
        at = visitor.wait_for(
            lambda setting, here=here: setting["drawn"] and tuple(setting["drawn"][index][:2]) != here
        )["drawn"][index][:2]
        assert np.abs(at).max() <= visitor.state["box"]["half"]
    assert visitor.place(1, 1) == pytest.approx(before)


def test_every_tool_does_what_it_says(visitor, drawn):
    visitor.go(QUICK)
    place = visitor.place(*drawn.x[nearest_to_middle(drawn)])
    take(visitor, "Flip")
    visitor.page.mouse.click(*place)
    flipped = drawn_now(visitor)
    assert sum(a[2] != b for a, b in zip(flipped, drawn.y, strict=True)) == 1
    take(visitor, "Delete")
    visitor.page.mouse.click(*place)
    drawn_now(visitor, 29)
    take(visitor, "Add")
    visitor.page.get_by_role("radio", name="Class 0, blue discs").click()
    visitor.page.mouse.click(*visitor.place(2, 2))
    added = drawn_now(visitor, 30)[-1]
    assert added == [pytest.approx(2, abs=0.02), pytest.approx(2, abs=0.02), 0]
    take(visitor, "Paint")
    visitor.page.mouse.move(*visitor.place(-2, 2))
    visitor.page.mouse.down()
    visitor.page.mouse.move(*visitor.place(-1, 2), steps=4)
    visitor.page.mouse.up()
    visitor.wait_for(lambda setting: len(setting["drawn"]) > 33)


def test_the_lasso_deletes_what_it_encloses(visitor):
    visitor.go(QUICK)
    take(visitor, "Lasso")
    corners = [(-2.4, -2.4), (0, -2.4), (0, 2.4), (-2.4, 2.4)]
    visitor.page.mouse.move(*visitor.place(*corners[0]))
    visitor.page.mouse.down()
    for corner in corners[1:]:
        visitor.page.mouse.move(*visitor.place(*corner), steps=3)
    visitor.page.mouse.up()
    visitor.click("Delete chosen")
    assert all(x1 > 0 for x1, _, _ in drawn_now(visitor))


def test_the_keyboard_moves_a_point(visitor, drawn):
    visitor.go("#n=30&epochs=300&drawn=" + packed([(0.0, 0.0, 1), (1.0, 1.0, 0), (-1.0, 1.0, 0)]) + "&box=0,0,2")
    visitor.page.keyboard.press("Tab")
    visitor.page.locator("#plane").focus()
    for key in ("ArrowRight", "ArrowLeft", "Enter", "ArrowUp", "ArrowUp", "Enter"):
        visitor.page.keyboard.press(key)
    visitor.wait_for(lambda setting: setting["drawn"][0] == [0, 0.2, 1])


def packed(points):
    import base64
    import struct

    raw = b"".join(struct.pack("<hhB", round(1000 * a), round(1000 * b), label) for a, b, label in points)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def test_one_class_deleted_is_said_and_the_page_lives_on(visitor):
    visitor.go("#epochs=200&box=0,0,2&drawn=" + packed([(0.0, 0.0, 1), (1.0, 1.0, 0), (-1.0, 1.0, 0)]))
    take(visitor, "Delete")
    visitor.page.mouse.click(*visitor.place(0, 0))
    visitor.until("() => document.querySelector('.state.fault')?.textContent.includes('both classes')")
    take(visitor, "Add")
    visitor.page.get_by_role("radio", name="Class 1, orange triangles").click()
    visitor.page.mouse.click(*visitor.place(0.5, 0))
    visitor.until("() => !document.querySelector('.state.fault')")
    visitor.ended()


def test_a_finger_drags_a_point(browser, page_address, drawn):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    visitor = Visitor(browser.new_context(**phone), page_address)
    visitor.go(QUICK)
    index = nearest_to_middle(drawn)
    start, end = visitor.place(*drawn.x[index]), visitor.place(-2, 1)
    touch = visitor.context.new_cdp_session(visitor.page)
    for kind, at in (
        ("touchStart", start),
        ("touchMove", [(a + b) / 2 for a, b in zip(start, end, strict=True)]),
        ("touchMove", end),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at[0], "y": at[1]}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert drawn_now(visitor)[index][:2] == pytest.approx([-2, 1], abs=0.06)
    visitor.close()


def test_many_rings_are_copies_of_the_same_ring(modules):
    """Also over the canvas's edges, beyond which nothing comes in again on the other side."""
    differ, empty = modules.evaluate("""async () => {
        const { drawRingsAt } = await import("/js/plane/rings.js");
        const places = Array.from({ length: 300 }, (_, k) => [12 * (k % 20) + 0.5, 14 * Math.floor(k / 20) + 0.5]);
        const [many, few] = [[places], [places.slice(0, 150), places.slice(150)]].map((parts) => {
            const canvas = document.createElement("canvas");
            Object.assign(canvas, { width: 200, height: 150 });
            const context = canvas.getContext("2d");
            for (const part of parts) drawRingsAt(context, part, 3.7, "#171a20");
            return context.getImageData(0, 0, 200, 150).data;
        });
        const differ = Math.max(...many.map((value, k) => k % 4 === 3 ? Math.abs(value - few[k]) : 0));
        return [differ, many.every((value) => value === 0)];
    }""")
    assert differ <= 20  # of 255: a long path is smoothed a little otherwise
    assert not empty
