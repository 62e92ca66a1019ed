"""The folder that a lesson writes: what is in it, checked before training, written after, read back to go on."""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.points_file import write_points
from separatrix.errors import ModelFileError, OutputError, SeparatrixError
from separatrix.files.saving import load_run, save
from separatrix.geometry.one_step import one_step
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.network import Network
from separatrix.reports.html_elements import Illustration, cards, figure, folded, navigation, pairs, whole
from separatrix.reports.lesson import Lesson, Source, status_sentence, summary
from separatrix.reports.lesson_pictures import ALBUM, FORMATS, LessonPicture, Look, rendered
from separatrix.reports.step_tables import html_body
from separatrix.support.atomic import check_writable, write_atomically
from separatrix.training.run import COLUMNS, History

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from separatrix.training.run import Run


MODEL, HISTORY, POINTS, RECORD = "model.safetensors", "history.csv", "points.csv", "lesson.json"
REPORT, FILM = "report.html", "boundary.gif"


@dataclass(frozen=True)
class LessonFolder:
    """A place for one lesson.

    Attributes:
        path: the folder; it is made when the first file is written.
        picture_format: "png", "svg" or "pdf".
    """

    path: Path
    picture_format: str = "png"

    def names(self) -> list[str]:
        """Every file that a lesson may write here."""
        return [MODEL, HISTORY, POINTS, RECORD, REPORT, FILM, *(f"{each.name}.{self.picture_format}" for each in ALBUM)]

    def check(self, force: bool = False) -> None:
        """Find out before training whether the results can be written. Nothing is made.

        Raises:
            OutputError: a file is there already and `force` isn't given, or the place can't be written.
        """
        if self.path.exists() and not self.path.is_dir():
            raise OutputError(f"{self.path} is a file; --out must name a folder.")
        there = [name for name in self.names() if (self.path / name).exists()]
        if there and not force:
            raise OutputError(
                f"{self.path} already holds a lesson ({there[0]}); choose another folder by --out, or replace it "
                "with --force."
            )
        parent = next(each for each in (self.path, *self.path.absolute().parents) if each.exists())
        check_writable(parent / f".separatrix-{os.getpid()}")  # a name that isn't there: only tried, never kept

    def write_numbers(self, found: Lesson) -> None:
        """The record, the model, the history and the points: all that isn't a picture.

        Pictures of a lesson that was here before are removed, for they would show another model.

        Raises:
            OutputError: the place can't be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"the folder {self.path} can't be made: {error.strerror}.") from error
        write_atomically(self.path / RECORD, json.dumps(record(found), indent=2) + "\n", force=True)
        save(found.run, self.path / MODEL, force=True)
        write_atomically(self.path / HISTORY, history_csv(found.run.log), force=True)
        write_points(found.points, self.path / POINTS, force=True)
        for name in (REPORT, FILM, *(f"{each.name}.{kind}" for each in ALBUM for kind in FORMATS)):
            (self.path / name).unlink(missing_ok=True)

    def write_picture(self, picture: LessonPicture, figure: Figure) -> Illustration:
        """One picture as a file; the same, or PNG where browsers show no such format, for the report."""
        content = rendered(figure, self.picture_format)
        write_atomically(self.path / f"{picture.name}.{self.picture_format}", content, force=True)
        kind = self.picture_format
        if kind == "pdf":
            kind, content = "png", rendered(figure, "png")
        return Illustration(picture.title, picture.caption, kind, content)

    def write_film(self, found: Lesson, look: Look) -> list[Illustration]:
        """The boundary over the run's snapshots; none of a run without them, or where there is no plane to draw."""
        if not found.run.snapshots or found.points.n_inputs != 2:
            return []
        from separatrix.pictures import animation

        with np.errstate(over="ignore", invalid="ignore"):  # as in `drawn`
            path = animation(
                found.run, found.points, self.path / FILM, palette=look.palette, theme=look.theme, force=True
            )
        caption = "One frame a snapshot, from the first weights to the last."
        return [Illustration("The border forms", caption, "gif", path.read_bytes())]

    def write_report(self, found: Lesson, shown: list[Illustration]) -> Path:
        """One page that holds everything."""
        return write_atomically(self.path / REPORT, page(found, shown), force=True)


def history_csv(log: History) -> str:
    """The history as CSV: numbers written so that they read back the same, NaN as an empty cell."""
    columns = [_cells(getattr(log, name)) for name in COLUMNS]
    rows = [",".join(row) for row in zip(*columns, strict=True)]
    return "\n".join([",".join(COLUMNS), *rows]) + "\n"


def _cells(column: np.ndarray) -> list[str]:
    return ["" if value != value else repr(value) for value in column.tolist()]  # NaN alone differs from itself


def record(found: Lesson) -> dict[str, Any]:
    """What the folder says of itself: where the points came from, and what came out."""
    run = found.run
    figures = {
        "status": run.status.value,
        "epochs": run.epochs,
        "training_accuracy": run.accuracy,
        "test_accuracy": found.test_accuracy,
        "test_accuracy_is_exact": found.is_exact,
        "loss": run.loss if math.isfinite(run.loss) else None,
        "one_minus_loss": found.one_minus_loss if math.isfinite(run.loss) else None,
        "engine": run.engine,
        "seconds": run.seconds,
        "versions": run.versions,
    }
    return {"points": asdict(found.source), "result": figures}


def read_back(model: Path) -> tuple[Run, Source]:
    """A run and where its points came from, from a lesson's folder.

    Raises:
        ModelFileError: no such model, or nothing beside it that says where its points came from.
    """
    run = load_run(model)
    if not isinstance(run.network, Network):
        raise ModelFileError(f"{model} holds no network of a lesson.")
    beside = model.with_name(RECORD)
    try:
        return run, Source(**json.loads(beside.read_bytes())["points"])
    except OSError as error:
        why = "it says which points the model was trained on"
        raise ModelFileError(f"{beside} can't be read: {error.strerror}; {why}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"{beside} isn't the record of a lesson: {error}.") from error


# The report: one self-contained page with all figures and pictures of a lesson. It asks nothing of any network.


ROWS_OF_STEP = 4


def page(found: Lesson, shown: list[Illustration]) -> str:
    """The whole page, for light and dark screens; the policy in its head forbids it every request."""
    body = [_head(found), navigation(shown), *(figure(k, each) for k, each in enumerate(shown)), _settings(found)]
    body += [_activations(), _step(found)]
    return whole(f"Lesson: {found.run.network}, seed {found.run.recipe.seed}", body)


def _head(found: Lesson) -> str:
    run = found.run
    figures = cards(summary(found))
    n = len(found.points)
    ones, where = found.points.n_positive, _where_from(found.source)
    about = f"{n:,} points, {ones:,} of them of class 1; {where}. Seed {run.recipe.seed}."
    why = (
        f"Three of these numbers are often taken for one another. With {n:,} points a training accuracy is a whole "
        f"number of points out of {n:,}. The test accuracy says how well the border fits points never seen. The "
        "loss is neither: it goes on falling while the network only becomes surer."
    )
    return (
        f"<h1>A border found by a network {escape(str(run.network))}</h1><p class='soft'>{escape(about)}</p>"
        f"<p class='status {run.status.value}'>{escape(status_sentence(run))}</p>{figures}"
        f"<p class='soft'>{escape(why)}</p>"
    )


def _where_from(source: Source) -> str:
    if source.file is not None:
        return f"read from {source.file}"
    told = "".join(f", {name} {value}" for name, value in source.settings.items() if name != "n")
    return f"drawn by the sampler {source.sampler}{told}"


def _settings(found: Lesson) -> str:
    run = found.run
    rows: list[tuple[str, object]] = [("network", run.network)]
    if isinstance(run.network, Network):
        rows += [("parameters", run.network.n_parameters), ("activation", run.network.activation)]
        rows += [("init", run.network.init)]
    rows += [*run.recipe.settings().items(), ("engine", run.engine), ("seconds of training", f"{run.seconds:.3g}")]
    rows += [(f"version of {name}", version) for name, version in run.versions.items()]
    rows += [(f"why not the {engine} engine", why) for engine, why in found.passed_over.items()]
    return folded("Every setting", pairs(rows), left=True)


def _activations() -> str:
    rows = [(entry.name, f"{entry.formula}. {entry.about}") for entry in ACTIVATIONS.values()]
    rows.append(("softmax", "exp(z) / sum of exp(z). For two outputs; with one it would always give 1."))
    return folded("The activations there are", pairs(rows), left=True)


def _step(found: Lesson) -> str:
    """The first step on a few of the points, number by number, where plain gradient descent was used."""
    run = found.run
    try:
        assert isinstance(run.network, Network)  # a lesson's is
        few = found.points.take(np.arange(min(ROWS_OF_STEP, len(found.points))))
        step = one_step(run.network, run.recipe, few, run.initial)
    except SeparatrixError as reason:
        return folded("One step, in numbers", f"<p>{escape(str(reason))}</p>")
    return folded(f"One step, in numbers: the first {len(few)} points", html_body(step))
