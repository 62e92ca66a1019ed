"""An encoding applied to whatever columns are given: an array of numbers or a frame, matched by place and kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from separatrix.points import fitting
from separatrix.scaled_numbers import scaled_numbers

if TYPE_CHECKING:
    from separatrix.codes import Encoding

KINDS = {"NumberCode": "number", "BooleanCode": "boolean", "DateCode": "date"}  # all others: "category"


def kinds_of(encoding: Encoding) -> dict[str, str]:
    """The kind of every column that the encoding takes."""
    return {code.name: KINDS.get(type(code).__name__, "category") for code in encoding.columns}


def encode(encoding: Encoding | None, x: Any, dtype: str) -> np.ndarray:
    """What the network is given: an array (n, d) or a frame -> (n, k) of that dtype; None takes numbers as they are.

    Raises:
        InvalidData: a number too large for the dtype, a value that isn't what its column was in training.
    """
    if encoding is None:
        return fitting(np.asarray(x), dtype)
    if isinstance(x, np.ndarray) and set(kinds_of(encoding).values()) == {"number"}:
        quick = scaled_numbers(encoding)
        return encoding.encode_array(x, dtype) if quick is None else quick.encode(x, dtype)
    return encoding.encode(matched(encoding, x), dtype)


def matched(encoding: Encoding, x: Any) -> Any:
    """A frame with the encoding's columns and kinds; columns go by their places: their names were checked before."""
    from separatrix import table
    from separatrix.frames import as_frame

    frame, kinds = as_frame(x), kinds_of(encoding)
    return table.matched(frame.rename(dict(zip(frame.columns, kinds, strict=True))), kinds)
