"""Which of our modules stand behind each module of JAX's, and the names that are JAX's alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import rustorch_fn as rt
from rustorch_fn import dtypes, errors
from rustorch_fn.compat import settings, words

# the version whose public names and answers we have
VERSION = "0.10.2"
_DISTRIBUTIONS = (
    "bernoulli", "beta", "betabinom", "binom", "cauchy", "chi2", "dirichlet", "expon", "gamma", "gennorm", "geom",
    "gumbel_l", "gumbel_r", "laplace", "logistic", "multinomial", "multivariate_normal", "nbinom", "norm", "pareto",
    "poisson", "t", "truncnorm", "uniform", "vonmises", "wrapcauchy",
)  # fmt: skip

_FRONT: dict[str, Any] = {
    "__version__": VERSION,
    "config": settings.config,
    "default_backend": words.default_backend,
    "enable_x64": settings.enable_x64,
    "log_compiles": settings.log_compiles,
    "named_call": rt.named_call,
}
_DTYPES: dict[str, Any] = {
    "TypePromotionError": errors.DtypeError,
    "bfloat16": dtypes.bfloat16,
    "canonicalize_dtype": words.canonicalize_dtype,
    "extended": words.extended,
    "finfo": dtypes.finfo,
    "float0": rt.float0,
    "iinfo": dtypes.iinfo,
    "issubdtype": words.issubdtype,
    "prng_key": dtypes.key.type,
    "result_type": rt.numpy.result_type,
}
_ERRORS: dict[str, Any] = {
    "ConcretizationTypeError": errors.ConcretizationError,
    "JAXIndexError": errors.NonConcreteIndex,
    "JAXTypeError": errors.RustorchError,
    "JaxRuntimeError": errors.RustorchError,
    "KeyReuseError": errors.KeyReuse,
    "NonConcreteBooleanIndexError": errors.NonConcreteIndex,
    "TracerArrayConversionError": errors.ConcretizationError,
    "TracerBoolConversionError": errors.ConcretizationError,
    "TracerIntegerConversionError": errors.ConcretizationError,
    "UnexpectedTracerError": errors.LeakedTracer,
}

MODULES: dict[str, list[str | Mapping[str, Any]]] = {
    "jax": [_FRONT, "rustorch_fn"],
    "jax.ad_checkpoint": ["rustorch_fn"],
    "jax.checkpoint_policies": ["rustorch_fn.checkpoint_policies"],
    "jax.custom_derivatives": ["rustorch_fn.custom_derivatives"],
    "jax.debug": ["rustorch_fn.debug"],
    "jax.dlpack": ["rustorch_fn.dlpack"],
    "jax.dtypes": [_DTYPES],
    "jax.errors": [_ERRORS],
    "jax.flatten_util": ["rustorch_fn.flatten_util"],
    "jax.image": ["rustorch_fn.image"],
    "jax.lax": ["rustorch_fn.lax"],
    "jax.lax.linalg": ["rustorch_fn.lax.linalg"],
    "jax.nn": ["rustorch_fn.nn"],
    "jax.nn.initializers": ["rustorch_fn.nn.initializers"],
    "jax.numpy": [words.NUMPY, "rustorch_fn.numpy"],
    "jax.numpy.fft": ["rustorch_fn.numpy.fft"],
    "jax.numpy.linalg": ["rustorch_fn.numpy.linalg"],
    "jax.ops": ["rustorch_fn.ops"],
    "jax.random": ["rustorch_fn.random"],
    "jax.scipy": [{}],
    "jax.scipy.integrate": ["rustorch_fn.scipy.integrate"],
    "jax.scipy.interpolate": ["rustorch_fn.scipy.interpolate"],
    "jax.scipy.linalg": ["rustorch_fn.scipy.linalg"],
    "jax.scipy.ndimage": ["rustorch_fn.scipy.ndimage"],
    "jax.scipy.signal": ["rustorch_fn.scipy.signal"],
    "jax.scipy.sparse": [{}],
    "jax.scipy.sparse.linalg": ["rustorch_fn.scipy.sparse.linalg"],
    "jax.scipy.special": ["rustorch_fn.scipy.special"],
    "jax.scipy.stats": ["rustorch_fn.scipy.stats"],
    **{f"jax.scipy.stats.{name}": [f"rustorch_fn.scipy.stats.{name}"] for name in _DISTRIBUTIONS},
    "jax.sharding": [words.SHARDING],
    "jax.test_util": ["rustorch_fn.test_util"],
    "jax.tree": ["rustorch_fn.tree"],
    "jax.tree_util": ["rustorch_fn.tree_util"],
    "jax.typing": ["rustorch_fn.typing"],
}

_MANY = "Programs over several devices come later: this release runs on one."
LATER = dict.fromkeys(
    (
        "AxisType", "Mesh", "NamedSharding", "P", "PartitionSpec", "SingleDeviceSharding", "make_array_from_callback",
        "make_array_from_single_device_arrays", "make_mesh", "pmap", "process_count", "process_index", "set_mesh",
        "shard_map", "with_sharding_constraint",
    ),
    _MANY,
)  # fmt: skip
