"""Attention, with jax.nn's arguments."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.nn.functions import logsumexp, softmax
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["dot_product_attention"]


# finite in float32 too, in which softmax computes
_HIDDEN = -0.7 * float(np.finfo(np.float32).max)


def dot_product_attention(
    query: ArrayLike,
    key: ArrayLike,
    value: ArrayLike,
    bias: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    *,
    scale: float | None = None,
    is_causal: bool = False,
    query_seq_lengths: ArrayLike | None = None,
    key_value_seq_lengths: ArrayLike | None = None,
    local_window_size: int | tuple[int, int] | None = None,
    implementation: str | None = None,
    return_residual: bool = False,
) -> Any:
    """softmax(query · key * scale + bias) · value, where the mask is true (Vaswani et al., 2017).

    query is `[(batch,) t, heads, size]`; key and value are `[(batch,) s, groups, size]`, and `groups` divides `heads`.
    bias and mask broadcast to `[(batch,) heads, t, s]`. `is_causal` hides what comes later, `local_window_size` all
    but so many places to the left and right, the lengths what lies behind them. Scores and softmax are float32 at
    least. With `return_residual`, also the log-sum-exp of the scores, `[(batch,) t, heads]`, which has no derivative.
    `implementation` is None or 'xla': there is one.

    >>> x = rt.numpy.ones((2, 1, 4))
    >>> rt.nn.dot_product_attention(x, x, x, is_causal=True).shape
    (2, 1, 4)
    """
    if implementation not in (None, "xla"):
        raise errors.BadArgument("dot_product_attention", "implementation", implementation, "None or 'xla'")
    shape = np.shape(query) if not hasattr(query, "shape") else query.shape
    q, k, v = (_four(n, x) for n, x in (("query", query), ("key", key), ("value", value)))
    _check(q, k, v)
    batch, t, heads, size = q.shape
    s, groups = k.shape[1:3]
    inner = (groups, heads // groups)
    scores = rnp.einsum(
        "btkgh,bskh->bkgts", q.reshape(batch, t, *inner, size), k,
        preferred_element_type=rnp.promote_types(q.dtype, np.float32),
    )  # fmt: skip
    scores = scores * rnp.asarray(1 / math.sqrt(size) if scale is None else scale, scores.dtype)
    if bias is not None:
        scores = (scores + _grouped("bias", bias, inner)).astype(scores.dtype)
    shown = _shown(t, s, is_causal, local_window_size)
    if mask is not None:
        allowed = _grouped("mask", mask, inner)
        if allowed.dtype != dtypes.bool_:
            raise errors.DtypeError("dot_product_attention: a mask is of bools", got=allowed.aval)
        shown = [*shown, allowed]
    for lengths, n, name in ((query_seq_lengths, t, "query"), (key_value_seq_lengths, s, "key_value")):
        if lengths is not None:
            inside = rnp.arange(n) < _lengths(f"{name}_seq_lengths", lengths, batch)[:, None]
            shown = [*shown, inside[:, None, None, :, None] if name == "query" else inside[:, None, None, None, :]]
    for allowed in shown:
        # a row that sees nothing spreads evenly
        scores = rnp.where(allowed, scores, _HIDDEN)
    scores = scores.astype(np.float32)
    out = rnp.einsum("bkgts,bskh->btkgh", softmax(scores, axis=-1).astype(k.dtype), v)
    out = out.reshape(batch, t, heads, size)
    if query_seq_lengths is not None:
        inside = rnp.arange(t) < _lengths("query_seq_lengths", query_seq_lengths, batch)[:, None]
        out = out * inside[:, :, None, None].astype(out.dtype)
    out = out.reshape(shape)
    if not return_residual:
        return out
    residual = rnp.moveaxis(logsumexp(scores, axis=-1).astype(k.dtype), 3, 1).reshape(shape[:-1])
    return out, lax.stop_gradient(residual)


def _four(name: str, x: Any) -> Array:
    """An operand with a batch axis."""
    y = rnp.asarray(x)
    if y.ndim not in (3, 4):
        raise errors.ShapeError(f"dot_product_attention: {name} has 3 or 4 axes", got=y.aval,
                                hint="They are [batch, length, heads, size], where batch may be left out.")  # fmt: skip
    return y if y.ndim == 4 else y[None]


def _check(q: Array, k: Array, v: Array) -> None:
    got = " · ".join(f"{n} {x.aval!r}" for n, x in (("query", q), ("key", k), ("value", v)))
    if k.shape != v.shape or q.shape[0] != k.shape[0] or q.shape[3] != k.shape[3]:
        raise errors.ShapeError("dot_product_attention: query, key and value differ in shape", got=got,
                                hint="They share batch and size; key and value share all axes.")  # fmt: skip
    if not q.dtype == k.dtype == v.dtype:
        raise errors.DtypeError("dot_product_attention: query, key and value are of one type", got=got)
    if not k.shape[2] or q.shape[2] % k.shape[2]:
        raise errors.ShapeError("dot_product_attention: the heads of key and value divide those of query", got=got)


def _grouped(name: str, x: Any, inner: tuple[int, int]) -> Array:
    """A bias or mask with its axis of heads as groups and what is in them."""
    y = rnp.asarray(x)
    if y.ndim > 4:
        raise errors.ShapeError(f"dot_product_attention: {name} has at most 4 axes", got=y.aval)
    y = y.reshape((1,) * (4 - y.ndim) + y.shape)
    heads = inner if y.shape[1] != 1 else (1, 1)
    if y.shape[1] != heads[0] * heads[1]:
        raise errors.ShapeError(f"dot_product_attention: {name} does not fit {inner[0] * inner[1]} heads", got=y.aval)
    return y.reshape(y.shape[0], *heads, *y.shape[2:])


def _lengths(name: str, x: Any, batch: int) -> Array:
    y = rnp.asarray(x)
    if y.shape != (batch,) or y.dtype != np.int32:
        raise errors.ShapeError(f"dot_product_attention: {name} is one int32 for each of {batch} sequences", got=y.aval)
    return y


def _shown(t: int, s: int, is_causal: bool, window: Any) -> list[Array]:
    """Masks over `[t, s]` by place alone."""
    rows, columns = rnp.arange(t)[:, None], rnp.arange(s)
    masks = [rows >= columns] if is_causal else []
    if window is not None:
        left, right = (window, window) if isinstance(window, int) else window
        masks.append((columns >= rows - left) & (columns <= rows + right))
    return masks
