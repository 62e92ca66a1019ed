"""Palettes, themes, figures for notebooks, and windows."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.colors import rgb_to_hsv, to_rgb
from matplotlib.figure import Figure

from separatrix.pictures.style import PALETTES, THEMES, figure_and_axes, new_figure, stacked_axes, style_of


def luminance(colour: object) -> float:
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(a: object, b: object) -> float:
    """As in WCAG 2: from 1 to 21."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_the_default_palette_is_the_tutorials_coolwarm_with_0_blue_and_1_red() -> None:
    palette = style_of("coolwarm", "light").palette
    assert palette.colormap.name == "coolwarm"
    blue, red = palette.of_class(0), palette.of_class(1)
    assert blue[2] > 2 * blue[0]
    assert red[0] > 2 * red[2]


def test_the_safe_palette_tells_the_classes_apart_without_red_or_green() -> None:
    """Machado, Oliveira & Fernandes 2009: how the colours look without the long- or the middle-wave cones."""
    protanopia = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    deuteranopia = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    palette = style_of("safe", "light").palette
    for matrix in (protanopia, deuteranopia):
        blue, orange = (np.clip(np.array(matrix) @ palette.of_class(label), 0, 1) for label in (0, 1))
        hues = rgb_to_hsv(np.array([blue, orange]))[:, 0]
        assert abs(hues[0] - hues[1]) > 0.3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("palette", PALETTES)
def test_points_and_curves_stand_out_from_the_paper(palette: str, theme: str) -> None:
    style = style_of(palette, theme)
    colours = style.palette
    for colour in (colours.of_class(0), colours.of_class(1), colours.loss, colours.accuracy):
        assert contrast(colour, style.theme.paper) > 3  # WCAG 2 asks this of graphics
    assert contrast(style.theme.ink, style.theme.paper) > 7


def test_a_figure_shows_itself_in_a_notebook() -> None:
    figure = new_figure(style_of("coolwarm", "light"), (2, 1))
    assert figure._repr_png_().startswith(b"\x89PNG")  # what notebooks ask for


def test_given_axes_stay_on_their_figure_even_in_a_subfigure() -> None:
    figure = Figure()
    ax = figure.subfigures(1, 2)[0].subplots()
    assert figure_and_axes(ax, style_of("safe", "dark"), (1, 1)) == (figure, ax)


def test_panels_take_the_place_of_axes_placed_by_hand() -> None:
    figure = Figure()
    ax = figure.add_axes((0.5, 0.2, 0.4, 0.6))
    whole, panels = stacked_axes(ax, style_of("safe", "dark"), (1, 1), (2, 1))
    assert whole is figure
    assert len(panels) == 2
    for panel in panels:
        box = panel.get_position()
        assert box.x0 == pytest.approx(0.5)
        assert 0.199 < box.y0 < box.y1 < 0.801


def in_a_process(backend: str, code: str) -> subprocess.CompletedProcess[str]:
    before = f"import os; os.environ['MPLBACKEND'] = {backend!r}\n"
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", before + code], capture_output=True, text=True, check=False
    )


def test_show_says_where_no_window_can_be_opened() -> None:
    code = "import separatrix as sx\nsx.pictures.show([sx.pictures.points(sx.circle(seed=0))])"
    done = in_a_process("agg", code)
    assert done.returncode == 1
    assert "OutputError: no window can be opened here: Matplotlib's backend is agg" in done.stderr


def test_show_opens_a_window_for_each_figure_and_waits_once() -> None:
    code = """
import sys, types
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
said = []
class Manager(FigureManagerBase):
    def show(self): said.append(("window", self.num, self.canvas.figure.axes[0].get_title()))
    @classmethod
    def start_main_loop(cls): said.append("wait")
class Canvas(FigureCanvasAgg):
    manager_class = Manager
module = types.ModuleType("windows")
module.FigureCanvas, module.FigureManager = Canvas, Manager
sys.modules["windows"] = module
import separatrix as sx
sx.pictures.show([sx.pictures.points(sx.circle(seed=0)), sx.pictures.colormaps()])
print(said)
"""
    done = in_a_process("module://windows", code)
    assert done.stdout.strip() == "[('window', 1, 'Generated Data'), ('window', 2, 'Colormaps'), 'wait']", done.stderr
