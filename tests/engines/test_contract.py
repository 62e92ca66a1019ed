"""One contract, every engine: what `separatrix.engines.base` promises, asked of each engine there is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from separatrix.data.points import Points
from separatrix.data.samplers import circle, moons
from separatrix.engines.base import Epochs, data_loss, penalty
from separatrix.engines.base import measure as objective
from separatrix.engines.choose import ENGINES, choose
from separatrix.engines.gpu import GpuEngine
from separatrix.errors import EngineRefusal
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.networks.optimizers import OPTIMIZERS
from separatrix.networks.recipe import Recipe
from separatrix.training.preparation import as_task
from tests.by_hand import Walker, loss_and_gradient
from tests.engines.browser_engine import BrowserEngine, open_engine

# every loss is tried with one recipe, of which the focal loss alone reads this
pytestmark = pytest.mark.filterwarnings("ignore:Recipe. focal_gamma=.* has no effect")

SMOOTH = [name for name in ACTIVATIONS if name != "step"]


@pytest.fixture(params=["torch", "fused", "browser", "gpu"])
def engine(request):
    if request.param == "gpu":
        if reason := GpuEngine().refuses(Network((2, 1)), Recipe(), "cpu"):
            pytest.skip(reason)  # test_gpu.py runs this file in Numba's simulator
        return GpuEngine()
    if request.param == "browser":
        return request.getfixturevalue("browser_engine")
    if request.param not in ENGINES:
        pytest.skip(f"there is no {request.param} engine")
    return request.param


@pytest.fixture(scope="session")
def browser_engine(browser):
    return BrowserEngine(open_engine(browser))


def network_for(recipe, widths=(2, 4, 3), activation="tanh"):
    return Network((*widths, LOSSES[recipe.loss].outputs), activation)


def begin(engine, recipe, network=None, points=None, validation=None, weight=None, initial=None, memory=None):
    """A session and its task; skipped where the engine says that it can't."""
    network = network or network_for(recipe)
    task = as_task(network, recipe, points or circle(n=40, seed=3), validation, weight)
    try:
        chosen = chosen_engine(engine, network, recipe)
    except EngineRefusal as refusal:
        pytest.skip(str(refusal))
    initial = network.initialise(7, recipe.dtype) if initial is None else initial
    return chosen.start(task, initial, memory), task


def chosen_engine(engine, network, recipe):
    """The engine of that name, or the one given; refused as `choose` refuses."""
    if isinstance(engine, str):
        return choose(engine, network, recipe)[0]
    if reason := engine.refuses(network, recipe, "cpu"):
        raise EngineRefusal(reason)
    return engine


def epochs(recipe, rows, start, stop, every=1, lr=None):
    """Epochs start … stop - 1, every so many logged, batches in an order that depends on the epoch alone."""
    order = None
    if recipe.batch_size:
        order = np.array([np.random.default_rng(epoch).permutation(rows) for epoch in range(start, stop)], np.int64)
    rates = recipe.lr * np.linspace(1, 0.5, 1000)[start:stop] if lr is None else np.asarray(lr, float)
    return Epochs(rates, order, np.flatnonzero((np.arange(start, stop) + 1) % every == 0))


def same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        assert np.asarray(one[name]).tobytes() == np.asarray(other[name]).tobytes(), name


RECIPES = {
    "sgd": {}, "momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.8, "nesterov": True}, "decay": {"weight_decay": 0.2},
    "decay with momentum": {"weight_decay": 0.2, "momentum": 0.8, "nesterov": True},
    "adam": {"optimizer": "adam"}, "adamw": {"optimizer": "adamw", "weight_decay": 0.1},
    "rmsprop": {"optimizer": "rmsprop"}, "rmsprop with momentum": {"optimizer": "rmsprop", "momentum": 0.7},
    "adagrad": {"optimizer": "adagrad"}, "lbfgs": {"optimizer": "lbfgs"},
    "batches": {"batch_size": 7}, "batches and adam": {"batch_size": 16, "optimizer": "adam", "lr": 0.02},
    "batch of all": {"batch_size": 40}, "batches of one": {"batch_size": 1}, "penalties": {"l1": 0.01, "l2": 0.1},
    "two outputs": {"loss": "cross_entropy", "optimizer": "adam"}, "hinge": {"loss": "hinge", "l2": 0.01},
}  # fmt: skip
BY_HAND = [name for name in RECIPES if name != "lbfgs"]


# The chain rule.


@pytest.mark.parametrize("activation", SMOOTH)
@pytest.mark.parametrize("loss", list(LOSSES))
def test_the_gradient_by_hand_is_the_limit_of_difference_quotients(loss, activation):
    recipe = Recipe(loss=loss, l1=0.01, l2=0.02, dtype="float64", focal_gamma=1.5)
    network = network_for(recipe, activation=activation)
    task = as_task(network, recipe, circle(n=20, seed=3), None, np.arange(1.0, 21))
    parameters, h = network.initialise(7, "float64"), 1e-6

    def total(p):
        loss, _ = data_loss(network, recipe.loss, recipe.focal_gamma, p, task.x, task.y, task.weight)
        return loss + penalty(network, p, recipe.l1, recipe.l2)

    quotient = [(total(parameters + h * e) - total(parameters - h * e)) / (2 * h) for e in np.eye(len(parameters))]
    value, gradient = loss_and_gradient(task, parameters)
    np.testing.assert_allclose(gradient, quotient, atol=2e-9)
    assert value == pytest.approx(total(parameters), rel=1e-12)


EACH = [(loss, "tanh") for loss in LOSSES] + [("bce", name) for name in ACTIVATIONS if name != "tanh"]


@pytest.mark.parametrize(("loss", "activation"), EACH)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_step_of_every_loss_and_every_activation_is_the_one_by_hand(engine, loss, activation, dtype):
    compare_one_step(engine, loss, activation, dtype)


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("loss", list(LOSSES))
def test_one_step_of_every_loss_with_every_activation_is_the_one_by_hand(loss, activation):
    compare_one_step("torch", loss, activation, "float64")


def compare_one_step(engine, loss, activation, dtype):
    recipe = Recipe(loss=loss, l1=0.01, l2=0.02, lr=0.5, dtype=dtype, focal_gamma=1.5)
    weight = np.random.default_rng(0).uniform(0.5, 2, 40)
    session, task = begin(engine, recipe, network_for(recipe, activation=activation), weight=weight)
    before = session.parameters().astype(np.float64)
    exact = as_task(task.network, recipe.replace(dtype="float64"), circle(n=40, seed=3), None, weight)
    value, gradient = loss_and_gradient(exact, before)
    progress = session.advance(epochs(recipe, 40, 0, 1, lr=[0.5]))
    close = 3e-6 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(session.parameters(), before - 0.5 * gradient, rtol=close, atol=close)
    assert progress.loss[0] == pytest.approx(value, rel=close)
    assert progress.gradient_norm[0] == pytest.approx(np.linalg.norm(gradient), rel=close * 3)
    assert session.parameters().dtype == dtype


@pytest.mark.parametrize("what", BY_HAND)
def test_many_steps_of_every_optimiser_are_those_by_hand(engine, what):
    recipe = Recipe(**RECIPES[what], dtype="float64")
    session, task = begin(engine, recipe)
    by_hand, plan = Walker(recipe, session.parameters()), epochs(recipe, 40, 0, 6)
    progress = session.advance(plan)
    for epoch, rate in enumerate(plan.rates):
        rows = [slice(None)]
        if recipe.batch_size:
            rows = np.split(plan.order[epoch], range(recipe.batch_size, 40, recipe.batch_size))
        losses = []
        for batch in rows:
            loss, gradient = loss_and_gradient(task, by_hand.w, batch)
            losses.append(loss * len(task.y[batch]) / 40)
            by_hand.step(gradient, rate)
        assert progress.loss[epoch] == pytest.approx(sum(losses), rel=1e-10)
        assert progress.gradient_norm[epoch] == pytest.approx(np.linalg.norm(gradient), rel=1e-8)
    np.testing.assert_allclose(session.parameters(), by_hand.w, rtol=1e-9, atol=1e-12)


def test_one_step_of_lbfgs_falls_further_than_gradient_descent(engine):
    falls = []
    for optimizer in ("lbfgs", "sgd"):
        session, _ = begin(engine, Recipe(optimizer=optimizer, lr=1.0, dtype="float64"))
        before = session.measure().loss
        session.advance(epochs(session.recipe, 40, 0, 1, lr=[1.0]))
        falls.append(before - session.measure().loss)
    assert falls[0] > falls[1] > 0


@pytest.mark.slow
@pytest.mark.parametrize("what", ["batches", "batches and adam", "penalties"])
def test_a_thousand_steps_in_float64_agree_with_the_reference_to_9_digits(what):
    """Full batches without penalties are in test_fused_product, with every activation, loss and optimiser."""
    recipe = Recipe(**RECIPES[what], dtype="float64")
    ends, stop = [], -(-1000 // (-(-40 // recipe.batch_size) if recipe.batch_size else 1))
    for each in ("torch", "fused"):
        session, _ = begin(each, recipe)
        session.advance(epochs(recipe, 40, 0, stop, every=100))
        ends.append(session.parameters())
    np.testing.assert_allclose(ends[1], ends[0], rtol=1e-9, atol=1e-9)


# Sessions.


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("what", list(RECIPES))
def test_other_chunks_give_the_same_bits(engine, what, dtype):
    recipe = Recipe(**RECIPES[what], dtype=dtype)
    ends = []
    for cuts in ([0, 12], [0, 1, 2, 5, 12], range(13)):
        session, _ = begin(engine, recipe, validation=moons(n=10, seed=1))
        parts = [session.advance(epochs(recipe, 40, a, b, every=3)) for a, b in zip(cuts, list(cuts)[1:], strict=False)]
        columns = ("loss", "accuracy", "gradient_norm", "validation_loss", "validation_accuracy")
        rows = {name: np.concatenate([getattr(part, name) for part in parts]) for name in columns}
        assert sum(part.done for part in parts) == 12
        ends.append(rows | session.memory() | {"parameters": session.parameters()})
        assert len(rows["loss"]) == 4
    same(ends[0], ends[1])
    same(ends[0], ends[2])


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("what", list(RECIPES))
def test_fault_25_a_session_goes_on_from_its_memory_with_the_same_bits(engine, what, cut):
    recipe = Recipe(**RECIPES[what])
    whole, _ = begin(engine, recipe)
    whole.advance(epochs(recipe, 40, 0, 10))
    first, _ = begin(engine, recipe)
    first.advance(epochs(recipe, 40, 0, cut))
    second, _ = begin(engine, recipe, initial=first.parameters(), memory=first.memory())
    second.advance(epochs(recipe, 40, cut, 10))
    assert second.parameters().tobytes() == whole.parameters().tobytes()
    same(second.memory(), whole.memory())


@pytest.mark.parametrize("what", ["sgd", "batches and adam", "lbfgs"])
def test_the_parameters_of_logged_epochs_are_handed_back_if_asked_for(engine, what):
    recipe = Recipe(**RECIPES[what])
    session, _ = begin(engine, recipe)
    progress = session.advance(replace(epochs(recipe, 40, 0, 7, every=3), keep=True))
    assert progress.parameters.shape == (2, len(session.parameters()))
    for row, epoch in enumerate((3, 6)):
        shorter, _ = begin(engine, recipe)
        assert shorter.advance(epochs(recipe, 40, 0, epoch)).parameters is None
        assert progress.parameters[row].tobytes() == shorter.parameters().tobytes()
    progress.parameters.fill(0)
    assert session.parameters().any()


def test_after_a_breaking_step_only_whole_epochs_hand_back_parameters(engine):
    recipe = Recipe(lr=1.0)
    session, _ = begin(engine, recipe, network_for(recipe, activation="relu"), points=_wrong_somewhere())
    rates = [0.01, 0.01, 3e38, 3e38, 3e38, 3e38]
    progress = session.advance(replace(epochs(recipe, 40, 0, 6, lr=rates), keep=True))
    assert len(progress.parameters) == len(progress.loss) == progress.done < 6
    assert np.isfinite(progress.parameters).all()


@pytest.mark.parametrize("what", ["sgd", "two outputs", "lbfgs"])
def test_a_session_goes_to_the_parameters_it_is_placed_at(engine, what):
    recipe = Recipe(**RECIPES[what])
    session, task = begin(engine, recipe, validation=moons(n=10, seed=1))
    session.advance(epochs(recipe, 40, 0, 3))
    other = task.network.initialise(99, recipe.dtype)
    session.place(other)
    assert session.parameters().tobytes() == other.tobytes()
    assert session.measure().loss == pytest.approx(objective(task, other).loss, rel=1e-5)


def test_memory_is_plain_numbers_and_a_copy(engine):
    recipe = Recipe(optimizer="adam")
    session, _ = begin(engine, recipe)
    session.advance(epochs(recipe, 40, 0, 2))
    memory = session.memory()
    assert all(isinstance(array, np.ndarray) and array.dtype.kind in "fiub" for array in memory.values())
    kept = {name: array.copy() for name, array in memory.items()}
    for array in memory.values():
        array.fill(0)
    session.parameters().fill(0)
    same(session.memory(), kept)
    assert session.parameters().any()


def test_starting_leaves_what_it_is_given_alone(engine):
    recipe = Recipe(batch_size=7)
    initial = network_for(recipe).initialise(0)
    initial.flags.writeable = False
    session, task = begin(engine, recipe, initial=initial)
    plan = epochs(recipe, 40, 0, 3)
    before = [array.copy() for array in (task.x, task.y, plan.order, plan.rates)]
    session.advance(plan)
    for array, old in zip((task.x, task.y, plan.order, plan.rates), before, strict=True):
        assert (array == old).all()


def test_two_sessions_side_by_side_do_not_touch_each_other(engine):
    recipe = Recipe(optimizer="adam")
    alone, _ = begin(engine, recipe)
    alone.advance(epochs(recipe, 40, 0, 6))
    one, _ = begin(engine, recipe)
    other, _ = begin(engine, recipe, points=moons(n=30, seed=1))
    for epoch in range(6):
        one.advance(epochs(recipe, 40, epoch, epoch + 1))
        other.advance(epochs(recipe, 30, epoch, epoch + 1))
    assert one.parameters().tobytes() == alone.parameters().tobytes()


# What is logged.


def test_a_row_holds_loss_and_accuracy_from_before_the_step_and_held_out_ones_from_after(engine):
    recipe = Recipe(lr=0.3, dtype="float64", l2=0.05)
    validation = moons(n=30, seed=5)
    session, task = begin(engine, recipe, validation=validation)
    for epoch in range(4):
        before = objective(task, session.parameters())
        progress = session.advance(epochs(recipe, 40, epoch, epoch + 1))
        after = objective(task, session.parameters())
        assert progress.done == 1
        assert progress.loss[0] == pytest.approx(before.loss, rel=1e-9)
        assert progress.accuracy[0] == before.accuracy
        assert progress.validation_loss[0] == pytest.approx(after.validation_loss, rel=1e-9)
        assert progress.validation_accuracy[0] == after.validation_accuracy
        measured = session.measure()
        assert measured.loss == pytest.approx(after.loss, rel=1e-9)
        assert (measured.accuracy, measured.validation_accuracy) == (after.accuracy, after.validation_accuracy)
        assert measured.validation_loss == pytest.approx(after.validation_loss, rel=1e-9)


@pytest.mark.parametrize("batch", [1, 7, 16, 39, 40])
def test_with_batches_loss_and_accuracy_are_means_over_the_rows(engine, batch):
    recipe = Recipe(batch_size=batch, dtype="float64")
    session, task = begin(engine, recipe, weight=np.arange(1.0, 41))
    plan = epochs(recipe, 40, 0, 1, lr=[0.0])  # a rate of 0: nothing moves, so the parts add up to the whole
    progress = session.advance(plan)
    whole = objective(task, session.parameters())
    assert progress.loss[0] == pytest.approx(whole.loss, rel=1e-12)
    assert progress.accuracy[0] == pytest.approx(whole.accuracy, rel=1e-12)


def test_without_held_out_rows_their_columns_are_nan(engine):
    session, _ = begin(engine, Recipe())
    progress = session.advance(epochs(session.recipe, 40, 0, 2))
    assert np.isnan(progress.validation_loss).all()
    assert np.isnan(progress.validation_accuracy).all()
    assert np.isnan(session.measure().validation_loss)


def test_nothing_logged_gives_empty_float64_columns(engine):
    session, _ = begin(engine, Recipe())
    progress = session.advance(epochs(session.recipe, 40, 0, 3, every=100))
    for name in ("loss", "accuracy", "gradient_norm", "validation_loss", "validation_accuracy"):
        column = getattr(progress, name)
        assert column.shape == (0,)
        assert column.dtype == np.float64
    assert progress.done == 3


def test_what_is_logged_does_not_change_what_is_trained(engine):
    ends = []
    for every in (1, 4, 100):
        session, _ = begin(engine, Recipe(optimizer="adam"), validation=moons(n=10, seed=0))
        session.advance(epochs(session.recipe, 40, 0, 12, every=every))
        ends.append(session.parameters().tobytes())
    assert len(set(ends)) == 1


def test_a_row_is_right_where_its_logit_is_on_its_side_and_0_is_class_0(engine):
    for loss in LOSSES:
        recipe = Recipe(loss=loss)
        network = Network((2, LOSSES[loss].outputs), init="zeros")
        points = circle(n=40, seed=3)
        session, _ = begin(engine, recipe, network, points, initial=network.initialise(0))
        assert session.measure().accuracy == (points.y == 0).mean()


# Weights.


@pytest.mark.parametrize("what", ["sgd", "adam", "penalties", "two outputs", "hinge"])
def test_fault_18_a_weight_of_k_is_the_same_as_k_copies(engine, what):
    recipe = Recipe(**RECIPES[what], dtype="float64")
    points, weight = circle(n=30, seed=3), np.random.default_rng(0).integers(1, 4, 30)
    rows = np.repeat(np.arange(30), weight)
    weighted, _ = begin(engine, recipe, points=points, weight=weight)
    copied, _ = begin(engine, recipe, points=points.take(rows))
    for session, n in ((weighted, 30), (copied, len(rows))):
        session.advance(epochs(recipe, n, 0, 20))
    np.testing.assert_allclose(weighted.parameters(), copied.parameters(), rtol=1e-9, atol=1e-12)
    assert weighted.measure().loss == pytest.approx(copied.measure().loss, rel=1e-11)


@pytest.mark.parametrize("factor", [2.0, 0.125, 3.7, 1e-200, 1e200])
def test_fault_18_weights_times_a_constant_are_the_same_weights(engine, factor):
    recipe, weight = Recipe(dtype="float64", batch_size=9), np.random.default_rng(0).uniform(0.1, 3, 40)
    ends = []
    for each in (weight, weight * factor):
        session, _ = begin(engine, recipe, weight=each)
        session.advance(epochs(recipe, 40, 0, 10))
        ends.append(session.parameters())
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-12, atol=1e-14)


# Trouble.


@pytest.mark.parametrize("batch", [None, 7])
@pytest.mark.parametrize("loss", list(LOSSES))
def test_fault_21_an_overflow_is_seen_and_the_last_finite_parameters_are_kept(engine, loss, batch):
    recipe = Recipe(loss=loss, batch_size=batch, lr=1.0)
    session, task = begin(engine, recipe, network_for(recipe, activation="relu"), points=_wrong_somewhere())
    progress = session.advance(epochs(recipe, 40, 0, 6, lr=[0.01, 0.01, 3e38, 3e38, 3e38, 3e38]))
    assert 2 <= progress.done < 6
    assert len(progress.loss) == progress.done
    assert np.isfinite(progress.loss).all()
    assert np.isfinite(session.parameters()).all()
    assert np.isfinite(task.x).all()


def _wrong_somewhere():
    """Points that no network fits: every input once with either label."""
    x = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    return Points(np.concatenate([x, x]), np.repeat([0, 1], 20))


def test_fault_21_full_batches_keep_the_parameters_from_before_the_breaking_step(engine):
    recipe = Recipe(loss="bce_with_logits", lr=1.0)
    session, _ = begin(engine, recipe, points=_wrong_somewhere())
    session.advance(epochs(recipe, 40, 0, 2))
    before = session.parameters()
    progress = session.advance(Epochs(np.array([np.inf, 1.0]), None, np.array([0, 1])))
    assert progress.done == 0
    assert session.parameters().tobytes() == before.tobytes()


def test_fault_21_a_nan_rate_is_seen(engine):
    session, _ = begin(engine, Recipe())
    before = session.parameters()
    progress = session.advance(Epochs(np.array([np.nan]), None, np.array([0])))
    assert progress.done == 0
    assert len(progress.loss) == 0
    assert session.parameters().tobytes() == before.tobytes()


@pytest.mark.parametrize("loss", list(LOSSES))
def test_fault_22_saturated_outputs_keep_a_finite_loss(engine, loss):
    recipe = Recipe(loss=loss)
    network = Network((2, LOSSES[loss].outputs))
    initial = np.where(network.is_weight, 1e4, 0).astype(np.float32)
    initial[: 2 * (network.n_outputs - 1)] *= -1
    session, _ = begin(engine, recipe, network, initial=initial)
    assert np.isfinite(session.measure().loss)
    progress = session.advance(epochs(recipe, 40, 0, 3))
    assert progress.done == 3
    assert np.isfinite(progress.loss).all()
    assert np.isfinite(session.parameters()).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fault_11_denormal_inputs_and_parameters_give_no_nan(engine, dtype):
    tiny = np.finfo(dtype).smallest_subnormal
    x = np.random.default_rng(0).integers(-9, 9, (40, 2)) * tiny
    recipe = Recipe(dtype=dtype, optimizer="adam", l1=1e-3, l2=1e-3)
    network = network_for(recipe)
    initial = np.random.default_rng(1).integers(-9, 9, network.n_parameters).astype(dtype) * tiny
    points = Points(x.astype(dtype), np.arange(40) % 2)
    session, _ = begin(engine, recipe, network, points, initial=initial.astype(dtype))
    progress = session.advance(epochs(recipe, 40, 0, 20))
    assert progress.done == 20
    assert np.isfinite(progress.loss).all()
    assert np.isfinite(session.parameters()).all()


@pytest.mark.parametrize("scale", [1e15, 1e30, 3e38])
def test_fault_11_huge_inputs_train_to_finite_numbers_or_are_seen_to_diverge(engine, scale):
    x = (np.random.default_rng(0).uniform(-1, 1, (40, 2)) * scale).astype(np.float32)
    session, _ = begin(engine, Recipe(), points=Points(x, np.arange(40) % 2))
    progress = session.advance(epochs(Recipe(), 40, 0, 10))
    assert np.isfinite(progress.loss).all()
    assert np.isfinite(session.parameters()).all()


@st.composite
def tasks(draw):
    """A network, a recipe and a rate, of any kind that is allowed."""
    loss, optimizer = draw(st.sampled_from(list(LOSSES))), draw(st.sampled_from(list(OPTIMIZERS)))
    recipe = Recipe(
        loss=loss,
        optimizer=optimizer,
        batch_size=None if optimizer == "lbfgs" else draw(st.none() | st.integers(1, 12)),
        lr=draw(st.floats(0, 10) | st.floats(1e20, 3e38)),
        l1=draw(st.floats(0, 1)),
        l2=draw(st.floats(0, 1)),
        focal_gamma=draw(st.floats(0, 5)),
        dtype=draw(st.sampled_from(["float32", "float64"])),
        seed=draw(st.integers(0, 1000)),
    )
    hidden = draw(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(list(ACTIVATIONS))), max_size=3))
    return Network(
        (2, *(width for width, _ in hidden), LOSSES[loss].outputs), tuple(name for _, name in hidden)
    ), recipe


def step_to_finite_numbers_or_stop_before(engine, network, recipe):
    task = as_task(network, recipe, circle(n=12, seed=3), moons(n=8, seed=1), None)
    try:
        chosen = chosen_engine(engine, network, recipe)
    except EngineRefusal:
        return
    session = chosen.start(task, network.initialise(recipe.seed, recipe.dtype))
    progress = session.advance(epochs(recipe, 12, 0, 4))
    assert np.isfinite(progress.loss).all()
    assert np.isfinite(session.parameters()).all()
    assert progress.done == 4 or recipe.lr > 0
    assert len(progress.loss) == len(progress.validation_loss) == progress.done


@given(tasks())
@settings(deadline=None, max_examples=80)
def test_any_network_and_recipe_step_to_finite_numbers_or_stop_before(described):
    step_to_finite_numbers_or_stop_before("torch", *described)


@pytest.mark.slow
@pytest.mark.skipif("fused" not in ENGINES, reason="there is no fused engine")
@given(tasks())
@settings(deadline=None, max_examples=8)
def test_any_network_and_recipe_step_to_finite_numbers_or_stop_before_when_fused(described):
    step_to_finite_numbers_or_stop_before("fused", *described)


@given(tasks())
@settings(deadline=None, max_examples=40)
def test_any_network_and_recipe_step_to_finite_numbers_or_stop_before_in_the_browser(browser_engine, described):
    network, recipe = described
    step_to_finite_numbers_or_stop_before(browser_engine, network, recipe.replace(dtype="float32"))
