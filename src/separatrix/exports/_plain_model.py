"""A model as plain data for programs that carry it inside: columns, encodings, networks, and what explains a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from separatrix.data.kinds import KINDS, ColumnKind, FormulaCode
from separatrix.data.kinds.forms import form_of_record
from separatrix.data.kinds.words import MISSING_WORDS
from separatrix.data.profile import TableProfile
from separatrix.errors import InvalidData
from separatrix.estimators.portable import Member, Portable, missing_words_of
from separatrix.evaluation.conformal import CalibrationScores, interval_steps
from separatrix.exports._python_formulas import plain_encoding
from separatrix.support.machine import versions

BACKGROUND = 16  # as in `explain`
MOST_ORDERS = 2  # of each background row; with fewer columns fewer are different


def plain_model(portable: Portable, formulas: list[FormulaCode]) -> dict[str, Any]:
    """Everything that predicts, as data for JSON.

    Args:
        portable: the classifier.
        formulas: to which the formulas of its columns are added; the data holds their indices.
    """
    # Members of an ensemble share encodings, the largest part of a model; each encoding is written once.
    first = list({id(member.encoding): member for member in portable.members}.values())
    position = {id(member.encoding): k for k, member in enumerate(first)}
    # Lists keep the order of the columns; JSON objects would too, but a reader of the file need not rely on it.
    return {
        "made_with": versions(""),
        "columns": [[name, kind] for name, kind in portable.columns.items()],
        "kinds": {name: _kind(KINDS[name]) for name in dict.fromkeys(portable.columns.values())},
        "classes": list(portable.classes),
        "threshold": portable.threshold,
        "missing_words": missing_words_of(portable) or MISSING_WORDS,
        "written": {name: form_of_record(record).rule for name, record in portable.written.items()},
        "missing_categories": missing_words_of(portable),
        "encodings": [plain_encoding(member.encoding, formulas) for member in first],
        "members": [_member(member, position[id(member.encoding)]) for member in portable.members],
    }


def _kind(kind: ColumnKind) -> dict[str, Any]:
    return {"expected": kind.expected, "textual": kind.textual}


def _member(member: Member, encoding: int) -> dict[str, Any]:
    # The digits of a float32 weight as a float64 are exact, so the file loses nothing.
    layers = member.network.split(member.parameters.astype(np.float64))
    names = [*(entry.name for entry in member.network.activations), None]
    return {
        "dtype": str(member.parameters.dtype),
        "encoding": encoding,
        "layers": [
            {"weights": weight.tolist(), "biases": bias.tolist(), "activation": name}
            for (weight, bias), name in zip(layers, names, strict=True)
        ],
        "scale": member.scale,
        "shift": member.shift,
    }


def plain_reasons(model: Any, portable: Portable, seed: int = 0) -> dict[str, Any]:
    """A made background and orders of the columns, from which a program explains a row: see `explain`.

    Args:
        model: the classifier, whose profile of its training table the background is made from: it holds no training row.
        portable: the same.
        seed: of the background and the orders.

    Raises:
        InvalidData: the model has no such profile.
    """
    profile: TableProfile | None = getattr(model, "profile_", None)
    if profile is None:
        raise InvalidData("reasons need a classifier that knows its training columns; fit it with this version.")
    frame = portable.matched(profile.draw(BACKGROUND, seed))
    stream = np.random.default_rng(seed)
    d = len(portable.columns)
    return {
        "background": [
            list(row) for row in zip(*(_cells(frame[n], k) for n, k in portable.columns.items()), strict=True)
        ],
        "orders": [[stream.permutation(d).tolist() for _ in range(min(MOST_ORDERS, d))] for _ in range(BACKGROUND)],
    }


def _cells(column: Any, kind: str) -> list[Any]:
    """A column as the program's readers give it: texts, or numbers, None where missing."""
    if KINDS[kind].textual:
        texts: list[Any] = column.to_list()
        return texts
    return [None if np.isnan(number) else float(number) for number in KINDS[kind].numbers(column)]


def plain_interval(model: Any) -> dict[str, Any] | None:
    """The ends of `predict_interval` as step functions of the logit, or None where the model has no calibration scores."""
    scores: CalibrationScores | None = getattr(model, "calibration_", None)
    if scores is None:
        return None
    ends = zip(("lower", "upper"), interval_steps(scores), strict=True)
    return {name: {"edges": steps.edge.tolist(), "values": steps.value.tolist()} for name, steps in ends}


def plain_folds(portable: Portable, fold_models: Sequence[Portable]) -> list[list[list[float]]] | None:
    """For each fold model its members as [index, scale, shift], or None where there is but one model."""
    if len(fold_models) < 2:
        return None
    index = {id(member.parameters): k for k, member in enumerate(portable.members)}
    # an array may have been sliced anew for a fold model: then its numbers say which member it is
    return [
        [[_index_of(member, portable, index), member.scale, member.shift] for member in fold.members]
        for fold in fold_models
    ]


def _index_of(member: Member, portable: Portable, index: dict[int, int]) -> int:
    if id(member.parameters) in index:
        return index[id(member.parameters)]
    return next(
        k
        for k, other in enumerate(portable.members)
        if other.network == member.network and np.array_equal(other.parameters, member.parameters)
    )
