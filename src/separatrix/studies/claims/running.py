"""Measuring all claims: the studies in their folders, the times, the pictures and the pages in both languages."""

from __future__ import annotations

from pathlib import Path

from separatrix.studies import _pages
from separatrix.studies._pages import OnProgress, measured_studies
from separatrix.studies.claims._plans import EPOCHS, SEEDS, SETTINGS, epoch_seconds, plan
from separatrix.studies.claims.answers import ANSWERS, Answer, Measured
from separatrix.studies.claims.page import LANGUAGES, page
from separatrix.support.atomic import write_atomically
from separatrix.support.constraints import Integer, Optional, Rule, check

FOLDER = "claims"  # of the pictures, beside the pages
TIMED = ("relu", "sigmoid", "tanh")


def measure(
    place: str | Path,
    *,
    seeds: int = SEEDS,
    epochs: tuple[int, int, int] = EPOCHS,
    workers: int | None = None,
    engine: str = "auto",
    on_progress: OnProgress | None = None,
) -> Measured | None:
    """Train what is missing of the studies, each of which has a folder of its own. A further call continues them.

    Args:
        place: the folder above those of the studies.
        seeds: number of seeds of each study. The study of large networks takes a quarter of them.
        epochs: the three checkpoints. Smaller ones than the tutorial's make a quick trial.
        workers: as in `run_study`.
        engine: "torch", "fused" or "auto".
        on_progress: called with the name of a study and its progress; return False to stop.

    Returns:
        The measurements, or None if the callback stopped them.

    Raises:
        InvalidParameter: a number is out of range.
        OutputError: a folder is in use, can't be written, or holds another study.
    """
    rules: dict[str, Rule] = {"seeds": Integer(8), "workers": Optional(Integer(1))}
    check("claims", {"seeds": seeds, "workers": workers}, rules)
    studies = {name: plan(name, seeds, epochs, engine) for name in SETTINGS}
    results = measured_studies(studies, place, workers=workers, on_progress=on_progress)
    if results is None:
        return None
    # timed after the studies, whose workers would slow them down
    return Measured(results, epoch_seconds("fused", TIMED), epoch_seconds("torch", TIMED))


def check_pages(out: str | Path, *, force: bool = False) -> None:
    """Check before the work that the pages can be written.

    Raises:
        OutputError: a page exists and `force` isn't given, or it can't be written.
    """
    _pages.check_pages(out, FOLDER, (language.file for language in LANGUAGES), force=force)


def write_claims(measured: Measured, out: str | Path, words: str, *, force: bool = False) -> tuple[Answer, ...]:
    """Write both pages and their pictures.

    Args:
        measured: the studies and times.
        out: the folder of the pages. The pictures go into its folder `claims`.
        words: the command that makes the pages, which they mention.
        force: whether to replace existing files.

    Returns:
        The answers to the claims.

    Raises:
        OutputError: a file exists and `force` isn't given, or can't be written.
    """
    # again, for callers that did not check before the studies
    check_pages(out, force=force)
    answers = tuple(answer(measured) for answer in ANSWERS)
    # pictures first: a page names only those that there are
    drawn = {name for answer in answers for name in answer.pictures if _write_picture(measured, name, Path(out), force)}
    for language in LANGUAGES:
        text = page(language, answers, measured, words, {name: f"{FOLDER}/{name}.png" for name in drawn})
        write_atomically(Path(out) / language.file, text, force=force)
    return answers


def _write_picture(measured: Measured, name: str, out: Path, force: bool) -> bool:
    """Draw a picture and write it. Returns False if the studies have nothing to show in it."""
    from separatrix.studies.claims._drawing import PICTURES

    return _pages.write_picture(PICTURES[name](measured), out / FOLDER / f"{name}.png", force=force)
