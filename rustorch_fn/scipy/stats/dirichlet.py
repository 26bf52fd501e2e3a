"""The Dirichlet distribution."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import errors
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import lift
from rustorch_fn.scipy import special
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["logpdf", "pdf"]


def logpdf(x: ArrayLike, alpha: ArrayLike) -> Array:
    """The logarithm of the density at x, whose first axis has alpha's entries, or all but the last of them.

    >>> rt.scipy.stats.dirichlet.logpdf(rt.numpy.array([0.2, 0.8]), rt.numpy.array([2.0, 3.0])).round(3)
    Array(0.429, dtype=float32)
    """
    place, weights = lift.common("dirichlet.logpdf", x, alpha, floating=True)
    fits = weights.ndim == 1 and place.ndim > 0 and place.shape[0] in (weights.shape[0], weights.shape[0] - 1)
    if not fits:
        hint = "alpha is a vector, and x has as many entries along its first axis, or one less."
        raise errors.ShapeError("dirichlet.logpdf: the operands do not fit", got=f"{place.aval} · {weights.aval}",
                                hint=hint)  # fmt: skip
    if place.shape[0] != weights.shape[0]:
        place = rnp.concatenate([place, 1 - rnp.sum(place, axis=0, keepdims=True)])
    norm = rnp.sum(special.gammaln(weights)) - special.gammaln(rnp.sum(weights))
    exponents = rnp.reshape(weights, weights.shape + (1,) * (place.ndim - 1)) - 1
    value = rnp.sum(special.xlogy(exponents, place), axis=0) - norm
    inside = rnp.all(place > 0, axis=0) & (rnp.abs(rnp.sum(place, axis=0) - 1) < 1e-6)
    return rnp.where(inside, value, -rnp.inf)


def pdf(x: ArrayLike, alpha: ArrayLike) -> Array:
    """The density at x, whose first axis has alpha's entries, or all but the last of them.

    >>> rt.scipy.stats.dirichlet.pdf(rt.numpy.array([0.2, 0.8]), rt.numpy.array([2.0, 3.0])).round(3)
    Array(1.536, dtype=float32)
    """
    return rnp.exp(logpdf(x, alpha))


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
