"""The model file: one safetensors file whose every byte is covered by a SHA-256. It knows arrays and plain data only.

Layout, as safetensors defines it: 8 bytes with the header's length, a JSON header, then the arrays' bytes. The header's
"__metadata__" holds "separatrix": our own data as JSON, and "sha256": the digest of the whole file, computed with the
64 hexadecimal digits of that field set to "0". So any changed bit anywhere is found before a byte is used, and the file
still opens in every safetensors reader. Nothing in it can run code, and there is no other loader.
"""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from separatrix.errors import ModelFileError

FORMAT = 1  # raised when older versions of separatrix could no longer read what is written
DIGITS = 64
BLANK = b"0" * DIGITS
KEY = b'"sha256":"'
LARGEST_HEADER = 64 * 2**20
DEEPEST = 20  # nesting of our JSON
KINDS = {"F32": np.float32, "F64": np.float64, "I64": np.int64, "U8": np.uint8, "BOOL": np.bool_}


def pack(arrays: dict[str, np.ndarray], data: dict[str, Any]) -> bytes:
    """The bytes of a model file."""
    from safetensors.numpy import save

    told = json.dumps(_plain(data), ensure_ascii=True, allow_nan=False, sort_keys=True)
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    raw = save(contiguous, {"separatrix": told, "format": str(FORMAT), "sha256": "0" * DIGITS})
    at = _digest_at(raw)
    return raw[:at] + hashlib.sha256(raw).hexdigest().encode() + raw[at + DIGITS :]


def unpack(raw: bytes, name: str = "the file") -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and data of a model file, after every check.

    Raises:
        ModelFileError: damaged, truncated, of another kind, or newer than this version can read.
    """
    _refuse_foreign(raw, name)
    at = _digest_at(raw, name)
    blanked = raw[:at] + BLANK + raw[at + DIGITS :]
    if hashlib.sha256(blanked).hexdigest().encode() != raw[at : at + DIGITS]:
        raise ModelFileError(f"{name} is damaged: its content doesn't match its SHA-256. Take a copy that is whole.")
    header = _header(raw, name)
    metadata = header.pop("__metadata__", {})
    written = str(metadata.get("format", ""))
    if not written.isdigit() or int(written) > FORMAT:
        raise ModelFileError(f"{name} has format {written}, newer than {FORMAT}; it needs a later version of separatrix.")
    data = _restored(_json(metadata.get("separatrix", ""), name))
    if not isinstance(data, dict):
        raise ModelFileError(f"{name} is damaged: its description isn't one.")
    return _arrays(raw, header, name), data


def _refuse_foreign(raw: bytes, name: str) -> None:
    if len(raw) < 8:
        raise ModelFileError(f"{name} is truncated: {len(raw)} bytes are no model file.")
    if raw[:2] in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        raise ModelFileError(
            f"{name} looks like a pickle or a zip, not a model file. It is refused: loading one can run any code."
        )
    length = int.from_bytes(raw[:8], "little")
    if length > min(len(raw) - 8, LARGEST_HEADER):
        raise ModelFileError(
            f"{name} is truncated or no model file: its header claims {length:,} bytes, the file has {len(raw):,}."
        )


def _digest_at(raw: bytes, name: str = "the file") -> int:
    """Where the digest's digits begin, inside the header."""
    end = 8 + int.from_bytes(raw[:8], "little")
    at = raw.find(KEY, 8, end)
    if at < 0 or raw.find(KEY, at + 1, end) >= 0:
        raise ModelFileError(f"{name} isn't a separatrix model file, or is damaged: it holds no SHA-256.")
    return at + len(KEY)


def _header(raw: bytes, name: str) -> dict[str, Any]:
    header = _json(raw[8 : 8 + int.from_bytes(raw[:8], "little")], name)
    if not isinstance(header, dict):
        raise ModelFileError(f"{name} is damaged: its header isn't one.")
    return header


def _json(text: str | bytes, name: str) -> Any:
    """Parse JSON that isn't nested deeper than ours ever is."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    depth = 0
    for letter in text:  # brackets inside strings only make this stricter
        depth += (letter in "[{") - (letter in "]}")
        if depth > DEEPEST:
            raise ModelFileError(f"{name} is refused: its JSON is nested more than {DEEPEST} deep.")
    try:
        return json.loads(text)
    except ValueError as error:
        raise ModelFileError(f"{name} is damaged: {error}.") from error


def _arrays(raw: bytes, header: dict[str, Any], name: str) -> dict[str, np.ndarray]:
    """Copies of the arrays, each checked against the file's size before anything is allocated."""
    start = 8 + int.from_bytes(raw[:8], "little")
    arrays = {}
    for key, entry in header.items():
        kind, shape, (begin, end) = KINDS.get(entry["dtype"]), entry["shape"], entry["data_offsets"]
        if kind is None or any(side < 0 for side in shape) or not 0 <= begin <= end <= len(raw) - start:
            raise ModelFileError(f"{name} is refused: array {key!r} of {entry['dtype']} {shape} doesn't fit the file.")
        if math.prod(shape) * np.dtype(kind).itemsize != end - begin:
            raise ModelFileError(f"{name} is refused: array {key!r} of shape {shape} doesn't fill its {end - begin} bytes.")
        arrays[key] = np.frombuffer(raw[start + begin : start + end], kind).reshape(shape).copy()
    return arrays


def _plain(value: Any) -> Any:
    """JSON has no NaN and no infinity, and its readers round large integers: these become tagged strings."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return {"int": str(value)}
    return value


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return [_restored(each) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"float"}:
        return float(value["float"])
    if set(value) == {"int"}:
        return int(value["int"])
    return {key: _restored(each) for key, each in value.items()}


def read_bytes(path: str | Path) -> bytes:
    """All bytes of the file.

    Raises:
        ModelFileError: no such file, or it can't be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ModelFileError(f"{path} can't be read: {error.strerror}.") from error
