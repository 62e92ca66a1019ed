"""The general gradient: networks of any shape step as the torch engine's do, and as difference quotients say."""

import numpy as np
import pytest

from separatrix.data.points import Points
from separatrix.engines.base import Epochs, measure
from separatrix.engines.choose import choose
from separatrix.engines.fused._session import is_tiny
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.training.preparation import as_task
from tests.by_hand import loss_and_gradient

# every loss is tried with one recipe, of which the focal loss alone reads this
pytestmark = pytest.mark.filterwarnings("ignore:Recipe. focal_gamma=.* has no effect")

RELATIVE = {"float32": 1e-6, "float64": 1e-12}


def points(rows, inputs, seed=0):
    """Rows whose class depends on all of their inputs."""
    x = np.random.default_rng(seed).normal(size=(rows, inputs))
    return Points(x, (np.sin(x).sum(axis=1) > 0).astype(float))


def task_of(recipe, widths=(5, 40, 24), activation="tanh", rows=40, weight=None, validation=None):
    network = Network((*widths, LOSSES[recipe.loss].outputs), activation)
    assert not is_tiny(network)
    return as_task(network, recipe, points(rows, widths[0]), validation, weight)


def start(engine, task, initial=None):
    chosen, _ = choose(engine, task.network, task.recipe)
    return chosen.start(task, task.network.initialise(3, task.recipe.dtype) if initial is None else initial)


def plan(task, epochs, lr=None):
    """That many epochs, every one logged, batches in an order of their own."""
    rows, order = len(task.x), None
    if task.recipe.batch_size:
        order = np.array([np.random.default_rng(epoch).permutation(rows) for epoch in range(epochs)])
    return Epochs(np.full(epochs, task.recipe.lr if lr is None else lr), order, np.arange(epochs))


def parted(task, epochs=1, initial=None):
    """How far the two engines' parameters and reports are apart after these epochs, relative to the largest."""
    found = []
    for engine in ("fused", "torch"):
        session = start(engine, task, initial)
        found.append((session.advance(plan(task, epochs)), session.parameters()))
    (mine, p), (reference, q) = found
    assert mine.done == reference.done == epochs
    np.testing.assert_allclose(mine.accuracy, reference.accuracy, atol=1.01 / len(task.x))
    close = 1e-5 if task.recipe.dtype == "float32" else 1e-9
    np.testing.assert_allclose(mine.loss, reference.loss, rtol=close)
    np.testing.assert_allclose(mine.gradient_norm, reference.gradient_norm, rtol=close * 100)
    return np.abs(p - q).max() / np.abs(q).max()


# One step.


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("loss", list(LOSSES))
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_one_step_is_the_torch_engines(activation, loss, dtype):
    recipe = Recipe(loss=loss, lr=0.5, l1=0.01, l2=0.02, focal_gamma=1.5, dtype=dtype)
    weight = np.random.default_rng(1).uniform(0.5, 2, 40)
    assert parted(task_of(recipe, activation=activation, weight=weight)) < RELATIVE[dtype]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch", [1, 7, 33, 128, 129, 300])
def test_a_batch_of_any_length_gives_the_torch_engines_steps(batch, dtype):
    recipe = Recipe(loss="bce_with_logits", lr=0.1, batch_size=batch, dtype=dtype)
    assert parted(task_of(recipe, rows=300)) < 30 * RELATIVE[dtype]  # up to 300 steps


WIDTHS = [
    (400,), (3, 300), (300, 2), (2, 1, 200), (1, 100, 3, 50), (16, 32, 64, 32), (31, 33, 65, 17), (30, 128, 128),
    (130, 70), (2, 16, 16, 16, 16, 16),
]  # fmt: skip


@pytest.mark.parametrize("widths", WIDTHS, ids=str)
@pytest.mark.parametrize("loss", ["bce_with_logits", "cross_entropy"])
def test_any_widths_give_the_torch_engines_step(widths, loss):
    for dtype, rows in (("float32", 200), ("float64", 200), ("float64", 5)):
        recipe = Recipe(loss=loss, lr=0.5, dtype=dtype)
        assert parted(task_of(recipe, widths, rows=rows)) < RELATIVE[dtype]


def test_each_layer_may_have_an_activation_of_its_own():
    recipe = Recipe(loss="bce_with_logits", lr=0.5, dtype="float64")
    assert parted(task_of(recipe, (5, 20, 20, 20), ("relu", "gelu", "sigmoid"))) < 1e-12


@pytest.mark.parametrize("activation", ["tanh", "gelu", "mish", "selu"])
@pytest.mark.parametrize("loss", ["bce_with_logits", "mse", "cross_entropy", "focal"])
def test_the_step_goes_down_the_limit_of_difference_quotients(activation, loss):
    recipe = Recipe(loss=loss, lr=1.0, l2=0.01, dtype="float64", focal_gamma=1.5)
    task = task_of(recipe, (4, 19, 16), activation, weight=np.random.default_rng(1).uniform(0.5, 2, 40))
    p, h = task.network.initialise(3, "float64"), 1e-6
    session = start("fused", task)
    session.advance(plan(task, 1))
    some = np.random.default_rng(2).choice(len(p), 40, replace=False)
    quotient = [(measure(task, p + h * e).loss - measure(task, p - h * e).loss) / (2 * h) for e in np.eye(len(p))[some]]
    np.testing.assert_allclose((p - session.parameters())[some], quotient, atol=2e-9)


def test_the_gradient_is_the_chain_rule_by_hand_for_many_chunks_of_rows():
    recipe = Recipe(loss="bce_with_logits", lr=1.0, dtype="float64")
    task = task_of(recipe, rows=1000)
    session = start("fused", task)
    progress = session.advance(plan(task, 1))
    loss, gradient = loss_and_gradient(task, task.network.initialise(3, "float64"))
    moved = task.network.initialise(3, "float64") - session.parameters()
    np.testing.assert_allclose(moved, gradient, rtol=1e-10, atol=1e-15)
    assert progress.loss[0] == pytest.approx(loss, rel=1e-13)


def test_a_zero_weight_removes_the_row():
    recipe = Recipe(loss="bce_with_logits", lr=0.5, dtype="float64")
    weight = np.r_[np.ones(30), np.zeros(10)] * 40 / 30
    weighted = task_of(recipe, weight=weight)
    shorter = as_task(weighted.network, recipe, Points(weighted.x[:30], weighted.y[:30]), None, None)
    one, other = start("fused", weighted), start("fused", shorter)
    assert one.advance(plan(weighted, 3)).loss == pytest.approx(other.advance(plan(shorter, 3)).loss, rel=1e-13)
    np.testing.assert_allclose(one.parameters(), other.parameters(), rtol=1e-12, atol=1e-15)


# Held-out rows.


def test_held_out_rows_are_measured_after_the_epoch():
    validation = points(77, 5, seed=9)
    recipe = Recipe(loss="bce_with_logits", lr=0.5, dtype="float64")
    task = task_of(recipe, validation=validation)
    session = start("fused", task)
    progress = session.advance(plan(task, 2))
    after = measure(task, session.parameters())
    assert progress.validation_loss[-1] == pytest.approx(after.validation_loss, rel=1e-12)
    assert progress.validation_accuracy[-1] == pytest.approx(after.validation_accuracy)


# Numbers that break.


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "step"])
@pytest.mark.parametrize("bad", [np.inf, np.nan, 1e300])
def test_a_number_that_breaks_ends_the_session_at_the_parameters_before(activation, bad):
    recipe = Recipe(loss="bce_with_logits", lr=0.5, dtype="float64")
    task = task_of(recipe, activation=activation)
    initial = task.network.initialise(3, "float64")
    initial[task.network.layout[-1].weight.start] = bad
    session = start("fused", task, initial)
    progress = session.advance(plan(task, 5, lr=1e10))
    assert progress.done < 5
    assert np.isfinite(progress.loss).all()
    if progress.done == 0:
        np.testing.assert_array_equal(session.parameters(), initial)


def test_the_same_seed_gives_the_same_bits():
    recipe = Recipe(loss="bce_with_logits", optimizer="adam", batch_size=50)
    task = task_of(recipe, (30, 64, 64), rows=300)
    one, other = start("fused", task), start("fused", task)
    one.advance(plan(task, 5)), other.advance(plan(task, 5))
    assert one.parameters().tobytes() == other.parameters().tobytes()
