"""exp, log and their kin on vectors, in float32 and float64: straight arithmetic, so that every lane does the same.

Neither Numba nor LLVM brings vectorised ones along. The reductions are the classical ones (Cody & Waite 1980; the float32
coefficients are those of Moshier's Cephes, single precision); float64 uses Taylor coefficients on the same reduced range,
long enough for the last bit or two. NaN goes in and comes out.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from llvmlite import ir

from separatrix.engines.fused.vectors import Vec, where

LOG2E = 1.4426950408889634
LN2_HIGH = {"float32": 0.693359375, "float64": 6.93145751953125e-1}
LN2_LOW = {"float32": -2.12194440e-4, "float64": 1.42860682030941723212e-6}
LOWEST = {"float32": -87.0, "float64": -708.0}
HIGHEST = {"float32": 88.0, "float64": 709.0}
EXP_32 = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
EXP_64 = tuple(1 / math.factorial(k) for k in range(13, 1, -1))


def _horner(x: Vec, coefficients: tuple[float, ...]) -> Vec:
    total = x.lanes.constant(coefficients[0])
    for each in coefficients[1:]:
        total = total * x + each
    return total


def _clamped(x: Vec, low: float, high: float) -> Vec:
    """Into [low, high]; a NaN stays one."""
    x = where(x.compare("<", low), x.lanes.constant(low), x)
    return where(x.compare(">", high), x.lanes.constant(high), x)


def _power_of_two(k: Vec) -> Vec:
    """2^k for whole k, by writing k into the exponent's bits."""
    lanes, builder = k.lanes, k.lanes.builder
    bias, shift = (127, 23) if lanes.dtype == "float32" else (1023, 52)
    whole = builder.fptosi(k.value, lanes.mask)
    raised = builder.add(whole, ir.Constant(lanes.mask, [bias] * lanes.width))
    bits = builder.shl(raised, ir.Constant(lanes.mask, [shift] * lanes.width))
    return Vec(lanes, builder.bitcast(bits, lanes.vector))


def _reduced(x: Vec) -> tuple[Vec, Vec, Vec]:
    """x = k ln 2 + r with |r| <= ln 2 / 2: k, r, and exp(r) - 1 as a polynomial."""
    dtype = x.lanes.dtype
    k = x.lanes.call("rint", x * LOG2E)
    r = k.times_plus(x.lanes.constant(-LN2_HIGH[dtype]), x)
    r = k.times_plus(x.lanes.constant(-LN2_LOW[dtype]), r)
    return k, r, _horner(r, EXP_32 if dtype == "float32" else EXP_64) * r * r + r


def exp(x: Vec) -> Vec:
    """exp(x), at least exp of the lowest and at most exp of the highest finite argument."""
    x = _clamped(x, LOWEST[x.lanes.dtype], HIGHEST[x.lanes.dtype])
    k, _, less_one = _reduced(x)
    return (less_one + 1.0) * _power_of_two(k)


def expm1(x: Vec) -> Vec:
    """exp(x) - 1, accurate near 0."""
    x = _clamped(x, LOWEST[x.lanes.dtype], HIGHEST[x.lanes.dtype])
    k, _, less_one = _reduced(x)
    power = _power_of_two(k)
    return less_one * power + (power - 1.0)


def log1p(x: Vec) -> Vec:
    """log(1 + x) for x in [0, 1]: with s = x / (2 + x) it is 2 atanh(s), a series in s² <= 1 / 9."""
    s = x / (x + 2.0)
    terms = 8 if x.lanes.dtype == "float32" else 17
    series = _horner(s * s, tuple(2.0 / (2 * k + 1) for k in range(terms, -1, -1)))
    return series * s


def absolute(x: Vec) -> Vec:
    """|x|."""
    return x.lanes.call("fabs", x)


def sigmoid(x: Vec) -> Vec:
    """1 / (1 + exp(-x)), from exp(-|x|), so that small values keep all their digits."""
    e = exp(-absolute(x))
    return where(x.compare(">=", 0.0), x.lanes.constant(1.0), e) / (e + 1.0)


def softplus(x: Vec) -> Vec:
    """log(1 + exp(x)) without overflow."""
    above = where(x.compare("<=", 0.0), x.lanes.constant(0.0), x)
    return above + log1p(exp(-absolute(x)))


def tanh(x: Vec) -> Vec:
    """tanh(x) = -expm1(-2|x|) / (2 + expm1(-2|x|)), with x's sign."""
    e = expm1(absolute(x) * -2.0)
    t = -e / (e + 2.0)
    return where(x.compare("<", 0.0), -t, t)


# |x| up to which the series serves, its terms, and the terms of the fraction beyond: enough for the type's last digits.
ERF = {"float32": (1.0, 11, 30), "float64": (2.0, 38, 60)}


def erf(x: Vec) -> Vec:
    """The error function.

    Near 0: 2 / sqrt(pi) times the Taylor series. Beyond: 1 - exp(-x²) times a continued fraction (Abramowitz & Stegun
    1964, 7.1.14).
    """
    border, terms, fraction_terms = ERF[x.lanes.dtype]
    size = absolute(x)
    inside = size.compare("<", border)
    far_size = where(inside, x.lanes.constant(border), size)
    tail = exp(-(far_size * far_size)) * _erfc_fraction(far_size, fraction_terms)
    far = where(x.compare("<", 0.0), tail - 1.0, 1.0 - tail)
    return where(inside, _erf_near(x, terms), far)


def _erf_near(x: Vec, terms: int) -> Vec:
    series = tuple((-1.0) ** k / (math.factorial(k) * (2 * k + 1)) for k in range(terms, -1, -1))
    return _horner(x * x, series) * x * (2 / math.sqrt(math.pi))


def _erfc_fraction(x: Vec, terms: int) -> Vec:
    """exp(x²) erfc(x), as 1 / sqrt(pi) / (x + (1/2) / (x + 1 / (x + (3/2) / (x + …))))."""
    below = x
    for k in range(terms, 0, -1):
        below = x + (k / 2) / below
    return (1 / math.sqrt(math.pi)) / below


def focal(z: Vec, y: Vec, gamma: Vec) -> Vec:
    """wrong^gamma · bce, wrong = p + y - 2 p y."""
    return _power(_wrong(z, y), gamma) * (softplus(z) - y * z)


def focal_slope(z: Vec, y: Vec, gamma: Vec) -> Vec:
    """Its derivative by z, as in `separatrix.losses`."""
    p, wrong = sigmoid(z), _wrong(z, y)
    tilt = (1.0 - 2.0 * y) * p * (1.0 - p)
    return _power(wrong, gamma) * (p - y) + gamma * _power(wrong, gamma - 1.0) * tilt * (softplus(z) - y * z)


def _wrong(z: Vec, y: Vec) -> Vec:
    p = sigmoid(z)
    return p + y - 2.0 * p * y


def _power(base: Vec, exponent: Vec) -> Vec:
    """base^exponent for base in (0, 1]; 0 counts as the smallest normal number."""
    tiny = 1.2e-38 if base.lanes.dtype == "float32" else 2.3e-308
    safe = where(base.compare("<", tiny), base.lanes.constant(tiny), base)
    return exp(exponent * log(safe))


def log(x: Vec) -> Vec:
    """log(x) for normal x > 0: x = 2^k m with m in [sqrt(1/2), sqrt(2)), and 2 atanh((m - 1) / (m + 1)) for log m."""
    lanes, builder = x.lanes, x.lanes.builder
    bias, shift = (127, 23) if lanes.dtype == "float32" else (1023, 52)

    def every(number: int) -> ir.Constant:
        return ir.Constant(lanes.mask, [number] * lanes.width)

    bits = builder.bitcast(x.value, lanes.mask)
    exponent = builder.sub(builder.lshr(bits, every(shift)), every(bias))
    mantissa = builder.or_(builder.and_(bits, every((1 << shift) - 1)), every(bias << shift))
    m, k = Vec(lanes, builder.bitcast(mantissa, lanes.vector)), Vec(lanes, builder.sitofp(exponent, lanes.vector))
    large = m.compare(">", math.sqrt(2))
    m, k = where(large, m * 0.5, m), where(large, k + 1.0, k)
    s = (m - 1.0) / (m + 1.0)
    terms = 5 if lanes.dtype == "float32" else 11
    series = _horner(s * s, tuple(2.0 / (2 * j + 1) for j in range(terms, -1, -1))) * s
    return series + k * LN2_LOW[lanes.dtype] + k * LN2_HIGH[lanes.dtype]


FUNCTIONS: dict[str, Callable[..., Vec]] = {
    "abs": absolute,
    "erf": erf,
    "exp": exp,
    "expm1": expm1,
    "focal": focal,
    "focal_slope": focal_slope,
    "log1p": log1p,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "tanh": tanh,
}
