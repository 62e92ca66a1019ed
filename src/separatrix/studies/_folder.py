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
import re
from pathlib import Path
from typing import Any

from separatrix.errors import OutputError
from separatrix.support.atomic import write_atomically

FORMAT = 2
MANIFEST, TABLE, SECONDS, POINTS = "study.json", "table", "seconds", "points"
NAME = re.compile(r"(\d{6,})-([0-9a-f]{16})\.parquet")


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
    # `settle` refuses results without a manifest, so what is left cannot be mistaken for some
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
    # the tables alone: seconds without their table count for nothing and are replaced
    for path in (folder / TABLE).glob("*.parquet"):
        match = NAME.fullmatch(path.name)
        if match and int(match[1]) >= index:
            path.unlink()


def _digest(content: bytes) -> str:
    # 64 bits of the digest: enough to detect damage, and short enough for a file name
    return hashlib.sha256(content).hexdigest()[:16]


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
