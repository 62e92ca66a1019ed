"""The rule of verdicts, by hypothesis and by hand: intervals decide, nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.studies.claims._statements import Kind, Outcome, Statement, Verdict, bound, interval, verdict, written

ENDS = st.floats(-1, 1)


def statement(low: float, high: float, line: float = 0.0, above: bool = True) -> Statement:
    return Statement("any", Kind.POINTS, (low + high) / 2, low, high, line, above, 10)


@given(ENDS, ENDS, ENDS, st.booleans())
def test_a_statement_is_decided_only_if_its_whole_interval_lies_on_one_side(
    a: float, b: float, line: float, above: bool
) -> None:
    low, high = sorted((a, b))
    outcome = statement(low, high, line, above).outcome
    assert (outcome is Outcome.UNDECIDED) == (low <= line <= high)
    if low > line:
        assert outcome is (Outcome.SHOWN if above else Outcome.REFUTED)
    if high < line:
        assert outcome is (Outcome.REFUTED if above else Outcome.SHOWN)


SHOWN, REFUTED, OPEN = statement(0.1, 0.2), statement(-0.2, -0.1), statement(-0.1, 0.1)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([SHOWN, SHOWN], Verdict.HOLDS),
        ([SHOWN, REFUTED], Verdict.IN_PART),
        ([SHOWN, OPEN], Verdict.IN_PART),
        ([REFUTED, OPEN], Verdict.FAILS),
        ([REFUTED], Verdict.FAILS),
        ([OPEN, OPEN], Verdict.UNDECIDED),
    ],
)
def test_the_verdict_follows_from_the_outcomes(statements: list[Statement], expected: Verdict) -> None:
    assert verdict(statements) is expected
    assert verdict(statements[::-1]) is expected


def test_no_statements_have_no_verdict() -> None:
    with pytest.raises(sx.InvalidParameter, match="at least one statement"):
        verdict([])


def test_numbers_are_written_with_their_unit() -> None:
    share = Statement("any", Kind.SHARE, 0.999999, 0.99, 1.0, 0.95, True, 10)
    assert (written(share.value, share.kind), interval(share), bound(share)) == (
        "> 99.9%",
        "99.0–100.0%",
        "> 95%",
    )
    points = statement(-0.01, 0.02, 0.0, above=False)
    assert (written(points.value, points.kind), interval(points), bound(points)) == ("+0.5", "-1.0\xa0…\xa0+2.0", "< 0")
    times = Statement("any", Kind.TIMES, 1.5, 1.4, 1.6, 1.0, True, 10)
    assert (written(times.value, times.kind), interval(times), bound(times)) == ("1.50×", "1.40–1.60×", "> 1×")
