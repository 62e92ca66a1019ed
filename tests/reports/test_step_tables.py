"""One step as text: all three renderings say the same numbers, and they are the record's."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from rich.console import Console

import separatrix as sx
from separatrix.geometry.one_step import OneStep, one_step
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.losses import LOSSES
from separatrix.reports.step_tables import MAX_ROWS, html_body, sections, to_html, to_markdown, to_rich


@pytest.fixture(scope="module")
def step() -> OneStep:
    return one_step(sx.Network.parse("2-4-4-1", "tanh"), sx.Recipe(lr=0.5), sx.circle(n=4, seed=0))


@pytest.fixture(scope="module")
def wide() -> OneStep:
    return one_step(sx.Network.parse("2-16-16-2"), sx.Recipe(loss="cross_entropy"), sx.circle(n=60, seed=0))


def printed(step: OneStep, width: int = 80, **more: bool) -> str:
    console = Console(width=width, color_system=None, **more)  # type: ignore[arg-type]
    with console.capture() as caught:
        console.print(to_rich(step, width))
    return caught.get()


def numbers(text: str) -> list[str]:
    """All numbers with four decimals, in their order."""
    return re.findall(r"[+-]?\d+\.\d{4}(?!\d)", text)


def test_it_happens_in_the_order_of_training(step: OneStep) -> None:
    assert [section.heading for section in sections(step)] == [
        "The data", "Forward: fc1", "Forward: fc2", "Forward: fc3", "The loss",
        "Backward: fc3", "Backward: fc2", "Backward: fc1", "Step: fc1", "Step: fc2", "Step: fc3", "After the step",
    ]  # fmt: skip  # a line each way


def test_every_number_of_a_small_network_is_there(step: OneStep) -> None:
    said = set(numbers(to_markdown(step)))
    for layer in step.layers:
        parts = (layer.weight, layer.bias, layer.z, layer.a, layer.delta, layer.weight_gradient, layer.new_weight)
        for value in np.concatenate([part.ravel() for part in parts]):
            if abs(value) >= 1e-3:
                assert f"{value:+.4f}" in said


def test_all_renderings_say_the_same_numbers(step: OneStep) -> None:
    markdown = numbers(to_markdown(step))
    assert numbers(printed(step)) == markdown
    assert numbers(to_html(step)) == markdown
    assert len(markdown) > 150


def test_what_is_worked_out_by_hand_is_right(step: OneStep, wide: OneStep) -> None:
    """The products and sums that are written out give the number behind the ≈, within the shown decimals."""
    for one in (step, wide):
        lines = re.findall(r"by hand, .*?: (.*) ≈ (\S+)", to_markdown(one))
        assert len(lines) == 3 * len(one.layers) - 1
        for terms, result in lines:
            if "…" not in terms:
                sums = eval(terms.replace(")(", ") * (").replace("×", "*"))
                assert float(result) == pytest.approx(sums, abs=2e-3)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_says_its_formula(name: str) -> None:
    text = to_markdown(one_step(sx.Network.parse("2-3-1", name), sx.Recipe(), sx.circle(n=3, seed=0)))
    assert ACTIVATIONS[name].formula.replace("*", r"\*") in text
    assert f"{name}'(z1): the slope of the activation" in text


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_says_its_formula(name: str) -> None:
    network = sx.Network((2, 3, LOSSES[name].outputs))
    text = printed(one_step(network, sx.Recipe(loss=name), sx.circle(n=3, seed=0)), 120)
    assert LOSSES[name].formula in text
    assert "_slope" not in text


def test_penalties_are_named_where_there_are_any() -> None:
    network, points = sx.Network.parse("2-3-1"), sx.circle(n=3, seed=0)
    assert "of the penalties" not in to_markdown(one_step(network, sx.Recipe(), points))
    assert "of the penalties" in to_markdown(one_step(network, sx.Recipe(l2=0.1), points))


def test_the_terminal_gets_no_longer_lines_than_it_has_room_for(wide: OneStep) -> None:
    for width in (60, 80, 120):
        text = printed(wide, width)
        assert max(len(line.rstrip()) for line in text.splitlines()) <= width
        assert "…" in text


def test_a_console_that_breaks_no_lines_loses_no_words(step: OneStep) -> None:
    assert printed(step, soft_wrap=True).split() == printed(step).split()


def test_columns_that_fit_are_all_there(step: OneStep) -> None:
    assert "…" not in printed(step)


def test_long_tables_say_how_many_rows_are_left_out(wide: OneStep) -> None:
    for text in (to_markdown(wide), to_html(wide), printed(wide)):
        assert f"… and {60 - MAX_ROWS} more" in text


def test_an_exact_zero_stands_out() -> None:
    step = one_step(sx.Network.parse("2-4-1"), sx.Recipe(), sx.circle(n=4, seed=0))
    silent = step.layers[0].a == 0
    assert silent.any()
    assert "| 0 |" in to_markdown(step)
    assert "0.0000" not in to_markdown(step)


def test_numbers_that_are_not_finite_are_said() -> None:
    network = sx.Network.parse("2-3-1")
    with np.errstate(all="ignore"):
        step = one_step(network, sx.Recipe(), sx.circle(n=3, seed=0), np.full(13, 1e200))
    assert "inf" in to_markdown(step)
    assert "inf" in printed(step)


def test_markdown_tables_have_as_many_cells_in_every_row(wide: OneStep) -> None:
    table: list[int] = []
    for line in [*to_markdown(wide).splitlines(), ""]:
        if line.startswith("|"):
            table.append(line.count("|"))
            continue
        assert len(set(table)) <= 1
        table = []


class _Checked(HTMLParser):
    """Refuses a page whose elements aren't closed in order, or that fetches anything."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "img", "iframe")
        assert not {"src", "href", "onload"} & {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_fetches_nothing(step: OneStep, wide: OneStep) -> None:
    for text in (to_html(step), to_html(wide)):
        _Checked(text)
        assert "url(" not in text
        assert "@import" not in text
        assert "prefers-color-scheme: dark" in text


def test_a_part_of_a_page_has_no_page_of_its_own(step: OneStep) -> None:
    assert "<html" not in html_body(step)
    assert html_body(step) in to_html(step)
