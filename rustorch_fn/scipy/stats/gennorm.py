"""The generalised normal distribution."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy import special
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "logpdf", "pdf"]


def pdf(x: ArrayLike, beta: ArrayLike) -> Array:
    """The density.

    >>> rt.scipy.stats.gennorm.pdf(rt.numpy.array([0.0, 1.0]), 2.0).round(3)
    Array([0.564, 0.208], dtype=float32)
    """
    return rnp.exp(logpdf(x, beta))


def logpdf(x: ArrayLike, beta: ArrayLike) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.gennorm.logpdf(rt.numpy.array([0.0, 1.0]), 2.0).round(3)
    Array([-0.572, -1.572], dtype=float32)
    """
    x, beta = operands("gennorm.logpdf", x, beta)
    return rnp.log(0.5 * beta) - special.gammaln(1.0 / beta) - rnp.abs(x) ** beta


def cdf(x: ArrayLike, beta: ArrayLike) -> Array:
    """The distribution function: the probability of at most x.

    >>> rt.scipy.stats.gennorm.cdf(rt.numpy.array([0.0, 1.0]), 2.0).round(3)
    Array([0.5  , 0.921], dtype=float32)
    """
    x, beta = operands("gennorm.cdf", x, beta)
    return 0.5 * (1.0 + rnp.sign(x) * special.gammainc(1.0 / beta, rnp.abs(x) ** beta))


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
