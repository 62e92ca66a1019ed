"""A model card: what a model is, what it was trained on, how good it is and for whom, and where its limits are.

The sections follow Mitchell et al. 2019, "Model cards for model reporting". All of it comes from the model file.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from separatrix.errors import ModelFileError
from separatrix.evaluation.thresholds import differs_by_row
from separatrix.files.contents import Description, describe
from separatrix.files.saving import load

FEW_ROWS = 100  # below which an interval of a subgroup is wide


def model_card(path: str | Path) -> str:
    """The card of a model file as Markdown.

    Args:
        path: a file that `save` or `separatrix fit` wrote.

    Raises:
        ModelFileError: the file is missing or damaged, or holds no classifier.
    """
    description, model = describe(path), load(path)
    if not hasattr(model, "classes_"):
        raise ModelFileError(f"{path} holds a {description.class_name}, but a model card describes a classifier.")
    parts = [
        f"# Model card: {_text(Path(path).name)}",
        _about(description, model),
        _data(description, model),
        _evaluation(model),
        _subgroups(model),
        _decisions(model),
        _limits(description, model),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _text(value: Any) -> str:
    """A text of a file inside Markdown: on one line, and neither a cell's end, nor markup, nor HTML."""
    line = " ".join(str(value).split())
    for letter in "\\`*_[]|<>#":
        line = line.replace(letter, {"<": "&lt;", ">": "&gt;"}.get(letter, "\\" + letter))
    return line


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _about(description: Description, model: Any) -> str:
    networks = ", ".join(f"{count} × {text}" for text, count in Counter(description.networks).items())
    target = "the target" if model.target_name_ is None else f"**{_text(model.target_name_)}**"
    zero, one = (_text(label) for label in description.classes)
    return "\n".join(
        [
            "## Model",
            "",
            f"- It predicts {target}: the probability of *{one}* against *{zero}*.",
            f"- {description.class_name}: {networks}; {description.parameters:,} weights and biases.",
            f"- File: {description.size:,} bytes, format {description.format}; SHA-256 `{description.sha256}`.",
            "- Made with "
            + ", ".join(f"{name} {_text(version)}" for name, version in description.versions.items())
            + ".",
        ]
    )


def _data(description: Description, model: Any) -> str:
    profile = getattr(model, "profile_", None)
    columns = {} if profile is None else {column.name: column for column in profile.columns}
    lines = ["## Training data", ""]
    if description.input_sha256:
        source = _text(description.input_source or "a file")
        lines.append(f"- Source: {source}, SHA-256 `{description.input_sha256}`.")
    if columns:
        lines.append(f"- Rows: {max(column.rows for column in columns.values()):,}.")
    for role, name in getattr(model, "named_columns_", {}).items():
        lines.append(f"- Column of {_text(role)}: {_text(name)}.")
    lines += [f"- Left out: {_text(name)}. {_text(reason)}" for name, reason in description.left_out.items()]
    rows = [[_text(column.name), column.kind, *_values(columns.get(column.name))] for column in description.columns]
    return "\n".join([*lines, "", _table(["column", "kind", "values in training", "missing"], rows)])


def _values(column: Any) -> list[str]:
    """The middle and the range of a column, or its most frequent values; and the share of missing ones."""
    if column is None:
        return ["not recorded", "not recorded"]
    missing = f"{column.missing / max(column.rows, 1):.1%}"
    if column.ordered:
        if not len(column.quantiles):
            return ["none", missing]
        middle = len(column.quantiles) // 2
        low, median, high = (_ordered(column, k) for k in (0, middle, -1))
        return [f"{low} to {high}, median {median}", missing]
    most = [f"{_text(text)} ({count:,})" for text, count in zip(column.texts[:5], column.counts[:5], strict=True)]
    more = f" and {len(column.texts) - 5} more" if len(column.texts) > 5 else ""
    return [", ".join(most) + more, missing]


def _ordered(column: Any, place: int) -> str:
    from separatrix.data.kinds import KINDS

    if column.kind == "number":
        return f"{column.quantiles[place]:.6g}"
    value = KINDS[column.kind].of_numbers(column.name, column.quantiles[[place]])[0]
    return _text(value).removesuffix(" 00:00:00")


def _figure(record: dict[str, Any]) -> str:
    if record["value"] is None:
        return "undefined"
    ends = ("" if record[name] is None else f"{record[name]:.3f}" for name in ("low", "high"))
    return f"{record['value']:.3f} ({' to '.join(ends)})"


def _evaluation(model: Any) -> str:
    record = model.evaluation_
    if record is None:
        return (
            "## Evaluation\n\nThe file holds no evaluation: the model was not trained by `separatrix fit` with rows held out. "
            "`separatrix evaluate` measures it on rows that it was not trained on."
        )
    measures = record["measures"] | record["decisions"]
    calibration, confusion = record["calibration"], record["confusion"]
    zero, one = (_text(name) for name in record["classes"])
    return "\n".join(
        [
            "## Evaluation",
            "",
            f"Measured on {_text(record['rows'])}, by a model that was not trained on them; 95% intervals. "
            + (
                "Each row is decided by its own costs."
                if record["threshold"] is None
                else f"Rows with a probability of at least {record['threshold']:.3g} are predicted as {one}."
            ),
            "",
            _table(["measure", "value (95% interval)"], [[name, _figure(each)] for name, each in measures.items()]),
            "",
            _table(
                ["", f"predicted {zero}", f"predicted {one}"],
                [
                    [f"actual {zero}", f"{confusion['true_negative']:,}", f"{confusion['false_positive']:,}"],
                    [f"actual {one}", f"{confusion['false_negative']:,}", f"{confusion['true_positive']:,}"],
                ],
            ),
            "",
            f"Calibration: {calibration['predicted']:.1%} are predicted on average, {calibration['observed']['value']:.1%} "
            f"observed; the slope is {_figure(calibration['slope'])}, where 1 is right.",
        ]
    )


def _subgroups(model: Any) -> str:
    groups = [] if model.evaluation_ is None else model.evaluation_["subgroups"]
    if not groups:
        return ""
    rows = [
        [
            f"{_text(group['column'])} = {_text(group['value'])}",
            f"{group['rows']:,}",
            _figure(group["share"]),
            *(
                _figure(group["measures"][name]) if group["measures"] else "one class only"
                for name in ("AUC", "log loss")
            ),
            *(_figure(group["measures"][name]) if group["measures"] else "" for name in ("precision", "recall")),
        ]
        for group in groups
    ]
    heads = ["subgroup", "rows", "share of class 1", "AUC", "log loss", "precision", "recall"]
    return "## Subgroups\n\nThe same rows, for each value of the columns with few values.\n\n" + _table(heads, rows)


def _decisions(model: Any) -> str:
    share = "share in the expected cost of an error" if differs_by_row(model.costs_) else "probability"
    lines = [
        "## Decisions",
        "",
        f"- Threshold on the {share} of {_text(model.classes_[1])}: {model.threshold_:.3g}.",
    ]
    if model.costs_:
        costs = ", ".join(f"{name.replace('_', ' ')} {_text(cost)}" for name, cost in model.costs_.items())
        lines.append(f"- The threshold minimises these costs on rows that weren't trained on: {costs}.")
    scores = model.calibration_
    if scores is not None:
        units = "rows" if scores.group is None else f"rows of {scores.unit_weights()[1]:,} groups"
        lines.append(
            f"- Label sets and intervals come from the scores of {len(scores):,} {units} that weren't trained on."
        )
    return "\n".join(lines)


def _limits(description: Description, model: Any) -> str:
    roles = getattr(model, "named_columns_", {})
    limits = [
        "The figures hold for new rows that are drawn like the training rows. `separatrix evaluate` compares a labelled table "
        "with them, column by column.",
        "Predictions describe what goes together in the data, and not what causes what.",
    ]
    if getattr(model, "profile_", None) is not None:
        limits.append(
            "Outside of the ranges above the model extrapolates, and values that did not occur count as unknown."
        )
    if "groups" not in roles:
        limits.append("Rows were treated as independent. If several belong together, the figures are too good.")
    if "time" not in roles:
        limits.append("Rows were held out regardless of time. If the world changes, the figures are too good.")
    groups = [] if model.evaluation_ is None else model.evaluation_["subgroups"]
    few = [group for group in groups if group["rows"] < FEW_ROWS]
    if few:
        limits.append(
            f"{len(few)} of {len(groups)} subgroups have fewer than {FEW_ROWS} rows; their intervals are wide."
        )
    if description.left_out:
        limits.append(f"{len(description.left_out)} columns of the table were left out, see above.")
    return "## Limits\n\n" + "\n".join(f"- {limit}" for limit in limits)
