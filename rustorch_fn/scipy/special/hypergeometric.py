"""Hypergeometric functions of real numbers: their series, and the transformations that make it converge.

The choice of formulas follows Pearson, Olver & Porter, "Numerical methods for the computation of the confluent and
Gauss hypergeometric functions" (2017). Sums are doubled numbers, as their terms may cancel.
"""

from __future__ import annotations

from typing import Any

from rustorch_fn import lax
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import doubled as D
from rustorch_fn.lax.doubled import Doubled
from rustorch_fn.lax.programs import jvp
from rustorch_fn.lax.stirling import log_abs_gamma
from rustorch_fn.scipy.special.forms import operands, smooth
from rustorch_fn.typing import Array, ArrayLike

_LONG = 100_000


def _whole_below(x: Any) -> Any:
    """Whether x is 0, -1, -2 …"""
    return (x <= 0) & (x == rnp.floor(x))


def _gamma_of(x: Any) -> Any:
    """The gamma function of what is no pole, in float64."""
    size, sign = log_abs_gamma(x)
    return sign * rnp.exp(size)


def _series(over: list[Any], under: list[Any], x: Any, asked: Any) -> Any:
    """The sum of x**k times rising factorials, where asked: each term is the last one times a quotient.

    Parameters and x are float64 arrays or pairs.
    """
    over, under = ([v if isinstance(v, Doubled) else Doubled(v) for v in vs] for vs in (over, under))

    def going(s: Any) -> Any:
        return rnp.any(s[0])

    def step(s: Any) -> Any:
        on, th, tl, sh, sl, k = s
        term = Doubled(th, tl) * x
        for a in over:
            term = term * (a + k)
        for b in under:
            term = term / (b + k)
        term = term / (k + 1)
        total = Doubled(sh, sl) + term
        small = rnp.abs(term.high) <= 2.0**-70 * rnp.abs(total.high)
        past = k > 2 + rnp.abs(D.head(over[0]))  # before, terms may be small by chance
        on = on & ~(small & past) & (term.high != 0) & (k < _LONG) & (rnp.abs(total.high) < rnp.inf)
        sh, sl = rnp.where(s[0], total.high, sh), rnp.where(s[0], total.low, sl)
        return on, term.high, term.low, sh, sl, k + 1

    one, zero = rnp.ones_like(D.head(x)), rnp.zeros_like(D.head(x))
    _, _, _, high, low, _ = lax.while_loop(going, step, (asked, one, zero, one, zero, zero))
    return Doubled(high, low)


# --- the confluent function ---


def _far_confluent(a: Any, b: Any, x: Any, asked: Any) -> Any:
    """For large x > 0: gamma(b) / gamma(a) exp(x) x**(a - b) times a series in 1 / x that is cut at its least term."""

    def step(k: Any, state: Any) -> Any:
        term, total, still = state
        after = term * ((b - a + k) * (1 - a + k)) / ((k + 1) * x)
        still = still & (rnp.abs(after) < rnp.abs(term))
        return rnp.where(still, after, term), total + rnp.where(still, after, 0.0), still

    _, total, _ = lax.fori_loop(0, 60, step, (rnp.ones_like(x), rnp.ones_like(x), asked))
    growth = D.exp(Doubled(x) + D.log(Doubled(rnp.where(asked, x, 1.0))) * (Doubled(a) - b))
    return D.rounded(growth) * total * _gamma_of(b) / _gamma_of(a)


def _confluent(a: Any, b: Any, x: Any) -> Any:
    """The function, by Kummer's transformation where x is negative."""
    turned = x < 0
    size = rnp.abs(x)
    ended = _whole_below(a) & turned
    first = D.where(turned & ~ended, Doubled(b) - a, a)
    place = rnp.where(ended, x, size)
    far = (size > 100 + rnp.abs(a) + rnp.abs(b)) & ~_whole_below(first.high)
    near = _series([first], [b], rnp.where(far, 0.0, place), ~far)
    scale = D.exp(Doubled(rnp.where(turned & ~ended, x, 0.0)))
    value = D.rounded(near * scale)
    beyond = _far_confluent(first.high, b, rnp.where(far, size, 200.0), far)
    return rnp.where(far, beyond * rnp.where(turned, rnp.exp(x), 1.0), value)


def _hyp1f1_by(which: int) -> Any:
    """The derivative in a parameter: of the rising factorials, factor by factor, as one may be 0."""

    def slope(a: Any, b: Any, x: Any) -> Any:
        def step(s: Any) -> Any:
            on, term, bend, total, k = s
            scale = x / ((b + k) * (k + 1))
            bend = (bend * (a + k) + (term if which == 0 else -term * (a + k) / (b + k))) * scale
            term = term * (a + k) * scale
            on = on & ((rnp.abs(bend) > 2.0**-56 * rnp.abs(total)) | (k < rnp.abs(x))) & (k < _LONG)
            return on, term, bend, rnp.where(s[0], total + bend, total), k + 1

        zero = rnp.zeros_like(x)
        first = (x == x, rnp.ones_like(x), zero, zero, zero)
        return lax.while_loop(lambda s: rnp.any(s[0]), step, first)[3]

    return slope


@smooth(_hyp1f1_by(0), _hyp1f1_by(1), lambda a, b, x: a / b * _hyp1f1(a + 1, b + 1, x))
def _hyp1f1(a: Any, b: Any, x: Any) -> Any:
    bad = rnp.isnan(a) | rnp.isnan(b) | rnp.isnan(x)
    pole = _whole_below(b) & ~(_whole_below(a) & (a > b)) & (a != 0)
    finite = ~(bad | pole | rnp.isinf(x) | (a == 0))
    value = _confluent(*(rnp.where(finite, v, 1.0) for v in (a, b, x)))
    value = rnp.where(rnp.isinf(x), rnp.where(x > 0, rnp.inf, 0.0), value)
    value = rnp.where(a == 0, 1.0, rnp.where(a == b, rnp.exp(x), value))
    return rnp.where(bad, rnp.nan, rnp.where(pole, rnp.inf, value))


def hyp1f1(a: ArrayLike, b: ArrayLike, x: ArrayLike) -> Array:
    """Kummer's confluent hypergeometric function: the sum of (a)_k / (b)_k x**k / k!.

    >>> rt.scipy.special.hyp1f1(1.0, 2.0, rt.numpy.array([0.0, 1.0])).round(3)
    Array([1.   , 1.718], dtype=float32)
    """
    return _hyp1f1(*operands("hyp1f1", a, b, x, strong=True))


# --- Gauss' function ---


def _gauss_end(a: Any, b: Any, c: Any, rest: Any, asked: Any) -> Any:
    """Near z = 1, by two series in rest = 1 - z, where c - a - b is no whole number."""
    a, b, c, rest = (D.where(asked, v, w) for v, w in ((a, 0.25), (b, 0.5), (c, 1.25), (rest, 0.5)))
    d = c - a - b
    top, up, down, *under = _gammas(c, d, -d, c - a, c - b, a, b)
    by_low = _quotient([top, up], under[:2]) * _series([a, b], [1.0 - d], rest, asked)
    by_high = _quotient([top, down], under[2:]) * _series([c - a, c - b], [d + 1.0], rest, asked)
    return by_low + by_high * D.exp(d * D.log(rest))


def _gammas(*xs: Any) -> list[tuple[Any, Any]]:
    """The logarithm of the gamma function's size and its sign, 0 at poles; one by one, as the program is long."""

    if not isinstance(xs[0], Doubled):
        poles = [_whole_below(x) for x in xs]
        found = [log_abs_gamma(rnp.where(pole, 1.5, x)) for pole, x in zip(poles, xs, strict=True)]
        return [(size, rnp.where(pole, 0.0, sign)) for pole, (size, sign) in zip(poles, found, strict=True)]

    def turn(x: Any) -> Any:
        pole = _whole_below(x[0]) & (x[1] == 0)
        size, sign = log_abs_gamma(D.where(pole, 1.5, Doubled(*x)))
        return size.high, size.low, rnp.where(pole, 0.0, sign)

    lows = [rnp.zeros_like(x.high) if x.low is None else x.low for x in xs]
    highs, tails, signs = lax.map(turn, (rnp.stack([x.high for x in xs]), rnp.stack(lows)))
    return [(Doubled(highs[k], tails[k]), signs[k]) for k in range(len(xs))]


def _quotient(over: list[Any], under: list[Any]) -> Any:
    """The product of gamma functions over that of others, 0 where one of those has a pole."""
    (p, s), (q, t), (u, v), (w, y) = *over, *under
    return D.exp(p + q - u - w) * (s * t * v * y)


def _one_over_gamma(x: Any) -> Any:
    pole = _whole_below(x)
    return rnp.where(pole, 0.0, 1 / _gamma_of(rnp.where(pole, 1.0, x)))


def _gauss(a: Any, b: Any, c: Any, x: Any) -> Any:
    """The function for x < 1: negative x goes to x / (x - 1), which lies in [0, 1) (Pfaff)."""
    ended = _whole_below(a) | _whole_below(b)
    turned = (x < 0) & ~ended
    safe = Doubled(rnp.where(turned, x, 0.0))
    z = D.where(turned, safe / (safe - 1.0), x)
    second = D.where(turned, Doubled(c) - b, b)
    end = _at_end(a, second.high, c, z.high) & ~ended
    rest = D.where(turned, 1.0 / (1.0 - safe), 1.0 - Doubled(x))
    at_end = _gauss_end(Doubled(a), second, Doubled(c), rest, end)
    value = D.where(end, at_end, _series([a, second], [c], D.where(end, 0.0, z), ~end))
    scale = D.exp(-(D.log(1.0 - safe) * a))
    return D.rounded(D.where(turned, value * scale, value))


def _gauss_slopes(a: Any, b: Any, c: Any, z: Any) -> tuple[Any, Any, Any, Any]:
    """The sum for |z| < 1 and its derivatives in a, b and c, term by term."""

    def step(s: Any) -> Any:
        on, (term, in_a, in_b, in_c), totals, k = s
        scale = z / ((c + k) * (k + 1))
        both = (a + k) * (b + k)
        # factor by factor, as one may be 0
        terms = (
            term * both * scale, (in_a * (a + k) + term) * (b + k) * scale, (in_b * (b + k) + term) * (a + k) * scale,
            (in_c - term / (c + k)) * both * scale,
        )  # fmt: skip
        after = tuple(rnp.where(on, t + y, t) for y, t in zip(terms, totals, strict=True))
        large = sum((rnp.abs(t) for t in terms), 0.0 * z)
        return on & ((large > 2.0**-56 * rnp.abs(totals[0])) | (k < 5)) & (k < _LONG), terms, after, k + 1

    one, zero = rnp.ones_like(z), rnp.zeros_like(z)
    first = (z == z, (one, zero, zero, zero), (one, zero, zero, zero), zero)
    value, by_a, by_b, by_c = lax.while_loop(lambda s: rnp.any(s[0]), step, first)[2]
    return value, by_a, by_b, by_c


def _hyp2f1_by(which: int) -> Any:
    def slope(a: Any, b: Any, c: Any, x: Any) -> Any:
        turned = x < 0
        z = rnp.where(turned, x / (x - 1), rnp.where(x < 1, x, 0.0))
        second = rnp.where(turned, c - b, b)
        end = _at_end(a, second, c, z)
        value, by_a, by_b, by_c = _gauss_slopes(a, second, c, rnp.where(end, 0.0, z))
        scale = rnp.where(turned, rnp.power(1 - rnp.where(turned, x, 0.0), -a), 1.0)
        log = rnp.log1p(-rnp.where(turned, x, 0.0))
        found = (by_a, rnp.where(turned, -by_b, by_b), rnp.where(turned, by_c + by_b, by_c))[which]
        # beside z = 1 by forward mode, the same directions
        one, zero = rnp.ones_like(x), rnp.zeros_like(x)
        ways = (one, zero, zero), (zero, rnp.where(turned, -one, one), zero), (zero, rnp.where(turned, one, zero), one)
        rest = rnp.where(turned, 1 / (1 - rnp.where(turned, x, 0.0)), 1 - z)
        at_end, bent = jvp(lambda p, q, r: D.rounded(_gauss_end(p, q, r, rest, end)), (a, second, c), ways[which])
        value, found = rnp.where(end, at_end, value), rnp.where(end, bent, found)
        return rnp.where(x < 1, scale * (found - log * value if which == 0 else found), rnp.nan)

    return slope


def _at_end(a: Any, b: Any, c: Any, z: Any) -> Any:
    """Where the series takes long, and the two series in 1 - z do not cancel."""
    d = c - a - b
    return (z > 0.9) & (rnp.abs(d - rnp.round(d)) > 1e-4) & ~_whole_below(a) & ~_whole_below(b)


@smooth(
    _hyp2f1_by(0), _hyp2f1_by(1), _hyp2f1_by(2),
    lambda a, b, c, x: a * b / c * _hyp2f1(a + 1, b + 1, c + 1, x),
)  # fmt: skip
def _hyp2f1(a: Any, b: Any, c: Any, x: Any) -> Any:
    bad = rnp.isnan(a) | rnp.isnan(b) | rnp.isnan(c) | rnp.isnan(x)
    ended = (_whole_below(a) & (a > c)) | (_whole_below(b) & (b > c))
    trivial = (x == 0) | (((a == 0) | (b == 0)) & (c != 0))
    pole = _whole_below(c) & ~ended & ~trivial
    finite_sum = _whole_below(a) | _whole_below(b)
    inside = ~bad & ~pole & ~trivial & ((x < 1) | finite_sum) & (rnp.abs(x) < rnp.inf)
    value = _gauss(*(rnp.where(inside, v, w) for v, w in ((a, 1.0), (b, 1.0), (c, 2.0), (x, 0.25))))
    d = c - a - b
    safe = rnp.where(d > 0, d, 1.0)
    at_one = _gamma_of(c) * _gamma_of(safe) * _one_over_gamma(c - a) * _one_over_gamma(c - b)
    end = rnp.where((x == 1) & (d > 0), at_one, rnp.inf)
    value = rnp.where(inside, value, rnp.where(trivial, 1.0, end))
    return rnp.where(bad, rnp.nan, rnp.where(pole, rnp.inf, value))


def hyp2f1(a: ArrayLike, b: ArrayLike, c: ArrayLike, x: ArrayLike) -> Array:
    """Gauss' hypergeometric function: the sum of (a)_k (b)_k / (c)_k x**k / k!, continued to x < -1; inf beyond 1.

    >>> rt.scipy.special.hyp2f1(1.0, 1.0, 2.0, rt.numpy.array([0.0, 0.5])).round(3)
    Array([1.   , 1.386], dtype=float32)
    """
    return _hyp2f1(*operands("hyp2f1", a, b, c, x, strong=True))
