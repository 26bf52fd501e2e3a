"""The number of trials until the first success."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy import special
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["logpmf", "pmf"]


def pmf(k: ArrayLike, p: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The probability of k.

    >>> rt.scipy.stats.geom.pmf(rt.numpy.array([1, 2]), 0.25).round(3)
    Array([0.25 , 0.188], dtype=float32, weak_type=True)
    """
    return rnp.exp(logpmf(k, p, loc))


def logpmf(k: ArrayLike, p: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The logarithm of the probability of k.

    >>> rt.scipy.stats.geom.logpmf(rt.numpy.array([1, 2]), 0.25).round(3)
    Array([-1.386, -1.674], dtype=float32, weak_type=True)
    """
    k, p, loc = operands("geom.logpmf", k, p, loc)
    x = k - loc
    return rnp.where(x <= 0, -rnp.inf, special.xlog1py(x - 1, -p) + rnp.log(p))


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
