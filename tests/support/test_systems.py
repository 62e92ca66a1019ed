"""Windows' way with open files, on any system: with a stand-in for its calls."""

import errno
import os

import pytest

from separatrix.errors import OutputError
from separatrix.support import systems
from separatrix.support.atomic import write_atomically
from separatrix.support.locks import LOCK, locked, locked_for_output
from separatrix.support.systems import LOCKED_BYTE, Posix, Windows


class Calls:
    """As `msvcrt`: locks on single bytes, each held by one open file until that is closed."""

    LK_LOCK, LK_NBLCK = 1, 2

    def __init__(self):
        self.held = {}  # (device, file) -> descriptor

    def locking(self, descriptor, mode, count):
        assert os.lseek(descriptor, 0, os.SEEK_CUR) == LOCKED_BYTE
        assert count == 1
        state = os.fstat(descriptor)
        key = state.st_dev, state.st_ino
        if self._is_held(key, descriptor):
            raise PermissionError(errno.EACCES, "Permission denied")
        self.held[key] = descriptor

    def _is_held(self, key, descriptor):
        owner = self.held.get(key)
        if owner is None or owner == descriptor:
            return False
        try:
            state = os.fstat(owner)
        except OSError:  # closed
            return False
        return (state.st_dev, state.st_ino) == key


@pytest.fixture(params=["Posix", "Windows"])
def system(request, monkeypatch):
    chosen = Posix() if request.param == "Posix" else Windows(Calls())
    monkeypatch.setattr(systems, "system", chosen)
    return chosen


def test_a_second_lock_is_refused_until_the_first_is_closed(system, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with path.open("r+b") as first:
        first.seek(3)
        assert system.lock(first, wait=False)
        assert first.tell() == 3
        with path.open("r+b") as second:
            assert not system.lock(second, wait=False)
    with path.open("r+b") as third:
        assert system.lock(third, wait=False)
    assert path.read_bytes() == b"content"


def test_a_folder_in_use_is_refused_and_free_again_afterwards(system, tmp_path):
    with locked(tmp_path), pytest.raises(OutputError, match="in use by process"), locked(tmp_path):
        pass
    with locked(tmp_path):
        assert (tmp_path / LOCK).exists()
    with locked_for_output(tmp_path / "new"):
        (tmp_path / "new" / "result").write_text("1")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["result"]


def test_a_file_is_written_whole_and_left_overs_go(system, tmp_path):
    left_over = tmp_path / f".a.txt.{'0' * 16}.part"
    left_over.write_text("of a process that was killed")
    write_atomically(tmp_path / "a.txt", "one")
    write_atomically(tmp_path / "a.txt", "two", force=True)
    assert (tmp_path / "a.txt").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_temporary_file_that_somebody_writes_stays(system, tmp_path):
    held = tmp_path / f".a.txt.{'0' * 16}.part"
    with held.open("xb") as file:
        assert system.lock(file, wait=True)
        write_atomically(tmp_path / "a.txt", "one")
        assert held.exists()


def test_a_file_system_without_locks_is_named(monkeypatch, tmp_path):
    class NoLocks(Posix):
        def lock(self, file, *, wait):
            raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(systems, "system", NoLocks())
    with pytest.raises(OutputError, match="No locks available"), locked(tmp_path):
        pass
    assert write_atomically(tmp_path / "a.txt", "one").read_text() == "one"
