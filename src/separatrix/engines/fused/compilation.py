"""Saying what is being compiled, when it takes its time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

LONG = 0.5  # seconds after which a word is due

log = logging.getLogger("separatrix")
_ready: set[str] = set()  # what this process has been through: the second time there is nothing to compile


@contextmanager
def announced(what: str) -> Iterator[None]:
    """Log "compiling …" (level INFO, logger "separatrix") if the block is still at work after half a second.

    Only the first time in a process: later it would be the training that takes its time.
    """
    if what in _ready:
        yield
        return
    timer = threading.Timer(LONG, lambda: log.info("compiling %s; the next process will find it ready", what))
    timer.daemon = True
    timer.start()
    try:
        yield
        _ready.add(what)
    finally:
        timer.cancel()
