"""A run that is saved and loaded is the same run: it predicts the same and goes on the same, or the file is refused."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import separatrix as sx
from separatrix.files import container
from separatrix.files.container import pack, unpack
from separatrix.training.run import COLUMNS

GOLDEN = Path(__file__).parents[1] / "golden"

RECIPES = {
    "all rows": sx.Recipe(epochs=30),
    "batches, patience": sx.Recipe(  # ends by its patience, after 21 epochs
        optimizer="adam",
        epochs=40,
        batch_size=7,
        validation_fraction=0.3,
        patience=20,
        min_delta=0.5,
        log_every=1,
        seed=2**64 - 1,
    ),
    "momentum": sx.Recipe(epochs=30, momentum=0.9, nesterov=True, snapshots=(0, 7, 30), log_every=3),
    "float64": sx.Recipe(epochs=20, dtype="float64", optimizer="rmsprop", snapshots=(20,)),
    "lbfgs": sx.Recipe(epochs=3, optimizer="lbfgs", log_every=1),
    "solved": sx.Recipe(epochs=2_000, optimizer="adam", lr=0.05, solved_below=0.5),
    "nothing logged": sx.Recipe(epochs=1, log_every=1, optimizer="adam", betas=(0.5, 0.25)),
}

SAVE_FOR_EVER = """
import sys
import separatrix as sx
models, at = [sx.load(path) for path in sys.argv[2:]], 0
print("ready", flush=True)
while True:
    sx.save(models[at % 2], sys.argv[1], force=True)
    at += 1
"""

LOAD_WATCHED = """
import sys
import separatrix as sx
sx.load(sys.argv[1])  # what it imports, it imports now
seen = []
sys.addaudithook(lambda event, arguments: seen.append((event, str(arguments[0]) if arguments else "")))
run = sx.load(sys.argv[1])
print(sorted({f"{event} {what}" for event, what in seen if event != "object.__getattr__"}))
"""


def trained(recipe: sx.Recipe, network: str = "2-4-3-1", engine: str = "torch", **more: Any) -> sx.Run:
    return sx.train(sx.Network.parse(network), recipe, sx.moons(n=40, seed=3), engine=engine, **more)


def numbers(run: sx.Run) -> dict[str, Any]:
    """All that a run holds, as bytes and plain values."""
    found = {field.name: getattr(run, field.name) for field in fields(run)} | {"log": {}, "checkpoint": None}
    found |= {"parameters": run.parameters.tobytes(), "initial": run.initial.tobytes()}
    found["log"] = {name: getattr(run.log, name).tobytes() for name in COLUMNS}
    found["snapshots"] = {epoch: snapshot.tobytes() for epoch, snapshot in run.snapshots.items()}
    if run.checkpoint is not None:
        at = run.checkpoint
        memory = {name: (array.dtype, array.shape, array.tobytes()) for name, array in at.memory.items()}
        best = None if at.best is None else at.best.tobytes()
        found["checkpoint"] = (at.parameters.tobytes(), memory, at.order, best, at.best_loss, at.waited)
    return found


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a small run's file."""
    run = trained(
        sx.Recipe(epochs=4, log_every=2, snapshots=(2,), batch_size=20, momentum=0.5), "2-2-1", engine="fused"
    )
    return sx.save(run, tmp_path_factory.mktemp("raw") / "run.safetensors").read_bytes()


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_run_comes_back_as_it_was(tmp_path: Path, recipe: sx.Recipe) -> None:
    run = trained(recipe)
    again = sx.load(sx.save(run, tmp_path / "run.safetensors"))
    assert numbers(again) == numbers(run)
    assert (again.predict_proba([[0.5, -0.5]]) == run.predict_proba([[0.5, -0.5]])).all()
    assert again.history.equals(run.history)


@pytest.mark.parametrize("activation", ["step", ("tanh", "mish")])
def test_networks_come_back_as_they_were(tmp_path: Path, activation: Any) -> None:
    network = sx.Network((2, 3, 3, 2), activation=activation, init="xavier")
    run = sx.train(network, sx.Recipe(loss="cross_entropy", epochs=3), sx.moons(n=10), engine="torch")
    assert sx.load(sx.save(run, tmp_path / "run.safetensors")).network == network


@pytest.mark.parametrize("name", ["all rows", "batches, patience", "momentum"])
def test_fault_25_going_on_after_loading_gives_the_bits_of_going_through(
    tmp_path: Path, engine: str, name: str
) -> None:
    recipe = RECIPES[name].replace(log_every=4, snapshots=(), **{"patience": 50} if RECIPES[name].patience else {})
    part = sx.load(sx.save(trained(recipe.replace(epochs=12), engine=engine), tmp_path / "run.safetensors"))
    assert part.epochs == 12
    whole = numbers(trained(recipe, engine=engine))
    resumed = numbers(trained(recipe, engine=engine, resume=part))
    for each in (whole, resumed):
        del each["seconds"], each["log"]["seconds"]
    assert resumed == whole


def test_a_diverged_run_keeps_its_nan_and_stays_json(tmp_path: Path) -> None:
    with np.errstate(all="ignore"):
        run = trained(sx.Recipe(loss="mse", lr=1e30, epochs=20, log_every=1))
    assert run.status is sx.Status.DIVERGED
    path = sx.save(run, tmp_path / "run.safetensors")
    again = sx.load(path)
    assert again.status is sx.Status.DIVERGED
    assert repr(again.loss) == repr(run.loss)
    assert again.log.loss.tobytes() == run.log.loss.tobytes()
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")], parse_constant=pytest.fail)
    json.loads(header["__metadata__"]["separatrix"], parse_constant=pytest.fail)


def test_the_same_run_gives_the_same_bytes(tmp_path: Path, run: sx.Run) -> None:
    one = sx.save(run, tmp_path / "one").read_bytes()
    assert sx.save(sx.load(tmp_path / "one"), tmp_path / "two").read_bytes() == one


def own_loss(output: Any, y: Any) -> Any:
    return ((output - y) ** 2).mean()


@pytest.mark.parametrize("own", ["module", "loss", "optimizer"])
def test_what_only_code_can_describe_is_refused(tmp_path: Path, own: str) -> None:
    import torch

    network: Any = sx.Network.parse("2-3-1")
    settings: dict[str, Any] = {"epochs": 2, "loss": "bce_with_logits"}
    if own == "module":
        network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Softsign(), torch.nn.Linear(3, 1))
    elif own == "loss":
        settings["loss"] = own_loss
    else:
        settings["optimizer"] = torch.optim.Adamax
    run = sx.train(network, sx.Recipe(**settings), sx.moons(n=20), engine="torch")
    with pytest.raises(sx.InvalidData, match=r"of your own.* can't be saved: a model file holds no code|own module"):
        sx.save(run, tmp_path / "run.safetensors")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("odd", [None, "run", {"parameters": [1.0]}, sx.Network.parse("2-1")])
def test_only_a_run_is_saved(tmp_path: Path, odd: Any) -> None:
    with pytest.raises(sx.InvalidData, match="expected a Run or a fitted estimator of separatrix to save"):
        sx.save(odd, tmp_path / "run.safetensors")


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "kills"), [("run", 25), ("estimator", 5)])
def test_fault_24_a_process_killed_at_any_moment_leaves_a_whole_model(tmp_path: Path, kind: str, kills: int) -> None:
    """Processes that save two models in turn, each killed at a moment drawn from a seed."""
    make = large_run if kind == "run" else large_estimator
    models = [make(seed) for seed in (0, 1)]
    sources = [sx.save(model, tmp_path / f"source{at}") for at, model in enumerate(models)]
    known = {source.read_bytes() for source in sources}
    folder = tmp_path / "out"
    folder.mkdir()
    path, moments, seen = folder / "model.safetensors", random.Random(24), set()
    for _ in range(kills):
        command = [sys.executable, "-c", SAVE_FOR_EVER, str(path), *map(str, sources)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(moments.uniform(0.0, 0.05))
            process.kill()
        assert process.returncode == -signal.SIGKILL
        if path.exists():
            assert path.read_bytes() in known
            seen.add(first_parameter(sx.load(path)))
        assert len(list(folder.iterdir())) - path.exists() <= 1, "temporary files pile up"
    sx.save(models[0], path, force=True)
    assert list(folder.iterdir()) == [path]
    assert seen <= {first_parameter(model) for model in models}
    assert path.exists()


def large_run(seed: int) -> sx.Run:
    return trained(sx.Recipe(epochs=1, seed=seed), "2-300-300-1")


def large_estimator(seed: int) -> Any:
    from separatrix.estimators.classifier import MLPBinaryClassifier

    points = sx.moons(n=40, seed=3)
    made = MLPBinaryClassifier((300, 300), encoder=None, engine="torch", max_iter=1, random_state=seed)
    return made.fit(points.x, points.y)


def first_parameter(model: Any) -> float:
    return float((model if isinstance(model, sx.Run) else model.run_).parameters[0])


def test_fault_28_a_full_disk_leaves_the_old_run(tmp_path: Path, run: sx.Run, python: Callable[..., str]) -> None:
    path = sx.save(run, tmp_path / "run.safetensors")
    code = (
        "import resource, sys, separatrix as sx\nrun = sx.load(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]) - 1,) * 2)\n"
        "try: sx.save(run, sys.argv[1], force=True)\nexcept sx.OutputError as error: print(error)"
    )
    assert "couldn't be written: File too large. What was there is unchanged." in python(
        code, str(path), str(path.stat().st_size)
    )
    assert numbers(sx.load(path)) == numbers(run)
    assert list(tmp_path.iterdir()) == [path]


def test_fault_29_an_output_that_exists_is_refused_without_force(tmp_path: Path, run: sx.Run) -> None:
    path = sx.save(run, tmp_path / "run.safetensors")
    before = path.read_bytes()
    with pytest.raises(sx.OutputError, match=r"run\.safetensors exists; .* --force"):
        sx.save(run, path)
    assert path.read_bytes() == before


def test_fault_29_saving_over_the_file_that_was_loaded_is_safe(tmp_path: Path, run: sx.Run) -> None:
    path = sx.save(run, tmp_path / "run.safetensors")
    loaded = sx.load(path)
    sx.save(trained(RECIPES["momentum"]), path, force=True)
    assert numbers(loaded) == numbers(run)
    sx.save(loaded, path, force=True)
    path.write_bytes(b"")
    assert numbers(loaded) == numbers(run)


def test_fault_30_every_single_flipped_bit_is_found(raw: bytes) -> None:
    silent = []
    for bit in range(8 * len(raw)):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            silent.append((bit, unpack(bytes(flipped))))
        except sx.ModelFileError:
            continue
    assert silent == []


def test_fault_30_every_truncation_is_found(raw: bytes) -> None:
    for length in range(len(raw)):
        with pytest.raises(sx.ModelFileError):
            unpack(raw[:length])


def test_fault_30_a_damaged_file_on_the_disk_is_refused(tmp_path: Path, raw: bytes) -> None:
    path, draw = tmp_path / "run.safetensors", random.Random(30)
    for _ in range(300):
        flipped = bytearray(raw)
        flipped[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
        path.write_bytes(flipped)
        with pytest.raises(sx.ModelFileError, match=r"run\.safetensors"):
            sx.load(path)
    for length in range(0, len(raw), 37):
        path.write_bytes(raw[:length])
        with pytest.raises(sx.ModelFileError, match=r"run\.safetensors"):
            sx.load(path)
    path.write_bytes(raw)
    assert sx.load(path).epochs == 4


def test_fault_31_loading_runs_nothing_and_opens_nothing_else(
    tmp_path: Path, run: sx.Run, python: Callable[..., str]
) -> None:
    path = sx.save(run, tmp_path / "run.safetensors")
    seen = python(LOAD_WATCHED, str(path))
    assert f"open {path}" in seen
    for event in ("exec", "compile", "import", "pickle", "subprocess", "os.system", "socket", "ctypes"):
        assert f"'{event}" not in seen, seen
    assert seen.count("'open ") == 1, seen


def changed(raw: bytes, change: Callable[[dict[str, np.ndarray], dict[str, Any]], object]) -> bytes:
    """A whole and consistent file with other content: what somebody could make by hand."""
    arrays, data = unpack(raw)
    change(arrays, data)
    return pack(arrays, data)


MADE_UP: dict[str, Callable[[Any, Any], object]] = {
    "no parameters": lambda arrays, data: arrays.pop("parameters"),
    "no history": lambda arrays, data: arrays.pop("history.loss"),
    "too few parameters": lambda arrays, data: arrays.update(parameters=arrays["parameters"][:-1]),
    "parameters of another dtype": lambda arrays, data: arrays.update(parameters=arrays["parameters"].astype("f8")),
    "parameters as a table": lambda arrays, data: arrays.update(parameters=arrays["parameters"][None]),
    "a history that is too short": lambda arrays, data: arrays.update({"history.lr": np.zeros(1)}),
    "epochs as floats": lambda arrays, data: arrays.update({"history.epoch": np.zeros(2)}),
    "snapshots of nothing": lambda arrays, data: arrays.update(snapshot_epochs=np.zeros(9, np.int64)),
    "a checkpoint without parameters": lambda arrays, data: arrays.pop("checkpoint.parameters"),
    "memory without a checkpoint": lambda arrays, data: data.pop("checkpoint"),
    "an unknown array": lambda arrays, data: arrays.update({"hook": np.zeros(1)}),
    "a path as a name": lambda arrays, data: arrays.update({"../../etc/passwd": np.zeros(1)}),
    "an absolute path": lambda arrays, data: arrays.update({"/etc/passwd": np.zeros(1)}),
    "an unknown key": lambda arrays, data: data.update(hook="os.system"),
    "another kind": lambda arrays, data: data.update(kind="classifier"),
    "no kind": lambda arrays, data: data.pop("kind"),
    "absurd widths": lambda arrays, data: data["network"].update(widths=[2, 2**40, 2**40, 1]),
    "an unknown activation": lambda arrays, data: data["network"].update(activation="eval"),
    "a network with more to it": lambda arrays, data: data["network"].update(hook=1),
    "an unknown loss": lambda arrays, data: data["recipe"].update(loss="eval"),
    "a recipe out of range": lambda arrays, data: data["recipe"].update(lr=-1.0),
    "an unknown status": lambda arrays, data: data.update(status="fine"),
    "a loss that is text": lambda arrays, data: data.update(loss="0.1"),
    "a count that is a flag": lambda arrays, data: data.update(epochs=True),
    "versions that are text": lambda arrays, data: data.update(versions="1"),
    "an order that is no state": lambda arrays, data: data["checkpoint"]["order"].update(state=3),
    "a recipe that is a list": lambda arrays, data: data.update(recipe=[]),
}


@pytest.mark.parametrize("change", MADE_UP.values(), ids=MADE_UP)
def test_fault_32_a_made_up_run_is_refused(tmp_path: Path, raw: bytes, change: Any) -> None:
    path = tmp_path / "run.safetensors"
    path.write_bytes(changed(raw, change))
    with pytest.raises(sx.ModelFileError, match=r"run\.safetensors"):
        sx.load(path)


@given(st.data())
def test_fault_32_any_content_is_a_run_or_a_typed_error(raw: bytes, tmp_path_factory: Any, data: st.DataObject) -> None:
    arrays, described = unpack(raw)
    place: Any = described
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    place[key] = data.draw(anything | st.lists(anything, max_size=3) | st.dictionaries(st.just("a"), anything))
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    path.write_bytes(pack(arrays, described))
    with contextlib.suppress(sx.ModelFileError):
        assert isinstance(sx.load(path), sx.Run)


def test_fault_33_the_golden_file_of_format_1_still_loads_with_its_predictions() -> None:
    """Made by `python tests/golden/make.py` with separatrix 0.1.0."""
    expected = json.loads((GOLDEN / "run-format-1.json").read_text())
    run = sx.load(GOLDEN / "run-format-1.safetensors")
    assert repr(run.network) == expected["network"]
    assert run.parameters.tolist() == expected["parameters"]
    assert (run.status, run.epochs, run.loss) == (expected["status"], expected["epochs"], expected["loss"])
    assert (run.validation_accuracy, list(run.snapshots)) == (expected["held_accuracy"], expected["snapshots"])
    assert run.recipe.seed == 2**64 - 1
    assert run.checkpoint is not None
    np.testing.assert_allclose(run.predict_proba(expected["x"]), expected["probabilities"], rtol=1e-5)


def test_fault_33_a_later_version_still_reads_format_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "FORMAT", 2)
    assert sx.load(GOLDEN / "run-format-1.safetensors").epochs == 40


def test_fault_33_another_kind_names_who_wrote_it(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "run.safetensors"
    path.write_bytes(changed(raw, lambda arrays, data: data.update(kind="forest", versions={"separatrix": "9.1"})))
    with pytest.raises(sx.ModelFileError, match=r"run.safetensors holds a 'forest' written by separatrix 9\.1"):
        sx.load(path)


def test_fault_34_the_file_is_complete_wherever_it_is_moved(tmp_path: Path, run: sx.Run) -> None:
    path = sx.save(run, tmp_path / "run.safetensors")
    moved = tmp_path / "elsewhere" / "m"
    moved.parent.mkdir()
    path.rename(moved)
    (tmp_path / "link").symlink_to(moved)
    assert numbers(sx.load(tmp_path / "link")) == numbers(run)
