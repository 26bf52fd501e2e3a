"""The number of successes of n trials whose probability is drawn from a beta distribution."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy import special
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["logpmf", "pmf"]


def pmf(k: ArrayLike, n: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The probability of k.

    >>> rt.scipy.stats.betabinom.pmf(rt.numpy.array([0, 2]), 4, 2.0, 3.0).round(3)
    Array([0.214, 0.257], dtype=float32, weak_type=True)
    """
    return rnp.exp(logpmf(k, n, a, b, loc))


def logpmf(k: ArrayLike, n: ArrayLike, a: ArrayLike, b: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The logarithm of the probability of k.

    >>> rt.scipy.stats.betabinom.logpmf(rt.numpy.array([0, 2]), 4, 2.0, 3.0).round(3)
    Array([-1.54 , -1.358], dtype=float32, weak_type=True)
    """
    k, n, a, b, loc = operands("betabinom.logpmf", k, n, a, b, loc)
    x = rnp.floor(k) - loc
    inside = (x >= 0) & (x <= n)
    y = rnp.where(inside, x, 0.0)
    ways = -special.betaln(y + 1, n - y + 1) - rnp.log1p(n)
    value = ways + special.betaln(y + a, n - y + b) - special.betaln(a, b)
    value = rnp.where(inside, value, -rnp.inf)
    return rnp.where((n >= 0) & (a > 0) & (b > 0), value, rnp.nan)


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
