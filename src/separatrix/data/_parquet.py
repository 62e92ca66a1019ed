"""The structure of a Parquet file, checked before it is read: sizes, counts and the checksums of its pages, where it has them.

Readers of data frames trust the file: they return fewer rows, or other values, where it is damaged. Source of the layout:
https://github.com/apache/parquet-format (parquet.thrift and the compact protocol of Thrift).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import IO, Any

from separatrix.data._isolated import Damage, Unsupported, damage_named

MAGIC = b"PAR1"
MOST_DIGITS = 38  # of decimals that fit into 128 bits
DEEPEST = 24  # nesting of Thrift's structures
PAGE_HEADER = 4_096  # bytes looked at first for the header of a page, and
LONGEST_HEADER = 64 * 2**20  # at most: it may hold a least and a greatest value
DATA, DICTIONARY, DATA_V2 = 0, 2, 3  # types of pages

Record = dict[int, Any]  # a structure of Thrift: number of the field -> value


class _CutOff(Damage):
    """A structure that goes on behind the bytes that were read."""


def check_parquet(stream: IO[bytes], source: str) -> int:
    """Check a whole file.

    Args:
        stream: the file, which can be sought in.
        source: the file, for messages.

    Returns:
        Its number of rows.

    Raises:
        DataFileError: sizes or counts that contradict each other, a page that isn't what its checksum says, or decimals of
            more than 38 digits; names the column.
    """
    with damage_named(source, AttributeError, TypeError):  # a field of another type
        return _checked(stream)


def _checked(stream: IO[bytes]) -> int:
    footer, end = _footer(stream)
    _refuse_wide_decimals(footer.get(2) or [])
    rows, groups = _number(footer, 3), footer.get(4) or []
    flat = _without_repetition(footer.get(2) or [])
    if not isinstance(groups, list) or sum(_number(group, 3) for group in groups) != rows:
        raise Damage("the rows of its groups aren't as many as its end says")
    for group in groups:
        chunks = group.get(1) or []
        if len(chunks) != len(flat):
            raise Damage(f"a group of rows has {len(chunks)} columns, its schema {len(flat)}")
        for chunk, is_flat in zip(chunks, flat, strict=True):
            values = _check_chunk(stream, chunk, end)
            if is_flat and values != _number(group, 3):
                raise Damage(f"a column has {values:,} values in a group of {_number(group, 3):,} rows")
    return rows


def _footer(stream: IO[bytes]) -> tuple[Record, int]:
    """The description at the end of the file, and where it begins."""
    size = stream.seek(0, 2)
    # the mark at both ends and the length of the description, 4 bytes each
    if size < 12:
        raise Damage("it is too short")
    stream.seek(size - 8)
    last = stream.read(8)
    length = int.from_bytes(last[:4], "little")
    if last[4:] != MAGIC:
        raise Damage("its end is missing")
    if length > size - 12:
        raise Damage("its end is longer than the file")
    stream.seek(size - 8 - length)
    return _Thrift(stream.read(length)).structure(), size - 8 - length


def _refuse_wide_decimals(schema: list[Record]) -> None:
    """Refuse decimals that don't fit into 128 bits, at which polars ends with words that don't name the column."""
    for element in schema:
        # 6 is converted_type, 5 its DECIMAL, 8 the precision; 10 is logicalType, of which 5 is DECIMAL with 2, its precision
        logical = element.get(10)
        decimal = logical.get(5) if isinstance(logical, dict) else None
        precision = decimal.get(2) if isinstance(decimal, dict) else element.get(8) if element.get(6) == 5 else None
        if isinstance(precision, int) and precision > MOST_DIGITS:
            name = element.get(4)
            called = name.decode(errors="replace") if isinstance(name, bytes) else "?"
            raise Unsupported(f"decimals of {precision} digits in column {called!r}")


def _without_repetition(schema: list[Record]) -> list[bool]:
    """Of each column, in the order of the file: whether it has one value a row."""
    leaves: list[bool] = []
    open_groups: list[tuple[int, bool]] = []  # children still to come, and whether all groups around are flat
    for place, element in enumerate(schema):
        if place and not open_groups:
            raise Damage("its schema has more columns than it says")
        around = open_groups[-1][1] if open_groups else True
        flat = around and not (place and element.get(3) == 2)  # 2: repeated
        if open_groups:
            left, inside = open_groups.pop()
            if left > 1:
                open_groups.append((left - 1, inside))
        children = element.get(5) or 0
        if children:
            open_groups.append((_number(element, 5), flat))
        elif place:
            leaves.append(flat)
    if open_groups:
        raise Damage("its schema has fewer columns than it says")
    return leaves


def _check_chunk(stream: IO[bytes], chunk: Record, end: int) -> int:
    """Check the pages of one column of a group; end: of all pages. Returns the number of its values."""
    meta = chunk.get(3)
    # 1 is file_path: the format lets a column lie in another file
    if not isinstance(meta, dict) or chunk.get(1):
        raise Damage("a column isn't in the file itself")
    values, size = _number(meta, 5), _number(meta, 7)
    starts = [_number(meta, field) for field in (9, 11) if meta.get(field)]  # 11, of the dictionary: 0 for none
    if not starts or not 4 <= min(starts) <= end - size:
        raise Damage("a column is larger than the file")
    position, counted, uncompressed = min(starts), 0, meta.get(4) == 0
    # up to the last value and not to the stated size, which some writers state without the dictionary
    while counted < values:
        header, position = _page_header(stream, position, end)
        length = _number(header, 3)
        if length > end - position:
            raise Damage("a page is larger than the file")
        if uncompressed and length != _number(header, 2):
            raise Damage("a page without compression has two sizes")
        if 4 in header:
            _check_sum(stream, position, length, header[4])
        counted += _values_of(header)
        position += length
    if counted != values:
        raise Damage(f"the pages of a column have {counted:,} values instead of {values:,}")
    return values


def _page_header(stream: IO[bytes], position: int, end: int) -> tuple[Record, int]:
    """The header of the page that begins there, and where its content begins."""
    length = PAGE_HEADER
    while True:
        stream.seek(position)
        raw = stream.read(min(length, end - position))
        thrift = _Thrift(raw)
        try:
            return thrift.structure(), position + thrift.position
        except _CutOff:
            if len(raw) < length or length >= LONGEST_HEADER:
                raise Damage("the pages of a column end before its values") from None
            length *= 16


def _values_of(header: Record) -> int:
    kind = header.get(1)
    if kind not in (DATA, DATA_V2):
        if kind == DICTIONARY and not isinstance(header.get(7), dict):
            raise Damage("a dictionary without a description")
        return 0
    inner = header.get(5 if kind == DATA else 8)
    if not isinstance(inner, dict):
        raise Damage("a page without a description")
    return _number(inner, 1)


def _check_sum(stream: IO[bytes], position: int, length: int, expected: Any) -> None:
    stream.seek(position)
    checksum = 0
    for block in _blocks(stream, length):
        checksum = zlib.crc32(block, checksum)
    # Thrift's i32 has a sign, zlib's sum has none
    if not isinstance(expected, int) or checksum != expected & 0xFFFFFFFF:
        raise Damage(f"the page at byte {position:,} isn't what its checksum says")


def _blocks(stream: IO[bytes], length: int) -> Iterator[bytes]:
    while length:
        block = stream.read(min(length, 2**22))
        if not block:
            raise Damage("the file ends in the middle of a page")
        length -= len(block)
        yield block


def _number(record: Record, field: int) -> int:
    """A field that is a count or a size."""
    value = record.get(field) if isinstance(record, dict) else None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Damage("a count or a size isn't one")
    return value


class _Thrift:
    """Thrift's compact protocol: structures as dictionaries, texts as bytes.

    Args:
        raw: bytes that begin with a structure.
    """

    def __init__(self, raw: bytes) -> None:
        self._raw, self.position, self._depth = raw, 0, 0

    def structure(self) -> Record:
        """The structure that begins here."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise Damage("its description is nested too deep")
        record: Record = {}
        field = 0
        while head := self._byte():
            # the step from the field before, in the high half; 0 says that the number itself follows
            step, kind = head >> 4, head & 15
            field = field + step if step else self._signed()
            # in a structure the type is the value of a boolean: 1 for true, 2 for false
            record[field] = kind == 1 if kind in (1, 2) else self._value(kind)
        self._depth -= 1
        return record

    def _value(self, kind: int) -> Any:
        if kind in (4, 5, 6):
            return self._signed()
        if kind == 8:
            return self._bytes(self._unsigned())
        if kind == 12:
            return self.structure()
        if kind in (9, 10):
            return self._list()
        if kind in (1, 2, 3):
            return self._byte()  # in lists a boolean takes a byte too
        if kind == 7:
            return self._bytes(8)
        if kind == 11:
            count = self._unsigned()
            kinds = self._byte() if count else 0
            return [(self._value(kinds >> 4), self._value(kinds & 15)) for _ in range(self._possible(count))]
        raise Damage("its description holds an unknown type")

    def _list(self) -> list[Any]:
        head = self._byte()
        count = head >> 4
        # four bits hold counts up to 14; 15 says that the count follows
        if count == 15:
            count = self._unsigned()
        return [self._value(head & 15) for _ in range(self._possible(count))]

    def _possible(self, count: int) -> int:
        if count > len(self._raw) - self.position:  # an element takes a byte at least
            raise _CutOff("a list is longer than its description")
        return count

    def _bytes(self, length: int) -> bytes:
        start, self.position = self.position, self.position + length
        if self.position > len(self._raw):
            raise _CutOff("a text is longer than its description")
        return self._raw[start : self.position]

    def _byte(self) -> int:
        if self.position >= len(self._raw):
            raise _CutOff("its description ends in the middle")
        self.position += 1
        return self._raw[self.position - 1]

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            # 64 bits take ten bytes of seven; without a bound damaged bytes would make an integer of any size
            if shift > 63:
                raise Damage("its description holds a number that is too long")

    def _signed(self) -> int:
        value = self._unsigned()
        # zigzag: 0, 1, 2, 3, … stand for 0, -1, 1, -2, …
        return value >> 1 ^ -(value & 1)
