"""lax's public functions that read and write at computed places: dynamic slices, gather, scatter."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from operator import index as as_index
from typing import Any, NamedTuple

from rustorch_fn import dtypes, errors
from rustorch_fn.core.typing import Array, ArrayLike
from rustorch_fn.lax import arrange, indexing, lift
from rustorch_fn.lax import elementwise as ew


class GatherDimensionNumbers(NamedTuple):
    """Which axis of what stands for what in a gather.

    >>> rows = rt.lax.GatherDimensionNumbers(offset_dims=(1,), collapsed_slice_dims=(0,), start_index_map=(0,))
    >>> rt.lax.gather(rt.numpy.array([[1, 2], [3, 4]]), rt.numpy.array([[1]]), rows, slice_sizes=(1, 2))
    Array([[3, 4]], dtype=int32)
    """

    offset_dims: tuple[int, ...]
    collapsed_slice_dims: tuple[int, ...]
    start_index_map: tuple[int, ...]
    operand_batching_dims: tuple[int, ...] = ()
    start_indices_batching_dims: tuple[int, ...] = ()


class ScatterDimensionNumbers(NamedTuple):
    """Which axis of what stands for what in a scatter.

    >>> ones = rt.lax.ScatterDimensionNumbers((), inserted_window_dims=(0,), scatter_dims_to_operand_dims=(0,))
    >>> rt.lax.scatter_add(rt.numpy.array([10, 20, 30]), rt.numpy.array([[2]]), rt.numpy.array([5]), ones)
    Array([10, 20, 35], dtype=int32)
    """

    update_window_dims: tuple[int, ...]
    inserted_window_dims: tuple[int, ...]
    scatter_dims_to_operand_dims: tuple[int, ...]
    operand_batching_dims: tuple[int, ...] = ()
    scatter_indices_batching_dims: tuple[int, ...] = ()


class GatherScatterMode(enum.Enum):
    """What happens to windows that leave the array.

    >>> x = rt.numpy.array([1, 2, 3])
    >>> x.at[9].get(mode=rt.lax.GatherScatterMode.CLIP)
    Array(3, dtype=int32)
    """

    CLIP = "clip"
    FILL_OR_DROP = "fill"
    PROMISE_IN_BOUNDS = "promise"


_MODES = {
    None: "fill", "clip": "clip", "fill": "fill", "drop": "fill", "promise_in_bounds": "promise", "promise": "promise",
    GatherScatterMode.CLIP: "clip", GatherScatterMode.FILL_OR_DROP: "fill",
    GatherScatterMode.PROMISE_IN_BOUNDS: "promise",
}  # fmt: skip


def mode_of(op: str, mode: Any) -> str:
    """The primitive's word for a mode."""
    found = _MODES.get(mode)
    if found is None:
        raise errors.BadArgument(op, "mode", mode, "'clip', 'fill', 'drop' or 'promise_in_bounds'")
    return found


# --- one window at a computed place ---


def _starts(op: str, x: Any, start_indices: Any, wrap: Any) -> list[Any]:
    """One integer scalar for each axis; negative ones count from the end where `wrap`."""
    if isinstance(start_indices, lift.Value) and start_indices.ndim == 1:
        start_indices = arrange.unstack(start_indices)
    given = list(start_indices) if isinstance(start_indices, list | tuple) else [start_indices]
    if len(given) != x.ndim:
        raise errors.BadArgument(op, "start_indices", f"{len(given)} of them", f"{x.ndim}, one for each axis,")
    wraps = wrap if isinstance(wrap, list | tuple) else [wrap] * x.ndim
    return [start(op, s, n, w) for s, n, w in zip(given, x.shape, wraps, strict=True)]


def start(op: str, s: Any, size: int, wrap: bool = True) -> Any:
    """A start as an integer scalar, counted from the front."""
    if not lift.is_traced(s):
        try:
            k = s if isinstance(s, int) else as_index(lift.concrete(s))
        except (TypeError, ValueError):
            raise errors.BadType(op, "a start", s, "An int") from None
        return lift.constant(k + size if k < 0 and wrap else k, dtypes.int32 if -(2**31) <= k < 2**31 else dtypes.int64)
    if s.aval.dtype not in dtypes.INTS or s.aval.shape:
        raise errors.DtypeError(f"{op}: a start that is no integer scalar", got=s.aval)
    s = lift.convert(s, s.aval.dtype)
    if not wrap or s.aval.dtype in dtypes.UNSIGNED:
        return s
    zero, n = lift.full((), 0, s.aval.dtype), lift.full((), size, s.aval.dtype)
    return ew.select(ew.lt(s, zero), ew.add(s, n), s)


def dynamic_slice(
    operand: ArrayLike, start_indices: Any, slice_sizes: Sequence[int], *, allow_negative_indices: Any = True
) -> Array:
    """The window of these sizes at a computed place, moved back where it would leave the operand.

    >>> rt.lax.dynamic_slice(rt.numpy.array([10, 20, 30]), (1,), (2,))
    Array([20, 30], dtype=int32)
    >>> rt.lax.dynamic_slice(rt.numpy.array([10, 20, 30]), (9,), (2,))
    Array([20, 30], dtype=int32)
    """
    x = lift.operand("dynamic_slice", operand)
    starts = _starts("dynamic_slice", x, start_indices, allow_negative_indices)
    return indexing.dynamic_slice(x, *starts, sizes=lift.shape_of("dynamic_slice", slice_sizes))


def dynamic_update_slice(
    operand: ArrayLike, update: ArrayLike, start_indices: Any, *, allow_negative_indices: Any = True
) -> Array:
    """The operand with `update` in the window at a computed place.

    >>> rt.lax.dynamic_update_slice(rt.numpy.array([10, 20, 30]), rt.numpy.array([1, 2]), (1,))
    Array([10,  1,  2], dtype=int32)
    """
    x, new = (lift.operand("dynamic_update_slice", v) for v in (operand, update))
    new = lift.convert(new, x.dtype, new.weak_type) if new.weak_type else new
    starts = _starts("dynamic_update_slice", x, start_indices, allow_negative_indices)
    return indexing.dynamic_update(x, new, *starts)


def _along(x: Any, at: Any, axis: int) -> list[Any]:
    return [at if a == axis else 0 for a in range(x.ndim)]


def dynamic_slice_in_dim(
    operand: ArrayLike, start_index: ArrayLike, slice_size: int, axis: int = 0, *, allow_negative_indices: bool = True
) -> Array:
    """A window of one axis at a computed place.

    >>> rt.lax.dynamic_slice_in_dim(rt.numpy.array([10, 20, 30]), 1, 2)
    Array([20, 30], dtype=int32)
    """
    x = lift.operand("dynamic_slice_in_dim", operand)
    k = lift.axis_of("dynamic_slice_in_dim", axis, x.ndim)
    sizes = tuple(slice_size if a == k else n for a, n in enumerate(x.shape))
    return dynamic_slice(x, _along(x, start_index, k), sizes, allow_negative_indices=allow_negative_indices)


def dynamic_index_in_dim(
    operand: ArrayLike, index: ArrayLike, axis: int = 0, keepdims: bool = True, *, allow_negative_indices: bool = True
) -> Array:
    """One place of an axis, which stays with size 1 where `keepdims`.

    >>> rt.lax.dynamic_index_in_dim(rt.numpy.array([10, 20, 30]), 1, keepdims=False)
    Array(20, dtype=int32)
    """
    row = dynamic_slice_in_dim(operand, index, 1, axis, allow_negative_indices=allow_negative_indices)
    return row if keepdims else arrange.squeeze(row, (axis,))


def dynamic_update_slice_in_dim(
    operand: ArrayLike, update: ArrayLike, start_index: ArrayLike, axis: int, *, allow_negative_indices: bool = True
) -> Array:
    """The operand with `update` in a window of one axis.

    >>> rt.lax.dynamic_update_slice_in_dim(rt.numpy.array([10, 20, 30]), rt.numpy.array([1, 2]), 0, 0)
    Array([ 1,  2, 30], dtype=int32)
    """
    x = lift.operand("dynamic_update_slice_in_dim", operand)
    k = lift.axis_of("dynamic_update_slice_in_dim", axis, x.ndim)
    return dynamic_update_slice(x, update, _along(x, start_index, k),
                                allow_negative_indices=allow_negative_indices)  # fmt: skip


def dynamic_update_index_in_dim(
    operand: ArrayLike, update: ArrayLike, index: ArrayLike, axis: int, *, allow_negative_indices: bool = True
) -> Array:
    """The operand with `update` at one place of an axis.

    >>> rt.lax.dynamic_update_index_in_dim(rt.numpy.array([10, 20, 30]), 5, 1, 0)
    Array([10,  5, 30], dtype=int32)
    """
    x, new = (lift.operand("dynamic_update_index_in_dim", v) for v in (operand, update))
    k = lift.axis_of("dynamic_update_index_in_dim", axis, x.ndim)
    if new.ndim == x.ndim - 1:
        new = arrange.expand_dims(new, (k,))
    return dynamic_update_slice_in_dim(x, new, index, k, allow_negative_indices=allow_negative_indices)


# --- many windows ---


def gather(
    operand: ArrayLike,
    start_indices: Any,
    dimension_numbers: GatherDimensionNumbers,
    slice_sizes: Sequence[int],
    *,
    unique_indices: bool = False,
    indices_are_sorted: bool = False,
    mode: Any = None,
    fill_value: ArrayLike | None = None,
) -> Array:
    """The windows of the operand at `start_indices`, whose last axis holds index vectors.

    >>> rows = rt.lax.GatherDimensionNumbers((1,), (0,), (0,))
    >>> rt.lax.gather(rt.numpy.array([[1, 2], [3, 4]]), rt.numpy.array([[1], [1]]), rows, (1, 2))
    Array([[3, 4],
           [3, 4]], dtype=int32)
    """
    x, at = lift.operand("gather", operand), lift.operand("gather", start_indices)
    return indexing.gather(x, at, slice_sizes=lift.shape_of("gather", slice_sizes), mode=mode_of("gather", mode),
                           fill_value=fill_value, **_ints(dimension_numbers))  # fmt: skip


def _ints(numbers: Any) -> dict[str, tuple[int, ...]]:
    names = GatherDimensionNumbers._fields
    try:
        return {name: tuple(map(as_index, dims)) for name, dims in zip(names, numbers, strict=True)}
    except (TypeError, ValueError):
        works = "rt.lax.GatherDimensionNumbers or rt.lax.ScatterDimensionNumbers"
        raise errors.BadType("gather or scatter", "dimension_numbers", numbers, works) from None


def _scatter(name: str, op: str, doc: str) -> Callable[..., Any]:
    def function(
        operand: Any,
        scatter_indices: Any,
        updates: Any,
        dimension_numbers: ScatterDimensionNumbers,
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Any = None,
    ) -> Any:
        x, new = lift.common(name, operand, updates)
        at = lift.operand(name, scatter_indices)
        return indexing.scatter(x, at, new, op=op, mode=mode_of(name, mode), indices_are_sorted=indices_are_sorted,
                                unique_indices=unique_indices, **_ints(dimension_numbers))  # fmt: skip

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


scatter = _scatter(
    "scatter",
    "set",
    """The operand with the updates written into windows at `scatter_indices`.

>>> ones = rt.lax.ScatterDimensionNumbers((), (0,), (0,))
>>> rt.lax.scatter(rt.numpy.array([10, 20, 30]), rt.numpy.array([[2]]), rt.numpy.array([5]), ones)
Array([10, 20,  5], dtype=int32)
""",
)
scatter_add = _scatter(
    "scatter_add",
    "add",
    """The operand with the updates added into windows.

>>> ones = rt.lax.ScatterDimensionNumbers((), (0,), (0,))
>>> rt.lax.scatter_add(rt.numpy.array([10, 20, 30]), rt.numpy.array([[2], [2]]), rt.numpy.array([5, 6]), ones)
Array([10, 20, 41], dtype=int32)
""",
)
scatter_mul = _scatter(
    "scatter_mul",
    "mul",
    """The operand with the updates multiplied into windows.

>>> ones = rt.lax.ScatterDimensionNumbers((), (0,), (0,))
>>> rt.lax.scatter_mul(rt.numpy.array([10, 20, 30]), rt.numpy.array([[2]]), rt.numpy.array([5]), ones)
Array([ 10,  20, 150], dtype=int32)
""",
)
scatter_min = _scatter(
    "scatter_min",
    "min",
    """The operand with the lesser of old and update in windows.

>>> ones = rt.lax.ScatterDimensionNumbers((), (0,), (0,))
>>> rt.lax.scatter_min(rt.numpy.array([10, 20, 30]), rt.numpy.array([[2]]), rt.numpy.array([5]), ones)
Array([10, 20,  5], dtype=int32)
""",
)
scatter_max = _scatter(
    "scatter_max",
    "max",
    """The operand with the greater of old and update in windows.

>>> ones = rt.lax.ScatterDimensionNumbers((), (0,), (0,))
>>> rt.lax.scatter_max(rt.numpy.array([10, 20, 30]), rt.numpy.array([[2]]), rt.numpy.array([5]), ones)
Array([10, 20, 30], dtype=int32)
""",
)


def scatter_sub(
    operand: ArrayLike,
    scatter_indices: ArrayLike,
    updates: ArrayLike,
    dimension_numbers: ScatterDimensionNumbers,
    *,
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    mode: Any = None,
) -> Array:
    """The operand with the updates subtracted in windows.

    >>> ones = rt.lax.ScatterDimensionNumbers((), (0,), (0,))
    >>> rt.lax.scatter_sub(rt.numpy.array([10, 20, 30]), rt.numpy.array([[2]]), rt.numpy.array([5]), ones)
    Array([10, 20, 25], dtype=int32)
    """
    return scatter_add(operand, scatter_indices, ew.neg(lift.operand("scatter_sub", updates)), dimension_numbers,
                       indices_are_sorted=indices_are_sorted, unique_indices=unique_indices, mode=mode)  # fmt: skip


def scatter_apply(
    operand: ArrayLike,
    scatter_indices: ArrayLike,
    func: Callable[[Any], Any],
    dimension_numbers: ScatterDimensionNumbers,
    *,
    update_shape: tuple[int, ...] = (),
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    mode: Any = None,
) -> Array:
    """The operand with func applied to the windows, of which none may overlap.

    >>> ones = rt.lax.ScatterDimensionNumbers((), (0,), (0,))
    >>> rt.lax.scatter_apply(rt.numpy.array([1.0, 4.0]), rt.numpy.array([[1]]), rt.lax.sqrt, ones)
    Array([1., 2.], dtype=float32)
    """
    x, at = lift.operand("scatter_apply", operand), lift.operand("scatter_apply", scatter_indices)
    attrs = {"mode": mode_of("scatter_apply", mode), **_ints(dimension_numbers)}
    old = indexing.gather_updates(x, at, tuple(update_shape), attrs)
    return indexing.scatter(x, at, lift.convert(func(old), x.dtype), op="set", indices_are_sorted=indices_are_sorted,
                            unique_indices=True, **attrs)  # fmt: skip


def index_take(src: ArrayLike, idxs: Sequence[ArrayLike], axes: Sequence[int]) -> Array:
    """src at index vectors along these axes: idxs holds one array of indices for each axis.

    >>> rt.lax.index_take(rt.numpy.array([[1, 2], [3, 4]]), (rt.numpy.array([1, 0]),), (0,))
    Array([[3, 4],
           [1, 2]], dtype=int32)
    """
    x = lift.operand("index_take", src)
    columns = [arrange.expand_dims(lift.operand("index_take", i), (1,)) for i in idxs]
    at = arrange.concatenate(columns, 1)
    dims = lift.axes_of("index_take", tuple(axes), x.ndim)
    rest = tuple(range(1, x.ndim - len(dims) + 1))
    sizes = [1 if a in dims else n for a, n in enumerate(x.shape)]
    return gather(x, at, GatherDimensionNumbers(rest, dims, tuple(axes)), sizes, mode="clip")
