"""lax's public functions that make, shape, order and slice arrays."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from operator import index as as_index
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core.typing import Array, ArrayLike, DTypeLike, Shape
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import folding, lift, shaping

# --- making ---


def full(shape: int | Shape, fill_value: ArrayLike, dtype: DTypeLike | None = None) -> Array:
    """An array of one value everywhere.

    >>> rt.lax.full((2,), 3.0)
    Array([3., 3.], dtype=float32, weak_type=True)
    """
    size = lift.shape_of("full", shape)
    kind, weak = lift.kind("full", fill_value) if dtype is None else (dtypes.asdtype(dtype), False)
    if lift.shape_of_value(fill_value):
        raise errors.ShapeError("full: the value is no scalar", got=lift.shape_of_value(fill_value),
                                hint="rt.numpy.full broadcasts.")  # fmt: skip
    return lift.full(size, fill_value, kind, weak)


def full_like(
    x: ArrayLike, fill_value: ArrayLike, dtype: DTypeLike | None = None, shape: int | Shape | None = None
) -> Array:
    """An array of one value, shaped and typed like x.

    >>> rt.lax.full_like(rt.numpy.array([1.0, 2.0]), 7)
    Array([7., 7.], dtype=float32)
    """
    x = lift.operand("full_like", x)
    size = x.shape if shape is None else lift.shape_of("full_like", shape)
    weak = dtype is None and x.weak_type
    return lift.full(size, fill_value, x.dtype if dtype is None else dtypes.asdtype(dtype), weak)


def empty(shape: int | Shape, dtype: DTypeLike) -> Array:
    """An array of zeros: memory without a value does not exist here.

    >>> rt.lax.empty((2,), "float32")
    Array([0., 0.], dtype=float32)
    """
    return lift.full(lift.shape_of("empty", shape), 0, dtypes.asdtype(dtype))


def iota(dtype: DTypeLike, size: int) -> Array:
    """0, 1, 2 … size - 1.

    >>> rt.lax.iota("int32", 3)
    Array([0, 1, 2], dtype=int32)
    """
    return broadcasted_iota(dtype, (size,), 0)


def broadcasted_iota(dtype: DTypeLike, shape: int | Shape, dimension: int) -> Array:
    """Each element's index along one axis.

    >>> rt.lax.broadcasted_iota("int32", (2, 3), 1)
    Array([[0, 1, 2],
           [0, 1, 2]], dtype=int32)
    """
    size = lift.shape_of("broadcasted_iota", shape)
    return shaping.iota(shape=size, dtype=dtypes.asdtype(dtype), axis=lift.axis_of("iota", dimension, len(size)))


# --- shapes ---


def reshape(operand: ArrayLike, new_sizes: Any, dimensions: Sequence[int] | None = None) -> Array:
    """The elements in row-major order under another shape; `dimensions` permutes the axes first.

    >>> rt.lax.reshape(rt.numpy.array([1, 2, 3, 4]), (2, 2))
    Array([[1, 2],
           [3, 4]], dtype=int32)
    """
    x = lift.operand("reshape", operand)
    size = lift.shape_of("reshape", new_sizes)
    if dimensions is not None:
        x = transpose(x, dimensions)
    if math.prod(size) != x.size:
        raise errors.ShapeError("reshape: the numbers of elements differ", got=f"{x.aval!r} to {size}",
                                hint=f"Sizes whose product is {x.size} would work.")  # fmt: skip
    return x if size == x.shape else shaping.reshape(x, shape=size)


def squeeze(array: ArrayLike, dimensions: Any) -> Array:
    """Without these axes of size 1.

    >>> rt.lax.squeeze(rt.numpy.ones((1, 3)), (0,)).shape
    (3,)
    """
    x = lift.operand("squeeze", array)
    axes = lift.axes_of("squeeze", tuple(dimensions) if isinstance(dimensions, list | tuple) else dimensions, x.ndim)
    for a in axes:
        if x.shape[a] != 1:
            raise errors.ShapeError(f"squeeze: axis {a} has size {x.shape[a]}", got=x.aval,
                                    hint="Only axes of size 1 can go.")  # fmt: skip
    return reshape(x, tuple(n for a, n in enumerate(x.shape) if a not in axes))


def expand_dims(array: ArrayLike, dimensions: Sequence[int] | int) -> Array:
    """With new axes of size 1 at these places of the result.

    >>> rt.lax.expand_dims(rt.numpy.array([1, 2]), (0,)).shape
    (1, 2)
    """
    x = lift.operand("expand_dims", array)
    given = dimensions if isinstance(dimensions, list | tuple) else (dimensions,)
    axes = lift.axes_of("expand_dims", tuple(given), x.ndim + len(given))
    sizes = iter(x.shape)
    return reshape(x, tuple(1 if a in axes else next(sizes) for a in range(x.ndim + len(axes))))


def collapse(operand: ArrayLike, start_dimension: int, stop_dimension: int | None = None) -> Array:
    """With the axes from start up to stop made one.

    >>> rt.lax.collapse(rt.numpy.ones((2, 3, 4)), 0, 2).shape
    (6, 4)
    """
    x = lift.operand("collapse", operand)
    lo, hi, _ = builtins.slice(start_dimension, stop_dimension).indices(x.ndim)
    return reshape(x, (*x.shape[:lo], math.prod(x.shape[lo:hi]), *x.shape[hi:]))


def transpose(operand: ArrayLike, permutation: Sequence[int]) -> Array:
    """Axis k of the result is axis permutation[k] of the operand.

    >>> rt.lax.transpose(rt.numpy.ones((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    x = lift.operand("transpose", operand)
    perm = tuple(as_index(p) for p in permutation)
    if sorted(perm) != list(range(x.ndim)):
        raise errors.BadArgument("transpose", "permutation", perm, f"Each of the axes 0 to {x.ndim - 1} once")
    return x if perm == tuple(range(x.ndim)) else shaping.permute(x, perm=perm)


def broadcast(operand: ArrayLike, sizes: Sequence[int]) -> Array:
    """With new leading axes of these sizes.

    >>> rt.lax.broadcast(rt.numpy.array([1, 2]), (2,))
    Array([[1, 2],
           [1, 2]], dtype=int32)
    """
    x = lift.operand("broadcast", operand)
    return lift.broadcast_to(x, (*lift.shape_of("broadcast", sizes), *x.shape))


def broadcast_in_dim(operand: ArrayLike, shape: int | Shape, broadcast_dimensions: Sequence[int]) -> Array:
    """Axis k of the operand becomes axis broadcast_dimensions[k] of the result; sizes of 1 grow.

    >>> rt.lax.broadcast_in_dim(rt.numpy.array([1, 2]), (2, 3), (0,))
    Array([[1, 1, 1],
           [2, 2, 2]], dtype=int32)
    """
    x = lift.operand("broadcast_in_dim", operand)
    size = lift.shape_of("broadcast_in_dim", shape)
    dims = tuple(as_index(d) for d in broadcast_dimensions)
    rising = all(a < b for a, b in zip(dims, dims[1:], strict=False))
    if len(dims) != x.ndim or not rising or any(not 0 <= d < len(size) for d in dims):
        raise errors.BadArgument("broadcast_in_dim", "broadcast_dimensions", dims,
                                 f"{x.ndim} rising axes below {len(size)}")  # fmt: skip
    wide = [1] * len(size)
    for d, n in zip(dims, x.shape, strict=True):
        wide[d] = n
    return lift.broadcast_to(reshape(x, tuple(wide)), size)


def broadcast_to_rank(x: ArrayLike, rank: int) -> Array:
    """With leading axes of size 1 up to this rank.

    >>> rt.lax.broadcast_to_rank(rt.numpy.array([1, 2]), 3).shape
    (1, 1, 2)
    """
    x = lift.operand("broadcast_to_rank", x)
    if rank < x.ndim:
        raise errors.ShapeError("broadcast_to_rank: the rank is less than the operand's", got=f"{x.aval!r} to {rank}")
    return reshape(x, (1,) * (rank - x.ndim) + x.shape)


def concatenate(operands: Sequence[Any], dimension: int) -> Array:
    """Arrays of one dtype joined along an axis.

    >>> rt.lax.concatenate([rt.numpy.array([1, 2]), rt.numpy.array([3])], 0)
    Array([1, 2, 3], dtype=int32)
    """
    if not len(operands):
        raise errors.BadArgument("concatenate", "operands", operands, "At least one array")
    xs = lift.of_one_type("concatenate", *operands)
    axis = lift.axis_of("concatenate", dimension, xs[0].ndim)
    rest = {(x.shape[:axis], x.shape[axis + 1 :], x.ndim) for x in xs}
    if len(rest) > 1:
        raise errors.ShapeError("concatenate: shapes differ outside the joined axis",
                                got=" · ".join(repr(x.aval) for x in xs),
                                hint=f"All sizes but those of axis {axis} have to be equal.")  # fmt: skip
    return xs[0] if len(xs) == 1 else shaping.concat(*xs, axis=axis)


def stack(operands: Sequence[Any], axis: int = 0) -> Array:
    """Arrays of one shape side by side along a new axis.

    >>> rt.lax.stack([rt.numpy.array([1, 2]), rt.numpy.array([3, 4])])
    Array([[1, 2],
           [3, 4]], dtype=int32)
    """
    if not len(operands):
        raise errors.BadArgument("stack", "operands", operands, "At least one array")
    xs = lift.of_one_type("stack", *operands)
    if len({x.shape for x in xs}) > 1:
        raise errors.ShapeError("stack: shapes differ", got=" · ".join(repr(x.aval) for x in xs),
                                hint="broadcast_arrays or reshape makes them equal.")  # fmt: skip
    axis = lift.axis_of("stack", axis, xs[0].ndim + 1)
    return concatenate([expand_dims(x, axis) for x in xs], axis)


def unstack(x: ArrayLike, axis: int = 0) -> tuple[Array, ...]:
    """The slices along an axis, without it.

    >>> rt.lax.unstack(rt.numpy.array([[1, 2], [3, 4]]))
    (Array([1, 2], dtype=int32), Array([3, 4], dtype=int32))
    """
    x = lift.operand("unstack", x)
    axis = lift.axis_of("unstack", axis, x.ndim)
    return tuple(index_in_dim(x, i, axis, keepdims=False) for i in range(x.shape[axis]))


def split(operand: ArrayLike, sizes: Sequence[int], axis: int = 0) -> list[Array]:
    """Consecutive pieces of these sizes along an axis.

    >>> rt.lax.split(rt.numpy.array([1, 2, 3]), (1, 2))
    [Array([1], dtype=int32), Array([2, 3], dtype=int32)]
    """
    x = lift.operand("split", operand)
    axis = lift.axis_of("split", axis, x.ndim)
    parts = lift.shape_of("split", tuple(sizes))
    if sum(parts) != x.shape[axis]:
        raise errors.BadArgument("split", "sizes", parts, f"Sizes with the sum {x.shape[axis]}")
    ends = np.cumsum(parts).tolist()
    return [slice_in_dim(x, end - n, end, axis=axis) for n, end in zip(parts, ends, strict=True)]


def tile(operand: ArrayLike, reps: Sequence[int]) -> Array:
    """The array repeated reps[k] times along each axis k.

    >>> rt.lax.tile(rt.numpy.array([1, 2]), (2,))
    Array([1, 2, 1, 2], dtype=int32)
    """
    x = lift.operand("tile", operand)
    if len(reps) < x.ndim:
        raise errors.BadArgument("tile", "reps", reps, f"At least {x.ndim} numbers")
    x = broadcast_to_rank(x, len(reps))
    wide = lift.broadcast_to(reshape(x, [k for n in x.shape for k in (1, n)]),
                             tuple(k for r, n in zip(reps, x.shape, strict=True) for k in (r, n)))  # fmt: skip
    return reshape(wide, [r * n for r, n in zip(reps, x.shape, strict=True)])


def pad(operand: ArrayLike, padding_value: ArrayLike, padding_config: Sequence[tuple[int, int, int]]) -> Array:
    """With (low, high, interior) padding for each axis; negative low and high cut.

    >>> rt.lax.pad(rt.numpy.array([1, 2]), 0, [(1, 0, 1)])
    Array([0, 1, 0, 2], dtype=int32)
    """
    x, value = lift.of_one_type("pad", operand, padding_value)
    config = [tuple(as_index(p) for p in triple) for triple in padding_config]
    if len(config) != x.ndim or value.ndim:
        raise errors.BadArgument("pad", "padding_config", padding_config, f"{x.ndim} triples, and a scalar value")
    if not any(map(any, config)):
        return x
    lo, hi, interior = zip(*config, strict=True)
    return shaping.pad(x, value, lo=lo, hi=hi, interior=interior)


def rev(operand: ArrayLike, dimensions: Sequence[int]) -> Array:
    """With the order of these axes reversed.

    >>> rt.lax.rev(rt.numpy.array([1, 2, 3]), (0,))
    Array([3, 2, 1], dtype=int32)
    """
    x = lift.operand("rev", operand)
    axes = lift.axes_of("rev", tuple(dimensions), x.ndim)
    return shaping.flip(x, axes=axes) if axes else x


def bitcast_convert_type(operand: ArrayLike, new_dtype: DTypeLike) -> Array:
    """The same bits read as another dtype; a narrower one adds a last axis, a wider one takes it away.

    >>> rt.lax.bitcast_convert_type(rt.numpy.array([1.0]), "int32")
    Array([1065353216], dtype=int32)
    """
    x = lift.operand("bitcast_convert_type", operand)
    dtype = dtypes.asdtype(new_dtype)
    have, want = x.dtype.itemsize, dtype.itemsize
    if dtype == x.dtype:
        return x
    if have == want:
        return ew.bitcast(x, dtype=dtype)
    word = [np.dtype(f"u{n}") for n in (have, want)]
    if want < have:
        column = shaping.reshape(ew.bitcast(x, dtype=word[0]), shape=(*x.shape, 1))
        wide = lift.broadcast_to(column, (*x.shape, have // want))
        by = ew.mul(
            shaping.iota(shape=wide.shape, dtype=word[0], axis=x.ndim), lift.full(wide.shape, 8 * want, word[0])
        )
        mask = lift.full(wide.shape, (1 << 8 * want) - 1, word[0])
        parts = ew.and_(ew.shift_right_logical(wide, by), mask)
        return ew.bitcast(lift.convert(parts, word[1]), dtype=dtype)
    if not x.ndim or x.shape[-1] * have != want:
        raise errors.ShapeError(
            f"bitcast_convert_type: no whole {dtype} in the last axis",
            got=x.aval,
            hint="Its size is a multiple of the ratio of the widths.",
        )
    parts = lift.convert(ew.bitcast(x, dtype=word[0]), word[1])
    by = ew.mul(shaping.iota(shape=x.shape, dtype=word[1], axis=x.ndim - 1), lift.full(x.shape, 8 * have, word[1]))
    return ew.bitcast(folding.reduce_or(ew.shift_left(parts, by), axes=(x.ndim - 1,)), dtype=dtype)


# --- slices with known places ---


def slice(
    operand: ArrayLike, start_indices: Sequence[int], limit_indices: Sequence[int], strides: Sequence[int] | None = None
) -> Array:
    """operand[start:limit:stride] along every axis.

    >>> rt.lax.slice(rt.numpy.array([0, 1, 2, 3, 4]), (1,), (5,), (2,))
    Array([1, 3], dtype=int32)
    """
    x = lift.operand("slice", operand)
    start = tuple(as_index(i) for i in start_indices)
    limit = tuple(as_index(i) for i in limit_indices)
    step = (1,) * x.ndim if strides is None else tuple(as_index(i) for i in strides)
    fits = len(start) == len(limit) == len(step) == x.ndim
    if not fits or any(not 0 <= a <= b <= n for a, b, n in zip(start, limit, x.shape, strict=True)) or min(
        step, default=1
    ) < 1:  # fmt: skip
        raise errors.BadArgument("slice", "the range", f"{start} to {limit} by {step}",
                                 f"0 ≤ start ≤ limit ≤ size and stride ≥ 1, for the shape {x.shape},")  # fmt: skip
    if start == (0,) * x.ndim and limit == x.shape and step == (1,) * x.ndim:
        return x
    return shaping.slice_(x, start=start, limit=limit, strides=step)


def slice_in_dim(
    operand: ArrayLike, start_index: int | None, limit_index: int | None, stride: int = 1, axis: int = 0
) -> Array:
    """operand[start:limit:stride] along one axis; negative indices count from the end.

    >>> rt.lax.slice_in_dim(rt.numpy.array([0, 1, 2, 3]), 1, 3)
    Array([1, 2], dtype=int32)
    """
    x = lift.operand("slice_in_dim", operand)
    axis = lift.axis_of("slice_in_dim", axis, x.ndim)
    n = x.shape[axis]
    lo = 0 if start_index is None else as_index(start_index)
    hi = n if limit_index is None else as_index(limit_index)
    start, limit, step = [0] * x.ndim, list(x.shape), [1] * x.ndim
    start[axis], limit[axis], step[axis] = lo + n if lo < 0 else lo, hi + n if hi < 0 else hi, as_index(stride)
    return slice(x, start, limit, step)


def index_in_dim(operand: ArrayLike, index: int, axis: int = 0, keepdims: bool = True) -> Array:
    """operand[index] along one axis, which stays with size 1 where `keepdims`.

    >>> rt.lax.index_in_dim(rt.numpy.array([[1, 2], [3, 4]]), 1)
    Array([[3, 4]], dtype=int32)
    """
    x = lift.operand("index_in_dim", operand)
    axis, at = lift.axis_of("index_in_dim", axis, x.ndim), as_index(index)
    n = x.shape[axis]
    if not -n <= at < n:
        raise errors.IndexOutOfBounds(at, axis, n, op="index_in_dim")
    row = slice_in_dim(x, at % n, at % n + 1, axis=axis)
    return row if keepdims else squeeze(row, (axis,))


# --- order ---


def sort(operand: Any, dimension: int = -1, is_stable: bool = True, num_keys: int = 1) -> Any:
    """Sorted along an axis; of a tuple, the first `num_keys` arrays order them all.

    >>> rt.lax.sort(rt.numpy.array([3, 1, 2]))
    Array([1, 2, 3], dtype=int32)
    """
    several = isinstance(operand, list | tuple)
    xs = [lift.operand("sort", x) for x in (operand if several else (operand,))]
    axis = lift.axis_of("sort", dimension, xs[0].ndim)
    if len({x.shape for x in xs}) > 1:
        raise errors.ShapeError(
            "sort: shapes differ",
            got=" · ".join(repr(x.aval) for x in xs),
            hint="Operands of one shape are sorted together.",
        )
    out = folding.sort(*xs, axis=axis, num_keys=num_keys, stable=is_stable)
    return tuple(out) if several else out[0]


def sort_key_val(keys: Any, values: Any, dimension: int = -1, is_stable: bool = True) -> tuple[Array, Array]:
    """Keys sorted along an axis, and values brought along.

    >>> rt.lax.sort_key_val(rt.numpy.array([3, 1, 2]), rt.numpy.array([30, 10, 20]))
    (Array([1, 2, 3], dtype=int32), Array([10, 20, 30], dtype=int32))
    """
    return sort((keys, values), dimension, is_stable)


def top_k(operand: ArrayLike, k: int, *, axis: int = -1) -> tuple[Array, Array]:
    """The k greatest elements along an axis in falling order, and their indices; of equals the first comes first.

    >>> rt.lax.top_k(rt.numpy.array([3, 9, 5]), 2)
    (Array([9, 5], dtype=int32), Array([1, 2], dtype=int32))
    """
    x = lift.operand("top_k", operand)
    axis = lift.axis_of("top_k", axis, x.ndim)
    if not 0 <= k <= x.shape[axis]:
        raise errors.BadArgument("top_k", "k", k, f"A number from 0 to {x.shape[axis]}")
    # a stable sort of the reversed array, read backwards, falls and keeps equals in order
    back = rev(x, (axis,))
    places = shaping.iota(shape=x.shape, dtype=dtypes.int32, axis=axis)
    values, indices = sort((back, rev(places, (axis,))), axis)
    n = x.shape[axis]
    return tuple(rev(slice_in_dim(y, n - k, n, axis=axis), (axis,)) for y in (values, indices))  # type: ignore[return-value]
