"""Primitives against JAX's of the same meaning, on the examples of the laws."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jax import lax
from laws.examples import EXAMPLES, FLOATS, Draw, apply, array, lawful

from rustorch_fn import dtypes
from rustorch_fn.core.primitive import REGISTRY

MODES = {"clip": "clip", "fill": "fill", "promise": "promise_in_bounds"}


def unary(f: Any) -> Any:
    return lambda *xs, **attrs: f(*xs)


def gather(x: Any, indices: Any, *, slice_sizes: Any, mode: str, fill_value: Any, **places: Any) -> Any:
    return lax.gather(x, indices, lax.GatherDimensionNumbers(**places), slice_sizes, mode=MODES[mode],
                      fill_value=fill_value)  # fmt: skip


def scatter(x: Any, indices: Any, updates: Any, *, op: str, mode: str, **places: Any) -> Any:
    dims = lax.ScatterDimensionNumbers(
        places["offset_dims"], places["collapsed_slice_dims"], places["start_index_map"],
        places["operand_batching_dims"], places["start_indices_batching_dims"],
    )  # fmt: skip
    how = {"set": lax.scatter, "add": lax.scatter_add, "mul": lax.scatter_mul, "min": lax.scatter_min,
           "max": lax.scatter_max}[op]  # fmt: skip
    return how(x, indices, updates, dims, mode=MODES[mode], unique_indices=places.get("unique_indices", False))


def conv(x: Any, w: Any, *, dims: Any, reverse: Any, strides: Any, pads: Any, feature_groups: int, batch_groups: int,
         lhs_dilation: Any, rhs_dilation: Any, **_: Any) -> Any:  # fmt: skip
    w = lax.rev(w, [dims[1][2 + k] for k, on in enumerate(reverse) if on])
    return lax.conv_general_dilated(
        x, w, strides, pads, lhs_dilation, rhs_dilation, lax.ConvDimensionNumbers(*dims), feature_groups, batch_groups
    )


def wide(starts: Any) -> list[Any]:
    # JAX wants starts of one type
    return [s.astype(np.int64) for s in starts]


def cumulate(f: Any) -> Any:
    return lambda x, *, axis, reverse: f(x, axis=axis, reverse=reverse)


def reduce(f: Any) -> Any:
    return lambda x, *, axes: f(x, axis=axes)


PEERS: dict[str, Any] = {
    **{n: unary(getattr(lax, n)) for n in (
        "neg sign floor ceil is_finite exp exp2 expm1 log log1p sqrt rsqrt cbrt logistic sin cos tan asin acos atan "
        "sinh cosh tanh asinh acosh atanh erf erfc erf_inv lgamma digamma add sub mul div rem max min pow atan2 clz "
        "shift_left shift_right_logical shift_right_arithmetic eq ne lt le gt ge nextafter"
    ).split()},
    "abs": jnp.abs, "round_even": lambda x: lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN), "round_away": lax.round,
    "popcount": lax.population_count, "not": lax.bitwise_not, "and": lax.bitwise_and, "or": lax.bitwise_or,
    "xor": lax.bitwise_xor, "select": lambda p, x, y: lax.select(p, x, y),
    "integer_pow": lambda x, *, n: lax.integer_pow(x, n),
    "convert": lambda x, *, dtype, weak_type: lax.convert_element_type(x, dtype),
    "bitcast": lambda x, *, dtype: lax.bitcast_convert_type(x, dtype),
    "pad": lambda x, v, *, lo, hi, interior: lax.pad(x, v, list(zip(lo, hi, interior, strict=True))),
    "reduce_sum": reduce(lambda x, axis: jnp.sum(x, axis, dtype=x.dtype)),
    "reduce_prod": reduce(lambda x, axis: jnp.prod(x, axis, dtype=x.dtype)),
    "argmax": lambda x, *, axis, index_dtype: lax.argmax(x, axis, index_dtype),
    "argmin": lambda x, *, axis, index_dtype: lax.argmin(x, axis, index_dtype),
    "cumsum": cumulate(lax.cumsum), "cumprod": cumulate(lax.cumprod), "cummax": cumulate(lax.cummax),
    "cummin": cumulate(lax.cummin), "cumlogsumexp": cumulate(lax.cumlogsumexp),
    "sort": lambda *xs, axis, num_keys, stable: list(lax.sort(xs, axis, num_keys=num_keys, is_stable=stable)),
    "gather": gather, "scatter": scatter, "conv": conv,
    "dynamic_slice": lambda x, *starts, sizes: lax.dynamic_slice(x, wide(starts), sizes),
    "dynamic_update": lambda x, update, *starts: lax.dynamic_update_slice(x, update, wide(starts)),
    "dot": lambda a, b, *, contract, batch, out_dtype, precision: lax.dot_general(
        a, b, (contract, batch), preferred_element_type=out_dtype),
}  # fmt: skip

# sums of products in another order, and functions that JAX approximates
LOOSE = {"dot": 8.0, "conv": 8.0, "reduce_sum": 8.0, "reduce_prod": 8.0, "cumsum": 8.0, "cumprod": 8.0,
         "cumlogsumexp": 8.0, "lgamma": 32.0, "digamma": 32.0, "erf_inv": 32.0, "erfc": 32.0, "exp2": 8.0}  # fmt: skip


def close(got: Any, want: Any, loose: float) -> None:
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    assert got.dtype == want.dtype
    if got.dtype not in FLOATS:
        np.testing.assert_array_equal(got, want)
        return
    unit = {dtypes.float64: 1e-12, dtypes.float32: 4e-6, dtypes.bfloat16: 2**-6, dtypes.float16: 2**-8}[got.dtype]
    np.testing.assert_allclose(got.astype(np.float64), want.astype(np.float64), rtol=loose * unit, atol=loose * unit)


@pytest.mark.parametrize("name", sorted(PEERS))
def test_primitive_equals_jax(name: str) -> None:
    @lawful(5)
    @given(st.data())
    def law(data: Any) -> None:
        c = EXAMPLES[name](Draw(data, False))
        with jax.enable_x64(True):
            want = PEERS[name](*map(jnp.asarray, c.args), **c.attrs)
            got = apply(REGISTRY[name], c)(*map(array, c.args))
            for g, w in zip(got, want if isinstance(want, list) else [want], strict=True):
                close(g.view, w, LOOSE.get(name, 2.0))

    law()
