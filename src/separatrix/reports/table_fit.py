"""The whole job on a table: split off test rows, train, evaluate, cross-validate, compare, and train on all rows."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.splits import cross_validation_rows, train_test_rows
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.estimators.row_costs import positive_rows
from separatrix.evaluation.cross_validation import NETWORK, NETWORKS, Evaluation, is_better, judged, majority
from separatrix.evaluation.overview import classes_of
from separatrix.evaluation.overview.views import as_text
from separatrix.evaluation.scores import THRESHOLD, scored
from separatrix.evaluation.thresholds import decision_threshold, differs_by_row
from separatrix.reports._table_classifier import (
    CROSSED,
    batch_size,
    concurrent_fits,
    linear_classifier,
    prototype,
    refuse_other_inputs,
)
from separatrix.reports._table_job import JobStopped, OnStep, TableJob, name_of
from separatrix.reports.evaluation_details import keep_evaluation
from separatrix.reports.table_roles import TableRoles, roles_of
from separatrix.support.constraints import SEED, Choice, Integer, Optional, Real, Rule, check

if TYPE_CHECKING:
    from separatrix.data.table import Table

FOLDS = 5
TEST_FRACTION = 0.2
MODELS = ("auto", "ensemble", "linear", "network")
_RULES: dict[str, Rule] = {
    "test_fraction": Optional(Real(0, 0.9)),
    "folds": Optional(Integer(0, 100)),
    "threshold": Optional(THRESHOLD),
    "seed": SEED,
    "model": Choice(MODELS),
}


@dataclass(frozen=True, eq=False)
class TableFit:
    """The results of `fit_table` or `judge_table`.

    Attributes:
        table: the data, its features alone.
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
        threshold: rows with at least this probability are predicted as class 1; where costs differ by row, one half, and the
            rows of the evaluations hold their own decisions.
        seconds: of the whole job.
        complete: whether the job ran to its end.
        roles: of the columns of the table that was given.
        saved: the classifier to keep: the recommended one, trained on all rows unless that was not asked for.
        choice: which classifier that is, on how many rows it was trained, and why, in whole sentences.
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
    roles: TableRoles = field(default_factory=TableRoles)
    saved: Any = None
    choice: str = ""


def fit_table(
    table: Table,
    *,
    positive: Any = None,
    classifier: Any = None,
    settings: Mapping[str, Any] | None = None,
    network: str | None = None,
    weight: str | None = None,
    groups: str | None = None,
    time: str | None = None,
    drop: Any = None,
    keep: Any = None,
    test_fraction: float | None = None,
    folds: int | None = None,
    threshold: float | None = None,
    model: str = "auto",
    holdout_only: bool = False,
    seed: int = 0,
    on_step: OnStep | None = None,
    on_epoch: Callable[[int], object] | None = None,
    stop: Callable[[], bool] | None = None,
) -> TableFit:
    """Train a classifier on a table and evaluate it.

    A share of each class is split off as test rows. A classifier is trained on the other rows and evaluated on the test
    rows; then the classifier and a logistic regression are cross-validated on the same folds of the training rows. The
    one that is recommended is trained once more, on all rows.

    Args:
        table: with a target of two classes.
        positive: the label of class 1; by default the last in sorted order.
        classifier: an unfitted estimator; by default a `SeparatrixClassifier`.
        settings: trains a single network: parameters of `MLPBinaryClassifier` that differ from SETTINGS.
        network: trains a single network: widths from encoded inputs to outputs, such as "30-64-64-1", instead of
            `hidden_layer_sizes`.
        weight: column with the weights of the rows in training. The figures count every row once.
        groups: column that says which rows belong together: wherever rows are held out, groups stay whole.
        time: column that says when each row was: wherever rows are held out, they are later than those trained on.
        drop: names of columns to leave out.
        keep: names of columns to use although they are named above or cannot help to predict new rows, such as numbers of
            rows, texts that are different in every row, and constants, which are left out by default.
        test_fraction: the share of each class that becomes test rows; 0 holds none out. None means TEST_FRACTION, or 0
            where a class has too few rows for a test and a training.
        folds: number of folds of the cross-validation; 0 skips it. None means FOLDS, or 0 where there are test rows and
            the table has more than CROSSED rows, or a class has too few.
        threshold: rows with at least this probability are predicted as class 1; None means the classifier's own
            threshold, which is one half unless it was chosen for a metric.
        model: what is recommended: "ensemble", "network" for a single network, "linear" for a logistic regression, or
            "auto" for the classifier unless a logistic regression is as good within the interval, and then for that.
        holdout_only: whether the recommended classifier stays the one that was trained without the test rows.
        seed: of the split, the folds and every training.
        on_step: called before each step with its name, the number of steps done and the number of all steps.
        on_epoch: called with scikit-learn 1.9 or later after each epoch of the first training with its number, or after
            each network of an ensemble.
        stop: called before each step and, with scikit-learn 1.9 or later, after each epoch or network; when it returns
            True, the training ends and no further step begins.

    Returns:
        The fitted classifiers and their evaluations; `complete` is False after a stop.

    Raises:
        InvalidData: the target doesn't have two classes, or one of them has too few rows; or groups or times can't be
            parted.
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
        >>> print(fit.choice)
        The logistic regression is recommended, and trained on all 120 rows: within the interval it is as good as the networks.
    """
    options = {"test_fraction": test_fraction, "folds": folds, "threshold": threshold, "seed": seed, "model": model}
    check("fit_table", options, _RULES)
    start = clock.perf_counter()
    classes, y = classes_of(table, positive)
    if model == "network" and classifier is None and network is None:
        settings = {} if settings is None else settings
    if model == "ensemble" and (settings is not None or network is not None):
        raise InvalidParameter(
            "model='ensemble' can't be recommended where a single network is described; leave out either."
        )
    roles = roles_of(table, y, weight=weight, groups=groups, time=time, drop=drop, keep=keep)
    test_fraction, folds = _judging(y, roles, test_fraction, folds)
    # Rows of the smallest training: a fold's.
    smallest_training = table.n_rows * (1 - test_fraction) * (1 - 1 / folds if folds else 1)
    unfitted = prototype(classifier, settings, network, batch_size(table.n_rows, smallest_training), seed)
    all_rows, dependence = np.arange(len(y)), roles.dependence
    # The split is stratified: each class gives the same share, so that rare classes are among the test rows too.
    train_rows, test_rows = all_rows, all_rows[:0]
    if test_fraction:
        train_rows, test_rows = train_test_rows(y, test_fraction, seed, dependence)
    train_dependence = None if dependence is None else dependence.take(train_rows)
    splits = list(cross_validation_rows(y[train_rows], folds, seed, train_dependence)) if folds else []
    # another kind of classifier, or more rows, than what is trained for the evaluation
    steps = 1 + len(splits) + bool(len(test_rows)) + (bool(len(test_rows)) and not holdout_only)
    if network is not None:
        refuse_other_inputs(network, roles.features_of(table).frame[train_rows], y[train_rows])
    # From here on the work is long. Everything that can be refused has been.
    job = TableJob(table, roles, classes, y, unfitted, threshold, on_step, stop, steps)
    job.step("training")
    fitted = job.network(train_rows, on_epoch)
    if threshold is None:
        job.decide_as(fitted)
    test, cross_validation, members, saved, choice = None, None, tuple[Any, ...](), fitted, ""
    # The threshold comes from the classifier that is returned, and every evaluation uses it.
    try:
        if len(test_rows):
            test = job.on_test_rows(fitted, train_rows, test_rows)
        if splits:
            cross_validation, members = job.cross_validated(
                train_rows, splits, concurrent_fits(fitted, len(train_rows))
            )
        saved, choice = _recommended(job, fitted, cross_validation or test, model, train_rows, holdout_only)
    except JobStopped:  # the evaluations that are complete count; the one in progress is dropped
        pass
    if hasattr(fitted, "fold_models"):  # an ensemble has models of its own for every fold, on all training rows
        members = fitted.fold_models()
    result = TableFit(
        table=roles.features_of(table),
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
        seconds=clock.perf_counter() - start,
        complete=not job.stopped,
        roles=roles,
        saved=saved,
        choice=choice,
    )
    keep_evaluation(result)
    return result


def _judging(y: np.ndarray, roles: TableRoles, test_fraction: float | None, folds: int | None) -> tuple[float, int]:
    """The share of test rows and the number of folds: as they are given, else what the table has enough rows for."""
    rarest = int(np.bincount(y, minlength=2).min())
    group = None if roles.dependence is None else roles.dependence.group
    if group is not None:  # a group is held out as one row would be
        rarest = min(len(np.unique(group[y == label])) for label in (0, 1))
        if folds is not None and folds > rarest:
            raise InvalidData(
                f"{folds} folds need as many groups with rows of each class, but one class is in {rarest}; use fewer folds "
                "(folds=, on the command line --folds)."
            )
    if test_fraction is None:
        test_fraction = TEST_FRACTION if rarest - max(1, round(TEST_FRACTION * rarest)) >= 2 else 0
    if folds is None:
        in_training = rarest - max(1, round(test_fraction * rarest)) if test_fraction else rarest
        folds = 0 if in_training < 2 or (test_fraction and len(y) > CROSSED) else FOLDS
    return test_fraction, folds


def _recommended(
    job: TableJob, fitted: Any, evaluation: Evaluation | None, model: str, train_rows: np.ndarray, holdout_only: bool
) -> tuple[Any, str]:
    """The classifier to keep, and a sentence about it."""
    better = evaluation is None or is_better(evaluation)
    linear = model == "linear" or (model == "auto" and not better)
    rows = train_rows if holdout_only else np.arange(len(job.y))
    part = "the training" if len(rows) < len(job.y) else "all"
    words = "The logistic regression is" if linear else BE[name_of(fitted)][0]
    reason = _reason(name_of(fitted), linear, better, model, evaluation is not None)
    sentence = f"{words} recommended, and trained on {part} {len(rows):,} rows: {reason}."
    if linear or len(rows) > len(train_rows):
        if len(rows) > len(train_rows):
            job.step("training on all rows")
        fitted = job.network(rows, prototype=linear_classifier(job.prototype) if linear else None)
    return fitted, sentence


BE = {NETWORKS: ("The networks are", "they are"), NETWORK: ("The network is", "it is")}


def _reason(name: str, linear: bool, better: bool, model: str, was_judged: bool) -> str:
    """Why this classifier is the one to keep, in a clause."""
    if not was_judged:
        return "no rows were held out, so nothing says how good a prediction is"
    if model == "auto":
        return (
            f"within the interval it is as good as the {name}"
            if linear
            else f"{BE[name][1]} better than a logistic regression"
        )
    if linear:
        return "this was asked for"
    return "this was asked for" + ("" if better else ", although a logistic regression is as good within the interval")


def judge_table(classifier: Any, table: Table, *, positive: Any = None, threshold: float | None = None) -> TableFit:
    """Evaluate a fitted classifier on a labelled table, none of whose rows it was trained on.

    Args:
        classifier: fitted on a table with these columns.
        table: with a target whose labels are the classifier's.
        positive: the label of class 1; by default the last in sorted order.
        threshold: rows with at least this probability are predicted as class 1; None means that the rows are decided as
            `predict` does, by the classifier's own threshold or by the costs of each row.

    Raises:
        InvalidData: the table lacks columns, has labels that the classifier doesn't know, or has one class only.
        InvalidParameter: the threshold is outside [0, 1].
    """
    import polars

    from separatrix.data.kinds.words import as_classes
    from separatrix.data.table import matched
    from separatrix.estimators.portable import as_portable

    start = clock.perf_counter()
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
    decided = None
    if threshold is None and differs_by_row(getattr(classifier, "costs_", None)):
        # costs may be in columns that are no features
        beside = table.frame.select(name for name in table.frame.columns if name not in kinds)
        decided = positive_rows(classifier, frame.hstack(beside), column)
    threshold = decision_threshold(classifier, column) if threshold is None else threshold
    rows = scored(y, classifier.predict_proba(frame)[:, column], classes, decided)
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
        seconds=clock.perf_counter() - start,
        complete=True,
    )
