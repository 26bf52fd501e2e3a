"""The Laplace distribution."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "logpdf", "pdf"]


def pdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> rt.scipy.stats.laplace.pdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.5  , 0.184], dtype=float32)
    """
    return rnp.exp(logpdf(x, loc, scale))


def logpdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.laplace.logpdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([-0.693, -1.693], dtype=float32)
    """
    x, loc, scale = operands("laplace.logpdf", x, loc, scale)
    return -(rnp.log(2.0 * scale) + rnp.abs(x - loc) / scale)


def cdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function: the probability of at most x.

    >>> rt.scipy.stats.laplace.cdf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.5  , 0.816], dtype=float32)
    """
    x, loc, scale = operands("laplace.cdf", x, loc, scale)
    z = (x - loc) / scale
    tail = 0.5 * rnp.exp(-rnp.abs(z))
    return rnp.where(z <= 0, tail, 1.0 - tail)


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
