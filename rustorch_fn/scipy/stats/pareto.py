"""The Pareto distribution."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "logcdf", "logpdf", "logsf", "pdf", "ppf", "sf"]


def pdf(x: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> rt.scipy.stats.pareto.pdf(rt.numpy.array([1.5, 3.0]), 2.0).round(3)
    Array([0.593, 0.074], dtype=float32)
    """
    return rnp.exp(logpdf(x, b, loc, scale))


def logpdf(x: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.pareto.logpdf(rt.numpy.array([1.5, 3.0]), 2.0).round(3)
    Array([-0.523, -2.603], dtype=float32)
    """
    x, b, loc, scale = operands("pareto.logpdf", x, b, loc, scale)
    z = (x - loc) / scale
    return rnp.where(z < 1, -rnp.inf, rnp.log(b / scale) - (b + 1) * rnp.log(rnp.maximum(z, 1.0)))


def cdf(x: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function: the probability of at most x.

    >>> rt.scipy.stats.pareto.cdf(rt.numpy.array([1.5, 3.0]), 2.0).round(3)
    Array([0.556, 0.889], dtype=float32)
    """
    x, b, loc, scale = operands("pareto.cdf", x, b, loc, scale)
    z = (x - loc) / scale
    return -rnp.expm1(-b * rnp.log(rnp.maximum(z, 1.0)))


def logcdf(x: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> rt.scipy.stats.pareto.logcdf(rt.numpy.array([1.5, 3.0]), 2.0).round(3)
    Array([-0.588, -0.118], dtype=float32)
    """
    x, b, loc, scale = operands("pareto.logcdf", x, b, loc, scale)
    z = (x - loc) / scale
    value = rnp.log(-rnp.expm1(-b * rnp.log(rnp.where(z > 1, z, 2.0))))
    return rnp.where(z > 1, value, rnp.where(rnp.isnan(z), z, -rnp.inf))


def sf(x: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The probability of more than x.

    >>> rt.scipy.stats.pareto.sf(rt.numpy.array([1.5, 3.0]), 2.0).round(3)
    Array([0.444, 0.111], dtype=float32)
    """
    return rnp.exp(logsf(x, b, loc, scale))


def logsf(x: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the probability of more than x.

    >>> rt.scipy.stats.pareto.logsf(rt.numpy.array([1.5, 3.0]), 2.0).round(3)
    Array([-0.811, -2.197], dtype=float32)
    """
    x, b, loc, scale = operands("pareto.logsf", x, b, loc, scale)
    z = (x - loc) / scale
    return -b * rnp.log(rnp.maximum(z, 1.0))


def ppf(q: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The quantile: the number that is not exceeded with probability q.

    >>> rt.scipy.stats.pareto.ppf(rt.numpy.array([0.25, 0.5]), 2.0).round(3)
    Array([1.155, 1.414], dtype=float32)
    """
    q, b, loc, scale = operands("pareto.ppf", q, b, loc, scale)
    value = loc + scale * rnp.exp(-rnp.log1p(-q) / b)
    return rnp.where((q >= 0) & (q <= 1), value, rnp.nan)


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
