"""The pictures of the README: the film of a border that forms, a boundary, the playground and a report, light and dark.

    python -m tools.readme_pictures

They are written to docs/assets/readme. The playground and the report are photographed in Debian's chromium, so they need it
and `pip install -e '.[dev]'`.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from PIL import Image, ImageSequence
from playwright.sync_api import Browser, sync_playwright

import separatrix as sx
from separatrix.cli import run as command
from separatrix.web._build import single_file

FOLDER = Path(__file__).parent.parent / "docs" / "assets" / "readme"
THEMES = ("light", "dark")
FRAMES = (
    0,
    *sorted({round(10 ** (1 + k / 12)) for k in range(37)}),
    20_000,
)  # closer together at first, when most happens
WIDTH = 420  # of the film, in pixels
COLOURS = 64  # of each frame: the film has two colours, their mixtures, and grey
SCREEN = {"width": 1280, "height": 800}


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    spirals = sx.spirals(n=300, seed=0)
    recipe = sx.Recipe(optimizer="adam", lr=0.003, epochs=FRAMES[-1], seed=0, snapshots=FRAMES)
    run = sx.train(sx.Network.parse("2-16-16-1"), recipe, spirals)
    lesson = sx.circle(n=100, seed=0)
    solved = sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(seed=0), lesson)
    for theme in THEMES:
        film = sx.pictures.animation(run, spirals, FOLDER / f"film-{theme}.gif", fps=8, theme=theme, force=True)
        _shrink(Path(str(film)))
        figure = sx.pictures.exact_map(solved, lesson, theme=theme)
        _write(figure, FOLDER / f"boundary-{theme}.png")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        _photograph_pages(browser, Path(folder))
        browser.close()


def _shrink(path: Path) -> None:
    """A film of `WIDTH` pixels and few colours, so that the README loads quickly."""
    film = Image.open(path)
    size = (WIDTH, round(film.height * WIDTH / film.width))
    frames = [frame.convert("RGB").resize(size, Image.Resampling.LANCZOS) for frame in ImageSequence.Iterator(film)]
    durations = [frame.info.get("duration", 125) for frame in ImageSequence.Iterator(film)]
    # colours of the beginning, the middle and the end, side by side, so that each frame has its own among them
    strip = Image.new("RGB", (3 * size[0], size[1]))
    for place in range(3):
        strip.paste(frames[place * (len(frames) - 1) // 2], (place * size[0], 0))
    palette = strip.quantize(COLOURS)
    # no dithering: its dots move from frame to frame and can't be compressed
    few = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    few[0].save(path, save_all=True, append_images=few[1:], duration=durations, loop=0, optimize=True)


def _write(figure: object, path: Path) -> None:
    """A figure as a PNG of few colours."""
    figure.savefig(path, dpi=100)  # type: ignore[attr-defined]
    Image.open(path).convert("RGB").quantize(128).save(path, optimize=True)


def _photograph_pages(browser: Browser, folder: Path) -> None:
    page = folder / "playground.html"
    page.write_text(single_file(), encoding="utf-8")
    with contextlib.chdir(folder):  # the report names its table as the command does
        command(["points", "--sampler", "moons", "--n", "500", "--noise", "0.3", "--out", "moons.csv"])
        command(["fit", "moons.csv", "--target", "label", "--report", "report.html"])
    report = folder / "report.html"
    places = {"playground": f"{page.as_uri()}#sampler=spirals&n=300&hidden=16-16&optimizer=adam&lr=0.003&epochs=10000"}
    for theme in THEMES:
        for name, address in {**places, "report": report.as_uri()}.items():
            tab = browser.new_page(viewport=SCREEN, color_scheme=theme)  # type: ignore[arg-type]
            tab.goto(address)
            tab.wait_for_timeout(6_000)  # the training of the page, with room for a busy machine
            tab.screenshot(path=FOLDER / f"{name}-{theme}.png")
            tab.close()
            picture = Image.open(FOLDER / f"{name}-{theme}.png").convert("RGB")
            small = picture.resize((800, 500), Image.Resampling.LANCZOS).quantize(128)
            small.save(FOLDER / f"{name}-{theme}.png", optimize=True)


if __name__ == "__main__":
    main()
