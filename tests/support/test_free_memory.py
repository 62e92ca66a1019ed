"""How much memory there is, as Linux and its groups tell it."""

import subprocess
import sys
from pathlib import Path

import pytest

from separatrix.support.machine import free_memory

GIB = 2**30


@pytest.fixture
def machine(tmp_path):
    """Folders as /proc and /sys/fs/cgroup are: (available, free) in KiB, and (most, current, inactive_file) in bytes."""

    def made(available, group=None):
        (tmp_path / "meminfo").write_text(f"MemTotal: 99999999 kB\nMemFree: 1 kB\nMemAvailable: {available} kB\n")
        if group is not None:
            most, current, cached = group
            (tmp_path / "memory.max").write_text(f"{most}\n")
            (tmp_path / "memory.current").write_text(f"{current}\n")
            (tmp_path / "memory.stat").write_text(f"anon 5\ninactive_file {cached}\nactive_file 7\n")
        return free_memory(tmp_path, tmp_path)

    return made


def test_caches_that_the_system_gives_up_count_as_free(machine):
    assert machine(4 * 2**20) == 4 * GIB


def test_a_containers_limit_counts_and_its_cached_files_do_not(machine):
    assert machine(4 * 2**20, (3 * GIB, 2 * GIB, GIB)) == 2 * GIB
    assert machine(4 * 2**20, (3 * GIB, 4 * GIB, 0)) == 0


def test_limits_of_the_first_version_of_control_groups_count_too(machine, tmp_path):
    folder = tmp_path / "memory"
    folder.mkdir()
    (folder / "memory.limit_in_bytes").write_text(f"{3 * GIB}\n")
    (folder / "memory.usage_in_bytes").write_text(f"{2 * GIB}\n")
    (folder / "memory.stat").write_text(f"inactive_file 1\ntotal_inactive_file {GIB}\n")
    assert machine(4 * 2**20) == 2 * GIB
    (folder / "memory.limit_in_bytes").write_text("9223372036854771712\n")  # what it holds where there is no limit
    assert machine(4 * 2**20) == 4 * GIB


@pytest.mark.parametrize(
    ("line", "base", "names"),
    [
        ("0::/user.slice/job", "user.slice", ("memory.max", "memory.current", "inactive_file")),
        (
            "4:memory:/user.slice/job",
            "memory/user.slice",
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ),
    ],
)
def test_the_limit_of_a_group_around_the_processs_own_counts(line, base, names, machine, tmp_path):
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "cgroup").write_text(f"{line}\n1:name=systemd:/elsewhere\n")
    (tmp_path / base).mkdir(parents=True)
    limit, usage, cached = names
    (tmp_path / base / limit).write_text(f"{3 * GIB}\n")
    (tmp_path / base / usage).write_text(f"{2 * GIB}\n")
    (tmp_path / base / "memory.stat").write_text(f"{cached} 0\n")
    assert machine(4 * 2**20) == GIB


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux says how much of its addresses a process uses")
def test_a_limit_on_the_addresses_of_the_process_counts():
    code = "from separatrix.support.machine import free_memory; print(free_memory())"
    line = ["bash", "-c", f"ulimit -v 2000000; exec {sys.executable} -c '{code}'"]
    free = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    assert int(free) < 2_000_000 * 1024


def test_a_group_without_a_limit_leaves_what_the_machine_has(machine):
    assert machine(4 * 2**20, ("max", 2 * GIB, GIB)) == 4 * GIB


def test_where_nothing_is_told_it_is_the_machines_size_or_unknown(tmp_path):
    found = free_memory(tmp_path, tmp_path)
    assert found is None or found > 2**20
