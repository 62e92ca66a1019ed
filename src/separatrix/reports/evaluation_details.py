"""What a table says of a model beyond its scores: decisions, calibration, subgroups, and what has shifted since training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.kinds import KINDS
from separatrix.errors import InvalidParameter
from separatrix.evaluation.conformal import CalibrationScores, calibration_scores
from separatrix.evaluation.cross_validation import LOGISTIC, Estimate, Evaluation, Judged, judged
from separatrix.evaluation.decision_measures import (
    CalibrationFit,
    Subgroup,
    calibration_fit,
    decision_measures,
    estimate_record,
    subgroups,
)
from separatrix.evaluation.scores import Confusion, Scored, compute_confusion
from separatrix.evaluation.shift import Shift, compute_shift
from separatrix.evaluation.thresholds import decision_threshold
from separatrix.support.constraints import nearest

if TYPE_CHECKING:
    from separatrix.data.table import Table

MOST_VALUES, MOST_COLUMNS = 8, 8  # of columns whose subgroups a model file keeps


@dataclass(frozen=True, eq=False)
class EvaluationDetails:
    """The details of an evaluation.

    Attributes:
        confusion: counts by actual and predicted class.
        decisions: precision, recall, specificity and F1, by name.
        calibration: of the probabilities as a whole.
        groups: measures of the rows with each value of the columns that were asked for.
        shift: against the training table, or None for a model that keeps no profile of it.
    """

    confusion: Confusion
    decisions: dict[str, Estimate]
    calibration: CalibrationFit
    groups: tuple[Subgroup, ...] = ()
    shift: Shift | None = None

    def rows(self) -> list[list[str]]:
        """The subgroups as rows of text under `HEADS`."""
        return [
            [
                f"{group.column} = {group.value}",
                f"{group.rows:,}",
                f"{group.share.value:.1%}",
                f"{group.predicted:.1%}",
                *(
                    str(group.judged.measures[name]) if group.judged is not None else "one class only"
                    for name in ("AUC", "log loss")
                ),
                *(str(group.decisions[name]) if group.decisions else "" for name in ("precision", "recall")),
            ]
            for group in self.groups
        ]

    def record(self) -> dict[str, Any]:
        """Plain values for JSON, with null for what is undefined."""
        return {
            "confusion": dict(
                zip(
                    ("true_negative", "false_positive", "false_negative", "true_positive"),
                    self.confusion.counts.ravel().tolist(),
                    strict=True,
                )
            ),
            "decisions": {name: estimate_record(estimate) for name, estimate in self.decisions.items()},
            "calibration": {
                "predicted": self.calibration.predicted,
                "observed": estimate_record(self.calibration.observed),
                "slope": estimate_record(self.calibration.slope),
                "error": self.calibration.error,
            },
            "subgroups": [_group_record(group) for group in self.groups],
            "shift": None if self.shift is None else _shift_record(self.shift),
        }


HEADS = ["subgroup", "rows", "class 1", "predicted", "AUC", "log loss", "precision", "recall"]


def _group_record(group: Subgroup) -> dict[str, Any]:
    measures = {} if group.judged is None else group.judged.measures
    return {
        "column": group.column,
        "value": group.value,
        "rows": group.rows,
        "share": estimate_record(group.share),
        "predicted": group.predicted,
        "measures": {name: estimate_record(each) for name, each in {**measures, **group.decisions}.items()},
    }


def _shift_record(shift: Shift) -> dict[str, Any]:
    return {
        "rows": shift.rows,
        "rows_in_training": shift.rows_before,
        "share_of_class_1": shift.positive,
        "share_of_class_1_in_training": shift.positive_before,
        "columns": [
            {
                "name": column.name,
                "stability_index": column.index,
                "by_chance": column.by_chance,
                "missing": column.missing,
                "missing_in_training": column.missing_before,
                "unseen": column.unseen,
                "noticeable": column.noticeable,
            }
            for column in shift.columns
        ],
    }


def details_of(result: Any, table: Table, by: Sequence[str] = ()) -> EvaluationDetails:
    """The details of an evaluation by `judge_table`.

    Args:
        result: the evaluation, a `TableFit`.
        table: as it was read, with columns that the model may not use.
        by: names of columns by whose values the rows are judged in groups.

    Raises:
        InvalidParameter: there is no such column.
    """
    assert result.test is not None  # `judge_table` always has it
    rows, threshold = result.test.network.rows, result.threshold
    for name in by:
        if name not in table.frame.columns:
            raise InvalidParameter(f"by: the table has no column {name!r}.{nearest(name, table.frame.columns)}")
    groups = [group for name in dict.fromkeys(by) for group in subgroups(table.frame[name], rows, threshold)]
    profile = getattr(result.classifier, "profile_", None)
    shift = None
    if profile is not None:
        before = share_in_training(result.classifier, result.positive)
        shift = compute_shift(result.table.frame, profile, positive=float(rows.y.mean()), positive_before=before)
    return EvaluationDetails(
        compute_confusion(rows, threshold),
        decision_measures(rows, threshold),
        calibration_fit(rows),
        tuple(groups),
        shift,
    )


def share_in_training(classifier: Any, column: int) -> float | None:
    """The share of a class among the training rows, as far as the classifier knows it; column: of `predict_proba`."""
    scores, weights = getattr(classifier, "calibration_", None), getattr(classifier, "_class_weights", None)
    if weights is not None:
        return float(weights[column] / np.sum(weights))
    if scores is None:
        return None
    second = float(np.average(scores.y, weights=scores.weight))
    return second if column else 1 - second


def keep_evaluation(result: Any) -> None:
    """Let the saved classifier of a job know its evaluation, and the scores of rows that it wasn't trained on.

    A single network and a logistic regression have no out-of-fold rows of their own; they get those of the
    cross-validation, or the test rows. A model file keeps both, for label sets, intervals and the model card.

    Args:
        result: a `TableFit` of `fit_table`, whose `saved` is changed.
    """
    saved, evaluation = result.saved, result.test or result.cross_validation
    if evaluation is None or not hasattr(saved, "classes_"):
        return
    if getattr(saved, "calibration_", 0) is None:
        saved.calibration_ = _scores_of(result)
    costs = getattr(result.classifier, "costs_", None)
    if costs is not None and saved is not result.classifier and hasattr(saved, "choose_threshold"):
        saved.choose_threshold(costs=costs)
    rows, threshold = _judged_of(result, evaluation).rows, decision_threshold(saved, result.positive)
    groups = _audited_groups(result, rows, threshold) if evaluation is result.test else []
    details = EvaluationDetails(
        compute_confusion(rows, threshold),
        decision_measures(rows, threshold),
        calibration_fit(rows),
        tuple(groups),
    )
    saved.evaluation_ = details.record() | {
        "rows": evaluation.where,
        "of": len(result.y),
        "classes": list(result.classes),
        "threshold": details.confusion.threshold,
        "measures": {name: estimate_record(each) for name, each in judged("saved", rows, threshold).measures.items()},
    }


def _scores_of(result: Any) -> CalibrationScores:
    """The scores of the cross-validation, or of the test rows, for the kind of classifier that is saved."""
    source = result.cross_validation or result.test
    scores = _judged_of(result, source).rows
    p = np.clip(scores.probability, 1e-15, 1 - 1e-15)
    logit, y = np.log(p / (1 - p)), scores.y
    dependence = result.roles.dependence
    group = None if dependence is None else dependence.group
    if group is not None:
        group = group[result.train_rows if source is result.cross_validation else result.test_rows]
    if group is not None and len(group) != len(y):  # the earliest rows were predicted by no fold
        group = None
    sign = 1 if result.positive else -1
    return calibration_scores(sign * logit, y if result.positive else 1 - y, None, group)


def _judged_of(result: Any, evaluation: Evaluation) -> Judged:
    """The evaluation of the kind of classifier that is saved."""
    # the logistic regression of the comparison has the optimum of a network without hidden layers
    linear = getattr(result.saved, "hidden_layer_sizes", None) == ()
    if linear and result.saved is not result.classifier:
        rivals = [model for model in evaluation.baselines if model.name == LOGISTIC]
        return rivals[0] if rivals else evaluation.network
    return evaluation.network


def _audited_groups(result: Any, rows: Scored, threshold: float) -> list[Subgroup]:
    """Subgroups of the columns with a few values, of which a model card should tell."""
    frame = result.table.frame[result.test_rows]
    few = [
        name
        for name in frame.columns
        if KINDS[result.table.kinds[name]].ordered is False and 2 <= frame[name].drop_nulls().n_unique() <= MOST_VALUES
    ]
    return [group for name in few[:MOST_COLUMNS] for group in subgroups(frame[name], rows, threshold)]
