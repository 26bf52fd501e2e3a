"""Sine, cosine and tangent of every finite number."""

from __future__ import annotations

from collections.abc import Sequence

from ..expr import Expr, abs_, bitcast, const, convert, fma, like, ne, not_, rint, select
from .base import PI, bits, flip, form, parts, poly, quick_sum, rarely, sign_bit, two_product, two_sum
from .exponential import whole

# sin(r) = r + r³ (c0 + c1 r² + …) for |r| slightly above pi / 4
_SIN = {
    "f32": (-0.16666652262210846, 0.008332014083862305, -0.00019495665037538856),
    "f64": (
        -0.16666666666666666, 0.00833333333333304, -0.00019841269840959285, 2.7557319071881798e-06,
        -2.5052070284604815e-08, 1.6054220749581396e-10, -7.384561074241097e-13,
    ),
}  # fmt: skip
# cos(r) = 1 - r² / 2 + r⁴ (c0 + c1 r² + …)
_COS = {
    "f32": (0.04166664183139801, -0.0013887130189687014, 2.441208744130563e-05),
    "f64": (
        0.041666666666666595, -0.0013888888888873342, 2.480158728900217e-05, -2.755731421709872e-07,
        2.087570540859935e-09, -1.1358750096608045e-11,
    ),
}  # fmt: skip
# the first 1280 bits of 2 / pi
_TWO_OVER_PI = 0xA2F9836E4E441529FC2757D1F534DDC0DB6295993C439041FE5163ABDEBBC561B7246E3A424DD2E006492EEA09D1921CFE1DEB1CB129A73EE88235F52EBB4484E99C7026B45F7E413991D639835339F49C845F8BBDF9283B1FF897FFDE05980FEF2F118B5A0A6D1F6D367ECF27CB09B74F463F669E5FEA2D7527BAC7EBE5F17B3D0739F78A5292EA6BFB5FB11F8D5D0856033046FC7B6BABF0CFBC209AF4361D  # noqa: E501
# up to these, n pi / 2 is subtracted in three parts without loss
_NEAR = {"f32": 1e5, "f64": 1e8}


def reduce_angle(x: Expr) -> tuple[Expr, Expr, Expr]:
    """x = n pi / 2 + (h + l) with |h| about pi / 4 at most: bits that hold n mod 4 lowest, h and l."""
    far = not_(abs_(x) <= _NEAR[x.dtype])
    n, h, l = (rarely(far, slow, fast) for slow, fast in zip(_reduce_far(x), _reduce_near(x), strict=True))
    return n, h, l


def _reduce_near(x: Expr) -> tuple[Expr, Expr, Expr]:
    magic = form(x).shift
    t = fma(x, like(float(2 / PI), x), like(magic, x))
    n = t - magic
    p1, p2, p3 = (like(-p, x) for p in parts(PI / 2, x.dtype, count=3))
    a = fma(n, p1, x)
    p, p_low = two_product(n, p2)
    h = a + p
    return bits(t), h, fma(n, p3, ((a - h) + p) + p_low)


def _reduce_far(x: Expr) -> tuple[Expr, Expr, Expr]:
    """Payne and Hanek's way: only those bits of 2 / pi count that do not yield multiples of 4."""
    f = form(x)
    word = f.width
    i = bits(x)
    exponent = ((i >> f.mantissa) & (2 * f.bias + 1)) - f.bias
    whole = (i & ((1 << f.mantissa) - 1)) | (1 << f.mantissa)
    # with this many zeros in front, the window starts at the bit whose number is the exponent
    length = (_WORDS[x.dtype]) * word
    padded = _TWO_OVER_PI >> (1280 + f.mantissa + 2 - length)
    words = [const(padded >> (length - word * (j + 1)) & ((1 << word) - 1), f.integer) for j in range(_WORDS[x.dtype])]
    window = _window(words, exponent >> (word.bit_length() - 1), 4)
    shift = exponent & (word - 1)
    rest = const(word, f.integer) - shift
    spans = [(window[j] << shift) | (window[j + 1] >> rest) for j in range(3)]
    n, h, l = (_turns32 if word == 32 else _turns64)(whole, spans)
    sign = sign_bit(x)
    n = select(ne(sign, like(0, sign)), const(0, n.dtype) - n, n)
    # infinities and NaN become NaN
    return n, flip(h, sign) + (x - x), flip(l, sign)


_WORDS = {"f32": 7, "f64": 19}


def _window(words: Sequence[Expr], start: Expr, count: int) -> Sequence[Expr]:
    """words[start : start + count], by one selection for each bit of start."""
    step = 1 << ((len(words) - count).bit_length() - 1)
    while step:
        chosen = ne(start & step, like(0, start))
        words = [select(chosen, words[j + step], words[j]) for j in range(min(count + step - 1, len(words) - step))]
        step >>= 1
    return words


def _turns32(whole: Expr, spans: Sequence[Expr]) -> tuple[Expr, Expr, Expr]:
    """whole * spans / 2**94 mod 4 as a nearest integer, and pi / 2 times the rest as two floats."""
    a, b, c = (convert(whole, "u64") * convert(s, "u64") for s in spans)
    fixed = (a << 32) + b + (c >> 32)
    n = convert((fixed >> 62) + ((fixed >> 61) & 1), "u32")
    angle = convert(bitcast(fixed << 2, "i64"), "f64") * float(PI / 2**65)
    h = convert(angle, "f32")
    return n, h, convert(angle - convert(h, "f64"), "f32")


def _turns64(whole: Expr, spans: Sequence[Expr]) -> tuple[Expr, Expr, Expr]:
    """whole * spans / 2**190 mod 4 as a nearest integer, and pi / 2 times the rest as two floats."""
    a, b, c = spans
    middle = whole * b
    low = middle + _multiply_high(whole, c)
    carry = convert(low < middle, "u64")
    high = whole * a + _multiply_high(whole, b) + carry
    n = (high >> 62) + ((high >> 61) & 1)
    turn = bitcast((high << 2) | (low >> 62), "i64")
    tail = turn & 0x7FF
    h = convert(turn - tail, "f64") * 2.0**-64
    l = fma(convert(low << 2, "f64"), const(2.0**-128, "f64"), convert(tail, "f64") * 2.0**-64)
    h, l = two_sum(h, l)
    p, q = parts(PI / 2, "f64")
    product = h * p
    return n, *quick_sum(product, fma(h, like(p, h), -product) + fma(h, like(q, h), l * p))


def _multiply_high(x: Expr, y: Expr) -> Expr:
    """The upper 64 bits of the product of two u64."""
    half = (1 << 32) - 1
    (a, b), (c, d) = ((v >> 32, v & half) for v in (x, y))
    cross = a * d + ((b * d) >> 32)
    other = b * c + (cross & half)
    return a * c + (cross >> 32) + (other >> 32)


def _sine(h: Expr, l: Expr, z: Expr) -> Expr:
    """sin(h + l) - h, where z = h²."""
    return fma(h * z, poly(z, _SIN[h.dtype]), l)


def _cosine(h: Expr, l: Expr, z: Expr) -> tuple[Expr, Expr]:
    """cos(h + l) as a sum of two, where z = h²."""
    half = z * 0.5
    w = 1.0 - half
    return w, ((1.0 - w) - half) + fma(z * z, poly(z, _COS[h.dtype]), -(h * l))


def _wave(x: Expr, quarter: int) -> Expr:
    """sin(x + quarter * pi / 2)."""
    n, h, l = reduce_angle(x)
    n = n + quarter
    z = h * h
    w, tail = _cosine(h, l, z)
    y = select(ne(n & 1, like(0, n)), w + tail, h + _sine(h, l, z))
    return flip(y, (n & 2) << (form(x).width - 2))


def sin(x: Expr) -> Expr:
    """The sine of an angle in radians."""
    return select(abs_(x) < form(x).grain, x, _wave(x, 0))


def cos(x: Expr) -> Expr:
    """The cosine of an angle in radians."""
    return _wave(x, 1)


def tan(x: Expr) -> Expr:
    """The tangent of an angle in radians."""
    n, h, l = reduce_angle(x)
    z = h * h
    s, s_low = quick_sum(h, _sine(h, l, z))
    w, tail = _cosine(h, l, z)
    c, c_low = quick_sum(w, fma(fma(h, h, -z), like(-0.5, x), tail))
    odd = ne(n & 1, like(0, n))
    over, over_low = select(odd, -c, s), select(odd, -c_low, s_low)
    under, under_low = select(odd, s, c), select(odd, s_low, c_low)
    inverse = 1.0 / under
    y = over * inverse
    y = fma(fma(-y, under, over) + fma(-y, under_low, over_low), inverse, y)
    return select(abs_(x) < form(x).grain, x, y)


def sin_cos_pi(x: Expr) -> tuple[Expr, Expr]:
    """sin(pi x) and cos(pi x); exact zeros at whole and half numbers."""
    # so large that all are even numbers
    x = select(abs_(x) < 2.0 ** form(x).mantissa, x, like(0.0, x))
    # without whole turns, as `whole` takes numbers of few bits only
    x = fma(rint(0.5 * x), like(-2.0, x), x)
    n, e = whole(x + x, 0)
    r = fma(n, like(-0.5, x), x)
    high, low = parts(PI, x.dtype)
    h, h_low = two_product(r, like(high, x))
    l = fma(r, like(low, x), h_low)
    z = h * h
    w, tail = _cosine(h, l, z)
    sine, cosine = h + _sine(h, l, z), w + tail
    odd, top = ne(e & 1, like(0, e)), form(x).width - 2
    turn, next_turn = (e & 2) << top, ((e + 1) & 2) << top
    return flip(select(odd, cosine, sine), turn), flip(select(odd, sine, cosine), next_turn)
