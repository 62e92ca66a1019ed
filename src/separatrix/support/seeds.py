"""Random numbers: independent streams from one seed, and PyTorch's own on the processor, without PyTorch.

PyTorch and NumPy share the generator, the Mersenne Twister MT19937 (Matsumoto & Nishimura 1998), and its seeding by one
number of 32 bits. What differs is how words become numbers. Sixteen or more normal numbers come in blocks of 16 by Box &
Muller's formula (1958), whose logarithm, sine and cosine are polynomials in float32 (Moshier's Cephes) with most products
fused with their sums. They are repeated here operation by operation, so that all bits agree with those of PyTorch on a
processor with AVX2 or AVX-512. On others, PyTorch itself gives some numbers that differ in the last bit.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from separatrix.support.constraints import SEED, check

PURPOSES = ("initial", "order", "split", "points", "test", "labels")  # a purpose is its position: append, never reorder


def stream_seed(seed: int, purpose: str) -> int:
    """A 32-bit seed for one purpose: other purposes and other seeds give unrelated ones.

    Without it the weights of a training would repeat the very numbers that drew the points of the same seed.
    NumPy's `SeedSequence` does the mixing (O'Neill 2015).

    >>> stream_seed(0, "initial") == stream_seed(0, "order")
    False
    """
    high, low = divmod(int(seed), 2**32)  # three words of 32 bits, each in its own place: no two seeds read alike
    sequence = np.random.SeedSequence((low, PURPOSES.index(purpose), high))
    return int(sequence.generate_state(1)[0])


def child_seed(seed: int, *path: int) -> int:
    """A 32-bit seed for one of many equal things, such as a member of an ensemble; path: its numbers.

    >>> child_seed(0, 1) == child_seed(0, 2), child_seed(0, 1) == child_seed(0, 1, 0)
    (False, False)
    """
    high, low = divmod(int(seed), 2**32)
    return int(np.random.SeedSequence((low, high), spawn_key=path).generate_state(1)[0])


def seed_of(random_state: Any) -> int:
    """A recipe's seed: the number itself, or one drawn from the generator given (None: NumPy's global one)."""
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**32))
    stream = np.random.mtrand._rand if random_state is None else random_state
    return int(stream.randint(2**31 - 1))


# PyTorch's generator.

BLOCK = 16  # normal numbers that are made together: eight radii and eight angles
AT_ONCE = 65_536  # numbers, so that the intermediate arrays stay in the cache of a core


def _float32(*numbers: float) -> tuple[float, ...]:
    """The nearest float32 numbers."""
    return tuple(np.array(numbers, np.float32).tolist())


# Coefficients of Cephes' logf, sinf and cosf.
LOG = _float32(
    7.0376836292e-2,
    -1.151461031e-1,
    1.1676998740e-1,
    -1.2420140846e-1,
    1.4249322787e-1,
    -1.6668057665e-1,
    2.0000714765e-1,
    -2.4999993993e-1,
    3.3333331174e-1,
)
LOG_LOW, LOG_HIGH = _float32(-2.1219444e-4, 0.693359375)  # log 2 in two parts
QUARTERS = _float32(-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)  # -π / 4 in three parts
SINE = _float32(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
COSINE = _float32(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
ROOT_HALF, TURN, OCTANTS = _float32(math.sqrt(0.5), 2 * math.pi, 4 / math.pi)


class TorchGenerator:
    """PyTorch's generator for the processor after `torch.manual_seed(seed)`.

    Only the lowest 32 bits of the seed count, as in PyTorch.

    Examples:
        >>> TorchGenerator(0).normal(3).round(4)
        array([ 1.541 , -0.2934, -2.1788], dtype=float32)
    """

    def __init__(self, seed: int) -> None:
        check("TorchGenerator", {"seed": seed}, {"seed": SEED})
        self._bits = np.random.RandomState(int(seed) & 0xFFFFFFFF)
        self._spare: float | None = None  # the second number of a pair, of which one was asked for

    def _words(self, count: int) -> np.ndarray:
        return self._bits.randint(0, 2**32, count, dtype=np.uint32)

    def _units(self, count: int) -> np.ndarray:
        """Numbers in [0, 1): (count,) float64, multiples of 2^-24, which float32 holds exactly."""
        # the lowest 24 bits of a word, as many as a float32 has digits
        return (self._words(count) & 0xFFFFFF).astype(np.float64) * 2.0**-24

    def _double(self) -> float:
        """A number in [0, 1), a multiple of 2^-53."""
        high, low = self._words(2).tolist()
        return float(((high & 0x1FFFFF) << 32 | low) * 2.0**-53)

    def uniform(self, bound: float, count: int) -> np.ndarray:
        """Numbers in [-bound, bound), as `torch.nn.init` draws them: (count,) float32."""
        low, high = np.float32(-bound), np.float32(bound)
        # one rounding at the end, as the fused multiply-add of PyTorch's build does
        return (self._units(count) * np.float64(high - low) + np.float64(low)).astype(np.float32)

    def normal(self, count: int) -> np.ndarray:
        """Standard normal numbers, as `torch.randn` draws them: (count,) float32."""
        if count < BLOCK:
            return np.array([self._one_normal() for _ in range(count)], np.float32)
        numbers = self._units(count)
        whole = count - count % BLOCK
        for first in range(0, whole, AT_ONCE):
            rows = slice(first, min(first + AT_ONCE, whole))
            numbers[rows] = _box_muller(numbers[rows])
        if whole < count:
            # a last block that is not full reaches back into the one before, and all of it is drawn anew
            numbers[-BLOCK:] = _box_muller(self._units(BLOCK))
        return numbers.astype(np.float32)

    def _one_normal(self) -> float:
        # in double precision and by pairs, of which the generator keeps the second
        if self._spare is not None:
            number, self._spare = self._spare, None
            return number
        turn, share = self._double(), self._double()
        radius, angle = math.sqrt(-2 * math.log1p(-share)), 2 * math.pi * turn
        self._spare = radius * math.sin(angle)
        return radius * math.cos(angle)


# Arrays of float64 hold float32 numbers below. A product of two such numbers is exact in float64, so that `_round(a * b + c)`
# rounds once, as a fused multiply-add does.


def _round(numbers: np.ndarray) -> np.ndarray:
    """The nearest float32 numbers, as float64."""
    return numbers.astype(np.float32).astype(np.float64)


def _box_muller(units: np.ndarray) -> np.ndarray:
    """Uniform numbers (16 b,) become standard normal ones (16 b,): eight radii and eight angles in each block."""
    radii, angles = units.reshape(-1, 2, BLOCK // 2).transpose(1, 0, 2)
    radius = _round(np.sqrt(_round(-2 * _logarithm(1 - radii))))
    sine, cosine = _sine_and_cosine(_round(TURN * angles))
    return np.stack((radius * cosine, radius * sine), axis=1).reshape(-1)  # two (b, 8) -> (b, 2, 8) -> (16 b,)


def _logarithm(x: np.ndarray) -> np.ndarray:
    """The natural logarithm of numbers in (0, 1]."""
    x, exponent = np.frexp(x)  # x in [1/2, 1)
    small = x < ROOT_HALF
    exponent = exponent - small
    x = x - 1 + np.where(small, x, 0)
    square = _round(x * x)
    y = np.full_like(x, LOG[0])
    for coefficient in LOG[1:]:
        y = _round(y * x + coefficient)
    y = _round(y * x)
    y = _round(y * square + _round(exponent * LOG_LOW))
    y = _round(square * -0.5 + y)
    return _round(exponent * LOG_HIGH + _round(x + y))


def _sine_and_cosine(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sine and cosine of numbers in [0, 2π]."""
    octant = (_round(x * OCTANTS).astype(np.int64) + 1) & ~1
    for part in QUARTERS:
        x = _round(octant * part + x)
    square = _round(x * x)
    s2, s1, s0 = SINE
    c2, c1, c0 = COSINE
    c = _round(_round(_round(c2 * square + c1) * square + c0) * square)
    c = _round(_round(c * square - _round(square * 0.5)) + 1)
    s = _round(_round(_round(s2 * square + s1) * square + s0) * square)
    s = _round(s * x + x)
    swapped = (octant & 2).astype(bool)
    sine, cosine = np.where(swapped, c, s), np.where(swapped, s, c)
    # octants 4 and 6 are below the axis, octants 2 and 4 to its left
    return np.where(octant & 4, -sine, sine), np.where(~(octant - 2) & 4, -cosine, cosine)
