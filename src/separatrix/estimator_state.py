"""What a fitted estimator consists of: its attributes before and during training, as a portable, and all the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from separatrix.encoded_columns import kinds_of
from separatrix.history import COLUMNS, History
from separatrix.scaled_numbers import scaled_numbers

if TYPE_CHECKING:
    import numpy as np

    from separatrix.codes import Encoding
    from separatrix.network import Network
    from separatrix.portable import Portable
    from separatrix.training import Moment


def known_of(classes: np.ndarray, encoding: Encoding | None, network: Network, target: str | None) -> dict[str, Any]:
    """The fitted attributes that are there before the first epoch."""
    quick = scaled_numbers(encoding)
    return {"classes_": classes, "encoding_": encoding, "network_": network, "target_name_": target, "_scaled": quick}


def state_at(moment: Moment) -> dict[str, Any]:
    """The fitted attributes that change from epoch to epoch."""
    return {"parameters_": moment.parameters(), "n_iter_": moment.epoch}


def joined(before: History, log: History) -> History:
    """One history after the other, its epochs and seconds counted on."""
    epochs = int(before.epoch[-1]) if len(before) else 0
    seconds = float(before.seconds[-1]) if len(before) else 0.0
    return History.joined([before, replace(log, epoch=log.epoch + epochs, seconds=log.seconds + seconds)])


def portable_of(estimator: Any) -> Portable:
    """All that is needed to predict, as plain records."""
    from separatrix.portable import Member, Portable

    names = getattr(estimator, "feature_names_in_", [f"x{at}" for at in range(estimator.n_features_in_)])
    encoding = estimator.encoding_
    kinds = dict.fromkeys(names, "number") if encoding is None else kinds_of(encoding)
    member = Member(encoding, estimator.network_, estimator.parameters_)
    return Portable(kinds, tuple(label.item() for label in estimator.classes_), (member,))


def extras_of(estimator: Any) -> dict[str, Any]:
    """What else is fitted, as plain values, arrays and the run."""
    names = getattr(estimator, "feature_names_in_", None)
    log, run = estimator.log_, estimator.run_
    return {
        "n_features_in_": estimator.n_features_in_,
        "feature_names_in_": None if names is None else names.tolist(),
        "classes_": estimator.classes_,
        "target_name_": estimator.target_name_,
        "run_": run,
        "log_": None if log is run.log else {name: getattr(log, name) for name in COLUMNS},
        "mass": estimator._mass,
    }
