"""The beta distribution."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy import special
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "logcdf", "logpdf", "logsf", "pdf", "sf"]


def pdf(x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> rt.scipy.stats.beta.pdf(rt.numpy.array([0.25, 0.5]), 2.0, 3.0).round(3)
    Array([1.688, 1.5  ], dtype=float32)
    """
    return rnp.exp(logpdf(x, a, b, loc, scale))


def logpdf(x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.beta.logpdf(rt.numpy.array([0.25, 0.5]), 2.0, 3.0).round(3)
    Array([0.523, 0.405], dtype=float32)
    """
    x, a, b, loc, scale = operands("beta.logpdf", x, a, b, loc, scale)
    z = (x - loc) / scale
    value = special.xlogy(a - 1, z) + special.xlog1py(b - 1, -z) - special.betaln(a, b) - rnp.log(scale)
    value = rnp.where((z < 0) | (z > 1), -rnp.inf, value)
    return rnp.where((a > 0) & (b > 0) & (scale > 0), value, rnp.nan)


def cdf(x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function: the probability of at most x.

    >>> rt.scipy.stats.beta.cdf(rt.numpy.array([0.25, 0.5]), 2.0, 3.0).round(3)
    Array([0.262, 0.688], dtype=float32)
    """
    x, a, b, loc, scale = operands("beta.cdf", x, a, b, loc, scale)
    return special.betainc(a, b, rnp.clip((x - loc) / scale, 0.0, 1.0))


def logcdf(x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> rt.scipy.stats.beta.logcdf(rt.numpy.array([0.25, 0.5]), 2.0, 3.0).round(3)
    Array([-1.34 , -0.375], dtype=float32)
    """
    return rnp.log(cdf(x, a, b, loc, scale))


def sf(x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The probability of more than x.

    >>> rt.scipy.stats.beta.sf(rt.numpy.array([0.25, 0.5]), 2.0, 3.0).round(3)
    Array([0.738, 0.312], dtype=float32)
    """
    x, a, b, loc, scale = operands("beta.sf", x, a, b, loc, scale)
    return special.betainc(b, a, 1.0 - rnp.clip((x - loc) / scale, 0.0, 1.0))


def logsf(x: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the probability of more than x.

    >>> rt.scipy.stats.beta.logsf(rt.numpy.array([0.25, 0.5]), 2.0, 3.0).round(3)
    Array([-0.303, -1.163], dtype=float32)
    """
    return rnp.log(sf(x, a, b, loc, scale))


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
