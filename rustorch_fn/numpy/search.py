"""Sorting, searching, counting, and sets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import index as as_index
from typing import Any, overload

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import arrange, lift, shaping
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.numpy import reductions as r
from rustorch_fn.numpy import ufuncs as u
from rustorch_fn.numpy.creation import index_grid
from rustorch_fn.numpy.indexing import take, update
from rustorch_fn.numpy.shapes import concatenate, moveaxis, ravel, stack
from rustorch_fn.typing import Array, ArrayLike, DTypeLike


def _flat(name: str, a: Any, axis: Any) -> tuple[Any, int]:
    """An array and an axis of it: all elements in a row where axis is None."""
    x = lift.operand(name, a)
    return (ravel(x), 0) if axis is None else (x, lift.axis_of(name, axis, x.ndim))


def _check_kind(name: str, kind: Any, order: Any) -> None:
    if order is not None:
        raise errors.BadArgument(name, "order", order, "None: arrays have no fields,")


def sort(
    a: ArrayLike,
    axis: int | None = -1,
    *,
    kind: Any = None,
    order: None = None,
    stable: bool = True,
    descending: bool = False,
) -> Array:
    """Sorted along an axis; nan comes last, or first where `descending`.

    >>> rt.numpy.sort(rt.numpy.array([[3, 1, 2], [9, 7, 8]]))
    Array([[1, 2, 3],
           [7, 8, 9]], dtype=int32)
    >>> rt.numpy.sort(rt.numpy.array([3, 1, 2]), descending=True)
    Array([3, 2, 1], dtype=int32)
    """
    _check_kind("sort", kind, order)
    x, k = _flat("sort", a, axis)
    y = arrange.sort(x, k, stable)
    return arrange.rev(y, (k,)) if descending else y


def sort_complex(a: ArrayLike) -> Array:
    """The elements as complex numbers, sorted along the last axis by real parts, then by imaginary ones.

    >>> rt.numpy.sort_complex(rt.numpy.array([3, 1 + 2j, 1]))
    Array([1.+0.j, 1.+2.j, 3.+0.j], dtype=complex64)
    """
    x = lift.operand("sort_complex", a)
    return sort(lift.convert(x, dtypes.whole(x.dtype)))


def argsort(
    a: ArrayLike,
    axis: int | None = -1,
    *,
    kind: Any = None,
    order: None = None,
    stable: bool = True,
    descending: bool = False,
    dtype: DTypeLike | None = None,
) -> Array:
    """The indices that sort along an axis; equals keep their order.

    >>> rt.numpy.argsort(rt.numpy.array([3, 1, 2]))
    Array([1, 2, 0], dtype=int32)
    """
    _check_kind("argsort", kind, order)
    x, k = _flat("argsort", a, axis)
    places: Any = shaping.iota(shape=x.shape, dtype=dtypes.asdtype(dtype or int), axis=k)
    if descending:
        # the reversed array sorted and read backwards keeps equals in order
        x, places = arrange.rev(x, (k,)), arrange.rev(places, (k,))
        return arrange.rev(arrange.sort((x, places), k, stable)[1], (k,))
    return arrange.sort((x, places), k, stable)[1]


def lexsort(keys: Any, axis: int = -1) -> Array:
    """The indices that sort by several keys, the last of them first.

    >>> rt.numpy.lexsort((rt.numpy.array([3, 1, 2]), rt.numpy.array([0, 1, 0])))
    Array([2, 0, 1], dtype=int32)
    """
    rows = (
        list(arrange.unstack(keys))
        if isinstance(keys, lift.Value | np.ndarray)
        else [lift.operand("lexsort", k) for k in keys]
    )
    k = lift.axis_of("lexsort", axis, rows[0].ndim)
    places = index_grid(rows[0].shape, k)
    return arrange.sort((*rows[::-1], places), k, num_keys=len(rows))[-1]


def partition(a: ArrayLike, kth: int, axis: int = -1) -> Array:
    """Sorted along an axis, which is one of the orders that a partition allows.

    >>> rt.numpy.partition(rt.numpy.array([3, 1, 2]), 0)[0]
    Array(1, dtype=int32)
    """
    _check_kth("partition", a, kth, axis)
    return sort(a, axis)


def argpartition(a: ArrayLike, kth: int, axis: int = -1) -> Array:
    """The indices that sort along an axis, which is one of the orders that a partition allows.

    >>> rt.numpy.argpartition(rt.numpy.array([3, 1, 2]), 0)[0]
    Array(1, dtype=int32)
    """
    _check_kth("argpartition", a, kth, axis)
    return argsort(a, axis)


def _check_kth(name: str, a: Any, kth: Any, axis: Any) -> None:
    """Raise where the axis has no element kth."""
    x = lift.operand(name, a)
    n, k = x.shape[lift.axis_of(name, axis, x.ndim)], as_index(kth)
    if not -n <= k < n:
        raise errors.BadArgument(name, "kth", kth, f"A number from {-n} to {n - 1}")


def searchsorted(
    a: ArrayLike, v: ArrayLike, side: str = "left", sorter: ArrayLike | None = None, *, method: str = "scan"
) -> Array:
    """Where v would go into the sorted array a: before equals ("left") or after them ("right").

    >>> rt.numpy.searchsorted(rt.numpy.array([10, 20, 30]), rt.numpy.array([5, 20, 99]))
    Array([0, 1, 3], dtype=int32)
    """
    if side not in ("left", "right"):
        raise errors.BadArgument("searchsorted", "side", side, "'left' or 'right'")
    x, y = lift.common("searchsorted", a, v)
    if x.ndim != 1:
        raise errors.ShapeError(
            "searchsorted: a is a vector",
            got=x.aval,
            hint="For rows of vectors, map it: rt.vmap(rt.numpy.searchsorted).",
        )
    if sorter is not None:
        x = take(x, sorter)
    below = _before if side == "left" else _before_or_equal
    # bisection: after k halvings the range has at most n / 2**k elements
    low, high = lift.full(y.shape, 0, dtypes.int32), lift.full(y.shape, x.size, dtypes.int32)
    for _ in range(math.ceil(math.log2(x.size + 1)) if x.size else 0):
        middle = ew.shift_right_logical(ew.add(low, high), u.like(low, 1))
        inside = ew.lt(low, high)
        go = ew.and_(below(take(x, middle, mode="clip"), y), inside)
        low = ew.select(go, ew.add(middle, u.like(low, 1)), low)
        high = ew.select(ew.and_(ew.not_(go), inside), middle, high)
    return low


def _before(x: Any, y: Any) -> Any:
    return ew.or_(u.less(x, y), ew.and_(u.isnan(y), ew.not_(u.isnan(x))))


def _before_or_equal(x: Any, y: Any) -> Any:
    return ew.or_(u.less_equal(x, y), u.isnan(y))


def digitize(x: ArrayLike, bins: Any, right: bool = False, *, method: Any = None) -> Array:
    """Which bin each element falls in, for rising or falling edges.

    >>> rt.numpy.digitize(rt.numpy.array([0.5, 1.5, 9.0]), rt.numpy.array([1.0, 2.0]))
    Array([0, 1, 2], dtype=int32)
    """
    edges = lift.operand("digitize", bins)
    side = "right" if not right else "left"
    if not edges.size:
        return u.like(lift.convert(lift.operand("digitize", x), dtypes.int32), 0)
    rising = searchsorted(edges, x, side)
    falling = u.subtract(edges.size, searchsorted(arrange.rev(edges, (0,)), x, "left" if not right else "right"))
    return u.where(u.greater_equal(edges[-1], edges[0]), rising, falling)


# --- places that hold ---


def nonzero(a: ArrayLike, *, size: int | None = None, fill_value: ArrayLike | None = None) -> tuple[Array, ...]:
    """The indices of elements that are not zero; under jit, give their number as `size`.

    Under jit it needs `size`, as shapes cannot depend on values; without it, NonConcreteIndex.

    >>> rt.numpy.nonzero(rt.numpy.array([[0, 5], [6, 0]]))
    (Array([0, 1], dtype=int32), Array([1, 0], dtype=int32))
    >>> rt.numpy.nonzero(rt.numpy.array([0, 5]), size=2, fill_value=-1)
    (Array([ 1, -1], dtype=int32),)
    """
    x = lift.operand("nonzero", a)
    if x.ndim == 0:
        raise errors.ShapeError("nonzero: a scalar has no axes", got=x.aval, hint="rt.numpy.atleast_1d gives it one.")
    if size is None:
        if lift.is_traced(x):
            raise errors.NonConcreteIndex("how many elements are not zero is not known while tracing", x.aval,
                                          "Give size=, or use rt.numpy.where(mask, x, other).")  # fmt: skip
        return tuple(lift.constant(p, dtypes.int32) for p in np.nonzero(lift.concrete(x)))
    mask = ravel(u.truth("nonzero", x))
    fills = fill_value if isinstance(fill_value, tuple) else (fill_value,) * x.ndim
    if len(fills) != x.ndim:
        raise errors.BadArgument("nonzero", "fill_value", fill_value, f"One number, or a tuple of {x.ndim},")
    if not x.size:
        fills = (0,) * x.ndim  # as JAX has it: a place within no elements is 0
    places = _first_places(mask, size)
    found = ew.lt(index_grid((size,), 0), lift.broadcast_to(r.sum(mask), (size,)))
    out, step = [], 1
    for n, fill in zip(reversed(x.shape), reversed(fills), strict=True):
        place = u.remainder(u.floor_divide(places, step), n) if n else places
        out.append(u.where(found, place, 0 if fill is None else fill))
        step *= n
    return tuple(lift.convert(p, dtypes.int32) for p in reversed(out))


def _first_places(mask: Any, size: int) -> Any:
    """The indices of the first `size` true elements; beyond them, 0."""
    if not mask.size:
        return lift.full((size,), 0, dtypes.int32)
    ends = r.cumsum(mask, dtype=dtypes.int32)
    places = searchsorted(ends, ew.add(index_grid((size,), 0), lift.full((size,), 1, dtypes.int32)))
    return ew.min(places, u.like(places, mask.size - 1))


@overload
def where(
    condition: ArrayLike, /, *, size: int | None = None, fill_value: ArrayLike | None = None
) -> tuple[Array, ...]: ...
@overload
def where(
    condition: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    /,
    *,
    size: int | None = None,
    fill_value: ArrayLike | None = None,
) -> Array: ...
def where(
    condition: ArrayLike,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    /,
    *,
    size: int | None = None,
    fill_value: ArrayLike | None = None,
) -> Array | tuple[Array, ...]:
    """x where condition, else y; the condition alone gives the indices where it holds.

    >>> rt.numpy.where(rt.numpy.array([True, False]), rt.numpy.array([1, 2]), 0)
    Array([1, 0], dtype=int32)
    >>> rt.numpy.where(rt.numpy.array([0, 5, 6]))
    (Array([1, 2], dtype=int32),)
    """
    if x is None and y is None:
        return nonzero(condition, size=size, fill_value=fill_value)
    if x is None or y is None:
        raise errors.BadArgument("where", "x, y", (x, y), "Both, or neither,")
    return u.where(condition, x, y)


def flatnonzero(a: ArrayLike, *, size: int | None = None, fill_value: ArrayLike | None = None) -> Array:
    """The indices of elements that are not zero, in a row.

    >>> rt.numpy.flatnonzero(rt.numpy.array([[0, 5], [6, 0]]))
    Array([1, 2], dtype=int32)
    """
    return nonzero(ravel(a), size=size, fill_value=fill_value)[0]


def argwhere(a: ArrayLike, *, size: int | None = None, fill_value: ArrayLike | None = None) -> Array:
    """The indices of elements that are not zero, one a row.

    >>> rt.numpy.argwhere(rt.numpy.array([[0, 5], [6, 0]]))
    Array([[0, 1],
           [1, 0]], dtype=int32)
    """
    x = lift.operand("argwhere", a)
    found = nonzero(x if x.ndim else ravel(x), size=size, fill_value=fill_value)
    return stack(found, 1) if x.ndim else lift.full((found[0].size, 0), 0, dtypes.int32)


def extract(condition: ArrayLike, arr: ArrayLike, *, size: int | None = None, fill_value: ArrayLike = 0) -> Array:
    """The elements where a condition holds.

    >>> x = rt.numpy.array([1, 2, 3, 4])
    >>> rt.numpy.extract(x % 2 == 0, x)
    Array([2, 4], dtype=int32)
    """
    return compress(ravel(condition), ravel(arr), size=size, fill_value=fill_value)


def compress(
    condition: ArrayLike | Sequence[Any],
    a: ArrayLike,
    axis: int | None = None,
    *,
    size: int | None = None,
    fill_value: ArrayLike = 0,
    out: None = None,
) -> Array:
    """The rows along an axis where a condition holds.

    >>> rt.numpy.compress(rt.numpy.array([True, False, True]), rt.numpy.array([1, 2, 3]))
    Array([1, 3], dtype=int32)
    """
    u.refuse_out("compress", out)
    x, k = _flat("compress", a, axis)
    mask = lift.asarray(condition)
    if mask.ndim != 1:
        raise errors.ShapeError("compress: the condition needs one axis", got=mask.aval, hint="Use rt.numpy.extract.")
    if not mask.size:
        mask = lift.full((1,), False, dtypes.bool_)
    places = nonzero(mask, size=size, fill_value=x.shape[k])[0]
    return take(x, places, k, mode="fill" if size is not None else None, fill_value=fill_value)


# --- sets ---


def unique(
    ar: ArrayLike,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    size: int | None = None,
    fill_value: ArrayLike | None = None,
    sorted: bool = True,
) -> Any:
    """The different elements in order, cut or filled up to `size` where that is given, as it has to be under jit.

    With an axis, the different slices along it. They are sorted whatever `sorted` says. With the flags also: where each
    first occurs, which of them each element is, how often each occurs.

    Without `size` not for traced arrays, as how many elements differ depends on values: NonConcreteIndex.

    >>> rt.numpy.unique(rt.numpy.array([3, 1, 3]), return_counts=True)
    (Array([1, 3], dtype=int32), Array([1, 2], dtype=int32))
    """
    x = lift.operand("unique", ar)
    axis = axis if axis is None else lift.axis_of("unique", axis, x.ndim)
    if size is not None and x.size:
        flags = (return_index, return_inverse, return_counts)
        return _unique_of_size(x, axis, lift.shape_of("unique", size)[0], fill_value, equal_nan, flags)
    if lift.is_traced(x):
        raise errors.NonConcreteIndex("how many elements differ is not known while tracing", x.aval,
                                      "Give size=, or call unique outside of jit.")  # fmt: skip
    unique_of: Any = np.unique  # its overloads know literal flags only
    found = unique_of(lift.concrete(x), return_index, return_inverse, return_counts, axis, equal_nan=equal_nan)
    values, *more = found if isinstance(found, tuple) else (found,)
    k = 0 if axis is None else lift.axis_of("unique", axis, x.ndim)
    out = [lift.constant(_sized(values, k, size, fill_value), x.dtype)]
    for extra, wanted in zip(more, [f for f in (return_index, return_inverse, return_counts) if f], strict=True):
        out.append(lift.constant(extra, dtypes.int32) if wanted else extra)
    if return_counts and size is not None:
        out[-1] = lift.constant(_sized(np.asarray(more[-1]), 0, size, 0), dtypes.int32)
    return out[0] if len(out) == 1 else tuple(out)


def _unique_of_size(
    x: Any, axis: int | None, size: int, fill: Any, equal_nan: bool, flags: tuple[bool, bool, bool]
) -> Any:
    """unique where the number of results is given: by one sort, as under jit."""
    rows = ravel(x) if axis is None else moveaxis(x, axis, 0)
    count = rows.shape[0]
    keys = arrange.reshape(rows, (count, rows.size // count))
    order = lexsort(arrange.transpose(keys[:, ::-1], (1, 0)))
    ranked = take(rows, order, 0)
    later, sooner = ranked[1:], ranked[:-1]
    differ = ew.ne(later, sooner)
    if equal_nan:
        differ = ew.and_(differ, ew.not_(ew.and_(ew.ne(later, later), ew.ne(sooner, sooner))))
    differ = r.any(differ, tuple(range(1, rows.ndim)))
    first = concatenate([lift.full((1,), True, dtypes.bool_), differ])
    (begins,) = nonzero(first, size=size + 1, fill_value=0)
    places = begins[:size]
    found = ew.lt(index_grid((size,), 0), lift.broadcast_to(r.sum(first), (size,)))
    here = arrange.reshape(found, (size, *(1 for _ in rows.shape[1:])))
    values = u.where(here, take(ranked, places, 0), ranked[0] if fill is None else lift.asarray(fill, x.dtype))
    out = [values if axis is None else moveaxis(values, 0, axis)]
    if flags[0]:
        out.append(take(order, places))
    if flags[1]:
        rank = ew.sub(r.cumsum(first), lift.full((count,), 1, dtypes.int32))
        out.append(take(rank, argsort(order)).reshape(x.shape if axis is None else (count,)))
    if flags[2]:
        ends = begins[1:]
        out.append(u.subtract(u.where(ew.eq(ends, u.like(ends, 0)), count, ends),
                              u.where(found, places, count)))  # fmt: skip
    return out[0] if len(out) == 1 else tuple(out)


def _sized(values: np.ndarray, axis: int, size: int | None, fill: Any) -> np.ndarray:
    """Cut or filled up along an axis; the first value fills unless told otherwise."""
    if size is None:
        return values
    rest = size - values.shape[axis]
    if rest <= 0:
        return np.take(values, range(size), axis)
    filler = np.take(values, [0] * rest, axis) if fill is None else np.full(
        (*values.shape[:axis], rest, *values.shape[axis + 1 :]), fill, values.dtype)  # fmt: skip
    return np.concatenate([values, filler], axis)


def unique_values(x: ArrayLike, /, *, size: int | None = None, fill_value: ArrayLike | None = None) -> Array:
    """The different elements in order.

    >>> rt.numpy.unique_values(rt.numpy.array([3, 1, 3]))
    Array([1, 3], dtype=int32)
    """
    return unique(x, equal_nan=False, size=size, fill_value=fill_value)


def union1d(ar1: ArrayLike, ar2: ArrayLike, *, size: int | None = None, fill_value: ArrayLike | None = None) -> Array:
    """The elements that are in one at least.

    >>> rt.numpy.union1d(rt.numpy.array([1, 3]), rt.numpy.array([2, 3]))
    Array([1, 2, 3], dtype=int32)
    """
    return unique(concatenate([ravel(ar1), ravel(ar2)]), size=size, fill_value=fill_value)


def intersect1d(
    ar1: ArrayLike,
    ar2: ArrayLike,
    assume_unique: bool = False,
    return_indices: bool = False,
    *,
    size: int | None = None,
    fill_value: ArrayLike | None = None,
) -> Any:
    """The elements that are in both, cut or filled up to `size` where that is given, as it has to be under jit.

    With `return_indices` also where each is first in the first array and in the second; beyond what was found these
    are the arrays' sizes.

    >>> rt.numpy.intersect1d(rt.numpy.array([1, 2, 3]), rt.numpy.array([3, 4, 1]))
    Array([1, 3], dtype=int32)
    >>> rt.numpy.intersect1d(rt.numpy.array([1, 2, 3]), rt.numpy.array([3, 4, 1]), size=3, fill_value=0)
    Array([1, 3, 0], dtype=int32)
    """
    if size is None:
        return _on_host("intersect1d", np.intersect1d, ar1, ar2, assume_unique, return_indices)
    x, y = lift.common("intersect1d", ravel(ar1), ravel(ar2))
    order = argsort(x)
    ranked = take(x, order) if x.size else x
    mask = ew.and_(_firsts(ranked), isin(ranked, y))
    values = _picked(ranked, mask, size, fill_value)
    if not return_indices:
        return values
    places = _picked(order, mask, size, x.size)
    found = ew.lt(index_grid((size,), 0), lift.broadcast_to(r.sum(mask), (size,)))
    others = argsort(y)
    others = take(others, searchsorted(take(y, others), values), mode="clip") if y.size else u.like(places, 0)
    return values, places, u.where(found, others, y.size)


def setdiff1d(
    ar1: ArrayLike,
    ar2: ArrayLike,
    assume_unique: bool = False,
    *,
    size: int | None = None,
    fill_value: ArrayLike | None = None,
) -> Array:
    """The elements of the first that are not in the second, cut or filled (with 0) up to `size`, if that is given.

    >>> rt.numpy.setdiff1d(rt.numpy.array([1, 2, 3]), rt.numpy.array([3]))
    Array([1, 2], dtype=int32)
    >>> rt.numpy.setdiff1d(rt.numpy.array([1, 2, 3]), rt.numpy.array([3]), size=3)
    Array([1, 2, 0], dtype=int32)
    """
    kept = lift.operand("setdiff1d", ar1)
    if size is None:
        return lift.convert(_on_host("setdiff1d", np.setdiff1d, ar1, ar2, assume_unique), kept.dtype)
    values = ravel(kept) if assume_unique else sort(ravel(kept))
    mask = isin(values, ar2, invert=True)
    mask = mask if assume_unique else ew.and_(_firsts(values), mask)
    return _picked(values, mask, size, 0 if fill_value is None else fill_value)


def setxor1d(
    ar1: ArrayLike,
    ar2: ArrayLike,
    assume_unique: bool = False,
    *,
    size: int | None = None,
    fill_value: ArrayLike | None = None,
) -> Array:
    """The elements that are in exactly one, cut or filled (with the least of them) up to `size`, if that is given.

    >>> rt.numpy.setxor1d(rt.numpy.array([1, 2, 3]), rt.numpy.array([3, 4]))
    Array([1, 2, 4], dtype=int32)
    >>> rt.numpy.setxor1d(rt.numpy.array([1, 2, 3]), rt.numpy.array([3, 4]), size=2)
    Array([1, 2], dtype=int32)
    """
    if size is None:
        return _on_host("setxor1d", np.setxor1d, ar1, ar2, assume_unique)
    x, y = (sort(v) for v in lift.common("setxor1d", ravel(ar1), ravel(ar2)))
    alone = [ew.and_(_firsts(a), isin(a, b, invert=True)) for a, b in ((x, y), (y, x))]
    both = concatenate([x, y])
    order = argsort(both)
    ranked, mask = (take(v, order) if both.size else v for v in (both, concatenate(alone)))
    return _picked(ranked, mask, size, fill_value)


def _firsts(ranked: Any) -> Any:
    """Where in sorted values each value is for the first time; nan is one value."""
    later, sooner = ranked[1:], ranked[:-1]
    nans = ew.and_(ew.ne(later, later), ew.ne(sooner, sooner))
    differ = ew.and_(ew.ne(later, sooner), ew.not_(nans))
    return concatenate([lift.full((min(1, ranked.size),), True, dtypes.bool_), differ])


def _picked(values: Any, mask: Any, size: int, fill: Any) -> Any:
    """The values where a mask holds, cut or filled up to `size`: with the first of them where `fill` is None."""
    if not values.size:
        return lift.full((size,), 0 if fill is None else fill, values.dtype)
    (places,) = nonzero(mask, size=size, fill_value=0)
    found = ew.lt(index_grid((size,), 0), lift.broadcast_to(r.sum(mask), (size,)))
    taken = take(values, places)
    fill = u.where(found[:1], taken[:1], u.like(taken[:1], 0)) if fill is None else lift.asarray(fill, values.dtype)
    return u.where(found, taken, fill)


def _on_host(name: str, function: Any, ar1: Any, ar2: Any, *options: Any) -> Any:
    x, y = lift.common(name, ar1, ar2)
    for v in (x, y):
        if lift.is_traced(v):
            raise errors.NonConcreteIndex(f"the size of {name}'s result is not known while tracing", v.aval,
                                          f"Call {name} outside of jit.")  # fmt: skip
    found = function(lift.concrete(x), lift.concrete(y), *options)
    if isinstance(found, tuple):
        return lift.constant(found[0], x.dtype), *(lift.constant(f, dtypes.int32) for f in found[1:])
    return lift.constant(found, x.dtype)


def isin(
    element: ArrayLike,
    test_elements: ArrayLike,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    method: str = "auto",
) -> Array:
    """Whether each element is among the tested ones.

    >>> rt.numpy.isin(rt.numpy.array([1, 2, 3]), rt.numpy.array([3, 1]))
    Array([ True, False,  True], dtype=bool)
    """
    x, y = lift.common("isin", element, test_elements)
    y = sort(ravel(y))
    if not y.size:
        return lift.full(x.shape, invert, dtypes.bool_)
    near = take(y, u.minimum(searchsorted(y, x), y.size - 1), mode="clip")
    found = ew.eq(near, x)
    return ew.not_(found) if invert else found


# --- equality of whole arrays ---


def allclose(
    a: ArrayLike, b: ArrayLike, rtol: ArrayLike = 1e-05, atol: ArrayLike = 1e-08, equal_nan: bool = False
) -> Array:
    """Whether |a - b| ≤ atol + rtol |b| everywhere.

    >>> rt.numpy.allclose(rt.numpy.array([1.0, 2.0]), rt.numpy.array([1.0, 2.0 + 1e-6]))
    Array(True, dtype=bool)
    """
    return r.all(u.isclose(a, b, rtol, atol, equal_nan))


def array_equal(a1: ArrayLike | Sequence[Any], a2: ArrayLike | Sequence[Any], equal_nan: bool = False) -> Array:
    """Whether shapes and all elements are equal.

    >>> rt.numpy.array_equal(rt.numpy.array([1, 2]), rt.numpy.array([1, 2]))
    Array(True, dtype=bool)
    """
    x, y = lift.common("array_equal", lift.asarray(a1), lift.asarray(a2))
    if x.shape != y.shape:
        return lift.constant(False, dtypes.bool_)
    same = ew.eq(x, y)
    return r.all(ew.or_(same, ew.and_(u.isnan(x), u.isnan(y))) if equal_nan else same)


def array_equiv(a1: ArrayLike | Sequence[Any], a2: ArrayLike | Sequence[Any]) -> Array:
    """Whether the arrays broadcast, and then are equal.

    >>> rt.numpy.array_equiv(rt.numpy.array([1, 1]), rt.numpy.array([[1, 1], [1, 1]]))
    Array(True, dtype=bool)
    """
    x, y = lift.common("array_equiv", lift.asarray(a1), lift.asarray(a2))
    try:
        x, y = lift.spread("array_equiv", x, y)
    except errors.ShapeError:
        return lift.constant(False, dtypes.bool_)
    return r.all(ew.eq(x, y))


# --- counting ---


def bincount(x: ArrayLike, weights: ArrayLike | None = None, minlength: int = 0, *, length: int | None = None) -> Array:
    """How often each integer from 0 occurs, or the sum of its weights; give `length` under jit.

    >>> rt.numpy.bincount(rt.numpy.array([0, 2, 2]), length=4)
    Array([1, 0, 2, 0], dtype=int32)
    """
    places = lift.operand("bincount", x)
    if places.dtype not in dtypes.INTS or places.ndim != 1:
        raise errors.DtypeError(
            "bincount: a vector of integers is needed", got=places.aval, hint="x.ravel().astype(int) makes one."
        )
    if length is None:
        top = int(lift.concrete(places).max()) + 1 if places.size else 0
        length = max(minlength, top, 1 if not places.size and not minlength else 0)
        length = max(length, 0)
    if weights is None:
        weights = lift.full(places.shape, 1, dtypes.int32)
    w = lift.operand("bincount", weights)
    return update(lift.full((length,), 0, w.dtype), u.clip(places, 0, None), "add", w, "drop")


def diff(
    a: ArrayLike, n: int = 1, axis: int = -1, prepend: ArrayLike | None = None, append: ArrayLike | None = None
) -> Array:
    """Differences of neighbours along an axis, n times.

    >>> rt.numpy.diff(rt.numpy.array([1, 4, 9]))
    Array([3, 5], dtype=int32)
    """
    x = lift.operand("diff", a)
    if x.ndim == 0:
        raise errors.ShapeError("diff: a scalar has no neighbours", got=x.aval)
    if n < 0:
        raise errors.BadArgument("diff", "n", n, "A number of at least 0")
    k = lift.axis_of("diff", axis, x.ndim)
    if n == 0:
        return x
    ends: list[Any] = []
    for end in (prepend, append):
        if end is None:
            ends.append([])
            continue
        e = lift.operand("diff", end)
        ends.append(
            [lift.broadcast_to(e, tuple(1 if j == k else m for j, m in enumerate(x.shape))) if e.ndim == 0 else e]
        )
    x = concatenate([*ends[0], x, *ends[1]], k) if prepend is not None or append is not None else x
    for _ in range(min(n, x.shape[k])):  # after that, nothing is left
        size = x.shape[k]
        later, sooner = (
            arrange.slice_in_dim(x, min(1, size), size, axis=k),
            arrange.slice_in_dim(x, 0, max(size - 1, 0), axis=k),
        )
        x = ew.ne(later, sooner) if x.dtype == dtypes.bool_ else ew.sub(later, sooner)
    return x
