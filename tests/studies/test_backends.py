"""Backends: each carries out the same shards; what they leave behind is nothing."""

import multiprocessing
import subprocess
import sys
import threading

import pytest

import separatrix as sx
from separatrix.errors import InvalidParameter
from separatrix.studies._backends import Processes, Threads, refuse_address
from separatrix.studies._shards import WorkerDied, run_shard
from separatrix.support.machine import usable_cores

STUDY = sx.Study.grid(n=10, n_test=10, widths=(2, 3), checkpoints=5, seeds=4)


def test_threads_hand_back_shards_and_end():
    before = threading.active_count()
    backend = Threads(STUDY, 2, None, 3)
    assert backend.submit(2, 4).result().table == run_shard(STUDY, 2, 4).table
    backend.close()
    assert threading.active_count() == before


def test_threads_give_up_what_is_under_way_when_they_are_closed():
    backend = Threads(sx.Study(checkpoints=2**31), 1, None, 3)
    futures = [backend.submit(run, 1) for run in range(3)]
    backend.close()
    assert futures[0].result() is None
    assert futures[2].cancelled()


def test_the_torch_engine_is_given_one_thread():
    backends = [Threads(sx.Study(checkpoints=5, engine=engine), workers, None, 3) for engine, workers in
                (("torch", 4), ("fused", 4), ("fused", None))]  # fmt: skip
    assert [backend.workers for backend in backends] == [1, 4, usable_cores()]
    for backend in backends:
        backend.close()


@pytest.mark.slow
def test_processes_hand_back_shards_errors_and_deaths_and_leave_none_behind():
    backend = Processes(STUDY, 1, None, 3)
    try:
        assert backend.submit(0, 3).result().table == run_shard(STUDY, 0, 3).table
        with pytest.raises(InvalidParameter, match="run must be"):
            backend.submit(10**6, 1).result()
        assert backend.submit(0, 1).result().runs == 1, "an error isn't the end of a process"
        backend.children[0].process.kill()
        with pytest.raises(WorkerDied, match="exit status -9"):
            backend.submit(0, 1).result()
        assert backend.submit(1, 1).result().first == 1
    finally:
        backend.close()
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_a_script_without_its_guard_is_told_so_and_no_run_is_called_failed(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import separatrix as sx\n"
        "sx.run_study(sx.Study(checkpoints=5, seeds=4), 'study', backend='processes', workers=1)\n"
    )
    done = subprocess.run([sys.executable, str(script)], check=False, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert "no worker can begin" in done.stderr
    assert 'inside `if __name__ == "__main__":`' in done.stderr
    assert not list((tmp_path / "study" / "table").iterdir())


def test_closed_before_it_began_it_begins_nothing():
    backend = Processes(STUDY, 1, None, 3)
    backend.close()
    assert backend._hand_out(0, 1) is None
    assert not backend.children


def test_an_address_is_for_a_cluster():
    refuse_address("ray", "auto")
    refuse_address("threads", None)
    with pytest.raises(InvalidParameter, match="address is for backend='ray', got backend='threads'"):
        refuse_address("threads", "auto")
