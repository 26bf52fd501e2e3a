"""The normal distribution cut off at a and b."""

from __future__ import annotations

import sys as _sys
from typing import Any

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy import special
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "logcdf", "logpdf", "logsf", "pdf", "sf"]


def _log_difference(x: Any, y: Any) -> Any:
    """log(exp(x) - exp(y)) for x >= y."""
    gap = rnp.where(x > y, y - x, -1.0)
    return rnp.where(x > y, x + rnp.log(-rnp.expm1(gap)), -rnp.inf)


def _placed(z: Any, a: Any, b: Any) -> tuple[Any, Any, Any, Any]:
    """z, where it lies inside, and ends that are in order, so that no derivative is nan elsewhere."""
    bad = a >= b
    return z, (z > a) & (z < b), rnp.where(bad, -1.0, a), rnp.where(bad, 1.0, b)


def _log_mass(a: Any, b: Any) -> Any:
    """The logarithm of the normal probability of [a, b], from the tail in which it lies."""
    right = a > 0
    low, high = rnp.where(right, -b, a), rnp.where(right, -a, b)
    inside = (low < 0) & (high > 0)
    tail = _log_difference(special.log_ndtr(high), special.log_ndtr(low))
    return rnp.where(inside, rnp.log1p(-special.ndtr(low) - special.ndtr(-high)), tail)


def pdf(x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> rt.scipy.stats.truncnorm.pdf(rt.numpy.array([0.0, 0.5]), -1.0, 2.0).round(3)
    Array([0.487, 0.43 ], dtype=float32)
    """
    return rnp.exp(logpdf(x, a, b, loc, scale))


def logpdf(x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.truncnorm.logpdf(rt.numpy.array([0.0, 0.5]), -1.0, 2.0).round(3)
    Array([-0.719, -0.844], dtype=float32)
    """
    x, a, b, loc, scale = operands("truncnorm.logpdf", x, a, b, loc, scale)
    z = (x - loc) / scale
    value = -0.5 * z * z - 0.9189385332046727 - rnp.log(scale) - _log_mass(a, b)
    value = rnp.where((z < a) | (z > b), -rnp.inf, value)
    return rnp.where(a >= b, rnp.nan, value)


def cdf(x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function: the probability of at most x.

    >>> rt.scipy.stats.truncnorm.cdf(rt.numpy.array([0.0, 0.5]), -1.0, 2.0).round(3)
    Array([0.417, 0.651], dtype=float32)
    """
    return rnp.exp(logcdf(x, a, b, loc, scale))


def logcdf(x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> rt.scipy.stats.truncnorm.logcdf(rt.numpy.array([0.0, 0.5]), -1.0, 2.0).round(3)
    Array([-0.875, -0.429], dtype=float32)
    """
    x, a, b, loc, scale = operands("truncnorm.logcdf", x, a, b, loc, scale)
    z, inside, low, high = _placed((x - loc) / scale, a, b)
    value = _log_mass(low, rnp.where(inside, z, 0.5 * (low + high))) - _log_mass(low, high)
    value = rnp.where(inside, rnp.minimum(value, 0.0), rnp.where(z <= a, -rnp.inf, 0.0))
    return rnp.where(a >= b, rnp.nan, value)


def sf(x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The probability of more than x.

    >>> rt.scipy.stats.truncnorm.sf(rt.numpy.array([0.0, 0.5]), -1.0, 2.0).round(3)
    Array([0.583, 0.349], dtype=float32)
    """
    return rnp.exp(logsf(x, a, b, loc, scale))


def logsf(x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the probability of more than x.

    >>> rt.scipy.stats.truncnorm.logsf(rt.numpy.array([0.0, 0.5]), -1.0, 2.0).round(3)
    Array([-0.54 , -1.052], dtype=float32)
    """
    x, a, b, loc, scale = operands("truncnorm.logsf", x, a, b, loc, scale)
    z, inside, low, high = _placed((x - loc) / scale, a, b)
    value = _log_mass(rnp.where(inside, z, 0.5 * (low + high)), high) - _log_mass(low, high)
    value = rnp.where(inside, rnp.minimum(value, 0.0), rnp.where(z >= b, -rnp.inf, 0.0))
    return rnp.where(a >= b, rnp.nan, value)


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
