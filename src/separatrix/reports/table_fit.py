"""The whole job on a table: hold rows out, train, judge on them, cross-validate, and compare with what is simpler."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.data.splits import cross_validation_rows, train_test_rows
from separatrix.errors import InvalidData, InvalidParameter
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
from separatrix.networks.losses import LOSSES
from separatrix.support.constraints import SEED, Integer, Optional, Real, Rule, check
from separatrix.support.machine import threads_of, usable_cores

if TYPE_CHECKING:
    import polars

    from separatrix.data.table import Table

# Small tables overfit in 200 epochs: the best moment is watched for on rows held back from the training rows. One layer
# of 32 did no worse than four other shapes and penalties where they were tried, on a dozen tables of a few thousand rows.
SETTINGS: dict[str, Any] = {
    "hidden_layer_sizes": (32,),
    "encoder": "auto",
    "early_stopping": True,
    "validation_fraction": 0.15,
    "max_iter": 300,
    "n_iter_no_change": 20,
}
STEPS = 50  # in an epoch at least, with batches of 32 to 200 rows
FOLDS, CROSSED = 5, 20_000  # beyond so many rows, those held out say enough without a cross-validation
_RULES: dict[str, Rule] = {
    "test_fraction": Real(0, 0.9),
    "folds": Optional(Integer(0, 100)),
    "threshold": Optional(THRESHOLD),
    "seed": SEED,
}
Cuts = list[tuple[np.ndarray, np.ndarray]]  # numbers of rows to train on and to predict
OnStep = Callable[[str, int, int], object]  # what is done next, steps done, steps in all


@dataclass(frozen=True, eq=False)
class TableFit:
    """What came out.

    Attributes:
        table: what it was made of.
        classes: how classes 0 and 1 are called.
        y: labels as 0 and 1, (n,).
        classifier: fitted on the training rows.
        trained: numbers of the training rows.
        test_rows: numbers of the test rows; empty if there are none.
        test: measures on those, or None.
        crossed: cross-validated measures on the training rows, or None.
        members: classifiers trained on other rows, to see where they disagree: an ensemble's fold models, or those of the
            cross-validation.
        positive: which column of `predict_proba` belongs to class 1.
        threshold: from which probability on a row is taken for class 1.
        seconds: of the whole job.
        complete: whether nothing was cut short.
    """

    table: Table
    classes: tuple[str, str]
    y: np.ndarray
    classifier: Any
    trained: np.ndarray
    test_rows: np.ndarray
    test: Evaluation | None
    crossed: Evaluation | None
    members: tuple[Any, ...]
    positive: int
    threshold: float
    seconds: float
    complete: bool


class _Stopped(Exception):
    """Said by a step to the job alone, never to its caller."""


class _EveryStep:
    """Tells each epoch or member and asks after it whether to stop, by scikit-learn's protocol for callbacks."""

    def __init__(self, stop: Callable[[], bool] | None, tell: Callable[[int], object] | None) -> None:
        self.stop, self.tell, self.steps = stop, tell, 0

    def setup(self, estimator: Any, context: Any) -> None:
        """Of the protocol."""

    def teardown(self, estimator: Any, context: Any) -> None:
        """Of the protocol."""

    def on_fit_task_begin(self, estimator: Any, context: Any, **more: Any) -> None:
        """Of the protocol."""

    def on_fit_task_end(self, estimator: Any, context: Any, **more: Any) -> bool:
        """Whether to end the training."""
        if getattr(context, "task_name", "") not in ("epoch", "member"):  # the training itself has ended
            return False
        self.steps += 1
        if self.tell is not None:
            self.tell(self.steps)
        return self.stop is not None and self.stop()


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
    """Train a classifier of a table and find out what it is worth.

    Some rows of each class are held out. A classifier is trained on the others and judged on the ones held out; then
    the training rows are cross-validated, classifier and logistic regression on the same folds.

    Args:
        table: with a target of two classes.
        positive: the label of class 1; by default the last in sorted order.
        classifier: an unfitted estimator; by default a `SeparatrixClassifier`.
        settings: for a single network instead: parameters of `MLPBinaryClassifier` that differ from SETTINGS.
        network: likewise: widths from encoded inputs to outputs, such as "30-64-64-1", instead of `hidden_layer_sizes`.
        test_fraction: the share of each class held out; 0 trains on all rows.
        folds: of the cross-validation; 0 leaves it out; None is FOLDS, or 0 where rows are held out and there are more
            than CROSSED.
        threshold: from which probability on a row is taken for class 1; None is the classifier's own, one half unless it
            was asked for a metric.
        seed: of the draw of rows, the folds and every training.
        on_step: called before each step.
        on_epoch: called, from scikit-learn 1.9 on, after each epoch of the first training with its number; of an
            ensemble, after each network.
        stop: asked before each step and, from scikit-learn 1.9 on, after each epoch or network; once it answers True, the
            training ends with that and no further step is begun.

    Raises:
        InvalidData: no target of two classes, or too few rows of one.
        InvalidParameter: a setting out of range, or widths that don't fit the table.

    Examples:
        >>> import numpy as np, polars
        >>> from separatrix.data.table import Table
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=120)
        >>> frame = polars.DataFrame({"x": x, "bought": np.where(x + rng.normal(size=120) > 0, "yes", "no")})
        >>> found = fit_table(Table.from_frame(frame, "bought"), folds=0)
        >>> found.classes, len(found.test_rows), [each.name for each in found.test.others]
        (('no', 'yes'), 24, ['logistic regression', 'majority class'])
    """
    given = {"test_fraction": test_fraction, "folds": folds, "threshold": threshold, "seed": seed}
    check("fit_table", given, _RULES)
    began = time.perf_counter()
    if folds is None:
        folds = 0 if test_fraction and table.n_rows > CROSSED else FOLDS
    fewest = table.n_rows * (1 - test_fraction) * (1 - 1 / folds if folds else 1)  # rows of a training
    chosen = _prototype(classifier, settings, network, _batch(table.n_rows, fewest), seed)
    classes, y = classes_of(table, positive)
    everything = np.arange(len(y))
    trained, test_rows = train_test_rows(y, test_fraction, seed) if test_fraction else (everything, everything[:0])
    cuts = list(cross_validation_rows(y[trained], folds, seed)) if folds else []
    steps = 1 + len(cuts) + bool(len(test_rows))
    if network is not None:
        _refuse_other_inputs(network, table.frame[trained], y[trained])
    job = _Job(table, classes, y, chosen, threshold, on_step, stop, steps)
    job.step("training")
    fitted = job.network(trained, on_epoch)
    job.threshold = decision_threshold(fitted, job.positive) if threshold is None else threshold
    test, crossed, members = None, None, tuple[Any, ...]()
    try:
        if len(test_rows):
            test = job.on_test_rows(fitted, trained, test_rows)
        if cuts:
            crossed, members = job.cross_validated(trained, cuts, _at_a_time(fitted, len(trained)))
    except _Stopped:
        pass
    if hasattr(fitted, "fold_models"):
        members = fitted.fold_models()
    return TableFit(
        table,
        classes,
        y,
        fitted,
        trained,
        test_rows,
        test,
        crossed,
        members,
        job.positive,
        job.threshold,
        time.perf_counter() - began,
        not job.stopped,
    )


def _batch(rows: int, fewest: float) -> int | str:
    """Rows a step for a single network; all of them where a training has little more."""
    batch = int(np.clip(rows // STEPS, 32, 200))
    return batch if batch < fewest / 2 else "auto"


def _at_a_time(fitted: Any, rows: int) -> int:
    """How many classifiers like this one to train at a time, on so many rows."""
    if not hasattr(fitted, "run_"):  # an ensemble uses all cores, save where its base models wait for one another
        return 2 if rows <= CROSSED and threads_of(fitted.n_jobs) > 1 and fitted.time_limit is None else 1
    return 1 if fitted.run_.engine == "torch" else usable_cores()  # the compiled loop gives Python's lock back


def _prototype(
    classifier: Any, settings: Mapping[str, Any] | None, network: str | None, batch: int | str, seed: int
) -> Any:
    """The unfitted classifier that is asked for, with the seed."""
    from sklearn.base import clone

    from separatrix.estimators.ensemble import SeparatrixClassifier

    if settings is None and network is None:
        chosen = SeparatrixClassifier() if classifier is None else clone(classifier)
        return chosen.set_params(random_state=seed)
    if classifier is not None:
        raise InvalidParameter("give a classifier, or settings and network of a single one, not both.")
    return _single(settings or {}, network, batch, seed)


def _single(settings: Mapping[str, Any], network: str | None, batch: int | str, seed: int) -> Any:
    """One network, as SETTINGS have it but for these."""
    from separatrix.estimators.classifier import MLPBinaryClassifier
    from separatrix.estimators.settings import checked_classifier

    chosen = SETTINGS | {"random_state": seed, "batch_size": batch} | dict(settings)
    if network is not None:
        if "hidden_layer_sizes" in settings:
            raise InvalidParameter("give network or hidden_layer_sizes, not both.")
        chosen |= {"hidden_layer_sizes": _widths(network)[1:-1], "outputs": _widths(network)[-1]}
    if chosen.get("loss", "auto") in LOSSES:
        chosen.setdefault("outputs", LOSSES[chosen["loss"]].outputs)
    made = MLPBinaryClassifier(**chosen)
    checked_classifier(made.get_params(deep=False))  # before anything is computed
    return made


def _widths(network: str) -> tuple[int, ...]:
    from separatrix.networks.network import Network

    return Network.parse(network).widths


def _refuse_other_inputs(network: str, frame: polars.DataFrame, y: np.ndarray) -> None:
    """Raise `InvalidParameter` unless the table becomes as many numbers as the network takes."""
    from separatrix.estimators.encoding.encoder import TableEncoder

    widths = _widths(network)
    there = len(TableEncoder(random_state=0).fit(frame, y).get_feature_names_out())
    if widths[0] != there:
        fitting = "-".join(map(str, (there, *widths[1:])))
        raise InvalidParameter(
            f"the table becomes {there} numbers a row, not {widths[0]}: the network {fitting} fits it."
        )


def _column_of_class_1(table: Table, y: np.ndarray) -> int:
    """Which column of `predict_proba` belongs to it: the classifier sorts its classes, whichever is the positive one."""
    assert table.labels is not None  # `classes_of` has seen to it
    return int(table.labels[int(np.argmax(y))] == table.labels.max())


class _Job:
    """The steps of one job; they share the table, and tell what comes next."""

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
        """Whether to end."""
        return self.stop is not None and self.stop()

    def step(self, what: str) -> None:
        """Say what comes next, or raise `_Stopped`; the first step is always taken."""
        if self.done and self.stopped:
            raise _Stopped
        if self.on_step is not None:
            self.on_step(what, self.done, self.steps)
        self.done += 1

    def network(self, rows: np.ndarray, on_epoch: Callable[[int], object] | None = None) -> Any:
        """A classifier fitted on these rows."""
        from sklearn.base import clone

        assert self.target is not None
        assert self.labels is not None
        frame = self.frame[rows].with_columns(self.labels[rows].alias(self.target))
        classifier = clone(self.prototype)
        if self.stop is not None or on_epoch is not None:
            with contextlib.suppress(NotImplementedError):  # scikit-learn before 1.9: between the steps alone
                classifier.set_callbacks(_EveryStep(self.stop, on_epoch))
        return classifier.fit(frame, self.target)

    def logistic(self, rows: np.ndarray) -> Any:
        """What it is compared with: the same encoding, no hidden layer, solved to the end."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        from separatrix.estimators.encoding.encoder import TableEncoder

        model = make_pipeline(TableEncoder(random_state=0), LogisticRegression(max_iter=1000))
        return model.fit(self.frame[rows], self.y[rows])

    def on_test_rows(self, classifier: Any, trained: np.ndarray, test_rows: np.ndarray) -> Evaluation:
        """The classifier and what is simpler, on the test rows."""
        self.step("judging")
        y = self.y[test_rows]
        network = classifier.predict_proba(self.frame[test_rows])[:, self.positive]
        simple = self.logistic(trained).predict_proba(self.frame[test_rows])[:, 1]
        return Evaluation(
            f"{len(test_rows):,} test rows",
            judged(name_of(classifier), scored(y, network, self.classes), self.threshold),
            (
                judged(LOGISTIC, scored(y, simple, self.classes), self.threshold),
                majority(self.y[trained], y, self.classes),
            ),
        )

    def cross_validated(self, rows: np.ndarray, cuts: Cuts, workers: int) -> tuple[Evaluation, tuple[Any, ...]]:
        """Both kinds on the same folds; every row is predicted by models that didn't see it."""
        y, members = self.y[rows], []
        network, simple = np.empty(len(y)), np.empty(len(y))

        def one(cut: tuple[np.ndarray, np.ndarray]) -> tuple[Any, np.ndarray, np.ndarray]:
            train, test = rows[cut[0]], self.frame[rows[cut[1]]]
            member = self.network(train)
            return member, member.predict_proba(test)[:, self.positive], self.logistic(train).predict_proba(test)[:, 1]

        with ThreadPoolExecutor(min(workers, len(cuts))) as pool:
            waiting = [pool.submit(one, cut) for cut in cuts]
            try:
                for k, (future, (_, test)) in enumerate(zip(waiting, cuts, strict=True), start=1):
                    self.step(f"cross-validation, fold {k} of {len(cuts)}")
                    member, network[test], simple[test] = future.result()
                    members.append(member)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)  # those not begun when an error or a stop came
        if self.stopped:  # the last trainings were cut short
            raise _Stopped
        found = [
            judged(name, scored(y, p, self.classes), self.threshold)
            for name, p in (
                (name_of(members[0]), network),
                (LOGISTIC, simple),
            )
        ]
        found.append(majority(y, y, self.classes))
        where = f"{len(y):,} rows, cross-validated in {len(cuts)} folds"
        return Evaluation(where, found[0], tuple(found[1:])), tuple(members)


def name_of(classifier: Any) -> str:
    """What an evaluation calls it."""
    return NETWORKS if hasattr(classifier, "members_") else NETWORK


def judge_table(classifier: Any, table: Table, *, positive: Any = None, threshold: float | None = None) -> TableFit:
    """Judge a fitted classifier on a table with labels, all of whose rows are new to it.

    Args:
        classifier: fitted on a table with these columns.
        table: with a target whose labels are the classifier's.
        positive: the label of class 1; by default the last in sorted order.
        threshold: from which probability on a row is taken for class 1; None is the classifier's own.

    Raises:
        InvalidData: missing columns, labels that the classifier doesn't know, or one class only.
        InvalidParameter: a threshold outside [0, 1].
    """
    from separatrix.data.table import matched
    from separatrix.estimators.portable import as_portable

    began = time.perf_counter()
    classes, y = classes_of(table, positive)
    known, there = sorted(map(as_text, classifier.classes_.tolist())), sorted(classes)
    if known != there:
        raise InvalidData(
            f"the model tells {known[0]!r} from {known[1]!r}, but the labels are {there[0]!r} and {there[1]!r}."
        )
    kinds = as_portable(classifier).columns
    there = [name for name in table.frame.columns if name in kinds]
    frame = matched(table.frame.select(there) if len(there) == len(kinds) else table.frame, kinds)
    column = [as_text(each) for each in classifier.classes_.tolist()].index(classes[1])
    threshold = decision_threshold(classifier, column) if threshold is None else threshold
    rows = scored(y, classifier.predict_proba(frame)[:, column], classes)
    found = Evaluation(f"{len(y):,} rows", judged(name_of(classifier), rows, threshold), (majority(y, y, classes),))
    everything = np.arange(len(y))
    return TableFit(
        replace(table, frame=frame, kinds=dict(kinds)),
        classes,
        y,
        classifier,
        everything[:0],
        everything,
        found,
        None,
        (),
        column,
        threshold,
        time.perf_counter() - began,
        complete=True,
    )
