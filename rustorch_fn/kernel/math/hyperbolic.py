"""Hyperbolic functions and their inverses."""

from __future__ import annotations

from ..expr import Expr, abs_, eq, fma, like, select, sqrt
from .base import INF, NAN, form, poly, quick_sum, two_product, two_sum, with_sign
from .exponential import LIMITS, exp_rest, log_ends, log_of_sum, power_of_two, reduce_exp, scale

# sinh(x) = x + x³ (c0 + c1 x² + …) for |x| <= 1
_SINH = {
    "f32": (0.1666666716337204, 0.00833331048488617, 0.00019842895562760532, 2.7822131869470468e-06),
    "f64": (
        0.16666666666666669, 0.008333333333332912, 0.0001984126984159341, 2.7557319106756084e-06,
        2.5052130999007175e-08, 1.6056659120441951e-10, 7.776602775859544e-13,
    ),
}  # fmt: skip
# tanh(x) = x + x³ (c0 + c1 x² + …) for |x| <= 0.55
_TANH = {
    "f32": (
        -0.33333316445350647, 0.13332544267177582, -0.0538475438952446, 0.021050680428743362, -0.006242777686566114,
    ),
    "f64": (
        -0.333333333333333, 0.13333333333326558, -0.0539682539637167, 0.02186948838445131, -0.008863232576547784,
        0.0035920917630774393, -0.0014555410341691652, 0.0005884366960318366, -0.00023336094705994392,
        8.328581641946488e-05, -1.9475141687403735e-05,
    ),
}  # fmt: skip


def _half_exp(a: Expr) -> Expr:
    """exp(a) / 2 for a >= 0, finite as long as cosh is."""
    r, e = reduce_exp(select(a > LIMITS[a.dtype][1] + 1.0, like(LIMITS[a.dtype][1] + 1.0, a), a), 2 * form(a).bias - 1)
    return scale(exp_rest(r), e)


def sinh(x: Expr) -> Expr:
    """The hyperbolic sine."""
    a = abs_(x)
    half, z = _half_exp(a), x * x
    small = fma(x * z, poly(z, _SINH[x.dtype]), x)
    return select(a < 1.0, small, with_sign(half - 0.25 / half, x))


def cosh(x: Expr) -> Expr:
    """The hyperbolic cosine."""
    half = _half_exp(abs_(x))
    return half + 0.25 / half


def tanh(x: Expr) -> Expr:
    """The hyperbolic tangent."""
    a, z = abs_(x), x * x
    small = fma(a * z, poly(z, _TANH[x.dtype]), a)
    # beyond this it is 1
    end = 9.1 if x.dtype == "f32" else 19.1
    r, e = reduce_exp(select(a > end, like(end, a), a) * 2.0, form(x).bias)
    grown = fma(exp_rest(r), power_of_two(e), like(1.0, x))
    return with_sign(select(a < 0.55, small, 1.0 - 2.0 / grown), x)


def _root(high: Expr, low: Expr) -> tuple[Expr, Expr]:
    """sqrt(high + low) as a sum of two."""
    r = sqrt(high)
    safe = select(eq(r, like(0.0, r)), like(1.0, r), r)
    return r, (fma(-r, r, high) + low) * (0.5 / safe)


def _log_of_grown(a: Expr, root: Expr, root_low: Expr) -> Expr:
    """log(a + root), which is log(2 a) for huge a."""
    high, low = two_sum(a, root)
    high, low = quick_sum(high, low + root_low)
    huge = a > 2.0 ** (form(a).bias // 2)
    one, zero = like(1.0, a), like(0.0, a)
    high, low = select(huge, a, high), select(huge, zero, low)
    return log_ends(high, log_of_sum(high, low, select(huge, one, zero)))


def asinh(x: Expr) -> Expr:
    """The number whose hyperbolic sine is x."""
    a = abs_(x)
    p, p_low = two_product(a, a)
    s, s_low = two_sum(p, like(1.0, a))
    y = _log_of_grown(a, *_root(s, s_low + p_low))
    return select(a < 2.0 ** -(form(x).mantissa // 2 + 2), x, with_sign(y, x))


def acosh(x: Expr) -> Expr:
    """The number >= 0 whose hyperbolic cosine is x >= 1."""
    p, p_low = two_product(x, x)
    s, s_low = two_sum(p, like(-1.0, x))
    y = _log_of_grown(x, *_root(*quick_sum(s, s_low + p_low)))
    return select(x < 1.0, like(NAN, x), y)


def atanh(x: Expr) -> Expr:
    """The number whose hyperbolic tangent is x."""
    a = abs_(x)
    over, over_low = quick_sum(like(1.0, a), a)
    under, under_low = quick_sum(like(1.0, a), -a)
    q = over / under
    q_low = (fma(-q, under, over) + fma(-q, under_low, over_low)) / under
    y = log_ends(q, log_of_sum(*quick_sum(q, q_low))) * 0.5
    y = select(eq(a, like(1.0, a)), like(INF, a), y)
    return select(a < 2.0 ** -(form(x).mantissa // 2 + 2), x, with_sign(y, x))
