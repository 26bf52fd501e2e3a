"""Names of rt.numpy.linalg and rt.lax.linalg; vectors that are known but for a phase are compared by their products."""

import re

import numpy as np
from peers.draw import ANY, BITS, COMPLEX, Case, Draw
from peers.names.products import MATRICES, NUMBERS, along_axis, pair
from peers.rows import room

row = room("numpy.linalg")
# where it says so, JAX reads one triangle alone; ours passes the slope to both, as JAX 0.10 does
TRIANGLE = {what: "the triangle that is not read has had no slope since" for what in ("grad", "second")}
SOLID = ("float", "double", *COMPLEX)  # what LAPACK takes
TAKEN = (*SOLID, *BITS)
SQUARES = ((3, 3), (2, 3, 3), (2, 1, 2, 2), (0, 0), (0, 2, 2))
TALL = ((4, 3), (3, 4), (2, 3, 2), (0, 3), (2, 3, 0))


def shaped(d: Draw, shapes, what="shape"):
    """One of the shapes; one with elements where derivatives are compared."""
    full = [s for s in shapes if "0" not in re.findall(r"\d+", str(s))]
    return d.pick(f"{what} with elements", *full) if d.slopes else d.pick(what, *shapes)


def regular(d: Draw, dtype, shape):
    """Matrices whose inverses and eigenvalues are far from trouble: the diagonal stands out."""
    x, n = d.array(dtype, shape, -1, 1), min(shape[-2:])
    if x.dtype == np.bool_:
        return np.broadcast_to(np.tri(*shape[-2:], dtype=bool), shape).copy()
    for k in range(n):
        x[..., k, k] = 4 + 5 * k
    return x


def hermitian(d: Draw, dtype, shape):
    """`regular`, and equal to its own conjugate transpose."""
    x = np.tril(regular(d, dtype, shape))
    return x | x.swapaxes(-1, -2) if x.dtype == np.bool_ else x + np.tril(x, -1).conj().swapaxes(-1, -2)


def matrix(shapes=SQUARES, classes=TAKEN, make=regular, **choices):
    """f(a, name=value, …)"""

    def draw(d: Draw) -> Case:
        a = make(d, d.dtype(classes), shaped(d, shapes))
        return d.case(a, **{k: d.pick(k, *v) for k, v in choices.items()})

    return draw


def adjoint(lib, x):
    return lib.numpy.conj(lib.numpy.swapaxes(x, -1, -2))


def spectral(lib, w, v):
    """Eigenvalues and the projections onto the vectors, summed with weights: nothing that a phase changes."""
    return [w, (v * w[..., None, :].astype(v.dtype)) @ adjoint(lib, v), adjoint(lib, v) @ v]


def singular(lib, u, s, vh):
    """Singular values, the product, and what is orthogonal."""
    k = s.shape[-1]
    product = (u[..., :, :k] * s[..., None, :].astype(u.dtype)) @ vh[..., :k, :]
    return [s, product, adjoint(lib, u) @ u, vh @ adjoint(lib, vh)]


def angular(lib, q, r):
    """The product of Q and R, and what is left of each without its signs."""
    return [q @ r, adjoint(lib, q) @ q, lib.numpy.abs(r)]


# --- values and solves ---

row("det inv", matrix())
row("slogdet", matrix(method=(None, "lu", "qr")))
row("eigvals", matrix(), order=1, call=lambda lib, f, a: lib.numpy.sort(f(a)))
row("eigvalsh", matrix(make=hermitian, UPLO=("L", "U"), symmetrize_input=(True, False)))
row("svdvals", matrix(TALL))
row("cholesky", matrix(make=hermitian, upper=(False, True), symmetrize_input=(True, False)), newer=TRIANGLE)
row("matrix_rank", matrix(SQUARES[:3], rtol=(None, 0.1, 0.5), hermitian=(False, True)), order=0, steady={
    "tol": "is rtol's old name"})  # fmt: skip
row("cond", matrix(SQUARES[:3], p=(None, 2, -2, 1, -1, np.inf, -np.inf, "fro", "nuc")))
row("matrix_power", matrix(((3, 3), (2, 2, 2), (0, 0)), (*SOLID, "int", "uint", "half"), n=(3, 2, 1, 0, 5, -1, -2)))


def inverted(d: Draw) -> Case:
    flipped = d.pick("hermitian", False, True)
    a = (hermitian if flipped else regular)(
        d, d.dtype(TAKEN), shaped(d, SQUARES[:3] if flipped else TALL, f"{flipped}")
    )
    return d.case(a, d.pick("rtol", None, 0.01), flipped)


row("pinv", inverted, steady={"rcond": "is rtol's old name"})


def solved(d: Draw) -> Case:
    a, b = shaped(d, (((3, 3), (3,)), ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 1)), ((0, 0), (0,)), ((2, 2, 2), (2, 2, 3))))
    dtype = d.dtype(TAKEN)
    return d.case(regular(d, dtype, a), d.array(dtype, b))


row("solve", solved)


def fitted(d: Draw) -> Case:
    a, b = shaped(d, (((4, 3), (4,)), ((3, 4), (3, 2)), ((3, 3), (3,)), ((4, 2), (4, 3))))
    dtype = d.dtype(TAKEN)
    return d.case(regular(d, dtype, a), d.array(dtype, b), d.pick("rcond", None, 0.01))


def least(lib, f, a, b, rcond):
    """Without what is left where it is but rounding."""
    x, rest, rank, s = f(a, b, rcond)
    return [x, rank, s, *([rest] if a.shape[0] > a.shape[1] else [])]


row("lstsq", fitted, call=least)


def whole(d: Draw) -> Case:
    shape, ind = shaped(d, (((2, 3, 6), 2), ((6, 2, 3), 1), ((4, 2, 2), 1)))
    x = regular(d, d.dtype(TAKEN), (6, 6) if 6 in shape else (4, 4))
    return d.case(x.reshape(shape), ind)


row("tensorinv", whole)


def whole_solved(d: Draw) -> Case:
    shape, axes = shaped(d, (((2, 3, 6), None), ((6, 2, 3), (0,))))
    x = regular(d, d.dtype(TAKEN), (6, 6))
    if axes:
        return d.case(np.moveaxis(x.reshape(2, 3, 6), 2, 0).copy(), d.array(x.dtype, (2, 3)), axes)
    return d.case(x.reshape(shape), d.array(x.dtype, (2, 3)))


row("tensorsolve", whole_solved)

# --- factors ---

row("eig", matrix(), order=0, call=lambda lib, f, a: (lambda w, v: [
    lib.numpy.sort(w), v @ (w[..., None] * lib.numpy.linalg.inv(v)), lib.numpy.sum(abs(v) ** 2, -2)])(*f(a)))  # fmt: skip
row("eigh", matrix(make=hermitian, UPLO=(None, "L", "U"), symmetrize_input=(True, False)),
    call=lambda lib, f, a, **kwargs: spectral(lib, *f(a, **kwargs)))  # fmt: skip


def valued(lib, f, a, **kwargs):
    found = f(a, **kwargs)
    return singular(lib, *found) if kwargs["compute_uv"] else found


def decomposed(classes):
    """f(a, full_matrices, compute_uv); only the small factors have derivatives."""

    def draw(d: Draw) -> Case:
        full, both = (False, True) if d.slopes else (d.pick("full", False, True), d.pick("both", True, True, False))
        return d.case(regular(d, d.dtype(classes), shaped(d, TALL)), full_matrices=full, compute_uv=both)

    return draw


row("svd", decomposed(TAKEN), call=valued)


def upright(lib, f, a, mode):
    found = f(a, mode=mode)
    if mode in ("reduced", "complete"):
        return angular(lib, *found)
    return lib.numpy.abs(found) if mode == "r" else found


row("qr", matrix(TALL, mode=("reduced", "complete", "r", "raw")), call=upright)

# --- norms ---


def normed(d: Draw) -> Case:
    shape, ord, axis = d.pick(
        "norm", ((4,), None, None), ((2, 3, 4), None, None), ((3, 4), "fro", None), ((3, 4), np.inf, None),
        ((2, 3, 4), 1, (0, 2)), ((3, 4), 3, 0), ((4,), 0, None), ((3, 4), "nuc", None), ((2, 3, 4), -2, (-1, 0)),
        ((0, 3), None, None), ((0,), 1, None), ((4,), -np.inf, None), ((3, 4), 2.5, -1), ((3, 4), -1, (0, 1)), ((), None, None),
    )  # fmt: skip
    return d.case(d.array(d.dtype(TAKEN), shape, 0.5, 3), ord, axis, d.pick("keepdims", False, True))


row("norm", normed)


def lengths(d: Draw) -> Case:
    shape = d.shape(1)
    ord = d.pick("ord", 2, 1, np.inf, -np.inf, 0, 3) if 0 not in shape else d.pick("ord of none", 2, 1)
    axis = d.axis(shape, None, tuple(range(len(shape)))[-2:])
    return d.case(d.array(d.dtype(ANY), shape, 0.5, 3), axis=axis, keepdims=d.pick("keepdims", False, True), ord=ord)


row(
    "vector_norm",
    lengths,
    differs={"dtype int uint long bool": "of integers it is a float, as in NumPy; of some orders JAX gives integers"},
)
row(
    "matrix_norm",
    matrix(((3, 3), (2, 3, 4), (2, 3, 2)), keepdims=(False, True), ord=("fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf)),
)

# --- products, as those of rt.numpy ---

row("matmul", pair(*MATRICES))
row("outer", pair(((2,), (3,)), ((0,), (3,)), ((1,), (4,))), lacks="scalar deep")
row("vecdot", along_axis)
row("tensordot", pair(((2, 4, 4), (4, 4, 2)), ((4, 4), (4, 4)), ((2, 3, 4, 4), (4, 4)),
                      axes=(2, 1, ((-2, -1), (1, 0)), ((-1,), (0,)))))  # fmt: skip
row("matrix_transpose", lambda d: d.case(d.array(d.dtype(ANY), d.shape(2))))
row("diagonal", lambda d: d.case(d.array(d.dtype(ANY), d.shape(2)), offset=d.pick("offset", 0, 1, -1)))
row("trace", lambda d: d.case(d.array(d.dtype(ANY), d.shape(2)), offset=d.pick("offset", 0, 1, -1),
                              dtype=d.pick("dtype", None, "float32")))  # fmt: skip


def across(d: Draw) -> Case:
    x, y, axis = d.pick("shapes", ((3,), (3,), -1), ((2, 1, 3), (4, 3), -1), ((3, 2), (3, 2), 0), ((0, 3), (0, 3), 1))
    dtype = d.dtype(NUMBERS)
    return d.case(d.array(dtype, x), d.array(dtype, y), axis=axis)


row("cross", across)


def chained(d: Draw) -> Case:
    shapes = d.pick(
        "shapes", ((2, 3), (3, 4)), ((2, 3), (3, 4), (4, 1)), ((3,), (3, 4), (4, 2)), ((2, 3), (3, 0), (0, 4), (4,))
    )
    dtype = d.dtype(ANY)
    return d.case([d.array(dtype, s) for s in shapes])


row("multi_dot", chained)
