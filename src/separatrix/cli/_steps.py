"""The steps of the lesson one by one: points, colormaps, network, step, boundary, diagnosis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from separatrix.cli._option_tables import (
    INPUTS,
    LOOK,
    MACHINE,
    NETWORK,
    POINTS,
    READING,
    RECIPE,
    SEED,
    Force,
    Show,
    flags,
    network_of,
    source_of,
)
from separatrix.cli._options import FILE, Chosen, Table, takes
from separatrix.cli._terminal import console, training_progress
from separatrix.errors import InvalidParameter
from separatrix.support.processes import Interruption

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from separatrix.reports.lesson import Source
    from separatrix.training.finding import Finding
    from separatrix.training.run import Run

Out = Annotated[Path, typer.Option("--out", "-o", help="File to write: .png, .svg or .pdf.")]
Model = Annotated[Path | None, typer.Argument(help="Model file of a lesson. Without it, a network is trained.", **FILE)]
Kind = Annotated[
    str, typer.Option(help="Kind: lesson, probability, or exact for polygons.", rich_help_panel="Pictures")
]
# a single epoch has no schedule, no stopping and no log
OF_STEP: Table = SEED | {name: RECIPE[name] for name in ("loss", "lr", "l1", "l2", "focal_gamma")}


@takes(points=POINTS, seed=SEED, look=LOOK)
def points(
    points: Chosen, seed: Chosen, look: Chosen, out: Out = Path("points.png"), show: Show = False, force: Force = False
) -> int:
    """Draw points as a picture, or write them as numbers with --out points.csv."""
    from separatrix.data.points_file import write_points

    drawn = source_of(points).plane(seed.get("seed", 0))
    # numbers or a picture, by the ending of the file's name
    if out.suffix == ".csv":
        write_points(drawn, out, force=force)
    else:
        from separatrix import pictures

        _deliver(lambda: pictures.points(drawn, **look), out, show, force)
    _say(f"{drawn!r} -> {out}")
    return 0


@takes(theme={"theme": LOOK["theme"]})
def colormaps(theme: Chosen, out: Out = Path("colormaps.png"), show: Show = False, force: Force = False) -> int:
    """Draw a gallery of Matplotlib's colormaps by family."""
    from separatrix import pictures

    _deliver(lambda: pictures.colormaps(**theme), out, show, force)
    _say(f"-> {out}")
    return 0


@takes(network=NETWORK, look=LOOK)
def network(
    network: Chosen,
    look: Chosen,
    model: Annotated[
        Path | None, typer.Argument(help="Model file of a lesson, to draw the weights too.", **FILE)
    ] = None,
    out: Out = Path("network.png"),
    show: Show = False,
    force: Force = False,
) -> int:
    """Draw a network: its architecture, or with a model file its weights too."""
    from separatrix import pictures
    from separatrix.files.saving import load_run

    # options without effect are refused, so that nobody believes that they had one
    if model is not None and network:
        raise InvalidParameter(f"{flags(network)} can't go with a model file, which has its own network.")
    described: Any = network_of(network) if model is None else load_run(model)
    _deliver(lambda: pictures.network(described, **look), out, show, force)
    shape = described if model is None else described.network
    for layer in shape.layout:
        weights, biases = layer.fan_out * layer.fan_in, "1 bias" if layer.fan_out == 1 else f"{layer.fan_out} biases"
        _say(f"  {layer.name}: {layer.fan_in} -> {layer.fan_out}, {weights} weights and {biases}")
    _say(f"{shape}: {shape.n_parameters:,} parameters -> {out}")
    return 0


@takes(points=INPUTS, network=NETWORK, recipe=OF_STEP)
def step(
    points: Chosen,
    network: Chosen,
    recipe: Chosen,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write instead of printing: .md or .html.")
    ] = None,
    force: Force = False,
) -> int:
    """Print one epoch in numbers: shapes, z, a, loss, gradients, and weight - lr × gradient = new weight.

    Without --n or --points it takes 4 points, so that the numbers can be checked by hand.
    """
    from separatrix.geometry.one_step import one_step
    from separatrix.networks.recipe import Recipe
    from separatrix.reports.lesson import draw_from
    from separatrix.reports.step_tables import to_html, to_markdown, to_rich
    from separatrix.support.atomic import write_atomically

    # four points are few enough to check the arithmetic by hand
    source, training = source_of(points if "file" in points else {"n": 4} | points), Recipe(**recipe)
    description = source.fitted(network_of(network))
    drawn, initial = draw_from(source, training.seed, description)
    taken = one_step(description, training, drawn, initial)
    if out is None:
        console().print(to_rich(taken))
        return 0
    writers = {".md": to_markdown, ".html": to_html}
    if out.suffix not in writers:
        raise InvalidParameter(f"--out must end in .md or .html, got {out.name!r}.")
    write_atomically(out, writers[out.suffix](taken), force=force)
    _say(f"-> {out}")
    return 0


@takes(points=INPUTS, network=NETWORK, recipe=RECIPE, machine=MACHINE, look=LOOK)
def boundary(
    points: Chosen,
    network: Chosen,
    recipe: Chosen,
    machine: Chosen,
    look: Chosen,
    model: Model = None,
    kind: Kind = "lesson",
    out: Out = Path("boundary.png"),
    show: Show = False,
    force: Force = False,
) -> int:
    """Draw the decision boundary of a lesson's model, or of a network trained for the picture."""
    from separatrix import pictures
    from separatrix.support.atomic import check_writable
    from separatrix.support.constraints import Choice, check

    check("boundary", {"--kind": kind}, {"--kind": Choice(("lesson", "probability", "exact"))})
    _format(out)
    # before the training, which may take a while
    check_writable(out, force=force)
    if model is not None and (options := [*network, *recipe, *machine]):
        raise InvalidParameter(f"{flags(options)} can't go with a model file, which is already trained.")
    run, source = from_file(model, points) if model is not None else _trained(points, network, recipe, machine)
    if kind == "exact" and source.features:
        raise InvalidParameter(
            "--kind exact needs a network whose inputs are x1 and x2: over them the border of a network of features is "
            "curved; take --kind probability."
        )
    drawn = source.plane(run.recipe.seed)

    def draw() -> Figure:
        if kind == "exact":
            return pictures.exact_map(run, drawn, **look)
        return pictures.boundary(source.over_plane(run), drawn, kind=kind, **look)

    _deliver(draw, out, show, force)
    _say(f"{run!r} -> {out}")
    # the picture is drawn, but scripts should notice a diverged run
    return 1 if run.status == "diverged" else 0


Trained = Annotated[Path, typer.Argument(help="Model file of a lesson or of `fit`.", **FILE)]
Seeds = Annotated[
    int | None,
    typer.Option(help="Number of other seeds to train to see if this one was unlucky. Defaults to 20."),
]


# options that lessons' points and tables share are taken once
OF_TABLE: Table = {name: option for name, option in READING.items() if name not in POINTS}
Rows = Annotated[
    str | None,
    typer.Argument(metavar="DATA", help="For a model of `fit`: the table that it was trained on.", show_default=False),
]


@takes(points=INPUTS, reading=OF_TABLE)
def diagnose(points: Chosen, reading: Chosen, model: Trained, data: Rows = None, seeds: Seeds = None) -> int:
    """Print what is wrong with a training: each finding with its evidence and one thing to try.

    What might help is tried first, by short trainings with other seeds. Of a model that `fit` wrote, give the table as well;
    without it only what the model records is examined.
    """
    # an argument that wasn't given is left out, so that the default stands in the library alone
    about, findings = _findings(model, data, points, reading, {} if seeds is None else {"seeds": seeds})
    screen = console()
    screen.print(about, markup=False, emoji=False)
    for finding in findings:
        screen.print(f"\n{finding.name}", style="bold", markup=False, emoji=False)
        screen.print(f"  {finding.evidence}", markup=False, emoji=False)
        screen.print(f"  Try: {finding.advice}", markup=False, emoji=False)
    if not findings:
        screen.print("Nothing is wrong.", markup=False)
    return 0


def _findings(
    model: Path, data: str | None, points: Chosen, reading: Chosen, seeds: dict[str, int]
) -> tuple[str, tuple[Finding, ...]]:
    """The model in a line, and what is wrong with it."""
    from separatrix.files.contents import describe
    from separatrix.reports.model_diagnosis import diagnose_model

    # a lesson's folder knows its points, so that the rows can be examined too
    if describe(model).kind == "run":
        if data is not None or reading:
            raise InvalidParameter("DATA can't go with a lesson's model; name its points by --points or --sampler.")
        run, source = from_file(model, points)
        return repr(run), run.diagnose(source.points(run.recipe.seed), **seeds)
    from separatrix.cli._tables import classifier_of, read, reading_for

    classifier, shared = classifier_of(model), ("y", "encoding")
    if odd := {name for name in points if name not in shared or data is None}:
        raise InvalidParameter(f"{flags(odd)} can't go with an estimator, whose table isn't one of points.")
    target = points.get("y") or classifier.target_name_
    if data is not None and target is None:
        raise InvalidParameter("the model does not name its target; give the label column with --target.")
    reading = reading | {name: value for name, value in points.items() if name == "encoding"}
    table = None if data is None else read(data, target, *reading_for(classifier, reading))
    about = repr(classifier.run_) if hasattr(classifier, "run_") else f"{len(classifier.members_)} networks, blended"
    return about, diagnose_model(classifier, table, **seeds)


def from_file(model: Path, points: Chosen) -> tuple[Run, Source]:
    """A saved run with the source of the points that it was trained on, or of others; its seed draws them."""
    from separatrix.files.saving import load_run
    from separatrix.reports.lesson_folder import RECORD, read_back

    if not points:
        return read_back(model)
    # features are the network's own, whatever points it is given
    if "features" not in points and model.with_name(RECORD).exists():
        points = points | {"features": read_back(model)[1].features}
    return load_run(model), source_of(points)


def _trained(points: Chosen, network: Chosen, recipe: Chosen, machine: Chosen) -> tuple[Run, Source]:
    from separatrix.networks.recipe import Recipe
    from separatrix.reports.lesson import lesson

    training = Recipe(**recipe)
    with (
        Interruption() as interruption,
        training_progress(training.epochs, "log_every" in recipe, interruption) as on_progress,
    ):
        source = source_of(points)
        result = lesson(network_of(network), training, source, on_progress=on_progress, **machine)
    if interruption.requested:
        # an interrupted network would give a picture that looks finished
        raise typer.Exit(interruption.exit_status)
    return result.run, source


def _format(out: Path) -> str:
    """The format of a picture by the ending of its name."""
    from separatrix.reports.lesson_pictures import FORMATS

    kind = out.suffix.removeprefix(".")
    if kind not in FORMATS:
        raise InvalidParameter(f"--out must end in {', '.join('.' + name for name in FORMATS)}, got {out.name!r}.")
    return kind


def _deliver(draw: Any, out: Path, show: bool, force: bool) -> None:
    """Draw a picture, write it, and with `show` open it in a window."""
    from separatrix.reports.lesson_pictures import rendered
    from separatrix.support.atomic import check_writable, write_atomically

    # before the drawing, which may take long
    kind = _format(out)
    check_writable(out, force=force)
    figure = draw()
    write_atomically(out, rendered(figure, kind), force=force)
    # the file first: a window may block until it is closed
    if show:
        from separatrix import pictures

        pictures.show([figure])


def _say(text: str) -> None:
    # paths may hold square brackets, which Rich would take for markup
    console().print(text, markup=False, emoji=False)
