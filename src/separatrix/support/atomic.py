"""Writing a file so that at every moment the old one or the new one is there, whole.

The bytes go to a temporary file in the same folder, are flushed to the disk, and take the name in one rename; then the
folder is flushed too. The temporary file is called ".NAME.RANDOM.part" and is locked while somebody writes it. After a
kill it may be left; whoever begins to write the same name removes those that nobody holds any more.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from separatrix.errors import OutputError
from separatrix.support import systems

PROBE = bytes(4096)  # a block: an empty file can still be made on a full disk


def check_writable(path: str | Path, *, force: bool = False) -> Path:
    """Find out before the work whether its result can be written.

    Raises:
        OutputError: the path exists and `force` isn't given, is no plain file, or its folder is missing, full or
            can't be written.
    """
    path = Path(path)
    try:
        _refuse_place(path, force)
        temporary, file = _claim(_real(path))
        try:
            with file:
                file.write(PROBE)
        finally:
            temporary.unlink(missing_ok=True)
    except OutputError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise OutputError(f"{path} can't be written: {_reason(error)}.") from error
    return path


def write_atomically(
    path: str | Path, content: bytes | str | Iterable[bytes] | Callable[[BinaryIO], object], *, force: bool = False
) -> Path:
    """Write a whole file, or leave what was there; text is written as UTF-8, and pieces as they come.

    Args:
        path: the file.
        content: all of it, pieces of it, or a function that writes it into an open file.
        force: replace a file that exists.

    Where making the next piece fails, that error passes through and what was there is unchanged.

    A link is followed, so that it still is one afterwards; a file that is replaced passes on its permissions.

    Raises:
        OutputError: as `check_writable`, or the disk is full; the old file is intact and nothing else is left.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_atomically(Path(folder) / "a.txt", "one").read_text()
        'one'
    """
    path = check_writable(path, force=force)
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    pieces = (data,) if isinstance(data, bytes) else data  # or a function
    try:
        _write(_real(path), pieces, force)
    except FileExistsError:  # it came while we wrote
        raise _exists(path) from None
    except OSError as error:
        raise OutputError(f"{path} couldn't be written: {_reason(error)}. What was there is unchanged.") from error
    return path


def _refuse_place(path: Path, force: bool) -> None:
    if path.is_dir():
        raise OutputError(f"{path} is a folder; name a file.")
    if path.exists() and not path.is_file():
        raise OutputError(f"{path} is a device or a pipe; name a file.")
    if path.exists() and not force:
        raise _exists(path)
    if not path.parent.is_dir():
        raise OutputError(f"the folder {path.parent} doesn't exist; create it first.")


def _exists(path: Path) -> OutputError:
    return OutputError(f"{path} exists; choose another name, or replace it with --force (force=True).")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _write(path: Path, content: Iterable[bytes] | Callable[[BinaryIO], object], force: bool) -> None:
    temporary, file = _claim(path)
    try:
        with file:
            if path.exists():
                shutil.copymode(path, temporary)
            if callable(content):
                content(file)
            for piece in () if callable(content) else content:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            if systems.system.renames_open_files:  # while it is held
                _take_name(temporary, path, force)
        if not systems.system.renames_open_files:
            _take_name(temporary, path, force)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_folder(path.parent)


def _take_name(temporary: Path, path: Path, force: bool) -> None:
    """Give the finished file its name. Without `force` by a link, which never replaces a file that just came."""
    if not force:
        try:
            os.link(temporary, path)
            return
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            _refuse_place(path, force)
    temporary.replace(path)


def _flush_folder(folder: Path) -> None:
    """Make the rename last through a power cut. The new file is there whatever this says, so no error is made of it:
    Windows has no such call, some network file systems refuse it, and a folder need not be readable.
    """
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _claim(path: Path) -> tuple[Path, BinaryIO]:
    """A new temporary file beside the path, held so that nobody takes it for a left-over.

    Those that are left over go first: else a process killed again and again just after this leaves one each time.
    """
    _remove_left_over(path)
    while True:
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
        file = temporary.open("xb")
        _hold(file, wait=True)
        if os.fstat(file.fileno()).st_nlink:
            return temporary, file
        file.close()  # another process cleaned it away between two of these lines


def _remove_left_over(path: Path) -> None:
    """Remove temporary files of this name whose process is gone."""
    with contextlib.suppress(OSError), os.scandir(path.parent) as entries:  # a folder need not be listable
        for entry in entries:
            name = entry.name
            if name.startswith(f".{path.name}.") and name.endswith(".part") and len(name) == len(path.name) + 23:
                _remove_unless_held(Path(entry.path))


def _remove_unless_held(temporary: Path) -> None:
    with contextlib.suppress(OSError):
        with temporary.open("r+b") as file:
            left_over = _hold(file, wait=False)
            if left_over and systems.system.renames_open_files:  # while nobody else can hold it
                temporary.unlink()
        if left_over and not systems.system.renames_open_files:
            temporary.unlink()  # fails if somebody has opened it in between


def _hold(file: BinaryIO, *, wait: bool) -> bool:
    """Lock an open file until it is closed or its process ends, and say whether that went well."""
    try:
        return systems.system.lock(file, wait=wait)
    except OSError:  # a file system without locks
        return False
