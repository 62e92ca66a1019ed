"""One meaning of a text, whichever door it comes through: white space around it, the words for a missing value,
and labels: 1, 1.0, "1", "1.0", True and "true" can be one class.

Readers of files, frames, the encoder, labels and the exported Python file all take both from here.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import polars

# what pandas, polars, R, SQL, SAS, MATLAB, NumPy and spreadsheets write for a missing value. Case counts: "Na" is sodium
MISSING_WORDS = (
    *("NA", "na", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<NA>", "<na>", "n.a.", "N.A.", "NaT", "nat", "NAT"),
    *("NaN", "nan", "NAN", "-NaN", "-nan", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"),
    *("NULL", "Null", "null", "(null)", "(NULL)", "<null>", "<NULL>", "\\N", "None", "none", "NONE", "<none>"),
    *("#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "?", "-", "--", "."),
)


def stripped(texts: polars.Series) -> polars.Series:
    """The texts, (n,) String, without white space around them; null where nothing is left."""
    texts = texts.str.strip_chars()
    return texts.set(texts == "", None)


def without_missing_words(texts: polars.Series, words: tuple[str, ...] = MISSING_WORDS) -> polars.Series:
    """The texts, (n,) String, without white space around them; null where they are empty or a word for a missing value.

    >>> import polars
    >>> without_missing_words(polars.Series([" Oslo", "NA ", "", "Na"])).to_list()
    ['Oslo', None, None, 'Na']
    """
    texts = stripped(texts)
    # is_in gives null for a null, which says neither that a text is a word nor that it isn't
    return texts.set(texts.is_in(words).fill_null(False), None) if words else texts


def words_in(texts: polars.Series, words: tuple[str, ...]) -> list[str]:
    """The words for a missing value that occur among the texts, (n,) String, sorted."""
    texts = stripped(texts)
    occurring: list[str] = texts.filter(texts.is_in(words).fill_null(False)).unique().sort().to_list()
    return occurring


def resolved_texts(
    column: polars.Series, categories: tuple[str, ...], missing_words: tuple[str, ...] | None
) -> polars.Series:
    """The texts as categories: those that are one stay as they stand, of the others only their meaning counts.

    Args:
        column: texts, (n,) String.
        categories: the known texts.
        missing_words: texts that stand for a missing value unless they are categories; None: leave all as they stand.

    Returns:
        (n,) String, null where missing.
    """
    if missing_words is None:
        return column
    exact = column.is_in(categories).fill_null(False)
    # a word for a missing value may have been made a category in training, which it then stays
    return column if exact.all() else column.zip_with(exact, without_missing_words(column, missing_words))


def category_index(
    column: polars.Series, categories: tuple[str, ...], missing_words: tuple[str, ...] | None = None
) -> np.ndarray:
    """The index of each text among the categories, one more for an unknown text, the last for a missing one.

    Args:
        column: texts, (n,) String.
        categories: the known texts.
        missing_words: texts that stand for a missing value unless they are categories; None: look up texts as they are.

    Returns:
        (n,) int64.
    """
    import polars

    column = resolved_texts(column, categories, missing_words)
    count = len(categories)
    index = (
        column.replace_strict(list(categories), list(range(count)), default=count, return_dtype=polars.Int64)
        if count
        else polars.Series([count] * len(column), dtype=polars.Int64)
    )
    # set apart last: polars gives a null the default too, as if it were an unknown text
    return np.where(column.is_null().to_numpy(), count + 1, index.to_numpy())


def resolved_text(text: str, categories: Container[str], missing_words: tuple[str, ...] | None) -> str | None:
    """`resolved_texts` of one text, without polars.

    >>> [resolved_text(text, {"red", "NA"}, ("NA", "NULL")) for text in (" red", "NA", "NULL ", "")]
    ['red', 'NA', None, None]
    """
    if missing_words is None or text in categories:
        return text
    text = text.strip()
    return None if not text or text in missing_words else text


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
