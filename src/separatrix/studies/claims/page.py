"""The page of the claims as Markdown, in one language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from separatrix.studies._pages import table
from separatrix.studies.claims._chinese import CHINESE
from separatrix.studies.claims._plans import command
from separatrix.studies.claims._statements import Statement, bound, interval, written
from separatrix.studies.claims.answers import Answer, Measured
from separatrix.studies.claims.english import ENGLISH, Language

LANGUAGES = (ENGLISH, CHINESE)
SHOWN = 64  # seeds on a wall and in a fan


def page(
    language: Language, answers: Sequence[Answer], measured: Measured, words: str, pictures: Mapping[str, str]
) -> str:
    """The whole page.

    Args:
        language: the words of the page.
        answers: the answers in their order.
        measured: the studies and times that the answers come from.
        words: the command that makes the page.
        pictures: name -> path relative to the page. A picture that had nothing to show is missing here.
    """
    parts = [f"# {language.title}", *(paragraph.format(command=words) for paragraph in language.opening)]
    settings = _setting_texts(measured)
    parts += [_short(language, answers, settings), f"## {language.rule_title}", *language.rule]
    for number, answer in enumerate(answers, start=1):
        parts += _section(language, number, answer, measured, settings, pictures)
    return "\n\n".join(parts) + "\n"


def _setting_texts(measured: Measured) -> dict[str, str]:
    """The settings that the words may mention: the three checkpoints, and the number of seeds in a picture."""
    study = measured.studies["lesson"].study
    # three, as in the tutorial's claim about the course of the training
    early, middle, late = (f"{epoch:,}" for epoch in study.checkpoints)
    return {"early": early, "middle": middle, "late": late, "count": f"{min(SHOWN, len(study.seeds)):,}"}


def _short(language: Language, answers: Sequence[Answer], settings: Mapping[str, str]) -> str:
    """The table of the verdicts on all claims."""
    rows = [
        (
            f"{number}. {language.claims[answer.name].claim}",
            f"**{language.verdicts[answer.verdict.value]}**",
            _headline(language, answer, settings),
        )
        for number, answer in enumerate(answers, start=1)
    ]
    return table(language.short_heads, rows)


def _headline(language: Language, answer: Answer, settings: Mapping[str, str]) -> str:
    return language.claims[answer.name].headline.format(**settings, **values(answer.statements))


def values(parts: Sequence[Statement]) -> dict[str, str]:
    """The values that a headline may mention, by the name of their statement; several of one kind are numbered."""
    texts: dict[str, str] = {}
    counts: dict[str, int] = {}
    for part in parts:
        base = part.name.partition(":")[0]
        counts[base] = counts.get(base, 0) + 1
        text = written(part.value, part.kind)
        texts[f"{base}_{counts[base]}"] = text
        # the bare name is the first of its kind, for claims with a single one
        texts.setdefault(base, text)
    return texts


def _section(
    language: Language,
    number: int,
    answer: Answer,
    measured: Measured,
    settings: Mapping[str, str],
    pictures: Mapping[str, str],
) -> Iterator[str]:
    words = language.claims[answer.name]
    yield f"## {number}. {words.claim}"
    yield f"**{language.verdict_is.format(language.verdicts[answer.verdict.value])}** {_headline(language, answer, settings)}"
    yield words.reading.format(**settings)
    yield table(language.part_heads, [_statement(language, part) for part in answer.statements])
    yield words.figures.format(**settings)
    yield table([_named(language.heads, head) for head in answer.heads], [_cells(language, row) for row in answer.rows])
    yield from words.why
    for name in answer.pictures:
        # a quick trial may have nothing to show in a picture
        if name in pictures:
            caption = words.pictures[name].format(**settings)
            yield f"![{caption}]({pictures[name]})\n\n*{caption}*"
    yield language.made_by
    lines = [
        command(name, len(measured.studies[name].study.seeds), measured.studies[name].study.checkpoints, exact=True)
        for name in answer.studies
    ]
    yield "\n".join(["```sh", *lines, "```"])


def _statement(language: Language, part: Statement) -> tuple[str, ...]:
    return (
        _named(language.statements, part.name),
        bound(part),
        written(part.value, part.kind),
        interval(part),
        f"{part.seeds:,}",
        language.outcomes[part.outcome.value],
    )


def _named(words: Mapping[str, str], name: str) -> str:
    """The words of a name, filled in with what follows a colon in the name."""
    base, _, argument = name.partition(":")
    return words[base].format(argument)


def _cells(language: Language, row: Sequence[str]) -> list[str]:
    return [language.cells.get(cell, cell) for cell in row]
