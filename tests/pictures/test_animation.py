"""The boundary over the epochs as a film."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import separatrix as sx
from separatrix.errors import InvalidParameter
from separatrix.geometry.exact import box_window, compute_borders
from separatrix.geometry.regions import compute_map
from separatrix.networks.losses import LOSSES
from separatrix.pictures._animation import FILMS, MP4_FPS, RegionFilm, _durations, _Film, _frames
from separatrix.pictures.style import style_of

STYLE = style_of("coolwarm", "light")


def frames(path: Path) -> list[np.ndarray]:
    with Image.open(path) as film:
        found = []
        for k in range(film.n_frames):  # type: ignore[attr-defined]
            film.seek(k)
            found.append(np.asarray(film.convert("RGB")))
        return found


def test_a_gif_has_a_frame_a_snapshot_and_holds_the_last(run: sx.Run, points: sx.Points, tmp_path: Path) -> None:
    path = sx.pictures.animation(run, points, tmp_path / "film.gif", fps=20, pace="even")
    assert path == tmp_path / "film.gif"
    assert len(frames(path)) == 3
    with Image.open(path) as film:
        holds = []
        for k in range(3):
            film.seek(k)
            holds.append(film.info["duration"])
    assert holds == [50, 50, 2000]


def test_a_film_is_slow_where_the_border_moves_and_quick_where_it_rests(points: sx.Points, tmp_path: Path) -> None:
    """Seven equal snapshots, then one with the classes exchanged, then seven equal ones again."""
    network = sx.Network.parse("2-1")
    run = sx.train(network, sx.Recipe(epochs=15, snapshots=tuple(range(15))), points, engine="torch")
    one = np.array([1.0, 0.5, 0.1], np.float32)
    for epoch in run.snapshots:
        run.snapshots[epoch] = one if epoch < 7 else -one
    for kind in FILMS:
        with Image.open(sx.pictures.animation(run, points, tmp_path / f"{kind}.gif", kind=kind)) as film:
            times = []
            for k in range(film.n_frames):
                film.seek(k)
                times.append(film.info["duration"])
        assert sum(times[6:8]) > 5 * max(times[:6])
        assert times[-1] == 2000


@given(changes=st.lists(st.floats(0, 1), min_size=2, max_size=80), fps=st.integers(1, 60))
def test_every_frame_lasts_as_long_as_a_browser_can_show_it(changes: list[float], fps: int) -> None:
    times = _durations(np.array(changes), fps)
    assert len(times) == len(changes)
    assert all(20 <= time <= 2000 and time % 10 == 0 for time in times)


def test_frames_differ_in_the_plane_and_the_title_alone(run: sx.Run, points: sx.Points) -> None:
    first, *_, last = _frames(_Film(run, points, STYLE))
    changed = (first != last).any(axis=-1)
    assert changed.mean() > 0.3
    rows = np.flatnonzero(changed.any(axis=1))
    assert rows.max() < 0.95 * len(first)
    left = changed[:, : int(0.06 * first.shape[1])]
    assert not left.any()  # the axis and its label stand still


def test_no_frame_draws_the_axes_again(run: sx.Run, points: sx.Points) -> None:
    """They take longer than all that changes."""

    def drawings(frames: int) -> int:
        film, drawn = _Film(run, points, STYLE), []
        film.epochs, draw = film.epochs[:frames], film.ax.xaxis.draw
        film.ax.xaxis.draw = lambda renderer: (drawn.append(1), draw(renderer))  # type: ignore[method-assign]
        assert len(_frames(film)) == frames
        return len(drawn)

    assert drawings(3) == drawings(1) > 0


def test_the_title_says_epoch_loss_and_accuracy(run: sx.Run, points: sx.Points) -> None:
    film = _Film(run, points, STYLE)
    film.show(1)
    logit = run.network.logit(run.snapshots[100], points.x)
    loss = LOSSES["bce"].value(logit, points.y.astype(np.float32), 2.0).mean()
    right = ((logit > 0) == points.y).mean()
    assert film.ax.get_title() == f"epoch 100: loss {loss:.4f}, {right:.1%} of the points right"


def test_the_last_frame_is_the_runs_own_boundary(run: sx.Run, points: sx.Points) -> None:
    film = _Film(run, points, STYLE)
    x1, x2 = film.image.get_extent()[:2], film.image.get_extent()[2:]
    nodes = film.planes.shape[1]
    middle = [np.linspace(low, high, nodes + 1)[:-1] + (high - low) / nodes / 2 for low, high in (x1, x2)]
    grid = np.stack(np.meshgrid(*middle, indexing="ij"), axis=-1).reshape(-1, 2)
    shown = run.predict_proba(grid)[:, 1].reshape(nodes, nodes)
    np.testing.assert_allclose(film.planes[-1], shown, atol=0.01)


def test_without_a_path_it_plays_in_a_notebook(run: sx.Run, points: sx.Points) -> None:
    played = sx.pictures.animation(run, points, fps=5)
    page = played.to_jshtml()
    assert page.count("data:image/png;base64") == 3
    assert "200" in page


def test_pyplot_is_not_needed(tmp_path: Path) -> None:
    code = (
        "import sys, separatrix as sx; points = sx.circle(seed=0);"
        "run = sx.train(sx.Network.parse('2-3-1'), sx.Recipe(epochs=2, snapshots=(0, 2)), points, engine='torch');"
        "sx.pictures.animation(run, points, sys.argv[1]); sx.pictures.animation(run, points).to_jshtml();"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code, str(tmp_path / "a.gif")], check=True)


def test_a_module_of_the_users_own_and_a_loss_of_ones_own_have_a_film_too(points: sx.Points, tmp_path: Path) -> None:
    from torch import nn

    recipe = sx.Recipe(epochs=2, snapshots=(0, 2), loss=lambda output, y: ((output - y) ** 2).mean())
    module = nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3), nn.Linear(3, 1))
    own = sx.train(sx.ModuleNetwork(module, gives="logit"), recipe, points, engine="torch")
    assert len(frames(sx.pictures.animation(own, points, tmp_path / "a.gif"))) == 2
    film = _Film(own, points, STYLE)
    film.show(0)
    assert "loss" not in film.ax.get_title()


def test_two_outputs_and_the_safe_palette_on_dark(points: sx.Points, tmp_path: Path) -> None:
    recipe = sx.Recipe(epochs=3, loss="cross_entropy", snapshots=(1, 3))
    run = sx.train(sx.Network.parse("2-3-2"), recipe, points, engine="torch")
    first, _ = frames(sx.pictures.animation(run, points, tmp_path / "a.gif", palette="safe", theme="dark"))
    assert first[1, 1].max() < 60


def test_mp4_without_ffmpeg_is_refused_before_the_work(
    run: sx.Run, points: sx.Points, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(sx.InvalidParameter, match=r"\.mp4 needs the program ffmpeg"):
        sx.pictures.animation(run, points, tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


def test_mp4_is_written_by_ffmpeg(
    run: sx.Run, points: sx.Points, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in that takes the frames as ffmpeg does: how many bytes it got is all it writes."""
    stand_in = tmp_path / "bin" / "ffmpeg"
    stand_in.parent.mkdir()
    stand_in.write_text('#!/bin/sh\nfor last; do :; done\n/usr/bin/wc -c > "$last"\n')
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(stand_in.parent))
    path = sx.pictures.animation(run, points, tmp_path / "a.mp4", fps=2)
    height, width, _ = _frames(_Film(run, points, STYLE))[0].shape
    times = _durations(_Film(run, points, STYLE).changes, 2)
    shown = sum(round(time * MP4_FPS / 1000) for time in times)  # a frame is repeated for as long as it is shown
    assert shown * 1000 / MP4_FPS == pytest.approx(1000 + 2000, rel=0.1)
    assert int(path.read_text()) == (height // 2 * 2) * (width // 2 * 2) * 3 * shown


def test_what_ffmpeg_says_when_it_fails_is_passed_on(
    run: sx.Run, points: sx.Points, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = tmp_path / "bin" / "ffmpeg"
    stand_in.parent.mkdir()
    stand_in.write_text("#!/bin/sh\n/bin/cat > /dev/null\necho no such codec >&2\nexit 1\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(stand_in.parent))
    with pytest.raises(sx.OutputError, match="no such codec"):
        sx.pictures.animation(run, points, tmp_path / "a.mp4")
    assert not (tmp_path / "a.mp4").exists()


def test_what_cannot_be_written_is_refused(run: sx.Run, wide: sx.Run, points: sx.Points, tmp_path: Path) -> None:
    with pytest.raises(sx.InvalidParameter, match=r"ending in \.gif or \.mp4"):
        sx.pictures.animation(run, points, tmp_path / "a.avi")
    with pytest.raises(sx.InvalidParameter, match="fps"):
        sx.pictures.animation(run, points, tmp_path / "a.gif", fps=0)
    with pytest.raises(sx.InvalidData, match="needs snapshots"):
        sx.pictures.animation(wide, points, tmp_path / "a.gif")
    with pytest.raises(sx.InvalidParameter, match="palette"):
        sx.pictures.animation(run, points, tmp_path / "a.gif", palette="cool")
    (tmp_path / "b.gif").write_text("mine")
    with pytest.raises(sx.OutputError, match="exists"):
        sx.pictures.animation(run, points, tmp_path / "b.gif")
    assert (tmp_path / "b.gif").read_text() == "mine"
    sx.pictures.animation(run, points, tmp_path / "b.gif", force=True)
    assert len(frames(tmp_path / "b.gif")) == 3


def test_a_film_of_regions_counts_regions_and_pieces(points: sx.Points, tmp_path: Path) -> None:
    recipe = sx.Recipe(epochs=2_000, snapshots=(0, 200, 2_000), log_every=2_000)
    trained = sx.train(sx.Network.parse("2-3-1"), recipe, points)
    path = sx.pictures.animation(trained, points, tmp_path / "regions.gif", kind="regions")
    with Image.open(path) as film:
        assert film.n_frames == 3
    film = RegionFilm(trained, points, STYLE)
    film.show(2)
    box = (*film.ax.get_xlim(), *film.ax.get_ylim())
    pieces = int(compute_borders(trained.network, trained.parameters, box_window(*box)).pieces[0])
    regions = len(compute_map(trained.network, trained.parameters, box).regions)
    assert film.ax.get_title() == f"epoch 2,000: {regions} regions, a border of {pieces} pieces"


def test_a_film_of_regions_needs_straight_pieces(points: sx.Points) -> None:
    smooth = sx.train(sx.Network.parse("2-3-1", "tanh"), sx.Recipe(epochs=5, snapshots=(0, 5)), points)
    with pytest.raises(InvalidParameter, match="piecewise-linear"):
        sx.pictures.animation(smooth, points, kind="regions")
    with pytest.raises(InvalidParameter, match="kind"):
        sx.pictures.animation(smooth, points, kind="region")
