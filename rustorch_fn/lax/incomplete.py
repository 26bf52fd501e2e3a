"""Values of the incomplete gamma and beta functions, of float64 arrays and of pairs by the same text.

Series and continued fractions run until every element has converged (Lentz' method, "Numerical Recipes"); for large
parameters the gamma function has Temme's uniform expansion ("The asymptotic expansion of the incomplete gamma
functions", 1979).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from rustorch_fn import dtypes
from rustorch_fn.lax import doubled as D
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import folding, lift
from rustorch_fn.lax.control import while_loop
from rustorch_fn.lax.doubled import Doubled, Number
from rustorch_fn.lax.stirling import log_beta, log_gamma

STEPS = 2000
LARGE = 1e4


def _repeat(step: Callable[..., tuple[Any, tuple[Number, ...]]], on: Any, *first: Number) -> tuple[Number, ...]:
    """step(n, *state) gives where to go on and the next state, n = 1, 2 …; elements that are through keep theirs."""
    pairs = isinstance(first[0], Doubled)
    like = D.head(first[0])

    def packed(state: tuple[Number, ...]) -> Any:
        zero = lift.full(like.aval.shape, 0.0, dtypes.float64)
        return tuple((v.high, zero if v.low is None else v.low) if pairs else v for v in state)

    def unpacked(state: Any) -> Any:
        return tuple(Doubled(*v) if pairs else v for v in state)

    def turn(s: Any) -> Any:
        on, n, state = s[0], s[1], unpacked(s[2])
        count = lift.broadcast_to(lift.convert(n, dtypes.float64), like.aval.shape)
        still, after = step(count, *state)
        kept = tuple(D.where(on, new, old) for new, old in zip(after, state, strict=True))
        return on & still & lift.broadcast_to(n < STEPS, on.aval.shape), n + 1, packed(kept)

    def going(s: Any) -> Any:
        return folding.reduce_or(s[0], axes=tuple(range(s[0].aval.ndim)))

    return unpacked(while_loop(going, turn, (on, lift.full((), 1, dtypes.int32), packed(first)))[2])


def _one(like: Number) -> Number:
    one = lift.full(D.head(like).aval.shape, 1.0, dtypes.float64)
    return Doubled(one) if isinstance(like, Doubled) else one


def _least(like: Number) -> float:
    """What no longer counts beside 1."""
    return 2.0**-64 if isinstance(like, Doubled) else 2.0**-54


# --- the gamma function ---

_EULER = (0.5772156649015329, -4.942915152430645e-18)
# zeta(k) / k, k = 2 …
_ZETAS = (0.8224670334241132, -0.40068563438653143, 0.27058080842778454, -0.20738555102867398, 0.16955717699740818)


def _series(a: Number, x: Number, on: Any) -> Number:
    """The sum of x**n / ((a + 1) … (a + n)), for x up to 1 or a."""

    def step(n: Any, term: Number, total: Number) -> Any:
        term = term * x / (a + n)
        total = total + term
        return D.head(term) > _least(a) * D.head(total), (term, total)

    return _repeat(step, on, _one(a), _one(a))[1]


def _series_beside_exp(a: Number, x: Number, on: Any) -> Number:
    """The same less exp(x), which for small a cancels nothing."""

    def step(n: Any, power: Number, term: Number, total: Number) -> Any:
        term = (term - power * a / n) * x / (a + n)
        power, total = power * x / n, total + term
        return D.head(term) < _least(a) * D.head(total), (power, term, total)

    one = _one(a)
    return _repeat(step, on, one, one * 0.0, one * 0.0)[2]


def _fraction(a: Number, x: Number, on: Any) -> Number:
    """The continued fraction of the upper function, for x above 1 and a."""
    start = x + 1.0 - a

    def step(n: Any, c: Number, d: Number, total: Number) -> Any:
        over, under = (a - n) * n, start + 2.0 * n
        c, d = under + over * c, 1.0 / (under + over * d)
        # c is kept upside down
        factor = c * d
        return ew.abs(D.head(factor - 1.0)) > _least(a), (1.0 / c, d, total * factor)

    first = 1.0 / start
    return _repeat(step, on, first * 0.0, first, first)[2]


def igamma(a: Number, x: Number, *, complement: bool) -> Any:
    """The lower or the upper incomplete gamma function, as a float64 array."""
    high, place = D.head(a), D.head(x)
    good = (place > 0.0) & (high > 0.0) & (place < math.inf) & (high < math.inf)
    large = good & (high > LARGE)
    medium = good & (high <= LARGE)
    p, q = D.where(medium, a, 1.0), D.where(medium, x, 1.0)
    upper = medium & (D.head(q) > 1.0) & (D.head(q) > D.head(p))
    tiny = medium & ~upper & (D.head(p) < 1e-3)
    scale = p * D.log(q) - q - log_gamma(p)
    weight = D.exp(scale)
    low = weight / p * _series(p, q, medium & ~upper)
    other = weight * _fraction(D.where(upper, p, 1.0), D.where(upper, q, 2.0), upper)
    value = D.where(upper, other, 1.0 - low) if complement else D.where(upper, 1.0 - other, low)
    if complement:
        value = D.where(tiny, _upper_of_tiny(D.where(tiny, p, 1e-4), D.where(tiny, q, 0.5), tiny), value)
    out = D.where(large, temme(D.where(large, a, 2e4), D.where(large, x, 2e4), complement=complement), D.rounded(value))
    at_zero, at_inf = (1.0, 0.0) if complement else (0.0, 1.0)
    out = D.where(place == 0.0, at_zero, D.where(place == math.inf, at_inf, out))
    # a = 0 has all its weight at 0
    out = D.where(high == 0.0, at_inf, D.where((high == math.inf) & (place < math.inf), at_zero, out))
    bad = (place < 0.0) | (high < 0.0) | (place != place) | (high != high)
    bad = bad | (high == 0.0) & (place == 0.0) | (high == math.inf) & (place == math.inf)
    return D.where(bad, math.nan, out)


def _upper_of_tiny(a: Number, x: Number, on: Any) -> Number:
    """The upper function for small a and x up to 1, where it is about as small as a."""
    # log(gamma(1 + a)) by its series
    rest = D.head(a) * D.poly(D.head(a), _ZETAS) - D.number(_EULER, a)
    size = a * D.log(x) - a * rest
    grown = D.expm1_small(size) if isinstance(size, Doubled) else ew.expm1(size)
    return -grown - D.exp(size - x) * _series_beside_exp(a, x, on)


@functools.cache
def _temmes() -> list[list[float]]:
    """The series of c_k(eta): c_0 = 1 / mu - 1 / eta, then c_k = c_(k-1)' / eta + (-1)**k g_k / mu."""
    length = 30
    # mu = eta + eta²/3 + …, from mu mu' = eta (1 + mu)
    mu = [Fraction(0), Fraction(1)]
    for n in range(2, length + 2):
        inner = sum((mu[i] * mu[n + 1 - i] * (n + 1 - i) for i in range(2, n)), Fraction(0))
        mu.append((mu[n - 1] - inner) / (n + 1))
    inverse = [Fraction(1)]
    for n in range(1, length + 1):
        inverse.append(-sum((mu[i + 1] * inverse[n - i] for i in range(1, n + 1)), Fraction(0)))
    rows = [inverse[1:]]
    for _ in range(3):
        # g_k takes away the pole at 0
        slope = [n * c for n, c in enumerate(rows[-1])][1:]
        rows.append([s - slope[0] * i for s, i in zip(slope[1:], inverse[1:], strict=False)])
    return [[float(c) for c in row[: 18 - 3 * k]] for k, row in enumerate(rows)]


def temme(a: Number, x: Number, *, complement: bool) -> Any:
    """For a above LARGE: the normal distribution, and a correction that falls as 1 / sqrt(a)."""
    mu = (x - a) / a
    mu = D.where(D.head(mu) > 0.4, 0.4, D.where(D.head(mu) < -0.4, -0.4, mu))
    power = (mu - D.log1p(mu)) * a
    square = D.head(power)
    safe = D.where(square > 0.0, square, 1.0)
    root = ew.sqrt(safe)
    rest = D.rounded(power - Doubled(root) * root) if isinstance(power, Doubled) else power - square
    above = D.head(mu) >= 0.0
    weight = D.rounded(D.exp(-power))
    half = 0.5 * ew.erfc(root) - weight * (0.5 / math.sqrt(math.pi)) * rest / root
    half = D.where(square > 0.0, half, 0.5)
    eta = D.where(square > 0.0, root * ew.sqrt(2.0 / D.head(a)), 0.0)
    eta = D.where(above, eta, -eta)
    inverse = 1.0 / D.head(a)
    sums = [D.poly(eta, row) for row in _temmes()]
    total = sums[-1]
    for s in reversed(sums[:-1]):
        total = total * inverse + s
    change = weight * ew.sqrt(inverse * (0.5 / math.pi)) * total
    small = D.where(above, half + change, half - change)
    return D.where(above, small, 1.0 - small) if complement else D.where(above, 1.0 - small, small)


# --- the beta function ---


def _beta_fraction(a: Number, b: Number, x: Number, on: Any) -> Number:
    """The continued fraction of the incomplete beta function, for x < (a + 1) / (a + b + 2)."""

    def step(m: Any, c: Number, d: Number, total: Number) -> Any:
        twice = a + 2.0 * m
        factor = total
        terms = (b - m) * m * x / ((twice - 1.0) * twice), (a + m) * (a + b + m) * x / (twice * (twice + 1.0))
        for term in (terms[0], -terms[1]):
            d = 1.0 / _kept(1.0 + term * d)
            c = _kept(1.0 + term / c)
            factor = c * d
            total = total * factor
        return ew.abs(D.head(factor - 1.0)) > _least(a), (c, d, total)

    first = 1.0 / _kept(1.0 - (a + b) * x / (a + 1.0))
    return _repeat(step, on, _one(a), first, first)[2]


def _kept(x: Number) -> Number:
    return D.where(ew.abs(D.head(x)) < 1e-300, 1e-300, x)


def betainc(a: Number, b: Number, x: Number) -> Any:
    """The regularised incomplete beta function, as a float64 array."""
    p, q, z = D.head(a), D.head(b), D.head(x)
    positive = (p > 0.0) & (q > 0.0)
    good = positive & (z > 0.0) & (z < 1.0) & (p < math.inf) & (q < math.inf)
    a, b, x = D.where(good, a, 1.0), D.where(good, b, 1.0), D.where(good, x, 0.5)
    turned = D.head(x) * (D.head(a) + D.head(b) + 2.0) > D.head(a) + 1.0
    rest = 1.0 - x
    a, b = D.where(turned, b, a), D.where(turned, a, b)
    x, rest = D.where(turned, rest, x), D.where(turned, x, rest)
    front = D.exp(a * D.log(x) + b * D.log(rest) - log_beta(a, b))
    value = front * _beta_fraction(a, b, x, good) / a
    out = D.rounded(D.where(turned, 1.0 - value, value))
    out = D.where(z == 0.0, 0.0, D.where(z == 1.0, 1.0, out))
    return D.where(good | positive & ((z == 0.0) | (z == 1.0)), out, math.nan)
