"""An ensemble from checked rows: encoded, cross-fitted family by family, blended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize

from separatrix.estimators._cross_fitting import CrossFitting, Fitted, cuts_of, log_losses
from separatrix.estimators._rows import Rows
from separatrix.estimators.base_models import FAMILIES, Family
from separatrix.estimators.encoding.encoder import TableEncoder
from separatrix.estimators.portable import Member
from separatrix.estimators.settings import pieces_of, schedule_of
from separatrix.estimators.thresholds import best_threshold
from separatrix.networks.activations import sigmoid, softplus
from separatrix.support.seeds import child_seed
from separatrix.training.many import threads_of

if TYPE_CHECKING:
    from separatrix.estimators._callbacks import Tasks
    from separatrix.estimators.encoding.encoding import Encoding


@dataclass(frozen=True, eq=False)
class Ensemble:
    """What came out.

    Attributes:
        fitted: the families that were trained, each with the encoding before it.
        blend: their weights.
        log_loss: of the whole on rows that its members weren't trained on; NaN if there are none.
        threshold: see `SeparatrixClassifier.threshold_`.
    """

    fitted: tuple[tuple[Fitted, Encoding], ...]
    blend: Blend
    log_loss: float
    threshold: float

    def attributes(self) -> dict[str, Any]:
        """The estimator's fitted attributes."""
        return {
            "members_": self.members(),
            "threshold_": self.threshold,
            "log_loss_": self.log_loss,
            "_families": {
                "family": [each.family.name for each, _ in self.fitted],
                "network": [str(each.network) for each, _ in self.fitted],
                "members": [len(each.parameters) for each, _ in self.fitted],
                "weight": self.blend.weights.tolist(),
                "log_loss": [float(each.losses[each.moment]) for each, _ in self.fitted],
                "moment": [each.moment for each, _ in self.fitted],
                "seconds": [each.seconds for each, _ in self.fitted],
            },
        }

    def members(self) -> tuple[Member, ...]:
        """The networks that count, each with its part: the shift is shared out among all."""
        found = [
            (encoding, each.network, parameters, weight / len(each.parameters))
            for (each, encoding), weight in zip(self.fitted, self.blend.weights.tolist(), strict=True)
            if weight > 0
            for parameters in each.parameters
        ]
        shift = self.blend.shift / len(found)
        return tuple(Member(encoding, network, p, scale, shift) for encoding, network, p, scale in found)


def build(
    rows: Rows,
    settings: dict[str, Any],
    seed: int,
    began: float,
    tasks_of: Callable[[int], Tasks],
    state: Callable[[Ensemble], dict[str, Any]],
) -> Ensemble:
    """Train the families and blend them.

    Args:
        rows: in an order that means nothing.
        settings: the estimator's parameters, checked.
        seed: from which everything is drawn.
        began: the `time.monotonic()` from which on the time limit counts.
        tasks_of: makes scikit-learn's callback tasks of so many steps.
        state: the estimator's attributes with an ensemble, for callbacks.
    """
    cuts = cuts_of(rows.y, settings["n_members"], child_seed(seed, 0))
    trained = len(rows.y[cuts[0].trained])
    tasks = tasks_of(len(cuts) * len(FAMILIES))
    limit = settings["time_limit"]
    fitting = CrossFitting(
        y=rows.y, weight=rows.weight, cuts=cuts, schedule=schedule_of(trained), seed=child_seed(seed, 1),
        threads=threads_of(settings["n_jobs"]), deadline=np.inf if limit is None else began + limit,
    )  # fmt: skip  # one call
    found: list[tuple[Fitted, Encoding]] = []

    def heard(family: Family, done: int) -> bool:
        if settings["verbose"] > 1:
            print(f"{family.name}: network {done} of {len(cuts)}")
        stop = tasks.ended(lambda: state(_whole(found, rows, settings["metric"])) if found else None)
        return not stop

    fitting.on_member = heard
    for encoding, x, families in _encoded(rows, seed):
        for fitted in fitting.fit(families, x):
            found.append((fitted, encoding))
            _tell(fitted, settings["verbose"])
        del x  # a large table has no room for two encodings
    ensemble = _whole(found, rows, settings["metric"])
    tasks.close(lambda: state(ensemble))
    return ensemble


def _encoded(rows: Rows, seed: int) -> Any:
    """Each encoding with the rows as its numbers and the families that take them; one after the other, for memory's sake."""
    for kind in dict.fromkeys(family.encoding for family in FAMILIES.values()):
        encoder = TableEncoder(kind, pieces=pieces_of(*rows.x.shape), random_state=child_seed(seed, 2))
        x = encoder._fit_encode(rows.x, rows.y, rows.weight, "float32")  # finite, whatever the table holds
        yield encoder.encoding_, x, [(k, each) for k, each in enumerate(FAMILIES.values()) if each.encoding == kind]
        del x  # before the next takes its place


def _whole(found: list[tuple[Fitted, Encoding]], rows: Rows, metric: str | None) -> Ensemble:
    """The families blended, and the threshold for the metric."""
    held = np.stack([fitted.held for fitted, _ in found], axis=1)  # (n, families)
    known = np.isfinite(held).all(axis=1)
    y, weight = rows.y[known], None if rows.weight is None else rows.weight[known]
    if len(np.unique(y)) < 2:  # nothing to learn weights from
        equal = Blend(np.full(len(found), 1 / len(found)), 0.0)
        return Ensemble(tuple(found), equal, float("nan"), 0.5)
    weights = blend(held[known], y, weight)
    z = held[known] @ weights.weights + weights.shift
    threshold = 0.5 if metric is None else best_threshold(sigmoid(z), y, weight, metric)
    return Ensemble(tuple(found), weights, float(log_losses(z, y, weight)), threshold)


def _tell(fitted: Fitted, verbose: Any) -> None:
    if verbose:
        print(
            f"{fitted.family.name}: {len(fitted.parameters)} networks {fitted.network} in {fitted.seconds:.1f} s, "
            f"log loss {fitted.losses[fitted.moment]:.4f} on rows held back"
        )


# How much each family counts: weights of their logits, learnt from rows that the members weren't trained on.


HOLD = 3.0  # rows that say "all alike" to each weight: with 200 rows it is felt, with 2,000 no longer
LEAST = 0.01  # a family with less than this share of the weights is left out


@dataclass(frozen=True, eq=False)
class Blend:
    """Weights of the families, (f,) float64 of at least 0, and what is added."""

    weights: np.ndarray
    shift: float


def blend(logits: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> Blend:
    """Weights that make the log loss of `logits @ weights + shift` small.

    Args:
        logits: of each row by each family, from members that weren't trained on it, (n, f).
        y: labels 0 and 1, (n,).
        weight: of the rows, (n,), or None.

    Examples:
        >>> draw = np.random.default_rng(0)
        >>> y = draw.integers(0, 2, 500)
        >>> right, noise = (2 * y - 1) + draw.normal(size=500), draw.normal(size=500)
        >>> found = blend(np.stack([right, noise], axis=1), y)
        >>> bool(found.weights[0] > 1.5), bool(found.weights[1] < 0.2)
        (True, True)
    """
    found = _solved(logits, y, weight)
    few = found.weights < LEAST * found.weights.sum()
    if few.any() and not few.all():
        kept = _solved(logits[:, ~few], y, weight)
        weights = np.zeros(len(few))
        weights[~few] = kept.weights
        return Blend(weights, kept.shift)
    return found


def softened(y: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Labels as probabilities, (n,) float64; share: the rows' weights, (n,).

    Examples:
        >>> softened(np.array([0, 1, 1, 1]), np.ones(4)).round(3).tolist()
        [0.333, 0.8, 0.8, 0.8]
    """
    none, all_ = (float(share @ (y == label)) for label in (0, 1))
    return np.where(y == 1, (all_ + 1) / (all_ + 2), 1 / (none + 2))


def _solved(logits: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> Blend:
    count = logits.shape[1]
    start = np.append(np.full(count, 1 / count), 0.0)  # all alike, nothing added
    hold = HOLD * np.append(np.full(count, float(count)), 1.0)
    share = np.ones(len(y)) if weight is None else weight
    soft = softened(y, share)

    def objective(at: np.ndarray) -> tuple[float, np.ndarray]:
        z = logits @ at[:-1] + at[-1]  # (n, f) @ (f,) -> (n,)
        loss = share @ (softplus(z) - soft * z) + 0.5 * hold @ (at - start) ** 2
        slope = share * (sigmoid(z) - soft)
        return float(loss), np.append(slope @ logits, slope.sum()) + hold * (at - start)

    bounds = [(0.0, None)] * count + [(None, None)]
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return Blend(np.asarray(found.x[:-1]), float(found.x[-1]))
