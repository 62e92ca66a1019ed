"""What a fitted estimator tells about its training, in scikit-learn's names: curves, coefficients, the module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import NotFittedError

if TYPE_CHECKING:
    import polars
    from torch import nn

    from separatrix.history import History
    from separatrix.network import Network
    from separatrix.run import Run


class Results:
    """Read from the fitted attributes `log_`, `run_`, `network_` and `parameters_`, never stored beside them."""

    log_: History
    run_: Run
    network_: Network
    parameters_: np.ndarray

    def _fitted(self, name: str) -> Any:
        if "parameters_" not in vars(self):
            raise NotFittedError(f"this {type(self).__name__} isn't fitted yet, so it has no {name}; call fit first.")
        return getattr(self, name)

    @property
    def history_(self) -> polars.DataFrame:
        """Loss and accuracy of training and validation rows, a row an epoch: see `separatrix.history.History`."""
        frame: polars.DataFrame = self._fitted("log_").frame()
        return frame

    @property
    def loss_(self) -> float:
        """The training loss with these parameters, penalties included."""
        return float(self._fitted("run_").loss)

    @property
    def loss_curve_(self) -> list[float]:
        """The training loss of every epoch, before its step; with batches, its mean over them."""
        return list(self._fitted("log_").loss.tolist())

    @property
    def accuracy_curve_(self) -> list[float]:
        """The share of training rows on the right side, at the same moments."""
        return list(self._fitted("log_").accuracy.tolist())

    @property
    def validation_loss_curve_(self) -> list[float] | None:
        """The loss of the rows held out after every epoch, or None without such rows."""
        return self._curve("held_loss")

    @property
    def validation_scores_(self) -> list[float] | None:
        """The accuracy on the rows held out after every epoch, or None without such rows."""
        return self._curve("held_accuracy")

    def _curve(self, name: str) -> list[float] | None:
        column: np.ndarray = getattr(self._fitted("log_"), name)
        return None if np.isnan(column).all() else list(column.tolist())

    @property
    def coefs_(self) -> list[np.ndarray]:
        """The weights of each layer, (inputs, units), as scikit-learn's `MLPClassifier` has them."""
        network: Network = self._fitted("network_")
        return [weight.T.copy() for weight, _ in network.split(self.parameters_)]

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """The biases of each layer, (units,)."""
        network: Network = self._fitted("network_")
        return [bias.copy() for _, bias in network.split(self.parameters_)]

    @property
    def module_(self) -> nn.Module:
        """A fresh `nn.Module` with these parameters: encoded rows (n, k) -> probabilities (n, 1), or (n, 2)."""
        network: Network = self._fitted("network_")
        return network.to_torch(self.parameters_)
