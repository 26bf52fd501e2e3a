"""Complex numbers under NumPy's names, against NumPy, eagerly and compiled; and JAX's conventions for gradients."""

import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors

rnp = rt.numpy
RNG = np.random.default_rng(7)
Z = (RNG.standard_normal((3, 4)) + 1j * RNG.standard_normal((3, 4))).astype(np.complex64)
V, W = Z[0], Z[1]

ONE = (
    "abs angle argsort average conj cos cov corrcoef cumprod cumsum exp iscomplex isfinite isreal log log10 log2 max "
    "mean min nansum nanvar prod ptp real imag rint sign sinc sort sort_complex sqrt square std sum tanh trace unique "
    "var linalg.norm linalg.det count_nonzero any nan_to_num reciprocal diff"
).split()
TWO = (
    "add allclose array_equal convolve correlate divide equal inner isin kron less greater_equal maximum multiply "
    "outer power searchsorted subtract vdot vecdot logaddexp polyval polymul"
).split()


def named(room, name):
    for part in name.split("."):
        room = getattr(room, part)
    return room


def near(got, want):
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    assert got.dtype.kind == want.dtype.kind
    np.testing.assert_allclose(got, want, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("name", ONE)
def test_a_function_of_one_array(name):
    x = Z[:, :3] if name == "linalg.det" else Z
    want = named(np, name)(x)
    near(named(rnp, name)(rnp.asarray(x)), want)
    if name != "unique":
        near(rt.jit(named(rnp, name))(rnp.asarray(x)), want)


@pytest.mark.parametrize("name", TWO)
def test_a_function_of_two_arrays(name):
    x, y = (np.sort(V), W) if name == "searchsorted" else (V, W)
    # NumPy has no logaddexp of complex numbers
    want = np.log(np.exp(x) + np.exp(y)) if name == "logaddexp" else named(np, name)(x, y)
    near(named(rnp, name)(rnp.asarray(x), rnp.asarray(y)), want)
    if name != "isin":
        near(rt.jit(named(rnp, name))(rnp.asarray(x), rnp.asarray(y)), want)


def test_types():
    z = rnp.asarray(Z)
    assert (z.dtype, rnp.asarray(Z.astype(complex)).dtype, rnp.asarray(Z, complex).dtype) == (np.complex64,) * 3
    assert rnp.asarray(Z, "complex128").dtype == np.complex128
    assert (rnp.arange(3) + 1j).weak_type
    assert (rnp.arange(3) + 1j).dtype == (rnp.ones(2, "float16") + 1j).dtype == np.complex64
    assert (rnp.ones(2, "float64") + 1j).dtype == np.complex128
    assert (rnp.ones(2) + z[0, 0]).dtype == np.complex64
    assert rnp.promote_types("int64", "complex64") == np.complex64
    assert complex(z[0, 0]) == z[0, 0].item() == Z[0, 0]
    np.testing.assert_array_equal(np.from_dlpack(z), Z)


def test_loops_hold_complex_numbers():
    z = rnp.asarray(Z)

    def program(z):
        total = rt.lax.fori_loop(0, 3, lambda _, c: c * 1j + 1, z)
        last, rows = rt.lax.scan(lambda c, x: (c + x, c * x), z[0], z)
        return total, last, rows, rt.lax.cond(z[0, 0].real > 0, lambda z: z * 2, lambda z: z, z)

    for got, want in zip(rt.jit(program)(z), rt.jit(program, backend="numpy")(z), strict=True):
        near(got, want)


def test_gradients_follow_jax():
    z = rnp.array([1 + 2j, 3 - 1j])
    near(rt.grad(lambda z: rnp.abs(z).sum())(z), np.conj(z) / np.abs(z))
    near(rt.grad(lambda z: (z * z.conj()).real.sum())(z), 2 * np.conj(z))
    near(rt.grad(lambda z: (z**3).sum(), holomorphic=True)(z), 3 * np.square(z))
    near(rt.jacfwd(lambda z: z**2, holomorphic=True)(z), np.diag(2 * np.asarray(z)))
    near(rt.jacrev(rnp.abs)(z), np.diag(np.conj(z) / np.abs(z)))
    near(rt.hessian(lambda z: (z**3).sum(), holomorphic=True)(z), np.diag(6 * np.asarray(z)))
    near(rt.jvp(rnp.exp, (z,), (1j * z,))[1], 1j * np.asarray(z) * np.exp(z))
    _, pull = rt.vjp(rnp.exp, z)
    near(pull(z)[0], z * np.exp(z))
    near(rt.jit(rt.vmap(rt.grad(lambda z: rnp.abs(z))))(z), np.conj(z) / np.abs(z))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda z: rt.grad(lambda z: z.sum())(z), "output is complex.*holomorphic=True"),
        (lambda z: rt.jacrev(lambda z: z)(z), "output is complex"),
        (lambda z: rt.jacfwd(rnp.abs)(z), "arguments is complex"),
        (lambda z: rt.grad(lambda x: x.sum(), holomorphic=True)(z.real), "has to be complex"),
        (lambda z: rt.grad(lambda z: z.real.sum(), holomorphic=True)(z), "has to be complex"),
        (lambda z: rnp.floor_divide(z, z), "no meaning for complex"),
        (lambda z: rnp.argmax(z), "have no order"),
        (float, "complex"),
    ],
)
def test_what_complex_numbers_have_not_is_said(call, text):
    with pytest.raises((errors.NonDifferentiable, errors.DtypeError, errors.BadType), match=text):
        call(rnp.asarray(V))


def test_polyfit():
    x, y = RNG.standard_normal((2, 9)).astype(np.float32)
    for kwargs in ({}, {"w": np.abs(y) + 0.5}, {"cov": True}, {"cov": "unscaled"}, {"full": True}):
        got, want = rnp.polyfit(rnp.asarray(x), rnp.asarray(y), 2, **kwargs), np.polyfit(x, y, 2, **kwargs)
        pairs = zip(got, want, strict=True) if isinstance(want, tuple) else [(got, want)]
        for a, b in pairs:
            np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("p", [[1, 0, 1], [2, -3, 1, 5, -1], [0, 1, -2, 0, 0], [3], [0, 0], [1j, 2, 1]])
def test_roots(p):
    p = np.array(p, np.complex64 if np.iscomplexobj(p) else np.float32)
    got, want = np.asarray(rnp.roots(rnp.asarray(p))), np.roots(p)
    assert got.shape == want.shape
    assert all(np.abs(got - r).min() < 1e-4 for r in want)
