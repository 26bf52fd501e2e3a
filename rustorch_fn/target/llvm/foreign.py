"""Foreign functions that kernels call: SciPy shows the addresses of LAPACK and BLAS as capsules.

An object asks for `scipy_lapack_dpotrf` or `scipy_blas_dtrsm`; the engine resolves such names when it links the object,
so that what lies on disk holds no address. SciPy is imported then.
"""

from __future__ import annotations

import ctypes
import re
from functools import cache

from rustorch_fn import errors

_SYMBOL = re.compile(rb"scipy_(?:lapack|blas)_[a-z0-9]+")


def asked(code: bytes) -> dict[str, int]:
    """The addresses of the functions that an object's code asks for, by their symbols."""
    return {symbol.decode(): address(symbol.decode()) for symbol in sorted(set(_SYMBOL.findall(code)))}


@cache
def address(symbol: str) -> int:
    """Where a function of SciPy's library is in memory."""
    _, library, name = symbol.split("_")
    try:
        from scipy.linalg import cython_blas, cython_lapack
    except ImportError as error:
        raise errors.MissingExtra("linear algebra", "scipy") from error
    capsule = (cython_lapack if library == "lapack" else cython_blas).__pyx_capi__[name]
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype, api.PyCapsule_GetName.argtypes = ctypes.c_char_p, [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    return int(api.PyCapsule_GetPointer(capsule, api.PyCapsule_GetName(capsule)))
