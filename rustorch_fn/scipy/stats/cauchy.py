"""The Cauchy distribution."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "isf", "logcdf", "logpdf", "logsf", "pdf", "ppf", "sf"]


def pdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> rt.scipy.stats.cauchy.pdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.318, 0.159], dtype=float32)
    """
    return rnp.exp(logpdf(x, loc, scale))


def logpdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.cauchy.logpdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([-1.145, -1.838], dtype=float32)
    """
    x, loc, scale = operands("cauchy.logpdf", x, loc, scale)
    z = (x - loc) / scale
    return -(rnp.log(rnp.pi * scale) + rnp.log1p(z * z))


def cdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function: the probability of at most x.

    >>> rt.scipy.stats.cauchy.cdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.5 , 0.75], dtype=float32)
    """
    x, loc, scale = operands("cauchy.cdf", x, loc, scale)
    # the angle of the point (loc - x, scale), which is small where the result is
    return rnp.arctan2(scale, loc - x) / rnp.pi


def logcdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> rt.scipy.stats.cauchy.logcdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([-0.693, -0.288], dtype=float32)
    """
    return rnp.log(cdf(x, loc, scale))


def sf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The probability of more than x.

    >>> rt.scipy.stats.cauchy.sf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.5 , 0.25], dtype=float32)
    """
    x, loc, scale = operands("cauchy.sf", x, loc, scale)
    return rnp.arctan2(scale, x - loc) / rnp.pi


def logsf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the probability of more than x.

    >>> rt.scipy.stats.cauchy.logsf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([-0.693, -1.386], dtype=float32)
    """
    return rnp.log(sf(x, loc, scale))


def ppf(q: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The quantile: the number that is not exceeded with probability q.

    >>> rt.scipy.stats.cauchy.ppf(rt.numpy.array([0.25, 0.5])).round(3)
    Array([-1.,  0.], dtype=float32)
    """
    q, loc, scale = operands("cauchy.ppf", q, loc, scale)
    return rnp.tan(rnp.pi * q - rnp.pi / 2) * scale + loc


def isf(q: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The number that is exceeded with probability q.

    >>> rt.scipy.stats.cauchy.isf(rt.numpy.array([0.25, 0.5])).round(3)
    Array([1., 0.], dtype=float32)
    """
    q, loc, scale = operands("cauchy.isf", q, loc, scale)
    return rnp.tan(rnp.pi / 2 - rnp.pi * q) * scale + loc


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
