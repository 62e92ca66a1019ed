"""What straight-line functions are made of: their arguments, loops over blocks of samples, what one pass leaves for the
next, and sums over the lanes.

A block is as many samples as a vector has lanes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from llvmlite import ir

from separatrix.engines.fused._vectors import Lanes, Vec
from separatrix.networks.network import Network

INDEX = ir.IntType(64)


@dataclass(frozen=True)
class Frame:
    """A function under construction: where its instructions go, its arguments, and those of its own in `rest`."""

    lanes: Lanes
    p: ir.Value
    x: ir.Value
    stride: ir.Value
    y: ir.Value
    w: ir.Value
    blocks: ir.Value
    gamma: ir.Value
    rest: tuple[ir.Value, ...]

    @property
    def arguments(self) -> tuple[ir.Value, ...]:
        """The arguments that all these functions begin with."""
        return self.p, self.x, self.stride, self.y, self.w, self.blocks, self.gamma

    def store(self, total: Vec, to: ir.Value, first: int) -> None:
        """`total` into an array, from element `first` on."""
        builder = self.lanes.builder
        # Aligned to 4 bytes only: `to` may begin at any parameter.
        place = builder.gep(to, [ir.Constant(INDEX, first)])
        builder.store(total.value, builder.bitcast(place, self.lanes.vector.as_pointer()), align=4)


@contextmanager
def function_over_rows(
    module: ir.Module, name: str, dtype: str, width: int, rest: tuple[ir.Type, ...]
) -> Iterator[Frame]:
    """Define name(p, x, stride, y, w, blocks, gamma, *rest); the block's instructions are its body."""
    scalar = ir.FloatType() if dtype == "float32" else ir.DoubleType()
    pointer = scalar.as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [pointer, pointer, INDEX, pointer, pointer, INDEX, scalar, *rest])
    function = ir.Function(module, kind, name)
    for argument in function.args:
        if isinstance(argument.type, ir.PointerType):
            # Arrays never overlap; without this promise LLVM reloads the parameters after every store.
            argument.add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    p, x, stride, y, w, blocks, gamma, *rest_arguments = function.args
    yield Frame(Lanes(builder, dtype, width), p, x, stride, y, w, blocks, gamma, tuple(rest_arguments))
    builder.ret_void()


def over_blocks(frame: Frame, count: int, body: Callable[[ir.Value, list[Vec]], list[Vec]]) -> list[Vec]:
    """`count` sums over all blocks: body(block, sums so far) -> new sums."""
    builder, lanes = frame.lanes.builder, frame.lanes
    before = builder.block
    loop, after = builder.append_basic_block("loop"), builder.append_basic_block("after")
    builder.branch(loop)
    builder.position_at_end(loop)
    # The loop is entered at least once: a chunk has at least one block.
    block = builder.phi(INDEX)
    block.add_incoming(ir.Constant(INDEX, 0), before)
    phis = [builder.phi(lanes.vector) for _ in range(count)]
    for phi in phis:
        phi.add_incoming(lanes.constant(0.0).value, before)
    sums = body(block, [Vec(lanes, phi) for phi in phis])
    # The body may have added blocks of its own, so the sums come from the block where it ended.
    following = builder.add(block, ir.Constant(INDEX, 1))
    block.add_incoming(following, builder.block)
    for phi, total in zip(phis, sums, strict=True):
        phi.add_incoming(total.value, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, frame.blocks), loop, after)
    builder.position_at_end(after)
    return sums


def rows_of(frame: Frame, array: ir.Value, block: ir.Value) -> Vec:
    """The block's part of an array over the samples."""
    builder = frame.lanes.builder
    return frame.lanes.load(builder.gep(array, [builder.mul(block, ir.Constant(INDEX, frame.lanes.width))]))


def input_of(frame: Frame, block: ir.Value, column: int) -> Vec:
    """The block's part of a column of x."""
    builder = frame.lanes.builder
    # Features by samples: a column of x is contiguous, and one load fills all lanes.
    row = builder.gep(frame.x, [builder.mul(frame.stride, ir.Constant(INDEX, column))])
    return rows_of(frame, row, block)


class Scratch:
    """What one pass leaves for the next: of every block the hidden layers' a, then a place for each unit's d.

    Before a unit's d is known, its z is in that place (the last layer's: the logit), where anything still needs it.
    """

    def __init__(self, frame: Frame, network: Network) -> None:
        self.frame, self.network = frame, network
        self.hidden = sum(network.widths[1:-1])
        self.each = self.hidden + sum(network.widths[1:])
        # Interleaved by block, so that what a pass reads of one block lies in neighbouring cache lines.
        room = frame.lanes.builder.mul(frame.blocks, ir.Constant(INDEX, self.each))
        # on the stack: as many rows as `layout.straight_chunk` says, some 40 kB
        self.start = frame.lanes.builder.alloca(frame.lanes.vector, size=room)

    def _place(self, block: ir.Value, number: int) -> ir.Value:
        builder = self.frame.lanes.builder
        first = builder.mul(block, ir.Constant(INDEX, self.each))
        return builder.gep(self.start, [builder.add(first, ir.Constant(INDEX, number))])

    def _first(self, layer: int) -> int:
        return sum(self.network.widths[1:layer])

    def put_a(self, block: ir.Value, layer: int, a: list[Vec]) -> None:
        """Put down the activations of a hidden layer."""
        self._put(block, self._first(layer), a)

    def put_d(self, block: ir.Value, layer: int, d: list[Vec]) -> None:
        """Put down the deltas, or for now z, of layer 1, 2, …."""
        self._put(block, self.hidden + self._first(layer), d)

    def _put(self, block: ir.Value, first: int, values: list[Vec]) -> None:
        for number, value in enumerate(values, start=first):
            self.frame.lanes.builder.store(value.value, self._place(block, number))

    def a(self, block: ir.Value, layer: int, unit: int) -> Vec:
        """An activation; layer 0 is the inputs."""
        return input_of(self.frame, block, unit) if layer == 0 else self._get(block, self._first(layer) + unit)

    def d(self, block: ir.Value, layer: int, unit: int) -> Vec:
        """A delta, or z, of layer 1, 2, …."""
        return self._get(block, self.hidden + self._first(layer) + unit)

    def _get(self, block: ir.Value, number: int) -> Vec:
        return Vec(self.frame.lanes, self.frame.lanes.builder.load(self._place(block, number)))


class Parameters:
    """The parameters in all lanes, each loaded where it is used: processors do that within the instruction.

    LLVM sees that they don't change and would load all of them once, before the loop: more than there are registers,
    so that they'd be put down again as whole vectors and fetched from there. So it is not told where the pointer
    comes from: an empty piece of assembly stands between, one for every pass.
    """

    def __init__(self, frame: Frame) -> None:
        self.lanes, kind = frame.lanes, frame.p.type
        self.p = frame.lanes.builder.asm(ir.FunctionType(kind, [kind]), "", "=r,0", [frame.p], side_effect=True)

    def __getitem__(self, number: int) -> Vec:
        builder = self.lanes.builder
        # Processors with AVX broadcast a number from memory within the load.
        return self.lanes.spread(builder.load(builder.gep(self.p, [ir.Constant(INDEX, number)])))


def lane_sums(group: list[Vec]) -> Vec:
    """One vector with the lane sums of as many vectors as it has lanes, by a tree: half as many vectors each time.

    A pair's even elements are added to its odd ones: single lanes within each 16 bytes first, then whole 16 bytes.
    These are the shuffles that processors have.
    """
    lanes, shuffle = group[0].lanes, group[0].lanes.builder.shuffle_vector
    short = min(lanes.width, 4 if lanes.dtype == "float32" else 2)
    while len(group) > 1:
        # Shuffles within 16 bytes are cheap; those across them cost three cycles and come last, when few vectors are
        # left.
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
        vector + first + offset + lane
        for first in range(0, width, window)
        for vector in (0, width)
        for offset in range(start, window, 2 * unit)
        for lane in range(unit)
    ]
    return ir.Constant(ir.VectorType(ir.IntType(32), width), chosen)
