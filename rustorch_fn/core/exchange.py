"""Memory shared with other libraries by DLPack, bfloat16 included, which NumPy's own exchange does not know.

NumPy makes and reads the capsules. For bfloat16 it is shown the bits as uint16, and the type that stands in the
capsule is changed (https://dmlc.github.io/dlpack/latest/c_api.html: DLTensor, DLDataType, DLManagedTensorVersioned).
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from rustorch_fn import dtypes

_UINT, _BFLOAT = 1, 4  # codes of element types
_TYPE = 20  # bytes of a DLTensor before its element type: data, device, number of axes
# the names of capsules, and how many bytes stand before the DLTensor in what they hold
_TENSORS = {b"dltensor": 0, b"dltensor_versioned": 32}

_name = ctypes.pythonapi.PyCapsule_GetName
_name.restype, _name.argtypes = ctypes.c_char_p, [ctypes.py_object]
_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


class _Open:
    """Memory that says it may be written to: consumers without a word for read-only (JAX) keep arrays immutable."""

    def __init__(self, view: np.ndarray) -> None:
        self.view = view
        self.__array_interface__ = {**view.__array_interface__, "data": (view.__array_interface__["data"][0], False)}


class _Shown:
    """What NumPy reads in the place of another library's array."""

    def __init__(self, x: Any) -> None:
        self.x, self.bfloat = x, False

    def __dlpack__(self, **options: Any) -> Any:
        try:
            capsule = self.x.__dlpack__(**options)
        except TypeError:  # a producer of the first standard, which takes no options
            capsule = self.x.__dlpack__()
        self.bfloat = _retyped(capsule, _BFLOAT, _UINT)
        return capsule

    def __dlpack_device__(self) -> Any:
        return self.x.__dlpack_device__()


def _retyped(capsule: Any, old: int, new: int) -> bool:
    """Change the code of a capsule's 16-bit element type, where it is the old one."""
    name = _name(capsule)
    address = _pointer(capsule, name) + _TENSORS[name] + _TYPE
    kind = (ctypes.c_uint8 * 2).from_address(address)
    found = (kind[0], kind[1]) == (old, 16)
    if found:
        kind[0] = new
    return found


def give(view: np.ndarray, **options: Any) -> Any:
    """A capsule over an array's memory, which the consumer keeps alive."""
    bfloat = view.dtype == dtypes.bfloat16
    shown = view.view(np.uint16) if bfloat else view
    if (options.get("max_version") or (0, 0)) < (1, 0) and not options.get("copy"):
        shown = np.asarray(_Open(shown))
    capsule = shown.__dlpack__(**options)
    if bfloat:
        _retyped(capsule, _UINT, _BFLOAT)
    return capsule


def take(x: Any) -> np.ndarray:
    """Another library's array as NumPy sees it, over the same memory."""
    shown = _Shown(x)
    view = np.from_dlpack(shown)
    return view.view(dtypes.bfloat16) if shown.bfloat else view
