"""The boundary over the epochs, as a GIF or an MP4."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.atomic import check_writable, write_atomically
from separatrix.boundary import Boundary, fine_grid
from separatrix.constraints import Integer, check
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.network import Network
from separatrix.pictures.border import draw_plane
from separatrix.pictures.scatter import draw_points
from separatrix.pictures.style import dress, figure_and_axes, style_of
from separatrix.points import Points
from separatrix.run import Run

if TYPE_CHECKING:
    from matplotlib.artist import Artist

NODES = 160


def animation(
    run: Run,
    points: Points,
    path: str | Path,
    *,
    fps: int = 10,
    palette: str = "coolwarm",
    theme: str = "light",
    force: bool = False,
) -> Path:
    """Write the boundary after each of the run's snapshots as a film: ".gif", or ".mp4" where ffmpeg is installed.

    Args:
        run: a training with snapshots: `Recipe(snapshots=(0, 10, 100, …))`.
        points: x (n, 2), y (n,).
        path: where to write.
        fps: pictures a second; the last one stays for two seconds.
        palette: "coolwarm" or "safe".
        theme: "light" or "dark".
        force: replace a file that exists.

    Raises:
        InvalidData: no snapshots, or x doesn't have two columns.
        InvalidParameter: another ending, or no ffmpeg for ".mp4".
        OutputError: the file exists or can't be written.
    """
    check("animation", {"fps": fps}, {"fps": Integer(1, 60)})
    if not run.snapshots:
        raise InvalidData("an animation needs snapshots: train with Recipe(snapshots=(0, 10, 100, …)).")
    path = check_writable(path, force=force)
    writers: dict[str, Callable[[list[Any], int], bytes]] = {".gif": _gif, ".mp4": _mp4}
    if path.suffix not in writers:
        raise InvalidParameter(f"animation: expected a name ending in .gif or .mp4, got {path.name!r}.")
    return write_atomically(path, writers[path.suffix](_frames(run, points, palette, theme), fps), force=force)


def _frames(run: Run, points: Points, palette: str, theme: str) -> list[np.ndarray]:
    """Every snapshot as an image (h, w, 3) uint8: one figure whose image and title change."""
    style = style_of(palette, theme)
    nodes = fine_grid(points, nodes=NODES)
    flat = np.column_stack([part.ravel() for part in nodes])
    figure, ax = figure_and_axes(None, style, (5.6, 4.8))
    epochs = sorted(run.snapshots)
    probability, right = _through_time(run, points, epochs, flat)
    image = draw_plane(ax, Boundary(*nodes, probability[0].reshape(nodes[0].shape)), style)
    changing = (image, draw_points(ax, points, style, edges=True), *ax.spines.values(), ax.title)
    ax.set(xlabel="Feature 1", ylabel="Feature 2", title=" ")
    dress(ax, style)
    canvas: Any = figure.canvas  # Agg's
    still = _without(canvas, changing)
    frames = []
    for epoch, plane, share in zip(epochs, probability, right, strict=True):
        canvas.restore_region(still)
        image.set_data(plane.reshape(nodes[0].shape).T)
        ax.set_title(f"epoch {epoch:,}: {share:.1%} of the training points right")
        for artist in changing:
            ax.draw_artist(artist)
        frames.append(np.asarray(canvas.buffer_rgba())[..., :3].copy())
    return frames


def _without(canvas: Any, changing: Iterable[Artist]) -> Any:
    """The figure's pixels without these artists, its layout found once and for all: frames must not jump."""
    canvas.draw()
    canvas.figure.set_layout_engine("none")
    for artist in changing:
        artist.set_visible(False)
    canvas.draw()
    still = canvas.copy_from_bbox(canvas.figure.bbox)
    for artist in changing:
        artist.set_visible(True)
    return still


def _through_time(run: Run, points: Points, epochs: list[int], flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities on the grid (snapshots, nodes) and shares of points on the right side (snapshots,)."""
    if isinstance(run.network, Network):
        every = np.stack([run.snapshots[epoch] for epoch in epochs])  # (snapshots, p): all runs at once
        plane, logit = run.network.predict_proba(every, flat)[..., 1], run.network.logit(every, points.x)
    else:
        plane = np.stack([run.network.predict_proba(run.snapshots[epoch], flat)[:, 1] for epoch in epochs])
        logit = np.stack([run.network.logit(run.snapshots[epoch], points.x) for epoch in epochs])
    return plane, ((logit > 0) == (points.y > 0)).mean(axis=-1)


def _gif(frames: list[np.ndarray], fps: int) -> bytes:
    from PIL import Image

    # one palette for all frames, found in a ninth of every other one's pixels: colours don't flicker, and it is quick
    palette = Image.fromarray(np.concatenate([frame[::3, ::3] for frame in frames[::2]])).quantize(256)
    first, *rest = [Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    holds = [1000 // fps] * len(rest) + [2000]
    out = io.BytesIO()
    first.save(out, "GIF", save_all=True, append_images=rest, duration=holds, loop=0)
    return out.getvalue()


def _mp4(frames: list[np.ndarray], fps: int) -> bytes:
    import shutil
    import subprocess
    import tempfile

    if shutil.which("ffmpeg") is None:
        raise InvalidParameter("animation: .mp4 needs the program ffmpeg, which isn't installed; write a .gif instead.")
    height, width = (side - side % 2 for side in frames[0].shape[:2])  # H.264 wants even sides
    stream = b"".join(frame[:height, :width].tobytes() for frame in [*frames, *[frames[-1]] * (2 * fps)])
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "film.mp4"
        command = ["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"]
        command += ["-r", str(fps), "-i", "-", "-pix_fmt", "yuv420p", str(made)]
        subprocess.run(command, input=stream, check=True)
        return made.read_bytes()
