"""x[...], x.at[...] and take: reading and writing at places.

An index is read once into a `Plan`; reading and writing follow the same plan. Indices whose values are known are
checked; traced ones are moved inside when reading and dropped when writing, unless a mode says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index as as_index
from typing import Any, NamedTuple

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import access, arrange, indexing, lift, shaping
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.numpy import ufuncs as u
from rustorch_fn.numpy.creation import index_grid
from rustorch_fn.typing import Array, ArrayLike

WHOLE = "Convert them: indices.astype('int32')."


class Plan(NamedTuple):
    """What an index means for one shape.

    Axis a is first cut to start[a] : start[a] + count[a] * step[a] : step[a]. Then the axes `columns` go, and the
    common shape `broad` of their indices comes in at place `front` of the result. `layout` is the rest of the result:
    axis numbers, and None for new axes.
    """

    start: tuple[int, ...]
    step: tuple[int, ...]
    count: tuple[int, ...]  # type: ignore[assignment]  # nobody counts the fields
    columns: dict[int, Any]
    broad: tuple[int, ...]
    front: int
    layout: tuple[int | None, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the result."""
        rest = [1 if a is None else self.count[a] for a in self.layout]
        return (*rest[: self.front], *self.broad, *rest[self.front :])

    @property
    def dense(self) -> tuple[int, ...]:
        """The shape of the result without new axes."""
        rest = [(k, self.count[a]) for k, a in enumerate(self.layout) if a is not None]
        return (*(n for k, n in rest if k < self.front), *self.broad, *(n for k, n in rest if k >= self.front))

    @property
    def whole(self) -> bool:
        """Whether the slices leave every axis as it is."""
        return not any(self.start) and all(s == 1 for s in self.step)


# --- reading an index ---


def plan(shape: tuple[int, ...], index: Any, mode: Any = None, wrap: bool = True) -> Plan:
    """What an index means for an array of this shape; without `wrap` negative places lie outside of it."""
    items = _items(shape, index)
    start, step, count = [0] * len(shape), [1] * len(shape), list(shape)
    columns: dict[int, Any] = {}
    layout: list[int | None] = []
    fronts: list[int] = []
    spots: list[int] = []
    # plain ints are slices of one element, unless something else is computed or may lie outside
    computed = mode is not None or not wrap or any(isinstance(i, lift.Value | np.ndarray) for i in items)
    axis = 0
    for spot, item in enumerate(items):
        if item is None:
            layout.append(None)
            continue
        if item is Ellipsis:
            continue
        n = shape[axis]
        if isinstance(item, slice):
            start[axis], step[axis], count[axis] = _range(item, n)
            layout.append(axis)
        elif isinstance(item, int) and not computed:
            start[axis], count[axis] = _inside(item, axis, n), 1
        else:
            columns[axis] = _column(item, axis, n, mode, wrap)
            fronts.append(len(layout))
            spots.append(spot)
        axis += 1
    broad = lift.broadcast_shapes(*(lift.shape_of_value(c) for c in columns.values()), op="index") if columns else ()
    together = not spots or spots[-1] - spots[0] == len(spots) - 1
    return Plan(
        tuple(start), tuple(step), tuple(count), columns, broad, fronts[0] if fronts and together else 0, tuple(layout)
    )


def _items(shape: tuple[int, ...], index: Any) -> list[Any]:
    """The index as one item for each axis, and None for each new one; '...' that stands for no axis stays.

    To NumPy it stands between arrays all the same.
    """
    given = list(index) if isinstance(index, tuple) else [index]
    items: list[Any] = []
    for item in given:
        items.extend(_item(item))
    used = sum(i is not None and i is not Ellipsis for i in items)
    if used > len(shape):
        raise errors.AxisError(f"index: {used} indices for {len(shape)} axes", got=f"an array of shape {shape}",
                               hint=f"At most {len(shape)} would work; None and '...' do not count.")  # fmt: skip
    dots = [k for k, i in enumerate(items) if i is Ellipsis]
    if len(dots) > 1:
        raise errors.BadArgument("index", "index", "two ellipses", "One '...' at most")
    rest = [slice(None)] * (len(shape) - used)
    k = dots[0] if dots else len(items)
    items[k : k + 1] = rest or items[k : k + 1]
    _check_masks(shape, given)
    return items


def _item(item: Any) -> list[Any]:
    """One entry of an index as the items that it stands for: a mask stands for one array of places for each axis."""
    if item is None or item is Ellipsis or isinstance(item, slice):
        return [item]
    if isinstance(item, list):
        item = lift.asarray(item) if item else np.zeros(0, np.int32)
    if isinstance(item, int):
        return [item]
    if not isinstance(item, lift.Value | np.ndarray | np.generic):
        if hasattr(item, "__index__"):
            return [as_index(item)]
        if hasattr(item, "__array__"):  # columns of pandas and polars
            return _item(lift.asarray(item))
        raise errors.BadType("index", "an index", item, "Ints, slices, None, '...', arrays of integers or bools")
    dtype = item.dtype
    if dtype == dtypes.bool_:
        return _places(item)
    if dtype not in dtypes.INTS:
        raise errors.DtypeError("index: an index is neither integer nor bool", got=f"{dtype}{list(item.shape)}",
                                hint=WHOLE)  # fmt: skip
    if not lift.is_traced(item) and item.ndim == 0:
        return [int(lift.concrete(item, "index"))]
    return [item]


def _places(mask: Any) -> list[Any]:
    """The indices where a known mask holds."""
    if lift.is_traced(mask):
        raise errors.NonConcreteIndex("a traced mask does not say how many elements it takes", mask.aval)
    return [places.astype(np.int32) for places in np.nonzero(lift.concrete(mask))]


def _is_flag(item: Any) -> bool:
    """Whether an entry of an index is one known bool."""
    if isinstance(item, lift.Value | np.ndarray):
        return item.ndim == 0 and item.dtype == dtypes.bool_ and not lift.is_traced(item)
    return isinstance(item, bool | np.bool_)


def _without_flags(x: Any, index: Any) -> tuple[Any, Any]:
    """An array and its index without single bools: each stands for a new axis, and takes its one place or none."""
    items = list(index) if isinstance(index, tuple) else [index]
    flags = [k for k, item in enumerate(items) if _is_flag(item)]
    if not flags:
        return x, index
    axes = [0 if k in flags or i is None or i is Ellipsis else len(_item(i)) for k, i in enumerate(items)]
    dots = next((k for k, item in enumerate(items) if item is Ellipsis), len(items))
    shape, free = list(x.aval.shape), x.ndim - sum(axes)
    for k in reversed(flags):
        shape.insert(sum(axes[:k]) + (free if k > dots else 0), 1)
        items[k] = np.zeros(int(lift.concrete(items[k])), np.int32)
    return arrange.reshape(x, tuple(shape)), tuple(items)


def _check_masks(shape: tuple[int, ...], given: Sequence[Any]) -> None:
    """Masks have to match the axes that they stand on."""
    masks = [getattr(i, "dtype", None) == dtypes.bool_ and i.ndim for i in given]
    if not any(masks):
        return
    widths = [0 if i is None else mask or 1 for i, mask in zip(given, masks, strict=True)]
    for k, item in enumerate(given):
        if item is Ellipsis:
            widths[k] = 0
            widths[k] = len(shape) - sum(widths)
    for k, item in enumerate(given):
        first = sum(widths[:k])
        if masks[k] and tuple(item.shape) != shape[first : first + item.ndim]:
            raise errors.MaskMismatch(item.shape, shape[first : first + item.ndim])


def _range(item: slice, n: int) -> tuple[int, int, int]:
    """A slice as (first, step, count)."""
    try:
        first, stop, step = item.indices(n)
    except TypeError:
        for part in (item.start, item.stop, item.step):
            if lift.is_traced(part):
                hint = "Use rt.lax.dynamic_slice_in_dim(x, start, size), whose size is fixed."
                raise errors.NonConcreteIndex("a slice with traced bounds has no fixed size", part.aval, hint) from None
        raise errors.BadType("index", "a slice's bound", item, "Ints and None") from None
    except ValueError:
        raise errors.BadArgument("index", "a slice's step", item.step, "A step that is not 0") from None
    count = len(range(first, stop, step))
    return (first, step, count) if count else (0, 1, 0)


def _inside(i: int, axis: int, n: int) -> int:
    if not -n <= i < n:
        raise errors.IndexOutOfBounds(i, axis, n)
    return i % n


def _column(item: Any, axis: int, n: int, mode: Any, wrap: bool = True) -> Any:
    """Indices along one axis, counted from the front: NumPy int32 where they are known."""
    values: Any = np.asarray(item) if isinstance(item, int) else lift.known(item)
    if values is None:
        values = item if item.aval.dtype in (dtypes.int32, dtypes.int64) else lift.convert(item, dtypes.int32)
        if item.aval.dtype in dtypes.UNSIGNED or not wrap:
            return values
        wrapped = ew.add(values, u.like(values, n))
        return ew.select(ew.lt(values, u.like(values, 0)), wrapped, lift.convert(values, values.dtype))
    if mode is None and values.size:
        low, high = int(values.min()), int(values.max())
        lowest = -n if wrap else 0
        if low < lowest or high >= n:
            raise errors.IndexOutOfBounds(low if low < lowest else high, axis, n, lowest=lowest)
    values = values.astype(np.int64)
    if wrap:
        values = np.where(values < 0, values + n, values)
    return np.clip(values, -(2**31), 2**31 - 1).astype(np.int32)


# --- reading ---


def get(x: Any, index: Any, mode: Any = None, fill_value: Any = None, wrap: bool = True) -> Array:
    """x[index]; see `mode` and `fill_value` for indices outside, to which negative ones belong without `wrap`."""
    if mode is None and wrap and lift.eager(x):
        found = _known_index(index)
        if found is not None:
            try:
                return lift.made(x.view[found], x)
            except (IndexError, TypeError):
                # the plan says what is wrong
                x, index = _without_flags(x, index)
                return arrange.reshape(x, plan(x.shape, index).shape)
    x, index = _without_flags(x, index)
    p = plan(x.shape, index, mode, wrap)
    y = _cut(x, p)
    if p.columns:
        y = _collect(y, p, "clip" if mode is None else access.mode_of("index", mode), fill_value)
    return arrange.reshape(y, p.shape)


def _known_index(index: Any) -> Any:
    """The index in NumPy's terms, where all of it is known and NumPy means the same by it; else None."""
    out = []
    for item in index if type(index) is tuple else (index,):
        if type(item) in _PLAIN:
            out.append(item)
        elif type(item) is lift.Array or isinstance(item, np.ndarray):
            dtype = item.dtype
            if dtype not in dtypes.INTS and dtype != dtypes.bool_:
                return None
            out.append(item.view if type(item) is lift.Array else item)
        elif type(item) is slice and item.step != 0 and {type(item.start), type(item.stop), type(item.step)} <= _BOUNDS:
            out.append(item)
        else:
            return None
    return tuple(out)


_PLAIN = frozenset((int, bool, np.bool_, type(None), type(Ellipsis)))
_BOUNDS = frozenset((int, type(None)))


def _cut(x: Any, p: Plan) -> Any:
    """The slices of a plan."""
    if p.count == x.shape and p.whole:
        return x
    low = tuple(s if d > 0 else s + (c - 1) * d for s, d, c in zip(p.start, p.step, p.count, strict=True))
    high = tuple(lo + (c - 1) * abs(d) + 1 if c else lo for lo, d, c in zip(low, p.step, p.count, strict=True))
    y = arrange.slice(x, low, high, tuple(map(abs, p.step)))
    return arrange.rev(y, tuple(a for a, d in enumerate(p.step) if d < 0))


def _vectors(p: Plan) -> Any:
    """The index vectors of a plan, one entry for each column."""
    columns = [lift.broadcast_to(lift.operand("index", c), p.broad) for c in p.columns.values()]
    wide = dtypes.int64 if any(c.dtype == dtypes.int64 for c in columns) else dtypes.int32
    return arrange.concatenate([arrange.reshape(lift.convert(c, wide), (*p.broad, 1)) for c in columns], len(p.broad))


def _numbers(p: Plan, rank: int) -> dict[str, tuple[int, ...]]:
    """The dimension numbers of a plan's gather or scatter."""
    front = sum(a is not None for a in p.layout[: p.front])
    broad = range(front, front + len(p.broad))
    offsets = tuple(d for d in range(rank - len(p.columns) + len(p.broad)) if d not in broad)
    return {"offset_dims": offsets, "collapsed_slice_dims": tuple(p.columns), "start_index_map": tuple(p.columns)}


def _collect(y: Any, p: Plan, mode: str, fill_value: Any) -> Any:
    """The elements at the columns of a plan."""
    if not p.broad and mode != "fill":
        starts = [lift.operand("index", p.columns.get(a, np.int32(0))) for a in range(y.ndim)]
        sizes = tuple(1 if a in p.columns else n for a, n in enumerate(y.shape))
        return arrange.reshape(indexing.dynamic_slice(y, *starts, sizes=sizes), p.dense)
    sizes = tuple(1 if a in p.columns else n for a, n in enumerate(y.shape))
    if 0 in p.dense:
        return lift.full(p.dense, 0, y.dtype, y.weak_type)
    if any(y.shape[a] == 0 for a in p.columns):
        raise errors.ShapeError("index: nothing can be taken from an empty axis", got=y.aval)
    return indexing.gather(y, _vectors(p), slice_sizes=sizes, mode=mode, fill_value=fill_value, **_numbers(p, y.ndim))


# --- writing ---

# values from which a compiled scatter is faster than NumPy's `ufunc.at`
MANY = 1 << 12
_COMBINE: dict[str, Callable[[Any, Any], Any]] = {
    "set": lambda old, new: new, "add": u.add, "mul": u.multiply, "min": u.minimum, "max": u.maximum,
}  # fmt: skip


def update(x: Any, index: Any, op: str, values: Any, mode: Any = None, wrap: bool = True, **promises: bool) -> Array:
    """x with values combined in at an index: op is set, add, mul, min or max."""
    new = _as_type(x, values)
    if mode is None and wrap and lift.eager(x, new):
        found = _known_index(index)
        if found is not None and (op == "set" or (x.dtype not in dtypes.LOW and new.size < MANY)):
            written = _written(x, found, op, new)
            if written is not None:
                return written
    mask = _whole_mask(x, index, values)
    if mask is not None:
        return ew.select(mask, _COMBINE[op](x, lift.broadcast_to(new, x.shape)), x)
    y, items = _without_flags(x, index)
    if y is not x:
        return arrange.reshape(update(y, items, op, new, mode, wrap, **promises), x.shape)
    p = plan(x.shape, index, mode, wrap)
    if len(new.shape) > len(p.shape):
        # leading axes of size 1 are allowed, as in NumPy
        extra = len(new.shape) - len(p.shape)
        if any(n != 1 for n in new.shape[:extra]):
            raise errors.ShapeError(
                "at: the values do not fit",
                got=f"{new.aval!r} into {p.shape}",
                hint="Values that broadcast to that shape would work.",
            )
        new = arrange.reshape(new, new.shape[extra:])
    new = arrange.reshape(lift.broadcast_to(new, p.shape), p.dense)
    if 0 in p.dense:
        return x
    if not p.columns:
        return _write_slices(x, p, op, new)
    how = access.mode_of("at", mode)
    if not p.broad and all(s == 1 for s in p.step):
        return _write_window(x, p, op, new, how)
    if p.count != x.shape or not p.whole:
        inner = _scatter(_cut(x, p), p, op, new, how, promises)
        kept = p._replace(columns={}, broad=(), front=0, layout=tuple(range(x.ndim)))
        return _write_slices(x, kept, "set", inner)
    return _scatter(x, p, op, new, how, promises)


_AT = {"add": np.add, "mul": np.multiply, "min": np.minimum, "max": np.maximum}


def _written(x: Any, index: Any, op: str, new: Any) -> Any:
    """What NumPy makes of a known index; None where something is wrong, which the plan can say."""
    out = x.view.copy()
    try:
        with np.errstate(all="ignore"):
            if op == "set" or x.dtype == dtypes.bool_:
                out[index] = new.view if op == "set" else _AT[op](out[index], new.view)
            else:
                _AT[op].at(out, index, new.view)
    except (IndexError, TypeError, ValueError):
        return None
    return lift.made(out, x)


def _as_type(x: Any, values: Any) -> Any:
    """The values in x's dtype; the caller's sequences are taken as arrays."""
    if isinstance(values, list | tuple):
        values = lift.asarray(values)
    dtype, weak = x.dtype, x.weak_type
    if isinstance(values, lift.Value):
        if values.dtype != dtype and dtypes.promote((values.dtype, values.weak_type), (dtype, False))[0] != dtype:
            hint = f"Convert the values first: values.astype('{dtype}')."
            if values.dtype in dtypes.FLOATS and dtype not in dtypes.FLOATS:
                raise errors.DtypeError(
                    "at: floats would lose their fractions", got=f"{values.aval} into {x.aval}", hint=hint
                )
        return lift.convert(values, dtype, weak)
    return lift.to(values, dtype, weak)


def _whole_mask(x: Any, index: Any, values: Any) -> Any:
    """A mask that is the whole index, widened to x's shape, where the values do not depend on which places it takes."""
    if not isinstance(index, lift.Value) or index.dtype != dtypes.bool_ or not index.ndim:
        return None
    if index.shape != x.shape[: index.ndim]:
        raise errors.MaskMismatch(index.shape, x.shape[: index.ndim])
    shape = np.shape(values) if not isinstance(values, lift.Value) else values.shape
    rest = x.ndim - index.ndim
    if len(shape) > rest and any(n != 1 for n in shape[: len(shape) - rest]):
        return None
    if len(shape) > rest and rest + 1 < len(shape):
        return None
    return lift.broadcast_to(arrange.reshape(index, (*index.shape, *(1 for _ in range(rest)))), x.shape)


def _write_slices(x: Any, p: Plan, op: str, new: Any) -> Any:
    """Write a box of slices."""
    new = arrange.reshape(new, p.count)
    if op != "set":
        new = _COMBINE[op](_cut(x, p), new)
    if p.count == x.shape and p.whole:
        return lift.convert(new, x.dtype, x.weak_type)
    new = arrange.rev(new, tuple(a for a, d in enumerate(p.step) if d < 0))
    low = [s if d > 0 else s + (c - 1) * d for s, d, c in zip(p.start, p.step, p.count, strict=True)]
    gaps = [abs(d) for d in p.step]
    if all(g == 1 or c == 1 for g, c in zip(gaps, p.count, strict=True)):
        return indexing.dynamic_update(x, new, *(lift.constant(s, dtypes.int32) for s in low))
    config = [(s, n - s - ((c - 1) * g + 1), g - 1) for s, n, c, g in zip(low, x.shape, p.count, gaps, strict=True)]
    written = arrange.pad(lift.full(p.count, True, dtypes.bool_), False, config)
    return ew.select(written, arrange.pad(new, lift.constant(0, new.dtype, new.weak_type), config), x)


def _write_window(x: Any, p: Plan, op: str, new: Any, mode: str) -> Any:
    """Write one window at computed starts; where it would leave x, what was there is written back."""
    starts = [lift.operand("at", p.columns.get(a, np.int32(s))) for a, s in enumerate(p.start)]
    sizes = tuple(1 if a in p.columns else n for a, n in enumerate(p.count))
    new = arrange.reshape(new, sizes)
    if op != "set" or mode == "fill":
        old = indexing.dynamic_slice(x, *starts, sizes=sizes)
        new = _COMBINE[op](old, new)
        outside = [c for c in p.columns.items() if not isinstance(c[1], np.ndarray) or not 0 <= c[1] < x.shape[c[0]]]
        if mode == "fill" and outside:
            inside = [u.logical_and(u.greater_equal(c, 0), u.less(c, x.shape[a])) for a, c in outside]
            ok = inside[0]
            for more in inside[1:]:
                ok = ew.and_(ok, more)
            new = ew.select(lift.broadcast_to(ok, sizes), new, old)
    return indexing.dynamic_update(x, new, *starts)


def _scatter(x: Any, p: Plan, op: str, new: Any, mode: str, promises: dict[str, bool]) -> Any:
    return indexing.scatter(x, _vectors(p), new, op=op, mode=mode, **_numbers(p, x.ndim), **promises)


class At:
    """`x.at`: x.at[index].set(values) and its kin give a changed copy of x."""

    __slots__ = ("array",)

    def __init__(self, array: Any) -> None:
        self.array = array

    def __getitem__(self, index: Any) -> Place:
        return Place(self.array, index)

    def __repr__(self) -> str:
        return f"x.at of {self.array!r}"


class Place:
    """Some places of an array. Modes for what lies outside: None, 'clip', 'fill'/'drop', 'promise_in_bounds'."""

    __slots__ = ("array", "index")

    def __init__(self, array: Any, index: Any) -> None:
        self.array, self.index = array, index

    def get(
        self,
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Any = None,
        fill_value: ArrayLike | None = None,
        wrap_negative_indices: bool = True,
    ) -> Array:
        """The elements there; with mode='fill', fill_value (nan) for what lies outside."""
        mode = "fill" if mode is None and fill_value is not None else mode
        return get(self.array, self.index, mode, fill_value, wrap_negative_indices)

    def _read(self, options: dict[str, Any]) -> Array:
        """The elements there, whatever they are for places outside, which are not written."""
        wrap = options.get("wrap_negative_indices", True)
        return get(self.array, self.index, options.get("mode") or "clip", None, wrap)

    def _update(self, op: str, values: Any, options: dict[str, Any]) -> Array:
        options.pop("out_sharding", None)
        mode, wrap = options.pop("mode", None), options.pop("wrap_negative_indices", True)
        return update(self.array, self.index, op, values, mode, wrap, **options)

    def set(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with these values there."""
        return self._update("set", values, options)

    def add(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with values added there, as often as an index occurs."""
        return self._update("add", values, options)

    def subtract(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with values subtracted there."""
        return self._update("add", u.negative(lift.asarray(values)), options)

    sub = subtract

    def multiply(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with elements there multiplied."""
        return self._update("mul", values, options)

    mul = multiply

    def _ones_but(self, values: Any, options: dict[str, Any]) -> Array:
        """The product of the values there, 1 elsewhere."""
        return Place(u.like(self.array, 1), self.index)._update("mul", values, options)

    def divide(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with elements there divided."""
        factors = self._ones_but(values, options)
        return lift.convert(u.divide(self.array, factors), self.array.dtype)

    def power(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with elements there raised to a power."""
        exponents = self._ones_but(values, options)
        return lift.convert(u.power(self.array, exponents), self.array.dtype)

    def min(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with the lesser of element and value there."""
        return self._update("min", values, options)

    def max(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with the greater of element and value there."""
        return self._update("max", values, options)

    def apply(self, func: Callable[[Array], Any], **options: Any) -> Array:
        """The array with func applied to the elements there, once each."""
        if isinstance(self.index, lift.Value) and self.index.dtype == dtypes.bool_:
            return self._update("set", func(self.array), options) if self.index.shape == () else ew.select(
                lift.broadcast_to(self.index, self.array.shape), func(self.array), self.array)  # fmt: skip
        return self._update("set", func(self._read(options)), options)


# --- functions ---


def take(
    a: ArrayLike,
    indices: ArrayLike | Sequence[Any],
    axis: int | None = None,
    out: None = None,
    mode: Any = None,
    unique_indices: bool = False,
    indices_are_sorted: bool = False,
    fill_value: ArrayLike | None = None,
) -> Array:
    """The elements at indices along an axis, or of all elements in a row.

    Traced indices outside give `fill_value` (nan); mode='clip' takes the nearest, 'wrap' goes round.

    Raises IndexOutOfBounds for an index that is known and outside.

    >>> rt.numpy.take(rt.numpy.array([10, 20, 30]), rt.numpy.array([2, 0]))
    Array([30, 10], dtype=int32)
    """
    u.refuse_out("take", out)
    x = lift.operand("take", a)
    if axis is None:
        x, axis = arrange.reshape(x, (x.size,)), 0
    k = lift.axis_of("take", axis, x.ndim)
    at = lift.asarray(indices)
    if at.dtype not in dtypes.INTS:
        raise errors.DtypeError("take: the indices are no integers", got=at.aval, hint=WHOLE)
    if mode == "wrap":
        at, mode = u.remainder(at, x.shape[k]), "promise_in_bounds"
    elif mode == "clip":
        # in NumPy's clip mode negative indices are outside too
        at = u.clip(at, 0, x.shape[k] - 1)
    elif mode is None and lift.is_traced(at):
        mode = "fill"
    return get(x, (*[slice(None)] * k, at), mode, fill_value)


def take_along_axis(
    arr: ArrayLike,
    indices: ArrayLike,
    axis: int | None = -1,
    mode: Any = None,
    fill_value: ArrayLike | None = None,
    *,
    wrap_negative_indices: bool | None = None,
) -> Array:
    """arr at indices along an axis, all other axes alike: what argsort and argmax are for.

    >>> x = rt.numpy.array([[3, 1], [4, 9]])
    >>> rt.numpy.take_along_axis(x, rt.numpy.argsort(x, axis=1), axis=1)
    Array([[1, 3],
           [4, 9]], dtype=int32)
    """
    x, at = lift.operand("take_along_axis", arr), lift.operand("take_along_axis", indices)
    if at.dtype not in dtypes.INTS:
        raise errors.DtypeError("take_along_axis: the indices are no integers", got=at.aval, hint=WHOLE)
    if axis is None:
        x, axis = arrange.reshape(x, (x.size,)), 0
    k = lift.axis_of("take_along_axis", axis, x.ndim)
    if at.ndim != x.ndim:
        raise errors.ShapeError(
            "take_along_axis: the ranks differ",
            got=f"{x.aval!r} at {at.aval!r}",
            hint="Indices have as many axes as the array.",
        )
    rest = lift.broadcast_shapes(*((*s[:k], 1, *s[k + 1 :]) for s in (x.shape, at.shape)), op="take_along_axis")
    x = lift.broadcast_to(x, (*rest[:k], x.shape[k], *rest[k + 1 :]))
    at = lift.broadcast_to(at, (*rest[:k], at.shape[k], *rest[k + 1 :]))
    if 0 in at.shape:
        return lift.full(at.shape, 0, x.dtype)
    column = lift.operand("take_along_axis", _column(at, k, x.shape[k], mode, wrap_negative_indices is not False))
    others = tuple(a for a in range(x.ndim) if a != k)
    how = "promise" if mode is None and not lift.is_traced(at) else access.mode_of("take_along_axis", mode)
    return indexing.gather(x, shaping.reshape(column, shape=(*column.shape, 1)), slice_sizes=(1,) * x.ndim,
                           mode=how, fill_value=fill_value, offset_dims=(), collapsed_slice_dims=(k,),
                           start_index_map=(k,), operand_batching_dims=others,
                           start_indices_batching_dims=others)  # fmt: skip


def put_along_axis(
    arr: ArrayLike, indices: ArrayLike, values: ArrayLike, axis: int | None, inplace: bool = True, *, mode: Any = None
) -> Array:
    """A copy of arr with values at indices along an axis; say inplace=False, as arrays do not change.

    >>> rt.numpy.put_along_axis(rt.numpy.zeros((2, 2)), rt.numpy.array([[1], [0]]), 5.0, axis=1, inplace=False)
    Array([[0., 5.],
           [5., 0.]], dtype=float32)
    """
    if inplace:
        raise errors.BadArgument("put_along_axis", "inplace", True, "inplace=False, which gives a changed copy,")
    x, at = lift.operand("put_along_axis", arr), lift.operand("put_along_axis", indices)
    shape = x.shape
    if axis is None:
        x, axis = arrange.reshape(x, (x.size,)), 0
    k = lift.axis_of("put_along_axis", axis, x.ndim)
    full = (*x.shape[:k], at.shape[k], *x.shape[k + 1 :])
    at = lift.broadcast_to(at, full)
    index = tuple(at if a == k else index_grid(full, a) for a in range(x.ndim))
    return arrange.reshape(update(x, index, "set", values, mode), shape)


lift.roles.index = get
lift.register_method("at", property(At, doc="x.at[index].set(values) and its kin give a changed copy of x."))
