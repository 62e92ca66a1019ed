"""How near the compiled kernels come to what this core can do: achieved against measured peak, in GFLOP/s.

The peak is measured, not looked up: sixteen independent chains of fused multiply-adds on whole vectors, in registers.
"""

from __future__ import annotations

import ctypes
import re
import time
from dataclasses import dataclass

import numpy as np
from llvmlite import ir

import separatrix as sx
from separatrix.engines.base import Epochs, Task
from separatrix.engines.choose import FusedEngine
from separatrix.engines.fused._layout import CHUNK_GENERAL, aligned, lanes_of
from separatrix.engines.fused._machine_code import assembly, compiled
from separatrix.engines.fused._straight import Kernel, source
from separatrix.engines.fused._vectors import Lanes, Vec
from separatrix.support.machine import one_blas_thread

CHAINS = 16


@dataclass(frozen=True)
class Point:
    """One kernel on the roofline."""

    name: str
    gflops: float
    share: float


REPEATS = 40  # the fastest counts, in processor seconds: other work on the machine lengthens the clock's


def peak(dtype: str = "float32", rounds: int = 200_000) -> float:
    """GFLOP/s of one core at its best, a multiply-add counted as two."""
    module = ir.Module("peak")
    scalar, index = (ir.FloatType() if dtype == "float32" else ir.DoubleType()), ir.IntType(64)
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [scalar.as_pointer(), index]), "peak")
    entry, loop, after = (function.append_basic_block(name) for name in ("entry", "loop", "after"))
    builder = ir.IRBuilder(entry)
    lanes = Lanes(builder, dtype, lanes_of(dtype))
    factor = lanes.load(function.args[0])
    builder.branch(loop)
    builder.position_at_end(loop)
    count = builder.phi(index)
    count.add_incoming(ir.Constant(index, 0), entry)
    chains = [builder.phi(lanes.vector) for _ in range(CHAINS)]
    for k, chain in enumerate(chains):
        chain.add_incoming(lanes.constant(1.0 + k).value, entry)
        chain.add_incoming((Vec(lanes, chain) * factor + factor).value, loop)
    following = builder.add(count, ir.Constant(index, 1))
    count.add_incoming(following, loop)
    builder.cbranch(builder.icmp_signed("<", following, function.args[1]), loop, after)
    builder.position_at_end(after)
    total = Vec(lanes, chains[0])
    for chain in chains[1:]:
        total = total + Vec(lanes, chain)
    builder.store(total.value, builder.bitcast(function.args[0], lanes.vector.as_pointer()), align=4)
    builder.ret_void()
    number = ctypes.c_float if dtype == "float32" else ctypes.c_double
    call = ctypes.CFUNCTYPE(None, ctypes.POINTER(number), ctypes.c_int64)(compiled(str(module), ("peak",))["peak"])
    best = 0.0
    for _ in range(REPEATS):
        room = np.full(lanes.width, 0.5, dtype)
        start = time.process_time()
        call(room.ctypes.data_as(ctypes.POINTER(number)), rounds)
        best = max(best, 2 * CHAINS * lanes.width * rounds / (time.process_time() - start) / 1e9)
    return best


def flops(network: sx.Network, rows: int) -> float:
    """Multiply-adds of one gradient, counted as two: forward, weight gradients, and deltas of all layers but the first."""
    weights = [layer.fan_in * layer.fan_out for layer in network.layout]
    return 2.0 * rows * (3 * sum(weights) - weights[0])


def achieved(widths: str, rows: int, epochs: int) -> float:
    """GFLOP/s of plain full-batch training on one thread."""
    network = sx.Network.parse(widths)
    stream = np.random.default_rng(0)
    x = stream.normal(size=(rows, network.n_inputs)).astype(np.float32)
    task = Task(network, sx.Recipe(lr=0.01), x, (x[:, 0] > 0).astype(np.float32))
    session = FusedEngine().start(task, network.initialise(0))
    plan = Epochs(np.full(epochs, 0.01), None, np.arange(0))
    session.advance(plan)
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        session.advance(plan)
        best = min(best, time.process_time() - start)
    return flops(network, rows) * epochs / best / 1e9


def points(quick: bool) -> tuple[float, list[Point]]:
    """The peak, and the kernels under it."""
    top = peak()
    scale = 10 if quick else 1
    plans = [
        ("2-4-4-1, 100 rows (straight-line code)", "2-4-4-1", 100, 10_000 // scale),
        ("2-4-4-1, 8,192 rows (straight-line code)", "2-4-4-1", 8192, 200 // scale),
        ("30-32-32-1, 1,024 rows (matrix products)", "30-32-32-1", 1024, 50 // scale),
        ("30-256-256-256-1, 1,024 rows (matrix products)", "30-256-256-256-1", 1024, max(1, 5 // scale)),
    ]
    found = []
    for name, widths, rows, epochs in plans:
        speed = achieved(widths, rows, epochs)
        found.append(Point(name, speed, speed / top))
    for width in (32, 256):
        for over_rows, what in ((False, "forward"), (True, "weights' gradient")):
            speed = product(width, CHUNK_GENERAL, 20_000 // width // scale, over_rows)
            found.append(
                Point(f"np.dot alone, {width} by {width} units, {CHUNK_GENERAL} rows, {what}", speed, speed / top)
            )
    return top, found


def product(width: int, rows: int, times: int, over_rows: bool) -> float:
    """GFLOP/s of a square layer's matrix product, w a or (a sum over the rows) d aᵀ, from compiled code, one thread."""
    import numba

    @numba.njit
    def many(weight, a, z, times, over_rows):  # type: ignore[no-untyped-def]
        for _ in range(times):
            if over_rows:
                np.dot(z, a.T, weight)
            else:
                np.dot(weight, a, z)

    weight, a, z = (aligned((width, count), np.dtype(np.float32)) for count in (width, rows, rows))
    best = float("inf")
    with one_blas_thread():
        many(weight, a, z, 1, over_rows)
        for _ in range(REPEATS):
            start = time.process_time()
            many(weight, a, z, times, over_rows)
            best = min(best, time.process_time() - start)
    return 2.0 * width * width * rows * times / best / 1e9


def table(top: float, found: list[Point]) -> str:
    """Markdown."""
    lines = [f"Measured peak of one core: {top:.0f} GFLOP/s in float32.", ""]
    lines += ["| work | GFLOP/s | share of the peak |", "| --- | ---: | ---: |"]
    lines += [f"| {point.name} | {point.gflops:.1f} | {point.share:.0%} |" for point in found]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Block:
    """A piece of a kernel's machine code without jumps in it.

    Attributes:
        name: where it stands.
        repeats: whether it is done for every vector of samples.
        vector: its vector instructions.
        arithmetic: those that compute something, rather than load, store or copy.
        multiply_add: those that multiply and add.
    """

    name: str
    repeats: bool
    vector: int
    arithmetic: int
    multiply_add: int


def blocks(widths: str = "2-4-4-1") -> list[Block]:
    """The parts of the code that takes a step of plain gradient descent, counted in the assembly."""
    text = source(Kernel(sx.Network.parse(widths), "bce", "float32", lanes_of("float32")))
    # what nobody else may call is compiled for its one caller: the loss, which that one doesn't ask for, goes
    text = assembly(text.replace('define void @"chunk"', 'define internal void @"chunk"'))
    found, function, place, lines = [], "", "", []
    for line in text.splitlines():
        if label := re.match(r"(\.L)?(\w+):", line):
            found += _counted(function, place, lines)
            place, lines = line.split(":")[0], []
            function = function if label.group(1) else label.group(2)
        elif line.startswith("\t") and not line.startswith("\t."):
            lines.append(line.replace(",", " ").split())
            if lines[-1][0].startswith("j"):  # what follows is another piece
                found += _counted(function, place, lines)
                place, lines = f"{place.removesuffix(', after')}, after", []
    return found


def _counted(function: str, place: str, lines: list[list[str]]) -> list[Block]:
    """One piece, unless no vector instruction is in it."""
    vector = [words[0] for words in lines if any(word.startswith(("%zmm", "%ymm", "%k")) for word in words[1:])]
    computing = [word for word in vector if not word.startswith(("vmov", "vbroadcast", "vpbroadcast"))]
    fused = sum(word.startswith(("vfm", "vfnm")) for word in vector)
    repeats = function == "chunk" and bool(lines) and lines[-1][0].startswith("j") and lines[-1][-1] == place
    name = f"{function} {place.removeprefix('.L')}"
    return [Block(name, repeats, len(vector), len(computing), fused)] if vector else []


def block_table(found: list[Block], vectors: int, top: float, microseconds: float) -> str:
    """Markdown: the parts, and how long their arithmetic alone takes where as much of it begins as at the peak."""
    lines = [
        "| part of the lesson's step | times | vector instructions | of them arithmetic | of them multiply-adds |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    total = [0, 0, 0]
    for block in found:
        times = vectors if block.repeats else 1
        counts = (block.vector, block.arithmetic, block.multiply_add)
        total = [have + times * more for have, more in zip(total, counts, strict=True)]
        lines.append(f"| {block.name} | {times} | {' | '.join(map(str, counts))} |")
    lines.append(f"| a step | | {' | '.join(f'{each:,}' for each in total)} |")
    each = 2 * lanes_of("float32") / top / 1000  # microseconds between two instructions at the peak
    lines += [
        "",
        f"The peak is a multiply-add on whole vectors every {1000 * each:.3f} ns. At that rate the step's arithmetic takes "
        f"{each * total[1]:.3f} µs; it takes {microseconds:.3f} µs, {each * total[1] / microseconds:.0%} of the rate.",
    ]
    return "\n".join(lines) + "\n"


def step_time(rows: int, epochs: int = 10_000) -> float:
    """Microseconds of a step of the lesson's network on so many rows."""
    network = sx.Network.parse("2-4-4-1")
    return flops(network, rows) / achieved("2-4-4-1", rows, epochs) / 1e3


def main() -> None:
    top, found = points(quick=False)
    print(table(top, found))
    print(block_table(blocks(), 7, top, step_time(100)))
    print(
        f"The chain: with one vector of samples, hardly anything but the step's latencies, a step takes {step_time(16):.3f} µs."
    )


if __name__ == "__main__":
    main()
