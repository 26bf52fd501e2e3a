"""Forms that reflections bring a matrix to: Hessenberg, tridiagonal, Schur; and products of the reflections.

They have no derivatives, as in JAX.
"""

from __future__ import annotations

from rustorch_fn import errors
from rustorch_fn.core.primitive import primitive
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of
from rustorch_fn.lax import lapack
from rustorch_fn.lax.factorization import or_nan, succeeded
from rustorch_fn.lax.lapack import real_of
from rustorch_fn.lax.matrices import Composed, alike, checked, eye


@primitive
class geqrf(Composed):
    """R with the reflectors below it, and their factors."""

    multiple = True

    def shape(x):
        checked("qr", x)
        return [x.strong(), x.like(shape=(*x.shape[:-2], min(x.shape[-2:])), weak_type=False)]

    def body(x):
        if not aval_of(x).size:
            return x, roles.zeros(geqrf.shape(aval_of(x))[1])
        return lapack.geqrf(x)[:2]


@primitive
class geqp3(Composed):
    """As `geqrf`, of columns whose order makes R's diagonal fall; and that order."""

    multiple = True

    def shape(x):
        a, taus = geqrf.shape(x)
        return [a, taus, lapack.geqp3.shape(x)[1]]

    def body(x):
        if not aval_of(x).size:
            return tuple(map(roles.zeros, geqp3.shape(aval_of(x))))
        a, order, taus, _ = lapack.geqp3(x)
        return a, taus, order - 1


@primitive
class householder_product(Composed):
    """The product of reflections as a matrix of the shape of a."""

    def shape(a, taus):
        checked("householder_product", a)
        alike("householder_product", a, taus)
        if (
            a.shape[-2] < a.shape[-1]
            or taus.shape[:-1] != a.shape[:-2]
            or not taus.ndim
            or taus.shape[-1] > a.shape[-1]
        ):
            raise errors.ShapeError("householder_product: the shapes of the operands do not fit", got=f"{a} · {taus}",
                                    hint="a is (…, m, n) with m ≥ n, taus is (…, k) with k ≤ n.")  # fmt: skip
        return a.strong()

    def body(a, taus):
        if not aval_of(a).size or not aval_of(taus).size:
            return eye(aval_of(a).shape, aval_of(a).dtype)
        return lapack.orgqr(a, taus)[0]


@primitive
class ormqr(Composed):
    """c times the product of reflections, from the left or the right."""

    def shape(a, taus, c, *, left, transpose):
        checked("ormqr", a)
        alike("ormqr", a, taus, c)
        fits = c.ndim == a.ndim and c.shape[:-2] == a.shape[:-2] == taus.shape[:-1]
        if not fits or c.shape[-2 if left else -1] != a.shape[-2] or taus.shape[-1] > min(a.shape[-2:]):
            raise errors.ShapeError("ormqr: the shapes of the operands do not fit", got=f"{a} · {taus} · {c}",
                                    hint="a is (…, m, n), taus (…, k), c (…, m, p) or (…, p, m).")  # fmt: skip
        return c.strong()

    def body(a, taus, c, *, left, transpose):
        if not aval_of(c).size or not aval_of(taus).size:
            return c
        return lapack.ormqr(a, taus, c, left=left, transpose=transpose)[0]


@primitive
class hessenberg(Composed):
    """The Hessenberg form with the reflectors below it, and their factors."""

    multiple = True

    def shape(x):
        checked("hessenberg", x, square=True)
        return [x.strong(), x.like(shape=(*x.shape[:-2], max(x.shape[-1] - 1, 0)), weak_type=False)]

    def body(x):
        if not aval_of(x).size:
            return x, roles.zeros(hessenberg.shape(aval_of(x))[1])
        a, taus, info = lapack.gehrd(x)
        return or_nan(succeeded(info), a, taus)


@primitive
class tridiagonal(Composed):
    """The tridiagonal form of Hermitian matrices with the reflectors beside it; both diagonals; the factors."""

    multiple = True

    def shape(x, *, lower):
        checked("tridiagonal", x, square=True)
        if not x.shape[-1]:
            raise errors.ShapeError("tridiagonal: matrices of at least one row are needed", got=x)
        real, (*batch, n, _) = real_of(x.dtype), x.shape
        sizes = (((*batch, n), real), ((*batch, n - 1), real), ((*batch, n - 1), x.dtype))
        return [x.strong(), *(x.like(shape=shape, dtype=dtype, weak_type=False) for shape, dtype in sizes)]

    def body(x, *, lower):
        if not aval_of(x).size:
            return x, *map(roles.zeros, tridiagonal.shape(aval_of(x), lower=lower)[1:])
        *found, info = lapack.sytrd(x, lower=lower)
        return or_nan(succeeded(info), *found)


@primitive
class schur(Composed):
    """The Schur form T, and the vectors Q with x = Q T Qᴴ."""

    multiple = True

    def shape(x, *, vectors):
        checked("schur", x, square=True)
        return [x.strong()] * (1 + vectors)

    def body(x, *, vectors):
        if not aval_of(x).size:
            return [x] * (1 + vectors)
        *found, info = lapack.gees(x, vectors=vectors)
        return or_nan(succeeded(info), *found)
