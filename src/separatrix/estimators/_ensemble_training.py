"""The training of an ensemble: folds, encodings, base models in turn, and the blend of all that is trained."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.splits import cross_fitting_folds
from separatrix.estimators._blending import Blend, blend, centre_of
from separatrix.estimators._cross_fitting import CrossFitting, FittedBaseModel, log_losses
from separatrix.estimators._screening import FEWEST_COLUMNS, MOST_ROWS_LEVELLED, fit_screened, levels_of
from separatrix.estimators.base_models import BASE_MODELS, BaseModel, budget_for, encoding_for, pieces_for
from separatrix.estimators.encoding.encoder import TableEncoder
from separatrix.estimators.portable import Member
from separatrix.evaluation.thresholds import best_threshold
from separatrix.networks.activations import sigmoid
from separatrix.support.machine import threads_of
from separatrix.support.seeds import child_seed, seed_of

if TYPE_CHECKING:
    from separatrix.estimators._base import Tasks
    from separatrix.estimators._rows import Rows
    from separatrix.estimators.encoding.encoding import Encoding


@dataclass(frozen=True, eq=False)
class OutOfFoldRows:
    """Training rows with the blend's logits by networks that weren't trained on them.

    Of these, thresholds, calibrations and intervals can be computed that hold for new rows. With groups or times, each
    row was judged by networks that saw nothing of its group, or nothing that was as late.

    Attributes:
        index: of each row in the table that was given to `fit`, (m,) int64; a row whose weight was written out as copies
            is there as often.
        logit: of the second class, (m,) float64.
        y: 0 for the first class and 1 for the second, (m,) int8.
        weight: (m,) float64.
        group: number of each row's group, (m,) int64, or None.
        time: rank of each row's time, (m,) int64, or None.
    """

    index: np.ndarray
    logit: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    group: np.ndarray | None = None
    time: np.ndarray | None = None

    @classmethod
    def of(cls, rows: Rows, judged: np.ndarray, logit: np.ndarray) -> OutOfFoldRows:
        """The record of the rows that were judged, (n,) bool, with their logits, (m,)."""
        index = np.arange(len(rows)) if rows.index is None else rows.index
        weight = np.ones(len(rows)) if rows.weight is None else rows.weight
        dependence = rows.dependence
        group, time = (None, None) if dependence is None else (dependence.group, dependence.time)
        return cls(
            index[judged],
            logit,
            rows.y[judged],
            weight[judged],
            None if group is None else group[judged],
            None if time is None else time[judged],
        )


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Fitted base models and their blend.

    Attributes:
        fitted: the base models that have a network, each with its encoding.
        blend: their weights.
        log_loss: of the blend on out-of-fold rows; NaN if there are none.
        threshold: see `SeparatrixClassifier.threshold_`.
        out_of_fold: rows that were judged, or None.
    """

    fitted: tuple[tuple[FittedBaseModel, Encoding], ...]
    blend: Blend
    log_loss: float
    threshold: float
    out_of_fold: OutOfFoldRows | None = None

    @classmethod
    def blended(cls, fitted: list[tuple[FittedBaseModel, Encoding]], rows: Rows, metric: str | None) -> Ensemble:
        """Blend base models, and choose the threshold that maximises the metric.

        Args:
            fitted: base models with their encodings.
            rows: that they were fitted on.
            metric: a name from `METRICS`, or None for a threshold of 0.5.
        """
        # only out-of-fold logits: on its own training rows a network looks better than it is
        logits = np.stack([model.out_of_fold for model, _ in fitted], axis=1)  # (n, base models)
        # of a large table only some rows are held out of a network, and a time limit leaves others without one
        judged = np.isfinite(logits).all(axis=1)
        y, weight = rows.y[judged], None if rows.weight is None else rows.weight[judged]
        if len(np.unique(y)) < 2:  # there is nothing to fit weights to
            return cls(tuple(fitted), Blend(np.full(len(fitted), 1 / len(fitted)), 0.0), float("nan"), 0.5)
        centre = centre_of([model.base_model for model, _ in fitted], rows.total, len(fitted[0][1].columns))
        weights = blend(logits[judged], y, weight, centre)
        z = logits[judged] @ weights.weights + weights.shift
        threshold = 0.5 if metric is None else best_threshold(sigmoid(z), y, weight, metric)
        loss = float(log_losses(z, y, weight))
        return cls(tuple(fitted), weights, loss, threshold, OutOfFoldRows.of(rows, judged, z))

    def attributes(self) -> dict[str, Any]:
        """The fitted attributes of the estimator."""
        models = [model for model, _ in self.fitted]
        return {
            "members_": self.members(),
            "threshold_": self.threshold,
            "log_loss_": self.log_loss,
            "out_of_fold_": self.out_of_fold,
            "_base_models": {
                "base_model": [model.base_model.name for model in models],
                "network": [str(model.network) for model in models],
                "members": [len(model.parameters) for model in models],
                "weight": self.blend.weights.tolist(),
                "log_loss": [float(model.losses[model.checkpoint]) for model in models],
                "checkpoint": [model.checkpoint for model in models],
                "seconds": [model.seconds for model in models],
            },
        }

    def members(self) -> tuple[Member, ...]:
        """The networks of base models with a weight; each adds an equal part of its base model's weight and of the shift."""
        weighted = [
            (encoding, model.network, parameters, weight / len(model.parameters))
            for (model, encoding), weight in zip(self.fitted, self.blend.weights.tolist(), strict=True)
            if weight > 0
            for parameters in model.parameters
        ]
        # so that the members' parts add up to the blend, whatever their number
        shift = self.blend.shift / len(weighted)
        return tuple(Member(encoding, network, p, scale, shift) for encoding, network, p, scale in weighted)


def fit_ensemble(
    rows: Rows,
    settings: dict[str, Any],
    start: float,
    new_tasks: Callable[[int], Tasks],
    attributes: Callable[[Ensemble], dict[str, Any]],
) -> Ensemble:
    """Train all base models and blend them.

    Args:
        rows: in random order.
        settings: the estimator's parameters, checked.
        start: the `time.monotonic()` from which the time limit counts.
        new_tasks: returns scikit-learn's callback tasks for a number of steps.
        attributes: returns the estimator's fitted attributes for an ensemble, for callbacks.
    """
    seed, limit, verbose = seed_of(settings["random_state"]), settings["time_limit"], settings["verbose"]
    # seeds for folds, networks and encodings are derived apart: a change of one leaves the others
    folds = cross_fitting_folds(rows.y, settings["n_members"], child_seed(seed, 0), rows.dependence)
    tasks = new_tasks(len(folds) * len(BASE_MODELS))
    fitted: list[tuple[FittedBaseModel, Encoding]] = []

    def blend_so_far() -> dict[str, Any] | None:
        return attributes(Ensemble.blended(fitted, rows, settings["metric"])) if fitted else None

    def on_fold_end(base_model: BaseModel, done: int) -> bool:
        if verbose > 1:
            print(f"{base_model.name}: network {done} of {len(folds)}")
        return not tasks.end_step(blend_so_far)

    cross_fitting = CrossFitting(
        y=rows.y,
        weight=rows.weight,
        folds=folds,
        budget=budget_for(len(rows.y[folds[0].train])),
        seed=child_seed(seed, 1),
        threads=threads_of(settings["n_jobs"]),
        # counted from the first line of `fit`, reading and encoding included
        deadline=np.inf if limit is None else start + limit,
        on_fold_end=on_fold_end,
    )

    def take(model: FittedBaseModel, encoding: Encoding) -> None:
        fitted.append((model, encoding))
        if verbose:
            print(_summary(model))

    levels: np.ndarray | None = None
    for encoding, x, base_models in _encoded(rows, child_seed(seed, 2), settings["missing_words"]):
        for model in cross_fitting.fit(base_models, x):
            take(model, encoding)
        if levels is None and len(encoding.columns) >= FEWEST_COLUMNS and not cross_fitting.is_over:
            levels = levels_of(encoding, x[:MOST_ROWS_LEVELLED])
        del x  # a large table has no room for two encodings
    if levels is not None:
        rivals, words = [model for model, _ in fitted], settings["missing_words"]
        for model, encoding in fit_screened(cross_fitting, rows, levels, rivals, tasks, words, child_seed(seed, 2)):
            take(model, encoding)
    ensemble = Ensemble.blended(fitted, rows, settings["metric"])
    tasks.close(lambda: attributes(ensemble))
    return ensemble


def _encoded(
    rows: Rows, seed: int, words: Collection[str] | None
) -> Iterator[tuple[Encoding, np.ndarray, list[tuple[int, BaseModel]]]]:
    """Each encoding, the encoded rows (n, k) float32 and the base models that take them; one at a time, to save memory."""
    # the position is part of a network's seed, so it counts all base models and not those of an encoding
    numbered = list(enumerate(BASE_MODELS.values()))
    encodings = [encoding_for(base_model, rows.x.shape[1]) for _, base_model in numbered]
    # unique, in the order of the base models
    for numbers in dict.fromkeys(encodings):
        pieces = pieces_for(*rows.x.shape)
        encoder = TableEncoder(numbers, pieces=pieces, missing_words=words, random_state=seed)
        x = encoder._fit_encode(
            rows.x, rows.y, rows.weight, "float32", rows.dependence
        )  # finite, whatever the table holds
        chosen = [entry for entry, encoding in zip(numbered, encodings, strict=True) if encoding == numbers]
        yield encoder.encoding_, x, chosen
        del x  # before the next takes its place


def _summary(model: FittedBaseModel) -> str:
    return (
        f"{model.base_model.name}: {len(model.parameters)} networks {model.network} in {model.seconds:.1f} s, "
        f"out-of-fold log loss {model.losses[model.checkpoint]:.4f}"
    )
