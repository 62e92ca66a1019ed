"""A sketch as the text of a link, and back. Whatever a stranger's link holds is checked before it is used."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import fields
from typing import Any

from separatrix.errors import InvalidData, InvalidParameter
from separatrix.playground.sketch import Sketch

LONGEST = 100_000  # characters of a link
LARGEST = 1_000_000  # bytes that it may stand for
VERSION = "1"

_DEFAULTS = {field.name: field.default for field in fields(Sketch)}


def to_link(sketch: Sketch) -> str:
    """What differs from the lesson, as letters that a link may hold.

    >>> to_link(Sketch())
    '1'
    >>> from_link(to_link(Sketch(sampler="moons", hidden=(3,), activations=("tanh",)))).sampler
    'moons'
    """
    told = {name: getattr(sketch, name) for name in _DEFAULTS if getattr(sketch, name) != _DEFAULTS[name]}
    if not told:
        return VERSION
    packed = zlib.compress(json.dumps(told, separators=(",", ":"), allow_nan=False).encode(), 9)
    return VERSION + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def from_link(text: str) -> Sketch:
    """The sketch that a link holds.

    Raises:
        InvalidData: too long, damaged, of another version, or with settings that can't be.
    """
    if len(text) > LONGEST:
        raise InvalidData(f"the link is longer than {LONGEST:,} characters.")
    if not text.startswith(VERSION):
        raise InvalidData("the link is damaged, or of another version of separatrix.")
    try:
        given = json.loads(_unpacked(text[1:])) if len(text) > 1 else {}
        if not isinstance(given, dict) or given.keys() - _DEFAULTS.keys():
            raise ValueError("unknown settings")
        return Sketch(**{name: _tuples(value) for name, value in given.items()})
    except (InvalidParameter, RecursionError, TypeError, ValueError, binascii.Error, zlib.error) as error:
        raise InvalidData(f"the link is damaged: {error}") from error


def _unpacked(text: str) -> bytes:
    packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    stream = zlib.decompressobj()
    raw = stream.decompress(packed, LARGEST)
    if stream.unconsumed_tail or not stream.eof:
        raise ValueError(f"it stands for more than {LARGEST:,} bytes, or is cut off")
    return raw


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value
