"""Gumbel's distribution of least values."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "logcdf", "logpdf", "logsf", "pdf", "ppf", "sf"]


def pdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> rt.scipy.stats.gumbel_l.pdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.368, 0.179], dtype=float32)
    """
    return rnp.exp(logpdf(x, loc, scale))


def logpdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.gumbel_l.logpdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([-1.   , -1.718], dtype=float32)
    """
    x, loc, scale = operands("gumbel_l.logpdf", x, loc, scale)
    z = (x - loc) / scale
    return rnp.where(scale > 0, z - rnp.exp(z) - rnp.log(scale), rnp.nan)


def cdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function: the probability of at most x.

    >>> rt.scipy.stats.gumbel_l.cdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.632, 0.934], dtype=float32)
    """
    x, loc, scale = operands("gumbel_l.cdf", x, loc, scale)
    z = (x - loc) / scale
    return rnp.where(scale > 0, -rnp.expm1(-rnp.exp(z)), rnp.nan)


def logcdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> rt.scipy.stats.gumbel_l.logcdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([-0.459, -0.068], dtype=float32)
    """
    return rnp.log(cdf(x, loc, scale))


def sf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The probability of more than x.

    >>> rt.scipy.stats.gumbel_l.sf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.368, 0.066], dtype=float32)
    """
    return rnp.exp(logsf(x, loc, scale))


def logsf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the probability of more than x.

    >>> rt.scipy.stats.gumbel_l.logsf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([-1.   , -2.718], dtype=float32)
    """
    x, loc, scale = operands("gumbel_l.logsf", x, loc, scale)
    z = (x - loc) / scale
    return rnp.where(scale > 0, -rnp.exp(z), rnp.nan)


def ppf(p: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The quantile: the number that is not exceeded with probability p.

    >>> rt.scipy.stats.gumbel_l.ppf(rt.numpy.array([0.25, 0.5])).round(3)
    Array([-1.246, -0.367], dtype=float32)
    """
    p, loc, scale = operands("gumbel_l.ppf", p, loc, scale)
    return rnp.where((p > 0) & (p < 1), loc + scale * rnp.log(-rnp.log1p(-p)), rnp.nan)


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
