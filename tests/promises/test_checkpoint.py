"""checkpoint saves memory, and memory_analysis says how much: 20 layers, checkpointed by fives."""

import functools
import gc

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import numpy as rnp
from rustorch_fn.target.llvm import memory

WIDTH, BATCH, LAYERS = 64, 1024, 20


def arguments(width=WIDTH, batch=BATCH):
    rng = np.random.default_rng(0)
    weights = [(rng.normal(size=(width, width)) / width**0.5).astype("f4") for _ in range(LAYERS)]
    return weights, rng.normal(size=(batch, width)).astype("f4")


def chain(xp, activate, wrap=lambda f: f):
    """The loss of the whole network, its layers wrapped by fives."""

    def five(weights, x):
        for w in weights:
            x = activate(x @ w)
        return x

    def loss(weights, x):
        for k in range(0, LAYERS, 5):
            x = wrap(five)(weights[k : k + 5], x)
        return xp.sum(x * x)

    return loss


class Measured:
    """Bytes of one compiled gradient: predicted, and really taken; and what it gives."""

    def __init__(self, loss, given):
        given = rt.tree.map(rnp.asarray, given)
        compiled = rt.jit(rt.grad(loss)).lower(*given).compile()
        self.analysis = compiled.memory_analysis()
        # garbage of other tests would go meanwhile, and their free blocks, which may be an eighth larger, be reused
        gc.collect()
        memory.default().trim()
        memory.reset_peak()
        before = memory.stats()["live_bytes"]
        result = compiled(*given)
        self.peak = memory.stats()["peak_bytes"] - before
        self.result = [np.asarray(g) for g in result]
        assert memory.stats()["live_bytes"] - before >= self.analysis.output_size_in_bytes
        self.predicted = self.analysis.temp_size_in_bytes + self.analysis.output_size_in_bytes
        self.temps = self.peak - self.analysis.output_size_in_bytes


@pytest.fixture(scope="module")
def plain():
    return Measured(chain(rnp, rnp.tanh), arguments())


@pytest.fixture(scope="module")
def saving():
    return Measured(chain(rnp, rnp.tanh, rt.checkpoint), arguments())


def test_checkpoint_saves(plain, saving):
    assert saving.peak < 0.6 * plain.peak
    assert saving.temps < 0.5 * plain.temps
    for a, b in zip(saving.result, plain.result, strict=True):
        assert np.array_equal(a, b)


def test_memory_analysis_predicts(plain, saving):
    for measured in (plain, saving):
        assert abs(measured.predicted / measured.peak - 1) < 0.1


@pytest.mark.parametrize(("width", "batch"), [(128, 128), (96, 48)])
def test_small_batches_take_little_beside_their_gradients(width, batch):
    """The gradients are as large as all activations, which lie in their memory until it is written."""
    unit = 4 * width * batch
    for wrap in (rt.checkpoint, lambda f: f):
        measured = Measured(chain(rnp, rnp.tanh, wrap), arguments(width, batch))
        assert measured.analysis.temp_size_in_bytes <= 4 * unit
        assert abs(measured.predicted / measured.peak - 1) < 0.1


@pytest.mark.parametrize(("width", "batch"), [(64, 1024), (96, 48), (128, 128)])
@pytest.mark.parametrize("name", ["tanh", "relu", "logistic", "gelu", "softplus", "mish"])
def test_no_more_than_jax_takes(name, width, batch):
    """Also where activations fit into gradients that are written later."""

    def activate(lib, xp, x):
        if name not in ("tanh", "relu", "logistic"):
            return getattr(lib, name)(x)
        return xp.tanh(x) if name == "tanh" else xp.maximum(x, 0.0) if name == "relu" else 1 / (1 + xp.exp(-x))

    ours, theirs = (functools.partial(activate, *names) for names in ((rt.nn, rnp), (jax.nn, jnp)))
    given = arguments(width, batch)
    measured = Measured(chain(rnp, ours), given)
    compiled = jax.jit(jax.grad(chain(jnp, theirs))).lower(*given).compile()
    assert measured.analysis.temp_size_in_bytes <= compiled.memory_analysis().temp_size_in_bytes
    if measured.temps > 1 << 20:
        assert measured.temps <= compiled.memory_analysis().temp_size_in_bytes
    for a, b in zip(measured.result, compiled(*given), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3)
