"""The model file's format: arrays and plain data go round, and nothing that was changed, cut or made up gets in."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import sys
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from safetensors import safe_open

from separatrix.errors import InvalidData, ModelFileError
from separatrix.files import container
from separatrix.files.container import pack, read_bytes, unpack

SMALL = pack({"a": np.arange(3.0), "b": np.array([True, False])}, {"kind": "test", "loss": float("nan")})

DTYPES = st.sampled_from(sorted(container.NAMES))
SHAPES = arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
ARRAYS = DTYPES.flatmap(lambda dtype: arrays_of.arrays(dtype, SHAPES))
KEYS = st.text(max_size=8).filter(lambda key: not key.startswith("$"))
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
DATA = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
    ),
    max_size=4,
)


def crafted(header: Any, body: bytes = b"", pad: bytes = b" ") -> bytes:
    """A file with any header, whose digest is right: what somebody could make by hand."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    text += pad * (-len(text) % 8)
    raw = len(text).to_bytes(8, "little") + text + body
    at = raw.find(container.KEY) + len(container.KEY)
    return raw[:at] + hashlib.sha256(raw).hexdigest().encode() + raw[at + container.DIGITS :]


def told(data: str = "{}", written: Any = 1, needs: str = "0.1.0") -> dict[str, Any]:
    """The header's metadata, with this text for the data."""
    text = '{"format":%s,"needs":"%s","sha256":"%s","data":%s}' % (json.dumps(written), needs, "0" * 64, data)  # noqa: UP031
    return {"__metadata__": {"separatrix": text}}


def entry(dtype: Any = "F32", shape: Any = (2,), offsets: Any = (0, 8)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def same(one: Any, other: Any) -> bool:
    """Equal in kind and value, NaN and the sign of zero included."""
    return repr(one) == repr(other)


@given(st.dictionaries(KEYS.filter(lambda key: key != "__metadata__"), ARRAYS, max_size=4), DATA)
def test_arrays_and_data_go_round(arrays: dict[str, np.ndarray], data: dict[str, Any]) -> None:
    found, told_back = unpack(pack(arrays, data))
    assert same(told_back, data)
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert (found[name].shape, found[name].dtype) == (array.shape, array.dtype)
        assert found[name].tobytes() == array.tobytes()
        assert found[name].flags.writeable


def test_views_and_tuples_are_stored_by_what_they_hold() -> None:
    table = np.arange(12.0).reshape(3, 4)
    found, data = unpack(
        pack({"t": table.T, "s": table[:, ::2]}, {"t": (1, 2), "n": np.float64("inf"), "i": np.int64(3)})
    )
    assert found["t"].tolist() == table.T.tolist()
    assert found["s"].tolist() == table[:, ::2].tolist()
    assert data == {"t": [1, 2], "n": float("inf"), "i": 3}


def test_equal_content_gives_equal_bytes(python) -> None:
    code = "import numpy as np; from separatrix.files.container import pack; import hashlib\n"
    code += "print(hashlib.sha256(pack({'b': np.zeros(3), 'a': np.ones(2)}, {'y': 1, 'x': 2})).hexdigest())"
    assert python(code) == python(code)


def test_every_safetensors_reader_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(SMALL)
    with safe_open(path, framework="numpy") as file:
        assert sorted(file.keys()) == ["a", "b"]
        assert file.get_tensor("a").tolist() == [0, 1, 2]
        described = json.loads(file.metadata()["separatrix"], parse_constant=pytest.fail)
    assert (described["format"], described["needs"]) == (1, "0.1.0")
    assert described["data"] == {"kind": "test", "loss": {"$float": "nan"}}


def test_what_would_not_come_back_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidData, match=r"array .a. has dtype float16; a model file holds bool, float32"):
        pack({"a": np.zeros(1, np.float16)}, {})
    with pytest.raises(InvalidData, match=r"don't begin with \$"):
        pack({}, {"a": {"$float": 1}})
    with pytest.raises(InvalidData, match="must be strings"):
        pack({}, {"a": {1: 1}})
    monkeypatch.setattr(container, "LARGEST_HEADER", 1000)
    with pytest.raises(InvalidData, match="larger than 1,000 bytes"):
        pack({}, {"a": "b" * 1000})


def test_fault_30_every_single_flipped_bit_is_found() -> None:
    silent = []
    for bit in range(8 * len(SMALL)):
        flipped = bytearray(SMALL)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            silent.append((bit, unpack(bytes(flipped))))
        except ModelFileError:
            continue
    assert silent == []


def test_fault_30_every_truncation_and_every_addition_is_found() -> None:
    for length in range(len(SMALL)):
        with pytest.raises(ModelFileError):
            unpack(SMALL[:length])
    for more in (b"\0", b"\0" * 8, SMALL):
        with pytest.raises(ModelFileError, match="damaged"):
            unpack(SMALL + more)


def test_fault_30_swapped_and_blanked_blocks_are_found() -> None:
    for at in range(0, len(SMALL) - 16, 8):
        swapped = SMALL[:at] + SMALL[at + 8 : at + 16] + SMALL[at : at + 8] + SMALL[at + 16 :]
        for changed in (swapped, SMALL[:at] + b"\0" * 8 + SMALL[at + 8 :]):
            if changed != SMALL:
                with pytest.raises(ModelFileError):
                    unpack(changed)


class Evil:
    """Would write a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.marker,))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_fault_31_a_pickle_under_our_name_is_refused(tmp_path: Path, protocol: int) -> None:
    path, marker = tmp_path / "model.safetensors", tmp_path / "marker"
    path.write_bytes(pickle.dumps(Evil(marker), protocol))
    words = "looks like a pickle or a zip file. .*, so separatrix doesn't" if protocol >= 2 else "not a model file"
    with pytest.raises(ModelFileError, match=words):
        read_bytes(path)
    assert not marker.exists()


def test_fault_31_torch_and_numpy_archives_are_refused(tmp_path: Path) -> None:
    import torch

    path, marker = tmp_path / "model.safetensors", tmp_path / "marker"
    for write in (
        lambda file: torch.save(Evil(marker), file),
        lambda file: np.savez(file, a=np.array([Evil(marker)], object)),
        lambda file: zipfile.ZipFile(file, "w").writestr("data.pkl", pickle.dumps(Evil(marker))),
    ):
        content = io.BytesIO()
        write(content)
        path.write_bytes(content.getvalue())
        with pytest.raises(ModelFileError, match="looks like a pickle or a zip"):
            read_bytes(path)
    assert not marker.exists()


def test_fault_31_a_file_whose_length_looks_like_a_pickle_still_loads() -> None:
    """A header of 640 bytes begins with \\x80\\x02, one of 19280 with PK."""
    empty = len(pack({"": np.zeros(1)}, {}))
    for length in (640, 896, 1152, 1408, 19280, 66176):
        for size in range(length - empty - 8, length - empty + 24):
            raw = pack({"a" * size: np.zeros(1)}, {})
            if int.from_bytes(raw[:8], "little") == length:
                assert len(unpack(raw)[0]) == 1
                break
        else:
            pytest.fail(f"no header of {length} bytes came up")


def test_fault_30_a_cut_file_whose_length_looks_like_a_pickle_is_called_truncated() -> None:
    raw = (1152).to_bytes(8, "little") + b'{"a":'
    assert raw[:2] == b"\x80\x04"
    with pytest.raises(ModelFileError, match="truncated"):
        unpack(raw)


MADE_UP = {
    "no metadata": {},
    "metadata is a list": {"__metadata__": [told()["__metadata__"]["separatrix"]]},
    "text is no JSON": {"__metadata__": {"separatrix": told("nonsense")["__metadata__"]["separatrix"]}},
    "data is a list": told("[]"),
    "data is missing": {"__metadata__": {"separatrix": '{"sha256":"' + "0" * 64 + '"}'}},
    "NaN as a word": told('{"a":NaN}'),
    "a name twice": told('{"a":1,"a":2}'),
    "an int that is none": told('{"a":{"$int":"x"}}'),
    "an int of a million digits": told('{"a":{"$int":"' + "9" * 1_000_000 + '"}}'),
    "a float that is none": told('{"a":{"$float":[]}}'),
    "deep JSON": told('{"a":' + "[" * 100_000 + "]" * 100_000 + "}"),
    "format 0": told(written=0),
    "format ²": told(written="²"),
    "format -1": told(written=-1),
    "entry is a number": told() | {"a": 3},
    "entry without a dtype": told() | {"a": {"shape": [2], "data_offsets": [0, 8]}},
    "dtype is a list": told() | {"a": entry(["F32"])},
    "unknown dtype": told() | {"a": entry("F7")},
    "dtype that NumPy hasn't": told() | {"a": entry("BF16", (4,))},
    "dtype that we never write": told() | {"a": entry("F16", (4,))},
    "shape is text": told() | {"a": entry(shape="x")},
    "negative side": told() | {"a": entry(shape=[-2])},
    "absurd shape": told() | {"a": entry(shape=[2**40, 2**40])},
    "absurd shape times 0": told() | {"a": entry(shape=[2**63, 2**63, 0])},
    "shape that doesn't fill its bytes": told() | {"a": entry(shape=[1])},
    "offsets beyond the file": told() | {"a": entry(shape=[2**38], offsets=(0, 2**40))},
    "offsets backwards": told() | {"a": entry(offsets=(8, 0))},
    "offsets that leave a hole": told() | {"a": entry(shape=[1], offsets=(4, 8))},
    "offsets that overlap": told() | {"a": entry(), "b": entry()},
    "offsets of text": told() | {"a": entry(offsets=("0", "8"))},
    "an external reference": told() | {"a": {"file": "/etc/passwd", "offset": 0}},
}


@pytest.mark.parametrize("header", MADE_UP.values(), ids=MADE_UP)
def test_fault_32_a_made_up_header_is_refused_though_its_digest_is_right(header: Any) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError):
            unpack(crafted(header, b"\0" * 8 * ("a" in header)))
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_fault_32_a_made_up_header_of_our_kind_is_read() -> None:
    """So that the test above refuses for the reason that it names."""
    found, data = unpack(crafted(told('{"a":1}') | {"a": entry()}, b"\0" * 8))
    assert found["a"].tolist() == [0, 0]
    assert data == {"a": 1}


@pytest.mark.parametrize("deep", [b"[" * 200_000, b'{"a":' * 100_000])
def test_fault_32_a_header_of_brackets_does_not_exhaust_the_stack(deep: bytes) -> None:
    text = json.dumps(told())[:-1].encode() + b',"a":' + deep
    with pytest.raises(ModelFileError):
        unpack(crafted(text))


@pytest.mark.parametrize("claimed", [0, 1, 2**26 + 8, 2**40 - 8, 2**63, 2**64 - 1])
def test_fault_32_a_huge_header_is_refused_before_it_is_read(tmp_path: Path, claimed: int) -> None:
    path = tmp_path / "model.safetensors"
    with path.open("wb") as file:
        file.write(claimed.to_bytes(8, "little") + b"{")
        file.truncate(2**40)  # a terabyte that takes no room
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError, match="truncated or not a model file: its header claims"):
            read_bytes(path)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_another_programs_safetensors_file_is_named_so(tmp_path: Path) -> None:
    header = b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    path = tmp_path / "other.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    with pytest.raises(ModelFileError, match=r"not a separatrix model file.*another program's safetensors file"):
        read_bytes(path)


@pytest.mark.parametrize("name", ["missing", "", "/dev/zero", "nul\0"])
def test_what_is_no_file_is_a_typed_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelFileError):
        read_bytes(tmp_path / name)


def test_fault_33_a_newer_format_names_the_version_that_it_needs() -> None:
    with pytest.raises(ModelFileError, match=r"format 2, .* it needs separatrix 3\.1\.4 or later\."):
        unpack(crafted(told(written=2, needs="3.1.4")))


def test_fault_33_a_damaged_file_is_not_taken_for_a_newer_one() -> None:
    with pytest.raises(ModelFileError, match="damaged"):
        unpack(SMALL.replace(rb"\"format\":1", rb"\"format\":9"))


def test_fault_33_an_older_format_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "FORMAT", 7)
    assert unpack(SMALL)[0]["a"].tolist() == [0, 1, 2]


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda more: SMALL[:200] + more))
def test_fault_32_any_bytes_are_a_typed_error(raw: bytes) -> None:
    with pytest.raises(ModelFileError):
        unpack(raw)


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
def test_fault_32_a_file_larger_than_memory_is_a_typed_error(tmp_path: Path, python) -> None:
    path = tmp_path / "model.safetensors"
    with path.open("wb") as file:
        file.write(SMALL)
        file.truncate(2**40)
    code = (
        "import resource, sys, separatrix as sx\nresource.setrlimit(resource.RLIMIT_AS, (2**33, 2**33))\n"
        "try: sx.load(sys.argv[1])\nexcept sx.OutOfMemory as error: print(error)"
    )
    assert python(code, str(path)) == f"{path} doesn't fit into memory.\n"
