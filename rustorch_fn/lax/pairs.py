"""What elementwise ops mean on complex numbers, said in real ones: each function takes and gives Pairs.

Values at infinities, zeros and branch cuts are C99's (annex G), as NumPy's are. Methods: W. Kahan, "Branch cuts for
complex elementary functions" (1987) for the inverse functions and tanh; R. Smith's division (1962).
"""

from __future__ import annotations

import math
from typing import Any

from rustorch_fn import dtypes
from rustorch_fn.core.parts import Pair
from rustorch_fn.core.trace import aval_of
from rustorch_fn.lax.families import filled

# --- real helpers ---


def pick(condition: Any, x: Any, y: Any, like: Any = None) -> Any:
    """x where the condition holds, else y; numbers are taken in the other's type, or in that of `like`."""
    like = next(v for v in (x, y, like) if hasattr(v, "aval"))
    x, y = (v if hasattr(v, "aval") else filled(like, v) for v in (x, y))
    return E.select(condition, x, y)


def signed(size: Any, like: Any) -> Any:
    """A number of this size with the sign of another, be it that of a zero."""
    bits = {4: dtypes.int32, 8: dtypes.int64}[aval_of(like).dtype.itemsize]
    return pick(E.bitcast(like, dtype=bits) < 0, -E.abs(size), E.abs(size))


def infinite(x: Any) -> Any:
    """Whether x is an infinity."""
    return E.abs(x) == math.inf


def hypot(x: Any, y: Any) -> Any:
    """The length of (x, y) without overflow: infinite if one of them is, whatever the other is."""
    x, y = E.abs(x), E.abs(y)
    great, small = E.max(x, y), E.min(x, y)
    zero = great == 0
    ratio = small / pick(zero, 1, great)
    length = great * E.sqrt(E.fma(ratio, ratio, filled(ratio, 1)))
    return pick(infinite(x) | infinite(y), math.inf, pick(zero, great, length))


def log_length(x: Any, y: Any) -> Any:
    """log(hypot(x, y)); near 1 by what the length exceeds 1."""
    ax, ay = E.abs(x), E.abs(y)
    great, small = E.max(ax, ay), E.min(ax, ay)
    near = (great > 0.5) & (great < 2)
    excess = E.fma(small, small, (great - 1) * (great + 1))
    return pick(near, 0.5 * E.log1p(pick(near, excess, 0)), E.log(hypot(x, y)))


def choose(condition: Any, z: Pair, w: Pair) -> Pair:
    """z where the condition holds, else w."""
    return Pair(pick(condition, z.re, w.re), pick(condition, z.im, w.im))


def turned(z: Pair) -> Pair:
    """i z."""
    return Pair(-z.im, z.re)


def turned_back(z: Pair) -> Pair:
    """-i z."""
    return Pair(z.im, -z.re)


def conj(z: Pair) -> Pair:
    return Pair(z.re, -z.im)


# --- arithmetic ---


def mul(z: Pair, w: Pair) -> Pair:
    return Pair(z.re * w.re - z.im * w.im, z.re * w.im + z.im * w.re)


def div(z: Pair, w: Pair) -> Pair:
    """Smith's method: divided by the greater part of the divisor first, so that no square overflows."""
    flat = E.abs(w.re) >= E.abs(w.im)
    great, small = pick(flat, w.re, w.im), pick(flat, w.im, w.re)
    zero = (great == 0) & (small == 0)
    ratio = small / pick(zero, 1, great)
    by = 1 / (great + small * ratio)
    u, v = pick(flat, z.re, z.im), pick(flat, z.im, z.re)
    im = (v - u * ratio) * by
    quotient = Pair((u + v * ratio) * by, pick(flat, im, -im))
    return choose(zero, Pair(z.re / E.abs(great), z.im / E.abs(great)), quotient)


def power(z: Pair, n: int) -> Pair:
    """z ** n by repeated squaring."""
    if n < 0:
        return div(_one(z), power(z, -n))
    total = None
    while n:
        if n & 1:
            total = z if total is None else mul(total, z)
        n >>= 1
        z = mul(z, z) if n else z
    return _one(z) if total is None else total


def _one(z: Pair) -> Pair:
    return Pair(filled(z.re, 1), filled(z.re, 0))


def eq(z: Pair, w: Pair) -> Any:
    return (z.re == w.re) & (z.im == w.im)


def ne(z: Pair, w: Pair) -> Any:
    return (z.re != w.re) | (z.im != w.im)


def _nan(z: Pair) -> Any:
    return E.ne(z.re, z.re) | E.ne(z.im, z.im)


def max(z: Pair, w: Pair) -> Pair:
    """By the real parts, and by the imaginary ones where those are equal; nan wins."""
    ahead = (z.re > w.re) | ((z.re == w.re) & (z.im >= w.im))
    return choose(_nan(z) | (ahead & E.not_(_nan(w))), z, w)


def min(z: Pair, w: Pair) -> Pair:
    """By the real parts, and by the imaginary ones where those are equal; nan wins."""
    ahead = (z.re < w.re) | ((z.re == w.re) & (z.im <= w.im))
    return choose(_nan(z) | (ahead & E.not_(_nan(w))), z, w)


def abs(z: Pair) -> Any:
    return hypot(z.re, z.im)


def sign(z: Pair) -> Pair:
    """z / |z|, and 0 for 0."""
    length = abs(z)
    by = pick(length == 0, 1, length)
    return Pair(z.re / by, z.im / by)


# --- exponentials ---


def exp(z: Pair) -> Pair:
    x, y = z
    known = E.is_finite(y)
    # in two factors where one would overflow: times a small cosine the result may be finite
    step = {4: 40.0, 8: 300.0}[aval_of(x).dtype.itemsize]
    large = x > 2 * step
    size, rest = E.exp(pick(large, x - step, x)), pick(large, math.exp(step), 1, x)
    c = pick(known, E.cos(y), pick(infinite(x), 1, math.nan, x))
    s = pick(known, E.sin(y), pick(size == 0, 1, math.nan, x))
    return Pair(size * c * rest, pick(y == 0, y, size * s * rest))


def expm1(z: Pair) -> Pair:
    x, y = z
    half = E.sin(0.5 * y)
    re = E.expm1(x) * E.cos(y) - 2 * half * half
    return Pair(pick(infinite(x), exp(z).re - 1, re), exp(z).im)


def exp2(z: Pair) -> Pair:
    return exp(mul(z, Pair(filled(z.re, math.log(2)), filled(z.re, 0))))


def log(z: Pair) -> Pair:
    return Pair(log_length(*z), E.atan2(z.im, z.re))


def log1p(z: Pair) -> Pair:
    x, y = z
    near = (E.abs(x) < 1) & (E.abs(y) < 1)
    excess = E.fma(y, y, x * (x + 2))
    size = pick(near, 0.5 * E.log1p(pick(near, excess, 0)), log_length(x + 1, y))
    return Pair(size, E.atan2(y, x + 1))


def logistic(z: Pair) -> Pair:
    right = z.re >= 0
    tail = exp(choose(right, Pair(-z.re, -z.im), z))
    one = _one(z)
    return div(choose(right, one, tail), Pair(one.re + tail.re, tail.im))


def pow(z: Pair, w: Pair) -> Pair:
    general = exp(mul(w, log(z)))
    zero = Pair(filled(z.re, 0), filled(z.re, 0))
    nan = Pair(filled(z.re, math.nan), filled(z.re, math.nan))
    none = eq(z, zero)
    of_zero = choose((w.re > 0) & (w.im == 0), zero, nan)
    return choose(eq(w, zero), _one(z), choose(none, of_zero, general))


# --- roots ---


def sqrt(z: Pair) -> Pair:
    x, y = z
    great = E.max(E.abs(x), E.abs(y))
    # so that neither sum nor quotient leaves the range
    large, small = {4: (1e38, 1e-30), 8: (1e307, 1e-290)}[aval_of(x).dtype.itemsize]
    by = pick(great > large, 0.25, pick(great < small, 2.0**60, 1, x))
    back = pick(great > large, 2.0, pick(great < small, 2.0**-30, 1, x))
    u, v = x * by, y * by
    t = E.sqrt(0.5 * (hypot(u, v) + E.abs(u)))
    other = pick(great == 0, v, v / (2 * pick(great == 0, 1, t)))
    t, other = t * back, other * back
    root = choose(x < 0, Pair(E.abs(other), signed(t, y)), Pair(t, other))
    return choose(infinite(y), Pair(E.abs(y), y), root)


def rsqrt(z: Pair) -> Pair:
    return div(_one(z), sqrt(z))


# --- hyperbolic functions; the circular ones are these on a turned plane ---


def _waves(x: Any, y: Any) -> tuple[Any, Any, Any, Any, Any]:
    """sinh x, cosh x, a factor to both of them, cos y, sin y; of an infinite y only zeros know their product."""
    step = {4: 40.0, 8: 300.0}[aval_of(x).dtype.itemsize]
    large = (E.abs(x) > 2 * step) & E.is_finite(x)
    near = pick(large, signed(E.abs(x) - step, x), x)
    return E.sinh(near), E.cosh(near), pick(large, math.exp(step), 1, x), E.cos(y), E.sin(y)


def sinh(z: Pair) -> Pair:
    x, y = z
    s, c, rest, along, across = _waves(x, y)
    re = pick(infinite(x) & E.not_(E.is_finite(y)), x, s * along * rest)
    return Pair(pick(x == 0, x, re), pick(y == 0, y, c * across * rest))


def cosh(z: Pair) -> Pair:
    x, y = z
    s, c, rest, along, across = _waves(x, y)
    re = pick(infinite(x) & E.not_(E.is_finite(y)), E.abs(x), c * along * rest)
    flat = (x == 0) | (y == 0)
    return Pair(re, pick(flat, signed(filled(x, 0), x) * signed(filled(x, 1), y), s * across * rest))


def tanh(z: Pair) -> Pair:
    x, y = z
    far = E.abs(x) > {4: 11.0, 8: 22.0}[aval_of(x).dtype.itemsize]
    near = pick(far, 0, x)
    t = E.tan(y)
    beta, s = 1 + t * t, E.sinh(near)
    rho, below = E.sqrt(1 + s * s), 1 + beta * s * s
    tail = 4 * E.sin(y) * E.cos(y) * E.exp(-2 * E.abs(x))
    tail = pick(infinite(x) & E.not_(E.is_finite(y)), 0, tail)
    w = choose(far, Pair(signed(filled(x, 1), x), tail), Pair(beta * rho * s / below, t / below))
    real = pick(E.ne(x, x) | (x == 0), x, w.re)
    return Pair(real, pick(y == 0, y, pick(E.ne(x, x), x, w.im)))


def sin(z: Pair) -> Pair:
    return turned_back(sinh(turned(z)))


def cos(z: Pair) -> Pair:
    return cosh(turned(z))


def tan(z: Pair) -> Pair:
    return turned_back(tanh(turned(z)))


# --- and their inverses ---


def _far(z: Pair) -> Any:
    """Whether 1 is nothing beside z, so that the inverse functions are logarithms."""
    return E.max(E.abs(z.re), E.abs(z.im)) > {4: 1e8, 8: 1e17}[aval_of(z.re).dtype.itemsize]


def _roots(z: Pair) -> tuple[Pair, Pair]:
    """sqrt(1 - z) and sqrt(1 + z)."""
    return sqrt(Pair(1 - z.re, -z.im)), sqrt(Pair(1 + z.re, z.im))


def asin(z: Pair) -> Pair:
    return turned_back(asinh(turned(z)))


def asinh(z: Pair) -> Pair:
    # by w = i z: asinh(z) = -i asin(w)
    w = turned(z)
    less, more = _roots(w)
    re = E.atan2(w.re, less.re * more.re - less.im * more.im)
    im = E.asinh(less.re * more.im - less.im * more.re)
    near = turned_back(Pair(re, im))
    far = Pair(signed(log_length(*z) + math.log(2), z.re), E.atan2(z.im, E.abs(z.re)))
    # nan beside an infinity is far too
    w = choose(_far(z) | infinite(z.re) | infinite(z.im), far, near)
    return Pair(w.re, pick(z.im == 0, z.im, w.im))


def acos(z: Pair) -> Pair:
    less, more = _roots(z)
    im = E.asinh(more.re * less.im - more.im * less.re)
    near = Pair(2 * E.atan2(less.re, more.re), im)
    far = Pair(E.atan2(E.abs(z.im), z.re), -signed(log_length(*z) + math.log(2), z.im))
    w = choose(_far(z) | infinite(z.re) | infinite(z.im), far, near)
    return Pair(pick(z.re == 0, math.pi / 2, w.re), w.im)


def acosh(z: Pair) -> Pair:
    w = acos(z)
    return Pair(E.abs(w.im), signed(w.re, z.im))


def atan(z: Pair) -> Pair:
    return turned_back(atanh(turned(z)))


def atanh(z: Pair) -> Pair:
    x, y = E.abs(z.re), z.im
    off = 1 - x
    re = 0.25 * E.log1p(4 * x / (off * off + y * y))
    im = 0.5 * E.atan2(2 * y, off * (1 + x) - y * y)
    length = hypot(x, y)
    far = Pair(x / length / length, signed(filled(y, math.pi / 2), y))
    far = choose(infinite(x) | infinite(y), Pair(filled(x, 0), far.im), far)
    found = choose(_far(z) | infinite(x) | infinite(y), far, Pair(re, im))
    return Pair(pick(x == 0, z.re, signed(found.re, z.re)), pick(E.ne(y, y), y, found.im))


def atan2(w: Pair, z: Pair) -> Pair:
    """-i log((z + i w) / sqrt(z² + w²))."""
    sum_ = Pair(z.re - w.im, z.im + w.re)
    squares = mul(z, z), mul(w, w)
    length = sqrt(Pair(squares[0].re + squares[1].re, squares[0].im + squares[1].im))
    return turned_back(log(div(sum_, length)))


from rustorch_fn.lax import elementwise as E  # noqa: E402  (whose rows these are)
