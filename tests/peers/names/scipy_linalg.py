"""Names of rt.scipy.linalg: factors and solves, functions of matrices, and matrices with a structure."""

import numpy as np
from peers.draw import ANY, Case, Draw, Of
from peers.names.factors import turned
from peers.names.linalg import (
    SOLID,
    SQUARES,
    TAKEN,
    TALL,
    TRIANGLE,
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

row = room("scipy.linalg")
NUMBERS = tuple(c for c in ANY if c != "bool")
NOTHING = {"lacks": "scalar empty broadcast deep"}
# arguments that are SciPy's, and mean nothing to arrays that do not change
PROMISES = {"steady": {k: "means nothing here" for k in (
    "overwrite_a", "overwrite_b", "overwrite_c", "check_finite", "debug", "turbo", "lwork", "lapack_driver")}}  # fmt: skip

# --- factors and solves ---

row("det inv", matrix(), **PROMISES)
row("cholesky", matrix(make=hermitian, lower=(False, True)), newer=TRIANGLE, **PROMISES)
row("cho_factor", matrix(make=hermitian, lower=(False, True)), newer=TRIANGLE,
    call=lambda lib, f, a, lower: f(a, lower)[0])  # fmt: skip


def factored(d: Draw) -> Case:
    a, b = shaped(d, (((3, 3), (3, 2)), ((3, 3), (3,)), ((2, 3, 3), (2, 3, 2))))
    dtype = d.dtype(TAKEN)
    return d.case((regular(d, dtype, a), d.pick("lower", False, True)), d.array(dtype, b))


row("cho_solve", factored, **PROMISES)
row("lu_factor", matrix((*SQUARES[:4], (4, 3)), make=turned), **PROMISES)
row("lu", matrix(((3, 3), (4, 3), (2, 3)), make=turned, permute_l=(False, True)), **PROMISES)


def lu_solved(d: Draw) -> Case:
    dtype, b = d.dtype(SOLID), shaped(d, ((3, 2), (3,)))
    swaps = np.maximum(d.array("int32", (3,), 0, 2), np.arange(3, dtype="int32"))
    return d.case((regular(d, dtype, (3, 3)), swaps), d.array(dtype, b), d.pick("trans", 0, 1, 2))


row("lu_solve", lu_solved, **PROMISES)


def solved(d: Draw) -> Case:
    a, b = shaped(d, (((3, 3), (3,)), ((2, 3, 3), (2, 3, 2)), ((3, 3), (3, 2))))
    dtype, kind = d.dtype(TAKEN), d.pick("assume_a", "gen", "pos", "sym", "her")
    x = regular(d, dtype, a) if kind == "gen" else hermitian(d, dtype, a)
    return d.case(
        x.real.astype(dtype) if kind == "sym" else x, d.array(dtype, b), d.pick("lower", False, True), assume_a=kind
    )


row("solve", solved, **PROMISES)


def triangles(d: Draw) -> Case:
    a, b = shaped(d, (((3, 3), (3, 2)), ((3, 3), (3,)), ((2, 3, 3), (2, 3, 2)), ((0, 0), (0, 2))))
    dtype, unit = d.dtype(TAKEN), d.pick("unit_diagonal", False, True)
    trans = d.pick("trans", 0, 1, 2, "C")
    return d.case(regular(d, dtype, a), d.array(dtype, b), trans, d.pick("lower", False, True), unit)


row("solve_triangular", triangles, **PROMISES)


def eigen(lib, f, a, **kwargs):
    found = f(a, **kwargs)
    return found if kwargs["eigvals_only"] else spectral(lib, *found)


row("eigh", matrix(make=hermitian, lower=(True, False), eigvals_only=(False, True)), call=eigen)


def banded(d: Draw) -> Case:
    dtype, (select, select_range) = d.dtype(("float", "double")), d.pick("select", ("a", None), ("i", (1, 2)))
    diagonal = d.array(dtype, (4,), -1, 1) + (5 * np.arange(4)).astype(dtype)
    return d.case(diagonal, d.array(dtype, (3,), -1, 1), eigvals_only=True, select=select, select_range=select_range)


row("eigh_tridiagonal", banded, lacks="scalar empty deep", order=0, steady={
    "eigvals_only": "is all JAX has", "tol": "is how exact bisection is", "key": "is a random start"})  # fmt: skip


row("svd", decomposed(TAKEN), call=valued)


def upright(lib, f, a, mode, pivoting):
    found = f(a, mode=mode, pivoting=pivoting)
    return [abs(found[0]), *found[1:]] if mode == "r" else [*angular(lib, *found[:2]), *found[2:]]


def reflected(d: Draw) -> Case:
    mode, pivoting = d.pick("mode", "economic", *(() if d.slopes else ("full", "r"))), d.pick("pivoting", False, True)
    return d.case(regular(d, d.dtype(TAKEN), shaped(d, TALL[:3])), mode, pivoting and not d.slopes)


row("qr", reflected, call=upright)


def multiplied(d: Draw) -> Case:
    dtype, mode = d.dtype(SOLID), d.pick("mode", "right", "left")
    c = shaped(d, ((2, 4) if mode == "right" else (3, 2),), mode)
    how = (False, False) if d.slopes else (d.pick("pivoting", False, True), d.pick("conjugate", False, True))
    return d.case(regular(d, dtype, (4, 3)), d.array(dtype, c), mode, *how)


row("qr_multiply", multiplied, call=lambda lib, f, a, c, mode, *how: (lambda qc, r, *p: [
    qc @ (r if mode == "right" else adjoint(lib, qc)), abs(r), *p])(*f(a, c, mode, *how)))  # fmt: skip


def triangular(lib, f, *args):
    t, z = f(*args)
    return [abs(t), z @ t @ adjoint(lib, z), adjoint(lib, z) @ z]


row("schur", matrix(SQUARES[:1], SOLID, output=("real", "complex")), order=0,
    call=lambda lib, f, a, output: triangular(lib, f, a, output))  # fmt: skip


def real_form(d: Draw) -> Case:
    dtype = d.dtype(("float", "double"))
    t = np.triu(regular(d, dtype, (3, 3)))
    t[1, 0], t[0, 1], t[1, 1] = -1.5, 2, t[0, 0]
    return d.case(t, np.linalg.qr(d.array("float64", (3, 3)))[0].astype(dtype))


row("rsf2csf", real_form, order=0, call=lambda lib, f, t, z: triangular(lib, f, t, z))
row("hessenberg", matrix(SQUARES[:2], SOLID, calc_q=(False, True)), **PROMISES)
row("polar", matrix(((4, 3), (3, 3)), SOLID, side=("right", "left"), method=("qdwh", "svd")), order=0, steady={
    "eps": "is qdwh's", "max_iterations": "is qdwh's"})  # fmt: skip

# --- functions of matrices ---


def raised(d: Draw) -> Case:
    x, upper = d.array(d.dtype(TAKEN), shaped(d, ((3, 3), (2, 2, 2), (1, 1))), -1, 1), d.pick("upper", False, True)
    return d.case(np.triu(x) if upper else x, upper_triangular=upper, max_squarings=d.pick("most", 16, 20))


row("expm", raised)


def moved(d: Draw) -> Case:
    dtype = d.dtype(SOLID)
    a, e = d.array(dtype, (3, 3), -1, 1), d.array(dtype, (3, 3), -1, 1)
    return d.case(a, e, method=d.pick("method", None, "SPS"), compute_expm=d.pick("both", True, False))


row("expm_frechet", moved)
row("sqrtm", matrix(SQUARES[:1]), order=0, steady={"blocksize": "is how"})
row("funm", lambda d: d.case(regular(d, d.dtype(SOLID), (3, 3)), Of(lambda lib: lib.numpy.sin), d.pick("disp", True, False)),
    order=0, steady={"func": "a function"})  # fmt: skip


def sylvester(d: Draw) -> Case:
    dtype = d.dtype(SOLID)
    a, b, c = regular(d, dtype, (3, 3)), regular(d, dtype, (2, 2)), d.array(dtype, (3, 2))
    return d.case(a, b, c, method=d.pick("method", "schur", "eigen"))


row("solve_sylvester", sylvester, order=0, steady={"tol": "is for what is singular"})

# --- matrices with a structure ---


def listed(*shapes, classes=NUMBERS, first=None):
    """f(x, …) of arrays of some shapes."""

    def draw(d: Draw) -> Case:
        chosen, dtype = d.pick("shapes", *shapes), d.dtype(classes)
        arrays = [d.array(dtype, s) for s in chosen]
        if first:
            arrays[0][..., 0] = first
        return d.case(*arrays)

    return draw


def made(**choices):
    return lambda d: d.case(*(d.pick(k, *v) for k, v in choices.items()))


row("block_diag", listed(((2, 3), (1, 2)), ((), (3,)), ((2, 2), (0, 1), (1, 1)), ((3, 1),), ((2, 1, 2), (2, 2, 1)), classes=ANY),
    steady={"arrs": "arrays"})  # fmt: skip
row("circulant fiedler", listed(((3,),), ((4,),), ((2, 3),)))
row("companion fiedler_companion", listed(((3,),), ((4,),), ((2, 3),), first=2))
row(
    "hankel toeplitz",
    listed(((3,),), ((3,), (4,)), ((4,), (2,)), ((2, 3), (2, 4))),
    steady={"r": "is None or an array"},
)
row("leslie", listed(((3,), (2,)), ((4,), (3,)), ((2, 3), (2, 2))))


def sliding(d: Draw) -> Case:
    shape = d.pick("shape", (3,), (4,), (2, 3))
    return d.case(d.array(d.dtype(NUMBERS), shape), d.pick("n", 4, 5), d.pick("mode", "full", "same", "valid"))


row("convolution_matrix", sliding)
row("dft", lambda d: d.case(d.pick("n", 4, 3), d.pick("scale", None, "sqrtn", "n"), dtype=d.pick("dtype", None, "complex64")),
    **NOTHING)  # fmt: skip
row("hadamard", made(n=(4, 1, 2), dtype=(int, "float32")), **NOTHING)
row("helmert", made(n=(4, 3), full=(False, True)), **NOTHING)
row("hilbert invhilbert", made(n=(3, 1, 4)), **NOTHING)
row("pascal invpascal", made(n=(4, 3), kind=(None, "symmetric", "lower", "upper")), **NOTHING)
