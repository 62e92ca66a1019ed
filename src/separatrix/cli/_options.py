"""The options that commands share, as tables from a parameter of the library to its option.

Names that can be chosen come from the registries, which are imported only when a value or a help text needs them. An
option that isn't typed is not passed on, so that the defaults are those of the library.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand, TyperOption

from separatrix.errors import InvalidParameter
from separatrix.networks.optimizers import OptimizerSettings  # needs neither NumPy nor PyTorch

if TYPE_CHECKING:
    from separatrix.networks.network import Network
    from separatrix.reports.lesson import Source

Chosen = dict[str, Any]  # the options of a table that were typed, by the library's names
Table = dict[str, Any]  # name -> annotated type

REGISTRIES = {
    "sampler": ("separatrix.data.samplers", "SAMPLERS"),
    "activation": ("separatrix.networks.activations", "ACTIVATIONS"),
    "init": ("separatrix.networks.initialisation", "INITIALISATIONS"),
    "loss": ("separatrix.networks.losses", "LOSSES"),
    "optimizer": ("separatrix.networks.optimizers", "OPTIMIZERS"),
    "schedule": ("separatrix.networks.schedules", "SCHEDULES"),
    "engine": ("separatrix.engines.choose", "ENGINES"),
    "metric": ("separatrix.evaluation.thresholds", "METRICS"),
    "palette": ("separatrix.pictures._style", "PALETTES"),
    "theme": ("separatrix.pictures._style", "THEMES"),
    "to": ("separatrix.exports", "FORMATS"),
}
# Help texts list the names of these registries. The lists are made when a help text is asked for, because looking them up
# imports NumPy.
LISTED = ("sampler", "activation", "init", "loss", "optimizer", "schedule", "metric", "to")


def names_of(kind: str) -> list[str]:
    """The names in a registry that can be chosen."""
    module, name = REGISTRIES[kind]
    # imported here and not at the top: --help and completion have to answer at once
    names = list(getattr(import_module(module), name))
    # auto is no engine but the choice among them
    return ["auto", *names] if kind == "engine" else names


class Command(TyperCommand):
    """A command whose help lists the names of the registries."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Complete the help texts of the options, then print the help."""
        for parameter in self.params:
            if isinstance(parameter, TyperOption) and parameter.name in LISTED:
                parameter.help = f"{parameter.help} One of {', '.join(names_of(parameter.name))}."
        super().format_help(ctx, formatter)


def option(kind: Any, about: str, *flags: str, panel: str, default: str = "", **more: Any) -> Any:
    """An option that may be left out.

    Args:
        kind: type of its value.
        about: help text, in whole sentences.
        flags: how it is typed, if not as its name.
        panel: heading in the help under which it stands.
        default: what the library does without it; it is only mentioned in the help.
        more: further arguments of `typer.Option`.
    """
    text = f"{about} Defaults to {default}." if default else about
    # None marks an option that isn't typed, so show_default would print a wrong default
    return Annotated[kind | None, typer.Option(*flags, help=text, show_default=False, rich_help_panel=panel, **more)]


def _one_of(kind: str, about: str, panel: str, default: str) -> Any:
    """An option that takes a name of a registry, and completes it in the shell."""

    def parse(text: str) -> str:
        return _checked_name(kind, text)

    return option(
        str, about, panel=panel, default=default, parser=parse, metavar="NAME", autocompletion=_completing(kind)
    )


def _checked_name(kind: str, text: str) -> str:
    """The text, if it is a name of the registry.

    Raises:
        typer.BadParameter: it is not; the message has all names and the nearest one.
    """
    from separatrix.support.constraints import nearest

    names = names_of(kind)
    if text not in names:
        raise typer.BadParameter(f"unknown {kind} {text!r}; known are {', '.join(names)}.{nearest(text, names)}")
    return text


def _completing(kind: str) -> Callable[[str], list[str]]:
    def complete(incomplete: str) -> list[str]:  # Typer passes the typed text by the name of this parameter
        return [name for name in names_of(kind) if name.startswith(incomplete)]

    return complete


def _activations(text: str) -> str | tuple[str, ...]:
    """`relu` for all hidden layers, `relu,tanh` for one each."""
    names = tuple(_checked_name("activation", name.strip()) for name in text.split(","))
    return names[0] if len(names) == 1 else names


def _epochs(text: str) -> tuple[int, ...]:
    """`0,10,100` as numbers."""
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"expected epochs joined by commas, such as 0,10,100, got {text!r}.") from None


def _widths(text: str) -> tuple[int, ...]:
    """`64,64` or `64-64` as numbers."""
    try:
        return tuple(int(number) for number in text.replace("-", ",").split(","))
    except ValueError:
        raise typer.BadParameter(f"expected widths joined by commas, such as 64,64, got {text!r}.") from None


def existing_file(text: str) -> Path:
    """A file that exists.

    Raises:
        typer.BadParameter: it doesn't; the message has the nearest name in its folder.
    """
    from separatrix.support.constraints import nearest

    # checked while the options are parsed, so that a typing error is reported before any work
    path = Path(text)
    if path.is_file():
        return path
    siblings = [entry.name for entry in path.parent.iterdir() if entry.is_file()] if path.parent.is_dir() else []
    # a frequent mistake: --points takes a file, --sampler a name
    hint = f" {text} is a sampler: --sampler {text}." if text in names_of("sampler") else nearest(path.name, siblings)
    raise typer.BadParameter(f"there is no file {text!r}.{hint}")


FILE: dict[str, Any] = {"parser": existing_file, "metavar": "FILE"}

_POINTS, _NETWORK, _TRAINING, _LOSS, _STOPPING, _MACHINE, _PICTURES, _READING, _EVALUATION, _ENSEMBLE = (
    "Points",
    "Network",
    "Training",
    "Loss and penalties",
    "Stopping and logging",
    "Machine",
    "Pictures",
    "Reading",
    "Evaluation",
    "Ensemble",
)

# every table has an option for each parameter of the library, by its name; a test compares both
SEED: Table = {
    "seed": option(int, "Seed of the points, the initial weights and the batches.", panel=_POINTS, default="0")
}

POINTS: Table = {
    "sampler": _one_of("sampler", "Sampler that draws the points.", _POINTS, "circle"),
    "n": option(int, "Number of points.", "--n", panel=_POINTS, default="100; checkerboard 400"),
    "noise": option(
        float, "Standard deviation of the noise added to each point.", panel=_POINTS, default="that of the sampler"
    ),
    "balance": option(
        float, "Share of class 1, between 0 and 1.", panel=_POINTS, default="the share that the shape gives"
    ),
    "file": option(Path, "CSV file with a header to read instead of sampling.", "--points", panel=_POINTS, **FILE),
    "x": option(
        list[str],
        "Column of numbers of the file; may be repeated.",
        "--x",
        panel=_POINTS,
        default="the first two columns",
    ),
    "y": option(str, "Label column of the file.", "--target", "-y", panel=_POINTS, default="the last column"),
    "positive": option(
        str, "Label of class 1.", panel=_POINTS, default="the larger number, or the later text in the alphabet"
    ),
    "encoding": option(str, "Encoding of the file.", panel=_POINTS, default="utf-8"),
}

NETWORK: Table = {
    "network": option(str, "Widths from inputs to outputs.", panel=_NETWORK, default="2-4-4-1", metavar="WIDTHS"),
    "activation": option(
        str,
        "Activation of the hidden layers, or one for each of them: relu,tanh.",
        panel=_NETWORK,
        default="relu",
        metavar="NAME",
        parser=_activations,
        autocompletion=_completing("activation"),
    ),
    "init": _one_of("init", "Initialisation of the weights.", _NETWORK, "torch"),
}


def _of_optimizers() -> Table:
    """An option for every setting that an optimiser declares."""
    kinds = get_type_hints(OptimizerSettings)
    return {
        entry.name: option(
            kinds[entry.name],
            entry.metadata["setting"].about,
            panel=_TRAINING,
            default=default_text(entry.default),
        )
        for entry in fields(OptimizerSettings)
    }


def default_text(value: Any) -> str:
    """A setting's default as it is typed on the command line."""
    if value is None:
        return "that of the optimiser"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


OPTIMIZER: Table = _of_optimizers()

RECIPE: Table = SEED | {
    "loss": _one_of("loss", "Loss that is minimised.", _LOSS, "bce"),
    "optimizer": _one_of("optimizer", "Optimiser.", _TRAINING, "sgd"),
    "lr": option(float, "Learning rate.", panel=_TRAINING, default="that of the optimiser; sgd 0.05"),
    "epochs": option(int, "Number of passes over the points.", panel=_TRAINING, default="50000"),
    "batch_size": option(int, "Batch size.", panel=_TRAINING, default="the whole training set"),
    "schedule": _one_of("schedule", "Schedule of the learning rate.", _TRAINING, "constant"),
    "step_size": option(
        int,
        "For the step schedule: epochs between two reductions.",
        panel=_TRAINING,
        default="a third of all epochs",
    ),
    "step_gamma": option(float, "For the step schedule: factor of each reduction.", panel=_TRAINING, default="0.1"),
    **OPTIMIZER,
    "l1": option(float, "L1 penalty: adds l1 · Σ|w| to the loss.", "--l1", panel=_LOSS, default="0.0"),
    "l2": option(float, "L2 penalty: adds l2 / 2 · Σw² to the loss.", "--l2", panel=_LOSS, default="0.0"),
    "focal_gamma": option(float, "Exponent of the focal loss.", panel=_LOSS, default="2.0"),
    "dtype": option(str, "Number format: float32 or float64.", panel=_MACHINE, default="float32"),
    "validation_fraction": option(
        float, "Share of the points set aside for validation.", panel=_STOPPING, default="none"
    ),
    "patience": option(
        int,
        "Stop when the validation loss has not improved for this number of logged epochs.",
        panel=_STOPPING,
        default="never",
    ),
    "min_delta": option(
        float, "Smallest decrease of the validation loss that counts as an improvement.", panel=_STOPPING, default="0.0"
    ),
    "solved_below": option(
        float,
        "Stop when all points are classified correctly and the loss is below this value.",
        panel=_STOPPING,
        default="never",
    ),
    "log_every": option(
        int,
        "Log every this number of epochs, and print the tutorial's line for each logged epoch.",
        panel=_STOPPING,
        default="10",
    ),
    "snapshots": option(
        str,
        "Epochs whose boundary the film shows, such as 0,10,100.",
        panel=_STOPPING,
        default="24 epochs",
        parser=_epochs,
        metavar="EPOCHS",
    ),
}

MACHINE: Table = {
    "engine": _one_of(
        "engine", "Engine: torch, fused (compiled), or auto for the fastest one that can do it.", _MACHINE, "auto"
    ),
    "device": option(str, "Device: cpu, or for the torch engine cuda, cuda:1 or mps.", panel=_MACHINE, default="cpu"),
}

LOOK: Table = {
    "palette": _one_of("palette", "Colours: coolwarm, or safe for every kind of colour vision.", _PICTURES, "coolwarm"),
    "theme": _one_of("theme", "Theme: light or dark.", _PICTURES, "light"),
}

READING: Table = {
    "encoding": option(str, "Encoding of the CSV file.", panel=_READING, default="utf-8"),
    "separator": option(
        str, "Separator of the cells: comma, semicolon, tab or |.", panel=_READING, default="what the header shows"
    ),
    "decimal": option(str, "Decimal sign: a point or a comma.", panel=_READING, default="what the numbers show"),
    "text": option(
        list[str],
        "Column to read as text, whatever it holds; may be repeated.",
        "--text",
        panel=_READING,
        metavar="COLUMN",
    ),
}

ENSEMBLE: Table = {
    "n_members": option(int, "Number of networks of each base model.", panel=_ENSEMBLE, default="5"),
    "metric": _one_of(
        "metric", "Metric that the decision threshold is optimised for.", _ENSEMBLE, "none: the more probable class"
    ),
    "time_limit": option(
        float, "Seconds after which no further network is started.", panel=_ENSEMBLE, default="no limit"
    ),
}

CLASSIFIER: Table = {
    "seed": option(int, "Seed of the splits, the initial weights and the batches.", panel=_TRAINING, default="0"),
    "network": option(
        str, "Widths from the encoded inputs to the outputs, such as 30-64-64-1.", panel=_NETWORK, metavar="WIDTHS"
    ),
    "hidden": option(
        str,
        "Widths of the hidden layers alone, such as 64,64.",
        panel=_NETWORK,
        default="32",
        metavar="WIDTHS",
        parser=_widths,
    ),
    "activation": NETWORK["activation"],
    "init": NETWORK["init"],
    "loss": _one_of("loss", "Loss that is minimised.", _LOSS, "bce_with_logits"),
    "l2": option(
        float,
        "L2 penalty, divided by the number of rows in a batch as scikit-learn's alpha.",
        "--l2",
        panel=_LOSS,
        default="0.0001",
    ),
    "class_weight": option(
        str, "Use balanced to give both classes the same total weight.", panel=_LOSS, default="none"
    ),
    "optimizer": _one_of("optimizer", "Optimiser.", _TRAINING, "adam"),
    "lr": option(float, "Learning rate.", panel=_TRAINING, default="0.001"),
    "epochs": option(int, "Largest number of passes over the rows.", panel=_TRAINING, default="300"),
    "patience": option(int, "Stop after this number of epochs without improvement.", panel=_TRAINING, default="20"),
    "batch_size": option(int, "Batch size.", panel=_TRAINING, default="32 to 200, depending on the rows"),
}

JUDGING: Table = {
    "test_fraction": option(float, "Share of the rows to test on; 0 for none.", panel=_EVALUATION, default="0.2"),
    "folds": option(
        int,
        "Number of folds of the cross-validation; 0 for none.",
        panel=_EVALUATION,
        default="5; none above 20,000 rows",
    ),
    "threshold": option(
        float,
        "Decision threshold on the probability of class 1.",
        panel=_EVALUATION,
        default="the classifier's own, 0.5",
    ),
}

PAGE: Table = {
    "palette": LOOK["palette"],
    "boundary": option(
        list[str],
        "Two columns whose boundary the report draws, such as age,job; may be repeated.",
        panel=_PICTURES,
        default="pairs of the three most important columns",
        metavar="A,B",
    ),
    "row": option(
        int,
        "Number of a row, from 1, whose values the other columns take in these pictures.",
        panel=_PICTURES,
        default="typical values",
    ),
}

Force = Annotated[bool, typer.Option("--force", help="Replace existing files.")]
Show = Annotated[bool, typer.Option("--show", help="Also open windows; needs a display.", rich_help_panel=_PICTURES)]


def takes(**tables: Table) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command the options of tables. It receives the typed options of each table as one dictionary.

    `@takes(points=POINTS) def command(points: Chosen, force: Force = False)` has all options of `POINTS` and `--force`.
    An option that isn't typed is missing from its dictionary, so that the library's default holds.
    """

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        @functools.wraps(command)
        def call(**values: Any) -> int:
            for group, table in tables.items():
                # Typer passes None, or an empty list, for an option that isn't typed
                typed = {name: values.pop(name) for name in table}
                values[group] = {name: value for name, value in typed.items() if value is not None and value != []}
            return command(**values)

        # eval_str: the annotations are texts, because of the future import
        single = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name not in tables]
        shared = {name: kind for table in tables.values() for name, kind in table.items()}
        keyword = inspect.Parameter.KEYWORD_ONLY
        added = [inspect.Parameter(name, keyword, default=None, annotation=kind) for name, kind in shared.items()]
        # keyword-only, since Typer passes all values by name
        parameters = [*(p.replace(kind=keyword) for p in single), *added]
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # Typer reads it
        call.__annotations__ = {p.name: p.annotation for p in parameters}
        return call

    return decorate


# From the typed options to the descriptions of the library.

OF_SAMPLERS = ("sampler", "n", "noise", "balance")
OF_FILES = ("x", "y", "positive", "encoding")
FLAGS = {"file": "--points", "y": "--target"}  # parameters whose option has another name


def flag(name: str) -> str:
    """The option of a parameter as it is typed."""
    return FLAGS.get(name, "--" + name.replace("_", "-"))


def flags(names: Iterable[str]) -> str:
    """Several options as they are typed, joined by commas."""
    return ", ".join(flag(name) for name in names)


def source_of(chosen: Chosen) -> Source:
    """The source of the points.

    Raises:
        InvalidParameter: options of a sampler and of a file are combined, or options for reading have no file.
    """
    from separatrix.reports.lesson import Source

    settings = {name: value for name, value in chosen.items() if name in OF_SAMPLERS}
    reading = {name: value for name, value in chosen.items() if name in OF_FILES}
    # a file has its own number of points, so options of samplers would have no effect
    if "file" in chosen:
        if settings:
            raise InvalidParameter(f"{flags(settings)} can't go with --points: a file has the points it has.")
        if "x" in reading:
            reading["x"] = tuple(reading["x"])
        # an absolute path, so that a run can be continued from another folder
        return Source(file=str(chosen["file"].resolve()), reading=reading)
    if reading:
        raise InvalidParameter(f"{flags(reading)} says how to read a file; name one by --points FILE.")
    return Source(settings.pop("sampler", "circle"), settings)


def network_of(chosen: Chosen) -> Network:
    """The network that the options describe.

    Raises:
        InvalidParameter: the widths can't be read, or the activations don't fit them.
    """
    from separatrix.networks.network import Network

    more = {name: value for name, value in chosen.items() if name != "network"}
    return Network.parse(chosen.get("network", "2-4-4-1"), **more)
