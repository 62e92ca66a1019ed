"""Warnings that point to the line of the caller's which brought them about."""

from __future__ import annotations

import sys
import warnings

PACKAGE = __name__.partition(".")[0]


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, in the name of the innermost line that isn't this package's.

    Args:
        message: whole sentences.
        category: the class of the warning.
    """
    # Counted, not written down: how many of our own functions lie between differs from way to way.
    depth, frame = 1, sys._getframe().f_back
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == PACKAGE:
        depth, frame = depth + 1, frame.f_back
    warnings.warn(message, category, stacklevel=depth + 1)
