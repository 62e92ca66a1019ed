"""The lesson's parts as commands of their own: points, colormaps, network, step, boundary; and warmup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from separatrix.cli import shared
from separatrix.cli.shared import console

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def points(
    points: shared.PointsOption = "circle",
    n: shared.NOption = None,
    noise: shared.NoiseOption = None,
    balance: shared.BalanceOption = None,
    seed: shared.SeedOption = 0,
    label: shared.LabelOption = None,
    positive: shared.PositiveOption = None,
    encoding: shared.EncodingOption = "utf-8",
    out: shared.OutOption = Path("points.png"),
    palette: shared.PaletteOption = "coolwarm",
    theme: shared.ThemeOption = "light",
    force: shared.ForceOption = False,
) -> None:
    """Draw points: a picture (.png, .svg, .pdf) or the numbers (.csv)."""
    from separatrix import pictures
    from separatrix.points_file import write_points

    drawn = shared.get_points(points, n, noise, balance, seed, label, positive, encoding)
    if out.suffix == ".csv":
        write_points(drawn, out, force=force)
    else:
        _write_figure(pictures.points(drawn, palette=palette, theme=theme), out, force)
    console().print(f"{drawn!r} -> {out}", markup=False)


def colormaps(
    out: shared.OutOption = Path("colormaps.png"),
    theme: shared.ThemeOption = "light",
    force: shared.ForceOption = False,
) -> None:
    """Draw the gallery of colormaps by family."""
    from separatrix import pictures

    _write_figure(pictures.colormaps(theme=theme), out, force)
    console().print(f"-> {out}", markup=False)


def network(
    widths: Annotated[str, typer.Argument(help="Widths such as 2-4-4-1, or a model file.")] = "2-4-4-1",
    activation: shared.ActivationOption = "relu",
    out: shared.OutOption = Path("network.png"),
    palette: shared.PaletteOption = "coolwarm",
    theme: shared.ThemeOption = "light",
    force: shared.ForceOption = False,
) -> None:
    """Draw a network: the drawing of widths, or the machine in a model file with its weights."""
    from separatrix import pictures
    from separatrix.network import Network
    from separatrix.run import Run
    from separatrix.storage import load

    described: Run | Network
    described = load(widths) if Path(widths).is_file() else Network.parse(widths, shared.activations(activation))
    _write_figure(pictures.network(described, palette=palette, theme=theme), out, force)
    shape = described if isinstance(described, Network) else described.network
    console().print(f"{shape}: {shape.n_parameters:,} parameters -> {out}", markup=False)


def step(
    network: shared.NetworkOption = "2-4-4-1",
    activation: shared.ActivationOption = "relu",
    loss: shared.LossOption = "bce",
    lr: Annotated[float, typer.Option(help="Learning rate.")] = 0.05,
    points: shared.PointsOption = "circle",
    n: Annotated[int, typer.Option("--n", help="Number of points.")] = 4,
    seed: shared.SeedOption = 0,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write .md or .html instead of printing.")] = None,
    force: shared.ForceOption = False,
) -> None:
    """One step of training in numbers: shapes, z, a, loss, gradients, and weight - lr × gradient = new weight."""
    from separatrix.atomic import write_atomically
    from separatrix.errors import InvalidParameter
    from separatrix.network import Network
    from separatrix.one_step import one_step
    from separatrix.recipe import Recipe
    from separatrix.step_text import to_html, to_markdown, to_rich

    described = Network.parse(network, shared.activations(activation))
    drawn = shared.get_points(points, n if points in shared.SAMPLERS else None, None, None, seed, None, None, "utf-8")
    taken = one_step(described, Recipe(loss=loss, lr=lr, seed=seed), drawn)
    if out is None:
        console().print(to_rich(taken))
        return
    writers = {".md": to_markdown, ".html": to_html}
    if out.suffix not in writers:
        raise InvalidParameter(f"--out: expected a name ending in .md or .html, got {out.name!r}.")
    write_atomically(out, writers[out.suffix](taken), force=force)
    console().print(f"-> {out}", markup=False)


def boundary(
    model: Annotated[Path, typer.Argument(help="A model file, such as lesson/model.safetensors.")],
    points: shared.PointsOption = "circle",
    n: shared.NOption = None,
    noise: shared.NoiseOption = None,
    balance: shared.BalanceOption = None,
    seed: shared.SeedOption = 0,
    label: shared.LabelOption = None,
    positive: shared.PositiveOption = None,
    encoding: shared.EncodingOption = "utf-8",
    kind: Annotated[str, typer.Option(help="lesson, probability, or exact for the exact map.")] = "lesson",
    out: shared.OutOption = Path("boundary.png"),
    palette: shared.PaletteOption = "coolwarm",
    theme: shared.ThemeOption = "light",
    force: shared.ForceOption = False,
) -> None:
    """Draw the decision boundary of a saved model over points."""
    from separatrix import pictures
    from separatrix.storage import load

    run = load(model)
    drawn = shared.get_points(points, n, noise, balance, seed, label, positive, encoding)
    if kind == "exact":
        figure = pictures.exact_map(run, drawn, palette=palette, theme=theme)
    else:
        figure = pictures.boundary(run, drawn, kind=kind, palette=palette, theme=theme)
    _write_figure(figure, out, force)
    console().print(f"{run!r} -> {out}", markup=False)


def warmup(
    networks: Annotated[list[str] | None, typer.Argument(help="Widths to compile for; by default the lesson's.")] = None,
) -> None:
    """Compile the fused engine's code for these networks and keep it, so that the first training starts at once."""
    from separatrix.engines.fused import warmup as compile_all
    from separatrix.network import Network

    for widths in networks or ["2-4-4-1"]:
        seconds, where = compile_all(Network.parse(widths))
        console().print(f"{widths}: {seconds:.2f} s, kept in {where or 'memory only'}", markup=False)


def _write_figure(figure: Figure, out: Path, force: bool) -> None:
    """Write a picture, its format given by the name's ending."""
    from separatrix.atomic import write_atomically
    from separatrix.cli.gallery import image
    from separatrix.constraints import Choice, check

    format_ = out.suffix.removeprefix(".")
    check("--out", {"format": format_}, {"format": Choice(("png", "svg", "pdf"))})
    write_atomically(out, image(figure, format_), force=force)
