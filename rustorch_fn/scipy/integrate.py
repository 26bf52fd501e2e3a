"""Integrals of samples."""

from __future__ import annotations

import sys

from rustorch_fn import boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["trapezoid"]


def trapezoid(y: ArrayLike, x: ArrayLike | None = None, dx: ArrayLike = 1.0, axis: int = -1) -> Array:
    """The integral of samples y along an axis by the trapezoidal rule, at places x or at distances dx.

    Integers and bools give floats. The result is without the axis. A ShapeError says that x does not fit y.

    >>> rt.scipy.integrate.trapezoid(rt.numpy.array([1.0, 2.0, 3.0]), x=rt.numpy.array([4.0, 6.0, 8.0]))
    Array(8., dtype=float32)
    """
    return rnp.trapezoid(y, x, dx, axis)


boundary.close(sys.modules[__name__])


def __dir__() -> list[str]:
    return __all__
