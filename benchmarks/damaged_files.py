"""Thousands of damaged tables: every one is an error of ours or is read as it was, within seconds, and none in silence otherwise.

    python -m benchmarks.damaged_files            5,000 files; exit 1 after any traceback, hang or silent change
    python -m benchmarks.damaged_files --count 300 --seed 7

A file is a small table in one of six formats, of which a few bits are flipped, a piece is cut out, doubled or overwritten, or
the end is missing. What the format itself can't show is no silent change: a changed letter in a CSV file, or a flipped bit in the
values of a Parquet or Arrow file without checksums. There the shape must be right still: all rows, all columns, and in batches
the same as at once.
"""

from __future__ import annotations

import argparse
import collections
import io
import random
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars

from separatrix.data.table_file import read_batches, read_table
from separatrix.errors import SeparatrixError

LONGEST = 10.0  # seconds for a file of a few kilobytes
ROWS = 120


@dataclass(frozen=True)
class Whole:
    """A file before it is damaged.

    Attributes:
        name: of its format.
        raw: its bytes.
        checked: bytes whose every change the file's checksums show, from and to.
    """

    name: str
    raw: bytes
    checked: tuple[int, int] = (0, 0)


def whole_files(seed: int) -> list[Whole]:
    """One table in every format."""
    rng = np.random.default_rng(seed)
    frame = polars.DataFrame(
        {
            "number": rng.normal(size=ROWS),
            "count": [None if k % 11 == 0 else k for k in range(ROWS)],
            "town": rng.choice(["Oslo", "Rome", "Ulm, south", 'a "b"'], ROWS).tolist(),
            "day": polars.Series(rng.integers(18_000, 19_500, ROWS)).cast(polars.Int32).cast(polars.Date),
            "flag": rng.choice([True, False], ROWS).tolist(),
        }
    )
    files = [Whole("csv", frame.write_csv().encode()), Whole("csv;crlf", _semicolons(frame))]
    for name, write, options in (
        ("parquet", frame.write_parquet, {}),
        ("parquet plain", frame.write_parquet, {"compression": "uncompressed", "row_group_size": 50}),
        ("arrow file", frame.write_ipc, {}),
        ("arrow stream", frame.write_ipc_stream, {"compression": "zstd"}),
    ):
        out = io.BytesIO()
        write(out, **options)
        files.append(Whole(name, out.getvalue()))
    return files + _with_checksums(frame)


def _semicolons(frame: polars.DataFrame) -> bytes:
    return frame.write_csv(separator=";", line_terminator="\r\n", quote_style="always").encode()


def _with_checksums(frame: polars.DataFrame) -> list[Whole]:
    """A Parquet file whose pages have checksums, where pyarrow is installed to write one."""
    try:
        import pyarrow.parquet  # type: ignore[import-untyped]
    except ImportError:
        return []
    out = io.BytesIO()
    pyarrow.parquet.write_table(frame.to_arrow(), out, write_page_checksum=True)
    raw = out.getvalue()
    return [Whole("parquet with checksums", raw, (4, len(raw) - 8 - int.from_bytes(raw[-8:-4], "little")))]


def flip(raw: bytearray, rng: random.Random) -> None:
    """Flip one to three bits."""
    for _ in range(rng.randint(1, 3)):
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)


def cut(raw: bytearray, rng: random.Random) -> None:
    """Lose the end."""
    del raw[rng.randrange(len(raw)) :]


def lose(raw: bytearray, rng: random.Random) -> None:
    """Lose a piece."""
    start = rng.randrange(len(raw))
    del raw[start : start + rng.randint(1, 64)]


def double(raw: bytearray, rng: random.Random) -> None:
    """Have a piece twice."""
    start = rng.randrange(len(raw))
    raw[start:start] = raw[start : start + rng.randint(1, 64)]


def overwrite(raw: bytearray, rng: random.Random) -> None:
    """Overwrite a piece: with noise, zeros, ones, or what a text file shouldn't hold."""
    start, length = rng.randrange(len(raw)), rng.randint(1, 16)
    filling = rng.choice([rng.randbytes(length), bytes(length), b"\xff" * length, b'"\r\n,\x00\x1b\xc3'[:length]])
    raw[start : start + length] = filling


DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (flip, flip, cut, lose, double, overwrite)


def outcome(path: Path, whole: Whole, damage: str, expected: polars.DataFrame) -> str:
    """What became of a damaged file: "refused", "unchanged", "changed" where nothing shows it, or "FAULT: …"."""
    start = time.perf_counter()
    try:
        table = read_table(path)
        batches = polars.concat(read_batches(path, table.kinds, rows=50))
    except SeparatrixError:
        result = "refused"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        result = f"FAULT: {type(error).__name__}: {error}"[:200]
    else:
        result = _compared(table.frame, batches, whole, damage, expected)
    return "FAULT: it took too long" if time.perf_counter() - start > LONGEST else result


def _compared(
    frame: polars.DataFrame, batches: polars.DataFrame, whole: Whole, damage: str, expected: polars.DataFrame
) -> str:
    if not frame.equals(batches):
        return "FAULT: batches differ from the whole"
    if frame.equals(expected):
        return "unchanged"
    if whole.name.startswith("csv"):
        return "changed"  # a text has no checksum; a row less is another file, as good as this one
    if frame.height != expected.height:
        return f"FAULT: {frame.height} of {expected.height} rows"
    if whole.checked[1] and damage != "footer":
        return "FAULT: other values than the checksums say"
    return "changed"


def run(count: int, seed: int, folder: Path) -> dict[tuple[str, str], int]:
    """Damage `count` files and read them: (format, outcome) -> how often."""
    rng = random.Random(seed)
    files = whole_files(seed)
    path = folder / "table"
    expected = []
    for whole in files:
        path.write_bytes(whole.raw)
        expected.append(read_table(path).frame)
    outcomes: collections.Counter[tuple[str, str]] = collections.Counter()
    for number in range(count):
        k = number % len(files)
        raw = bytearray(files[k].raw)
        damage = rng.choice(DAMAGES)
        damage(raw, rng)
        path.write_bytes(raw)
        first, last = files[k].checked
        # where the description of the file was hit, no checksum covers the change
        where = "pages" if raw[last:] == files[k].raw[last:] and raw[:first] == files[k].raw[:first] else "footer"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outcomes[files[k].name, outcome(path, files[k], where, expected[k])] += 1
    return dict(outcomes)


def main() -> int:
    """Print the outcomes; 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = run(arguments.count, arguments.seed, Path(folder))
    for (name, result), times in sorted(outcomes.items()):
        print(f"{name:<24}{times:>6}  {result}")
    return int(any(result.startswith("FAULT") for _, result in outcomes))


if __name__ == "__main__":
    raise SystemExit(main())
