"""Names of rt.lax.linalg; what is known but for signs is compared by its products."""

import numpy as np
from peers.draw import Case, Draw
from peers.names.linalg import (
    SOLID,
    SQUARES,
    TALL,
    adjoint,
    angular,
    decomposed,
    hermitian,
    matrix,
    regular,
    shaped,
    spectral,
    valued,
)  # fmt: skip
from peers.rows import room

row = room("lax.linalg")


def turned(d: Draw, dtype, shape):
    """`regular`, its rows moved down by one: the pivots are not on the diagonal."""
    return np.roll(regular(d, dtype, shape), 1, -2)


def eigenvectors(lib, f, a, left, right):
    """Eigenvalues, the matrices that have them and each kind of vectors, and the vectors' lengths."""
    w, *vectors = f(a, compute_left_eigenvectors=left, compute_right_eigenvectors=right)
    products = []
    for k, v in enumerate(vectors):
        v = lib.numpy.linalg.inv(adjoint(lib, v)) if left and k == 0 else v
        products.append(v @ (w[..., None] * lib.numpy.linalg.inv(v)))
    return [lib.numpy.sort(w), products, [lib.numpy.sum(abs(v) ** 2, -2) for v in vectors]]


row("cholesky", matrix(classes=SOLID, make=hermitian, symmetrize_input=(True, False)))
row("eig", matrix(SQUARES, SOLID, left=(True, False), right=(True, False)), order=0,
    call=eigenvectors)  # fmt: skip
row("eigh", matrix(classes=SOLID, make=hermitian, lower=(True, False), symmetrize_input=(True, False),
                   sort_eigenvalues=(True, False)), call=lambda lib, f, a, **kwargs: spectral(lib, *f(a, **kwargs)[::-1]))  # fmt: skip
row("lu", matrix((*SQUARES[:4], (4, 3), (2, 3)), SOLID, turned))
row("hessenberg", matrix(SQUARES[:3], SOLID))


row("svd", decomposed(SOLID), call=valued)


def upright(lib, f, a, **kwargs):
    q, r, *order = f(a, **kwargs)
    return [*angular(lib, q, r), *order]


def reflected(d: Draw) -> Case:
    full, pivoting = (False, False) if d.slopes else (d.pick("full", False, True), d.pick("pivoting", False, True))
    return d.case(regular(d, d.dtype(SOLID), shaped(d, TALL)), full_matrices=full, pivoting=pivoting)


row("qr", reflected, call=upright)


def triangular(lib, f, a, vectors):
    t, *q = f(a, compute_schur_vectors=vectors)
    return [abs(t), *(part for v in q for part in (v @ t @ adjoint(lib, v), adjoint(lib, v) @ v))]


row("schur", matrix(SQUARES[:3], SOLID, vectors=(True, False)), order=0,
    call=triangular)  # fmt: skip
row("tridiagonal", matrix(SQUARES[:3], SOLID, hermitian, lower=(True, False)))


def reflections(d: Draw) -> Case:
    shape, dtype = shaped(d, ((3, 3), (4, 2), (2, 3, 2))), d.dtype(SOLID)
    return d.case(d.array(dtype, shape, -1, 1), d.array(dtype, (*shape[:-2], shape[-1]), 0, 1))


row("householder_product", reflections)


def multiplied(d: Draw) -> Case:
    shape, dtype = shaped(d, ((3, 3), (4, 2), (2, 3, 2))), d.dtype(SOLID)
    left = d.pick("left", True, False)
    c = (*shape[:-2], shape[-2], 5) if left else (*shape[:-2], 5, shape[-2])
    a, taus = d.array(dtype, shape, -1, 1), d.array(dtype, (*shape[:-2], shape[-1]), 0, 1)
    return d.case(a, taus, d.array(dtype, c), left=left, transpose=d.pick("transpose", False, True))


row("ormqr", multiplied)


def polar(d: Draw) -> Case:
    square = d.pick("hermitian", False, True)
    a = hermitian(d, d.dtype(SOLID), (3, 3)) if square else regular(d, d.dtype(SOLID), shaped(d, ((4, 3), (3, 3))))
    more = {"eps": d.pick("eps", None, 1e-6), "max_iterations": d.pick("most", None, 12)}
    return d.case(a, is_hermitian=square, **more)


row("qdwh", polar, order=0, call=lambda lib, f, a, **kwargs: (lambda u, h, count, done: [u, h, done])(*f(a, **kwargs)))


def updated(d: Draw) -> Case:
    dtype = d.dtype(("float", "double"))
    return d.case(np.triu(regular(d, dtype, (3, 3))), d.array(dtype, (3,)))


row("cholesky_update", updated, call=lambda lib, f, r, w: (lambda x: [x.T @ x, abs(x)])(f(r, w)))


def squared(d: Draw) -> Case:
    a, c = shaped(d, (((3, 2), (3, 3)), ((2, 3, 4), (2, 3, 3)), ((2, 1), (2, 2))))
    dtype = d.dtype(("float", "double"))
    kwargs = {"alpha": d.pick("alpha", 1.0, 0.5), "beta": d.pick("beta", 0.0, 2.0)}
    return d.case(d.array(dtype, a), hermitian(d, dtype, c), **kwargs, symmetrize_output=d.pick("whole", True, False))


row("symmetric_product", squared)


def solved(d: Draw) -> Case:
    left, dtype = d.pick("left", True, False), d.dtype(SOLID)
    a, b = shaped(d, (((3, 3), (3, 2)), ((2, 3, 3), (2, 3, 2)), ((2, 0, 0), (2, 0, 3)), ((3, 3), (3,))))
    if not left and len(b) > 1:
        b = (*b[:-2], b[-1], b[-2])
    how = ("lower", "transpose_a", "conjugate_a", "unit_diagonal")
    kwargs = {k: d.pick(k, False, True) for k in how}
    return d.case(regular(d, dtype, a), d.array(dtype, b), left_side=left, **kwargs)


row("triangular_solve", solved)


def banded(d: Draw) -> Case:
    lead, dtype = shaped(d, ((), (2,), (2, 1))), d.dtype(SOLID)
    outer = [d.array(dtype, (*lead, 4), -1, 1) for _ in range(2)]
    outer[0][..., 0], outer[1][..., -1] = 0, 0
    return d.case(outer[0], d.array(dtype, (*lead, 4), 4, 6), outer[1], d.array(dtype, (*lead, 4, d.pick("k", 2, 1))))


row("tridiagonal_solve", banded, steady={"perturb_singular": "is another processor's"})


def swapped(d: Draw) -> Case:
    shape = shaped(d, ((3,), (2, 3), (2, 1, 3), (0, 3)))
    return d.case(np.minimum(d.array("int32", shape, 0, 3) + np.arange(3, dtype="int32"), 3), d.pick("size", 4, 5))


row("lu_pivots_to_permutation", swapped)
row("EigImplementation EighImplementation SvdAlgorithm", lambda d: d.case(), host=True, order=0,
    lacks="scalar empty broadcast deep", call=lambda lib, f: sorted(member.name for member in f))  # fmt: skip
