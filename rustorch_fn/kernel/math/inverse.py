"""Inverse trigonometric functions."""

from __future__ import annotations

from ..expr import Expr, abs_, const, eq, fma, like, ne, or_, select, sqrt, xor
from .base import INF, NAN, PI, bits, flip, form, is_nan, parts, poly, quick_sum, sign_bit, two_product, with_sign

# atan(t) = t + t³ (c0 + c1 t² + …) for |t| <= tan(pi / 8)
_ATAN = {
    "f32": (-0.33333316445350647, 0.19998526573181152, -0.14244340360164642, 0.105986587703228, -0.0608847476541996),
    "f64": (
        -0.33333333333333326, 0.19999999999997098, -0.1428571428531709, 0.11111111083804902, -0.09090907988393104,
        0.0769227926381423, -0.0666617565454192, 0.0587652615837101, -0.05215243553420753, 0.04490813502894039,
        -0.033180580340670694, 0.014899273026551325,
    ),
}  # fmt: skip
# asin(s) = s + s³ (c0 + c1 s² + …) for |s| <= 1/2
_ASIN = {
    "f32": (0.16666752099990845, 0.07495306432247162, 0.04546976834535599, 0.024180809035897255, 0.0421663299202919),
    "f64": (
        0.1666666666666676, 0.0749999999997081, 0.04464285717464496, 0.03038194270477573, 0.02237221510242117,
        0.017351609523632815, 0.013980854644821357, 0.011398603523187343, 0.010782129427040524, 0.0036988233172481856,
        0.021727009260783837, -0.02102819911358267, 0.03264769830945922,
    ),
}  # fmt: skip
_TAN_EIGHTH = 0.41421356


def _angle(less: Expr, more: Expr, swap: Expr, back: Expr) -> Expr:
    """atan(less / more) for 0 <= less <= more, taken from pi / 2 where `swap`, and then from pi where `back`."""
    turned = less > more * _TAN_EIGHTH
    one, zero = like(1.0, less), like(0.0, less)
    minus, minus_low = quick_sum(-more, less)
    plus, plus_low = quick_sum(more, less)
    over, over_low = select(turned, minus, less), select(turned, minus_low, zero)
    under, under_low = select(turned, plus, more), select(turned, plus_low, zero)
    inverse = 1.0 / under
    t = over * inverse
    t_low = (fma(-t, under, over) + fma(-t, under_low, over_low)) * inverse
    z = t * t
    tail = fma(z * t, poly(z, _ATAN[less.dtype]), t_low)
    eighths = select(turned, one, zero)
    eighths = select(swap, 2.0 - eighths, eighths)
    eighths = select(back, 4.0 - eighths, eighths)
    sign = select(xor(swap, back), like(1 << (form(less).width - 1), bits(less)), like(0, bits(less)))
    high, low = parts(PI / 4, less.dtype)
    base, base_low = two_product(eighths, like(high, less))
    h, h_low = quick_sum(base, flip(t, sign))
    return h + (h_low + (fma(eighths, like(low, less), base_low) + flip(tail, sign)))


def atan(x: Expr) -> Expr:
    """The angle whose tangent is x."""
    a = abs_(x)
    # so far out the angle is pi / 2 already
    a = select(a > 2.0**60, like(2.0**60, a), a)
    one = like(1.0, x)
    swap = a > 1.0
    return with_sign(_angle(select(swap, one, a), select(swap, a, one), swap, const(False, "bool")), x)


def atan2(y: Expr, x: Expr) -> Expr:
    """The angle of the point (x, y), within [-pi, pi]; signs of zeros count."""
    f = form(x)
    far, one, zero = 2.0 ** (f.bias // 2), like(1.0, x), like(0.0, x)
    a, b = abs_(y), abs_(x)
    swap = a > b
    less, more = select(swap, b, a), select(swap, a, b)
    unit = select(more > far, like(1 / far, x), select(more < 1 / far, like(far, x), one))
    endless = eq(more, like(INF, x))
    less = select(endless, select(eq(less, more), one, zero), less * unit)
    more = select(or_(endless, eq(more, zero)), one, more * unit)
    back = ne(sign_bit(x), like(0, bits(x)))
    angle = with_sign(_angle(less, more, swap, back), y)
    return select(or_(is_nan(x), is_nan(y)), like(NAN, x), angle)


def _half_angle(a: Expr) -> tuple[Expr, Expr, Expr, Expr]:
    """Whether a > 1/2, and s with its tails: asin(a) is s + s * r, or else pi / 2 - 2 (s + s_low + s * r)."""
    big = a > 0.5
    z = select(big, (1.0 - a) * 0.5, a * a)
    root = sqrt(z)
    safe = select(eq(root, like(0.0, a)), like(1.0, a), root)
    s_low = select(big, fma(-root, root, z) * (0.5 / safe), like(0.0, a))
    s = select(big, root, a)
    return big, s, s_low, s * (z * poly(z, _ASIN[a.dtype]))


def asin(x: Expr) -> Expr:
    """The angle in [-pi / 2, pi / 2] whose sine is x."""
    big, s, s_low, tail = _half_angle(abs_(x))
    high, low = parts(PI / 2, x.dtype)
    h, h_low = quick_sum(like(high, x), s * -2.0)
    y = select(big, h + (fma(s_low + tail, like(-2.0, x), like(low, x)) + h_low), s + tail)
    return with_sign(y, x)


def acos(x: Expr) -> Expr:
    """The angle in [0, pi] whose cosine is x."""
    big, s, s_low, tail = _half_angle(abs_(x))
    right, right_low = parts(PI / 2, x.dtype)
    straight, straight_low = parts(PI, x.dtype)
    zero, back = like(0.0, x), x < 0.0
    base = select(big, select(back, like(straight, x), zero), like(right, x))
    base_low = select(big, select(back, like(straight_low, x), zero), like(right_low, x))
    # 2 s, taken from pi where x < 0; else x, taken from pi / 2
    step, rest = select(big, s * 2.0, s), select(big, (s_low + tail) * 2.0, tail)
    sign = select(big, sign_bit(x), sign_bit(-x))
    h, h_low = quick_sum(base, flip(step, sign))
    return h + (h_low + (base_low + flip(rest, sign)))
