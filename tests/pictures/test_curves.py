"""The curves of a training."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes

import separatrix as sx
from separatrix.pictures._curves import MOST_DRAWN, compute_curve_data, compute_events
from separatrix.training.run import COLUMNS


def logged(run: sx.Run, **columns: np.ndarray) -> sx.Run:
    return replace(run, log=replace(run.log, **columns))


def stretched(run: sx.Run, rows: int) -> sx.Run:
    """The same run with so many logged epochs."""
    again = {name: np.resize(getattr(run.log, name), rows) for name in COLUMNS}
    return logged(run, **again | {"epoch": np.arange(1, rows + 1)})


def names(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def test_the_record_is_the_history(run: sx.Run) -> None:
    found = compute_curve_data(run)
    np.testing.assert_array_equal(found.epoch, run.log.epoch)
    np.testing.assert_array_equal(found.loss, run.log.loss)
    np.testing.assert_array_equal(found.accuracy, run.log.accuracy)
    np.testing.assert_array_equal(found.validation_accuracy, run.log.validation_accuracy)
    assert found.lr is None  # it is constant
    assert found.snapshots == (0, 100, 300)


def test_the_loss_is_logarithmic_and_the_accuracies_are_apart(run: sx.Run) -> None:
    upper, lower = sx.pictures.curves(run).axes
    assert upper.get_yscale() == "log"
    assert names(upper)[:2] == ["training loss", "validation loss"]
    assert names(lower) == ["training accuracy", "validation accuracy"]
    assert lower.get_ylim()[1] > 1


def test_the_first_full_accuracy_is_marked(run: sx.Run) -> None:
    first = int(run.log.epoch[run.log.accuracy == 1][0])
    assert [(event.epoch, event.what) for event in compute_events(run)] == [(first, "first 100%")]
    assert f"first 100%: epoch {first}" in names(sx.pictures.curves(run).axes[0])
    assert "snapshot" in names(sx.pictures.curves(run).axes[0])


def test_the_end_is_marked_where_it_came_early(points: sx.Points) -> None:
    network = sx.Network.parse("2-4-1")
    recipe = sx.Recipe(epochs=50, lr=1e30, loss="mse", log_every=1)
    lost = sx.train(sx.Network.parse("2-8-8-1"), recipe, points, engine="torch")
    assert compute_events(lost)[-1].what == "diverged"
    stopped = sx.train(network, sx.Recipe(epochs=5_000), points, engine="torch", on_progress=lambda _: False)
    assert compute_events(stopped)[-1].what == "stopped"
    for run in (lost, stopped):
        sx.pictures.curves(run).canvas.draw()


def test_a_rate_that_changes_has_a_panel_of_its_own(wide: sx.Run) -> None:
    panels = sx.pictures.curves(wide).axes
    assert [ax.get_ylabel() for ax in panels] == ["loss", "accuracy", "rate"]
    np.testing.assert_allclose(panels[2].lines[0].get_ydata(), wide.log.lr)


def test_columns_without_numbers_are_left_out(wide: sx.Run) -> None:
    found = compute_curve_data(wide)
    assert found.validation_loss is None
    assert found.validation_accuracy is None
    assert names(sx.pictures.curves(wide).axes[1]) == ["training accuracy"]


def test_numbers_that_are_not_finite_leave_a_gap(run: sx.Run) -> None:
    loss = run.log.loss.copy()
    loss[5], loss[6] = np.nan, np.inf
    found = compute_curve_data(logged(run, loss=loss))
    assert np.isnan(found.loss[5:7]).all()
    assert np.isfinite(np.delete(found.loss, [5, 6])).all()
    nothing = np.full(len(run.log), np.nan)
    sx.pictures.curves(logged(run, loss=nothing, accuracy=nothing)).canvas.draw()


@pytest.mark.parametrize(("value", "scale"), [(0.0, "linear"), (-1.0, "linear"), (0.5, "log")])
def test_losses_that_have_no_logarithm_are_drawn_as_they_are(wide: sx.Run, value: float, scale: str) -> None:
    figure = sx.pictures.curves(logged(wide, loss=np.full(len(wide.log), value)))
    figure.canvas.draw()
    assert figure.axes[0].get_yscale() == scale


def test_a_single_logged_epoch_is_a_point_that_is_seen(points: sx.Points) -> None:
    run = sx.train(sx.Network.parse("2-4-1"), sx.Recipe(epochs=3), points, engine="torch")
    assert len(run.log) == 1
    figure = sx.pictures.curves(run)
    figure.canvas.draw()
    assert figure.axes[0].lines[0].get_marker() == "o"
    assert [label.get_text() for label in figure.axes[-1].get_xticklabels()] == ["2", "3", "4"]


def test_an_empty_history_is_said(run: sx.Run) -> None:
    empty = replace(run, log=sx.History.joined([]), snapshots={})
    figure = sx.pictures.curves(empty)
    figure.canvas.draw()
    assert [ax.texts[0].get_text() for ax in figure.axes] == ["the history is empty"] * 2


def test_a_long_history_is_thinned_from_end_to_end(run: sx.Run) -> None:
    found = compute_curve_data(stretched(run, 50_000))
    assert len(found.epoch) == MOST_DRAWN
    assert (found.epoch[0], found.epoch[-1]) == (1, 50_000)


def test_the_title_says_how_it_ended(run: sx.Run) -> None:
    assert sx.pictures.curves(run).axes[0].get_title().startswith("2-4-4-1: converged after 300 epochs, loss ")


def test_a_logarithmic_axis_begins_with_the_first_epoch_that_is_marked(run: sx.Run) -> None:
    plain, log = sx.pictures.curves(run), sx.pictures.curves(run, log_epochs=True)
    assert plain.axes[-1].get_xscale() == "linear"
    for panel in log.axes:
        assert panel.get_xscale() == "log"
        assert panel.get_xlim() == (min(run.log.epoch), 300)
        (snapshots,) = [line for line in panel.lines if line.get_label() == "snapshot"]
        assert list(snapshots.get_xdata()) == [100, 300]  # epoch 0 has no logarithm
    log.canvas.draw()
    assert [text.get_text() for text in log.axes[-1].get_xticklabels() if text.get_text()]


def test_one_epoch_has_a_logarithmic_axis_too(points: sx.Points) -> None:
    run = sx.train(sx.Network.parse("2-3-1"), sx.Recipe(epochs=1), points, engine="torch")
    sx.pictures.curves(run, log_epochs=True).canvas.draw()
