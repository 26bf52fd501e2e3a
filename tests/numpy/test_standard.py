"""What the array API standard asks of the namespace and of arrays beside functions."""

import pytest

import rustorch_fn as rt
from rustorch_fn import errors

X = rt.numpy.ones((2, 3))


def test_arrays_name_their_namespace():
    assert X.__array_namespace__() is rt.numpy
    assert X.__array_namespace__(api_version="2024.12") is rt.numpy
    assert rt.numpy.__array_api_version__ == "2024.12"
    assert rt.jit(lambda x: x.__array_namespace__().sum(x))(X) == 6
    with pytest.raises(errors.BadArgument, match=r"api_version is not right: '1066'"):
        X.__array_namespace__(api_version="1066")


def test_arrays_know_their_device_under_transforms_too():
    assert X.to_device(X.device) is X
    assert rt.jit(lambda x: x.to_device(x.device))(X).device == X.device
    with pytest.raises(errors.TargetError, match="there is no such device"):
        X.to_device("moon")
    with pytest.raises(errors.BadArgument, match="stream"):
        X.to_device("cpu", stream=3)


def test_the_namespace_says_what_arrays_there_are():
    info = rt.numpy.__array_namespace_info__()
    assert set(info.capabilities()) == {"boolean indexing", "data-dependent shapes", "max dimensions"}
    assert info.devices() == [info.default_device()] == rt.devices()
    assert info.default_dtypes()["real floating"] == rt.numpy.float32
    assert info.dtypes(kind="bool") == {"bool": rt.numpy.bool_}
    assert set(info.dtypes(kind=("bool", "unsigned integer"))) == {"bool", "uint8", "uint16", "uint32", "uint64"}
    with pytest.raises(errors.BadArgument, match="kind is not right: 'text'"):
        info.dtypes(kind="text")
    with pytest.raises(errors.TargetError):
        info.dtypes(device="moon")


def signs(x):
    return ["-" if sign else "+" for sign in rt.numpy.signbit(x).tolist()]


@pytest.mark.parametrize("around", [lambda f: f, rt.jit])
def test_zeros_have_the_signs_of_the_standard(around):
    x, y = rt.numpy.array([-0.0, -0.0, 0.0, 0.0]), rt.numpy.array([2.0, -2.0, 2.0, -2.0])
    assert signs(around(rt.numpy.floor_divide)(x, y)) == ["-", "+", "+", "-"]
    assert signs(around(rt.numpy.remainder)(x, y)) == ["+", "-", "+", "-"]
    assert signs(around(rt.numpy.sign)(x)) == ["+"] * 4
    assert rt.grad(around(rt.numpy.remainder))(0.0, -2.0) == 1


def test_products_conjugate_what_the_standard_says():
    x, y = rt.numpy.array([1 + 2j, 3j]), rt.numpy.array([2 - 1j, 1 + 1j])
    want = (1 - 2j) * (2 - 1j) + (-3j) * (1 + 1j)
    for product in (rt.numpy.vecdot, rt.numpy.vdot):
        assert rt.numpy.allclose(product(x, y), want)
    assert rt.numpy.allclose(rt.numpy.vecmat(x, y[:, None]), want)


def test_limits_are_numbers_of_python():
    for name in ("eps", "max", "min", "smallest_normal"):
        assert type(getattr(rt.numpy.finfo("bfloat16"), name)) is float
    assert rt.numpy.finfo("complex64").bits == 32
    assert rt.numpy.result_type(rt.numpy.dtype("int8"), rt.numpy.dtype("int64")) == rt.numpy.int64


def test_diagonals_beyond_the_matrix_are_empty():
    assert not rt.numpy.eye(2, k=2**40).any()
    assert not rt.numpy.eye(2, k=-(2**40)).any()


def test_unique_of_a_given_size_is_traced():
    found = rt.jit(lambda x: rt.numpy.unique(x, True, True, True, size=3))(rt.numpy.array([3, 1, 3]))
    assert [part.tolist() for part in found] == [[1, 3, 1], [1, 0, 1], [1, 0, 1], [1, 2, 0]]


def test_clip_takes_bounds_that_fit_the_array_alone():
    x = rt.numpy.asarray([7, 2**32 - 1], dtype="uint32")
    assert rt.numpy.clip(x, max=2**31).tolist() == [7, 2**31]
