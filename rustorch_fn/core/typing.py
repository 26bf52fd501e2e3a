"""The types that public signatures speak of, in one place; `rustorch_fn.typing` is their public name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from rustorch_fn.core.array import Array
from rustorch_fn.dtypes import KeyType

__all__ = ["Array", "ArrayLike", "Axis", "DTypeLike", "HasDType", "PyTree", "Shape"]


@runtime_checkable
class HasDType(Protocol):
    """Anything that has an element type: `rt.numpy.float32`, an array, a ShapeDtypeStruct."""

    @property
    def dtype(self) -> Any:
        """The type of the elements."""


# what functions take as one operand; lists go through rt.numpy.asarray first
ArrayLike: TypeAlias = Array | np.ndarray[Any, Any] | np.bool_ | np.number[Any] | bool | int | float
# what names an element type: "float32", float, numpy.float32, rt.numpy.float32, x.dtype
DTypeLike: TypeAlias = str | type[Any] | np.dtype[Any] | KeyType | HasDType
# sizes of axes
Shape: TypeAlias = Sequence[int]
# one axis, some axes, or None for all
Axis: TypeAlias = int | Sequence[int] | None
# nested tuples, lists, dicts and registered classes, with arrays (or anything else) as leaves
PyTree: TypeAlias = Any
