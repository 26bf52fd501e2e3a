"""Shapes: reshaping, joining, splitting, repeating, moving axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import index as as_index
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import access, arrange, lift
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.numpy import reductions
from rustorch_fn.numpy import ufuncs as u
from rustorch_fn.numpy.creation import index_grid, linspace
from rustorch_fn.numpy.indexing import take
from rustorch_fn.typing import Array, ArrayLike, Axis, DTypeLike, Shape


def _size(op: str, x: Any, shape: Any) -> tuple[int, ...]:
    """A shape argument in which one size may be -1: what is left over."""
    given = [as_index(n) for n in shape] if isinstance(shape, list | tuple | np.ndarray) else [as_index(shape)]
    if given.count(-1) == 1:
        rest = math.prod(n for n in given if n != -1)
        given[given.index(-1)] = x.size // rest if rest else 0
    if any(n < 0 for n in given) or math.prod(given) != x.size:
        raise errors.ShapeError(f"{op}: the numbers of elements differ", got=f"{x.aval!r} to {tuple(given)}",
                                hint=f"Sizes whose product is {x.size} would work; one may be -1.")  # fmt: skip
    return tuple(given)


def reshape(a: ArrayLike, shape: int | Shape, order: str = "C", *, copy: bool | None = None) -> Array:
    """The elements in row-major (or column-major, "F") order under another shape.

    One size may be -1, for what is left. Raises ShapeError where the sizes do not hold all elements.

    >>> rt.numpy.reshape(rt.numpy.arange(6), (2, -1))
    Array([[0, 1, 2],
           [3, 4, 5]], dtype=int32)
    """
    x = lift.operand("reshape", a)
    size = _size("reshape", x, shape)
    if order == "F":
        turned = arrange.transpose(x, range(x.ndim)[::-1])
        return arrange.transpose(arrange.reshape(turned, size[::-1]), range(len(size))[::-1])
    if order != "C":
        raise errors.BadArgument("reshape", "order", order, "'C' or 'F'")
    return arrange.reshape(x, size)


def ravel(a: ArrayLike, order: str = "C") -> Array:
    """All elements along one axis.

    >>> rt.numpy.ravel(rt.numpy.array([[1, 2], [3, 4]]))
    Array([1, 2, 3, 4], dtype=int32)
    """
    return reshape(a, (-1,), order) if lift.size_of(lift.shape_of_value(a)) else reshape(a, (0,))


def transpose(a: ArrayLike, axes: Sequence[int] | None = None) -> Array:
    """Axis k of the result is axis axes[k] of a; without `axes`, the order of axes is reversed.

    >>> rt.numpy.transpose(rt.numpy.ones((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    x = lift.operand("transpose", a)
    perm = range(x.ndim)[::-1] if axes is None else [lift.axis_of("transpose", k, x.ndim) for k in axes]
    return arrange.transpose(x, perm)


permute_dims = transpose


def matrix_transpose(x: ArrayLike, /) -> Array:
    """The last two axes swapped.

    >>> rt.numpy.matrix_transpose(rt.numpy.ones((5, 2, 3))).shape
    (5, 3, 2)
    """
    x = lift.operand("matrix_transpose", x)
    if x.ndim < 2:
        raise errors.ShapeError(
            "matrix_transpose: an array with at least 2 axes is needed",
            got=x.aval,
            hint="x[None] makes a row of a vector.",
        )
    return swapaxes(x, -1, -2)


def swapaxes(a: ArrayLike, axis1: int, axis2: int) -> Array:
    """Two axes swapped.

    >>> rt.numpy.swapaxes(rt.numpy.ones((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    x = lift.operand("swapaxes", a)
    perm = list(range(x.ndim))
    p, q = lift.axis_of("swapaxes", axis1, x.ndim), lift.axis_of("swapaxes", axis2, x.ndim)
    perm[p], perm[q] = q, p
    return arrange.transpose(x, perm)


def moveaxis(a: ArrayLike, source: int | Sequence[int], destination: int | Sequence[int]) -> Array:
    """Axes moved to other places, the rest in order.

    >>> rt.numpy.moveaxis(rt.numpy.ones((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    x = lift.operand("moveaxis", a)
    come = [lift.axis_of("moveaxis", k, x.ndim) for k in (source if isinstance(source, list | tuple) else (source,))]
    go = [
        lift.axis_of("moveaxis", k, x.ndim)
        for k in (destination if isinstance(destination, list | tuple) else (destination,))
    ]
    if len(come) != len(go) or len(set(come)) < len(come) or len(set(go)) < len(go):
        raise errors.AxisError(
            "moveaxis: source and destination do not pair up",
            got=f"{source} to {destination}",
            hint="Both name as many axes, each once.",
        )
    perm = [k for k in range(x.ndim) if k not in come]
    for to, k in sorted(zip(go, come, strict=True)):
        perm.insert(to, k)
    return arrange.transpose(x, perm)


def rollaxis(a: ArrayLike, axis: int, start: int = 0) -> Array:
    """One axis moved back until it stands at `start`.

    >>> rt.numpy.rollaxis(rt.numpy.ones((2, 3, 4)), 2).shape
    (4, 2, 3)
    """
    x = lift.operand("rollaxis", a)
    k = lift.axis_of("rollaxis", axis, x.ndim)
    to = start + x.ndim if start < 0 else start
    return moveaxis(x, k, to - 1 if k < to else to)


def expand_dims(a: ArrayLike, axis: int | Sequence[int]) -> Array:
    """With new axes of size 1 at these places of the result.

    >>> rt.numpy.expand_dims(rt.numpy.array([1, 2]), 0)
    Array([[1, 2]], dtype=int32)
    """
    return arrange.expand_dims(a, axis)


def squeeze(a: ArrayLike, axis: Axis = None) -> Array:
    """Without axes of size 1: all of them, or those that are named.

    Raises ShapeError for an axis of another size than 1.

    >>> rt.numpy.squeeze(rt.numpy.ones((1, 3, 1))).shape
    (3,)
    """
    x = lift.operand("squeeze", a)
    if axis is None:
        return arrange.reshape(x, tuple(n for n in x.shape if n != 1))
    return arrange.squeeze(x, axis)


def broadcast_to(array: ArrayLike, shape: int | Shape) -> Array:
    """The array repeated to this shape by NumPy's rules.

    Raises ShapeError where an axis is neither 1 nor of the size that is wanted.

    >>> rt.numpy.broadcast_to(rt.numpy.array([1, 2]), (2, 2))
    Array([[1, 2],
           [1, 2]], dtype=int32)
    """
    return lift.broadcast_to(lift.operand("broadcast_to", array), lift.shape_of("broadcast_to", shape))


def broadcast_arrays(*args: ArrayLike) -> list[Array]:
    """The arrays repeated to their common shape.

    >>> x, y = rt.numpy.broadcast_arrays(rt.numpy.array([1, 2]), rt.numpy.array([[3], [4]]))
    >>> y
    Array([[3, 3],
           [4, 4]], dtype=int32)
    """
    return lift.spread("broadcast_arrays", *(lift.operand("broadcast_arrays", a) for a in args)) if args else []


def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """The shape that broadcasting gives.

    >>> broadcast_shapes((3, 1), (4,))
    (3, 4)
    """
    return lift.broadcast_shapes(*(lift.shape_of("broadcast_shapes", s) for s in shapes))


def atleast_1d(*arys: ArrayLike) -> Any:
    """With at least one axis.

    >>> rt.numpy.atleast_1d(3.0)
    Array([3.], dtype=float32, weak_type=True)
    """
    return _at_least("atleast_1d", arys, lambda x: arrange.reshape(x, (1,)) if x.ndim == 0 else x)


def atleast_2d(*arys: ArrayLike) -> Any:
    """With at least two axes; new ones lead.

    >>> rt.numpy.atleast_2d(rt.numpy.array([1, 2]))
    Array([[1, 2]], dtype=int32)
    """
    return _at_least(
        "atleast_2d", arys, lambda x: arrange.reshape(x, (1,) * (2 - x.ndim) + x.shape) if x.ndim < 2 else x
    )


def atleast_3d(*arys: ArrayLike) -> Any:
    """With at least three axes: (n,) becomes (1, n, 1), and (n, m) becomes (n, m, 1).

    >>> rt.numpy.atleast_3d(rt.numpy.array([1, 2])).shape
    (1, 2, 1)
    """
    return _at_least("atleast_3d", arys, _spatial)


def _spatial(x: Array) -> Array:
    shapes = (1, 1, 1), (1, *x.shape, 1), (*x.shape, 1)
    return arrange.reshape(x, shapes[x.ndim]) if x.ndim < 3 else x


def _at_least(name: str, arys: Any, grow: Any) -> Any:
    out = [grow(lift.operand(name, x)) for x in arys]
    return out[0] if len(out) == 1 else out


# --- joining ---


def _several(name: str, arrays: Any) -> list[Any]:
    """The arrays of a list, or the rows of one array."""
    if isinstance(arrays, lift.Value | np.ndarray):
        arrays = arrange.unstack(arrays)
    if not isinstance(arrays, list | tuple) or not arrays:
        raise errors.BadArgument(name, "arrays", arrays, "A list or tuple with at least one array")
    return [lift.operand(name, x) for x in arrays]


def concatenate(arrays: ArrayLike | Sequence[ArrayLike], axis: int | None = 0, dtype: DTypeLike | None = None) -> Array:
    """Arrays joined along an axis; all elements in a row where axis is None.

    Raises ShapeError where other axes differ in size.

    >>> rt.numpy.concatenate([rt.numpy.ones((2, 2)), rt.numpy.zeros((1, 2))])
    Array([[1., 1.],
           [1., 1.],
           [0., 0.]], dtype=float32)
    >>> rt.numpy.concatenate([rt.numpy.array([[1], [2]]), rt.numpy.array([[3], [4]])], axis=1)
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    xs = _several("concatenate", arrays)
    if axis is None:
        xs, axis = [ravel(x) for x in xs], 0
    if any(x.ndim == 0 for x in xs):
        raise errors.ShapeError("concatenate: scalars have no axis to join", got=" · ".join(repr(x.aval) for x in xs),
                                hint="rt.numpy.stack makes an axis.")  # fmt: skip
    out = arrange.concatenate(lift.common("concatenate", *xs), axis)
    return out if dtype is None else lift.convert(out, dtypes.asdtype(dtype))


def concat(arrays: ArrayLike | Sequence[ArrayLike], /, *, axis: int | None = 0) -> Array:
    """Arrays joined along an axis.

    >>> rt.numpy.concat([rt.numpy.array([1, 2]), rt.numpy.array([3])])
    Array([1, 2, 3], dtype=int32)
    """
    return concatenate(arrays, axis)


def stack(
    arrays: ArrayLike | Sequence[ArrayLike], axis: int = 0, out: None = None, dtype: DTypeLike | None = None
) -> Array:
    """Arrays of one shape side by side along a new axis. Raises ShapeError where the shapes differ.

    >>> rt.numpy.stack([rt.numpy.array([1, 2]), rt.numpy.array([3, 4])], axis=1)
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    u.refuse_out("stack", out)
    y = arrange.stack(lift.common("stack", *_several("stack", arrays)), axis)
    return y if dtype is None else lift.convert(y, dtypes.asdtype(dtype))


def unstack(x: ArrayLike, /, *, axis: int = 0) -> tuple[Array, ...]:
    """The slices along an axis, without it.

    >>> rt.numpy.unstack(rt.numpy.array([[1, 2], [3, 4]]))
    (Array([1, 2], dtype=int32), Array([3, 4], dtype=int32))
    """
    return arrange.unstack(x, axis)


def vstack(tup: ArrayLike | Sequence[ArrayLike], dtype: DTypeLike | None = None) -> Array:
    """Joined along the first axis, rows made of vectors.

    >>> rt.numpy.vstack((rt.numpy.array([1, 2]), rt.numpy.array([3, 4])))
    Array([[1, 2],
           [3, 4]], dtype=int32)
    """
    return concatenate([atleast_2d(x) for x in _several("vstack", tup)], 0, dtype)


def hstack(tup: ArrayLike | Sequence[ArrayLike], dtype: DTypeLike | None = None) -> Array:
    """Joined along the second axis; vectors along their only one.

    >>> rt.numpy.hstack((rt.numpy.array([1, 2]), rt.numpy.array([3])))
    Array([1, 2, 3], dtype=int32)
    """
    xs = [atleast_1d(x) for x in _several("hstack", tup)]
    return concatenate(xs, 0 if xs[0].ndim == 1 else 1, dtype)


def dstack(tup: ArrayLike | Sequence[ArrayLike], dtype: DTypeLike | None = None) -> Array:
    """Joined along the third axis.

    >>> rt.numpy.dstack((rt.numpy.array([1, 2]), rt.numpy.array([3, 4])))
    Array([[[1, 3],
            [2, 4]]], dtype=int32)
    """
    return concatenate([atleast_3d(x) for x in _several("dstack", tup)], 2, dtype)


def column_stack(tup: ArrayLike | Sequence[ArrayLike]) -> Array:
    """Joined along the second axis, columns made of vectors.

    >>> rt.numpy.column_stack((rt.numpy.array([1, 2]), rt.numpy.array([3, 4])))
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return concatenate([atleast_2d(x).T if x.ndim < 2 else x for x in _several("column_stack", tup)], 1)


def append(arr: ArrayLike | Sequence[Any], values: ArrayLike | Sequence[Any], axis: int | None = None) -> Array:
    """values joined after arr.

    >>> rt.numpy.append(rt.numpy.array([1, 2]), 3)
    Array([1, 2, 3], dtype=int32)
    """
    return concatenate([lift.asarray(arr), lift.asarray(values)], axis)


def block(arrays: Any) -> Array:
    """Nested lists of blocks joined: the innermost lists along the last axis, and so on outwards.

    >>> rt.numpy.block([[rt.numpy.ones((1, 2)), rt.numpy.zeros((1, 1))], [rt.numpy.array([[3.0, 4.0, 5.0]])]])
    Array([[1., 1., 0.],
           [3., 4., 5.]], dtype=float32)
    """
    depth = _depth(arrays)
    if _hollow(arrays):
        raise errors.BadArgument("block", "arrays", arrays, "At least one block in each list")

    def rank(x: Any) -> int:
        return max(rank(b) for b in x) if isinstance(x, list) else len(lift.shape_of_value(x))

    dims = max(depth, rank(arrays))

    def join(x: Any, level: int) -> Any:
        if isinstance(x, list):
            return concatenate([join(b, level + 1) for b in x], dims - depth + level)
        return arrange.broadcast_to_rank(lift.operand("block", x), dims)

    return join(arrays, 0)


def _hollow(x: Any) -> bool:
    """Whether some list has no blocks."""
    return isinstance(x, list) and (not x or any(map(_hollow, x)))


def _depth(x: Any) -> int:
    return 1 + _depth(x[0]) if isinstance(x, list) and x else 0


# --- splitting ---


def array_split(ary: ArrayLike, indices_or_sections: ArrayLike | Sequence[int], axis: int = 0) -> list[Array]:
    """Pieces along an axis: so many of nearly equal size, or between these indices.

    >>> [part.shape for part in rt.numpy.array_split(rt.numpy.arange(5), 2)]
    [(3,), (2,)]
    """
    return _split("array_split", ary, indices_or_sections, axis, equal=False)


def split(ary: ArrayLike, indices_or_sections: ArrayLike | Sequence[int], axis: int = 0) -> list[Array]:
    """Pieces along an axis: so many of equal size, or between these indices.

    Raises BadArgument where the axis does not divide evenly; `array_split` allows it.

    >>> rt.numpy.split(rt.numpy.array([1, 2, 3, 4]), 2)
    [Array([1, 2], dtype=int32), Array([3, 4], dtype=int32)]
    """
    return _split("split", ary, indices_or_sections, axis, equal=True)


def _split(name: str, ary: Any, parts: Any, axis: int, *, equal: bool) -> list[Any]:
    x = lift.operand(name, ary)
    k = lift.axis_of(name, axis, x.ndim)
    n = x.shape[k]
    if isinstance(parts, list | tuple | np.ndarray) or (isinstance(parts, lift.Value) and parts.ndim):
        given = lift.concrete(np.asarray(parts))
        if given.ndim != 1:
            raise errors.BadArgument(name, "indices_or_sections", parts, "A number or a list of them")
        cuts = [0, *(slice(as_index(c)).indices(n)[1] for c in given), n]
    else:
        count = as_index(parts)
        if count < 1 or (equal and n % count):
            works = f"A divisor of {n}" if equal else "A number of at least 1"
            raise errors.BadArgument(name, "indices_or_sections", count, works)
        each, more = divmod(n, count)
        cuts = np.cumsum([0, *([each + 1] * more), *([each] * (count - more))]).tolist()
    return [arrange.slice_in_dim(x, a, max(a, b), axis=k) for a, b in zip(cuts, cuts[1:], strict=False)]


def hsplit(ary: ArrayLike, indices_or_sections: ArrayLike | Sequence[int]) -> list[Array]:
    """Split along the second axis; vectors along their only one.

    >>> [part.shape for part in rt.numpy.hsplit(rt.numpy.ones((2, 4)), 2)]
    [(2, 2), (2, 2)]
    """
    return split(ary, indices_or_sections, axis=0 if len(lift.shape_of_value(ary)) == 1 else 1)


def vsplit(ary: ArrayLike, indices_or_sections: ArrayLike | Sequence[int]) -> list[Array]:
    """Split along the first axis.

    >>> [part.shape for part in rt.numpy.vsplit(rt.numpy.ones((4, 2)), 2)]
    [(2, 2), (2, 2)]
    """
    return split(ary, indices_or_sections, axis=0)


def dsplit(ary: ArrayLike, indices_or_sections: ArrayLike | Sequence[int]) -> list[Array]:
    """Split along the third axis.

    >>> [part.shape for part in rt.numpy.dsplit(rt.numpy.ones((2, 3, 4)), 2)]
    [(2, 3, 2), (2, 3, 2)]
    """
    return split(ary, indices_or_sections, axis=2)


# --- repeating and turning ---


def tile(A: ArrayLike, reps: int | Sequence[int]) -> Array:
    """The array repeated reps[k] times along each axis k.

    >>> rt.numpy.tile(rt.numpy.array([1, 2]), 2)
    Array([1, 2, 1, 2], dtype=int32)
    """
    x = lift.operand("tile", A)
    given: Any = reps
    times = (given,) if hasattr(given, "__index__") else tuple(as_index(r) for r in given)
    return arrange.tile(x, (1,) * (x.ndim - len(times)) + times)


def repeat(
    a: ArrayLike, repeats: ArrayLike, axis: int | None = None, *, total_repeat_length: int | None = None
) -> Array:
    """Each element repeated; `repeats` may hold one known number for each.

    >>> rt.numpy.repeat(rt.numpy.array([1, 2]), 2)
    Array([1, 1, 2, 2], dtype=int32)
    """
    x = lift.operand("repeat", a)
    if axis is None:
        x, axis = ravel(x), 0
    k = lift.axis_of("repeat", axis, x.ndim)
    if total_repeat_length is not None and lift.is_traced(repeats):
        return _repeat_traced(x, repeats, k, total_repeat_length)
    times = lift.concrete(repeats) if not isinstance(repeats, list | tuple) else np.asarray(repeats)
    if times.dtype.kind not in "iub":
        raise errors.BadType("repeat", "repeats", repeats, "An int, or ints for each element,")
    if times.size == 1 and total_repeat_length is None:
        r, n = int(times.reshape(())), x.shape[k]
        wide = arrange.reshape(x, (*x.shape[: k + 1], 1, *x.shape[k + 1 :]))
        wide = lift.broadcast_to(wide, (*x.shape[: k + 1], r, *x.shape[k + 1 :]))
        return arrange.reshape(wide, (*x.shape[:k], n * r, *x.shape[k + 1 :]))
    places = np.repeat(np.arange(x.shape[k]), times)
    if total_repeat_length is not None:
        rest = max(0, total_repeat_length - len(places))
        last = places[-1] if len(places) else max(0, x.shape[k] - 1)
        places = np.concatenate([places[:total_repeat_length], np.full(rest, last)])
    return take_rows(x, lift.constant(places, dtypes.int32), k)


def _repeat_traced(x: Any, repeats: Any, k: int, total: int) -> Any:
    """Row i of the result is row (number of rows that end at or before i) of x."""
    ends = reductions.cumsum(lift.broadcast_to(repeats, (x.shape[k],)))
    ended = ends[None, :] <= index_grid((total, 1), 0)
    return take_rows(x, u.minimum(reductions.sum(ended, 1), x.shape[k] - 1), k)


def take_rows(x: Any, places: Any, k: int) -> Any:
    """x at places along axis k, all of which are known to lie inside."""
    return take(x, places, k, mode="promise_in_bounds")


def flip(m: ArrayLike, axis: Axis = None) -> Array:
    """The order along axes reversed: all of them where axis is None.

    >>> rt.numpy.flip(rt.numpy.array([[1, 2], [3, 4]]))
    Array([[4, 3],
           [2, 1]], dtype=int32)
    """
    x = lift.operand("flip", m)
    return arrange.rev(x, lift.axes_of("flip", axis, x.ndim))


def fliplr(m: ArrayLike) -> Array:
    """The order along the second axis reversed.

    >>> rt.numpy.fliplr(rt.numpy.array([[1, 2], [3, 4]]))
    Array([[2, 1],
           [4, 3]], dtype=int32)
    """
    return flip(m, 1)


def flipud(m: ArrayLike) -> Array:
    """The order along the first axis reversed.

    >>> rt.numpy.flipud(rt.numpy.array([[1, 2], [3, 4]]))
    Array([[3, 4],
           [1, 2]], dtype=int32)
    """
    return flip(m, 0)


def rot90(m: ArrayLike, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Array:
    """Turned k times by 90 degrees, from the first axis of `axes` towards the second.

    >>> rt.numpy.rot90(rt.numpy.array([[1, 2], [3, 4]]))
    Array([[2, 4],
           [1, 3]], dtype=int32)
    """
    x = lift.operand("rot90", m)
    p, q = (lift.axis_of("rot90", a, x.ndim) for a in axes)
    if p == q:
        raise errors.AxisError("rot90: the two axes are one", got=axes, hint="(0, 1) would work.")
    turns = k % 4
    if turns == 0:
        return x
    if turns == 2:
        return flip(x, (p, q))
    return swapaxes(flip(x, q), p, q) if turns == 1 else flip(swapaxes(x, p, q), q)


def roll(a: ArrayLike, shift: ArrayLike | Sequence[int], axis: Axis = None) -> Array:
    """Elements moved along axes; what leaves at one end comes in at the other.

    >>> rt.numpy.roll(rt.numpy.array([1, 2, 3]), 1)
    Array([3, 1, 2], dtype=int32)
    """
    x = lift.operand("roll", a)
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), x.shape)
    axes = list(axis) if isinstance(axis, list | tuple) else [axis]
    several = isinstance(shift, list | tuple) or bool(lift.shape_of_value(shift))
    shifts: list[Any] = list(shift) if several else [shift]  # type: ignore[arg-type]
    if len(shifts) != len(axes) and 1 not in (len(shifts), len(axes)):
        raise errors.BadArgument("roll", "shift", shift, f"{len(axes)} numbers, one for each axis,")
    count = max(len(shifts), len(axes))
    shifts, axes = (list(given) * (count if len(given) == 1 else 1) for given in (shifts, axes))
    for by, k in zip(shifts, axes, strict=True):
        k = lift.axis_of("roll", k, x.ndim)
        n = x.shape[k]
        if not n:
            continue
        if lift.is_traced(by):
            twice = arrange.concatenate([x, x], k)
            start = u.subtract(n, u.remainder(by, n))
            x = access.dynamic_slice_in_dim(twice, start, n, k)
        elif as_index(by) % n:
            cut = n - as_index(by) % n
            x = arrange.concatenate(
                [arrange.slice_in_dim(x, cut, n, axis=k), arrange.slice_in_dim(x, 0, cut, axis=k)], k
            )
    return x


def resize(a: ArrayLike, new_shape: int | Shape) -> Array:
    """The elements, repeated or cut, under another shape.

    >>> rt.numpy.resize(rt.numpy.array([1, 2, 3]), (2, 2))
    Array([[1, 2],
           [3, 1]], dtype=int32)
    """
    x = ravel(a)
    size = lift.shape_of("resize", new_shape)
    n = lift.size_of(size)
    if not x.size:
        return lift.full(size, 0, x.dtype)
    return reshape(tile(x, -(-n // x.size))[:n], size)


# --- diagonals ---


def diagonal(a: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The elements on a diagonal of two axes, which come last as one.

    >>> rt.numpy.diagonal(rt.numpy.array([[1, 2], [3, 4]]))
    Array([1, 4], dtype=int32)
    """
    x = moveaxis(a, (axis1, axis2), (-2, -1))
    n, m = x.shape[-2:]
    size = max(0, min(n + min(offset, 0), m - max(offset, 0)))
    flat = arrange.reshape(x, (*x.shape[:-2], n * m))
    start = max(offset, 0) - min(offset, 0) * m
    stop = start + (size - 1) * (m + 1) + 1 if size else start
    return arrange.slice_in_dim(flat, min(start, n * m), min(stop, n * m), m + 1, flat.ndim - 1)


def diag(v: ArrayLike, k: int = 0) -> Array:
    """A matrix with v on its k-th diagonal, or the k-th diagonal of a matrix.

    >>> rt.numpy.diag(rt.numpy.array([1, 2]))
    Array([[1, 0],
           [0, 2]], dtype=int32)
    >>> rt.numpy.diag(rt.numpy.array([[1, 2], [3, 4]]))
    Array([1, 4], dtype=int32)
    """
    x = lift.operand("diag", v)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise errors.ShapeError(
            "diag: a vector or a matrix is needed", got=x.aval, hint="rt.numpy.diagonal takes more axes."
        )
    n = x.size + abs(k)
    row = arrange.pad(x, lift.constant(0, x.dtype, x.weak_type), [(max(k, 0), max(-k, 0), 0)])
    grid = ew.eq(ew.add(index_grid((n, n), 0), lift.full((n, n), k, dtypes.int32)), index_grid((n, n), 1))
    return ew.select(grid, lift.broadcast_to(row, (n, n)), lift.full((n, n), 0, x.dtype))


def diagflat(v: ArrayLike, k: int = 0) -> Array:
    """A matrix with all elements of v on its k-th diagonal.

    >>> rt.numpy.diagflat(rt.numpy.array([[1], [2]]))
    Array([[1, 0],
           [0, 2]], dtype=int32)
    """
    return diag(ravel(v), k)


def trace(
    a: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: DTypeLike | None = None, out: None = None
) -> Array:
    """The sum of a diagonal.

    >>> rt.numpy.trace(rt.numpy.array([[1, 2], [3, 4]]))
    Array(5, dtype=int32)
    """
    u.refuse_out("trace", out)
    return reductions.sum(diagonal(a, offset, axis1, axis2), -1, dtype)


# --- padding ---


def pad(array: ArrayLike, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Array:
    """With elements added before and after each axis: constants, or copies by the mode.

    Modes: constant (constant_values=), edge, reflect, symmetric, wrap, empty, maximum, minimum, mean,
    linear_ramp (end_values=). With reflect_type="odd" reflect and symmetric give 2 edge - copy.

    >>> rt.numpy.pad(rt.numpy.array([1, 2]), (1, 2))
    Array([0, 1, 2, 0, 0], dtype=int32)
    >>> rt.numpy.pad(rt.numpy.array([1, 2, 3]), 1, mode="reflect")
    Array([2, 1, 2, 3, 2], dtype=int32)
    """
    x = lift.operand("pad", array)
    widths = _pairs("pad_width", pad_width, x.ndim)
    if any(w < 0 for pair in widths for w in pair):
        raise errors.BadArgument("pad", "pad_width", pad_width, "Widths of at least 0")
    if mode in ("constant", "empty"):
        return _pad_constant(x, widths, kwargs.pop("constant_values", 0))
    for k, (lo, hi) in enumerate(widths):
        x = _pad_axis(x, k, lo, hi, mode, kwargs)
    return x


def _pairs(name: str, given: Any, ndim: int) -> list[tuple[Any, Any]]:
    """One pair for each axis, from a number, a pair or pairs."""
    if isinstance(given, dict):
        filled: list[Any] = [(0, 0)] * ndim
        for axis, pair in given.items():
            filled[axis] = pair if isinstance(pair, list | tuple) else (pair, pair)
        given = filled
    shape = np.shape(given) if not isinstance(given, lift.Value) else given.shape
    if shape == ():
        return [(given, given)] * ndim
    if shape == (1,):
        return [(given[0], given[0])] * ndim
    if shape == (2,):
        return [(given[0], given[1])] * ndim
    if len(shape) == 2 and shape[0] in (1, ndim) and shape[1] in (1, 2):
        rows = [given[0 if shape[0] == 1 else k] for k in range(ndim)]
        return [(r[0], r[-1]) for r in rows]
    raise errors.BadArgument("pad", name, given, f"A number, a pair, or {ndim} pairs")


def _pad_constant(x: Any, widths: list[tuple[int, int]], values: Any) -> Any:
    pairs = _pairs("constant_values", values, x.ndim)
    if not pairs:
        return x
    if all(
        a is b is pairs[0][0] or (np.ndim(a) == 0 and not lift.is_traced(a) and a == b == pairs[0][0]) for a, b in pairs
    ):
        value = lift.to(pairs[0][0], x.dtype, x.weak_type)
        return arrange.pad(x, value, [(int(lo), int(hi), 0) for lo, hi in widths])
    for k, ((lo, hi), (a, b)) in enumerate(zip(widths, pairs, strict=True)):
        a, b = (lift.to(v, x.dtype, x.weak_type) for v in (a, b))
        config = [(0, 0, 0)] * x.ndim
        config[k] = (int(lo), 0, 0)
        x = arrange.pad(x, a, config)
        config[k] = (0, int(hi), 0)
        x = arrange.pad(x, b, config)
    return x


def _pad_odd(x: Any, k: int, lo: int, hi: int, skip: bool) -> Any:
    """An axis extended by its mirror image turned about the value at each edge: 2 edge - x."""
    n = x.shape[k] - skip

    def turned(edge: int, *places: int) -> Any:
        rows = [
            take_rows(x, lift.constant(np.asarray(at, np.int32), dtypes.int32), k) for at in ([edge], range(*places))
        ]
        return lift.convert(2 * rows[0] - rows[1], x.dtype)

    while lo or hi:
        a, b, end = min(lo, n), min(hi, n), x.shape[k] - 1
        left, right = turned(0, skip + a - 1, skip - 1, -1), turned(end, end - skip, end - skip - b, -1)
        x, lo, hi = arrange.concatenate([left, x, right], k), lo - a, hi - b
    return x


def _pad_axis(x: Any, k: int, lo: int, hi: int, mode: Any, options: dict[str, Any]) -> Any:
    n = x.shape[k]
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        if n == 0 and (lo or hi):
            raise errors.ShapeError(
                f"pad: mode {mode!r} cannot extend an empty axis", got=x.aval, hint="mode='constant' would work."
            )
        how = options.get("reflect_type", "even")
        if how not in ("even", "odd"):
            raise errors.BadArgument("pad", "reflect_type", how, "'even' or 'odd'")
        if how == "odd" and mode in ("reflect", "symmetric"):
            return _pad_odd(x, k, int(lo), int(hi), mode == "reflect" and n > 1)
        names = {"edge": "edge", "reflect": "reflect", "symmetric": "symmetric", "wrap": "wrap"}
        places = np.pad(np.arange(n), (int(lo), int(hi)), mode=names[mode])  # type: ignore[call-overload]
        return take_rows(x, lift.constant(places, dtypes.int32), k) if lo or hi else x
    if mode in ("maximum", "minimum", "mean"):
        folds: dict[str, Any] = {
            "maximum": reductions.max,
            "minimum": reductions.min,
            "mean": reductions.mean,
        }
        row = folds[mode](x, k, keepdims=True)
        row = lift.convert(u.round(row) if x.dtype in dtypes.INTS and mode == "mean" else row, x.dtype)
        return arrange.concatenate([repeat(row, lo, k), x, repeat(row, hi, k)], k)
    if mode == "linear_ramp":
        ends = _pairs("end_values", options.get("end_values", 0), x.ndim)[k]

        def ramp(edge: Any, end: Any, width: int) -> Any:
            return lift.convert(linspace(end, edge[tuple(0 if a == k else slice(None) for a in range(x.ndim))], width,
                                         endpoint=False, axis=k), x.dtype)  # fmt: skip

        head = ramp(arrange.slice_in_dim(x, 0, 1, axis=k), ends[0], lo)
        tail = flip(ramp(arrange.slice_in_dim(x, n - 1, n, axis=k), ends[1], hi), k)
        return arrange.concatenate([head, x, tail], k)
    raise errors.BadArgument("pad", "mode", mode, "constant, edge, reflect, symmetric, wrap, empty, maximum, minimum, "
                             "mean or linear_ramp")  # fmt: skip
