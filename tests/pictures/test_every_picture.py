"""What all pictures of this folder promise."""

import gc
import io
import subprocess
import sys
import weakref
from collections.abc import Callable

import matplotlib as mpl
import numpy as np
import polars
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

import separatrix as sx
from separatrix.evaluation.statistics.shares import ShareLine
from separatrix.geometry.exact import box_window, compute_borders
from separatrix.geometry.outlines import inside_shares
from separatrix.pictures.style import PALETTES, THEMES
from separatrix.studies.walls import Wall
from tests.pictures.conftest import Records

Draw = Callable[..., Figure]


PICTURES = ["points", "colormaps", "network", "curves", "boundary", "probability", "neurons", "fold", "exact_map"]
PICTURES += ["shares", "shares of words", "share_map", "solved_by", "wall", "fans", "loss_surface", "measures"]
PICTURES += ["border_wall", "inside", "over_epochs"]
PICTURES += ["costs", "net_benefit"]
PICTURES += ["waterfall", "beeswarm"]
PICTURES += ["roc", "precision_recall", "calibration", "confusion", "thresholds", "importance", "dependence", "section"]


AT = np.array([2.0, 4.0, 8.0])
LINES = [ShareLine(name, AT, AT / 10, AT / 12, AT / 8) for name in ("one", "two")]


def explained() -> sx.Explanation:
    """The contributions of two columns of numbers and one of texts, of which a few cells are missing."""
    stream = np.random.default_rng(0)
    ages = [None, *stream.normal(50, 9, 39).tolist()]
    frame = polars.DataFrame({"age": ages, "town": ["Ulm", None] * 20, "<b>": stream.integers(0, 3, 40)})
    kinds = {"age": "number", "town": "category", "<b>": "number"}
    values = stream.normal(size=(40, 3))
    return sx.Explanation(frame, kinds, -0.3, values, 0 * values, "yes", 16, True)


@pytest.fixture(params=PICTURES)
def draw(
    request: pytest.FixtureRequest, run: sx.Run, points: sx.Points, records: Records, results: sx.Results, borders: Wall
) -> Draw:
    y, p = records.scored.y, records.scored.probability
    pictures: dict[str, Draw] = {
        "points": lambda **style: sx.pictures.points(points, **style),
        "colormaps": lambda **style: sx.pictures.colormaps(**style),
        "network": lambda **style: sx.pictures.network(run, **style),
        "curves": lambda **style: sx.pictures.curves(run, **style),
        "boundary": lambda **style: sx.pictures.boundary(run, points, **style),
        "probability": lambda **style: sx.pictures.boundary(run, points, kind="probability", **style),
        "neurons": lambda **style: sx.pictures.neurons(run, points, **style),
        "fold": lambda **style: sx.pictures.fold(run, points, **style),
        "exact_map": lambda **style: sx.pictures.exact_map(run, points, **style),
        "shares": lambda **style: sx.pictures.shares(results.shares(["width"]), **style),
        "shares of words": lambda **style: sx.pictures.shares(results.shares(["loss_name"]), "loss_name", **style),
        "share_map": lambda **style: sx.pictures.share_map(
            results.shares(["width", "loss_name"], epoch=60), "width", "loss_name", **style
        ),
        "solved_by": lambda **style: sx.pictures.solved_by({"all": results.survival()}, **style),
        "wall": lambda **style: sx.pictures.wall(borders.borders, borders.title, **style),
        "fans": lambda **style: sx.pictures.fans({"these": [results.study.train(k) for k in range(4)]}, **style),
        "loss_surface": lambda **style: sx.pictures.loss_surface(run, points, nodes=9, **style),
        "measures": lambda **style: sx.pictures.measures(LINES, "Of widths", **style),
        "border_wall": lambda **style: sx.pictures.border_wall(
            compute_borders(run.network, np.stack([run.initial, run.parameters]), box_window(-3, 3, -3, 3)), **style
        ),
        "inside": lambda **style: sx.pictures.inside(
            inside_shares(run.network, np.stack([run.initial, run.parameters]), (-3, 3, -3, 3), 41), **style
        ),
        "over_epochs": lambda **style: sx.pictures.over_epochs(
            {"one": sx.pictures.EpochBand(AT, AT, AT / 2, AT * 2)}, "Pieces", "pieces", **style
        ),
        "roc": lambda **style: sx.pictures.roc(y, p, comparisons={"other": p**2}, **style),
        "precision_recall": lambda **style: sx.pictures.precision_recall(y, p, **style),
        "calibration": lambda **style: sx.pictures.calibration(y, p, **style),
        "confusion": lambda **style: sx.pictures.confusion(y, p, **style),
        "thresholds": lambda **style: sx.pictures.thresholds(y, p, **style),
        "costs": lambda **style: sx.pictures.costs(y, p, false_negative=5, **style),
        "net_benefit": lambda **style: sx.pictures.net_benefit(y, p, comparisons={"other": p**2}, **style),
        "importance": lambda **style: sx.pictures.importance(records.importance, **style),
        "waterfall": lambda **style: sx.pictures.waterfall(explained(), **style),
        "beeswarm": lambda **style: sx.pictures.beeswarm(explained(), **style),
        "dependence": lambda **style: sx.pictures.dependence(records.dependences[:2], **style),
        "section": lambda **style: sx.pictures.section(records.sections["age", "job"], **style),
    }
    return pictures[request.param]


def pixels(figure: Figure) -> np.ndarray:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("palette", PALETTES)
def test_it_draws_on_the_themes_paper(draw: Draw, palette: str, theme: str) -> None:
    figure = draw(palette=palette, theme=theme)
    corner = pixels(figure)[1, 1] / 255
    assert to_hex(corner) == THEMES[theme].paper == to_hex(figure.get_facecolor())


def test_its_lettering_stands_out_in_every_theme(draw: Draw) -> None:
    for theme, ground in THEMES.items():
        figure = draw(theme=theme)
        titles = [ax.title for ax in figure.axes if ax.get_title()]
        assert titles
        for title in titles:
            assert abs(np.mean(to_rgb(title.get_color())) - np.mean(to_rgb(ground.paper))) > 0.6


def test_the_palette_changes_its_colours(draw: Draw) -> None:
    assert (pixels(draw(palette="coolwarm")) != pixels(draw(palette="safe"))).any()


def test_the_same_call_gives_the_same_pixels(draw: Draw) -> None:
    np.testing.assert_array_equal(pixels(draw()), pixels(draw()))


def test_it_draws_on_axes_that_are_given(draw: Draw) -> None:
    figure = Figure(figsize=(12, 6), layout="constrained")
    left, right = figure.subplots(1, 2)
    assert draw(ax=right) is figure
    assert not left.has_data()
    before = Figure(figsize=(12, 6), layout="constrained")
    before.subplots(1, 2)
    width = pixels(before).shape[1]
    assert (pixels(figure) != pixels(before))[:, width // 2 :].any()


def test_an_unknown_style_is_named(draw: Draw) -> None:
    with pytest.raises(sx.InvalidParameter, match=r"palette 'coolwram'.*Did you mean 'coolwarm'"):
        draw(palette="coolwram")
    with pytest.raises(sx.InvalidParameter, match="theme 'drak'"):
        draw(theme="drak")


def test_nothing_global_changes(draw: Draw) -> None:
    settings = dict(mpl.rcParams)
    draw(theme="dark").savefig(io.BytesIO(), format="png")
    assert dict(mpl.rcParams) == settings


def test_the_callers_dark_settings_do_not_hide_the_lettering(draw: Draw) -> None:
    with mpl.rc_context({"text.color": "white", "axes.labelcolor": "white", "xtick.color": "white"}):
        figure = draw(theme="light")
    for ax in figure.axes:
        for text in (ax.title, ax.xaxis.label, *ax.get_xticklabels(), *ax.texts):
            if text.get_text() and text.get_visible() and ax.axison:
                assert to_hex(text.get_color()) != "#ffffff"


def test_it_is_freed_with_its_last_reference(draw: Draw) -> None:
    seen = weakref.ref(draw())
    gc.collect()
    assert seen() is None


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_it_can_be_saved(draw: Draw, kind: str) -> None:
    out = io.BytesIO()
    draw().savefig(out, format=kind)
    assert 1_000 < len(out.getvalue()) < 2_000_000


def test_pyplot_is_not_imported_and_one_name_imports_one_picture() -> None:
    code = (
        "import sys, separatrix as sx; sx.pictures.points(sx.circle(seed=0)).canvas.draw();"
        "assert 'matplotlib.pyplot' not in sys.modules;"
        "assert 'separatrix.pictures._curves' not in sys.modules;"
        "import separatrix.pictures._boundary; assert callable(sx.pictures.boundary)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
