"""Killed at random moments until it is complete: the table is the uninterrupted one's, byte for byte."""

import random
import signal
import subprocess
import sys
import time

import pytest

import separatrix as sx

WORK = """
import signal, sys
import separatrix as sx

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job is started deaf to it
    study = sx.Study.grid(n=20, n_test=20, widths=(2, 5), checkpoints=(200, 30_000), seeds=16)
    sx.run_study(study, sys.argv[1], workers=2, backend=sys.argv[2])
"""
MOST_KILLS = 12  # then it is left alone: every start costs seconds


def study():
    return sx.Study.grid(n=20, n_test=20, widths=(2, 5), checkpoints=(200, 30_000), seeds=16)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory, files):
    return files(sx.run_study(study(), tmp_path_factory.mktemp("whole"), workers=1))


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["threads", "processes"])
def test_fault_24_25_and_41_killed_at_random_until_it_is_complete(tmp_path, files, uninterrupted, backend):
    script, place, chance = tmp_path / "work.py", tmp_path / "study", random.Random(backend)
    script.write_text(WORK)
    command = [sys.executable, "-W", "error", str(script), str(place), backend]
    kills, patience = 0, 1.0
    while True:
        process = subprocess.Popen(command, stderr=subprocess.PIPE)
        try:
            _, said = process.communicate(timeout=chance.uniform(0.5, 1.5) * patience if kills < MOST_KILLS else 600)
        except subprocess.TimeoutExpired:
            before = set(place.glob("table/*.parquet"))
            process.kill()
            process.communicate()
            kills += 1
            patience *= 1.0 if any(place.glob("table/*.parquet")) else 1.5  # it must come as far as to write something
            assert before <= set(place.glob("table/*.parquet")), "a finished shard was lost"
            continue
        assert process.returncode == 0, said.decode()
        break
    found = sx.read_study(place)
    assert found.complete
    assert files(found) == uninterrupted
    assert not list(place.rglob("*.part"))
    assert kills > 0, "it was never killed: the test tested nothing"


@pytest.mark.slow
def test_fault_41_a_worker_that_is_killed_is_replaced_and_its_runs_repeated(tmp_path, files, uninterrupted):
    from multiprocessing import active_children

    killed = []

    def kill_one(moment):
        if moment.done >= 4 * (len(killed) + 1) and len(killed) < 3:
            # one that was killed a moment ago may still be among them
            for child in [child for child in active_children() if child.pid not in killed][:1]:
                killed.append(child.pid)
                child.kill()

    found = sx.run_study(study(), tmp_path, workers=2, backend="processes", on_progress=kill_one)
    assert len(set(killed)) == 3
    assert files(found) == uninterrupted


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["threads", "processes"])
def test_an_interrupt_from_the_terminal_ends_it_and_it_goes_on(tmp_path, files, uninterrupted, backend):
    script = tmp_path / "work.py"
    script.write_text(WORK)
    command = [sys.executable, str(script), str(tmp_path / "study"), backend]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    while not any((tmp_path / "study" / "table").glob("*.parquet")):
        time.sleep(0.02)
        assert process.poll() is None, process.stderr.read().decode()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=600)
    assert process.returncode in (1, 130, -2), said.decode()
    assert said.decode().rstrip().endswith("KeyboardInterrupt")
    assert files(sx.run_study(study(), tmp_path / "study")) == uninterrupted
