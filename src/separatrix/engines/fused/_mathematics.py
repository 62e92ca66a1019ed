"""exp, log and their kin on vectors, in float32 and float64: straight arithmetic, so that every lane does the same.

Neither Numba nor LLVM brings vectorised ones along. The reductions are the classical ones (Cody & Waite 1980; the
float32 coefficients are those of Moshier's Cephes, single precision); float64 uses Taylor coefficients on the same
reduced range, long enough for the last bit or two. NaN goes in and comes out.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from llvmlite import ir

from separatrix.engines.fused._vectors import Vec, where

LOG2E = 1.4426950408889634
# ln 2 in two parts: the high part has trailing zeros, so that k · LN2_HIGH is exact for every k that occurs.
LN2_HIGH = {"float32": 0.693359375, "float64": 6.93145751953125e-1}
LN2_LOW = {"float32": -2.12194440e-4, "float64": 1.42860682030941723212e-6}
# Added and subtracted again it rounds to a whole number: at this size the last bit of the sum counts ones.
ROUNDER = {"float32": 1.5 * 2.0**23, "float64": 1.5 * 2.0**52}
# Arguments beyond these would overflow, or give denormal results, which are slow.
LOWEST = {"float32": -87.0, "float64": -708.0}
HIGHEST = {"float32": 88.0, "float64": 709.0}
EXP_32 = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
EXP_64 = tuple(1 / math.factorial(k) for k in range(13, 1, -1))


def _horner(x: Vec, coefficients: tuple[float, ...]) -> Vec:
    total = x.lanes.constant(coefficients[0])
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total


def _clamped(x: Vec, low: float, high: float) -> Vec:
    """Into [low, high]; a NaN stays one."""
    x = where(x.compare("<", low), x.lanes.constant(low), x)
    return where(x.compare(">", high), x.lanes.constant(high), x)


def _reduced(x: Vec) -> tuple[Vec, Vec, Vec]:
    """In x = k ln 2 + r with |r| <= ln 2 / 2, k whole: r, (exp(r) - 1 - r) / r² as a polynomial, and 2^k.

    Adding ROUNDER leaves no room for digits after the point: the sum ends in the bits of k, rounded, which are then
    shifted to where a number has its exponent.
    """
    lanes, builder, dtype = x.lanes, x.lanes.builder, x.lanes.dtype
    bias, shift = (127, 23) if dtype == "float32" else (1023, 52)
    sum_ = x * LOG2E + ROUNDER[dtype]
    k = sum_ - ROUNDER[dtype]
    r = x - k * LN2_HIGH[dtype]  # exact: LN2_HIGH ends in zeros
    r = r - k * LN2_LOW[dtype]
    bits = builder.shl(builder.bitcast(sum_.value, lanes.mask), ir.Constant(lanes.mask, [shift] * lanes.width))
    power = builder.bitcast(builder.add(bits, ir.Constant(lanes.mask, [bias << shift] * lanes.width)), lanes.vector)
    return r, _horner(r, EXP_32 if dtype == "float32" else EXP_64), Vec(lanes, power)


def exp(x: Vec) -> Vec:
    """The exponential, at least exp of the lowest and at most exp of the highest finite argument."""
    r, rest, power = _reduced(_clamped(x, LOWEST[x.lanes.dtype], HIGHEST[x.lanes.dtype]))
    return ((rest * r + 1.0) * r + 1.0) * power


def expm1(x: Vec) -> Vec:
    """One less than exp(x), accurate near 0."""
    r, rest, power = _reduced(_clamped(x, LOWEST[x.lanes.dtype], HIGHEST[x.lanes.dtype]))
    # exp(x) - 1 = (exp(r) - 1) 2^k + (2^k - 1): both terms are exact near 0, where exp(x) - 1 would cancel.
    return (rest * r * r + r) * power + (power - 1.0)


def log1p(x: Vec) -> Vec:
    """log(1 + x) for x in [0, 1]: with s = x / (2 + x) it is 2 atanh(s), a series in s² <= 1 / 9."""
    s = x / (x + 2.0)
    terms = 8 if x.lanes.dtype == "float32" else 17
    series = _horner(s * s, tuple(2.0 / (2 * k + 1) for k in range(terms, -1, -1)))
    return series * s


def absolute(x: Vec) -> Vec:
    """|x|."""
    return x.lanes.call("fabs", x)


def sqrt(x: Vec) -> Vec:
    """The square root, rounded as exactly as the processor's."""
    return x.lanes.call("sqrt", x)


def sigmoid(x: Vec) -> Vec:
    """1 / (1 + exp(-x)): small values keep all their digits."""
    return 1.0 / (exp(-x) + 1.0)


def softplus(x: Vec) -> Vec:
    """log(1 + exp(x)) without overflow."""
    # max(x, 0) + log1p(exp(-|x|)); the comparison is written so that NaN stays NaN.
    above = where(x.compare("<=", 0.0), x.lanes.constant(0.0), x)
    return above + log1p(exp(-absolute(x)))


def tanh(x: Vec) -> Vec:
    """-expm1(-2|x|) / (2 + expm1(-2|x|)), with x's sign."""
    # The exponent is never positive, so that nothing overflows and large |x| gives exactly 1.
    e = expm1(absolute(x) * -2.0)
    t = -e / (e + 2.0)
    return where(x.compare("<", 0.0), -t, t)


# float32, |x| <= 4, where erf has reached 1: x P(x²) / Q(x²), the approximation of Eigen's `generic_fast_erf_float`.
ERF_32_P = (
    -2.72614225801306e-10,
    2.77068142495902e-08,
    -2.10102402082508e-06,
    -5.69250639462346e-05,
    -7.34990630326855e-04,
    -2.95459980854025e-03,
    -1.60960333262415e-02,
)
ERF_32_Q = (
    -1.45660718464996e-05,
    -2.13374055278905e-04,
    -1.68282697438203e-03,
    -7.37332916720468e-03,
    -1.42647390514189e-02,
)
# float64: Cephes' `ndtr.c`, |x| < 1: x T(x²) / U(x²); beyond: 1 - exp(-x²) P(x) / Q(x).
ERF_64_T = (
    9.60497373987051638749,
    9.00260197203842689217e1,
    2.23200534594684319226e3,
    7.00332514112805075473e3,
    5.55923013010394962768e4,
)
ERF_64_U = (
    1.0,
    3.35617141647503099647e1,
    5.21357949780152679795e2,
    4.59432382970980127987e3,
    2.26290000613890934246e4,
    4.92673942608635921086e4,
)
ERFC_64_P = (
    2.46196981473530512524e-10,
    5.64189564831068821977e-1,
    7.46321056442269912687,
    4.86371970985681366614e1,
    1.96520832956077098242e2,
    5.26445194995477358631e2,
    9.34528527171957607540e2,
    1.02755188689515710272e3,
    5.57535335369399327526e2,
)
ERFC_64_Q = (
    1.0,
    1.32281951154744992508e1,
    8.67072140885989742329e1,
    3.54937778887819891062e2,
    9.75708501743205489753e2,
    1.82390916687909736289e3,
    2.24633760818710981792e3,
    1.65666309194161350182e3,
    5.57535340817727675546e2,
)


def erf(x: Vec) -> Vec:
    """The error function: quotients of polynomials, one division in float32 and two in float64."""
    if x.lanes.dtype == "float32":
        x = _clamped(x, -4.0, 4.0)
        return x * _horner(x * x, ERF_32_P) / _horner(x * x, ERF_32_Q)
    near = x * _horner(x * x, ERF_64_T) / _horner(x * x, ERF_64_U)
    size = _clamped(absolute(x), 1.0, 8.0)
    tail = exp(-(size * size)) * _horner(size, ERFC_64_P) / _horner(size, ERFC_64_Q)
    return where(absolute(x).compare("<", 1.0), near, where(x.compare("<", 0.0), tail - 1.0, 1.0 - tail))


def power(base: Vec, exponent: Vec) -> Vec:
    """base^exponent for base in (0, 1]; a base of 0 counts as the smallest normal number."""
    tiny = 1.2e-38 if base.lanes.dtype == "float32" else 2.3e-308
    safe = where(base.compare("<", tiny), base.lanes.constant(tiny), base)
    return exp(exponent * log(safe))


def log(x: Vec) -> Vec:
    """Of normal x > 0: x = 2^k m with m in [sqrt(1/2), sqrt(2)), and 2 atanh((m - 1) / (m + 1)) for log m."""
    lanes, builder = x.lanes, x.lanes.builder
    bias, shift = (127, 23) if lanes.dtype == "float32" else (1023, 52)

    def every(number: int) -> ir.Constant:
        return ir.Constant(lanes.mask, [number] * lanes.width)

    bits = builder.bitcast(x.value, lanes.mask)
    exponent = builder.sub(builder.lshr(bits, every(shift)), every(bias))
    mantissa = builder.or_(builder.and_(bits, every((1 << shift) - 1)), every(bias << shift))
    m, k = Vec(lanes, builder.bitcast(mantissa, lanes.vector)), Vec(lanes, builder.sitofp(exponent, lanes.vector))
    # Around 1 the series converges fastest: |s| <= 0.172.
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
    "log": log,
    "log1p": log1p,
    "power": power,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "sqrt": sqrt,
    "tanh": tanh,
}
