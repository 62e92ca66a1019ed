"""The structure of Arrow files and streams, checked before they are read: sizes, counts, and features that polars doesn't know.

Source of the layout: https://arrow.apache.org/docs/format/Columnar.html (Message.fbs, Schema.fbs and File.fbs), in FlatBuffers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from separatrix.data._isolated import Damage, Unsupported, damage_named

MAGIC = b"ARROW1"
CONTINUATION = b"\xff\xff\xff\xff"
LARGEST_HEADER = 256 * 2**20
DEEPEST = 64  # nesting of types
SCHEMA, DICTIONARY, ROWS = 1, 2, 3  # types of messages
DECIMAL = 7
UNREADABLE = {  # types of columns, by their number in Schema.fbs, that polars ends at
    11: "calendar intervals",
    14: "a union of types",
    17: "maps",
    22: "run-end encoded values",
    25: "list views",
    26: "list views",
}


def check_arrow(stream: IO[bytes], source: str) -> int:
    """Check a whole file or stream.

    Args:
        stream: the file, which can be sought in.
        source: the file, for messages.

    Returns:
        Its number of rows.

    Raises:
        DataFileError: sizes or counts that contradict each other, an end that is missing, a type or a feature that isn't
            supported; names the column.
    """
    with damage_named(source, struct.error, IndexError, UnicodeDecodeError, OverflowError):
        stream.seek(0)
        return _of_file(stream) if stream.read(6) == MAGIC else _of_stream(stream)


def _of_file(stream: IO[bytes]) -> int:
    size = stream.seek(0, 2)
    if size < 20:
        raise Damage("it is too short")
    stream.seek(size - 10)
    last = stream.read(10)
    length = int.from_bytes(last[:4], "little")
    if last[4:] != MAGIC:
        raise Damage("its end is missing")
    if length > size - 20:
        raise Damage("its end is longer than the file")
    stream.seek(size - 10 - length)
    footer = _root(stream.read(length))
    schema = footer.table(1)
    if schema is None:
        raise Damage("it has no schema")
    columns = _columns(schema)
    rows = 0
    for field, kind in ((2, DICTIONARY), (3, ROWS)):
        for position in footer.structures(field, 24):
            # Block in File.fbs: offset, length of the metadata, 4 bytes of padding, length of the body
            begin, _, body = struct.unpack_from("<qi4xq", footer.raw, position)
            message = _message(stream, begin, size - 10 - length)
            if message is None or message.kind != kind or message.body_length != body:
                raise Damage("its end and its parts contradict each other")
            rows += _check_message(message, columns)
    return rows


def _of_stream(stream: IO[bytes]) -> int:
    size, position = stream.seek(0, 2), 0
    columns: list[int] | None = None
    rows = 0
    while (message := _message(stream, position, size)) is not None:
        if message.kind == SCHEMA:
            columns = _columns(message.header)
        elif columns is None:
            raise Damage("it has no schema")
        else:
            rows += _check_message(message, columns)
        position = message.end
    if columns is None:
        raise Damage("it has no schema")
    return rows


@dataclass(frozen=True)
class _FlatTable:
    """A table of FlatBuffers: fields by their number."""

    raw: bytes
    position: int

    def _field(self, number: int) -> int:
        """Where a field's value lies; 0 for one that isn't there."""
        # a table begins with the distance back to its vtable: two sizes of 2 bytes, then the offset of each field
        vtable = self.position - self._read("<i", self.position)
        if 4 + 2 * number >= self._read("<H", vtable):
            return 0
        offset = self._read("<H", vtable + 4 + 2 * number)
        return self.position + offset if offset else 0

    def _read(self, layout: str, position: int) -> int:
        # struct would count a negative offset from the end, in silence
        if position < 0:
            raise Damage("its description points before its beginning")
        return int(struct.unpack_from(layout, self.raw, position)[0])

    def number(self, field: int, layout: str) -> int:
        """A whole number, 0 by default."""
        position = self._field(field)
        return self._read(layout, position) if position else 0

    def table(self, field: int) -> _FlatTable | None:
        """A table, or None."""
        position = self._field(field)
        return _FlatTable(self.raw, position + self._read("<I", position)) if position else None

    def text(self, field: int) -> str:
        """A text, empty by default."""
        position = self._field(field)
        if not position:
            return ""
        position += self._read("<I", position)
        return self.raw[position + 4 : position + 4 + self._read("<I", position)].decode()

    def structures(self, field: int, size: int) -> Iterator[int]:
        """Where the elements of a vector lie, each of that size in bytes."""
        position = self._field(field)
        if not position:
            return
        position += self._read("<I", position)
        count = self._read("<I", position)
        first = position + 4
        # before any is looked at: a damaged count can stand for billions
        if count * size > len(self.raw) - first:
            raise Damage("a list is longer than its description")
        yield from range(first, first + count * size, size)

    def tables(self, field: int) -> list[_FlatTable]:
        """A vector of tables."""
        return [_FlatTable(self.raw, position + self._read("<I", position)) for position in self.structures(field, 4)]


def _root(raw: bytes) -> _FlatTable:
    return _FlatTable(raw, struct.unpack_from("<I", raw, 0)[0])


@dataclass(frozen=True)
class _Message:
    kind: int
    header: _FlatTable
    metadata: tuple[str, ...]
    body_length: int
    end: int


def _message(stream: IO[bytes], position: int, size: int) -> _Message | None:
    """The message that begins there, or None at the mark of the end; size: where the file's messages end."""
    stream.seek(position)
    raw = stream.read(8)
    position += 8 if raw[:4] == CONTINUATION else 4  # versions before 0.15 write the length alone
    if len(raw) < 8 and raw != bytes(4):
        raise Damage("its end is missing")
    length = int.from_bytes(raw[4:] if raw[:4] == CONTINUATION else raw[:4], "little")
    if length == 0:
        return None
    stream.seek(position)
    # before it is read: a damaged length would be allocated as a whole
    if length > min(LARGEST_HEADER, size - position):
        raise Damage("a part is longer than the file")
    table = _root(stream.read(length))
    version, header, body = table.number(0, "<h"), table.table(2), table.number(3, "<q")
    if header is None or not 0 <= body <= size - position - length:
        raise Damage("a part is longer than the file")
    if version not in (3, 4):  # V4 and V5
        raise Unsupported(f"version {version + 1} of Arrow's format")
    metadata = tuple(pair.text(0) for pair in table.tables(4))
    return _Message(table.number(1, "<B"), header, metadata, body, position + length + body)


def _columns(schema: _FlatTable) -> list[int]:
    """The number of descriptions that each column of a schema takes in a batch of rows: its own and its parts'."""
    if schema.number(0, "<h"):
        raise Unsupported("numbers with the high byte first")
    fields = schema.tables(1)
    names = [field.text(0) for field in fields]
    # the set first: counting each name takes the square of their number
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise Unsupported(f"two columns {twice[0]!r}")
    return [_nodes(field, name, 0) for field, name in zip(fields, names, strict=True)]


def _nodes(field: _FlatTable, name: str, depth: int) -> int:
    if depth > DEEPEST:
        raise Damage("its types are nested too deep")
    kind, inner = field.number(2, "<B"), field.table(3)
    if kind in UNREADABLE:
        raise Unsupported(f"{UNREADABLE[kind]} in column {name!r}")
    # 128 bits are the default of Schema.fbs, which writers leave out
    if kind == DECIMAL and inner is not None and (inner.number(2, "<i") or 128) > 128:
        raise Unsupported(f"decimals of {inner.number(2, '<i')} bits in column {name!r}")
    if field.table(4) is not None:
        return 1  # codes; the values stand in the dictionary
    return 1 + sum(_nodes(child, name, depth + 1) for child in field.tables(5))


def _check_message(message: _Message, columns: list[int]) -> int:
    """The rows of a message; 0 for those of a dictionary."""
    batch: _FlatTable | None = message.header
    # an early version of pyarrow named a compression here: readers that don't know of it take compressed bytes for values
    unknown = [name for name in message.metadata if name.startswith("ARROW:")]
    if unknown:
        raise Unsupported(f"the experimental feature {unknown[0]!r} of an early version of Arrow")
    if message.kind == DICTIONARY:
        batch = message.header.table(1)
        if message.header.number(2, "<B"):
            raise Unsupported("a dictionary in several parts")
    elif message.kind != ROWS:
        raise Unsupported("tensors")
    if batch is None:
        raise Damage("a dictionary without values")
    rows = batch.number(0, "<q")
    nodes = [struct.unpack_from("<qq", batch.raw, position) for position in batch.structures(1, 16)]
    for position in batch.structures(2, 16):
        offset, length = struct.unpack_from("<qq", batch.raw, position)
        if offset < 0 or length < 0 or offset + length > message.body_length:
            raise Damage("values lie outside of their part")
    compression = batch.table(3)
    if compression is not None and (compression.number(0, "<b") not in (0, 1) or compression.number(1, "<b") != 0):
        raise Unsupported("an unknown compression")
    if any(not 0 <= nulls <= length for length, nulls in nodes):
        raise Damage("a column has more missing values than rows")
    if message.kind == DICTIONARY:
        return 0
    if sum(columns) != len(nodes):
        raise Damage("a batch of rows hasn't the columns of the schema")
    first = 0
    for count in columns:
        if nodes[first][0] != rows:
            raise Damage(f"a column has {nodes[first][0]:,} values in a batch of {rows:,} rows")
        first += count
    return rows
