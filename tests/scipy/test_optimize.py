"""`scipy.optimize` beside JAX's and SciPy's: where the minima are, how it ends, under transforms, errors."""

import jax
import jax.scipy.optimize
import numpy as np
import pytest
import scipy.optimize

import rustorch_fn as rt
from rustorch_fn import errors

minimize = rt.scipy.optimize.minimize


def rosenbrock(np_):
    return lambda x: np_.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def himmelblau(np_):
    return lambda x: (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def matyas(np_):
    return lambda x: 0.26 * (x[0] ** 2 + x[1] ** 2) - 0.48 * x[0] * x[1]


def waves(np_):
    return lambda x: np_.sum(x**2 / 20 - np_.cos(x))


CASES = [
    (rosenbrock, [-1.2, 1.0]),
    (rosenbrock, [1.3, 0.7, 0.8, 1.9]),
    (himmelblau, [1.0, 1.0]),
    (himmelblau, [-2.0, 2.5]),
    (matyas, [1.0, 2.0]),
    (waves, [0.5, -1.0, 1.2]),
]


@pytest.mark.parametrize(("make", "start"), CASES)
def test_minima_are_scipys_and_jaxs(make, start):
    found = minimize(make(rt.numpy), rt.numpy.array(start, dtype="float64"), method="BFGS")
    theirs = scipy.optimize.minimize(make(np), np.array(start), method="BFGS", options={"gtol": 1e-8})
    with jax.enable_x64(True):
        jaxs = jax.scipy.optimize.minimize(make(jax.numpy), jax.numpy.array(start), method="BFGS")
    assert found.success
    assert int(found.status) == 0
    np.testing.assert_allclose(found.x, theirs.x, atol=2e-5)
    np.testing.assert_allclose(found.fun, theirs.fun, atol=1e-8)
    assert np.abs(np.asarray(found.jac)).max() < 1e-5
    if bool(jaxs.success):  # where its line search does not fail it takes the same way
        assert int(found.nit) <= int(jaxs.nit) + 3
        assert found.hess_inv.shape == jaxs.hess_inv.shape


def test_values_of_32_bits_end_near():
    found = minimize(rosenbrock(rt.numpy), rt.numpy.array([-1.2, 1.0]), method="bfgs", options={"gtol": 1e-3})
    assert found.x.dtype == found.hess_inv.dtype == "float32"
    assert found.success
    np.testing.assert_allclose(found.x, [1, 1], atol=5e-3)


def test_the_estimate_is_the_inverse_of_a_quadratics_second_derivative():
    a = np.array([[3.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]])
    m, b = rt.numpy.asarray(a, dtype="float64"), rt.numpy.array([1.0, 2.0, 3.0], dtype="float64")
    found = minimize(lambda x, m, b: x @ m @ x / 2 - b @ x, b * 0, (m, b), method="BFGS", tol=1e-10)
    np.testing.assert_allclose(found.x, np.linalg.solve(a, b), atol=1e-9)
    np.testing.assert_allclose(found.hess_inv, np.linalg.inv(a), atol=5e-3)
    assert int(found.nfev) == int(found.njev) >= int(found.nit)


def test_jit_and_vmap_give_the_same():
    starts = rt.numpy.array([[-1.2, 1.0], [0.5, 0.2], [1.0, 1.0]], dtype="float64")

    def solve(x, scale):
        return minimize(lambda x, s: s * rosenbrock(rt.numpy)(x), x, (scale,), method="BFGS")

    one_by_one = [solve(x, 2.0) for x in starts]
    every = rt.jit(rt.vmap(solve, in_axes=(0, None)))(starts, 2.0)
    for k, one in enumerate(one_by_one):
        for name in ("x", "status", "nit", "nfev", "success"):
            np.testing.assert_allclose(getattr(every, name)[k], getattr(one, name), atol=1e-9, err_msg=name)


def test_how_it_ends_is_told():
    f, x = rosenbrock(rt.numpy), rt.numpy.array([-1.2, 1.0], dtype="float64")
    short = minimize(f, x, method="BFGS", options={"maxiter": 3})
    assert (int(short.status), int(short.nit), bool(short.success)) == (1, 3, False)
    assert float(short.fun) < float(f(x))
    none = minimize(f, x, method="BFGS", options={"maxiter": 0})
    assert (int(none.status), int(none.nit)) == (1, 0)
    there = minimize(f, rt.numpy.ones(2), method="BFGS")
    assert (int(there.status), int(there.nit), int(there.nfev)) == (0, 0, 1)
    endless = minimize(lambda x: -x[0], x, method="BFGS")
    assert (int(endless.status), bool(endless.success)) == (5, False)
    corner = minimize(lambda x: rt.numpy.abs(x[0] - 0.3) + rt.numpy.abs(x[1]), x, method="BFGS")
    assert int(corner.status) == 3
    assert float(corner.fun) <= float(rt.numpy.abs(x[0] - 0.3) + rt.numpy.abs(x[1]))


def test_a_step_to_where_there_is_no_value_is_shortened():
    found = minimize(lambda x: x[0] - rt.numpy.log(x[0]), rt.numpy.array([0.05], dtype="float64"), method="BFGS")
    assert found.success
    np.testing.assert_allclose(found.x, [1.0], atol=1e-5)


def test_other_norms_and_values_that_are_narrower():
    x = rt.numpy.array([2.0, -1.0], dtype="float64")
    found = minimize(
        waves(rt.numpy), x / 4, method="BFGS", options={"norm": 2, "gtol": 1e-9, "line_search_maxiter": 20}
    )
    assert float(rt.numpy.linalg.norm(found.jac)) < 1e-9
    narrow = minimize(lambda x: waves(rt.numpy)(x).astype("float32"), x / 4, method="BFGS", options={"gtol": 1e-3})
    assert narrow.fun.dtype == "float32"
    assert narrow.x.dtype == "float64"
    assert narrow.success


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: minimize(rt.numpy.sum, x, method="Newton"), errors.BadArgument, "'BFGS'"),
        (lambda x: minimize(rt.numpy.sum, x, x, method="BFGS"), errors.BadType, "tuple"),
        (lambda x: minimize(rt.numpy.sum, x, method="BFGS", options={"eps": 1}), errors.BadArgument, "maxiter"),
        (lambda x: minimize(rt.numpy.sum, x, method="BFGS", options={"gtol": "x"}), errors.BadType, "options['gtol']"),
        (lambda x: minimize(rt.numpy.sum, x, method="BFGS", options={"maxiter": [1]}), errors.BadType, "A number"),
        (lambda x: minimize(rt.numpy.sum, x, method="BFGS", options={"gtol": None}), errors.BadType, "A number"),
        (lambda x: minimize(rt.numpy.sum, x[None], method="BFGS"), errors.ShapeError, "vector"),
        (lambda x: minimize(rt.numpy.sum, x.astype(int), method="BFGS"), errors.DtypeError, "real floats"),
    ],
)
def test_errors_are_sentences(call, error, words):
    with pytest.raises(error, match="minimize") as caught:
        call(rt.numpy.ones(2))
    assert words in str(caught.value)
