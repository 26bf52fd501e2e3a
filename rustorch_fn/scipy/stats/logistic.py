"""The logistic distribution."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy import special
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "isf", "logpdf", "pdf", "ppf", "sf"]


def pdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> rt.scipy.stats.logistic.pdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.25 , 0.197], dtype=float32)
    """
    return rnp.exp(logpdf(x, loc, scale))


def logpdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.logistic.logpdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([-1.386, -1.627], dtype=float32)
    """
    x, loc, scale = operands("logistic.logpdf", x, loc, scale)
    half = 0.5 * (x - loc) / scale
    return -2.0 * rnp.logaddexp(half, -half) - rnp.log(scale)


def cdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function: the probability of at most x.

    >>> rt.scipy.stats.logistic.cdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.5  , 0.731], dtype=float32)
    """
    x, loc, scale = operands("logistic.cdf", x, loc, scale)
    return special.expit((x - loc) / scale)


def sf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The probability of more than x.

    >>> rt.scipy.stats.logistic.sf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.5  , 0.269], dtype=float32)
    """
    x, loc, scale = operands("logistic.sf", x, loc, scale)
    return special.expit((loc - x) / scale)


def ppf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The quantile: the number that is not exceeded with probability x.

    >>> rt.scipy.stats.logistic.ppf(rt.numpy.array([0.25, 0.5])).round(3)
    Array([-1.099,  0.   ], dtype=float32)
    """
    x, loc, scale = operands("logistic.ppf", x, loc, scale)
    return special.logit(x) * scale + loc


def isf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The number that is exceeded with probability x.

    >>> rt.scipy.stats.logistic.isf(rt.numpy.array([0.25, 0.5])).round(3)
    Array([1.099, 0.   ], dtype=float32)
    """
    x, loc, scale = operands("logistic.isf", x, loc, scale)
    return loc - special.logit(x) * scale


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
