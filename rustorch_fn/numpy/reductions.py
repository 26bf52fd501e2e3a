"""Folds along axes: sums, extremes, statistics, running folds."""

from __future__ import annotations

import builtins
import math
from typing import Any

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import folding, lift, quick, shaping
from rustorch_fn.numpy import ufuncs as u
from rustorch_fn.typing import Array, ArrayLike, Axis, DTypeLike

# sums and products of narrow integers and bools are done in the default widths
_SUMMED = {dtypes.bool_: dtypes.int32, dtypes.int8: dtypes.int32, dtypes.int16: dtypes.int32,
           dtypes.uint8: dtypes.uint32, dtypes.uint16: dtypes.uint32}  # fmt: skip


def _masked(name: str, x: Any, where: Any, fill: Any) -> Any:
    """x with `fill` where the mask is false."""
    if where is None:
        return x
    mask = lift.broadcast_to(u.truth(name, where), x.aval.shape)
    return ew.select(mask, x, u.like(x, fill))


def _kept(y: Any, shape: tuple[int, ...], axes: tuple[int, ...], keepdims: bool) -> Any:
    """y, with the folded axes as size 1 where `keepdims`."""
    if not keepdims or not axes:
        return y
    return shaping.reshape(y, shape=tuple(1 if a in axes else n for a, n in enumerate(shape)))


def _fold(
    name: str, op: Any, x: Any, axis: Any, keepdims: bool, initial: Any, where: Any, neutral: Any, combine: Any
) -> Any:
    """One fold with a mask and a first value."""
    axes = lift.axes_of(name, axis, x.aval.ndim)
    y = op(_masked(name, x, where, neutral), axes=axes) if axes else _masked(name, x, where, neutral)
    if initial is not None:
        first = lift.to(initial, y.aval.dtype, False)
        if first.aval.shape:
            raise errors.BadArgument(name, "initial", first.aval, "A scalar")
        y = combine(y, lift.broadcast_to(first, y.aval.shape))
    return _kept(y, x.aval.shape, axes, keepdims)


def _summed(name: str, a: Any, dtype: Any, promote_integers: bool) -> Any:
    """The operand of a sum or product in the type that it is done in."""
    x = lift.operand(name, a)
    if dtype is not None:
        return lift.convert(x, dtypes.asdtype(dtype))
    kind = x.aval.dtype
    if promote_integers or kind == dtypes.bool_:
        kind = _SUMMED.get(kind, kind)
    return lift.convert(x, kind)


def _bool_op(dtype: Any, op: Any, bools: Any) -> Any:
    return bools if dtype == dtypes.bool_ else op


def sum(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
    promote_integers: bool = True,
) -> Array:
    """The sum along axes. Raises AxisError for an axis that is not there.

    >>> rt.numpy.sum(rt.numpy.array([[1, 2], [3, 4]]), axis=0)
    Array([4, 6], dtype=int32)
    >>> rt.numpy.sum(rt.numpy.array([1.0, rt.numpy.nan]), where=rt.numpy.array([True, False]))
    Array(1., dtype=float32)
    """
    u.refuse_out("sum", out)
    x = _summed("sum", a, dtype, promote_integers)
    op = _bool_op(x.dtype, folding.reduce_sum, folding.reduce_or)
    return _fold("sum", op, x, axis, keepdims, initial, where, 0, _bool_op(x.dtype, ew.add, ew.or_))


def prod(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
    promote_integers: bool = True,
) -> Array:
    """The product along axes.

    >>> rt.numpy.prod(rt.numpy.array([2, 3, 4]))
    Array(24, dtype=int32)
    """
    u.refuse_out("prod", out)
    x = _summed("prod", a, dtype, promote_integers)
    op = _bool_op(x.dtype, folding.reduce_prod, folding.reduce_and)
    return _fold("prod", op, x, axis, keepdims, initial, where, 1, _bool_op(x.dtype, ew.mul, ew.and_))


def _extreme(
    name: str, op: Any, combine: Any, bound: Any, a: Any, axis: Any, out: Any, keepdims: bool, initial: Any, where: Any
) -> Any:
    u.refuse_out(name, out)
    x = lift.operand(name, a)
    x = lift.convert(x, x.dtype)
    if initial is None:
        if where is not None:
            raise errors.BadArgument(name, "initial", None, "A first value together with where=")
        if builtins.any(x.shape[k] == 0 for k in lift.axes_of(name, axis, x.ndim)):
            raise errors.ShapeError(f"{name}: an empty array has none", got=x.aval, hint="Give initial=.")
    return _fold(name, op, x, axis, keepdims, initial, where, bound(x.dtype), combine)


def max(
    a: ArrayLike,
    axis: Axis = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Array:
    """The greatest along axes; nan wins. Raises ShapeError where there is no element and no `initial`.

    >>> rt.numpy.max(rt.numpy.array([[1, 5], [3, 2]]), axis=0)
    Array([3, 5], dtype=int32)
    """
    return _extreme("max", folding.reduce_max, ew.max, folding.lowest, a, axis, out, keepdims, initial, where)


def min(
    a: ArrayLike,
    axis: Axis = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Array:
    """The least along axes; nan wins.

    >>> rt.numpy.min(rt.numpy.array([[1, 5], [3, 2]]), axis=1, keepdims=True)
    Array([[1],
           [2]], dtype=int32)
    """
    return _extreme("min", folding.reduce_min, ew.min, folding.highest, a, axis, out, keepdims, initial, where)


amax, amin = max, min


def all(
    a: ArrayLike, axis: Axis = None, out: None = None, keepdims: bool = False, *, where: ArrayLike | None = None
) -> Array:
    """Whether no element along axes is zero.

    >>> rt.numpy.all(rt.numpy.array([[True, False], [True, True]]), axis=1)
    Array([False,  True], dtype=bool)
    """
    u.refuse_out("all", out)
    return _fold("all", folding.reduce_and, u.truth("all", a), axis, keepdims, None, where, True, ew.and_)


def any(
    a: ArrayLike, axis: Axis = None, out: None = None, keepdims: bool = False, *, where: ArrayLike | None = None
) -> Array:
    """Whether some element along axes is not zero.

    >>> rt.numpy.any(rt.numpy.array([0, 0, 3]))
    Array(True, dtype=bool)
    """
    u.refuse_out("any", out)
    return _fold("any", folding.reduce_or, u.truth("any", a), axis, keepdims, None, where, False, ew.or_)


def count_nonzero(a: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array:
    """The number of elements that are not zero.

    >>> rt.numpy.count_nonzero(rt.numpy.array([0, 3, 0, 5]))
    Array(2, dtype=int32)
    """
    return sum(u.truth("count_nonzero", a), axis, dtypes.int32, keepdims=keepdims)


# --- statistics ---


def _wide(dtype: Any) -> Any:
    """The type in which a mean is taken: storage types are widened."""
    return dtypes.float32 if dtype in dtypes.LOW else dtype


def _result_type(x: Any, dtype: Any) -> Any:
    if dtype is not None:
        return dtypes.asdtype(dtype)
    return x.aval.dtype if x.aval.dtype in dtypes.INEXACT else dtypes.float32


def _count(x: Any, axis: Any, keepdims: bool, where: Any, dtype: Any) -> Any:
    """How many elements are folded into each one: a number, or an array where there is a mask."""
    axes = lift.axes_of("mean", axis, x.ndim)
    if where is None:
        return float(math.prod(x.shape[a] for a in axes))
    return sum(lift.broadcast_to(u.truth("mean", where), x.shape), axis, dtype, keepdims=keepdims)


def mean(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: ArrayLike | None = None,
) -> Array:
    """The mean along axes. Integers give float32.

    >>> rt.numpy.mean(rt.numpy.array([[1, 2], [3, 4]]), axis=0)
    Array([2., 3.], dtype=float32)
    """
    u.refuse_out("mean", out)
    x = lift.operand("mean", a)
    kind = _result_type(x, dtype)
    total = sum(x, axis, _wide(kind), keepdims=keepdims, where=where)
    return lift.convert(u.divide(total, _count(x, axis, keepdims, where, _wide(kind))), kind)


def average(
    a: ArrayLike, axis: Axis = None, weights: ArrayLike | None = None, returned: bool = False, keepdims: bool = False
) -> Any:
    """The weighted mean along axes; with `returned`, and the sum of weights.

    >>> rt.numpy.average(rt.numpy.array([1.0, 5.0]), weights=rt.numpy.array([3.0, 1.0]))
    Array(2., dtype=float32)
    """
    if weights is None:
        out = mean(a, axis, keepdims=keepdims)
        x = lift.operand("average", a)
        total = lift.full(out.shape, math.prod(x.shape[k] for k in lift.axes_of("average", axis, x.ndim)), out.dtype)
    else:
        x, w = lift.common("average", a, weights, floating=True)
        if w.shape != x.shape:
            k = lift.axis_of("average", axis if axis is not None else 0, x.ndim)
            if axis is None or w.shape != (x.shape[k],):
                raise errors.ShapeError("average: the weights do not fit", got=f"{w.aval!r} for {x.aval!r}",
                                        hint="Weights of x's shape, or of one axis's size, would work.")  # fmt: skip
            w = shaping.reshape(w, shape=tuple(n if i == k else 1 for i, n in enumerate(x.shape)))
        total = sum(lift.broadcast_to(w, x.shape), axis, keepdims=keepdims)
        out = u.divide(sum(u.multiply(x, w), axis, keepdims=keepdims), total)
    return (out, total) if returned else out


def var(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: ArrayLike | None = None,
    mean: ArrayLike | None = None,
    correction: float | None = None,
) -> Array:
    """The variance along axes: the mean of squared distances from the mean, with n - ddof in place of n; real.

    >>> rt.numpy.var(rt.numpy.array([[1.0, 3.0], [2.0, 6.0]]), axis=1)
    Array([1., 4.], dtype=float32)
    """
    u.refuse_out("var", out)
    x = lift.operand("var", a)
    kind = _result_type(x, dtype)
    wide = _wide(
        kind if x.aval.dtype not in dtypes.INEXACT else dtypes.promote((kind, False), (x.aval.dtype, False))[0]
    )
    x = lift.convert(x, wide)
    middle = _mean(x, axis, keepdims=True, where=where) if mean is None else lift.to(mean, wide, False)
    off = u.subtract(x, middle)
    n, lost = _count(x, axis, keepdims, where, dtypes.part(wide)), ddof if correction is None else correction
    total = sum(u.size_squared(off), axis, keepdims=keepdims, where=where)
    if isinstance(n, float) and isinstance(lost, int | float):
        n = n - lost if n > lost else math.nan
    else:
        n = u.subtract(n, lost)
        n = u.where(u.greater(n, 0), n, math.nan)
    spread = u.divide(total, n)
    return lift.convert(spread, dtypes.part(kind))


_mean = mean


def std(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: ArrayLike | None = None,
    mean: ArrayLike | None = None,
    correction: float | None = None,
) -> Array:
    """The standard deviation along axes: the square root of var.

    >>> rt.numpy.std(rt.numpy.array([1.0, 3.0]))
    Array(1., dtype=float32)
    >>> rt.numpy.std(rt.numpy.array([1.0, 3.0]), ddof=1).round(3)
    Array(1.414, dtype=float32)
    """
    u.refuse_out("std", out)
    return u.sqrt(var(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction))


def ptp(a: ArrayLike, axis: Axis = None, out: None = None, keepdims: bool = False) -> Array:
    """The greatest less the least along axes.

    >>> rt.numpy.ptp(rt.numpy.array([3, 9, 5]))
    Array(6, dtype=int32)
    """
    u.refuse_out("ptp", out)
    return u.subtract(max(a, axis, keepdims=keepdims), min(a, axis, keepdims=keepdims))


# --- places of extremes ---


def _place(name: str, op: Any, a: Any, axis: Any, out: Any, keepdims: bool | None) -> Any:
    u.refuse_out(name, out)
    x = lift.operand(name, a)
    shape, flat = x.shape, axis is None
    if flat:
        x = shaping.reshape(x, shape=(x.size,))
    k = 0 if flat else lift.axis_of(name, axis, x.ndim)
    place = op(x, axis=k, index_dtype=dtypes.int32)
    return _kept(place, shape, tuple(range(len(shape))) if flat else (k,), bool(keepdims))


def argmax(a: ArrayLike, axis: Axis = None, out: None = None, keepdims: bool | None = None) -> Array:
    """The place of the greatest along an axis: the first of equals; nan wins.

    >>> rt.numpy.argmax(rt.numpy.array([[1, 5, 5], [7, 2, 3]]), axis=1)
    Array([1, 0], dtype=int32)
    """
    return _place("argmax", folding.argmax, a, axis, out, keepdims)


def argmin(a: ArrayLike, axis: Axis = None, out: None = None, keepdims: bool | None = None) -> Array:
    """The place of the least along an axis: the first of equals; nan wins.

    >>> rt.numpy.argmin(rt.numpy.array([3, 1, 2]))
    Array(1, dtype=int32)
    """
    return _place("argmin", folding.argmin, a, axis, out, keepdims)


# --- running folds ---


def _running(name: str, op: Any, a: Any, axis: Any, dtype: Any) -> Any:
    x = lift.operand(name, a)
    if axis is None:
        x, axis = shaping.reshape(x, shape=(x.size,)), 0
    if dtype is not None:
        x = lift.convert(x, dtypes.asdtype(dtype))
    elif x.dtype == dtypes.bool_:
        x = lift.convert(x, dtypes.int32)
    return op(x, axis=lift.axis_of(name, axis, x.ndim), reverse=False)


def cumsum(a: ArrayLike, axis: Axis = None, dtype: DTypeLike | None = None, out: None = None) -> Array:
    """The running sum along an axis, or of all elements.

    >>> rt.numpy.cumsum(rt.numpy.array([1, 2, 3]))
    Array([1, 3, 6], dtype=int32)
    """
    u.refuse_out("cumsum", out)
    return _running("cumsum", folding.cumsum, a, axis, dtype)


def cumprod(a: ArrayLike, axis: Axis = None, dtype: DTypeLike | None = None, out: None = None) -> Array:
    """The running product along an axis, or of all elements.

    >>> rt.numpy.cumprod(rt.numpy.array([1, 2, 3]))
    Array([1, 2, 6], dtype=int32)
    """
    u.refuse_out("cumprod", out)
    return _running("cumprod", folding.cumprod, a, axis, dtype)


def _cumulative(name: str, op: Any, x: Any, axis: Any, dtype: Any, include_initial: bool, first: int) -> Any:
    x = lift.operand(name, x)
    if axis is None:
        if x.ndim != 1:
            raise errors.BadArgument(name, "axis", None, "An axis, as the array has not exactly one,")
        axis = 0
    k = lift.axis_of(name, axis, x.ndim)
    if dtype is None:
        dtype = _SUMMED.get(x.dtype, x.dtype)
    y = _running(name, op, x, k, dtype)
    if not include_initial:
        return y
    head = lift.full(tuple(1 if a == k else n for a, n in enumerate(y.shape)), first, y.dtype)
    return shaping.concat(head, y, axis=k)


def cumulative_sum(
    x: ArrayLike, /, *, axis: Axis = None, dtype: DTypeLike | None = None, include_initial: bool = False
) -> Array:
    """The running sum along an axis, with a 0 before it where `include_initial`.

    >>> rt.numpy.cumulative_sum(rt.numpy.array([1, 2]), include_initial=True)
    Array([0, 1, 3], dtype=int32)
    """
    return _cumulative("cumulative_sum", folding.cumsum, x, axis, dtype, include_initial, 0)


def cumulative_prod(
    x: ArrayLike, /, *, axis: Axis = None, dtype: DTypeLike | None = None, include_initial: bool = False
) -> Array:
    """The running product along an axis, with a 1 before it where `include_initial`.

    >>> rt.numpy.cumulative_prod(rt.numpy.array([2, 3]), include_initial=True)
    Array([1, 2, 6], dtype=int32)
    """
    return _cumulative("cumulative_prod", folding.cumprod, x, axis, dtype, include_initial, 1)


# --- folds that leave nan out ---


def _without_nan(name: str, a: Any, fill: float) -> tuple[Any, Any]:
    x = lift.operand(name, a)
    nans = u.isnan(x)
    return (u.where(nans, fill, x) if x.dtype in dtypes.FLOATS else x), nans


def nansum(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Array:
    """The sum of what is not nan.

    >>> rt.numpy.nansum(rt.numpy.array([2.0, rt.numpy.nan, 3.0]))
    Array(5., dtype=float32)
    """
    return sum(_without_nan("nansum", a, 0)[0], axis, dtype, out, keepdims, initial, where)


def nanprod(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Array:
    """The product of what is not nan.

    >>> rt.numpy.nanprod(rt.numpy.array([2.0, rt.numpy.nan, 3.0]))
    Array(6., dtype=float32)
    """
    return prod(_without_nan("nanprod", a, 1)[0], axis, dtype, out, keepdims, initial, where)


def _nan_extreme(name: str, fold: Any, a: Any, axis: Any, out: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    fill = -math.inf if fold is max else math.inf
    filled, nans = _without_nan(name, a, fill)
    best = fold(filled, axis, out, keepdims, initial, where)
    if filled.dtype not in dtypes.FLOATS or initial is not None:
        return best
    return u.where(all(nans, axis, keepdims=keepdims, where=where), math.nan, best)


def nanmax(
    a: ArrayLike,
    axis: Axis = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Array:
    """The greatest of what is not nan; nan where all is.

    >>> rt.numpy.nanmax(rt.numpy.array([2.0, rt.numpy.nan, 3.0]))
    Array(3., dtype=float32)
    """
    return _nan_extreme("nanmax", max, a, axis, out, keepdims, initial, where)


def nanmin(
    a: ArrayLike,
    axis: Axis = None,
    out: None = None,
    keepdims: bool = False,
    initial: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Array:
    """The least of what is not nan; nan where all is.

    >>> rt.numpy.nanmin(rt.numpy.array([2.0, rt.numpy.nan, 3.0]))
    Array(2., dtype=float32)
    """
    return _nan_extreme("nanmin", min, a, axis, out, keepdims, initial, where)


def _valid(a: Any, where: Any) -> tuple[Any, Any]:
    x = lift.operand("nanmean", a)
    valid = u.logical_not(u.isnan(x))
    return x, valid if where is None else u.logical_and(valid, where)


def nanmean(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    keepdims: bool = False,
    where: ArrayLike | None = None,
) -> Array:
    """The mean of what is not nan.

    >>> rt.numpy.nanmean(rt.numpy.array([2.0, rt.numpy.nan, 4.0]))
    Array(3., dtype=float32)
    """
    x, valid = _valid(a, where)
    return mean(x, axis, dtype, out, keepdims, where=valid)


def nanvar(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: ArrayLike | None = None,
    mean: ArrayLike | None = None,
) -> Array:
    """The variance of what is not nan.

    >>> rt.numpy.nanvar(rt.numpy.array([2.0, rt.numpy.nan, 4.0]))
    Array(1., dtype=float32)
    """
    x, valid = _valid(a, where)
    return var(x, axis, dtype, out, ddof, keepdims, where=valid, mean=mean)


def nanstd(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    out: None = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: ArrayLike | None = None,
    mean: ArrayLike | None = None,
) -> Array:
    """The standard deviation of what is not nan.

    >>> rt.numpy.nanstd(rt.numpy.array([2.0, rt.numpy.nan, 4.0]))
    Array(1., dtype=float32)
    """
    return u.sqrt(nanvar(a, axis, dtype, out, ddof, keepdims, where, mean))


def _nan_place(name: str, place: Any, fill: float, a: Any, axis: Any, out: Any, keepdims: bool | None) -> Any:
    filled, nans = _without_nan(name, a, fill)
    found = place(filled, axis, out, keepdims)
    return u.where(all(nans, axis, keepdims=bool(keepdims)), -1, found)


def nanargmax(a: ArrayLike, axis: Axis = None, out: None = None, keepdims: bool | None = None) -> Array:
    """The place of the greatest that is not nan; -1 where all is.

    >>> rt.numpy.nanargmax(rt.numpy.array([rt.numpy.nan, 1.0, 3.0]))
    Array(2, dtype=int32)
    """
    return _nan_place("nanargmax", argmax, -math.inf, a, axis, out, keepdims)


def nanargmin(a: ArrayLike, axis: Axis = None, out: None = None, keepdims: bool | None = None) -> Array:
    """The place of the least that is not nan; -1 where all is.

    >>> rt.numpy.nanargmin(rt.numpy.array([rt.numpy.nan, 1.0, 3.0]))
    Array(1, dtype=int32)
    """
    return _nan_place("nanargmin", argmin, math.inf, a, axis, out, keepdims)


def nancumsum(a: ArrayLike, axis: Axis = None, dtype: DTypeLike | None = None, out: None = None) -> Array:
    """The running sum of what is not nan.

    >>> rt.numpy.nancumsum(rt.numpy.array([2.0, rt.numpy.nan, 3.0]))
    Array([2., 2., 5.], dtype=float32)
    """
    return cumsum(_without_nan("nancumsum", a, 0)[0], axis, dtype, out)


def nancumprod(a: ArrayLike, axis: Axis = None, dtype: DTypeLike | None = None, out: None = None) -> Array:
    """The running product of what is not nan.

    >>> rt.numpy.nancumprod(rt.numpy.array([2.0, rt.numpy.nan, 3.0]))
    Array([2., 2., 6.], dtype=float32)
    """
    return cumprod(_without_nan("nancumprod", a, 1)[0], axis, dtype, out)


_QUICK = ("sum", "prod", "max", "min", "mean", "var", "std", "all", "any", "argmax", "argmin")
quick.shorten(globals(), _QUICK, quick.first)
