"""The classifier that `fit_table` trains: an ensemble, the caller's own, or a single network with settings for tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.errors import InvalidParameter
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Network
from separatrix.support.machine import threads_of, usable_cores

if TYPE_CHECKING:
    import polars

# Small tables overfit within 200 epochs, hence the early stopping on validation rows. One layer of 32 units did no worse
# than four other shapes and penalties where they were tried, on a dozen tables of a few thousand rows.
SETTINGS: dict[str, Any] = {
    "hidden_layer_sizes": (32,),
    "encoder": "auto",
    "early_stopping": True,
    "validation_fraction": 0.15,
    "max_iter": 300,
    "n_iter_no_change": 20,
}
LINEAR: dict[str, Any] = {
    "hidden_layer_sizes": (),
    "optimizer": "lbfgs",
    "alpha": 1.0,
    "batch_size": None,
    "max_iter": 1000,
    "tol": 1e-9,
    "dtype": "float64",
}
STEPS = 50  # gradient steps per epoch at least, as long as batches keep 32 to 200 rows
CROSSED = 20_000  # in a larger table, test rows alone give narrow intervals without a cross-validation


def batch_size(rows: int, smallest_training: float) -> int | str:
    """The batch size of a single network.

    Args:
        rows: of the table.
        smallest_training: number of rows of the smallest training, that of a fold.

    Returns:
        A number of rows, or "auto" where a training has hardly more rows than a batch.
    """
    batch = int(np.clip(rows // STEPS, 32, 200))
    return batch if batch < smallest_training / 2 else "auto"


def concurrent_fits(fitted: Any, rows: int) -> int:
    """The number of folds to train at the same time, for a classifier like the fitted one on this many rows."""
    if not hasattr(fitted, "run_"):
        # An ensemble uses all cores, except while its base models wait for one another: a second one fills those gaps.
        # Not with a time limit: side by side, each would do less work in the same time.
        return 2 if rows <= CROSSED and threads_of(fitted.n_jobs) > 1 and fitted.time_limit is None else 1
    # The compiled loop releases Python's lock; PyTorch's loop mostly holds it.
    return 1 if fitted.run_.engine == "torch" else usable_cores()


def prototype(
    classifier: Any, settings: Mapping[str, Any] | None, network: str | None, batch: int | str, seed: int
) -> Any:
    """The unfitted classifier of the job, with its seed.

    Args:
        classifier: an unfitted estimator, or None.
        settings: parameters of a single network, or None.
        network: widths of a single network, or None.
        batch: its batch size, unless `settings` has one.
        seed: becomes the classifier's `random_state`.

    Raises:
        InvalidParameter: both a classifier and a single network are described, or a setting is out of range.
    """
    from sklearn.base import clone

    from separatrix.estimators.ensemble import SeparatrixClassifier

    if settings is None and network is None:
        unfitted = SeparatrixClassifier() if classifier is None else clone(classifier)
        return unfitted.set_params(random_state=seed)
    if classifier is not None:
        raise InvalidParameter("give either a classifier, or the settings and widths of a single network.")
    return _single_network(settings or {}, network, batch, seed)


def _single_network(settings: Mapping[str, Any], network: str | None, batch: int | str, seed: int) -> Any:
    """A single network with SETTINGS, except where `settings` and `network` say otherwise."""
    from separatrix.estimators.classifier import MLPBinaryClassifier
    from separatrix.estimators.settings import checked_classifier

    if settings.get("optimizer") == "lbfgs":
        batch = "auto"  # all rows, which it needs in every step
    parameters = SETTINGS | {"random_state": seed, "batch_size": batch} | dict(settings)
    if network is not None:
        if "hidden_layer_sizes" in settings:
            raise InvalidParameter("give either network or hidden_layer_sizes, not both.")
        parameters |= {"hidden_layer_sizes": _widths(network)[1:-1], "outputs": _widths(network)[-1]}
    # A loss on two logits needs two outputs; the estimator's default is one.
    if parameters.get("loss", "auto") in LOSSES:
        parameters.setdefault("outputs", LOSSES[parameters["loss"]].outputs)
    classifier = MLPBinaryClassifier(**parameters)
    checked_classifier(classifier.get_params(deep=False))  # a wrong setting is an error now, not after minutes of work
    return classifier


def linear_classifier(unfitted: Any) -> Any:
    """A logistic regression with the seed and the words for missing values of another classifier.

    A network without hidden layers, the L2 penalty of scikit-learn's `LogisticRegression` and L-BFGS find the same
    optimum, and can be saved and exported like any network.

    Args:
        unfitted: a classifier of either kind.
    """
    from sklearn.base import clone

    from separatrix.estimators.classifier import MLPBinaryClassifier
    from separatrix.estimators.encoding.encoder import TableEncoder

    words, encoder = getattr(unfitted, "missing_words", None), getattr(unfitted, "encoder", "auto")
    if words is not None:
        encoder = TableEncoder(missing_words=words, random_state=unfitted.random_state)
    return MLPBinaryClassifier(**LINEAR, encoder=clone(encoder, safe=False), random_state=unfitted.random_state)


def _widths(network: str) -> tuple[int, ...]:
    return Network.parse(network).widths


def refuse_other_inputs(network: str, frame: polars.DataFrame, y: np.ndarray) -> None:
    """Raise `InvalidParameter` unless the encoded table has as many columns as the network has inputs.

    Args:
        network: widths, such as "30-64-64-1".
        frame: the training rows, (n, d).
        y: labels as 0 and 1, (n,).
    """
    from separatrix.estimators.encoding.encoder import TableEncoder

    widths = _widths(network)
    n_encoded = len(TableEncoder(random_state=0).fit(frame, y).get_feature_names_out())
    if widths[0] != n_encoded:
        fitting = "-".join(map(str, (n_encoded, *widths[1:])))
        raise InvalidParameter(
            f"the encoded table has {n_encoded} column{'s' * (n_encoded != 1)}, but the network {network} has {widths[0]} "
            f"inputs; the network {fitting} fits the table."
        )


class StopCallback:
    """Reports each epoch or member of an ensemble, and can end the training, by scikit-learn's protocol for callbacks.

    Args:
        stop: returns True to end the training, or None.
        report: called with the number of epochs or members done, or None.
    """

    def __init__(self, stop: Callable[[], bool] | None, report: Callable[[int], object] | None) -> None:
        self.stop, self.report, self.steps = stop, report, 0

    def setup(self, estimator: Any, context: Any) -> None:
        """Nothing to prepare; the protocol requires the method."""

    def teardown(self, estimator: Any, context: Any) -> None:
        """Nothing to release; the protocol requires the method."""

    def on_fit_task_begin(self, estimator: Any, context: Any, **more: Any) -> None:
        """Nothing happens before a task; the protocol requires the method."""

    def on_fit_task_end(self, estimator: Any, context: Any, **more: Any) -> bool:
        """Report one more epoch or member, and return whether to end the training."""
        # The protocol also calls this for the whole fit, which is no step of it.
        if getattr(context, "task_name", "") not in ("epoch", "member"):
            return False
        self.steps += 1
        if self.report is not None:
            self.report(self.steps)
        return self.stop is not None and self.stop()
