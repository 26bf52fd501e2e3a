"""The Poisson distribution."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy import special
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["cdf", "entropy", "logpmf", "pmf"]


def pmf(k: ArrayLike, mu: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The probability of k.

    >>> rt.scipy.stats.poisson.pmf(rt.numpy.array([0, 2]), 1.5).round(3)
    Array([0.223, 0.251], dtype=float32, weak_type=True)
    """
    return rnp.exp(logpmf(k, mu, loc))


def logpmf(k: ArrayLike, mu: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The logarithm of the probability of k.

    >>> rt.scipy.stats.poisson.logpmf(rt.numpy.array([0, 2]), 1.5).round(3)
    Array([-1.5  , -1.382], dtype=float32, weak_type=True)
    """
    k, mu, loc = operands("poisson.logpmf", k, mu, loc)
    x = k - loc
    inside = (x >= 0) & (rnp.round(k) == k)
    y = rnp.where(inside, x, 0.0)
    return rnp.where(inside, special.xlogy(y, mu) - special.gammaln(y + 1) - mu, -rnp.inf)


def cdf(k: ArrayLike, mu: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The distribution function: the probability of at most k.

    >>> rt.scipy.stats.poisson.cdf(rt.numpy.array([0, 2]), 1.5).round(3)
    Array([0.223, 0.809], dtype=float32, weak_type=True)
    """
    k, mu, loc = operands("poisson.cdf", k, mu, loc)
    x = k - loc
    value = special.gammaincc(rnp.floor(1 + rnp.maximum(x, 0.0)), mu)
    return rnp.where(x < 0, 0.0, value)


def entropy(mu: ArrayLike, loc: ArrayLike = 0) -> Array:
    """The entropy; `loc` does not change it.

    Means below 100 are summed over all k that count; above, the asymptotic series has an error below 1e-9.

    >>> rt.scipy.stats.poisson.entropy(rt.numpy.array([0.0, 1.5])).round(3)
    Array([0.   , 1.539], dtype=float32)
    """
    mean, place = operands("poisson.entropy", mu, loc)
    few = mean < 100
    low = rnp.where(few, mean, 1.0)[..., None]
    terms = special.entr(rnp.exp(logpmf(rnp.arange(256, dtype=mean.dtype), low)))
    far = rnp.where(few, 100.0, mean)
    inverse = 1 / far
    # Evans & Boersma (1988)
    series = inverse * (1 / 12 + inverse * (1 / 24 + inverse * (19 / 360 + inverse * (9 / 80))))
    large = 0.5 * rnp.log(2 * rnp.pi * rnp.e * far) - series
    value = rnp.where(few, rnp.sum(terms, axis=-1), large)
    return rnp.where(mean == 0, 0.0, value) + 0.0 * place


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
