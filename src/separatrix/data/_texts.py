"""Columns of texts, as a delimited file holds them, read as what they are. Nothing is guessed where a guess could be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from separatrix.data.kinds import KINDS, Cells
from separatrix.data.kinds.words import stripped

if TYPE_CHECKING:
    import polars

    from separatrix.data.kinds import SourceLines

WHOLE_LABEL = r"^(0|-?[1-9]\d{0,14})$"  # returns from a number as it was written


def recognised(cells: Cells) -> tuple[polars.Series, list[str]]:
    """A column of texts as the first kind that recognises it, and warnings about it.

    Args:
        cells: the column.

    Raises:
        DataFileError: a few texts among numbers, an infinite number, a whole number beyond 2^63; the first one's line.
    """
    columns = (kind.recognised(cells) for kind in KINDS.values())
    return next(column for column in columns if column is not None)  # whatever else it is, it is a category


def as_labels(texts: polars.Series, place: SourceLines) -> polars.Series:
    """The texts, or whole numbers if that is all they are: -1 stays a number in what is written later.

    Raises:
        DataFileError: missing labels, with their count and the first one's line.
    """
    import polars

    labels = stripped(texts)
    refuse_missing_labels(labels, place)
    return labels.cast(polars.Int64) if labels.str.contains(WHOLE_LABEL).all() else labels


def refuse_missing_labels(labels: polars.Series, place: SourceLines) -> None:
    """Refuse a column of labels, (n,) String and null where empty, of which some are missing.

    Raises:
        DataFileError: their count and the first one's line.
    """
    if missing := labels.null_count():
        are = "labels are" if missing > 1 else "label is"
        raise place.error(
            int(labels.is_null().arg_max() or 0),
            labels.name,
            f"{missing:,} {are} missing, the first here; remove these rows or fill them in.",
        )
