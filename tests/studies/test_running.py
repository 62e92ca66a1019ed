"""Carrying out: resumed, refused, stopped, repeated; always the same bytes."""

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import separatrix as sx
from separatrix.errors import InvalidParameter, OutputError
from separatrix.studies import running
from separatrix.studies._backends import BACKENDS, Threads
from separatrix.studies._shards import WorkerDied


def run(study, place, **options):
    return sx.run_study(study, place, **options)


@pytest.mark.parametrize("workers", [1, 3])
def test_fault_42_any_number_of_workers_gives_the_same_bytes(study, results, files, tmp_path, workers):
    again = run(study, tmp_path, workers=workers)
    assert files(again) == files(results)
    assert again.frame.equals(results.frame)


@pytest.mark.slow
def test_fault_42_processes_give_the_same_bytes_as_threads(study, results, files, tmp_path):
    assert files(run(study, tmp_path, workers=2, backend="processes")) == files(results)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    widths=st.sets(st.integers(1, 4), min_size=1, max_size=3),
    losses=st.sets(st.sampled_from(["bce", "hinge"]), min_size=1),
    checkpoints=st.sets(st.integers(1, 40), min_size=1, max_size=3),
    seeds=st.sets(st.integers(0, 2**64 - 1), min_size=1, max_size=5),
    vary=st.sampled_from(["both", "data", "initial", "crossed"]),
    kept=st.randoms(use_true_random=False),
)
def test_fault_41_whatever_was_finished_the_rest_gives_the_same_table(
    files, tmp_path, widths, losses, checkpoints, seeds, vary, kept
):
    for name in ("whole", "parts"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
    study = sx.Study.grid(
        n=12, n_test=9, widths=widths, loss=losses, checkpoints=checkpoints, seeds=sorted(seeds), vary=vary
    )
    whole = run(study, tmp_path / "whole", workers=1)
    assert whole.complete
    assert whole.n_runs == study.n_runs
    assert whole.frame["run"].unique().sort().to_list() == list(range(study.n_runs))
    shutil.copytree(tmp_path / "whole", tmp_path / "parts")
    for path in sorted((tmp_path / "parts" / "table").iterdir()):
        fate = kept.choice(["keep", "lose", "tear"])
        if fate == "lose":
            path.unlink()
        if fate == "tear":
            path.write_bytes(path.read_bytes()[:-7])
    assert files(run(study, tmp_path / "parts", workers=2)) == files(whole)


def test_what_is_finished_is_not_repeated(study, tmp_path, monkeypatch):
    run(study, tmp_path)

    def never(*given):
        raise AssertionError("nothing is missing, and something was begun")

    monkeypatch.setitem(BACKENDS, "threads", never)
    assert run(study, tmp_path).complete


def test_told_to_stop_it_keeps_what_is_finished_and_goes_on_later(study, results, files, tmp_path):
    seen = []

    def some(moment):
        seen.append(moment.done)
        return moment.done < 10

    part = run(study, tmp_path, workers=1, on_progress=some)
    assert not part.complete
    assert 10 <= part.n_runs < study.n_runs
    assert "unfinished" in repr(part)
    assert set(files(part).items()) <= set(files(results).items())
    moments = []
    whole = run(study, tmp_path, on_progress=moments.append)
    assert files(whole) == files(results)
    assert moments[0].done == moments[-1].done_before == part.n_runs
    assert moments[-1].done == moments[-1].runs == study.n_runs


def test_progress_counts_what_the_table_shows(study, results, tmp_path):
    moments = []
    run(study, tmp_path, on_progress=moments.append)
    last = moments[-1]
    shares = results.shares()
    assert last.solved.ravel().tolist() == shares["solved"].to_list()
    assert last.finished.tolist() == [12] * 4
    assert [each.done for each in moments] == sorted(each.done for each in moments)
    assert moments[0].seconds_left is None
    assert last.seconds_left == 0


def test_an_interrupt_leaves_whole_shards_and_no_lock(study, results, files, tmp_path):
    def interrupt(moment):
        if moment.done >= 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(study, tmp_path, on_progress=interrupt)
    assert 0 < len(files(sx.read_study(tmp_path))) < len(files(results))
    assert files(run(study, tmp_path)) == files(results)


def test_an_error_in_a_run_that_is_no_fault_of_its_own_comes_through(study, tmp_path, monkeypatch):
    def broken(*given, **options):
        raise KeyError("mine")

    monkeypatch.setattr("separatrix.studies._measuring.train_job", broken)
    with pytest.raises(KeyError, match="mine"):
        run(study, tmp_path)


class Mortal(Threads):
    """Workers that die on certain runs."""

    deadly: frozenset = frozenset()
    deaths = 0

    def submit(self, first, runs):
        future = super().submit(first, runs)
        if any(first <= each < first + runs for each in self.deadly):
            future.cancel()
            future = self.pool.submit(self.die)
        return future

    def die(self):
        type(self).deaths += 1
        raise WorkerDied("its process ended with exit status -9")


def test_fault_41_runs_that_kill_their_worker_are_tried_n_times_and_then_failed_alone(
    study, results, tmp_path, monkeypatch
):
    class Deadly(Mortal):
        deadly = frozenset({5, 17})

    monkeypatch.setitem(BACKENDS, "threads", Deadly)
    found = run(study, tmp_path, tries=2)
    failed = found.frame.filter(found.frame["status"] == "failed")
    assert failed["run"].unique().sort().to_list() == [5, 17]
    assert "exit status -9, 2 times or more" in failed["error"][0]
    size = found.frame.filter(found.frame["run"] < 4).height
    assert size > 0
    others = results.frame.filter(~results.frame["run"].is_in([5, 17]))
    assert found.frame.filter(found.frame["status"] != "failed").equals(others)
    assert Deadly.deaths == 2 * 2 + 2
    assert found.shares()["failed"].sum() == 4


def test_fault_41_a_worker_that_dies_once_costs_nothing_but_time(study, results, files, tmp_path, monkeypatch):
    class Once(Mortal):
        deadly = frozenset({5})

        def die(self):
            Once.deadly = frozenset()
            super().die()

    monkeypatch.setitem(BACKENDS, "threads", Once)
    moments = []
    assert files(run(study, tmp_path, on_progress=moments.append)) == files(results)
    assert moments[-1].repeated == 1


def test_a_worker_with_other_versions_is_refused(study, tmp_path, monkeypatch):
    real = running.made_with
    monkeypatch.setattr(running, "made_with", lambda study: real(study) | {"numpy": "0.1"})
    with pytest.raises(OutputError, match=r"numpy 0\.1 here, .* there"):
        run(study, tmp_path)
    assert not list((tmp_path / "table").iterdir())


def test_until_runs_as_many_seeds_as_it_takes(tmp_path, files):
    study = sx.Study(
        points=sx.Sampled(n=20), networks="2-6-6-1", recipes=sx.Recipe(lr=0.5), n_test=0,
        checkpoints=300, seeds=2_000, until=sx.Until(0.1, least=20),
    )  # fmt: skip
    found = run(study, tmp_path / "a", workers=2)
    shares = found.shares()
    assert found.complete
    assert 20 <= found.n_runs < 2_000
    assert ((shares["high"] - shares["low"]) / 2 <= 0.1).all()
    assert files(run(study, tmp_path / "b", workers=1)) == files(found)
    before = files(found)
    assert files(run(study, tmp_path / "a")) == before, "enough is enough"


def test_fault_28_a_full_disk_is_told_and_what_is_finished_stays(study, results, files, tmp_path, monkeypatch):
    real, left = running._folder.write_shard, [2]

    def full(*given):
        left[0] -= 1
        if left[0] < 0:
            raise OutputError("the table couldn't be written: No space left on device.")
        real(*given)

    monkeypatch.setattr(running._folder, "write_shard", full)
    with pytest.raises(OutputError, match="No space left"):
        run(study, tmp_path)
    monkeypatch.setattr(running._folder, "write_shard", real)
    assert files(run(study, tmp_path)) == files(results)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"workers": 0}, "workers must be"),
        ({"backend": "thread"}, "backend must be one of .*Did you mean 'threads'"),
        ({"on_change": "no"}, "on_change must be"),
        ({"tries": 0}, "tries must be"),
        ({"address": "auto"}, "address is for backend='ray'"),
    ],
)
def test_fault_19_bad_settings_are_refused_by_name(study, tmp_path, options, says):
    with pytest.raises(InvalidParameter, match=says):
        run(study, tmp_path / "new", **options)
    assert not (tmp_path / "new").exists()
    with pytest.raises(InvalidParameter, match="study must be a Study"):
        run("circle", tmp_path / "new")
