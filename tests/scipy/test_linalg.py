"""SciPy's linear algebra against SciPy's own, on real and complex matrices, compiled too; and errors."""

import numpy as np
import pytest
import scipy.linalg as peer

import rustorch_fn as rt
from rustorch_fn import errors

S = rt.scipy.linalg
RNG = np.random.default_rng(0)


def array(x):
    return rt.numpy.asarray(x, dtype=x.dtype)


def matrix(m, n, complex_too=False):
    return RNG.standard_normal((m, n)) + (1j * RNG.standard_normal((m, n)) if complex_too else 0)


def positive(n, complex_too=False):
    x = matrix(n, n, complex_too)
    return x @ x.conj().T + np.eye(n)


X, Z, P, H = matrix(4, 4), matrix(4, 4, True), positive(4), positive(4, True)
TALL = matrix(5, 3)
# name, what is called with the arguments that follow; it serves for both libraries
CALLS = [
    *(("expm", (x,), {}) for x in (X, Z, 20 * X, np.zeros((3, 3)))),
    ("expm_frechet", (X, P), {}),
    *(("sqrtm", (x,), {}) for x in (P, H)),
    ("funm", (P, np.exp), {}),
    ("rsf2csf", peer.schur(X), {}),
    *(("polar", (x,), {}) for x in (X, Z, TALL)),
    *(("solve_sylvester", args, {}) for args in ((X, P, X), (Z, H, Z))),
    *(("cholesky", (x,), {"lower": lower}) for x in (P, H) for lower in (False, True)),
    *(("lu_factor", (x,), {}) for x in (X, Z)),
    *(("lu", (x,), {"permute_l": permuted}) for x in (X, TALL) for permuted in (False, True)),
    *(("qr", (TALL,), {"mode": mode, "pivoting": pivots}) for mode in ("full", "economic", "r") for pivots in (0, 1)),
    *(("qr_multiply", (x, x.T, side), {"conjugate": conjugate})
      for x in (TALL, matrix(5, 3, True)) for side in ("right", "left") for conjugate in (False, True)),
    *(("solve_triangular", (x, x[:, 0]), {"trans": trans}) for x in (P, H) for trans in (0, 1, 2)),
    *(("solve", (x, x[:, :2]), {"assume_a": kind}) for x in (P, H) for kind in ("gen", "pos")),
    ("eigh_tridiagonal", (X[0], X[0, :3]), {"eigvals_only": True}),
    *(("hessenberg", (x,), {"calc_q": True}) for x in (X, Z)),
    *(("schur", (x, "complex"), {}) for x in (X, Z)),
    *((name, (X[0],), {}) for name in ("toeplitz", "hankel", "circulant", "companion", "fiedler", "fiedler_companion")),
    *((name, (X[0], X[1, :3]), {}) for name in ("toeplitz", "hankel", "leslie")),
    *(("convolution_matrix", (X[0], n, mode), {}) for n in (1, 3, 6) for mode in ("full", "same", "valid")),
    ("block_diag", (X, X[0], np.ones((1, 1))), {}),
    *((name, (n,), {}) for name in ("hilbert", "invhilbert", "pascal", "invpascal", "helmert", "dft", "hadamard")
      for n in (1, 4)),
]  # fmt: skip


def both(name, args, kwargs):
    """What ours and SciPy's give, as lists."""
    want = getattr(peer, name)(*args, **kwargs)
    ours = [rt.numpy.exp if a is np.exp else array(a) if isinstance(a, np.ndarray) else a for a in args]
    for jit in (False, True) if any(isinstance(a, np.ndarray) for a in args) else (False,):
        arrays = [a for a in ours if isinstance(a, rt.Array)]

        def call(*given, ours=ours):
            values = iter(given)
            return getattr(S, name)(*(next(values) if isinstance(a, rt.Array) else a for a in ours), **kwargs)

        got = (rt.jit(call) if jit else call)(*arrays)
        lists = ([*y] if isinstance(y, tuple | list) else [y] for y in (got, want))
        yield from zip(*lists, strict=True)


@pytest.mark.parametrize(("name", "args", "kwargs"), CALLS, ids=[f"{c[0]} {k}" for k, c in enumerate(CALLS)])
def test_equal_to_scipys(name, args, kwargs):
    for got, want in both(name, args, kwargs):
        assert got.shape == np.shape(want)
        fine = np.asarray(got).dtype.itemsize >= 8 and np.asarray(got).dtype != np.complex64
        np.testing.assert_allclose(np.asarray(got), want, rtol=1e-8 if fine else 1e-5, atol=1e-8 if fine else 1e-5)


def test_factors_serve_for_solving():
    for x in (P, H):
        b = x[:, :2]
        for f in (lambda a, b: S.cho_solve(S.cho_factor(a), b), lambda a, b: S.lu_solve(S.lu_factor(a), b)):
            np.testing.assert_allclose(np.asarray(rt.jit(f)(array(x), array(b))), np.eye(4)[:, :2], atol=1e-9)
        for trans, turned in ((1, x.T), (2, x.conj().T)):
            got = S.lu_solve(S.lu_factor(array(x)), array(b), trans)
            np.testing.assert_allclose(np.asarray(got), np.linalg.solve(turned, b), atol=1e-9)


def test_derivatives_of_exponentials_are_the_limits():
    step = 1e-6
    want = (peer.expm(X + step * P) - peer.expm(X - step * P)) / (2 * step)
    np.testing.assert_allclose(np.asarray(S.expm_frechet(array(X), array(P), compute_expm=False)), want, rtol=1e-5)
    slope = rt.grad(lambda x: rt.numpy.sum(S.expm(x)))(array(X))
    np.testing.assert_allclose(np.sum(np.asarray(slope) * P), want.sum(), rtol=1e-5)
    assert np.isnan(np.asarray(S.expm(array(1e9 * X)))).all()


def test_a_solve_that_knows_its_matrix_has_the_same_derivatives():
    solves = [lambda a, b, k=k: rt.numpy.sum(S.solve(a, b, assume_a=k) ** 2) for k in ("gen", "pos")]
    one, other = (rt.grad(f, argnums=(0, 1))(array(P), array(X)) for f in solves)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-8)


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda x: S.expm(x[0]), errors.ShapeError, "expm: a matrix"),
        (lambda x: S.lu_solve((x, x[0]), x, 3), errors.BadArgument, "0, 1 or 2"),
        (lambda x: S.solve(x, x, assume_a="odd"), errors.BadArgument, "'gen'"),
        (lambda x: S.polar(x[:2]), errors.BadArgument, "'right' for tall"),
        (lambda x: S.hadamard(3), errors.BadArgument, "A power of two"),
        (lambda x: S.hilbert(-1), errors.BadArgument, "A size of at least 0"),
        (lambda x: S.leslie(x[0], x[0]), errors.ShapeError, "one number less"),
        (lambda x: S.qr(x, mode="thin"), errors.BadArgument, "'economic'"),
        (lambda x: S.solve_sylvester(x, x, x[:2]), errors.ShapeError, "do not fit"),
        (lambda x: S.eigh(x, x), errors.BadArgument, "b"),
    ],
)  # fmt: skip
def test_bad_input_is_told(call, kind, says):
    with pytest.raises(kind, match=says):
        call(rt.numpy.eye(3))
