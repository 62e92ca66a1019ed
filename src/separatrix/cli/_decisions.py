"""What `predict` writes beside the probability: labels by costs, undecided rows, label sets and intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from separatrix.cli._options import Chosen, Table, option
from separatrix.errors import InvalidParameter

if TYPE_CHECKING:
    import numpy as np
    import polars

_PANEL = "Decisions"
COSTS: Table = {
    "cost_false_positive": option(
        float, "What a false positive costs: a row of the other class predicted as class 1.", panel=_PANEL, default="1"
    ),
    "cost_false_negative": option(
        float,
        "What a false negative costs. With a cost, the threshold is the cheapest one on out-of-fold rows.",
        panel=_PANEL,
        default="1",
    ),
}
DECISIONS: Table = COSTS | {
    "max_error": option(
        float,
        "Leave the prediction empty where it is unsure, so that at most this share of the decided rows is wrong on "
        "out-of-fold rows.",
        panel=_PANEL,
    ),
    "label_sets": option(
        float, "Also write the labels that can't be excluded; at most this share of rows lacks its own.", panel=_PANEL
    ),
    "interval": option(bool, "Also write an interval of the probability (Venn-Abers).", "--interval", panel=_PANEL),
}


def costs_of(options: Chosen, positive: int = 1) -> dict[str, float] | None:
    """The costs as `choose_threshold` takes them, or None; they are taken out of the options.

    Args:
        options: those that were typed.
        positive: index of the class that the options call positive.

    Raises:
        InvalidParameter: a cost that isn't above 0.
    """
    from separatrix.evaluation.costs import COST
    from separatrix.support.constraints import check

    named = {name: options.pop(name) for name in COSTS if name in options}
    if not named:
        return None
    for name, cost in named.items():
        flag = f"--{name.replace('_', '-')}"
        check("costs", {flag: cost}, {flag: COST})
    pair = named.get("cost_false_positive", 1.0), named.get("cost_false_negative", 1.0)
    # the library's positive class is the second
    return dict(zip(("false_positive", "false_negative"), pair if positive else pair[::-1], strict=True))


@dataclass(frozen=True, eq=False)
class Decider:
    """Turns probabilities into the columns of the output.

    Attributes:
        classifier: with its threshold and costs settled.
        positive: index of the class whose probability is written.
        threshold: from which probability on it is predicted; None lets the classifier decide.
        options: the typed options of decisions.
    """

    classifier: Any
    positive: int
    threshold: float | None
    options: Chosen

    @property
    def cost_columns(self) -> list[str]:
        """Columns of costs that are no features, which have to be read beside them."""
        costs = self.classifier.costs_ or {}
        features = set(getattr(self.classifier, "feature_names_in_", ()))
        return [cost for cost in costs.values() if isinstance(cost, str) and cost not in features]

    def names(self) -> list[str]:
        """The names of the columns that are written, for the check of --keep."""
        positive = self._names[self.positive]
        names = ["prediction", f"probability of {positive}"]
        if "label_sets" in self.options:
            names.append("possible labels")
        if self.options.get("interval"):
            names += ["probability at least", "probability at most"]
        return names

    def columns(self, frame: polars.DataFrame, probability: np.ndarray) -> list[polars.Series]:
        """The columns of a batch.

        Args:
            frame: the features, with `cost_columns` where there are some, (n, d).
            probability: of the positive class, (n,).
        """
        import numpy as np
        import polars

        from separatrix.estimators.row_costs import positive_rows

        classes, names = self.classifier.classes_.tolist(), iter(self.names())
        if self.threshold is None:
            is_positive = positive_rows(self.classifier, frame, self.positive)
        else:
            is_positive = probability >= self.threshold
        # indices into the two classes keep the labels' own type
        label = polars.Series(next(names), [classes[1 - self.positive], classes[self.positive]])
        index: Any = is_positive.astype(np.uint32)
        if "max_error" in self.options:
            band = self.classifier.unsure_band(self.options["max_error"])
            of_second = probability if self.positive else 1 - probability
            decided = np.where(of_second >= band.high, self.positive, 1 - self.positive)
            index = polars.Series(np.where(band.unsure(of_second), 2, decided)).replace(2, None).cast(polars.UInt32)
        columns = [label.gather(index), polars.Series(next(names), probability)]
        if "label_sets" in self.options:
            sets = self.classifier.predict_set(frame, self.options["label_sets"])
            texts = np.array(["", *self._names, " or ".join(self._names)], dtype=object)
            columns.append(polars.Series(next(names), texts[sets[:, 0] + 2 * sets[:, 1]].tolist(), polars.String))
        if self.options.get("interval"):
            interval = self.classifier.predict_interval(frame)
            ends = interval if self.positive else 1 - interval[:, ::-1]
            columns += [polars.Series(name, ends[:, k]) for k, name in enumerate(names)]
        return columns

    @property
    def _names(self) -> list[str]:
        from separatrix.evaluation.overview.views import as_text

        return [as_text(value) for value in self.classifier.classes_.tolist()]


def decider_of(classifier: Any, positive: int, threshold: float | None, options: Chosen) -> Decider:
    """Settle costs and threshold of a classifier, and check the options.

    Raises:
        InvalidParameter: options that exclude each other, or a level outside (0, 1).
    """
    from separatrix.evaluation.conformal import ALPHA
    from separatrix.evaluation.thresholds import decision_threshold, differs_by_row
    from separatrix.support.constraints import check

    options = dict(options)
    for name in ("max_error", "label_sets"):
        if name in options:
            flag = f"--{name.replace('_', '-')}"
            check("predict", {flag: options[name]}, {flag: ALPHA})
    costs = costs_of(options, positive)
    excluding = [flag for flag, given in (("--threshold", threshold), ("costs", costs)) if given is not None]
    if threshold is not None and "max_error" in options:
        excluding.append("--max-error")
    if len(excluding) > 1:
        raise InvalidParameter(f"{' and '.join(excluding)} both decide about the labels; use one of them.")
    if costs is not None:
        classifier.choose_threshold(costs=costs)
    if threshold is None and not differs_by_row(classifier.costs_):
        threshold = decision_threshold(classifier, positive)
    return Decider(classifier, positive, threshold, options)
