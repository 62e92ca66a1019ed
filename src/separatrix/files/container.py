"""The model file: one safetensors file of arrays and plain data, with a SHA-256 that covers every byte of it.

The layout is that of safetensors: 8 bytes with the length of the header, a JSON header, then the bytes of the arrays. The
header's "__metadata__" holds one text, "separatrix": JSON of

    format   the number of this format, 1
    needs    the first version of separatrix that reads it
    sha256   the digest of the whole file, computed with the 64 hexadecimal digits of this field set to "0"
    data     a description of the content

A changed bit anywhere is detected before any byte is used, equal content gives equal bytes, and the file still opens in
every safetensors reader. The digest has the same place in all formats. Nothing in a file can run code, and there is no
other loader. The digest detects damage; it does not tell who wrote the file.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from separatrix.errors import InvalidData, ModelFileError

FORMAT = 1  # raised when older versions of separatrix can no longer read new files
NEEDS = "0.1.0"  # the first version that reads this format
DIGITS = 64
BLANK = b"0" * DIGITS
KEY = rb"\"sha256\":\""  # JSON within JSON: the quotes are escaped once
# A header claims its own length, and JSON its own depth: both have a bound, so that a small hostile file can neither make
# the reader allocate gigabytes nor exhaust its stack.
LARGEST_HEADER = 64 * 2**20
MAX_DEPTH = 20  # nesting of the JSON that is written here
KINDS = {"BOOL", "F32", "F64", "I32", "I64", "U8"}
NAMES = {"bool", "float32", "float64", "int32", "int64", "uint8"}  # the same, by NumPy's names

# A JSON string with its escapes: brackets inside of one are no nesting.
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def pack(arrays: dict[str, np.ndarray], data: dict[str, Any]) -> bytes:
    """The bytes of a model file.

    Args:
        arrays: by name, of the dtypes in `NAMES`.
        data: the description: texts, numbers, lists and dictionaries.

    Raises:
        InvalidData: an array of another dtype, or a description too large to be read back.
    """
    from safetensors.numpy import save

    for name, array in arrays.items():
        if array.dtype.name not in NAMES:
            raise InvalidData(f"array {name!r} has dtype {array.dtype}; a model file holds {', '.join(sorted(NAMES))}.")
    outer = {"format": FORMAT, "needs": NEEDS, "sha256": BLANK.decode(), "data": _plain(data)}
    text = json.dumps(outer, allow_nan=False, separators=(",", ":"))
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    raw = save(contiguous, {"separatrix": text})
    if _header_length(raw) > LARGEST_HEADER:
        raise InvalidData(f"the description is larger than {LARGEST_HEADER:,} bytes, the limit of a model file.")
    start = _digest_at(raw, "the file")
    return raw[:start] + _digest(raw, start) + raw[start + DIGITS :]


def unpack(raw: bytes, name: str = "the file") -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and data of a model file, after every check.

    Args:
        raw: all bytes of the file.
        name: of the file, for errors.

    Returns:
        Arrays by name, and the description.

    Raises:
        ModelFileError: the file is damaged, truncated, of another kind, or newer than this version can read.
    """
    # The digest comes first: nothing of a damaged file is parsed.
    _refuse_damaged(raw, name)
    try:
        header, outer = _header(raw, name)
        data = _restored(outer["data"])
        if not isinstance(data, dict):
            raise ValueError("its description isn't a JSON object")
        return _arrays(raw, header), data
    except (ValueError, KeyError, TypeError, AttributeError) as error:  # undamaged, but not what `pack` writes
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"{name} was not written by separatrix: {error}.") from error


@dataclass(frozen=True)
class Envelope:
    """The fields of a file besides its content.

    Attributes:
        format: number of the file format.
        needs: the first version of separatrix that reads it.
        sha256: the digest, which has been checked.
    """

    format: int
    needs: str
    sha256: str


def envelope(raw: bytes, name: str = "the file") -> Envelope:
    """The fields of a file besides its content, after the same checks as in `unpack`.

    Raises:
        ModelFileError: as `unpack`.
    """
    unpack(raw, name)
    outer = _header(raw, name)[1]
    return Envelope(outer["format"], str(outer["needs"]), str(outer["sha256"]))


def read_bytes(path: str | Path) -> bytes:
    """All bytes of a file that begins like a model file of its size.

    Raises:
        ModelFileError: the file is missing, unreadable, or not a model file.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise ModelFileError(f"{path} is a folder, a device or a pipe, not a model file.")
        with path.open("rb") as file:
            first_bytes, size = file.read(16), os.fstat(file.fileno()).st_size
            _refuse_foreign(first_bytes, size, str(path))
            return first_bytes + file.read()
    except ModelFileError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise ModelFileError(f"{path} can't be read: {getattr(error, 'strerror', error)}.") from error


def _refuse_foreign(first_bytes: bytes, size: int, name: str) -> None:
    """Check a file's first bytes against its size, before anything is allocated for the rest.

    Args:
        first_bytes: the first 16 bytes of the file, or all if there are fewer.
        size: of the file in bytes.
        name: of the file, for the error.
    """
    length = _header_length(first_bytes)
    if DIGITS < length <= min(size - 8, LARGEST_HEADER) and first_bytes[8:9] == b"{":
        return
    if 1 < length <= min(size - 8, DIGITS) and first_bytes[8:9] == b"{":
        raise ModelFileError(
            f"{name} is not a separatrix model file; it looks like another program's safetensors file."
        )
    # A zip begins with "PK", a pickle with \x80 and its protocol. A truncated model file could begin with \x80 too, as the
    # low byte of its header's length; the high bytes of that length are zeros.
    pickle = first_bytes[:1] == b"\x80" and first_bytes[1:2] in b"\2\3\4\5" and any(first_bytes[2:8])
    if pickle or first_bytes[:4] == b"PK\x03\x04":
        raise ModelFileError(
            f"{name} looks like a pickle or a zip file. Loading one can run any code, so separatrix doesn't."
        )
    if 2 <= length < DIGITS and length <= size - 8 and first_bytes[8:9] == b"{":
        raise ModelFileError(f"{name} is a safetensors file of another program, not a separatrix model.")
    raise ModelFileError(
        f"{name} is truncated or not a model file: its header claims {length:,} bytes, the file has {size:,}."
    )


def _refuse_damaged(raw: bytes, name: str) -> None:
    _refuse_foreign(raw[:16], len(raw), name)
    start = _digest_at(raw, name)
    if _digest(raw, start) != raw[start : start + DIGITS]:
        raise ModelFileError(f"{name} is damaged: its content doesn't match its SHA-256. Use an undamaged copy.")


def _header(raw: bytes, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header's entries for the arrays, and the parsed text of separatrix."""
    header = _json(raw[8 : 8 + _header_length(raw)].decode())
    outer = _json(header.pop("__metadata__")["separatrix"])
    _refuse_newer(outer, name)
    return header, outer


def _header_length(raw: bytes) -> int:
    return int.from_bytes(raw[:8], "little")


def _digest_at(raw: bytes, name: str) -> int:
    """The index of the digest's first digit, inside the header."""
    end = 8 + _header_length(raw)
    start = raw.find(KEY, 8, end)
    # A second occurrence would make it ambiguous which digits were blanked when the digest was computed.
    if start < 0 or raw.find(KEY, start + 1, end) >= 0 or start + len(KEY) + DIGITS > end:
        raise ModelFileError(f"{name} is not a separatrix model file, or it is damaged: it holds no SHA-256.")
    return start + len(KEY)


def _digest(raw: bytes, start: int) -> bytes:
    """The SHA-256 of the whole file with its own digits blanked."""
    # In three parts, the last as a view: a copy of a large file with its digits replaced would double the memory.
    sha256 = hashlib.sha256(raw[:start])
    sha256.update(BLANK)
    sha256.update(memoryview(raw)[start + DIGITS :])
    return sha256.hexdigest().encode()


def _refuse_newer(outer: dict[str, Any], name: str) -> None:
    written, needs = outer["format"], outer["needs"]
    if not isinstance(written, int) or written < 1:
        raise ValueError(f"its format is {written!r}")
    if written > FORMAT:
        raise ModelFileError(
            f"{name} has format {written}, but this version reads formats up to {FORMAT}: "
            f"it needs separatrix {needs} or later."
        )


def _json(text: str) -> Any:
    """Parse JSON that is nested at most `MAX_DEPTH` deep and has no repeated key."""
    # Brackets are counted before parsing: the parser recurses, and would run out of stack instead of raising.
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise ValueError(f"its JSON is nested more than {MAX_DEPTH} levels deep")
    return json.loads(text, object_pairs_hook=_named_once, parse_constant=_no_constant)


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("its JSON repeats a key")
    return dict(pairs)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} isn't JSON")


def _arrays(raw: bytes, header: dict[str, Any]) -> dict[str, np.ndarray]:
    """Copies of the arrays, which can be written to. safetensors checks that shapes and offsets fill the file exactly."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    for name, entry in header.items():
        if entry["dtype"] not in KINDS:
            raise ValueError(f"array {name!r} is of unknown dtype {entry['dtype']!r}")
    try:
        return {name: array.copy() for name, array in load(raw).items()}
    except SafetensorError as error:
        raise ValueError(str(error)) from error


def _plain(value: Any) -> Any:
    """The value for JSON, which has no NaN and no infinity, and whose readers round integers from 2**53 on.

    Such numbers become objects with one key, {"$float": "nan"} or {"$int": "…"}.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        if any(not isinstance(key, str) or key.startswith("$") for key in value):
            raise InvalidData(f"keys in a model file must be strings that don't begin with $, got {list(value)}.")
        return {key: _plain(element) for key, element in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(element) for element in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": repr(value)}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return {"$int": str(value)}
    return value


def _restored(value: Any) -> Any:
    """The inverse of `_plain`; tuples come back as lists."""
    if isinstance(value, list):
        return [_restored(element) for element in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"$float"}:
        return float(value["$float"])
    if set(value) == {"$int"}:
        return int(value["$int"])
    return {key: _restored(element) for key, element in value.items()}
