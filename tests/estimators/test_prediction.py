import numpy as np
import pytest

from separatrix.estimators import _prediction
from separatrix.networks.network import Network


@pytest.mark.parametrize("widths", ["3-1", "3-8-8-1", "3-5-2"])
@pytest.mark.parametrize("rows", [1, _prediction.BLOCK, _prediction.BLOCK + 1, _prediction.SERIAL_ROWS + 3])
def test_blocks_and_threads_give_what_the_network_gives(widths, rows):
    network = Network.parse(widths, "tanh")
    parameters = network.initialise(seed=0)
    x = np.random.default_rng(0).normal(size=(rows, 3)).astype(np.float32)
    expected = network.logit(parameters.astype(np.float64), x.astype(np.float64))
    assert _prediction.logit(network, parameters, x) == pytest.approx(expected, rel=1e-13, abs=1e-13)


def test_one_thread_gives_the_same(monkeypatch):
    network = Network.parse("2-4-1")
    parameters, x = network.initialise(seed=0), np.random.default_rng(0).normal(size=(_prediction.SERIAL_ROWS + 3, 2))
    many = _prediction.logit(network, parameters, x)
    monkeypatch.setattr(_prediction, "usable_cores", lambda: 1)
    assert np.array_equal(_prediction.logit(network, parameters, x), many)


def test_an_error_in_a_block_is_raised():
    network = Network.parse("2-4-1")
    with pytest.raises(ValueError, match="takes x of shape"):
        _prediction.logit(network, network.initialise(seed=0), np.zeros((_prediction.SERIAL_ROWS + 3, 5)))
