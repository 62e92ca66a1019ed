"""Statements that their interval decides, and the verdict on a claim that consists of several of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from separatrix.errors import InvalidParameter

TIED = "\N{NO-BREAK SPACE}"


class Outcome(StrEnum):
    """What the interval says about a statement.

    shown: the whole interval agrees with the statement.
    refuted: the whole interval contradicts it.
    undecided: the bound lies inside the interval; more seeds would decide.
    """

    SHOWN = "shown"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


class Verdict(StrEnum):
    """The verdict on a claim, which follows from its statements."""

    HOLDS = "holds"
    IN_PART = "holds in part"
    FAILS = "does not hold"
    UNDECIDED = "undecided"


class Kind(StrEnum):
    """The kind of a number, which determines how it is written."""

    SHARE = "share"
    POINTS = "points"
    TIMES = "times"


@dataclass(frozen=True)
class Statement:
    """The statement that a measured number lies above a bound, or below it.

    Attributes:
        name: name of the statement, by which each language finds its words.
        kind: a share of seeds, a difference of shares, or a ratio.
        value: the measured number.
        low: lower end of its 95% interval.
        high: upper end of its 95% interval.
        bound: the bound that the number is compared with.
        above: whether the statement says "above"; otherwise it says "below".
        seeds: number of seeds that it rests on.

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
        """The outcome, decided by the interval alone. An interval that touches the bound shows nothing."""
        # strict on both sides, and NaN is neither: whatever has no interval stays undecided
        over, under = self.low > self.bound, self.high < self.bound
        if over or under:
            return Outcome.SHOWN if over == self.above else Outcome.REFUTED
        return Outcome.UNDECIDED


def verdict(statements: Sequence[Statement]) -> Verdict:
    """The verdict on a claim.

    The claim holds if all its statements are shown, and holds in part if some are. It does not hold if none is shown and at
    least one is refuted. Otherwise it is undecided.

    Raises:
        InvalidParameter: there are no statements.

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
    # even beside a refuted statement: a part of the claim is true
    if Outcome.SHOWN in outcomes:
        return Verdict.IN_PART
    return Verdict.FAILS if Outcome.REFUTED in outcomes else Verdict.UNDECIDED


def written(value: float, kind: Kind) -> str:
    """A number as it is written in both languages.

    >>> written(0.374, Kind.SHARE), written(-0.0123, Kind.POINTS), written(1.5, Kind.TIMES)
    ('37.4%', '-1.2', '1.50×')
    """
    from separatrix.evaluation.statistics.shares import percent

    # functions, so that only the text of one kind is made
    return {
        Kind.SHARE: lambda: percent(value),
        Kind.POINTS: lambda: f"{100 * value:+.1f}",
        Kind.TIMES: lambda: f"{value:.2f}×",
    }[kind]()


def interval(statement: Statement) -> str:
    r"""Both ends, in one piece: a narrow column must not break a line before the unit.

    >>> interval(Statement("a", Kind.SHARE, 0.9, 0.8, 0.95, bound=0.5, above=True, seeds=50))
    '80.0–95.0%'
    """
    if statement.kind is Kind.SHARE:
        return f"{100 * statement.low:.1f}–{100 * statement.high:.1f}%"
    if statement.kind is Kind.POINTS:
        # an ellipsis, as a dash before a minus sign would be misread
        return f"{100 * statement.low:+.1f}{TIED}…{TIED}{100 * statement.high:+.1f}"
    return f"{statement.low:.2f}–{statement.high:.2f}×"


def bound(statement: Statement) -> str:
    """The condition that the number must fulfil for the statement to be shown.

    >>> bound(Statement("a", Kind.SHARE, 0.9, 0.8, 0.95, bound=0.5, above=True, seeds=50))
    '> 50%'
    """
    number = {
        Kind.SHARE: lambda: f"{100 * statement.bound:g}%",
        Kind.POINTS: lambda: f"{100 * statement.bound:g}",
        Kind.TIMES: lambda: f"{statement.bound:g}×",
    }[statement.kind]()
    return f"{'>' if statement.above else '<'} {number}"
