"""Gumbel's distribution of greatest values."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "logcdf", "logpdf", "logsf", "pdf", "ppf", "sf"]


def pdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> rt.scipy.stats.gumbel_r.pdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.368, 0.255], dtype=float32)
    """
    return rnp.exp(logpdf(x, loc, scale))


def logpdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.gumbel_r.logpdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([-1.   , -1.368], dtype=float32)
    """
    x, loc, scale = operands("gumbel_r.logpdf", x, loc, scale)
    z = (x - loc) / scale
    return rnp.where(scale > 0, -(z + rnp.exp(-z)) - rnp.log(scale), rnp.nan)


def cdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function: the probability of at most x.

    >>> rt.scipy.stats.gumbel_r.cdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.368, 0.692], dtype=float32)
    """
    return rnp.exp(logcdf(x, loc, scale))


def logcdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> rt.scipy.stats.gumbel_r.logcdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([-1.   , -0.368], dtype=float32)
    """
    x, loc, scale = operands("gumbel_r.logcdf", x, loc, scale)
    z = (x - loc) / scale
    return rnp.where(scale > 0, -rnp.exp(-z), rnp.nan)


def sf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The probability of more than x.

    >>> rt.scipy.stats.gumbel_r.sf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.632, 0.308], dtype=float32)
    """
    x, loc, scale = operands("gumbel_r.sf", x, loc, scale)
    z = (x - loc) / scale
    return rnp.where(scale > 0, -rnp.expm1(-rnp.exp(-z)), rnp.nan)


def logsf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the probability of more than x.

    >>> rt.scipy.stats.gumbel_r.logsf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([-0.459, -1.178], dtype=float32)
    """
    return rnp.log(sf(x, loc, scale))


def ppf(p: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The quantile: the number that is not exceeded with probability p.

    >>> rt.scipy.stats.gumbel_r.ppf(rt.numpy.array([0.25, 0.5])).round(3)
    Array([-0.327,  0.367], dtype=float32)
    """
    p, loc, scale = operands("gumbel_r.ppf", p, loc, scale)
    return rnp.where((p > 0) & (p < 1), loc - scale * rnp.log(-rnp.log(p)), rnp.nan)


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
