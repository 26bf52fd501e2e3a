"""The short way of eager calls gives what the long way gives: values, types, weak types, fresh arrays."""

import itertools
import warnings

import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import quick
from rustorch_fn.numpy import reductions, ufuncs

ARRAYS = [
    np.float32(1.5), np.array([0.5, -2.0, 3.0], "f4"), np.array([[1.0], [4.0]], "f4"), np.array([2, -3, 5], "i4"),
    np.array([True, False, True]), np.array([1, 2, 3], "u1"), np.zeros((0, 3), "f4"), np.arange(6.0).reshape(2, 3),
]  # fmt: skip
NUMBERS = [2, -1.5, 3.0, True, 40000]


def operands():
    ours = [rnp.asarray(x) for x in ARRAYS]
    ours += [
        rnp.asarray(2.5),
        rnp.asarray([1.0, 2.0, 3.0], dtype="float64"),
        rnp.asarray([1.0, 2.0, 3.0], dtype="bfloat16"),
    ]
    return [*ours, *ARRAYS, *NUMBERS]


def same(a, b):
    if isinstance(a, Exception):
        return type(a) is type(b)
    return (
        a.dtype == b.dtype
        and a.shape == b.shape
        and a.weak_type == b.weak_type
        and np.array_equal(np.asarray(a), np.asarray(b), equal_nan=True)
    )


def outcome(f, *args, **how):
    try:
        return f(*args, **how)
    except errors.RustorchError as error:
        return error


def long_way(f):
    """The function below the short way, and below what users call."""
    while hasattr(f, "__wrapped__"):
        f = f.__wrapped__
    return f


@pytest.mark.parametrize("name", [*ufuncs._TWO, "power"])
def test_two_operands(name):
    f = getattr(rnp, name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for x, y in itertools.product(operands(), repeat=2):
            if isinstance(x, rt.Array) or isinstance(y, rt.Array):
                found = [outcome(f, x, y) for _ in range(3)]
                assert all(same(found[0], out) for out in found[1:]), (name, x, y, found)


@pytest.mark.parametrize("name", ufuncs._ONE)
def test_one_operand(name):
    f = getattr(rnp, name)
    for x in operands():
        want = outcome(long_way(f), x)
        assert all(same(want, outcome(f, x)) for _ in range(3)), (name, x)


HOW = [{}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 1)}, {"axis": 7}]


@pytest.mark.parametrize("name", reductions._QUICK)
def test_folds(name):
    f = getattr(rnp, name)
    for x, how in itertools.product(operands(), HOW):
        want = outcome(long_way(f), x, **how)
        assert all(same(want, outcome(f, x, **how)) for _ in range(3)), (name, x, how)


def test_the_short_way_is_taken(monkeypatch):
    x, y = rnp.arange(3.0), rnp.ones((2, 3))
    for f in (lambda: x + y, lambda: x * 2.0, lambda: np.ones(3, "f4") - x, lambda: y.sum(0), lambda: rnp.exp(x)):
        wanted = [np.asarray(f()) for _ in range(2)]
        with monkeypatch.context() as m:
            m.setattr(quick, "learned", None)
            assert np.array_equal(f(), wanted[0])


def test_every_result_is_a_new_array():
    x = rnp.arange(3.0)
    outs = [x + 1.0 for _ in range(4)]
    outs[2].delete()
    outs[3].delete()
    assert np.array_equal(outs[1], [1, 2, 3])
    assert np.array_equal(x + 1.0, [1, 2, 3])


def test_numpys_memory_is_read_at_once():
    x, theirs = rnp.zeros(3), np.ones(3, "f4")
    for _ in range(3):
        out = rnp.maximum(x, theirs)
        theirs[:] = 5
        assert np.array_equal(out, [1, 1, 1])
        theirs[:] = 1


def test_transforms_take_the_long_way():
    x = rnp.arange(3.0)
    for _ in range(3):
        assert np.array_equal(rt.vmap(lambda v: v + 1.0)(x), x + 1.0)
        assert np.array_equal(rt.grad(lambda v: (v * v).sum())(x), 2.0 * x)
        assert np.array_equal(rt.jit(lambda v: v * v + x)(x), x * x + x)


def test_large_arrays_go_through_kernels(monkeypatch):
    x = rnp.linspace(-3.0, 3.0, quick.LARGE)
    wide = np.asarray(x, "f8")
    rows = [
        (rnp.exp, np.exp(wide)),
        (lambda v: 2 - v, 2 - wide),
        (lambda v: rnp.maximum(v, np.float32(0.5)), np.maximum(wide, 0.5)),
        (rnp.max, wide.max()),
    ]
    for f, want in rows:
        f(x), f(x)
        with monkeypatch.context() as m:
            m.setattr(quick, "learned", None)
            found = f(x)
        assert found.buffer is not None  # memory of a program's, not NumPy's
        np.testing.assert_allclose(found, want, rtol=1e-6, atol=1e-6)


def test_a_deleted_operand_is_named():
    x, y = rnp.arange(3.0) * 1.0, rnp.ones(3)
    for _ in range(3):
        y + x
    x.delete()
    with pytest.raises(errors.DeletedArray):
        y + x
