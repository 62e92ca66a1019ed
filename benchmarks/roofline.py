"""How near the compiled kernels come to what this core can do, and which bound holds them there.

Every round times the candidates for the peak and all kernels one after the other, pinned to one core; a share is the
median over the rounds of a kernel's rate by the best candidate's rate of the same round. The bounds of a kernel are
counted from its machine code and from its data, not fitted to its time.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import separatrix as sx
from benchmarks.instructions import Block, block_table, blocks
from benchmarks.peak import Variant, bandwidth, load_variants, multiply_add_variants, pinned
from separatrix.engines.base import Epochs, Task
from separatrix.engines.choose import FusedEngine
from separatrix.engines.fused._layout import CHUNK_GENERAL, aligned, lanes_of
from separatrix.support.machine import one_blas_thread

ROUNDS = 40
CACHED = 1 << 20  # bytes of data that stay in the second cache of the processors in use


@dataclass(frozen=True)
class Work:
    """A kernel to be measured.

    Attributes:
        name: what it does.
        flops: floating-point operations of one call, a multiply-add counted as two.
        call: does it once.
        widths: for straight-line code, its network; else None.
        rows: for straight-line code, the rows of a step.
        steps: the steps of one call.
        data_bytes: bytes of rows that a step reads.
    """

    name: str
    flops: float
    call: Callable[[], object]
    widths: str | None = None
    rows: int = 0
    steps: int = 1
    data_bytes: int = 0


@dataclass(frozen=True)
class Point:
    """One kernel under the roof: its rate, its share of the peak, and microseconds of a step beside its lower bounds."""

    name: str
    gflops: float
    share: float
    microseconds: float
    bounds: dict[str, float]


@dataclass(frozen=True)
class Roof:
    """The measured limits of one core: GFLOP/s, vector loads per second, bytes per second, and the best variant's name."""

    gflops: float
    instructions: float
    loads: float
    bandwidth: float
    variant: str


def flops(network: sx.Network, rows: int) -> float:
    """Multiply-adds of one gradient, counted as two: forward, weight gradients, and deltas of all layers but the first."""
    weights = [layer.fan_in * layer.fan_out for layer in network.layout]
    return 2.0 * rows * (3 * sum(weights) - weights[0])


def training(name: str, widths: str, rows: int, epochs: int) -> Work:
    """Plain full-batch training on one thread."""
    network = sx.Network.parse(widths)
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows, network.n_inputs)).astype(np.float32)
    task = Task(network, sx.Recipe(lr=0.01), x, (x[:, 0] > 0).astype(np.float32))
    session = FusedEngine().start(task, network.initialise(0))
    plan = Epochs(np.full(epochs, 0.01), None, np.arange(0))
    session.advance(plan)  # compiles
    straight = widths if "straight" in name else None
    data_bytes = rows * (network.n_inputs + 2) * 4
    return Work(name, flops(network, rows) * epochs, lambda: session.advance(plan), straight, rows, epochs, data_bytes)


def product(width: int, rows: int, times: int, over_rows: bool) -> Work:
    """A square layer's matrix product, w a or (a sum over the rows) d aᵀ, from compiled code, one thread."""
    import numba

    @numba.njit
    def many(weight, a, z, times, over_rows):  # type: ignore[no-untyped-def]
        for _ in range(times):
            if over_rows:
                np.dot(z, a.T, weight)
            else:
                np.dot(weight, a, z)

    weight, a, z = (aligned((width, count), np.dtype(np.float32)) for count in (width, rows, rows))
    many(weight, a, z, 1, over_rows)
    direction = "weights' gradient" if over_rows else "forward"
    name = f"np.dot alone, {width} by {width} units, {rows} rows, {direction}"
    return Work(name, 2.0 * width * width * rows * times, lambda: many(weight, a, z, times, over_rows), steps=times)


def works(quick: bool) -> list[Work]:
    """All kernels, each call some milliseconds long."""
    scale = 10 if quick else 1
    trained = [
        ("2-4-4-1, 100 rows (straight-line code)", "2-4-4-1", 100, 10_000 // scale),
        ("2-4-4-1, 8,192 rows (straight-line code)", "2-4-4-1", 8192, 200 // scale),
        ("2-4-4-1, 1,000,000 rows (straight-line code)", "2-4-4-1", 1_000_000 // scale, 1),
        ("30-32-32-1, 1,024 rows (matrix products)", "30-32-32-1", 1024, 50 // scale),
        ("30-256-256-256-1, 1,024 rows (matrix products)", "30-256-256-256-1", 1024, max(1, 5 // scale)),
    ]
    products = [
        product(width, CHUNK_GENERAL, max(1, 20_000 // width // scale), over_rows)
        for width in (32, 256)
        for over_rows in (False, True)
    ]
    return [training(*plan) for plan in trained] + products


def measured(all_works: list[Work], rounds: int) -> tuple[Roof, list[float], list[float]]:
    """The roof, and every kernel's seconds per call and median share of the peak of the same round."""
    multiply_adds, loads = multiply_add_variants(), load_variants()
    peaks: list[tuple[float, Variant]] = []
    load_rates: list[float] = []
    seconds: list[list[float]] = [[] for _ in all_works]
    with pinned(), one_blas_thread():
        for _ in range(rounds):
            peaks.append(max(((2 * v.lanes * v.rate(), v) for v in multiply_adds), key=lambda pair: pair[0]))
            load_rates.append(max(variant.rate() for variant in loads))
            for work, times in zip(all_works, seconds, strict=True):
                start = time.process_time()
                work.call()
                times.append(time.process_time() - start)
        bytes_per_second = bandwidth()
    shares = [
        statistics.median(work.flops / time / peak for time, (peak, _) in zip(times, peaks, strict=True))
        for work, times in zip(all_works, seconds, strict=True)
    ]
    rate, variant = max(peaks, key=lambda pair: pair[0])
    # instructions per second of whole vectors: what straight-line code consists of
    whole = max(variant.lanes for _, variant in peaks)
    wide = max((peak for peak, variant in peaks if variant.lanes == whole), default=rate) / (2 * whole)
    roof = Roof(rate / 1e9, wide, max(load_rates), bytes_per_second, variant.name)
    return roof, [min(times) for times in seconds], shares


def points(quick: bool) -> tuple[Roof, list[Point]]:
    """The roof, and the kernels under it."""
    all_works = works(quick)
    chain = training("one vector (straight-line code)", "2-4-4-1", lanes_of("float32"), 1000 if quick else 10_000)
    roof, seconds, shares = measured([*all_works, chain], 5 if quick else ROUNDS)
    chain_seconds = seconds[-1] / chain.steps
    code: dict[str, list[Block]] = {work.widths: blocks(work.widths) for work in all_works if work.widths}
    result = []
    for work, best, share in zip(all_works, seconds, shares, strict=False):
        counted = code.get(work.widths or "")
        bounds = lower_bounds(work, roof, counted, chain_seconds if counted else None)
        result.append(Point(work.name, work.flops / best / 1e9, share, 1e6 * best / work.steps, bounds))
    return roof, result


def lower_bounds(work: Work, roof: Roof, code: list[Block] | None, chain: float | None) -> dict[str, float]:
    """Microseconds that a step can't be faster than, by what holds it.

    Ports: the arithmetic, beginning as fast as the peak's multiply-adds. Cache: the vector loads and stores, as fast as
    loads from the first cache. Chain: a step on one vector of rows, which is hardly more than its latencies. Memory: the
    rows, where they are too many for the second cache.
    """
    bounds = {"ports": work.flops / work.steps / roof.gflops / 1e3}
    if code is not None and chain is not None:
        vectors = -(-work.rows // lanes_of("float32"))
        times = [vectors if block.repeats else 1 for block in code]
        arithmetic = sum(n * block.arithmetic for n, block in zip(times, code, strict=True))
        accesses = sum(n * block.accesses for n, block in zip(times, code, strict=True))
        bounds = {
            "ports": 1e6 * arithmetic / roof.instructions,
            "cache": 1e6 * accesses / roof.loads,
            "chain": 1e6 * chain,
        }
    if work.data_bytes > CACHED:
        bounds["memory"] = 1e6 * work.data_bytes / roof.bandwidth
    return bounds


def table(roof: Roof, found: list[Point]) -> str:
    """Markdown: every kernel's share of the peak, and the bound that binds.

    A share above 100% means that the peak was measured too low, and is printed as such.
    """
    lines = [
        f"Measured peak of one core: {roof.gflops:.0f} GFLOP/s in float32 ({roof.variant}), {roof.loads / 1e9:.1f} vector "
        f"loads per nanosecond from the first cache, {roof.bandwidth / 1e9:.0f} GB/s from memory.",
        "",
        "| work | GFLOP/s | share of the peak | a step, µs | lower bounds, µs | binds |",
        "| --- | ---: | ---: | ---: | --- | --- |",
    ]
    for point in found:
        share = f"{point.share:.0%}" if point.share <= 1 else "above the peak, which was therefore measured too low"
        name, bound = max(point.bounds.items(), key=lambda pair: pair[1])
        listed = ", ".join(f"{key} {value:.3g}" for key, value in point.bounds.items())
        lines.append(
            f"| {point.name} | {point.gflops:.1f} | {share} | {point.microseconds:.3g} | {listed} | "
            f"{name}, {bound / point.microseconds:.0%} of the time |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    roof, found = points(quick=False)
    print(table(roof, found))
    print(block_table(blocks(), 7))


if __name__ == "__main__":
    main()
