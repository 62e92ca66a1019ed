"""The folder: one at a time, whole or not at all, and no flipped bit goes unseen."""

import json
import os
import subprocess
import sys

import pytest

from separatrix.errors import OutputError
from separatrix.studies import _folder
from separatrix.support.locks import locked

HOLD = """
import sys, time
from pathlib import Path
from separatrix.support.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(3_600)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that works in the folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_fault_27_a_second_process_is_refused_and_told_which_is_the_first(tmp_path, holder):
    with pytest.raises(OutputError, match=f"in use by process {holder.pid} on "), locked(tmp_path):
        pass


def test_fault_27_the_lock_of_a_killed_process_is_recovered(tmp_path, holder):
    holder.kill()
    holder.wait()
    assert (tmp_path / "lock").read_text().startswith(f"process {holder.pid}")
    with locked(tmp_path):
        assert (tmp_path / "lock").read_text().startswith(f"process {os.getpid()}")


def test_fault_27_two_in_one_process_are_two(tmp_path):
    with locked(tmp_path), pytest.raises(OutputError, match="in use"), locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


def test_fault_28_a_place_that_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="can't be written"), locked(tmp_path / "file"):
        pass
    with pytest.raises(OutputError, match="can't be written"), locked(tmp_path / "a\0b"):
        pass
    assert (tmp_path / "file").read_text() == "mine"


def filled(place, count=3):
    _folder.begin(place)
    for index in range(count):
        _folder.write_shard(place, index, b"table %d" % index, b"seconds %d" % index)


def test_shards_come_back_in_their_order(tmp_path):
    filled(tmp_path, 12)
    found = _folder.shards(tmp_path)
    assert list(found) == list(range(12))
    assert found[11].read_bytes() == b"table 11"


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "renamed"])
def test_fault_41_a_torn_or_damaged_shard_is_dropped_and_the_others_stay(tmp_path, damage):
    filled(tmp_path)
    path = _folder.shards(tmp_path)[1]
    content = bytearray(path.read_bytes())
    if damage == "renamed":
        path.rename(path.with_name(path.name.replace("000001", "1x")))
    else:
        content[2] ^= 1
        path.write_bytes({"cut": content[:-1], "flipped": content, "emptied": b""}[damage])
    assert list(_folder.shards(tmp_path)) == [0, 2]
    assert list(_folder.shards(tmp_path, repair=True)) == [0, 2]
    assert len(list((tmp_path / "table").iterdir())) == 2


def test_fault_24_what_a_killed_writer_left_is_cleaned_away(tmp_path):
    filled(tmp_path)
    (tmp_path / "table" / ".000003-aa.parquet.0123456789abcdef.part").write_bytes(b"half")
    (tmp_path / ".study.json.0123456789abcdef.part").write_bytes(b"half")
    _folder.begin(tmp_path)
    assert list(_folder.shards(tmp_path)) == [0, 1, 2]
    assert not list(tmp_path.rglob("*.part"))


def test_the_manifest_is_read_back_and_damage_is_told(tmp_path):
    assert _folder.read_manifest(tmp_path) is None
    _folder.write_manifest(tmp_path, {"shard": 3, "study": {}, "versions": []})
    assert _folder.read_manifest(tmp_path)["shard"] == 3
    path = tmp_path / "study.json"
    for broken in ("", "{", "[]", '{"format": 1}', '{"format": 1, "study": {}, "shard": 0}', "\xff"):
        path.write_bytes(broken.encode("latin-1"))
        with pytest.raises(OutputError, match="can't be read as a study's manifest"):
            _folder.read_manifest(tmp_path)
    for number, message in ((99, "newer than"), (1, "older than .* Run the study again in another folder")):
        path.write_text(json.dumps({"format": number, "study": {}, "shard": 1}))
        with pytest.raises(OutputError, match=message):
            _folder.read_manifest(tmp_path)


def test_clearing_leaves_what_is_not_the_studys(tmp_path):
    filled(tmp_path)
    _folder.write_manifest(tmp_path, {"shard": 3, "study": {}, "versions": []})
    (tmp_path / "notes.txt").write_text("mine")
    _folder.clear(tmp_path)
    assert _folder.shards(tmp_path) == {}
    assert _folder.read_manifest(tmp_path) is None
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_shards_from_a_number_on_can_be_removed(tmp_path):
    filled(tmp_path, 5)
    _folder.remove_from(tmp_path, 2)
    assert list(_folder.shards(tmp_path)) == [0, 1]
