"""What columns look like: names of rows, which cannot help to predict new ones, keys of groups of rows, and times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from separatrix.data.kinds import kind_of

if TYPE_CHECKING:
    import polars

FEWEST_ROWS = 20  # below so many rows a column says nothing about its role
UNIQUE = 0.95  # share of different values from which on a column of words identifies rows
WORDS_OF_SENTENCES = 5  # texts with so many words at the median are sentences: names of people have fewer
FEWEST_VALUES = 10  # different values that names have: fewer may all differ by chance
FEWEST_GROUPS = 8  # a category with fewer values describes rows, it doesn't name their groups
PURE_GROUPS = 0.9  # share of groups of one label from which on a column may be their key ...
BY_CHANCE = 0.5  # ... where not more than this share would be by chance
SAMPLE = 50  # rows of a group that are looked at first
INSIDE = 2  # or so many columns that are constant inside of every group
CALLED_KEY = re.compile(r"(?i)(^|[^a-z])(ids?|uuid|guid|uid|key|index|row|nr|no|rownum|row_?number)$")
CALLED_KEY_IN_CAMEL = re.compile(r"[a-z](Id|ID|Key|Nr|No|Uuid)$")
CALLED_TIME = re.compile(r"(?i)(time|date|day|month|year|week|quarter|created|updated|recorded)")
CALLED_STAMP = re.compile(r"(?i)(^|_)(date_?time|date|time_?stamp|time|created|recorded)(_at|_on)?$")
CALLED_BIRTH = re.compile(r"(?i)(birth|born|dob)")


def columns_without_use(frame: polars.DataFrame) -> dict[str, str]:
    """Columns that cannot help to predict a new row, with the reason: row numbers, names of rows, constants.

    Args:
        frame: columns in the types of their kinds, as `separatrix.data.frames.as_frame` gives them.

    Returns:
        name -> the reason, a whole sentence. Empty where nothing else would be left.

    Examples:
        >>> import polars
        >>> table = polars.DataFrame({"id": [float(k) for k in range(1, 31)], "unit": ["cm"] * 30, "size": [2.5, 1.5] * 15})
        >>> columns_without_use(table)["id"]
        'It numbers the rows.'
    """
    # a year or a month that rises row by row is a time, and says something of new rows
    columns = [column for column in frame if not CALLED_TIME.search(column.name) or _is_constant(column)]
    reasons = {column.name: reason for column in columns if (reason := _reason(column))}
    return reasons if len(reasons) < frame.width else {}


def _reason(column: polars.Series) -> str:
    if _is_constant(column):
        return "It has the same value in every row."
    if not (why := identifies(column)) or (why == RISING and not is_called_key(column.name)):
        return ""
    return f"{why}{OF_FREE_TEXT}" if is_free_text(column) else f"{why}."


def _is_constant(column: polars.Series) -> bool:
    if column.null_count() or len(column) < 2:
        return False
    # the first and the last row tell most columns from constants without looking at the others
    return bool(column[0] == column[-1]) and column.n_unique() == 1


OF_FREE_TEXT = (
    ": free text, which the classifier does not read. To use it, make columns of numbers of it, as with scikit-learn's "
    "TfidfVectorizer and TruncatedSVD."
)


def is_free_text(column: polars.Series) -> bool:
    """Whether a column holds sentences rather than codes or names.

    Examples:
        >>> import polars
        >>> is_free_text(polars.Series(["The staff was friendly and quick.", "We waited for an hour in the rain."]))
        True
        >>> is_free_text(polars.Series(["A-17", "Owen Harris"]))
        False
    """
    if kind_of(column).name != "category":
        return False
    median = column.drop_nulls().str.count_matches(r"\S+").median()
    return median is not None and float(median) >= WORDS_OF_SENTENCES  # type: ignore[arg-type]


RISING = "It holds whole numbers that rise from row to row"


def identifies(column: polars.Series) -> str:
    """How a column names its rows rather than describing them, in a sentence without its full stop; or nothing."""
    n, values = len(column), len(column) - column.null_count()
    if n < FEWEST_ROWS:
        return ""
    kind = kind_of(column).name
    if kind == "category" and (distinct := column.drop_nulls().n_unique()) >= UNIQUE * values > FEWEST_VALUES:
        return f"It has {distinct:,} different texts in {values:,} rows"
    if kind != "number" or values < n:
        return ""
    numbers = column.to_numpy()
    # most columns of measurements are out after the first rows
    if not (numbers[:100] == np.round(numbers[:100])).all() or not (numbers == np.round(numbers)).all():
        return ""
    if column.n_unique() < n:
        return ""
    if np.ptp(numbers) == n - 1:
        return "It numbers the rows"
    if (np.diff(numbers) > 0).all():
        return RISING
    return "It holds a different whole number in every row" if is_called_key(column.name) else ""


def is_called_key(name: str) -> bool:
    """Whether a column has a name that keys have, such as `id`, `patient_id` or `caseNo`."""
    return bool(CALLED_KEY.search(name) or CALLED_KEY_IN_CAMEL.search(name))


def likely_group(frame: polars.DataFrame, y: np.ndarray) -> tuple[str, str] | None:
    """A column that looks like the key of groups of rows, such as a patient's number where there are several rows of each.

    Many values occur in several rows each, and inside of them the label hardly ever changes though it would by chance, or
    other columns never do.

    Args:
        frame: columns in the types of their kinds.
        y: labels 0 and 1, (n,).

    Returns:
        Its name, and what shows it, in a clause; None where no column looks like one.
    """
    for column in frame:
        if clause := _key_of_groups(column, frame, y):
            return column.name, clause
    return None


def _key_of_groups(column: polars.Series, frame: polars.DataFrame, y: np.ndarray) -> str:
    n, kind = len(column), kind_of(column).name
    # whole numbers are counts more often than keys
    if (
        n < FEWEST_ROWS
        or column.null_count()
        or not (kind == "category" or (kind == "number" and is_called_key(column.name)))
    ):
        return ""
    distinct = column.n_unique()
    if not FEWEST_GROUPS <= distinct <= n / 2:
        return ""
    if kind == "number" and not (column.to_numpy() == np.round(column.to_numpy())).all():
        return ""
    key = _codes(column)
    size = np.bincount(key)
    ones = np.bincount(key, y)
    several = size > 1
    pure = (((ones == 0) | (ones == size)) & several).sum() / several.sum()
    share = y.mean()
    expected = float((share ** size[several] + (1 - share) ** size[several]).mean())
    if pure >= PURE_GROUPS and expected <= BY_CHANCE:
        return f"{pure:.0%} of its {several.sum():,} values that occur in several rows have one label in all of them"
    if not (is_called_key(column.name) or distinct >= n / 20):
        return ""
    # few columns are constant in the largest group, and only these need to be looked at in all groups
    largest = frame[np.flatnonzero(key == size.argmax())[:SAMPLE]]
    constant = [other.name for other in largest if other.name != column.name and other.n_unique() == 1]
    inside = [name for name in constant if _is_constant_inside(frame[name], key, distinct)]
    if len(inside) >= INSIDE:
        return f"{', '.join(map(repr, inside[:3]))} never change among rows with the same value"
    return ""


def _codes(column: polars.Series) -> np.ndarray:
    """A number from 0 for each value of a column, (n,) int64; missing values share one."""
    return np.unique(column.hash(seed=0).to_numpy(), return_inverse=True)[1].astype(np.int64)


def _is_constant_inside(other: polars.Series, key: np.ndarray, n_keys: int) -> bool:
    """Whether a column that isn't constant has one value for each key."""
    code = _codes(other)
    return bool(code.max() > 0) and len(np.unique(key * (code.max() + 1) + code)) == n_keys


def likely_time(frame: polars.DataFrame) -> tuple[str, str] | None:
    """A column that looks like the time at which each row came to be: its name and what shows it; or None.

    Args:
        frame: columns in the types of their kinds.
    """
    for column in frame:
        if len(column) < FEWEST_ROWS or column.null_count() or CALLED_BIRTH.search(column.name):
            continue
        is_date, is_called = kind_of(column).name == "date", bool(CALLED_TIME.search(column.name))
        if not is_date and not (is_called and kind_of(column).name == "number"):
            continue
        if column.n_unique() < FEWEST_VALUES:
            continue
        if column.is_sorted() or column.is_sorted(descending=True):
            return column.name, "the rows are in its order"
        if is_date and CALLED_STAMP.search(column.name):
            return column.name, "it holds dates"
    return None
