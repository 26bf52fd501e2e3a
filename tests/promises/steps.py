"""A training step of an MLP, as the promises about compiling use it."""

import numpy as np

import rustorch_fn as rt
from rustorch_fn import numpy as rnp

SIZES = (20, 48, 32, 5)


def params(sizes=SIZES, seed=0):
    rng = np.random.default_rng(seed)
    return [
        (rnp.asarray(rng.normal(size=(a, b)).astype("f4") / a**0.5), rnp.zeros(b, "float32"))
        for a, b in zip(sizes, sizes[1:], strict=False)
    ]


def batch(n, seed=1):
    rng = np.random.default_rng(seed)
    return rnp.asarray(rng.normal(size=(n, SIZES[0])).astype("f4")), rnp.asarray(rng.integers(0, SIZES[-1], n))


def loss(ps, x, y):
    for w, b in ps[:-1]:
        x = rt.nn.gelu(x @ w + b)
    w, b = ps[-1]
    return rt.nn.cross_entropy(x @ w + b, y)


def step(ps, x, y):
    """The loss, and the parameters after one step down."""
    value, slope = rt.value_and_grad(loss)(ps, x, y)
    return value, rt.tree.map(lambda p, g: p - 0.1 * g, ps, slope)
