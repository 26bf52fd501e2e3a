"""Ops that read and write at computed places, with JAX's dimension numbers.

For gather and scatter: the last axis of `indices` holds vectors; entry k of a vector is the start along operand axis
start_index_map[k]. The result's (the updates') axes `offset_dims` run over the window at that start, and its other
axes over the leading axes of `indices`, in order. The window has size 1 along `collapsed_slice_dims` and
`operand_batching_dims`; along the latter the start is the position along `start_indices_batching_dims`.
Windows that leave the operand are moved back ("clip"), give `fill_value` or are not written ("fill"), or are
promised not to occur ("promise").
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.parts import by_python, each
from rustorch_fn.core.primitive import Hole, primitive
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of
from rustorch_fn.kernel import expr as K
from rustorch_fn.lax import elementwise as E
from rustorch_fn.lax.families import Linear, Programmed, constant, filled, move, unbatched_to
from rustorch_fn.lax.shaping import clamp, concat, inside, iota, put, reshape, without, zeros_like

MODES = ("clip", "fill", "promise")


class Places(NamedTuple):
    """Which axis of what stands for what, in a gather or a scatter."""

    offset_dims: tuple[int, ...]
    collapsed_slice_dims: tuple[int, ...]
    start_index_map: tuple[int, ...]
    operand_batching_dims: tuple[int, ...]
    start_indices_batching_dims: tuple[int, ...]

    @staticmethod
    def of(attrs: dict[str, Any]) -> Places:
        return Places(*(attrs.get(field, ()) for field in Places._fields))

    def window_dims(self, rank: int) -> tuple[int, ...]:
        """The operand's axes that `offset_dims` run over."""
        return without(range(rank), (*self.collapsed_slice_dims, *self.operand_batching_dims))

    def batch_dims(self, out_rank: int) -> tuple[int, ...]:
        """The result's axes that run over the indices."""
        return without(range(out_rank), self.offset_dims)

    def check(self, op: str, x: Aval, indices: Aval, mode: str) -> None:
        if not indices.ndim or not dtypes.is_int(indices.dtype):
            raise errors.DtypeError(
                f"{op}: the indices are no array of integer vectors",
                got=indices,
                hint="indices.astype(int) would work; its last axis holds the vectors.",
            )
        if len(self.start_index_map) != indices.shape[-1]:
            raise errors.ShapeError(f"{op}: index vectors and start_index_map differ in length",
                                    got=f"{indices} and {self.start_index_map}",
                                    hint="One entry for each number of a vector.")  # fmt: skip
        if mode not in MODES:
            raise errors.BadArgument(op, "mode", mode, " or ".join(MODES))
        if len(self.offset_dims) != len(self.window_dims(x.ndim)):
            raise errors.ShapeError(f"{op}: as many offset_dims as axes that are neither collapsed nor batching",
                                    got=f"{x} with {self}",
                                    hint="Each of them has its place in the result.")  # fmt: skip

    def starts(self, i: tuple[K.Expr, ...], indices: K.View) -> dict[int, K.Expr]:
        """The start along each operand axis that has one, for the result's index i."""
        at = tuple(i[d] for d in self.batch_dims(len(i)))
        found = {a: K.convert(indices[(*at, K.index(k))], K.INDEX) for k, a in enumerate(self.start_index_map)}
        shared = (at[d] for d in self.start_indices_batching_dims)
        return found | dict(zip(self.operand_batching_dims, shared, strict=True))

    def place(self, i: tuple[K.Expr, ...], shape: Any, sizes: Any, indices: K.View) -> tuple[list[K.Expr], K.Expr]:
        """The operand's index that index i of the result stands for, moved inside, and whether it lay there."""
        index, guard = [K.index(0)] * len(shape), K.const(True, "bool")
        for axis, start in self.starts(i, indices).items():
            last = shape[axis] - sizes[axis]
            if axis in self.start_index_map:
                guard = K.and_(guard, K.and_(start >= 0, start <= last))
                start = clamp(start, last + 1)
            index[axis] = start
        for d, axis in zip(self.offset_dims, self.window_dims(len(shape)), strict=True):
            index[axis] = index[axis] + i[d]
        return index, guard

    def grids(self, shape: Any, sizes: Any, out_shape: Any, indices: np.ndarray, clip: bool) -> tuple[list[Any], Any]:
        """For NumPy: the operand's index along each axis, over the result, and where the window lies inside."""
        rank, batch = len(out_shape), self.batch_dims(len(out_shape))

        def over(values: np.ndarray, axes: Any) -> np.ndarray:
            return np.expand_dims(values, without(range(rank), axes))

        grids: list[Any] = [np.zeros((1,) * rank, np.int64) for _ in shape]
        valid = np.ones((1,) * rank, np.bool_)
        for k, axis in enumerate(self.start_index_map):
            start, last = over(indices[..., k].astype(np.int64), batch), shape[axis] - sizes[axis]
            valid = valid & (start >= 0) & (start <= last)
            grids[axis] = np.clip(start, 0, last) if clip else np.where((start >= 0) & (start <= last), start, 0)
        for axis, d in zip(self.operand_batching_dims, self.start_indices_batching_dims, strict=True):
            grids[axis] = over(np.arange(shape[axis]), (batch[d],))
        for d, axis in zip(self.offset_dims, self.window_dims(len(shape)), strict=True):
            grids[axis] = grids[axis] + over(np.arange(sizes[axis]), (d,))
        return grids, valid

    def attrs(self) -> dict[str, tuple[int, ...]]:
        return self._asdict()


@primitive
class gather(Linear):
    """The windows of x at `indices`."""

    def shape(x, indices, *, slice_sizes, mode="fill", fill_value=None, **attrs):
        places = Places.of(attrs)
        places.check("gather", x, indices, mode)
        for n, size, axis in zip(x.shape, slice_sizes, range(x.ndim), strict=True):
            one = axis in places.collapsed_slice_dims or axis in places.operand_batching_dims
            most = 1 if axis in places.operand_batching_dims else n  # a batch may be empty
            if not 0 <= size <= most or (one and size > 1):
                raise errors.ShapeError("gather: slice sizes that do not fit", got=f"{slice_sizes} of {x}",
                                        hint="At most an axis's size, 1 where it is dropped.")  # fmt: skip
        window = iter(slice_sizes[a] for a in places.window_dims(x.ndim))
        rest = iter(indices.shape[:-1])
        rank = len(places.offset_dims) + indices.ndim - 1
        return Aval(tuple(next(window) if d in places.offset_dims else next(rest) for d in range(rank)), x.dtype,
                    x.weak_type, x.vary | indices.vary)  # fmt: skip

    def ref(x, indices, *, slice_sizes, mode="fill", fill_value=None, **attrs):
        places = Places.of(attrs)
        short = Aval(x.shape, x.dtype), Aval(indices.shape, indices.dtype)
        out_shape = gather.shape(*short, slice_sizes=slice_sizes, mode=mode, **attrs).shape
        if 0 in out_shape:
            return np.zeros(out_shape, x.dtype)
        fill = np.array(fill_of(fill_value, x.dtype), x.dtype)
        if 0 in x.shape:
            return np.full(out_shape, fill)
        grids, valid = places.grids(x.shape, slice_sizes, out_shape, indices, mode != "fill")
        out = np.broadcast_to(x[tuple(grids)], out_shape)
        return np.where(valid, out, fill) if mode == "fill" else out

    def at(i, x, indices, *, slice_sizes, mode="fill", fill_value=None, **attrs):
        places = Places.of(attrs)
        fill = K.const(fill_of(fill_value, dtypes.LONG[x.dtype]), x.dtype)
        if 0 in x.shape:
            return fill
        index, guard = places.place(i, x.shape, slice_sizes, indices)
        value = x[tuple(index)]
        return K.select(guard, value, fill) if mode == "fill" else value

    def lin(active, x, indices, *, fill_value=None, **attrs):
        return (
            gather(x, indices, fill_value=fill_value, **attrs),
            lambda t, _: None if t is None else gather(t, indices, fill_value=0, **attrs),
        )

    def parts(x, indices, *, fill_value=None, **attrs):
        return each(gather, (x, indices), dict(attrs, fill_value=complex(fill_of(fill_value, dtypes.complex64))))

    def transpose(ct, x, indices, *, slice_sizes, mode="fill", fill_value=None, indices_are_sorted=False,
                  unique_indices=False, **attrs):  # fmt: skip
        return scatter(zeros_like(x.aval), indices, ct, op="add", mode=mode, indices_are_sorted=indices_are_sorted,
                       unique_indices=unique_indices, **attrs), None  # fmt: skip

    def accumulate(total, ct, x, indices, *, slice_sizes, fill_value=None, **attrs):
        return scatter(total, indices, ct, op="add", **attrs)

    def batch(axis, xs, ds, *, slice_sizes, **attrs):
        (x, indices), (dx, di) = xs, ds
        places = Places.of(attrs)
        rest = {k: v for k, v in attrs.items() if k not in Places._fields}
        if dx is not None:
            x = move(x, dx, 0)
        if di is None:
            places = places._replace(offset_dims=(0, *_after(places.offset_dims)), **_raised(places))
            return gather(x, indices, slice_sizes=(axis.size, *slice_sizes), **places.attrs(), **rest), 0
        indices = move(indices, di, 0)
        places = places._replace(offset_dims=_after(places.offset_dims),
                                 start_indices_batching_dims=_after(places.start_indices_batching_dims))  # fmt: skip
        if dx is not None:
            places = places._replace(**_raised(places))
            places = places._replace(operand_batching_dims=(0, *places.operand_batching_dims),
                                     start_indices_batching_dims=(0, *places.start_indices_batching_dims))  # fmt: skip
            slice_sizes = (1, *slice_sizes)
        rest["indices_are_sorted"] = False
        return gather(x, indices, slice_sizes=slice_sizes, **places.attrs(), **rest), 0


def _after(dims: tuple[int, ...]) -> tuple[int, ...]:
    """Axis numbers after a new axis 0 came in."""
    return tuple(d + 1 for d in dims)


def _raised(places: Places) -> dict[str, tuple[int, ...]]:
    """The fields that number the operand's axes, after it got a new axis 0."""
    fields = ("collapsed_slice_dims", "start_index_map", "operand_batching_dims")
    return {f: _after(getattr(places, f)) for f in fields}


def fill_of(value: Any, dtype: Any) -> Any:
    """JAX's default for what lies outside: NaN, the least signed or the greatest unsigned value, True."""
    if value is not None:
        return value
    if dtype in dtypes.INEXACT:
        return float("nan")
    if dtype == dtypes.bool_:
        return True
    return int(np.iinfo(dtype).min if dtype in dtypes.SIGNED else np.iinfo(dtypes.physical(dtype)).max)


_COMBINE = {"add": np.add, "mul": np.multiply, "min": np.minimum, "max": np.maximum}
_INTO = {"set": None, "add": K.ADD, "mul": K.MUL, "min": K.MIN, "max": K.MAX}
_INTO_BOOL = {"set": None, "add": K.OR, "mul": K.AND, "min": K.AND, "max": K.OR}


def _take_winners(ct: Any, x: Any, indices: Any, updates: Any, attrs: dict[str, Any]) -> tuple[Any, Any]:
    """Cotangents of a set: what was overwritten gets none, and of equal places the last update gets all."""
    dx = du = None
    if isinstance(x, Hole):
        dx = scatter(ct, indices, zeros_like(updates.aval if isinstance(updates, Hole) else aval_of(updates)),
                     op="set", **attrs)  # fmt: skip
    if isinstance(updates, Hole):
        du = gather_updates(ct, indices, updates.shape, attrs)
        if not attrs.get("unique_indices"):
            mine = reshape(
                iota(shape=(max(math.prod(updates.shape), 1),), dtype=dtypes.int32, axis=0), shape=updates.shape
            )
            owner = scatter(zeros_like(Aval(x.shape, dtypes.int32)), indices, mine, op="set", **attrs)
            won = E.eq(gather_updates(owner, indices, updates.shape, attrs), mine)
            du = E.select(won, du, filled(du, 0))
    return dx, du


def gather_updates(x: Any, indices: Any, shape: tuple[int, ...], attrs: dict[str, Any], fill: Any = 0) -> Any:
    """What x holds at the places of a scatter's updates of the given shape."""
    places = Places.of(attrs)
    sizes = window_sizes(places, aval_of(x).ndim, shape)
    return gather(x, indices, slice_sizes=sizes, fill_value=fill, **attrs)


def window_sizes(places: Places, rank: int, updates: tuple[int, ...]) -> tuple[int, ...]:
    """The size of an update's window along each operand axis."""
    sizes = dict(zip(places.window_dims(rank), (updates[d] for d in places.offset_dims), strict=True))
    return tuple(sizes.get(a, 1) for a in range(rank))


@primitive
class scatter(Programmed):
    """x with `updates` combined into the windows at `indices`: op is set, add, mul, min or max.

    Where windows of a "set" overlap the last update wins.
    """

    step = "nest"
    begins = 0

    def shape(x, indices, updates, *, op, mode="fill", indices_are_sorted=False, unique_indices=False, **attrs):
        places = Places.of(attrs)
        places.check("scatter", x, indices, mode)
        if op != "set" and op not in _COMBINE:
            raise errors.BadArgument("scatter", "op", op, "set, add, mul, min or max")
        sizes = window_sizes(places, x.ndim, updates.shape)
        rest = tuple(updates.shape[d] for d in places.batch_dims(updates.ndim))
        if updates.dtype != x.dtype or rest != indices.shape[:-1] or any(
            size > n and d not in places.operand_batching_dims
            for d, (size, n) in enumerate(zip(sizes, x.shape, strict=True))
        ):  # fmt: skip
            raise errors.ShapeError("scatter: updates that do not fit", got=f"{x} · {indices} · {updates}, {places}",
                                    hint="Their axes are the indices' leading ones and the window's.")  # fmt: skip
        return x.like(weak_type=x.weak_type and updates.weak_type)

    def ref(x, indices, updates, *, op, mode="fill", indices_are_sorted=False, unique_indices=False, **attrs):
        places = Places.of(attrs)
        low = x.dtype in dtypes.LOW and op != "set"
        out = x.astype(np.float32) if low else x.copy()
        if updates.size == 0:
            return out
        sizes = window_sizes(places, x.ndim, updates.shape)
        grids, valid = places.grids(x.shape, sizes, updates.shape, indices, mode != "fill")
        grids = list(np.broadcast_arrays(*grids, np.empty(updates.shape, np.bool_)))[:-1]
        if mode == "fill" and not valid.all():
            keep = np.broadcast_to(valid, updates.shape)
            grids, updates = [g[keep] for g in grids], updates[keep]
        if op == "set":
            out[tuple(grids)] = updates
        else:
            _COMBINE[op].at(out, tuple(grids), updates.astype(out.dtype))
        return out

    def held_as(dtype, *, op, **attrs):
        # storage types are summed in float32 and rounded once
        return "f32" if dtype in ("f16", "bf16") and op in ("add", "mul") else dtype

    def nest(write, x, indices, updates, *, op, mode="fill", **attrs):
        into = (_INTO_BOOL if x.dtype == "bool" else _INTO)[op]
        places = Places.of(attrs)
        axes = tuple(K.Axis(n, "u") for n in updates.shape)
        i = tuple(map(K.axis, axes))
        index, guard = places.place(i, x.shape, window_sizes(places, len(x.shape), updates.shape), indices)
        return axes, [write(tuple(index), updates[i], guard if mode == "fill" else None, into)]

    def lin(active, x, indices, updates, *, op, **attrs):
        y = scatter(x, indices, updates, op=op, **attrs)
        return y, _PUSHES[op](active, x, indices, updates, y, attrs)

    def parts(*xs, op, **attrs):
        if op in ("set", "add"):
            return each(scatter, xs, dict(attrs, op=op))
        return by_python(scatter, xs, dict(attrs, op=op))

    def linear(tainted, *, op, **attrs):
        return op in ("set", "add") and not tainted[1]

    def transpose(ct, x, indices, updates, *, op, **attrs):
        if op == "set":
            dx, du = _take_winners(ct, x, indices, updates, attrs)
            return dx, None, du
        du = gather_updates(ct, indices, updates.shape, attrs) if isinstance(updates, Hole) else None
        return ct if isinstance(x, Hole) else None, None, du

    def batch(axis, xs, ds, **attrs):
        (x, indices, updates), (dx, di, du) = xs, ds
        x, updates = unbatched_to(axis, x, dx, 0), unbatched_to(axis, updates, du, 0)
        places = Places.of(attrs)
        places = places._replace(**_raised(places))
        rest = {k: v for k, v in attrs.items() if k not in Places._fields}
        if di is None:
            places = places._replace(offset_dims=(0, *_after(places.offset_dims)))
            return scatter(x, indices, updates, **places.attrs(), **rest), 0
        rest["indices_are_sorted"] = False
        places = places._replace(
            offset_dims=_after(places.offset_dims),
            operand_batching_dims=(0, *places.operand_batching_dims),
            start_indices_batching_dims=(0, *_after(places.start_indices_batching_dims)),
        )
        return scatter(x, move(indices, di, 0), updates, **places.attrs(), **rest), 0


def _push_linear(op: str) -> Any:
    def rule(active: Any, x: Any, indices: Any, updates: Any, y: Any, attrs: Any) -> Any:
        def push(tx: Any, _: Any, tu: Any) -> Any:
            if tx is None and tu is None:
                return None
            if tu is None and op == "add":
                return tx
            tx = filled(x, 0) if tx is None else tx
            return scatter(tx, indices, filled(updates, 0) if tu is None else tu, op=op, **attrs)

        return push

    return rule


def _push_mul(active: Any, x: Any, indices: Any, updates: Any, y: Any, attrs: Any) -> Any:
    if active[2] and not attrs.get("unique_indices"):
        raise errors.MissingRule("scatter with op='mul'", "derivatives of its updates where indices may be equal",
                                 hint="Pass unique_indices=True if they differ.")  # fmt: skip
    factor = scatter(filled(x, 1), indices, updates, op="mul", **attrs) if active[0] else None
    old = gather_updates(x, indices, aval_of(updates).shape, attrs) if active[2] else None

    def push(tx: Any, _: Any, tu: Any) -> Any:
        t = filled(x, 0) if tx is None else E.mul(factor, tx)
        return t if tu is None else scatter(t, indices, E.mul(old, tu), op="add", **attrs)

    return push


def _push_best(active: Any, x: Any, indices: Any, updates: Any, y: Any, attrs: Any) -> Any:
    """min and max: all that equal the result share its gradient."""
    dtype, shape = aval_of(x).dtype, aval_of(updates).shape
    kept = roles.convert(E.eq(x, y), dtype)
    won = roles.convert(E.eq(updates, gather_updates(y, indices, shape, attrs)), dtype)
    count = scatter(kept, indices, won, op="add", **attrs)
    kept, won = E.div(kept, count), E.div(won, gather_updates(count, indices, shape, attrs, 1))

    def push(tx: Any, _: Any, tu: Any) -> Any:
        t = filled(x, 0) if tx is None else E.mul(kept, tx)
        return t if tu is None else scatter(t, indices, E.mul(won, tu), op="add", **attrs)

    return push


_PUSHES = {"set": _push_linear("set"), "add": _push_linear("add"), "mul": _push_mul,
           "min": _push_best, "max": _push_best}  # fmt: skip


# --- one window ---


def _check_starts(op: str, x: Aval, sizes: tuple[int, ...], starts: Any) -> None:
    if len(starts) != x.ndim or any(s.shape or not dtypes.is_int(s.dtype) for s in starts):
        got = " · ".join(map(repr, (x, *starts)))
        raise errors.ShapeError(f"{op}: one integer scalar as start for each axis", got=got)
    if len(sizes) != x.ndim or any(not 0 <= size <= n for size, n in zip(sizes, x.shape, strict=True)):
        raise errors.ShapeError(f"{op}: the window does not fit", got=f"{sizes} of {x}",
                                hint="Sizes between 0 and the axis's would work.")  # fmt: skip


def _clamped(starts: Any, shape: Any, sizes: Any) -> list[K.Expr]:
    """The starts, moved back so that the window lies inside."""
    return [clamp(K.convert(s[()], K.INDEX), n - size + 1) for s, n, size in zip(starts, shape, sizes, strict=True)]


def _window(starts: Any, shape: Any, sizes: Any) -> tuple[slice, ...]:
    lows = [min(max(int(s), 0), n - size) for s, n, size in zip(starts, shape, sizes, strict=True)]
    return tuple(slice(low, low + size) for low, size in zip(lows, sizes, strict=True))


def _index_vectors(axis: Any, starts: Any, ds: Any) -> Any:
    """Batched starts as one vector of indices for each member of the batch, along axis 0."""
    common = dtypes.int64 if any(aval_of(s).dtype.itemsize == 8 for s in starts) else dtypes.int32
    columns = [roles.convert(unbatched_to(axis, s, d, 0), common) for s, d in zip(starts, ds, strict=True)]
    return concat(*(reshape(c, shape=(axis.size, 1)) for c in columns), axis=1)


@primitive
class dynamic_slice(Linear):
    """The window of the given sizes at `starts`, moved back where it would leave x."""

    def shape(x, *starts, sizes):
        _check_starts("dynamic_slice", x, sizes, starts)
        return x.like(shape=tuple(sizes))

    def ref(x, *starts, sizes):
        return x[_window(starts, x.shape, sizes)]

    def at(i, x, *starts, sizes):
        lows = _clamped(starts, x.shape, sizes)
        return x[tuple(low + j for low, j in zip(lows, i, strict=True))]

    def transpose(ct, x, *starts, sizes):
        return (dynamic_update(zeros_like(x.aval), ct, *starts), *(None for _ in starts))

    def accumulate(total, ct, x, *starts, sizes):
        return dynamic_update(total, E.add(dynamic_slice(total, *starts, sizes=sizes), ct), *starts)

    def batch(axis, xs, ds, *, sizes):
        (x, *starts), (d, *dstarts) = xs, ds
        if all(k is None for k in dstarts):
            zero = constant(0, dtypes.int32)
            return dynamic_slice(x, *put(starts, d, zero), sizes=put(sizes, d, axis.size)), d
        rank = len(sizes)
        places = Places(tuple(range(1, rank + 1)), (), tuple(range(rank)), (), ())
        if d is not None:
            x, sizes = move(x, d, 0), (1, *sizes)
            places = places._replace(start_index_map=tuple(range(1, rank + 1)), operand_batching_dims=(0,),
                                     start_indices_batching_dims=(0,))  # fmt: skip
        indices = _index_vectors(axis, starts, dstarts)
        return gather(x, indices, slice_sizes=tuple(sizes), mode="clip", **places.attrs()), 0


@primitive
class dynamic_update(Linear):
    """x with `update` in the window at `starts`, moved back where it would leave x."""

    linear_operands = 2
    begins = 0

    def shape(x, update, *starts):
        _check_starts("dynamic_update", x, update.shape, starts)
        if update.dtype != x.dtype:
            raise errors.DtypeError(
                "dynamic_update: the types differ", got=f"{x} · {update}", hint="update.astype(x.dtype) would work."
            )
        return x.like(weak_type=x.weak_type and update.weak_type)

    def ref(x, update, *starts):
        out = x.copy()
        out[_window(starts, x.shape, update.shape)] = update
        return out

    def at(i, x, update, *starts):
        if 0 in update.shape:
            return x[i]
        lows = _clamped(starts, x.shape, update.shape)
        guard, index = K.const(True, "bool"), []
        for j, low, n, size in zip(i, lows, x.shape, update.shape, strict=True):
            if size == n:
                index.append(j)
                continue
            k = j - low
            guard = K.and_(guard, inside(k, 0, size, 1 - n, n - 1))
            index.append(clamp(k, size))
        return K.select(guard, update[tuple(index)], x[i])

    def nest(write, x, update, *starts):
        axes = tuple(K.Axis(n, "u") for n in update.shape)
        i = tuple(map(K.axis, axes))
        lows = _clamped(starts, x.shape, update.shape)
        return axes, [write(tuple(low + j for low, j in zip(lows, i, strict=True)), update[i])]

    def transpose(ct, x, update, *starts):
        dx = du = None
        if isinstance(x, Hole):
            dx = dynamic_update(ct, zeros_like(aval_of(update)), *starts)
        if isinstance(update, Hole):
            du = dynamic_slice(ct, *starts, sizes=update.shape)
        return (dx, du, *(None for _ in starts))

    def batch(axis, xs, ds):
        (x, update, *starts), (dx, du, *dstarts) = xs, ds
        x, update = unbatched_to(axis, x, dx, 0), unbatched_to(axis, update, du, 0)
        if all(k is None for k in dstarts):
            return dynamic_update(x, update, constant(0, dtypes.int32), *starts), 0
        rank = len(starts)
        inner = tuple(range(1, rank + 1))
        places = Places(inner, (), inner, (0,), (0,))
        return scatter(x, _index_vectors(axis, starts, dstarts), update, op="set", mode="clip", unique_indices=True,
                       **places.attrs()), 0  # fmt: skip


def take_along(x: Any, places: Any, axis: int) -> Any:
    """x[…, places[…, k, …], …] along one axis, all other axes alike; the places are known to lie inside."""
    shape, rank = aval_of(places).shape, aval_of(places).ndim
    others = without(range(rank), (axis,))
    along = Places((), (axis,), (axis,), others, others)
    return gather(x, reshape(places, shape=(*shape, 1)), slice_sizes=(1,) * rank, mode="promise", **along.attrs())
