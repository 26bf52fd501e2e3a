"""The exponential distribution."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "logcdf", "logpdf", "logsf", "pdf", "ppf", "sf"]


def pdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> rt.scipy.stats.expon.pdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([1.   , 0.368], dtype=float32)
    """
    return rnp.exp(logpdf(x, loc, scale))


def logpdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.expon.logpdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([ 0., -1.], dtype=float32)
    """
    x, loc, scale = operands("expon.logpdf", x, loc, scale)
    return rnp.where(x < loc, -rnp.inf, (loc - x) / scale - rnp.log(scale))


def cdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function: the probability of at most x.

    >>> rt.scipy.stats.expon.cdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([-0.   ,  0.632], dtype=float32)
    """
    x, loc, scale = operands("expon.cdf", x, loc, scale)
    return rnp.where(x < loc, 0.0, -rnp.expm1(rnp.minimum(loc - x, 0.0) / scale))


def logcdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> rt.scipy.stats.expon.logcdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([  -inf, -0.459], dtype=float32)
    """
    x, loc, scale = operands("expon.logcdf", x, loc, scale)
    return rnp.log(cdf(x, loc, scale))


def sf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The probability of more than x.

    >>> rt.scipy.stats.expon.sf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([1.   , 0.368], dtype=float32)
    """
    return rnp.exp(logsf(x, loc, scale))


def logsf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the probability of more than x.

    >>> rt.scipy.stats.expon.logsf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([ 0., -1.], dtype=float32)
    """
    x, loc, scale = operands("expon.logsf", x, loc, scale)
    return rnp.where(x < loc, 0.0, (loc - x) / scale)


def ppf(q: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The quantile: the number that is not exceeded with probability q.

    >>> rt.scipy.stats.expon.ppf(rt.numpy.array([0.25, 0.5])).round(3)
    Array([0.288, 0.693], dtype=float32)
    """
    q, loc, scale = operands("expon.ppf", q, loc, scale)
    return rnp.where((q >= 0) & (q <= 1), loc - scale * rnp.log1p(-q), rnp.nan)


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
