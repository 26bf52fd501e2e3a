"""rustorch_fn.random: keys, and draws that depend on nothing else. The generator is threefry2x32, as JAX's."""

# ruff: noqa: F401, I001
from __future__ import annotations

from rustorch_fn.random.binomials import binomial, multinomial
from rustorch_fn.random.gammas import (
    ball, beta, chisquare, dirichlet, f, gamma, generalized_normal, loggamma, poisson, t,
)  # fmt: skip
from rustorch_fn.random.keys import (
    PRNGKey, clone, fold_in, key, key_data, key_dtype, key_impl, split, wrap_key_data,
)  # fmt: skip
from rustorch_fn.random.samplers import (
    bernoulli, bits, categorical, cauchy, choice, double_sided_maxwell, exponential, geometric, gumbel, laplace,
    logistic, lognormal, maxwell, normal, pareto, permutation, rademacher, randint, rayleigh, triangular,
    truncated_normal, uniform, wald, weibull_min,
)  # fmt: skip
