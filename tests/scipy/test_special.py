"""rt.scipy.special against mpmath, by the rule: at most 4 units of the last place, or twice what scipy is off."""

import numpy as np
import pytest
import scipy.special
from mpmath import mp
from special_rows import BITS, ROWS, errors

import rustorch_fn as rt
from rustorch_fn import errors as wrong

special = rt.scipy.special


# programs in pairs are long: a few of them at each run, all of them among the slow tests
SAMPLE = ("gamma", "erfcx", "expi", "i1e", "ndtri", "spence", "zeta")


def sampled(row):
    return pytest.param(row, marks=[] if row.name in SAMPLE else [pytest.mark.slow])


@pytest.mark.parametrize("row", ROWS, ids=repr)
def test_error_of_float32(row):
    check(row, np.float32)


@pytest.mark.parametrize("row", [sampled(row) for row in ROWS], ids=repr)
def test_error_of_float64(row):
    check(row, np.float64)


def check(row, dtype):
    for ours, theirs, point in errors(row, dtype, 12):
        assert ours <= row.limit(theirs, point), f"{ours:.1f} ulp, and scipy's {theirs:.1f}, at {point}"


@pytest.mark.parametrize("row", [sampled(row) for row in ROWS if row.smooth], ids=repr)
def test_slopes_jit_and_vmap(row):
    for operands in row.arguments(3):
        inputs = [rt.numpy.asarray(x, dtype=np.int32 if i in row.whole else np.float64) for i, x in enumerate(operands)]

        def value(*xs):
            return rt.numpy.sum(row.ours(special, *xs))

        slopes = rt.jit(rt.vmap(rt.grad(value, argnums=row.smooth)))(*inputs)
        for i, slope in zip(row.smooth, slopes, strict=True):
            for n, got in enumerate(np.asarray(slope)):
                point = [mp.mpf(float(x[n])) for x in operands]
                truth = derivative(row.truth, point, i)
                assert abs(got - truth) <= 1e-9 * max(abs(truth), 1e-3), f"{got} for {truth} at {point}, operand {i}"


def derivative(truth, point, i):
    with mp.workprec(BITS):
        step = mp.mpf(2) ** -70 * abs(point[i])
        above, below = list(point), list(point)
        above[i], below[i] = point[i] + step, point[i] - step
        return float(mp.re(truth(*above) - truth(*below)) / (2 * step))


def test_faddeevas_function_and_spherical_harmonics():
    rng = np.random.default_rng(0)
    z = rng.normal(size=200) * 4 + 1j * np.abs(rng.normal(size=200)) * 4
    z[:50] = z[:50].real - 1j * rng.uniform(0, 3, 50)
    ours = np.asarray(special.wofz(rt.numpy.asarray(z, dtype="complex128")))
    theirs = scipy.special.wofz(z)
    assert np.max(np.abs(ours - theirs) / np.abs(theirs)) < 1e-13
    assert special.wofz(np.float32(1)).dtype == np.complex64
    n = rng.integers(0, 9, 100)
    m = np.array([rng.integers(-k, k + 1) for k in n])
    theta, phi = rng.uniform(0, np.pi, 100), rng.uniform(0, 7, 100)
    ours = special.sph_harm_y(n, m, *(rt.numpy.asarray(v, dtype="float64") for v in (theta, phi)))
    # by Legendre's functions: SciPy has the name itself only from 1.15 on
    k = abs(m)
    scale = np.sqrt((2 * n + 1) / (4 * np.pi) * scipy.special.factorial(n - k) / scipy.special.factorial(n + k))
    truth = scale * scipy.special.lpmv(k, n, np.cos(theta)) * np.exp(1j * k * phi)
    truth = np.where(m < 0, (-1.0) ** k * truth.conj(), truth)
    assert np.max(np.abs(np.asarray(ours) - truth)) < 1e-14


def test_functions_of_complex_numbers():
    rng = np.random.default_rng(1)
    z = rng.uniform(-6, 8, 60) + 1j * rng.uniform(-9, 9, 60)
    for name in ("gamma", "loggamma"):
        ours = np.asarray(getattr(special, name)(rt.numpy.asarray(z, dtype="complex128")))
        theirs = getattr(scipy.special, name)(z)
        assert np.max(np.abs(ours - theirs) / np.abs(theirs)) < 2e-13
    cut = rt.numpy.asarray(np.array([-0.5, complex(-0.5, -0.0), -2.5]), dtype="complex128")
    assert np.allclose(np.asarray(special.loggamma(cut)), scipy.special.loggamma(np.asarray(cut)), rtol=1e-14)
    assert np.isnan(np.asarray(special.gamma(np.array([0j, -3 + 0j])))).all()


@pytest.mark.slow
def test_hypergeometric_functions():
    rng = np.random.default_rng(0)
    a, b, c, x = (rng.uniform(*ends, 20) for ends in ((-3, 5), (-3, 5), (0.5, 8), (-3, 0.9)))
    for name, operands in (("hyp1f1", (a, c, 5 * x)), ("hyp2f1", (a, b, c, x))):
        ours = getattr(special, name)(*(rt.numpy.asarray(v, dtype="float64") for v in operands))
        for got, *point in zip(np.asarray(ours), *operands, strict=True):
            truth = float(getattr(mp, name)(*point))
            assert abs(got - truth) <= 1e-12 * max(abs(truth), 1), point


def test_bessel_bernoulli_and_multigamma():
    z = np.array([-30.0, -2.5, 0.0, 0.1, 3.0, 24.0, 26.0, 100.0])
    ours = np.asarray(special.bessel_jn(rt.numpy.asarray(z, dtype="float64"), v=4))
    assert np.max(np.abs(ours - [scipy.special.jv(k, z) for k in range(5)])) < 1e-14
    assert np.allclose(np.asarray(special.bernoulli(20)), scipy.special.bernoulli(20))
    value = special.multigammaln(rt.numpy.asarray([3.0, 7.5], dtype="float64"), 3)
    assert np.allclose(np.asarray(value), scipy.special.multigammaln([3.0, 7.5], 3), rtol=1e-14)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: special.zeta(2.0), wrong.BadArgument, "zeta"),
        (lambda: special.polygamma(1.5, 2.0), wrong.DtypeError, "no integer"),
        (lambda: special.gammaln(1j), wrong.DtypeError, "complex"),
        (lambda: special.factorial(3, exact=True), wrong.BadArgument, "exact"),
        (lambda: special.log_ndtr(1.0, series_order=40), wrong.BadArgument, "series_order"),
        (lambda: special.bernoulli(-1), wrong.BadArgument, "n"),
        (lambda: special.multigammaln(2.0, 1.5), wrong.BadArgument, "d"),
        (lambda: special.bessel_jn(1.0, v=-1), wrong.BadArgument, "v"),
        (lambda: rt.jit(lambda n: special.sph_harm_y(n, n, 0.1, 0.1))(np.array([1])), wrong.BadArgument, "n_max"),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()
