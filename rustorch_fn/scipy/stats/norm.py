"""The normal distribution."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy import special
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "isf", "logcdf", "logpdf", "logsf", "pdf", "ppf", "sf"]

HALF_LOG_2PI = 0.9189385332046727


def pdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> rt.scipy.stats.norm.pdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.399, 0.242], dtype=float32)
    """
    return rnp.exp(logpdf(x, loc, scale))


def logpdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.norm.logpdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([-0.919, -1.419], dtype=float32)
    """
    x, loc, scale = operands("norm.logpdf", x, loc, scale)
    z = (x - loc) / scale
    return -0.5 * z * z - rnp.log(scale) - HALF_LOG_2PI


def cdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function: the probability of at most x.

    >>> rt.scipy.stats.norm.cdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.5  , 0.841], dtype=float32)
    """
    x, loc, scale = operands("norm.cdf", x, loc, scale)
    return special.ndtr((x - loc) / scale)


def logcdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> rt.scipy.stats.norm.logcdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([-0.693, -0.173], dtype=float32)
    """
    x, loc, scale = operands("norm.logcdf", x, loc, scale)
    return special.log_ndtr((x - loc) / scale)


def sf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The probability of more than x.

    >>> rt.scipy.stats.norm.sf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.5  , 0.159], dtype=float32)
    """
    x, loc, scale = operands("norm.sf", x, loc, scale)
    return special.ndtr((loc - x) / scale)


def logsf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the probability of more than x.

    >>> rt.scipy.stats.norm.logsf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([-0.693, -1.841], dtype=float32)
    """
    x, loc, scale = operands("norm.logsf", x, loc, scale)
    return special.log_ndtr((loc - x) / scale)


def ppf(q: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The quantile: the number that is not exceeded with probability q.

    >>> rt.scipy.stats.norm.ppf(rt.numpy.array([0.25, 0.5])).round(3)
    Array([-0.674,  0.   ], dtype=float32)
    """
    q, loc, scale = operands("norm.ppf", q, loc, scale)
    return special.ndtri(q) * scale + loc


def isf(q: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The number that is exceeded with probability q.

    >>> rt.scipy.stats.norm.isf(rt.numpy.array([0.25, 0.5])).round(3)
    Array([0.674, 0.   ], dtype=float32)
    """
    q, loc, scale = operands("norm.isf", q, loc, scale)
    return loc - special.ndtri(q) * scale


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
