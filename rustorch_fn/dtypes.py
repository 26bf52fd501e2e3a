"""Types of array elements, and JAX's promotion lattice with weak types.

Defaults are 32-bit; a 64-bit type that is asked for by name is always honoured.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import ml_dtypes
import numpy as np

__all__ = [
    "COMPLEX", "FLOAT8", "FLOATS", "INEXACT", "INTS", "LONG", "LOW", "NARROW", "SHORT", "SIGNED", "UNSIGNED", "WIDE",
    "DType", "KeyType", "asdtype", "bfloat16", "bool_", "complex64", "complex128", "finfo", "float8_e4m3fn",
    "float8_e5m2", "float16", "float32", "float64", "iinfo", "int8", "int16", "int32", "int64", "is_float", "is_int",
    "key", "narrow", "part", "physical", "promote", "uint8", "uint16", "uint32", "uint64", "whole",
]  # fmt: skip

bool_ = np.dtype(np.bool_)
int8, int16, int32, int64 = map(np.dtype, (np.int8, np.int16, np.int32, np.int64))
uint8, uint16, uint32, uint64 = map(np.dtype, (np.uint8, np.uint16, np.uint32, np.uint64))
float16, float32, float64 = map(np.dtype, (np.float16, np.float32, np.float64))
complex64, complex128 = map(np.dtype, (np.complex64, np.complex128))
bfloat16 = np.dtype(ml_dtypes.bfloat16)
float8_e4m3fn, float8_e5m2 = np.dtype(ml_dtypes.float8_e4m3fn), np.dtype(ml_dtypes.float8_e5m2)


class KeyType:
    """The element type of random keys: 64 opaque bits, stored as one uint64 (first word in the low half).

    >>> rt.random.key(0).dtype, rt.dtypes.physical(rt.random.key(0).dtype)
    (key<fry>, dtype('uint64'))
    """

    name = "key<fry>"
    itemsize = 8
    kind = "K"
    type = type("prng_key", (), {"__doc__": "The class by whose name jaxtyping knows JAX's keys."})

    def __repr__(self) -> str:
        return self.name


key = KeyType()
DType = np.dtype | KeyType

# short names: in printed programs and kernels
SHORT: dict[Any, str] = {
    bool_: "bool", int8: "i8", int16: "i16", int32: "i32", int64: "i64",
    uint8: "u8", uint16: "u16", uint32: "u32", uint64: "u64",
    float16: "f16", bfloat16: "bf16", float32: "f32", float64: "f64", key: "key",
    complex64: "c64", complex128: "c128", float8_e4m3fn: "f8e4m3fn", float8_e5m2: "f8e5m2",
}  # fmt: skip
LONG: dict[str, Any] = {short: dtype for dtype, short in SHORT.items()}

FLOAT8 = frozenset((float8_e4m3fn, float8_e5m2))
FLOATS = frozenset((float16, bfloat16, float32, float64)) | FLOAT8
SIGNED = frozenset((int8, int16, int32, int64))
UNSIGNED = frozenset((uint8, uint16, uint32, uint64))
INTS = SIGNED | UNSIGNED
COMPLEX = frozenset((complex64, complex128))
INEXACT = FLOATS | COMPLEX  # what has derivatives
LOW = frozenset((float16, bfloat16)) | FLOAT8  # storage types: arithmetic on them is f32, rounded once per op
NARROW = {int64: int32, uint64: uint32, float64: float32, complex128: complex64}
WIDE = frozenset(NARROW)
_PARTS = {complex64: float32, complex128: float64}
_WHOLES: dict[Any, Any] = {float32: complex64, float64: complex128, complex64: complex64, complex128: complex128}
_PYTHON: dict[Any, Any] = {bool: bool_, int: int32, float: float32, complex: complex64}


def physical(dtype: Any) -> np.dtype:
    """The NumPy type that holds the elements.

    >>> rt.dtypes.physical(rt.random.key(0).dtype)
    dtype('uint64')
    """
    return uint64 if dtype is key else dtype


def part(dtype: Any) -> Any:
    """The type of a complex type's real and imaginary parts; any other type itself.

    >>> rt.dtypes.part(rt.dtypes.complex64), rt.dtypes.part(rt.dtypes.int32)
    (dtype('float32'), dtype('int32'))
    """
    return _PARTS.get(dtype, dtype)


def whole(dtype: Any) -> Any:
    """The complex type that holds a real one's values: 128 bits for 64, else 64.

    >>> rt.dtypes.whole(rt.dtypes.float64), rt.dtypes.whole(rt.dtypes.bfloat16)
    (dtype('complex128'), dtype('complex64'))
    """
    return _WHOLES.get(dtype, complex64)


def is_float(dtype: Any) -> bool:
    """Whether a dtype is one of the real float types.

    >>> rt.dtypes.is_float(rt.dtypes.bfloat16), rt.dtypes.is_float(rt.dtypes.int32)
    (True, False)
    """
    return dtype in FLOATS


def is_int(dtype: Any) -> bool:
    """Whether a dtype is one of the integer types, signed or not; bool is none.

    >>> rt.dtypes.is_int(rt.dtypes.int32), rt.dtypes.is_int(rt.dtypes.bool_)
    (True, False)
    """
    return dtype in INTS


def asdtype(spec: Any) -> Any:
    """The element type that a name, a NumPy type or a Python scalar type asks for.

    >>> rt.dtypes.asdtype("float32"), rt.dtypes.asdtype(int)
    (dtype('float32'), dtype('int32'))
    """
    if isinstance(spec, type) and spec in _PYTHON:
        return _PYTHON[spec]
    if isinstance(spec, KeyType):
        return spec
    if isinstance(spec, str) and spec in LONG:
        return LONG[spec]
    kind = spec if isinstance(spec, type) else getattr(spec, "dtype", spec)
    if isinstance(kind, KeyType):
        return kind
    try:
        dtype = np.dtype(kind) if kind is not None else None  # NumPy's None is float64
    except (TypeError, ValueError):
        dtype = None
    if dtype not in SHORT:
        from rustorch_fn.errors import DtypeError

        works = "bool, (u)int8..64, float16..64, bfloat16, float8_e4m3fn, float8_e5m2 and complex64..128 would work."
        raise DtypeError("dtype: there are no arrays of this type", got=repr(spec)[:80], hint=works)
    return dtype


# --- promotion: the least upper bound in JAX's lattice; "i*", "f*", "c*" are Python's weak int, float, complex ---
_UP: dict[Any, tuple[Any, ...]] = {
    bool_: ("i*",), "i*": (uint8, int8),
    uint8: (int16, uint16), uint16: (int32, uint32), uint32: (int64, uint64), uint64: ("f*",),
    int8: (int16,), int16: (int32,), int32: (int64,), int64: ("f*",),
    "f*": (bfloat16, float16, "c*", float8_e4m3fn, float8_e5m2), float8_e4m3fn: (), float8_e5m2: (),
    bfloat16: (float32,), float16: (float32,), float32: (float64, complex64),
    float64: (complex128,), "c*": (complex64,), complex64: (complex128,), complex128: (),
}  # fmt: skip


@lru_cache(None)
def _above(node: Any) -> frozenset[Any]:
    return frozenset((node,)).union(*(_above(up) for up in _UP[node]))


def _node(dtype: Any, weak: bool) -> Any:
    return dtype if not weak or dtype == bool_ else "f*" if dtype in FLOATS else "c*" if dtype in COMPLEX else "i*"


@lru_cache(4096)
def promote(*kinds: tuple[Any, bool]) -> tuple[Any, bool]:
    """The common type of (dtype, weak) pairs, and whether it is weak.

    >>> rt.dtypes.promote((rt.dtypes.int32, False), (rt.dtypes.float32, True))
    (dtype('float32'), True)
    """
    from rustorch_fn.errors import DtypeError

    dtypes = {dtype for dtype, _ in kinds}
    if key in dtypes:
        if len(dtypes) > 1:
            got = " · ".join(sorted(map(str, dtypes)))
            raise DtypeError("promotion: a random key and a number have no common type", got=got,
                             hint="rt.random.key_data(key) gives a key's words.")  # fmt: skip
        return key, False
    nodes = {_node(dtype, weak) for dtype, weak in kinds}
    if len(nodes) == 1 and len(dtypes) == 1:
        return next(iter(dtypes)), all(weak for _, weak in kinds)
    bounds = frozenset.intersection(*map(_above, nodes))
    if not bounds:
        got = " · ".join(sorted(map(str, dtypes)))
        raise DtypeError("promotion: 8-bit floats and other floats have no common type", got=got,
                         hint="Convert them first with x.astype(…); Python numbers adapt to them.")  # fmt: skip
    least = next(b for b in bounds if _above(b) == bounds)
    if isinstance(least, str):
        # weak kinds take the widest type that was there, else the default
        same = [d for d, weak in kinds if _node(d, weak) == least]
        default = {"i*": int32, "f*": float32, "c*": complex64}[least]
        return (max(same, key=lambda d: d.itemsize) if same else default), True
    # 64 bits never arise from narrower types: nobody asked for them
    return (least if not dtypes.isdisjoint(WIDE) else narrow(least)), False


finfo = lru_cache(None)(ml_dtypes.finfo)
iinfo = lru_cache(None)(ml_dtypes.iinfo)


def narrow(dtype: Any) -> Any:
    """What a NumPy value of this type becomes when nobody asked for 64 bits.

    >>> rt.dtypes.narrow(np.dtype("float64")), rt.dtypes.narrow(np.dtype("float16"))
    (dtype('float32'), dtype('float16'))
    """
    return NARROW.get(dtype, dtype)


def __dir__() -> list[str]:
    return __all__
