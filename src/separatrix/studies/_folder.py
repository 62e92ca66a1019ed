"""A study's folder: its manifest, its lock and its shards, each written whole or not at all.

    study.json                      the manifest: description of the study and versions of the libraries
    table/000000-DIGEST.parquet     rows of a shard; DIGEST is the beginning of the SHA-256 of the file
    seconds/000000.parquet          seconds of a shard, apart from the table because they differ each time
    points/0.parquet                your own points, if the study has some
    lock                            held by the process that works here

A shard is finished once its table exists under its name. A file that doesn't match the digest in its name is torn or
damaged; it is removed and its runs are repeated. The order of the names is the order of the table.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from separatrix.errors import OutputError
from separatrix.support.atomic import write_atomically

if sys.platform != "win32":
    import fcntl
else:
    import msvcrt

FORMAT = 2
MANIFEST, LOCK, TABLE, SECONDS, POINTS = "study.json", "lock", "table", "seconds", "points"
NAME = re.compile(r"(\d{6,})-([0-9a-f]{16})\.parquet")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder. The system releases it however the process ends, so that it can't go stale.

    Raises:
        OutputError: another process works in the folder, or the folder can't be written.
    """
    try:
        # several processes may create it at the same time
        folder.mkdir(parents=True, exist_ok=True)
        # append mode creates the file without emptying it: another process may have written its name
        file = (folder / LOCK).open("a+b")
    except (OSError, ValueError) as error:
        raise OutputError(f"the study's folder {folder} can't be written: {_reason(error)}.") from error
    with file:
        if not _hold(file):
            file.seek(0)
            # limited, because the file may have been replaced by anything
            who = file.read(200).decode("utf-8", "replace").strip() or "another process"
            raise OutputError(f"{folder} is in use by {who}; wait for its end, or choose another folder.")
        # the name of the last owner, which the lock has survived
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        file.flush()
        yield


def _hold(file: BinaryIO) -> bool:
    """Lock an open file until it is closed, without waiting."""
    try:
        if sys.platform == "win32":
            file.seek(1_000_000)  # a byte that nobody reads: Windows doesn't let others read a locked one
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            # without waiting: a second process should be refused at once with the name of the first
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        raise OutputError(
            f"{file.name} can't be locked ({_reason(error)}); choose a folder on a local disk."
        ) from error
    return True


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest, or None if the folder has none.

    Raises:
        OutputError: the manifest can't be read, is damaged, or was written by a later version.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if (
            not isinstance(manifest["format"], int)
            or not isinstance(manifest["study"], dict)
            or int(manifest["shard"]) < 1
        ):
            raise ValueError("it isn't a study's")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OutputError(f"{path} can't be read as a study's manifest: {_reason(error)}.") from error
    # an unknown format may mean anything, so it is refused and never guessed
    if manifest["format"] > FORMAT:
        raise OutputError(f"{path} has format {manifest['format']}, newer than {FORMAT}: a later separatrix wrote it.")
    if manifest["format"] < FORMAT:
        raise OutputError(
            f"{path} has format {manifest['format']}, older than {FORMAT}: an earlier separatrix wrote it, with other names "
            "of columns. Run the study again in another folder."
        )
    return dict(manifest)


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest atomically, in place of an older one."""
    write_atomically(folder / MANIFEST, json.dumps({"format": FORMAT} | manifest, indent=1) + "\n", force=True)


def begin(folder: Path) -> None:
    """Create the folders inside, and remove what a killed process left over. The caller holds the lock."""
    for name in (TABLE, SECONDS, POINTS):
        (folder / name).mkdir(exist_ok=True)
        # temporary files of a killed process; the lock says that nobody else is writing now
        for left in (folder / name).glob(".*.part"):
            left.unlink(missing_ok=True)
    for left in folder.glob(f".{MANIFEST}.*.part"):
        left.unlink(missing_ok=True)


def clear(folder: Path) -> None:
    """Remove all results, the manifest first: if this is interrupted, nothing that is left counts as a result."""
    (folder / MANIFEST).unlink(missing_ok=True)
    for name in (TABLE, SECONDS, POINTS):
        if (folder / name).is_dir():
            for path in (folder / name).glob("*.parquet"):
                path.unlink()


def write_shard(folder: Path, index: int, table: bytes, seconds: bytes) -> None:
    """Write a finished shard. Its table is written last, because its existence says that the shard is finished."""
    # seconds first: a table without them would count as finished
    write_atomically(folder / SECONDS / f"{index:06d}.parquet", seconds, force=True)
    write_atomically(folder / TABLE / f"{index:06d}-{_digest(table)}.parquet", table, force=True)


def shards(folder: Path, *, repair: bool = False) -> dict[int, Path]:
    """The intact shards by their number. With `repair`, damaged ones are removed.

    Every byte is read, so that a flipped bit is detected here and not in a result.
    """
    paths: dict[int, Path] = {}
    for path in sorted((folder / TABLE).glob("*.parquet")):
        match = NAME.fullmatch(path.name)
        # the digest is in the name, so that damage shows without a second file that could get lost
        if match and int(match[1]) not in paths and _digest(path.read_bytes()) == match[2]:
            paths[int(match[1])] = path
        elif repair:
            path.unlink()
    return paths


def remove_from(folder: Path, index: int) -> None:
    """Remove the shards with this number and above."""
    for path in (folder / TABLE).glob("*.parquet"):
        match = NAME.fullmatch(path.name)
        if match and int(match[1]) >= index:
            path.unlink()


def _digest(content: bytes) -> str:
    # 64 bits of the digest: enough to detect damage, and short enough for a file name
    return hashlib.sha256(content).hexdigest()[:16]


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
