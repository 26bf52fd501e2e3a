"""Powers and roots."""

from __future__ import annotations

from ..expr import Expr, abs_, and_, convert, eq, fma, like, mul, ne, not_, or_, select, sqrt, trunc
from .base import (
    INF,
    LOG2_E,
    NAN,
    bits,
    clamp,
    flip,
    form,
    is_nan,
    number,
    parts,
    poly,
    quick_sum,
    sign_bit,
    two_product,
    two_sum,
    with_sign,
)
from .exponential import EXP2, LIMITS2, exp2, log2, power_of_two, reduce_log, scale, whole

# m ** (-1/3) for 1 <= m < 2
_CBRT = (1.6700055599212646, -1.1728770732879639, 0.6954795718193054, -0.22123655676841736, 0.028590824455022812)
# log2((1 + s) / (1 - s)) = s (2 + s² (2 / 3 + s² (c0 + c1 s² + …)) for |s| <= 3 - 2 sqrt(2)
_LOG2 = (
    0.577078016355618, 0.4121985830919392, 0.32059890227387977, 0.2623077010820473, 0.22198400038625657,
    0.19125509903120841, 0.19038615508434958,
)  # fmt: skip


def rsqrt(x: Expr) -> Expr:
    """1 / sqrt(x)."""
    return 1.0 / sqrt(x)


def cbrt(x: Expr) -> Expr:
    """The real cube root."""
    f, a = form(x), abs_(x)
    denormal = a < f.tiny
    # a = 2 ** (3 third + part) * m; 3 * 2 ** 18 is added to keep exponents positive, 3 to undo the denormal's scale
    lift = 3 * 18
    i = bits(select(denormal, a * 2.0**lift, a))
    e = (i >> f.mantissa) - select(denormal, like(lift, i), like(0, i)) + (3 * f.bias - f.bias)
    third = (e * 0x5556) >> 16
    part = e - third * 3
    m = number((i & ((1 << f.mantissa) - 1)) | (f.bias << f.mantissa))
    y = poly(m, _CBRT)
    # m up to 8, whose inverse root is that of m below 2 times one of 2 ** (-part / 3)
    one, two = eq(part, like(1, part)), eq(part, like(2, part))
    y = y * select(two, like(0.25 ** (1 / 3), x), select(one, like(0.5 ** (1 / 3), x), like(1.0, x)))
    m = m * select(two, like(4.0, x), select(one, like(2.0, x), like(1.0, x)))
    for _ in range(1 if f.width == 32 else 2):
        error = fma(-(m * y), y * y, like(1.0, x))
        y = fma(y * error, fma(error, like(2 / 9, x), like(1 / 3, x)), y)
    t = m * (y * y)
    square, square_low = two_product(t, t)
    rest = fma(-square, t, m) - square_low * t
    t = fma(rest * (y * y), like(1 / 3, x), t)
    t = t * power_of_two(third)
    t = select(and_(a > 0.0, a < INF), t, a)
    return with_sign(t, x)


def _log2_pair(a: Expr) -> tuple[Expr, Expr]:
    """log2 of an f64 a >= 0 to about 65 bits, as a sum of two; the second one is of no use at 0 and infinity."""
    k, m, _ = reduce_log(a)
    f = m - 1.0
    under, under_low = two_sum(m, like(1.0, a))
    inverse = 1.0 / under
    s = f * inverse
    s_low = (fma(-s, under, f) - s * under_low) * inverse
    z, z_low = two_product(s, s)
    z_low = fma(s + s, s_low, z_low)
    first, first_low = parts(2 * LOG2_E, "f64")
    second, second_low = parts(2 * LOG2_E / 3, "f64")
    r, r_low = quick_sum(like(second, a), fma(z, poly(z, _LOG2), like(second_low, a)))
    u, u_low = two_product(z, r)
    v, v_low = quick_sum(like(first, a), u)
    v_low = v_low + (u_low + fma(z, r_low, fma(z_low, r, like(first_low, a))))
    p, p_low = two_product(s, v)
    p_low = p_low + fma(s, v_low, s_low * v)
    high, low = quick_sum(k, p)
    high, low = quick_sum(high, low + p_low)
    return select(eq(a, like(0.0, a)), like(-INF, a), select(a < INF, high, a)), low


def _power(a: Expr, y: Expr) -> Expr:
    """a ** y for f64 a >= 0."""
    log, log_low = _log2_pair(a)
    product, low = two_product(y, log)
    # beyond this, only the size of the product counts, and its tail may be NaN
    low = select(abs_(product) < 1100.0, low + y * log_low, like(0.0, a))
    product = clamp(product, *LIMITS2["f64"])
    n, e = whole(product, 2 * form(a).bias)
    return scale(poly((product - n) + low, (1.0, *EXP2["f64"])), e)


def pow(x: Expr, y: Expr) -> Expr:
    """x ** y with the special cases of C99."""
    a, one = abs_(x), like(1.0, x)
    if x.dtype == "f32":
        # 53 bits of the logarithm are enough for 24 of the result
        size = convert(exp2(convert(y, "f64") * log2(convert(a, "f64"))), "f32")
    else:
        size = _power(a, y)
    size = select(and_(eq(a, one), eq(abs_(y), like(INF, y))), one, size)
    half = y * 0.5
    integral = eq(y, trunc(y))
    odd = and_(integral, ne(half, trunc(half)))
    size = flip(size, select(odd, sign_bit(x), like(0, bits(x))))
    size = select(and_(and_(x < 0.0, a < INF), not_(integral)), like(NAN, x), size)
    size = select(or_(is_nan(x), is_nan(y)), like(NAN, x), size)
    return select(or_(eq(y, like(0.0, y)), eq(x, one)), one, size)


def integer_pow(x: Expr, n: int) -> Expr:
    """x ** n for a fixed integer, by squaring; n < 0 is for floats only."""
    if n < 0:
        return 1.0 / integer_pow(x, -n)
    total: Expr | None = None
    square = x
    while n:
        if n & 1:
            total = square if total is None else mul(total, square)
        n >>= 1
        if n:
            square = mul(square, square)
    return like(1, x) if total is None else total
