"""Factorisations of matrices: Cholesky, LU, QR, SVD, and the two eigendecompositions.

Where a routine fails the results of that matrix are nan. Derivatives are those of JAX, which follow Murray (2016,
"Differentiation of the Cholesky decomposition"), Giles (2008, "Collected matrix derivative results") and Townsend
(2016, "Differentiating the singular value decomposition").
"""

from __future__ import annotations

from typing import Any

from rustorch_fn import dtypes, errors
from rustorch_fn.core.primitive import primitive
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import families, folding, lapack, shaping
from rustorch_fn.lax.lapack import real_of
from rustorch_fn.lax.matrices import (
    Composed,
    adjoint,
    checked,
    conj,
    diagonal,
    eye,
    lower,
    product,
    real,
    transposed,
    upper,
    where,
    zeros_like,
)
from rustorch_fn.lax.solving import factored_solve, lu_applied, rows_at, shifted, triangular_solve


def symmetrised(x: Any) -> Any:
    """The half of x and its adjoint together."""
    return (x + adjoint(x)) / 2


def or_nan(ok: Any, *xs: Any) -> list[Any]:
    """Arrays whose matrices are nan where a routine has failed."""
    return [where(ok, x, families.filled(x, float("nan"))) for x in xs]


def succeeded(info: Any) -> Any:
    """Where a routine has not complained."""
    return ew.eq(info, zeros_like(info))


@primitive
class cholesky(Composed):
    """The lower triangular L with L Lᴴ = x, of which only the lower triangle is read."""

    def shape(x):
        return checked("cholesky", x, square=True).strong()

    def body(x):
        if not aval_of(x).size:
            return x
        a, info = lapack.potrf(x, lower=True)
        return lower(or_nan(succeeded(info), a)[0])

    def lin(active, x):
        y = cholesky(x)

        def push(t):
            right = dict(left=False, lower=True, transpose=True, conjugate=True, unit=False)
            inner = triangular_solve(y, t, **right)
            inner = triangular_solve(y, inner, **{**right, "left": True, "transpose": False, "conjugate": False})
            half = eye(aval_of(y).shape, aval_of(y).dtype) / 2
            return product(y, lower(inner, -1) + half * inner)

        return y, push


@primitive
class lu(Composed):
    """L and U in one matrix, the row swaps, and the permutation that they make."""

    multiple = True

    def shape(x):
        checked("lu", x)
        *batch, m, n = x.shape
        pivots, places = (x.like(shape=(*batch, k), dtype=dtypes.int32, weak_type=False) for k in (min(m, n), m))
        return [x.strong(), pivots, places]

    def body(x):
        *batch, m, _ = aval_of(x).shape
        if not aval_of(x).size:
            return x, *(roles.zeros(a) for a in lu.shape(aval_of(x))[1:2]), counted((*batch, m))
        a, pivots, info = lapack.getrf(x)
        pivots = pivots - 1
        (a,) = or_nan(ew.ge(info, zeros_like(info)), a)
        return a, pivots, lu_pivots_to_permutation(pivots, size=m)

    def lin(active, x):
        a, pivots, places = lu(x)
        *batch, m, n = aval_of(x).shape
        k = min(m, n)

        def push(t):
            below = padded(lower(a[..., :k], -1), m, m) + eye((*batch, m, m), aval_of(a).dtype)
            # ones on the rest of the diagonal
            rest = eye((*batch, n, n), aval_of(a).dtype)
            above = padded(upper(a[..., :k, :]), n, n) + padded(rest[..., k:, k:], n, n, first=k)
            plain = dict(transpose=False, conjugate=False)
            inner = triangular_solve(below, rows_at(t, places), left=True, lower=True, unit=True, **plain)
            inner = triangular_solve(above, inner, left=False, lower=False, unit=False, **plain)
            return [product(below, lower(inner, -1)) + product(upper(inner), above), None, None]

        return [a, pivots, places], push


@primitive
class lu_pivots_to_permutation(Composed):
    """What the row swaps of an LU factorisation make of 0, 1, 2, …"""

    def shape(pivots, *, size):
        if pivots.dtype != dtypes.int32:
            raise errors.DtypeError("lu_pivots_to_permutation: row swaps are int32", got=pivots)
        if pivots.ndim < 1 or pivots.shape[-1] > size:
            raise errors.ShapeError("lu_pivots_to_permutation: more swaps than rows", got=f"{pivots} for {size} rows")
        return pivots.like(shape=(*pivots.shape[:-1], size), weak_type=False)

    def body(pivots, *, size):
        *batch, _ = aval_of(pivots).shape
        rows = counted((*batch, size))
        if not aval_of(pivots).size:
            return rows
        # LAPACK swaps rows of floats, and would write wherever a pivot points
        inside = ew.min(ew.max(pivots, zeros_like(pivots)), families.filled(pivots, size - 1))
        (moved,) = lapack.laswp(roles.convert(rows, dtypes.float64)[..., None], inside + 1)
        return roles.convert(moved[..., 0], dtypes.int32)


def counted(shape: Any) -> Any:
    """0, 1, 2, … along the last axis."""
    return shaping.iota(shape=tuple(shape), dtype=dtypes.int32, axis=len(shape) - 1)


def padded(x: Any, m: int, n: int, first: int = 0) -> Any:
    """Matrices with zeros below and to the right (and `first` rows and columns above and to the left)."""
    *batch, p, q = aval_of(x).shape
    lo = (*(0 for _ in batch), first, first)
    hi = (*(0 for _ in batch), m - p - first, n - q - first)
    return shaping.pad(x, families.constant(0, aval_of(x).dtype), lo=lo, hi=hi, interior=(0,) * len(lo))


@primitive
class qr(Composed):
    """Q and R, and the order of the columns where `pivoting`; square Q where `full`."""

    multiple = True

    def shape(x, *, full, pivoting):
        checked("qr", x)
        *batch, m, n = x.shape
        k = m if full else min(m, n)
        outs = [x.like(shape=(*batch, m, k), weak_type=False), x.like(shape=(*batch, k, n), weak_type=False)]
        return outs + [x.like(shape=(*batch, n), dtype=dtypes.int32, weak_type=False)] * pivoting

    def body(x, *, full, pivoting):
        *batch, m, n = aval_of(x).shape
        k = m if full else min(m, n)
        if not aval_of(x).size:
            dtype = aval_of(x).dtype
            q, r = eye((*batch, m, k), dtype), families.filled(eye((*batch, k, n), dtype), 0)
            return (q, r, families.filled(counted((*batch, n)), 0)) if pivoting else (q, r)
        if pivoting:
            a, order, taus, _ = lapack.geqp3(x)
        else:
            a, taus, _ = lapack.geqrf(x)
        reflectors = a[..., :m] if m < n else padded(a, m, m) if full else a
        q, _ = lapack.orgqr(reflectors, taus)
        r = upper(a[..., :k, :])
        return (q, r, order - 1) if pivoting else (q, r)

    def lin(active, x, *, full, pivoting):
        q, r, *order = qr(x, full=full, pivoting=pivoting)
        *_, m, n = aval_of(x).shape

        def push(t):
            if pivoting:
                t = columns_at(t, order[0])
            if m < n:
                dq, dr = _thin_slope(q, r[..., :m], t[..., :m])
                # A = QR keeps its other columns: their tangent says that of R's
                rest = product(adjoint(q), t[..., m:] - product(dq, r[..., m:]))
                return [dq, roles.concat([dr, rest], aval_of(dr).ndim - 1), *([None] * pivoting)]
            dq, dr = _thin_slope(q[..., :n], r[..., :n, :], t)
            if full and m > n:
                dq = _completed_slope(q, dq, n)
                dr = padded(dr, m, n)
            return [dq, dr, *([None] * pivoting)]

        return [q, r, *order], push


def columns_at(x: Any, order: Any) -> Any:
    """The columns of each matrix in another order."""
    return transposed(rows_at(transposed(x), order))


def _thin_slope(q: Any, r: Any, t: Any) -> tuple[Any, Any]:
    """The tangents of Q and R where R is square (Walter and Lehmann, 2010)."""
    inner = triangular_solve(r, t, left=False, lower=False, transpose=False, conjugate=False, unit=False)
    turned = product(adjoint(q), inner)
    below = lower(turned, -1)
    skew = below - adjoint(below)
    imaginary = turned - roles.convert(real(turned), aval_of(turned).dtype)
    skew = skew + eye(aval_of(skew).shape, aval_of(skew).dtype) * imaginary
    return product(q, skew - turned) + inner, product(turned - skew, r)


def _completed_slope(q: Any, dq: Any, n: int) -> Any:
    """The tangent of a square Q, of its first n columns' tangent, as the reflectors would move the others."""
    thin, rest = q[..., :n], q[..., n:]
    shape = (*aval_of(q).shape[:-2], n, n)
    a, _, places = lu(thin[..., :n, :] - eye(shape, aval_of(q).dtype))
    z_h = lu_applied(a, places, adjoint(thin[..., n:, :]), "C")
    z = adjoint(z_h)
    moved = dq[..., n:, :] - product(z, dq[..., :n, :])
    others = product(dq, z_h) - product(thin + product(rest, z), adjoint(moved))
    return roles.concat([dq, others], aval_of(dq).ndim - 1)


@primitive
class svd(Composed):
    """Singular values, and the vectors where `vectors`; square U and V where `full`."""

    multiple = True

    def shape(x, *, full, vectors, algorithm):
        checked("svd", x)
        *batch, m, n = x.shape
        k = min(m, n)
        values = x.like(shape=(*batch, k), dtype=real_of(x.dtype), weak_type=False)
        if not vectors:
            return [values]
        sizes = ((m, m if full else k), (n if full else k, n))
        return [values, *(x.like(shape=(*batch, *size), weak_type=False) for size in sizes)]

    def body(x, *, full, vectors, algorithm):
        if not aval_of(x).size:
            values, *rest = svd.shape(aval_of(x), full=full, vectors=vectors, algorithm=algorithm)
            return roles.zeros(values), *(eye(a.shape, a.dtype) for a in rest)
        routine = lapack.gesvd if algorithm == "QR" else lapack.gesdd
        *found, info = routine(x, job="N" if not vectors else "A" if full else "S")
        return or_nan(succeeded(info), *found)

    def lin(active, x, *, full, vectors, algorithm):
        *_, m, n = aval_of(x).shape
        if vectors and full and m != n:
            raise errors.NonDifferentiable("svd: the square U and V of an oblong matrix", got=aval_of(x),
                                           hint="full_matrices=False has derivatives.")  # fmt: skip
        s, u, vh = svd(x, full=False, vectors=True, algorithm=algorithm)

        def push(t):
            v, uh = adjoint(vh), adjoint(u)
            inner = product(product(uh, t), v)
            slopes = diagonal(real(inner))
            return [slopes, *_vectors_slope(s, u, v, inner, t)] if vectors else [slopes]

        return [s, u, vh] if vectors else [s], push


def _vectors_slope(s: Any, u: Any, v: Any, inner: Any, t: Any) -> tuple[Any, Any]:
    """The tangents of U and Vᴴ."""
    dtype = aval_of(u).dtype
    *_, m, k = aval_of(u).shape
    n = aval_of(v).shape[-2]
    row, column = s[..., None, :], s[..., None]
    one = eye((*aval_of(s).shape, k), aval_of(s).dtype)
    gaps = roles.convert(1 / ((row + column) * (row - column) + one) - one, dtype)
    none = roles.convert(ew.eq(s, zeros_like(s)), aval_of(s).dtype)
    over = roles.convert(one * (1 / (s + none) - none)[..., None], dtype)
    right, left = roles.convert(row, dtype) * inner, roles.convert(column, dtype) * inner
    du = product(u, gaps * (right + adjoint(right)) + (inner - adjoint(inner)) * over / 2)
    dv = product(v, gaps * (left + adjoint(left)))
    if m > n:
        moved = product(t, v)
        du = du + (moved - product(u, product(adjoint(u), moved))) / roles.convert(row, dtype)
    if n > m:
        moved = product(adjoint(t), u)
        dv = dv + (moved - product(v, product(adjoint(v), moved))) / roles.convert(row, dtype)
    return du, adjoint(dv)


@primitive
class eigh(Composed):
    """Eigenvectors and ascending eigenvalues of Hermitian matrices, of which one triangle is read."""

    multiple = True

    def shape(x, *, lower):
        checked("eigh", x, square=True)
        return [x.strong(), x.like(shape=x.shape[:-1], dtype=real_of(x.dtype), weak_type=False)]

    def body(x, *, lower):
        if not aval_of(x).size:
            return x, roles.zeros(eigh.shape(aval_of(x), lower=lower)[1])
        v, w, info = lapack.syevd(x, lower=lower)
        return or_nan(succeeded(info), v, w)

    def lin(active, x, *, lower):
        v, w = eigh(symmetrised(x), lower=lower)

        def push(t):
            dtype = aval_of(v).dtype
            one = eye(aval_of(v).shape, dtype)
            values = roles.convert(w, dtype)
            gaps = 1 / (one + values[..., None, :] - values[..., None]) - one
            inner = product(product(adjoint(v), t), v)
            return [product(v, gaps * inner), diagonal(real(inner))]

        return [v, w], push


@primitive
class eig(Composed):
    """Eigenvalues of matrices of any kind, and left and right eigenvectors where they are asked for."""

    multiple = True

    def shape(x, *, left, right, vectors_differ):
        checked("eig", x, square=True)
        dtype = dtypes.whole(real_of(x.dtype))
        values = x.like(shape=x.shape[:-1], dtype=dtype, weak_type=False)
        return [values, *[x.like(dtype=dtype, weak_type=False)] * (left + right)]

    def body(x, *, left, right, vectors_differ):
        if not aval_of(x).size:
            return tuple(map(roles.zeros, eig.shape(aval_of(x), left=left, right=right, vectors_differ=False)))
        *found, info = lapack.geev(x, left=left, right=right)
        if aval_of(x).dtype not in dtypes.COMPLEX:
            re, im, *vectors = found
            found = [ew.complex_(re, im), *(_unpacked(im, v) for v in vectors)]
        return or_nan(succeeded(info), *found)

    def lin(active, x, *, left, right, vectors_differ):
        if (left or right) and not vectors_differ:
            raise errors.NonDifferentiable(
                "eig: eigenvectors of matrices that are not symmetric", got=aval_of(x),
                hint="Where all eigenvalues differ, rt.lax.linalg.eig(…, enable_eigvec_derivs=True) has derivatives.",
            )  # fmt: skip
        outs = eig(x, left=left, right=True, vectors_differ=vectors_differ)
        w, vr = outs[0], outs[-1]
        dtype = aval_of(w).dtype

        def push(t):
            t = roles.convert(t, dtype)
            slopes, dvr = _spectrum_slope(w, vr, t, right)
            dvl = _spectrum_slope(conj(w), outs[1], adjoint(t), True)[1] if left else None
            return [slopes, *([dvl] if left else []), *([dvr] if right else [])]

        return outs if right else outs[:-1], push


def _unpacked(im: Any, v: Any) -> Any:
    """Complex vectors from LAPACK's real ones, where a pair of conjugates is two columns: real and imaginary parts."""
    last = aval_of(v).ndim - 1
    wide = roles.broadcast(im, aval_of(v).shape, (*range(last - 1), last))
    zero = zeros_like(wide)
    first, second = ew.gt(wide, zero), ew.lt(wide, zero)
    re = ew.select(second, shifted(v, last, 1), v)
    return ew.complex_(re, ew.select(first, shifted(v, last, -1), ew.select(second, -v, zero)))


def _spectrum_slope(w: Any, v: Any, t: Any, vectors: bool) -> tuple[Any, Any]:
    """The tangents of eigenvalues and of vectors of length 1 whose largest element is real."""
    still = ew.stop_gradient(v)
    factors, _, places = lu(still)
    inner = factored_solve(v, factors, places, product(t, v), method="lu", lower=True, transpose=False)
    if not vectors:
        return diagonal(inner), None
    one = eye(aval_of(v).shape, aval_of(v).dtype)
    gaps = 1 / (one + w[..., None, :] - w[..., None]) - one
    moved = product(v, gaps * inner)
    rows = aval_of(v).ndim - 2
    largest = folding.argmax(ew.abs(v), axis=rows, index_dtype=dtypes.int32)
    place = shaping.iota(shape=aval_of(v).shape, dtype=dtypes.int32, axis=rows)
    wide = roles.broadcast(largest, aval_of(v).shape, (*range(rows), rows + 1))
    mask = roles.convert(ew.eq(place, wide), aval_of(v).dtype)
    along = real(roles.reduce_sum(conj(v) * moved, (rows,)))
    turn = ew.imag(roles.reduce_sum(mask * moved, (rows,))) / real(roles.reduce_sum(mask * v, (rows,)))
    return diagonal(inner), moved + v * ew.complex_(-along, -turn)[..., None, :]
