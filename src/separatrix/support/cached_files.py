"""Files of the cache: each begins with a digest, a damaged one counts as none, and together they are bounded.

The digest is of the entry's name as well as of its content, so that machine code that came to lie under another entry's
name is never executed. A folder that can't be written is no error: what is missing is computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from separatrix.support.machine import cache_folder

LIMIT = 256 * 2**20  # bytes of all entries together; the code of one version of the library takes some 5 MB
DIGEST = 32  # bytes of a SHA-256


def read_cached(path: Path) -> bytes | None:
    """An entry's content, or None if there is none or a single bit of it is wrong."""
    try:
        raw = path.read_bytes()
    except (OSError, MemoryError):
        return None
    digest, content = raw[:DIGEST], raw[DIGEST:]
    return content if digest == _digest(path, content) else None


def write_cached(path: Path, content: bytes) -> None:
    """Write an entry in place of an older or damaged one, where that is possible."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_digest(path, content) + content)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
        _remove_oldest(cache_folder())


def _digest(path: Path, content: bytes) -> bytes:
    return hashlib.sha256(path.name.encode() + b"\0" + content).digest()


def _remove_oldest(folder: Path) -> None:
    """Once the entries take more than `LIMIT`, remove the oldest until they take half of it."""
    entries: list[tuple[float, int, Path]] = []
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # another process was faster
            if path.is_file():
                status = path.stat()
                entries.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in entries)
    if total <= LIMIT:
        return
    for _, size, path in sorted(entries):
        if total <= LIMIT // 2:
            return
        with contextlib.suppress(OSError):
            path.unlink()
            total -= size
