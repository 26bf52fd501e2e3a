"""Linear algebra against NumPy's: every dtype, batches, empty and singular matrices, inside of control flow, errors."""

import sys

import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors
from rustorch_fn.target.llvm import foreign

L, N = rt.numpy.linalg, np.linalg
KINDS = [np.float32, np.float64, np.complex64, np.complex128]


def drawn(kind, *shape, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape) if np.dtype(kind).kind == "c" else x).astype(kind)


def positive(kind, *batch):
    x = drawn(kind, *batch, 4, 4)
    return x @ np.conj(np.swapaxes(x, -1, -2)) + 2 * np.eye(4, dtype=kind)


def array(x):
    return rt.numpy.asarray(x, dtype=x.dtype)


def close(got, want, kind):
    fine = np.dtype(kind).name in ("float64", "complex128")
    np.testing.assert_allclose(np.asarray(got), want, rtol=1e-9 if fine else 2e-3, atol=1e-9 if fine else 2e-3)


UNIQUE = {
    "cholesky": N.cholesky,
    "inv": N.inv,
    "det": N.det,
    "eigvalsh": N.eigvalsh,
    "svdvals": lambda x: N.svd(x, compute_uv=False),
    "pinv": N.pinv,
    "cond": N.cond,
    "slogdet": N.slogdet,
    "matrix_rank": N.matrix_rank,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", UNIQUE)
def test_functions_equal_numpys(name, kind):
    for x in (positive(kind), positive(kind, 2, 3)):
        for f in (getattr(L, name), rt.jit(getattr(L, name))):
            got, want = f(array(x)), UNIQUE[name](x)
            for g, w in zip(got, want, strict=True) if name == "slogdet" else [(got, want)]:
                close(g, w, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_factors_multiply_to_what_was_factored(kind):
    for shape in ((4, 4), (5, 3), (2, 3, 5)):
        x = array(drawn(kind, *shape))
        for full in (True, False):
            u, s, vh = rt.jit(lambda x, full=full: L.svd(x, full_matrices=full))(x)
            k = s.shape[-1]
            close((u[..., :k] * s[..., None, :].astype(x.dtype)) @ vh[..., :k, :], np.asarray(x), kind)
        for mode in ("reduced", "complete"):
            q, r = rt.jit(lambda x, mode=mode: L.qr(x, mode))(x)
            close(q @ r, np.asarray(x), kind)
    x = array(positive(kind, 3))
    w, v = rt.jit(L.eigh)(x)
    close(x @ v, np.asarray(v * w[..., None, :].astype(x.dtype)), kind)
    x = array(drawn(kind, 3, 4, 4))
    w, v = rt.jit(L.eig)(x)
    close(x.astype(w.dtype) @ v, np.asarray(v * w[..., None, :]), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_systems_equal_numpys(kind):
    a, b = positive(kind, 2), drawn(kind, 2, 4, 3, seed=1)
    close(rt.jit(L.solve)(array(a), array(b)), N.solve(a, b), kind)
    close(L.solve(array(a), array(b[0, :, 0])), N.solve(a, b[0, :, 0]), kind)
    close(L.solve(array(a[0]), array(b)), N.solve(a[0], b), kind)
    x, y = drawn(kind, 6, 3), drawn(kind, 6, seed=2)
    for got, want in zip(rt.jit(L.lstsq)(array(x), array(y)), N.lstsq(x, y), strict=True):
        close(got.reshape(np.shape(want)), want, kind)
    t = drawn(kind, 2, 3, 6)
    close(L.tensorinv(array(t)), N.tensorinv(t), kind)
    close(L.tensorsolve(array(t), array(t[..., 0])), N.tensorsolve(t, t[..., 0]), kind)


def test_what_has_no_factors_is_nan():
    for f in (L.cholesky, rt.jit(L.cholesky)):
        pair = rt.numpy.stack([-rt.numpy.eye(2), 4 * rt.numpy.eye(2)])
        got = np.asarray(f(pair))
        assert np.isnan(got[0]).tolist() == [[True, False], [True, True]]
        np.testing.assert_array_equal(got[1], 2 * np.eye(2))
    nothing = rt.numpy.full((3, 3), np.nan)
    assert all(np.isnan(np.asarray(y)).all() for y in rt.jit(L.svd)(nothing))
    assert not np.isfinite(np.asarray(rt.jit(L.inv)(rt.numpy.ones((2, 2))))).any()
    assert L.slogdet(rt.numpy.zeros((3, 3))).logabsdet == -np.inf


def test_a_singular_determinant_has_its_derivative():
    x = rt.numpy.array([[1.0, 2, 3, 4], [2, 4, 6, 8], [0, 1, 0, 1], [1, 0, 0, 1]])
    step = np.float32(1e-2)
    ahead, back = (float(L.det(x.at[0, 2].add(h))) for h in (step, -step))
    np.testing.assert_allclose(rt.grad(L.det)(x)[0, 2], (ahead - back) / (2 * step), rtol=1e-3)


@pytest.mark.parametrize("shape", [(0, 0), (2, 0, 0), (0, 3, 3), (0, 3), (3, 0)])
def test_empty_matrices(shape):
    x = np.zeros(shape, np.float32)
    square = shape[-1] == shape[-2]
    names = ["svd", "qr", "pinv", *(["cholesky", "inv", "det", "eigh", "slogdet", "eig"] if square else [])]
    for name in names:
        for f in (getattr(L, name), rt.jit(getattr(L, name))):
            got, want = f(array(x)), getattr(N, name)(x)
            pairs = zip(got, want, strict=True) if isinstance(want, tuple) else [(got, want)]
            assert all(g.shape == w.shape for g, w in pairs), name


def test_steps_of_the_library_run_inside_of_control_flow():
    a = array(positive(np.float32))

    @rt.jit
    def f(a):
        def body(x, _):
            return rt.lax.cond(x[0, 0] > 1, lambda y: L.cholesky(y), lambda y: L.solve(y, a), x), L.det(x)

        x, dets = rt.lax.scan(body, a, None, length=3)
        y = rt.lax.while_loop(lambda y: L.norm(y, 2) > 1, lambda y: L.qr(y)[1] / 2, x)
        return dets, y

    assert f.lower(a).compile().cost_analysis()["python steps"] == 0
    dets, y = f(a)
    np.testing.assert_allclose(dets[0], N.det(np.asarray(a)), rtol=1e-4)
    assert N.norm(np.asarray(y), 2) <= 1
    slopes = rt.jit(rt.vmap(rt.grad(lambda a: L.slogdet(a).logabsdet)))(rt.numpy.stack([a, 2 * a]))
    np.testing.assert_allclose(slopes[1], N.inv(2 * np.asarray(a)).T, rtol=1e-3)


def test_many_large_matrices_take_all_threads_and_stay_right():
    x = positive(np.float64, 64)
    big = np.kron(np.eye(8), x)
    np.testing.assert_allclose(
        np.asarray(rt.jit(L.inv)(array(big))) @ big, np.broadcast_to(np.eye(32), big.shape), atol=1e-9
    )


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda x: L.cholesky(x), errors.ShapeError, "square matrices are needed"),
        (lambda x: L.inv(x[0]), errors.ShapeError, "a matrix, or a batch of them, is needed"),
        (lambda x: L.solve(x[:, :2], x[0]), errors.ShapeError, "solve: the shapes of a and b do not fit"),
        (lambda x: L.qr(x, "thin"), errors.BadArgument, "'reduced', 'complete', 'r' or 'raw'"),
        (lambda x: L.eigh(x[:, :2], "M"), errors.BadArgument, "None, 'L' or 'U'"),
        (lambda x: L.svd(x.astype("bfloat16")), errors.DtypeError, "a type that LAPACK does not know"),
        (lambda x: rt.grad(lambda y: L.svd(y)[0].sum())(x), errors.NonDifferentiable, "full_matrices=False"),
        (lambda x: rt.grad(lambda y: L.eig(y[:, :2]).eigenvectors.real.sum())(x), errors.NonDifferentiable,
         "enable_eigvec_derivs"),
        (lambda x: L.pinv(x, 0.1, rcond=0.1), errors.BadArgument, "One of rtol and rcond"),
        (lambda x: rt.lax.linalg.triangular_solve(x[:, :2], x), errors.ShapeError, "the shapes of the operands"),
        (lambda x: rt.lax.linalg.lu_pivots_to_permutation(x, 4), errors.DtypeError, "row swaps are int32"),
    ],
)  # fmt: skip
def test_bad_input_is_told(call, kind, says):
    x = rt.numpy.ones((2, 3))
    for f in (call, rt.jit(call)):
        with pytest.raises(kind, match=says) as raised:
            f(x)
        assert "test_linalg.py" in str(raised.value)


def test_pivots_beyond_the_rows_write_nowhere_else():
    wild = rt.numpy.array([10**6, -5, 2])
    got = rt.jit(lambda p: rt.lax.linalg.lu_pivots_to_permutation(p, 3))(wild)
    assert sorted(np.asarray(got).tolist()) == [0, 1, 2]


def test_without_scipy_the_error_says_what_to_install(monkeypatch):
    foreign.address.cache_clear()
    monkeypatch.setitem(sys.modules, "scipy.linalg", None)
    with pytest.raises(errors.MissingExtra, match="pip install scipy"):
        foreign.address("scipy_lapack_dpotrf")
    with pytest.raises(errors.MissingExtra, match="linear algebra needs scipy"):
        L.cholesky(rt.numpy.eye(2))
