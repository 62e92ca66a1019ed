"""The program of the process that reads Parquet and Arrow files: whatever happens in native code there, ours lives on.

It is run by its path (see `separatrix.data._isolated`), imports nothing of the package, and serves one request after another:

    request   8 bytes with the length of a JSON text, the text, and as many bytes as its "size" says
    reply     any number of b"B" (a frame as an Arrow stream), then b"D" (all is sent), b"E" (an error) or b"P" (a panic, after
              which the process ends); after each letter 8 bytes with the length of what follows
"""

from __future__ import annotations

import contextlib
import io
import json
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import polars

SLICE = 262_144  # rows sent at a time


def frames(request: dict[str, Any], raw: bytes) -> Iterator[polars.DataFrame]:
    """The rows of the file that a request names, or of its bytes.

    Args:
        request: "format" ("parquet", "file" or "stream"); "path", or None for `raw`; "rows" of a batch, or None for all at
            once; "columns" to take if all of them are there, or None for all.
        raw: the bytes of the file, unless it has a path.
    """
    import polars

    if request["path"] is not None:
        scan: Any = {"parquet": polars.scan_parquet, "file": polars.scan_ipc}[request["format"]]
        lazy = scan(request["path"])
        columns = request["columns"]
        if columns and set(columns) <= set(lazy.collect_schema().names()):
            lazy = lazy.select(columns)
        empty = True
        for batch in lazy.collect_batches(chunk_size=request["rows"]):
            empty = False
            yield batch
        # without rows polars gives no batch, and the names and types of the columns would be lost
        if empty:
            yield lazy.head(0).collect()
        return
    read: dict[str, Any] = {"parquet": polars.read_parquet, "file": polars.read_ipc, "stream": polars.read_ipc_stream}
    frame = read[request["format"]](
        io.BytesIO(raw), **({} if request["format"] == "parquet" else {"use_pyarrow": False})
    )
    yield from frame.iter_slices(SLICE) if frame.height else [frame]


def as_stream(frame: polars.DataFrame) -> bytes:
    """The frame as an Arrow stream, by which every type of polars comes back as it was."""
    out = io.BytesIO()
    frame.write_ipc_stream(out)
    return out.getvalue()


def limit_memory(limit: int | None) -> None:
    """Let allocations beyond the limit fail, in bytes: a damaged file can ask for any amount, and Linux would promise it."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # no such limit on Windows, or a stricter one is set
        import resource

        if limit is not None:
            resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until there are no more."""

    def send(letter: bytes, payload: bytes) -> None:
        replies.write(letter + len(payload).to_bytes(8, "little"))
        replies.write(payload)
        replies.flush()

    while head := requests.read(8):
        request = json.loads(requests.read(int.from_bytes(head, "little")))
        raw = requests.read(request["size"])
        # before each file: what is free has changed since the last one
        limit_memory(request["memory"])
        try:
            for frame in frames(request, raw):
                send(b"B", as_stream(frame))
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                return
            send(b"E", str(error).encode(errors="replace"))
        except Exception as error:
            send(b"E", (str(error) or type(error).__name__).encode(errors="replace"))
        except BaseException as error:  # a panic of Rust, whose class is no Exception
            send(b"P", str(error).encode(errors="replace"))
            return
        else:
            send(b"D", b"")


if __name__ == "__main__":
    for name in ("SIGINT", "SIGTERM"):  # the process that asks decides when reading ends: it closes the pipe
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    with contextlib.suppress(BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer)
