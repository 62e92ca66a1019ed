"""The folder of a lesson: its files are checked before the training, written after it, and read to resume it."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.points_file import write_points
from separatrix.errors import ModelFileError, OutputError, SeparatrixError
from separatrix.files.contents import describe
from separatrix.files.saving import load_run, save
from separatrix.geometry.one_step import one_step
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.network import Network
from separatrix.reports.html_elements import Illustration, cards, collapsed, figure, html_page, navigation, pairs
from separatrix.reports.lesson import Lesson, Source, status_sentence, summary
from separatrix.reports.lesson_pictures import FORMATS, LESSON_PICTURES, LessonPicture, Look, is_planar, rendered
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
    """The folder of one lesson.

    Attributes:
        path: the folder; it is created when the first file is written.
        picture_format: "png", "svg" or "pdf".
    """

    path: Path
    picture_format: str = "png"

    def names(self) -> list[str]:
        """The names of all files that a lesson may write here."""
        return [
            MODEL,
            HISTORY,
            POINTS,
            RECORD,
            REPORT,
            FILM,
            *(f"{picture.name}.{self.picture_format}" for picture in LESSON_PICTURES),
        ]

    def check(self, force: bool = False) -> None:
        """Check before the training whether the results can be written, without creating anything.

        A lesson's folder may be replaced by another lesson, because its record says how to train it again. Files of the
        same names that no lesson has written are replaced only with `force`.

        Raises:
            OutputError: files of other origin would be replaced and `force` is False, or the folder can't be written to.
        """
        if self.path.exists() and not self.path.is_dir():
            raise OutputError(f"{self.path} is a file, but --out must name a folder.")
        existing = [name for name in self.names() if (self.path / name).exists()]
        if existing and not force and not self.is_of_a_lesson():
            raise OutputError(
                f"{self.path} holds {existing[0]}, which no lesson has written; choose another folder with --out, or "
                "replace the file with --force."
            )
        # The folder may not exist yet, nor its parents: the nearest existing one decides whether it can be created.
        parent = next(picture for picture in (self.path, *self.path.absolute().parents) if picture.exists())
        check_writable(parent / f".separatrix-{os.getpid()}")  # a name that no file has: nothing is written

    def written_at(self) -> int | None:
        """When the record was written, in nanoseconds; None if there is none. Two lessons differ in it."""
        try:
            return (self.path / RECORD).stat().st_mtime_ns
        except OSError:
            return None

    def is_of_a_lesson(self) -> bool:
        """Whether the folder has the record of a lesson, and its model, if there is one, is that of a run."""
        try:
            content = json.loads((self.path / RECORD).read_bytes())
            model = self.path / MODEL
            return {"points", "result"} <= content.keys() and (not model.exists() or describe(model).kind == "run")
        except (OSError, ValueError, AttributeError, SeparatrixError):
            return False

    def write_numbers(self, result: Lesson) -> None:
        """Write the record, the model, the history and the points: everything except the pictures.

        Pictures of an earlier lesson are removed, because they would show another model.

        Raises:
            OutputError: the folder can't be created or written to.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"the folder {self.path} can't be created: {error.strerror}.") from error
        # The record comes first: a model without it can't be resumed, the other way round nothing is lost.
        write_atomically(self.path / RECORD, json.dumps(record(result), indent=2) + "\n", force=True)
        save(result.run, self.path / MODEL, force=True)
        write_atomically(self.path / HISTORY, history_csv(result.run.log), force=True)
        write_points(result.plane, self.path / POINTS, force=True)
        for name in (REPORT, FILM, *(f"{picture.name}.{kind}" for picture in LESSON_PICTURES for kind in FORMATS)):
            (self.path / name).unlink(missing_ok=True)

    def write_picture(self, picture: LessonPicture, figure: Figure) -> Illustration:
        """Write one picture, and return it for the report: in the same format, or as PNG where that is PDF."""
        # The report has the bytes of the file, so that every picture is drawn once.
        content = rendered(figure, self.picture_format)
        write_atomically(self.path / f"{picture.name}.{self.picture_format}", content, force=True)
        kind = self.picture_format
        if kind == "pdf":
            kind, content = "png", rendered(figure, "png")
        return Illustration(picture.title, picture.caption, kind, content)

    def write_film(self, result: Lesson, look: Look) -> list[Illustration]:
        """Write the animation over the run's snapshots; an empty list without snapshots or where the inputs aren't x1 and x2."""
        if not result.run.snapshots or not is_planar(result):
            return []
        from separatrix.pictures import animation

        with np.errstate(over="ignore", invalid="ignore"):  # the parameters of a run that diverged can be huge
            path = animation(
                result.run, result.points, self.path / FILM, palette=look.palette, theme=look.theme, force=True
            )
        caption = "One frame per snapshot, from the initial parameters to the last ones."
        return [Illustration("How the boundary forms", caption, "gif", path.read_bytes())]

    def write_report(self, result: Lesson, shown: list[Illustration]) -> Path:
        """Write the report: one page with all numbers and pictures."""
        return write_atomically(self.path / REPORT, lesson_page(result, shown), force=True)


def history_csv(log: History) -> str:
    """The history as CSV. Numbers have as many digits as they need to be read back exactly; NaN is an empty cell."""
    columns = [_cells(getattr(log, name)) for name in COLUMNS]
    rows = [",".join(row) for row in zip(*columns, strict=True)]
    return "\n".join([",".join(COLUMNS), *rows]) + "\n"


def _cells(column: np.ndarray) -> list[str]:
    return ["" if value != value else repr(value) for value in column.tolist()]  # only NaN differs from itself


def record(result: Lesson) -> dict[str, Any]:
    """The content of the file RECORD: where the points came from, and the results of the training."""
    run = result.run
    figures = {
        "status": run.status.value,
        "epochs": run.epochs,
        "training_accuracy": run.accuracy,
        "test_accuracy": result.test_accuracy,
        "test_accuracy_is_exact": result.is_exact,
        # JSON has neither NaN nor infinity.
        "loss": run.loss if math.isfinite(run.loss) else None,
        "one_minus_loss": result.one_minus_loss if math.isfinite(run.loss) else None,
        "engine": run.engine,
        "seconds": run.seconds,
        "versions": run.versions,
    }
    return {"points": result.source.to_data(), "result": figures}


def read_back(model: Path) -> tuple[Run, Source]:
    """A run and the source of its points, from a lesson's folder.

    Raises:
        ModelFileError: the model or the record beside it is missing, damaged or of another kind.
    """
    run = load_run(model)
    if not isinstance(run.network, Network):
        raise ModelFileError(f"{model} is not the model of a lesson.")
    # A model file says nothing of its points; the record beside it does.
    beside = model.with_name(RECORD)
    try:
        return run, Source(**json.loads(beside.read_bytes())["points"])
    except OSError as error:
        why = "it says which points the model was trained on"
        raise ModelFileError(f"{beside} can't be read: {error.strerror}; {why}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"{beside} isn't the record of a lesson: {error}.") from error


# The report: one self-contained page with all numbers and pictures of a lesson, which sends no request.


ROWS_OF_STEP = 4


def lesson_page(result: Lesson, shown: list[Illustration]) -> str:
    """The whole page, for light and dark screens; the policy in its head forbids every request."""
    body = [
        _head(result),
        navigation(shown),
        *(figure(k, picture) for k, picture in enumerate(shown)),
        _settings(result),
    ]
    body += [_activations(), _step(result)]
    return html_page(f"Lesson: {result.run.network}, seed {result.run.recipe.seed}", body)


def _head(result: Lesson) -> str:
    run = result.run
    figures = cards(summary(result))
    n = len(result.points)
    ones, where = result.points.n_positive, _where_from(result.source)
    about = f"{n:,} points, {ones:,} of them of class 1; {where}. Seed {run.recipe.seed}."
    why = (
        f"Three of these numbers are often confused. With {n:,} points the training accuracy is a whole number of points "
        f"out of {n:,}. The test accuracy says how well the boundary fits new points. The loss is neither: it keeps "
        "falling while the network only becomes more confident."
    )
    return (
        f"<h1>The decision boundary of a network {escape(str(run.network))}</h1><p class='soft'>{escape(about)}</p>"
        f"<p class='status {run.status.value}'>{escape(status_sentence(run))}</p>{figures}"
        f"<p class='soft'>{escape(why)}</p>"
    )


def _where_from(source: Source) -> str:
    changes = f"; each label turned over with probability {source.label_noise:g}" if source.label_noise else ""
    changes += f"; the network is given {', '.join(source.features)}" if source.features else ""
    if source.file is not None:
        return f"read from {source.file}{changes}"
    settings = "".join(f", {name} {value}" for name, value in source.settings.items() if name != "n")
    return f"drawn by the sampler {source.sampler}{settings}{changes}"


def _settings(result: Lesson) -> str:
    run = result.run
    # Everything that is needed to repeat the training, the versions included: bits differ between them.
    rows: list[tuple[str, object]] = [("network", run.network)]
    if isinstance(run.network, Network):
        rows += [("parameters", run.network.n_parameters), ("activation", run.network.activation)]
        rows += [("init", run.network.init)]
    rows += [*run.recipe.settings().items(), ("engine", run.engine), ("seconds of training", f"{run.seconds:.3g}")]
    rows += [(f"version of {name}", version) for name, version in run.versions.items()]
    rows += [(f"why not the {engine} engine", why) for engine, why in result.passed_over.items()]
    return collapsed("All settings", pairs(rows), of_words=True)


def _activations() -> str:
    rows = [(entry.name, f"{entry.formula}. {entry.about}") for entry in ACTIVATIONS.values()]
    rows.append(("softmax", "exp(z) / sum of exp(z). For two outputs; with a single one it would always be 1."))
    return collapsed("All activations", pairs(rows), of_words=True)


def _step(result: Lesson) -> str:
    """The first training step on a few of the points, number by number, or the reason why it can't be shown."""
    run = result.run
    try:
        assert isinstance(run.network, Network)  # a lesson trains nothing else
        first_points = result.points.take(np.arange(min(ROWS_OF_STEP, len(result.points))))
        step = one_step(run.network, run.recipe, first_points, run.initial)
    except SeparatrixError as reason:  # such as another optimiser than plain gradient descent
        return collapsed("One step, in numbers", f"<p>{escape(str(reason))}</p>")
    return collapsed(f"One step, in numbers: the first {len(first_points)} points", html_body(step))
