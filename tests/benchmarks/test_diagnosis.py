"""A slice of the planted failures: their causes are named, the advice works on fresh seeds, healthy trainings are silent."""

from __future__ import annotations

import pytest

from benchmarks.diagnosis import Case, healthy, outcome_of, planted

QUICK = [case for case in planted() + healthy() if case.quick]


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name)
def test_fault_52_findings_are_true_and_their_advice_was_tried(case: Case) -> None:
    outcome = outcome_of(case)
    assert outcome.named, outcome.findings
    assert outcome.works in (None, True), (outcome.findings, outcome.reached)


def test_there_are_enough_cases_of_every_kind() -> None:
    failures = planted()
    assert len(failures) >= 40
    assert len(healthy()) >= 20
    assert len({cause for case in failures for cause in case.causes}) >= 15
