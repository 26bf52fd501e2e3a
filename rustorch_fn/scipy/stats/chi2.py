"""The distribution of a sum of df squared normal variables."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy import special
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "logcdf", "logpdf", "logsf", "pdf", "sf"]


def pdf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> rt.scipy.stats.chi2.pdf(rt.numpy.array([1.0, 3.0]), 2.0).round(3)
    Array([0.303, 0.112], dtype=float32)
    """
    return rnp.exp(logpdf(x, df, loc, scale))


def logpdf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.chi2.logpdf(rt.numpy.array([1.0, 3.0]), 2.0).round(3)
    Array([-1.193, -2.193], dtype=float32)
    """
    x, df, loc, scale = operands("chi2.logpdf", x, df, loc, scale)
    z = (x - loc) / scale
    half = 0.5 * df
    inside = ~(z < 0)
    safe = rnp.where(inside, z, 1.0)
    value = special.xlogy(half - 1, 0.5 * safe) - 0.5 * safe - special.gammaln(half) - rnp.log(2.0 * scale)
    return rnp.where(inside, value, -rnp.inf)


def cdf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function: the probability of at most x.

    >>> rt.scipy.stats.chi2.cdf(rt.numpy.array([1.0, 3.0]), 2.0).round(3)
    Array([0.393, 0.777], dtype=float32)
    """
    x, df, loc, scale = operands("chi2.cdf", x, df, loc, scale)
    return special.gammainc(0.5 * df, rnp.maximum(0.5 * (x - loc) / scale, 0.0))


def logcdf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> rt.scipy.stats.chi2.logcdf(rt.numpy.array([1.0, 3.0]), 2.0).round(3)
    Array([-0.933, -0.252], dtype=float32)
    """
    return rnp.log(cdf(x, df, loc, scale))


def sf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The probability of more than x.

    >>> rt.scipy.stats.chi2.sf(rt.numpy.array([1.0, 3.0]), 2.0).round(3)
    Array([0.607, 0.223], dtype=float32)
    """
    x, df, loc, scale = operands("chi2.sf", x, df, loc, scale)
    return special.gammaincc(0.5 * df, rnp.maximum(0.5 * (x - loc) / scale, 0.0))


def logsf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the probability of more than x.

    >>> rt.scipy.stats.chi2.logsf(rt.numpy.array([1.0, 3.0]), 2.0).round(3)
    Array([-0.5, -1.5], dtype=float32)
    """
    return rnp.log(sf(x, df, loc, scale))


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
