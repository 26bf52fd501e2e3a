"""The von Mises distribution on the circle."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy import special
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["logpdf", "pdf"]


def pdf(x: ArrayLike, kappa: ArrayLike) -> Array:
    """The density.

    >>> rt.scipy.stats.vonmises.pdf(rt.numpy.array([0.0, 1.0]), 2.0).round(3)
    Array([0.516, 0.206], dtype=float32)
    """
    return rnp.exp(logpdf(x, kappa))


def logpdf(x: ArrayLike, kappa: ArrayLike) -> Array:
    """The logarithm of the density.

    >>> rt.scipy.stats.vonmises.logpdf(rt.numpy.array([0.0, 1.0]), 2.0).round(3)
    Array([-0.662, -1.581], dtype=float32)
    """
    x, kappa = operands("vonmises.logpdf", x, kappa)
    # cos(x) - 1, which is exact for small x
    turn = -2.0 * rnp.sin(0.5 * x) ** 2
    return rnp.where(kappa > 0, kappa * turn - rnp.log(2.0 * rnp.pi * special.i0e(kappa)), rnp.nan)


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
