"""Rounding, signs and neighbours."""

from __future__ import annotations

from ..expr import FLOATS, Expr, abs_, eq, like, or_, rint, select, trunc, xor
from .base import INF, bits, is_nan, number, sign_bit, with_sign


def round_even(x: Expr) -> Expr:
    """The nearest whole number, an even one at ties."""
    return rint(x)


def round_away(x: Expr) -> Expr:
    """The nearest whole number, the one farther from zero at ties."""
    a = abs_(x)
    low = trunc(a)
    return with_sign(select(a - low >= 0.5, low + 1.0, low), x)


def sign(x: Expr) -> Expr:
    """-1, 0 or 1; zeros and NaN stay what they are."""
    zero, one = like(0, x), like(1, x)
    if x.dtype in FLOATS:
        return select(x > zero, one, select(x < zero, like(-1, x), x))
    up = select(x > zero, one, zero)
    return up if x.dtype.startswith("u") else select(x < zero, like(-1, x), up)


def copysign(x: Expr, y: Expr) -> Expr:
    """x with the sign bit of y."""
    return with_sign(abs_(x), y)


def nextafter(x: Expr, y: Expr) -> Expr:
    """The float next to x in the direction of y."""
    i, zero = bits(x), like(0.0, x)
    # away from zero, floats count up as their bits do
    down = xor(y > x, x > zero)
    moved = number(select(down, i - 1, i + 1))
    moved = select(eq(x, zero), number(sign_bit(y) | 1), moved)
    return select(or_(is_nan(x), is_nan(y)), x + y, select(eq(x, y), y, moved))


def is_finite(x: Expr) -> Expr:
    """Whether x is neither infinite nor NaN."""
    return abs_(x) < INF
