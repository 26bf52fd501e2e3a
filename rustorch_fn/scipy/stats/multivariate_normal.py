"""The normal distribution of vectors."""

from __future__ import annotations

import math
import sys as _sys
from typing import Any

from rustorch_fn import boundary as _boundary
from rustorch_fn import errors, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import lift
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["logpdf", "pdf"]


def logpdf(x: ArrayLike, mean: ArrayLike, cov: ArrayLike, allow_singular: None = None) -> Array:
    """The logarithm of the density; `cov` is a matrix, or a number that stands for its multiple of the identity.

    >>> mean, cov = rt.numpy.zeros(2), rt.numpy.eye(2)
    >>> rt.scipy.stats.multivariate_normal.logpdf(rt.numpy.array([1.0, 2.0]), mean, cov).round(3)
    Array(-4.338, dtype=float32)
    """
    if allow_singular is not None:
        hint = "None: the covariance has to be positive definite"
        raise errors.BadArgument("multivariate_normal.logpdf", "allow_singular", allow_singular, hint)
    place, middle, spread = lift.common("multivariate_normal.logpdf", x, mean, cov, floating=True)
    gap: Any = place - middle
    if not middle.shape:
        return -0.5 * (gap * gap / spread + rnp.log(2 * rnp.pi * spread))
    size = middle.shape[-1]
    if not spread.shape:
        return -0.5 * (rnp.sum(gap * gap, axis=-1) / spread + size * rnp.log(2 * rnp.pi * spread))
    if spread.ndim < 2 or spread.shape[-2:] != (size, size) or gap.shape[-1] != size:
        got = f"x {place.aval} · mean {middle.aval} · cov {spread.aval}"
        hint = "cov is a square matrix, with as many rows as mean has entries along its last axis."
        raise errors.ShapeError("multivariate_normal.logpdf: shapes do not fit", got=got, hint=hint)
    lower = lax.linalg.cholesky(spread)
    batch = rnp.broadcast_shapes(lower.shape[:-2], gap.shape[:-1])
    lower, gap = rnp.broadcast_to(lower, (*batch, size, size)), rnp.broadcast_to(gap, (*batch, size))
    y = lax.linalg.triangular_solve(lower, gap[..., None], left_side=True, lower=True)[..., 0]
    half_log_det = rnp.sum(rnp.log(rnp.diagonal(lower, axis1=-2, axis2=-1)), axis=-1)
    return -0.5 * (rnp.sum(y * y, axis=-1) + size * math.log(2 * math.pi)) - half_log_det


def pdf(x: ArrayLike, mean: ArrayLike, cov: ArrayLike) -> Array:
    """The density; `cov` is a matrix, or a number that stands for its multiple of the identity.

    >>> mean, cov = rt.numpy.zeros(2), rt.numpy.eye(2)
    >>> rt.scipy.stats.multivariate_normal.pdf(rt.numpy.array([1.0, 2.0]), mean, cov).round(3)
    Array(0.013, dtype=float32)
    """
    return rnp.exp(logpdf(x, mean, cov))


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
