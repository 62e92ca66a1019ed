"""Writing a file so that at every moment the old one or the new one is there, whole.

The bytes go to a temporary file in the same folder, are flushed to the disk, and take the name in one rename; then the
folder is flushed too. After a kill the temporary file may be left: it is called ".NAME.PID.part", and the next write
of the same name removes those whose process is gone.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from separatrix.errors import OutputError


def check_writable(path: str | Path, *, force: bool = False) -> Path:
    """Find out before the work whether its result can be written.

    Raises:
        OutputError: the path exists and `force` isn't given, is a folder, or its folder is missing or can't be written.
    """
    path = Path(path)
    if path.is_dir():
        raise OutputError(f"{path} is a folder; name a file.")
    if path.exists() and not force:
        raise OutputError(f"{path} exists; choose another name, or replace it with --force (force=True).")
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(f"the folder {folder} doesn't exist; create it first.")
    probe = folder / f".{path.name}.{os.getpid()}.part"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(f"{folder} can't be written: {error.strerror}.") from error
    return path


def write_atomically(path: str | Path, content: bytes | str, *, force: bool = False) -> Path:
    """Write a whole file, or leave what was there; text is written as UTF-8.

    Raises:
        OutputError: as `check_writable`, or the disk is full; the old file is intact and nothing else is left.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_atomically(Path(folder) / "a.txt", "one").read_text()
        'one'
    """
    path = check_writable(path, force=force)
    data = content.encode() if isinstance(content, str) else content
    _remove_left_over(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise OutputError(f"{path} couldn't be written: {error.strerror}. What was there is unchanged.") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
    return path


def _flush_folder(folder: Path) -> None:
    """Make the rename itself last through a power cut; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_left_over(path: Path) -> None:
    """Temporary files of this name whose process was killed."""
    for left, process in _left_over(path):
        if process != os.getpid() and not _is_alive(process):
            with contextlib.suppress(FileNotFoundError):
                left.unlink()


def _left_over(path: Path) -> Iterator[tuple[Path, int]]:
    pattern = re.compile(re.escape(f".{path.name}.") + r"(\d+)\.part")
    for entry in path.parent.iterdir():
        if match := pattern.fullmatch(entry.name):
            yield entry, int(match.group(1))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)  # signal 0 only asks
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
