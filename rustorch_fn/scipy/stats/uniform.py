"""The uniform distribution on [loc, loc + scale]."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "logpdf", "pdf", "ppf"]


def pdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> rt.scipy.stats.uniform.pdf(rt.numpy.array([0.25, 2.0])).round(3)
    Array([1., 0.], dtype=float32)
    """
    return rnp.exp(logpdf(x, loc, scale))


def logpdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.uniform.logpdf(rt.numpy.array([0.25, 2.0])).round(3)
    Array([ -0., -inf], dtype=float32)
    """
    x, loc, scale = operands("uniform.logpdf", x, loc, scale)
    return rnp.where((x < loc) | (x > loc + scale), -rnp.inf, -rnp.log(scale))


def cdf(x: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The distribution function: the probability of at most x.

    >>> rt.scipy.stats.uniform.cdf(rt.numpy.array([0.25, 2.0])).round(3)
    Array([0.25, 1.  ], dtype=float32)
    """
    x, loc, scale = operands("uniform.cdf", x, loc, scale)
    return rnp.where(x < loc, 0.0, rnp.where(x > loc + scale, 1.0, (x - loc) / scale))


def ppf(q: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The quantile: the number that is not exceeded with probability q.

    >>> rt.scipy.stats.uniform.ppf(rt.numpy.array([0.25, 0.5])).round(3)
    Array([0.25, 0.5 ], dtype=float32)
    """
    q, loc, scale = operands("uniform.ppf", q, loc, scale)
    return rnp.where((q >= 0) & (q <= 1), loc + scale * q, rnp.nan)


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
