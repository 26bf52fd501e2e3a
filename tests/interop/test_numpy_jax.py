"""Arrays of NumPy and JAX beside ours: who answers, what is shared, what is copied."""

import copy
import operator
import pickle
import sys

import jax.numpy as jnp
import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import numpy as rnp

OURS = rnp.arange(4.0)
THEIRS = np.ones(4, "f4")
OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.lt, operator.eq,
             operator.matmul, operator.floordiv, operator.mod]  # fmt: skip


@pytest.mark.parametrize("f", OPERATORS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("other", [THEIRS, np.float32(2), np.float64(2), np.ones((4, 4), "f4"), np.arange(4)], ids=repr)
def test_mixed_expressions_are_ours_as_with_jax(f, other):
    theirs = jnp.arange(4.0)
    for pair, peers in (((OURS, other), (theirs, other)), ((other, OURS), (other, theirs))):
        if f is operator.matmul and not np.ndim(other):
            continue
        got, want = f(*pair), f(*peers)
        assert isinstance(got, rt.Array)
        assert (got.dtype, got.shape, got.weak_type) == (want.dtype, want.shape, want.weak_type)
        np.testing.assert_allclose(got, want, rtol=1e-6)


def test_in_place_operators_of_numpy_give_ours():
    x = np.ones(4, "f4")
    x += OURS
    assert isinstance(x, rt.Array)


UFUNCS = [np.sin, np.exp, np.negative, np.isnan, np.sqrt, lambda x: np.add(x, THEIRS), lambda x: np.concatenate([x, x]),
          np.sum, np.mean, np.max, lambda x: np.reshape(x, (2, 2)), lambda x: np.where(THEIRS > 0, x, 0), np.cumsum,
          np.transpose, lambda x: np.clip(x, 0, 1), lambda x: np.dot(x, x), np.add.reduce, np.ptp, np.std]  # fmt: skip


@pytest.mark.parametrize("k", range(len(UFUNCS)))
def test_numpys_functions_take_ours_as_they_take_jaxs(k):
    got, want = UFUNCS[k](OURS), UFUNCS[k](jnp.arange(4.0))
    assert isinstance(got, rt.Array) == isinstance(want, jnp.ndarray)
    np.testing.assert_allclose(got, want, rtol=1e-6)


DTYPES = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 bool complex64 bfloat16".split()


class Column:
    """What a column of pandas or polars offers to arrays: `__array__`, a length, and items in order."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return iter(self.values.tolist())


@pytest.mark.parametrize(
    "values", [[1.5, 2.5], [1, 2], [True, False], [1.0, np.nan], np.array([1, 2], "uint8")], ids=str
)
def test_columns_of_tables_are_taken(values):
    column, want = Column(values), jnp.asarray(np.asarray(values))
    for got in (rnp.asarray(column), rnp.array(column), rt.jit(lambda x: x)(column)):
        assert (type(got), got.dtype) == (rt.Array, want.dtype)
        np.testing.assert_array_equal(got, want)
    np.testing.assert_allclose(rnp.exp(column), np.exp(np.asarray(values, "f4")), rtol=1e-6)
    assert rnp.asarray(column, "float64").dtype == "float64"
    np.testing.assert_array_equal(rnp.ones(2) + column, 1 + want)


def test_columns_are_indices_too():
    assert OURS[Column([3, 0])].tolist() == [3, 0]
    assert OURS[Column([True, False, False, True])].tolist() == [0, 3]
    assert OURS.at[Column([1])].set(7.0).tolist() == [0, 7, 2, 3]


@pytest.mark.parametrize("values", [["a", "b"], [None, 1], np.array(["2020-01-01"], "datetime64[D]")], ids=str)
def test_columns_of_what_is_no_number_are_refused(values):
    with pytest.raises(rt.errors.DtypeError, match="no arrays of this type"):
        rnp.asarray(Column(values))


@pytest.mark.parametrize("dtype", DTYPES)
def test_dlpack_shares_memory_both_ways(dtype):
    x = rnp.arange(6, dtype="float32").reshape(2, 3).astype(dtype)
    place = x.ptr
    if dtype not in ("int64", "uint64", "float64"):  # with x64 off JAX has none
        theirs = jnp.from_dlpack(x)
        assert str(theirs.dtype) == dtype
        assert np.array_equal(np.asarray(theirs), np.asarray(x))
        back = rnp.from_dlpack(theirs)
        assert (back.dtype, back.ptr) == (x.dtype, theirs.unsafe_buffer_pointer())
    if dtype != "bfloat16":
        seen = np.from_dlpack(x)
        assert seen.__array_interface__["data"] == (place, True)
    again = rnp.from_dlpack(x)
    assert (again.ptr, again.dtype, again.shape) == (place, x.dtype, x.shape)
    del x
    assert np.array_equal(np.asarray(again), np.asarray(rnp.arange(6).reshape(2, 3).astype(dtype)))


def test_a_strided_view_is_shared_too():
    theirs = np.arange(12, dtype="f4").reshape(3, 4)[::2, 1:]
    assert np.array_equal(rnp.from_dlpack(theirs), theirs)
    assert np.array_equal(jnp.from_dlpack(rnp.from_dlpack(np.ascontiguousarray(theirs))), theirs)


def test_asarray_copies_and_narrows():
    theirs = np.arange(3.0)
    x = rnp.asarray(theirs)
    theirs[0] = 7
    assert x.dtype == "float32"
    assert float(x[0]) == 0
    assert rnp.asarray(jnp.arange(3).astype("bfloat16")).dtype == rt.dtypes.bfloat16


@pytest.mark.parametrize("dtype", DTYPES)
def test_pickles_and_copies(dtype):
    x = rnp.arange(3).astype(dtype)
    for y in (pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x)):
        assert (y.dtype, y.weak_type) == (x.dtype, x.weak_type)
        assert np.array_equal(np.asarray(y), np.asarray(x))


def test_weak_types_survive_pickles():
    assert pickle.loads(pickle.dumps(rnp.asarray(1.5))).weak_type


def test_what_numpy_sees_is_read_only_and_shared():
    seen = np.asarray(OURS)
    assert not seen.flags.writeable
    assert seen.__array_interface__["data"][0] == OURS.ptr
    assert np.array(OURS).flags.writeable


def test_the_bytes_are_there_from_python_312_on():
    if sys.version_info >= (3, 12):
        assert memoryview(OURS).tobytes() == np.asarray(OURS).tobytes()
    else:  # a class of Python's own cannot lend its bytes yet
        assert memoryview(np.asarray(OURS)).readonly
