"""rt.scipy.stats beside jax.scipy.stats: one row for each distribution, every function of it."""

import inspect

import jax
import jax.scipy.stats as peer
import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors

stats = rt.scipy.stats

REAL = [-3.0, -1.0, -0.25, 0.0, 0.3, 0.75, 1.0, 2.5, 6.0, np.inf, -np.inf, np.nan]
COUNTS = [-1.0, 0.0, 1.0, 2.0, 3.0, 7.0, 0.5]
CHANCES = [0.01, 0.25, 0.5, 0.75, 0.99]
POSITIVE, PLACED = (0.5, 2.0), (0.25, 1.5)
# the distribution, what it is drawn over, its parameters, then loc and scale
ROWS = {
    "norm": (REAL, [(), PLACED]),
    "expon": (REAL, [(), PLACED]),
    "cauchy": (REAL, [(), PLACED]),
    "laplace": (REAL, [(), PLACED]),
    "logistic": (REAL, [(), PLACED]),
    "uniform": (REAL[:-1], [(), PLACED]),
    "gumbel_l": (REAL, [(), PLACED]),
    "gumbel_r": (REAL, [(), PLACED]),
    "pareto": (REAL, [(2.0,), (1.5, *PLACED)]),
    "gamma": (REAL, [(2.0,), (0.7, *PLACED)]),
    "chi2": (REAL, [(3.0,), (1.0, *PLACED)]),
    "beta": (REAL, [(2.0, 3.0), (0.7, 0.5, *PLACED)]),
    "t": (REAL, [(3.0,), (30.0, *PLACED)]),
    "gennorm": (REAL[:-1], [(2.0,), (0.7,)]),
    "vonmises": (REAL[:9], [(2.0,), (0.1,), (-1.0,)]),
    "wrapcauchy": (REAL[:9], [(0.5,), (0.9,), (1.5,)]),
    "truncnorm": (REAL[:9], [(-1.0, 2.0), (1.0, 3.0, *PLACED), (-30.0, -2.0), (2.0, 1.0)]),
    "bernoulli": (COUNTS, [(0.25,), (0.9,)]),
    "binom": (COUNTS, [(4.0, 0.25), (7.0, 0.9, 1.0)]),
    "geom": (COUNTS, [(0.25,), (0.9, 1.0)]),
    "nbinom": (COUNTS, [(3.0, 0.25), (2.5, 0.9, 1.0)]),
    "betabinom": (COUNTS, [(4.0, 2.0, 3.0), (7.0, 0.5, 0.5)]),
    "poisson": (COUNTS, [(1.5,), (20.0, 1.0)]),
}
# JAX differentiates these not at all, or not away from whole numbers
WITHOUT_SLOPES = {("gumbel_l", "ppf"), ("gumbel_r", "ppf")} | {
    (name, function)
    for name in ("binom", "nbinom", "betabinom", "poisson", "bernoulli", "geom")
    for function in ("pmf", "logpmf", "cdf", "ppf")
}
FUNCTIONS = [(d, f) for d in ROWS for f in stats.__dict__[d].__all__ if f != "entropy"]


def agree(ours, theirs, least=1e-10):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=least, atol=least)


def calls(name, function):
    """Ours, JAX's, and for each set of parameters their operands."""
    theirs = getattr(getattr(peer, name), function)
    count = len(inspect.signature(theirs).parameters) - 1
    return getattr(getattr(stats, name), function), theirs, [values[:count] for values in ROWS[name][1]]


def wide(*values):
    return [rt.numpy.asarray(v, dtype=np.asarray(v).dtype) for v in values]


@pytest.mark.parametrize(("name", "function"), FUNCTIONS)
def test_values(name, function):
    ours, theirs, parameters = calls(name, function)
    x = np.array(CHANCES if function in ("ppf", "isf") else ROWS[name][0])
    for values in parameters:
        with jax.enable_x64(True):
            # JAX's betaln(8, 1) is 1e-6 off
            agree(ours(*wide(x, *values)), theirs(x, *map(np.float64, values)), 1e-5 if name == "betabinom" else 1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "function"), [pair for pair in FUNCTIONS if pair not in WITHOUT_SLOPES])
def test_slopes(name, function):
    ours, theirs, parameters = calls(name, function)
    x = np.array([0.3, 0.6])
    for values in parameters:
        lanes = (0, *[None] * len(values))
        with jax.enable_x64(True):
            want = jax.vmap(jax.grad(theirs), lanes)(x, *map(np.float64, values))
        got = np.asarray(rt.jit(rt.vmap(rt.grad(ours), lanes))(*wide(x, *values)))
        # beyond the ends of a distribution, JAX has nan in some places where the derivative is 0
        agree(np.where(np.isnan(want), np.nan, got), want, 1e-8)


@pytest.mark.parametrize("name", ROWS)
def test_all_functions_and_their_arguments(name):
    ours, theirs = getattr(stats, name), getattr(peer, name)
    listed = sorted(
        n for n in dir(theirs) if not n.startswith("_") and inspect.isfunction(inspect.unwrap(getattr(theirs, n)))
    )
    assert ours.__all__ == listed
    for function in listed:
        mine, other = (inspect.signature(getattr(place, function)).parameters for place in (ours, theirs))
        assert [(p.name, p.default) for p in mine.values()] == [(p.name, p.default) for p in other.values()]


def test_float32_and_shapes():
    x = np.linspace(-2, 2, 6, dtype=np.float32).reshape(2, 3)
    out = stats.norm.pdf(x, np.zeros((3,), np.float32), 2)
    assert out.shape == (2, 3)
    assert out.dtype == np.float32
    assert stats.norm.cdf(np.zeros((0, 3), np.float32)).shape == (0, 3)
    assert stats.norm.cdf(1).dtype == np.float32


def test_entropy_of_poisson():
    mu = np.array([0.0, 0.1, 1.5, 50.0, 99.0])  # for 9, JAX leaves out what counts
    with jax.enable_x64(True):
        agree(stats.poisson.entropy(*wide(mu)), peer.poisson.entropy(mu), 1e-7)
    near = stats.poisson.entropy(rt.numpy.asarray([99.999999, 100.0], dtype="float64"))
    assert abs(near[1] - near[0]) < 1e-8


def test_several_variables():
    x, alpha = np.array([[0.2, 0.5], [0.3, 0.25]]), np.array([2.0, 3.0, 0.5])
    counts, chances = np.array([1, 2, 3], np.int32), np.array([0.2, 0.3, 0.5])
    cov = np.array([[2.0, 0.5], [0.5, 1.0]])
    place, mean = np.arange(6.0).reshape(3, 2), np.array([1.0, -1.0])

    with jax.enable_x64(True):
        agree(stats.dirichlet.logpdf(*wide(x, alpha)), peer.dirichlet.logpdf(x, alpha))
        agree(stats.dirichlet.pdf(*wide(x, alpha)), peer.dirichlet.pdf(x, alpha))
        agree(stats.multinomial.logpmf(*wide(counts), 6, *wide(chances)), peer.multinomial.logpmf(counts, 6, chances))
        agree(stats.multinomial.pmf(*wide(counts), 5, *wide(chances)), peer.multinomial.pmf(counts, 5, chances))
        for spread in (cov, np.array(2.0), np.stack([cov, cov + np.eye(2), 2 * cov])):
            ours, theirs = stats.multivariate_normal, peer.multivariate_normal
            agree(ours.logpdf(*wide(place, mean, spread)), theirs.logpdf(place, mean, spread))
            agree(ours.pdf(*wide(place, mean, spread)), theirs.pdf(place, mean, spread))


@pytest.mark.parametrize("method", ["average", "min", "max", "dense", "ordinal"])
def test_ranks(method):
    a = np.array([[3, 1, 4, 1], [5, 9, 2, 2]], np.int32)
    for axis in (None, 0, 1):
        agree(stats.rankdata(a, method, axis=axis), peer.rankdata(a, method, axis=axis))
    assert np.isnan(np.asarray(stats.rankdata(np.array([1.0, np.nan]), method))).all()


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_modes_and_errors_of_means(axis, keepdims):
    a = np.array([[3, 1, 4, 1], [5, 1, 2, 2], [5, 1, 2, 7]], np.int32)
    for ours, theirs in zip(stats.mode(a, axis, keepdims=keepdims), peer.mode(a, axis, keepdims=keepdims), strict=True):
        agree(ours, theirs)
    b = np.array([[1.0, 2.5, np.nan], [0.5, 4.0, 1.0], [2.0, 2.0, 3.0]])
    (b64,) = wide(b)
    with jax.enable_x64(True):
        for policy in ("propagate", "omit"):
            agree(stats.sem(b64, axis, 1, policy, keepdims=keepdims), peer.sem(b, axis, 1, policy, keepdims=keepdims))


@pytest.mark.parametrize("method", [None, "silverman", 0.5])
def test_kernel_densities(method):
    rng = np.random.default_rng(0)
    data, other, weights = rng.normal(size=(2, 9)), rng.normal(size=(2, 5)), rng.uniform(0.5, 1, 9)
    points = rng.normal(size=(2, 4))
    (points64,) = wide(points)

    with jax.enable_x64(True):
        data64, weights64 = wide(data, weights)
        ours, theirs = stats.gaussian_kde(data64, method, weights64), peer.gaussian_kde(data, method, weights)
        agree(ours(points64), theirs(points))
        agree(rt.jit(lambda kde, x: kde.logpdf(x))(ours, points64), theirs.logpdf(points))
        mean, cov = np.array([0.5, 0.1]), np.eye(2)
        agree(ours.integrate_gaussian(*wide(mean, cov)), theirs.integrate_gaussian(mean, cov))
        agree(ours.integrate_kde(stats.gaussian_kde(*wide(other))), theirs.integrate_kde(peer.gaussian_kde(other)))
        line, peers_line = stats.gaussian_kde(*wide(data[0])), peer.gaussian_kde(data[0])
        agree(line.integrate_box_1d(-1.0, 0.5), peers_line.integrate_box_1d(-1.0, 0.5))
    assert ours.resample(rt.random.key(0), (7,)).shape == (2, 7)


def test_bad_input():
    with pytest.raises(errors.ShapeError, match="the operands do not fit"):
        stats.dirichlet.logpdf(np.ones(2), np.ones(4))
    with pytest.raises(errors.DtypeError, match="counts are integers"):
        stats.multinomial.pmf(np.ones(2), 2, np.ones(2))
    with pytest.raises(errors.ShapeError, match="shapes do not fit"):
        stats.multivariate_normal.pdf(np.ones(2), np.ones(2), np.ones((3, 3)))
    with pytest.raises(errors.ShapeError, match="too few points"):
        stats.gaussian_kde(np.ones(1))
    with pytest.raises(errors.BadArgument, match="method"):
        stats.rankdata(np.ones(3), "best")
    with pytest.raises(errors.BadArgument, match="nan_policy"):
        stats.mode(np.ones(3), nan_policy="omit")
    with pytest.raises(errors.DtypeError, match="complex"):
        stats.norm.pdf(1j)
