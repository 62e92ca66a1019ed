"""Measuring the findings: the studies in their folders, the pictures, and the pages in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from separatrix.studies import _pages
from separatrix.studies._pages import OnProgress, measured_studies, table
from separatrix.studies.border_findings._plans import SEEDS, SETTINGS, command, plan
from separatrix.studies.border_findings.findings import Findings, findings
from separatrix.studies.border_findings.words import LANGUAGES, PICTURES, SECTIONS, STUDIES, PageWords
from separatrix.studies.results import Results
from separatrix.support.atomic import write_atomically
from separatrix.support.constraints import Integer, Optional, check

FOLDER = "borders"  # of the pictures, beside the pages


def measure(
    place: str | Path,
    *,
    seeds: int = SEEDS,
    shorter: int = 1,
    workers: int | None = None,
    on_progress: OnProgress | None = None,
) -> dict[str, Results] | None:
    """Train what is missing of the studies, each of which has a folder of its own. A further call continues them.

    Args:
        place: the folder above those of the studies.
        seeds: number of seeds of the first study; the others take a quarter of them.
        shorter: divides all epochs, for a quick trial.
        workers: as in `run_study`.
        on_progress: called with the name of a study and its progress; return False to stop.

    Returns:
        The results by name, or None if the callback stopped them.

    Raises:
        InvalidParameter: a number is out of range.
        OutputError: a folder is in use, can't be written, or holds another study.
    """
    check(
        "borders",
        {"seeds": seeds, "shorter": shorter, "workers": workers},
        {"seeds": Integer(8), "shorter": Integer(1), "workers": Optional(Integer(1))},
    )
    studies = {name: plan(name, seeds, shorter) for name in SETTINGS}
    return measured_studies(studies, place, workers=workers, on_progress=on_progress)


def check_pages(out: str | Path, *, force: bool = False) -> None:
    """Check before the work that the pages can be written.

    Raises:
        OutputError: a page exists and `force` isn't given, or it can't be written.
    """
    _pages.check_pages(out, FOLDER, (language.file for language in LANGUAGES), force=force)


def write_findings(
    studies: Mapping[str, Results],
    out: str | Path,
    words: str,
    seeds: int = SEEDS,
    shorter: int = 1,
    *,
    force: bool = False,
) -> Findings:
    """Write both pages and their pictures.

    Args:
        studies: what `measure` gave.
        out: the folder of the pages. The pictures go into its folder `borders`.
        words: the command that makes the pages, which they mention.
        seeds: as in `measure`, for the commands of the studies.
        shorter: likewise.
        force: whether to replace existing files.

    Raises:
        OutputError: a file exists and `force` isn't given, or can't be written.
    """
    from separatrix.studies.border_findings._drawing import PICTURES as DRAWINGS

    # again, for callers that did not check before the studies
    check_pages(out, force=force)
    results = findings(studies)
    # a quick trial may have no unsolved seed to draw
    drawn = {
        name
        for name, draw in DRAWINGS.items()
        if _pages.write_picture(draw(studies), Path(out) / FOLDER / f"{name}.png", force=force)
    }
    commands = {name: command(name, seeds, shorter) for name in SETTINGS}
    for language in LANGUAGES:
        text = page(language, results, words, commands, drawn)
        write_atomically(Path(out) / language.file, text, force=force)
    return results


def page(language: PageWords, results: Findings, words: str, commands: Mapping[str, str], drawn: set[str]) -> str:
    """The whole page in one language as Markdown.

    Args:
        language: its words.
        results: the figures.
        words: the command that makes the page.
        commands: name of a study -> the command that runs it.
        drawn: names of the pictures that there are.
    """
    values = {**results.values, "command": words}
    parts = [f"# {language.title}", *(paragraph.format(**values) for paragraph in language.opening)]
    for name in SECTIONS:
        section, figures = language.sections[name], results.tables[name]
        parts += [f"## {section.heading}", *(paragraph.format(**values) for paragraph in section.before)]
        heads = [language.heads[head] for head in figures.heads]
        parts.append(table(heads, [[language.cells.get(cell, cell) for cell in row] for row in figures.rows]))
        parts += [paragraph.format(**values) for paragraph in section.after]
        for picture in PICTURES.get(name, ()):
            if picture in drawn:
                caption = language.captions[picture]
                parts.append(f"![{caption}]({FOLDER}/{picture}.png)\n\n*{caption}*")
        parts += [language.made_by, "\n".join(["```sh", *(commands[study] for study in STUDIES[name]), "```"])]
    return "\n\n".join(parts) + "\n"
