"""Large steps: shared out over threads with the same bits, within twice the data's memory, with one BLAS thread."""

import os
import subprocess
import sys
import threading
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import scipy.linalg.cython_blas  # noqa: F401  # its library is one of those that are counted
from threadpoolctl import threadpool_info, threadpool_limits

import separatrix as sx
from separatrix.data.points import Points
from separatrix.engines.base import Epochs
from separatrix.engines.choose import choose
from separatrix.engines.fused._session import is_large, make_ready
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.support.machine import one_blas_thread
from separatrix.training.loop import train
from separatrix.training.preparation import as_task


def task_of(widths, rows, threads=1, validation=None, weight=None, **settings):
    recipe = Recipe(**({"loss": "bce_with_logits"} | settings))
    stream = np.random.default_rng(5)
    x = stream.normal(size=(rows, widths[0]))
    points = Points(x, (np.sin(x).sum(axis=1) > 0).astype(float))
    return replace(as_task(Network(widths), recipe, points, validation, weight), threads=threads)


def start(task):
    chosen, _ = choose("fused", task.network, task.recipe)
    return chosen.start(task, task.network.initialise(3, task.recipe.dtype))


def plan(task, epochs):
    rows, order = len(task.x), None
    if task.recipe.batch_size:
        order = np.array([np.random.default_rng(epoch).permutation(rows) for epoch in range(epochs)])
    return Epochs(np.full(epochs, 0.01), order, np.arange(0, epochs, 2))


# Bits.

TASKS = {
    "a tiny network": ((2, 4, 4, 1), 200_001, {}),
    "a tiny network with momentum": ((2, 4, 4, 1), 170_000, {"momentum": 0.9}),
    "a middling network": ((10, 32, 32, 1), 5_001, {"optimizer": "adam"}),
    "batches": ((30, 100, 100, 1), 1_000, {"batch_size": 460, "optimizer": "adam", "l2": 0.01}),
    "float64": ((10, 32, 32, 1), 5_000, {"dtype": "float64", "optimizer": "rmsprop"}),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name == "float64" else name for name in TASKS]
)
def test_the_number_of_threads_does_not_change_the_bits(name):
    widths, rows, settings = TASKS[name]
    validation = Points(np.random.default_rng(1).normal(size=(500, widths[0])), np.arange(500) % 2.0)
    weight, found = np.random.default_rng(2).uniform(0.5, 1.5, rows), []
    for threads in (1, 2, 3, 8):
        session = start(task_of(widths, rows, threads, validation, weight, **settings))
        assert is_large(session)
        progress = session.advance(plan(session.task, 4))
        kept = [session.parameters(), *session.memory().values(), *vars(progress).values()]
        found.append([np.asarray(each).tobytes() for each in kept])
    assert all(other == found[0] for other in found[1:])


def test_several_threads_stop_at_the_step_that_breaks_as_one_does():
    found = []
    for threads in (1, 4):
        task = task_of((10, 32, 32, 1), 5_000, threads, lr=1.0)
        session = start(task)
        progress = session.advance(Epochs(np.r_[0.01, 0.01, 1e38, 0.01, 0.01], None, np.arange(5)))
        found.append((progress.done, session.parameters().tobytes(), progress.loss.tobytes()))
    assert found[0] == found[1]
    assert found[0][0] < 5


def test_a_small_step_is_not_shared_out():
    assert not is_large(start(task_of((2, 4, 4, 1), 100, threads=8)))


def test_a_large_step_is_the_small_ones_arithmetic(monkeypatch):
    found = []
    for least in (0, 10**12):
        monkeypatch.setattr("separatrix.engines.fused._session.WORTH", least)
        task = task_of((10, 32, 32, 1), 1_000, dtype="float64", optimizer="adam", l1=0.01)
        session = start(task)
        assert is_large(session) == (least == 0)
        progress = session.advance(plan(task, 5))
        found.append(np.concatenate([session.parameters(), progress.loss, progress.accuracy, progress.gradient_norm]))
    np.testing.assert_allclose(*found, rtol=1e-11)


# Memory.


@pytest.mark.parametrize(("widths", "threads"), [((2, 4, 4, 1), 1), ((2, 4, 4, 1), 2), ((20, 32, 32, 1), 2)])
def test_a_training_needs_no_more_than_twice_the_data_on_top(widths, threads):
    task = task_of(widths, 400_000, threads)
    data = task.x.nbytes + task.y.nbytes
    start(task_of(widths, 400, threads)).advance(plan(task, 1))  # what is compiled and imported is no data
    make_ready("float32", large=True)
    tracemalloc.start()
    session = start(task)
    session.advance(plan(task, 2))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * data


# BLAS's own threads.


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_inside_there_is_one_blas_thread_and_after_as_many_as_before():
    before = blas_threads()
    with one_blas_thread():
        with one_blas_thread():
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == before


LATER = """
import sys
from threadpoolctl import threadpool_info
import numpy
from separatrix.support.machine import one_blas_thread

def threads():
    return {pool["filepath"]: pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

before = threads()
with one_blas_thread(compiled=False):
    assert "scipy.linalg" not in sys.modules
    assert set(threads().values()) == {1}
    with one_blas_thread():
        assert len(threads()) > len(before)
        assert set(threads().values()) == {1}
    with one_blas_thread(compiled=False):
        assert set(threads().values()) == {1}
after = threads()
assert before.items() <= after.items()
assert set(after.values()) == set(before.values())
"""
WARM = """
import sys
import separatrix as sx
sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=20), sx.circle(seed=0), engine="fused")
assert "scipy.linalg" not in sys.modules and "numba.np.arraymath" not in sys.modules
"""


def test_a_library_that_is_loaded_later_is_limited_too(python):
    python(LATER)


def test_a_tiny_network_from_the_cache_needs_neither_scipy_nor_numbas_registries(python):
    sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=20), sx.circle(seed=0), engine="fused")
    python(WARM)


def test_it_stays_one_while_any_thread_is_inside():
    before, inside, leave = blas_threads(), threading.Barrier(2), threading.Event()

    def stay():
        with one_blas_thread():
            inside.wait()
            leave.wait()

    other = threading.Thread(target=stay)
    other.start()
    inside.wait()
    with one_blas_thread():
        pass
    assert blas_threads() == {1}
    leave.set()
    other.join()
    assert blas_threads() == before


def test_the_final_measures_do_not_depend_on_the_process_s_threads():
    points = Points(np.random.default_rng(0).normal(size=(3_000, 60)), np.arange(3_000) % 2.0)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            run = train(
                Network((60, 200, 50, 1)), Recipe(epochs=1, batch_size=500), points, engine="fused", validation=points
            )
        found.append((run.loss, run.accuracy, run.validation_accuracy, run.parameters.tobytes()))
    assert found[0] == found[1]


FROM_ANY_THREAD = """
from concurrent.futures import ThreadPoolExecutor
from threadpoolctl import threadpool_info
from separatrix.support.machine import one_blas_thread

def seen():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

def inside():
    with one_blas_thread():
        return seen()

assert inside() == {1} and seen() == {2}  # the main thread first: it isn't listened to alone
with ThreadPoolExecutor(1) as pool:
    assert pool.submit(inside).result() == {1}, "a worker's wish"
assert seen() == {2}
"""


def test_every_thread_can_ask_for_it():
    """In a process of its own, whose BLAS has more than one thread; these tests' has one."""
    env = os.environ | {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
    subprocess.run([sys.executable, "-c", FROM_ANY_THREAD], check=True, env=env)


def test_an_error_inside_puts_it_back():
    before = blas_threads()
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        _ = 1 / 0
    assert blas_threads() == before
