"""The GPU engine in Numba's simulator, which runs a kernel's Python on the processor: its arithmetic, not its speed.

On a machine with a card, `test_contract.py` asks the engine itself; everything here runs in a process of its own, since
Numba reads the simulator's setting when it is imported.
"""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from separatrix.engines.gpu import LARGEST, GpuEngine
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.training.many import train_many

ROOT = Path(__file__).parents[2]
PREAMBLE = """
import numpy as np
import separatrix as sx
network, recipe, points = sx.Network.parse("2-3-1"), sx.Recipe(epochs=6, lr=0.3), sx.circle(n=20, seed=3)
"""


def simulated(code):
    """What a program prints in the simulator."""
    command = [sys.executable, "-W", "ignore", "-c", PREAMBLE + textwrap.dedent(code)]
    environment = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
    result = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_many_runs_on_the_card_are_those_of_the_compiled_engine():
    simulated("""
        for data, validation in ((points, None), (lambda seed: sx.circle(n=20, seed=seed), sx.moons(n=9, seed=1))):
            ours, theirs = (
                sx.train_many(network, recipe, data, range(5), engine=engine, validation=validation)
                for engine in ("gpu", "fused")
            )
            assert ours.engine == "gpu"
            np.testing.assert_allclose(ours.parameters, theirs.parameters, rtol=2e-5, atol=2e-6)
            np.testing.assert_allclose(ours.loss, theirs.loss, rtol=1e-5)
            for name in ("accuracy", "validation_accuracy", "epochs", "status"):
                np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    """)


def test_a_run_that_diverges_is_counted_and_leaves_its_neighbours_alone():
    # In float32 the steps of a rate of 1e30 overflow at once for all; a seed whose points are far away breaks alone.
    simulated("""
        def data(seed):
            points = sx.circle(n=20, seed=3)
            return sx.Points(points.x * (1e19 if seed == 1 else 1), points.y)
        steep = recipe.replace(lr=10.0, loss="hinge")
        ours, theirs = (sx.train_many(network, steep, data, range(3), engine=engine) for engine in ("gpu", "fused"))
        assert list(ours.status) == list(theirs.status) and ours.status[1] == "diverged"
        assert list(ours.epochs) == list(theirs.epochs)
    """)


def test_seeds_without_usable_points_fail_alone():
    simulated("""
        def data(seed):
            points = sx.circle(n=20, seed=3)
            return sx.Points(points.x, np.zeros(20)) if seed == 1 else points
        runs = sx.train_many(network, recipe, data, range(3), engine="gpu")
        assert list(runs.status == "failed") == [False, True, False] and "seed 1" in runs.errors[1]
    """)


def test_stopping_leaves_out_what_is_not_done():
    simulated("""
        assert len(sx.train_many(network, recipe, points, range(3), engine="gpu", on_progress=lambda *_: False)) == 0
        try:
            sx.train_many(network, recipe.replace(solved_below=0.1), points, range(3), engine="gpu")
        except sx.SeparatrixError as error:
            assert "solved_below" in str(error)
        else:
            raise AssertionError
    """)


@pytest.mark.slow
def test_the_contract_of_all_engines_holds_in_the_simulator():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", "-k", "gpu"]
    command.append("tests/engines/test_contract.py")
    environment = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
    result = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert " passed" in result.stdout


@pytest.mark.parametrize(
    ("widths", "settings", "reason"),
    [
        ((2, 4, 1), {"batch_size": 8}, "batch_size"),
        ((2, 4, 1), {"optimizer": "lbfgs"}, "no update rule"),
        ((2, 30, 30, 1), {}, f"at most {LARGEST} parameters"),
    ],
)
def test_what_it_does_not_train_is_refused_with_the_reason(widths, settings, reason):
    assert reason in GpuEngine().refuses(Network(widths), Recipe(**settings), "cpu")


def test_without_a_card_the_refusal_says_what_to_look_at():
    from numba import cuda

    if cuda.is_available():
        pytest.skip("there is a card")
    with pytest.raises(Exception, match="numba -s"):
        train_many(Network((2, 4, 1)), Recipe(epochs=2), None, range(2), engine="gpu")
