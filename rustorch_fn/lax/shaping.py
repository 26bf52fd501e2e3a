"""Ops that move elements: where is each element of the result read from?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.parts import Pair, each
from rustorch_fn.core.primitive import BatchAxis, Hole, Primitive, primitive
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of
from rustorch_fn.kernel import expr as K
from rustorch_fn.lax import elementwise
from rustorch_fn.lax.families import Linear, constant, filled, move, unbatched_to, wide

Index = tuple[K.Expr, ...]
# a slice this many times smaller than its operand has its cotangent added in place
SMALL_PART = 8

# --- axes ---


def without(axes: Iterable[int], drop: Iterable[int]) -> tuple[int, ...]:
    """The axes that are not among `drop`."""
    drop = set(drop)
    return tuple(a for a in axes if a not in drop)


def up(axes: Iterable[int], d: int) -> tuple[int, ...]:
    """Axis numbers after a new axis came in at d."""
    return tuple(a + (a >= d) for a in axes)


def put(values: Sequence[Any], d: int, value: Any) -> tuple[Any, ...]:
    """The values with one more at d."""
    return (*values[:d], value, *values[d:])


def inverse(perm: Sequence[int]) -> tuple[int, ...]:
    """The permutation that undoes `perm`."""
    return tuple(sorted(range(len(perm)), key=perm.__getitem__))


def clamp(i: K.Expr, n: int) -> K.Expr:
    """An index brought into range(n)."""
    return K.maximum(K.index(0), K.minimum(i, K.index(n - 1)))


def inside(i: K.Expr, low: int, high: int, lowest: int, highest: int) -> K.Expr:
    """low <= i < high, for an i that is known to lie in lowest..highest."""
    yes = K.const(True, "bool")
    above = yes if low <= lowest else K.compare("ge", i, K.index(low))
    return K.and_(above, yes if highest < high else K.compare("lt", i, K.index(high)))


def zeros_like(aval: Aval) -> Any:
    """Zeros of the type and shape of an aval."""
    return roles.broadcast(constant(0, aval.dtype), aval.shape, ())


def check_axes(op: str, axes: Sequence[int], x: Aval) -> None:
    """Each axis is one of x's, once."""
    for a in axes:
        if not 0 <= a < x.ndim:
            raise errors.AxisError.out_of_range(op, a, x.ndim)
    if len(set(axes)) != len(axes):
        raise errors.AxisError(f"{op}: an axis is named twice", got=f"{axes} of {x}", hint="Name each axis once.")


# --- ops ---


@primitive
class iota(Primitive):
    """0, 1, 2, … along `axis`, the same along all others."""

    def shape(*, shape, dtype, axis):
        if not 0 <= axis < len(shape):
            raise errors.AxisError.out_of_range("iota", axis, len(shape))
        return Aval(shape, dtype)

    def ref(*, shape, dtype, axis):
        line = np.arange(shape[axis]).astype(dtype)
        return np.broadcast_to(line.reshape([-1 if a == axis else 1 for a in range(len(shape))]), shape)

    def at(i, *, shape, dtype, axis):
        return K.convert(i[axis], dtypes.SHORT[dtype])

    def parts(*, shape, dtype, axis):
        line = iota(shape=shape, dtype=dtypes.part(dtype), axis=axis)
        return Pair(line, filled(line, 0))

    def lin(active, **attrs):
        return iota(**attrs), lambda: None


@primitive
class broadcast(Linear):
    """x's axes at `dims` of `shape`, in order; x is repeated along the others."""

    def shape(x, *, shape, dims):
        if len(dims) != x.ndim or tuple(shape[d] for d in dims) != x.shape or tuple(sorted(set(dims))) != tuple(dims):
            raise errors.ShapeError("broadcast: the axes do not fit", got=f"{x} at {dims} of {shape}",
                                    hint="They keep order and size; rt.numpy.broadcast_to stretches.")  # fmt: skip
        return x.like(shape=shape)

    def ref(x, *, shape, dims):
        return np.broadcast_to(np.expand_dims(x, without(range(len(shape)), dims)), shape)

    def at(i, x, *, shape, dims):
        return x[tuple(i[d] for d in dims)]

    def transpose(ct, x, *, shape, dims):
        return (folding.reduce_sum(ct, axes=without(range(len(shape)), dims)),)

    def batch(axis, xs, ds, *, shape, dims):
        x = move(xs[0], ds[0], 0)
        return broadcast(x, shape=(axis.size, *shape), dims=(0, *(d + 1 for d in dims))), 0


@primitive
class reshape(Linear):
    """The same elements in row-major order, under another shape."""

    def shape(x, *, shape):
        if math.prod(shape) != x.size or any(n < 0 for n in shape):
            raise errors.ShapeError("reshape: the numbers of elements differ", got=f"{x} to {shape}",
                                    hint=f"{x.size} elements are needed.")  # fmt: skip
        return x.like(shape=shape)

    def ref(x, *, shape):
        return np.reshape(x, shape)

    def at(i, x, *, shape):
        return x[refold(i, shape, x.shape)]

    def transpose(ct, x, *, shape):
        return (reshape(ct, shape=x.shape),)

    def batch(axis, xs, ds, *, shape):
        return reshape(move(xs[0], ds[0], 0), shape=(axis.size, *shape)), 0


def refold(i: Index, shape: Sequence[int], to: Sequence[int]) -> Index:
    """The index into `to` of the element that has index i in `shape`: axes with common factors stay apart."""
    if 0 in shape:
        return tuple(K.index(0) for _ in to)
    out: list[K.Expr] = []
    a = b = 0
    while b < len(to):
        b_end, a_end, p, q = b + 1, a, to[b], 1
        while p != q:
            if q < p:
                q, a_end = q * shape[a_end], a_end + 1
            else:
                p, b_end = p * to[b_end], b_end + 1
        flat = K.index(0)
        for k in range(a, a_end):
            flat = flat * shape[k] + i[k]
        rest = math.prod(to[b:b_end])
        for k in range(b, b_end):
            here = rest // to[k]
            out.append(K.imod(K.idiv(flat, here), to[k]) if k > b else K.idiv(flat, here))
            rest = here
        a, b = a_end, b_end
    return tuple(out)


@primitive
class permute(Linear):
    """Axis k of the result is axis perm[k] of x."""

    def shape(x, *, perm):
        if sorted(perm) != list(range(x.ndim)):
            raise errors.AxisError("permute: perm does not name each axis once", got=f"{perm} for {x}",
                                   hint=f"A permutation of {tuple(range(x.ndim))} would work.")  # fmt: skip
        return x.like(shape=tuple(x.shape[p] for p in perm))

    def ref(x, *, perm):
        return np.transpose(x, perm)

    def at(i, x, *, perm):
        return x[tuple(i[k] for k in inverse(perm))]

    def transpose(ct, x, *, perm):
        return (permute(ct, perm=inverse(perm)),)

    def batch(axis, xs, ds, *, perm):
        d = ds[0]
        return permute(xs[0], perm=(d, *up(perm, d))), 0


@primitive
class slice_(Linear):
    """x[start:limit:strides] along each axis."""

    name = "slice"

    def shape(x, *, start, limit, strides=None):
        steps = strides or (1,) * x.ndim
        if not len(start) == len(limit) == len(steps) == x.ndim:
            raise errors.ShapeError("slice: one start, limit and stride for each axis",
                                    got=f"{start}:{limit}:{strides} of {x}")  # fmt: skip
        for lo, hi, step, n in zip(start, limit, steps, x.shape, strict=True):
            if not 0 <= lo <= hi <= n or step < 1:
                raise errors.ShapeError("slice: out of range", got=f"{start}:{limit}:{strides} of {x}",
                                        hint="0 <= start <= limit <= size, strides from 1.")  # fmt: skip
        return x.like(shape=tuple(-(-(hi - lo) // s) for lo, hi, s in zip(start, limit, steps, strict=True)))

    def ref(x, *, start, limit, strides=None):
        return x[tuple(map(slice, start, limit, strides or (1,) * x.ndim))]

    def at(i, x, *, start, limit, strides=None):
        return x[tuple(j * s + lo for j, s, lo in zip(i, strides or (1,) * len(i), start, strict=True))]

    def transpose(ct, x, *, start, limit, strides=None):
        steps = strides or (1,) * x.ndim
        last = [lo + (m - 1) * s + 1 if m else lo for lo, m, s in zip(start, aval_of(ct).shape, steps, strict=True)]
        high = tuple(n - end for n, end in zip(x.shape, last, strict=True))
        return (pad(ct, constant(0, x.aval.dtype), lo=start, hi=high, interior=tuple(s - 1 for s in steps)),)

    def accumulate(total, ct, x, *, start, limit, strides=None):
        if strides is None and SMALL_PART * aval_of(ct).size <= x.aval.size:
            return indexing.dynamic_slice.accumulate(total, ct, x, *(constant(a, dtypes.int32) for a in start),
                                                     sizes=aval_of(ct).shape)  # fmt: skip
        # a sum with zeros around is part of the loop that makes the total
        return elementwise.add(total, slice_.transpose(ct, x, start=start, limit=limit, strides=strides)[0])

    def batch(axis, xs, ds, *, start, limit, strides=None):
        d = ds[0]
        more = None if strides is None else put(strides, d, 1)
        return slice_(xs[0], start=put(start, d, 0), limit=put(limit, d, axis.size), strides=more), d


def slice_along(x: Any, axis: int, start: int, limit: int) -> Any:
    """x from start to limit along one axis."""
    shape = aval_of(x).shape
    zeros = (0,) * len(shape)
    return slice_(x, start=put(zeros[1:], axis, start), limit=(*shape[:axis], limit, *shape[axis + 1 :]))


def spread(n: int, interior: int) -> int:
    """The size of an axis with `interior` elements put between each two."""
    return n + max(n - 1, 0) * interior


@primitive
class pad(Linear):
    """x with `value` around it (lo, hi; negative ones crop) and between its elements (interior)."""

    linear_operands = 2

    def shape(x, value, *, lo, hi, interior):
        if not len(lo) == len(hi) == len(interior) == x.ndim or value.shape or value.dtype != x.dtype:
            raise errors.ShapeError("pad: a scalar of x's type, and one lo, hi and interior for each axis",
                                    got=f"{x} · {value} · {lo} · {hi} · {interior}")  # fmt: skip
        shape = tuple(low + high + spread(n, k) for n, low, high, k in zip(x.shape, lo, hi, interior, strict=True))
        if any(n < 0 for n in shape) or any(k < 0 for k in interior):
            raise errors.ShapeError("pad: more is cropped than there is", got=f"{x} by {lo} and {hi}",
                                    hint="Paddings that leave each axis a size of at least 0 would work.")  # fmt: skip
        return x.like(shape=shape, weak_type=x.weak_type and value.weak_type)

    def ref(x, value, *, lo, hi, interior):
        grown = np.full([spread(n, k) for n, k in zip(x.shape, interior, strict=True)], value, x.dtype)
        grown[tuple(slice(None, None, k + 1) for k in interior)] = x
        grown = grown[tuple(slice(max(-a, 0), max(grown.shape[d] - max(-b, 0), 0))
                            for d, (a, b) in enumerate(zip(lo, hi, strict=True)))]  # fmt: skip
        if all(a <= 0 for a in (*lo, *hi)):
            return grown
        # a crop that leaves less than nothing is made up by the other side's padding
        shape = [a + b + spread(n, k) for n, a, b, k in zip(x.shape, lo, hi, interior, strict=True)]
        out = np.full(shape, value, x.dtype)
        if grown.size:
            out[tuple(slice(max(a, 0), max(a, 0) + n) for a, n in zip(lo, grown.shape, strict=True))] = grown
        return out

    def at(i, x, value, *, lo, hi, interior):
        if 0 in x.shape:
            return value[()]
        guard, index = K.const(True, "bool"), []
        for j, n, low, high, gap in zip(i, x.shape, lo, hi, interior, strict=True):
            size = spread(n, gap)
            k = j - low
            guard = K.and_(guard, inside(k, 0, size, -low, size + high - 1))
            k = k if low <= 0 and high <= 0 else clamp(k, size)
            if gap:
                guard = K.and_(guard, K.eq(K.imod(k, gap + 1), K.index(0)))
            index.append(K.idiv(k, gap + 1))
        return K.select(guard, x[tuple(index)], value[()])

    def transpose(ct, x, value, *, lo, hi, interior):
        dx = dv = None
        if isinstance(x, Hole):
            cropped = pad(ct, constant(0, x.aval.dtype), lo=tuple(-a for a in lo), hi=tuple(-b for b in hi),
                          interior=(0,) * x.ndim)  # fmt: skip
            steps = tuple(k + 1 for k in interior)
            dx = slice_(cropped, start=(0,) * x.ndim, limit=aval_of(cropped).shape, strides=steps)
        if isinstance(value, Hole):
            place = Aval(x.shape, dtypes.bool_)
            around = pad(zeros_like(place), constant(True, dtypes.bool_), lo=lo, hi=hi, interior=interior)
            part = elementwise.select(around, ct, filled(ct, 0))
            dv = folding.reduce_sum(part, axes=tuple(range(x.ndim)))
        return dx, dv

    def batch(axis, xs, ds, *, lo, hi, interior):
        (x, value), (d, dv) = xs, ds
        d = 0 if d is None else d
        x = unbatched_to(axis, x, ds[0], d)
        attrs = dict(lo=put(lo, d, 0), hi=put(hi, d, 0), interior=put(interior, d, 0))
        if dv is None:
            return pad(x, value, **attrs), d
        aval = aval_of(x)
        around = pad(zeros_like(aval.like(dtype=dtypes.bool_)), constant(True, dtypes.bool_), **attrs)
        body = pad(x, constant(0, aval.dtype), **attrs)
        return elementwise.select(around, roles.broadcast(value, aval_of(body).shape, (d,)), body), d


@primitive
class concat(Linear):
    """The operands one after another along `axis`."""

    linear_operands = None

    def shape(*xs, axis):
        first = xs[0]
        check_axes("concat", (axis,), first)
        for x in xs:
            if x.dtype != first.dtype or put(x.shape[:axis] + x.shape[axis + 1 :], axis, 0) != put(
                first.shape[:axis] + first.shape[axis + 1 :], axis, 0
            ):
                raise errors.ShapeError("concat: the operands differ beyond the axis", got=" · ".join(map(repr, xs)),
                                        hint=f"All sizes but those of axis {axis} must be equal.")  # fmt: skip
        total = sum(x.shape[axis] for x in xs)
        vary = frozenset().union(*(x.vary for x in xs))
        return Aval(put(first.shape[:axis] + first.shape[axis + 1 :], axis, total), first.dtype,
                    all(x.weak_type for x in xs), vary)  # fmt: skip

    def ref(*xs, axis):
        return np.concatenate(xs, axis)

    def at(i, *xs, axis):
        ends = list(itertools.accumulate(x.shape[axis] for x in xs))
        parts = [(end, x) for end, x in zip(ends, xs, strict=True) if x.shape[axis]]
        value = None
        for end, x in reversed(parts):
            n = x.shape[axis]
            j = i[axis] - (end - n)
            here = x[put(i[:axis] + i[axis + 1 :], axis, j if len(parts) == 1 else clamp(j, n))]
            value = here if value is None else K.select(K.compare("lt", i[axis], K.index(end)), here, value)
        return K.const(0, xs[0].dtype) if value is None else value

    def transpose(ct, *xs, axis):
        out, start = [], 0
        for x in xs:
            n, aval = x.shape[axis], aval_of(ct)
            low, high = [0] * aval.ndim, list(aval.shape)
            low[axis], high[axis] = start, start + n
            out.append(slice_(ct, start=tuple(low), limit=tuple(high)) if isinstance(x, Hole) else None)
            start += n
        return tuple(out)

    def batch(axis_, xs, ds, *, axis):
        d = next(d for d in ds if d is not None)
        xs = [unbatched_to(axis_, x, k, d) for x, k in zip(xs, ds, strict=True)]
        return concat(*xs, axis=axis + (axis >= d)), d


@primitive
class flip(Linear):
    """x backwards along `axes`."""

    def shape(x, *, axes):
        check_axes("flip", axes, x)
        return x

    def ref(x, *, axes):
        return np.flip(x, axes)

    def at(i, x, *, axes):
        return x[tuple(x.shape[a] - 1 - j if a in axes else j for a, j in enumerate(i))]

    def transpose(ct, x, *, axes):
        return (flip(ct, axes=axes),)

    def batch(axis, xs, ds, *, axes):
        return flip(xs[0], axes=up(axes, ds[0])), ds[0]


# --- windows: how pooling and reduce_window read ---


def window_counts(
    shape: Sequence[int], window: Any, strides: Any, pads: Any, base_dilation: Any, window_dilation: Any
) -> tuple[int, ...]:
    """How many windows fit along each axis."""
    counts = []
    for n, w, s, (lo, hi), b, d in zip(shape, window, strides, pads, base_dilation, window_dilation, strict=True):
        room = lo + hi + spread(n, b - 1) - spread(w, d - 1)
        counts.append(room // s + 1 if room >= 0 else 0)
    return tuple(counts)


@primitive
class windows(Linear):
    """All windows of x: axes (place…, offset…). What lies outside of x, or between its spread elements, is `fill`."""

    def shape(x, *, window, strides, pads, base_dilation, window_dilation, fill=0):
        if not all(len(v) == x.ndim for v in (window, strides, pads, base_dilation, window_dilation)):
            raise errors.ShapeError("windows: one window, stride, padding and dilation for each axis",
                                    got=f"{x} · window {window} · strides {strides} · pads {pads}")  # fmt: skip
        if any(v < 1 for v in (*window, *strides, *base_dilation, *window_dilation)):
            raise errors.BadArgument("windows", "window", (window, strides, base_dilation, window_dilation),
                                     "Windows, strides and dilations of at least 1")  # fmt: skip
        counts = window_counts(x.shape, window, strides, pads, base_dilation, window_dilation)
        return x.like(shape=(*counts, *window))

    def ref(x, *, window, strides, pads, base_dilation, window_dilation, fill=0):
        lo, hi = zip(*pads, strict=True) if pads else ((), ())
        grown = pad.ref(x, np.array(fill, x.dtype), lo=lo, hi=hi, interior=tuple(b - 1 for b in base_dilation))
        counts = window_counts(x.shape, window, strides, pads, base_dilation, window_dilation)
        if 0 in counts:
            return np.empty((*counts, *window), x.dtype)
        steps = [s * by for s, by in zip(strides, grown.strides, strict=True)]
        within = [d * by for d, by in zip(window_dilation, grown.strides, strict=True)]
        return np.lib.stride_tricks.as_strided(grown, (*counts, *window), (*steps, *within), writeable=False)

    def at(i, x, *, window, strides, pads, base_dilation, window_dilation, fill=0):
        rank = len(window)
        if 0 in x.shape:
            return K.const(fill, x.dtype)
        guard, index = K.const(True, "bool"), []
        for a, (n, gap) in enumerate(zip(x.shape, base_dilation, strict=True)):
            lo, hi = pads[a]
            size = spread(n, gap - 1)
            k = i[a] * strides[a] + i[rank + a] * window_dilation[a] - lo
            guard = K.and_(guard, inside(k, 0, size, -lo, size + hi - 1))
            k = k if lo <= 0 and hi <= 0 else clamp(k, size)
            if gap > 1:
                guard = K.and_(guard, K.eq(K.imod(k, gap), K.index(0)))
            index.append(K.idiv(k, gap))
        return K.select(guard, x[tuple(index)], K.const(fill, x.dtype))

    def parts(x, *, fill=0, **attrs):
        return each(windows, (x,), dict(attrs, fill=complex(fill)))

    def lin(active, x, *, fill=0, **attrs):
        return windows(x, fill=fill, **attrs), lambda t: windows(t, fill=0, **attrs)

    def transpose(ct, x, *, window, fill=0, **attrs):
        return (overlap(ct, sizes=x.shape, **attrs),)

    def batch(axis, xs, ds, *, window, strides, pads, base_dilation, window_dilation, fill=0):
        x = move(xs[0], ds[0], 0)
        y = windows(x, window=(1, *window), strides=(1, *strides), pads=((0, 0), *pads), fill=fill,
                    base_dilation=(1, *base_dilation), window_dilation=(1, *window_dilation))  # fmt: skip
        shape = aval_of(y).shape
        rank = len(window) + 1
        return reshape(y, shape=shape[:rank] + shape[rank + 1 :]), 0


@primitive
class overlap(Linear):
    """The transpose of windows: each element of the result sums all that was read from its place."""

    def shape(y, *, sizes, strides, pads, base_dilation, window_dilation):
        window = y.shape[len(sizes) :]
        counts = window_counts(sizes, window, strides, pads, base_dilation, window_dilation)
        if y.shape != (*counts, *window):
            raise errors.ShapeError("overlap: these are not the windows of an array", got=f"{y} of {sizes}")
        return y.like(shape=sizes)

    def ref(y, *, sizes, strides, pads, base_dilation, window_dilation):
        rank = len(sizes)
        total = np.zeros(
            [max(spread(n, b - 1) + max(lo, 0) + max(hi, 0), 0)
             for n, b, (lo, hi) in zip(sizes, base_dilation, pads, strict=True)],
            np.float32 if y.dtype in dtypes.LOW else y.dtype,
        )  # fmt: skip
        for offset in np.ndindex(*y.shape[rank:]):
            place = []
            for k, d, s, m, (lo, _) in zip(offset, window_dilation, strides, y.shape[:rank], pads, strict=True):
                first = k * d + max(-lo, 0)
                place.append(slice(first, first + (m - 1) * s + 1 if m else first, s))
            total[tuple(place)] += y[(..., *offset)]
        return total[tuple(slice(max(lo, 0), max(lo, 0) + spread(n, b - 1), b)
                           for n, b, (lo, _) in zip(sizes, base_dilation, pads, strict=True))]  # fmt: skip

    def at(i, y, *, sizes, strides, pads, base_dilation, window_dilation):
        rank = len(sizes)
        if 0 in y.shape:
            return K.const(0, y.dtype)
        axes = [K.Axis(n, "w") for n in y.shape[rank:]]
        guard, places, offsets = K.const(True, "bool"), [], []
        for a, axis in enumerate(axes):
            lo, _ = pads[a]
            m, s, d, b = y.shape[a], strides[a], window_dilation[a], base_dilation[a]
            k = K.axis(axis)
            p = i[a] * b + lo - k * d
            lowest, highest = lo - (axis.extent - 1) * d, (sizes[a] - 1) * b + lo
            guard = K.and_(guard, inside(p, 0, (m - 1) * s + 1, lowest, highest))
            p = p if lowest >= 0 and highest <= (m - 1) * s else clamp(p, (m - 1) * s + 1)
            if s > 1:
                guard = K.and_(guard, K.eq(K.imod(p, s), K.index(0)))
            places.append(K.idiv(p, s))
            offsets.append(k)
        read = wide(y[(*places, *offsets)])
        total = K.fold(K.ADD, axes, [K.select(guard, read, K.const(0, read.dtype))])
        return K.convert(total, y.dtype)

    def transpose(ct, y, *, sizes, **attrs):
        return (windows(ct, window=y.shape[len(sizes) :], fill=0, **attrs),)

    def batch(axis: BatchAxis, xs, ds, *, sizes, strides, pads, base_dilation, window_dilation):
        y = move(xs[0], ds[0], 0)
        shape, rank = aval_of(y).shape, len(sizes) + 1
        y = reshape(y, shape=(*shape[:rank], 1, *shape[rank:]))
        return overlap(y, sizes=(axis.size, *sizes), strides=(1, *strides), pads=((0, 0), *pads),
                       base_dilation=(1, *base_dilation), window_dilation=(1, *window_dilation)), 0  # fmt: skip


from rustorch_fn.lax import folding, indexing  # noqa: E402  (these rooms are each other's transposes)
