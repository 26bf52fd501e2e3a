"""The composed special functions against scipy.special in float64, and their derivatives against JAX's."""

import jax
import numpy as np
import pytest
import scipy.special as truth

import rustorch_fn as rt
import rustorch_fn.numpy as rnp
from rustorch_fn import errors, lax

_rng = np.random.default_rng(0)
A = np.concatenate([_rng.uniform(0.01, 5, 60), _rng.uniform(5, 300, 30), [1.0, 1.0, 0.5]])
X = np.concatenate([_rng.uniform(0, 10, 60), _rng.uniform(0, 400, 30), [0.0, np.inf, 1e-30]])
B = _rng.uniform(0.05, 50, A.size)
U = _rng.uniform(0, 1, A.size)
Z = np.linspace(-30, 30, 61)

CASES = {
    "igamma": (truth.gammainc, (A, X)),
    "igammac": (truth.gammaincc, (A[:60], X[:60])),
    "betainc": (truth.betainc, (A, B, U)),
    "zeta": (truth.zeta, (np.minimum(A, 20) + 1.01, B + 0.5)),
    "polygamma": (truth.polygamma, (np.round(np.minimum(A, 4)), B + 0.5)),
    "bessel_i0e": (truth.i0e, (Z,)),
    "bessel_i1e": (truth.i1e, (Z,)),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("dtype", "bound"), [("float32", 2e-7), ("float64", 1e-11)])
def test_values(name, dtype, bound):
    exact, args = CASES[name]
    ours = [rnp.asarray(a, dtype=dtype) for a in args]
    want = exact(*(np.asarray(a, np.float64) for a in ours))
    got = getattr(lax, name)(*ours)
    assert got.dtype == dtype
    np.testing.assert_allclose(np.asarray(got, np.float64), want, rtol=bound, atol=1e-30)


SLOPES = {
    "igamma in a": (lambda lib, a, x: lib.igamma(a, x), 0, (A[:60], X[:60])),
    "igamma in x": (lambda lib, a, x: lib.igamma(a, x), 1, (A[:60], X[:60])),
    "igammac in a": (lambda lib, a, x: lib.igammac(a, x), 0, (A[:60], X[:60])),
    "betainc in x": (lambda lib, a, b, x: lib.betainc(a, b, x), 2, (A, B, U)),
    "polygamma in x": (lambda lib, m, x: lib.polygamma(m, x), 1, (np.round(np.minimum(A, 4)), B + 0.5)),
    "i0e": (lambda lib, x: lib.bessel_i0e(x), 0, (Z + 0.1,)),
    "i1e": (lambda lib, x: lib.bessel_i1e(x), 0, (Z,)),
}


@pytest.mark.parametrize("case", SLOPES)
def test_derivatives(case):
    f, k, args = SLOPES[case]
    ours = rt.grad(lambda *xs: f(lax, *xs).sum(), k)(*(rnp.asarray(a, dtype="float64") for a in args))
    with jax.enable_x64(True):
        theirs = np.asarray(jax.grad(lambda *xs: f(jax.lax, *xs).sum(), k)(*args))
    np.testing.assert_allclose(np.asarray(ours), theirs, rtol=1e-9, atol=1e-20)


def test_zeta_has_a_derivative_where_jax_has_none():
    s, q = np.minimum(A, 9) + 1.5, B + 0.5
    ours = rt.grad(lambda s, q: lax.zeta(s, q).sum(), 1)(
        rnp.asarray(s, dtype="float64"), rnp.asarray(q, dtype="float64")
    )
    np.testing.assert_allclose(np.asarray(ours), -s * truth.zeta(s + 1, q), rtol=1e-10)


def test_betainc_has_derivatives_where_jax_has_none():
    a, b, x = (rnp.asarray(v[:40], dtype="float64") for v in (A, B, U))
    step = 1e-6
    for k, (up, down) in enumerate([((step, 0), (-step, 0)), ((0, step), (0, -step))]):
        ours = rt.grad(lambda *xs: lax.betainc(*xs).sum(), k)(a, b, x)
        ends = [truth.betainc(A[:40] + p, B[:40] + q, U[:40]) for p, q in (up, down)]
        np.testing.assert_allclose(np.asarray(ours), (ends[0] - ends[1]) / (2 * step), rtol=1e-5, atol=1e-8)


def test_edges():
    inf, nan = np.inf, np.nan
    got = lax.igamma(rnp.array([1.0, 1.0, -1.0, 0.0, nan]), rnp.array([0.0, inf, 1.0, 1.0, 1.0]))
    np.testing.assert_array_equal(np.asarray(got), [0, 1, nan, 1, nan])
    got = lax.betainc(rnp.array([1.0, 1.0, -1.0]), rnp.array([2.0, 2.0, 1.0]), rnp.array([0.0, 1.0, 0.5]))
    np.testing.assert_array_equal(np.asarray(got), [0, 1, nan])
    got = lax.zeta(rnp.array([1.0, 0.5, 2.0, 2.0]), rnp.array([1.0, 1.0, 0.0, -1.0]))
    np.testing.assert_array_equal(np.asarray(got), [inf, nan, inf, inf])


def test_integers_are_refused():
    with pytest.raises(errors.DtypeError):
        lax.igamma(1, 2)
