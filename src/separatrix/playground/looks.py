"""Colours and sizes of the page: one place for light and dark, for the plane and for the controls."""

from __future__ import annotations

from functools import cache

from bokeh.plotting import figure

GREY = "#7d8592"  # axes and labels: legible on white and on near black
EDGE_COLOUR = "#14171c"
MARK = "#f2a900"

# The widgets live in shadow trees, which the page's own style sheet does not reach.
SHEET = """
    :host { color: inherit; font: inherit; color-scheme: light dark }
    .bk-input, .bk-btn { background: var(--card, #fff); color: var(--ink, #1b1e24); border-color: var(--line, #dcdfe5) }
    .bk-btn { min-height: 30px }
    .bk-btn:hover:not([disabled]) { border-color: var(--mark, #3b4cc0) }
    .bk-btn.bk-active { background: var(--mark, #3b4cc0); color: var(--card, #fff) }
    .bk-input:focus, .bk-btn:focus-visible, .noUi-handle:focus { outline: 2px solid var(--mark, #3b4cc0); outline-offset: 1px }
    .bk-btn[disabled] { opacity: .45; background: var(--card, #fff); color: var(--ink, #1b1e24) }
    .bk-btn-primary { background: var(--mark, #3b4cc0); color: var(--card, #fff); border-color: var(--mark, #3b4cc0) }
    .noUi-target { background: var(--line, #dcdfe5); border: none; box-shadow: none }
    .noUi-connect { background: var(--mark, #3b4cc0) }
    .noUi-handle { background: var(--card, #fff); border: 1px solid var(--soft, #5f6673); box-shadow: none }
    textarea.bk-input { font: 12px/1.4 monospace }
    .bk-description > .bk-icon { background-color: var(--soft, #5f6673) }
    option { background: var(--card, #fff); color: var(--ink, #1b1e24) }
"""


# The same for what is written in a Div.
PROSE = """
    :host { color: inherit; font: inherit }
    .numbers { display: flex; flex-wrap: wrap; gap: 0 1.6rem }
    .numbers b { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums }
    .numbers span, .soft { color: var(--soft, #5f6673) }
    .converged { color: var(--good, #1a7f4b) }
    .stuck, .diverged { color: var(--bad, #b3261e) }
    p { margin: .2rem 0 }
"""
TABS = """
    :host { color: inherit; font: inherit }
    .bk-header { flex-wrap: wrap; border-color: var(--line, #dcdfe5) }
    .bk-tab { padding: 3px 7px; font-size: 13px; border: none; border-bottom: 3px solid transparent; color: var(--soft, #5f6673) }
    .bk-tab.bk-active { background: none; color: var(--ink, #1b1e24); border-bottom-color: var(--mark, #3b4cc0) }
    .bk-tab:hover { background: none; color: var(--ink, #1b1e24) }
"""


@cache
def two_sided(count: int = 256) -> tuple[str, ...]:
    """`coolwarm`, as the lesson's pictures have it, in so many colours."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    found = colormaps["coolwarm"]
    return tuple(to_hex(found(k / (count - 1))) for k in range(count))


def plain_figure(name: str, **settings: object) -> figure:
    """A figure without tools and background, whose axes are legible in light and in dark."""
    made = figure(
        name=name, toolbar_location=None, background_fill_color=None, border_fill_color=None, outline_line_color=None,
        **({"tools": "", "sizing_mode": "stretch_width", "min_border": 4} | settings),
    )  # fmt: skip  # a line a subject
    for axis in (*made.xaxis, *made.yaxis):
        axis.update(
            axis_line_color=GREY, major_tick_line_color=GREY, minor_tick_line_color=None, major_label_text_color=GREY,
            axis_label_text_color=GREY, axis_label_text_font_style="normal",
        )  # fmt: skip  # colours, then type
    for grid in (*made.xgrid, *made.ygrid):
        grid.grid_line_color = None
    return made
