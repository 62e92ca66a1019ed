"""The model file: one safetensors file whose every byte is covered by a SHA-256. It knows arrays and plain data only.

Layout, as safetensors defines it: 8 bytes with the header's length, a JSON header, then the arrays' bytes. The header's
"__metadata__" holds one text, "separatrix": JSON of

    format   the number of this format, 1
    needs    the first version of separatrix that reads it
    sha256   the digest of the whole file, computed with the 64 hexadecimal digits of this very field set to "0"
    data     what the file is about

So any changed bit anywhere is found before a byte is used, equal content gives equal bytes, and the file still opens in
every safetensors reader. The digest stays where it is in all formats. Nothing in a file can run code: there is no other
loader, and the digest tells damage from no damage, not a friend from a stranger.
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

FORMAT = 1  # raised when older versions of separatrix could no longer read what is written
NEEDS = "0.1.0"  # the first version that reads this format
DIGITS = 64
BLANK = b"0" * DIGITS
KEY = rb"\"sha256\":\""  # JSON within JSON: the quotes are escaped once
LARGEST_HEADER = 64 * 2**20
DEEPEST = 20  # nesting of our JSON
KINDS = {"BOOL", "F32", "F64", "I32", "I64", "U8"}
NAMES = {"bool", "float32", "float64", "int32", "int64", "uint8"}  # the same, as NumPy calls them

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def pack(arrays: dict[str, np.ndarray], data: dict[str, Any]) -> bytes:
    """The bytes of a model file.

    Raises:
        InvalidData: an array of another dtype than `NAMES`, or a header that no version would read back.
    """
    from safetensors.numpy import save

    for name, array in arrays.items():
        if array.dtype.name not in NAMES:
            raise InvalidData(f"array {name!r} can't be saved as {array.dtype}; known are {', '.join(sorted(NAMES))}.")
    outer = {"format": FORMAT, "needs": NEEDS, "sha256": BLANK.decode(), "data": _plain(data)}
    told = json.dumps(outer, allow_nan=False, separators=(",", ":"))
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    raw = save(contiguous, {"separatrix": told})
    if _header_length(raw) > LARGEST_HEADER:
        raise InvalidData(f"the description is larger than {LARGEST_HEADER:,} bytes, the most that a model file holds.")
    at = _digest_at(raw, "the file")
    return raw[:at] + _digest(raw, at) + raw[at + DIGITS :]


def unpack(raw: bytes, name: str = "the file") -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and data of a model file, after every check.

    Raises:
        ModelFileError: damaged, truncated, of another kind, or newer than this version can read.
    """
    _refuse_damaged(raw, name)
    try:
        header, outer = _header(raw, name)
        data = _restored(outer["data"])
        if not isinstance(data, dict):
            raise ValueError("its description isn't one")
        return _arrays(raw, header), data
    except (ValueError, KeyError, TypeError, AttributeError) as error:  # whole, but not what `pack` writes
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"{name} is refused, separatrix wrote no such file: {error}.") from error


@dataclass(frozen=True)
class Envelope:
    """What stands in a file beside its content: format, the first version that reads it, the digest that was checked."""

    format: int
    needs: str
    sha256: str


def envelope(raw: bytes, name: str = "the file") -> Envelope:
    """What stands in the file beside its content, after the same checks as `unpack`.

    Raises:
        ModelFileError: as `unpack`.
    """
    unpack(raw, name)
    outer = _header(raw, name)[1]
    return Envelope(outer["format"], str(outer["needs"]), str(outer["sha256"]))


def read_bytes(path: str | Path) -> bytes:
    """All bytes of the file, if it begins like a model file of its size.

    Raises:
        ModelFileError: no such file, it can't be read, or is none.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise ModelFileError(f"{path} is a folder, a device or a pipe, not a model file.")
        with path.open("rb") as file:
            begins, size = file.read(16), os.fstat(file.fileno()).st_size
            _refuse_foreign(begins, size, str(path))
            return begins + file.read()
    except ModelFileError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise ModelFileError(f"{path} can't be read: {getattr(error, 'strerror', error)}.") from error


def _refuse_foreign(begins: bytes, size: int, name: str) -> None:
    """Look at a file's first bytes and its size, before anything is allocated for the rest."""
    length = _header_length(begins)
    if DIGITS < length <= min(size - 8, LARGEST_HEADER) and begins[8:9] == b"{":
        return
    if begins[:4] == b"PK\x03\x04" or (begins[:1] == b"\x80" and begins[1:2] in b"\2\3\4\5" and any(begins[2:8])):
        raise ModelFileError(
            f"{name} is refused, it looks like a pickle or a zip: loading one can run any code, "
            "and there is no loader for it."
        )
    raise ModelFileError(
        f"{name} is truncated or no model file: its header claims {length:,} bytes, the file has {size:,}."
    )


def _refuse_damaged(raw: bytes, name: str) -> None:
    _refuse_foreign(raw[:16], len(raw), name)
    at = _digest_at(raw, name)
    if _digest(raw, at) != raw[at : at + DIGITS]:
        raise ModelFileError(f"{name} is damaged: its content doesn't match its SHA-256. Take a copy that is whole.")


def _header(raw: bytes, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The entries of the arrays, and our own text parsed."""
    header = _json(raw[8 : 8 + _header_length(raw)].decode())
    outer = _json(header.pop("__metadata__")["separatrix"])
    _refuse_newer(outer, name)
    return header, outer


def _header_length(raw: bytes) -> int:
    return int.from_bytes(raw[:8], "little")


def _digest_at(raw: bytes, name: str) -> int:
    """Where the digest's digits begin, inside the header."""
    end = 8 + _header_length(raw)
    at = raw.find(KEY, 8, end)
    if at < 0 or raw.find(KEY, at + 1, end) >= 0 or at + len(KEY) + DIGITS > end:
        raise ModelFileError(f"{name} isn't a separatrix model file, or is damaged: it holds no SHA-256.")
    return at + len(KEY)


def _digest(raw: bytes, at: int) -> bytes:
    """The SHA-256 of the whole file with its own digits blanked."""
    digest = hashlib.sha256(raw[:at])
    digest.update(BLANK)
    digest.update(memoryview(raw)[at + DIGITS :])
    return digest.hexdigest().encode()


def _refuse_newer(outer: dict[str, Any], name: str) -> None:
    written, needs = outer["format"], outer["needs"]
    if not isinstance(written, int) or written < 1:
        raise ValueError(f"its format is {written!r}")
    if written > FORMAT:
        raise ModelFileError(
            f"{name} has format {written}, newer than {FORMAT}, the last that is known here: "
            f"it needs separatrix {needs} or later."
        )


def _json(text: str) -> Any:
    """Parse JSON that isn't nested deeper than ours ever is and names nothing twice."""
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise ValueError(f"its JSON is nested more than {DEEPEST} deep")
    return json.loads(text, object_pairs_hook=_named_once, parse_constant=_no_constant)


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("its JSON names something twice")
    return dict(pairs)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} isn't JSON")


def _arrays(raw: bytes, header: dict[str, Any]) -> dict[str, np.ndarray]:
    """Copies of the arrays. The safetensors library checks that shapes and offsets fill the file exactly."""
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
    """JSON has no NaN and no infinity, and its readers round large integers: these become tagged strings."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        if any(not isinstance(key, str) or key.startswith("$") for key in value):
            raise InvalidData(f"keys in a model file are strings that don't begin with $, got {list(value)}.")
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": repr(value)}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return {"$int": str(value)}
    return value


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return [_restored(each) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"$float"}:
        return float(value["$float"])
    if set(value) == {"$int"}:
        return int(value["$int"])
    return {key: _restored(each) for key, each in value.items()}
