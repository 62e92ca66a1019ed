"""The most that one core can do, measured: multiply-adds and loads per second, at every vector width and chain count.

A peak that is taken once, at one width, can lie below what a kernel reaches later: another virtual machine shared the
core in that moment, or the processor runs wide vectors at a lower clock. So every variant is a candidate, the process is
pinned to one core, and the kernels are timed in turn with all candidates: a share compares times of the same second.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from llvmlite import ir

from separatrix.engines.fused._machine_code import compiled, vector_bytes
from separatrix.engines.fused._vectors import Lanes

INDEX = ir.IntType(64)
CHAINS = (4, 8, 12, 16, 24)
CACHED_BYTES = 8192  # what the loop of loads passes over: it lies in the first cache of any processor
SECONDS = 0.002  # of one measurement: longer than the clock's resolution, shorter than a time slice


@dataclass(frozen=True)
class Variant:
    """One loop that does nothing else.

    Attributes:
        name: its width and the number of its independent chains.
        lanes: numbers in one vector.
        per_round: vector instructions of one round.
        call: runs so many rounds.
        rounds: how many of them take about `SECONDS`.
    """

    name: str
    lanes: int
    per_round: int
    call: Callable[[int], None]
    rounds: int

    def rate(self) -> float:
        """Vector instructions per second, once."""
        start = time.process_time()
        self.call(self.rounds)
        return self.per_round * self.rounds / (time.process_time() - start)


@contextmanager
def pinned() -> Iterator[int | None]:
    """Keep this process on one core, where the system can do that; the core's number, or None."""
    if not hasattr(os, "sched_setaffinity"):  # macOS and Windows
        yield None
        return
    cores = os.sched_getaffinity(0)
    core = max(cores)  # interrupts are served by the first core more often than by the last
    os.sched_setaffinity(0, {core})
    try:
        yield core
    finally:
        os.sched_setaffinity(0, cores)


def multiply_add_variants(dtype: str = "float32") -> list[Variant]:
    """Chains of fused multiply-adds in registers, for every width that the processor has."""
    itemsize = np.dtype(dtype).itemsize
    widths = [size // itemsize for size in (16, 32, 64) if size <= vector_bytes()]
    # 16 registers hold at most 15 chains and their factor, and AVX-512's 32 at most 31
    return [
        _variant(dtype, lanes, chains, False)
        for lanes in widths
        for chains in CHAINS
        if chains < (32 if vector_bytes() == 64 else 16)
    ]


def load_variants(dtype: str = "float32") -> list[Variant]:
    """Loads of whole vectors from the first cache, each the operand of a multiply-add."""
    return [_variant(dtype, vector_bytes() // np.dtype(dtype).itemsize, chains, True) for chains in (8, 12)]


def _variant(dtype: str, width: int, chains: int, from_memory: bool) -> Variant:
    address = compiled(_source(dtype, width, chains, from_memory), ("peak",))["peak"]
    function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(address)
    room = np.full((CACHED_BYTES + 128) // np.dtype(dtype).itemsize, 0.5, dtype)
    first = room.ctypes.data + -room.ctypes.data % 64

    def call(rounds: int, room: np.ndarray = room) -> None:  # the default keeps the memory alive
        function(first, rounds)

    start, rounds = time.process_time(), 1000
    call(rounds)
    while (passed := time.process_time() - start) < SECONDS / 4:
        start, rounds = time.process_time(), rounds * 4
        call(rounds)
    name = f"{width} × {dtype}, {chains} chains"
    return Variant(name, width, chains, call, max(1, int(rounds * SECONDS / passed)))


def _source(dtype: str, width: int, chains: int, from_memory: bool) -> str:
    """The loop as an LLVM module: chain = factor · chain + factor, or chain = factor · (memory) + chain."""
    module = ir.Module("peak")
    scalar = ir.FloatType() if dtype == "float32" else ir.DoubleType()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [scalar.as_pointer(), INDEX]), "peak")
    entry, loop, after = (function.append_basic_block(name) for name in ("entry", "loop", "after"))
    builder = ir.IRBuilder(entry)
    lanes = Lanes(builder, dtype, width)
    factor = lanes.load(function.args[0])
    builder.branch(loop)
    builder.position_at_end(loop)
    count = builder.phi(INDEX)
    count.add_incoming(ir.Constant(INDEX, 0), entry)
    # `fma` is fused by definition, so that the loop has one instruction per chain whatever the compiler thinks best
    fma, sums = lanes.intrinsic("fma", 3), [builder.phi(lanes.vector) for _ in range(chains)]
    for k, chain in enumerate(sums):
        chain.add_incoming(lanes.constant(1.0 + k).value, entry)
        if from_memory:
            # eight rounds read different lines of the room, then the ninth begins again
            line = builder.mul(builder.and_(count, ir.Constant(INDEX, 7)), ir.Constant(INDEX, chains * width))
            place = builder.gep(function.args[0], [builder.add(line, ir.Constant(INDEX, k * width))])
            arguments = [factor.value, lanes.load(place).value, chain]
        else:
            arguments = [factor.value, chain, factor.value]
        chain.add_incoming(builder.call(fma, arguments), loop)
    following = builder.add(count, ir.Constant(INDEX, 1))
    count.add_incoming(following, loop)
    builder.cbranch(builder.icmp_signed("<", following, function.args[1]), loop, after)
    builder.position_at_end(after)
    total = sums[0]
    for chain in sums[1:]:
        total = builder.fadd(total, chain)
    # a result that is stored can't be optimised away; it goes behind the numbers that are read
    beyond = builder.gep(function.args[0], [ir.Constant(INDEX, CACHED_BYTES // np.dtype(dtype).itemsize)])
    builder.store(total, builder.bitcast(beyond, lanes.vector.as_pointer()), align=4)
    builder.ret_void()
    return str(module)


def bandwidth(size: int = 1 << 28) -> float:
    """Bytes per second that one core reads from memory, the better of three sums over an array beyond every cache."""
    room = np.ones(size // 8)
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        room.max()
        best = min(best, time.process_time() - start)
    return size / best
