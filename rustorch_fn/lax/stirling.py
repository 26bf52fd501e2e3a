"""The gamma function's logarithm of float64 arrays and pairs: Stirling's series after a shift, and the reflection."""

from __future__ import annotations

import math
from fractions import Fraction

from rustorch_fn.lax import doubled as D
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax.doubled import Doubled, Number

# B(2k) / (2k (2k - 1)), the series in 1 / x
_SERIES = (
    Fraction(1, 12), Fraction(-1, 360), Fraction(1, 1260), Fraction(-1, 1680), Fraction(1, 1188),
    Fraction(-691, 360360), Fraction(1, 156), Fraction(-3617, 122400), Fraction(43867, 244188),
    Fraction(-174611, 125400), Fraction(77683, 5796),
)  # fmt: skip
_STEPS = 16


def log_gamma(x: Number) -> Number:
    """log(gamma(x)) for x > 0."""
    if not isinstance(x, Doubled):
        return ew.lgamma(x)
    small = x.high < float(_STEPS)
    safe = D.where(small, x, 1.0)
    # x (x + 1) … (x + 15), two factors at a time
    ends = safe * (safe + float(_STEPS - 1))
    product = ends
    for k in range(1, _STEPS // 2):
        product = product * (ends + float(k * (_STEPS - 1 - k)))
    y = D.where(small, safe + float(_STEPS), x)
    # beyond this, 1 / x² is 0 to all digits that count
    inverse = 1.0 / D.where(y.high < 1e150, y.high, 1e150)
    series = inverse * D.poly(inverse * inverse, [float(c) for c in _SERIES])
    value = (y - 0.5) * D.log(y) - y + D.number(D.HALF_LOG_2PI, y) + series
    return value - D.log(D.where(small, product, 1.0))


def log_abs_gamma(x: Number) -> tuple[Number, Number]:
    """log(abs(gamma(x))) of numbers that are no poles, and gamma's sign as a float64 array."""
    high = D.head(x)
    below = high < 0.5
    whole = ew.floor(high)
    sign = D.where((high > 0.0) | (whole == 2.0 * ew.floor(whole * 0.5)), 1.0, -1.0)
    if not isinstance(x, Doubled):
        return ew.lgamma(x), sign
    mirrored = log_gamma(D.where(below, 1.0 - x, x))
    sine = _log_abs_sin_pi(D.where(below, x, 0.5))
    return D.where(below, D.number(_LOG_PI, x) - sine - mirrored, mirrored), sign


_LOG_PI = (1.1447298858494002, 1.0265951162707826e-17)


def _log_abs_sin_pi(x: Doubled) -> Doubled:
    r = x - ew.round_even(x.high)
    t = r * D.number(D.PI, r)
    square = t * t
    total = D.number(Fraction(-1, math.factorial(27)), t)
    for k in range(25, 0, -2):
        total = D.number(Fraction((-1) ** (k // 2), math.factorial(k)), t) + square * total
    size = t * total
    return D.log(D.where(size.high < 0.0, -size, size))


def log_gamma_ratio(x: Number, y: Number) -> Number:
    """log(gamma(x) / gamma(x + y)) for 0 <= y <= x, without the loss of a difference."""
    small = D.head(x) < float(_STEPS)
    low = D.where(small, x, 1.0)
    above = low + D.where(small, y, 1.0)
    over, under = above, low
    for k in range(1, _STEPS):
        over, under = over * (above + float(k)), under * (low + float(k))
    steps = D.log(over / under)
    x = D.where(small, x + float(_STEPS), x)
    total = x + y
    value = y - (x - 0.5) * D.log1p(y / x) - y * D.log(total) + (_tail(x) - _tail(total))
    return value + D.where(small, steps, 0.0)


def _tail(x: Number) -> Number:
    """What Stirling's series adds."""
    inverse = 1.0 / D.head(x)
    square = inverse * inverse
    return inverse * D.poly(square, [float(c) for c in _SERIES])


def log_beta(x: Number, y: Number) -> Number:
    """log(gamma(x) gamma(y) / gamma(x + y)) of positive numbers."""
    turned = D.head(x) < D.head(y)
    x, y = D.where(turned, y, x), D.where(turned, x, y)
    return log_gamma(y) + log_gamma_ratio(x, y)
