"""The folder that a lesson writes: what is in it, checked before training, written after, read back to go on."""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.album import ALBUM, FORMATS, Look, Picture, rendered
from separatrix.atomic import check_writable, write_atomically
from separatrix.errors import ModelFileError, OutputError
from separatrix.history import COLUMNS, History
from separatrix.lesson import Lesson, Source
from separatrix.network import Network
from separatrix.page import Shown
from separatrix.points_file import write_points
from separatrix.report import page
from separatrix.storage import load_run, save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from separatrix.run import Run

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

    def write_picture(self, picture: Picture, figure: Figure) -> Shown:
        """One picture as a file; the same, or PNG where browsers show no such format, for the report."""
        content = rendered(figure, self.picture_format)
        write_atomically(self.path / f"{picture.name}.{self.picture_format}", content, force=True)
        kind = self.picture_format
        if kind == "pdf":
            kind, content = "png", rendered(figure, "png")
        return Shown(picture.title, picture.caption, kind, content)

    def write_film(self, found: Lesson, look: Look) -> list[Shown]:
        """The boundary over the run's snapshots; none of a run without them, or where there is no plane to draw."""
        if not found.run.snapshots or found.points.n_inputs != 2:
            return []
        from separatrix.pictures import animation

        with np.errstate(over="ignore", invalid="ignore"):  # as in `drawn`
            path = animation(
                found.run, found.points, self.path / FILM, palette=look.palette, theme=look.theme, force=True
            )
        caption = "One frame a snapshot, from the first weights to the last."
        return [Shown("The border forms", caption, "gif", path.read_bytes())]

    def write_report(self, found: Lesson, shown: list[Shown]) -> Path:
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
        "fresh_accuracy": found.fresh_accuracy,
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
