"""Any index means what it means to NumPy: read and written, eagerly and traced."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

import rustorch_fn as rt
import rustorch_fn.numpy as rnp

sizes = st.integers(1, 4)
shapes = st.lists(sizes, min_size=1, max_size=4).map(tuple)


@st.composite
def slices(draw, n):
    bound = st.none() | st.integers(-n - 1, n + 1)
    step = draw(st.none() | st.sampled_from([1, 2, 3, -1, -2]))
    return slice(draw(bound), draw(bound), step)


@st.composite
def indices(draw):
    """A shape, and an index for it: ints, slices, new axes, an ellipsis, and arrays that broadcast together."""
    shape = draw(shapes)
    common = draw(st.lists(st.integers(1, 3), max_size=2))
    used = draw(st.integers(0, len(shape)))
    dots = draw(st.integers(0, used))
    spread = draw(st.booleans())
    last = range(len(shape) - used + dots, len(shape))
    axes = [*range(dots), None, *last] if spread else [*range(used)]
    items = []
    for axis in axes:
        if draw(st.integers(0, 5)) == 0:
            items.append(None)
        if axis is None:
            items.append(Ellipsis)
            continue
        n = shape[axis]
        match draw(st.sampled_from(["int", "slice", "slice", "array"])):
            case "int":
                items.append(draw(st.integers(-n, n - 1)))
            case "slice":
                items.append(draw(slices(n)))
            case "array":
                own = tuple(draw(st.sampled_from([1, m])) for m in common[draw(st.integers(0, len(common))) :])
                values = draw(st.lists(st.integers(-n, n - 1), min_size=int(np.prod(own)), max_size=int(np.prod(own))))
                items.append(np.array(values, np.int32).reshape(own))
    return shape, tuple(items)


def source(shape):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def ours(index):
    return tuple(rnp.asarray(i) if isinstance(i, np.ndarray) else i for i in index)


def lane(f, *xs):
    """f as one lane of vmap, so that everything goes through the primitives."""
    return np.asarray(rt.vmap(f)(*(rnp.asarray(x)[None] for x in xs)))[0]


@given(indices())
def test_reading(case):
    shape, index = case
    x = source(shape)
    want = x[index]
    np.testing.assert_array_equal(np.asarray(rnp.asarray(x)[ours(index)]), want)
    np.testing.assert_array_equal(lane(lambda y: y[ours(index)], x), want)


@example(((2, 1, 1), (None, slice(None), None, 0, Ellipsis, np.array([0], np.int32))))
@given(indices())
def test_reading_with_traced_indices(case):
    shape, index = case
    x = source(shape)
    known = [i for i in index if isinstance(i, np.ndarray | int)]

    def read(y, *traced):
        rest = iter(traced)
        return y[tuple(next(rest) if isinstance(i, np.ndarray | int) else i for i in index)]

    got = lane(read, x, *(np.asarray(i, np.int32) for i in known))
    # a traced scalar is an array without axes, which changes where the indexed axes go
    want = x[tuple(np.asarray(i) if isinstance(i, int) else i for i in index)]
    np.testing.assert_array_equal(got, want)


@given(indices(), st.sampled_from(["set", "add", "multiply", "min", "max"]))
def test_writing(case, op):
    shape, index = case
    x = source(shape)
    # one number for all places, so that equal places do not depend on the order
    value = np.float32(2.5)
    want = x.copy()
    match op:
        case "set":
            want[index] = value
        case "add":
            np.add.at(want, index, value)
        case "multiply":
            np.multiply.at(want, index, value)
        case "min":
            np.minimum.at(want, index, value)
        case "max":
            np.maximum.at(want, index, value)
    np.testing.assert_allclose(np.asarray(getattr(rnp.asarray(x).at[ours(index)], op)(2.5)), want, rtol=1e-6)
    np.testing.assert_allclose(lane(lambda y: getattr(y.at[ours(index)], op)(2.5), x), want, rtol=1e-6)


@given(indices())
def test_writing_rows_of_values(case):
    shape, index = case
    x = source(shape)
    values = -1 - np.arange(x[index].size, dtype=np.float32).reshape(x[index].shape)
    places = np.arange(x.size).reshape(shape)[index]
    if np.unique(places).size < places.size:
        return
    want = x.copy()
    want[index] = values
    np.testing.assert_array_equal(np.asarray(rnp.asarray(x).at[ours(index)].set(values)), want)
    np.testing.assert_array_equal(lane(lambda y, v: y.at[ours(index)].set(v), x, values), want)


def test_writing_backwards_beside_an_array():
    x, index = np.zeros((2, 3), np.float32), (slice(None, None, -1), np.array([0, 2]))
    values = 1 + np.arange(4, dtype=np.float32).reshape(2, 2)
    want = x.copy()
    want[index] = values
    np.testing.assert_array_equal(lane(lambda y, v: y.at[ours(index)].set(v), x, values), want)


@given(shapes, st.data())
def test_masks(shape, data):
    x = source(shape)
    rank = data.draw(st.integers(1, len(shape)))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=int(np.prod(shape[:rank])),
                                       max_size=int(np.prod(shape[:rank]))))).reshape(shape[:rank])  # fmt: skip
    np.testing.assert_array_equal(np.asarray(rnp.asarray(x)[rnp.asarray(mask)]), x[mask])
    want = x.copy()
    want[mask] = -1
    np.testing.assert_array_equal(np.asarray(rnp.asarray(x).at[rnp.asarray(mask)].set(-1)), want)
    np.testing.assert_array_equal(lane(lambda y, m: y.at[m].set(-1), x, mask), want)
