"""The gamma distribution."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy import special
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "logcdf", "logpdf", "logsf", "pdf", "sf"]


def pdf(x: ArrayLike, a: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> rt.scipy.stats.gamma.pdf(rt.numpy.array([1.0, 3.0]), 2.0).round(3)
    Array([0.368, 0.149], dtype=float32)
    """
    return rnp.exp(logpdf(x, a, loc, scale))


def logpdf(x: ArrayLike, a: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.gamma.logpdf(rt.numpy.array([1.0, 3.0]), 2.0).round(3)
    Array([-1.   , -1.901], dtype=float32)
    """
    x, a, loc, scale = operands("gamma.logpdf", x, a, loc, scale)
    z = (x - loc) / scale
    inside = z >= 0
    safe = rnp.where(inside, z, 1.0)
    value = special.xlogy(a - 1, safe) - safe - special.gammaln(a) - rnp.log(scale)
    return rnp.where(inside, value, -rnp.inf)


def cdf(x: ArrayLike, a: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function: the probability of at most x.

    >>> rt.scipy.stats.gamma.cdf(rt.numpy.array([1.0, 3.0]), 2.0).round(3)
    Array([0.264, 0.801], dtype=float32)
    """
    x, a, loc, scale = operands("gamma.cdf", x, a, loc, scale)
    return special.gammainc(a, rnp.maximum((x - loc) / scale, 0.0))


def logcdf(x: ArrayLike, a: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the distribution function.

    >>> rt.scipy.stats.gamma.logcdf(rt.numpy.array([1.0, 3.0]), 2.0).round(3)
    Array([-1.331, -0.222], dtype=float32)
    """
    return rnp.log(cdf(x, a, loc, scale))


def sf(x: ArrayLike, a: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The probability of more than x.

    >>> rt.scipy.stats.gamma.sf(rt.numpy.array([1.0, 3.0]), 2.0).round(3)
    Array([0.736, 0.199], dtype=float32)
    """
    x, a, loc, scale = operands("gamma.sf", x, a, loc, scale)
    return special.gammaincc(a, rnp.maximum((x - loc) / scale, 0.0))


def logsf(x: ArrayLike, a: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the probability of more than x.

    >>> rt.scipy.stats.gamma.logsf(rt.numpy.array([1.0, 3.0]), 2.0).round(3)
    Array([-0.307, -1.614], dtype=float32)
    """
    return rnp.log(sf(x, a, loc, scale))


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
