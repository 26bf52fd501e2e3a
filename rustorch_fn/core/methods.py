"""What type checkers and editors know of the operators and methods that rooms above give to arrays.

Nothing here runs. `python tests/array_methods.py` writes this file from rustorch_fn/numpy/methods.py.
"""

# mypy: disable-error-code="empty-body, misc"
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from rustorch_fn.core.array import Array, Device
from rustorch_fn.core.typing import ArrayLike, Axis, DTypeLike, Shape


class Methods:
    """The operators and methods of arrays."""

    __slots__ = ()

    def __add__(self, other: ArrayLike, /) -> Array: ...
    def __radd__(self, other: ArrayLike, /) -> Array: ...
    def __sub__(self, other: ArrayLike, /) -> Array: ...
    def __rsub__(self, other: ArrayLike, /) -> Array: ...
    def __mul__(self, other: ArrayLike, /) -> Array: ...
    def __rmul__(self, other: ArrayLike, /) -> Array: ...
    def __truediv__(self, other: ArrayLike, /) -> Array: ...
    def __rtruediv__(self, other: ArrayLike, /) -> Array: ...
    def __floordiv__(self, other: ArrayLike, /) -> Array: ...
    def __rfloordiv__(self, other: ArrayLike, /) -> Array: ...
    def __mod__(self, other: ArrayLike, /) -> Array: ...
    def __rmod__(self, other: ArrayLike, /) -> Array: ...
    def __pow__(self, other: ArrayLike, /) -> Array: ...
    def __rpow__(self, other: ArrayLike, /) -> Array: ...
    def __matmul__(self, other: ArrayLike, /) -> Array: ...
    def __rmatmul__(self, other: ArrayLike, /) -> Array: ...
    def __and__(self, other: ArrayLike, /) -> Array: ...
    def __rand__(self, other: ArrayLike, /) -> Array: ...
    def __or__(self, other: ArrayLike, /) -> Array: ...
    def __ror__(self, other: ArrayLike, /) -> Array: ...
    def __xor__(self, other: ArrayLike, /) -> Array: ...
    def __rxor__(self, other: ArrayLike, /) -> Array: ...
    def __lshift__(self, other: ArrayLike, /) -> Array: ...
    def __rlshift__(self, other: ArrayLike, /) -> Array: ...
    def __rshift__(self, other: ArrayLike, /) -> Array: ...
    def __rrshift__(self, other: ArrayLike, /) -> Array: ...
    def __divmod__(self, other: ArrayLike, /) -> tuple[Array, Array]: ...
    def __rdivmod__(self, other: ArrayLike, /) -> tuple[Array, Array]: ...
    def __lt__(self, other: ArrayLike, /) -> Array: ...
    def __le__(self, other: ArrayLike, /) -> Array: ...
    def __gt__(self, other: ArrayLike, /) -> Array: ...
    def __ge__(self, other: ArrayLike, /) -> Array: ...
    def __eq__(self, other: object, /) -> Array: ...
    def __ne__(self, other: object, /) -> Array: ...
    def __neg__(self) -> Array: ...
    def __pos__(self) -> Array: ...
    def __abs__(self) -> Array: ...
    def __invert__(self) -> Array: ...
    def reshape(self, *shape: int | Shape, order: str = "C") -> Array:
        """The elements under another shape: x.reshape(2, -1) or x.reshape((2, -1))."""
        ...

    def transpose(self, *axes: int | Sequence[int] | None) -> Array:
        """The axes in another order: x.transpose(), x.transpose(1, 0) or x.transpose((1, 0))."""
        ...

    @property
    def T(self) -> Array:
        """The axes in reversed order."""
        ...

    @property
    def mT(self) -> Array:
        """The last two axes swapped."""
        ...

    @property
    def real(self) -> Array:
        """The real part."""
        ...

    @property
    def imag(self) -> Array:
        """The imaginary part."""
        ...

    def astype(self, dtype: DTypeLike, copy: bool = False, device: Device | None = None) -> Array:
        """The values in another dtype: floats lose their fraction towards 0 and saturate."""
        ...

    def copy(self, order: str | None = None) -> Array:
        """An array with the same values and memory of its own."""
        ...

    def flatten(self, order: str = "C") -> Array:
        """All elements along one axis."""
        ...

    def ravel(self, order: str = "C") -> Array:
        """All elements along one axis."""
        ...

    def squeeze(self, axis: Axis = None) -> Array:
        """Without axes of size 1: all of them, or those that are named."""
        ...

    def swapaxes(self, axis1: int, axis2: int) -> Array:
        """Two axes swapped."""
        ...

    def repeat(self, repeats: ArrayLike, axis: int | None = None, *, total_repeat_length: int | None = None) -> Array:
        """Each element repeated; `repeats` may hold one known number for each."""
        ...

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
        """The elements on a diagonal of two axes, which come last as one."""
        ...

    def trace(
        self, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: DTypeLike | None = None, out: None = None
    ) -> Array:
        """The sum of a diagonal."""
        ...

    def sum(
        self,
        axis: Axis = None,
        dtype: DTypeLike | None = None,
        out: None = None,
        keepdims: bool = False,
        initial: ArrayLike | None = None,
        where: ArrayLike | None = None,
        promote_integers: bool = True,
    ) -> Array:
        """The sum along axes. Raises AxisError for an axis that is not there."""
        ...

    def prod(
        self,
        axis: Axis = None,
        dtype: DTypeLike | None = None,
        out: None = None,
        keepdims: bool = False,
        initial: ArrayLike | None = None,
        where: ArrayLike | None = None,
        promote_integers: bool = True,
    ) -> Array:
        """The product along axes."""
        ...

    def mean(
        self,
        axis: Axis = None,
        dtype: DTypeLike | None = None,
        out: None = None,
        keepdims: bool = False,
        *,
        where: ArrayLike | None = None,
    ) -> Array:
        """The mean along axes. Integers give float32."""
        ...

    def var(
        self,
        axis: Axis = None,
        dtype: DTypeLike | None = None,
        out: None = None,
        ddof: float = 0,
        keepdims: bool = False,
        *,
        where: ArrayLike | None = None,
        mean: ArrayLike | None = None,
        correction: float | None = None,
    ) -> Array:
        """The variance along axes: the mean of squared distances from the mean, with n - ddof in place of n; real."""
        ...

    def std(
        self,
        axis: Axis = None,
        dtype: DTypeLike | None = None,
        out: None = None,
        ddof: float = 0,
        keepdims: bool = False,
        *,
        where: ArrayLike | None = None,
        mean: ArrayLike | None = None,
        correction: float | None = None,
    ) -> Array:
        """The standard deviation along axes: the square root of var."""
        ...

    def max(
        self,
        axis: Axis = None,
        out: None = None,
        keepdims: bool = False,
        initial: ArrayLike | None = None,
        where: ArrayLike | None = None,
    ) -> Array:
        """The greatest along axes; nan wins. Raises ShapeError where there is no element and no `initial`."""
        ...

    def min(
        self,
        axis: Axis = None,
        out: None = None,
        keepdims: bool = False,
        initial: ArrayLike | None = None,
        where: ArrayLike | None = None,
    ) -> Array:
        """The least along axes; nan wins."""
        ...

    def all(
        self, axis: Axis = None, out: None = None, keepdims: bool = False, *, where: ArrayLike | None = None
    ) -> Array:
        """Whether no element along axes is zero."""
        ...

    def any(
        self, axis: Axis = None, out: None = None, keepdims: bool = False, *, where: ArrayLike | None = None
    ) -> Array:
        """Whether some element along axes is not zero."""
        ...

    def argmax(self, axis: Axis = None, out: None = None, keepdims: bool | None = None) -> Array:
        """The place of the greatest along an axis: the first of equals; nan wins."""
        ...

    def argmin(self, axis: Axis = None, out: None = None, keepdims: bool | None = None) -> Array:
        """The place of the least along an axis: the first of equals; nan wins."""
        ...

    def cumsum(self, axis: Axis = None, dtype: DTypeLike | None = None, out: None = None) -> Array:
        """The running sum along an axis, or of all elements."""
        ...

    def cumprod(self, axis: Axis = None, dtype: DTypeLike | None = None, out: None = None) -> Array:
        """The running product along an axis, or of all elements."""
        ...

    def ptp(self, axis: Axis = None, out: None = None, keepdims: bool = False) -> Array:
        """The greatest less the least along axes."""
        ...

    def dot(self, b: ArrayLike, *, precision: Any = None, preferred_element_type: DTypeLike | None = None) -> Array:
        """The sum over the last axis of a and the last but one of b. Raises ShapeError where the inner sizes differ."""
        ...

    def clip(self, /, min: ArrayLike | None = None, max: ArrayLike | None = None) -> Array:
        """arr, but at least min and at most max."""
        ...

    def round(self, decimals: int = 0, out: None = None) -> Array:
        """a rounded to so many decimals, halves to even ones."""
        ...

    def __round__(self, decimals: int = 0, out: None = None) -> Array:
        """a rounded to so many decimals, halves to even ones."""
        ...

    def conj(self, /) -> Array:
        """The complex conjugate; of real numbers themselves."""
        ...

    def conjugate(self, /) -> Array:
        """The complex conjugate; of real numbers themselves."""
        ...

    def take(
        self,
        indices: ArrayLike | Sequence[Any],
        axis: int | None = None,
        out: None = None,
        mode: Any = None,
        unique_indices: bool = False,
        indices_are_sorted: bool = False,
        fill_value: ArrayLike | None = None,
    ) -> Array:
        """The elements at indices along an axis, or of all elements in a row."""
        ...

    def sort(
        self,
        axis: int | None = -1,
        *,
        kind: Any = None,
        order: None = None,
        stable: bool = True,
        descending: bool = False,
    ) -> Array:
        """Sorted along an axis; nan comes last, or first where `descending`."""
        ...

    def argsort(
        self,
        axis: int | None = -1,
        *,
        kind: Any = None,
        order: None = None,
        stable: bool = True,
        descending: bool = False,
        dtype: DTypeLike | None = None,
    ) -> Array:
        """The indices that sort along an axis; equals keep their order."""
        ...

    def nonzero(self, *, size: int | None = None, fill_value: ArrayLike | None = None) -> tuple[Array, ...]:
        """The indices of elements that are not zero; under jit, give their number as `size`."""
        ...

    def searchsorted(
        self, v: ArrayLike, side: str = "left", sorter: ArrayLike | None = None, *, method: str = "scan"
    ) -> Array:
        """Where v would go into the sorted array a: before equals ("left") or after them ("right")."""
        ...

    def compress(self, condition: ArrayLike | Sequence[Any], axis: int | None = None) -> Array:
        """The slices along an axis, or the elements, where condition holds."""
        ...

    def to_device(self, device: Any, /, *, stream: None = None) -> Array:
        """The array on a device: there is one."""
        ...

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        """The module whose functions work on the array: rt.numpy."""
        ...

    @property
    def at(self) -> At:
        """x.at[index].set(values) and its kin give a changed copy of x."""
        ...


class At(Protocol):
    """`x.at`: x.at[index].set(values) and its kin give a changed copy of x."""

    def __getitem__(self, index: Any) -> Place: ...


class Place(Protocol):
    """Some places of an array. Modes for what lies outside: None, 'clip', 'fill'/'drop', 'promise_in_bounds'."""

    def get(
        self,
        *,
        indices_are_sorted: bool = False,
        unique_indices: bool = False,
        mode: Any = None,
        fill_value: ArrayLike | None = None,
        wrap_negative_indices: bool = True,
    ) -> Array:
        """The elements there; with mode='fill', fill_value (nan) for what lies outside."""
        ...

    def set(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with these values there."""
        ...

    def add(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with values added there, as often as an index occurs."""
        ...

    def subtract(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with values subtracted there."""
        ...

    def sub(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with values subtracted there."""
        ...

    def multiply(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with elements there multiplied."""
        ...

    def mul(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with elements there multiplied."""
        ...

    def divide(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with elements there divided."""
        ...

    def power(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with elements there raised to a power."""
        ...

    def min(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with the lesser of element and value there."""
        ...

    def max(self, values: ArrayLike | Sequence[Any], **options: Any) -> Array:
        """The array with the greater of element and value there."""
        ...

    def apply(self, func: Callable[[Array], Any], **options: Any) -> Array:
        """The array with func applied to the elements there, once each."""
        ...
