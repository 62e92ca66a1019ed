"""The whole job on a table: split off test rows, train, evaluate, cross-validate, and compare with simpler models."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.splits import cross_validation_rows, train_test_rows
from separatrix.errors import InvalidData
from separatrix.evaluation.cross_validation import (
    LOGISTIC,
    NETWORK,
    NETWORKS,
    Evaluation,
    judged,
    majority,
)
from separatrix.evaluation.overview import classes_of
from separatrix.evaluation.overview.views import as_text
from separatrix.evaluation.scores import THRESHOLD, scored
from separatrix.evaluation.thresholds import decision_threshold
from separatrix.reports._table_classifier import (
    CROSSED,
    StopCallback,
    batch_size,
    concurrent_fits,
    prototype,
    refuse_other_inputs,
)
from separatrix.support.constraints import SEED, Integer, Optional, Real, Rule, check

if TYPE_CHECKING:
    from separatrix.data.table import Table

FOLDS = 5
_RULES: dict[str, Rule] = {
    "test_fraction": Real(0, 0.9),
    "folds": Optional(Integer(0, 100)),
    "threshold": Optional(THRESHOLD),
    "seed": SEED,
}
Splits = list[tuple[np.ndarray, np.ndarray]]  # for each fold: indices of rows to train on, and of rows to predict
OnStep = Callable[[str, int, int], object]  # name of the next step, steps done, number of all steps


@dataclass(frozen=True, eq=False)
class TableFit:
    """The results of `fit_table` or `judge_table`.

    Attributes:
        table: the data.
        classes: names of classes 0 and 1.
        y: labels as 0 and 1, (n,) int.
        classifier: fitted on the training rows.
        train_rows: indices of the training rows, (k,) int.
        test_rows: indices of the test rows, (m,) int; empty if there are none.
        test: metrics on the test rows, or None.
        cross_validation: cross-validated metrics on the training rows, or None.
        members: classifiers trained on other rows, which show where models disagree: the fold models of an ensemble, or
            those of the cross-validation.
        positive: index of the column of `predict_proba` that belongs to class 1.
        threshold: rows with at least this probability are predicted as class 1.
        seconds: of the whole job.
        complete: whether the job ran to its end.
    """

    table: Table
    classes: tuple[str, str]
    y: np.ndarray
    classifier: Any
    train_rows: np.ndarray
    test_rows: np.ndarray
    test: Evaluation | None
    cross_validation: Evaluation | None
    members: tuple[Any, ...]
    positive: int
    threshold: float
    seconds: float
    complete: bool


class _JobStopped(Exception):
    """Ends the job from inside a step; callers of the job never see it."""


def fit_table(
    table: Table,
    *,
    positive: Any = None,
    classifier: Any = None,
    settings: Mapping[str, Any] | None = None,
    network: str | None = None,
    test_fraction: float = 0.2,
    folds: int | None = None,
    threshold: float | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
    on_epoch: Callable[[int], object] | None = None,
    stop: Callable[[], bool] | None = None,
) -> TableFit:
    """Train a classifier on a table and evaluate it.

    A share of each class is split off as test rows. A classifier is trained on the other rows and evaluated on the test
    rows; then the classifier and a logistic regression are cross-validated on the same folds of the training rows.

    Args:
        table: with a target of two classes.
        positive: the label of class 1; by default the last in sorted order.
        classifier: an unfitted estimator; by default a `SeparatrixClassifier`.
        settings: trains a single network: parameters of `MLPBinaryClassifier` that differ from SETTINGS.
        network: trains a single network: widths from encoded inputs to outputs, such as "30-64-64-1", instead of
            `hidden_layer_sizes`.
        test_fraction: the share of each class that becomes test rows; 0 trains on all rows.
        folds: number of folds of the cross-validation; 0 skips it. None means FOLDS, or 0 where there are test rows and
            the table has more than CROSSED rows.
        threshold: rows with at least this probability are predicted as class 1; None means the classifier's own
            threshold, which is one half unless it was chosen for a metric.
        seed: of the split, the folds and every training.
        on_step: called before each step with its name, the number of steps done and the number of all steps.
        on_epoch: called with scikit-learn 1.9 or later after each epoch of the first training with its number, or after
            each network of an ensemble.
        stop: called before each step and, with scikit-learn 1.9 or later, after each epoch or network; when it returns
            True, the training ends and no further step begins.

    Returns:
        The fitted classifier and its evaluations; `complete` is False after a stop.

    Raises:
        InvalidData: the target doesn't have two classes, or one of them has too few rows.
        InvalidParameter: a setting is out of range, or the widths don't fit the table.

    Examples:
        >>> import numpy as np, polars
        >>> from separatrix.data.table import Table
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=120)
        >>> frame = polars.DataFrame({"x": x, "bought": np.where(x + rng.normal(size=120) > 0, "yes", "no")})
        >>> fit = fit_table(Table.from_frame(frame, "bought"), folds=0)
        >>> fit.classes, len(fit.test_rows), [each.name for each in fit.test.baselines]
        (('no', 'yes'), 24, ['logistic regression', 'majority class'])
    """
    options = {"test_fraction": test_fraction, "folds": folds, "threshold": threshold, "seed": seed}
    check("fit_table", options, _RULES)
    start = time.perf_counter()
    # On a large table the interval on the test rows is narrow, and a cross-validation would take several times as long.
    if folds is None:
        folds = 0 if test_fraction and table.n_rows > CROSSED else FOLDS
    # Rows of the smallest training: a fold's.
    smallest_training = table.n_rows * (1 - test_fraction) * (1 - 1 / folds if folds else 1)
    unfitted = prototype(classifier, settings, network, batch_size(table.n_rows, smallest_training), seed)
    classes, y = classes_of(table, positive)
    # The split is stratified: each class gives the same share, so that rare classes are among the test rows too.
    all_rows = np.arange(len(y))
    train_rows, test_rows = train_test_rows(y, test_fraction, seed) if test_fraction else (all_rows, all_rows[:0])
    splits = list(cross_validation_rows(y[train_rows], folds, seed)) if folds else []
    steps = 1 + len(splits) + bool(len(test_rows))
    if network is not None:
        refuse_other_inputs(network, table.frame[train_rows], y[train_rows])
    # From here on the work is long. Everything that can be refused has been.
    job = _TableJob(table, classes, y, unfitted, threshold, on_step, stop, steps)
    job.step("training")
    fitted = job.network(train_rows, on_epoch)
    job.threshold = decision_threshold(fitted, job.positive) if threshold is None else threshold
    test, cross_validation, members = None, None, tuple[Any, ...]()
    # The threshold comes from the classifier that is returned, and every evaluation uses it.
    try:
        if len(test_rows):
            test = job.on_test_rows(fitted, train_rows, test_rows)
        if splits:
            cross_validation, members = job.cross_validated(
                train_rows, splits, concurrent_fits(fitted, len(train_rows))
            )
    except _JobStopped:  # the evaluations that are complete count; the one in progress is dropped
        pass
    if hasattr(fitted, "fold_models"):  # an ensemble has models of its own for every fold, on all training rows
        members = fitted.fold_models()
    return TableFit(
        table=table,
        classes=classes,
        y=y,
        classifier=fitted,
        train_rows=train_rows,
        test_rows=test_rows,
        test=test,
        cross_validation=cross_validation,
        members=members,
        positive=job.positive,
        threshold=job.threshold,
        seconds=time.perf_counter() - start,
        complete=not job.stopped,
    )


def _column_of_class_1(table: Table, y: np.ndarray) -> int:
    """The index of its column in `predict_proba`, which has the classes sorted, whichever is the positive one."""
    assert table.labels is not None  # `classes_of` refuses a table without labels
    return int(table.labels[int(np.argmax(y))] == table.labels.max())


class _TableJob:
    """The steps of one job, which share the table and report their progress."""

    def __init__(
        self,
        table: Table,
        classes: tuple[str, str],
        y: np.ndarray,
        prototype: Any,
        threshold: float | None,
        on_step: OnStep | None,
        stop: Callable[[], bool] | None,
        steps: int,
    ) -> None:
        self.frame, self.target, self.labels = table.frame, table.target, table.labels
        self.classes, self.y, self.prototype = classes, y, prototype
        self.threshold = 0.5 if threshold is None else threshold
        self.on_step, self.stop, self.steps, self.done = on_step, stop, steps, 0
        self.positive = _column_of_class_1(table, y)

    @property
    def stopped(self) -> bool:
        """Whether the caller asks to stop."""
        return self.stop is not None and self.stop()

    def step(self, name: str) -> None:
        """Report the next step, or raise `_JobStopped`; the first step is always taken, so that there is a classifier."""
        if self.done and self.stopped:
            raise _JobStopped
        if self.on_step is not None:
            self.on_step(name, self.done, self.steps)
        self.done += 1

    def network(self, rows: np.ndarray, on_epoch: Callable[[int], object] | None = None) -> Any:
        """A classifier fitted on these rows."""
        from sklearn.base import clone

        assert self.target is not None
        assert self.labels is not None
        frame = self.frame[rows].with_columns(self.labels[rows].alias(self.target))
        classifier = clone(self.prototype)
        if self.stop is not None or on_epoch is not None:
            # scikit-learn before 1.9 has no callbacks: a stop then takes effect between two steps.
            with contextlib.suppress(NotImplementedError):
                classifier.set_callbacks(StopCallback(self.stop, on_epoch))
        return classifier.fit(frame, self.target)

    def logistic(self, rows: np.ndarray) -> Any:
        """The baseline, fitted on these rows: the same encoding and no hidden layer, trained to convergence."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        from separatrix.estimators.encoding.encoder import TableEncoder

        # The same encoding, so that a difference is due to the hidden layers and not to the preparation of the columns.
        model = make_pipeline(TableEncoder(random_state=0), LogisticRegression(max_iter=1000))
        return model.fit(self.frame[rows], self.y[rows])

    def on_test_rows(self, classifier: Any, train_rows: np.ndarray, test_rows: np.ndarray) -> Evaluation:
        """The metrics of the classifier, a logistic regression and the majority class on the test rows."""
        self.step("evaluation on the test rows")
        y = self.y[test_rows]
        network = classifier.predict_proba(self.frame[test_rows])[:, self.positive]
        baseline = self.logistic(train_rows).predict_proba(self.frame[test_rows])[:, 1]
        return Evaluation(
            f"{len(test_rows):,} test rows",
            judged(name_of(classifier), scored(y, network, self.classes), self.threshold),
            (
                judged(LOGISTIC, scored(y, baseline, self.classes), self.threshold),
                majority(self.y[train_rows], y, self.classes),
            ),
        )

    def cross_validated(self, rows: np.ndarray, splits: Splits, threads: int) -> tuple[Evaluation, tuple[Any, ...]]:
        """The metrics of both kinds of model over the same folds, and the classifiers of all folds.

        Every row is predicted by models that were not trained on it; the metrics are over all rows at once.
        """
        y, members = self.y[rows], []
        network, baseline = np.empty(len(y)), np.empty(len(y))

        def fit_fold(fold: tuple[np.ndarray, np.ndarray]) -> tuple[Any, np.ndarray, np.ndarray]:
            train, test = rows[fold[0]], self.frame[rows[fold[1]]]
            member = self.network(train)
            return member, member.predict_proba(test)[:, self.positive], self.logistic(train).predict_proba(test)[:, 1]

        with ThreadPoolExecutor(min(threads, len(splits))) as pool:
            futures = [pool.submit(fit_fold, fold) for fold in splits]
            try:
                for k, (future, (_, test)) in enumerate(zip(futures, splits, strict=True), start=1):
                    self.step(f"cross-validation, fold {k} of {len(splits)}")
                    member, network[test], baseline[test] = future.result()
                    members.append(member)
            finally:
                # After an error or a stop, folds that haven't begun never do.
                pool.shutdown(wait=False, cancel_futures=True)
        if self.stopped:  # then the last folds ended early, and their predictions don't count
            raise _JobStopped
        evaluation = Evaluation(
            f"{len(y):,} rows, cross-validated in {len(splits)} folds",
            judged(name_of(members[0]), scored(y, network, self.classes), self.threshold),
            (judged(LOGISTIC, scored(y, baseline, self.classes), self.threshold), majority(y, y, self.classes)),
        )
        return evaluation, tuple(members)


def name_of(classifier: Any) -> str:
    """The name of a classifier in an evaluation."""
    return NETWORKS if hasattr(classifier, "members_") else NETWORK


def judge_table(classifier: Any, table: Table, *, positive: Any = None, threshold: float | None = None) -> TableFit:
    """Evaluate a fitted classifier on a labelled table, none of whose rows it was trained on.

    Args:
        classifier: fitted on a table with these columns.
        table: with a target whose labels are the classifier's.
        positive: the label of class 1; by default the last in sorted order.
        threshold: rows with at least this probability are predicted as class 1; None means the classifier's own.

    Raises:
        InvalidData: the table lacks columns, has labels that the classifier doesn't know, or has one class only.
        InvalidParameter: the threshold is outside [0, 1].
    """
    import polars

    from separatrix.data.kinds.words import as_classes
    from separatrix.data.table import matched
    from separatrix.estimators.portable import as_portable

    start = time.perf_counter()
    if table.labels is not None:
        distinct = table.labels.unique().to_list()
        renamed = as_classes(distinct, classifier.classes_.tolist())
        if len(renamed) == len(distinct) == 2:  # the classes of the model, perhaps written in another way
            positive = renamed.get(positive, positive)
            table = replace(table, labels=polars.Series(table.target, [renamed[x] for x in table.labels.to_list()]))
    classes, y = classes_of(table, positive)
    labels = [as_text(label) for label in classifier.classes_.tolist()]
    if sorted(labels) != sorted(classes):
        expected, given_labels = (" and ".join(map(repr, sorted(names))) for names in (labels, classes))
        raise InvalidData(f"the model predicts {expected}, but the labels of the table are {given_labels}.")
    kinds = as_portable(classifier).columns
    columns = [name for name in table.frame.columns if name in kinds]
    # A table may have further columns. Where one is missing, `matched` names it and the columns that come closest.
    frame = matched(table.frame.select(columns) if len(columns) == len(kinds) else table.frame, kinds)
    column = labels.index(classes[1])
    threshold = decision_threshold(classifier, column) if threshold is None else threshold
    rows = scored(y, classifier.predict_proba(frame)[:, column], classes)
    evaluation = Evaluation(
        f"{len(y):,} rows", judged(name_of(classifier), rows, threshold), (majority(y, y, classes),)
    )
    all_rows = np.arange(len(y))
    return TableFit(
        table=replace(table, frame=frame, kinds=dict(kinds)),
        classes=classes,
        y=y,
        classifier=classifier,
        train_rows=all_rows[:0],
        test_rows=all_rows,
        test=evaluation,
        cross_validation=None,
        members=(),
        positive=column,
        threshold=threshold,
        seconds=time.perf_counter() - start,
        complete=True,
    )
