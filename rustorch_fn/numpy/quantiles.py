"""Quantiles, percentiles and medians, of all elements or of those that are not nan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import arrange, lift
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.numpy import reductions as r
from rustorch_fn.numpy import ufuncs as u
from rustorch_fn.numpy.indexing import take_along_axis
from rustorch_fn.numpy.search import argsort, sort
from rustorch_fn.numpy.shapes import moveaxis
from rustorch_fn.typing import Array, ArrayLike, Axis


def median(
    a: ArrayLike, axis: Axis = None, out: None = None, overwrite_input: bool = False, keepdims: bool = False
) -> Array:
    """The middle of the sorted elements along axes, or the mean of the two middle ones.

    >>> rt.numpy.median(rt.numpy.array([5.0, 1.0, 2.0, 4.0]))
    Array(3., dtype=float32)
    """
    u.refuse_out("median", out)
    return quantile(a, 0.5, axis, keepdims=keepdims, method="midpoint")


def quantile(
    a: ArrayLike,
    q: ArrayLike,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: ArrayLike | None = None,
) -> Array:
    """The values below which the fractions q of the sorted elements lie.

    Between two elements `method` is "linear", "lower", "higher", "midpoint" or "nearest"; "inverted_cdf" is the first
    element up to which there is that share of `weights` (1 each), which other methods do not take. They are not
    negative, and have the array's shape or that of the axes. Raises BadArgument for another method.

    >>> rt.numpy.quantile(rt.numpy.array([1.0, 2.0, 3.0, 4.0]), rt.numpy.array([0.0, 0.5]))
    Array([1. , 2.5], dtype=float32)
    """
    u.refuse_out("quantile", out)
    return _quantile("quantile", a, q, axis, method, keepdims, weights, skip_nan=False)


def nanquantile(
    a: ArrayLike,
    q: ArrayLike,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: ArrayLike | None = None,
) -> Array:
    """quantile of what is not nan.

    >>> rt.numpy.nanquantile(rt.numpy.array([1.0, rt.numpy.nan, 3.0]), 0.5)
    Array(2., dtype=float32)
    """
    u.refuse_out("nanquantile", out)
    return _quantile("nanquantile", a, q, axis, method, keepdims, weights, skip_nan=True)


def _check_fractions(name: str, q: Any, most: int = 1) -> None:
    """Raise where some of q is known and outside; what is traced gives NaN there."""
    known = lift.known(lift.asarray(q))
    if known is not None and ((known < 0) | (known > most)).any():
        raise errors.BadArgument(name, "q", known.tolist(), f"Numbers from 0 to {most}")


def percentile(
    a: ArrayLike,
    q: ArrayLike | Sequence[Any],
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: ArrayLike | None = None,
) -> Array:
    """quantile with q in percent.

    >>> rt.numpy.percentile(rt.numpy.array([1.0, 2.0, 3.0]), 50)
    Array(2., dtype=float32)
    """
    _check_fractions("percentile", q, 100)
    return quantile(a, _hundredth(q), axis, out, overwrite_input, method, keepdims, weights=weights)


def nanpercentile(
    a: ArrayLike,
    q: ArrayLike | Sequence[Any],
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: ArrayLike | None = None,
) -> Array:
    """nanquantile with q in percent.

    >>> rt.numpy.nanpercentile(rt.numpy.array([1.0, rt.numpy.nan, 3.0]), 50)
    Array(2., dtype=float32)
    """
    _check_fractions("nanpercentile", q, 100)
    return nanquantile(a, _hundredth(q), axis, out, overwrite_input, method, keepdims, weights=weights)


def _hundredth(q: Any) -> Any:
    """q in percent as a fraction, which only arrays of ours round."""
    if isinstance(q, lift.Value):
        return u.divide(q, 100)
    return q / 100 if isinstance(q, int | float) else np.asarray(q) / 100


def nanmedian(
    a: ArrayLike, axis: Axis = None, out: None = None, overwrite_input: bool = False, keepdims: bool = False
) -> Array:
    """The median of what is not nan.

    >>> rt.numpy.nanmedian(rt.numpy.array([5.0, rt.numpy.nan, 1.0]))
    Array(3., dtype=float32)
    """
    return nanquantile(a, 0.5, axis, out, keepdims=keepdims, method="midpoint")


def _quantile(
    name: str, a: Any, q: Any, axis: Any, method: str, keepdims: bool, weights: Any, *, skip_nan: bool
) -> Any:
    _check_fractions(name, q)
    given = (a,) if weights is None else (a, weights)
    u.real_only(name, *(lift.operand(name, v) for v in given))
    kind = lift.common(name, *given, floating=True)[0].dtype
    q, x, *_ = lift.common(name, q, *given, floating=True)
    if q.ndim > 1:
        raise errors.ShapeError("quantile: q is a scalar or a vector", got=q.aval)
    if weights is not None and method != "inverted_cdf":
        raise errors.BadArgument("quantile", "method", method, "inverted_cdf, which alone looks at weights,")
    axes = lift.axes_of("quantile", axis, x.ndim)
    kept = tuple(n for a, n in enumerate(x.shape) if a not in axes)

    def rows(y: Any) -> Any:
        y = moveaxis(y, axes, tuple(range(x.ndim - len(axes), x.ndim))) if axes else y
        return arrange.reshape(y, (*kept, math.prod(x.shape[a] for a in axes)))

    y = rows(x)
    if weights is None:
        y, w = sort(y, -1), u.like(y, 1)
    else:
        order = argsort(y, -1)
        y, w = (take_along_axis(v, order, -1) for v in (y, rows(_weights(weights, x, axes))))
    nans = u.isnan(y)
    count = r.sum(ew.not_(nans), -1, x.dtype) if skip_nan else lift.full(kept, y.shape[-1], x.dtype)
    # axes of q lead
    at = arrange.reshape(q, q.shape + (1,) * len(kept))
    bad = ew.eq(count, u.like(count, 0)) if skip_nan else r.any(nans, -1)
    if method == "inverted_cdf":
        out = _pick(y, _share(at, w, nans), count)
        bad = ew.or_(bad, r.any(ew.not_(u.greater_equal(w, 0)), -1))
    else:
        place = u.multiply(at, u.subtract(count, 1))
        low, high = u.floor(place), u.ceil(place)
        below, above = (_pick(y, k, count) for k in (low, high))
        out = _blend(method, below, above, u.subtract(place, low), low)
    out = u.strong(u.where(bad, math.nan, out))
    if keepdims:
        full = tuple(1 if a in axes else n for a, n in enumerate(x.shape))
        out = arrange.reshape(out, (*q.shape, *full))
    return lift.convert(out, kind)


def _weights(weights: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """The weights of all elements."""
    w = lift.convert(lift.operand("quantile", weights), x.dtype)
    if w.shape == x.shape:
        return w
    if w.shape != tuple(x.shape[a] for a in axes):
        raise errors.ShapeError("quantile: the weights do not fit", got=f"{w.aval!r} for {x.aval!r} along {axes}",
                                hint="One for each element, or one for each place on the axes.")  # fmt: skip
    return lift.broadcast_to(arrange.reshape(w, tuple(n if a in axes else 1 for a, n in enumerate(x.shape))), x.shape)


def _share(at: Any, w: Any, nans: Any) -> Any:
    """How many elements come before that share of the weights, of which nan has none."""
    w = u.where(ew.and_(ew.not_(nans), u.greater(w, 0)), w, 0)
    sums = r.cumsum(w, -1)
    wanted = u.multiply(at, r.sum(w, -1))
    return r.sum(u.less(sums, arrange.expand_dims(wanted, (wanted.ndim,))), -1)


def _pick(y: Any, place: Any, count: Any) -> Any:
    """Elements of the last axis of y at places, whose own leading axes may be more."""
    place = lift.convert(u.clip(place, 0, u.maximum(u.subtract(count, 1), 0)), dtypes.int32)
    place = lift.broadcast_to(place, (*place.shape[: place.ndim - y.ndim + 1], *y.shape[:-1]))
    extra = place.ndim - y.ndim + 1
    if extra:
        picked = take_along_axis(y, moveaxis(place, 0, -1), -1, mode="promise_in_bounds")
        return moveaxis(picked, -1, 0)
    return arrange.squeeze(
        take_along_axis(y, arrange.expand_dims(place, (place.ndim,)), -1, mode="promise_in_bounds"), (-1,)
    )


def _blend(method: str, below: Any, above: Any, part: Any, low: Any) -> Any:
    if method == "linear":
        return u.add(u.multiply(below, u.subtract(1, part)), u.multiply(above, part))
    if method in ("lower", "higher"):
        return u.add(below if method == "lower" else above, u.multiply(part, 0))
    if method == "midpoint":
        return u.multiply(u.add(below, above), 0.5)
    if method == "nearest":
        even = u.equal(u.remainder(low, 2), 0)
        first = u.logical_or(u.less(part, 0.5), u.logical_and(u.equal(part, 0.5), even))
        return u.where(first, below, above)
    raise errors.BadArgument("quantile", "method", method, "linear, lower, higher, midpoint, nearest or inverted_cdf")
