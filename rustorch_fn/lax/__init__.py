"""rustorch_fn.lax: the primitives behind rustorch_fn.numpy, under JAX's names; control flow; collectives.

Operands have to be of one dtype and rank already; nothing is promoted but Python numbers.
"""

# ruff: noqa: I001
from rustorch_fn.core.trace import axis_size
from rustorch_fn.lax import basics, lift  # noqa: F401  (basics fills the roles that core needs)
from rustorch_fn.lax.access import (
    GatherDimensionNumbers, GatherScatterMode, ScatterDimensionNumbers, dynamic_index_in_dim, dynamic_slice,
    dynamic_slice_in_dim, dynamic_update_index_in_dim, dynamic_update_slice, dynamic_update_slice_in_dim, gather,
    index_take, scatter, scatter_add, scatter_apply, scatter_max, scatter_min, scatter_mul, scatter_sub,
)  # fmt: skip
from rustorch_fn.lax.arrange import (
    bitcast_convert_type, broadcast, broadcast_in_dim, broadcast_to_rank, broadcasted_iota, collapse,
    concatenate, empty, expand_dims, full, full_like, index_in_dim, iota, pad, reshape, rev, slice, slice_in_dim, sort,
    sort_key_val, split, squeeze, stack, tile, top_k, transpose, unstack,
)  # fmt: skip
from rustorch_fn.lax.collective import (
    all_gather, all_to_all, axis_index, pmax, pmean, pmin, ppermute, pshuffle, psum, psum_scatter, pswapaxes,
)  # fmt: skip
from rustorch_fn.lax.contract import (
    ConvDimensionNumbers, ConvGeneralDilatedDimensionNumbers, DotDimensionNumbers, Precision, conv,
    conv_dimension_numbers, conv_general_dilated, conv_general_dilated_patches, conv_transpose,
    conv_with_general_padding, dot, dot_general, ragged_dot,
)  # fmt: skip
from rustorch_fn.lax.control import (
    associative_scan, cond, fori_loop, map, platform_dependent, scan, switch, while_loop,
)  # fmt: skip
from rustorch_fn.lax.fold import (
    argmax, argmin, cumlogsumexp, cummax, cummin, cumprod, cumsum, padtype_to_pads, reduce, reduce_and, reduce_max,
    reduce_min, reduce_or, reduce_prod, reduce_sum, reduce_window, reduce_xor,
)  # fmt: skip
from rustorch_fn.lax import linalg
from rustorch_fn.lax.fourier import FftType, fft
from rustorch_fn.lax.generators import RandomAlgorithm, rng_bit_generator
from rustorch_fn.lax.implicit import custom_linear_solve, custom_root
from rustorch_fn.lax.lift import broadcast_shapes
from rustorch_fn.lax.pointwise import (
    RoundingMethod, abs, acos, acosh, add, asin, asinh, atan, atan2, atanh, bitwise_and, bitwise_not, bitwise_or,
    bitwise_xor, cbrt, ceil, clamp, clz, complex, conj, convert_element_type, cos, cosh, digamma, div, dtype, eq, erf,
    erf_inv, erfc, exp, exp2, expm1, floor, fma, ge, gt, imag, integer_pow, is_finite, le, lgamma, log, log1p,
    logistic, lt, max, min, mul, mulhi, ne, neg, nextafter, population_count, pow, real, reciprocal, reduce_precision,
    rem, round, rsqrt, select, select_n, shift_left, shift_right_arithmetic, shift_right_logical, sign, sin, sinh,
    sqrt, square, stop_gradient, sub, tan, tanh,
)  # fmt: skip
from rustorch_fn.lax.special import (
    bessel_i0e, bessel_i1e, betainc, igamma, igammac, polygamma, random_gamma_grad, zeta,
)  # fmt: skip

__all__ = [
    "ConvDimensionNumbers", "ConvGeneralDilatedDimensionNumbers", "DotDimensionNumbers", "FftType",
    "GatherDimensionNumbers", "GatherScatterMode", "Precision", "RandomAlgorithm", "RoundingMethod",
    "ScatterDimensionNumbers", "abs", "acos", "acosh", "add", "all_gather", "all_to_all", "argmax", "argmin",
    "asin", "asinh", "associative_scan", "atan", "atan2", "atanh", "axis_index", "axis_size", "bessel_i0e",
    "bessel_i1e", "betainc", "bitcast_convert_type", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor",
    "broadcast", "broadcast_in_dim", "broadcast_shapes", "broadcast_to_rank", "broadcasted_iota", "cbrt", "ceil",
    "clamp", "clz", "collapse", "complex", "concatenate", "cond", "conj", "conv", "conv_dimension_numbers",
    "conv_general_dilated", "conv_general_dilated_patches", "conv_transpose", "conv_with_general_padding",
    "convert_element_type", "cos", "cosh", "cumlogsumexp", "cummax", "cummin", "cumprod", "cumsum",
    "custom_linear_solve", "custom_root", "digamma", "div", "dot", "dot_general", "dtype", "dynamic_index_in_dim",
    "dynamic_slice", "dynamic_slice_in_dim", "dynamic_update_index_in_dim", "dynamic_update_slice",
    "dynamic_update_slice_in_dim", "empty", "eq", "erf", "erf_inv", "erfc", "exp", "exp2", "expand_dims", "expm1",
    "fft", "floor", "fma", "fori_loop", "full", "full_like", "gather", "ge", "gt", "igamma", "igammac", "imag",
    "index_in_dim", "index_take", "integer_pow", "iota", "is_finite", "le", "lgamma", "linalg", "log", "log1p",
    "logistic", "lt", "map", "max", "min", "mul", "mulhi", "ne", "neg", "nextafter", "pad", "padtype_to_pads",
    "platform_dependent", "pmax", "pmean", "pmin", "polygamma", "population_count", "pow", "ppermute", "pshuffle",
    "psum", "psum_scatter", "pswapaxes", "ragged_dot", "random_gamma_grad", "real", "reciprocal", "reduce",
    "reduce_and", "reduce_max", "reduce_min", "reduce_or", "reduce_precision", "reduce_prod", "reduce_sum",
    "reduce_window", "reduce_xor", "rem", "reshape", "rev", "rng_bit_generator", "round", "rsqrt", "scan",
    "scatter", "scatter_add", "scatter_apply", "scatter_max", "scatter_min", "scatter_mul", "scatter_sub", "select",
    "select_n", "shift_left", "shift_right_arithmetic", "shift_right_logical", "sign", "sin", "sinh", "slice",
    "slice_in_dim", "sort", "sort_key_val", "split", "sqrt", "square", "squeeze", "stack", "stop_gradient", "sub",
    "switch", "tan", "tanh", "tile", "top_k", "transpose", "unstack", "while_loop", "zeta",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name == "with_sharding_constraint":
        raise AttributeError(f"{__name__}.{name} comes later: programs run on one device in one process so far.")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
