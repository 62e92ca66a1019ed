"""Ray: the same bytes on a cluster, and the loss of a worker is survived. One cluster for the whole file."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import separatrix as sx
from separatrix.errors import InvalidParameter

ray = pytest.importorskip("ray")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="workers are found in /proc"),
]

JOIN = """
import sys
import separatrix as sx

if __name__ == "__main__":
    study = sx.read_study(sys.argv[1]).study
    sx.run_study(study, sys.argv[2], backend="ray", address=sys.argv[3])
"""


@pytest.fixture(scope="module")
def cluster():
    """A cluster of two cores on this machine; its address."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield ray.get_runtime_context().gcs_address
    ray.shutdown()


def own_workers() -> list[int]:
    """Processes that carry out shards for the cluster that this process began."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            pid = int(entry.name)
            works = (entry / "cmdline").read_bytes().startswith(b"ray::_shard")
            if works and os.getpid() in (parent(pid), parent(parent(pid))):
                found.append(pid)
    return found


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_fault_42_a_cluster_gives_the_same_bytes_and_lives_on(cluster, study, results, files, tmp_path):
    found = sx.run_study(study, tmp_path, backend="ray")
    assert files(found) == files(results)
    assert ray.is_initialized(), "a cluster that was there isn't shut down"


def test_a_running_cluster_is_joined_by_its_address(cluster, results, files, tmp_path):
    command = [sys.executable, "-c", JOIN, str(results.folder), str(tmp_path), cluster]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert files(sx.read_study(tmp_path)) == files(results)


def test_fault_41_the_loss_of_a_worker_is_survived(cluster, files, tmp_path):
    study = sx.Study.grid(n=20, n_test=20, widths=(2, 5), checkpoints=(200, 100_000), seeds=24)
    killed = []

    def kill_one(moment):
        if moment.done >= 2 and len(killed) < 2:
            for pid in own_workers()[:1]:
                os.kill(pid, 9)
                killed.append(pid)

    moments = []
    found = sx.run_study(
        study, tmp_path / "ray", backend="ray", on_progress=lambda moment: (kill_one(moment), moments.append(moment))[1]
    )
    assert len(killed) == 2
    assert moments[-1].repeated >= 1
    assert files(found) == files(sx.run_study(study, tmp_path / "threads"))


def test_told_to_stop_it_gives_up_what_is_under_way(cluster, tmp_path):
    study = sx.Study(checkpoints=2**31, seeds=4)  # would take hours
    part = sx.run_study(study, tmp_path, backend="ray", on_progress=lambda moment: moment.seconds < 2)
    assert not part.complete
    assert ray.is_initialized()


def test_no_cluster_at_an_address_is_told(study, tmp_path, monkeypatch):
    def nobody(**given):
        raise ConnectionError("nobody answers")

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", nobody)
    with pytest.raises(InvalidParameter, match=r"no Ray cluster at address '10\.0\.0\.1:1': nobody answers"):
        sx.run_study(study, tmp_path, backend="ray", address="10.0.0.1:1")
