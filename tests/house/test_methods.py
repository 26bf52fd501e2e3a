"""Methods that public rooms give to arrays are found on every kind of tracer."""

import rustorch_fn as rt
from rustorch_fn.core.array import Array, Value
from rustorch_fn.core.trace import Tracer


def kinds(cls):
    yield cls
    for sub in cls.__subclasses__():
        yield from kinds(sub)


def shadowed():
    """Own attributes of tracers and arrays that hide a public method."""
    public = {name for name in vars(Value) if not name.startswith("_")}
    own = {"aval", "concrete", "shape", "dtype", "weak_type", "ndim", "size", "nbytes", "itemsize"}
    return {(cls.__name__, name) for cls in (*kinds(Tracer), Array) for name in vars(cls) if name in public - own}


def test_no_tracer_hides_a_method():
    assert rt.numpy.arange(3.0).var() == rt.jit(lambda x: x.var())(rt.numpy.arange(3.0))
    assert shadowed() == set()


def test_a_hidden_method_is_found():
    class Hiding(Tracer):
        __slots__ = ("mean",)

    assert ("Hiding", "mean") in shadowed()
    # the class may outlive this test, in which the other one must not find it
    del Hiding.mean
