"""The types that public signatures speak of, to annotate your own functions with.

>>> from rustorch_fn.typing import Array, ArrayLike
>>> def halved(x: ArrayLike) -> Array: ...

`ArrayLike` is what functions take as one operand: arrays of ours and NumPy's, and Python numbers. `DTypeLike` names an
element type, `Shape` the sizes of axes, `Axis` one axis, some, or None for all. A `PyTree` is nested tuples, lists,
dicts and registered classes with arrays as leaves.
"""

from rustorch_fn.core.array import Array, Device
from rustorch_fn.core.typing import ArrayLike, Axis, DTypeLike, HasDType, PyTree, Shape

__all__ = ["Array", "ArrayLike", "Axis", "DTypeLike", "Device", "HasDType", "PyTree", "Shape"]


def __dir__() -> list[str]:
    return __all__
