"""Losses over whole arrays, for the general gradient: the registry's formulas as vector loops.

One module for each loss. All arrays are padded to whole vectors; n counts elements.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from llvmlite import ir

from separatrix.engines.fused._layout import lanes_of
from separatrix.engines.fused._machine_code import compiled
from separatrix.engines.fused._mathematics import FUNCTIONS
from separatrix.engines.fused._vectors import Lanes, Vec, evaluate
from separatrix.networks.activations import ACTIVATIONS
from separatrix.networks.losses import LOSSES

INDEX = ir.IntType(64)


@cache
def loss_addresses(name: str, dtype: str) -> tuple[int, int]:
    """Addresses of value(z, y, w, out, n, gamma): out = w · loss, and of slope: out = w · d loss / d z."""
    entry = LOSSES[name]
    module = ir.Module("loss")
    for kind, text in (("value", entry.compiled_value), ("slope", entry.compiled_slope)):

        def weighted(z: Vec, y: Vec, w: Vec, gamma: Vec, text: str = text) -> Vec:
            # The weight is multiplied last, as in the straight-line kernels: the same bits for both.
            return w * evaluate(text, {"z": z, "y": y, "gamma": gamma}, FUNCTIONS)

        _loop(module, kind, dtype, weighted)
    addresses = compiled(str(module), ("value", "slope"))
    return addresses["value"], addresses["slope"]


def _loop(module: ir.Module, name: str, dtype: str, formula: Callable[..., Vec]) -> None:
    """Define name(z, y, w, out, n, gamma): the formula of z, y, w and gamma over n elements."""
    scalar = ir.FloatType() if dtype == "float32" else ir.DoubleType()
    pointers = [scalar.as_pointer()] * 4
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [*pointers, INDEX, scalar]), name)
    *places, count, gamma = function.args
    entry, loop, after = (function.append_basic_block(label) for label in ("entry", "loop", "after"))
    builder = ir.IRBuilder(entry)
    lanes = Lanes(builder, dtype, lanes_of(dtype))
    # Before the loop, because gamma is the same for every element.
    spread = lanes.spread(gamma)
    builder.branch(loop)
    builder.position_at_end(loop)
    element = builder.phi(INDEX)
    element.add_incoming(ir.Constant(INDEX, 0), entry)
    result = formula(*(lanes.load(builder.gep(place, [element])) for place in places[:3]), spread)
    target = builder.bitcast(builder.gep(places[-1], [element]), lanes.vector.as_pointer())
    # `align=4` promises little: arrays may start anywhere, and moves for whole vectors would then fault.
    builder.store(result.value, target, align=4)
    following = builder.add(element, ir.Constant(INDEX, lanes.width))
    element.add_incoming(following, builder.block)
    # Arrays are padded to whole vectors, so there is no remainder loop, which would round differently.
    builder.cbranch(builder.icmp_signed("<", following, count), loop, after)
    builder.position_at_end(after)
    builder.ret_void()


# What happens between a layer's two matrix products, as vector loops: bias, activation and its slope in one pass.


INDEX = ir.IntType(64)
ZERO, ONE = ir.Constant(INDEX, 0), ir.Constant(INDEX, 1)


@cache
def enter_address(name: str, dtype: str) -> int:
    """Address of enter(z, b, a, units, size): with t = z[j] + b[j] in each row j, a[j] = f(t) and z[j] = f'(t).

    z and a are (units, size), size a multiple of the lanes; b is (units,). Value and slope share their exponentials,
    and the way back is one multiplication, whatever the activation.
    """
    module = ir.Module("enter")
    scalar = ir.FloatType() if dtype == "float32" else ir.DoubleType()
    pointer = scalar.as_pointer()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [pointer, pointer, pointer, INDEX, INDEX]), "enter")
    # These arrays never overlap; saying so spares LLVM a reload after every store.
    for argument in function.args[:3]:
        argument.add_attribute("noalias")
    _rows(function, name, dtype)
    return compiled(str(module), ("enter",))["enter"]


def _rows(function: ir.Function, name: str, dtype: str) -> None:
    """The two loops: over rows, and over the vectors of a row."""
    z, b, a, units, size = function.args
    entry, row_block, loop, row_end, after = (
        function.append_basic_block(label) for label in ("entry", "row", "loop", "row_end", "after")
    )
    builder = ir.IRBuilder(entry)
    lanes = Lanes(builder, dtype, lanes_of(dtype))
    builder.branch(row_block)
    builder.position_at_end(row_block)
    row = builder.phi(INDEX)
    row.add_incoming(ZERO, entry)
    # A row is one unit: its bias is the same for all samples.
    bias, start = lanes.spread(builder.load(builder.gep(b, [row]))), builder.mul(row, size)
    builder.branch(loop)
    builder.position_at_end(loop)
    sample = builder.phi(INDEX)
    sample.add_incoming(ZERO, row_block)
    element = builder.add(start, sample)
    value, slope = _value_and_slope(name, lanes.load(builder.gep(z, [element])) + bias)
    # Both results exist before the first store, so that the slope may overwrite z without a third array.
    for place, result in ((a, value), (z, slope)):
        builder.store(result.value, builder.bitcast(builder.gep(place, [element]), lanes.vector.as_pointer()), align=4)
    following = builder.add(sample, ir.Constant(INDEX, lanes.width))
    sample.add_incoming(following, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, size), loop, row_end)
    builder.position_at_end(row_end)
    next_row = builder.add(row, ONE)
    row.add_incoming(next_row, row_end)
    builder.cbranch(builder.icmp_signed("<", next_row, units), row_block, after)
    builder.position_at_end(after)
    builder.ret_void()


def _value_and_slope(name: str, t: Vec) -> tuple[Vec, Vec]:
    entry = ACTIVATIONS[name]
    # One module, so that LLVM merges the exponentials that value and slope have in common.
    a = evaluate(entry.compiled_value, {"z": t}, FUNCTIONS)
    return a, evaluate(entry.compiled_slope, {"z": t, "a": a}, FUNCTIONS)
