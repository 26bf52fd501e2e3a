"""Bessel's functions."""

from __future__ import annotations

import functools
from typing import Any

from rustorch_fn import errors, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import doubled as D
from rustorch_fn.lax.doubled import Doubled, poly
from rustorch_fn.scipy.special.forms import operands, smooth, weakly
from rustorch_fn.typing import Array, ArrayLike


def i0e(x: ArrayLike) -> Array:
    """exp(-|x|) times Bessel's I of order 0.

    >>> rt.scipy.special.i0e(rt.numpy.array([0.0, 1.0])).round(3)
    Array([1.   , 0.466], dtype=float32)
    """
    xs = operands("i0e", x)
    return weakly(lax.bessel_i0e(*xs), *xs)


def i1e(x: ArrayLike) -> Array:
    """exp(-|x|) times Bessel's I of order 1.

    >>> rt.scipy.special.i1e(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 0.208], dtype=float32)
    """
    xs = operands("i1e", x)
    return weakly(lax.bessel_i1e(*xs), *xs)


def _grown(scaled: Any, x: Any) -> Any:
    """scaled · exp(|x|), which may be in range though the exponential is not."""
    half = rnp.exp(0.5 * rnp.abs(x))
    far = rnp.where(rnp.abs(x) < 100, 1.0, half)
    near = rnp.where(rnp.abs(x) < 100, rnp.exp(rnp.minimum(rnp.abs(x), 100.0)), half)
    value = scaled * near * far
    return rnp.where(rnp.isinf(x), rnp.copysign(rnp.inf, scaled), value)


@smooth(lambda x: _i1(x))
def _i0(x: Any) -> Any:
    return rnp.abs(_grown(lax.bessel_i0e(x), x))


def _i1_slope(x: Any) -> Any:
    safe = rnp.where(x == 0, 1.0, x)
    return rnp.where(x == 0, 0.5, _i0(x) - _i1(x) / safe)


@smooth(_i1_slope)
def _i1(x: Any) -> Any:
    return rnp.where(rnp.isinf(x), x, _grown(lax.bessel_i1e(x), x))


def i0(x: ArrayLike) -> Array:
    """Bessel's I of order 0.

    >>> rt.scipy.special.i0(rt.numpy.array([0.0, 1.0])).round(3)
    Array([1.   , 1.266], dtype=float32)
    """
    return _i0(*operands("i0", x))


def i1(x: ArrayLike) -> Array:
    """Bessel's I of order 1.

    >>> rt.scipy.special.i1(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 0.565], dtype=float32)
    """
    return _i1(*operands("i1", x))


# --- of the first kind ---

_LARGE = 25.0
_BEYOND = 60


def _hankel(order: int) -> tuple[list[float], list[float]]:
    """The coefficients of Hankel's two series in 1 / z², of which the second is multiplied by 1 / z."""
    terms = [1.0]
    for k in range(1, 26):
        terms.append(terms[-1] * (4 * order * order - (2 * k - 1) ** 2) / (8 * k))
    signs = [(-1.0) ** (k // 2) for k in range(len(terms))]
    signed = [t * s for t, s in zip(terms, signs, strict=True)]
    return signed[::2], signed[1::2]


def _far_bessel(z: Any, v: int) -> list[Any]:
    """Orders 0 … v of z > v + 25: Hankel's series, then the recurrence upwards; largest terms with their tails."""
    inverse = 1 / z
    square = inverse * inverse
    s, c = rnp.sin(z), rnp.cos(z)
    exact = 1.0 / (Doubled(z) * D.number(D.PI, Doubled(z)))
    scale = rnp.sqrt(exact.high)
    missing = D.rounded(exact - Doubled(scale) * scale) / (2 * scale)
    cosine, sine = Doubled(c) + s, Doubled(s) - c
    out = []
    for order in (0, 1):
        p, q = _hankel(order)
        first, second = square * poly(square, p[1:]), inverse * poly(square, q)
        rest = first * cosine.high - second * sine.high + cosine.low
        out.append(scale * cosine.high + (scale * rest + missing * cosine.high))
        # the next order is a quarter turn behind
        cosine, sine = sine, -cosine
    for k in range(1, v):
        out.append(2 * k * inverse * out[k] - out[k - 1])
    return out[: v + 1]


def _near_bessel(z: Any, v: int, steps: int) -> list[Any]:
    """Orders 0 … v of 0 <= z <= v + 25: quotients of neighbours from above (Miller), made so that they add to 1.

    Of quotients r, the sum is 1 + 2 r_1 r_2 (1 + r_3 r_4 (1 + …)).
    """
    start = 2 * ((max(steps, v + int(_LARGE)) + _BEYOND) // 2)

    def quotient(k: Any, above: Any) -> Any:
        under = 2.0 * k - above * z
        return Doubled(z) / D.where(under.high == 0, 1e-300, under)

    def turn(i: Any, s: Any) -> Any:
        k = start - 2.0 * rnp.broadcast_to(i, z.shape).astype("float64")
        upper = quotient(k, Doubled(s[0], s[1]))
        lower = quotient(k - 1.0, upper)
        total = upper * lower * (Doubled(s[2], s[3]) + 1.0)
        return lower.high, lower.low, total.high, total.low

    zero = rnp.zeros_like(z)
    # to the lowest pair of quotients above v, then one by one
    last = 2 * (v // 2 + 1)
    state = lax.fori_loop(0, (start - last) // 2, turn, (zero, zero, zero, zero))
    ratio, total, ratios = Doubled(*state[:2]), Doubled(*state[2:]), []
    for k in range(last, 0, -1):
        ratio = quotient(float(k) + zero, ratio)
        ratios.append(ratio)
        if k % 2:
            total = ratios[-1] * ratios[-2] * (total + 1.0)
    products = [1.0 / (total * 2.0 + 1.0)]
    for r in reversed(ratios):
        products.append(products[-1] * r)
    return [D.rounded(p) for p in products[: v + 1]]


@functools.cache
def _bessel_jn(v: int, steps: int) -> Any:
    def slope(z: Any) -> Any:
        orders = _bessel_jn(v + 1, steps)(z)
        rising = [-orders[1], *(0.5 * (orders[k - 1] - orders[k + 1]) for k in range(1, v + 1))]
        return rnp.stack(rising)

    @smooth(slope)
    def value(z: Any) -> Any:
        size = rnp.abs(z)
        far = size > v + _LARGE
        above = _far_bessel(rnp.where(far, rnp.where(size < rnp.inf, size, 1e300), v + _LARGE + 1), v)
        below = _near_bessel(rnp.where(far, 1.0, size), v, steps)
        found = [rnp.where(size == size, rnp.where(far, a, b), z) for a, b in zip(above, below, strict=True)]
        return rnp.stack([rnp.where(z < 0, -y, y) if k % 2 else y for k, y in enumerate(found)])

    return value


def bessel_jn(z: ArrayLike, *, v: int, n_iter: int = 50) -> Array:
    """Bessel's J of the orders 0 … v along a leading axis; `n_iter` is the least number of steps of the recurrence.

    >>> rt.scipy.special.bessel_jn(rt.numpy.array([0.0, 1.0]), v=1).round(3)
    Array([[1.   , 0.765],
           [0.   , 0.44 ]], dtype=float32)
    """
    for name, value in (("v", v), ("n_iter", n_iter)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise errors.BadArgument("bessel_jn", name, value, "A whole number, not below 0")
    return _bessel_jn(v, n_iter)(*operands("bessel_jn", z, strong=True))
