"""Compiled sorts are stable and total: by any number of keys of any type, rows short and long, along any axis."""

import ml_dtypes
import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import folding

TYPES = ["float32", "float64", "float16", "bfloat16", "bool", "int8", "int16", "int32", "int64", "uint8", "uint64"]


def keys(rng, shape, dtype):
    """Few different values, and of floats the difficult ones."""
    kind = np.dtype(getattr(ml_dtypes, dtype, dtype))
    if kind == np.bool_:
        return rng.random(shape) < 0.5
    if kind.kind in "iu":
        info = np.iinfo(kind)
        return rng.choice(np.array([info.min, info.min + 1, 0, 1, 77, info.max - 1, info.max], kind), shape)
    return rng.choice(np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.5, -1.5, 1e-4, -1e4]).astype(kind), shape)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(("shape", "axis"), [((3000,), 0), ((3, 41), 1), ((50, 2), 0), ((2, 7, 3), 1), ((2, 1), 1)])
def test_equals_the_meaning_to_the_bit(dtype, shape, axis):
    rng = np.random.default_rng(len(shape))
    given = [keys(rng, shape, dtype), keys(rng, shape, dtype), np.arange(np.prod(shape)).reshape(shape)]
    arrays = [rnp.asarray(x, x.dtype) for x in given]
    for count in (1, 2):
        got = rt.jit(lambda *xs, n=count: folding.sort(*xs, axis=axis, num_keys=n))(*arrays)
        for a, want in zip(got, folding.sort.ref(*given, axis=axis, num_keys=count), strict=True):
            assert a.dtype == want.dtype
            assert np.asarray(a).tobytes() == np.ascontiguousarray(want).tobytes()


def test_one_object_sorts_everything():
    def kernels():
        return rt.compile_stats()["compiled"] + rt.compile_stats()["loaded"]

    rt.jit(lambda x: rnp.sort(x, 1))(rnp.ones((5, 200)))
    before = kernels()
    rt.jit(lambda x: rnp.sort(x, 1))(rnp.ones((7, 311)))
    assert kernels() == before


def test_empty_rows_and_empty_arrays():
    for shape, axis in (((4, 0), 1), ((0, 4), 1), ((0,), 0)):
        assert rt.jit(lambda x, axis=axis: rnp.sort(x, axis))(rnp.zeros(shape)).shape == shape


def test_inside_of_a_loop():
    x = np.random.default_rng(0).normal(size=(6, 50)).astype("f4")
    got = rt.jit(lambda x: rt.lax.scan(lambda c, row: (c + 1, rnp.sort(row)[::-1]), 0, x)[1])(x)
    np.testing.assert_array_equal(got, np.sort(x, 1)[:, ::-1])
