"""Many trainings at once: each equals its own single training, whatever the workers."""

import threading
import time

import numpy as np
import polars
import pytest
import torch
from torch import nn

from separatrix.data.samplers import circle, moons
from separatrix.engines.choose import ENGINES
from separatrix.errors import EngineRefusal, InvalidData, InvalidParameter, OutOfMemory
from separatrix.networks.module_network import ModuleNetwork
from separatrix.networks.network import Network
from separatrix.networks.recipe import Recipe
from separatrix.support.machine import usable_cores
from separatrix.support.seeds import stream_seed
from separatrix.training import many
from separatrix.training.loop import train
from separatrix.training.many import train_many

NETWORK = Network((2, 4, 3, 1))
SEEDS = [3, 0, 2**64 - 1, 17, 3]


def fresh(seed):
    return circle(n=30, seed=seed)


@pytest.fixture(params=["torch", "fused"])
def engine(request):
    if request.param not in ENGINES:
        pytest.skip(f"there is no {request.param} engine")
    return request.param


def trained_many(engine, recipe, data=fresh, seeds=SEEDS, **given):
    try:
        return train_many(NETWORK, recipe, data, seeds, engine=engine, **given)
    except EngineRefusal as refusal:
        pytest.skip(str(refusal))


def same(one, other):
    for name in ("seeds", "parameters", "status", "epochs", "loss", "accuracy", "validation_accuracy"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name


@pytest.mark.parametrize(
    "settings", [{}, {"batch_size": 7, "optimizer": "adam"}, {"validation_fraction": 0.3, "patience": 2}]
)
@pytest.mark.parametrize("data", [fresh, circle(n=30, seed=5)])
def test_each_run_is_the_single_training_of_its_seed_bit_for_bit(engine, settings, data):
    recipe = Recipe(epochs=20, snapshots=(5,), log_every=4, **settings)
    runs = trained_many(engine, recipe, data)
    assert runs.seeds.tolist() == SEEDS
    assert runs.engine == engine
    for row, seed in enumerate(SEEDS):
        run = train(NETWORK, recipe.replace(seed=seed), data(seed) if callable(data) else data, engine=engine)
        assert runs.parameters[row].tobytes() == run.parameters.tobytes()
        assert (runs.status[row], runs.epochs[row]) == (run.status.value, run.epochs)
        assert (runs.loss[row], runs.accuracy[row]) == (run.loss, run.accuracy)
        assert runs.validation_accuracy[row] == run.validation_accuracy or (
            np.isnan(runs.validation_accuracy[row]) and run.validation_accuracy is None
        )


def test_fault_42_the_number_of_workers_changes_no_byte(engine):
    recipe = Recipe(epochs=15, batch_size=8)
    one, three, usual = (trained_many(engine, recipe, seeds=range(12), workers=workers) for workers in (1, 3, None))
    same(one, three)
    same(one, usual)


def test_held_out_points_come_from_a_function_or_are_shared(engine):
    recipe, validation = Recipe(epochs=10), moons(n=40, seed=1)
    shared = trained_many(engine, recipe, validation=validation)
    own = trained_many(engine, recipe, validation=lambda seed: validation)
    same(shared, own)
    assert (
        shared.validation_accuracy
        == [
            train(NETWORK, recipe.replace(seed=s), fresh(s), engine=engine, validation=validation).validation_accuracy
            for s in SEEDS
        ]
    ).all()


def test_seeds_may_be_any_iterable(engine):
    recipe = Recipe(epochs=3)
    same(trained_many(engine, recipe, seeds=range(4)), trained_many(engine, recipe, seeds=np.arange(4)))
    same(trained_many(engine, recipe, seeds=range(4)), trained_many(engine, recipe, seeds=(seed for seed in range(4))))


def test_the_frame_has_a_row_a_run(engine):
    runs = trained_many(engine, Recipe(epochs=3))
    assert isinstance(runs.frame, polars.DataFrame)
    assert runs.frame.columns == ["seed", "status", "epochs", "loss", "accuracy", "validation_accuracy", "seconds"]
    assert runs.frame["seed"].to_list() == SEEDS
    assert len(runs) == 5
    assert repr(runs).startswith("Runs(5 of 2-4-3-1, ")


def test_fault_43_diverged_runs_are_counted_and_not_dropped(engine):
    runs = trained_many(engine, Recipe(loss="bce_with_logits", lr=1e37, epochs=20))
    assert len(runs) == 5
    assert "diverged" in runs.status
    assert np.isfinite(runs.parameters).all()


# Progress, stops, errors.


def test_progress_counts_up_to_all(engine):
    seen = []
    trained_many(
        engine, Recipe(epochs=2), seeds=range(9), workers=3, on_progress=lambda done, asked: seen.append((done, asked))
    )
    # where a run takes over a second, a count may come twice
    assert list(dict.fromkeys(seen))[-9:] == [(k, 9) for k in range(1, 10)]


def test_a_stop_leaves_out_what_is_not_done_and_keeps_what_is(engine):
    recipe = Recipe(epochs=20)
    runs = trained_many(engine, recipe, seeds=range(40), workers=1, on_progress=lambda done, asked: done < 3)
    assert 3 <= len(runs) < 40
    whole = trained_many(engine, recipe, seeds=runs.seeds.tolist())
    same(runs, whole)


def test_a_stop_reaches_runs_that_are_under_way(engine, monkeypatch):
    monkeypatch.setattr(many, "BEAT", 0.01)
    asked = []

    def stop(done, of):
        asked.append(done)
        return False

    endless = Recipe(epochs=10**9, lr=1e-6, log_every=10**9)
    assert len(trained_many(engine, endless, seeds=range(3), workers=2, on_progress=stop)) == 0
    assert set(asked) == {0}


def test_fault_23_results_larger_than_memory_are_a_typed_error(monkeypatch):
    def full(*shape, **more):
        raise MemoryError("Unable to allocate 9 TiB")

    monkeypatch.setattr(many, "_Table", full)
    with pytest.raises(
        OutOfMemory, match=r"the results of 3 runs of 2-4-3-1 don't fit into memory: Unable to allocate"
    ):
        train_many(NETWORK, Recipe(epochs=1), fresh, range(3), engine="torch")


def test_an_error_in_the_data_function_comes_through_and_ends_the_others(engine):
    asked = []

    def broken(seed):
        asked.append(seed)
        if seed == 2:
            raise KeyError("mine")
        return fresh(seed)

    threads = threading.active_count()
    with pytest.raises(KeyError, match=r"mine"):
        trained_many(engine, Recipe(epochs=3), broken, seeds=range(1000), workers=2)
    assert len(asked) < 1000
    assert threading.active_count() == threads


def test_an_interrupt_in_the_callback_ends_all_workers(engine):
    def interrupt(done, asked):
        raise KeyboardInterrupt

    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        trained_many(engine, Recipe(epochs=3), seeds=range(500), workers=2, on_progress=interrupt)
    for _ in range(6_000):  # threads take a moment to end
        if threading.active_count() == threads:
            break
        time.sleep(0.05)
    assert threading.active_count() == threads


def test_fault_15_an_error_names_the_seed(engine):
    def one_class(seed):
        points = fresh(seed)
        return points.take(points.y == 0) if seed == 7 else points

    with pytest.raises(InvalidData, match=r"^seed 7: training needs both classes"):
        trained_many(engine, Recipe(epochs=2), one_class, seeds=[7])
    with pytest.raises(InvalidData, match=r"^seed 1: points must be Points, got list"):
        trained_many(engine, Recipe(epochs=2), lambda seed: [seed], seeds=[1])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"seeds": []}, "seeds must contain at least one seed"),
        ({"seeds": 5}, "seeds must be a sequence of whole numbers, got 5"),
        ({"seeds": [0, -1]}, "seeds must be a whole number .*got -1"),
        ({"seeds": [2**64]}, "seeds must be"),
        ({"seeds": [0.5]}, "seeds must be"),
        ({"seeds": "ab"}, "seeds must be"),
        ({"workers": 0}, "workers must be None or a whole number of at least 1, got 0"),
        ({"workers": -1}, "workers must be"),
        ({"workers": True}, "workers must be"),
        ({"workers": 1.5}, "workers must be"),
        ({"engine": "fussed"}, "engine must be one of"),
    ],
)
def test_fault_19_and_20_bad_settings_are_refused_by_name(given, says):
    with pytest.raises(InvalidParameter, match=says):
        train_many(NETWORK, Recipe(epochs=1), fresh, **{"seeds": [0], "engine": "torch"} | given)


def test_a_users_module_is_trained_for_every_seed():
    module = nn.Sequential(nn.Linear(2, 1))
    recipe = Recipe(loss="bce_with_logits", epochs=4)
    runs = train_many(module, recipe, fresh, range(3), engine="torch")
    for row in range(3):
        initial = ModuleNetwork(module, "logit").redraw(stream_seed(row, "initial"))
        single = train(module, recipe.replace(seed=row), fresh(row), engine="torch", initial=initial)
        assert runs.parameters[row].tobytes() == single.parameters.tobytes()


def test_training_many_leaves_threads_and_streams_as_they_were(engine):
    before, stream = torch.get_num_threads(), torch.get_rng_state()
    trained_many(engine, Recipe(epochs=3), workers=2)
    assert torch.get_num_threads() == before
    assert torch.equal(torch.get_rng_state(), stream)


def test_never_more_than_a_few_runs_wait_in_memory():
    begun = []
    runs = many._in_parallel(lambda seed: begun.append(seed), list(range(100)), 2, threading.Event())
    next(runs)
    assert len(begun) <= 8
    runs.close()
    assert len(begun) <= 8


def test_usable_cores_is_at_least_one():
    assert usable_cores() >= 1
