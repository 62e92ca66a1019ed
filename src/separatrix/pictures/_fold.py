"""How a network folds the plane: the points and grid lines after every layer, up to the separating hyperplane."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.mplot3d.art3d import Line3DCollection, Poly3DCollection

from separatrix.data.points import Points
from separatrix.geometry.folding import Folding, Stage, compute_folding
from separatrix.pictures._plane import draw_true_border, scale_equally
from separatrix.pictures._space import Screen, cross_section, dress_space, turned
from separatrix.pictures.style import DENSE, SIZES, Colour, Style, dress, figure_and_cells, style_of
from separatrix.training.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["fold"]

MOST_POINTS = 2_000  # drawn; of a larger number every k-th
PER_ROW = 4
HIDDEN = 0.3  # opacity of points and lines behind the sheet, relative to the others
PALEST, STRONGEST = 0.16, 0.42  # share of a class's colour in a face of the sheet
LIGHT = np.array([0.36, 0.48, 0.8])  # its direction, a unit vector: different on every side of a fold
CUT = "cut"  # the label of the plane at which the logit is 0
TAIL = 0.04  # the share of points that may lie outside the frame of a hidden layer, at each end of each axis


def fold(
    run: Run, points: Points, *, ax: Axes | None = None, palette: str = "coolwarm", theme: str = "light"
) -> Figure:
    """How the network folds the plane: a panel for the input, one for each hidden layer, and one for the logits.

    Sheet and grid lines have the colour of the predicted class. A layer of three units is drawn in space, where points and
    lines behind the sheet are fainter; of a wider one three orthogonal directions of large variance, with the share of the
    variance that they keep. The last hidden layer has the
    plane at which the logit is 0, a line in two dimensions. A few distant points may lie outside the frame of a hidden
    layer, so that the others are not crowded; the panel says how many.

    Args:
        run: a training of a `Network` with two inputs.
        points: x (n, 2), y (n,).
        ax: axes in whose place to draw; by default a new figure.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".

    Raises:
        InvalidData: x doesn't have two columns, the run has a user's module, or numbers are too large for float64.
        InvalidParameter: an unknown palette or theme.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.circle(seed=0)
        >>> run = sx.train(sx.Network.parse("2-3-1"), sx.Recipe(epochs=10), points)
        >>> [panel.get_title() for panel in fold(run, points).axes]
        ['input: 2 dimensions', 'fc1: 3 dimensions, and the cut', 'output: the logit']
    """
    style, folding = style_of(palette, theme), compute_folding(run, points)
    panels = len(folding.stages) + 1
    rows, columns = -(-panels // PER_ROW), min(panels, PER_ROW)
    figure, place, cells = figure_and_cells(ax, style, (3.7 * columns, 3.9 * rows), (rows, columns))
    shown = np.arange(0, len(points), -(-len(points) // MOST_POINTS))
    for k, stage in enumerate(folding.stages):
        in_space = stage.points.shape[1] == 3
        panel: Any = place.add_subplot(cells[k // columns, k % columns], projection="3d" if in_space else None)
        outside = (_in_space if in_space else _in_plane)(panel, stage, folding, points, shown, style)
        panel.set_title(_title(stage), color=style.theme.ink, fontsize=SIZES.label)
        _note(panel, outside, len(shown), len(points), style)
    last = place.add_subplot(cells[(panels - 1) // columns, (panels - 1) % columns])
    _logits(last, folding, points, shown, style)
    return figure


def _title(stage: Stage) -> str:
    dimensions = f"{stage.name}: {stage.width} dimension{'s' * (stage.width > 1)}"
    cut = ", and the cut" if stage.normal is not None else ""
    return (
        dimensions + cut + (f"\nprojected: {_percent(stage.variance_share)} of the variance" if stage.width > 3 else "")
    )


def _percent(share: float) -> str:
    """A percentage rounded down, so that only a projection without loss has 100%."""
    return "100%" if share > 1 - 1e-9 else f"{np.floor(share * 1000) / 10:.1f}%"


def _note(panel: Any, outside: int, shown: int, rows: int, style: Style) -> None:
    """Write below the panel how many points it doesn't show."""
    notes = [f"{outside:,} of {shown:,} points lie outside" if outside else ""]
    notes.append(
        f"{shown:,} of {rows:,} points are drawn" if shown < rows and panel.get_subplotspec().num1 == 0 else ""
    )
    words = "; ".join(part for part in notes if part)
    if words:
        panel.annotate(
            words,
            (0.5, 0.0),
            xytext=(0, -40 if panel.name == "rectilinear" else -4),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=SIZES.small,
            color=style.theme.ink,
            annotation_clip=False,
        )


def _colours(points: Points, style: Style) -> np.ndarray:
    colours: np.ndarray = np.array([style.palette.of_class(label) for label in (0, 1)])[points.y]
    return colours


def _size(shown: int) -> float:
    return 14.0 if shown < 500 else 5.0 if shown < DENSE else 2.0


def _frame(stage: Stage) -> tuple[np.ndarray, np.ndarray]:
    """The lower and upper corner (k,) of a panel: around everything in the input, around most points in a layer."""
    if stage.name == "input":
        everything = np.concatenate([stage.points, stage.lines.reshape(-1, stage.points.shape[1])])
        low, high = everything.min(axis=0), everything.max(axis=0)
    else:
        low, high = np.quantile(stage.points, (TAIL, 1 - TAIL), axis=0, method="nearest")
    span = high - low
    # A direction in which all points agree would be an axis of rounding errors.
    span = np.maximum(span, 0.05 * span.max()) if span.any() else np.ones_like(span)
    middle, half = (low + high) / 2, 0.56 * span
    return middle - half, middle + half


def _pieces(
    stage: Stage, folding: Folding, low: np.ndarray, high: np.ndarray
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The grid lines inside the frame, split where the predicted class changes: parts (m, k) of class 0 and of class 1."""
    pieces: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    inside: np.ndarray = np.all((stage.lines >= low) & (stage.lines <= high), axis=-1)  # (lines, nodes)
    for line, inside_frame, above in zip(stage.lines, inside, np.asarray(folding.line_logit > 0), strict=True):
        starts = np.flatnonzero((np.diff(above) != 0) | (np.diff(inside_frame) != 0)) + 1
        for start, stop in zip([0, *starts], [*starts, len(line)], strict=True):
            if inside_frame[start]:
                # One node further, where the other colour begins, so that no gap is left between the two.
                more = 1 if stop < len(line) and inside_frame[stop] else 0
                pieces[int(above[start])].append(line[start : stop + more])
    return pieces


def _in_plane(panel: Axes, stage: Stage, folding: Folding, points: Points, shown: np.ndarray, style: Style) -> int:
    """Draw one or two dimensions, a single one horizontally, and return the number of points outside the frame."""
    low, high = (np.append(corner, (-1.0, 1.0)[k])[:2] for k, corner in enumerate(_frame(stage)))
    flat = [np.concatenate([part, np.zeros_like(part)], axis=-1)[..., :2] for part in (stage.lines, stage.points)]
    stage = replace(stage, points=flat[1], lines=flat[0])
    span = high - low
    for label, lines in enumerate(_pieces(stage, folding, low - span, high + span)):  # clipped by the axes
        panel.add_collection(LineCollection(lines, colors=style.palette.of_class(label), linewidths=0.6, alpha=0.55))
    dots = stage.points[shown]
    panel.scatter(dots[:, 0], dots[:, 1], c=_colours(points, style)[shown], s=_size(len(shown)), zorder=3, linewidths=0)
    panel.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    names = ("Feature 1", "Feature 2") if stage.name == "input" else ("unit 0", "unit 1")
    panel.set(xlabel=names[0], ylabel=names[1] if stage.width > 1 else "")
    if stage.width == 1:
        panel.set_yticks([])
    if stage.normal is not None:
        _line(panel, np.append(stage.normal, 0.0)[:2], stage.offset, style)
    if stage.name == "input":
        draw_true_border(panel, points, style)
    if stage.width > 1:
        scale_equally(panel)
    dress(panel, style)
    return int(((dots < low) | (dots > high)).any(axis=1).sum())


def _line(panel: Axes, normal: np.ndarray, offset: float, style: Style) -> None:
    """Draw the line normal · a + offset = 0 across the whole panel."""
    foot = -offset * normal / (normal @ normal)
    along = np.array((-normal[1], normal[0]))
    panel.axline(tuple(foot), tuple(foot + along), color=style.theme.ink, linewidth=1.4, zorder=4)


def _in_space(panel: Any, stage: Stage, folding: Folding, points: Points, shown: np.ndarray, style: Style) -> int:
    """Draw three dimensions, turned so that both sides of the cut show; return the number of points outside the frame."""
    low, high = _frame(stage)
    panel.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
    dress_space(panel, style)
    for name, set_label in zip(_axis_names(stage), (panel.set_xlabel, panel.set_ylabel, panel.set_zlabel), strict=True):
        set_label(name, color=style.theme.ink, fontsize=SIZES.tiny, labelpad=-7)
    nearer = turned(panel, stage.normal, high - low)  # the class on the viewer's side of the cut
    screen = Screen(panel, low, high)
    screen.cover(stage.sheet)
    # Matplotlib sorts whole collections by depth, which fails for a plane through points. So what lies behind the cut is
    # drawn first, then the cut, then what lies in front of it.
    panel.computed_zorder = False
    _draw_sheet(panel, stage, folding, nearer, style)
    dots, logit = stage.points[shown], folding.logit[shown]
    within = ((dots >= low) & (dots <= high)).all(axis=1)
    paint = np.column_stack([_colours(points, style)[shown], np.where(screen.hides(dots), HIDDEN, 1.0)])
    for label, lines in enumerate(_pieces(stage, folding, low, high)):
        above = 3 * int(label == nearer)
        _draw_lines(panel, lines, screen, style.palette.of_class(label), 1.3 + above)
        rows = within & ((logit > 0) == label)
        panel.scatter(
            *dots[rows].T, c=paint[rows], s=_size(len(shown)), depthshade=False, linewidths=0, zorder=1.6 + above
        )
    corners = cross_section(stage.normal, stage.offset, low, high) if stage.normal is not None else ()
    if len(corners):
        plane = Poly3DCollection([corners], facecolors=style.palette.event, alpha=0.35, zorder=3, label=CUT)
        plane.set(edgecolor=style.theme.ink, linewidth=0.9)
        panel.add_collection3d(plane, autolim=False)
    return int((~within).sum())


def _axis_names(stage: Stage) -> tuple[str, str, str]:
    if stage.width == 3:
        return "unit 0", "unit 1", "unit 2"
    return "direction 1", "direction 2", "direction 3" if stage.normal is None else "distance from the cut"


def _draw_sheet(panel: Any, stage: Stage, folding: Folding, nearer: int, style: Style) -> None:
    """Draw the folded plane as shaded faces inside the frame, those on the viewer's side of the cut last."""
    low, high = _frame(stage)
    # The four corners of every face, in order around it.
    corners = [(slice(None, -1), slice(None, -1)), (slice(1, None), slice(None, -1))]
    corners += [(slice(1, None), slice(1, None)), (slice(None, -1), slice(1, None))]
    faces = np.stack([stage.sheet[corner] for corner in corners], axis=2).reshape(-1, 4, 3)
    above = np.mean([folding.sheet_logit[corner] for corner in corners], axis=0).ravel() > 0
    within = ((faces >= low) & (faces <= high)).all(axis=(1, 2))
    for label in (0, 1):
        chosen = faces[within & (above == bool(label))]
        if len(chosen):
            # Opaque, so that what is behind is hidden, and without smoothed edges, which would show as a mesh.
            sheet = Poly3DCollection(chosen, facecolors=_shaded(chosen / (high - low), label, style), linewidths=0)
            sheet.set(zorder=1.0 + 3 * int(label == nearer), antialiased=False)
            panel.add_collection3d(sheet, autolim=False)


def _shaded(faces: np.ndarray, label: int, style: Style) -> np.ndarray:
    """A pale colour of the class for each face (m, 4, 3), the paler, the more it is turned towards the light: (m, 3)."""
    normal = np.cross(faces[:, 2] - faces[:, 0], faces[:, 3] - faces[:, 1])
    length = np.linalg.norm(normal, axis=1)
    # A face without area, where a layer maps a whole region to a line, has no direction.
    turned_to = np.abs(normal @ LIGHT) / np.where(length > 0, length, 1.0)
    share = STRONGEST - (STRONGEST - PALEST) * turned_to[:, None]
    colour, paper = np.array(style.palette.of_class(label)), np.array(to_rgb(style.theme.paper))
    return np.asarray(paper + share * (colour - paper))


def _draw_lines(panel: Any, lines: list[np.ndarray], screen: Screen, colour: Colour, zorder: float) -> None:
    """Draw grid lines (m, 3), their hidden parts fainter."""
    seen: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for line in lines:
        hidden = screen.hides(line)
        starts = np.flatnonzero(np.diff(hidden)) + 1
        for start, stop in zip([0, *starts], [*starts, len(line)], strict=True):
            seen[int(hidden[start])].append(line[start : stop + 1])  # one node further, so that no gap is left
    for segments, alpha in zip(seen, (0.6, 0.6 * HIDDEN), strict=True):
        drawn = segments or [np.zeros((0, 3))]
        panel.add_collection3d(
            Line3DCollection(drawn, colors=[colour], linewidths=0.6, alpha=alpha, zorder=zorder), autolim=False
        )


def _logits(panel: Axes, folding: Folding, points: Points, shown: np.ndarray, style: Style) -> None:
    """Draw the logit of each point, spread over the height so that points don't hide one another."""
    # Multiples of the golden ratio modulo 1 are evenly spread for any number of points, without randomness.
    spread = (np.arange(len(points)) * 0.6180339887) % 1.0
    panel.scatter(
        folding.logit[shown],
        spread[shown],
        c=_colours(points, style)[shown],
        s=_size(len(shown)),
        zorder=3,
        linewidths=0,
    )
    panel.axvline(0, color=style.theme.ink, linewidth=1.4, zorder=4)
    low, high = panel.get_xlim()
    for label, (start, stop) in enumerate(((low, 0.0), (0.0, high))):
        panel.axvspan(min(start, 0), max(stop, 0), color=style.palette.of_class(label), alpha=0.12, linewidth=0)
    right = ((folding.logit > 0) == (points.y > 0)).mean()
    panel.set(xlim=(low, high), ylim=(-0.08, 1.08), yticks=[], xlabel=f"cut at 0: {right:.1%} on the right side")
    panel.set_title("output: the logit", fontsize=SIZES.label)
    panel.xaxis.set_major_locator(MaxNLocator(5))
    dress(panel, style)
