"""Distillation: one small network that learns the probabilities of a larger teacher (Hinton, Vinyals & Dean 2015).

A probability tells more of a row than its label does, and a teacher can be asked about rows that were never seen. So the
training rows are joined by made rows, each a mixture of the columns of two of them (Buciluă, Caruana & Niculescu-Mizil 2006).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import cross_val_predict

from separatrix.data.points import checked_probabilities
from separatrix.errors import InvalidData, InvalidParameter
from separatrix.estimators._labels import read_labels, two_classes
from separatrix.estimators.classifier import MLPBinaryClassifier
from separatrix.estimators.encoding.encoder import TableEncoder
from separatrix.estimators.roles import split_target, without_columns
from separatrix.networks.network import Network
from separatrix.support.constraints import SEED, Integer, Optional, Rule, check
from separatrix.support.seeds import child_seed
from separatrix.support.surroundings import insulated

HIDDEN = (32, 32)
PIECES = 8  # of each number: with more the first layer would be the larger part of a small network
ROWS = 20_000  # rows made and unmade together ...
MOST_COPIES = 40  # ... but not more made rows than so many for each row
VISITS = 800_000  # of rows in training: 40 epochs of 20,000 rows ...
FEWEST_EPOCHS, MOST_EPOCHS = 10, 400  # ... within these
BATCH = 128
FOLDS = 5  # of a teacher that is asked about rows that it was trained on
_RULES: dict[str, Rule] = {"made_rows": Optional(Integer(0)), "random_state": SEED}


@insulated
def distil(
    teacher: Any,
    X: Any,
    y: Any = None,
    *,
    network: str | tuple[int, ...] | None = None,
    made_rows: int | None = None,
    random_state: int = 0,
    n_jobs: int | None = None,
) -> MLPBinaryClassifier:
    """Train one small network that gives the probabilities of a teacher.

    With labels, X are the rows that the teacher was trained on, and their probabilities are out-of-fold: those that an
    ensemble kept from `fit`, or else of copies of the teacher that are trained on the other rows. Without labels the
    teacher is asked as it is, which is right for rows that it doesn't know.

    Args:
        teacher: a fitted classifier with `predict_proba` for two classes; or probabilities of the second class, (n,), or
            the name of their column in X.
        X: a table with the teacher's columns, n rows.
        y: labels, (n,), the name of a column of X, or None.
        network: widths from the encoded inputs to the output, such as "30-32-32-1", or those of the hidden layers, such as
            (32, 32), which is the default.
        made_rows: number of made rows for the teacher to score; by default as many as make 20,000 rows together, up to 40 for
            each row. Given probabilities there is nobody to score them.
        random_state: the seed.
        n_jobs: threads of the training; the result doesn't depend on it.

    Returns:
        A fitted `MLPBinaryClassifier` with the teacher's classes; given probabilities without labels, of 0 and 1.

    Raises:
        ValueError: a teacher of other than two classes, probabilities that can't be used, or a network of another width.

    Examples:
        >>> from sklearn.ensemble import RandomForestClassifier
        >>> x = np.random.default_rng(0).normal(size=(200, 2))
        >>> forest = RandomForestClassifier(20, random_state=0).fit(x, x[:, 0] > x[:, 1])
        >>> student = distil(forest, x, network=(8,), made_rows=400)
        >>> bool(np.abs(student.predict_proba(x) - forest.predict_proba(x)).mean() < 0.15)
        True
    """
    check("distil", {"made_rows": made_rows, "random_state": random_state}, _RULES)
    if isinstance(teacher, str):
        column = teacher
        X, teacher, _ = split_target(X, column)
        teacher = np.asarray(teacher, np.float64)
    X, y, target = split_target(X, y)
    X = _readable(without_columns(X, getattr(teacher, "target_name_", None), getattr(teacher, "left_out_", ())))
    labels = None if y is None else read_labels(y, _n_rows(X))
    classes, probabilities = _scores(teacher, X, labels)
    if hasattr(teacher, "predict_proba"):
        count = _made_count(_n_rows(X), made_rows)
        if count:
            made = _mixture(X, count, np.random.default_rng(child_seed(random_state, 0)))
            X = _joined(X, made)
            probabilities = np.concatenate([probabilities, _second(teacher.predict_proba(made), count)])
    elif made_rows:
        raise InvalidParameter("distil: made_rows needs a teacher to score them; given probabilities are of X alone.")
    hidden, widths = _hidden(network)
    student = MLPBinaryClassifier(
        hidden,
        encoder=TableEncoder("both", pieces=PIECES, random_state=random_state),
        optimizer="adamw",
        learning_rate_init=0.005,
        weight_decay=0.01,
        alpha=0.0,
        schedule="one_cycle",
        init="he",
        batch_size=min(BATCH, len(probabilities)),
        max_iter=int(np.clip(VISITS // len(probabilities), FEWEST_EPOCHS, MOST_EPOCHS)),
        n_iter_no_change=None,
        n_jobs=n_jobs,
        random_state=random_state,
    )
    drawn = _drawn_labels(probabilities, np.random.default_rng(child_seed(random_state, 1)))
    student.fit(X, classes[drawn], keep=None if isinstance(X, np.ndarray) else "all", probabilities=probabilities)
    if widths is not None and student.network_.widths != widths:
        raise InvalidParameter(
            f"distil: network={'-'.join(map(str, widths))} takes {widths[0]} inputs, but the encoded columns are "
            f"{student.network_.n_inputs}; write {student.network_}, or give the hidden layers alone."
        )
    # a student is small: the optimiser's memory would be two thirds of its file
    student.run_ = replace(student.run_, checkpoint=None)
    student.target_name_ = target if target is not None else getattr(teacher, "target_name_", None)
    return student


def _hidden(network: str | tuple[int, ...] | None) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    """Widths of the hidden layers, and of all layers where they were given."""
    if not isinstance(network, str):
        return HIDDEN if network is None else tuple(network), None
    widths = Network.parse(network).widths
    if widths[-1] != 1:
        raise InvalidParameter(f"distil: network must end in one output, got {network!r}.")
    return widths[1:-1], widths


def _readable(x: Any) -> Any:
    """Numbers as an array, frames of pandas and polars as they are, and those of other libraries as ones of polars."""
    from separatrix.data.frames import as_frame, collected, is_frame

    if not is_frame(x):
        return x.toarray() if hasattr(x, "toarray") else np.asarray(x)
    x = collected(x)
    return x if type(x).__module__.split(".")[0] in ("pandas", "polars") else as_frame(x)


def _n_rows(x: Any) -> int:
    shape = getattr(x, "shape", None)
    return len(x) if shape is None else int(shape[0])


def _scores(teacher: Any, x: Any, labels: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The classes, (2,), and the teacher's probability of the second for each row, (n,)."""
    n = _n_rows(x)
    if not hasattr(teacher, "predict_proba"):
        given = checked_probabilities(teacher)
        if len(given) != n:
            raise InvalidData(f"X has {n} rows and there are {len(given)} probabilities; give one for each row.")
        return np.array([0, 1]) if labels is None else two_classes(labels), given
    classes = np.asarray(teacher.classes_)
    if len(classes) != 2:
        raise InvalidData(f"Only binary classification is supported. The teacher has {len(classes)} classes.")
    if labels is None:
        return classes, _second(teacher.predict_proba(x), n)
    held_out = getattr(teacher, "out_of_fold_", None)
    if (
        held_out is not None
        and int(held_out.index.max()) < n
        and np.array_equal(classes[held_out.y], labels[held_out.index])
    ):
        probabilities = _second(teacher.predict_proba(x), n)  # of the few rows that no network held out
        probabilities[held_out.index] = 1 / (1 + np.exp(-held_out.logit))
        return classes, probabilities
    return classes, _second(cross_val_predict(clone(teacher), x, labels, cv=FOLDS, method="predict_proba"), n)


def _second(both: Any, n: int) -> np.ndarray:
    """The second column of probabilities (n, 2)."""
    array = np.array(both, np.float64)
    if array.shape != (n, 2):
        raise InvalidData(f"the teacher's predict_proba must return shape {(n, 2)}, got {array.shape}.")
    return checked_probabilities(array[:, 1])


def _made_count(n: int, made_rows: int | None) -> int:
    return min(max(0, ROWS - n), MOST_COPIES * n) if made_rows is None else made_rows


def _mixture(x: Any, count: int, stream: np.random.Generator) -> Any:
    """Made rows: each a row that takes some columns, up to half of them, from another one."""
    n, d = np.shape(x)
    first, second = stream.integers(n, size=(2, count))
    taken = stream.random((count, d)) < 0.5 * stream.random((count, 1))
    index = np.where(taken, second[:, None], first[:, None])  # (count, d), of the row that each cell comes from
    if isinstance(x, np.ndarray):
        made: np.ndarray = np.take_along_axis(x, index, axis=0)
        return made
    if type(x).__module__.startswith("pandas"):
        rows = x.iloc[first].reset_index(drop=True)
        return rows.assign(**{name: x[name].array.take(index[:, k]) for k, name in enumerate(x.columns)})
    return x.select([x[name].gather(index[:, k]) for k, name in enumerate(x.columns)])


def _joined(x: Any, made: Any) -> Any:
    """Two tables of the same library below each other."""
    if isinstance(x, np.ndarray):
        return np.concatenate([x, made])
    import narwhals.stable.v2 as nw

    return nw.concat([nw.from_native(x), nw.from_native(made)], how="vertical").to_native()


def _drawn_labels(probabilities: np.ndarray, stream: np.random.Generator) -> np.ndarray:
    """Labels drawn with these probabilities, both of which occur: for the statistics of categories, and to name the classes."""
    drawn = (stream.random(len(probabilities)) < probabilities).astype(np.int64)
    drawn[np.argmax(probabilities)], drawn[np.argmin(probabilities)] = 1, 0
    return drawn
