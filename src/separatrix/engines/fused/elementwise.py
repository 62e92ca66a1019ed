"""Losses over whole arrays, for the general gradient: the registry's formulas as vector loops.

One module for each loss. All arrays are padded to whole vectors; n counts elements.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from llvmlite import ir

from separatrix.engines.fused.machine_code import compiled, vector_bytes
from separatrix.engines.fused.mathematics import FUNCTIONS
from separatrix.engines.fused.vectors import Lanes, Vec, evaluate
from separatrix.losses import LOSSES

INDEX = ir.IntType(64)


def lanes_of(dtype: str) -> int:
    """Samples in one vector."""
    return vector_bytes() // (4 if dtype == "float32" else 8)


@cache
def loss_addresses(name: str, dtype: str) -> tuple[int, int]:
    """Addresses of value(z, y, w, out, n, gamma): out = w · loss, and of slope: out = w · d loss / d z."""
    entry = LOSSES[name]
    module = ir.Module("loss")
    for kind, text in (("value", entry.compiled_value), ("slope", entry.compiled_slope)):

        def weighted(z: Vec, y: Vec, w: Vec, gamma: Vec, text: str = text) -> Vec:
            return w * evaluate(text, {"z": z, "y": y, "gamma": gamma}, FUNCTIONS)

        _loop(module, kind, dtype, weighted)
    found = compiled(str(module), ("value", "slope"))
    return found["value"], found["slope"]


def _loop(module: ir.Module, name: str, dtype: str, formula: Callable[..., Vec]) -> None:
    """Define name(z, y, w, out, n, gamma): the formula of z, y, w and gamma over n elements."""
    scalar = ir.FloatType() if dtype == "float32" else ir.DoubleType()
    pointers = [scalar.as_pointer()] * 4
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [*pointers, INDEX, scalar]), name)
    *places, count, gamma = function.args
    entry, loop, after = (function.append_basic_block(label) for label in ("entry", "loop", "after"))
    builder = ir.IRBuilder(entry)
    lanes = Lanes(builder, dtype, lanes_of(dtype))
    spread = lanes.spread(gamma)
    builder.branch(loop)
    builder.position_at_end(loop)
    at = builder.phi(INDEX)
    at.add_incoming(ir.Constant(INDEX, 0), entry)
    result = formula(*(lanes.load(builder.gep(place, [at])) for place in places[:3]), spread)
    target = builder.bitcast(builder.gep(places[-1], [at]), lanes.vector.as_pointer())
    builder.store(result.value, target, align=4)
    following = builder.add(at, ir.Constant(INDEX, lanes.width))
    at.add_incoming(following, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, count), loop, after)
    builder.position_at_end(after)
    builder.ret_void()
