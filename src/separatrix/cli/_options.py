"""The options that commands share, as tables from a parameter of the library to its option.

Names that can be chosen come from the registries, which are imported only when a value or a help text asks for them.
An option that isn't given stays out of what a command receives: the defaults are the library's own.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperOption

from separatrix.errors import InvalidParameter

if TYPE_CHECKING:
    from separatrix.networks.network import Network
    from separatrix.reports.lesson import Source

Given = dict[str, Any]  # the options of a table that were given, by the library's names
Table = dict[str, Any]  # name -> annotated type

REGISTRIES = {
    "sampler": ("separatrix.data.samplers", "SAMPLERS"),
    "activation": ("separatrix.networks.activations", "ACTIVATIONS"),
    "init": ("separatrix.networks.initialisation", "INITIALISATIONS"),
    "loss": ("separatrix.networks.losses", "LOSSES"),
    "optimizer": ("separatrix.networks.optimizers", "OPTIMIZERS"),
    "schedule": ("separatrix.networks.schedules", "SCHEDULES"),
    "engine": ("separatrix.engines.choose", "ENGINES"),
    "metric": ("separatrix.estimators.thresholds", "METRICS"),
    "palette": ("separatrix.pictures._style", "PALETTES"),
    "theme": ("separatrix.pictures._style", "THEMES"),
    "to": ("separatrix.exports", "FORMATS"),
}
TOLD = (
    "sampler",
    "activation",
    "init",
    "loss",
    "optimizer",
    "schedule",
    "metric",
    "to",
)  # listed in help texts by `Command`


def known(kind: str) -> list[str]:
    """The names of a registry."""
    module, name = REGISTRIES[kind]
    names = list(getattr(import_module(module), name))
    return ["auto", *names] if kind == "engine" else names


class Command(TyperCommand):
    """A command whose help lists the names of the registries; they are looked up when the help is asked for."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Fill in the names, then as always."""
        for each in self.params:
            if isinstance(each, TyperOption) and each.name in TOLD:
                each.help = f"{each.help} One of {', '.join(known(each.name))}."
        super().format_help(ctx, formatter)


def option(kind: Any, about: str, *flags: str, panel: str, default: str = "", **more: Any) -> Any:
    """An optional option; `default` only tells what the library does without it."""
    told = f"{about} By default {default}." if default else about
    return Annotated[kind | None, typer.Option(*flags, help=told, show_default=False, rich_help_panel=panel, **more)]


def _one_of(kind: str, about: str, panel: str, default: str) -> Any:
    def parse(text: str) -> str:
        return _chosen(kind, text)

    return option(
        str, about, panel=panel, default=default, parser=parse, metavar="NAME", autocompletion=_completing(kind)
    )


def _chosen(kind: str, text: str) -> str:
    """The text, if the registry knows it."""
    from separatrix.support.constraints import nearest

    names = known(kind)
    if text not in names:
        raise typer.BadParameter(f"unknown {kind} {text!r}; known are {', '.join(names)}.{nearest(text, names)}")
    return text


def _completing(kind: str) -> Callable[[str], list[str]]:
    def complete(incomplete: str) -> list[str]:  # Typer goes by the parameter's name
        return [name for name in known(kind) if name.startswith(incomplete)]

    return complete


def _activations(text: str) -> str | tuple[str, ...]:
    """`relu` for all hidden layers, `relu,tanh` for one each."""
    names = tuple(_chosen("activation", name.strip()) for name in text.split(","))
    return names[0] if len(names) == 1 else names


def _epochs(text: str) -> tuple[int, ...]:
    """`0,10,100` as numbers."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"expected epochs joined by commas, such as 0,10,100, got {text!r}.") from None


def _widths(text: str) -> tuple[int, ...]:
    """`64,64` or `64-64` as numbers."""
    try:
        return tuple(int(part) for part in text.replace("-", ",").split(","))
    except ValueError:
        raise typer.BadParameter(f"expected widths joined by commas, such as 64,64, got {text!r}.") from None


def existing_file(text: str) -> Path:
    """A file that is there, or an error with the name nearest to it in its folder."""
    from separatrix.support.constraints import nearest

    path = Path(text)
    if path.is_file():
        return path
    beside = [each.name for each in path.parent.iterdir() if each.is_file()] if path.parent.is_dir() else []
    hint = f" {text} is a sampler: --sampler {text}." if text in known("sampler") else nearest(path.name, beside)
    raise typer.BadParameter(f"there is no file {text!r}.{hint}")


FILE: dict[str, Any] = {"parser": existing_file, "metavar": "FILE"}

_OF_POINTS, _OF_NETWORK, _OF_TRAINING = "Points", "Network", "Training"
_OF_LOSS, _OF_STOPPING, _OF_MACHINE, _OF_LOOK = "Loss and penalties", "Stopping and logging", "Machine", "Pictures"

SEED: Table = {"seed": option(int, "Draws points, initial weights and batches.", panel=_OF_POINTS, default="0")}

POINTS: Table = {
    "sampler": _one_of("sampler", "What draws the points.", _OF_POINTS, "circle"),
    "n": option(int, "How many points.", "--n", panel=_OF_POINTS, default="100; checkerboard 400"),
    "noise": option(float, "Standard deviation of each point's shift.", panel=_OF_POINTS, default="the sampler's"),
    "balance": option(float, "Share of class 1, between 0 and 1.", panel=_OF_POINTS, default="what the shape gives"),
    "file": option(Path, "A CSV file with a header, instead of a sampler.", "--points", panel=_OF_POINTS, **FILE),
    "x": option(
        list[str], "A number column of the file, once for each.", "--x", panel=_OF_POINTS, default="the first two"
    ),
    "y": option(str, "The label column of the file.", "--y", panel=_OF_POINTS, default="the last one"),
    "positive": option(str, "The label of class 1.", panel=_OF_POINTS, default="the larger one"),
    "encoding": option(str, "The file's encoding.", panel=_OF_POINTS, default="utf-8"),
}

NETWORK: Table = {
    "network": option(str, "Widths from inputs to outputs.", panel=_OF_NETWORK, default="2-4-4-1", metavar="WIDTHS"),
    "activation": option(
        str, "Of the hidden layers, or one for each: relu,tanh.", panel=_OF_NETWORK, default="relu", metavar="NAME",
        parser=_activations, autocompletion=_completing("activation"),
    ),
    "init": _one_of("init", "How the first weights are drawn.", _OF_NETWORK, "torch"),
}  # fmt: skip  # a row an option

RECIPE: Table = SEED | {
    "loss": _one_of("loss", "What is minimised.", _OF_LOSS, "bce"),
    "optimizer": _one_of("optimizer", "What turns gradients into steps.", _OF_TRAINING, "sgd"),
    "lr": option(float, "Learning rate.", panel=_OF_TRAINING, default="the optimiser's; sgd 0.05"),
    "epochs": option(int, "Passes over the points.", panel=_OF_TRAINING, default="50000"),
    "batch_size": option(int, "Rows a step.", panel=_OF_TRAINING, default="all"),
    "schedule": _one_of("schedule", "How the learning rate changes.", _OF_TRAINING, "constant"),
    "step_size": option(int, "Epochs between two falls, schedule step.", panel=_OF_TRAINING, default="a third of them"),
    "step_gamma": option(float, "Factor of each fall, schedule step.", panel=_OF_TRAINING, default="0.1"),
    "momentum": option(float, "Of sgd and rmsprop.", panel=_OF_TRAINING, default="0.0"),
    "nesterov": option(bool, "Nesterov's form of sgd's momentum.", panel=_OF_TRAINING, default="no"),
    "betas": option(tuple[float, float], "Decays of adam and adamw.", panel=_OF_TRAINING, default="0.9 0.999"),
    "eps": option(float, "Added to the divisor.", panel=_OF_TRAINING, default="the optimiser's"),
    "alpha": option(float, "Decay of rmsprop's square.", panel=_OF_TRAINING, default="0.99"),
    "weight_decay": option(float, "Of adamw.", panel=_OF_TRAINING, default="0.01"),
    "l1": option(float, "Adds l1 · Σ|w| to the loss.", "--l1", panel=_OF_LOSS, default="0.0"),
    "l2": option(float, "Adds l2 / 2 · Σw² to the loss.", "--l2", panel=_OF_LOSS, default="0.0"),
    "focal_gamma": option(float, "Exponent of the focal loss.", panel=_OF_LOSS, default="2.0"),
    "dtype": option(str, "float32 or float64.", panel=_OF_MACHINE, default="float32"),
    "validation_fraction": option(float, "Share of the points set aside for validation.", panel=_OF_STOPPING, default="none"),
    "patience": option(
        int, "Stop when the validation loss hasn't fallen at so many logged epochs.", panel=_OF_STOPPING, default="never"
    ),
    "min_delta": option(float, "What counts as a fall.", panel=_OF_STOPPING, default="0.0"),
    "solved_below": option(float, "Stop at 100 % and a loss below this.", panel=_OF_STOPPING, default="never"),
    "log_every": option(
        int, "Log every so many epochs, and print the tutorial's line for each.", panel=_OF_STOPPING, default="10"
    ),
    "snapshots": option(
        str, "Epochs whose boundary the film shows: 0,10,100.", panel=_OF_STOPPING, default="24 of them",
        parser=_epochs, metavar="EPOCHS",
    ),
}  # fmt: skip  # a row an option

MACHINE: Table = {
    "engine": _one_of("engine", "torch, fused (compiled), or auto: the fastest that can.", _OF_MACHINE, "auto"),
    "device": option(str, "cpu, or for the torch engine cuda, cuda:1, mps.", panel=_OF_MACHINE, default="cpu"),
}

LOOK: Table = {
    "palette": _one_of("palette", "coolwarm, or safe for every kind of colour vision.", _OF_LOOK, "coolwarm"),
    "theme": _one_of("theme", "light or dark.", _OF_LOOK, "light"),
}

_OF_FILE, _OF_JUDGING = "Reading", "Judging"
_OF_ENSEMBLE = "Ensemble"

READING: Table = {
    "encoding": option(str, "The CSV file's encoding.", panel=_OF_FILE, default="utf-8"),
    "separator": option(str, "Comma, semicolon, tab or |.", panel=_OF_FILE, default="found out"),
    "decimal": option(str, "The decimal sign, a point or a comma.", panel=_OF_FILE, default="found out"),
    "text": option(
        list[str], "A column that is text whatever it holds, once for each.", "--text", panel=_OF_FILE, metavar="COLUMN"
    ),
}

ENSEMBLE: Table = {
    "n_members": option(int, "Networks of each kind.", panel=_OF_ENSEMBLE, default="5"),
    "metric": _one_of("metric", "What its decisions should be best in.", _OF_ENSEMBLE, "none: the likelier class"),
    "time_limit": option(float, "Seconds after which no further network is begun.", panel=_OF_ENSEMBLE, default="none"),
}

CLASSIFIER: Table = {
    "seed": option(int, "Draws rows, folds, first weights and batches.", panel=_OF_TRAINING, default="0"),
    "network": option(str, "All widths, from encoded inputs to outputs.", panel=_OF_NETWORK, metavar="WIDTHS"),
    "hidden": option(
        str, "Hidden widths alone, such as 64,64.", panel=_OF_NETWORK, default="32", metavar="WIDTHS", parser=_widths
    ),
    "activation": NETWORK["activation"],
    "init": NETWORK["init"],
    "loss": _one_of("loss", "What is minimised.", _OF_LOSS, "bce_with_logits"),
    "alpha": option(float, "L2 penalty, as in scikit-learn.", panel=_OF_LOSS, default="0.0001"),
    "class_weight": option(str, "balanced gives both classes the same weight.", panel=_OF_LOSS, default="none"),
    "optimizer": _one_of("optimizer", "What turns gradients into steps.", _OF_TRAINING, "adam"),
    "lr": option(float, "Learning rate.", panel=_OF_TRAINING, default="0.001"),
    "epochs": option(int, "The most passes over the rows.", panel=_OF_TRAINING, default="300"),
    "patience": option(int, "Epochs without a fall before it stops.", panel=_OF_TRAINING, default="20"),
    "batch_size": option(int, "Rows a step.", panel=_OF_TRAINING, default="32 to 200"),
}  # fmt: skip  # a row an option

JUDGING: Table = {
    "test_fraction": option(float, "Share of the rows to judge on; 0 for none.", panel=_OF_JUDGING, default="0.2"),
    "folds": option(
        int, "Of the cross-validation; 0 for none.", panel=_OF_JUDGING, default="5; none above 20,000 rows"
    ),
    "threshold": option(
        float, "Probability from which on it says class 1.", panel=_OF_JUDGING, default="the classifier's own, 0.5"
    ),
}

PAGE: Table = {
    "palette": LOOK["palette"],
    "boundary": option(
        list[str], "Two columns whose border the report draws, such as age,job; once for each pair.", panel=_OF_LOOK,
        default="pairs of the three most important", metavar="A,B",
    ),
    "row": option(
        int, "Number of the row, from 1, at whose values the other columns are held.", panel=_OF_LOOK, default="typical values"
    ),
}  # fmt: skip  # a row an option

Force = Annotated[bool, typer.Option("--force", help="Replace files that exist.")]
Show = Annotated[bool, typer.Option("--show", help="Open windows too; needs a display.", rich_help_panel=_OF_LOOK)]


def takes(**tables: Table) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command the options of these tables; it receives each table's given options as one dictionary.

    `@takes(points=POINTS) def command(points: Given, force: Force = False)` has all options of `POINTS` and `--force`.
    """

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        @functools.wraps(command)
        def call(**values: Any) -> int:
            for group, table in tables.items():
                asked = {name: values.pop(name) for name in table}
                values[group] = {name: value for name, value in asked.items() if value is not None and value != []}
            return command(**values)

        own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name not in tables]
        shared = {name: kind for table in tables.values() for name, kind in table.items()}
        named = inspect.Parameter.KEYWORD_ONLY
        added = [inspect.Parameter(name, named, default=None, annotation=kind) for name, kind in shared.items()]
        parameters = [*(p.replace(kind=named) for p in own), *added]
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what Typer reads
        call.__annotations__ = {p.name: p.annotation for p in parameters}
        return call

    return decorate


# From the options that were given to the library's descriptions.


OF_SAMPLERS = ("sampler", "n", "noise", "balance")
OF_FILES = ("x", "y", "positive", "encoding")


def flag(name: str) -> str:
    """A parameter as its option is typed."""
    return "--points" if name == "file" else "--" + name.replace("_", "-")


def flags(names: Iterable[str]) -> str:
    """Options in a row."""
    return ", ".join(flag(name) for name in names)


def source_of(given: Given) -> Source:
    """Where the points come from.

    Raises:
        InvalidParameter: options of a sampler and of a file together.
    """
    from separatrix.reports.lesson import Source

    settings = {name: value for name, value in given.items() if name in OF_SAMPLERS}
    reading = {name: value for name, value in given.items() if name in OF_FILES}
    if "file" in given:
        if settings:
            raise InvalidParameter(f"{flags(settings)} can't go with --points: a file has the points it has.")
        if "x" in reading:
            reading["x"] = tuple(reading["x"])
        return Source(file=str(given["file"].resolve()), reading=reading)
    if reading:
        raise InvalidParameter(f"{flags(reading)} says how to read a file; name one by --points FILE.")
    return Source(settings.pop("sampler", "circle"), settings)


def network_of(given: Given) -> Network:
    """The network described.

    Raises:
        InvalidParameter: widths that can't be read, activations that don't fit them.
    """
    from separatrix.networks.network import Network

    more = {name: value for name, value in given.items() if name != "network"}
    return Network.parse(given.get("network", "2-4-4-1"), **more)
