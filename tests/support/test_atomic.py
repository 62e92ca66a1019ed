"""A file is written whole or not at all, whatever stops the writing; what can't be written is said before the work."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from separatrix.errors import OutputError
from separatrix.support.atomic import check_writable, write_atomically

OLD, NEW = b"old" * 100_000, b"new" * 200_000

KILLED_AT_STEP = """
import os, signal, sys
from separatrix.support.atomic import write_atomically
path, step, left = sys.argv[1], int(sys.argv[2]), None
def hook(event, arguments):
    global left
    if left == 0:
        left = None  # killing is such a step, too
        os.kill(os.getpid(), signal.SIGKILL)
    elif left is not None:
        left -= 1
sys.addaudithook(hook)
left = step
write_atomically(path, b"new" * 200_000, force=sys.argv[3] == "force")
left = None
print("done")
"""

KILLED_AT_BYTE = """
import resource, signal, sys
from separatrix.support.atomic import write_atomically
limit = int(sys.argv[2])
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
write_atomically(sys.argv[1], b"new" * 200_000, force=True)
"""

AS_NOBODY = """
import os, sys
from separatrix.support.atomic import check_writable, write_atomically
if os.getuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
try:
    print({"check": lambda: check_writable(sys.argv[2], force=True),
           "write": lambda: write_atomically(sys.argv[2], "new", force=True)}[sys.argv[1]]())
except OSError as error:
    print(type(error).__name__, error)
"""


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def left_over(path: Path) -> Path:
    """What a killed write of this path leaves."""
    left = path.with_name(f".{path.name}.{random.Random(0).randbytes(8).hex()}.part")
    left.write_bytes(b"half")
    return left


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user can reach, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="separatrix-"))
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    mount = shutil.which("mount")
    command = [mount, "-t", "tmpfs", "-o", "size=64k", "none", str(tmp_path)]
    if not mount or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no right to mount a small disk; the limit on file sizes stands in for it")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_text_is_written_as_utf_8_and_bytes_as_they_are(tmp_path: Path) -> None:
    assert write_atomically(tmp_path / "a", "Grüße, 世界\n").read_bytes() == "Grüße, 世界\n".encode()
    assert write_atomically(str(tmp_path / "b"), OLD).read_bytes() == OLD
    assert write_atomically(tmp_path / "c", "").read_bytes() == b""
    assert names(tmp_path) == ["a", "b", "c"]


def test_a_name_that_is_no_unicode_can_be_named_in_a_text(tmp_path: Path) -> None:
    assert write_atomically(tmp_path / "a", os.fsdecode(b"caf\xe9.csv")).read_bytes() == b"caf\\udce9.csv"


@pytest.mark.parametrize("there", [True, False], ids=["over an old file", "a first file"])
def test_fault_24_a_kill_before_any_step_leaves_the_old_or_the_new_file(tmp_path: Path, there: bool) -> None:
    """Killed before each system call that Python reports, one after the other, until the write comes through."""
    path, kills = tmp_path / "out", 0
    while True:
        path.unlink(missing_ok=True)
        if there:
            path.write_bytes(OLD)
        command = [sys.executable, "-c", KILLED_AT_STEP, str(path), str(kills), "force" if there else "new"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.stdout == "done\n":
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        kills += 1
        if there or path.exists():
            assert path.read_bytes() in ((OLD, NEW) if there else (NEW,))
        assert len(names(tmp_path)) - path.exists() <= 1
        write_atomically(path, OLD, force=True)
        assert names(tmp_path) == ["out"], "what the killed process left is still there"
    assert path.read_bytes() == NEW
    assert kills >= 8


@pytest.mark.parametrize("byte", [0, 1, 4095, 4096, 100_000, 599_999])
def test_fault_24_a_kill_in_the_middle_of_the_bytes_leaves_the_old_file(tmp_path: Path, byte: int) -> None:
    """The kernel itself ends the process when a file grows beyond that byte."""
    path = write_atomically(tmp_path / "out", OLD)
    command = [sys.executable, "-c", KILLED_AT_BYTE, str(path), str(byte)]
    for _ in range(2):  # the second clears up after the first before it leaves its own
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == -signal.SIGXFSZ, done.stderr
    assert path.read_bytes() == OLD
    left = [each for each in tmp_path.iterdir() if each != path]
    assert [each.stat().st_size for each in left] == [byte]
    write_atomically(path, NEW, force=True)
    assert names(tmp_path) == ["out"]


def test_fault_24_writers_at_once_neither_tear_the_file_nor_fail(tmp_path: Path) -> None:
    path, wrong = tmp_path / "out", []
    write_atomically(path, OLD)

    def write(content: bytes) -> None:
        try:
            for _ in range(100):
                write_atomically(path, content, force=True)
                if path.read_bytes() not in (OLD, NEW):
                    wrong.append("torn")
        except OSError as error:
            wrong.append(str(error))

    threads = [threading.Thread(target=write, args=(content,)) for content in (OLD, NEW, OLD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert names(tmp_path) == ["out"]


def test_fault_24_left_overs_go_unless_somebody_still_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "out"
    others = [tmp_path / ".out.part", tmp_path / ".outer.0123456789abcdef.part", tmp_path / ".out.0123.part"]
    for each in others:
        each.write_bytes(b"not ours")
    stale = left_over(path)
    held = tmp_path / ".out.fedcba9876543210.part"
    code = "import fcntl, sys; f = open(sys.argv[1], 'xb'); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); input()"
    command = [sys.executable, "-c", code, str(held)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        write_atomically(path, OLD)
        assert held.exists()
        assert not stale.exists()
        writer.kill()
    write_atomically(path, NEW, force=True)
    assert names(tmp_path) == sorted(["out", *(each.name for each in others)])


def test_fault_26_an_interrupted_write_leaves_no_temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_atomically(tmp_path / "out", OLD)

    def interrupted(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, NEW, force=True)
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["out"]


def test_fault_28_a_full_disk_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    path = write_atomically(tmp_path / "out", OLD)
    code = (
        "import resource, sys; from separatrix.support.atomic import write_atomically\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: write_atomically(sys.argv[1], b'new' * 200_000, force=True)\n"
        "except OSError as error: print(type(error).__name__, error)"
    )
    command = [sys.executable, "-c", code, str(path)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert told == f"OutputError {path} couldn't be written: File too large. What was there is unchanged.\n"
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["out"]


def test_fault_28_a_small_disk_that_fills_up(small_disk: Path) -> None:
    path = write_atomically(small_disk / "out", b"old")
    with pytest.raises(OutputError, match=r"out couldn't be written: No space left on device\. What was there is unch"):
        write_atomically(path, NEW, force=True)
    assert path.read_bytes() == b"old"
    assert names(small_disk) == ["out"]


def test_fault_28_a_full_disk_is_found_before_the_work(small_disk: Path) -> None:
    with pytest.raises(OSError, match="No space left"), (small_disk / "filler").open("wb") as filler:
        filler.write(NEW)
    with pytest.raises(OutputError, match=r"out can't be written: No space left on device\."):
        check_writable(small_disk / "out")
    assert names(small_disk) == ["filler"]


def test_fault_28_an_error_of_the_disk_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_atomically(tmp_path / "out", OLD)

    def broken(handle: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OutputError, match="Input/output error"):
        write_atomically(path, NEW, force=True)
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("action", ["check", "write"])
def test_fault_28_a_read_only_folder(open_folder: Path, python, action: str) -> None:
    path = write_atomically(open_folder / "out", OLD)
    open_folder.chmod(0o555)
    assert python(AS_NOBODY, action, str(path)) == f"OutputError {path} can't be written: Permission denied.\n"
    assert path.read_bytes() == OLD
    assert names(open_folder) == ["out"]


def test_fault_28_a_folder_that_may_not_be_entered(open_folder: Path, python) -> None:
    open_folder.chmod(0o600)
    assert "OutputError" in python(AS_NOBODY, "write", str(open_folder / "out"))


def test_fault_28_a_folder_that_can_be_written_but_not_listed(open_folder: Path, python) -> None:
    open_folder.chmod(0o733)
    path = open_folder / "out"
    assert python(AS_NOBODY, "write", str(path)) == f"{path}\n"
    assert path.read_bytes() == b"new"


def test_fault_28_a_read_only_disk(small_disk: Path) -> None:
    path = write_atomically(small_disk / "out", b"old")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for attempt in (check_writable, lambda path, force: write_atomically(path, b"new", force=force)):
        with pytest.raises(OutputError, match=r"out can't be written: Read-only file system\."):
            attempt(path, force=True)
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("missing/out", "the folder .*missing doesn't exist; create it first"),
        ("file/out", "the folder .*file doesn't exist"),
        ("folder", "folder is a folder; name a file"),
        ("x" * 255, "can't be written: File name too long"),
        ("nul\0", "can't be written: embedded null byte|lstat: embedded null character"),
        ("/dev/full", "/dev/full is a device or a pipe; name a file"),
        ("/dev/null", "is a device or a pipe"),
        ("", "is a folder"),
    ],
)
def test_fault_28_places_that_are_none(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "file").write_bytes(OLD)
    (tmp_path / "folder").mkdir()
    for attempt in (check_writable, lambda path, force: write_atomically(path, b"new", force=force)):
        with pytest.raises(OutputError, match=told):
            attempt(tmp_path / name, force=True)
    assert names(tmp_path) == ["file", "folder"]
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_check_leaves_nothing_and_changes_nothing(tmp_path: Path) -> None:
    assert check_writable(str(tmp_path / "out")) == tmp_path / "out"
    assert names(tmp_path) == []
    path = write_atomically(tmp_path / "out", OLD)
    check_writable(path, force=True)
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["out"]


def test_fault_29_an_output_that_exists_is_refused_without_force(tmp_path: Path) -> None:
    path = write_atomically(tmp_path / "out", OLD)
    told = r"out exists; choose another name, or replace it with --force \(force=True\)\."
    for attempt in (check_writable, lambda path: write_atomically(path, NEW)):
        with pytest.raises(OutputError, match=told):
            attempt(path)
    assert path.read_bytes() == OLD
    assert write_atomically(path, NEW, force=True).read_bytes() == NEW


def test_fault_29_a_file_that_comes_while_writing_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, flush = tmp_path / "out", os.fsync

    def meanwhile(handle: int) -> None:
        path.write_bytes(b"another's")
        flush(handle)

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(OutputError, match="--force"):
        write_atomically(path, NEW)
    assert path.read_bytes() == b"another's"
    assert names(tmp_path) == ["out"]


def test_a_file_system_without_links_gets_a_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refused)
    assert write_atomically(tmp_path / "out", NEW).read_bytes() == NEW
    assert names(tmp_path) == ["out"]


def test_fault_34_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "target", tmp_path / "link"
    target.write_bytes(OLD)
    link.symlink_to(target)
    assert write_atomically(link, NEW, force=True) == link
    assert link.is_symlink()
    assert target.read_bytes() == NEW
    assert names(tmp_path) == ["link", "there"]
    assert names(tmp_path / "there") == ["target"]


def test_permissions_are_the_old_files_or_the_users_default(tmp_path: Path) -> None:
    path = write_atomically(tmp_path / "out", OLD)
    plain = tmp_path / "plain"
    plain.touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    path.chmod(0o640)
    write_atomically(path, NEW, force=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
