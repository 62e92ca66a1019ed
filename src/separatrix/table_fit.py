"""The whole job on a table: hold rows out, train, judge on them, cross-validate, and compare with what is simpler."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.constraints import SEED, Integer, Real, Rule, check
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.evaluation import (
    LOGISTIC,
    NETWORK,
    Evaluation,
    folds_of,
    judged,
    majority,
    parts,
)
from separatrix.fleet import usable_cores
from separatrix.losses import LOSSES
from separatrix.overview import classes_of
from separatrix.overview.views import as_text
from separatrix.scores import THRESHOLD, scored

if TYPE_CHECKING:
    import polars

    from separatrix.table import Table

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
_RULES: dict[str, Rule] = {
    "held_out": Real(0, 0.9),
    "folds": Integer(0, 100),
    "threshold": THRESHOLD,
    "seed": SEED,
}
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
        unseen: numbers of the rows held out; empty if there are none.
        held: measures on those, or None.
        crossed: cross-validated measures on the training rows, or None.
        members: the classifiers of the cross-validation.
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
    unseen: np.ndarray
    held: Evaluation | None
    crossed: Evaluation | None
    members: tuple[Any, ...]
    positive: int
    threshold: float
    seconds: float
    complete: bool


class _Stopped(Exception):
    """Said by a step to the job alone, never to its caller."""


class _EveryEpoch:
    """Tells each epoch and asks after it whether to stop, by scikit-learn's protocol for callbacks."""

    def __init__(self, stop: Callable[[], bool] | None, tell: Callable[[int], object] | None) -> None:
        self.stop, self.tell, self.epoch = stop, tell, 0

    def setup(self, estimator: Any, context: Any) -> None:
        """Of the protocol."""

    def teardown(self, estimator: Any, context: Any) -> None:
        """Of the protocol."""

    def on_fit_task_begin(self, estimator: Any, context: Any, **more: Any) -> None:
        """Of the protocol."""

    def on_fit_task_end(self, estimator: Any, context: Any, **more: Any) -> bool:
        """Whether to end the training."""
        if getattr(context, "task_name", "epoch") != "epoch":  # the training itself has ended
            return False
        self.epoch += 1
        if self.tell is not None:
            self.tell(self.epoch)
        return self.stop is not None and self.stop()


def fit_table(
    table: Table,
    *,
    positive: Any = None,
    settings: Mapping[str, Any] | None = None,
    network: str | None = None,
    held_out: float = 0.2,
    folds: int = 5,
    threshold: float = 0.5,
    seed: int = 0,
    on_step: OnStep | None = None,
    on_epoch: Callable[[int], object] | None = None,
    stop: Callable[[], bool] | None = None,
) -> TableFit:
    """Train a classifier of a table and find out what it is worth.

    Some rows of each class are held out. A classifier is trained on the others and judged on the ones held out; then
    the training rows are cross-validated, network and logistic regression on the same folds.

    Args:
        table: with a target of two classes.
        positive: the label of class 1; by default the last in sorted order.
        settings: parameters of `MLPBinaryClassifier` that differ from SETTINGS.
        network: widths from encoded inputs to outputs, such as "30-64-64-1", instead of `hidden_layer_sizes`.
        held_out: the share of each class held out; 0 trains on all rows.
        folds: of the cross-validation; 0 leaves it out.
        threshold: from which probability on a row is taken for class 1.
        seed: of the draw of rows, the folds and every training.
        on_step: called before each step.
        on_epoch: called, from scikit-learn 1.9 on, after each epoch of the first training with its number.
        stop: asked before each step and, from scikit-learn 1.9 on, after each epoch; once it answers True, the training
            ends with that epoch and no further step is begun.

    Raises:
        InvalidData: no target of two classes, or too few rows of one.
        InvalidParameter: a setting out of range, or widths that don't fit the table.

    Examples:
        >>> import numpy as np, polars
        >>> from separatrix.table import Table
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=120)
        >>> frame = polars.DataFrame({"x": x, "bought": np.where(x + rng.normal(size=120) > 0, "yes", "no")})
        >>> found = fit_table(Table.from_frame(frame, "bought"), folds=0, settings={"max_iter": 20})
        >>> found.classes, len(found.unseen), [each.name for each in found.held.others]
        (('no', 'yes'), 24, ['logistic regression', 'majority class'])
    """
    given = {"held_out": held_out, "folds": folds, "threshold": threshold, "seed": seed}
    check("fit_table", given, _RULES)
    began, chosen = time.perf_counter(), _settings(settings, network, table.n_rows, seed)
    classes, y = classes_of(table, positive)
    everything = np.arange(len(y))
    trained, unseen = parts(y, held_out, seed) if held_out else (everything, everything[:0])
    steps = 1 + folds + bool(len(unseen))
    if network is not None:
        _refuse_other_inputs(network, table.frame[trained], y[trained])
    job = _Job(table, classes, y, chosen, threshold, on_step, stop, steps)
    job.step("training")
    classifier = job.network(trained, on_epoch)
    held, crossed, members = None, None, tuple[Any, ...]()
    try:
        if len(unseen):
            held = job.on_held(classifier, trained, unseen)
        if folds:
            # The compiled loop gives Python's lock back; PyTorch uses all cores for one training.
            workers = 1 if classifier.run_.engine == "torch" else usable_cores()
            crossed, members = job.cross_validated(trained, folds, seed, workers)
    except _Stopped:
        pass
    return TableFit(
        table, classes, y, classifier, trained, unseen, held, crossed, members, job.positive, threshold,
        time.perf_counter() - began, not job.stopped,
    )  # fmt: skip  # one call


def _settings(settings: Mapping[str, Any] | None, network: str | None, rows: int, seed: int) -> dict[str, Any]:
    from separatrix.classifier import MLPBinaryClassifier
    from separatrix.classifier_settings import checked

    batch = int(np.clip(rows // STEPS, 32, 200))
    chosen = SETTINGS | {"random_state": seed, "batch_size": batch} | dict(settings or {})
    if network is not None:
        if "hidden_layer_sizes" in (settings or {}):
            raise InvalidParameter("give network or hidden_layer_sizes, not both.")
        chosen |= {"hidden_layer_sizes": _widths(network)[1:-1], "outputs": _widths(network)[-1]}
    if chosen.get("loss", "auto") in LOSSES:
        chosen.setdefault("outputs", LOSSES[chosen["loss"]].outputs)
    checked(MLPBinaryClassifier(**chosen).get_params(deep=False))  # before anything is computed
    return chosen


def _widths(network: str) -> tuple[int, ...]:
    from separatrix.network import Network

    return Network.parse(network).widths


def _refuse_other_inputs(network: str, frame: polars.DataFrame, y: np.ndarray) -> None:
    """Raise `InvalidParameter` unless the table becomes as many numbers as the network takes."""
    from separatrix.encoder import TableEncoder

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
        self, table: Table, classes: tuple[str, str], y: np.ndarray, settings: dict[str, Any], threshold: float,
        on_step: OnStep | None, stop: Callable[[], bool] | None, steps: int,
    ) -> None:  # fmt: skip  # one record
        self.frame, self.target, self.labels = table.frame, table.target, table.labels
        self.classes, self.y, self.settings, self.threshold = classes, y, settings, threshold
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
        from separatrix.classifier import MLPBinaryClassifier

        assert self.target is not None
        assert self.labels is not None
        frame = self.frame[rows].with_columns(self.labels[rows].alias(self.target))
        classifier = MLPBinaryClassifier(**self.settings)
        if self.stop is not None or on_epoch is not None:
            with contextlib.suppress(NotImplementedError):  # scikit-learn before 1.9: between the steps alone
                classifier.set_callbacks(_EveryEpoch(self.stop, on_epoch))
        return classifier.fit(frame, self.target)

    def logistic(self, rows: np.ndarray) -> Any:
        """What it is compared with: the same encoding, no hidden layer, solved to the end."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        from separatrix.encoder import TableEncoder

        model = make_pipeline(TableEncoder(random_state=0), LogisticRegression(max_iter=1000))
        return model.fit(self.frame[rows], self.y[rows])

    def on_held(self, classifier: Any, trained: np.ndarray, unseen: np.ndarray) -> Evaluation:
        """The classifier and what is simpler, on the rows held out."""
        self.step("judging")
        y = self.y[unseen]
        network = classifier.predict_proba(self.frame[unseen])[:, self.positive]
        simple = self.logistic(trained).predict_proba(self.frame[unseen])[:, 1]
        return Evaluation(
            f"{len(unseen):,} rows held out",
            judged(NETWORK, scored(y, network, self.classes), self.threshold),
            (
                judged(LOGISTIC, scored(y, simple, self.classes), self.threshold),
                majority(self.y[trained], y, self.classes),
            ),
        )

    def cross_validated(
        self, rows: np.ndarray, folds: int, seed: int, workers: int
    ) -> tuple[Evaluation, tuple[Any, ...]]:
        """Both kinds on the same folds; every row is predicted by models that didn't see it."""
        y, members = self.y[rows], []
        network, simple = np.empty(len(y)), np.empty(len(y))
        cuts = list(folds_of(y, folds, seed))

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
                (NETWORK, network),
                (LOGISTIC, simple),
            )
        ]
        found.append(majority(y, y, self.classes))
        where = f"{len(y):,} rows, cross-validated in {len(cuts)} folds"
        return Evaluation(where, found[0], tuple(found[1:])), tuple(members)


def judge_table(classifier: Any, table: Table, *, positive: Any = None, threshold: float = 0.5) -> TableFit:
    """Judge a fitted classifier on a table with labels, all of whose rows are new to it.

    Args:
        classifier: fitted on a table with these columns.
        table: with a target whose labels are the classifier's.
        positive: the label of class 1; by default the last in sorted order.
        threshold: from which probability on a row is taken for class 1.

    Raises:
        InvalidData: missing columns, labels that the classifier doesn't know, or one class only.
        InvalidParameter: a threshold outside [0, 1].
    """
    from separatrix.portable import as_portable
    from separatrix.table import matched

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
    rows = scored(y, classifier.predict_proba(frame)[:, column], classes)
    found = Evaluation(f"{len(y):,} rows", judged(NETWORK, rows, threshold), (majority(y, y, classes),))
    everything = np.arange(len(y))
    return TableFit(
        replace(table, frame=frame, kinds=dict(kinds)), classes, y, classifier, everything[:0], everything, found, None, (),
        column, threshold, time.perf_counter() - began, complete=True,
    )  # fmt: skip  # one call
