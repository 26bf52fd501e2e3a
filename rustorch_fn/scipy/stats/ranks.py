"""Ranks, modes and standard errors of samples."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from rustorch_fn import errors, lax, vmap
from rustorch_fn import numpy as rnp
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

_METHODS = ("average", "min", "max", "dense", "ordinal")


class ModeResult(NamedTuple):
    """What mode gives: the value, and how often it is there.

    >>> rt.scipy.stats.mode(rt.numpy.array([1, 2, 2])).count
    Array(2, dtype=int32)
    """

    mode: Array
    count: Array  # type: ignore[assignment]  # JAX's name, though tuples have a method of it


def _propagating(name: str, nan_policy: str) -> None:
    if nan_policy != "propagate":
        raise errors.BadArgument(name, "nan_policy", nan_policy, "'propagate'")


def mode(a: ArrayLike, axis: int | None = 0, nan_policy: str = "propagate", keepdims: bool = False) -> ModeResult:
    """The value that is there most often along an axis (the least of several), and its count.

    >>> rt.scipy.stats.mode(rt.numpy.array([[1, 2], [1, 3]])).mode
    Array([1, 2], dtype=int32)
    """
    _propagating("mode", nan_policy)
    x = rnp.atleast_1d(a)
    shape = tuple(1 for _ in x.shape) if axis is None else None
    if axis is None:
        x, axis = rnp.ravel(x), 0
    place = axis % x.ndim if -x.ndim <= axis < x.ndim else axis
    x = rnp.moveaxis(x, place, 0)
    kept = x.shape[1:]
    flat = rnp.sort(rnp.reshape(x, (x.shape[0], math.prod(kept))), axis=0)
    if not x.shape[0]:
        values, counts = rnp.full(kept, rnp.nan), rnp.zeros(kept)
    else:
        # how many of the sorted values before this one are equal to it
        steps = rnp.arange(flat.shape[0])[:, None]
        fresh = rnp.concatenate([rnp.ones_like(flat[:1], dtype=bool), flat[1:] != flat[:-1]])
        # nan is equal to nan here, as it stands last
        fresh = fresh & ~rnp.concatenate([rnp.zeros_like(fresh[:1]), _nan(flat[1:]) & _nan(flat[:-1])])
        runs = steps - lax.cummax(rnp.where(fresh, steps, 0), axis=0)
        best = rnp.argmax(runs, axis=0)[None]
        values = rnp.reshape(rnp.take_along_axis(flat, best, 0)[0], kept)
        counts = rnp.reshape(rnp.take_along_axis(runs, best, 0)[0] + 1, kept)
    if keepdims:
        shape = shape or (*kept[:place], 1, *kept[place:])
        values, counts = rnp.reshape(values, shape), rnp.reshape(counts, shape)
    return ModeResult(values, counts)


def _nan(x: Any) -> Any:
    return x != x


def rankdata(a: ArrayLike, method: str = "average", *, axis: int | None = None, nan_policy: str = "propagate") -> Array:
    """The place of each value among the sorted ones, from 1; `method` says which place equal values get.

    >>> rt.scipy.stats.rankdata(rt.numpy.array([10, 30, 20, 20]))
    Array([1. , 4. , 2.5, 2.5], dtype=float32)
    """
    _propagating("rankdata", nan_policy)
    if method not in _METHODS:
        raise errors.BadArgument("rankdata", "method", method, f"One of {', '.join(_METHODS)}")
    x = rnp.asarray(a)
    if axis is None:
        return _ranks(rnp.ravel(x), method)
    x = rnp.moveaxis(x, axis, -1)
    if not x.size:
        return rnp.zeros(rnp.moveaxis(x, -1, axis).shape, rnp.float32)
    rows = rnp.reshape(x, (-1, x.shape[-1]))
    return rnp.moveaxis(rnp.reshape(vmap(lambda row: _ranks(row, method))(rows), x.shape), -1, axis)


def _ranks(x: Any, method: str) -> Any:
    count = x.shape[0]
    if not count:
        return rnp.zeros((0,), rnp.float32)
    order = rnp.argsort(x)
    back = rnp.argsort(order)
    if method == "ordinal":
        ranks = back + 1
    else:
        sorted_x = x[order]
        fresh = rnp.concatenate([rnp.ones((1,), bool), sorted_x[1:] != sorted_x[:-1]])
        places = rnp.arange(count)
        first = lax.cummax(rnp.where(fresh, places, 0), axis=0)
        ends = rnp.concatenate([fresh[1:], rnp.ones((1,), bool)])
        last = lax.cummin(rnp.where(ends, places, count), axis=0, reverse=True)
        ranks = {"dense": rnp.cumsum(fresh), "min": first + 1, "max": last + 1, "average": 0.5 * (first + last) + 1}[
            method
        ][back]
    return rnp.where(rnp.any(_nan(x)), rnp.nan, ranks.astype(rnp.float32))


def sem(
    a: ArrayLike, axis: int | None = 0, ddof: int = 1, nan_policy: str = "propagate", *, keepdims: bool = False
) -> Array:
    """The standard error of the mean along an axis.

    >>> rt.scipy.stats.sem(rt.numpy.array([1.0, 2.0, 3.0, 4.0])).round(3)
    Array(0.645, dtype=float32)
    """
    if nan_policy not in ("propagate", "omit"):
        raise errors.BadArgument("sem", "nan_policy", nan_policy, "'propagate' or 'omit'")
    (x,) = operands("sem", a)
    if nan_policy == "omit":
        count = rnp.sum(~_nan(x), axis=axis, keepdims=keepdims).astype(x.dtype)
        return rnp.nanstd(x, axis, ddof=ddof, keepdims=keepdims) / rnp.sqrt(count)
    size = x.size if axis is None else x.shape[axis]
    return rnp.std(x, axis, ddof=ddof, keepdims=keepdims) / math.sqrt(size)
