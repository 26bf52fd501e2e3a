"""Factorisations of matrices, as NumPy and SciPy name them: for integers too, which become floats."""

from __future__ import annotations

from typing import Any, NamedTuple

from rustorch_fn import errors
from rustorch_fn.lax import lift
from rustorch_fn.lax import linalg as lax_linalg
from rustorch_fn.lax.reflections import geqrf
from rustorch_fn.numpy import reductions as r
from rustorch_fn.numpy import ufuncs as u
from rustorch_fn.numpy.indexing import take_along_axis
from rustorch_fn.numpy.search import argsort
from rustorch_fn.numpy.shapes import flip, matrix_transpose
from rustorch_fn.typing import Array, ArrayLike


class EigResult(NamedTuple):
    """What `eig` gives."""

    eigenvalues: Array
    eigenvectors: Array


class EighResult(NamedTuple):
    """What `eigh` gives."""

    eigenvalues: Array
    eigenvectors: Array


class QRResult(NamedTuple):
    """What `qr` gives."""

    Q: Array
    R: Array


class SVDResult(NamedTuple):
    """What `svd` gives."""

    U: Array
    S: Array
    Vh: Array


def matrices(op: str, a: ArrayLike, square: bool = False) -> Array:
    """Matrices of floats, or the error that says what they are."""
    x = u.floats(op, lift.operand(op, a))
    if x.ndim < 2:
        raise errors.ShapeError(
            f"{op}: a matrix, or a batch of them, is needed", got=x.aval, hint="The last two axes are rows and columns."
        )
    if square and x.shape[-1] != x.shape[-2]:
        raise errors.ShapeError(f"{op}: square matrices are needed", got=x.aval,
                                hint="The last two axes have one size.")  # fmt: skip
    return x


def adjoint(x: Any) -> Array:
    """The conjugate transpose of matrices."""
    return u.conj(matrix_transpose(x))


def cholesky(a: ArrayLike, *, upper: bool = False, symmetrize_input: bool = True) -> Array:
    """The lower triangular L with L Lᴴ = a (or, `upper`, its adjoint), for each matrix of a (…, n, n).

    Where a matrix is not positive definite, all is nan. a counts as (a + aᴴ) / 2; without `symmetrize_input` only its
    lower triangle is read.

    >>> rt.numpy.linalg.cholesky(rt.numpy.array([[4.0, 2.0], [2.0, 5.0]]))
    Array([[2., 0.],
           [1., 2.]], dtype=float32)
    """
    lower = lax_linalg.cholesky(matrices("cholesky", a, square=True), symmetrize_input=symmetrize_input)
    return adjoint(lower) if upper else lower


def svd(
    a: ArrayLike,
    full_matrices: bool = True,
    compute_uv: bool = True,
    hermitian: bool = False,
    subset_by_index: tuple[int, int] | None = None,
) -> Any:
    """U, S and Vh with a = U diag(S) Vh, for each matrix of a (…, m, n); S alone without `compute_uv`.

    U and Vh are square, or without `full_matrices` have min(m, n) columns and rows. S falls.
    `hermitian` says that the matrices are, which is faster.

    >>> u, s, vh = rt.numpy.linalg.svd(rt.numpy.array([[0.0, 2.0], [1.0, 0.0]]))
    >>> s
    Array([2., 1.], dtype=float32)
    """
    x = matrices("svd", a, square=hermitian)
    if not hermitian:
        found = lax_linalg.svd(
            x, full_matrices=full_matrices, compute_uv=compute_uv, subset_by_index=subset_by_index
        )  # fmt: skip
        return SVDResult(*found) if compute_uv else found
    v, w = lax_linalg.eigh(x, subset_by_index=subset_by_index)
    order = flip(argsort(u.abs(w), axis=-1), -1)
    w = take_along_axis(w, order, -1)
    if not compute_uv:
        return u.abs(w)
    v = take_along_axis(v, order[..., None, :], -1)
    return SVDResult(v, u.abs(w), adjoint(v * u.sign(w)[..., None, :]))


def svdvals(x: ArrayLike, /) -> Array:
    """The singular values of matrices, largest first.

    >>> rt.numpy.linalg.svdvals(rt.numpy.array([[0.0, 2.0], [1.0, 0.0]]))
    Array([2., 1.], dtype=float32)
    """
    return svd(x, compute_uv=False)


def qr(a: ArrayLike, mode: str = "reduced") -> Any:
    """Q and R with a = Q R, for each matrix of a (…, m, n).

    `mode`: "reduced" (Q has min(m, n) columns), "complete" (Q is square), "r" (R alone), "raw" (LAPACK's reflectors,
    transposed, and their factors).

    >>> rt.numpy.abs(rt.numpy.linalg.qr(rt.numpy.array([[3.0], [4.0]]), mode="r"))
    Array([[5.]], dtype=float32)
    """
    x = matrices("qr", a)
    if mode == "raw":
        h, taus = geqrf(x)
        return QRResult(matrix_transpose(h), taus)
    if mode not in ("reduced", "r", "full", "complete"):
        raise errors.BadArgument("qr", "mode", mode, "'reduced', 'complete', 'r' or 'raw'")
    q, upper = lax_linalg.qr(x, full_matrices=mode == "complete")
    return upper if mode == "r" else QRResult(q, upper)


def eig(a: ArrayLike) -> EigResult:
    """Eigenvalues and eigenvectors, as columns of length 1, of matrices (…, n, n) of any kind: both complex.

    >>> rt.numpy.linalg.eig(rt.numpy.array([[0.0, 1.0], [-1.0, 0.0]])).eigenvalues
    Array([0.+1.j, 0.-1.j], dtype=complex64)
    """
    return EigResult(*lax_linalg.eig(matrices("eig", a, square=True), compute_left_eigenvectors=False))


def eigvals(a: ArrayLike) -> Array:
    """The eigenvalues of matrices (…, n, n) of any kind, as complex numbers in no order.

    >>> rt.numpy.linalg.eigvals(rt.numpy.array([[0.0, 1.0], [-1.0, 0.0]]))
    Array([0.+1.j, 0.-1.j], dtype=complex64)
    """
    return lax_linalg.eig(
        matrices("eigvals", a, square=True), compute_left_eigenvectors=False, compute_right_eigenvectors=False
    )[0]


def eigh(a: ArrayLike, UPLO: str | None = None, symmetrize_input: bool = True) -> EighResult:
    """Eigenvalues, smallest first, and eigenvectors, as columns, of symmetric or Hermitian matrices (…, n, n).

    a counts as (a + aᴴ) / 2; without `symmetrize_input` only one triangle is read: `UPLO` is "L" or "U".

    >>> rt.numpy.linalg.eigh(rt.numpy.array([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    Array([1., 2.], dtype=float32)
    """
    if UPLO not in (None, "L", "U"):
        raise errors.BadArgument("eigh", "UPLO", UPLO, "None, 'L' or 'U'")
    x = matrices("eigh", a, square=True)
    v, w = lax_linalg.eigh(x, lower=UPLO != "U", symmetrize_input=symmetrize_input)
    return EighResult(w, v)


def eigvalsh(a: ArrayLike, UPLO: str | None = "L", *, symmetrize_input: bool = True) -> Array:
    """The eigenvalues of symmetric or Hermitian matrices, smallest first.

    >>> rt.numpy.linalg.eigvalsh(rt.numpy.array([[2.0, 0.0], [0.0, 1.0]]))
    Array([1., 2.], dtype=float32)
    """
    return eigh(a, UPLO, symmetrize_input).eigenvalues


def matrix_rank(
    M: ArrayLike, rtol: ArrayLike | None = None, *, hermitian: bool = False, tol: ArrayLike | None = None
) -> Array:
    """How many singular values of each matrix are greater than `rtol`.

    By default that is the greatest one times the larger size times the type's epsilon. `tol` is another name for it.

    >>> rt.numpy.linalg.matrix_rank(rt.numpy.ones((3, 3)))
    Array(1, dtype=int32)
    """
    if tol is not None and rtol is not None:
        raise errors.BadArgument("matrix_rank", "tol", tol, "One of rtol and tol")
    rtol = tol if rtol is None else rtol
    x = u.floats("matrix_rank", lift.operand("matrix_rank", M))
    if x.ndim < 2:
        return r.any(u.not_equal(x, 0)).astype("int32")
    s = svd(x, full_matrices=False, compute_uv=False, hermitian=hermitian)
    if rtol is None:
        from rustorch_fn.numpy.types import finfo

        limit = r.max(s, -1, initial=0) * (max(x.shape[-2:]) * float(finfo(s.dtype).eps))
    else:
        limit = lift.asarray(rtol)
    return r.sum(u.greater(s, limit[..., None]), axis=-1)
