"""Every sampler against jax.random in every float type, under jit, over keys; and its moments.

Draws are 10,000 where the algorithm rejects: at least 9,999 of them lie within 1e-5 of JAX's.
"""

import math

import jax
import jax.random as jr
import numpy as np
import pytest

import rustorch_fn as rt
import rustorch_fn.random as rr

SEED = 11
N = 200
COV = np.array([[2.0, 0.5], [0.5, 1.0]], np.float32)
# one line a sampler: its draws of a type `t`, with `r` for either library and `k` for its key
FLOATS = {
    "uniform": "r.uniform(k, (N,), t, -2.0, 3.0)",
    "normal": "r.normal(k, (N,), t)",
    "truncated_normal": "r.truncated_normal(k, -1.0, 2.0, (N,), t)",
    "exponential": "r.exponential(k, (N,), t)",
    "gumbel": "r.gumbel(k, (N,), t)",
    "laplace": "r.laplace(k, (N,), t)",
    "logistic": "r.logistic(k, (N,), t)",
    "cauchy": "r.cauchy(k, (N,), t)",
    "rademacher": "r.rademacher(k, (N,), t)",
    "maxwell": "r.maxwell(k, (N,), t)",
    "double_sided_maxwell": "r.double_sided_maxwell(k, 0.5, 2.0, (N,), t)",
    "pareto": "r.pareto(k, 2.5, (N,), t)",
    "rayleigh": "r.rayleigh(k, 1.5, (N,), t)",
    "lognormal": "r.lognormal(k, 0.5, (N,), t)",
    "weibull_min": "r.weibull_min(k, 1.5, 2.0, (N,), t)",
    "wald": "r.wald(k, 1.5, (N,), t)",
    "triangular": "r.triangular(k, -1.0, 0.5, 2.0, (N,), t)",
}
# units of the last place: a half type knows about three digits, and draws are few bits; XLA's log1p of float64 is
# off by 61 units itself
ULPS = {"float16": 8, "bfloat16": 8, "float32": 4, "float64": 64}
# samplers that end with a subtraction, or the logarithm of a number near 1: units of what was subtracted count
SUBTRACT = ("uniform", "gumbel", "triangular", "logistic", "wald")
# wald divides by a difference of numbers that are close where its normal number is large
MORE = {("wald", "float32"): 16}


def drawn(text, library, key, kind):
    return eval(text, globals() | {"r": library, "k": key, "t": kind})


@pytest.fixture(scope="module")
def theirs():
    def all_types(kinds):
        def f(key):
            return {(name, t): drawn(text, jr, key, t) for name, text in FLOATS.items() for t in kinds}

        return {k: np.asarray(v) for k, v in jax.jit(f)(jr.key(SEED)).items()}

    narrow = all_types(["float32", "float16", "bfloat16"])
    with jax.enable_x64(True):
        return narrow | all_types(["float64"])


@pytest.mark.parametrize("kind", ULPS)
@pytest.mark.parametrize("name", FLOATS)
def test_every_float_type(name, kind, theirs):
    want = theirs[name, kind]
    for f in (lambda k: drawn(FLOATS[name], rr, k, kind), rt.jit(lambda k: drawn(FLOATS[name], rr, k, kind))):
        got = np.asarray(f(rr.key(SEED)))
        assert got.dtype == want.dtype
        assert got.shape == want.shape
        info = jax.numpy.finfo(want.dtype)
        a, b = got.astype(np.float64), want.astype(np.float64)
        unit = float(info.eps) * np.maximum(np.abs(b), 1.0 if name in SUBTRACT or kind != "float32" else 0.0)
        ulps = MORE.get((name, kind), ULPS[kind])
        assert np.all((np.abs(a - b) <= ulps * unit) | (a == b))


KEYS = {
    **FLOATS,
    "bits": "r.bits(k, (7,))",
    "randint": "r.randint(k, (7,), -3, 9)",
    "bernoulli": "r.bernoulli(k, 0.3, (7,))",
    "categorical": "r.categorical(k, np.log(np.array([0.2, 0.3, 0.5], np.float32)), shape=(7,))",
    "permutation": "r.permutation(k, 9)",
    "choice": "r.choice(k, 9, (4,), replace=False)",
    "gamma": "r.gamma(k, 2.5, (7,))",
    "loggamma": "r.loggamma(k, 0.5, (7,))",
    "beta": "r.beta(k, 0.5, 2.0, (7,))",
    "dirichlet": "r.dirichlet(k, np.ones(3, np.float32), (7,))",
    "chisquare": "r.chisquare(k, 3.0, shape=(7,))",
    "f": "r.f(k, 3.0, 5.0, shape=(7,))",
    "t_": "r.t(k, 4.0, (7,))",
    "generalized_normal": "r.generalized_normal(k, 1.5, (7,))",
    "ball": "r.ball(k, 3, shape=(7,))",
    "poisson": "r.poisson(k, 4.0, (7,))",
    "binomial": "r.binomial(k, 20, 0.3, (7,))",
    "multinomial": "r.multinomial(k, 20, np.array([0.2, 0.3, 0.5], np.float32))",
    "geometric": "r.geometric(k, 0.3, (7,))",
    "multivariate_normal": "r.multivariate_normal(k, np.zeros(2, np.float32), COV, (7,))",
    "orthogonal": "r.orthogonal(k, 3, m=2)",
    "complex normal": "r.normal(k, (7,), 'complex64')",
}


def test_every_sampler_is_here():
    makers = {"PRNGKey", "clone", "fold_in", "key", "key_data", "key_dtype", "key_impl", "split", "wrap_key_data"}
    assert {name.rstrip("_").split()[-1] for name in KEYS} == set(rr.__all__) - makers


@pytest.fixture(scope="module")
def theirs_over_keys():
    def f(keys):
        return {name: jax.vmap(lambda k, text=text: drawn(text, jr, k, "float32"))(keys) for name, text in KEYS.items()}

    return {k: np.asarray(v) for k, v in jax.jit(f)(jr.split(jr.key(SEED), 3)).items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", KEYS)
def test_over_keys(name, theirs_over_keys):
    want = theirs_over_keys[name]
    keys = rr.split(rr.key(SEED), 3)
    got = np.asarray(rt.vmap(lambda k: drawn(KEYS[name], rr, k, "float32"))(keys))
    assert got.dtype == want.dtype
    np.testing.assert_allclose(got, want, rtol=2e-5, atol=4e-6)
    alone = np.asarray(drawn(KEYS[name], rr, keys[1], "float32"))
    np.testing.assert_allclose(alone, got[1], rtol=2e-6, atol=2e-6)


M = 10_000
# (draws, mean, variance, fourth central moment over variance squared), as the theory has them
REJECTED = {
    "r.gamma(k, 2.5, (M,))": (2.5, 2.5, 3 + 6 / 2.5),
    "r.gamma(k, 0.3, (M,))": (0.3, 0.3, 3 + 6 / 0.3),
    "r.beta(k, 2.0, 3.0, (M,))": (0.4, 0.04, 2.357142857142857),
    "r.poisson(k, 3.0, (M,))": (3.0, 3.0, 3 + 1 / 3),
    "r.poisson(k, 80.0, (M,))": (80.0, 80.0, 3 + 1 / 80),
    "r.binomial(k, 12, 0.3, (M,))": (3.6, 2.52, 3 + (1 - 6 * 0.21) / 2.52),
    "r.binomial(k, 500, 0.4, (M,))": (200.0, 120.0, 3 + (1 - 6 * 0.24) / 120),
    "r.chisquare(k, 3.0, shape=(M,))": (3.0, 6.0, 3 + 4.0),
    "r.t(k, 9.0, (M,))": (0.0, 9 / 7, 3 + 6 / 5),
    "r.generalized_normal(k, 2.0, (M,))": (0.0, 0.5, 3.0),
    "r.geometric(k, 0.4, (M,))": (2.5, 3.75, 9 + 0.16 / 0.6),
}


@pytest.fixture(scope="module")
def theirs_rejected():
    return {
        k: np.asarray(v)
        for k, v in jax.jit(lambda key: {t: drawn(t, jr, key, None) for t in REJECTED})(jr.key(SEED)).items()
    }


@pytest.mark.parametrize("text", REJECTED)
def test_draws_that_are_rejected(text, theirs_rejected):
    got, want = np.asarray(drawn(text, rr, rr.key(SEED), None)).astype(float), theirs_rejected[text].astype(float)
    near = np.abs(got - want) <= 1e-5 * np.maximum(np.abs(want), 1.0)
    assert near.sum() >= M - 1
    mean, variance, kurtosis = REJECTED[text]
    # five standard errors of each; the key is fixed, so that this passes always or never
    assert abs(got.mean() - mean) <= 5 * math.sqrt(variance / M)
    assert abs(got.var() - variance) <= 5 * variance * math.sqrt((kurtosis - 1) / M)


SLOPES = {
    "gamma": lambda lib, r, k: lib.grad(lambda a: r.gamma(k, a, (5,)).sum())(2.5),
    "beta": lambda lib, r, k: lib.grad(lambda a: r.beta(k, a, 2.0, (5,)).sum())(1.5),
    "dirichlet": lambda lib, r, k: lib.grad(lambda a: r.dirichlet(k, a)[0])(np.array([1.0, 2.0, 0.5], np.float32)),
    "t": lambda lib, r, k: lib.grad(lambda a: r.t(k, a, (5,)).sum())(4.0),
    "chisquare": lambda lib, r, k: lib.grad(lambda a: r.chisquare(k, a, shape=(5,)).sum())(4.0),
    "uniform": lambda lib, r, k: lib.grad(lambda a: r.uniform(k, (5,), minval=a, maxval=2.0).sum())(-1.0),
    "multivariate_normal": lambda lib, r, k: lib.grad(
        lambda c: r.multivariate_normal(k, np.zeros(2, np.float32), c, (5,)).sum()
    )(COV),
    "pareto": lambda lib, r, k: lib.grad(lambda b: r.pareto(k, b, (5,)).sum())(2.5),
    "lognormal": lambda lib, r, k: lib.grad(lambda b: r.lognormal(k, b, (5,)).sum())(0.5),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOPES)
def test_derivatives_by_parameters(name):
    got, want = SLOPES[name](rt, rr, rr.key(SEED)), SLOPES[name](jax, jr, jr.key(SEED))
    np.testing.assert_allclose(np.asarray(got), np.asarray(want), rtol=1e-3, atol=1e-4)


def test_matrices():
    q = np.asarray(rr.orthogonal(rr.key(1), 4, (2,), "float64"))
    np.testing.assert_allclose(q @ q.swapaxes(1, 2), np.broadcast_to(np.eye(4), (2, 4, 4)), atol=1e-12)
    u = np.asarray(rr.orthogonal(rr.key(1), 3, (), "complex128"))
    np.testing.assert_allclose(u @ u.conj().T, np.eye(3), atol=1e-12)
    assert rr.orthogonal(rr.key(1), 0, m=3).shape == (0, 3)
    draws = np.asarray(rr.multivariate_normal(rr.key(2), np.array([1.0, -1.0]), COV, (M,)))
    np.testing.assert_allclose(np.cov(draws.T), COV, atol=5 * 2 * math.sqrt(2 / M))
    for method in ("eigh", "svd"):
        got, want = (
            r.multivariate_normal(k, np.ones(2, np.float32), COV, (9,), method=method)
            for r, k in ((rr, rr.key(SEED)), (jr, jr.key(SEED)))
        )
        np.testing.assert_allclose(np.asarray(got), np.asarray(want), rtol=1e-4, atol=1e-5)


MISTAKES = {
    "method": lambda: rr.multivariate_normal(rr.key(0), np.zeros(2), COV, method="lu"),
    "covariance": lambda: rr.multivariate_normal(rr.key(0), np.zeros(3), COV),
    "shape": lambda: rr.multivariate_normal(rr.key(0), np.zeros((4, 2)), COV, (3,)),
    "negative": lambda: rr.orthogonal(rr.key(0), -1),
    "type": lambda: rr.orthogonal(rr.key(0), 2, (), "int32"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_told(case):
    with pytest.raises(rt.errors.RustorchError, match=r"multivariate_normal|orthogonal"):
        MISTAKES[case]()


def test_keys_are_equal_or_not():
    a, b = rr.key(0), rr.key(1)
    assert bool(a == a) and bool(a != b) and not bool(a == b)  # noqa: PT018
    assert (rr.split(a) == rr.split(a)).tolist() == [True, True]
    assert rt.jit(lambda k: k == rr.key(0))(a)
    with pytest.raises(rt.errors.RustorchError):
        _ = a < b
