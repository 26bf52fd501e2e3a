"""Numbers of twice float64's length: unevaluated sums of two float64 arrays (Dekker, 1971), a hundred bits long.

What is written with operators and the functions below runs on float64 arrays and on pairs alike. So a function may
compute float32 in float64, and float64 in pairs, by one text, and round once. Pairs have no infinities: callers choose
what happens at the ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from rustorch_fn import dtypes
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import lift
from rustorch_fn.lax.pointwise import fma

# a float64 array or a pair; operators cannot be typed over both
Number: TypeAlias = Any

LN2 = (0.6931471805599453, 2.3190468138462996e-17)
PI = (3.141592653589793, 1.2246467991473532e-16)
HALF_LOG_2PI = (0.9189385332046728, -3.878294158067242e-17)
SQRT_HALF = (0.7071067811865476, -4.833646656726457e-17)


def _two_sum(a: Any, b: Any) -> tuple[Any, Any]:
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def _quick_sum(a: Any, b: Any) -> tuple[Any, Any]:
    s = a + b
    return s, b - (s - a)


class Doubled:
    """high + low with |low| at most half a unit of high's last place; a low of None is 0."""

    __slots__ = ("high", "low")
    __array_priority__ = 1000

    def __init__(self, high: Any, low: Any = None) -> None:
        self.high, self.low = high, low

    def __neg__(self) -> Doubled:
        return Doubled(-self.high, None if self.low is None else -self.low)

    def __add__(self, other: Number) -> Doubled:
        high, low = _parts(other)
        s, e = _two_sum(self.high, high)
        if self.low is None or low is None:
            rest = low if self.low is None else self.low
            return Doubled(s, e) if rest is None else Doubled(*_quick_sum(s, e + rest))
        t, f = _two_sum(self.low, low)
        s, e = _quick_sum(s, e + t)
        return Doubled(*_quick_sum(s, e + f))

    __radd__ = __add__

    def __sub__(self, other: Number) -> Doubled:
        return self + (-other)

    def __rsub__(self, other: Number) -> Doubled:
        return (-self) + other

    def __mul__(self, other: Number) -> Doubled:
        high, low = _parts(other)
        p = self.high * high
        e = fma(self.high, _array(high, p), -p)
        if self.low is None and low is None:
            return Doubled(p, e)
        if self.low is not None:
            e = e + self.low * high
        return Doubled(*_quick_sum(p, e if low is None else e + self.high * low))

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Doubled:
        divisor = other if isinstance(other, Doubled) else Doubled(_array(other, self.high))
        q = self.high / divisor.high
        rest = self - divisor * q
        return Doubled(*_quick_sum(q, (rest.high if rest.low is None else rest.high + rest.low) / divisor.high))

    def __rtruediv__(self, other: Number) -> Doubled:
        return Doubled(_array(other, self.high)) / self


def _parts(x: Number) -> tuple[Any, Any]:
    return (x.high, x.low) if isinstance(x, Doubled) else (x, None)


def _array(x: Any, like: Any) -> Any:
    return x if isinstance(x, lift.Value) else lift.full(like.aval.shape, x, like.aval.dtype)


def number(value: Fraction | tuple[float, float], like: Number) -> Number:
    """A constant that is no float64, as exact as `like` is."""
    if isinstance(value, Fraction):
        head = float(value)
        value = head, float(value - Fraction(head))
    return Doubled(*value) if isinstance(like, Doubled) else value[0]


def head(x: Number) -> Any:
    """The float64 array next to x."""
    return x.high if isinstance(x, Doubled) else x


def rounded(x: Number) -> Any:
    """x as a float64 array, where its tail is no number without it."""
    if not isinstance(x, Doubled):
        return x
    if x.low is None:
        return x.high
    total = x.high + x.low
    return where(total == total, total, x.high)


def where(c: Any, x: Number, y: Number) -> Number:
    """x where c, else y; either may be a Python number."""
    if isinstance(x, Doubled) or isinstance(y, Doubled):
        (xh, xl), (yh, yl) = _parts(x), _parts(y)
        low = None if xl is None and yl is None else where(c, 0.0 if xl is None else xl, 0.0 if yl is None else yl)
        return Doubled(where(c, xh, yh), low)
    x, y = (v if isinstance(v, lift.Value) else lift.full(c.aval.shape, v, dtypes.float64) for v in (x, y))
    return ew.select(c, x, y)


def poly(x: Any, coefficients: Sequence[float]) -> Any:
    """c[0] + c[1] x + c[2] x² + … for a float64 array, by Horner's rule."""
    *rest, last = coefficients
    total = _array(last, x)
    for c in reversed(rest):
        total = fma(total, x, _array(c, x))
    return total


def exp(x: Number) -> Number:
    """e ** x; of pairs with a relative error of about 2**-75."""
    if not isinstance(x, Doubled):
        return ew.exp(x)
    inside = where(ew.abs(x.high) < 745.0, x.high, where(x.high < 0.0, -745.0, 745.0))
    n = ew.round_even(inside * (1 / math.log(2)))
    low = None if x.low is None else where(inside == x.high, x.low, 0.0)
    r = Doubled(inside, low) - number(LN2, x) * n
    e = expm1_small(r) + 1.0
    half = ew.round_even(n * 0.5)
    up, rest = ew.exp2(half), ew.exp2(n - half)
    return Doubled(e.high * up * rest, e.low * up * rest)


def expm1_small(r: Doubled) -> Doubled:
    """e ** r - 1 for a pair |r| below 1: Taylor's series of a 64th of it, squared six times."""
    t = Doubled(r.high * 2.0**-6, None if r.low is None else r.low * 2.0**-6)
    tail = t.high * t.high * t.high * poly(t.high, [1 / math.factorial(k) for k in range(3, 12)])
    e = t + t * t * 0.5 + tail
    for _ in range(6):
        e = e * (e + 2.0)
    return e


def log(x: Number) -> Number:
    """The natural logarithm of positive numbers."""
    if not isinstance(x, Doubled):
        return ew.log(x)
    y = ew.log(x.high)
    # Newton's step from y, with one more term
    d = x * exp(Doubled(-y)) - 1.0
    return Doubled(y) + (d - d * d * 0.5)


def log1p(x: Number) -> Number:
    """log(1 + x) for -1/2 <= x <= 1, exact near 0."""
    if not isinstance(x, Doubled):
        return ew.log1p(x)
    y = ew.log1p(x.high)
    back = expm1_small(Doubled(-y))
    d = (x + back) + x * back
    return Doubled(y) + (d - d * d * 0.5)
