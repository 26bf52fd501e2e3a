"""Student's distribution."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy import special
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["logpdf", "pdf"]


def pdf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The density.

    >>> rt.scipy.stats.t.pdf(rt.numpy.array([0.0, 1.0]), 3.0).round(3)
    Array([0.368, 0.207], dtype=float32)
    """
    return rnp.exp(logpdf(x, df, loc, scale))


def logpdf(x: ArrayLike, df: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.t.logpdf(rt.numpy.array([0.0, 1.0]), 3.0).round(3)
    Array([-1.001, -1.576], dtype=float32)
    """
    x, df, loc, scale = operands("t.logpdf", x, df, loc, scale)
    z = (x - loc) / scale
    half = 0.5 * df
    # gamma(half) / gamma(half + 1/2) by way of the beta function, which loses nothing for many degrees of freedom
    norm = special.betaln(half, 0.5) + 0.5 * rnp.log(df) + rnp.log(scale)
    return -norm - (half + 0.5) * rnp.log1p(z * z / df)


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
