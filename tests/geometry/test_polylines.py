"""Segments that share ends become polylines."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from separatrix.geometry._polylines import bends, is_closed, joined, welded

GRAIN = 1e-8


def polygon(sides: int, radius: float = 1.0) -> np.ndarray:
    """The sides of a regular polygon, (sides, 2, 2)."""
    angle = 2 * np.pi * np.arange(sides + 1) / sides
    corners = radius * np.column_stack((np.cos(angle), np.sin(angle)))
    return np.stack((corners[:-1], corners[1:]), axis=1)


def test_points_within_the_grain_share_a_number_and_others_do_not() -> None:
    points = np.array([[0, 0], [1, 0], [1e-9, -1e-9], [1, 1e-7], [1 - 1e-9, 0]])
    number = welded(points, GRAIN)
    assert number[0] == number[2]
    assert number[1] == number[4]
    assert len(set(number.tolist())) == 3


def test_what_chained_two_points_may_belong_elsewhere() -> None:
    """Along x the second links the first and the third, which are apart; but it lies far up."""
    assert len(set(welded(np.array([[0, 0], [0.9, 5], [1.8, 0]]), 1.0).tolist())) == 3


def test_no_rounding_edge_tells_near_points_apart() -> None:
    edges = (np.arange(1000) + 0.5) * GRAIN * 1e3
    points = np.column_stack((np.repeat(edges, 2) + np.tile([-1e-12, 1e-12], 1000), np.zeros(2000)))
    number = welded(points, GRAIN)
    assert (number[::2] == number[1::2]).all()
    assert len(set(number.tolist())) == 1000


@given(st.permutations(range(7)), st.lists(st.booleans(), min_size=7, max_size=7))
def test_the_sides_of_a_polygon_in_any_order_and_direction_close_it(order: list[int], turned: list[bool]) -> None:
    sides = polygon(7)[list(order)]
    sides = np.where(np.array(turned)[:, None, None], sides[:, ::-1], sides)
    (line,) = joined(sides, GRAIN)
    assert is_closed(line, GRAIN)
    assert len(line) == 8
    np.testing.assert_allclose(np.linalg.norm(np.diff(line, axis=0), axis=1), np.linalg.norm(sides[0, 1] - sides[0, 0]))


@given(st.permutations(range(6)))
def test_an_open_line_is_one_line_from_end_to_end(order: list[int]) -> None:
    (line,) = joined(polygon(7)[:6][list(order)], GRAIN)
    assert not is_closed(line, GRAIN)
    assert len(line) == 7


def test_two_polygons_are_two_lines() -> None:
    lines = joined(np.concatenate([polygon(5), polygon(3, 0.2)]), GRAIN)
    assert sorted(len(line) for line in lines) == [4, 6]


def test_where_lines_cross_each_goes_straight_on() -> None:
    middle, ends = np.zeros(2), np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], float)
    lines = joined(np.stack((np.broadcast_to(middle, (4, 2)), ends), axis=1), GRAIN)
    assert sorted(len(line) for line in lines) == [3, 3]
    for line in lines:
        np.testing.assert_allclose(line[0], -line[-1])


def test_two_polygons_that_share_a_vertex_both_close_there() -> None:
    right = polygon(3) - polygon(3)[0, 0]
    lines = joined(np.concatenate([right, -right]), GRAIN)
    assert [len(line) for line in lines] == [4, 4]
    assert all(is_closed(line, GRAIN) for line in lines)


def test_nothing_gives_nothing_and_a_point_is_no_segment() -> None:
    assert joined(np.zeros((0, 2, 2)), GRAIN) == ()
    assert joined(np.zeros((1, 2, 2)), GRAIN) == ()


def test_a_line_bends_where_it_leaves_the_straight_way() -> None:
    line = np.array([[0, 0], [1, 0], [2, 0], [2, 1], [2, 3]], float)
    assert bends(line, GRAIN).tolist() == [False, False, True, False, False]


def test_a_closed_line_may_bend_where_it_begins_but_counts_it_once() -> None:
    square: Any = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
    assert bends(np.array(square, float), GRAIN).tolist() == [True, True, True, True, False]
    from_the_middle: Any = [[0.5, 0], [1, 0], [1, 1], [0, 1], [0, 0], [0.5, 0]]
    assert bends(np.array(from_the_middle, float), GRAIN).tolist() == [False, True, True, True, True, False]
