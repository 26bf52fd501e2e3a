"""rustorch_fn.numpy: NumPy's functions on arrays that can be traced, with JAX's rules for types and indices."""

# ruff: noqa: I001
from rustorch_fn.lax.lift import Array as ndarray
from rustorch_fn.numpy.creation import (
    arange, array, asarray, astype, copy, diag_indices, diag_indices_from, empty, empty_like, eye, from_dlpack,
    frombuffer, fromfunction, fromiter, full, full_like, geomspace, identity, indices, linspace, logspace, mask_indices,
    meshgrid, mgrid, ogrid, ones, ones_like, tri, tril, tril_indices, tril_indices_from, triu, triu_indices,
    triu_indices_from, vander, zeros, zeros_like,
)  # fmt: skip
from rustorch_fn.numpy.editing import (
    apply_along_axis, apply_over_axes, array_repr, array_str, c_, choose, delete, fill_diagonal, frexp, index_exp,
    insert, ix_, packbits, piecewise, r_, ravel_multi_index, s_, select, spacing, trim_zeros, unique_all, unique_counts,
    unique_inverse, unpackbits, unravel_index, vectorize,
)  # fmt: skip
from rustorch_fn.numpy.indexing import put_along_axis, take, take_along_axis
from rustorch_fn.numpy.polynomials import (
    poly, polyadd, polyder, polydiv, polyfit, polyint, polymul, polysub, polyval, roots,
)  # fmt: skip
from rustorch_fn.numpy.products import (
    cross, dot, einsum, einsum_path, inner, kron, matmul, matvec, outer, tensordot, vdot, vecdot, vecmat,
)  # fmt: skip
from rustorch_fn.numpy.reductions import (
    all, amax, amin, any, argmax, argmin, average, count_nonzero, cumprod, cumsum, cumulative_prod, cumulative_sum, max,
    mean, min, nanargmax, nanargmin, nancumprod, nancumsum, nanmax, nanmean, nanmin, nanprod, nanstd, nansum, nanvar,
    prod, ptp, std, sum, var,
)  # fmt: skip
from rustorch_fn.numpy.quantiles import median, nanmedian, nanpercentile, nanquantile, percentile, quantile
from rustorch_fn.numpy.search import (
    allclose, argpartition, argsort, argwhere, array_equal, array_equiv, bincount, compress, diff, digitize, extract,
    flatnonzero, intersect1d, isin, lexsort, nonzero, partition, searchsorted, setdiff1d, setxor1d, sort,
    sort_complex, union1d, unique, unique_values, where,
)  # fmt: skip
from rustorch_fn.numpy.shapes import (
    append, array_split, atleast_1d, atleast_2d, atleast_3d, block, broadcast_arrays, broadcast_shapes, broadcast_to,
    column_stack, concat, concatenate, diag, diagflat, diagonal, dsplit, dstack, expand_dims, flip, fliplr, flipud,
    hsplit, hstack, matrix_transpose, moveaxis, pad, permute_dims, ravel, repeat, reshape, resize, roll, rollaxis,
    rot90, split, squeeze, stack, swapaxes, tile, trace, transpose, unstack, vsplit, vstack,
)  # fmt: skip
from rustorch_fn.numpy.signal import (
    bartlett, blackman, convolve, correlate, ediff1d, gradient, hamming, hanning, interp, kaiser, trapezoid, unwrap,
)  # fmt: skip
from rustorch_fn.numpy.standard import __array_api_version__, __array_namespace_info__  # noqa: F401
from rustorch_fn.numpy.statistics import (
    corrcoef, cov, histogram, histogram2d, histogram_bin_edges, histogramdd,
)  # fmt: skip
from rustorch_fn.numpy.types import (
    bfloat16, bool_, can_cast, cdouble, complex64, complex128, complex_, complexfloating, csingle, double, dtype, e,
    euler_gamma, finfo, float8_e4m3fn, float8_e5m2, float16, float32, float64, float_, floating, generic, iinfo,
    inexact, inf, int8, int16, int32, int64, int_, integer, iscomplexobj, isdtype, isrealobj, isscalar, issubdtype,
    iterable, nan, ndim, newaxis, number, pi, promote_types, result_type, shape, signedinteger, single, size, uint,
    uint8, uint16, uint32, uint64, unsignedinteger,
)  # fmt: skip
from rustorch_fn.numpy.ufuncs import (
    abs, absolute, acos, acosh, add, angle, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, around, asin,
    asinh, atan, atan2, atanh, bitwise_and, bitwise_count, bitwise_invert, bitwise_left_shift, bitwise_not, bitwise_or,
    bitwise_right_shift, bitwise_xor, cbrt, ceil, clip, conj, conjugate, copysign, cos, cosh, deg2rad, degrees, divide,
    divmod, equal, exp, exp2, expm1, fabs, fix, float_power, floor, floor_divide, fmax, fmin, fmod, gcd, greater,
    greater_equal, heaviside, hypot, i0, imag, invert, iscomplex, isclose, isfinite, isinf, isnan, isneginf, isposinf,
    isreal, lcm, ldexp, left_shift, less, less_equal, log, log1p, log2, log10, logaddexp, logaddexp2, logical_and,
    logical_not, logical_or, logical_xor, maximum, minimum, mod, modf, multiply, nan_to_num, negative, nextafter,
    not_equal, positive, pow, power, rad2deg, radians, real, reciprocal, remainder, right_shift, rint, round, sign,
    signbit, sin, sinc, sinh, sqrt, square, subtract, tan, tanh, true_divide, trunc,
)  # fmt: skip
from rustorch_fn.numpy import fft, linalg, methods  # noqa: F401  # isort: skip  (last: it gives arrays what the modules above define)

bool = bool_

__all__ = [
    "abs", "absolute", "acos", "acosh", "add", "all", "allclose", "amax", "amin", "angle", "any", "append",
    "apply_along_axis", "apply_over_axes", "arange", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2",
    "arctanh", "argmax", "argmin", "argpartition", "argsort", "argwhere", "around", "array", "array_equal",
    "array_equiv", "array_repr", "array_split", "array_str", "asarray", "asin", "asinh", "astype", "atan", "atan2",
    "atanh", "atleast_1d", "atleast_2d", "atleast_3d", "average", "bartlett", "bfloat16", "bincount", "bitwise_and",
    "bitwise_count", "bitwise_invert", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift",
    "bitwise_xor", "blackman", "block", "bool", "bool_", "broadcast_arrays", "broadcast_shapes", "broadcast_to", "c_",
    "can_cast", "cbrt", "cdouble", "ceil", "choose", "clip", "column_stack", "complex64", "complex128", "complex_",
    "complexfloating", "compress", "concat", "concatenate", "conj", "conjugate", "convolve", "copy", "copysign",
    "corrcoef", "correlate", "cos", "cosh", "count_nonzero", "cov", "cross", "csingle", "cumprod", "cumsum",
    "cumulative_prod", "cumulative_sum", "deg2rad", "degrees", "delete", "diag", "diag_indices", "diag_indices_from",
    "diagflat", "diagonal", "diff", "digitize", "divide", "divmod", "dot", "double", "dsplit", "dstack", "dtype", "e",
    "ediff1d", "einsum", "einsum_path", "empty", "empty_like", "equal", "euler_gamma", "exp", "exp2", "expand_dims",
    "expm1", "extract", "eye", "fabs", "fft", "fill_diagonal", "finfo", "fix", "flatnonzero", "flip", "fliplr",
    "flipud", "float8_e4m3fn", "float8_e5m2", "float16", "float32", "float64", "float_", "float_power", "floating",
    "floor", "floor_divide", "fmax", "fmin", "fmod", "frexp", "from_dlpack", "frombuffer", "fromfunction", "fromiter",
    "full", "full_like", "gcd", "generic", "geomspace", "gradient", "greater", "greater_equal", "hamming", "hanning",
    "heaviside", "histogram", "histogram2d", "histogram_bin_edges", "histogramdd", "hsplit", "hstack", "hypot", "i0",
    "identity", "iinfo", "imag", "index_exp", "indices", "inexact", "inf", "inner", "insert", "int8", "int16",
    "int32", "int64", "int_", "integer", "interp", "intersect1d", "invert", "isclose", "iscomplex", "iscomplexobj",
    "isdtype", "isfinite", "isin", "isinf", "isnan", "isneginf", "isposinf", "isreal", "isrealobj", "isscalar",
    "issubdtype", "iterable", "ix_", "kaiser", "kron", "lcm", "ldexp", "left_shift", "less", "less_equal", "lexsort",
    "linalg", "linspace", "log", "log1p", "log2", "log10", "logaddexp", "logaddexp2", "logical_and", "logical_not",
    "logical_or", "logical_xor", "logspace", "mask_indices", "matmul", "matrix_transpose", "matvec", "max", "maximum",
    "mean", "median", "meshgrid", "mgrid", "min", "minimum", "mod", "modf", "moveaxis", "multiply", "nan",
    "nan_to_num", "nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmedian", "nanmin",
    "nanpercentile", "nanprod", "nanquantile", "nanstd", "nansum", "nanvar", "ndarray", "ndim", "negative", "newaxis",
    "nextafter", "nonzero", "not_equal", "number", "ogrid", "ones", "ones_like", "outer", "packbits", "pad",
    "partition", "percentile", "permute_dims", "pi", "piecewise", "poly", "polyadd", "polyder", "polydiv", "polyfit",
    "polyint", "polymul", "polysub", "polyval", "positive", "pow", "power", "prod", "promote_types", "ptp",
    "put_along_axis", "quantile", "r_", "rad2deg", "radians", "ravel", "ravel_multi_index", "real", "reciprocal",
    "remainder", "repeat", "reshape", "resize", "result_type", "right_shift", "rint", "roll", "rollaxis", "roots",
    "rot90", "round", "s_", "searchsorted", "select", "setdiff1d", "setxor1d", "shape", "sign", "signbit",
    "signedinteger", "sin", "sinc", "single", "sinh", "size", "sort", "sort_complex", "spacing", "split", "sqrt",
    "square", "squeeze", "stack", "std", "subtract", "sum", "swapaxes", "take", "take_along_axis", "tan", "tanh",
    "tensordot", "tile", "trace", "transpose", "trapezoid", "tri", "tril", "tril_indices", "tril_indices_from",
    "trim_zeros", "triu", "triu_indices", "triu_indices_from", "true_divide", "trunc", "uint", "uint8", "uint16",
    "uint32", "uint64", "union1d", "unique", "unique_all", "unique_counts", "unique_inverse", "unique_values",
    "unpackbits", "unravel_index", "unsignedinteger", "unstack", "unwrap", "vander", "var", "vdot", "vecdot",
    "vecmat", "vectorize", "vsplit", "vstack", "where", "zeros", "zeros_like",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
