"""The lock of a folder, so that two processes don't write their results into one."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from separatrix.errors import OutputError
from separatrix.support import systems

LOCK = "lock"  # the file in a folder that is ours
HIDDEN_LOCK = ".separatrix.lock"  # in a folder that may hold a user's own files


@contextmanager
def locked(folder: Path, name: str = LOCK) -> Iterator[None]:
    """Hold the lock of a folder, which is created. The system releases it however the process ends: it can't go stale.

    Args:
        folder: the folder; afterwards the lock's file is left in it, with the name of its last owner.
        name: of the lock's file.

    Raises:
        OutputError: another process works in the folder, or the folder can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # append mode creates the file without emptying it: another process may have written its name
        file = (folder / name).open("a+b")
    except (OSError, ValueError) as error:
        raise OutputError(f"the folder {folder} can't be written: {_reason(error)}.") from error
    with file:
        if not _hold(file):
            file.seek(0)
            who = file.read(200).decode("utf-8", "replace").strip() or "another process"
            raise OutputError(f"{folder} is in use by {who}; wait for its end, or choose another folder.")
        # the name of the last owner, which the lock has survived
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        file.flush()
        yield


@contextmanager
def locked_for_output(folder: Path) -> Iterator[None]:
    """`locked`, and afterwards nothing of it is left: no lock's file, and no folder where nothing was written.

    Raises:
        OutputError: as `locked`.
    """
    existed = folder.is_dir()
    with locked(folder, HIDDEN_LOCK):
        try:
            yield
        finally:
            with suppress(OSError):  # results are in the folder, or Windows doesn't let go of an open file
                # while it is held, so that nobody else's is removed
                (folder / HIDDEN_LOCK).unlink()
                if not existed:
                    folder.rmdir()


def _hold(file: BinaryIO) -> bool:
    """Lock an open file until it is closed, without waiting."""
    try:
        # without waiting: a second process should be refused at once with the name of the first
        # its last owner may have removed it in between; a lock on a file without a name keeps nobody out
        return systems.system.lock(file, wait=False) and os.fstat(file.fileno()).st_nlink > 0
    except OSError as error:
        raise OutputError(
            f"{file.name} can't be locked ({_reason(error)}); choose a folder on a local disk."
        ) from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
