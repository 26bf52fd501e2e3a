"""Element types and constants under NumPy's names."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import lift
from rustorch_fn.typing import ArrayLike, Axis, DTypeLike

Casting = Literal["no", "equiv", "safe", "same_kind", "unsafe"]


class ScalarType:
    """An element type under its NumPy name: a dtype that also makes arrays, `float32(3)`."""

    __slots__ = ("dtype", "__name__")

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        self.__name__ = dtype.name

    def __call__(self, x: Any = 0) -> Any:
        return lift.asarray(x, self.dtype)

    def __eq__(self, other: object) -> bool:
        try:
            return bool(self.dtype == getattr(other, "dtype", other))
        except TypeError:
            return NotImplemented

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        return f"rustorch_fn.numpy.{self.dtype.name}"


bool_ = ScalarType(dtypes.bool_)
int8, int16, int32, int64 = map(ScalarType, (dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64))
uint8, uint16, uint32, uint64 = map(ScalarType, (dtypes.uint8, dtypes.uint16, dtypes.uint32, dtypes.uint64))
float16, float32, float64 = map(ScalarType, (dtypes.float16, dtypes.float32, dtypes.float64))
bfloat16 = ScalarType(dtypes.bfloat16)
float8_e4m3fn, float8_e5m2 = ScalarType(dtypes.float8_e4m3fn), ScalarType(dtypes.float8_e5m2)
complex64, complex128 = ScalarType(dtypes.complex64), ScalarType(dtypes.complex128)
int_, uint, float_, complex_ = int32, uint32, float32, complex64
single, double, csingle, cdouble = float32, float64, complex64, complex128

# abstract kinds, for issubdtype
generic, number, integer, signedinteger, unsignedinteger, inexact, floating, complexfloating = (
    np.generic, np.number, np.integer, np.signedinteger, np.unsignedinteger, np.inexact, np.floating,
    np.complexfloating,
)  # fmt: skip

pi, e, inf, nan, euler_gamma = math.pi, math.e, math.inf, math.nan, 0.5772156649015329
newaxis = None


def dtype(dtype: DTypeLike, align: bool = False, copy: bool = False) -> Any:
    """The element type that a name or a type stands for.

    >>> rt.numpy.dtype("float32"), rt.numpy.dtype("bfloat16")
    (dtype('float32'), dtype(bfloat16))
    """
    return dtypes.asdtype(dtype)


class Limits:
    """The limits of a float type, as Python's numbers: they do not widen what they are used with."""

    __slots__ = ("_of",)

    def __init__(self, of: Any) -> None:
        self._of = of

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._of, name)
        return float(value) if isinstance(value, np.generic | float) else value

    def __repr__(self) -> str:
        return repr(self._of)


def finfo(dtype: DTypeLike) -> Any:
    """The limits of a float type; of a complex type those of its parts.

    >>> rt.numpy.finfo("float32").bits
    32
    """
    kind = dtypes.part(dtypes.asdtype(getattr(dtype, "dtype", dtype)))
    if kind not in dtypes.FLOATS:
        raise errors.DtypeError("finfo: no float type", got=kind, hint="iinfo knows the integers.")
    return Limits(dtypes.finfo(kind))


def iinfo(int_type: DTypeLike) -> Any:
    """The limits of an integer type.

    >>> rt.numpy.iinfo("int8").max
    127
    """
    kind = dtypes.asdtype(getattr(int_type, "dtype", int_type))
    if kind not in dtypes.INTS:
        raise errors.DtypeError("iinfo: no integer type", got=kind, hint="finfo knows the floats.")
    return dtypes.iinfo(kind)


def promote_types(a: DTypeLike, b: DTypeLike) -> Any:
    """The type that operands of two types have in common; `int`, `float` and `complex` are Python's weak ones.

    >>> rt.numpy.promote_types("int8", "uint8"), rt.numpy.promote_types("int32", "float16")
    (dtype('int16'), dtype('float16'))
    """
    return dtypes.promote(_kind(a), _kind(b))[0]


def _kind(x: Any) -> tuple[Any, bool]:
    if x is int or x is float or x is complex:
        return dtypes.asdtype(x), True
    return dtypes.asdtype(x), False


def result_type(*args: ArrayLike | DTypeLike) -> Any:
    """The type that an op on these arrays, numbers and types gives.

    >>> rt.numpy.result_type(rt.numpy.array([1]), 2.0)
    dtype('float32')
    """
    if not args:
        raise errors.BadArgument("result_type", "args", args, "At least one array, number or type")
    wide = any(isinstance(a, lift.Value) and a.dtype in lift.WIDE for a in args)
    kinds = [
        _kind(a) if isinstance(a, str | type | np.dtype | ScalarType) else lift.kind("result_type", a, wide)
        for a in args
    ]
    return dtypes.promote(*kinds)[0]


def issubdtype(arg1: Any, arg2: Any) -> bool:
    """Whether one type is of a kind: issubdtype(x.dtype, floating).

    >>> rt.numpy.issubdtype("float32", rt.numpy.floating)
    True
    """
    kind = dtypes.asdtype(arg1) if not (isinstance(arg1, type) and issubclass(arg1, np.generic)) else arg1
    if arg2 in (float, int, bool, complex):
        arg2 = {float: np.floating, int: np.integer, bool: np.bool_, complex: np.complexfloating}[arg2]
    if kind in dtypes.FLOAT8 or kind == dtypes.bfloat16:
        return arg2 in (np.generic, np.number, np.inexact, np.floating) or arg2 == kind
    if isinstance(arg2, ScalarType):
        arg2 = arg2.dtype
    try:
        return bool(np.issubdtype(kind, arg2))
    except TypeError:
        raise errors.BadArgument("issubdtype", "arg2", arg2, "A type, or a kind like rt.numpy.floating") from None


_KINDS = {
    "bool": frozenset((dtypes.bool_,)), "signed integer": dtypes.SIGNED, "unsigned integer": dtypes.UNSIGNED,
    "integral": dtypes.INTS, "real floating": dtypes.FLOATS, "complex floating": dtypes.COMPLEX,
    "numeric": dtypes.INTS | dtypes.INEXACT,
}  # fmt: skip


def isdtype(dtype: DTypeLike, kind: Any) -> bool:
    """Whether a type is of a kind: 'bool', 'integral', 'real floating', 'numeric' … or one of several.

    >>> rt.numpy.isdtype("float32", "real floating")
    True
    """
    if isinstance(kind, tuple):
        return any(isdtype(dtype, k) for k in kind)
    if isinstance(kind, str) and kind in _KINDS:
        return dtypes.asdtype(dtype) in _KINDS[kind]
    return bool(dtypes.asdtype(dtype) == dtypes.asdtype(kind))


def can_cast(from_: Any, to: DTypeLike, casting: Casting = "safe") -> bool:
    """Whether NumPy's casting rule allows it.

    >>> rt.numpy.can_cast("int32", "float64"), rt.numpy.can_cast("float64", "int32")
    (True, False)
    """
    return bool(np.can_cast(dtypes.physical(dtypes.asdtype(from_)), dtypes.physical(dtypes.asdtype(to)), casting))


def shape(a: Any) -> tuple[int, ...]:
    """The shape of an array or of nested lists.

    >>> rt.numpy.shape(rt.numpy.ones((2, 3)))
    (2, 3)
    """
    return a.shape if isinstance(a, lift.Value) else np.shape(a)


def ndim(a: Any) -> int:
    """The number of axes.

    >>> rt.numpy.ndim(rt.numpy.ones((2, 3)))
    2
    """
    return len(shape(a))


def size(a: Any, axis: Axis = None) -> int:
    """The number of elements, or the size of an axis.

    >>> rt.numpy.size(rt.numpy.ones((2, 3)))
    6
    """
    sizes = shape(a)
    if axis is None:
        return math.prod(sizes)
    return math.prod(sizes[k] for k in lift.axes_of("size", axis, len(sizes)))


def isscalar(element: Any) -> bool:
    """Whether it is a number: Python's, NumPy's, or an array without axes.

    >>> rt.numpy.isscalar(3.0), rt.numpy.isscalar(rt.numpy.array([1.0]))
    (True, False)
    """
    return bool(np.isscalar(element)) or (isinstance(element, lift.Value | np.ndarray) and element.ndim == 0)


def iterable(y: object) -> bool:
    """Whether one can loop over it.

    >>> rt.numpy.iterable(rt.numpy.array([1.0])), rt.numpy.iterable(3)
    (True, False)
    """
    try:
        iter(y)  # type: ignore[call-overload]
    except TypeError:
        return False
    return True


def isrealobj(x: Any) -> bool:
    """Whether the type is real.

    >>> rt.numpy.isrealobj(rt.numpy.array([1.0]))
    True
    """
    return not iscomplexobj(x)


def iscomplexobj(x: Any) -> bool:
    """Whether the type is complex.

    >>> rt.numpy.iscomplexobj(rt.numpy.array([1j]))
    True
    """
    return x.dtype in dtypes.COMPLEX if isinstance(x, lift.Value) else bool(np.iscomplexobj(x))
