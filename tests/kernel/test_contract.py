"""Contractions: compiled plans against NumPy, over types, layouts, edges and cuts of the work."""

import ctypes
from dataclasses import replace

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rustorch_fn import errors
from rustorch_fn.kernel import contract
from rustorch_fn.kernel.machine import Machine
from rustorch_fn.target.llvm import engine, gemm

DTYPES = {"f32": np.float32, "f64": np.float64, "f16": np.float16, "bf16": ml_dtypes.bfloat16}
TOLERANCE = {"f32": 2e-5, "f64": 1e-13, "f16": 2e-3, "bf16": 2e-2}
NARROW = {
    "middle": Machine(width_bytes=32, registers=16, fma=True),
    "small": Machine(width_bytes=16, registers=16),
    "two cores": replace(Machine(width_bytes=32, registers=16, fma=True), cores=2),
}


def launch(plan, arrays, cuts=()):
    """Runs a plan's kernel over its extent, cut at the given units, each part with scratch of its own."""
    key, text = gemm.text(plan.tile)
    kernel = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 2)(
        engine.kernels({key: text})[key]
    )
    ctx = (ctypes.c_int64 * len(plan.ctx))(*plan.ctx)
    edges = [0, *sorted(c % (plan.extent + 1) for c in cuts), plan.extent]
    for begin, end in zip(edges, edges[1:], strict=False):
        scratch = np.full(plan.scratch_bytes + 64, 255, np.uint8)  # NaN, should it be read before it is written
        bufs = (ctypes.c_void_p * 4)(*(x.ctypes.data for x in arrays), -(-scratch.ctypes.data // 64) * 64)
        assert kernel(bufs, ctx, begin, end) == 0


def steps(x):
    s = tuple(t // x.itemsize for t in x.strides)
    return s[:-2], s[-2], s[-1]


def matmul(a, b, c, dtype, machine=None, add=False, cuts=()):
    shape = (c.shape[:-2], c.shape[-2], c.shape[-1], a.shape[-1])
    plan = contract.plan(machine or engine.machine(), dtype, *shape, steps(a), steps(b), steps(c), add)
    launch(plan, (a, b, c), cuts)


def stored(rng, shape, order, dtype, gap=0):
    """Random values of a shape whose axes lie in memory in the given order, rows `gap` elements apart."""
    lengths = [shape[i] for i in order]
    x = rng.standard_normal([*lengths[:-1], lengths[-1] + gap]).astype(DTYPES[dtype])
    return x[..., : lengths[-1]].transpose(np.argsort(order))


def compare(got, want, dtype):
    scale = 1 + np.abs(want).max(initial=0)
    assert np.abs(got.astype(np.float64) - want).max(initial=0) <= TOLERANCE[dtype] * scale


SIZES = st.sampled_from([0, 1, 2, 3, 4, 5, 7, 8, 9, 13, 14, 15, 16, 17, 31, 32, 33, 65, 97, 130])


@given(
    m=SIZES, n=SIZES, k=st.one_of(SIZES, st.sampled_from([383, 385, 801])), batch=st.sampled_from([(), (2,), (3, 2)]),
    dtype=st.sampled_from(list(DTYPES)), turns=st.tuples(*[st.booleans()] * 3), gap=st.sampled_from([0, 3]),
    add=st.booleans(), cuts=st.lists(st.integers(0, 99), max_size=2), machine=st.sampled_from([None, *NARROW]),
)  # fmt: skip
def test_every_shape_and_layout(m, n, k, batch, dtype, turns, gap, add, cuts, machine):
    rng = np.random.default_rng(m * 1000 + n)
    axes = tuple(range(len(batch)))
    r = len(axes)
    orders = [(*axes, r + 1, r) if turn else (*axes, r, r + 1) for turn in turns]
    a, b, c = (
        stored(rng, (*batch, *s), order, dtype, gap) for s, order in zip(((m, k), (k, n), (m, n)), orders, strict=True)
    )
    want = a.astype(np.float64) @ b.astype(np.float64) + (c.astype(np.float64) if add else 0)
    matmul(a, b, c, dtype, NARROW.get(machine), add, cuts)
    compare(c, want, dtype)


@pytest.mark.parametrize(("m", "n", "k"), [(300, 700, 500), (513, 2000, 40), (40, 5000, 400), (20, 1024, 1024)])
@pytest.mark.parametrize("turn", [False, True])
def test_packed_blocks(m, n, k, turn):
    rng = np.random.default_rng(0)
    a, b = stored(rng, (m, k), (1, 0) if turn else (0, 1), "f32"), stored(rng, (k, n), (0, 1), "f32")
    c = np.empty((m, n), np.float32)
    matmul(a, b, c, "f32")
    compare(c, a.astype(np.float64) @ b, "f32")


def test_the_cut_changes_no_bits():
    rng = np.random.default_rng(0)
    a, b = stored(rng, (200, 900), (0, 1), "f32"), stored(rng, (900, 300), (1, 0), "f32")
    machine = replace(engine.machine(), cores=4)
    whole, cut = np.empty((200, 300), np.float32), np.empty((200, 300), np.float32)
    matmul(a, b, whole, "f32", machine)
    matmul(a, b, cut, "f32", machine, cuts=(1, 2, 3, 5))
    assert whole.tobytes() == cut.tobytes()


def test_one_object_serves_many_shapes():
    plans = [contract.plan(NARROW["middle"], "f32", 1, n, n, n, (0, n, 1), (0, n, 1), (0, n, 1)) for n in (40, 77, 900)]
    assert len({plan.tile for plan in plans}) == 1
    assert len({gemm.text(plan.tile)[0] for plan in plans}) == 1


@pytest.mark.parametrize("types", [("bf16", "f32", "f32"), ("f32", "f32", "f64"), ("f16", "f64", "f32")])
def test_mixed_types_and_no_unit_stride(types):
    rng = np.random.default_rng(0)
    a, b = stored(rng, (20, 30), (0, 1), types[0]), stored(rng, (30, 24), (0, 1), types[1])
    a2, b2 = np.repeat(a, 2, 1)[:, ::2], np.repeat(b, 3, 1)[:, ::3]
    c = np.zeros((20, 24, 2), DTYPES[types[2]])[..., 1]
    matmul(a2, b2, c, types)
    compare(c, a.astype(np.float64) @ b.astype(np.float64), "f32")


def test_batches_broadcast_and_permute():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((3, 10, 2, 8)), rng.standard_normal((2, 8, 12))
    a, b = a.transpose(0, 2, 1, 3), np.broadcast_to(b, (3, 2, 8, 12))
    c = np.empty((3, 10, 2, 12)).transpose(0, 2, 1, 3)
    matmul(a, b, c, "f64")
    compare(c, a @ b, "f64")


@pytest.mark.parametrize(
    ("words", "sizes"),
    [
        ("btd,dhk->bhtk", {"b": 3, "t": 20, "d": 24, "h": 4, "k": 17}),
        ("bthk,hko->bto", {"b": 2, "t": 9, "h": 3, "k": 16, "o": 20}),
        ("bhqk,bkhd->bqhd", {"b": 2, "h": 3, "q": 10, "k": 12, "d": 16}),
        ("bqhd,bkhd->bhqk", {"b": 2, "h": 3, "q": 10, "k": 12, "d": 16}),
        ("abij,aibk->jk", {"a": 3, "b": 4, "i": 5, "j": 18, "k": 33}),
        ("ia,ajb->ibj", {"i": 7, "a": 8, "j": 5, "b": 6}),
        ("i,j->ij", {"i": 30, "j": 40}),
    ],
)
def test_axes_that_do_not_compose(words, sizes):
    inputs, output = words.split("->")
    left, right = inputs.split(",")
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal([sizes[x] for x in side]) for side in (left, right))
    c = np.full([sizes[x] for x in output], np.nan)

    def axes(names):
        operands = ((left, a), (right, b), (output, c))
        return [(sizes[x], *(v.strides[n.index(x)] // 8 if x in n else 0 for n, v in operands)) for x in names]

    batch = [x for x in output if x in left and x in right]
    rows = [x for x in output if x in left and x not in right]
    columns = [x for x in output if x in right and x not in left]
    inner = [x for x in left if x in right and x not in output]
    sides = (axes(names) for names in (batch, rows, columns, inner))
    launch(contract.plan_axes(engine.machine(), ("f64",) * 3, *sides), (a, b, c))
    compare(c, np.einsum(words, a, b), "f64")


def test_too_many_batch_axes_are_told():
    odd = tuple(2 * 3**i for i in range(6))
    with pytest.raises(errors.InternalError, match="too many batch axes"):
        contract.plan(engine.machine(), "f64", (2,) * 6, 3, 3, 3, *[(odd[::-1], 3, 1)] * 3)
    assert contract.plan_axes(engine.machine(), ("f64",) * 3, [(2, x, x, x) for x in odd[::-1]], *[[]] * 3) is None
