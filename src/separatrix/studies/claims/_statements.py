"""Statements that an interval decides, and the verdict on a claim made of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from separatrix.errors import InvalidParameter

TIED = "\N{NO-BREAK SPACE}"


class Outcome(StrEnum):
    """What an interval says about a statement.

    shown: all of the interval agrees with it.
    refuted: all of the interval contradicts it.
    undecided: the bound lies inside the interval; more seeds would tell.
    """

    SHOWN = "shown"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


class Verdict(StrEnum):
    """What its statements make of a claim."""

    HOLDS = "holds"
    IN_PART = "holds in part"
    FAILS = "does not hold"
    UNDECIDED = "undecided"


class Kind(StrEnum):
    """What a number is, which says how it is written."""

    SHARE = "share"
    POINTS = "points"
    TIMES = "times"


@dataclass(frozen=True)
class Statement:
    """A statement: a measured number lies above a bound, or below it.

    Attributes:
        name: of the statement; the words of each language go by it.
        kind: a share of seeds, a difference of shares, or a ratio.
        value: what was measured.
        low: lower end of its 95 % interval.
        high: upper end.
        bound: what it is held against.
        above: whether the statement says above; else below.
        seeds: how many seeds it rests on.

    Examples:
        >>> Statement("three", Kind.SHARE, 0.4, 0.37, 0.43, bound=0.95, above=False, seeds=1000).outcome.value
        'shown'
    """

    name: str
    kind: Kind
    value: float
    low: float
    high: float
    bound: float
    above: bool
    seeds: int

    @property
    def outcome(self) -> Outcome:
        """Decided by the interval alone: an end on the bound itself shows nothing."""
        over, under = self.low > self.bound, self.high < self.bound
        if over or under:
            return Outcome.SHOWN if over == self.above else Outcome.REFUTED
        return Outcome.UNDECIDED


def verdict(statements: Sequence[Statement]) -> Verdict:
    """All statements shown: the claim holds. Some: in part. None, and one refuted: it doesn't. Else undecided.

    Raises:
        InvalidParameter: no statements.

    Examples:
        >>> sure = Statement("a", Kind.SHARE, 0.9, 0.8, 0.95, bound=0.5, above=True, seeds=50)
        >>> open_ = Statement("b", Kind.SHARE, 0.5, 0.4, 0.6, bound=0.5, above=True, seeds=50)
        >>> verdict([sure]).value, verdict([sure, open_]).value, verdict([open_]).value
        ('holds', 'holds in part', 'undecided')
    """
    if not statements:
        raise InvalidParameter("verdict: expected at least one statement, got none.")
    outcomes = [statement.outcome for statement in statements]
    if all(outcome is Outcome.SHOWN for outcome in outcomes):
        return Verdict.HOLDS
    if Outcome.SHOWN in outcomes:
        return Verdict.IN_PART
    return Verdict.FAILS if Outcome.REFUTED in outcomes else Verdict.UNDECIDED


def written(value: float, kind: Kind) -> str:
    """A number as both languages write it.

    >>> written(0.374, Kind.SHARE), written(-0.0123, Kind.POINTS), written(1.5, Kind.TIMES)
    ('37.4 %', '-1.2', '1.50×')
    """
    from separatrix.evaluation.statistics.shares import percent

    return {
        Kind.SHARE: lambda: percent(value),
        Kind.POINTS: lambda: f"{100 * value:+.1f}",
        Kind.TIMES: lambda: f"{value:.2f}×",
    }[kind]()


def interval(statement: Statement) -> str:
    r"""Both ends, in one piece: a narrow column must not break a line before the unit.

    >>> interval(Statement("a", Kind.SHARE, 0.9, 0.8, 0.95, bound=0.5, above=True, seeds=50))
    '80.0–95.0\xa0%'
    """
    if statement.kind is Kind.SHARE:
        return f"{100 * statement.low:.1f}–{100 * statement.high:.1f}{TIED}%"
    if statement.kind is Kind.POINTS:
        return f"{100 * statement.low:+.1f}{TIED}…{TIED}{100 * statement.high:+.1f}"
    return f"{statement.low:.2f}–{statement.high:.2f}×"


def bound(statement: Statement) -> str:
    """What the number must be for the statement to be shown.

    >>> bound(Statement("a", Kind.SHARE, 0.9, 0.8, 0.95, bound=0.5, above=True, seeds=50))
    '> 50 %'
    """
    number = {
        Kind.SHARE: lambda: f"{100 * statement.bound:g} %",
        Kind.POINTS: lambda: f"{100 * statement.bound:g}",
        Kind.TIMES: lambda: f"{statement.bound:g}×",
    }[statement.kind]()
    return f"{'>' if statement.above else '<'} {number}"
