"""Factorisations and solves, as SciPy names them; `overwrite_…` and `check_finite` mean nothing here."""

from __future__ import annotations

from typing import Any

from rustorch_fn import errors
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import lift, stop_gradient
from rustorch_fn.lax import linalg as lax_linalg
from rustorch_fn.lax.reflections import geqp3, geqrf
from rustorch_fn.lax.solving import factored_solve, lu_applied
from rustorch_fn.numpy.factors import adjoint, matrices
from rustorch_fn.numpy.solves import broadcast_batch
from rustorch_fn.typing import Array, ArrayLike


def cholesky(a: ArrayLike, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> Array:
    """The upper triangular U with Uᴴ U = a, or the lower L with L Lᴴ = a; nan where a is not positive definite.

    >>> rt.scipy.linalg.cholesky(rt.numpy.array([[4.0, 2.0], [2.0, 5.0]]))
    Array([[2., 1.],
           [0., 2.]], dtype=float32)
    """
    x = matrices("cholesky", a, square=True)
    # the triangle that is not asked for is not read
    factor = lax_linalg.cholesky(x if lower else adjoint(x), symmetrize_input=False)
    return factor if lower else adjoint(factor)


def cho_factor(
    a: ArrayLike, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Array, bool]:
    """What `cho_solve` takes: the triangle of `cholesky`, and which one it is.

    >>> rt.scipy.linalg.cho_factor(rt.numpy.eye(2))[1]
    False
    """
    return cholesky(a, lower=lower), lower


def _system(op: str, a: Any, b: Any) -> tuple[Any, Any, bool]:
    """Square matrices and right-hand sides over one batch, and whether those were vectors."""
    x, y = lift.common(op, a, b, floating=True)
    matrices(op, x, square=True)
    vector = y.ndim == 1 or (x.ndim == y.ndim + 1 and x.shape[-1] == y.shape[-1])
    columns = y[..., None] if vector else y
    if columns.ndim < 2 or columns.shape[-2] != x.shape[-1]:
        raise errors.ShapeError(f"{op}: the shapes of the matrix and b do not fit", got=f"{x.aval} · {y.aval}",
                                hint="b is (n,), or (…, n, k).")  # fmt: skip
    x, columns = broadcast_batch(op, x, columns, ranks=(2, 2))
    return x, columns, vector


def cho_solve(
    c_and_lower: tuple[ArrayLike, bool], b: ArrayLike, overwrite_b: bool = False, check_finite: bool = True
) -> Array:
    """x with a x = b, where `cho_factor` has factored a.

    >>> factor = rt.scipy.linalg.cho_factor(4 * rt.numpy.eye(2))
    >>> rt.scipy.linalg.cho_solve(factor, rt.numpy.array([4.0, 8.0]))
    Array([1., 2.], dtype=float32)
    """
    c, lower = c_and_lower
    x, y, vector = _system("cho_solve", c, b)
    words = dict(left_side=True, lower=bool(lower))
    y = lax_linalg.triangular_solve(x, y, transpose_a=not lower, conjugate_a=not lower, **words)
    y = lax_linalg.triangular_solve(x, y, transpose_a=bool(lower), conjugate_a=bool(lower), **words)
    return y[..., 0] if vector else y


def lu_factor(a: ArrayLike, overwrite_a: bool = False, check_finite: bool = True) -> tuple[Array, Array]:
    """What `lu_solve` takes: L and U in one matrix, and the row swaps.

    >>> rt.scipy.linalg.lu_factor(rt.numpy.array([[0.0, 1.0], [2.0, 4.0]]))[1]
    Array([1, 1], dtype=int32)
    """
    return lax_linalg.lu(matrices("lu_factor", a))[:2]


def lu_solve(
    lu_and_piv: tuple[ArrayLike, ArrayLike],
    b: ArrayLike,
    trans: int = 0,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Array:
    """x with a x = b (or aᵀ x = b for `trans` 1, aᴴ x = b for 2), where `lu_factor` has factored a.

    >>> factors = rt.scipy.linalg.lu_factor(rt.numpy.array([[0.0, 1.0], [2.0, 4.0]]))
    >>> rt.scipy.linalg.lu_solve(factors, rt.numpy.array([1.0, 6.0]))
    Array([1., 1.], dtype=float32)
    """
    if trans not in (0, 1, 2):
        raise errors.BadArgument("lu_solve", "trans", trans, "0, 1 or 2")
    factors, pivots = lu_and_piv
    x, y, vector = _system("lu_solve", factors, b)
    places = lax_linalg.lu_pivots_to_permutation(pivots, x.shape[-1])
    y = lu_applied(x, lift.broadcast_to(places, x.shape[:-1]), y, "NTC"[trans])
    return y[..., 0] if vector else y


def lu(a: ArrayLike, permute_l: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """P, L and U with a = P L U; or P L and U, with `permute_l`.

    >>> p, lower, upper = rt.scipy.linalg.lu(rt.numpy.array([[0.0, 1.0], [2.0, 4.0]]))
    >>> p
    Array([[0., 1.],
           [1., 0.]], dtype=float32)
    """
    x = matrices("lu", a)
    factors, _, places = lax_linalg.lu(x)
    m, n = x.shape[-2:]
    k = min(m, n)
    p = rnp.equal(places[..., None, :], rnp.arange(m)[:, None]).astype(rnp.real(x).dtype)
    lower = rnp.tril(factors, -1)[..., :k] + rnp.eye(m, k, dtype=x.dtype)
    upper = rnp.triu(factors)[..., :k, :]
    return (rnp.matmul(p.astype(x.dtype), lower), upper) if permute_l else (p, lower, upper)


def qr(
    a: ArrayLike,
    overwrite_a: bool = False,
    lwork: Any = None,
    mode: str = "full",
    pivoting: bool = False,
    check_finite: bool = True,
) -> Any:
    """Q and R with a = Q R, and with `pivoting` the order of a's columns that makes R's diagonal fall.

    `mode`: "full" (Q is square), "economic", or "r" (R alone).

    >>> rt.numpy.abs(rt.scipy.linalg.qr(rt.numpy.array([[3.0], [4.0]]), mode="r")[0])
    Array([[5.],
           [0.]], dtype=float32)
    """
    if mode not in ("full", "r", "economic"):
        raise errors.BadArgument("qr", "mode", mode, "'full', 'economic' or 'r'")
    found = lax_linalg.qr(matrices("qr", a), pivoting=pivoting, full_matrices=mode != "economic")
    return tuple(found[1:] if mode == "r" else found)


def qr_multiply(
    a: ArrayLike,
    c: ArrayLike,
    mode: str = "right",
    pivoting: bool = False,
    conjugate: bool = False,
    overwrite_a: bool = False,
    overwrite_c: bool = False,
) -> Any:
    """c Q (or Q c, `mode` "left") for the Q of a's economic factorisation, and R; and the columns' order.

    With `conjugate` Q counts as its conjugate. Q itself is never made.

    >>> cq, r = rt.scipy.linalg.qr_multiply(rt.numpy.array([[3.0], [4.0]]), rt.numpy.array([3.0, 4.0]))
    >>> rt.numpy.abs(cq)
    Array([5.], dtype=float32)
    """
    if mode not in ("left", "right"):
        raise errors.BadArgument("qr_multiply", "mode", mode, "'left' or 'right'")
    x, y = lift.common("qr_multiply", a, c, floating=True)
    matrices("qr_multiply", x)
    single = y.ndim == 1
    if single:
        y = y[:, None] if mode == "left" else y[None, :]
    m, n = x.shape[-2:]
    k = min(m, n)
    if y.ndim < 2 or (y.shape[-2] != k if mode == "left" else y.shape[-1] != m):
        raise errors.ShapeError("qr_multiply: the shapes of a and c do not fit", got=f"{x.aval} · {y.aval}",
                                hint=f"Q is ({m}, {k}).")  # fmt: skip
    x, y = broadcast_batch("qr_multiply", x, y, ranks=(2, 2))
    r, taus, *order = (geqp3(x)[0], geqp3(x)[1], geqp3(x)[2]) if pivoting else geqrf(x)
    if mode == "left" and m > n:
        y = rnp.concatenate([y, rnp.zeros((*y.shape[:-2], m - k, y.shape[-1]), y.dtype)], axis=-2)
    if conjugate:
        y = rnp.matrix_transpose(y)
    y = lax_linalg.ormqr(r, taus, y, left=(mode == "left") != conjugate, transpose=conjugate)
    if conjugate:
        y = rnp.matrix_transpose(y)
    if mode == "right":
        y = y[..., :k]
    return (y.ravel() if single else y, rnp.triu(r[..., :k, :]), *order)


def svd(
    a: ArrayLike,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any:
    """U, S and Vh with a = U diag(S) Vh; S alone without `compute_uv`.

    >>> rt.scipy.linalg.svd(rt.numpy.array([[0.0, 2.0], [1.0, 0.0]]), compute_uv=False)
    Array([2., 1.], dtype=float32)
    """
    if lapack_driver not in ("gesdd", "gesvd"):
        raise errors.BadArgument("svd", "lapack_driver", lapack_driver, "'gesdd' or 'gesvd'")
    return lax_linalg.svd(matrices("svd", a), full_matrices=full_matrices, compute_uv=compute_uv)


def eigh(
    a: ArrayLike,
    b: ArrayLike | None = None,
    lower: bool = True,
    eigvals_only: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    turbo: bool = True,
    eigvals: None = None,
    type: int = 1,
    check_finite: bool = True,
) -> Any:
    """Eigenvalues, smallest first, and eigenvectors of symmetric or Hermitian matrices. b is None, and `type` is 1.

    >>> rt.scipy.linalg.eigh(rt.numpy.array([[2.0, 0.0], [0.0, 1.0]]), eigvals_only=True)
    Array([1., 2.], dtype=float32)
    """
    for name, value, wanted in (("b", b, None), ("eigvals", eigvals, None), ("type", type, 1)):
        if value is not wanted:
            raise errors.BadArgument("eigh", name, value, f"{wanted}")
    v, w = lax_linalg.eigh(matrices("eigh", a, square=True), lower=lower)
    return w if eigvals_only else (w, v)


def eigh_tridiagonal(
    d: ArrayLike,
    e: ArrayLike,
    *,
    eigvals_only: bool = False,
    select: str = "a",
    select_range: tuple[float, float] | None = None,
    tol: float | None = None,
    key: Array | None = None,
) -> Any:
    """Eigenvalues, smallest first, and eigenvectors of the symmetric matrix of d (n,) and e (n - 1,) beside it.

    `select` is "a" for all, or "i" for those that `select_range` numbers, the last included. `tol` and `key` are JAX's,
    and mean nothing here.

    >>> rt.scipy.linalg.eigh_tridiagonal(rt.numpy.array([2.0, 1.0]), rt.numpy.array([0.0]), eigvals_only=True)
    Array([1., 2.], dtype=float32)
    """
    x, y = lift.common("eigh_tridiagonal", d, e, floating=True)
    if x.ndim != 1 or y.ndim != 1 or y.shape[0] != max(x.shape[0] - 1, 0):
        raise errors.ShapeError("eigh_tridiagonal: the shapes of d and e do not fit", got=f"{x.aval} · {y.aval}",
                                hint="d is (n,), e is (n - 1,).")  # fmt: skip
    if select not in ("a", "i"):
        raise errors.BadArgument("eigh_tridiagonal", "select", select, "'a' or 'i'")
    if select == "i" and (select_range is None or select_range[0] > select_range[1]):
        raise errors.BadArgument("eigh_tridiagonal", "select_range", select_range, "Two numbers, the first not larger,")
    full = rnp.diag(x) + (rnp.diag(y, -1) + rnp.diag(rnp.conj(y), 1) if y.size else 0)
    v, w = lax_linalg.eigh(full, symmetrize_input=False)
    if select == "i" and select_range is not None:
        first, last = int(select_range[0]), int(select_range[1]) + 1
        v, w = v[:, first:last], w[first:last]
    return w if eigvals_only else (w, v)


def schur(a: ArrayLike, output: str = "real") -> tuple[Array, Array]:
    """T and Z with a = Z T Zᴴ: T is triangular, but for 2 x 2 blocks where a is real and so is the `output`.

    >>> rt.scipy.linalg.schur(rt.numpy.array([[1.0, 2.0], [0.0, 3.0]]))[0]
    Array([[1., 2.],
           [0., 3.]], dtype=float32)
    """
    if output not in ("real", "complex"):
        raise errors.BadArgument("schur", "output", output, "'real' or 'complex'")
    x = matrices("schur", a, square=True)
    t, z = lax_linalg.schur(to_complex(x) if output == "complex" else x)
    return t, z


def to_complex(x: Any) -> Array:
    """x as complex numbers."""
    from rustorch_fn import dtypes

    return lift.convert(x, dtypes.whole(x.dtype) if x.dtype not in dtypes.COMPLEX else x.dtype)


def hessenberg(a: ArrayLike, *, calc_q: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """H, zero below the diagonal beside the main one, with a = Q H Qᴴ; and Q with `calc_q`.

    >>> rt.scipy.linalg.hessenberg(rt.numpy.eye(3))
    Array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    x = matrices("hessenberg", a, square=True)
    n = x.shape[-1]
    if not n:
        return (x, x) if calc_q else x
    found, taus = lax_linalg.hessenberg(x)
    h = rnp.triu(found, -1)
    if not calc_q:
        return h
    inner = lax_linalg.householder_product(found[..., 1:, :-1], taus)
    q = rnp.pad(inner, [(0, 0)] * (x.ndim - 2) + [(1, 0), (1, 0)])
    corner = rnp.pad(rnp.ones((1, 1), x.dtype), [(0, n - 1), (0, n - 1)])
    return h, q + corner


def det(a: ArrayLike, overwrite_a: bool = False, check_finite: bool = True) -> Array:
    """The determinant of each matrix.

    >>> rt.scipy.linalg.det(rt.numpy.array([[1.0, 2.0], [3.0, 4.0]]))
    Array(-2., dtype=float32)
    """
    return rnp.linalg.det(a)


def inv(a: ArrayLike, overwrite_a: bool = False, check_finite: bool = True) -> Array:
    """The inverse of each matrix.

    >>> rt.scipy.linalg.inv(rt.numpy.array([[2.0, 0.0], [0.0, 4.0]]))
    Array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)
    """
    return rnp.linalg.inv(a)


def solve(
    a: ArrayLike,
    b: ArrayLike,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    debug: bool = False,
    check_finite: bool = True,
    assume_a: str = "gen",
) -> Array:
    """x with a x = b. With `assume_a` "pos" a is positive definite, and one triangle of it is read.

    >>> rt.scipy.linalg.solve(4 * rt.numpy.eye(2), rt.numpy.array([4.0, 8.0]), assume_a="pos")
    Array([1., 2.], dtype=float32)
    """
    if assume_a not in ("gen", "sym", "her", "pos"):
        raise errors.BadArgument("solve", "assume_a", assume_a, "'gen', 'sym', 'her' or 'pos'")
    if assume_a != "pos":
        return rnp.linalg.solve(a, b)
    x, y, vector = _system("solve", a, b)
    factor = cholesky(stop_gradient(x), lower=lower)
    out = factored_solve(x, factor, y, method="cholesky", lower=bool(lower), transpose=False)
    return out[..., 0] if vector else out


def solve_triangular(
    a: ArrayLike,
    b: ArrayLike,
    trans: int | str = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    debug: Any = None,
    check_finite: bool = True,
) -> Array:
    """x with a x = b for triangular a; aᵀ x = b for `trans` 1 or "T", aᴴ x = b for 2 or "C".

    >>> a = rt.numpy.array([[2.0, 0.0], [1.0, 4.0]])
    >>> rt.scipy.linalg.solve_triangular(a, rt.numpy.array([2.0, 9.0]), lower=True)
    Array([1., 2.], dtype=float32)
    """
    how = {0: 0, "N": 0, 1: 1, "T": 1, 2: 2, "C": 2}.get(trans)
    if how is None:
        raise errors.BadArgument("solve_triangular", "trans", trans, "0, 1, 2, 'N', 'T' or 'C'")
    x, y, vector = _system("solve_triangular", a, b)
    y = lax_linalg.triangular_solve(
        x, y, left_side=True, lower=lower, transpose_a=how > 0, conjugate_a=how == 2, unit_diagonal=unit_diagonal
    )
    return y[..., 0] if vector else y
