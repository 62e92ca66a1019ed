"""`separatrix lesson`: the tutorial's whole job in one command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from separatrix.cli import shared
from separatrix.cli.shared import console

if TYPE_CHECKING:
    import numpy as np

    from separatrix.lesson import Lesson
    from separatrix.network import Network
    from separatrix.points import Points
    from separatrix.recipe import Recipe
    from separatrix.run import Run
    from separatrix.signals import Interruption
    from separatrix.training import Moment


def lesson(
    points: shared.PointsOption = "circle",
    n: shared.NOption = None,
    noise: shared.NoiseOption = None,
    balance: shared.BalanceOption = None,
    seed: shared.SeedOption = 0,
    label: shared.LabelOption = None,
    positive: shared.PositiveOption = None,
    encoding: shared.EncodingOption = "utf-8",
    network: shared.NetworkOption = "2-4-4-1",
    activation: shared.ActivationOption = "relu",
    init: shared.InitOption = "torch",
    loss: shared.LossOption = "bce",
    optimizer: shared.OptimizerOption = "sgd",
    lr: Annotated[float | None, typer.Option(help="Learning rate; by default the optimiser's (SGD 0.05, Adam 0.001).")] = None,
    epochs: Annotated[int, typer.Option(help="Passes over the points.")] = 50_000,
    batch_size: Annotated[int | None, typer.Option(help="Rows a step; by default all.")] = None,
    schedule: shared.ScheduleOption = "constant",
    momentum: Annotated[float, typer.Option(help="Of SGD and RMSprop.")] = 0.0,
    nesterov: Annotated[bool, typer.Option("--nesterov", help="Nesterov's form of SGD's momentum.")] = False,
    weight_decay: Annotated[float, typer.Option(help="Of AdamW.")] = 0.01,
    l1: Annotated[float, typer.Option(help="Penalty on the weights' sizes.")] = 0.0,
    l2: Annotated[float, typer.Option(help="Penalty on the weights' squares.")] = 0.0,
    dtype: Annotated[str, typer.Option(help="float32 or float64.")] = "float32",
    validation_share: Annotated[float | None, typer.Option(help="Share of the points held out from training.")] = None,
    patience: Annotated[int | None, typer.Option(help="Stop when the held-out loss hasn't fallen for so many logged epochs.")] = None,
    solved_below: Annotated[float | None, typer.Option(help="Stop at 100 % with a loss below this.")] = None,
    engine: Annotated[str, typer.Option(help="torch, fused, or auto for the fastest that can.")] = "auto",
    device: Annotated[str, typer.Option(help="cpu, cuda, mps.")] = "cpu",
    log_every: Annotated[int | None, typer.Option(help="Log every so many epochs (10), and print a line for each.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print the tutorial's line for every logged epoch.")] = False,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write.")] = Path("lesson"),
    format_: Annotated[str, typer.Option("--format", help="Of the pictures: png, svg or pdf.")] = "png",
    pictures: Annotated[bool, typer.Option(help="Draw the pictures and the report.")] = True,
    palette: shared.PaletteOption = "coolwarm",
    theme: shared.ThemeOption = "light",
    show: Annotated[bool, typer.Option("--show", help="Open the pictures in windows too.")] = False,
    resume: Annotated[Path | None, typer.Option(help="Go on with the model file of an interrupted lesson.")] = None,
    force: shared.ForceOption = False,
) -> None:
    """Do the whole job: points, pictures, network, training, prediction, boundary, report.

    Without options it is the tutorial's: 100 points, label = inside the unit circle, a 2-4-4-1 network, binary
    cross-entropy, SGD with learning rate 0.05, 50,000 epochs.
    """
    from separatrix.lesson import film_epochs
    from separatrix.network import Network
    from separatrix.recipe import Recipe
    from separatrix.storage import load

    _check_choices(format_, palette, theme, pictures)
    described = Network.parse(network, shared.activations(activation), init)
    recipe = Recipe(
        loss=loss, optimizer=optimizer, lr=lr, epochs=epochs, batch_size=batch_size, seed=seed, schedule=schedule,  # type: ignore[arg-type]  # lr: None stands for the default
        momentum=momentum, nesterov=nesterov, weight_decay=weight_decay, l1=l1, l2=l2, dtype=dtype,
        validation_share=validation_share, patience=patience, solved_below=solved_below, log_every=log_every or 10,
        snapshots=film_epochs(epochs) if pictures and epochs > 0 else (),
    )  # fmt: skip  # one option a word
    drawn, initial = _draw(points, n, noise, balance, seed, label, positive, encoding, described)
    earlier = None if resume is None else load(resume)
    folder = _folder(out, force)
    with _interruption() as interruption:
        run = _train(
            described, recipe, drawn, initial, engine, device, earlier, interruption, verbose or log_every is not None
        )
        done = _finish(run, drawn, points, noise, seed)
        written = _write(folder, done, format_, palette, theme, pictures and interruption.number is None, show)
    _say(done, written, folder, interruption)
    if interruption.number is not None:
        raise typer.Exit(interruption.exit_status)
    if run.status == "diverged":
        raise typer.Exit(1)


def _check_choices(format_: str, palette: str, theme: str, pictures: bool) -> None:
    """Refuse what would only fail after the training."""
    from separatrix.constraints import Choice, check

    check("lesson", {"--format": format_}, {"--format": Choice(("png", "svg", "pdf"))})
    if pictures:
        from separatrix.pictures.style import style_of

        style_of(palette, theme)


def _draw(
    points: str,
    n: int | None,
    noise: float | None,
    balance: float | None,
    seed: int,
    label: str | None,
    positive: str | None,
    encoding: str,
    network: Network,
) -> tuple[Points, np.ndarray | None]:
    """The tutorial's points and weights from one stream where nothing else was asked for."""
    if points == "circle" and not noise and balance is None and network.init == "torch" and network.n_inputs == 2:
        from separatrix.lesson import draw

        return draw(seed, 100 if n is None else n, network)
    return shared.get_points(points, n, noise, balance, seed, label, positive, encoding), None


def _folder(out: Path, force: bool) -> Path:
    """Make the folder, or refuse before the training."""
    from separatrix.errors import OutputError

    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file; name a folder.")
    if out.is_dir() and any(out.iterdir()) and not force:
        raise OutputError(f"the folder {out} exists and isn't empty; choose another by --out, or replace its files with --force.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"the folder {out} can't be made: {error.strerror}.") from error
    from separatrix.atomic import check_writable

    check_writable(out / "model.safetensors", force=True)
    return out


def _interruption() -> Interruption:
    from separatrix.signals import Interruption

    return Interruption()


def _train(
    network: Network,
    recipe: Recipe,
    points: Points,
    initial: np.ndarray | None,
    engine: str,
    device: str,
    earlier: Run | None,
    interruption: Interruption,
    lines: bool,
) -> Run:
    """Train with a bar on a terminal, or with the tutorial's lines where they were asked for."""
    from separatrix.fleet import usable_cores
    from separatrix.training import train

    with shared.progress_bar(not lines and sys.stderr.isatty(), recipe.epochs) as bar:

        def tell(moment: Moment) -> bool:
            bar(moment)
            if lines:
                for epoch, value in zip(moment.rows.epoch, moment.rows.loss, strict=True):
                    print(f"Epoch [{epoch}/{moment.epochs}], Loss: {value:.4f}")
            return interruption.number is None

        return train(
            network, recipe, points, engine=engine, device=device, initial=initial, resume=earlier, threads=usable_cores(),
            on_progress=tell,
        )  # fmt: skip  # one call


def _finish(run: Run, points: Points, sampler: str, noise: float | None, seed: int) -> Lesson:
    from separatrix.lesson import Lesson, accuracy_on, fresh_points
    from separatrix.shapes import SAMPLERS

    fresh = accuracy_on(run, fresh_points(sampler, seed, noise)) if sampler in SAMPLERS else None
    return Lesson(points, run, fresh)


def _write(
    folder: Path, done: Lesson, format_: str, palette: str, theme: str, pictures: bool, show: bool
) -> list[str]:
    """Model, history, points, pictures, report: the names of the files."""
    from separatrix.atomic import write_atomically
    from separatrix.points_file import write_points
    from separatrix.storage import save

    save(done.run, folder / "model.safetensors", force=True)
    write_atomically(folder / "history.csv", done.run.history.write_csv(), force=True)
    write_points(done.points, folder / "points.csv", force=True)
    names = ["model.safetensors", "history.csv", "points.csv"]
    if not pictures or done.points.n_inputs != 2:
        return names
    from separatrix.cli.gallery import draw_all

    return names + draw_all(folder, done, format_, palette, theme, show)


def _say(done: Lesson, written: list[str], folder: Path, interruption: Interruption) -> None:
    from rich.table import Table

    from separatrix.report import summary

    out = console()
    table = Table.grid(padding=(0, 2))
    for what, value in summary(done):
        table.add_row(what, value)
    out.print(table)
    out.print(f"wrote {', '.join(written)} in {folder}", markup=False)
    if interruption.number is not None:
        again = [word for word in sys.argv[1:] if word != "--force"]
        command = " ".join(["separatrix", *again, "--resume", str(folder / "model.safetensors"), "--force"])
        shared.complain(f"interrupted after {done.run.epochs:,} epochs; the model is saved. Go on with:\n  {command}")
