"""One network over several processes: two of them, under torchrun, against one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import separatrix as sx
from separatrix.errors import EngineRefusal, InvalidData, InvalidParameter
from separatrix.training.distributed import ProcessRank, joined, own_rows, train_distributed

WORK = """
import json, sys
import numpy as np
import separatrix as sx
from separatrix.training.distributed import joined, own_rows, train_distributed

recipes, out = json.loads(sys.argv[1]), sys.argv[2]
with joined() as place:
    points, validation = sx.moons(n=101, seed=0), sx.moons(n=57, seed=1)
    mine, own_validation = own_rows(points, place), own_rows(validation, place)
    for name, settings in recipes.items():
        told = []
        recipe = sx.Recipe(**settings | {"betas": (0.9, 0.999)})
        run = train_distributed(sx.Network.parse("2-16-16-1"), recipe, mine, validation=own_validation,
                                   on_progress=told.append)
        assert bool(told) == (place.rank == 0)
        np.savez(f"{out}/{name}-{place.rank}", parameters=run.parameters, loss=run.log.loss, accuracy=run.log.accuracy,
                 validation=run.log.validation_accuracy, norm=run.log.gradient_norm,
                 ends=[run.loss, run.accuracy, run.validation_accuracy])
        with open(f"{out}/{name}-{place.rank}.json", "w") as file:
            json.dump({"status": run.status, "epochs": run.epochs, "engine": run.engine}, file)
"""
RECIPES = {
    "full": {"epochs": 200, "lr": 0.5, "dtype": "float64"},
    "penalties": {"epochs": 100, "lr": 0.1, "l1": 0.001, "l2": 0.01, "dtype": "float64", "momentum": 0.9},
    "adam": {"epochs": 100, "optimizer": "adam", "lr": 0.01, "loss": "bce_with_logits"},
    "batches": {"epochs": 60, "optimizer": "adam", "lr": 0.01, "batch_size": 16, "loss": "bce_with_logits"},
    "patience": {
        "epochs": 1000,
        "optimizer": "adam",
        "lr": 0.3,
        "loss": "bce_with_logits",
        "patience": 1,
        "log_every": 1,
    },
    "diverges": {"epochs": 50, "lr": 1e38, "loss": "bce_with_logits"},
}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """What two processes found for each recipe."""
    place = tmp_path_factory.mktemp("two")
    (place / "work.py").write_text(WORK)
    # torchrun listens at a port that is free: one looked up before could be another process's by then
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--rdzv-backend=c10d",
        "--rdzv-endpoint=127.0.0.1:0", "--local-addr=127.0.0.1", str(place / "work.py"), json.dumps(RECIPES), str(place),
    ]  # fmt: skip
    environment = os.environ | {"GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600, env=environment)
    assert done.returncode == 0, done.stderr

    def read(name):
        return [
            (dict(np.load(place / f"{name}-{rank}.npz")), json.loads((place / f"{name}-{rank}.json").read_text()))
            for rank in (0, 1)
        ]

    return read


def alone(name):
    """One process with all rows."""
    recipe = sx.Recipe(**RECIPES[name])
    return sx.train(
        sx.Network.parse("2-16-16-1"),
        recipe,
        sx.moons(n=101, seed=0),
        validation=sx.moons(n=57, seed=1),
        engine="torch",
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_all_processes_agree_to_the_bit(two, name):
    (one, told), (other, also) = two(name)
    assert told == also
    for key in one:
        assert one[key].tobytes() == other[key].tobytes(), key


@pytest.mark.slow
@pytest.mark.parametrize(("name", "within"), [("full", 1e-9), ("penalties", 1e-9), ("adam", 2e-3)])
def test_two_processes_take_the_steps_of_one(two, name, within):
    (found, told), _ = two(name)
    run = alone(name)
    assert (told["status"], told["epochs"]) == (run.status.value, run.epochs)
    np.testing.assert_allclose(found["parameters"], run.parameters, rtol=0, atol=within)
    np.testing.assert_allclose(found["loss"], run.log.loss, rtol=within)
    np.testing.assert_allclose(found["norm"], run.log.gradient_norm, rtol=10 * within, atol=within)
    np.testing.assert_allclose(found["accuracy"], run.log.accuracy, atol=0.011)
    np.testing.assert_allclose(found["validation"], run.log.validation_accuracy, atol=0.02)
    np.testing.assert_allclose(found["ends"][0], run.loss, rtol=within)


@pytest.mark.slow
def test_batches_over_processes_learn_as_well_as_in_one(two):
    (found, told), _ = two("batches")
    assert told["engine"] == "distributed"
    assert found["loss"][-1] < 0.7 * found["loss"][0]
    assert abs(found["loss"][-1] - alone("batches").log.loss[-1]) < 0.1


@pytest.mark.slow
def test_early_stopping_and_divergence_are_decided_together(two):
    assert two("patience")[0][1]["status"] == "converged"
    assert two("patience")[0][1]["epochs"] < 1000
    assert two("diverges")[0][1]["status"] == alone("diverges").status.value == "diverged"
    assert np.isfinite(two("diverges")[0][0]["parameters"]).all()


def test_rows_are_shared_out_without_loss():
    points = sx.moons(n=23, seed=0)
    parts = [own_rows(points, ProcessRank(rank, 4)) for rank in range(4)]
    assert [len(part) for part in parts] == [6, 6, 6, 5]
    together = np.concatenate([part.x for part in parts])
    assert sorted(map(tuple, together)) == sorted(map(tuple, points.x))
    with pytest.raises(InvalidData, match="23 rows can't be shared out over 24 processes"):
        own_rows(points, ProcessRank(0, 24))


def test_without_torchrun_it_is_said_how_to_start(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InvalidParameter, match="start the script with torchrun"), joined():
        pass
    with pytest.raises(EngineRefusal, match="start them with torchrun"):
        train_distributed(sx.Network.parse("2-4-1"), sx.Recipe(epochs=2), sx.moons())


@pytest.mark.parametrize("options", [{"backend": "glue"}, {"seconds": 0}])
def test_fault_19_bad_settings_are_refused_by_name(options):
    with pytest.raises(InvalidParameter, match=next(iter(options))), joined(**options):
        pass


# As torchrun sets it, but for the port: at 0 the system chooses a free one.
ALONE = {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0", "GLOO_SOCKET_IFNAME": "lo"}


@pytest.fixture
def alone_in_a_group(monkeypatch):
    """A group of this process alone."""
    for name, value in ALONE.items():
        monkeypatch.setenv(name, value)
    with joined(seconds=600) as place:
        assert place == ProcessRank(0, 1)
        yield


TRAINED_AND_PARTED = """
from pathlib import Path
import separatrix as sx
from separatrix.training.distributed import joined, train_distributed

def threads():
    names = [(each / "comm").read_text() for each in Path("/proc/self/task").iterdir()]
    return [name for name in names if "gloo" in name]

with joined(seconds=600):
    run = train_distributed(sx.Network.parse("2-4-1"), sx.Recipe(epochs=3), sx.circle(seed=0))
    assert threads()
assert not threads(), threads()
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the names of threads are read from /proc")
def test_no_thread_of_the_group_is_left_to_break_the_end_of_the_process():
    done = subprocess.run(
        [sys.executable, "-c", TRAINED_AND_PARTED], check=False, capture_output=True, text=True, timeout=600,
        env=os.environ | ALONE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_group_of_one_is_the_torch_engine(alone_in_a_group):
    network, recipe = sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=30, dtype="float64", batch_size=25)
    run = train_distributed(network, recipe, sx.circle(seed=0), validation=sx.circle(seed=1))
    same = sx.train(network, recipe, sx.circle(seed=0), validation=sx.circle(seed=1), engine="torch")
    np.testing.assert_allclose(run.parameters, same.parameters, atol=1e-12)
    np.testing.assert_allclose(run.log.validation_loss, same.log.validation_loss, atol=1e-12)
    assert run.accuracy == same.accuracy


@pytest.mark.parametrize(
    ("settings", "says"), [({"optimizer": "lbfgs"}, "lbfgs searches"), ({"solved_below": 0.1}, "solved_below walks")]
)
def test_what_processes_could_decide_differently_is_refused(alone_in_a_group, settings, says):
    with pytest.raises(EngineRefusal, match=says):
        train_distributed(sx.Network.parse("2-4-1"), sx.Recipe(epochs=2, **settings), sx.circle(seed=0))
    from torch import nn

    with pytest.raises(EngineRefusal, match="state that isn't averaged"):
        train_distributed(nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()), sx.Recipe(epochs=2), sx.circle(seed=0))


def test_weights_of_rows_are_refused(alone_in_a_group):
    with pytest.raises(InvalidData, match="can't be used in several processes"):
        sx.train(
            sx.Network.parse("2-4-1"), sx.Recipe(epochs=2), sx.circle(seed=0), engine="distributed",
            sample_weight=np.arange(1, 101),
        )  # fmt: skip
