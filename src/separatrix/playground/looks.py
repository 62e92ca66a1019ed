"""Colours and sizes of the page: one place for light and dark, for the plane and for the controls."""

from __future__ import annotations

from functools import cache

import numpy as np
from bokeh.models import LinearAxis, LogAxis, LogScale, Plot, Range

GREY = "#7d8592"  # axes and labels: legible on white and on near black
EDGE_COLOUR = "#14171c"
MARK = "#f2a900"
LETTERING = {"text_color": GREY, "text_font_size": "12px", "text_baseline": "middle"}
OF_TRAINING, OF_HELD = "#2a9d8f", "#e8853d"  # curves: neither class's colour

# Bokeh's parts live in shadow trees, where each sets colours of its own; the page's are put in their place there.
SHEET = """
    :host {
        color: inherit; font: inherit; color-scheme: light dark;
        --color: var(--ink); --background-color: var(--card); --border-color: var(--line); --divider-color: var(--line);
        --hover-color: var(--paper); --highlight-color: var(--mark); --icon-color: var(--soft); --placeholder-color: var(--soft);
        --input-focus-border-color: var(--mark); --disabled-background-color: var(--card); --disabled-color: var(--soft);
    }
    .bk-input { color: var(--ink); background-color: var(--card); padding: 0 8px; height: 28px; min-height: 28px }
    .bk-input, .bk-btn, .bk-input-group > label, .bk-slider-title { font-size: 13px }
    select:not([multiple]).bk-input { background-image: var(--arrow) !important; padding-right: 18px }
    select[multiple].bk-input { background-image: none; height: auto; padding: 4px }
    textarea.bk-input { height: auto; font: 12px/1.4 monospace; padding: 6px 8px }
    input[type=file].bk-input { height: auto; padding: 4px }
    .bk-input::file-selector-button {
        background: var(--paper); color: var(--ink); border: 1px solid var(--line); border-radius: 4px; padding: 3px 9px }
    .bk-input-group > label, .bk-slider-title { white-space: nowrap; padding: 0 }
    .bk-slider-value { font-variant-numeric: tabular-nums }
    .bk-btn { background: var(--card); color: var(--ink); border-color: var(--line); padding: 3px 9px; min-height: 28px }
    .bk-btn:hover:not([disabled]) { background: var(--paper); border-color: var(--mark) }
    .bk-btn.bk-active, .bk-btn-primary, .bk-btn.bk-active:hover:not([disabled]), .bk-btn-primary:hover:not([disabled]) {
        background: var(--mark); color: var(--card); border-color: var(--mark); box-shadow: none }
    .bk-btn[disabled], .bk-btn[disabled]:hover { opacity: .45; background: var(--card); color: var(--ink);
        border-color: var(--line) }
    .bk-input:focus-visible, .bk-btn:focus-visible, .noUi-handle:focus-visible, input:focus-visible {
        outline: 2px solid var(--mark); outline-offset: 1px }
    .noUi-target { background: var(--line); border: none; box-shadow: none }
    .noUi-connect { background: var(--mark) !important }
    .noUi-handle { background: var(--card); border: 1px solid var(--soft); box-shadow: none }
    option { background: var(--card); color: var(--ink) }
    :host(.unnamed) label { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden }
"""
# The two classes' colours, on the buttons that choose between them.
CLASSES = """
    .bk-btn { font-weight: 700; --own: var(--blue); --full: #3b4cc0; color: var(--own) }
    .bk-btn:nth-child(2) { --own: var(--red); --full: #b40426 }
    .bk-btn.bk-active, .bk-btn.bk-active:hover:not([disabled]) { background: var(--full); border-color: var(--full); color: #fff }
"""
# The same for what is written in a Div.
PROSE = """
    :host { color: inherit; font: inherit }
    .numbers { display: grid; grid-template-columns: repeat(3, auto); justify-content: start; align-items: end; gap: 0 1.3rem }
    .numbers b { display: block; font-size: 1.3rem; line-height: 1.3; font-variant-numeric: tabular-nums }
    .numbers span { font-size: .86rem }
    .numbers span, .soft { color: var(--soft) }
    .converged { color: var(--good) }
    .stuck, .diverged { color: var(--bad) }
    .blue { color: var(--blue); font-weight: 600 } .red { color: var(--red); font-weight: 600 }
    .sum { font-variant-numeric: tabular-nums; line-height: 1.7 } .sum span { white-space: nowrap }
    hr { border: 0; border-top: 1px solid var(--line); margin: .6rem 0 } p { margin: .15rem 0 }
    h2 { font-size: .95rem; margin: .1rem 0 }
"""
TABS = """
    :host { color: inherit; font: inherit; --divider-color: var(--line); --hover-color: transparent; --color: var(--ink);
        --background-color: transparent; --outline-color: var(--mark) }
    .bk-headers-wrapper { flex-wrap: wrap !important; overflow: visible !important }
    .bk-tab { padding: 3px 7px; font-size: 13px; border-radius: 0; color: var(--soft) }
    .bk-tab, .bk-tab.bk-active { border: none !important; border-bottom: 3px solid transparent !important }
    .bk-tab.bk-active { color: var(--ink); border-bottom-color: var(--mark) !important }
    .bk-tab:hover { color: var(--ink) } .bk-tab:focus:not(:focus-visible) { outline: none }
"""


# Matplotlib's `coolwarm` at 33 even places, 3 bytes each: a page would wait longer for that import than for all its own.
COOLWARM = bytes.fromhex(
    "3b4cc0445acc4d68d75775e16282ea6c8ef1779af782a5fb8db0fe98b9ffa3c2ffaec9fdb8d0f9c2d5f4ccd9eed5dbe6dddddde5d8d1ecd3c5"
    "f1ccb9f5c4adf7bba0f7b194f7a687f49a7bf18d6fec7f63e57058de604dd55042cb3e38c0282fb40426"
)


@cache
def two_sided(count: int = 256) -> tuple[str, ...]:
    """`coolwarm`, as the lesson's pictures have it, in so many colours."""
    nodes = np.frombuffer(COOLWARM, np.uint8).reshape(-1, 3)  # (33, 3)
    at = np.linspace(0, len(nodes) - 1, count)
    channels = [np.interp(at, np.arange(len(nodes)), channel).round().astype(int) for channel in nodes.T]
    return tuple(f"#{r:02x}{g:02x}{b:02x}" for r, g, b in zip(*channels, strict=True))


def bare_plot(name: str, x_range: Range, y_range: Range, **settings: object) -> Plot:
    """A plot without axes, tools and background: half the parts that Bokeh's `figure` is made of."""
    return Plot(
        name=name, x_range=x_range, y_range=y_range, toolbar_location=None, background_fill_color=None, min_border=4,
        border_fill_color=None, outline_line_color=None, **({"sizing_mode": "stretch_width"} | settings),
    )  # fmt: skip  # a line a subject


def plot_with_axes(name: str, x_range: Range, y_range: Range, **settings: object) -> Plot:
    """The same with an axis below and one on the left, legible in light and in dark."""
    made = bare_plot(name, x_range, y_range, **settings)
    upright = LogAxis if isinstance(made.y_scale, LogScale) else LinearAxis
    for axis, place in ((LinearAxis(), "below"), (upright(), "left")):
        axis.update(
            axis_line_color=GREY, major_tick_line_color=GREY, minor_tick_line_color=None, major_label_text_color=GREY,
            axis_label_text_color=GREY, axis_label_text_font_style="normal",
        )  # fmt: skip  # colours, then type
        made.add_layout(axis, place)
    return made
