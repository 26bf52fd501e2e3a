"""Logarithms times numbers, powers that start at logarithms, and the logistic function's inverse."""

from __future__ import annotations

from typing import Any

from rustorch_fn import lax
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import doubled as D
from rustorch_fn.scipy.special.complexes import complex_logit
from rustorch_fn.scipy.special.forms import is_complex, operands, smooth
from rustorch_fn.typing import Array, ArrayLike


@smooth(lambda x, y: rnp.log(y), lambda x, y: x / y)
def _xlogy(x: Any, y: Any) -> Any:
    return rnp.where((x != 0) | rnp.isnan(y), x * rnp.log(y), 0.0)


@smooth(lambda x, y: rnp.log1p(y), lambda x, y: x / (1 + y))
def _xlog1py(x: Any, y: Any) -> Any:
    return rnp.where((x != 0) | rnp.isnan(y), x * rnp.log1p(y), 0.0)


@smooth(lambda x: rnp.where(x < 0, 0.0, -rnp.log(x) - 1))
def _entr(x: Any) -> Any:
    return rnp.where(x < 0, -rnp.inf, rnp.where(x == 0, 0.0, -x * rnp.log(x)))


def _log_ratio(p: Any, q: Any) -> Any:
    """log(p / q) of positive numbers, exact near 1."""
    near = (p < 2 * q) & (q < 2 * p)
    ratio = p / q
    # the quotient of numbers that are far apart may leave the range
    inside = (ratio > 1e-300) & (ratio < 1e300)
    far = rnp.where(inside, rnp.log(rnp.where(inside, ratio, 1.0)), rnp.log(p) - rnp.log(q))
    return rnp.where(near, rnp.log1p((p - q) / q), far)


def _relative(p: Any, q: Any) -> tuple[Any, Any, Any, Any]:
    """Where p log(p / q) is a number, where it is 0, and operands that are positive everywhere."""
    inside = (p > 0) & (q > 0)
    return inside, (p == 0) & (q >= 0), rnp.where(inside, p, 1.0), rnp.where(inside, q, 1.0)


def _relative_slope(p: Any, q: Any) -> Any:
    inside, _, p, q = _relative(p, q)
    return rnp.where(inside, _log_ratio(p, q) + 1, 0.0)


def _relative_slope_below(p: Any, q: Any) -> Any:
    inside, _, p, q = _relative(p, q)
    return rnp.where(inside, -p / q, 0.0)


@smooth(_relative_slope, _relative_slope_below)
def _rel_entr(p: Any, q: Any) -> Any:
    inside, empty, safe_p, safe_q = _relative(p, q)
    value = rnp.where(inside, safe_p * _log_ratio(safe_p, safe_q), rnp.where(empty, 0.0, rnp.inf))
    return rnp.where(rnp.isnan(p) | rnp.isnan(q), rnp.nan, value)


@smooth(lambda p, q: _relative_slope(p, q) - 1, lambda p, q: _relative_slope_below(p, q) + 1)
def _kl_div(p: Any, q: Any) -> Any:
    inside, empty, safe_p, safe_q = _relative(p, q)
    gap = (safe_q - safe_p) / safe_p
    near = rnp.abs(gap) < 0.1
    # gap - log(1 + gap) as a series: gap² / 2 - gap³ / 3 + …
    small = rnp.where(near, gap, 0.0)
    close = safe_p * small * small * D.poly(small, [(-1) ** k / (k + 2) for k in range(16)])
    far = safe_p * _log_ratio(safe_p, safe_q) - safe_p + safe_q
    value = rnp.where(inside, rnp.where(near, close, far), rnp.where(empty, q, rnp.inf))
    return rnp.where(rnp.isnan(p) | rnp.isnan(q), rnp.nan, value)


@smooth(lambda x: 1 / (x * (1 - x)))
def _logit(x: Any) -> Any:
    middle = (x > 0.25) & (x < 0.75)
    near = rnp.where(middle, x, 0.5)
    return rnp.where(middle, rnp.log1p((2 * near - 1) / (1 - near)), rnp.log(x / (1 - x)))


def _power(log_x: Any, power: Any) -> Any:
    """(exp(power · log_x) - 1) / power, and log_x where the power is 0."""
    still = power == 0
    safe = rnp.where(still, 1.0, power)
    return rnp.where(still, log_x, rnp.expm1(safe * log_x) / safe)


def _power_slope(log_x: Any, power: Any) -> Any:
    """The derivative of _power in the power."""
    u = power * log_x
    near = rnp.abs(u) < 0.05
    small = rnp.where(near, u, 0.0)
    # (1 + (u - 1) exp(u)) / u² as a series: the sum of u**k / (k! (k + 2))
    terms, factorial = [], 1.0
    for k in range(10):
        terms.append(1 / (factorial * (k + 2)))
        factorial *= k + 1
    big = rnp.where(near, 1.0, u)
    series = rnp.where(near, D.poly(small, terms), (1 + (big - 1) * rnp.exp(big)) / (big * big))
    return log_x * log_x * series


@smooth(lambda x, power: rnp.power(x, power - 1), lambda x, power: _power_slope(rnp.log(x), power))
def _boxcox(x: Any, power: Any) -> Any:
    return _power(rnp.log(x), power)


@smooth(lambda x, power: rnp.exp((power - 1) * rnp.log1p(x)), lambda x, power: _power_slope(rnp.log1p(x), power))
def _boxcox1p(x: Any, power: Any) -> Any:
    return _power(rnp.log1p(x), power)


def xlogy(x: ArrayLike, y: ArrayLike) -> Array:
    """x * log(y), and 0 where x is 0 and y is a number.

    >>> rt.scipy.special.xlogy(rt.numpy.array([0.0, 2.0]), rt.numpy.array([0.0, 3.0])).round(3)
    Array([0.   , 2.197], dtype=float32)
    """
    return _xlogy(*operands("xlogy", x, y, complex_too=True))


def xlog1py(x: ArrayLike, y: ArrayLike) -> Array:
    """x * log(1 + y), and 0 where x is 0 and y is a number.

    >>> rt.scipy.special.xlog1py(rt.numpy.array([0.0, 2.0]), rt.numpy.array([-1.0, 2.0])).round(3)
    Array([0.   , 2.197], dtype=float32)
    """
    return _xlog1py(*operands("xlog1py", x, y, complex_too=True))


def entr(x: ArrayLike) -> Array:
    """-x * log(x); 0 at 0, and -inf below.

    >>> rt.scipy.special.entr(rt.numpy.array([0.0, 0.5, -1.0])).round(3)
    Array([0.   , 0.347,  -inf], dtype=float32)
    """
    return _entr(*operands("entr", x))


def rel_entr(p: ArrayLike, q: ArrayLike) -> Array:
    """p * log(p / q); 0 where p is 0, and inf where either is negative.

    >>> rt.scipy.special.rel_entr(rt.numpy.array([0.0, 2.0]), rt.numpy.array([0.5, 1.0])).round(3)
    Array([0.   , 1.386], dtype=float32)
    """
    return _rel_entr(*operands("rel_entr", p, q))


def kl_div(p: ArrayLike, q: ArrayLike) -> Array:
    """p * log(p / q) - p + q, the term of Kullback and Leibler's divergence.

    >>> rt.scipy.special.kl_div(rt.numpy.array([0.0, 2.0]), rt.numpy.array([0.5, 1.0])).round(3)
    Array([0.5  , 0.386], dtype=float32)
    """
    return _kl_div(*operands("kl_div", p, q))


def logit(x: ArrayLike) -> Array:
    """log(x / (1 - x)), the inverse of expit.

    >>> rt.scipy.special.logit(rt.numpy.array([0.0, 0.25, 0.5])).round(3)
    Array([  -inf, -1.099,  0.   ], dtype=float32)
    """
    (value,) = operands("logit", x, complex_too=True)
    return complex_logit(value) if is_complex(value) else _logit(value)


def expit(x: ArrayLike) -> Array:
    """1 / (1 + exp(-x)).

    >>> rt.scipy.special.expit(rt.numpy.array([-200.0, 0.0, 200.0]))
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    return lax.logistic(*operands("expit", x, complex_too=True))


def boxcox(x: ArrayLike, lmbda: ArrayLike) -> Array:
    """(x ** lmbda - 1) / lmbda, and log(x) where lmbda is 0.

    >>> rt.scipy.special.boxcox(rt.numpy.array([2.0, 2.0]), rt.numpy.array([0.0, 2.0])).round(3)
    Array([0.693, 1.5  ], dtype=float32)
    """
    return _boxcox(*operands("boxcox", x, lmbda))


def boxcox1p(x: ArrayLike, lmbda: ArrayLike) -> Array:
    """((1 + x) ** lmbda - 1) / lmbda, and log(1 + x) where lmbda is 0.

    >>> rt.scipy.special.boxcox1p(rt.numpy.array([1.0, 1.0]), rt.numpy.array([0.0, 2.0])).round(3)
    Array([0.693, 1.5  ], dtype=float32)
    """
    return _boxcox1p(*operands("boxcox1p", x, lmbda))
