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
from rustorch_fn.lax.families import Bilinear, move, unbatched_to
from rustorch_fn.lax.shaping import clamp, inside, inverse, pad, put, reshape, slice_, spread, up, without

Dims = tuple[int, ...]
Pair = tuple[Dims, Dims]


def accumulator(dtype: Any, out: Any) -> Any:
    """The type in which products are summed: storage types in float32, others in the wider of the two."""
    if dtypes.is_float(out):
        return dtypes.float64 if dtypes.float64 in (dtype, out) else dtypes.float32
    return out


def sum_of_products(axes: Sequence[K.Axis], x: K.Expr, y: K.Expr, dtype: Any, out: Any) -> K.Expr:
    """The folded product in the accumulator's type, given in type `out`."""
    wide = dtypes.SHORT[accumulator(dtype, out)]
    total = K.fold(K.ADD, axes, [K.mul(K.convert(x, wide), K.convert(y, wide))])
    return K.convert(total, dtypes.SHORT[out])


def _result_type(op: str, a: Aval, b: Aval, out_dtype: Any) -> Any:
    if a.dtype != b.dtype or a.dtype not in dtypes.FLOATS | dtypes.INTS:
        raise errors.DtypeError(f"{op}: numbers of one type are needed", got=f"{a} · {b}",
                                hint="Convert one of them with x.astype(…).")  # fmt: skip
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
                raise errors.AxisError(f"dot: {what} axes that do not fit", got=f"{da} of {a} and {db} of {b}")
            if any(a.shape[p] != b.shape[q] for p, q in zip(da, db, strict=True)):
                turned = len(da) == 1 and b.ndim == 2 and a.shape[da[0]] == b.shape[1 - db[0]] and what == "inner"
                raise errors.ShapeError(f"dot: {what} sizes differ", got=f"{a} · {b}, axes {da} and {db}",
                                        hint="Did you mean the second operand's .T?" if turned else "")  # fmt: skip
        shape = (
            *(a.shape[d] for d in ab),
            *(a.shape[d] for d in free_dims(a.ndim, ac, ab)),
            *(b.shape[d] for d in free_dims(b.ndim, bc, bb)),
        )
        return Aval(shape, dtype, a.weak_type and b.weak_type and out_dtype is None, a.vary | b.vary)

    def ref(a, b, *, contract, batch=((), ()), out_dtype=None, precision=None):
        (ac, bc), (ab, bb) = contract, batch
        af, bf = free_dims(a.ndim, ac, ab), free_dims(b.ndim, bc, bb)
        shape = (*(a.shape[d] for d in (*ab, *af)), *(b.shape[d] for d in bf))
        out = a.dtype if out_dtype is None else out_dtype
        wide = accumulator(a.dtype, out)

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


def _factor(ct: Any, hole: Hole, other: Any, ct_sum: Dims, other_free: Dims, shared: Dims, hole_batch: Dims,
            other_batch: Dims, hole_free: Dims, hole_inner: Dims, other_inner: Dims, precision: Any) -> Any:  # fmt: skip
    """The cotangent of one factor of a dot: the other factor contracted with ct over the other's free axes."""
    dtype = hole.aval.dtype
    common = max((aval_of(ct).dtype, aval_of(other).dtype), key=lambda d: (d.itemsize, d == aval_of(ct).dtype))
    ct, other = roles.convert(ct, common), roles.convert(other, common)
    out = None if common == dtype else dtype
    # the result's last axes are the contracted ones, in the other's order
    by_other = tuple(hole_inner[k] for k in inverse(other_inner))
    y = dot(ct, other, contract=(ct_sum, other_free), batch=(shared, other_batch), out_dtype=out, precision=precision)
    return roles.permute(y, inverse((*hole_batch, *hole_free, *by_other)))
