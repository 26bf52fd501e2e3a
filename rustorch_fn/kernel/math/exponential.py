"""Exponentials and logarithms."""

from __future__ import annotations

from ..expr import Expr, abs_, const, eq, fma, like, select
from .base import INF, LN2, LOG2_E, LOG10_2, LOG10_E, NAN, bits, clamp, form, number, parts, poly, quick_sum, two_sum

# exp(r) = 1 + r + r² (c0 + c1 r + …) for |r| <= ln(2) / 2
EXP = {
    "f32": (0.4999999403953552, 0.16666516661643982, 0.04166824743151665, 0.008369085378944874, 0.0013822477776557207),
    "f64": (
        0.5, 0.16666666666666688, 0.041666666666666824, 0.008333333333313897, 0.0013888888888778496,
        0.00019841269903341616, 2.4801587556374053e-05, 2.755722872684264e-06, 2.7557071929707096e-07,
        2.5113912635071777e-08, 2.0975887245537878e-09,
    ),
}  # fmt: skip
# the same, with the error weighed by 1 / (exp(r) - 1)
_EXPM1 = {
    "f32": (0.4999999701976776, 0.16666539013385773, 0.0416673943400383, 0.008367087692022324, 0.0013881924096494913),
    "f64": (
        0.5, 0.16666666666666677, 0.041666666666666685, 0.008333333333321768, 0.0013888888888891457,
        0.00019841269885464966, 2.48015872875361e-05, 2.7557244986279384e-06, 2.755731908609314e-07,
        2.510875745952485e-08, 2.0898012631460464e-09,
    ),
}  # fmt: skip
# 2 ** r = 1 + r (c0 + c1 r + …) for |r| <= 1/2
EXP2 = {
    "f32": (
        0.6931471824645996, 0.24022594094276428, 0.055503662675619125, 0.009625446051359177, 0.0013387881917878985,
        0.00013330901856534183,
    ),
    "f64": (
        0.6931471805599453, 0.24022650695909997, 0.05550410866482377, 0.009618129107670823, 0.001333355814589698,
        0.00015403530314821366, 1.5252734322523787e-05, 1.3215550293623368e-06, 1.0177860916971188e-07,
        7.031638248940665e-09, 4.484723399663978e-10, 5.7395741095069736e-11,
    ),
}  # fmt: skip
# log(1 + f) = f - f² / 2 + f³ (c0 + c1 f + …) for sqrt(1/2) <= 1 + f <= sqrt(2)
_LOG = {
    "f32": (
        0.3333333134651184, -0.250008225440979, 0.20001265406608582, -0.16623319685459137, 0.1420074999332428,
        -0.13159552216529846, 0.12769106030464172, -0.07646139711141586,
    ),
    "f64": (
        0.33333333333333454, -0.24999999999998926, 0.1999999999994589, -0.16666666666913885, 0.14285714293844318,
        -0.12499999981892773, 0.11111110516309666, -0.100000003887989, 0.09090933504779024, -0.08333345890421881,
        0.07691714528487419, -0.07141989630502679, 0.06675132668984461, -0.06270005011174754, 0.058182426509581456,
        -0.05325232724712511, 0.05410934542005645, -0.06277253528826743, 0.05715929094358613, -0.024436703581708432,
    ),
}  # fmt: skip
# outside of these, exp is 0 or infinite
LIMITS = {"f32": (-104.0, 89.0), "f64": (-746.0, 710.0)}
LIMITS2 = {"f32": (-151.0, 129.0), "f64": (-1076.0, 1025.0)}


def whole(x: Expr, bias: int) -> tuple[Expr, Expr]:
    """rint(x) for small |x|, as a float and as bits that hold rint(x) + bias lowest."""
    magic = form(x).shift + bias
    t = x + magic
    return t - magic, bits(t)


def power_of_two(e: Expr) -> Expr:
    """The float whose biased exponent is in the lowest bits of e; higher bits do not count."""
    return number(e << (23 if e.dtype == "u32" else 52))


def scale(p: Expr, e: Expr) -> Expr:
    """p * 2**n where e holds n + 2 * bias: in two steps, of which only the second one may round."""
    half = e >> 1
    return p * power_of_two(half) * power_of_two(e - half)


def reduce_exp(x: Expr, bias: int) -> tuple[Expr, Expr]:
    """x = n ln(2) + r with |r| <= ln(2) / 2: r, and bits that hold n + bias lowest."""
    magic = form(x).shift + bias
    t = fma(x, like(float(LOG2_E), x), like(magic, x))
    n = t - magic
    high, low = parts(LN2, x.dtype)
    return fma(n, like(-low, x), fma(n, like(-high, x), x)), bits(t)


def exp_rest(r: Expr) -> Expr:
    """e ** r for |r| <= ln(2) / 2."""
    one = like(1.0, r)
    return fma(r, poly(r, (1.0, *EXP[r.dtype])), one)


def exp(x: Expr) -> Expr:
    """e ** x."""
    r, e = reduce_exp(clamp(x, *LIMITS[x.dtype]), 2 * form(x).bias)
    return scale(exp_rest(r), e)


def exp2(x: Expr) -> Expr:
    """2 ** x."""
    x = clamp(x, *LIMITS2[x.dtype])
    n, e = whole(x, 2 * form(x).bias)
    return scale(poly(x - n, (1.0, *EXP2[x.dtype])), e)


def expm1(x: Expr) -> Expr:
    """e ** x - 1, exact to its last bits near 0."""
    f = form(x)
    # below -(mantissa + 2) ln(2) the result rounds to -1
    r, e = reduce_exp(clamp(x, -0.75 * (f.mantissa + 2), LIMITS[x.dtype][1]), f.bias - 1)
    small = fma(r * r, poly(r, _EXPM1[x.dtype]), r)
    # half of the result, as 2 ** n may overflow where the result does not
    half = power_of_two(e)
    y = fma(half, small, half - 0.5)
    return select(abs_(x) < f.grain, x, y + y)


def reduce_log(x: Expr, denormals: bool = True) -> tuple[Expr, Expr, Expr]:
    """x = 2**k * m with sqrt(1/2) <= m < sqrt(2): k, m, and k + bias as an integer (without a denormal's scale)."""
    f = form(x)
    # an integer below 2 ** mantissa becomes a float by its bits, as not all machines convert 64-bit integers
    base, up = 2.0**f.mantissa, f.mantissa + 2
    offset = like(base + f.bias, x)
    if denormals:
        small = x < f.tiny
        x, offset = select(small, x * 2.0**up, x), select(small, like(base + f.bias + up, x), offset)
    root = 0x3F3504F3 if f.width == 32 else 0x3FE6A09E667F3BCD
    shifted = bits(x) + ((f.bias << f.mantissa) - root)
    m = number((shifted & ((1 << f.mantissa) - 1)) + root)
    biased = shifted >> f.mantissa
    return number(biased | ((f.bias + f.mantissa) << f.mantissa)) - offset, m, biased


def _log_tail(f: Expr) -> Expr:
    """log(1 + f) - f."""
    return f * f * fma(f, poly(f, _LOG[f.dtype]), like(-0.5, f))


def log_ends(x: Expr, y: Expr) -> Expr:
    """y, with the logarithm's values where x is not positive and finite."""
    y = select(x < INF, y, x)
    y = select(x < 0.0, like(NAN, x), y)
    return select(eq(x, like(0.0, x)), like(-INF, x), y)


def _log_join(k: Expr, f: Expr, tail: Expr) -> tuple[Expr, Expr]:
    """k ln(2) + f + tail as a sum of two, where |f| is below ln(2) and the tail is small."""
    # k has at most 11 bits, so k * high is exact
    high, low = parts(LN2, f.dtype, 15 if f.dtype == "f32" else 40)
    product = k * high
    h, h_low = quick_sum(product, f)
    return h, h_low + fma(k, like(low, f), tail)


def log(x: Expr) -> Expr:
    """The natural logarithm."""
    high, low = log_pair(x)
    return log_ends(x, high + low)


def log_pair(x: Expr) -> tuple[Expr, Expr]:
    """log(x) for finite x > 0 as a sum of two, some bits more exact than one float."""
    k, m, _ = reduce_log(x)
    f = m - 1.0
    return _log_join(k, f, _log_tail(f))


def log_of_sum(high: Expr, low: Expr, k: int | Expr = 0) -> Expr:
    """log((high + low) * 2**k) for normal high > 0 and |low| <= ulp(high): its tail too is exact near 1."""
    f = form(high)
    exponent, m, biased = reduce_log(high, denormals=False)
    head = m - 1.0
    # 2 ** (1 - k), as 2 ** -k may be denormal
    rest = low * 0.5 * power_of_two(const(2 * f.bias + 1, biased.dtype) - biased)
    h, h_low = _log_join(exponent + k, head, rest + _log_tail(head + rest))
    return h + h_low


def log1p(x: Expr) -> Expr:
    """log(1 + x), exact to its last bits near 0."""
    high, low = two_sum(like(1.0, x), x)
    y = log_ends(high, log_of_sum(high, low))
    return select(abs_(x) < form(x).grain, x, y)


def log2(x: Expr) -> Expr:
    """The logarithm to base 2; exact for powers of two."""
    k, m, _ = reduce_log(x)
    f = m - 1.0
    high, low = parts(LOG2_E, x.dtype)
    tail = fma(f, like(low, x), _log_tail(f) * high)
    return log_ends(x, k + fma(f, like(high, x), tail))


def log10(x: Expr) -> Expr:
    """The logarithm to base 10."""
    k, m, _ = reduce_log(x)
    f = m - 1.0
    high, low = parts(LOG10_E, x.dtype)
    step, rest = parts(LOG10_2, x.dtype, 15 if x.dtype == "f32" else 40)
    tail = fma(f, like(low, x), fma(_log_tail(f), like(high, x), k * rest))
    return log_ends(x, fma(k, like(step, x), fma(f, like(high, x), tail)))


def logistic(x: Expr) -> Expr:
    """1 / (1 + exp(-x))."""
    e = exp(-abs_(x))
    total = e + 1.0
    y = select(x < 0.0, e, like(1.0, x)) / total
    # what the sum lost, times an estimate of 1 / total that is good enough for it
    lost = (total - 1.0) - e
    return fma(y, lost * fma(e, like(-0.5, x), like(1.0, x)), y)


def logaddexp(x: Expr, y: Expr) -> Expr:
    """log(exp(x) + exp(y))."""
    high, low = select(x < y, y, x), select(x < y, x, y)
    # equal infinities differ by NaN
    gap = select(eq(x, y), like(0.0, x), low - high)
    total = high + log1p(exp(gap))
    return total
