"""The compiled engine's own parts: formulas on vectors, machine code and its cache, the state of the processor."""

from __future__ import annotations

import ctypes
import math
import os
import subprocess
import sys
import textwrap
import threading
import time
import traceback
from pathlib import Path

import llvmlite.binding as llvm
import numpy as np
import pytest
from llvmlite import ir
from scipy import special

import separatrix as sx
from separatrix.engines.base import Epochs, Task
from separatrix.engines.choose import FusedEngine
from separatrix.engines.fused import _machine_code
from separatrix.engines.fused._layout import BOTH, lanes_of
from separatrix.engines.fused._machine_code import compiled
from separatrix.engines.fused._mathematics import FUNCTIONS
from separatrix.engines.fused._straight import Kernel, source
from separatrix.engines.fused._vectors import Lanes, Vec, evaluate
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.losses import LOSSES
from separatrix.support import compilation
from separatrix.support.compilation import read_cached
from tests.by_hand import loss_and_gradient

TRUE = {
    "exp": np.exp,
    "expm1": np.expm1,
    "log1p": np.log1p,
    "sigmoid": special.expit,
    "softplus": lambda x: np.logaddexp(0, x),
    "tanh": np.tanh,
    "erf": special.erf,
    "abs": np.abs,
}
POINTER = {"float32": ctypes.POINTER(ctypes.c_float), "float64": ctypes.POINTER(ctypes.c_double)}


def on_a_vector(name: str, x: np.ndarray) -> np.ndarray:
    """FUNCTIONS[name] of one vector, through real machine code."""
    dtype = str(x.dtype)
    module = ir.Module("one")
    scalar = ir.FloatType() if dtype == "float32" else ir.DoubleType()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [scalar.as_pointer()] * 2), "one")
    builder = ir.IRBuilder(function.append_basic_block())
    lanes = Lanes(builder, dtype, len(x))
    result: Vec = FUNCTIONS[name](lanes.load(function.args[0]))
    builder.store(result.value, builder.bitcast(function.args[1], lanes.vector.as_pointer()), align=4)
    builder.ret_void()
    call = ctypes.CFUNCTYPE(None, POINTER[dtype], POINTER[dtype])(compiled(str(module), ("one",))["one"])
    out = np.zeros_like(x)
    call(x.ctypes.data_as(POINTER[dtype]), out.ctypes.data_as(POINTER[dtype]))
    return out


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", list(TRUE))
def test_every_function_is_right_to_a_few_units_in_the_last_place(name, dtype):
    x = np.concatenate([np.linspace(-6, 6, 53), [-80, -30, -1e-3, -1e-8, 0.0, 1e-8, 1e-3, 1, 12, 30, 80]]).astype(dtype)
    if name == "log1p":
        x = np.abs(x) / 80  # its range is [0, 1]
    found, true = on_a_vector(name, x), TRUE[name](x.astype(np.float64))
    # absolute where the result passes through 0 by cancellation of the argument's own rounding, relative elsewhere
    error = np.abs(found - true) / np.maximum(np.abs(true), np.finfo(dtype).tiny)
    assert error.max() < 16 * np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [name for name in TRUE if name != "log1p"])
def test_a_nan_goes_through_every_function(name, dtype):
    x = np.array([math.nan, 1.0, -1.0, math.nan], dtype)
    assert np.isnan(on_a_vector(name, x)).tolist() == [True, False, False, True]


def test_an_expression_that_is_not_arithmetic_is_refused():
    with pytest.raises(ValueError, match="can't be compiled"):
        evaluate("z ** 2", {"z": Vec(None, None)}, {})  # type: ignore[arg-type]  # never looked at


def task_of(network: sx.Network, loss: str, dtype: str, rows: int = 23) -> Task:
    stream = np.random.default_rng(3)
    x, y = stream.normal(size=(rows, network.n_inputs)).astype(dtype), (np.arange(rows) % 2).astype(dtype)
    return Task(network, sx.Recipe(loss=loss, dtype=dtype, lr=0.1, log_every=1), x, y)


@pytest.mark.parametrize("loss", list(LOSSES))
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_generated_code_is_llvm_for_every_formula(activation, loss):
    network = sx.Network((2, 3, LOSSES[loss].outputs), activation)
    module = llvm.parse_assembly(source(Kernel(network, loss, "float32", lanes_of("float32"))))
    module.verify()
    assert {function.name for function in module.functions if not function.is_declaration} == {"chunk", "steps"}


@pytest.mark.parametrize(
    ("dtype", "lanes"), [("float32", 4), ("float32", 8), ("float32", 16), ("float64", 2), ("float64", 8)]
)
@pytest.mark.parametrize("widths", [(2, 4, 4, 1), (5, 11, 3, 2), (3, 1)], ids=str)
def test_vectors_of_any_width_give_the_gradient_by_hand(widths, dtype, lanes):
    """As on processors with narrower vectors and fewer registers than this one."""
    loss = "cross_entropy" if widths[-1] == 2 else "bce"
    task, blocks = task_of(sx.Network(widths, "tanh"), loss, dtype), -(-23 // lanes)
    start = task.network.initialise(1, dtype)
    x, y, w, p, g, out = (
        np.zeros(n, dtype) for n in (widths[0] * blocks * lanes, *[blocks * lanes] * 2, *[200] * 2, 2)
    )
    x.reshape(widths[0], -1)[:, :23], y[:23], w[:23], p[: len(start)] = task.x.T, task.y, 1 / 23, start
    code = compiled(source(Kernel(task.network, loss, dtype, lanes)), ("chunk",))["chunk"]
    number, pointer, whole = ctypes.c_float if dtype == "float32" else ctypes.c_double, ctypes.c_void_p, ctypes.c_int64
    call = ctypes.CFUNCTYPE(None, *[pointer] * 2, whole, *[pointer] * 2, whole, number, whole, *[pointer] * 2)(code)
    px, py, pw, pp, pg, po = (array.ctypes.data for array in (x, y, w, p, g, out))
    call(pp, px, blocks * lanes, py, pw, blocks, 2.0, BOTH, pg, po)
    value, gradient = loss_and_gradient(task, start.astype(np.float64))
    close = 2e-6 if dtype == "float32" else 1e-13
    np.testing.assert_allclose(g[: len(start)], gradient, rtol=close, atol=close)
    assert out[0] == pytest.approx(value, rel=close)
    assert out[1] == ((task.network.logit(start, task.x) > 0) == (task.y > 0.5)).sum()


def test_epochs_at_a_stretch_are_the_epochs_one_by_one():
    """Logged epochs go through the loop, unlogged ones through `steps`: the numbers may not tell."""
    task = task_of(sx.Network.parse("2-4-4-1"), "bce", "float32")
    start = task.network.initialise(1)
    ends = []
    for logged in (np.arange(0), np.arange(50), np.array([7, 30])):
        session = FusedEngine().start(task, start)
        session.advance(Epochs(np.full(50, 0.1), None, logged))
        ends.append(session.parameters())
    assert ends[0].tobytes() == ends[1].tobytes() == ends[2].tobytes()


def test_fault_21_a_stretch_stops_before_the_step_that_breaks_it():
    task = task_of(sx.Network.parse("2-4-4-1"), "bce", "float32")
    rates = np.full(20, 0.1)
    rates[11] = np.inf
    session = FusedEngine().start(task, task.network.initialise(1))
    progress = session.advance(Epochs(rates, None, np.arange(0)))
    assert progress.done == 11
    assert np.isfinite(session.parameters()).all()


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_large_steps_have_the_same_bits_for_any_number_of_threads(threads):
    points = sx.circle(n=60_000, seed=0)
    network, recipe = sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=6, log_every=2)
    alone = sx.train(network, recipe, points, engine="fused", threads=1)
    many = sx.train(network, recipe, points, engine="fused", threads=threads)
    assert (alone.parameters == many.parameters).all()
    np.testing.assert_array_equal(alone.log.accuracy, many.log.accuracy)


def test_the_thread_keeps_its_way_with_denormal_numbers():
    sx.train(sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=20), sx.circle(seed=0), engine="fused")
    assert np.float32(1e-38) * np.float32(0.01) > 0  # flushed, it would be 0


def in_a_process(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip  # one call
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


TRAIN = """
import separatrix as sx
run = sx.train(sx.Network.parse("2-3-1"), sx.Recipe(epochs=30), sx.moons(seed=0), engine="fused")
print(run.parameters.tobytes().hex())
"""


@pytest.mark.slow
def test_code_is_kept_between_processes_and_used_again(tmp_path):
    first = in_a_process(TRAIN, SEPARATRIX_CACHE=str(tmp_path))
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.suffix for path in files} == {".o", ".nbc"}  # vector code, Numba's code
    assert in_a_process(TRAIN, SEPARATRIX_CACHE=str(tmp_path)) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == files


@pytest.mark.slow
def test_a_cache_that_cannot_be_written_is_no_error(tmp_path):
    place = tmp_path / "file"
    place.write_text("a file where a folder is wanted")
    assert in_a_process(TRAIN, SEPARATRIX_CACHE=str(place / "cache")) == in_a_process(TRAIN)


def test_a_damaged_entry_is_compiled_again(tmp_path, monkeypatch):
    monkeypatch.setenv("SEPARATRIX_CACHE", str(tmp_path))
    text = source(Kernel(sx.Network.parse("2-2-1"), "bce", "float32", lanes_of("float32")))
    compiled(text, ("chunk",))
    (entry,) = tmp_path.glob("*.o")
    whole = entry.read_bytes()
    for damaged in (whole[:-1], whole[:40], b"", whole[:100] + bytes([whole[100] ^ 1]) + whole[101:]):
        entry.write_bytes(damaged)
        assert read_cached(entry) is None
        assert compiled(text, ("chunk",))["chunk"] > 0
        assert entry.read_bytes() == whole


@pytest.mark.slow
def test_fault_47_any_damaged_file_of_the_cache_is_replaced(tmp_path):
    expected = in_a_process(TRAIN, SEPARATRIX_CACHE=str(tmp_path))
    stream = np.random.default_rng(0)
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    whole = {path: path.read_bytes() for path in files}

    def flipped(content):
        place = int(stream.integers(len(content)))
        return content[:place] + bytes([content[place] ^ 1 << int(stream.integers(8))]) + content[place + 1 :]

    for damage in (lambda content: bytes(len(content)), lambda content: content[: len(content) // 2], flipped):
        for path in files:
            path.write_bytes(damage(whole[path]))
        assert all(read_cached(path) is None for path in files)
        assert in_a_process(TRAIN, SEPARATRIX_CACHE=str(tmp_path)) == expected
        assert all(read_cached(path) is not None for path in files)
    # whole files of other entries are damage too
    for path, other in zip(files, [*files[1:], files[0]], strict=True):
        path.write_bytes(whole[other])
    assert all(read_cached(path) is None for path in files)


@pytest.mark.slow
def test_two_processes_may_fill_the_cache_at_once(tmp_path):
    command = [sys.executable, "-c", TRAIN]
    both = [
        subprocess.Popen(command, env={**os.environ, "SEPARATRIX_CACHE": str(tmp_path)}, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert said[0] == said[1]
    assert not list(tmp_path.rglob("*.part"))


def names_in_the_cache():
    """What vector code and Numba's functions would be kept under here and now."""
    compilation.digest.cache_clear()
    return _machine_code._key("text"), compilation.digest(Path(_machine_code.__file__).parent)


def test_another_processor_or_version_has_other_entries(monkeypatch):
    found = [names_in_the_cache()]
    for module in (_machine_code, compilation):
        monkeypatch.setattr(module, "machine", lambda: ("another processor", "+none"))
    found.append(names_in_the_cache())
    monkeypatch.setattr("llvmlite.__version__", "0.0")
    found.append(names_in_the_cache())
    monkeypatch.undo()
    assert names_in_the_cache() == found[0]
    assert len({entry for entry, _ in found}) == len({folder for _, folder in found}) == 3


def wait_for_a_message(caplog):
    """Until the thread that says it has had its turn."""
    until = time.monotonic() + 300
    while not caplog.messages and time.monotonic() < until:
        time.sleep(0.01)


def test_what_takes_its_time_to_compile_is_said(caplog, monkeypatch):
    monkeypatch.setattr(compilation, "LONG", 0.01)
    with caplog.at_level("INFO", logger="separatrix"):
        with compilation.announced("nothing"):
            pass
        with compilation.announced("a kernel from the cache"):
            time.sleep(0.3)
        with compilation.announced("a kernel"):
            compilation.begin_compiling()
            wait_for_a_message(caplog)
        compilation.begin_compiling()
        time.sleep(0.1)
    assert caplog.messages == ["Compiling a kernel (once per machine) …"]


def test_code_from_the_cache_is_not_announced(caplog, monkeypatch, tmp_path):
    monkeypatch.setenv("SEPARATRIX_CACHE", str(tmp_path))
    monkeypatch.setattr(compilation, "LONG", 0.0)
    text = "define void @nothing() {\n  ret void\n}\n"
    with caplog.at_level("INFO", logger="separatrix"):
        for name in ("once", "again"):
            with compilation.announced(name):
                _machine_code.compiled(text, ("nothing",))
                wait_for_a_message(caplog)
                time.sleep(0.05)
    assert caplog.messages == ["Compiling once (once per machine) …"]


def test_a_long_training_is_not_taken_for_compiling(monkeypatch):
    network, recipe, points = sx.Network.parse("2-4-4-1"), sx.Recipe(epochs=3), sx.circle(n=200_000, seed=0)
    for rows in (100, 200_000):
        sx.train(network, recipe, points.take(np.arange(rows)), engine="fused")
    compiling, me = [], threading.get_ident()

    def begin():  # a thread that another test has left behind may still compile
        if threading.get_ident() == me:
            compiling.append("".join(traceback.format_stack()))

    for module in (compilation, _machine_code):
        monkeypatch.setattr(module, "begin_compiling", begin)
    sx.train(network, recipe.replace(epochs=20), points, engine="fused")
    assert not compiling


AFTER_WARMUP = """
from pathlib import Path
import separatrix as sx
from separatrix.engines.fused import warmup
network = sx.Network.parse("2-3-1")
seconds, where = warmup(network)
kept = {path: path.stat().st_mtime_ns for path in where.rglob("*") if path.is_file()}
kinds = [{"optimizer": "adam", "batch_size": 10}, {"optimizer": "lbfgs"}, {"l1": 0.1, "validation_fraction": 0.3, "patience": 2},
         {"loss": "focal", "optimizer": "adagrad", "dtype": "float64"}, {"snapshots": (1,), "schedule": "cosine"}]
for kind in kinds:
    sx.train(network, sx.Recipe(epochs=3, **kind), sx.circle(seed=0), engine="fused")
for batch in (None, 390_000):
    sx.train(network, sx.Recipe(epochs=1, batch_size=batch), sx.circle(n=500_000, seed=0), engine="fused", threads=2)
now = {path: path.stat().st_mtime_ns for path in where.rglob("*") if path.is_file()}
print(where, seconds > 0, len(kept) > 20, now == kept)
"""


@pytest.mark.slow
def test_after_warmup_nothing_is_left_to_compile(tmp_path):
    assert in_a_process(AFTER_WARMUP, SEPARATRIX_CACHE=str(tmp_path)) == f"{tmp_path} True True True"
