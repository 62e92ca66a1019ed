"""The one outer loop: chunks, logs, splits, stops, snapshots, resumes; whatever the engine."""

import tracemalloc
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from separatrix.data.points import Points
from separatrix.data.samplers import circle, gaussians, moons
from separatrix.engines.choose import ENGINES
from separatrix.errors import EngineRefusal, InvalidData, InvalidParameter, OutOfMemory, SeparatrixError
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.losses import LOSSES
from separatrix.networks.module_network import ModuleNetwork
from separatrix.networks.network import INITIALISATIONS, Network
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.recipe import Recipe
from separatrix.networks.schedules import SCHEDULES
from separatrix.support.seeds import stream_seed
from separatrix.training import loop
from separatrix.training.loop import train
from separatrix.training.run import COLUMNS, History, Status, ended

NETWORK = Network((2, 4, 3, 1))
POINTS = circle(n=60, seed=2)
EASY = gaussians(n=40, noise=0.1, distance=4, seed=1)
NUMBERS = [name for name in COLUMNS if name != "seconds"]


@pytest.fixture(params=["torch", "fused"])
def engine(request):
    if request.param not in ENGINES:
        pytest.skip(f"there is no {request.param} engine")
    return request.param


def fit(engine, recipe=None, points=POINTS, network=NETWORK, **given_):
    """Train; skipped where the engine says that it can't."""
    try:
        return train(network, recipe or Recipe(epochs=30), points, engine=engine, **given_)
    except EngineRefusal as refusal:
        pytest.skip(str(refusal))


def same(one, other, columns=NUMBERS):
    """Equal to the bit: parameters, history, snapshots, status."""
    assert one.parameters.tobytes() == other.parameters.tobytes()
    assert (one.status, one.epochs, one.loss, one.accuracy) == (other.status, other.epochs, other.loss, other.accuracy)
    for name in columns:
        assert getattr(one.log, name).tobytes() == getattr(other.log, name).tobytes(), name
    assert one.snapshots.keys() == other.snapshots.keys()
    for epoch, parameters in one.snapshots.items():
        assert parameters.tobytes() == other.snapshots[epoch].tobytes()


def stop_at(epoch):
    """A callback that stops at the first look at or after this epoch."""
    return lambda moment: moment.epoch < epoch


# What comes out.


def test_a_run_says_what_was_done(engine):
    run = fit(engine, Recipe(epochs=25, log_every=10, seed=3), validation=moons(n=20, seed=1))
    assert (run.epochs, run.engine) == (25, engine)
    assert run.log.epoch.tolist() == [10, 20, 25]
    assert run.parameters.dtype == run.initial.dtype == np.float32
    assert run.initial.tobytes() == NETWORK.initialise(stream_seed(3, "initial")).tobytes()
    assert 0 <= run.validation_accuracy <= 1
    assert run.seconds > 0
    assert run.versions["numpy"] == np.__version__
    assert (np.diff(run.log.seconds) >= 0).all()
    assert run.log.seconds[-1] <= run.seconds


def test_without_held_out_rows_there_is_no_held_accuracy(engine):
    assert fit(engine).validation_accuracy is None


@pytest.mark.parametrize("log_every", [1, 3, 7, 30, 1000])
def test_rows_are_logged_every_so_many_epochs_and_at_the_last(engine, log_every):
    run = fit(engine, Recipe(epochs=30, log_every=log_every))
    assert run.log.epoch.tolist() == sorted({*range(log_every, 31, log_every), 30})


@pytest.mark.parametrize("schedule", list(SCHEDULES))
def test_the_logged_rate_is_the_schedules(engine, schedule):
    recipe = Recipe(epochs=20, log_every=1, schedule=schedule, lr=0.1)
    assert fit(engine, recipe).log.lr.tolist() == SCHEDULES[schedule].rates(0, 20, recipe).tolist()


def test_a_logged_loss_is_the_one_before_the_epochs_step(engine):
    recipe = Recipe(epochs=6, log_every=1, snapshots=range(7), dtype="float64", l2=0.1)
    run = fit(engine, recipe, validation=moons(n=20, seed=1))
    for epoch in range(1, 7):
        before = fit(engine, recipe.replace(epochs=1, snapshots=()), initial=run.snapshots[epoch - 1])
        assert run.log.loss[epoch - 1] == pytest.approx(before.log.loss[0], rel=1e-12)
    assert run.loss < run.log.loss[-1]


@given(
    engine=st.sampled_from(["torch", "fused"]),
    snapshots=st.sets(st.integers(0, 30)),
    log_every=st.integers(1, 31),
    optimizer=st.sampled_from(["sgd", "adam", "lbfgs"]),
    batched=st.booleans(),
    patience=st.none() | st.integers(1, 4),
    most=st.integers(1, 40),
)
@settings(max_examples=25, deadline=None)
def test_snapshots_are_the_parameters_at_that_epoch_and_change_nothing_else(
    engine, snapshots, log_every, optimizer, batched, patience, most
):
    recipe = Recipe(
        epochs=30, log_every=log_every, optimizer=optimizer, lr=0.5, patience=patience,
        batch_size=16 if batched and optimizer != "lbfgs" else None,
    )  # fmt: skip  # what is logged and done, then in which steps
    validation = moons(n=20, seed=1)
    plain = fit(engine, recipe, validation=validation)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "KEPT_NUMBERS", most * NETWORK.n_parameters)  # so many rows in one call of the engine
        run = fit(engine, recipe.replace(snapshots=tuple(snapshots)), validation=validation)
    same(replace(run, snapshots={}), plain)
    assert set(run.snapshots) == {epoch for epoch in snapshots if epoch <= run.epochs}
    every = fit(engine, recipe.replace(snapshots=range(31), patience=None), validation=validation).snapshots
    for epoch, parameters in run.snapshots.items():
        assert parameters.tobytes() == every[epoch].tobytes()
        if epoch == run.epochs and patience is None:
            assert parameters.tobytes() == run.parameters.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_everything_is_in_the_recipes_dtype(engine, dtype):
    run = fit(engine, Recipe(epochs=3, dtype=dtype, snapshots=(1,)))
    assert run.parameters.dtype == run.initial.dtype == run.snapshots[1].dtype == dtype


def test_a_recipe_and_seed_give_the_same_bits_again_and_another_seed_others(engine):
    recipe = Recipe(epochs=30, batch_size=16, validation_fraction=0.2)
    one, again, other = fit(engine, recipe), fit(engine, recipe), fit(engine, recipe.replace(seed=1))
    same(one, again)
    assert one.parameters.tobytes() != other.parameters.tobytes()


@pytest.mark.parametrize("settings_", [{}, {"batch_size": 16}, {"optimizer": "lbfgs"}])
def test_threads_do_not_change_the_bits(engine, settings_):
    same(*(fit(engine, Recipe(epochs=10, **settings_), threads=threads) for threads in (1, 2)))


def test_training_leaves_global_streams_and_threads_as_they_were(engine):
    torch_stream, numpy_stream = torch.get_rng_state(), np.random.get_state()[1].copy()
    threads = torch.get_num_threads()
    fit(engine, Recipe(epochs=5, batch_size=7, validation_fraction=0.3))
    assert torch.equal(torch.get_rng_state(), torch_stream)
    assert (np.random.get_state()[1] == numpy_stream).all()
    assert torch.get_num_threads() == threads


def test_the_given_arrays_are_left_alone(engine):
    initial, weight = NETWORK.initialise(0), np.arange(60.0)
    initial.flags.writeable = weight.flags.writeable = False
    run = fit(engine, initial=initial, sample_weight=weight)
    assert (run.initial == initial).all()
    assert (run.parameters != initial).any()


# Chunks don't matter.


@pytest.mark.parametrize(
    "settings_",
    [
        {},
        {"batch_size": 7},
        {"optimizer": "adam", "schedule": "one_cycle", "batch_size": 20},
        {"optimizer": "lbfgs"},
        {"validation_fraction": 0.3, "patience": 2, "lr": 2.0},
        {"solved_below": 0.5, "lr": 0.5},
    ],
)
@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_the_size_of_the_chunks_does_not_change_the_bits(engine, monkeypatch, settings_, chunk):
    recipe = Recipe(epochs=40, log_every=4, snapshots=(0, 5, 40), **settings_)
    points = EASY if "solved_below" in settings_ else POINTS
    usual = fit(engine, recipe, points)
    monkeypatch.setattr(loop._Training, "_fit_chunk", lambda self, elapsed: setattr(self, "chunk", chunk))
    same(usual, fit(engine, recipe, points))


def test_order_drawn_in_small_pieces_gives_the_same_bits(engine, monkeypatch):
    recipe = Recipe(epochs=12, batch_size=7)
    whole = fit(engine, recipe)
    monkeypatch.setattr(loop, "ORDER_CELLS", 100)
    same(whole, fit(engine, recipe))


# Weights.


@pytest.mark.parametrize(
    "settings_", [{}, {"batch_size": 7}, {"validation_fraction": 0.25}, {"loss": "mse", "optimizer": "adam", "l2": 0.1}]
)
def test_fault_18_a_zero_weight_removes_the_row_exactly(engine, settings_):
    recipe, weight = Recipe(epochs=20, log_every=5, **settings_), np.arange(60) % 4 > 0
    same(fit(engine, recipe, sample_weight=weight), fit(engine, recipe, POINTS.take(weight)))
    uneven = weight * np.arange(1, 61)
    same(
        fit(engine, recipe, sample_weight=uneven),
        fit(engine, recipe, POINTS.take(weight), sample_weight=uneven[uneven > 0]),
    )


def test_fault_18_weights_of_one_are_no_weights(engine):
    same(fit(engine), fit(engine, sample_weight=np.full(60, 0.7)))


@pytest.mark.parametrize("weight", [np.full(60, -1.0), np.full(60, np.nan), np.zeros(60), np.ones(59)])
def test_fault_18_bad_weights_are_refused(weight):
    with pytest.raises(InvalidData, match=r"sample_weight"):
        train(NETWORK, Recipe(), POINTS, engine="torch", sample_weight=weight)


def test_penalties_shrink_the_weights_and_not_the_biases(engine):
    free = fit(engine, Recipe(epochs=200, lr=0.2))
    validation = fit(engine, Recipe(epochs=200, lr=0.2, l2=0.5))
    size = [np.abs(run.parameters[NETWORK.is_weight]).sum() for run in (free, validation)]
    assert size[1] < size[0] / 2


# How it ends.


def history(epochs, losses):
    columns = {name: np.zeros(len(epochs)) for name in COLUMNS}
    return History(**columns | {"epoch": np.asarray(epochs), "loss": np.asarray(losses, float)})


@pytest.mark.parametrize(
    ("losses", "accuracy", "status"),
    [
        ([1.0, 0.5, 0.4, 0.3], 1.0, Status.CONVERGED),
        ([1.0, 0.5, 0.5, 0.4999], 0.9, Status.STUCK),
        ([1.0, 0.5, 0.5, 0.51], 0.9, Status.STUCK),
        ([1.0, 0.5, 0.5, 0.49], 0.9, Status.STOPPED),
    ],
)
def test_all_epochs_done_is_converged_stuck_or_stopped_by_accuracy_and_the_last_tenth(losses, accuracy, status):
    assert ended(history([10, 20, 95, 100], losses), accuracy, 100) is status


def test_one_late_row_says_nothing_about_a_plateau():
    assert ended(history([10, 100], [0.5, 0.5]), 0.9, 100) is Status.STOPPED
    assert ended(history([], []), 0.9, 100) is Status.STOPPED


def test_an_easy_training_converges_and_a_hopeless_one_is_stuck(engine):
    assert fit(engine, Recipe(epochs=60, lr=0.5), EASY).status == "converged"
    assert fit(engine, Recipe(epochs=100), network=Network((2, 4, 1), init="zeros")).status == "stuck"


@pytest.mark.parametrize(
    "settings_", [{}, {"batch_size": 16}, {"optimizer": "adam"}, {"loss": "mse"}, {"loss": "hinge"}]
)
def test_fault_21_a_divergence_keeps_the_last_finite_parameters(engine, settings_):
    recipe = Recipe(**{"loss": "bce_with_logits"} | settings_, lr=1e37, epochs=50, log_every=1)
    run = fit(engine, recipe, network=Network((2, 8, 8, 1)))
    assert run.status == "diverged"
    assert run.epochs < 50
    assert np.isfinite(run.parameters).all()
    assert np.isfinite(run.log.loss).all()
    assert len(run.log) == run.epochs
    assert run.checkpoint is None
    with pytest.raises(InvalidData, match=r"cannot be resumed: it diverged"):
        fit(engine, recipe, network=Network((2, 8, 8, 1)), resume=run)


def test_fault_21_a_loss_broken_by_the_very_last_step_is_a_divergence(engine):
    network = Network((2, 8, 8, 1))
    recipe = Recipe(loss="bce_with_logits", lr=1e30, epochs=50, log_every=1)
    long = fit(engine, recipe, network=network)
    assert long.status == "diverged"
    short = fit(engine, recipe.replace(epochs=long.epochs), network=network)
    assert np.isfinite(short.parameters).all()
    assert short.status == "diverged" or np.isfinite(short.loss)


# Early stopping.


def test_solved_below_stops_at_the_first_solved_row_and_equals_a_run_of_that_length(engine):
    recipe = Recipe(epochs=400, log_every=3, lr=0.1)
    whole = fit(engine, recipe, EASY)
    rows = np.flatnonzero((whole.log.accuracy == 1) & (whole.log.loss < 0.2))
    first = int(whole.log.epoch[rows[0]])
    assert 3 < first < 400
    solved = fit(engine, recipe.replace(solved_below=0.2), EASY)
    assert (solved.status, solved.epochs, solved.log.epoch[-1]) == ("converged", first, first)
    assert solved.parameters.tobytes() == fit(engine, recipe.replace(epochs=first), EASY).parameters.tobytes()


def test_solved_below_with_batches_equals_a_run_of_that_length(engine):
    recipe = Recipe(epochs=200, log_every=2, lr=0.1, batch_size=9)
    solved = fit(engine, recipe.replace(solved_below=0.1), EASY)
    assert solved.status == "converged"
    assert solved.epochs < 200
    assert solved.parameters.tobytes() == fit(engine, recipe.replace(epochs=solved.epochs), EASY).parameters.tobytes()


def test_a_solved_epoch_counts_even_if_the_next_ones_diverge(engine):
    recipe = Recipe(
        loss="bce_with_logits",
        epochs=200,
        log_every=1,
        lr=0.5,
        schedule="step",
        step_size=30,
        step_gamma=1e38,
        solved_below=0.3,
    )
    points = Points(np.array([[-1.0, -1.0], [1.0, 1.0], [-2.0, 0.5]]), [0, 1, 0])
    run = fit(engine, recipe, points, Network((2, 1)))
    assert (run.status, run.loss < 0.3) == ("converged", True)
    assert run.epochs < 30


def test_patience_stops_and_returns_the_best_parameters_seen(engine):
    recipe = Recipe(
        epochs=400, log_every=5, lr=1.0, patience=3, validation_fraction=0.3, snapshots=range(0, 401, 5), l2=0.001
    )
    run = fit(engine, recipe, circle(n=60, seed=2, noise=0.3), Network((2, 8, 1), "tanh"))
    assert run.status == "converged"
    best = int(np.argmin(run.log.validation_loss))
    assert run.epochs == run.log.epoch[best] + 3 * 5
    assert run.parameters.tobytes() == run.snapshots[int(run.log.epoch[best])].tobytes()
    assert run.checkpoint.parameters.tobytes() == run.snapshots[run.epochs].tobytes()
    assert run.validation_accuracy == run.log.validation_accuracy[best]


@pytest.mark.parametrize("min_delta", [0.0, 0.002])
@pytest.mark.parametrize("log_every", [1, 4])
def test_patience_finds_the_same_epoch_however_often_the_loop_looks(engine, log_every, min_delta):
    recipe = Recipe(
        epochs=120, log_every=log_every, lr=0.1, optimizer="adam", batch_size=16, patience=6, min_delta=min_delta
    )
    points, validation = circle(n=60, seed=2, noise=0.3), circle(n=60, seed=3, noise=0.3)
    seldom = fit(engine, recipe, points, Network((2, 8, 1), "tanh"), validation=validation)
    often = fit(
        engine,
        recipe,
        points,
        Network((2, 8, 1), "tanh"),
        validation=validation,
        look_every=1,
        on_progress=lambda moment: None,
    )
    same(seldom, often)
    assert seldom.status == "converged"
    assert seldom.epochs < 120
    assert seldom.checkpoint.best.tobytes() == often.checkpoint.best.tobytes() == seldom.parameters.tobytes()
    lowest, waited = np.inf, 0
    for loss in seldom.log.validation_loss:  # by hand
        lowest, waited = (loss, 0) if loss < lowest - min_delta else (lowest, waited + 1)
    assert (seldom.checkpoint.best_loss, waited) == (lowest, 6)


def test_min_delta_asks_for_more_than_a_little(engine):
    recipe = Recipe(epochs=300, log_every=5, lr=0.01, patience=2, validation_fraction=0.3)
    assert fit(engine, recipe.replace(min_delta=10.0)).epochs == 15
    assert fit(engine, recipe, EASY).epochs == 300


def test_patience_without_a_stop_still_returns_the_best(engine):
    recipe = Recipe(epochs=20, log_every=5, patience=100, snapshots=range(0, 21, 5))
    run = fit(engine, recipe, validation=moons(n=30, seed=4))
    best = int(run.log.epoch[np.argmin(run.log.validation_loss)])
    assert run.parameters.tobytes() == run.snapshots[best].tobytes()


# Snapshots.


def test_snapshots_are_the_parameters_after_their_epochs(engine):
    recipe = Recipe(epochs=12, snapshots=(0, 1, 7, 12), batch_size=16)
    run = fit(engine, recipe)
    assert list(run.snapshots) == [0, 1, 7, 12]
    assert run.snapshots[0].tobytes() == run.initial.tobytes()
    assert run.snapshots[12].tobytes() == run.parameters.tobytes()
    for epoch in (1, 7):
        shorter = fit(engine, recipe.replace(epochs=epoch, snapshots=()))
        assert run.snapshots[epoch].tobytes() == shorter.parameters.tobytes()


# Progress, stopping and going on.


def test_progress_is_told_in_order_with_all_rows_once(engine):
    moments = []
    run = fit(engine, Recipe(epochs=30, log_every=4), on_progress=moments.append, look_every=3)
    assert [moment.epoch for moment in moments] == list(range(3, 31, 3))
    assert moments[-1].epochs == 30
    assert History.joined([moment.rows for moment in moments]).epoch.tolist() == run.log.epoch.tolist()
    assert moments[0].loss is None
    assert moments[-1].loss == run.log.loss[-1]
    assert moments[-1].accuracy == run.log.accuracy[-1]
    assert np.isnan(moments[-1].validation_accuracy)


RESUMED = [
    {},
    {"batch_size": 7},
    {"optimizer": "adam", "batch_size": 20, "schedule": "cosine"},
    {"optimizer": "rmsprop", "momentum": 0.5},
    {"momentum": 0.9, "nesterov": True},
    {"optimizer": "adagrad", "dtype": "float64"},
    {"optimizer": "lbfgs"},
    {"validation_fraction": 0.3, "patience": 3, "lr": 1.0},
    {"solved_below": 1e-9},
]


@pytest.mark.parametrize("cut", [1, 2, 11, 12, 23])
@pytest.mark.parametrize("settings_", RESUMED)
def test_fault_25_a_stopped_run_goes_on_with_the_same_bits(engine, settings_, cut):
    recipe = Recipe(epochs=24, log_every=4, snapshots=(cut,), **settings_)
    whole = fit(engine, recipe)
    stopped = fit(engine, recipe, on_progress=stop_at(cut), look_every=cut)
    if whole.epochs > cut:
        assert (stopped.status, stopped.epochs) == ("stopped", cut)
        assert stopped.log.epoch.tolist() == [epoch for epoch in whole.log.epoch if epoch <= cut]
    same(whole, fit(engine, recipe, resume=stopped))


def test_fault_25_a_run_cut_many_times_goes_on_with_the_same_bits(engine):
    recipe = Recipe(epochs=20, batch_size=9, optimizer="adam", snapshots=range(21))
    run = fit(engine, recipe, on_progress=stop_at(1), look_every=1)
    for cut in (4, 5, 13, 20):
        run = fit(engine, recipe, resume=run, on_progress=stop_at(cut), look_every=1)
        assert run.epochs == cut
    same(fit(engine, recipe), run)
    assert run.seconds >= run.log.seconds[-1] > 0


def test_a_finished_run_goes_on_to_more_epochs(engine):
    short, whole = (fit(engine, Recipe(epochs=epochs, batch_size=9)) for epochs in (20, 50))
    longer = fit(engine, Recipe(epochs=50, batch_size=9), resume=short)
    same(whole, longer)


@pytest.mark.parametrize(
    "settings_", [{"solved_below": 0.2, "lr": 0.5}, {"patience": 2, "min_delta": 9.0, "validation_fraction": 0.3}]
)
def test_a_run_that_was_over_stays_over(engine, settings_):
    recipe = Recipe(epochs=200, log_every=3, **settings_)
    run = fit(engine, recipe, EASY)
    assert run.epochs < 200
    same(run, fit(engine, recipe, EASY, resume=run))


def test_fault_25_going_on_otherwise_warns_of_what_differs(engine):
    run = fit(engine, Recipe(epochs=6, schedule="cosine"))
    with pytest.warns(UserWarning, match=r"lr 0.05 → 0.1, epochs 6 → 9") as caught:
        fit(engine, Recipe(epochs=9, schedule="cosine", lr=0.1), resume=run)
    assert caught[0].filename == __file__
    older = replace(run, versions={**run.versions, "numpy": "0.0"})
    with pytest.warns(UserWarning, match=r"numpy 0.0 → "):
        fit(engine, Recipe(epochs=6, schedule="cosine"), resume=older)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(engine, Recipe(epochs=6, schedule="cosine", log_every=2), resume=run)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"optimizer": "adam"}, "optimizer must be 'sgd', as in the run to resume, got 'adam'"),
        ({"dtype": "float64"}, "data|dtype|points"),
        ({"epochs": 3}, "epochs must be at least 6"),
    ],
)
def test_going_on_by_an_incompatible_recipe_is_refused(engine, change, says):
    recipe = Recipe(epochs=6)
    run = fit(engine, recipe)
    with pytest.raises(SeparatrixError, match=says):
        fit(engine, recipe.replace(**change), resume=run)


def test_fault_08_going_on_with_another_network_or_other_points_is_refused(engine):
    run = fit(engine, Recipe(epochs=6))
    with pytest.raises(InvalidData, match=r"the run to resume is of"):
        fit(engine, Recipe(epochs=9), network=Network((2, 4, 4, 1)), resume=run)
    with pytest.raises(InvalidData, match=r"differ from those of the run to resume"):
        fit(engine, Recipe(epochs=9), points=circle(n=60, seed=3), resume=run)
    with pytest.raises(InvalidData, match=r"differ from those of the run to resume"):
        fit(engine, Recipe(epochs=9), sample_weight=np.arange(60.0), resume=run)


# What is refused.


@pytest.mark.parametrize("threads", [0, -1, 1.0, True, None, "2"])
def test_fault_19_bad_threads_are_refused(threads):
    with pytest.raises(InvalidParameter, match=r"train: threads must be a whole number of at least 1"):
        train(NETWORK, Recipe(), POINTS, engine="torch", threads=threads)


def test_fault_19_what_is_no_recipe_is_refused():
    with pytest.raises(InvalidParameter, match=r"train: recipe must be a Recipe, got"):
        train(NETWORK, {"epochs": 3}, POINTS)


@pytest.mark.parametrize(
    ("initial", "says"),
    [
        (np.zeros(3), r"shape \(3,\)"),
        (np.zeros((1, 31)), r"shape \(1, 31\)"),
        (np.full(31, np.nan), "finite"),
        (np.full(31, 1e39), "finite in float32"),
        (["a"] * 31, "parameters of 2-4-3-1"),
        (3.0, r"shape \(\)"),
    ],
)
def test_fault_11_bad_initial_parameters_are_refused(initial, says):
    with pytest.raises(InvalidData, match=rf"initial must be .*{says}"):
        train(NETWORK, Recipe(epochs=1), POINTS, engine="torch", initial=initial)


def test_fault_15_one_class_only_is_refused():
    with pytest.raises(InvalidData, match=r"both classes"):
        train(NETWORK, Recipe(), Points(POINTS.x, np.zeros(60)), engine="torch")


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e39, 1e200])
def test_fault_11_inputs_that_do_not_fit_are_refused(value):
    x = POINTS.x.astype(np.float64)
    x[2, 1] = value
    with pytest.raises(InvalidData, match=r"x "):
        train(NETWORK, Recipe(), Points(x, POINTS.y), engine="torch")


@pytest.mark.parametrize("scale", [1e-320, 1e-45, 1e30, 3e38, 1e100, 1e200])
def test_fault_11_any_magnitude_trains_to_finite_numbers_or_diverges(engine, scale):
    for dtype in ("float32", "float64"):
        points = Points(np.clip(POINTS.x, -1, 1).astype(np.float64) * scale, POINTS.y)
        if scale > 1e39 and dtype == "float32":
            continue
        run = fit(engine, Recipe(epochs=20, dtype=dtype), points)
        assert run.status == "diverged" or np.isfinite(run.loss)
        assert np.isfinite(run.parameters).all()
        assert np.isfinite(run.log.loss).all()


@pytest.mark.parametrize(
    "x",
    [
        np.asfortranarray(POINTS.x),
        np.repeat(POINTS.x, 3, axis=0)[::3],
        POINTS.x.astype(object),
        POINTS.x.tolist(),
        POINTS.x.astype(np.float64),
    ],
)
def test_fault_13_any_layout_of_the_same_numbers_trains_to_the_same_bits(x):
    same(fit("torch"), fit("torch", points=Points(x, POINTS.y)))


def test_fault_23_too_many_parameters_for_the_memory_is_a_typed_error(monkeypatch):
    def full(*given_):
        raise MemoryError("no more")

    monkeypatch.setattr(Network, "initialise", full)
    with pytest.raises(OutOfMemory, match=r"training 2-4-3-1 on 60 rows doesn't fit into memory: no more"):
        train(NETWORK, Recipe(epochs=1), POINTS, engine="torch")


def test_an_error_in_the_callback_comes_through(engine):
    def broken(moment):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match=r"mine"):
        fit(engine, on_progress=broken)


def test_a_users_module_goes_on_by_the_same_module():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    recipe = Recipe(loss="bce_with_logits", epochs=10)
    whole = fit("torch", recipe, network=module)
    cut = fit("torch", recipe, network=module, on_progress=stop_at(4), look_every=4)
    assert cut.epochs == 4
    same(whole, fit("torch", recipe, network=module, resume=cut))
    with pytest.raises(InvalidData, match=r"ModuleNetwork\(Sequential, gives='logit'\)"):
        fit("torch", recipe, network=ModuleNetwork(nn.Linear(2, 1), "logit"), resume=cut)


# Anything that is allowed.


@st.composite
def described(draw):
    loss, optimizer = draw(st.sampled_from(list(LOSSES))), draw(st.sampled_from(list(OPTIMIZERS)))
    hidden = draw(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(list(ACTIVATIONS))), max_size=3))
    widths = (2, *(width for width, _ in hidden), LOSSES[loss].outputs)
    network = Network(widths, tuple(name for _, name in hidden), draw(st.sampled_from(list(INITIALISATIONS))))
    momentum = draw(st.sampled_from([0.0, 0.9]))
    share = draw(st.none() | st.floats(0.1, 0.5))
    recipe = Recipe(
        loss=loss,
        optimizer=optimizer,
        lr=draw(st.none() | st.floats(0, 3e38)),
        epochs=draw(st.integers(1, 8)),
        batch_size=None if optimizer == "lbfgs" else draw(st.none() | st.integers(1, 10)),
        seed=draw(st.integers(0, 2**64 - 1)),
        schedule=draw(st.sampled_from(list(SCHEDULES))),
        step_gamma=draw(st.floats(1e-3, 1e30)),
        momentum=momentum,
        nesterov=optimizer == "sgd" and momentum > 0 and draw(st.booleans()),
        l1=draw(st.sampled_from([0, 0.01, 1e38])),
        l2=draw(st.sampled_from([0, 0.01, 1e38])),
        focal_gamma=draw(st.floats(0, 6)),
        dtype=draw(st.sampled_from(["float32", "float64"])),
        validation_fraction=share,
        patience=None if share is None else draw(st.none() | st.integers(1, 3)),
        solved_below=draw(st.none() | st.floats(0.01, 1)),
        log_every=draw(st.integers(1, 5)),
    )
    return network, recipe


@given(described())
@settings(deadline=None, max_examples=120)
@pytest.mark.filterwarnings("ignore:Recipe. .* has no effect")  # settings that nothing reads are drawn too
def test_any_valid_network_and_recipe_train_to_finite_numbers_or_to_diverged(described):
    network, recipe = described
    run = train(network, recipe, circle(n=24, seed=5, balance=0.5), engine="torch")
    assert np.isfinite(run.parameters).all()
    assert np.isfinite(run.log.loss).all()
    assert run.status == "diverged" or np.isfinite(run.loss)
    assert 0 <= run.accuracy <= 1
    assert run.epochs <= recipe.epochs
    assert run.status in list(Status)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize(
    "settings_", [{}, {"batch_size": 16}, {"optimizer": "adam", "patience": 5, "validation_fraction": 0.3}]
)
def test_the_same_loop_on_a_gpu_agrees_with_the_cpu(settings_):
    recipe = Recipe(epochs=30, dtype="float64", snapshots=(10,), **settings_)
    here, there = (train(NETWORK, recipe, POINTS, engine="torch", device=device) for device in ("cpu", "cuda"))
    np.testing.assert_allclose(there.parameters, here.parameters, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(there.snapshots[10], here.snapshots[10], rtol=1e-6, atol=1e-9)
    assert (there.status, there.epochs, there.accuracy) == (here.status, here.epochs, here.accuracy)


def test_training_many_points_adds_less_than_twice_their_size():
    points = circle(n=500_000, seed=0)
    recipe = Recipe(epochs=2, log_every=2)
    train(Network.parse("2-4-4-1"), recipe, points, engine="fused", threads=2)  # compiles
    tracemalloc.start()
    try:
        train(Network.parse("2-4-4-1"), recipe, points, engine="fused", threads=2)
        added = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert added < 2 * len(points) * (2 + 1) * 4  # x and y in float32


def test_progress_is_told_after_exactly_as_many_epochs_as_asked_for(network, points):
    seen = []

    def look(moment):
        seen.append((moment.epoch, len(moment.rows), moment.parameters().shape))

    train(network, Recipe(epochs=25, log_every=1, snapshots=(3,)), points, on_progress=look, look_every=10)
    assert seen == [(10, 10, (37,)), (20, 10, (37,)), (25, 5, (37,))]


def test_the_optimisers_memory_is_taken_over_to_other_points(engine, network, points):
    recipe = Recipe(optimizer="adam", epochs=5)
    first = train(network, recipe, points, engine=engine)
    on = {"initial": first.parameters, "engine": engine}
    went_on = train(network, recipe, points, memory=first.checkpoint.memory, **on)
    at_once = train(network, recipe.replace(epochs=10), points, engine=engine)
    assert np.array_equal(went_on.parameters, at_once.parameters)
    assert not np.array_equal(train(network, recipe, points, **on).parameters, at_once.parameters)


def test_held_out_rows_of_weight_two_count_as_two_copies(engine, network, points):
    validation = moons(n=6, seed=2)
    weight = np.array([2.0, 1, 1, 0, 3, 1])
    copies = validation.take(np.repeat(np.arange(6), weight.astype(int)))
    recipe = Recipe(epochs=5, log_every=1, dtype="float64")
    weighted = train(network, recipe, points, engine=engine, validation=validation, validation_weight=weight)
    copied = train(network, recipe, points, engine=engine, validation=copies)
    assert weighted.log.validation_loss == pytest.approx(copied.log.validation_loss, rel=1e-12)


def test_rows_split_off_keep_their_weights(network, points):
    weight = np.where(np.arange(len(points)) % 2, 1.0, 3.0)
    recipe = Recipe(epochs=1, log_every=1, validation_fraction=0.3)
    weighted = train(network, recipe, points, sample_weight=weight)
    plain = train(network, recipe, points)
    assert weighted.log.validation_loss[0] != plain.log.validation_loss[0]


def test_many_short_looks_do_not_make_chunks_grow_for_ever(network, points):
    run = train(
        network,
        Recipe(epochs=800, log_every=1),
        points,
        validation=points,
        on_progress=lambda moment: True,
        look_every=1,
    )
    assert run.epochs == 800  # 8 ** 400 is more than a float holds
