"""What pandas writes beside the columns of a Parquet file: which of them are its index, and which are categories."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING

from separatrix.data.frames import categories_as_text

if TYPE_CHECKING:
    import polars

NAMELESS_INDEX = re.compile(r"__index_level_[0-9]+__")  # the names that pandas gives to an index without one


def as_pandas_wrote(
    frame: polars.DataFrame, raw: bytes | None, target: str | None
) -> tuple[polars.DataFrame, list[str]]:
    """The frame without the columns that pandas calls an index, categories of any type as text; and what to say of it.

    Args:
        frame: the columns as they were read.
        raw: the bytes of the Parquet file; None for another format, in which only names tell an index.
        target: the column of labels, which stays even if it is the index.
    """
    index, categories = ([], []) if raw is None else _described(raw)
    index += [name for name in frame.columns if NAMELESS_INDEX.fullmatch(name) and name not in index]
    index = [name for name in index if name in frame.columns and name != target]
    warnings = [
        f"column {name!r} is the index of the data frame that pandas wrote; it is left out. Call reset_index() before writing "
        "if it is a column to learn from."
        for name in index
    ]
    frame = frame.drop(index)
    # codes of a categorical column are no numbers to compute with, whatever the type of its categories
    texts = [categories_as_text(frame[name]) for name in categories if name in frame.columns and name != target]
    return frame.with_columns(texts), warnings


def _described(raw: bytes) -> tuple[list[str], list[str]]:
    """The names of the index and of the columns of categories, by the metadata of pandas in a Parquet file."""
    import polars

    try:
        described = json.loads(polars.read_parquet_metadata(io.BytesIO(raw)).get("pandas", "{}"))
        index = [name for name in described.get("index_columns", []) if isinstance(name, str)]
        columns = [column for column in described.get("columns", []) if column.get("pandas_type") == "categorical"]
        return index, [column.get("field_name") or column["name"] for column in columns]
    except (polars.exceptions.PolarsError, OSError, ValueError, AttributeError, LookupError, TypeError):
        return [], []  # metadata is a remark of another program: without it the columns stand for themselves
