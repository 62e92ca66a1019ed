"""Saying what is being compiled, when it takes its time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

LONG = 0.5  # seconds after which a word is due

log = logging.getLogger("separatrix")


@contextmanager
def announced(what: str) -> Iterator[None]:
    """Log "compiling …" (level INFO, logger "separatrix") if the block, which compiles, is at work after half a second."""
    timer = threading.Timer(LONG, lambda: log.info("compiling %s; the next process will find it ready", what))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # a word that was just due is said now, not in the middle of what comes next
