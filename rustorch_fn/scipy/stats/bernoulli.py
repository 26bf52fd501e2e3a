"""One throw of a coin."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy import special
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "logpmf", "pmf", "ppf"]


def pmf(k: ArrayLike, p: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The probability of k.

    >>> rt.scipy.stats.bernoulli.pmf(rt.numpy.array([0, 1]), 0.25).round(3)
    Array([0.75, 0.25], dtype=float32, weak_type=True)
    """
    return rnp.exp(logpmf(k, p, loc))


def logpmf(k: ArrayLike, p: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The logarithm of the probability of k.

    >>> rt.scipy.stats.bernoulli.logpmf(rt.numpy.array([0, 1]), 0.25).round(3)
    Array([-0.288, -1.386], dtype=float32, weak_type=True)
    """
    k, p, loc = operands("bernoulli.logpmf", k, p, loc)
    x = k - loc
    value = special.xlogy(x, p) + special.xlog1py(1 - x, -p)
    return rnp.where((x < 0) | (x > 1), -rnp.inf, value)


def cdf(k: ArrayLike, p: ArrayLike) -> Array:
    """The distribution function: the probability of at most k.

    >>> rt.scipy.stats.bernoulli.cdf(rt.numpy.array([0, 1]), 0.25).round(3)
    Array([0.75, 1.  ], dtype=float32, weak_type=True)
    """
    k, p = operands("bernoulli.cdf", k, p)
    value = rnp.where(k < 0, 0.0, rnp.where(k < 1, 1.0 - p, 1.0))
    return rnp.where(rnp.isnan(k) | ~((p >= 0) & (p <= 1)), rnp.nan, value)


def ppf(q: ArrayLike, p: ArrayLike) -> Array:
    """The quantile: the number that is not exceeded with probability q.

    >>> rt.scipy.stats.bernoulli.ppf(rt.numpy.array([0.25, 0.5]), 0.25).round(3)
    Array([0., 0.], dtype=float32)
    """
    q, p = operands("bernoulli.ppf", q, p)
    inside = (q >= 0) & (q <= 1) & (p >= 0) & (p <= 1)
    return rnp.where(inside, (q > 1.0 - p).astype(q.dtype), rnp.nan)


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
