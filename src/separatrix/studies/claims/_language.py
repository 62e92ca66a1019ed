"""The words of a page in one language. They hold no number and no verdict: both come from the measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The words of one claim.

    Attributes:
        claim: what the tutorial says, in a sentence.
        headline: one sentence with the figures; `{name}` is the written value of a statement.
        reading: how the claim is made measurable.
        figures: what the table shows.
        why: what explains it, whatever was measured: paragraphs.
        pictures: name -> caption.
    """

    claim: str
    headline: str
    reading: str
    figures: str
    why: tuple[str, ...]
    pictures: Mapping[str, str]


@dataclass(frozen=True)
class Language:
    """All words of a page.

    Attributes:
        file: the page's name.
        title: its heading.
        opening: paragraphs; `{command}` is the command that makes the page.
        short_heads: columns of the table of verdicts.
        rule_title: heading of the rule.
        rule: how a verdict is found.
        verdict_is: with `{}` for the verdict.
        verdicts: value of `Verdict` -> words.
        outcomes: value of `Outcome` -> words.
        part_heads: columns of the tables of statements.
        statements: name of a statement -> words; `{}` is what its name says after a colon.
        heads: name of a column -> words, likewise.
        cells: cells that are words.
        made_by: what stands above the commands.
        claims: name of a claim -> its words.
    """

    file: str
    title: str
    opening: tuple[str, ...]
    short_heads: tuple[str, ...]
    rule_title: str
    rule: tuple[str, ...]
    verdict_is: str
    verdicts: Mapping[str, str]
    outcomes: Mapping[str, str]
    part_heads: tuple[str, ...]
    statements: Mapping[str, str]
    heads: Mapping[str, str]
    cells: Mapping[str, str]
    made_by: str
    claims: Mapping[str, Words]
