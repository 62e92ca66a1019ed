"""The rows of one run: equal to what shorter trainings of the same run would have said."""

import pytest

import separatrix as sx
from separatrix.studies._measuring import failed_rows, rows_of, run_job

CHECKPOINTS = (20, 150, 400)
LOSSES = ("bce", "mse", "cross_entropy", "hinge")


def rows(study, run=0):
    found, seconds = run_job(study, study.job(run))
    assert seconds > 0
    return found


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("settings", [{}, {"optimizer": "adam", "batch_size": 16, "l2": 0.01}, {"dtype": "float64"}])
def test_a_row_is_what_a_training_up_to_there_gives(loss, settings):
    study = sx.Study.grid(n=40, n_test=60, lr=0.3, loss=loss, checkpoints=CHECKPOINTS, seeds=[3], **settings)
    network, full = study.conditions[0].network, study.conditions[0].recipe
    for row in rows(study):
        recipe = full.replace(epochs=row["epoch"], snapshots=(), seed=3)
        points, test = study.points_of(0)
        run = sx.train(network, recipe, points)
        assert row["accuracy"] == run.accuracy
        assert row["loss"] == pytest.approx(run.loss, rel=1e-6)
        assert row["test_accuracy"] == (run.predict(test.x) == test.y).mean()
        assert row["status"] == run.status.value
        assert row["solved"] == (run.accuracy == 1)


def test_the_epoch_when_solved_is_the_first_logged_one_up_to_the_checkpoint():
    study = sx.Study.grid(widths=8, n=20, lr=1.0, checkpoints=(10, 100, 1000), seeds=20)
    solved_late = 0
    for run in range(20):
        log, found = study.train(run).log, rows(study, run)
        hits = log.epoch[log.accuracy == 1]
        for row in found:
            before = hits[hits <= row["epoch"]]
            if len(before):
                assert row["solved_epoch"] == before[0]
            else:
                assert row["solved_epoch"] == (row["epoch"] if row["solved"] else None)
        solved_late += found[0]["solved_epoch"] is None and found[-1]["solved_epoch"] is not None
    assert solved_late, "no run was solved between two checkpoints: the test tested nothing"


def test_dead_units_are_those_that_no_row_can_change():
    study = sx.Study(networks="2-3-2-1", checkpoints=5)
    points, _ = study.points_of(0)
    run = study.train(0)
    parameters = run.parameters.copy()
    for layer in run.network.layout[:2]:
        parameters[layer.bias] = (-100, *[1] * (layer.fan_out - 1))  # the first unit of each never fires
    planted = sx.Run(**{name: getattr(run, name) for name in run.__dataclass_fields__} | {"parameters": parameters})
    first, second = (rows_of(each, (5,), points, None)[0] for each in (run, planted))
    assert first["dead_units"] < second["dead_units"]
    assert second["dead_units"] == 2


def test_fault_21_and_43_a_diverged_run_is_told_at_its_checkpoint_and_never_solved():
    study = sx.Study(recipes=sx.Recipe(loss="bce_with_logits", lr=1e37), checkpoints=(1, 50), seeds=5)
    for run in range(5):
        *_, last = rows(study, run)
        if last["status"] == "diverged":
            assert last["epochs"] < 50
            assert not last["solved"]
            return
    raise AssertionError("nothing diverged")


def test_fault_15_and_43_a_run_that_fails_has_its_rows_with_the_reason():
    own = sx.Study(points=sx.Sampled("circle", 2), n_test=0, checkpoints=(5, 9), seeds=40)
    told = [rows(own, run) for run in range(40)]
    failed = [each for each in told if each[0]["status"] == "failed"]
    assert 0 < len(failed) < 40, "two points are of one class in some seeds"
    assert [row["epoch"] for row in failed[0]] == [5, 9]
    assert "both classes" in failed[0][0]["error"]
    assert failed[0][0]["accuracy"] is None
    assert not failed[0][0]["solved"]


def test_fault_23_out_of_memory_is_a_failed_run(monkeypatch):
    def full(*given, **options):
        raise MemoryError("no room")

    monkeypatch.setattr("separatrix.studies._measuring.train_job", full)
    found = rows(sx.Study(checkpoints=5))
    assert found[0]["status"] == "failed"
    assert "no room" in found[0]["error"]


def test_a_fault_in_the_program_comes_through(monkeypatch):
    def broken(*given, **options):
        raise KeyError("mine")

    monkeypatch.setattr("separatrix.studies._measuring.train_job", broken)
    with pytest.raises(KeyError, match="mine"):
        rows(sx.Study(checkpoints=5))


def test_an_early_end_stands_as_it_ended():
    recipe = sx.Recipe(lr=1.0, solved_below=0.1)
    study = sx.Study(networks="2-8-8-1", points=sx.Sampled(n=20), recipes=recipe, checkpoints=(10, 2000, 4000), seeds=6)
    ends = [rows(study, run)[1:] for run in range(6)]
    early = [(middle, last) for middle, last in ends if middle["epochs"] < 2000]
    assert early, "no run ended early: the test tested nothing"
    for middle, last in early:
        assert {**middle, "epoch": 0} == {**last, "epoch": 0}
        assert middle["status"] == "converged"


def test_rows_held_out_by_the_recipe_are_no_training_rows():
    study = sx.Study(recipes=sx.Recipe(validation_fraction=0.5), checkpoints=30)
    assert rows(study)[0]["accuracy"] == study.train(0).accuracy


def test_told_to_stop_it_gives_nothing():
    assert run_job(sx.Study(checkpoints=10**6), sx.Study(checkpoints=10**6).job(0), lambda: False) is None


def test_many_checkpoints_on_many_rows_are_measured_in_groups(monkeypatch):
    study = sx.Study(checkpoints=range(1, 20))
    whole = rows(study)
    monkeypatch.setattr("separatrix.studies._measuring.AT_ONCE", 3 * 1100 * 11)
    assert rows(study) == whole


def test_failed_rows_are_one_a_checkpoint():
    assert [row["epoch"] for row in failed_rows((1, 2), "x" * 1000)] == [1, 2]
    assert len(failed_rows((1,), "x" * 1000)[0]["error"]) == 500
