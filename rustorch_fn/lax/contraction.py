"""The two contractions: dot and conv. Each is its own derivative, and gains an axis without a loop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.primitive import BatchAxis, Hole, primitive
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of
from rustorch_fn.kernel import expr as K
from rustorch_fn.lax.families import Bilinear, Programmed, move
from rustorch_fn.lax.shaping import (
    clamp,
    flip,
    inside,
    inverse,
    reshape,
    spread,
    up,
    window_counts,
    windows,
    without,
    zeros_like,
)

Dims = tuple[int, ...]
Pair = tuple[Dims, Dims]


def accumulator(dtype: Any, out: Any) -> Any:
    """The type in which products are summed: storage types in float32, others in the wider of the two."""
    if out in dtypes.COMPLEX or dtype in dtypes.COMPLEX:
        return dtypes.complex128 if dtypes.complex128 in (dtype, out) else dtypes.complex64
    if dtypes.is_float(out):
        return dtypes.float64 if dtypes.float64 in (dtype, out) else dtypes.float32
    return out


def sum_of_products(axes: Sequence[K.Axis], x: K.Expr, y: K.Expr, dtype: Any, out: Any) -> K.Expr:
    """The folded product in the accumulator's type, given in type `out`."""
    wide = dtypes.SHORT[accumulator(dtype, out)]
    total = K.fold(K.ADD, axes, [K.mul(K.convert(x, wide), K.convert(y, wide))])
    return K.convert(total, dtypes.SHORT[out])


def _result_type(op: str, a: Aval, b: Aval, out_dtype: Any) -> Any:
    if a.dtype != b.dtype or a.dtype not in dtypes.INEXACT | dtypes.INTS:
        raise errors.DtypeError(f"{op}: numbers of one type are needed", got=f"{a} · {b}",
                                hint="Convert one of them with x.astype(…).")  # fmt: skip
    if a.dtype in dtypes.COMPLEX and out_dtype is not None and out_dtype not in dtypes.COMPLEX:
        raise errors.DtypeError(f"{op}: sums of complex products are complex", got=f"{a} · {b} to {out_dtype}",
                                hint="complex64 and complex128 would work.")  # fmt: skip
    return a.dtype if out_dtype is None else out_dtype


# --- dot ---


def free_dims(rank: int, contract: Sequence[int], batch: Sequence[int]) -> Dims:
    """The axes of an operand that are neither summed nor shared."""
    return without(range(rank), (*contract, *batch))


@primitive
class dot(Bilinear):
    """Sum of a * b over the `contract` axes, for each place of the `batch` axes.

    The result's axes are the batch axes, a's free axes and b's free axes.
    """

    def shape(a, b, *, contract, batch=((), ()), out_dtype=None, precision=None):
        dtype = _result_type("dot", a, b, out_dtype)
        (ac, bc), (ab, bb) = contract, batch
        for what, da, db in (("inner", ac, bc), ("batch", ab, bb)):
            if len(da) != len(db) or any(not 0 <= d < a.ndim for d in da) or any(not 0 <= d < b.ndim for d in db):
                raise errors.AxisError(f"dot: {what} axes that do not fit", got=f"{da} of {a} and {db} of {b}",
                                       hint="As many of each, in one order.")  # fmt: skip
            if any(a.shape[p] != b.shape[q] for p, q in zip(da, db, strict=True)):
                turned = len(da) == 1 and b.ndim == 2 and a.shape[da[0]] == b.shape[1 - db[0]] and what == "inner"
                hint = "Did you mean the second operand's .T?" if turned else "Both have one size there."
                raise errors.ShapeError(f"dot: {what} sizes differ", got=f"{a} · {b}, axes {da} and {db}", hint=hint)
        shape = (
            *(a.shape[d] for d in ab),
            *(a.shape[d] for d in free_dims(a.ndim, ac, ab)),
            *(b.shape[d] for d in free_dims(b.ndim, bc, bb)),
        )
        return Aval(shape, dtype, a.weak_type and b.weak_type and out_dtype is None, a.vary | b.vary)

    def ref(a, b, *, contract, batch=((), ()), out_dtype=None, precision=None):
        (ac, bc), (ab, bb) = contract, batch
        out = a.dtype if out_dtype is None else out_dtype
        wide = accumulator(a.dtype, out)
        if not ab and bc == (0,) and ac == (a.ndim - 1,) and a.ndim <= 2 and b.ndim <= 2:
            # NumPy's own product
            return np.matmul(a.astype(wide, copy=False), b.astype(wide, copy=False)).astype(out, copy=False)
        af, bf = free_dims(a.ndim, ac, ab), free_dims(b.ndim, bc, bb)
        shape = (*(a.shape[d] for d in (*ab, *af)), *(b.shape[d] for d in bf))

        def matrix(x: np.ndarray, *groups: Any) -> np.ndarray:
            x = np.transpose(x, [d for g in groups for d in g]).astype(wide, copy=False)
            cuts = np.cumsum([0, *map(len, groups)])
            return x.reshape([math.prod(x.shape[p:q]) for p, q in zip(cuts, cuts[1:], strict=False)])

        # one matrix needs no batch, and NumPy multiplies it by BLAS
        left, right = matrix(a, ab, af, ac), matrix(b, bb, bc, bf)
        return np.matmul(left, right).reshape(shape).astype(out, copy=False)

    def at(i, a, b, *, contract, batch=((), ()), out_dtype=None, precision=None):
        (ac, bc), (ab, bb) = contract, batch
        af, bf = free_dims(len(a.shape), ac, ab), free_dims(len(b.shape), bc, bb)
        over = [K.Axis(a.shape[d], "k") for d in ac]
        inner = [K.axis(k) for k in over]
        shared, mine, yours = i[: len(ab)], i[len(ab) : len(ab) + len(af)], i[len(ab) + len(af) :]
        x = _read(a, (*ab, *af, *ac), (*shared, *mine, *inner))
        y = _read(b, (*bb, *bf, *bc), (*shared, *yours, *inner))
        dtype = dtypes.LONG[a.dtype]
        return sum_of_products(over, x, y, dtype, dtype if out_dtype is None else out_dtype)

    def transpose(ct, a, b, *, contract, batch=((), ()), out_dtype=None, precision=None):
        (ac, bc), (ab, bb) = contract, batch
        nb, af, bf = len(ab), free_dims(a.ndim, ac, ab), free_dims(b.ndim, bc, bb)
        mine, yours = tuple(range(nb, nb + len(af))), tuple(range(nb + len(af), nb + len(af) + len(bf)))
        shared = tuple(range(nb))
        if isinstance(a, Hole):
            return _factor(ct, a, b, yours, bf, shared, ab, bb, af, ac, bc, precision), None
        return None, _factor(ct, b, a, mine, af, shared, bb, ab, bf, bc, ac, precision)

    def batch(axis: BatchAxis, xs, ds, *, contract, batch=((), ()), **attrs):
        (a, b), (da, db), (ac, bc), (ab, bb) = xs, ds, contract, batch
        if da is not None and db is not None:
            contract = up(ac, da), up(bc, db)
            batch = (da, *up(ab, da)), (db, *up(bb, db))
            return dot(a, b, contract=contract, batch=batch, **attrs), 0
        if db is None:
            to = len(ab) + sum(d < da for d in free_dims(aval_of(a).ndim, up(ac, da), (*up(ab, da), da)))
            return dot(a, b, contract=(up(ac, da), bc), batch=(up(ab, da), bb), **attrs), to
        bf = free_dims(aval_of(b).ndim, up(bc, db), (*up(bb, db), db))
        to = aval_of(a).ndim - len(ac) + sum(d < db for d in bf)
        return dot(a, b, contract=(ac, up(bc, db)), batch=(ab, up(bb, db)), **attrs), to


def _read(x: K.View, dims: Sequence[int], index: Sequence[K.Expr]) -> K.Expr:
    """x where its axis dims[k] has index[k]."""
    return x[tuple(index[k] for k in inverse(dims))]


def _factor(
    ct: Any,
    hole: Hole,
    other: Any,
    ct_sum: Dims,
    other_free: Dims,
    shared: Dims,
    hole_batch: Dims,
    other_batch: Dims,
    hole_free: Dims,
    hole_inner: Dims,
    other_inner: Dims,
    precision: Any,
) -> Any:
    """The cotangent of one factor of a dot: the other factor contracted with ct over the other's free axes."""
    ct, other, out = _common(ct, other, hole.aval.dtype)
    y = dot(ct, other, contract=(ct_sum, other_free), batch=(shared, other_batch), out_dtype=out, precision=precision)
    # the result's last axes are the contracted ones, in the other's order
    by_other = tuple(hole_inner[k] for k in inverse(other_inner))
    return roles.permute(y, inverse((*hole_batch, *hole_free, *by_other)))


# --- conv ---


@primitive
class conv(Bilinear, Programmed):
    """Windows of x times w, summed over features and offsets.

    `dims` is (x's, w's, result's) axes: (batch, feature, *space), (out feature, in feature, *space) and
    (batch, feature, *space). `pads` may be negative; `reverse` turns w around along an axis of space. With
    feature_groups each group of x's features meets its own group of w's out features; with batch_groups each
    group of x's batch does.
    """

    def shape(x, w, *, strides, pads, lhs_dilation, rhs_dilation, reverse, dims, feature_groups=1, batch_groups=1,
              out_dtype=None, precision=None):  # fmt: skip
        dtype = _result_type("conv", x, w, out_dtype)
        geometry = (strides, pads, lhs_dilation, rhs_dilation, reverse)
        if {x.ndim, w.ndim, *map(len, dims)} != {x.ndim} or any(len(g) != x.ndim - 2 for g in geometry):
            raise errors.ShapeError("conv: one window, stride, padding and dilation for each axis of space",
                                    got=f"{x} · {w} · strides {strides} · pads {pads}")  # fmt: skip
        (n, c, *space), (o, ci, *window) = _shape(x, dims[0]), _shape(w, dims[1])
        if c != ci * feature_groups:
            raise errors.ShapeError("conv: the features differ", got=f"{x} · {w} with feature_groups={feature_groups}",
                                    hint=f"w should take {c // feature_groups} features.")  # fmt: skip
        if o % (feature_groups * batch_groups) or n % batch_groups or min(feature_groups, batch_groups) != 1:
            raise errors.ShapeError("conv: groups that do not divide their axes", got=f"{x} · {w}",
                                    hint="Only one of feature_groups and batch_groups may be more than 1.")  # fmt: skip
        counts = window_counts(space, window, strides, pads, lhs_dilation, rhs_dilation)
        out = [0] * x.ndim
        for axis, size in zip(dims[2], (n // batch_groups, o, *counts), strict=True):
            out[axis] = size
        return Aval(tuple(out), dtype, x.weak_type and w.weak_type and out_dtype is None, x.vary | w.vary)

    def ref(x, w, *, strides, pads, lhs_dilation, rhs_dilation, reverse, dims, feature_groups=1, batch_groups=1,
            out_dtype=None, precision=None):  # fmt: skip
        out = x.dtype if out_dtype is None else out_dtype
        wide, rank = accumulator(x.dtype, out), len(strides)
        x, w = np.transpose(x, dims[0]).astype(wide), np.transpose(w, dims[1]).astype(wide)
        w = np.flip(w, [2 + k for k, on in enumerate(reverse) if on])
        n, (o, ci, *window) = x.shape[0], w.shape
        seen = windows.ref(x, window=(1, 1, *window), strides=(1, 1, *strides), pads=((0, 0), (0, 0), *pads),
                           base_dilation=(1, 1, *lhs_dilation), window_dilation=(1, 1, *rhs_dilation))  # fmt: skip
        counts = seen.shape[2 : 2 + rank]
        groups, per = feature_groups * batch_groups, n // batch_groups
        # (batch group, batch, feature group, feature, place…, offset…) to (group, batch and place, feature and offset)
        seen = seen.reshape(batch_groups, per, feature_groups, ci, *counts, *window)
        seen = np.moveaxis(seen, 2, 1)
        seen = np.moveaxis(seen, 3, 3 + rank)
        rows = seen.reshape(groups, per * math.prod(counts), ci * math.prod(window))
        columns = w.reshape(groups, o // groups, ci * math.prod(window))
        y = np.matmul(rows, np.swapaxes(columns, 1, 2)).reshape(groups, per, *counts, o // groups)
        y = np.moveaxis(y, (0, -1), (1, 2)).reshape(per, o, *counts)
        return np.transpose(y, inverse(dims[2])).astype(out)

    def at(i, x, w, *, strides, pads, lhs_dilation, rhs_dilation, reverse, dims, feature_groups=1, batch_groups=1,
           out_dtype=None, precision=None):  # fmt: skip
        dtype = dtypes.LONG[x.dtype]
        out = dtype if out_dtype is None else out_dtype
        (n, _, *space), (o, ci, *window) = _shape(x, dims[0]), _shape(w, dims[1])
        if 0 in x.shape or 0 in w.shape:
            return K.const(0, dtypes.SHORT[out])
        batch, feature, *place = (i[d] for d in dims[2])
        over = [K.Axis(ci, "c"), *(K.Axis(k, "k") for k in window)]
        c, *offsets = map(K.axis, over)
        group = K.idiv(feature, o // (feature_groups * batch_groups))
        guard, index = K.const(True, "bool"), []
        for a, (size, gap, (lo, hi)) in enumerate(zip(space, lhs_dilation, pads, strict=True)):
            p = place[a] * strides[a] + offsets[a] * rhs_dilation[a] - lo
            room = spread(size, gap - 1)
            guard = K.and_(guard, inside(p, 0, room, -lo, room + hi - 1))
            p = p if lo <= 0 and hi <= 0 else clamp(p, room)
            if gap > 1:
                guard = K.and_(guard, K.eq(K.imod(p, gap), K.index(0)))
            index.append(K.idiv(p, gap))
        if batch_groups > 1:
            batch = batch + group * (n // batch_groups)
        read = _read(x, dims[0], (batch, c + group * ci if feature_groups > 1 else c, *index))
        turned = [k - 1 - j if on else j for k, j, on in zip(window, offsets, reverse, strict=True)]
        weight = _read(w, dims[1], (feature, c, *turned))
        return sum_of_products(over, K.select(guard, read, K.const(0, x.dtype)), weight, dtype, out)

    def transpose(ct, x, w, **attrs):
        back = _back_to_x if isinstance(x, Hole) else _back_to_w
        hole, other = (x, w) if isinstance(x, Hole) else (w, x)
        ct, other, out = _common(ct, other, hole.aval.dtype)
        if aval_of(ct).size == 0 or aval_of(other).size == 0:
            grad = zeros_like(hole.aval)
        else:
            grad = back(ct, other, hole.shape, attrs | {"out_dtype": out})
        return (grad, None) if hole is x else (None, grad)

    def batch(axis, xs, ds, *, dims, feature_groups=1, batch_groups=1, **attrs):
        (x, w), (dx, dw), n = xs, ds, axis.size
        (xb, xf, *_), (wo, *_), (ob, of, *_) = dims
        groups = feature_groups * batch_groups

        def apply(x: Any, w: Any, feature_groups: int = feature_groups, batch_groups: int = batch_groups) -> Any:
            return conv(x, w, dims=dims, feature_groups=feature_groups, batch_groups=batch_groups, **attrs)

        if n == 0:  # nothing has no groups
            lanes = (v if d is None else _lane(v, d) for v, d in zip(xs, ds, strict=True))
            y = apply(*lanes)
            return roles.broadcast(y, (0, *y.shape), tuple(range(1, y.ndim + 1))), 0
        if dx is not None and dw is not None:
            w = merge(w, dw, wo)
            if batch_groups > 1:
                y = apply(merge(x, dx, xb), w, batch_groups=batch_groups * n)
            else:
                y = apply(merge(x, dx, xf), w, feature_groups=feature_groups * n)
            return cut(y, of, n), of
        if dw is None:
            x = move(x, dx, xb)
            # the groups of the batch stay outermost
            x = move(cut(x, xb + 1, batch_groups), xb, xb + 1) if batch_groups > 1 else x
            x = merge(x, xb, xb)
            return cut(apply(merge(x, xb, xb) if batch_groups > 1 else x, w), ob, n), ob
        w = move(w, dw, wo)
        if groups == 1:
            return cut(apply(x, merge(w, wo, wo)), of, n), of
        w = move(cut(w, wo + 1, groups), wo, wo + 1)
        y = apply(x, merge(merge(w, wo, wo), wo, wo))
        # (group, lane, feature) to (lane, group and feature)
        y = cut(cut(y, of, groups), of + 1, n)
        return merge(y, of, of + 1), of


def _lane(x: Any, d: int) -> Any:
    """Zeros like one element of a batch along an axis."""
    return zeros_like(Aval(x.shape[:d] + x.shape[d + 1 :], x.dtype))


def _shape(x: Any, dims: Dims) -> list[int]:
    return [x.shape[d] for d in dims]


def _back_to_x(ct: Any, w: Any, shape: Dims, attrs: dict[str, Any]) -> Any:
    """conv's cotangent for x: ct, spread by the strides, meets w backwards."""
    xd, wd, od = attrs["dims"]
    groups = attrs.get("feature_groups", 1) * attrs.get("batch_groups", 1)
    by_batch = attrs.get("batch_groups", 1) > 1
    pads = []
    geometry = zip(xd[2:], wd[2:], od[2:], attrs["pads"], attrs["strides"], attrs["lhs_dilation"],
                   attrs["rhs_dilation"], strict=True)  # fmt: skip
    for a, b, c, (lo, _), s, ld, rd in geometry:
        window = spread(aval_of(w).shape[b], rd - 1)
        before = window - lo - 1
        pads.append((before, spread(shape[a], ld - 1) + window - 1 - spread(aval_of(ct).shape[c], s - 1) - before))
    if groups > 1:
        w = merge(cut(w, wd[0], groups), wd[0], wd[1])
    y = conv(ct, w, strides=attrs["lhs_dilation"], pads=tuple(pads), lhs_dilation=attrs["strides"],
             rhs_dilation=attrs["rhs_dilation"], reverse=tuple(not on for on in attrs["reverse"]),
             dims=(od, (wd[1], wd[0], *wd[2:]), xd), feature_groups=groups, out_dtype=attrs["out_dtype"],
             precision=attrs.get("precision"))  # fmt: skip
    return merge(cut(y, xd[1], groups), xd[1], xd[0]) if by_batch else y


def _back_to_w(ct: Any, x: Any, shape: Dims, attrs: dict[str, Any]) -> Any:
    """conv's cotangent for w: x meets ct as its window, with batch and features in each other's role."""
    xd, wd, od = ((b, a, *space) for a, b, *space in attrs["dims"])
    pads = []
    geometry = zip(xd[2:], wd[2:], od[2:], attrs["pads"], attrs["strides"], attrs["lhs_dilation"],
                   attrs["rhs_dilation"], strict=True)  # fmt: skip
    for a, b, c, (lo, _), s, ld, rd in geometry:
        room = spread(aval_of(ct).shape[c], s - 1) - spread(aval_of(x).shape[a], ld - 1)
        pads.append((lo, room + spread(shape[b], rd - 1) - lo - 1))
    y = conv(x, ct, strides=attrs["rhs_dilation"], pads=tuple(pads), lhs_dilation=attrs["lhs_dilation"],
             rhs_dilation=attrs["strides"], reverse=(False,) * len(pads), dims=(xd, od, wd),
             feature_groups=attrs.get("batch_groups", 1), batch_groups=attrs.get("feature_groups", 1),
             out_dtype=attrs["out_dtype"], precision=attrs.get("precision"))  # fmt: skip
    turned = tuple(d for d, on in zip(wd[2:], attrs["reverse"], strict=True) if on)
    return flip(y, axes=turned) if turned else y


def _common(ct: Any, other: Any, dtype: Any) -> tuple[Any, Any, Any]:
    """ct and the other factor in the wider of their types, and what to say as out_dtype to get `dtype`."""
    wider = max((aval_of(ct).dtype, aval_of(other).dtype), key=lambda d: (d.itemsize, d == aval_of(ct).dtype))
    return roles.convert(ct, wider), roles.convert(other, wider), None if wider == dtype else dtype


def merge(x: Any, a: int, b: int) -> Any:
    """Axis a made the outer part of the axis that is number b without it."""
    x = move(x, a, b)
    shape = aval_of(x).shape
    return reshape(x, shape=(*shape[:b], shape[b] * shape[b + 1], *shape[b + 2 :]))


def cut(x: Any, a: int, outer: int) -> Any:
    """Axis a cut in two: `outer`, and the rest."""
    shape = aval_of(x).shape
    return reshape(x, shape=(*shape[:a], outer, shape[a] // outer, *shape[a + 1 :]))
