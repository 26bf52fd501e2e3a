"""The number of successes of n trials."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy import special
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["logpmf", "pmf"]


def pmf(k: ArrayLike, n: ArrayLike, p: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The probability of k.

    >>> rt.scipy.stats.binom.pmf(rt.numpy.array([0, 2]), 4, 0.25).round(3)
    Array([0.316, 0.211], dtype=float32, weak_type=True)
    """
    return rnp.exp(logpmf(k, n, p, loc))


def logpmf(k: ArrayLike, n: ArrayLike, p: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The logarithm of the probability of k.

    >>> rt.scipy.stats.binom.logpmf(rt.numpy.array([0, 2]), 4, 0.25).round(3)
    Array([-1.151, -1.556], dtype=float32, weak_type=True)
    """
    k, n, p, loc = operands("binom.logpmf", k, n, p, loc)
    x = k - loc
    inside = (x >= 0) & (x < n + 1)
    y = rnp.where(inside, x, 0.0)
    ways = -special.betaln(y + 1, n - y + 1) - rnp.log1p(n)
    value = ways + special.xlogy(y, p) + special.xlog1py(n - y, -p)
    return rnp.where(inside, value, -rnp.inf)


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
