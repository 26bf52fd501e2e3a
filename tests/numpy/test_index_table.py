"""A table of indices whose results have a known shape: ours beside NumPy's, or JAX's where NumPy has no word for it."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compare import agree, from_jax

import rustorch_fn as rt
import rustorch_fn.numpy as rnp

S = np.s_
A = np.array
SHAPES = {1: (5,), 2: (4, 5), 3: (3, 4, 5), 4: (2, 3, 4, 2)}
# rank: indices; what NumPy allows and JAX does too
TABLE = {
    1: [
        0, -1, S[:], S[1:3], S[::-1], S[3:0:-2], S[7:], S[-9:2], S[...], None, S[None, 2], S[..., None], (),
        True, False, S[True, 1:], A([0, 2, 2]), A([[0, -1], [3, 4]]), A(3), A([], int), A([1, 0], np.uint8),
        A([-5, 4], np.int8), S[A([1, 2]), None], A([True, False, True, True, False]), np.int16(2), S[A([[1]]), ...],
    ],
    2: [
        1, S[1, 2], S[:, 2], S[..., 2], S[1, ...], S[1:3, ::2], S[::-1, ::-1], S[None, 1, None, :, None], S[2:2, 1],
        A([0, 3]), S[A([0, 3]), A([1, -1])], S[A([[0], [3]]), A([1, 2])], S[:, A([4, 0, 0])], S[A([1, 2]), 1:3],
        S[A([1, 2]), ..., None], S[A([1]), A([], int)], S[1, A([1, 2])], S[A([0, 1]), A(2)], S[None, A([0, 1]), None],
        A([True, False, True, False]), S[:, A([False, True, True, False, False])], np.eye(4, 5, dtype=bool),
        S[A([True, False, True, False]), 1], S[A([True, False, True, False]), A([0, 4])], S[1, True], S[False, ...],
        S[..., True], S[:, A(True), 1:], S[:, np.bool_(False), A([1])],
    ],
    3: [
        S[1, :, 2], S[..., 1:2, 0], S[0, ..., 0], S[:, None, 1], S[A([0, 2]), :, A([1, 3])], S[:, A([0, 1]), A([2, 2])],
        S[A([0, 2]), A([1, 3])], S[1, :, A([0, 1])], S[A([0, 1]), :, 2], S[:, 1, A([[0, 1]])],
        S[A([[0], [1]]), ::2, A([3, 0])],
        S[A([0, 1]), None, A([2, 3])], S[:, A([[0, 1], [2, 3]])], S[A([2]), 1:, ::-1], S[..., A([0, 4]), None],
        np.eye(3, 4, dtype=bool), S[:, np.eye(4, 5, dtype=bool)], S[::-1, A([True, False, False, True]), 1],
        S[A(1), :, A(2)], S[np.ones((3, 4, 5), bool)],
    ],
    4: [
        S[1, A([0, 1]), :, A([0, 1])], S[:, A([0, 1]), A([0, 3]), :], S[A([0, 1]), :, A([[1], [2]]), 0],
        S[..., 0, ::-1], S[0, :, A([1, 2]), None, 1], S[A([1]), 0, ..., None, A([0, 1, 1])],
        S[:, np.eye(3, 4, dtype=bool), A([0, 1, 1])],
    ],
}  # fmt: skip
ROWS = [(SHAPES[rank], index) for rank, found in TABLE.items() for index in found]
DTYPES = ["float32", "int8", "bool", "complex64", "float16", "uint32", "float64"]


def name(row):
    return f"{len(row[0])}-{row[1]!r}".replace("\n", "").replace(" ", "")


def array(shape, dtype="float32", start=0):
    return (np.arange(start, start + np.prod(shape)).reshape(shape) % 23).astype(dtype)


def ours(index):
    """The index with our arrays instead of NumPy's."""
    if isinstance(index, tuple):
        return tuple(map(ours, index))
    return rnp.asarray(index) if isinstance(index, np.ndarray) else index


def moving(index):
    """The integers and integer arrays of an index, and the function that puts traced ones in their places."""
    items = index if isinstance(index, tuple) else (index,)
    moves = [isinstance(i, np.ndarray | np.integer) and np.asarray(i).dtype.kind in "iu" for i in items]

    def put(found):
        rest = iter(found)
        return tuple(next(rest) if moved else item for item, moved in zip(items, moves, strict=True))

    return [np.asarray(i) for i, moved in zip(items, moves, strict=True) if moved], put


@pytest.mark.parametrize("k", range(len(ROWS)), ids=map(name, ROWS))
def test_reading(k):
    shape, index = ROWS[k]
    x = array(shape, DTYPES[k % len(DTYPES)])
    y, want = rnp.asarray(x, x.dtype), x[index]
    for got in (y[index], y[ours(index)], y.at[index].get(), rt.jit(lambda y: y[index])(y)):
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got, want)
    places, put = moving(index)
    if places:
        np.testing.assert_array_equal(rt.jit(lambda y, *found: y[put(found)])(y, *places), want)


@pytest.mark.parametrize("k", range(len(ROWS)), ids=map(name, ROWS))
def test_derivatives_of_reading_and_writing(k):
    shape, index = ROWS[k]
    x, w = array(shape), array(shape, start=7)
    weights = 1 + array(x[index].shape)
    want = np.zeros_like(x)
    np.add.at(want, index, weights)
    for around in (lambda f: f, rt.jit):
        np.testing.assert_array_equal(around(rt.grad(lambda y: (y[index] * weights).sum()))(x), want)
        both = around(rt.grad(lambda y, v: (y.at[index].add(v) * w).sum(), argnums=(0, 1)))(x, weights)
        np.testing.assert_array_equal(both[0], w)
        np.testing.assert_array_equal(both[1], w[index])
    lost = w.copy()
    lost[index] = 0
    over, value = rt.grad(lambda y, v: (y.at[index].set(v) * w).sum(), argnums=(0, 1))(x, np.float32(3))
    np.testing.assert_array_equal(over, lost)
    np.testing.assert_allclose(value, w.sum() - lost.sum())


OPS = {
    "set": None, "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide,
    "power": np.power, "min": np.minimum, "max": np.maximum,
}  # fmt: skip


@pytest.mark.parametrize("k", range(len(ROWS)), ids=map(name, ROWS))
def test_writing(k):
    shape, index = ROWS[k]
    x = 1 + array(shape)
    some = np.asarray(1 + array(x[index].shape) % 3, np.float32)
    places = np.arange(x.size).reshape(shape)[index]
    for op, ufunc in OPS.items():
        values = some if np.unique(places).size == places.size else np.float32(2)
        want, truth = x.copy(), x.astype(np.float64)
        for y, v in (want, values), (truth, values.astype(np.float64)):
            if ufunc is None:
                y[index] = v
            else:
                ufunc.at(y, index, v)
        for around in (lambda f: f, rt.jit):
            got = around(lambda y, v, op=op: getattr(y.at[index], op)(v))(rnp.asarray(x), values)
            agree({op: got}, {op: want}, {op: truth})
    want = x.copy()
    np.square.at(want, np.unravel_index(np.unique(places), shape))
    if np.unique(places).size == places.size:  # the squares of small whole numbers are exact
        np.testing.assert_array_equal(rnp.asarray(x).at[index].apply(lambda y: y * y), want)


OUTSIDE = {
    1: [A([0, 9, -7, 4]), A([[5], [-6]]), A(12)],
    2: [S[A([1, 9]), A([0, -9])], S[:, A([7, 0])], S[A([-5, 3]), 1:3], S[A([[8], [0]]), A([1, 6])]],
    3: [S[A([0, 5]), :, A([-8, 2])], S[1, A([4, 3]), ::2]],
}
SHOWN = [(SHAPES[rank], index) for rank, found in OUTSIDE.items() for index in found]
MODES = [None, "fill", "drop", "clip", "promise_in_bounds"]


@pytest.mark.parametrize("wrap", [True, False], ids=["wrap", "no_wrap"])
@pytest.mark.parametrize("mode", MODES, ids=str)
@pytest.mark.parametrize("k", range(len(SHOWN)), ids=map(name, SHOWN))
def test_what_lies_outside_is_what_the_mode_says(k, mode, wrap):
    shape, index = SHOWN[k]
    x, w = array(shape), array(shape, start=7)
    places, put = moving(index)
    if mode == "promise_in_bounds":  # what breaks the promise may give anything
        places = [np.clip(at, 0, min(shape) - 1) for at in places]

    def answers(library, module):
        def read(y, at):
            got = module.asarray(y).at[put(at)].get(mode=mode, wrap_negative_indices=wrap)
            return module.where(module.isnan(got), 0, got * got).sum(), got

        def write(y, v, at):
            y = module.asarray(y).at[put(at)]
            ways = {"mode": mode, "wrap_negative_indices": wrap}
            new, more, most = y.set(v, **ways), y.add(v, **ways), y.max(v, **ways)
            return ((new + 2 * more) * w).sum(), (new, more, most)

        def all(y, v, at):
            slope, got = library.grad(read, has_aux=True)(y, at)
            return slope, got, library.grad(write, argnums=(0, 1), has_aux=True)(y, v, at)

        return library.jit(all)(x, np.float32(30), places)

    (slope, *got), (their_slope, *want) = answers(rt, rnp), answers(jax, jnp)
    jax.tree.map(np.testing.assert_array_equal, got, want)
    if mode is not None:  # then JAX reads the nearest element, and gives its slope to none
        np.testing.assert_array_equal(slope, their_slope)


@pytest.mark.parametrize("k", [0, 16, 27, 38, 45, 58, 72], ids=lambda k: name(ROWS[k]))
def test_derivatives_of_other_ways_of_writing(k):
    shape, index = ROWS[k]
    x = 1 + array(shape)
    places = np.arange(x.size).reshape(shape)[index]
    index = index if np.unique(places).size == places.size else 0
    v = 2 + array(x[index].shape) % 3

    def answers(library, module, y, v):
        def f(y, v):
            y, once = module.asarray(y).at[index], {"unique_indices": True}
            return ((y.multiply(v, **once) + 2 * y.divide(v, **once) + 3 * y.power(v, **once)) * x).sum()

        return library.grad(f, argnums=(0, 1))(y, v)

    agree(answers(rt, rnp, x, v), *from_jax(partial(answers, jax, jnp), x, v))
