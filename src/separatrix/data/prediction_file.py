"""Predictions into files: row after row in bounded memory, and in CSV with no cell that a spreadsheet would carry out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from separatrix.errors import InvalidParameter
from separatrix.support.atomic import write_atomically

if TYPE_CHECKING:
    import polars

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the beginning of a formula
# a number beginning with its sign, as the columns of a CSV file are kept: it computes nothing, and must read back the same
SIGNED_NUMBER = r"(?i)^[+-]\s?(?:[0-9][0-9.,]*|[.,][0-9]+)(?:e[+-]?[0-9]+)?\s?%?$|^[+-](?:inf(?:inity)?|nan)$"
ENDINGS = (".csv", ".parquet")


def check_ending(path: str | Path) -> None:
    """Raise `InvalidParameter` for a name that ends in neither .csv nor .parquet; "-" is standard output."""
    if str(path) != "-" and Path(path).suffix not in ENDINGS:
        raise InvalidParameter(
            f"predictions are written to a name ending in {' or '.join(ENDINGS)}, got {Path(path).name!r}."
        )


def write_rows(
    path: str | Path,
    batches: Iterable[polars.DataFrame],
    *,
    force: bool = False,
    metadata: Mapping[str, str] | None = None,
) -> None:
    r"""Write frames of equal columns one after another: a whole file or none.

    In CSV, text that begins with one of = + - @, a tab or a carriage return gets an apostrophe in front, names of columns
    too; numbers stay as they are, those in columns of text too. Parquet has no such cells.

    Args:
        path: a name ending in .csv or .parquet, or "-" for CSV on standard output.
        batches: the frames, at least one, which may be without rows; an error while one is made leaves what was there.
        force: replace a file that exists.
        metadata: to keep in a Parquet file.

    Raises:
        InvalidParameter: another ending.
        OutputError: the file exists or can't be written.

    Examples:
        >>> import polars, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "out.csv"
        ...     write_rows(path, [polars.DataFrame({"id": ["=1+1", "b"], "p": [-0.5, 1.0]})])
        ...     path.read_text().splitlines()
        ['id,p', "'=1+1,-0.5", 'b,1.0']
    """
    check_ending(path)
    if str(path) == "-":
        for piece in _csv(batches):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    elif Path(path).suffix == ".csv":
        write_atomically(path, _csv(batches), force=force)
    else:
        write_atomically(path, lambda file: _write_parquet(file, iter(batches), metadata), force=force)


def _write_parquet(file: BinaryIO, batches: Iterator[polars.DataFrame], metadata: Mapping[str, str] | None) -> None:
    """Frames as one Parquet file, in memory for a few of them.

    Raises:
        OSError: the disk is full.
    """
    import polars
    from polars.io.plugins import register_io_source

    # polars asks for the schema before it takes the first frame
    first, failures = next(batches), []

    def source(*_: object) -> Iterator[polars.DataFrame]:
        # polars would hand an error, and a signal, on as a text of its own
        try:
            yield from chain([first], batches)
        except BaseException as error:
            failures.append(error)

    try:
        register_io_source(source, schema=first.schema).sink_parquet(file, metadata=dict(metadata or {}))
    except polars.exceptions.PolarsError as error:
        raise OSError(str(error)) from error
    finally:
        if failures:
            raise failures[0]


def _csv(batches: Iterable[polars.DataFrame]) -> Iterator[bytes]:
    for number, batch in enumerate(batches):
        yield _inert(batch).write_csv(include_header=number == 0, datetime_format="%Y-%m-%dT%H:%M:%S%.f").encode()


def _inert(frame: polars.DataFrame) -> polars.DataFrame:
    import polars

    # numbers need no apostrophe: a negative one begins with "-" and is no formula
    text = [name for name, kind in frame.schema.items() if kind == polars.String]
    escaped = [
        polars.when(
            polars.any_horizontal(*(polars.col(name).str.starts_with(sign) for sign in FORMULA))
            & ~polars.col(name).str.contains(SIGNED_NUMBER)
        )
        .then(polars.concat_str(polars.lit("'"), polars.col(name)))
        .otherwise(polars.col(name))
        .alias(name)
        for name in text
    ]
    renamed = {name: f"'{name}" for name in frame.columns if name.startswith(FORMULA)}
    return frame.with_columns(escaped).rename(renamed)
