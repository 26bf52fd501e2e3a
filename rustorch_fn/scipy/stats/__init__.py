"""Distributions and statistics under jax.scipy.stats's names: a module for each distribution.

>>> rt.scipy.stats.norm.cdf(0.0)
Array(0.5, dtype=float32)
"""

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn.scipy.stats import (
    bernoulli,
    beta,
    betabinom,
    binom,
    cauchy,
    chi2,
    dirichlet,
    expon,
    gamma,
    gennorm,
    geom,
    gumbel_l,
    gumbel_r,
    laplace,
    logistic,
    multinomial,
    multivariate_normal,
    nbinom,
    norm,
    pareto,
    poisson,
    t,
    truncnorm,
    uniform,
    vonmises,
    wrapcauchy,
)
from rustorch_fn.scipy.stats.kde import gaussian_kde
from rustorch_fn.scipy.stats.ranks import ModeResult, mode, rankdata, sem

__all__ = [
    "ModeResult", "bernoulli", "beta", "betabinom", "binom", "cauchy", "chi2", "dirichlet", "expon", "gamma",
    "gaussian_kde", "gennorm", "geom", "gumbel_l", "gumbel_r", "laplace", "logistic", "mode", "multinomial",
    "multivariate_normal", "nbinom", "norm", "pareto", "poisson", "rankdata", "sem", "t", "truncnorm", "uniform",
    "vonmises", "wrapcauchy",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__


_boundary.close(_sys.modules[__name__])
