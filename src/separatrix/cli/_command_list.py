"""The names of all commands with the modules that hold them, and what is printed without loading any of them.

To add a command, write a function of its name in a module of this wing and add its line to `COMMANDS`.
"""

from __future__ import annotations

import shutil

from separatrix.support.translations import language, translated, wrapped

WIDTH = 100  # largest width of a help text, in letters
ABOUT = "The curve that divides two kinds of behaviour: small networks that tell two classes apart."

# name -> the module of this wing and one sentence for the list of commands
COMMANDS: dict[str, tuple[str, str]] = {
    "lesson": (
        "_lesson",
        "Run the whole lesson: points, network, training, prediction, boundary, pictures and report.",
    ),
    "points": ("_steps", "Draw points as a picture, or write them as numbers with --out points.csv."),
    "colormaps": ("_steps", "Draw a gallery of Matplotlib's colormaps by family."),
    "network": ("_steps", "Draw a network: its architecture, or with a model file its weights too."),
    "step": (
        "_steps",
        "Print one epoch in numbers: shapes, z, a, loss, gradients, and weight - lr × gradient = new weight.",
    ),
    "boundary": ("_steps", "Draw the decision boundary of a lesson's model, or of a network trained for the picture."),
    "diagnose": ("_steps", "Print what is wrong with a training: each finding with its evidence and one thing to try."),
    "doctor": ("_machine", "Check the installation, and say what to do where something is wrong."),
    "warmup": ("_machine", "Compile the fused engine for these networks and cache the code."),
    "play": ("_play", "Open the playground: drag a point, and the network is trained to its end."),
    "fit": ("_tables", "Train a classifier for a table, evaluate it and save it."),
    "evaluate": ("_tables", "Evaluate a saved model on a labelled table that it was not trained on."),
    "predict": (
        "_models",
        "Predict the rows of a table of any size: the label, and the probability of one of the two labels.",
    ),
    "inspect": (
        "_models",
        "Print what a model file holds: columns, classes, network, settings, versions.",
    ),
    "export": ("_models", "Write a model, with the encoding of its columns, for other programs."),
    "distil": ("_distillation", "Train one small network that gives the probabilities of a model."),
    "study": (
        "_study",
        "Train every combination of a grid on many seeds, and report shares with intervals and comparisons.",
    ),
    "claims": (
        "_claims",
        "Measure every claim of the tutorial, and write pages with verdicts.",
    ),
    "borders": (
        "_claims",
        "Measure the borders of trained networks exactly, and write pages about them.",
    ),
}


WELCOME = "separatrix finds the curve that divides two kinds of behaviour. Three ways to begin:"
FIRST_STEPS = {
    "separatrix play": "open the playground in the browser",
    "separatrix lesson": "run the tutorial's lesson: pictures and a report in ./lesson",
    "separatrix fit data.csv --target COLUMN": "train a classifier for a table of your own",
}
MORE = "separatrix --help lists all commands, and separatrix doctor checks the installation."

OPTIONS = {
    "--lang LANGUAGE": "Language of messages and help: en or zh. Defaults to SEPARATRIX_LANG, or en.",
    "--version": "Print the version and exit.",
    "--install-completion": "Install completion for the current shell.",
    "--show-completion": "Print the script for completion, to install it by hand.",
    "-h, --help": "Print this text, or after a command its options.",
}


def welcome() -> str:
    """What `separatrix` alone prints: three ways to begin."""
    room = max(map(len, FIRST_STEPS)) + 3
    steps = [f"  {command:<{room}}{translated(about)}" for command, about in FIRST_STEPS.items()]
    return "\n".join([translated(WELCOME), "", *steps, "", translated(MORE)])


def overview() -> str:
    """The help text of `separatrix` itself: usage, options and all commands."""
    columns = max(50, min(shutil.get_terminal_size().columns, WIDTH)) - 2
    commands = {name: about for name, (_, about) in COMMANDS.items()}
    about = "\n".join(wrapped(translated(ABOUT), columns, "  "))
    parts = [f"{translated('Usage:')} separatrix COMMAND [OPTIONS] …", about, section("Options", OPTIONS, columns)]
    return "\n\n".join([*parts, section("Commands", commands, columns)]) + "\n"


def section(heading: str, rows: dict[str, str], columns: int) -> str:
    """Names to the left, sentences to the right, in the chosen language."""
    room = min(max(map(len, rows)) + 4, 34)
    lines = [f"{translated(heading)}{'：' if language() == 'zh' else ':'}"]
    for name, about in rows.items():
        text = wrapped(translated(" ".join(about.split())), columns, " " * room)
        # a long name has a line of its own
        fits = len(name) + 4 <= room
        lines += [f"  {name}".ljust(room) + text[0].lstrip(), *text[1:]] if fits else [f"  {name}", *text]
    return "\n".join(lines)
