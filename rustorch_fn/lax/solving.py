"""Solving with matrices that are triangular, tridiagonal, or factored already."""

from __future__ import annotations

from typing import Any

from rustorch_fn import errors
from rustorch_fn.core.primitive import primitive
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import families, indexing, lapack, shaping
from rustorch_fn.lax.families import add_tangents
from rustorch_fn.lax.matrices import (
    Composed,
    alike,
    checked,
    conj,
    lower,
    product,
    transposed,
    upper,
    where,
    zeros_like,
)
from rustorch_fn.transform.batch import move_to


class Solve(Composed):
    """A solution is linear in the right-hand side, the last operand."""

    def linear(self, tainted: tuple[bool, ...], **attrs: Any) -> bool:
        return not any(tainted[:-1])


@primitive
class triangular_solve(Solve):
    """x with op(a) x = b (or x op(a) = b) for triangular a, whose other triangle is not read."""

    def shape(a, b, *, left, lower, transpose, conjugate, unit):
        checked("triangular_solve", a, square=True)
        alike("triangular_solve", a, b)
        if b.ndim != a.ndim or b.shape[:-2] != a.shape[:-2] or b.shape[-2 if left else -1] != a.shape[-1]:
            raise errors.ShapeError("triangular_solve: the shapes of the operands do not fit", got=f"{a} · {b}",
                                    hint="a is (…, n, n), b is (…, n, k), or (…, k, n) from the right.")  # fmt: skip
        return b.strong()

    def body(a, b, *, left, lower, transpose, conjugate, unit):
        if not aval_of(b).size:
            return b
        if conjugate and not transpose:
            a = conj(a)
        turned = "N" if not transpose else "C" if conjugate else "T"
        return lapack.trsm(a, b, left=left, lower=lower, transpose=turned, unit=unit)[0]

    def lin(active, a, b, *, left, **attrs):
        attrs["left"] = left
        y = triangular_solve(a, b, **attrs)

        def push(ta, tb):
            if ta is not None:
                ta = -triangle(ta, attrs["lower"], attrs["unit"])
                ta = transposed(ta) if attrs["transpose"] else ta
                ta = conj(ta) if attrs["conjugate"] else ta
                ta = product(ta, y) if left else product(y, ta)
            # one solve for both
            total = add_tangents([ta, tb])
            return None if total is None else triangular_solve(a, total, **attrs)

        return y, push

    def transpose(ct, a, b, *, transpose, **attrs):
        return None, triangular_solve(a, ct, transpose=not transpose, **attrs)

    def batch(axis, xs, ds, *, left, **attrs):
        (a, b), (da, db) = xs, ds
        if da is None:
            # more columns, or rows, of one system
            at = aval_of(b).ndim - (1 if left else 2)
            b = move_to(b, db, at, axis)
            shape = aval_of(b).shape
            return roles.reshape(triangular_solve(a, _folded(b, left), left=left, **attrs), shape), at
        a, b = (move_to(x, d, 0, axis) for x, d in zip(xs, ds, strict=True))
        return triangular_solve(a, b, left=left, **attrs), 0


def _folded(b: Any, left: bool) -> Any:
    """The last two axes that are not solved along, as one."""
    *rest, p, q, r = aval_of(b).shape
    return roles.reshape(b, (*rest, p, q * r) if left else (*rest, p * q, r))


def triangle(x: Any, is_lower: bool, unit: bool) -> Any:
    """What a triangular solve reads of a matrix, zeros elsewhere."""
    return lower(x, -1 if unit else 0) if is_lower else upper(x, 1 if unit else 0)


@primitive
class tridiagonal_solve(Solve):
    """x with (a matrix of three diagonals) x = b; the first of the lower and the last of the upper are not read."""

    def shape(below, middle, above, b):
        alike("tridiagonal_solve", below, middle, above, b)
        checked("tridiagonal_solve", middle, rank=1)
        if not below.shape == middle.shape == above.shape or b.shape[:-1] != middle.shape:
            raise errors.ShapeError("tridiagonal_solve: the shapes of the operands do not fit",
                                    got=f"{below} · {middle} · {above} · {b}",
                                    hint="The diagonals are (…, n), b is (…, n, k).")  # fmt: skip
        return b.strong()

    def body(below, middle, above, b):
        if not aval_of(b).size:
            return b
        x, info = lapack.gtsv(below, middle, above, b)
        return where(ew.eq(info, zeros_like(info)), x, families.filled(x, float("nan")))

    def lin(active, below, middle, above, b):
        y = tridiagonal_solve(below, middle, above, b)

        def push(t_below, t_middle, t_above, tb):
            moved = tridiagonal_product(t_below, t_middle, t_above, y)
            total = add_tangents([tb, None if moved is None else -moved])
            return None if total is None else tridiagonal_solve(below, middle, above, total)

        return y, push

    def transpose(ct, below, middle, above, b):
        rows = aval_of(middle).ndim - 1
        return None, None, None, tridiagonal_solve(shifted(above, rows, 1), middle, shifted(below, rows, -1), ct)


def shifted(x: Any, axis: int, by: int) -> Any:
    """x moved one place on along an axis (or back), zeros behind it."""
    lo, hi = ([0] * aval_of(x).ndim for _ in range(2))
    lo[axis], hi[axis] = by, -by
    zero = families.constant(0, aval_of(x).dtype)
    return shaping.pad(x, zero, lo=tuple(lo), hi=tuple(hi), interior=(0,) * aval_of(x).ndim)


def tridiagonal_product(below: Any, middle: Any, above: Any, x: Any) -> Any:
    """A matrix of three diagonals times x; a diagonal that is None is zero."""
    rank = aval_of(x).ndim
    parts = ((below, 1), (middle, 0), (above, -1))
    return add_tangents([
        d[..., None] * (shifted(x, rank - 2, by) if by else x) for d, by in parts if d is not None
    ])  # fmt: skip


@primitive
class factored_solve(Solve):
    """x with op(a) x = b, where a has been factored already; derivatives by a go through a, not its factors.

    `method` says what the factors are: "lu" (the matrix of both, and the permutation), or "cholesky" (a triangle).
    """

    def shape(a, *rest, method, lower, transpose):
        b = rest[-1]
        checked("solve", a, square=True)
        alike("solve", a, b)
        if b.shape[:-1] != a.shape[:-1]:
            raise errors.ShapeError("solve: the shapes of the operands do not fit", got=f"{a} · {b}",
                                    hint="a is (…, n, n), b is (…, n, k).")  # fmt: skip
        return b.strong()

    def body(a, *rest, method, lower, transpose):
        *factors, b = rest
        if method == "lu":
            return lu_applied(*factors, b, "T" if transpose else "N")
        # a symmetric matrix is its own transpose, but for conjugates, which stand on both sides
        return cholesky_applied(*factors, conj(b) if transpose else b, lower, transpose)

    def lin(active, a, *rest, method, lower, transpose):
        attrs = dict(method=method, lower=lower, transpose=transpose)
        *factors, b = rest
        y = factored_solve(a, *factors, b, **attrs)

        def push(ta, *ts):
            if ta is not None:
                ta = -product(transposed(ta) if transpose else ta, y)
            total = add_tangents([ta, ts[-1]])
            return None if total is None else factored_solve(a, *factors, total, **attrs)

        return y, push

    def transpose(ct, a, *rest, method, lower, transpose):
        return (*(None for _ in rest), factored_solve(a, *rest[:-1], ct, method=method, lower=lower,
                                                      transpose=not transpose))  # fmt: skip


def lu_applied(factors: Any, places: Any, b: Any, turned: str) -> Any:
    """x with op(a) x = b, for what `lu` gave for a; `turned` is N, T or C."""
    conjugate = turned == "C"
    if turned == "N":
        x = rows_at(b, places)
        x = triangular_solve(factors, x, left=True, lower=True, unit=True, transpose=False, conjugate=False)
        return triangular_solve(factors, x, left=True, lower=False, unit=False, transpose=False, conjugate=False)
    x = triangular_solve(factors, b, left=True, lower=False, unit=False, transpose=True, conjugate=conjugate)
    x = triangular_solve(factors, x, left=True, lower=True, unit=True, transpose=True, conjugate=conjugate)
    return rows_at(x, inverse_permutation(places))


def cholesky_applied(factor: Any, b: Any, is_lower: bool, conjugated: bool = False) -> Any:
    """x with a x = b, for the triangle whose product with its adjoint is a."""
    words = dict(left=True, lower=is_lower, unit=False)
    first = triangular_solve(factor, b, transpose=not is_lower, conjugate=not is_lower, **words)
    y = triangular_solve(factor, first, transpose=is_lower, conjugate=is_lower, **words)
    return conj(y) if conjugated else y


def rows_at(x: Any, places: Any) -> Any:
    """The rows of each matrix in another order."""
    shape = aval_of(x).shape
    if not aval_of(x).size:
        return x
    wide = roles.broadcast(places, shape, tuple(range(len(shape) - 1)))
    return indexing.take_along(x, wide, len(shape) - 2)


def inverse_permutation(places: Any) -> Any:
    """Where each place has gone."""
    from rustorch_fn.lax.folding import sort

    shape = aval_of(places).shape
    numbers = shaping.iota(shape=shape, dtype=aval_of(places).dtype, axis=len(shape) - 1)
    return sort(places, numbers, axis=len(shape) - 1, num_keys=1, stable=True)[1]
