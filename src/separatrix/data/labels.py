"""One meaning of a label, however it is written: 1, 1.0, "1", "1.0", True and "true" can be one class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

BOOLEANS = {"true": 1.0, "false": 0.0}


def meaning(label: Any) -> Any:
    """A label as the number that it stands for, or as the text that it is.

    >>> [meaning(label) for label in (1, True, "1.0", " true", "yes")]
    [1.0, 1.0, 1.0, 1.0, 'yes']
    """
    if isinstance(label, str):
        text = label.strip()
        if text.lower() in BOOLEANS:
            return BOOLEANS[text.lower()]
        try:
            # float() takes 1_000 for a number, the readers of files don't
            return float(text) if "_" not in text else text
        except ValueError:
            return text
    return float(label) if isinstance(label, bool | int | float | np.generic) else label


def as_classes(labels: Sequence[Any], classes: Sequence[Any]) -> dict[Any, Any]:
    """Each label as the class that it means: label -> class, without those that mean none.

    Args:
        labels: different labels.
        classes: two classes of a model.

    Returns:
        Nothing for labels that are classes already, or where both classes mean the same.
    """
    by_meaning = {meaning(label): label for label in classes}
    if len(by_meaning) < len(classes):
        return {}
    return {label: by_meaning[meaning(label)] for label in labels if meaning(label) in by_meaning}
