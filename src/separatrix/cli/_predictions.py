"""The rows that `predict` writes, batch after batch: what was asked for, of any file."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from separatrix.cli._decisions import Decider, decider_of
from separatrix.cli._options import Chosen
from separatrix.cli._tables import classifier_of, reading_for
from separatrix.errors import InvalidParameter

if TYPE_CHECKING:
    import polars

ROWS, ROWS_EXPLAINED = 65_536, 1_000  # of a batch: a second signal shouldn't be needed to stop an explanation
REASONS = ("reason 1", "reason 2", "reason 3")


@dataclass(frozen=True)
class Predictions:
    """What is predicted, of whichever rows.

    Attributes:
        model: the file of the classifier, which is loaded when it is needed first.
        reading: the typed options of reading.
        decisions: the typed options of decisions.
        keep: columns that are copied into the output.
        positive: the label whose probability is written; None for the second one.
        threshold: on that probability; None for that of the model.
        explain: whether the three columns that contributed most are written too.
    """

    model: Path
    reading: Chosen
    decisions: Chosen
    keep: tuple[str, ...] = ()
    positive: str | None = None
    threshold: float | None = None
    explain: bool = False

    @cached_property
    def decider(self) -> Decider:
        """The classifier with its threshold settled.

        Raises:
            InvalidParameter: options that don't fit the model or each other.
            ModelFileError: the file is missing or damaged, or it holds no classifier of tables.
        """
        from separatrix.evaluation.overview.views import as_text
        from separatrix.support.constraints import nearest

        classifier = classifier_of(self.model)
        names = [as_text(value) for value in classifier.classes_.tolist()]
        if self.positive is not None and self.positive not in names:
            labels = f"the model tells {names[0]!r} from {names[1]!r}"
            raise InvalidParameter(
                f"--positive: no label is {self.positive!r}; {labels}.{nearest(self.positive, names)}"
            )
        positive_class = 1 if self.positive is None else names.index(self.positive)
        decider = decider_of(classifier, positive_class, self.threshold, self.decisions)
        for name in self.keep:
            # readers of CSV would rename or lose the second column of a name
            if name in (*decider.names(), *(REASONS if self.explain else ())) or self.keep.count(name) > 1:
                raise InvalidParameter(f"--keep: the output would have two columns {name!r}.")
        return decider

    def digest(self) -> str:
        """The SHA-256 of all that the predictions of a row depend on: the model file, the options and the versions."""
        from separatrix.support.machine import versions

        options = [self.reading, self.decisions, self.keep, self.positive, self.threshold, self.explain]
        model = hashlib.sha256(self.model.read_bytes()).hexdigest()
        return hashlib.sha256(json.dumps([model, options, versions("")], sort_keys=True).encode()).hexdigest()

    def batches(self, data: str) -> Iterator[polars.DataFrame]:
        """The rows of the output for a file, or for the standard input."""
        import polars

        from separatrix.data.table_file import batches_beside
        from separatrix.estimators.encoding.unseen import (
            UnseenTexts,
            UnseenTextsWarning,
            unseen_texts,
            warn_of_unseen,
        )
        from separatrix.estimators.portable import as_portable

        decider = self.decider
        classifier: Any = decider.classifier
        reading, plain_texts = reading_for(classifier, self.reading)
        kinds = as_portable(classifier).columns
        encodings = [member.encoding for member in as_portable(classifier).members]
        unseen: dict[str, UnseenTexts] = {}
        rows = ROWS_EXPLAINED if self.explain else ROWS
        cost_columns = decider.cost_columns
        beside = list(dict.fromkeys([*self.keep, *cost_columns]))
        for frame, columns in batches_beside(data, kinds, beside, rows=rows, plain_texts=plain_texts, **reading):
            for name, count in unseen_texts(encodings, frame).items():
                # added up, so that the user gets one warning and not one for each batch
                unseen[name] = unseen.get(name, UnseenTexts()) + count
            with warnings.catch_warnings():  # counted over all batches instead
                warnings.simplefilter("ignore", UnseenTextsWarning)
                probabilities = classifier.predict_proba(frame)[:, decider.positive]
                with_costs = frame.with_columns(
                    columns.select(polars.col(name).cast(polars.Float64, strict=False) for name in cost_columns)
                )
                decided = decider.columns(with_costs, probabilities)
            reasons = []
            if self.explain:
                explanation = classifier.explain(frame, positive=classifier.classes_.tolist()[decider.positive])
                reasons = explanation.reasons(len(REASONS)).get_columns()
            yield polars.DataFrame([*columns.select(self.keep), *decided, *reasons])
        warn_of_unseen(unseen)
