"""What files are like on this system: the one seam for what POSIX and Windows do in different ways.

`Windows` is tested here with a stand-in for Python's module `msvcrt`; on Windows itself only the workflow of the
continuous integration runs it.
"""

from __future__ import annotations

import os
import sys
from typing import Any, BinaryIO, Protocol

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCKED_BYTE = 1_000_000  # far behind what a file of ours holds: Windows doesn't let others read a locked byte


class System(Protocol):
    """How a system treats open files.

    Attributes:
        renames_open_files: whether a file can be renamed and removed while it is open.
    """

    renames_open_files: bool

    def lock(self, file: BinaryIO, *, wait: bool) -> bool:
        """Lock an open file until it is closed or its process ends; False if another process holds it.

        Args:
            file: open for writing.
            wait: whether to wait for the other process.

        Raises:
            OSError: the file system has no locks.
        """
        ...


class Posix:
    """Linux and macOS: whole files are locked, and the name of an open file is free."""

    renames_open_files = True

    def lock(self, file: BinaryIO, *, wait: bool) -> bool:
        """See `System.lock`."""
        assert sys.platform != "win32"  # where there is no fcntl
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except (BlockingIOError, PermissionError):
            return False
        return True


class Windows:
    """Windows: single bytes are locked, and an open file keeps its name.

    Args:
        calls: what has `locking`, `LK_LOCK` and `LK_NBLCK`: the module `msvcrt`.
    """

    renames_open_files = False

    def __init__(self, calls: Any) -> None:
        self._calls: Any = calls

    def lock(self, file: BinaryIO, *, wait: bool) -> bool:
        """See `System.lock`."""
        before = file.tell()
        file.seek(LOCKED_BYTE)
        try:
            # LK_LOCK tries for ten seconds; nobody holds a file of ours for longer than a write
            self._calls.locking(file.fileno(), self._calls.LK_LOCK if wait else self._calls.LK_NBLCK, 1)
        except PermissionError:
            return False
        finally:
            file.seek(before, os.SEEK_SET)
        return True


system: System
if sys.platform == "win32":
    system = Windows(msvcrt)
else:
    system = Posix()
