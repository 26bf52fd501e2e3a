"""rustorch_fn.random against jax.random: the same bits, or the same numbers within a few ulps."""

import jax
import jax.random as jr
import numpy as np
import pytest
from together import in_one_program

import rustorch_fn as rt
import rustorch_fn.random as rr
from rustorch_fn import dtypes, errors, flags

SEEDS = [0, 1, 42, 2**31 - 1, -1, -123456]
SHAPES = [(), (1,), (5,), (3, 4), (257,)]


def raw(keys):
    return np.asarray(rr.key_data(keys))


def equal(ours, theirs):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    assert ours.tobytes() == theirs.tobytes()


def near(ours, theirs, ulps, floor=0.0):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    assert np.all(np.abs(ours.astype(float) - theirs) <= ulps * np.spacing(np.maximum(np.abs(theirs), floor)))


@pytest.mark.parametrize("seed", SEEDS)
def test_keys(seed):
    ours, theirs = rr.key(seed), jr.key(seed)
    assert ours.dtype is dtypes.key
    equal(raw(ours), jr.key_data(theirs))
    equal(rr.PRNGKey(seed), jr.PRNGKey(seed))
    for num in (1, 3, (2, 2)):
        equal(raw(rr.split(ours, num)), jr.key_data(jr.split(theirs, num)))
    for data in (0, 1, 99, 2**32 - 1):
        equal(raw(rr.fold_in(ours, data)), jr.key_data(jr.fold_in(theirs, np.uint32(data))))
    equal(raw(rr.wrap_key_data(raw(ours))), jr.key_data(theirs))


def test_raw_keys_stay_raw():
    old = rr.PRNGKey(3)
    assert old.dtype == np.uint32
    equal(rr.split(old), jr.split(jr.PRNGKey(3)))
    equal(rr.fold_in(old, 5), jr.fold_in(jr.PRNGKey(3), 5))
    equal(rr.uniform(old, (3,)), jr.uniform(jr.PRNGKey(3), (3,)))


def test_wide_seeds_use_both_words():
    assert raw(rr.key(2**40 + 3)).tolist() == [256, 3]


KEY, PEER = 7, jr.key(7)


N = np.array([5.0, 100.0, 1000.0, -1.0, 20.0], np.float32)
P = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
ROWS = np.arange(12.0, dtype=np.float32).reshape(3, 4)
PAIRS = np.arange(8.0, dtype=np.float32).reshape(4, 2)
LOGITS = np.random.default_rng(0).standard_normal((5, 9)).astype(np.float32)

# one line a case: both sides are this expression, with `r` standing for either library and `k` for its key
EXACT = [
    *(f"r.bits(k, {shape}, {width!r})" for shape in SHAPES for width in ("uint8", "uint16", "uint32")),
    *(f"r.uniform(k, {shape})" for shape in SHAPES),
    *(
        f"r.uniform(k, (1000,), minval={low}, maxval={high})"
        for low, high in [(-1.0, 1.0), (0.3, 7.7), (-1e-3, 1e5), (5.0, 5.0)]
    ),
    "r.uniform(k, (100,), 'float16')",
    "r.uniform(k, (100,), 'bfloat16')",
    *(
        f"r.randint(k, (300,), {low}, {high}, {dtype!r})"
        for low, high, dtype in [
            (-5, 1000, "int32"),
            (0, 1, "int32"),
            (3, 3, "int32"),
            (0, 256, "uint8"),
            (-128, 128, "int8"),
            (-3, 9, "int8"),
            (0, 300, "uint8"),
            (-5, 1000, "uint16"),
            (0, 7, "uint32"),
        ]
    ),
    "r.bernoulli(k, 0.3, (500,))",
    "r.bernoulli(k, P)",
    "r.bernoulli(k, 1e-6, (500,), mode='high')",
    *(f"r.permutation(k, {n})" for n in (1, 2, 10, 5000)),
    "r.permutation(k, ROWS)",
    "r.permutation(k, ROWS, axis=1)",
    "r.permutation(k, ROWS, axis=1, independent=True)",
    "r.choice(k, 4, (3,))",
    "r.choice(k, 4, (3,), p=P)",
    "r.choice(k, 4, (3,), replace=False, p=P)",
    "r.choice(k, PAIRS, (3,), p=P)",
    "r.choice(k, PAIRS, (3,), replace=False)",
    "r.categorical(k, LOGITS)",
    "r.categorical(k, LOGITS, axis=0)",
    "r.categorical(k, LOGITS, shape=(3, 5))",
    "r.categorical(k, LOGITS, shape=(2, 5), replace=False)",
]
# formulas of floats, and rejection loops that take the same decisions
CLOSE = """
r.exponential(k, (200,))
r.laplace(k, (200,))
r.logistic(k, (200,))
r.cauchy(k, (200,))
r.rademacher(k, (200,))
r.maxwell(k, (200,))
r.double_sided_maxwell(k, 0.5, 2.0, (20,))
r.pareto(k, 2.5, (200,))
r.rayleigh(k, 1.5, (200,))
r.lognormal(k, 0.5, (200,))
r.weibull_min(k, 1.5, 2.0, (200,))
r.geometric(k, 0.3, (200,))
r.wald(k, 1.5, (200,))
r.triangular(k, -1.0, 0.5, 2.0, (200,))
r.truncated_normal(k, -1.0, 2.0, (200,))
r.gamma(k, np.array([0.1, 0.7, 1.0, 2.5, 90.0], np.float32))
r.loggamma(k, np.array([0.01, 1.5], np.float32))
r.beta(k, 0.5, 2.0)
r.dirichlet(k, np.array([0.5, 1.0, 3.0], np.float32))
r.chisquare(k, 3.0)
r.f(k, 3.0, 5.0)
r.t(k, 4.0)
r.generalized_normal(k, 1.5, (20,))
r.ball(k, 3, shape=(20,))
r.binomial(k, N, np.array([0.3, 0.5, 0.9, 0.5, np.nan], np.float32))
r.multinomial(k, 50, P)
r.poisson(k, np.array([0.5, 3.0, 40.0, 0.0], np.float32))
""".strip().splitlines()
ULPS = ["r.normal(k, (20000,))", "r.gumbel(k, (20000,))", "r.gumbel(k, (100,), mode='high')"]


def evaluate(text, library, key):
    return eval(text, globals() | {"r": library, "k": key})


@pytest.fixture(scope="module")
def drawn():
    cases = {text: lambda key, text=text: evaluate(text, jr, key) for text in [*EXACT, *CLOSE, *ULPS]}
    return in_one_program(cases, PEER)


@pytest.mark.parametrize("text", EXACT)
def test_the_same_bits(text, drawn):
    equal(evaluate(text, rr, rr.key(KEY)), drawn[text])


@pytest.mark.parametrize("text", CLOSE)
def test_the_same_numbers(text, drawn):
    ours = np.asarray(evaluate(text, rr, rr.key(KEY)))
    assert ours.dtype == drawn[text].dtype
    np.testing.assert_allclose(ours, np.asarray(drawn[text]), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("text", ULPS)
def test_within_four_ulps(text, drawn):
    # a gumbel number near 0 is the logarithm of one near 1, whose error is absolute
    near(evaluate(text, rr, rr.key(KEY)), drawn[text], 4, floor=1.0 if "gumbel" in text else 0.0)


def test_bits_of_64():
    with jax.enable_x64(True):
        theirs = np.asarray(jr.bits(jr.key(7), (9,), "uint64"))
    equal(rr.bits(rr.key(7), (9,), "uint64"), theirs)


def test_uniform_of_doubles():
    with jax.enable_x64(True):
        theirs = np.asarray(jr.uniform(jr.key(7), (100,), "float64", -2.0, 3.0))
    equal(rr.uniform(rr.key(7), (100,), "float64", -2.0, 3.0), theirs)


def test_gamma_is_differentiable_in_its_shape():
    a = np.array([0.3, 1.0, 4.0], np.float32)
    for name in ("gamma", "loggamma"):
        ours = rt.grad(lambda a, name=name: getattr(rr, name)(rr.key(KEY), a).sum())(a)
        theirs = jax.grad(lambda a, name=name: getattr(jr, name)(PEER, a).sum())(a)
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=1e-4)


def test_draws_under_transforms():
    keys = rr.split(rr.key(KEY), 4)
    theirs = np.asarray(jax.vmap(lambda k: jr.uniform(k, (3,)))(jr.split(PEER, 4)))
    equal(rt.vmap(lambda k: rr.uniform(k, (3,)))(keys), theirs)
    equal(rt.jit(lambda k: rr.uniform(k, (3,)))(rr.key(KEY)), jr.uniform(PEER, (3,)))
    equal(rr.uniform(keys[2], (3,)), theirs[2])
    slope = rt.grad(lambda s: (s * rr.normal(rr.key(KEY), (3,))).sum())(2.0)
    np.testing.assert_allclose(float(slope), float(jr.normal(PEER, (3,)).sum()), rtol=1e-5)


def test_truncated_normal_has_a_gradient():
    def mean(lib, key):
        return lambda a: lib.truncated_normal(key, a, 2.0, (50,)).mean()

    ours, theirs = rt.grad(mean(rr, rr.key(KEY)))(-1.0), jax.grad(mean(jr, PEER))(-1.0)
    np.testing.assert_allclose(float(ours), float(theirs), rtol=1e-4)


MISTAKES = {
    "no key": (lambda: rr.uniform(3), errors.RandomKey),
    "many keys": (lambda: rr.uniform(rr.split(rr.key(0))), errors.ShapeError),
    "float seed": (lambda: rr.key(1.5), errors.DtypeError),
    "arithmetic": (lambda: rr.key(0) + 1, errors.DtypeError),
    "integer uniform": (lambda: rr.uniform(rr.key(0), (), "int32"), errors.DtypeError),
    "to numpy": (lambda: np.asarray(rr.key(0)), errors.BadType),
    "impl": (lambda: rr.key(0, impl="rbg"), errors.BadArgument),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_told(case):
    act, error = MISTAKES[case]
    with pytest.raises(error):
        act()


def test_moments():
    x = np.asarray(rr.normal(rr.key(1), (100_000,)))
    assert abs(x.mean()) < 0.02
    assert abs(x.std() - 1) < 0.02


@pytest.fixture
def watched(monkeypatch):
    monkeypatch.setenv("RT_KEYS", "1")
    flags.refresh()
    yield
    monkeypatch.undo()
    flags.refresh()


def test_a_key_used_twice_is_an_error_when_asked_for(watched):
    key = rr.key(0)
    rr.normal(key)
    with pytest.raises(errors.KeyReuse, match=r"normal|uniform|split"):
        rr.uniform(key)
    again = rr.clone(key)
    equal(rr.normal(again), jr.normal(jr.key(0)))
    with pytest.raises(errors.KeyReuse, match="split"):
        rr.split(again)


def test_composed_draws_use_a_key_once(watched):
    keys = list(rr.split(rr.key(0), 12))
    rr.categorical(keys[0], np.zeros(3, np.float32))
    rr.choice(keys[1], 5, (2,), p=np.full(5, 0.2, np.float32))
    rr.choice(keys[2], 5, (2,), replace=False)
    rr.permutation(keys[3], np.zeros((3, 2), np.float32))
    rr.laplace(keys[4])
    rr.maxwell(keys[5])
    rr.double_sided_maxwell(keys[6], 0.0, 1.0)
    rr.wald(keys[7], 1.0)
    rr.beta(keys[8], 1.0, 2.0)
    rr.t(keys[9], 3.0)
    rr.ball(keys[10], 2)
    rr.rademacher(keys[11])


def test_a_traced_key_used_twice_is_found_too(watched):
    with pytest.raises(errors.KeyReuse):
        rt.jit(lambda k: rr.normal(k) + rr.normal(k))(rr.key(0))
    rt.jit(lambda k: rr.normal(rr.fold_in(k, 0)) + rr.normal(rr.fold_in(k, 1)))(rr.key(0))
