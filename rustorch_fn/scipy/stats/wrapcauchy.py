"""The Cauchy distribution wrapped around the circle."""

from __future__ import annotations

import math
import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["logpdf", "pdf"]


def pdf(x: ArrayLike, c: ArrayLike) -> Array:
    """The density.

    >>> rt.scipy.stats.wrapcauchy.pdf(rt.numpy.array([0.0, 1.0]), 0.5).round(3)
    Array([0.477, 0.168], dtype=float32)
    """
    return rnp.exp(logpdf(x, c))


def logpdf(x: ArrayLike, c: ArrayLike) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.wrapcauchy.logpdf(rt.numpy.array([0.0, 1.0]), 0.5).round(3)
    Array([-0.739, -1.783], dtype=float32)
    """
    x, c = operands("wrapcauchy.logpdf", x, c)
    inside = (x >= 0) & (x <= 2 * rnp.pi)
    value = rnp.log1p(-c * c) - math.log(2 * math.pi) - rnp.log((1 - c) ** 2 + 4 * c * rnp.sin(0.5 * x) ** 2)
    return rnp.where((c > 0) & (c < 1), rnp.where(inside, value, -rnp.inf), rnp.nan)


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
