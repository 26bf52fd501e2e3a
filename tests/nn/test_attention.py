"""rustorch_fn.nn.dot_product_attention against jax.nn's, argument by argument."""

import jax
import numpy as np
import pytest
from compare import agree, from_jax

import rustorch_fn as rt
from rustorch_fn import errors

RNG = np.random.default_rng(0)
B, T, S, N, K, H = 2, 5, 7, 4, 2, 3
Q, KEY, V = (RNG.standard_normal(s).astype(np.float32) for s in ((B, T, N, H), (B, S, K, H), (B, S, K, H)))
BIAS = RNG.standard_normal((1, N, T, S)).astype(np.float32)
MASK = RNG.random((B, 1, T, S)) < 0.7
ROWS, COLUMNS = np.array([5, 2], np.int32), np.array([3, 7], np.int32)

CASES = {
    "plain": {},
    "bias": {"bias": BIAS},
    "mask": {"mask": MASK},
    "scale": {"scale": 0.3},
    "causal": {"is_causal": True},
    "window": {"local_window_size": 1},
    "two windows": {"local_window_size": (2, 0), "is_causal": True},
    "queries": {"query_seq_lengths": ROWS},
    "keys": {"key_value_seq_lengths": COLUMNS},
    "all": {
        "bias": BIAS, "mask": MASK, "is_causal": True, "query_seq_lengths": ROWS, "key_value_seq_lengths": COLUMNS,
        "local_window_size": 2, "implementation": "xla", "return_residual": True,
    },
}  # fmt: skip


def of(nn, case):
    def f(q, k, v):
        return tuple_of(nn.dot_product_attention(q, k, v, **CASES[case]))

    return f


@pytest.fixture(scope="module")
def theirs():
    return from_jax(jax.jit(lambda *given: {case: of(jax.nn, case)(*given) for case in CASES}), Q, KEY, V)


@pytest.mark.parametrize("case", CASES)
def test_as_jax(case, theirs):
    peer, truth = theirs
    for f in (of(rt.nn, case), rt.jit(of(rt.nn, case))):
        agree(f(Q, KEY, V), peer[case], truth[case])


def tuple_of(x):
    return tuple(x) if isinstance(x, tuple | list) else (x,)


def test_gradients_and_lanes():
    def loss(nn):
        return lambda q, k, v: (nn.dot_product_attention(q, k, v, mask=MASK[0], is_causal=True) ** 2).sum()

    slopes = rt.grad(loss(rt.nn), argnums=(0, 1, 2))(Q, KEY, V)
    agree(slopes, *from_jax(jax.jit(jax.grad(loss(jax.nn), argnums=(0, 1, 2))), Q, KEY, V))
    lanes = rt.vmap(rt.nn.dot_product_attention)(Q, KEY, V)
    agree(lanes, *from_jax(jax.nn.dot_product_attention, Q, KEY, V))


@pytest.mark.parametrize("kind", ["bfloat16", "float16"])
def test_half_types(kind):
    q, k, v = (np.asarray(rt.numpy.asarray(x, kind)) for x in (Q, KEY, V))
    agree(rt.nn.dot_product_attention(q, k, v), *from_jax(jax.nn.dot_product_attention, q, k, v))


def test_without_a_batch():
    got = rt.nn.dot_product_attention(Q[0], KEY[0], V[0], bias=BIAS[0])
    agree(got, *from_jax(lambda q, k, v, b: jax.nn.dot_product_attention(q, k, v, bias=b), Q[0], KEY[0], V[0], BIAS[0]))


MISTAKES = {
    "axes": lambda: rt.nn.dot_product_attention(Q[0, 0], KEY[0, 0], V[0, 0]),
    "sizes": lambda: rt.nn.dot_product_attention(Q, KEY, V[:, :2]),
    "heads": lambda: rt.nn.dot_product_attention(Q[:, :, :3], KEY, V),
    "types": lambda: rt.nn.dot_product_attention(Q.astype(np.float16), KEY, V),
    "mask of floats": lambda: rt.nn.dot_product_attention(Q, KEY, V, mask=BIAS),
    "bias of other heads": lambda: rt.nn.dot_product_attention(Q, KEY, V, bias=np.zeros((1, 3, T, S), np.float32)),
    "lengths": lambda: rt.nn.dot_product_attention(Q, KEY, V, query_seq_lengths=np.zeros(3, np.int32)),
    "implementation": lambda: rt.nn.dot_product_attention(Q, KEY, V, implementation="cudnn"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_told(case):
    with pytest.raises(errors.RustorchError, match="dot_product_attention"):
        MISTAKES[case]()
