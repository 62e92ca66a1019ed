"""Training in the page: controls, network, weights of one's own, timeline, steps, seeds, lessons; what each does to the state."""

import re

import pytest

QUICK = "#n=40&epochs=2000&lr=0.5"


def slide(visitor, name, value):
    """Move a slider as a hand does: through values, then let go."""
    visitor.page.get_by_role("slider", name=name, exact=True).first.evaluate(
        """(slider, value) => {
            for (const [kind, at] of [["input", slider.min], ["input", value], ["change", value]]) {
                slider.value = at;
                slider.dispatchEvent(new Event(kind, { bubbles: true }));
            }
        }""",
        value,
    )


def number(visitor, place):
    return visitor.text(f".numbers div:nth-child({place}) dd")


def test_the_first_page_is_the_lesson_trained_to_its_end(visitor):
    visitor.go()
    assert number(visitor, 1) == "100%"
    assert "Converged" in visitor.text(".state")
    assert re.match(r"\d+\s+border closed, \d+ corners", number(visitor, 4).replace("\n", " "))


def test_a_sliders_whole_movement_is_one_step_to_undo_and_its_value_is_said_as_people_say_it(visitor):
    visitor.go(QUICK)
    slide(visitor, "Learning rate", 10)
    visitor.wait_for(lambda setting: setting["lr"] != 0.5)
    said = visitor.page.get_by_role("slider", name="Learning rate").get_attribute("aria-valuetext")
    assert float(said) == visitor.state["setting"]["lr"]
    visitor.click("Undo")
    visitor.wait_for(lambda setting: setting["lr"] == 0.5)
    assert visitor.page.get_by_role("button", name="Undo").is_disabled()


def test_layers_units_activations_and_inputs_are_changed_in_the_network(visitor):
    visitor.go(QUICK)
    visitor.click("One hidden layer more")
    visitor.wait_for(lambda setting: setting["hidden"] == [4, 4, 4])
    visitor.click("One unit fewer in layer 1")
    visitor.wait_for(lambda setting: setting["hidden"] == [3, 4, 4])
    visitor.page.get_by_role("combobox", name="Activation of layer 2").select_option("tanh")
    visitor.wait_for(lambda setting: setting["activations"] == ["relu", "tanh", "relu"])
    visitor.click("Input x1·x2")
    visitor.wait_for(lambda setting: setting["features"] == ["x1", "x2", "x1*x2"])
    visitor.ended()


def test_an_edited_weight_is_on_the_screen_and_training_goes_on_from_it(visitor):
    visitor.go(QUICK)
    visitor.click("Unit fc1[0]")
    field = visitor.page.get_by_role("spinbutton", name="weight x1 → fc1[0]")
    field.fill("3.25")
    field.press("Tab")
    setting = visitor.wait_for(lambda setting: setting["start"])
    assert setting["start"][0] == 3.25
    assert setting["begun"] == 2000
    assert visitor.state["at"] == 0
    assert field.input_value() == "3.25"
    visitor.until("() => document.querySelector('.state').textContent.includes('epoch 2,000 of another training')")
    visitor.click("From scratch")
    visitor.wait_for(lambda setting: setting["start"] is None)


def test_the_timeline_goes_back_and_on_from_there(visitor):
    visitor.go(QUICK)
    end = number(visitor, 3)
    slider = visitor.page.get_by_role("slider", name="Moment of the training")
    slider.focus()
    slider.press("Home")
    visitor.until("end => document.querySelector('.numbers div:nth-child(3) dd').textContent !== end", end)
    assert visitor.text(".transport output") == "0"
    for _ in range(40):
        slider.press("ArrowRight")
    assert slider.input_value() == "40"
    visitor.until("() => Number(document.querySelector('.transport output').textContent) > 5")
    epoch = int(visitor.text(".transport output").replace(",", ""))
    visitor.click("Go on from here")
    assert visitor.wait_for(lambda setting: setting["start"])["begun"] == epoch


def test_single_steps_wait_and_play_goes_on(visitor):
    visitor.go(QUICK)
    for count in (1, 2, 3):
        visitor.click("Step")
        visitor.until("count => document.querySelector('.transport output').textContent === String(count)", count)
    assert "Paused" in visitor.text(".state")
    visitor.click("Play")
    visitor.ended()
    visitor.until("() => document.querySelector('.transport output').textContent === '2,000'")


def test_a_pace_can_be_watched_and_paused(visitor):
    visitor.go(QUICK)
    visitor.page.get_by_role("combobox", name="Speed").select_option("100")
    visitor.click("Play")
    visitor.until(
        "() => { const at = Number(document.querySelector('.transport output').textContent); return at > 3 && at < 1000 }"
    )
    visitor.click("Pause")
    visitor.until("() => document.querySelector('.state').textContent.includes('Paused')")
    visitor.page.get_by_role("combobox", name="Speed").select_option("")
    visitor.click("Play")
    visitor.ended()


def test_a_training_that_diverges_says_so_and_keeps_the_last_finite_picture(visitor):
    visitor.go("#n=40&epochs=500&lr=1000000000000000000000000000000&optimizer=sgd&loss=hinge")
    assert "Diverged" in visitor.text(".state")
    assert number(visitor, 1).endswith("%")


def test_a_tab_that_is_first_opened_after_the_training_shows_it(visitor):
    visitor.go(QUICK)
    visitor.page.get_by_role("tab", name="One step", exact=True).click()
    visitor.page.wait_for_selector("#panel-step table")
    # a narrow window, in which the network leaves the tabs and the fold may be first seen without a click on its tab
    visitor.page.get_by_role("tab", name="Network", exact=True).click()
    visitor.page.set_viewport_size({"width": 820, "height": 1180})
    visitor.page.wait_for_function("() => document.querySelector('#panel-fold select')?.options.length === 3")


def test_one_step_shows_every_weight_before_and_after(visitor):
    visitor.go(QUICK + "&tab=step&at=0")
    visitor.until("() => document.querySelectorAll('#panel-step table').length === 3")
    row = visitor.page.locator("#panel-step tbody tr").first.locator("td").all_inner_texts()
    gradient, weight, after = (float(text.replace("−", "-").replace("+", "")) for text in row[-3:])
    assert after == pytest.approx(weight - 0.5 * gradient, abs=1e-4)
    visitor.page.get_by_role("spinbutton", name="Point number").fill("7")
    visitor.until("() => document.querySelector('#panel-step').textContent.includes('Point 7')")


def test_the_seed_panel_fills_and_a_click_goes_to_a_seed(visitor):
    visitor.go("#n=20&epochs=200&lr=0.5&tab=seeds")
    visitor.click("200 seeds of this")
    visitor.until("() => document.querySelector('.seeds [role=status]').textContent.startsWith('200 of 200')")
    wall = visitor.page.locator(".wall")
    wall.focus()
    for _ in range(5):
        wall.press("ArrowRight")
    wall.press("Enter")
    visitor.wait_for(lambda setting: setting["seed"] == 5)
    assert "200 of 200" in visitor.text(".seeds [role=status]")  # the same question, whichever seed is shown


def test_a_lesson_hides_what_leads_away_and_notices_when_it_is_done(visitor):
    visitor.go("#tab=lessons")
    visitor.click("A line cannot separate a disc")
    visitor.until("() => document.querySelector('.task .verdict').textContent === 'Not yet.'")
    visitor.click("Network", role="tab")
    visitor.click("One hidden layer more")
    visitor.until("() => document.querySelector('.task .verdict.praise')?.textContent.startsWith('Done.')")
    visitor.click("Lessons", role="tab")
    assert "done" in visitor.page.locator("[data-lesson=line]").text_content()
    visitor.click("Three units or four")
    visitor.until("() => document.querySelector('.thumbnails').hidden")
    visitor.click("End the lesson")
    visitor.until("() => !document.querySelector('.thumbnails').hidden")
