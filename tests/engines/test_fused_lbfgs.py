"""L-BFGS in compiled code takes PyTorch's steps, stops where it stops, and goes on from its memory."""

import numpy as np
import pytest

from separatrix.data.samplers import circle
from separatrix.engines.base import Epochs
from separatrix.engines.choose import choose
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.training.preparation import as_task


def task_of(widths=(2, 16, 16), n=100, **settings):
    recipe = Recipe(**({"loss": "bce_with_logits", "optimizer": "lbfgs", "dtype": "float64", "lr": 0.3} | settings))
    network = Network((*widths, LOSSES[recipe.loss].outputs), "tanh")
    return as_task(network, recipe, circle(n=n, seed=0), circle(n=30, seed=1), None)


def start(engine, task, initial=None, memory=None):
    chosen, _ = choose(engine, task.network, task.recipe)
    return chosen.start(task, task.network.initialise(0, task.recipe.dtype) if initial is None else initial, memory)


def epochs(count, lr=1.0):
    return Epochs(np.full(count, lr), None, np.arange(count))


def close(one, other, within):
    np.testing.assert_allclose(one, other, rtol=within, atol=within)


SETTINGS = {
    "plain": {}, "penalties": {"l1": 1e-4, "l2": 1e-3}, "two outputs": {"loss": "cross_entropy"},
    "focal": {"loss": "focal", "l2": 1e-3}, "mse": {"loss": "mse", "lr": 0.1},
}  # fmt: skip


# Iterations amplify differences of the last bit about tenfold every few; hence the widening bounds.


@pytest.mark.parametrize("widths", [(2, 16, 16), (2, 4)], ids=str)
@pytest.mark.parametrize("name", SETTINGS)
def test_the_first_epochs_are_the_torch_engines(name, widths):
    task = task_of(widths, **SETTINGS[name])
    mine, reference = start("fused", task), start("torch", task)
    for within in (1e-9, 1e-5):  # 20 iterations, 40 iterations
        one, other = (session.advance(epochs(1, task.recipe.lr)) for session in (mine, reference))
        close(mine.parameters(), reference.parameters(), within)
        for report in ("loss", "accuracy", "gradient_norm", "validation_loss", "validation_accuracy"):
            close(getattr(one, report), getattr(other, report), within)


@pytest.mark.parametrize("name", SETTINGS)
def test_it_remembers_what_pytorch_remembers(name):
    task = task_of(**SETTINGS[name])
    mine, reference = start("fused", task), start("torch", task)
    for session in (mine, reference):
        session.advance(epochs(1, task.recipe.lr))
    own, theirs = mine.memory(), reference.memory()
    assert set(theirs) - set(own) == {"stream"}  # the state of random numbers, which no network here draws
    for kept, value in own.items():
        assert value.shape == theirs[kept].shape, kept
        close(value, theirs[kept], 1e-6)


def test_it_stops_where_pytorch_stops():
    task = task_of((2,), lr=1.0)  # a straight line: convex, and solved in a few iterations
    mine, reference = start("fused", task), start("torch", task)
    for session in (mine, reference):
        session.advance(epochs(4))
    for counted in ("n_iter", "func_evals"):
        assert mine.memory()[counted] == reference.memory()[counted]
    close(mine.parameters(), reference.parameters(), 1e-12)


def test_at_a_minimum_it_stays():
    task = task_of((2,))
    task.y[:] = 0.5  # the logit 0 everywhere is best
    session = start("fused", task, np.zeros(3))
    session.advance(epochs(3))
    assert not session.parameters().any()
    assert session.memory()["n_iter"] == 0
    assert session.memory()["func_evals"] == 3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cut", [1, 3, 7])
def test_going_on_from_its_memory_gives_the_same_bits(cut, dtype):
    task = task_of((2, 8), dtype=dtype, lr=0.1)
    whole = start("fused", task)
    whole.advance(epochs(8, 0.1))
    first = start("fused", task)
    first.advance(epochs(cut, 0.1))
    second = start("fused", task, first.parameters(), first.memory())
    second.advance(epochs(8 - cut, 0.1))
    assert second.parameters().tobytes() == whole.parameters().tobytes()
    for name, value in whole.memory().items():
        assert second.memory()[name].tobytes() == value.tobytes(), name


@pytest.mark.parametrize(("before", "after"), [("fused", "torch"), ("torch", "fused")])
def test_one_engine_goes_on_from_the_others_memory(before, after):
    task = task_of()
    reference = start("torch", task)
    reference.advance(epochs(2, 0.3))
    first = start(before, task)
    first.advance(epochs(1, 0.3))
    second = start(after, task, first.parameters(), first.memory())
    second.advance(epochs(1, 0.3))
    close(second.parameters(), reference.parameters(), 1e-7)


def test_more_steps_than_it_remembers_push_out_the_oldest():
    task = task_of((2, 16, 16), lr=1.0, l2=1e-4)
    session = start("fused", task)
    session.advance(epochs(40, 1.0))
    kept = session.memory()
    assert kept["n_iter"] > 100
    assert len(kept["ro"]) == len(kept["old_dirs"]) == len(kept["old_stps"]) == 100
    close(kept["ro"], 1 / (kept["old_dirs"] * kept["old_stps"]).sum(axis=1), 1e-9)


@pytest.mark.parametrize("engine", ["fused", "torch"])
def test_no_epoch_ends_above_its_start_whatever_the_first_step(engine):
    for rate in (1e-3, 1.0, 100.0):
        session = start(engine, task_of((2, 4, 4), dtype="float32"))
        loss = session.advance(epochs(15, rate)).loss
        assert (np.diff(loss) <= 1e-7).all()
        assert session.measure().loss < loss[0]


def test_a_step_that_breaks_the_numbers_is_not_taken():
    task = task_of(dtype="float32")
    session = start("fused", task)
    before = session.parameters()
    progress = session.advance(epochs(3, 1e300))
    assert progress.done == 0
    assert session.parameters().tobytes() == before.tobytes()


def test_threads_do_not_change_the_bits():
    from dataclasses import replace

    found = []
    for threads in (1, 2, 3):
        task = replace(task_of((2, 32, 32), n=6000, dtype="float32"), threads=threads)
        session = start("fused", task)
        progress = session.advance(epochs(2, 0.5))
        found.append((session.parameters().tobytes(), progress.loss.tobytes(), progress.gradient_norm.tobytes()))
    assert found[0] == found[1] == found[2]
