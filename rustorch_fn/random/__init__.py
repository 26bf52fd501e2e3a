"""rustorch_fn.random: keys, and draws that depend on nothing else. The generator is threefry2x32, as JAX's."""

# ruff: noqa: I001
from rustorch_fn.random.binomials import binomial, multinomial
from rustorch_fn.random.gammas import (
    ball, beta, chisquare, dirichlet, f, gamma, generalized_normal, loggamma, poisson, t,
)  # fmt: skip
from rustorch_fn.random.keys import (
    PRNGKey, clone, fold_in, key, key_data, key_dtype, key_impl, split, wrap_key_data,
)  # fmt: skip
from rustorch_fn.random.matrices import multivariate_normal, orthogonal
from rustorch_fn.random.samplers import (
    bernoulli, bits, categorical, cauchy, choice, double_sided_maxwell, exponential, geometric, gumbel, laplace,
    logistic, lognormal, maxwell, normal, pareto, permutation, rademacher, randint, rayleigh, triangular,
    truncated_normal, uniform, wald, weibull_min,
)  # fmt: skip

__all__ = [
    "PRNGKey", "ball", "bernoulli", "beta", "binomial", "bits", "categorical", "cauchy", "chisquare", "choice",
    "clone", "dirichlet", "double_sided_maxwell", "exponential", "f", "fold_in", "gamma", "generalized_normal",
    "geometric", "gumbel", "key", "key_data", "key_dtype", "key_impl", "laplace", "loggamma", "logistic",
    "lognormal", "maxwell", "multinomial", "multivariate_normal", "normal", "orthogonal", "pareto", "permutation",
    "poisson", "rademacher", "randint", "rayleigh", "split", "t", "triangular", "truncated_normal", "uniform",
    "wald", "weibull_min", "wrap_key_data",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
