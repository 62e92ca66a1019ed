"""Straight-line code for a tiny network: its whole gradient in registers, samples side by side in the vector lanes.

For one architecture everything is known but the numbers: every weight is one broadcast, every unit one short sum, and
every gradient one accumulator that stays in a register over all samples. The horizontal sums come once, at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from llvmlite import ir

from separatrix.activations import Activation
from separatrix.engines.fused.mathematics import FUNCTIONS
from separatrix.engines.fused.vectors import Lanes, Vec, evaluate
from separatrix.losses import LOSSES, Loss
from separatrix.network import Network

INDEX = ir.IntType(64)


@dataclass(frozen=True)
class Kernel:
    """What a kernel is made for.

    Attributes:
        network: its widths and activations.
        loss: the loss's name.
        dtype: "float32" or "float64".
        lanes: samples side by side.
    """

    network: Network
    loss: str
    dtype: str
    lanes: int


def source(kernel: Kernel) -> str:
    """The LLVM module with three functions.

    gradient(p, x, stride, y, w, blocks, gamma, g): g (padded p) = Σ w · d loss / d p over blocks · lanes samples.
    evaluate(p, x, stride, y, w, blocks, gamma, out): out = (Σ w · loss, Σ [w > 0 and on the right side]).
    steps(p, x, stride, y, w, blocks, gamma, rates, count, done): `count` steps p -= rate · g, with every third number of
    rates (float64) for one; done (int64) = the steps after which all of p is finite. A step that breaks p is left out.

    x is (inputs, stride), features by samples; y and w are (blocks · lanes,); padding has w = 0. g has room for the
    parameters rounded up to whole vectors.
    """
    module = ir.Module("separatrix")
    _gradient(module, kernel)
    _evaluate(module, kernel)
    _steps(module, kernel)
    return str(module)


@dataclass(frozen=True)
class _Frame:
    """The arguments of a function under construction."""

    lanes: Lanes
    p: ir.Value
    x: ir.Value
    stride: ir.Value
    y: ir.Value
    w: ir.Value
    blocks: ir.Value
    gamma: ir.Value
    rest: tuple[ir.Value, ...]


@contextmanager
def _function(module: ir.Module, kernel: Kernel, name: str, last: tuple[ir.Type, ...] = ()) -> Iterator[_Frame]:
    scalar = ir.FloatType() if kernel.dtype == "float32" else ir.DoubleType()
    pointer = scalar.as_pointer()
    last = last or (pointer,)
    kind = ir.FunctionType(ir.VoidType(), [pointer, pointer, INDEX, pointer, pointer, INDEX, scalar, *last])
    function = ir.Function(module, kind, name)
    for argument in function.args:
        if isinstance(argument.type, ir.PointerType):
            argument.add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    lanes = Lanes(builder, kernel.dtype, kernel.lanes)
    p, x, stride, y, w, blocks, gamma, *rest = function.args
    yield _Frame(lanes, p, x, stride, y, w, blocks, gamma, tuple(rest))
    builder.ret_void()


def _over_blocks(frame: _Frame, count: int, body: Callable[[ir.Value, list[Vec]], list[Vec]]) -> list[Vec]:
    """`count` sums over all blocks: body(first sample, sums so far) -> new sums."""
    builder, lanes = frame.lanes.builder, frame.lanes
    before = builder.block
    loop, after = builder.append_basic_block("loop"), builder.append_basic_block("after")
    builder.branch(loop)
    builder.position_at_end(loop)
    block = builder.phi(INDEX)
    block.add_incoming(ir.Constant(INDEX, 0), before)
    phis = [builder.phi(lanes.vector) for _ in range(count)]
    for phi in phis:
        phi.add_incoming(lanes.constant(0.0).value, before)
    sums = body(builder.mul(block, ir.Constant(INDEX, lanes.width)), [Vec(lanes, phi) for phi in phis])
    following = builder.add(block, ir.Constant(INDEX, 1))
    block.add_incoming(following, builder.block)
    for phi, total in zip(phis, sums, strict=True):
        phi.add_incoming(total.value, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, frame.blocks), loop, after)
    builder.position_at_end(after)
    return sums


def _forward(frame: _Frame, network: Network, parameters: list[Vec], at: ir.Value) -> list[tuple[list[Vec], list[Vec]]]:
    """Every layer's (z, a) for the samples from `at` on; the first entry is the inputs as (x, x)."""
    lanes, builder = frame.lanes, frame.lanes.builder
    inputs = []
    for k in range(network.n_inputs):
        place = builder.add(builder.mul(frame.stride, ir.Constant(INDEX, k)), at)
        inputs.append(lanes.load(builder.gep(frame.x, [place])))
    passed = [(inputs, inputs)]
    for layer, activation in zip(network.layout, (*network.activations, None), strict=True):
        a = passed[-1][1]
        z = []
        for j in range(layer.fan_out):
            total = parameters[layer.bias.start + j]
            for i in range(layer.fan_in):
                total = parameters[layer.weight.start + j * layer.fan_in + i] * a[i] + total
            z.append(total)
        passed.append((z, [activated(activation, each) for each in z] if activation else z))
    return passed


def activated(activation: Activation, z: Vec) -> Vec:
    """f(z)."""
    return evaluate(activation.compiled_value, {"z": z}, FUNCTIONS)


def slope_of(activation: Activation, z: Vec, a: Vec) -> Vec:
    """f'(z), given a = f(z)."""
    return evaluate(activation.compiled_slope, {"z": z, "a": a}, FUNCTIONS)


def _logit(outputs: list[Vec]) -> Vec:
    return outputs[0] if len(outputs) == 1 else outputs[1] - outputs[0]


def _parameters(frame: _Frame, network: Network) -> list[Vec]:
    lanes, builder = frame.lanes, frame.lanes.builder
    return [
        lanes.spread(builder.load(builder.gep(frame.p, [ir.Constant(INDEX, k)]))) for k in range(network.n_parameters)
    ]


def _gradient(module: ir.Module, kernel: Kernel) -> None:
    with _function(module, kernel, "gradient") as frame:
        lanes, builder = frame.lanes, frame.lanes.builder
        for first, total in _summed(frame, kernel):
            target = builder.bitcast(builder.gep(frame.rest[0], [ir.Constant(INDEX, first)]), lanes.vector.as_pointer())
            builder.store(total.value, target, align=4)


def _summed(frame: _Frame, kernel: Kernel) -> list[tuple[int, Vec]]:
    """The gradient at p: (number of its first parameter, a vector of neighbouring ones), zeros after the last."""
    network, loss, lanes = kernel.network, LOSSES[kernel.loss], frame.lanes
    parameters, gamma = _parameters(frame, network), lanes.spread(frame.gamma)

    def body(at: ir.Value, sums: list[Vec]) -> list[Vec]:
        passed = _forward(frame, network, parameters, at)
        y, w = (lanes.load(lanes.builder.gep(part, [at])) for part in (frame.y, frame.w))
        return _backward(network, loss, parameters, passed, y, w, gamma, sums)

    sums = _over_blocks(frame, network.n_parameters, body)
    sums += [lanes.constant(0.0)] * (-len(sums) % lanes.width)
    return [(first, _sums_of(sums[first : first + lanes.width])) for first in range(0, len(sums), lanes.width)]


def _steps(module: ir.Module, kernel: Kernel) -> None:
    """Plain gradient descent without a word in between: p stays in the first cache, the gradient in registers."""
    last = (ir.DoubleType().as_pointer(), INDEX, INDEX.as_pointer())
    with _function(module, kernel, "steps", last) as frame:
        lanes, builder = frame.lanes, frame.lanes.builder
        rates, count, done = frame.rest
        before = builder.block
        again, keep, after = (builder.append_basic_block(name) for name in ("again", "keep", "finished"))
        builder.branch(again)
        builder.position_at_end(again)
        step = builder.phi(INDEX)
        step.add_incoming(ir.Constant(INDEX, 0), before)
        rate = builder.load(builder.gep(rates, [builder.mul(step, ir.Constant(INDEX, 3))]))
        own = rate if kernel.dtype == "float64" else builder.fptrunc(rate, lanes.scalar)
        new, nothing = [], lanes.constant(0.0)
        for first, gradient in _summed(frame, kernel):
            place = builder.bitcast(builder.gep(frame.p, [ir.Constant(INDEX, first)]), lanes.vector.as_pointer())
            moved = Vec(lanes, builder.load(place, align=4)) - lanes.spread(own) * gradient
            new.append((moved, place))
            nothing = nothing + moved * 0.0  # 0 times NaN or infinity is NaN
        broken = builder.bitcast(builder.fcmp_unordered("uno", nothing.value, nothing.value), ir.IntType(lanes.width))
        stop = builder.icmp_unsigned("!=", broken, ir.Constant(ir.IntType(lanes.width), 0))
        builder.store(step, done)
        builder.cbranch(stop, after, keep)
        builder.position_at_end(keep)
        for moved, place in new:
            builder.store(moved.value, place, align=4)
        following = builder.add(step, ir.Constant(INDEX, 1))
        step.add_incoming(following, builder.block)
        builder.store(following, done)
        builder.cbranch(builder.icmp_signed("<", following, count), again, after)
        builder.position_at_end(after)


def _backward(
    network: Network,
    loss: Loss,
    parameters: list[Vec],
    passed: list[tuple[list[Vec], list[Vec]]],
    y: Vec,
    w: Vec,
    gamma: Vec,
    sums: list[Vec],
) -> list[Vec]:
    """Add this block's share to every gradient: weight[j, i] += d[j] · a[i], bias[j] += d[j]."""
    z = _logit(passed[-1][0])
    slope = evaluate(loss.compiled_slope, {"z": z, "y": y, "gamma": gamma}, FUNCTIONS) * w
    d = [slope] if network.n_outputs == 1 else [-slope, slope]
    new = list(sums)
    for k in reversed(range(len(network.layout))):
        layer, a = network.layout[k], passed[k][1]
        for j in range(layer.fan_out):
            new[layer.bias.start + j] = sums[layer.bias.start + j] + d[j]
            for i in range(layer.fan_in):
                at = layer.weight.start + j * layer.fan_in + i
                new[at] = d[j] * a[i] + sums[at]
        if k:
            d = [
                _total([parameters[layer.weight.start + j * layer.fan_in + i] * d[j] for j in range(layer.fan_out)])
                * slope_of(network.activations[k - 1], passed[k][0][i], a[i])
                for i in range(layer.fan_in)
            ]
    return new


def _total(parts: list[Vec]) -> Vec:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _sums_of(group: list[Vec]) -> Vec:
    """One vector with the lane sums of as many vectors as it has lanes, by a tree: half as many vectors each time."""
    lanes, builder = group[0].lanes, group[0].lanes.builder
    width = lanes.width
    short = ir.VectorType(ir.IntType(32), width)
    even, odd = (ir.Constant(short, list(range(start, 2 * width, 2))) for start in (0, 1))
    while len(group) > 1:
        pairs = zip(group[::2], group[1::2], strict=True)
        group = [
            Vec(lanes, builder.shuffle_vector(a.value, b.value, even)) + Vec(lanes, builder.shuffle_vector(a.value, b.value, odd))
            for a, b in pairs
        ]
    return group[0]


def _evaluate(module: ir.Module, kernel: Kernel) -> None:
    network, loss = kernel.network, LOSSES[kernel.loss]
    with _function(module, kernel, "evaluate") as frame:
        lanes, builder = frame.lanes, frame.lanes.builder
        parameters = _parameters(frame, network)
        gamma = lanes.spread(frame.gamma)

        def body(at: ir.Value, sums: list[Vec]) -> list[Vec]:
            z = _logit(_forward(frame, network, parameters, at)[-1][0])
            y, w = (lanes.load(builder.gep(part, [at])) for part in (frame.y, frame.w))
            value = evaluate(loss.compiled_value, {"z": z, "y": y, "gamma": gamma}, FUNCTIONS)
            said, meant = z.compare(">", 0.0), y.compare(">", 0.5)
            right = builder.and_(builder.not_(builder.xor(said, meant)), w.compare(">", 0.0))
            one = builder.select(right, lanes.constant(1.0).value, lanes.constant(0.0).value)
            counted = builder.select(w.compare(">", 0.0), (value * w).value, lanes.constant(0.0).value)
            return [sums[0] + Vec(lanes, counted), sums[1] + Vec(lanes, one)]

        sums = _over_blocks(frame, 2, body)
        for k, total in enumerate(sums):
            group = [total] + [lanes.constant(0.0)] * (lanes.width - 1)
            value = builder.extract_element(_sums_of(group).value, ir.Constant(ir.IntType(32), 0))
            builder.store(value, builder.gep(frame.rest[0], [ir.Constant(INDEX, k)]))
