"""The gamma and beta functions and what is counted with them."""

from __future__ import annotations

import math
from fractions import Fraction
from operator import index
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import doubled as D
from rustorch_fn.lax import lift
from rustorch_fn.lax.doubled import Doubled
from rustorch_fn.lax.programs import program
from rustorch_fn.lax.stirling import log_abs_gamma, log_beta, log_gamma_ratio
from rustorch_fn.scipy.special.complexes import complex_gamma, complex_loggamma
from rustorch_fn.scipy.special.forms import is_complex, operands, smooth, weakly, widened
from rustorch_fn.typing import Array, ArrayLike

# compiled outside of jit too, as our own kernels are exact beside the roots
_gammaln, _digamma = program()(lax.lgamma), program()(lax.digamma)


def _pole(x: Any) -> Any:
    return (x <= 0) & (x == rnp.floor(x))


def gammaln(x: ArrayLike) -> Array:
    """The logarithm of the gamma function's size.

    >>> rt.scipy.special.gammaln(rt.numpy.array([0.5, 4.0])).round(3)
    Array([0.572, 1.792], dtype=float32)
    """
    return _gammaln(*operands("gammaln", x))


def loggamma(x: ArrayLike) -> Array:
    """The logarithm of the gamma function; nan for real x below 0, for complex ones the branch that is real above.

    >>> rt.scipy.special.loggamma(rt.numpy.array([4.0, -0.5])).round(3)
    Array([1.792,   nan], dtype=float32)
    >>> rt.scipy.special.loggamma(rt.numpy.array(-0.5 + 0j)).round(3)
    Array(1.266-3.142j, dtype=complex64)
    """
    (value,) = operands("loggamma", x, complex_too=True)
    if is_complex(value):
        return complex_loggamma(value)
    return rnp.where(value > 0, _gammaln(value), rnp.nan)


def gammasgn(x: ArrayLike) -> Array:
    """The gamma function's sign; nan at whole numbers below 0, and a zero's own sign.

    >>> rt.scipy.special.gammasgn(rt.numpy.array([2.0, -0.5, -1.0]))
    Array([ 1., -1., nan], dtype=float32)
    """
    (value,) = operands("gammasgn", x, strong=True)
    whole = rnp.floor(value)
    even = whole == 2 * rnp.floor(whole / 2)
    sign = rnp.where((value > 0) | ((value < 0) & even) | ((value == 0) & ~rnp.signbit(value)), 1.0, -1.0)
    out = rnp.where(((value < 0) & (value == whole)) | rnp.isnan(value), rnp.nan, sign)
    return lift.convert(out, value.aval.dtype)


@smooth(lambda x: _gamma(x) * lax.digamma(x), pairs=True)
def _gamma(x: Any) -> Any:
    high = D.head(x)
    tiny, far, pole = rnp.abs(high) < 1e-30, rnp.abs(high) > 200, _pole(high)
    size, sign = log_abs_gamma(D.where(tiny | far | pole, 1.5, x))
    value = sign * D.rounded(D.exp(size))
    value = rnp.where(tiny, 1 / rnp.where(tiny, high, 1.0), value)
    # what is below 0 and far is smaller than any number
    _, sign = log_abs_gamma(rnp.where(far & ~pole, high, 1.5))
    value = rnp.where(far, rnp.where(high > 0, rnp.inf, 0.0 * sign), value)
    return rnp.where((pole & (high < 0)) | rnp.isnan(high), rnp.nan, value)


def gamma(x: ArrayLike) -> Array:
    """The gamma function; nan at whole numbers below 0, and infinite at 0.

    >>> rt.scipy.special.gamma(rt.numpy.array([0.5, 5.0, -1.0])).round(3)
    Array([ 1.772, 24.   ,    nan], dtype=float32)
    >>> rt.scipy.special.gamma(rt.numpy.array(1j)).round(3)
    Array(-0.155-0.498j, dtype=complex64)
    """
    (value,) = operands("gamma", x, complex_too=True, strong=True)
    return complex_gamma(value) if is_complex(value) else _gamma(value)


def digamma(x: ArrayLike) -> Array:
    """The derivative of gammaln.

    >>> rt.scipy.special.digamma(rt.numpy.array([1.0, 2.0])).round(3)
    Array([-0.577,  0.423], dtype=float32)
    """
    return _digamma(*operands("digamma", x))


def polygamma(n: ArrayLike, x: ArrayLike) -> Array:
    """The n-th derivative of digamma, for integers n.

    >>> rt.scipy.special.polygamma(1, rt.numpy.array([1.0, 2.0])).round(3)
    Array([1.645, 0.645], dtype=float32)
    """
    order = rnp.asarray(n)
    if order.dtype not in dtypes.INTS:
        hint = "Orders are integers: polygamma(1, x) is digamma's derivative."
        raise errors.DtypeError("polygamma: n is no integer", got=order.aval, hint=hint)
    xs = operands("polygamma", n, x)
    return weakly(lax.polygamma(*xs), *xs)


def zeta(x: ArrayLike, q: ArrayLike | None = None) -> Array:
    """Hurwitz' zeta function: the sum of (k + q) ** -x over k = 0, 1 ….

    >>> rt.scipy.special.zeta(2.0, rt.numpy.array([1.0, 2.0])).round(3)
    Array([1.645, 0.645], dtype=float32)
    """
    if q is None:
        raise errors.BadArgument("zeta", "q", None, "A number: zeta(x, 1.0) is Riemann's function")
    xs = operands("zeta", x, q)
    return weakly(lax.zeta(*xs), *xs)


# --- beta and its kin ---


def _slope_of_beta(a: Any, b: Any) -> Any:
    return lax.digamma(a) - lax.digamma(a + b)


def _log_abs_beta(a: Any, b: Any) -> tuple[Any, Any, Any, Any]:
    """The logarithm of the size as exact as the operands are, and where it is; in float64 elsewhere; the sign."""
    high, other = D.head(a), D.head(b)
    inside = (high > 0) & (other > 0) & (high < 1e300) & (other < 1e300)
    exact = log_beta(D.where(inside, a, 1.0), D.where(inside, b, 1.0))
    (x, s), (y, t), (z, u) = (log_abs_gamma(v) for v in (high, other, high + other))
    if isinstance(a, Doubled):
        apart = ~(_pole(high) | _pole(other) | _pole(high + other)) & (rnp.abs(high) + rnp.abs(other) < 1e300)
        exact = D.where(inside, exact, _sum_of_logs(*(D.where(apart & ~inside, v, 1.5) for v in (a, b, a + b))))
        return inside | apart, exact, x + y - z, s * t * u
    return inside, exact, x + y - z, s * t * u


def _sum_of_logs(a: Any, b: Any, total: Any) -> Any:
    """log(abs(gamma(a) gamma(b) / gamma(total))) of pairs, by turns: a program for one logarithm is long enough."""

    def turn(pair: Any) -> Any:
        size, _ = log_abs_gamma(Doubled(*pair))
        return size.high, size.low

    highs, lows = lax.map(turn, tuple(rnp.stack(part) for part in zip(*map(_both, (a, b, total)), strict=True)))
    x, y, z = (Doubled(highs[k], lows[k]) for k in range(3))
    return x + y - z


def _both(x: Any) -> tuple[Any, Any]:
    return x.high, rnp.zeros_like(x.high) if x.low is None else x.low


@smooth(lambda a, b: _slope_of_beta(a, b), lambda a, b: _slope_of_beta(b, a), pairs=True)
def _betaln(a: Any, b: Any) -> Any:
    known, exact, far, _ = _log_abs_beta(a, b)
    return rnp.where(known, D.rounded(exact), far)


def betaln(a: ArrayLike, b: ArrayLike) -> Array:
    """The logarithm of the beta function's size.

    >>> rt.scipy.special.betaln(2.0, rt.numpy.array([1.0, 3.0])).round(3)
    Array([-0.693, -2.485], dtype=float32)
    """
    return _betaln(*operands("betaln", a, b))


@smooth(
    lambda a, b: _beta(a, b) * _slope_of_beta(a, b), lambda a, b: _beta(a, b) * _slope_of_beta(b, a), pairs=True
)  # fmt: skip
def _beta(a: Any, b: Any) -> Any:
    known, exact, far, sign = _log_abs_beta(a, b)
    return sign * rnp.where(known, D.rounded(D.exp(exact)), rnp.exp(far))


def beta(a: ArrayLike, b: ArrayLike) -> Array:
    """gamma(a) * gamma(b) / gamma(a + b).

    >>> rt.scipy.special.beta(2.0, rt.numpy.array([1.0, 3.0])).round(3)
    Array([0.5  , 0.083], dtype=float32)
    """
    return _beta(*operands("beta", a, b, strong=True))


def betainc(a: ArrayLike, b: ArrayLike, x: ArrayLike) -> Array:
    """The regularised incomplete beta function, from 0 to 1.

    >>> rt.scipy.special.betainc(2.0, 3.0, rt.numpy.array([0.5, 1.0])).round(3)
    Array([0.688, 1.   ], dtype=float32)
    """
    xs = operands("betainc", a, b, x)
    return weakly(lax.betainc(*xs), *xs)


def gammainc(a: ArrayLike, x: ArrayLike) -> Array:
    """The regularised lower incomplete gamma function, from 0 to 1.

    >>> rt.scipy.special.gammainc(2.0, rt.numpy.array([1.0, 9.0])).round(3)
    Array([0.264, 0.999], dtype=float32)
    """
    xs = operands("gammainc", a, x)
    return weakly(lax.igamma(*xs), *xs)


def gammaincc(a: ArrayLike, x: ArrayLike) -> Array:
    """The regularised upper incomplete gamma function: 1 - gammainc, exact where it is small.

    >>> rt.scipy.special.gammaincc(2.0, rt.numpy.array([1.0, 9.0])).round(3)
    Array([0.736, 0.001], dtype=float32)
    """
    xs = operands("gammaincc", a, x)
    return weakly(lax.igammac(*xs), *xs)


@smooth(lambda n: rnp.where(n < 0, 0.0, _factorial(n) * lax.digamma(n + 1)), pairs=True)
def _factorial(n: Any) -> Any:
    high = D.head(n)
    inside = (high >= 0) & (high < 200)
    size, _ = log_abs_gamma(D.where(inside, n, 1.0) + 1.0)
    value = rnp.where(inside, D.rounded(D.exp(size)), rnp.where(high < 0, 0.0, rnp.inf))
    return rnp.where(rnp.isnan(high), rnp.nan, value)


def factorial(n: ArrayLike, exact: bool = False) -> Array:
    """gamma(n + 1), and 0 below 0.

    >>> rt.scipy.special.factorial(rt.numpy.array([0, 3, 5]))
    Array([  1.,   6., 120.], dtype=float32)
    """
    if exact:
        raise errors.BadArgument("factorial", "exact", exact, "False: arrays have no integers of any length")
    return _factorial(*operands("factorial", n))


@smooth(
    lambda n, k: _comb(n, k) * (lax.digamma(n + 1) - lax.digamma(rnp.where(k <= n, n - k, 1.0) + 1)),
    lambda n, k: (
        _comb(n, k) * (lax.digamma(rnp.where(k <= n, n - k, 1.0) + 1) - lax.digamma(rnp.where(k >= 0, k, 1.0) + 1))
    ),
    pairs=True,
)
def _comb(n: Any, k: Any) -> Any:
    total, part = D.head(n), D.head(k)
    inside = (part <= total) & (part >= 0)
    n, k = D.where(inside, n, 2.0), D.where(inside, k, 1.0)
    value = D.exp(-log_beta(k + 1.0, n - k + 1.0)) / (n + 1.0)
    value = rnp.where(inside, D.rounded(value), 0.0)
    return rnp.where(rnp.isnan(total) | rnp.isnan(part), rnp.nan, value)


def comb(N: ArrayLike, k: ArrayLike, *, repetition: bool = False) -> Array:
    """In how many ways k of N things can be chosen, with `repetition` each more than once.

    >>> rt.scipy.special.comb(5, rt.numpy.array([0, 2, 6]))
    Array([ 1., 10.,  0.], dtype=float32)
    >>> rt.scipy.special.comb(5, 2, repetition=True)
    Array(15., dtype=float32, weak_type=True)
    """
    n, k = operands("comb", N, k)
    if repetition:
        return rnp.where((k == 0) & (n >= 0), 1.0, _comb(n + k - 1, k))
    return _comb(n, k)


@smooth(
    lambda z, m: _poch(z, m) * (lax.digamma(z + m) - lax.digamma(z)), lambda z, m: _poch(z, m) * lax.digamma(z + m),
    pairs=True,
)  # fmt: skip
def _poch(z: Any, m: Any) -> Any:
    first, step = D.head(z), D.head(m)
    total = first + step
    # near 0 <= m <= z, the quotient has a formula of its own
    close = (first > 0) & (step >= 0) & (step <= first)
    near = D.exp(-log_gamma_ratio(D.where(close, z, 2.0), D.where(close, m, 1.0)))
    apart = ~(close | _pole(first) | _pole(total))
    safe_z, safe_m = D.where(apart, z, 1.5), D.where(apart, m, 1.0)
    (over, sign), (under, other) = log_abs_gamma(safe_z + safe_m), log_abs_gamma(safe_z)
    far = sign * other * D.rounded(D.exp(over - under))
    value = rnp.where(close, D.rounded(near), far)
    value = rnp.where(_pole(first) & ~_pole(total), 0.0, value)
    value = rnp.where(_pole(total) & ~_pole(first), rnp.inf, value)
    whole = _falling(first, step)
    value = rnp.where(_pole(total) & _pole(first), whole, value)
    return rnp.where(step == 0, 1.0, rnp.where(rnp.isnan(total), rnp.nan, value))


def _falling(z: Any, m: Any) -> Any:
    """gamma(z + m) / gamma(z) where both are poles: (-1)**m gamma(1 - z) / gamma(1 - z - m)."""
    both = _pole(z) & _pole(z + m)
    z, m = rnp.where(both, z, -2.0), rnp.where(both, m, 1.0)
    size = rnp.exp(lax.lgamma(1 - z) - lax.lgamma(1 - z - m))
    even = m == 2 * rnp.floor(m / 2)
    return rnp.round(rnp.where(even, size, -size))


def poch(z: ArrayLike, m: ArrayLike) -> Array:
    """gamma(z + m) / gamma(z), Pochhammer's symbol.

    >>> rt.scipy.special.poch(rt.numpy.array([1.0, 3.0]), 2.0)
    Array([ 2., 12.], dtype=float32)
    """
    return _poch(*operands("poch", z, m, strong=True))


def multigammaln(a: ArrayLike, d: ArrayLike) -> Array:
    """The logarithm of the gamma function of d dimensions; d is known when the program is made.

    >>> rt.scipy.special.multigammaln(rt.numpy.array([3.0]), 2).round(3)
    Array([1.55], dtype=float32)
    """
    known = lift.known(rnp.asarray(d))
    if known is None or known.shape or known < 1 or known != int(known):
        raise errors.BadArgument("multigammaln", "d", d, "A whole number that is known when the program is made")
    sizes = range(int(known))
    (value,) = operands("multigammaln", a)

    def total(x: Any) -> Any:
        return sum((lax.lgamma(x - k / 2) for k in sizes), len(sizes) * (len(sizes) - 1) / 4 * math.log(math.pi))

    return widened(total, value)


def bernoulli(n: int) -> Array:
    """Bernoulli's numbers B(0) … B(n), each rounded once.

    >>> rt.scipy.special.bernoulli(4).round(3)
    Array([ 1.   , -0.5  ,  0.167,  0.   , -0.033], dtype=float32)
    """
    count = lift.known(rnp.asarray(n))
    if count is None or count.shape or count.dtype.kind not in "iu" or count < 0:
        raise errors.BadArgument("bernoulli", "n", n, "A whole number, not below 0")
    with np.errstate(over="ignore"):
        return rnp.asarray(np.array(_bernoulli_numbers(index(count)), np.float64).astype(np.float32))


def _bernoulli_numbers(n: int) -> list[float]:
    """By Akiyama and Tanigawa's triangle, in fractions; what is too large is infinite."""
    row: list[Fraction] = []
    out = []
    for m in range(n + 1):
        row.append(Fraction(1, m + 1))
        for j in range(m, 0, -1):
            row[j - 1] = j * (row[j - 1] - row[j])
        value = -row[0] if m == 1 else row[0]
        out.append(float(value) if abs(value) < 2**1024 - 2**970 else math.copysign(math.inf, value))
    return out
