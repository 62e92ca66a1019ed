"""The tables of options that commands share, one for each description of the library, and the way back to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from separatrix.cli._options import (
    FILE,
    Chosen,
    Table,
    activation_names,
    completing,
    epoch_numbers,
    feature_names,
    one_of,
    option,
    width_numbers,
)
from separatrix.errors import InvalidParameter
from separatrix.networks.optimizers import OptimizerSettings  # needs neither NumPy nor PyTorch

if TYPE_CHECKING:
    from separatrix.networks.network import Network
    from separatrix.reports.lesson import Source


_POINTS, _NETWORK, _TRAINING, _LOSS, _STOPPING, _MACHINE, _PICTURES, _READING, _EVALUATION, _ENSEMBLE, _ROLES = (
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
    "Columns",
)

# every table has an option for each parameter of the library, by its name; a test compares both
SEED: Table = {
    "seed": option(int, "Seed of the points, the initial weights and the batches.", panel=_POINTS, default="0")
}

POINTS: Table = {
    "sampler": one_of("sampler", "Sampler that draws the points.", _POINTS, "circle"),
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
    "label_noise": option(float, "Share of training labels to turn over.", panel=_POINTS, default="0"),
}

# what a network is given; a picture or a file of points has x1 and x2 alone
INPUTS: Table = POINTS | {
    "features": option(
        str,
        "Inputs in place of x1 and x2, such as x1+x2+x1*x2.",
        panel=_POINTS,
        default="x1+x2",
        metavar="NAMES",
        parser=feature_names,
    ),
}

NETWORK: Table = {
    "network": option(str, "Widths from inputs to outputs.", panel=_NETWORK, default="2-4-4-1", metavar="WIDTHS"),
    "activation": option(
        str,
        "Activation of the hidden layers, or one for each of them: relu,tanh.",
        panel=_NETWORK,
        default="relu",
        metavar="NAME",
        parser=activation_names,
        autocompletion=completing("activation"),
    ),
    "init": one_of("init", "Initialisation of the weights.", _NETWORK, "torch"),
}


def _of_optimizers() -> Table:
    """An option for every setting that an optimiser declares."""
    # fields() has the annotations as texts, but Typer needs the types
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
    "loss": one_of("loss", "Loss that is minimised.", _LOSS, "bce"),
    "optimizer": one_of("optimizer", "Optimiser.", _TRAINING, "sgd"),
    "lr": option(float, "Learning rate.", panel=_TRAINING, default="that of the optimiser; sgd 0.05"),
    "epochs": option(int, "Number of passes over the points.", panel=_TRAINING, default="50000"),
    "batch_size": option(int, "Batch size.", panel=_TRAINING, default="the whole training set"),
    "schedule": one_of("schedule", "Schedule of the learning rate.", _TRAINING, "constant"),
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
        parser=epoch_numbers,
        metavar="EPOCHS",
    ),
}

MACHINE: Table = {
    "engine": one_of(
        "engine", "Engine: torch, fused (compiled), or auto for the fastest one that can do it.", _MACHINE, "auto"
    ),
    "device": option(str, "Device: cpu, or for the torch engine cuda, cuda:1 or mps.", panel=_MACHINE, default="cpu"),
}

LOOK: Table = {
    "palette": one_of("palette", "Colours: coolwarm, or safe for every kind of colour vision.", _PICTURES, "coolwarm"),
    "theme": one_of("theme", "Theme: light or dark.", _PICTURES, "light"),
}

READING: Table = {
    "encoding": option(str, "Encoding of the CSV file.", panel=_READING, default="utf-8"),
    "separator": option(
        str, "Separator of the cells: comma, semicolon, tab or |.", panel=_READING, default="what the header shows"
    ),
    "decimal": option(str, "Decimal sign: a point or a comma.", panel=_READING, default="what the numbers show"),
    "thousands": option(
        str, "Separator of thousands: , . ' or a blank.", panel=_READING, default="what a column of numbers shows"
    ),
    "day_first": option(
        bool,
        "Whether dates such as 03/04/1912 begin with the day or with the month.",
        "--day-first/--month-first",
        panel=_READING,
        default="what a day above 12 shows",
    ),
    "text": option(
        list[str],
        "Column to read as text, whatever it holds; may be repeated.",
        "--text",
        panel=_READING,
        metavar="COLUMN",
    ),
    "skip": option(int, "Number of lines above the header to leave out.", panel=_READING, default="0"),
    "comment": option(
        str, "How lines above the header begin that are left out, such as #.", panel=_READING, metavar="TEXT"
    ),
    "missing": option(
        list[str],
        "Text that stands for a missing value, beside the usual ones such as NA, NULL and #N/A; may be repeated.",
        "--missing",
        panel=_READING,
        metavar="WORD",
    ),
    "missing_only": option(
        bool, "Only the texts of --missing stand for a missing value.", "--missing-only", panel=_READING
    ),
}

ENSEMBLE: Table = {
    "n_members": option(int, "Number of networks of each base model.", panel=_ENSEMBLE, default="5"),
    "metric": one_of(
        "metric", "Metric that the decision threshold is optimised for.", _ENSEMBLE, "none: the more probable class"
    ),
    "time_limit": option(
        float, "Seconds after which no further network is started.", panel=_ENSEMBLE, default="no limit"
    ),
}

# not RECIPE: an estimator has other defaults than a lesson, and scikit-learn's L2 penalty
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
        parser=width_numbers,
    ),
    "activation": NETWORK["activation"],
    "init": NETWORK["init"],
    "loss": one_of("loss", "Loss that is minimised.", _LOSS, "bce_with_logits"),
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
    "optimizer": one_of("optimizer", "Optimiser.", _TRAINING, "adam"),
    "lr": option(float, "Learning rate.", panel=_TRAINING, default="that of the optimiser; adam 0.001"),
    "epochs": option(int, "Largest number of passes over the rows.", panel=_TRAINING, default="300"),
    "patience": option(int, "Stop after this number of epochs without improvement.", panel=_TRAINING, default="20"),
    "batch_size": option(int, "Batch size.", panel=_TRAINING, default="32 to 200, depending on the rows"),
}

ROLES: Table = {
    "groups": option(
        str,
        "Column of a key that rows share which belong together, such as a patient: wherever rows are held out, groups stay "
        "whole.",
        panel=_ROLES,
        metavar="COLUMN",
    ),
    "time": option(
        str,
        "Column of the date or time of each row: wherever rows are held out, they are later than those trained on.",
        panel=_ROLES,
        metavar="COLUMN",
    ),
    "weight": option(str, "Column of the weights of the rows in training.", panel=_ROLES, metavar="COLUMN"),
    "drop": option(
        list[str], "Columns to leave out, such as id,ticket; may be repeated.", panel=_ROLES, metavar="COLUMNS"
    ),
    "keep": option(
        list[str],
        "Columns to use although they number or name the rows, are constant, or have another role here; may be repeated.",
        panel=_ROLES,
        metavar="COLUMNS",
    ),
}

JUDGING: Table = {
    "test_fraction": option(
        float,
        "Share of the rows to test on; 0 for none.",
        panel=_EVALUATION,
        default="0.2; none where a class has too few rows",
    ),
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
    "model": option(
        str,
        "Model to save: ensemble, network, linear (a logistic regression), or auto for the simplest that is not worse.",
        panel=_EVALUATION,
        default="auto, or what other options describe",
    ),
    "holdout_only": option(
        bool,
        "Save the model that was trained without the test rows, instead of one trained on all rows.",
        "--holdout-only",
        panel=_EVALUATION,
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


# From the typed options to the descriptions of the library.

OF_SAMPLERS = ("sampler", "n", "noise", "balance")
OF_FILES = ("x", "y", "positive", "encoding")
OF_BOTH = ("label_noise", "features")
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
        InvalidParameter: options of a sampler and of a file are combined, options for reading have no file, or the label
            noise is out of range.
    """
    from separatrix.reports.lesson import Source

    settings = {name: value for name, value in chosen.items() if name in OF_SAMPLERS}
    changes = {name: value for name, value in chosen.items() if name in OF_BOTH}
    reading = {name: value for name, value in chosen.items() if name in OF_FILES}
    # a file has its own number of points, so options of samplers would have no effect
    if "file" in chosen:
        if settings:
            raise InvalidParameter(f"{flags(settings)} can't go with --points: a file has the points it has.")
        if "x" in reading:
            reading["x"] = tuple(reading["x"])
        # an absolute path, so that a run can be continued from another folder
        return Source(file=str(chosen["file"].resolve()), reading=reading, **changes)
    if reading:
        raise InvalidParameter(f"{flags(reading)} says how to read a file; name one by --points FILE.")
    return Source(settings.pop("sampler", "circle"), settings, **changes)


def network_of(chosen: Chosen) -> Network:
    """The network that the options describe.

    Raises:
        InvalidParameter: the widths can't be read, or the activations don't fit them.
    """
    from separatrix.networks.network import Network

    more = {name: value for name, value in chosen.items() if name != "network"}
    return Network.parse(chosen.get("network", "2-4-4-1"), **more)
