"""Random numbers from explicit keys: the same bits as jax.random's threefry2x32."""

from rustorch_fn.random.keys import PRNGKey, clone, fold_in, key, key_data, key_impl, split, wrap_key_data
from rustorch_fn.random.samplers import (
    bernoulli,
    bits,
    categorical,
    cauchy,
    choice,
    exponential,
    gumbel,
    laplace,
    logistic,
    normal,
    permutation,
    rademacher,
    randint,
    truncated_normal,
    uniform,
)

__all__ = [
    "PRNGKey", "bernoulli", "bits", "categorical", "cauchy", "choice", "clone", "exponential", "fold_in", "gumbel",
    "key", "key_data", "key_impl", "laplace", "logistic", "normal", "permutation", "rademacher", "randint", "split",
    "truncated_normal", "uniform", "wrap_key_data",
]  # fmt: skip
