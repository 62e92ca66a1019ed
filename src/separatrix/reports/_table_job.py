"""The steps of one job on a table: trainings, the evaluation on test rows, the cross-validation, and their progress."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.errors import InvalidData
from separatrix.estimators.row_costs import cheaper_as_positive, positive_rows
from separatrix.evaluation.cross_validation import LOGISTIC, NETWORK, NETWORKS, Evaluation, judged, majority
from separatrix.evaluation.scores import scored
from separatrix.evaluation.thresholds import decision_threshold, differs_by_row
from separatrix.reports._table_classifier import StopCallback

if TYPE_CHECKING:
    import polars

    from separatrix.data.table import Table
    from separatrix.reports.table_roles import TableRoles

Splits = list[tuple[np.ndarray, np.ndarray]]  # for each fold: indices of rows to train on, and of rows to predict
OnStep = Callable[[str, int, int], object]  # name of the next step, steps done, number of all steps


class JobStopped(Exception):
    """Ends the job from inside a step; callers of the job never see it."""


@dataclass(frozen=True, eq=False)
class _Logistic:
    """A logistic regression on the same encoding as the network's."""

    encoder: Any
    regression: Any

    def probability(self, frame: polars.DataFrame) -> np.ndarray:
        """The probability of class 1, (n,)."""
        return np.asarray(self.regression.predict_proba(self.encoder.transform(frame))[:, 1])


class TableJob:
    """The steps of one job, which share the table and report their progress.

    Args:
        table: with all its columns.
        roles: of its columns.
        classes: names of classes 0 and 1.
        y: labels as 0 and 1, (n,).
        prototype: the unfitted classifier.
        threshold: rows with at least this probability are predicted as class 1; None until the classifier is fitted.
        on_step: see `fit_table`.
        stop: likewise.
        steps: their number.
    """

    def __init__(
        self,
        table: Table,
        roles: TableRoles,
        classes: tuple[str, str],
        y: np.ndarray,
        prototype: Any,
        threshold: float | None,
        on_step: OnStep | None,
        stop: Callable[[], bool] | None,
        steps: int,
    ) -> None:
        assert table.target is not None
        assert table.labels is not None
        self.frame, self.target, self.labels = table.frame, table.target, table.labels
        self.roles, self.features = roles, roles.features_of(table).frame
        self.classes, self.y, self.prototype = classes, y, prototype
        self.threshold = 0.5 if threshold is None else threshold
        self.row_costs: Mapping[str, Any] | None = None  # until the classifier is fitted
        self.on_step, self.stop, self.steps, self.done = on_step, stop, steps, 0
        # `predict_proba` has the classes sorted, whichever is the positive one
        self.positive = int(table.labels[int(np.argmax(y))] == table.labels.max())

    def decide_as(self, classifier: Any) -> None:
        """Let the rows be decided as a fitted classifier does: by its threshold, or by the costs of each row."""
        self.threshold = decision_threshold(classifier, self.positive)
        costs = getattr(classifier, "costs_", None)
        self.row_costs = costs if differs_by_row(costs) else None

    def decisions(self, classifier: Any, rows: np.ndarray) -> np.ndarray | None:
        """Whether a classifier predicts each of these rows as class 1, (k,) bool; None where one threshold decides."""
        return None if self.row_costs is None else positive_rows(classifier, self.frame[rows], self.positive)

    def decisions_by_costs(self, probability: np.ndarray, rows: np.ndarray) -> np.ndarray | None:
        """The same of a model that has only probabilities of class 1: the decision of lower expected cost in each row."""
        if self.row_costs is None:
            return None
        return cheaper_as_positive(probability, self.row_costs, self.frame[rows], self.positive)

    @property
    def stopped(self) -> bool:
        """Whether the caller asks to stop."""
        return self.stop is not None and self.stop()

    def step(self, name: str) -> None:
        """Report the next step, or raise `JobStopped`; the first step is always taken, so that there is a classifier."""
        if self.done and self.stopped:
            raise JobStopped
        if self.on_step is not None:
            self.on_step(name, self.done, self.steps)
        self.done += 1

    def network(self, rows: np.ndarray, on_epoch: Callable[[int], object] | None = None, prototype: Any = None) -> Any:
        """A classifier fitted on these rows; prototype: the unfitted classifier, by default that of the job."""
        from sklearn.base import clone

        frame = self.frame[rows].with_columns(self.labels[rows].alias(self.target))
        classifier = clone(self.prototype if prototype is None else prototype)
        if self.stop is not None or on_epoch is not None:
            # scikit-learn before 1.9 has no callbacks: a stop then takes effect between two steps.
            with contextlib.suppress(NotImplementedError):
                classifier.set_callbacks(StopCallback(self.stop, on_epoch))
        return classifier.fit(frame, self.target, **self.roles.arguments)

    def logistic(self, rows: np.ndarray) -> _Logistic:
        """The baseline, fitted on these rows: the same encoding and no hidden layer, trained to convergence."""
        from sklearn.linear_model import LogisticRegression

        from separatrix.estimators.encoding.encoder import TableEncoder

        y, weight = self.y[rows], None if self.roles.weight is None else self.roles.weight[rows]
        dependence = None if self.roles.dependence is None else self.roles.dependence.take(rows)
        group, time = (None, None) if dependence is None else (dependence.group, dependence.time)
        # The same encoding, so that a difference is due to the hidden layers and not to the preparation of the columns.
        encoder = TableEncoder(random_state=0)
        x = encoder.fit_transform(self.features[rows], y, weight, groups=group, time=time)
        return _Logistic(encoder, LogisticRegression(max_iter=1000).fit(x, y, weight))

    def on_test_rows(self, classifier: Any, train_rows: np.ndarray, test_rows: np.ndarray) -> Evaluation:
        """The metrics of the classifier, a logistic regression and the majority class on the test rows."""
        self.step("evaluation on the test rows")
        y, frame = self.y[test_rows], self.features[test_rows]
        network = classifier.predict_proba(frame)[:, self.positive]
        baseline = self.logistic(train_rows).probability(frame)
        return Evaluation(
            self.roles.test_rows_in_words(len(test_rows)),
            judged(
                name_of(classifier),
                scored(y, network, self.classes, self.decisions(classifier, test_rows)),
                self.threshold,
            ),
            (
                judged(
                    LOGISTIC,
                    scored(y, baseline, self.classes, self.decisions_by_costs(baseline, test_rows)),
                    self.threshold,
                ),
                majority(self.y[train_rows], y, self.classes),
            ),
        )

    def cross_validated(self, rows: np.ndarray, splits: Splits, threads: int) -> tuple[Evaluation, tuple[Any, ...]]:
        """The metrics of both kinds of model over the same folds, and the classifiers of all folds.

        Every row is predicted by models that were not trained on it; the metrics are over all such rows at once. In time
        the earliest rows are predicted by none.
        """
        members = []
        network, baseline, decided = np.empty(len(rows)), np.empty(len(rows)), np.empty(len(rows), bool)
        predicted = np.sort(np.concatenate([test for _, test in splits]))
        y = self.y[rows][predicted]
        if len(np.unique(y)) < 2:
            raise InvalidData(
                "the rows that later folds predict are all of one class, so that nothing can be cross-validated; use fewer "
                "folds, or none (folds=0, on the command line --folds 0)."
            )

        def fit_fold(fold: tuple[np.ndarray, np.ndarray]) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray | None]:
            train, test = rows[fold[0]], self.features[rows[fold[1]]]
            member = self.network(train)
            probability = member.predict_proba(test)[:, self.positive]
            return member, probability, self.logistic(train).probability(test), self.decisions(member, rows[fold[1]])

        with ThreadPoolExecutor(min(threads, len(splits))) as pool:
            futures = [pool.submit(fit_fold, fold) for fold in splits]
            try:
                for k, (future, (_, test)) in enumerate(zip(futures, splits, strict=True), start=1):
                    self.step(f"cross-validation, fold {k} of {len(splits)}")
                    member, network[test], baseline[test], by_costs = future.result()
                    decided[test] = False if by_costs is None else by_costs
                    members.append(member)
            finally:
                # After an error or a stop, folds that haven't begun never do.
                pool.shutdown(wait=False, cancel_futures=True)
        if self.stopped:  # then the last folds ended early, and their predictions don't count
            raise JobStopped
        network, baseline = network[predicted], baseline[predicted]
        own = None if self.row_costs is None else decided[predicted]
        evaluation = Evaluation(
            self.roles.folds_in_words(len(y), len(splits)),
            judged(name_of(members[0]), scored(y, network, self.classes, own), self.threshold),
            (
                judged(
                    LOGISTIC,
                    scored(y, baseline, self.classes, self.decisions_by_costs(baseline, rows[predicted])),
                    self.threshold,
                ),
                majority(y, y, self.classes),
            ),
        )
        return evaluation, tuple(members)


def name_of(classifier: Any) -> str:
    """The name of a classifier in an evaluation."""
    return NETWORKS if hasattr(classifier, "members_") else NETWORK
