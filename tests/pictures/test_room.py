"""Nothing of a picture is cut: the labels of maps of one scale, and what stands beside long names of columns."""

import numpy as np
import polars
import pytest
from matplotlib.figure import Figure

import separatrix as sx

LONG = "the number of days since the last payment was due, or 0"


def is_within(figure: Figure) -> bool:
    """Whether all axes with their labels lie within the figure when it is drawn for the first time."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    boxes = [axes.get_tightbbox(renderer) for axes in figure.axes]
    width, height = figure.bbox.size
    return all(box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1 for box in boxes)


@pytest.mark.parametrize("shape", [0.5, 1.0, 1.4, 2.0, 2.8])
def test_the_labels_of_a_map_are_whole(shape: float) -> None:
    drawn = sx.circle(n=60, seed=0)
    points = sx.Points(drawn.x * np.float32([shape, 1]), drawn.y, sampler="circle")
    run = sx.train(sx.Network.parse("2-3-1"), sx.Recipe(epochs=1, seed=0), points)
    assert is_within(sx.pictures.exact_map(run, points))
    assert is_within(sx.pictures.points(points))
    assert is_within(sx.pictures.boundary(run, points))


@pytest.mark.parametrize("draw", [sx.pictures.beeswarm, sx.pictures.waterfall])
def test_long_names_of_columns_leave_room_for_the_label(draw) -> None:
    frame = polars.DataFrame({LONG: np.arange(9.0), f"{LONG}, too": np.arange(9.0)})
    values = np.random.default_rng(0).normal(size=(9, 2))
    explanation = sx.Explanation(frame, dict.fromkeys(frame.columns, "number"), 0.1, values, 0 * values, LONG, 16, True)
    assert is_within(draw(explanation))


@pytest.mark.parametrize("kind", ["lesson", "probability"])
def test_points_of_a_wide_range_lie_within_the_plane(kind: str) -> None:
    drawn = sx.circle(n=60, seed=0)
    points = sx.Points(drawn.x * np.float32(1e6), drawn.y)
    run = sx.train(sx.Network.parse("2-3-1"), sx.Recipe(epochs=1, seed=0), points)
    axes = sx.pictures.boundary(run, points, kind=kind).axes[0]
    for values, (low, high) in zip(points.x.T, (axes.get_xlim(), axes.get_ylim()), strict=True):
        room = 0.015 * np.ptp(values)
        assert low < values.min() - room
        assert values.max() + room < high
