"""Integrals of exponentials, sines and logarithms."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from rustorch_fn import dtypes, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import doubled as D
from rustorch_fn.scipy.special import tables
from rustorch_fn.scipy.special.forms import operands, smooth
from rustorch_fn.typing import Array, ArrayLike

_EULER = 0.5772156649015329


def _exponential(x: Any) -> tuple[Any, Any]:
    """Ei(x) for x > 0, and E1(-x) for x < 0; for x and its opposite."""
    size = rnp.abs(x)
    inverse = 1 / rnp.maximum(size, 1e-300)
    log = rnp.log(rnp.where(size > 0, size, 1.0))
    near = rnp.where(x > 0, rnp.minimum(x, 6.0), rnp.maximum(x, -1.0))
    start = (log + _EULER) + near * tables.look_up(tables.EIN, near)
    half = rnp.exp(0.5 * rnp.minimum(size, 1500.0))
    # in two steps, as the exponential may leave the range before the result does
    above = half * (half * (inverse * tables.look_up(tables.EXPI, rnp.minimum(inverse, 1.0))))
    below = rnp.exp(-size) * inverse * tables.look_up(tables.EXP1, rnp.minimum(inverse, 1.0))
    return rnp.where(x < 6, start, above), rnp.where(size < 1, -start, below)


@smooth(lambda x: rnp.exp(x) / x)
def _expi(x: Any) -> Any:
    up, down = _exponential(x)
    value = rnp.where(x > 0, up, -down)
    value = rnp.where(x == 0, -rnp.inf, rnp.where(x == rnp.inf, rnp.inf, value))
    return rnp.where(x == x, value, x)


def expi(x: ArrayLike) -> Array:
    """The exponential integral Ei: that of exp(t) / t from -inf to x, its principal value for x > 0.

    >>> rt.scipy.special.expi(rt.numpy.array([-1.0, 1.0])).round(3)
    Array([-0.219,  1.895], dtype=float32)
    """
    return _expi(*operands("expi", x, strong=True))


@smooth(lambda x: -rnp.exp(-x) / x)
def _exp1(x: Any) -> Any:
    _, down = _exponential(-x)
    value = rnp.where(x == 0, rnp.inf, rnp.where(x < 0, rnp.nan, down))
    return rnp.where(x == x, value, x)


def exp1(x: ArrayLike) -> Array:
    """The exponential integral E1: that of exp(-t) / t from x to inf; nan below 0.

    >>> rt.scipy.special.exp1(rt.numpy.array([0.0, 1.0])).round(3)
    Array([  inf, 0.219], dtype=float32)
    """
    return _exp1(*operands("exp1", x, strong=True))


_LEVELS = 100


def _expn_series(n: Any, x: Any) -> Any:
    """For 0 < x <= 1: the sum of (-x)**k / ((n - 1 - k) k!), whose term at k = n - 1 is a logarithm."""
    psi = lax.digamma(n)
    log = rnp.log(x)
    total, term = rnp.zeros_like(x), rnp.ones_like(x)
    special = rnp.zeros_like(x)
    for k in range(22):
        here = n - 1 == k
        special = rnp.where(here, term * (psi - log), special)
        total = total + rnp.where(here, 0.0, term / rnp.where(here, 1.0, n - 1 - k))
        term = term * (-x / (k + 1))
    # for larger n the logarithm's term is less than a last place of the others
    return total + special


def _expn_fraction(n: Any, x: Any) -> Any:
    """For x > 1: exp(-x) times the continued fraction 1 / (x + n - 1 n / (x + n + 2 - …)), from its end."""
    under = x + n + 2.0 * _LEVELS
    for k in range(_LEVELS, 0, -1):
        under = x + (n + 2.0 * (k - 1)) - (k * (n - 1 + k)) / under
    return rnp.exp(-x) / under


def _expn(n: Any, x: Any) -> Any:
    inside = (x > 0) & (x < 1e3) & (n >= 1)
    low = inside & (x <= 1)
    order = rnp.where(n >= 1, n, 1.0)
    near = _expn_series(order, rnp.where(low, x, 1.0))
    far = _expn_fraction(order, rnp.where(inside & ~low, x, 2.0))
    value = rnp.where(low, near, far)
    value = rnp.where(x == 0, rnp.where(n > 1, 1 / rnp.where(n > 1, n - 1, 1.0), rnp.inf), value)
    value = rnp.where(n == 0, rnp.exp(-x) / x, value)
    value = rnp.where((x >= 1e3) & (n >= 0), 0.0, value)
    return rnp.where((x < 0) | (n < 0) | rnp.isnan(x), rnp.nan, value)


_expn = smooth(None, lambda n, x: -_expn(n - 1, x))(_expn)


def expn(n: ArrayLike, x: ArrayLike) -> Array:
    """The exponential integral of order n: that of exp(-x t) / t**n from 1 to inf.

    >>> rt.scipy.special.expn(2, rt.numpy.array([0.0, 1.0])).round(3)
    Array([1.   , 0.148], dtype=float32)
    """
    order = rnp.asarray(n)
    if order.dtype not in dtypes.INTS:
        order = rnp.floor(order)
    return _expn(*operands("expn", order, x, strong=True))


# --- sines ---


def _sine_parts(x: Any) -> tuple[Any, Any]:
    """Si and Ci of x >= 0."""
    square = rnp.minimum(x, 4.0) ** 2
    log = rnp.log(rnp.where(x > 0, x, 1.0))
    near = x * tables.look_up(tables.SI, square)
    near_cosine = (log + _EULER) + square * tables.look_up(tables.CIN, square)
    far = rnp.where((x > 4) & (x < rnp.inf), x, 4.0)
    inverse = 1 / far
    f = inverse * tables.look_up(tables.SICI_F, inverse * inverse)
    g = inverse * inverse * tables.look_up(tables.SICI_G, inverse * inverse)
    s, c = rnp.sin(far), rnp.cos(far)
    si = rnp.where(x > 4, math.pi / 2 - (f * c + g * s), near)
    ci = rnp.where(x > 4, f * s - g * c, near_cosine)
    si = rnp.where(x == rnp.inf, math.pi / 2, si)
    return si, rnp.where(x == 0, -rnp.inf, rnp.where(x == rnp.inf, 0.0, ci))


@smooth(lambda x: rnp.where(x == 0, 1.0, rnp.sin(x) / rnp.where(x == 0, 1.0, x)))
def _si(x: Any) -> Any:
    value, _ = _sine_parts(rnp.abs(x))
    return rnp.where(x == x, rnp.copysign(value, x), x)


@smooth(lambda x: rnp.cos(x) / x)
def _ci(x: Any) -> Any:
    _, value = _sine_parts(rnp.abs(x))
    value = rnp.where(x == -rnp.inf, rnp.nan, value)
    return rnp.where(x == x, value, x)


def sici(x: ArrayLike) -> tuple[Array, Array]:
    """The sine and cosine integrals; the cosine's of a negative number without its imaginary part.

    >>> [y.round(3) for y in rt.scipy.special.sici(rt.numpy.array([1.0]))]
    [Array([0.946], dtype=float32), Array([0.337], dtype=float32)]
    """
    (value,) = operands("sici", x, strong=True)
    return _si(value), _ci(value)


def _fresnel_parts(x: Any) -> tuple[Any, Any]:
    """S and C of x >= 0."""
    low = rnp.minimum(x, 1.5)
    fourth = (low * low) * (low * low)
    near_c, near_s = (low * tables.look_up(tables.FRESNEL_C, fourth),
                      low * low * low * tables.look_up(tables.FRESNEL_S, fourth))  # fmt: skip
    far = rnp.clip(x, 1.5, 1e20)
    # x² / 2 in turns, of which whole ones do not count
    square = D.Doubled(far) * far
    rest = square.high - 4 * rnp.round(square.high / 4)
    angle = (rest + square.low) * (math.pi / 2)
    s, c = rnp.sin(angle), rnp.cos(angle)
    w = 1 / (math.pi * (far * far))
    f = tables.look_up(tables.FRESNEL_F, w * w) / (math.pi * far)
    g = tables.look_up(tables.FRESNEL_G, w * w) * w / (math.pi * far)
    return (rnp.where(x < 1.5, near_s, 0.5 - (f * c + g * s)), rnp.where(x < 1.5, near_c, 0.5 + (f * s - g * c)))


def _sine_of_square(x: Any) -> Any:
    return rnp.sin(_quarter_turns(x))


def _cosine_of_square(x: Any) -> Any:
    return rnp.cos(_quarter_turns(x))


def _quarter_turns(x: Any) -> Any:
    """pi x² / 2; its derivative is that of the formula, its value reduced by whole turns."""
    square = x * x
    return (square - 4 * lax.stop_gradient(rnp.round(square / 4))) * (math.pi / 2)


@smooth(_sine_of_square)
def _fresnel_s(x: Any) -> Any:
    value, _ = _fresnel_parts(rnp.abs(x))
    return rnp.where(x == x, rnp.copysign(value, x), x)


@smooth(_cosine_of_square)
def _fresnel_c(x: Any) -> Any:
    _, value = _fresnel_parts(rnp.abs(x))
    return rnp.where(x == x, rnp.copysign(value, x), x)


def fresnel(x: ArrayLike) -> tuple[Array, Array]:
    """Fresnel's integrals of sin(pi t**2 / 2) and of cos(pi t**2 / 2) from 0 to x.

    >>> [y.round(3) for y in rt.scipy.special.fresnel(rt.numpy.array([1.0]))]
    [Array([0.438], dtype=float32), Array([0.78], dtype=float32)]
    """
    (value,) = operands("fresnel", x, strong=True)
    return _fresnel_s(value), _fresnel_c(value)


# B(2k) / (2k + 1)!
_DEBYE = [
    float(b / math.factorial(2 * k + 1))
    for k, b in enumerate(
        (
            *(Fraction(1), Fraction(1, 6), Fraction(-1, 30), Fraction(1, 42), Fraction(-1, 30), Fraction(5, 66)),
            *(Fraction(-691, 2730), Fraction(7, 6), Fraction(-3617, 510), Fraction(43867, 798)),
        )
    )
]


def _spence_middle(u: Any) -> Any:
    """spence(exp(-u)) for |u| below 0.7, by Debye's series."""
    return u * (D.poly(u * u, _DEBYE) - 0.25 * u)


def _spence_slope(x: Any) -> Any:
    near = rnp.abs(x - 1) < 1e-4
    t = rnp.where(near, x - 1, 0.0)
    away = rnp.where(near, 2.0, x)
    return rnp.where(near, -1 + t * (0.5 - t * (1 / 3 - t / 4)), rnp.log(away) / (1 - away))


@smooth(_spence_slope)
def _spence(x: Any) -> Any:
    positive = rnp.where(x > 0, x, 1.0)
    log = rnp.log(positive)
    low, high = positive < 0.5, positive > 2
    # 1 - x of small x, 1 / x of large x: then 1 - that, where it is small
    turned = rnp.where(high, 1 / positive, positive)
    small = low | high
    rest = rnp.log1p(-rnp.where(small, turned, 0.25))
    middle = _spence_middle(rnp.where(small, -rest, 0.0 - log))
    log_turned = rnp.where(high, -log, log)
    below = math.pi**2 / 6 - log_turned * rest - middle
    value = rnp.where(small, below, middle)
    value = rnp.where(high, -0.5 * log * log - value, value)
    value = rnp.where(x == 0, math.pi**2 / 6, rnp.where(x == rnp.inf, -rnp.inf, value))
    return rnp.where(x >= 0, value, rnp.nan)


def spence(x: ArrayLike) -> Array:
    """Spence's function: the integral of log(t) / (1 - t) from 1 to x.

    >>> rt.scipy.special.spence(rt.numpy.array([0.0, 1.0, 2.0])).round(3)
    Array([ 1.645,  0.   , -0.822], dtype=float32)
    """
    return _spence(*operands("spence", x, strong=True))
