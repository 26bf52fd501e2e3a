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
