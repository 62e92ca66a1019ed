"""A training over its epochs, as probabilities or as the exact map of its regions: a GIF, an MP4 or Matplotlib's animation."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, overload

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection

from separatrix.data.points import Points
from separatrix.errors import InvalidData, InvalidParameter, OutputError
from separatrix.geometry.boundary import Boundary, fine_grid
from separatrix.geometry.exact import box_window, compute_borders
from separatrix.geometry.regions import compute_map
from separatrix.networks.activations import sigmoid
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.pictures._boundary import draw_plane
from separatrix.pictures._plane import draw_true_border, plane_size, scale_equally
from separatrix.pictures._points import draw_points
from separatrix.pictures.style import SIZES, Style, dress, figure_and_axes, style_of
from separatrix.support.atomic import check_writable, write_atomically
from separatrix.support.constraints import Choice, Integer, check
from separatrix.training.run import Run

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["animation"]

BESIDE = 1.9  # inches beside the plane: what its title needs, which is longer than the plane is wide
RESTING = 0.2  # the share of a film's time that all frames share equally; the rest goes by changes of the border
HOLD = 2_000  # milliseconds for which the last frame is shown
LONGEST = 1_500  # for any other
MP4_FPS = 25
COARSE = 100  # nodes along each side of the grid on which changes of a film of regions are counted
NODES = 160  # of the grid along each side: fewer than in a still picture, because every frame computes a whole grid


@overload
def animation(
    run: Run,
    points: Points,
    path: None = None,
    *,
    kind: str = "probability",
    fps: int = 10,
    pace: str = "border",
    palette: str = "coolwarm",
    theme: str = "light",
) -> FuncAnimation: ...


@overload
def animation(
    run: Run,
    points: Points,
    path: str | Path,
    *,
    kind: str = "probability",
    fps: int = 10,
    pace: str = "border",
    palette: str = "coolwarm",
    theme: str = "light",
    force: bool = False,
) -> Path: ...


def animation(
    run: Run,
    points: Points,
    path: str | Path | None = None,
    *,
    kind: str = "probability",
    fps: int = 10,
    pace: str = "border",
    palette: str = "coolwarm",
    theme: str = "light",
    force: bool = False,
) -> Path | FuncAnimation:
    """The decision boundary after each of the run's snapshots, as an animation.

    Args:
        run: a training with snapshots: `Recipe(snapshots=(0, 10, 100, …))`.
        points: x (n, 2), y (n,).
        path: the file to write: ".gif", or ".mp4" where ffmpeg is installed. By default no file is written, and
            Matplotlib's animation is returned, which plays in a notebook.
        kind: "probability" shows the probability of class 1, "regions" the linear regions of a piecewise-linear network
            with the units' folds and the exact border.
        fps: frames per second, on average; in a file, the last frame stays for two seconds.
        pace: of a file. "border" shows a frame the longer, the more of the plane changes its side there, so that the film
            is slow where the border moves and quick where it rests; "even" shows every frame for the same time.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".
        force: replace an existing file.

    Returns:
        The path of the file, or Matplotlib's animation.

    Raises:
        InvalidData: the run has no snapshots, or x doesn't have two columns.
        InvalidParameter: another suffix, no ffmpeg for ".mp4", fps out of range, an unknown palette or theme.
        OutputError: the file exists or can't be written, or ffmpeg failed.

    Examples:
        >>> import separatrix as sx
        >>> points = sx.circle(seed=0)
        >>> run = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=20, snapshots=(0, 10, 20)), points)
        >>> played = animation(run, points).to_jshtml()
    """
    check(
        "animation",
        {"fps": fps, "kind": kind, "pace": pace},
        {"fps": Integer(1, 60), "kind": Choice(FILMS), "pace": Choice(("border", "even"))},
    )
    if not run.snapshots:
        raise InvalidData("an animation needs snapshots: train with Recipe(snapshots=(0, 10, 100, …)).")
    style = style_of(palette, theme)
    if path is None:
        return _played(FILMS[kind](run, points, style), fps)
    path = check_writable(path, force=force)
    writers: dict[str, Callable[[list[np.ndarray], list[int]], bytes]] = {".gif": _gif, ".mp4": _mp4}
    if path.suffix not in writers:
        raise InvalidParameter(f"animation: expected a name ending in .gif or .mp4, got {path.name!r}.")
    if path.suffix == ".mp4":
        _ffmpeg()  # raises before the work if it is missing
    film = FILMS[kind](run, points, style)
    times = _durations(film.changes if pace == "border" else np.zeros(len(film.epochs)), fps)
    return write_atomically(path, writers[path.suffix](_frames(film), times), force=force)


class Film(Protocol):
    """A figure of which some artists change from frame to frame."""

    epochs: list[int]
    figure: Figure
    ax: Axes
    changing: tuple[Artist, ...]
    changes: np.ndarray  # the share of the plane that is on another side than in the frame before, (frames,)

    def show(self, k: int) -> tuple[Artist, ...]:
        """Frame k; returns what it changed."""
        ...


class _Film:
    """One figure whose image and title change from frame to frame."""

    def __init__(self, run: Run, points: Points, style: Style) -> None:
        # All frames are computed at once: one matrix product over all snapshots instead of one for each.
        nodes = fine_grid(points, nodes=NODES)
        flat = np.column_stack([part.ravel() for part in nodes])
        self.epochs = sorted(run.snapshots)
        parameter_sets = [run.snapshots[epoch] for epoch in self.epochs]
        self.planes = _logits(run, parameter_sets, flat).reshape(-1, *nodes[0].shape)
        self.changes = _changes(self.planes)
        np.copyto(self.planes, sigmoid(self.planes))
        logit = _logits(run, parameter_sets, points.x)
        self.right = ((logit > 0) == (points.y > 0)).mean(axis=1)
        self.losses = _losses(run, logit, points)
        span = np.array([np.ptp(part) for part in nodes], np.float64)
        self.figure, self.ax = figure_and_axes(None, style, plane_size(span, BESIDE, (5.6, 4.8)))
        self.image = draw_plane(self.ax, Boundary(*nodes, self.planes[0]), style)
        dots = draw_points(self.ax, points, style, edges=True)
        draw_true_border(self.ax, points, style)
        scale_equally(self.ax)
        self.changing: tuple[Artist, ...] = (
            self.image,
            *self.ax.patches,
            dots,
            *self.ax.spines.values(),
            self.ax.title,
        )
        self.ax.set(xlabel="Feature 1", ylabel="Feature 2", title=" ")
        dress(self.ax, style)
        self.ax.title.set_fontsize(SIZES.label)

    def show(self, k: int) -> tuple[Artist, ...]:
        """Show frame k, and return the artists that changed, as Matplotlib's animation expects."""
        self.image.set_data(self.planes[k].T)
        loss = "" if self.losses is None else f"loss {self.losses[k]:.4f}, "
        self.ax.set_title(f"epoch {self.epochs[k]:,}: {loss}{self.right[k]:.1%} of the points right")
        return self.image, self.ax.title


def _logits(run: Run, parameter_sets: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    """The logit with each snapshot's parameters, (snapshots, n)."""
    if isinstance(run.network, Network):
        return run.network.logit(np.stack(parameter_sets), x)  # (snapshots, p): all at once
    return np.stack([run.network.logit(parameters, x) for parameters in parameter_sets])


def _changes(logit: np.ndarray) -> np.ndarray:
    """The share of nodes that are on another side than in the frame before, (frames,), of logits (frames, …)."""
    sides = (logit > 0).reshape(len(logit), -1)
    return np.concatenate([[0.0], (sides[1:] != sides[:-1]).mean(axis=1)])


def _durations(changes: np.ndarray, fps: int) -> list[int]:
    """How long each frame is shown, in milliseconds, by how much changes from the frame before to the one after.

    The average is that of `fps`. Frames without any change share a fifth of the time. The last frame has its own time.

    >>> _durations(np.array([0.0, 0.0, 0.1, 0.1, 0.0]), 10)
    [20, 100, 180, 100, 2000]
    >>> _durations(np.zeros(3), 10)
    [100, 100, 2000]
    """
    # A frame lies between two changes, half of each belongs to it; the first has none before it.
    weight = (changes[:-1] + changes[1:]) / 2
    share = np.full(len(weight), 1 / max(len(weight), 1))
    if weight.any():
        share = RESTING * share + (1 - RESTING) * weight / weight.sum()
    times = share * len(weight) * 1000 / fps
    # GIFs count hundredths of a second, and browsers show what is shorter than two of them for ten.
    return [*np.clip(10 * (times / 10).round(), 20, LONGEST).astype(int).tolist(), HOLD]


def _losses(run: Run, logit: np.ndarray, points: Points) -> np.ndarray | None:
    """The loss on the points after each snapshot without penalties, (snapshots,); None for the user's own loss."""
    if not isinstance(run.recipe.loss, str):
        return None
    y = points.y.astype(logit.dtype)
    return np.asarray(LOSSES[run.recipe.loss].value(logit, y, run.recipe.focal_gamma).mean(axis=1))


def _played(film: Film, fps: int) -> FuncAnimation:
    from matplotlib.animation import FuncAnimation

    class PlayedFilm(FuncAnimation):
        """An animation that a notebook plays by itself; Matplotlib's own is shown as the name of its class."""

        def _repr_html_(self) -> str:
            html: str = self.to_jshtml()
            return html

    return PlayedFilm(film.figure, film.show, frames=len(film.epochs), interval=1000 / fps, blit=False)


def _frames(film: Film) -> list[np.ndarray]:
    """Every snapshot as an image (h, w, 3) uint8."""
    # Only the changing artists are drawn for each frame, over a saved background: axes and labels take longer than they.
    canvas: Any = film.figure.canvas  # Agg's, which has the methods used here
    background = _without(canvas, film.changing)
    frames = []
    for k in range(len(film.epochs)):
        canvas.restore_region(background)
        film.show(k)
        for artist in film.changing:
            film.ax.draw_artist(artist)
        frames.append(np.asarray(canvas.buffer_rgba())[..., :3].copy())
    return frames


def _without(canvas: Any, changing: Iterable[Artist]) -> Any:
    """The figure's pixels without these artists."""
    # The layout is computed once and then fixed: titles of different lengths would make the frames jump.
    canvas.draw()
    canvas.figure.set_layout_engine("none")
    for artist in changing:
        artist.set_visible(False)
    canvas.draw()
    background = canvas.copy_from_bbox(canvas.figure.bbox)
    for artist in changing:
        artist.set_visible(True)
    return background


def _gif(frames: list[np.ndarray], durations: list[int]) -> bytes:
    from PIL import Image

    # One palette for all frames, or colours would flicker; from a ninth of the pixels of every other frame, to be quick.
    palette = Image.fromarray(np.concatenate([frame[::3, ::3] for frame in frames[::2]])).quantize(256)
    first, *rest = [Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    out = io.BytesIO()
    first.save(out, "GIF", save_all=True, append_images=rest, duration=durations, loop=0)
    return out.getvalue()


def _ffmpeg() -> str:
    import shutil

    program = shutil.which("ffmpeg")
    if program is None:
        raise InvalidParameter(
            "animation: .mp4 needs the program ffmpeg, which is not installed; write a .gif instead."
        )
    return program


def _mp4(frames: list[np.ndarray], durations: list[int]) -> bytes:
    import subprocess
    import tempfile

    height, width = (side - side % 2 for side in frames[0].shape[:2])  # H.264 with yuv420p needs even sides
    # A film has one rate, so that a frame is repeated for as long as it is shown.
    repeats = [max(1, round(time * MP4_FPS / 1000)) for time in durations]
    stream = b"".join(frame[:height, :width].tobytes() * times for frame, times in zip(frames, repeats, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        film_file = Path(folder) / "film.mp4"
        command = [_ffmpeg(), "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"]
        command += ["-r", str(MP4_FPS), "-i", "-", "-pix_fmt", "yuv420p", str(film_file)]
        process = subprocess.run(command, input=stream, check=False, stderr=subprocess.PIPE)
        if process.returncode:
            raise OutputError(
                f"ffmpeg couldn't write the film: {process.stderr.decode(errors='replace').strip()[-200:]}"
            )
        return film_file.read_bytes()


# Without a margin the outermost points would lie on the frame and be cut in half.
MARGIN = 0.5


class RegionFilm:
    """The exact map of every snapshot: regions as polygons, folds and border as lines."""

    def __init__(self, run: Run, points: Points, style: Style) -> None:
        self.epochs, self.style = sorted(run.snapshots), style
        low, high = points.x.min(0).astype(np.float64) - MARGIN, points.x.max(0).astype(np.float64) + MARGIN
        box = (float(low[0]), float(high[0]), float(low[1]), float(high[1]))
        # All of them first, so that a network without an exact map is refused before anything is drawn.
        self.maps = [compute_map(run.network, run.snapshots[epoch], box) for epoch in self.epochs]
        self.pieces = _pieces(run, self.epochs, box)
        coarse = np.column_stack([part.ravel() for part in fine_grid(points, MARGIN, COARSE)])
        self.changes = _changes(_logits(run, [run.snapshots[epoch] for epoch in self.epochs], coarse))
        size = plane_size(high - low, BESIDE, (5.6, 4.8))
        self.figure, self.ax = figure_and_axes(None, style, size)
        mark = style.theme.mark
        self.regions = PolyCollection([], edgecolors=mark, linewidths=0.25, alpha=0.75)
        self.border = LineCollection([], colors=mark, linewidths=2.0)
        for lines in (self.regions, self.border):
            # They are empty here, and the box fixes the window: the limits needn't follow them.
            self.ax.add_collection(lines, autolim=False)
        dots = draw_points(self.ax, points, style, size=14, edges=True)
        draw_true_border(self.ax, points, style)
        lines_and_points = (self.regions, self.border, *self.ax.patches, dots)
        self.changing: tuple[Artist, ...] = (*lines_and_points, *self.ax.spines.values(), self.ax.title)
        self.ax.set(xlabel="Feature 1", ylabel="Feature 2", title=" ", xlim=box[:2], ylim=box[2:])
        scale_equally(self.ax)
        dress(self.ax, style)
        self.ax.title.set_fontsize(SIZES.label)

    def show(self, k: int) -> tuple[Artist, ...]:
        """Frame k; returns what it changed."""
        exact = self.maps[k]
        sides = [(region, part) for region in exact.regions for part in region.sides if len(part)]
        # A part is convex, so the mean of its corners lies inside; its colour stands for the whole part.
        middle = np.array([region.slope @ part.mean(axis=0) + region.offset for region, part in sides])
        self.regions.set_verts([part for _, part in sides])
        self.regions.set_facecolor(self.style.palette.colormap(sigmoid(middle)))
        self.border.set_segments(list(exact.border))
        words = (
            f"{len(exact.regions):,} regions, a border of {self.pieces[k]:,} pieces" if exact.border else "no border"
        )
        self.ax.set_title(f"epoch {self.epochs[k]:,}: {words}")
        return self.regions, self.border, self.ax.title


FILMS: dict[str, Callable[[Run, Points, Style], Film]] = {"probability": _Film, "regions": RegionFilm}


def _pieces(run: Run, epochs: list[int], box: tuple[float, float, float, float]) -> list[int]:
    """The number of straight pieces of each snapshot's border in the box."""
    # For the type checker: `compute_map` has refused every other network by now.
    if not isinstance(run.network, Network):
        raise TypeError("compute_map has refused it")
    snapshots = np.stack([run.snapshots[epoch] for epoch in epochs])
    return [int(number) for number in compute_borders(run.network, snapshots, box_window(*box)).pieces]
