"""The page's parts without a browser: what every control says, and what is shown when."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from bokeh.document import Document
from bokeh.models import AbstractButton, AbstractSlider, InputWidget, ToggleButtonGroup

import separatrix as sx
from separatrix.errors import OutputError, SeparatrixError
from separatrix.playground.canvas import IN_FLIGHT
from separatrix.playground.page import Page
from separatrix.playground.words import LANGUAGES
from separatrix.playground.work import Ticket


class AtOnce:
    """A workshop whose work is done when it is asked for."""

    def desk(self, deliver, *, aside=False):
        return self

    def ask(self, job, done, *, patient=False):
        try:
            result = job(Ticket())
        except SeparatrixError as error:
            result = error
        done(result)

    def begin(self):
        pass

    def close(self):
        pass


def opened():
    """A page whose first picture has come."""
    page = Page(Document(), AtOnce())
    page.begin()
    assert page.document.get_model_by_name("unit-sum") is None  # no view before that
    page.document.get_model_by_name("canvas").renderers[0].data_source.tags[0].data = {"number": [1]}
    return page


@pytest.fixture
def page():
    made = opened()
    for number in reversed(range(len(made.side.tabs.tabs))):
        made.side.tabs.active = number
    return made


def test_a_tab_is_filled_when_it_is_first_opened():
    page = opened()
    assert page.document.get_model_by_name("unit-sum").text
    page.speak("zh")
    assert page.document.get_model_by_name("take-about") is None
    page.side.tabs.active = 6
    filled = page.document.get_model_by_name("take-about")
    assert "脚本" in filled.text
    page.side.tabs.active = 0
    page.side.tabs.active = 6
    assert page.document.get_model_by_name("take-about") is filled
    assert page.document.get_model_by_name("fold") is None


def test_every_control_says_one_sentence_in_either_language(page):
    kinds = (AbstractButton, AbstractSlider, InputWidget, ToggleButtonGroup)
    controls = [model for model in page.document.models if isinstance(model, kinds) and model is not page.tongue]
    assert len(controls) > 60
    said = {}
    for language in LANGUAGES:
        page.speak(language)
        for control in controls:
            sentences = control.html_attributes.get("data-tip", "").split("\n")
            assert all(each.endswith((".", "。", ")", "）")) for each in sentences), (control, sentences)
            if isinstance(control, ToggleButtonGroup):
                assert len(sentences) == len(control.labels), control
            said.setdefault(control, []).append(sentences)
    assert all(one != other for one, other in said.values())


def test_a_slow_browser_is_sent_few_pictures_and_then_the_newest(page):
    begun = page.canvas.sent
    for k in range(6):
        page.change(False, lr=round(0.01 * (k + 1), 2), epochs=100)
    assert page.canvas.sent - page.canvas.received <= IN_FLIGHT
    sent = page.canvas.sent
    page.canvas._heard({"number": [sent]})
    assert page.canvas.sent == sent + 1
    assert page.scene.sketch.lr == 0.06
    page.canvas._heard({"number": [10**9]})  # a stranger's number is no more than what was sent
    assert page.canvas.received == page.canvas.sent > begun


def test_a_slider_s_movement_is_one_step_to_undo_and_so_is_the_next(page):
    for lr in (0.1, 0.2, 0.3):
        page.change(False, lr=lr, epochs=100)
    page.touched -= 10
    page._settle()
    page.change(False, lr=0.5, epochs=100)
    page._undo()
    assert page.past.now.lr == 0.3
    page._undo()
    assert page.past.now.lr == 0.05


def test_a_training_that_cannot_be_says_why_and_the_page_goes_on(page):
    page.change(True, drawn=((0.0, 0.0, 1), (1.0, 1.0, 1)))
    assert "both classes" in page.status.text
    page.change(True, hidden=(17,), activations=("relu",))
    assert "hidden" in page.status.text
    page.change(True, epochs=100, sampler="xor")
    assert page.scene.sketch.sampler == "xor"


def test_a_notebook_s_page_comes_from_one_guarded_server_and_needs_a_notebook():
    async def cell():
        shown, again = sx.playground(), sx.playground()
        assert shown is again
        address = shown.served.address
        assert address.startswith("http://127.0.0.1:")
        assert f'src="{address}"' in shown._repr_html_()
        shown.served.close()

    with ThreadPoolExecutor(1) as thread:  # the browser's tests have an event loop in this one
        thread.submit(asyncio.run, cell()).result()
        with pytest.raises(OutputError, match="separatrix play"):
            thread.submit(sx.playground).result()
