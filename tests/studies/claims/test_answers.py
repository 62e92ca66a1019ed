"""Every claim has an answer whose statements, figures and words go together, in both languages."""

from __future__ import annotations

import re
from string import Formatter

import numpy as np
import pytest

from separatrix.studies.claims._statements import Outcome
from separatrix.studies.claims.answers import Answer, Measured, stability
from separatrix.studies.claims.english import Language
from separatrix.studies.claims.page import LANGUAGES, page, values

from .conftest import EPOCHS, ROUNDS

GIVEN = {"early", "middle", "late", "count"}


@pytest.mark.slow
def test_there_are_the_tutorials_seven_claims(answers: tuple[Answer, ...]) -> None:
    names = [answer.name for answer in answers]
    assert names == ["stability", "losses", "course", "figure", "overfitting", "rates", "activations"]


def test_rows_fit_their_heads(answers: tuple[Answer, ...]) -> None:
    for answer in answers:
        assert answer.statements
        assert {len(row) for row in answer.rows} == {len(answer.heads)}


def test_figures_are_those_of_the_studies(found: Measured) -> None:
    answer = stability(found)
    shares = found.studies["widths"].shares(["width"], epoch=EPOCHS[-1])
    three = shares.filter(shares["width"] == 3).row(0, named=True)
    assert (answer.statements[0].value, answer.statements[0].low) == pytest.approx((three["share"], three["low"]))
    assert answer.rows[1][0] == "2-3-3-1"
    assert answer.rows[1][-1].startswith(f"{100 * three['share']:.1f}%")


def test_no_seed_of_100_points_reads_9993(answers: tuple[Answer, ...]) -> None:
    reads = answers[3].statements[0]
    assert (reads.value, reads.low) == (0.0, 0.0)
    assert reads.outcome is not Outcome.SHOWN


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.file)
def test_words_name_only_what_there_is(language: Language, answers: tuple[Answer, ...]) -> None:
    assert set(language.claims) == {answer.name for answer in answers}
    for answer in answers:
        words = language.claims[answer.name]
        named = {field for _, field, _, _ in Formatter().parse(words.headline) if field}
        assert named <= set(values(answer.statements)) | GIVEN
        assert set(words.pictures) == set(answer.pictures)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.file)
def test_the_page_has_all_of_it(language: Language, answers: tuple[Answer, ...], found: Measured) -> None:
    paths = {name: f"claims/{name}.png" for answer in answers for name in answer.pictures}
    text = page(language, answers, found, "separatrix claims --out docs", paths)
    assert "separatrix claims --out docs" in text
    assert text.count("separatrix study") == 7
    assert text.count("](claims/") == len(paths)
    assert not re.search(r"\{[a-z_]+\}|nan", text)
    for answer in answers:
        assert language.verdicts[answer.verdict.value] in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in rows)


def test_the_two_languages_have_the_same_numbers(answers: tuple[Answer, ...], found: Measured) -> None:
    cells = []
    for language in LANGUAGES:
        text = page(language, answers, found, "command", {})
        tables = [line for line in text.splitlines() if re.match(r"\| .*\d.* \|", line)]
        cells.append([re.findall(r"\| ([-+<>]? ?[\d.]+ ?[%×µ]?s?) (?=\|)", line) for line in tables])
    assert cells[0] == cells[1]
    assert sum(len(row) for row in cells[0]) > 80


def test_both_engines_are_timed_in_turns(found: Measured) -> None:
    for times in (found.fused, found.torch):
        assert {len(seconds) for seconds in times.values()} == {ROUNDS}
        assert all(np.isfinite(seconds).all() and (seconds >= 0).all() for seconds in times.values())
