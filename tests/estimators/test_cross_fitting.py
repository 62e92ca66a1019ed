"""Cross-fitting: no row is judged by a network that was trained on it, and the threads don't matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.estimators._cross_fitting import LARGE, PARTS, CrossFitting, Fitted, _Course, _Held, cuts_of, log_losses
from separatrix.estimators.base_models import FAMILIES, Family, Schedule

POINTS = sx.moons(n=90, noise=0.2, seed=1)
SMALL = Family("small", "A small one.", "robust", (4,))
LINEAR = FAMILIES["linear"]


def fitting(**more: object) -> CrossFitting:
    settings: dict = {
        "y": POINTS.y, "weight": None, "cuts": cuts_of(POINTS.y, 5, 0), "schedule": Schedule(16, 20), "seed": 3,
        "threads": 2,
    } | more  # fmt: skip  # one call
    return CrossFitting(**settings)


def fit(made: CrossFitting, place: int = 0) -> Fitted | None:
    """A family alone."""
    return next(made.fit([(place, SMALL)], x()), None)


def x() -> np.ndarray:
    return POINTS.x.astype(np.float32)


@given(
    classes=st.tuples(st.integers(2, 40), st.integers(2, 40)),
    members=st.integers(1, 12),
    seed=st.integers(0, 2**64 - 1),
)
def test_every_member_holds_back_rows_of_both_classes_and_trains_on_the_others(
    classes: tuple[int, int], members: int, seed: int
) -> None:
    y = np.repeat([0, 1], classes)
    cuts = cuts_of(y, members, seed)
    assert len(cuts) == members
    for cut in cuts:
        assert sorted([*cut.trained, *cut.held]) == list(range(len(y)))
        assert set(y[cut.trained]) == set(y[cut.held]) == {0, 1}
    parts = min(PARTS, *classes)
    for first in range(0, members - parts + 1, parts):  # a round holds every row back once
        assert sorted(np.concatenate([cut.held for cut in cuts[first : first + parts]])) == list(range(len(y)))


def test_faults_17_a_class_with_a_single_row_is_trained_on_by_all() -> None:
    y = np.array([0] * 9 + [1])
    for cut in cuts_of(y, 3, 0):
        assert len(y[cut.trained]) == 10
        assert len(y[cut.held]) == 0


def test_of_many_rows_the_ends_are_held_back_and_no_copy_is_made() -> None:
    y = np.arange(LARGE) % 2
    first, second, third = cuts_of(y, 3, 0)
    rows = np.arange(LARGE)
    assert np.shares_memory(rows[first.trained], rows)
    assert rows[first.held][0] == 0
    assert rows[second.held][-1] == LARGE - 1
    assert not set(rows[first.held]) & set(rows[second.held])
    assert (third.trained, third.held) == (first.trained, first.held)
    for cut in (first, second):
        assert sorted([*rows[cut.trained], *rows[cut.held]]) == rows.tolist()


def test_rows_are_judged_by_the_member_that_did_not_see_them() -> None:
    made = fitting()
    found = fit(made)
    assert found is not None
    for cut, parameters in zip(made.cuts, found.parameters, strict=True):
        z = found.network.logit(parameters, x()[cut.held])
        np.testing.assert_allclose(found.held[cut.held], z, rtol=1e-6)


def test_a_label_never_reaches_its_own_judgement() -> None:
    """Turning a label round changes the logits of the other rows alone."""
    cuts = cuts_of(POINTS.y, 5, 0)
    turned = POINTS.y.copy()
    turned[7] = 1 - turned[7]
    (own,) = (cut.held for cut in cuts if 7 in cut.held)
    course = _Course(0, LINEAR, x(), _Held(LINEAR.moments, cuts, len(POINTS)))
    for k, cut in enumerate(cuts):
        made = (fitting(y=y, cuts=cuts)._member(course, k, LINEAR.moments) for y in (POINTS.y, turned))
        one, other = (each.logits for each in made if each is not None)
        assert np.array_equal(one, other) == (cut.held is own)


def test_the_moment_is_the_best_of_all_held_rows_together() -> None:
    found = fit(fitting())
    assert found is not None
    assert found.moment == np.argmin(found.losses)
    assert found.losses[found.moment] == pytest.approx(log_losses(found.held, POINTS.y, None))


def test_the_number_of_threads_changes_nothing() -> None:
    one, many = fit(fitting(threads=1)), fit(fitting(threads=3))
    assert one is not None
    assert many is not None
    assert one.parameters.tobytes() == many.parameters.tobytes()
    assert one.held.tobytes() == many.held.tobytes()


def test_families_together_are_what_they_are_alone_and_their_first_members_come_first() -> None:
    told: list[tuple[str, int]] = []
    other = replace(SMALL, name="other", activation="tanh")
    both = list(
        fitting(on_member=lambda family, done: told.append((family.name, done))).fit([(0, SMALL), (1, other)], x())
    )
    (alone,) = fitting().fit([(1, other)], x())
    assert [each.family.name for each in both] == ["small", "other"]
    assert both[1].parameters.tobytes() == alone.parameters.tobytes()
    assert both[1].held.tobytes() == alone.held.tobytes()
    first, further = (1, 2), (3, 4, 5)
    assert told == [(name, k) for part in (first, further) for name in ("small", "other") for k in part]


def test_families_and_members_draw_their_own_numbers() -> None:
    one, other = fit(fitting()), fit(fitting(), place=1)
    assert one is not None
    assert other is not None
    assert len({each.tobytes() for each in (*one.parameters, *other.parameters)}) == 10


def test_when_the_time_is_up_one_member_is_trained_all_the_same() -> None:
    made = fitting(deadline=0.0)
    found = fit(made)
    assert found is not None
    assert len(found.parameters) == 1
    assert np.isnan(found.held).sum() == len(POINTS) - len(made.cuts[0].held)
    assert fit(made, place=1) is None


def test_whoever_listens_may_end_it() -> None:
    told: list[tuple[str, int]] = []

    def heard(family: Family, done: int) -> bool:
        told.append((family.name, done))
        return False

    made = fitting(threads=1, on_member=heard)
    found = fit(made)
    assert found is not None
    assert told == [("small", 1)]
    assert made.is_over


def test_log_losses_count_weights() -> None:
    z = np.array([[0.0, 2.0], [1.0, -1.0]])
    y, weight = np.array([0, 1]), np.array([1.0, 3.0])
    expected = [(np.log(2) + 3 * np.log1p(np.exp(-2))) / 4, (np.log1p(np.e) + 3 * np.log1p(np.e)) / 4]
    np.testing.assert_allclose(log_losses(z, y, weight), expected)
    assert np.isnan(log_losses(np.zeros((2, 0)), np.zeros(0), None)).all()
