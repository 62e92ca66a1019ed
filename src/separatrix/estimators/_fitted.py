"""The fitted attributes of `MLPBinaryClassifier`: before and during training, as records for files, and as results."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import NotFittedError

from separatrix.estimators._decisions import decision_extras
from separatrix.estimators.encoding.encoding import kinds_of, scaled_numbers
from separatrix.training.run import COLUMNS, History

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars
    from torch import nn

    from separatrix.estimators.encoding.encoding import Encoding
    from separatrix.estimators.portable import Portable
    from separatrix.networks.network import Network
    from separatrix.training.run import EpochEnd, History, Run


def constant_attributes(
    classes: np.ndarray,
    encoding: Encoding | None,
    network: Network,
    target: str | None,
    left_out: Mapping[str, str] | None = None,
    named: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The fitted attributes that are settled before the first epoch.

    Args:
        classes: the two labels, (2,).
        encoding: of the columns, or None.
        network: what is trained.
        target: name of the target's column, or None.
        left_out: columns that are no features, each with the reason; None for none.
        named: columns of weights, groups and times, by the argument that named them; None for none.
    """
    return {
        "classes_": classes,
        "left_out_": dict(left_out or {}),
        "named_columns_": dict(named or {}),
        "encoding_": encoding,
        "network_": network,
        "target_name_": target,
        "_scaled": scaled_numbers(encoding),  # the part of the encoding that a single row of an array needs
    }


def attributes_at(end: EpochEnd) -> dict[str, Any]:
    """The fitted attributes that change from epoch to epoch, at the end of one."""
    return {"parameters_": end.parameters(), "n_iter_": end.epoch}


def joined(before: History, log: History) -> History:
    """The history of two trainings in a row; the epochs and seconds of the second count on from the first."""
    epochs = int(before.epoch[-1]) if len(before) else 0
    seconds = float(before.seconds[-1]) if len(before) else 0.0
    return History.joined([before, replace(log, epoch=log.epoch + epochs, seconds=log.seconds + seconds)])


def portable_of(estimator: Any) -> Portable:
    """All that prediction needs, as plain records."""
    from separatrix.estimators.portable import Member, Portable

    names = getattr(estimator, "feature_names_in_", [f"x{k}" for k in range(estimator.n_features_in_)])
    encoding = estimator.encoding_
    kinds = dict.fromkeys(names, "number") if encoding is None else kinds_of(encoding)
    member = Member(encoding, estimator.network_, estimator.parameters_)
    return Portable(kinds, tuple(label.item() for label in estimator.classes_), (member,), estimator.threshold_)


def extras_of(estimator: Any) -> dict[str, Any]:
    """All other fitted attributes, as plain values, arrays and the run."""
    names = getattr(estimator, "feature_names_in_", None)
    log, run = estimator.log_, estimator.run_
    threshold = {} if estimator.threshold_ == 0.5 else {"threshold": estimator.threshold_}
    return {
        "n_features_in_": estimator.n_features_in_,
        "feature_names_in_": None if names is None else names.tolist(),
        "classes_": estimator.classes_,
        "target_name_": estimator.target_name_,
        "run_": run,
        "log_": None if log is run.log else {name: getattr(log, name) for name in COLUMNS},
        "mass": estimator._class_weights,
    } | (threshold | roles_of(estimator) | decision_extras(estimator))


def roles_of(estimator: Any) -> dict[str, Any]:
    """The columns that are no features, and the profile of those that are, for a model file.

    Nothing where there is nothing, as in files of earlier versions.
    """
    roles = {"left_out": estimator.left_out_, "named_columns": estimator.named_columns_}
    profile = {} if estimator.profile_ is None else {"profile": estimator.profile_.to_data()}
    return {name: columns for name, columns in roles.items() if columns} | profile


class TrainingResults:
    """Results of a training under scikit-learn's names: curves, coefficients, the module.

    They are computed from the attributes `log_`, `run_`, `network_` and `parameters_`, so that nothing is stored twice.
    """

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
        """Loss and accuracy of training and validation rows, a row per epoch: see `separatrix.training.run.History`."""
        frame: polars.DataFrame = self._fitted("log_").frame()
        return frame

    @property
    def loss_(self) -> float:
        """The training loss at these parameters, penalties included."""
        return float(self._fitted("run_").loss)

    @property
    def loss_curve_(self) -> list[float]:
        """The training loss of every epoch, before its step; with batches, its mean over them."""
        return list(self._fitted("log_").loss.tolist())

    @property
    def accuracy_curve_(self) -> list[float]:
        """The training accuracy at the same points."""
        return list(self._fitted("log_").accuracy.tolist())

    @property
    def validation_loss_curve_(self) -> list[float] | None:
        """The loss of the rows held out after every epoch, or None without such rows."""
        return self._curve("validation_loss")

    @property
    def validation_scores_(self) -> list[float] | None:
        """The accuracy on the rows held out after every epoch, or None without such rows."""
        return self._curve("validation_accuracy")

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
        """A new `nn.Module` with these parameters: encoded rows (n, k) -> probabilities (n, 1), or (n, 2)."""
        network: Network = self._fitted("network_")
        return network.to_torch(self.parameters_)
