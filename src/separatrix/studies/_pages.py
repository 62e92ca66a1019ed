"""Pages that are measured: the studies behind them, their pictures, and what stands on all of them."""

from __future__ import annotations

import io
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from separatrix.errors import OutputError
from separatrix.studies.plan import Study
from separatrix.studies.progress import StudyProgress
from separatrix.studies.results import Results
from separatrix.studies.running import run_study
from separatrix.support.atomic import check_writable, write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OnProgress = Callable[[str, StudyProgress], object]


def measured_studies(
    studies: Mapping[str, Study], place: str | Path, *, workers: int | None, on_progress: OnProgress | None
) -> dict[str, Results] | None:
    """Train what is missing of the studies, each of which has a folder of its own. A further call continues them.

    Args:
        studies: by name, which is that of the folder.
        place: the folder above those of the studies.
        workers: as in `run_study`.
        on_progress: called with the name of a study and its progress; return False to stop.

    Returns:
        The results by name, or None if the callback stopped them.

    Raises:
        OutputError: a folder is in use, can't be written, or holds another study.
    """
    results: dict[str, Results] = {}
    stopped = False
    for name, study in studies.items():
        # the default binds this turn's name; a closure would see the last one
        def tell(progress: StudyProgress, name: str = name) -> bool:
            nonlocal stopped
            stopped = on_progress is not None and on_progress(name, progress) is False
            return not stopped

        results[name] = run_study(study, Path(place) / name, workers=workers, on_progress=tell)
        if stopped:
            return None
    return results


def check_pages(out: str | Path, pictures: str, files: Iterable[str], *, force: bool) -> None:
    """Check before the work that the pages can be written, and create the folder of their pictures.

    Args:
        out: the folder of the pages.
        pictures: the name of the folder in it for the pictures.
        files: the names of the pages.
        force: whether to replace existing files.

    Raises:
        OutputError: a page exists and `force` isn't given, or it can't be written.
    """
    folder = Path(out, pictures)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"the folder {folder} can't be created: {reason}. Choose another with --out.") from error
    for file in files:
        check_writable(Path(out) / file, force=force)


def write_picture(figure: Figure | None, path: Path, *, force: bool) -> bool:
    """Write a picture as PNG. Returns False for None, where the studies have nothing to show in it.

    Args:
        figure: the picture, or None.
        path: the file to write.
        force: whether to replace an existing file.

    Raises:
        OutputError: the file exists and `force` isn't given, or it can't be written.
    """
    if figure is None:
        return False
    file = io.BytesIO()
    # without the version of Matplotlib, so that equal pictures are equal bytes
    figure.savefig(file, format="png", metadata={"Software": None})
    write_atomically(path, file.getvalue(), force=force)
    return True


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, whose columns but the first hold numbers or short words.

    >>> print(table(["a", "b"], [["1", "2"]]))
    | a | b |
    | --- | --- |
    | 1 | 2 |
    """
    # Markdown tells the heads from the cells by a row of dashes
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def study_command(settings: Mapping[str, Any], name: str) -> str:
    """The command that runs a study by itself, in a folder of this name.

    >>> study_command({"loss": ("bce", "mse"), "lr": 0.05, "borders": True}, "losses")
    'separatrix study --loss bce,mse --lr 0.05 --borders --out losses'
    """
    words = ["separatrix", "study"]
    for setting, value in settings.items():
        values = value if isinstance(value, tuple) else (value,)
        text = ",".join(f"{number:g}" if isinstance(number, float) else str(number) for number in values)
        # a switch has no value on the command line
        words += [f"--{setting.replace('_', '-')}", *([] if value is True else [text])]
    return shlex.join([*words, "--out", name])
