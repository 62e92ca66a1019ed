"""What the commands share: options, messages, progress."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from separatrix.activations import ACTIVATIONS
from separatrix.initialisation import INITIALISATIONS
from separatrix.losses import LOSSES
from separatrix.optimizers import OPTIMIZERS
from separatrix.schedules import SCHEDULES
from separatrix.shapes import SAMPLERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from separatrix.points import Points
    from separatrix.training import Moment


def known(registry: Any) -> str:
    """The names of a registry, for a help text."""
    return ", ".join(registry)


def completing(registry: Any) -> Callable[[str], list[str]]:
    """Shell completion from a registry."""

    def complete(incomplete: str) -> list[str]:  # Typer goes by the parameter's name
        return [name for name in registry if name.startswith(incomplete)]

    return complete


PointsOption = Annotated[
    str, typer.Option("--points", help=f"A sampler ({known(SAMPLERS)}) or a CSV file.", autocompletion=completing(SAMPLERS))
]
NOption = Annotated[int | None, typer.Option("--n", help="Number of points drawn; by default the sampler's (circle: 100).")]
NoiseOption = Annotated[float | None, typer.Option(help="Standard deviation of each point's shift; by default the sampler's.")]
BalanceOption = Annotated[float | None, typer.Option(help="Share of class 1, by default what the sampler gives.")]
SeedOption = Annotated[int, typer.Option(help="Seed of points, weights, batches.")]
LabelOption = Annotated[str | None, typer.Option(help="Of a CSV file: the label column, by default the last.")]
PositiveOption = Annotated[str | None, typer.Option(help="Of a CSV file: the label of class 1.")]
EncodingOption = Annotated[str, typer.Option(help="Of a CSV file.")]
NetworkOption = Annotated[str, typer.Option("--network", help="Widths, inputs to outputs: 2-4-4-1.")]
ActivationOption = Annotated[
    str,
    typer.Option(help=f"{known(ACTIVATIONS)}; or one a layer: relu,tanh.", autocompletion=completing(ACTIVATIONS)),
]
InitOption = Annotated[str, typer.Option(help=known(INITIALISATIONS) + ".", autocompletion=completing(INITIALISATIONS))]
LossOption = Annotated[str, typer.Option(help=known(LOSSES) + ".", autocompletion=completing(LOSSES))]
OptimizerOption = Annotated[str, typer.Option(help=known(OPTIMIZERS) + ".", autocompletion=completing(OPTIMIZERS))]
ScheduleOption = Annotated[str, typer.Option(help=known(SCHEDULES) + ".", autocompletion=completing(SCHEDULES))]
PaletteOption = Annotated[str, typer.Option(help="coolwarm, or safe for every kind of colour vision.")]
ThemeOption = Annotated[str, typer.Option(help="light or dark.")]
OutOption = Annotated[Path, typer.Option("--out", "-o", help="The file to write.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace what exists.")]


def console(*, stderr: bool = False) -> Console:
    """A console that keeps to NO_COLOR and to the width of the terminal."""
    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def complain(message: str) -> None:
    """One message on the error stream."""
    console(stderr=True).print(f"error: {message}", style="red", markup=False)


def announce(message: str) -> None:
    """A word on the error stream about something that takes its time."""
    console(stderr=True).print(message, style="dim", markup=False)


def get_points(
    points: str,
    n: int | None,
    noise: float | None,
    balance: float | None,
    seed: int,
    label: str | None,
    positive: str | None,
    encoding: str,
) -> Points:
    """Draw the points of a sampler, or read them from a file.

    Raises:
        InvalidParameter: neither a sampler nor a file.
        DataFileError: a file that can't be read.
    """
    from separatrix.errors import InvalidParameter
    from separatrix.points_file import read_points

    if points in SAMPLERS:
        given = {"n": n, "noise": noise, "balance": balance}
        return SAMPLERS[points].draw(seed=seed, **{name: value for name, value in given.items() if value is not None})
    if not Path(points).is_file():
        from separatrix.constraints import nearest

        raise InvalidParameter(
            f"--points: {points!r} is neither a file nor one of {known(SAMPLERS)}.{nearest(points, SAMPLERS)}"
        )
    if any(value is not None for value in (n, noise, balance)):
        raise InvalidParameter("--n, --noise and --balance belong to samplers; a file has the points it has.")
    return read_points(points, y=label, positive=positive, encoding=encoding)


def activations(text: str) -> str | tuple[str, ...]:
    """"relu" for all layers, "relu,tanh" for one each."""
    names = tuple(name.strip() for name in text.split(","))
    return names[0] if len(names) == 1 else names


@contextmanager
def progress_bar(shown: bool, epochs: int) -> Iterator[Callable[[Moment], None]]:
    """A bar with loss and accuracy on the error stream, or nothing."""
    if not shown:
        yield lambda moment: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[said]}"), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("training", total=epochs, said="")

        def tell(moment: Moment) -> None:
            said = "" if moment.loss is None else f"loss {moment.loss:.4f}  accuracy {moment.accuracy:.1%}"
            bar.update(task, completed=moment.epoch, said=said)

        yield tell
