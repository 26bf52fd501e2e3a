"""rustorch_fn.ops against jax.ops."""

import jax
import numpy as np
import pytest
from compare import agree, from_jax

import rustorch_fn as rt
from rustorch_fn import errors

NAMES = ["segment_sum", "segment_prod", "segment_max", "segment_min"]
RNG = np.random.default_rng(0)
IDS = np.array([0, 0, 3, 1, -1, 3, 9], np.int32)
DATA = {
    "floats": RNG.standard_normal(7).astype(np.float32),
    "rows": RNG.standard_normal((7, 2, 3)).astype(np.float32),
    "ints": np.arange(-3, 4, dtype=np.int32),
    "bytes": np.arange(7, dtype=np.uint8),
    "halves": RNG.standard_normal((7, 2)).astype(np.float16),
}
OPTIONS = {
    "as many as asked for": {"num_segments": 5},
    "buckets": {"num_segments": 4, "bucket_size": 3},
    "clip": {"num_segments": 4, "mode": "clip"},
    "sorted": {"num_segments": 5, "indices_are_sorted": True},
}


def every(ops, x, ids, options=OPTIONS):
    """All functions with all options, on one array."""
    rows = {k: (np.sort(ids) if k == "sorted" else ids, given) for k, given in options.items()}
    return {name: {k: getattr(ops, name)(x, i, **given) for k, (i, given) in rows.items()} for name in NAMES}


@pytest.mark.parametrize("data", DATA)
def test_as_jax(data):
    x = DATA[data]
    theirs = from_jax(jax.jit(lambda x: every(jax.ops, x, IDS)), x)
    agree(every(rt.ops, x, IDS), *theirs)
    agree(rt.jit(lambda x: every(rt.ops, x, IDS))(x), *theirs)


def test_as_many_segments_as_there_are():
    x = DATA["rows"]
    peer, truth = from_jax(lambda x: jax.ops.segment_sum(x, IDS), x)
    agree(rt.ops.segment_sum(x, IDS), peer, truth)


def test_traced_ids():
    fixed = {k: v for k, v in OPTIONS.items() if k != "sorted"}
    x = DATA["floats"]
    agree(rt.jit(lambda x, i: every(rt.ops, x, i, fixed))(x, IDS), every(rt.ops, x, IDS, fixed), widened(x, fixed))


def widened(x, options):
    return every(rt.ops, rt.numpy.asarray(x, "float64"), IDS, options)


def loss(ops):
    def f(x):
        rows = [getattr(ops, name)(x, np.abs(IDS), num_segments=4)[:2] ** 2 for name in NAMES if name != "segment_prod"]
        # products have derivatives where no id comes twice
        rows.append(ops.segment_prod(x, np.arange(7), 7, unique_indices=True))
        return sum(row.sum() for row in rows)

    return f


def test_gradients_and_lanes():
    x = DATA["rows"][:, 0]
    agree(rt.grad(loss(rt.ops))(x), *from_jax(jax.jit(jax.grad(loss(jax.ops))), x))
    one = {"all": {"num_segments": 4}}
    ours, theirs = (lib.vmap(lambda x, ops=lib.ops: every(ops, x, IDS, one), in_axes=1) for lib in (rt, jax))
    agree(ours(x), *from_jax(jax.jit(theirs), x))


def test_without_rows():
    empty = np.zeros((0, 2), np.float32)
    ids = np.zeros(0, np.int32)
    assert rt.ops.segment_sum(empty, ids, 3).tolist() == [[0, 0]] * 3
    assert rt.ops.segment_sum(empty, ids, 3, bucket_size=2).tolist() == [[0, 0]] * 3
    assert rt.ops.segment_max(empty, ids, 1).tolist() == [[-np.inf] * 2]


MISTAKES = {
    "lengths": lambda: rt.ops.segment_sum(np.ones(3), np.zeros(2, np.int32)),
    "float ids": lambda: rt.ops.segment_sum(np.ones(3), np.zeros(3)),
    "negative": lambda: rt.ops.segment_max(np.ones(3), np.zeros(3, np.int32), -1),
    "traced": lambda: rt.jit(lambda i: rt.ops.segment_sum(np.ones(3), i))(np.zeros(3, np.int32)),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_told(case):
    with pytest.raises(errors.RustorchError):
        MISTAKES[case]()
