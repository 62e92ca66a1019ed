"""Straight-line code for a tiny network: its whole gradient in registers, samples side by side in the vector lanes.

For one architecture everything is known but the numbers: every weight is one broadcast, every unit one short sum.

The samples are passed several times: forward, for the loss's slope, back, and then, for as many parameters as there
are registers, for the sums of d · a. Each pass leaves its numbers in memory for the next. In one pass the 37 sums of
the lesson would not fit the 32 registers; and one block of samples takes three times as long from its inputs to its
last delta as its arithmetic does, more blocks than a processor looks ahead. In short passes the blocks overlap:
docs/explanation/engines.md has the numbers. The horizontal sums come once, at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from llvmlite import ir

from separatrix.engines.fused._blocks import (
    INDEX,
    Frame,
    Parameters,
    Scratch,
    function_over_rows,
    input_of,
    lane_sums,
    over_blocks,
    rows_of,
)
from separatrix.engines.fused._layout import GRADIENT, LOSS
from separatrix.engines.fused._mathematics import FUNCTIONS
from separatrix.engines.fused._vectors import Vec, all_numbers, evaluate, names_in
from separatrix.networks.activations import Activation
from separatrix.networks.losses import LOSSES
from separatrix.networks.network import Layer, Network


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
    """The LLVM module with two functions.

    chunk(p, x, stride, y, w, blocks, gamma, want, g, out): over blocks · lanes samples, if want & LOSS
    out = (Σ w · loss, Σ [w > 0 and on the right side]); if want & GRADIENT g (padded p) = Σ w · d loss / d p.
    steps(p, x, stride, y, w, blocks, gamma, rates, count, done): `count` steps p -= rate · g, with every third number
    of rates (float64) for one; done (int64) = the steps after which all of p is finite. One that breaks p is left out.

    x is (inputs, stride), features by samples; y and w are (blocks · lanes,); padding has w = 0. g has room for the
    parameters rounded up to whole vectors.
    """
    module = ir.Module("separatrix")
    _chunk(module, kernel)
    _steps(module, kernel, module.get_global("chunk"))
    return str(module)


def _forward(frame: Frame, network: Network, block: ir.Value) -> list[tuple[list[Vec], list[Vec]]]:
    """Every layer's (z, a) for a block of samples; the first entry is the inputs as (x, x)."""
    parameters, inputs = Parameters(frame), [input_of(frame, block, k) for k in range(network.n_inputs)]
    passed = [(inputs, inputs)]
    for layer, activation in zip(network.layout, (*network.activations, None), strict=True):
        a = passed[-1][1]
        z = []
        for j in range(layer.fan_out):
            # The sum begins with the bias and takes the weights in the order of the inputs: z = ((b + w0 a0) + w1 a1)
            # + …, each product fused with its sum.
            total = parameters[layer.bias.start + j]
            for i in range(layer.fan_in):
                total = parameters[layer.weight.start + j * layer.fan_in + i] * a[i] + total
            z.append(total)
        passed.append((z, [activated(activation, unit) for unit in z] if activation else z))
    return passed


def activated(activation: Activation, z: Vec) -> Vec:
    """f(z)."""
    return evaluate(activation.compiled_value, {"z": z}, FUNCTIONS)


def sloped(activation: Activation, z: Vec, a: Vec, d: Vec) -> Vec:
    """Return d · f'(z), given a = f(z)."""
    return evaluate(activation.compiled_slope, {"z": z, "a": a}, FUNCTIONS, times=d)


def _logit(outputs: list[Vec]) -> Vec:
    # The softmax of two outputs depends on their difference alone.
    return outputs[0] if len(outputs) == 1 else outputs[1] - outputs[0]


def _chunk(module: ir.Module, kernel: Kernel) -> None:
    pointer = (ir.FloatType() if kernel.dtype == "float32" else ir.DoubleType()).as_pointer()
    with function_over_rows(module, "chunk", kernel.dtype, kernel.lanes, (INDEX, pointer, pointer)) as frame:
        want, g, out = frame.rest
        scratch = Scratch(frame, kernel.network)
        over_blocks(frame, 0, lambda block, _: _forward_pass(frame, kernel.network, scratch, block))
        with _if_wanted(frame, want, LOSS):
            _loss(frame, kernel, scratch, out)
        with _if_wanted(frame, want, GRADIENT):
            for first, total in _summed(frame, kernel, scratch):
                frame.store(total, g, first)


@contextmanager
def _if_wanted(frame: Frame, want: ir.Value, what: int) -> Iterator[None]:
    builder = frame.lanes.builder
    is_wanted = builder.icmp_unsigned("!=", builder.and_(want, ir.Constant(INDEX, what)), ir.Constant(INDEX, 0))
    with builder.if_then(is_wanted):
        yield


def _forward_pass(frame: Frame, network: Network, scratch: Scratch, block: ir.Value) -> list[Vec]:
    """Forward: keep every a, the logit, and each z that a slope is made of."""
    passed = _forward(frame, network, block)
    for k, activation in enumerate(network.activations, start=1):
        z, a = passed[k]
        scratch.put_a(block, k, a)
        # Most slopes are functions of a alone; z is stored only for those that read it.
        if "z" in names_in(activation.compiled_slope):
            scratch.put_d(block, k, z)
    # The logit takes the place of the last layer's first delta, which is computed from it in the next pass.
    scratch.put_d(block, len(network.layout), [_logit(passed[-1][0])])
    return []


def _loss(frame: Frame, kernel: Kernel, scratch: Scratch, out: ir.Value) -> None:
    """Into out the weighted loss and the number of rows on the right side, from the logits."""
    lanes, builder = frame.lanes, frame.lanes.builder
    gamma, layers = lanes.spread(frame.gamma), len(kernel.network.layout)

    def tally(block: ir.Value, sums: list[Vec]) -> list[Vec]:
        z, y, w = scratch.d(block, layers, 0), rows_of(frame, frame.y, block), rows_of(frame, frame.w, block)
        value = evaluate(LOSSES[kernel.loss].compiled_value, {"z": z, "y": y, "gamma": gamma}, FUNCTIONS)
        predicted, actual, real = z.compare(">", 0.0), y.compare(">", 0.5), w.compare(">", 0.0)
        # A row is right if both comparisons agree; padding (w = 0) is never counted.
        right = builder.and_(builder.not_(builder.xor(predicted, actual)), real)
        hit = builder.select(right, lanes.constant(1.0).value, lanes.constant(0.0).value)
        # Selected, not multiplied by w = 0: a padded row may have an infinite loss, and 0 times infinity is NaN.
        counted = builder.select(real, (value * w).value, lanes.constant(0.0).value)
        return [sums[0] + Vec(lanes, counted), sums[1] + Vec(lanes, hit)]

    # The horizontal sum goes through the same tree as the gradients, so that a sum has one order everywhere.
    for k, total in enumerate(over_blocks(frame, 2, tally)):
        group = [total] + [lanes.constant(0.0)] * (lanes.width - 1)
        value = builder.extract_element(lane_sums(group).value, ir.Constant(ir.IntType(32), 0))
        builder.store(value, builder.gep(out, [ir.Constant(INDEX, k)]))


def _summed(frame: Frame, kernel: Kernel, scratch: Scratch) -> Iterator[tuple[int, Vec]]:
    """The gradient at p, in pieces: (number of its first parameter, a vector of neighbouring ones), zeros after the last.

    A piece is given as soon as it is complete, so that its sums needn't be kept.
    """
    network, loss, lanes = kernel.network, LOSSES[kernel.loss], frame.lanes
    gamma, layers = lanes.spread(frame.gamma), len(network.layout)

    def turn(block: ir.Value, _: list[Vec]) -> list[Vec]:
        z, y, w = scratch.d(block, layers, 0), rows_of(frame, frame.y, block), rows_of(frame, frame.w, block)
        slope = evaluate(loss.compiled_slope, {"z": z, "y": y, "gamma": gamma}, FUNCTIONS) * w
        scratch.put_d(block, layers, [slope] if network.n_outputs == 1 else [-slope, slope])
        return []

    over_blocks(frame, 0, turn)
    if layers > 1:
        over_blocks(frame, 0, lambda block, _: _back(frame, network, scratch, block))
    width, count = lanes.width, network.n_parameters
    sums = {k: lanes.constant(0.0) for k in range(count, -(-count // width) * width)}
    for k, layer in reversed(list(enumerate(network.layout, start=1))):  # from the deltas that were ready first
        for units, inputs in _tiles(layer, registers(kernel) * 3 // 4):
            sums |= _sums_of_tile(frame, scratch, k, layer, units, inputs)
            for first in range(0, count, width):
                if all(number in sums for number in range(first, first + width)):
                    yield first, lane_sums([sums.pop(number) for number in range(first, first + width)])


def _back(frame: Frame, network: Network, scratch: Scratch, block: ir.Value) -> list[Vec]:
    """From the last layer's deltas to all others'."""
    parameters, layers = Parameters(frame), len(network.layout)
    d = [scratch.d(block, layers, unit) for unit in range(network.n_outputs)]
    for k in range(layers, 1, -1):
        units = range(network.widths[k - 1])
        z, a = ([of(block, k - 1, unit) for unit in units] for of in (scratch.d, scratch.a))
        d = _one_layer_down(network, parameters, k, d, (z, a))
        scratch.put_d(block, k - 1, d)
    return []


def _one_layer_down(
    network: Network, parameters: Parameters, k: int, d: list[Vec], below: tuple[list[Vec], list[Vec]]
) -> list[Vec]:
    """The deltas of layer k - 1: what its units' (z, a) do to the units of layer k, times their activation's slope."""
    layer, activation = network.layout[k - 1], network.activations[k - 2]
    deltas = []
    for i, (z, a) in enumerate(zip(*below, strict=True)):
        # δ_in = Wᵀ δ_out: the weights of one input are a column of W, hence the stride of `fan_in`.
        total = parameters[layer.weight.start + i] * d[0]
        for j in range(1, layer.fan_out):
            total = parameters[layer.weight.start + j * layer.fan_in + i] * d[j] + total
        deltas.append(sloped(activation, z, a, total))
    return deltas


def registers(kernel: Kernel) -> int:
    """Vector registers of the processor: AVX-512 has 32, what is narrower 16."""
    return 32 if kernel.lanes * (4 if kernel.dtype == "float32" else 8) == 64 else 16


def _tiles(layer: Layer, limit: int) -> Iterator[tuple[range, range]]:
    """A layer's parameters in parts of at most about `most`: (units, inputs), a unit's bias with its first inputs."""
    # Every sum occupies one register, and each unit of a tile has one more for its bias.
    inputs = min(layer.fan_in, limit - 1)
    units = max(1, limit // (inputs + 1))
    for unit in range(0, layer.fan_out, units):
        for first in range(0, layer.fan_in, inputs):
            yield range(unit, min(unit + units, layer.fan_out)), range(first, min(first + inputs, layer.fan_in))


def _sums_of_tile(frame: Frame, scratch: Scratch, k: int, layer: Layer, units: range, inputs: range) -> dict[int, Vec]:
    """By number of parameter, the sums over all blocks: weight[j, i] += d[j] · a[i], bias[j] += d[j]."""
    weights = {layer.weight.start + j * layer.fan_in + i: (j, i) for j in units for i in inputs}
    biases = {layer.bias.start + j: j for j in units} if inputs.start == 0 else {}

    def body(block: ir.Value, sums: list[Vec]) -> list[Vec]:
        a = {i: scratch.a(block, k - 1, i) for i in inputs}
        d = {j: scratch.d(block, k, j) for j in units}
        terms = [d[j] * a[i] for j, i in weights.values()] + [d[j] for j in biases.values()]
        return [term + total for term, total in zip(terms, sums, strict=True)]

    return dict(zip([*weights, *biases], over_blocks(frame, len(weights) + len(biases), body), strict=True))


def _steps(module: ir.Module, kernel: Kernel, chunk: ir.Function) -> None:
    """Plain gradient descent without a word in between."""
    last = (ir.DoubleType().as_pointer(), INDEX, INDEX.as_pointer())
    with function_over_rows(module, "steps", kernel.dtype, kernel.lanes, last) as frame:
        lanes, builder = frame.lanes, frame.lanes.builder
        rates, count, done = frame.rest
        room = -(-kernel.network.n_parameters // lanes.width)
        g = builder.bitcast(builder.alloca(lanes.vector, size=room), lanes.scalar.as_pointer())
        before = builder.block
        again, keep, after = (builder.append_basic_block(name) for name in ("again", "keep", "finished"))
        builder.branch(again)
        builder.position_at_end(again)
        step = builder.phi(INDEX)
        step.add_incoming(ir.Constant(INDEX, 0), before)
        # The table of coefficients has three numbers a step; plain gradient descent reads the first.
        rate = builder.load(builder.gep(rates, [builder.mul(step, ir.Constant(INDEX, 3))]))
        rounded_rate = rate if kernel.dtype == "float64" else builder.fptrunc(rate, lanes.scalar)
        new, nothing = [], lanes.constant(0.0)
        builder.call(chunk, [*frame.arguments, ir.Constant(INDEX, GRADIENT), g, ir.Constant(g.type, None)])
        for first in range(0, room * lanes.width, lanes.width):
            index = [ir.Constant(INDEX, first)]
            place = builder.bitcast(builder.gep(frame.p, index), lanes.vector.as_pointer())
            # p - rate · g, fused: the compiled rule of "sgd" rounds in the same way, so both give the same bits.
            moved = Vec(lanes, builder.load(place, align=4)) - lanes.spread(rounded_rate) * lanes.load(
                builder.gep(g, index)
            )
            new.append((moved, place))
            nothing = nothing + moved * 0.0  # 0 times NaN or infinity is NaN
        # Written before the test: if this step breaks a parameter, it does not count and p keeps its old values.
        builder.store(step, done)
        builder.cbranch(all_numbers(nothing), keep, after)
        builder.position_at_end(keep)
        for moved, place in new:
            builder.store(moved.value, place, align=4)
        following = builder.add(step, ir.Constant(INDEX, 1))
        step.add_incoming(following, builder.block)
        builder.store(following, done)
        builder.cbranch(builder.icmp_signed("<", following, count), again, after)
        builder.position_at_end(after)
