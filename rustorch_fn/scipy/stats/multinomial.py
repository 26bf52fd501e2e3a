"""The numbers of successes of each kind in n trials."""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn import dtypes, errors
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import lift
from rustorch_fn.scipy import special
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["logpmf", "pmf"]


def logpmf(x: ArrayLike, n: ArrayLike, p: ArrayLike) -> Array:
    """The logarithm of the probability of the counts x, which are integers along the last axis.

    >>> rt.scipy.stats.multinomial.logpmf(rt.numpy.array([1, 2]), 3, rt.numpy.array([0.4, 0.6])).round(3)
    Array(-0.839, dtype=float32)
    """
    counts, total = rnp.asarray(x), rnp.asarray(n)
    (chances,) = lift.common("multinomial.logpmf", p, floating=True)
    if counts.dtype not in dtypes.INTS or total.dtype not in dtypes.INTS:
        got = f"{counts.aval} · {total.aval}"
        raise errors.DtypeError("multinomial.logpmf: counts are integers", got=got, hint="x.astype('int32') works.")
    counts, total = counts.astype(chances.dtype), total.astype(chances.dtype)
    value = special.gammaln(total + 1) + rnp.sum(special.xlogy(counts, chances) - special.gammaln(counts + 1), axis=-1)
    return rnp.where(rnp.sum(counts) == total, value, -rnp.inf)


def pmf(x: ArrayLike, n: ArrayLike, p: ArrayLike) -> Array:
    """The probability of the counts x, which are integers along the last axis.

    >>> rt.scipy.stats.multinomial.pmf(rt.numpy.array([1, 2]), 3, rt.numpy.array([0.4, 0.6])).round(3)
    Array(0.432, dtype=float32)
    """
    return rnp.exp(logpmf(x, n, p))


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
