"""rustorch_fn.lax.linalg: factorisations and solves for batches of matrices, under JAX's names.

Operands have to be of one float type already. The library behind is LAPACK, as SciPy brings it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

from rustorch_fn import errors
from rustorch_fn.core.typing import Array, ArrayLike
from rustorch_fn.lax import factorization as f
from rustorch_fn.lax import lift, reflections, solving
from rustorch_fn.lax import matrices as mat
from rustorch_fn.lax.control import scan
from rustorch_fn.lax.polar import halley

__all__ = [
    "EigImplementation", "EighImplementation", "SvdAlgorithm", "cholesky", "cholesky_update", "eig", "eigh",
    "hessenberg", "householder_product", "lu", "lu_pivots_to_permutation", "ormqr", "qdwh", "qr", "schur", "svd",
    "symmetric_product", "triangular_solve", "tridiagonal", "tridiagonal_solve",
]  # fmt: skip


class EigImplementation(enum.Enum):
    """How `eig` works: here there is LAPACK.

    >>> rt.lax.linalg.EigImplementation.LAPACK.value
    'lapack'
    """

    CUSOLVER = "cusolver"
    MAGMA = "magma"
    LAPACK = "lapack"


class EighImplementation(enum.Enum):
    """How `eigh` works: here there is LAPACK's, which is QR.

    >>> rt.lax.linalg.EighImplementation("qr").name
    'QR'
    """

    QR = "qr"
    JACOBI = "jacobi"
    QDWH = "qdwh"


class SvdAlgorithm(enum.Enum):
    """How `svd` works: QR is LAPACK's gesvd, all others that are there its gesdd.

    >>> rt.lax.linalg.SvdAlgorithm.QR.value
    'QR'
    """

    DEFAULT = "default"
    QR = "QR"
    JACOBI = "Jacobi"
    POLAR = "polar"
    DIVIDE_AND_CONQUER = "divide_and_conquer"


def _matrix(op: str, x: ArrayLike) -> Any:
    """An operand, with a sentence for what LAPACK does not take."""
    return lift.operand(op, x)


def _alike(op: str, *xs: ArrayLike) -> list[Any]:
    """Operands, of which Python's and weak ones follow the others."""
    return lift.common(op, *xs)


def cholesky(x: ArrayLike, *, symmetrize_input: bool = True) -> Array:
    """The lower triangular L of each matrix (…, n, n), with L Lᴴ = x: nan where x is not positive definite.

    x counts as (x + xᴴ) / 2; without `symmetrize_input` only its lower triangle is read.

    >>> rt.lax.linalg.cholesky(rt.numpy.array([[4.0, 2.0], [2.0, 5.0]]))
    Array([[2., 0.],
           [1., 2.]], dtype=float32)
    """
    a = _matrix("cholesky", x)
    mat.checked("cholesky", a.aval, square=True)
    return f.cholesky(f.symmetrised(a) if symmetrize_input else a)


def cholesky_update(r_matrix: ArrayLike, w_vector: ArrayLike) -> Array:
    """The upper triangular factor of Rᵀ R + w wᵀ, in n² steps.

    >>> r = rt.lax.linalg.cholesky_update(rt.numpy.eye(2), rt.numpy.array([1.0, 0.0]))
    >>> rt.numpy.round(r.T @ r, 4)
    Array([[2., 0.],
           [0., 1.]], dtype=float32)
    """
    r, w = _alike("cholesky_update", r_matrix, w_vector)
    if r.ndim != 2 or w.ndim != 1 or not r.shape[0] == r.shape[1] == w.shape[0]:
        raise errors.ShapeError("cholesky_update: a square matrix and a vector as long are needed",
                                got=f"{r.aval} · {w.aval}")  # fmt: skip
    mat.checked("cholesky_update", r.aval)
    n = r.shape[0]
    ones = mat.eye((n, n), r.dtype)

    def turn(z: Any, row: Any) -> tuple[Any, Any]:
        """Rotate row k and z so that z[k] vanishes."""
        values, here = row
        x, y = (here * values).sum(), (here * z).sum()
        # scaled by the larger, so that no square overflows
        larger = abs(x) + abs(y)
        still = y == 0
        x, y = (v / lift.roles.select(still, mat.zeros_like(larger) + 1, larger) for v in (x, y))
        length = (x * x + y * y) ** 0.5
        c = lift.roles.select(still, mat.zeros_like(x) + 1, x / length)
        s = lift.roles.select(still, mat.zeros_like(x), y / length)
        return c * z - s * values, c * values + s * z

    return scan(turn, w, (r, ones))[1]


def eig(
    x: ArrayLike,
    *,
    compute_left_eigenvectors: bool = True,
    compute_right_eigenvectors: bool = True,
    enable_eigvec_derivs: bool = False,
    implementation: EigImplementation | None = None,
    use_magma: bool | None = None,
) -> list[Array]:
    """Eigenvalues of matrices (…, n, n), then left and right eigenvectors, as columns of length 1: all complex.

    Eigenvalues have derivatives. Eigenvectors have them with `enable_eigvec_derivs`, which are right where all
    eigenvalues differ. `use_magma` is JAX's, and means nothing here.

    >>> w, left, right = rt.lax.linalg.eig(rt.numpy.array([[0.0, 1.0], [-1.0, 0.0]]))
    >>> w
    Array([0.+1.j, 0.-1.j], dtype=complex64)
    """
    if implementation not in (None, EigImplementation.LAPACK):
        raise errors.BadArgument("eig", "implementation", implementation, "None or EigImplementation.LAPACK")
    words = dict(left=bool(compute_left_eigenvectors), right=bool(compute_right_eigenvectors))
    return list(f.eig(_matrix("eig", x), vectors_differ=bool(enable_eigvec_derivs), **words))


def eigh(
    x: ArrayLike,
    *,
    lower: bool = True,
    symmetrize_input: bool = True,
    sort_eigenvalues: bool = True,
    subset_by_index: tuple[int, int] | None = None,
    implementation: EighImplementation | None = None,
) -> tuple[Array, Array]:
    """Eigenvectors (as columns) and eigenvalues, smallest first, of symmetric or Hermitian matrices (…, n, n).

    x counts as (x + xᴴ) / 2; without `symmetrize_input` only one triangle is read, the lower or the upper.

    >>> v, w = rt.lax.linalg.eigh(rt.numpy.array([[2.0, 0.0], [0.0, 1.0]]))
    >>> w
    Array([1., 2.], dtype=float32)
    """
    a = _matrix("eigh", x)
    mat.checked("eigh", a.aval, square=True)
    if implementation not in (None, EighImplementation.QR):
        raise errors.BadArgument("eigh", "implementation", implementation, "None or EighImplementation.QR")
    _whole("eigh", subset_by_index, a.shape[-1])
    v, w = f.eigh(f.symmetrised(a) if symmetrize_input else a, lower=bool(lower))
    return v, w


def _whole(op: str, subset: tuple[int, int] | None, n: int) -> None:
    if subset is not None and tuple(subset) != (0, n):
        raise errors.BadArgument(op, "subset_by_index", subset, f"None, or (0, {n}), which is all of them,")


def hessenberg(a: ArrayLike) -> tuple[Array, Array]:
    """The Hessenberg form of matrices (…, n, n), with reflectors below it, and the reflectors' factors (…, n - 1).

    >>> h, taus = rt.lax.linalg.hessenberg(rt.numpy.eye(3))
    >>> h.shape, taus.shape
    ((3, 3), (2,))
    """
    h, taus = reflections.hessenberg(_matrix("hessenberg", a))
    return h, taus


def householder_product(a: ArrayLike, taus: ArrayLike) -> Array:
    """The product of the reflections below the diagonals of a (…, m, n), with m ≥ n and factors (…, k).

    >>> reflector, factor = rt.numpy.array([[1.0], [1.0]]), rt.numpy.array([1.0])
    >>> rt.lax.linalg.householder_product(reflector, factor)
    Array([[ 0.],
           [-1.]], dtype=float32)
    """
    return reflections.householder_product(*_alike("householder_product", a, taus))


def lu(x: ArrayLike) -> tuple[Array, Array, Array]:
    """L and U of P x = L U for matrices (…, m, n): both in one matrix; row swaps; the permutation of the rows.

    >>> a, pivots, places = rt.lax.linalg.lu(rt.numpy.array([[0.0, 1.0], [2.0, 4.0]]))
    >>> a, pivots, places
    (Array([[2., 4.],
           [0., 1.]], dtype=float32), Array([1, 1], dtype=int32), Array([1, 0], dtype=int32))
    """
    a, pivots, places = f.lu(_matrix("lu", x))
    return a, pivots, places


def lu_pivots_to_permutation(pivots: ArrayLike, permutation_size: int) -> Array:
    """What row swaps (…, k) make of 0, 1, 2, … up to the size.

    >>> rt.lax.linalg.lu_pivots_to_permutation(rt.numpy.array([2, 1, 2]), 3)
    Array([2, 1, 0], dtype=int32)
    """
    x = lift.operand("lu_pivots_to_permutation", pivots)
    if not hasattr(permutation_size, "__index__"):
        raise errors.BadType("lu_pivots_to_permutation", "permutation_size", permutation_size, "An int")
    return f.lu_pivots_to_permutation(x, size=int(permutation_size))


def ormqr(a: ArrayLike, taus: ArrayLike, c: ArrayLike, *, left: bool = True, transpose: bool = False) -> Array:
    """Q c, or Qᴴ c where `transpose`, or c Q from the other side: Q is the product of reflections (…, m, n).

    >>> reflector, factor = rt.numpy.array([[1.0], [1.0]]), rt.numpy.array([1.0])
    >>> rt.lax.linalg.ormqr(reflector, factor, rt.numpy.array([[3.0], [4.0]]))
    Array([[-4.],
           [-3.]], dtype=float32)
    """
    return reflections.ormqr(*_alike("ormqr", a, taus, c), left=bool(left), transpose=bool(transpose))


def qdwh(
    x: ArrayLike,
    *,
    is_hermitian: bool = False,
    max_iterations: int | None = None,
    eps: float | None = None,
    dynamic_shape: tuple[int, int] | None = None,
) -> tuple[Array, Array, Array, Array]:
    """The polar decomposition x = u h of an (m, n) matrix with m ≥ n: u, h, the iterations, and whether they ended.

    The iteration is QR-based dynamically weighted Halley's (Nakatsukasa, Bai and Gygi, 2010); at most
    `max_iterations` (10). `is_hermitian` changes nothing, and `dynamic_shape` may only be x's.

    >>> u, h, count, done = rt.lax.linalg.qdwh(rt.numpy.array([[0.0, 2.0], [3.0, 0.0]]))
    >>> h.round(4), done
    (Array([[3., 0.],
           [0., 2.]], dtype=float32), Array(True, dtype=bool))
    """
    a = _matrix("qdwh", x)
    mat.checked("qdwh", a.aval)
    if a.ndim != 2 or a.shape[0] < a.shape[1]:
        raise errors.ShapeError("qdwh: one matrix with at least as many rows as columns is needed", got=a.aval)
    if dynamic_shape is not None and tuple(dynamic_shape) != a.shape:
        raise errors.BadArgument("qdwh", "dynamic_shape", dynamic_shape, f"None or {a.shape}")
    return halley(a, 10 if max_iterations is None else int(max_iterations), eps)


def qr(x: ArrayLike, *, pivoting: bool = False, full_matrices: bool = True, use_magma: bool | None = None) -> Any:
    """Q and R of matrices (…, m, n), and with `pivoting` the order of the columns, which makes R's diagonal fall.

    Q is (…, m, m), or (…, m, min(m, n)) without `full_matrices`. `use_magma` is JAX's, and means nothing here.

    >>> q, r = rt.lax.linalg.qr(rt.numpy.array([[3.0, 1.0], [4.0, 2.0]]))
    >>> (q @ r).round(4)
    Array([[3., 1.],
           [4., 2.]], dtype=float32)
    """
    return tuple(f.qr(_matrix("qr", x), full=bool(full_matrices), pivoting=bool(pivoting)))


def schur(
    x: ArrayLike,
    *,
    compute_schur_vectors: bool = True,
    sort_eig_vals: bool = False,
    select_callable: Callable[..., Any] | None = None,
) -> list[Array]:
    """The Schur form T of matrices (…, n, n), and vectors Q with x = Q T Qᴴ; T of real x has 2 x 2 blocks.

    >>> t, q = rt.lax.linalg.schur(rt.numpy.array([[1.0, 2.0], [0.0, 3.0]]))
    >>> t
    Array([[1., 2.],
           [0., 3.]], dtype=float32)
    """
    if sort_eig_vals or select_callable is not None:
        raise errors.BadArgument("schur", "sort_eig_vals", sort_eig_vals, "False, without a select_callable,")
    return list(reflections.schur(_matrix("schur", x), vectors=bool(compute_schur_vectors)))


def svd(
    x: ArrayLike,
    *,
    full_matrices: bool = True,
    compute_uv: bool = True,
    subset_by_index: tuple[int, int] | None = None,
    algorithm: SvdAlgorithm | None = None,
) -> Any:
    """U, the singular values (largest first), and Vᴴ of matrices (…, m, n); the values alone without `compute_uv`.

    U and V are square, or without `full_matrices` have min(m, n) columns.

    >>> rt.lax.linalg.svd(rt.numpy.array([[3.0, 0.0], [0.0, -4.0]]), compute_uv=False)
    Array([4., 3.], dtype=float32)
    """
    a = _matrix("svd", x)
    mat.checked("svd", a.aval)
    _whole("svd", subset_by_index, min(a.shape[-2:]))
    if algorithm in (SvdAlgorithm.JACOBI, SvdAlgorithm.POLAR) or not isinstance(algorithm, SvdAlgorithm | None):
        raise errors.BadArgument(
            "svd", "algorithm", algorithm, "None, or SvdAlgorithm.DEFAULT, QR or DIVIDE_AND_CONQUER,"
        )
    how = "QR" if algorithm == SvdAlgorithm.QR else "default"
    s, *vectors = f.svd(a, full=bool(full_matrices), vectors=bool(compute_uv), algorithm=how)
    return (vectors[0], s, vectors[1]) if compute_uv else s


def symmetric_product(
    a_matrix: ArrayLike,
    c_matrix: ArrayLike,
    *,
    alpha: float = 1.0,
    beta: float = 0.0,
    symmetrize_output: bool = False,
) -> Array:
    """alpha a aᵀ + beta c, for a (…, n, m) and symmetric c (…, n, n).

    >>> rt.lax.linalg.symmetric_product(rt.numpy.array([[1.0], [2.0]]), rt.numpy.zeros((2, 2)))
    Array([[1., 2.],
           [2., 4.]], dtype=float32)
    """
    a, c = _alike("symmetric_product", a_matrix, c_matrix)
    mat.checked("symmetric_product", a.aval)
    if c.ndim != a.ndim or c.shape[:-2] != a.shape[:-2] or not a.shape[-2] == c.shape[-1] == c.shape[-2]:
        raise errors.ShapeError("symmetric_product: the shapes of the operands do not fit", got=f"{a.aval} · {c.aval}",
                                hint="a is (…, n, m), and c is (…, n, n).")  # fmt: skip
    y = alpha * mat.product(a, mat.transposed(a)) + beta * c
    return mat.lower(y) + mat.transposed(mat.lower(y, -1)) if symmetrize_output else y


def triangular_solve(
    a: ArrayLike,
    b: ArrayLike,
    *,
    left_side: bool = False,
    lower: bool = False,
    transpose_a: bool = False,
    conjugate_a: bool = False,
    unit_diagonal: bool = False,
) -> Array:
    """x with x a = b, or a x = b with `left_side`, where a (…, n, n) is triangular: its other triangle is not read.

    `transpose_a` and `conjugate_a` say what a stands for; with `unit_diagonal` its diagonal counts as ones.
    b is (…, k, n), or (…, n, k) with `left_side`, or a vector for each matrix.

    >>> a = rt.numpy.array([[2.0, 0.0], [1.0, 4.0]])
    >>> rt.lax.linalg.triangular_solve(a, rt.numpy.array([2.0, 9.0]), left_side=True, lower=True)
    Array([1., 2.], dtype=float32)
    """
    x, y = _alike("triangular_solve", a, b)
    vector = y.ndim == x.ndim - 1
    if vector:
        y = y[..., None] if left_side else y[..., None, :]
    words = dict(left=bool(left_side), lower=bool(lower), transpose=bool(transpose_a), unit=bool(unit_diagonal))
    out = solving.triangular_solve(x, y, conjugate=bool(conjugate_a) and x.dtype.kind == "c", **words)
    return out if not vector else out[..., 0] if left_side else out[..., 0, :]


def tridiagonal(a: ArrayLike, *, lower: bool = True) -> tuple[Array, Array, Array, Array]:
    """The tridiagonal form of symmetric or Hermitian matrices (…, n, n), of which one triangle is read.

    The results are the reflectors with the form, its diagonal, the one beside it, and the reflectors' factors.

    >>> rt.lax.linalg.tridiagonal(rt.numpy.eye(2))[1]
    Array([1., 1.], dtype=float32)
    """
    form, d, e, taus = reflections.tridiagonal(_matrix("tridiagonal", a), lower=bool(lower))
    return form, d, e, taus


def tridiagonal_solve(
    dl: ArrayLike, d: ArrayLike, du: ArrayLike, b: ArrayLike, *, perturb_singular: bool = False
) -> Array:
    """x (…, n, k) with A x = b, where A has the diagonals dl, d and du (…, n): dl[0] and du[n - 1] are not read.

    >>> ones = rt.numpy.ones(3)
    >>> rt.lax.linalg.tridiagonal_solve(0 * ones, 2 * ones, 0 * ones, rt.numpy.array([[2.0], [4.0], [6.0]]))
    Array([[1.],
           [2.],
           [3.]], dtype=float32)
    """
    if perturb_singular:
        raise errors.BadArgument("tridiagonal_solve", "perturb_singular", perturb_singular, "False")
    return solving.tridiagonal_solve(*_alike("tridiagonal_solve", dl, d, du, b))


def __dir__() -> list[str]:
    return __all__
