"""The exact remainder of a division. Libraries divide bit by bit; here 2 ** d modulo a mantissa comes from squarings.

Mantissas are whole numbers m, held in f64: x = m * 2 ** e. Then x mod y is (mx * 2 ** (ex - ey) mod my) * 2 ** ey.
"""

from __future__ import annotations

from collections.abc import Callable

from ..expr import FLOATS, Expr, abs_, and_, convert, fma, like, ne, rint, select, trunc
from ..expr import rem as _whole
from .base import FORMATS, INF, NAN, bits, flip, form, number, rarely, sign_bit, two_product

_F64 = FORMATS["f64"]
_ONE = _F64.bias << _F64.mantissa  # the bits of 1.0
_LIFT = _F64.mantissa + 2  # denormals are normal when raised by as many powers of two

Product = Callable[[Expr, Expr, Expr], Expr]


def rem(x: Expr, y: Expr) -> Expr:
    """What x / y rounded to zero leaves, with the sign of x: C's fmod, exact; for integers %."""
    if x.dtype not in FLOATS:
        return _whole(x, y)
    a, b = abs_(x), abs_(y)
    rest = _rem32(a, b) if form(x).width == 32 else _rem64(a, b)
    # below the divisor, which may be infinite, x is what is left
    rest = select(a < b, x, flip(rest, sign_bit(x)))
    return select(and_(a < INF, b > 0.0), rest, like(NAN, x))


def _rem32(x: Expr, y: Expr) -> Expr:
    """x mod y for f32 numbers x >= y > 0: products of two mantissas are exact in f64, and so are their quotients."""
    a, b = convert(x, "f64"), convert(y, "f64")
    q = trunc(a / b)
    # a mantissa times a quotient below 2 ** 28 is exact
    close = a - q * b
    (ma, ea), (mb, eb) = _split(a, 23), _split(b, 23)
    far = _shifted(_left(ma, mb), ea - eb, mb, 4, lambda s, t, m: _left(s * t, m)) * _power(eb - 23)
    return convert(rarely(q >= 2.0**28, far, close), "f32")


def _left(p: Expr, m: Expr) -> Expr:
    """p mod m for whole numbers m < 2 ** 24 and p < m ** 2."""
    return p - trunc(p / m) * m


def _rem64(x: Expr, y: Expr) -> Expr:
    """x mod y for f64 numbers x >= y > 0."""
    (ma, ea), (mb, eb) = _split(_raised(x), 52), _split(_raised(y), 52)
    zero = like(0, ea)
    # both exponents count from the least denormal
    ea, eb = (e + select(v < _F64.tiny, zero, like(_LIFT, e)) for v, e in ((x, ea), (y, eb)))
    d = ea - eb
    p = ma * number(_ONE + (select(d > 52, zero, d) << _F64.mantissa))
    # a quotient rounded to a whole number is one too large at most, so this is within a divisor of zero and exact
    close = _upwards(fma(-trunc(p / mb), mb, p), mb)
    rest = rarely(d > 52, _shifted(_upwards(ma - mb, mb), d, mb, 6, _mod_product), close)
    half = eb >> 1
    # 2 ** (eb - bias - mantissa - lift) in two factors, as it may be too small for one; the result is no smaller
    # than the least denormal
    low = _F64.bias + _F64.mantissa + _LIFT
    return rest * _power(half + (_F64.bias - low // 2)) * _power(eb - half + (_F64.bias - low + low // 2))


def _raised(v: Expr) -> Expr:
    return select(v < _F64.tiny, v * 2.0**_LIFT, v)


def _mod_product(a: Expr, b: Expr, m: Expr) -> Expr:
    """a * b mod m for whole numbers a, b < m and 2 ** 52 <= m < 2 ** 53."""
    p, e = two_product(a, b)
    r = _upwards(fma(-rint(p / m), m, p), m)
    # r + e could be too large to be exact
    return _upwards(select(e < 0.0, r, r - m) + e, m)


def _upwards(r: Expr, m: Expr) -> Expr:
    """r, which is above -m, or r + m where that is negative."""
    return select(r < 0.0, r + m, r)


def _shifted(a: Expr, d: Expr, m: Expr, halvings: int, product: Product) -> Expr:
    """a * 2 ** d mod m for a whole number a < m, where 2 ** (d >> halvings) <= m."""
    power = _power((d >> halvings) + _F64.bias)
    for k in reversed(range(halvings)):
        power = product(power, power, m)
        twice = power + power
        power = select(ne(d & (1 << k), like(0, d)), select(twice >= m, twice - m, twice), power)
    return product(a, power, m)


def _split(v: Expr, mantissa: int) -> tuple[Expr, Expr]:
    """A normal f64 number as a whole number of mantissa + 1 bits, and its biased exponent."""
    i = bits(v)
    return number((i & ((1 << _F64.mantissa) - 1)) | _ONE) * 2.0**mantissa, i >> _F64.mantissa


def _power(e: Expr) -> Expr:
    """The normal power of two with the biased exponent e."""
    return number(e << _F64.mantissa)
