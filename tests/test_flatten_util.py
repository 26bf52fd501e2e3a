"""rustorch_fn.flatten_util against jax.flatten_util."""

import jax
import jax.flatten_util
import numpy as np
import pytest
from compare import agree, from_jax

import rustorch_fn as rt
from rustorch_fn import errors

TREES = {
    "floats": {"w": np.arange(6.0, dtype=np.float32).reshape(2, 3), "b": (np.ones(2, np.float32), None)},
    "numbers": [1.5, np.float32(2), np.ones((1, 1), np.float32)],
    "mixed": {"a": np.arange(3, dtype=np.int32), "b": np.float32(0.5), "c": np.ones(2, np.float16)},
    "ints": [np.arange(3, dtype=np.int8), np.array(7, np.int8)],
    "one": np.ones((2, 2), np.float32),
    "empty": [np.zeros((0, 3), np.float32), np.ones(2, np.float32)],
    "nothing": {},
}


@pytest.mark.parametrize("name", TREES)
def test_as_jax(name):
    given = TREES[name]
    flat, back = rt.flatten_util.ravel_pytree(given)
    want, theirs = jax.flatten_util.ravel_pytree(given)
    agree(flat, want, np.asarray(want, np.float64) if want.dtype.kind == "f" else None)
    again, peer = back(flat), theirs(want)
    agree(again, peer, rt.tree.map(lambda x: np.asarray(x, np.float64) if x.dtype.kind == "f" else x, peer))


def test_gradients_by_the_vector():
    given = TREES["floats"]

    def loss(library):
        _, back = library.flatten_util.ravel_pytree(given)
        return lambda v: (back(v)["w"] ** 2).sum() + back(v)["b"][0].sum()

    v = np.arange(8.0, dtype=np.float32)
    agree(rt.jit(rt.grad(loss(rt)))(v), *from_jax(jax.grad(loss(jax)), v))
    rows = np.stack([v, v + 1])
    agree(rt.vmap(loss(rt))(rows), *from_jax(jax.vmap(loss(jax)), rows))


def test_vectors_that_do_not_fit_are_told():
    _, back = rt.flatten_util.ravel_pytree(TREES["mixed"])
    with pytest.raises(errors.ShapeError, match="another length"):
        back(np.ones(5, np.float32))
    with pytest.raises(errors.DtypeError, match="float32"):
        back(np.ones(6, np.int32))
