"""The error function's family, and the normal distribution's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rustorch_fn import errors, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import doubled as D
from rustorch_fn.scipy.special import tables
from rustorch_fn.scipy.special.complexes import complex_erfcx
from rustorch_fn.scipy.special.forms import is_complex, operands, smooth
from rustorch_fn.typing import Array, ArrayLike

_ROOT_PI = math.sqrt(math.pi)


def erf(x: ArrayLike) -> Array:
    """The error function.

    >>> rt.scipy.special.erf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 0.843], dtype=float32)
    """
    return lax.erf(*operands("erf", x))


def erfc(x: ArrayLike) -> Array:
    """1 - erf(x), exact where it is small.

    >>> rt.scipy.special.erfc(rt.numpy.array([0.0, 1.0])).round(3)
    Array([1.   , 0.157], dtype=float32)
    """
    return lax.erfc(*operands("erfc", x))


def erfinv(x: ArrayLike) -> Array:
    """The number whose error function is x.

    >>> rt.scipy.special.erfinv(rt.numpy.array([0.0, 0.5, 1.0])).round(3)
    Array([0.   , 0.477,   inf], dtype=float32)
    """
    return lax.erf_inv(*operands("erfinv", x))


def _erfcx_positive(x: Any) -> Any:
    """exp(x²) erfc(x) for x >= 0."""
    place = (x - 4) / (x + 4)
    value = tables.look_up(tables.ERFCX, rnp.where(rnp.isinf(x), 1.0, place)) / (1 + 2 * x)
    return rnp.where(x == x, value, x)


@smooth(lambda x: 2 * x * _erfcx(x) - 2 / _ROOT_PI)
def _erfcx(x: Any) -> Any:
    size = rnp.abs(x)
    square = D.Doubled(size) * rnp.minimum(size, 40.0)
    growth = rnp.exp(square.high)
    below = 2 * (growth + growth * square.low) - _erfcx_positive(size)
    return rnp.where(x < -30, rnp.inf, rnp.where(x < 0, below, _erfcx_positive(size)))


def erfcx(x: ArrayLike) -> Array:
    """exp(x**2) * erfc(x), without underflow.

    >>> rt.scipy.special.erfcx(rt.numpy.array([0.0, 100.0])).round(4)
    Array([1.    , 0.0056], dtype=float32)
    """
    (value,) = operands("erfcx", x, complex_too=True, strong=True)
    return complex_erfcx(value) if is_complex(value) else _erfcx(value)


@smooth(lambda x: 1 - 2 * x * _dawsn(x))
def _dawsn(x: Any) -> Any:
    size = rnp.abs(x)
    near = size * tables.look_up(tables.DAWSON_NEAR, size * size)
    inverse = 1 / rnp.where(size > 5, size, 5.0)
    far = 0.5 * inverse * tables.look_up(tables.DAWSON_FAR, inverse * inverse)
    value = rnp.where(size < 1, near, rnp.where(size < 5, tables.look_up(tables.DAWSON, size), far))
    return rnp.where(size == size, rnp.copysign(value, x), x)


def dawsn(x: ArrayLike) -> Array:
    """Dawson's integral: exp(-x**2) times the integral of exp(t**2) from 0 to x.

    >>> rt.scipy.special.dawsn(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 0.538], dtype=float32)
    """
    return _dawsn(*operands("dawsn", x, strong=True))


# --- the normal distribution ---


def _density(x: Any) -> Any:
    return rnp.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


@smooth(_density)
def _ndtr(x: Any) -> Any:
    # x / sqrt(2) as a pair, since a tail magnifies the error of its argument
    u = D.Doubled(rnp.clip(-x, -40.0, 40.0)) * D.number(D.SQRT_HALF, D.Doubled(x))
    value = 0.5 * lax.erfc(u.high) - rnp.exp(-u.high * u.high) * u.low / _ROOT_PI
    return rnp.where(x == x, value, x)


def ndtr(x: ArrayLike) -> Array:
    """The normal distribution function.

    >>> rt.scipy.special.ndtr(rt.numpy.array([-1.0, 0.0, 1.0])).round(3)
    Array([0.159, 0.5  , 0.841], dtype=float32)
    """
    return _ndtr(*operands("ndtr", x, strong=True))


@smooth(lambda x: rnp.exp(-0.5 * x * x - _log_ndtr(x)) / math.sqrt(2 * math.pi))
def _log_ndtr(x: Any) -> Any:
    low = rnp.where(x < -1, x, -1.0)
    finite = rnp.maximum(low, -1e150)
    square = D.Doubled(finite) * finite
    scaled = rnp.log(0.5 * _erfcx_positive(finite * -math.sqrt(0.5)))
    tail = -0.5 * square.high + (scaled - 0.5 * square.low)
    middle = rnp.log(_ndtr(rnp.clip(x, -1.0, 0.0)))
    above = rnp.log1p(-_ndtr(-rnp.maximum(x, 0.0)))
    value = rnp.where(x < -1, rnp.where(x < -1e150, -0.5 * x * x, tail), rnp.where(x < 0, middle, above))
    return rnp.where(x == x, value, x)


def log_ndtr(x: ArrayLike, series_order: int = 3) -> Array:
    """The logarithm of the normal distribution function, exact in both tails.

    `series_order` is there for JAX's callers: no series is cut off here.

    >>> rt.scipy.special.log_ndtr(rt.numpy.array([-100.0, 0.0])).round(3)
    Array([-5.005524e+03, -6.930000e-01], dtype=float32)
    """
    if isinstance(series_order, bool) or not isinstance(series_order, int) or not 0 <= series_order <= 30:
        raise errors.BadArgument("log_ndtr", "series_order", series_order, "A whole number from 0 to 30")
    return _log_ndtr(*operands("log_ndtr", x, strong=True))


@smooth(lambda p: math.sqrt(2 * math.pi) * rnp.exp(0.5 * _ndtri(p) ** 2))
def _ndtri(p: Any) -> Any:
    middle = (p > 0.25) & (p < 0.75)
    near = math.sqrt(2) * lax.erf_inv(rnp.where(middle, 2 * p - 1, 0.0))
    rest = rnp.where(p < 0.5, p, 1 - p)
    rest = rnp.where(middle | ~(rest > 0), 0.25, rest)
    # a start of seven digits, then Halley's step on the logarithm of the distribution function
    x = tables.look_up(tables.NDTRI, rnp.sqrt(-2 * rnp.log(rest)))
    scaled = 0.5 * _erfcx_positive(x * math.sqrt(0.5))
    slope = 1 / (scaled * math.sqrt(2 * math.pi))
    excess = rnp.log(scaled) - 0.5 * x * x - rnp.log(rest)
    step = excess / slope
    x = x + step / (1 + 0.5 * step * (slope - x))
    far = rnp.where(p < 0.5, -x, x)
    value = rnp.where(middle, near, far)
    value = rnp.where(p == 0, -rnp.inf, rnp.where(p == 1, rnp.inf, value))
    return rnp.where((p >= 0) & (p <= 1), value, rnp.nan)


def ndtri(p: ArrayLike) -> Array:
    """The number below which a normal variable lies with probability p.

    >>> rt.scipy.special.ndtri(rt.numpy.array([0.0, 0.5, 0.9])).round(3)
    Array([ -inf, 0.   , 1.282], dtype=float32)
    """
    return _ndtri(*operands("ndtri", p, strong=True))


# --- Owen's function ---

_NODES, _WEIGHTS = (v.tolist() for v in np.polynomial.legendre.leggauss(32))


def _owens_below(h: Any, a: Any) -> Any:
    """The integral for h >= 0 and 0 <= a <= 1, by Gauss and Legendre where its function is not too small."""
    end = rnp.minimum(a, 9.0 / rnp.maximum(h, 1e-300))
    total = rnp.zeros_like(h)
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        u = end * ((1 + node) / 2)
        total = total + (weight / 2) * rnp.exp(-0.5 * (h * u) ** 2) / (1 + u * u)
    scale = D.exp(D.Doubled(h) * rnp.minimum(h, 60.0) * -0.5)
    return end * total * D.rounded(scale) / (2 * math.pi)


@smooth(
    lambda h, a: -rnp.exp(-0.5 * h * h) * lax.erf(a * h * math.sqrt(0.5)) / (2 * math.sqrt(2 * math.pi)),
    lambda h, a: rnp.exp(-0.5 * h * h * (1 + a * a)) / (2 * math.pi * (1 + a * a)),
)
def _owens_t(h: Any, a: Any) -> Any:
    size, slope = rnp.abs(h), rnp.abs(a)
    steep = slope > 1
    moved = size * rnp.where(steep, slope, 1.0)
    moved = rnp.where(rnp.isnan(moved), 0.0, moved)
    value = _owens_below(rnp.where(steep, moved, size), rnp.where(steep, 1 / rnp.where(steep, slope, 1.0), slope))
    p, q = _ndtr(-size), _ndtr(-moved)
    # for steep slopes, what is missing to (P(h) + P(ah)) / 2 - P(h) P(ah)
    near = 0.25 - 0.25 * lax.erf(size * math.sqrt(0.5)) * lax.erf(moved * math.sqrt(0.5)) - value
    far = 0.5 * (p + q) - p * q - value
    value = rnp.where(steep, rnp.where(moved < 0.67, near, far), value)
    value = rnp.where(a < 0, -value, value)
    return rnp.where(rnp.isnan(h) | rnp.isnan(a), rnp.nan, value)


def owens_t(h: ArrayLike, a: ArrayLike) -> Array:
    """Owen's T: the probability that X > h and 0 < Y < a X, for independent normal X and Y.

    >>> rt.scipy.special.owens_t(rt.numpy.array([0.0, 1.0]), 1.0).round(3)
    Array([0.125, 0.067], dtype=float32)
    """
    return _owens_t(*operands("owens_t", h, a, strong=True))
