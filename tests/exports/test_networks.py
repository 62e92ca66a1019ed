"""Networks without an encoding: every activation and both kinds of output give the same probabilities everywhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import separatrix as sx
from separatrix.estimators.portable import Member, Portable
from separatrix.networks.activations import ACTIVATIONS

Exported = Callable[[Portable, np.ndarray], np.ndarray]


def rows(count: int = 40, columns: int = 3) -> np.ndarray:
    """Random rows, and extreme ones behind them."""
    random = np.random.default_rng(0).normal(scale=3, size=(count, columns))
    extreme = [[0.0] * columns, [1e6] * columns, [-1e6] * columns, [1e-40] * columns, [1e9, -1e9, 1.0]]
    return np.concatenate([random, extreme])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_and_both_outputs_predict_the_same(exported: Exported, activation: str) -> None:
    members = []
    for outputs in (1, 2):
        network = sx.Network((3, 5, 4, outputs), activation)
        members.append(Member(None, network, network.initialise(outputs)))
    portable = Portable(dict.fromkeys("abc", "number"), ("no", "yes"), tuple(members))
    np.testing.assert_allclose(exported(portable, rows()), portable.predict_proba(rows()), rtol=0, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_mixed_activations_both_dtypes_and_calibration(exported: Exported, dtype: str) -> None:
    network = sx.Network((3, 4, 6, 2), ("gelu", "tanh"))
    member = Member(None, network, network.initialise(5, dtype), scale=2.5, shift=-0.25)
    portable = Portable(dict.fromkeys("abc", "number"), (-1, 1), (member,))
    np.testing.assert_allclose(exported(portable, rows()), portable.predict_proba(rows()), rtol=0, atol=1e-5)


def test_a_network_without_hidden_layers(exported: Exported) -> None:
    network = sx.Network((3, 1))
    portable = Portable.of_network(network, network.initialise(1))
    np.testing.assert_allclose(exported(portable, rows()), portable.predict_proba(rows()), rtol=0, atol=1e-5)


def test_a_run_is_exported_as_its_network(exported: Exported, run: sx.Run) -> None:
    from separatrix.estimators.portable import as_portable

    x = np.random.default_rng(1).normal(size=(20, 2))
    np.testing.assert_allclose(exported(as_portable(run), x), run.predict_proba(x), rtol=0, atol=1e-5)
