"""The number of failures before the n-th success."""

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

    >>> rt.scipy.stats.nbinom.pmf(rt.numpy.array([0, 2]), 3, 0.25).round(3)
    Array([0.016, 0.053], dtype=float32, weak_type=True)
    """
    return rnp.exp(logpmf(k, n, p, loc))


def logpmf(k: ArrayLike, n: ArrayLike, p: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The logarithm of the probability of k.

    >>> rt.scipy.stats.nbinom.logpmf(rt.numpy.array([0, 2]), 3, 0.25).round(3)
    Array([-4.159, -2.942], dtype=float32, weak_type=True)
    """
    k, n, p, loc = operands("nbinom.logpmf", k, n, p, loc)
    x = k - loc
    y = rnp.where(x < 0, 0.0, x)
    ways = -special.betaln(y + 1, n) - rnp.log(n + y)
    value = ways + special.xlogy(n, p) + special.xlog1py(y, -p)
    return rnp.where(x < 0, -rnp.inf, value)


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
