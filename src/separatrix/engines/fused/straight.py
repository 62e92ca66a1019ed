"""Straight-line code for a tiny network: its whole gradient in registers, samples side by side in the vector lanes.

For one architecture everything is known but the numbers: every weight is one broadcast, every unit one short sum.

The samples are passed twice. First, vector after vector, forward and back, which leaves the activations a and deltas
d in memory. Then, for as many parameters as there are registers, over all samples: the sums of d · a. In one pass even
the lesson's 37 sums would not fit the 32 registers, and every one of them would go to memory and back for every vector:
docs/engines.md has the numbers. The horizontal sums come once, at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from llvmlite import ir

from separatrix.activations import Activation
from separatrix.engines.fused.mathematics import FUNCTIONS
from separatrix.engines.fused.vectors import Lanes, Vec, evaluate
from separatrix.losses import LOSSES
from separatrix.network import Layer, Network

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
    steps(p, x, stride, y, w, blocks, gamma, rates, count, done): `count` steps p -= rate · g, with every third number
    of rates (float64) for one; done (int64) = the steps after which all of p is finite. One that breaks p is left out.

    x is (inputs, stride), features by samples; y and w are (blocks · lanes,); padding has w = 0. g has room for the
    parameters rounded up to whole vectors.
    """
    module = ir.Module("separatrix")
    _gradient(module, kernel)
    _evaluate(module, kernel)
    _steps(module, kernel, module.get_global("gradient"))
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

    def store(self, total: Vec, to: ir.Value, first: int) -> None:
        """`total` into an array, from element `first` on."""
        builder = self.lanes.builder
        place = builder.gep(to, [ir.Constant(INDEX, first)])
        builder.store(total.value, builder.bitcast(place, self.lanes.vector.as_pointer()), align=4)


class _Kept:
    """What the first pass leaves for the second: of every block, the hidden layers' a, then all layers' d."""

    def __init__(self, frame: _Frame, network: Network) -> None:
        self.frame, self.network = frame, network
        self.hidden = sum(network.widths[1:-1])
        self.each = self.hidden + sum(network.widths[1:])
        room = frame.lanes.builder.mul(frame.blocks, ir.Constant(INDEX, self.each))
        # on the stack: CHUNK_STRAIGHT rows at most, which is some 10 kB
        self.start = frame.lanes.builder.alloca(frame.lanes.vector, size=room)

    def _place(self, block: ir.Value, number: int) -> ir.Value:
        builder = self.frame.lanes.builder
        first = builder.mul(block, ir.Constant(INDEX, self.each))
        return builder.gep(self.start, [builder.add(first, ir.Constant(INDEX, number))])

    def _number(self, layer: int, unit: int) -> int:
        return sum(self.network.widths[1:layer]) + unit

    def keep(self, block: ir.Value, layer: int, a: list[Vec] | None, d: list[Vec]) -> None:
        """Put down a (of a hidden layer) and d of layer 1, 2, …."""
        builder = self.frame.lanes.builder
        for unit, each in enumerate(a or []):
            builder.store(each.value, self._place(block, self._number(layer, unit)))
        for unit, each in enumerate(d):
            builder.store(each.value, self._place(block, self.hidden + self._number(layer, unit)))

    def a(self, block: ir.Value, layer: int, unit: int) -> Vec:
        """An activation; layer 0 is the inputs."""
        lanes = self.frame.lanes
        if layer == 0:
            return _input(self.frame, block, unit)
        return Vec(lanes, lanes.builder.load(self._place(block, self._number(layer, unit))))

    def d(self, block: ir.Value, layer: int, unit: int) -> Vec:
        """A delta, of layer 1, 2, …."""
        lanes = self.frame.lanes
        return Vec(lanes, lanes.builder.load(self._place(block, self.hidden + self._number(layer, unit))))


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
    """`count` sums over all blocks: body(block, sums so far) -> new sums."""
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
    sums = body(block, [Vec(lanes, phi) for phi in phis])
    following = builder.add(block, ir.Constant(INDEX, 1))
    block.add_incoming(following, builder.block)
    for phi, total in zip(phis, sums, strict=True):
        phi.add_incoming(total.value, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, frame.blocks), loop, after)
    builder.position_at_end(after)
    return sums


def _rows(frame: _Frame, array: ir.Value, block: ir.Value) -> Vec:
    """The block's part of an array over the samples."""
    builder = frame.lanes.builder
    return frame.lanes.load(builder.gep(array, [builder.mul(block, ir.Constant(INDEX, frame.lanes.width))]))


def _input(frame: _Frame, block: ir.Value, column: int) -> Vec:
    builder = frame.lanes.builder
    row = builder.gep(frame.x, [builder.mul(frame.stride, ir.Constant(INDEX, column))])
    return _rows(frame, row, block)


def _forward(
    frame: _Frame, network: Network, parameters: list[Vec], block: ir.Value
) -> list[tuple[list[Vec], list[Vec]]]:
    """Every layer's (z, a) for a block of samples; the first entry is the inputs as (x, x)."""
    inputs = [_input(frame, block, k) for k in range(network.n_inputs)]
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


def sloped(activation: Activation, z: Vec, a: Vec, d: Vec) -> Vec:
    """Return d · f'(z), given a = f(z)."""
    return evaluate(activation.compiled_slope, {"z": z, "a": a}, FUNCTIONS, times=d)


def _logit(outputs: list[Vec]) -> Vec:
    return outputs[0] if len(outputs) == 1 else outputs[1] - outputs[0]


def _parameters(frame: _Frame, network: Network) -> list[Vec]:
    lanes, builder = frame.lanes, frame.lanes.builder
    return [
        lanes.spread(builder.load(builder.gep(frame.p, [ir.Constant(INDEX, k)]))) for k in range(network.n_parameters)
    ]


def _gradient(module: ir.Module, kernel: Kernel) -> None:
    with _function(module, kernel, "gradient") as frame:
        for first, total in _summed(frame, kernel, _Kept(frame, kernel.network)):
            frame.store(total, frame.rest[0], first)


def _summed(frame: _Frame, kernel: Kernel, kept: _Kept) -> list[tuple[int, Vec]]:
    """The gradient at p: (number of its first parameter, a vector of neighbouring ones), zeros after the last."""
    network, loss, lanes = kernel.network, LOSSES[kernel.loss], frame.lanes
    parameters, gamma = _parameters(frame, network), lanes.spread(frame.gamma)

    def there_and_back(block: ir.Value, _: list[Vec]) -> list[Vec]:
        passed = _forward(frame, network, parameters, block)
        y, w = _rows(frame, frame.y, block), _rows(frame, frame.w, block)
        slope = evaluate(loss.compiled_slope, {"z": _logit(passed[-1][0]), "y": y, "gamma": gamma}, FUNCTIONS) * w
        d = [slope] if network.n_outputs == 1 else [-slope, slope]
        for k in range(len(network.layout), 0, -1):
            kept.keep(block, k, passed[k][1] if k < len(network.layout) else None, d)
            if k > 1:
                d = _one_layer_down(network, parameters, k, d, passed[k - 1])
        return []

    _over_blocks(frame, 0, there_and_back)
    sums: dict[int, Vec] = {}
    for k, layer in enumerate(network.layout, start=1):
        for units, inputs in _tiles(layer, registers(kernel) * 3 // 4):
            sums |= _sums_of_tile(frame, kept, k, layer, units, inputs)
    found = [sums[k] for k in range(network.n_parameters)]
    found += [lanes.constant(0.0)] * (-len(found) % lanes.width)
    return [(first, _sums_of(found[first : first + lanes.width])) for first in range(0, len(found), lanes.width)]


def _one_layer_down(
    network: Network, parameters: list[Vec], k: int, d: list[Vec], below: tuple[list[Vec], list[Vec]]
) -> list[Vec]:
    """The deltas of layer k - 1: what its units' (z, a) do to the units of layer k, times their activation's slope."""
    layer, activation = network.layout[k - 1], network.activations[k - 2]
    found = []
    for i, (z, a) in enumerate(zip(*below, strict=True)):
        total = parameters[layer.weight.start + i] * d[0]
        for j in range(1, layer.fan_out):
            total = parameters[layer.weight.start + j * layer.fan_in + i] * d[j] + total
        found.append(sloped(activation, z, a, total))
    return found


def registers(kernel: Kernel) -> int:
    """Vector registers of the processor: AVX-512 has 32, what is narrower 16."""
    return 32 if kernel.lanes * (4 if kernel.dtype == "float32" else 8) == 64 else 16


def _tiles(layer: Layer, most: int) -> Iterator[tuple[range, range]]:
    """A layer's parameters in parts of at most about `most`: (units, inputs), a unit's bias with its first inputs."""
    inputs = min(layer.fan_in, most - 1)
    units = max(1, most // (inputs + 1))
    for unit in range(0, layer.fan_out, units):
        for first in range(0, layer.fan_in, inputs):
            yield range(unit, min(unit + units, layer.fan_out)), range(first, min(first + inputs, layer.fan_in))


def _sums_of_tile(frame: _Frame, kept: _Kept, k: int, layer: Layer, units: range, inputs: range) -> dict[int, Vec]:
    """By number of parameter, the sums over all blocks: weight[j, i] += d[j] · a[i], bias[j] += d[j]."""
    weights = {layer.weight.start + j * layer.fan_in + i: (j, i) for j in units for i in inputs}
    biases = {layer.bias.start + j: j for j in units} if inputs.start == 0 else {}

    def body(block: ir.Value, sums: list[Vec]) -> list[Vec]:
        a = {i: kept.a(block, k - 1, i) for i in inputs}
        d = {j: kept.d(block, k, j) for j in units}
        terms = [d[j] * a[i] for j, i in weights.values()] + [d[j] for j in biases.values()]
        return [term + total for term, total in zip(terms, sums, strict=True)]

    return dict(zip([*weights, *biases], _over_blocks(frame, len(weights) + len(biases), body), strict=True))


def _steps(module: ir.Module, kernel: Kernel, gradient: ir.Function) -> None:
    """Plain gradient descent without a word in between."""
    last = (ir.DoubleType().as_pointer(), INDEX, INDEX.as_pointer())
    with _function(module, kernel, "steps", last) as frame:
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
        rate = builder.load(builder.gep(rates, [builder.mul(step, ir.Constant(INDEX, 3))]))
        own = rate if kernel.dtype == "float64" else builder.fptrunc(rate, lanes.scalar)
        new, nothing = [], lanes.constant(0.0)
        builder.call(gradient, [frame.p, frame.x, frame.stride, frame.y, frame.w, frame.blocks, frame.gamma, g])
        for first in range(0, room * lanes.width, lanes.width):
            at = [ir.Constant(INDEX, first)]
            place = builder.bitcast(builder.gep(frame.p, at), lanes.vector.as_pointer())
            moved = Vec(lanes, builder.load(place, align=4)) - lanes.spread(own) * lanes.load(builder.gep(g, at))
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


def _sums_of(group: list[Vec]) -> Vec:
    """One vector with the lane sums of as many vectors as it has lanes, by a tree: half as many vectors each time.

    A pair's even elements are added to its odd ones: single lanes within each 16 bytes first, then whole 16 bytes.
    These are the shuffles that processors have.
    """
    lanes, shuffle = group[0].lanes, group[0].lanes.builder.shuffle_vector
    short = min(lanes.width, 4 if lanes.dtype == "float32" else 2)
    while len(group) > 1:
        unit, window = (1, short) if len(group) > lanes.width // short else (short, lanes.width)
        even, odd = (_every_other(lanes.width, unit, window, start) for start in (0, unit))
        group = [
            Vec(lanes, shuffle(a.value, b.value, even)) + Vec(lanes, shuffle(a.value, b.value, odd))
            for a, b in zip(group[::2], group[1::2], strict=True)
        ]
    return group[0]


def _every_other(width: int, unit: int, window: int, start: int) -> ir.Constant:
    """In every window of two vectors, the first one's every other unit of lanes from `start`, then the second's."""
    chosen = [
        vector + first + at + lane
        for first in range(0, width, window)
        for vector in (0, width)
        for at in range(start, window, 2 * unit)
        for lane in range(unit)
    ]
    return ir.Constant(ir.VectorType(ir.IntType(32), width), chosen)


def _evaluate(module: ir.Module, kernel: Kernel) -> None:
    network, loss = kernel.network, LOSSES[kernel.loss]
    with _function(module, kernel, "evaluate") as frame:
        lanes, builder = frame.lanes, frame.lanes.builder
        parameters = _parameters(frame, network)
        gamma = lanes.spread(frame.gamma)

        def body(block: ir.Value, sums: list[Vec]) -> list[Vec]:
            z = _logit(_forward(frame, network, parameters, block)[-1][0])
            y, w = _rows(frame, frame.y, block), _rows(frame, frame.w, block)
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
