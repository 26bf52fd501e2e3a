"""Array: an immutable value in memory; Buffer: the memory; Form: what fast paths compare."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakValueDictionary

import numpy as np

from rustorch_fn import dtypes, errors, rich
from rustorch_fn.boundary import boundary, close_class, hide
from rustorch_fn.core import exchange, forks
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.roles import roles


class Device:
    """A place where arrays live and programs run.

    >>> rt.devices()[0]
    cpu:0
    """

    __slots__ = ("platform", "id")

    def __init__(self, platform: str, id: int) -> None:
        self.platform, self.id = platform, id

    def __repr__(self) -> str:
        return f"{self.platform}:{self.id}"


CPU = Device("cpu", 0)


class Form:
    """An aval with its layout (byte strides; None is row-major) and device. Interned: compare by identity."""

    __slots__ = ("aval", "layout", "device", "__weakref__")

    def __init__(self, aval: Aval, layout: tuple[int, ...] | None, device: Device) -> None:
        self.aval, self.layout, self.device = aval, layout, device

    def __repr__(self) -> str:
        return f"{self.aval!r}{'' if self.layout is None else self.layout}@{self.device}"


# a Form lives as long as somebody holds it, so that a stream of new shapes leaves nothing behind
_forms: WeakValueDictionary[Any, Form] = WeakValueDictionary()
_forms_lock = forks.lock()


def form(aval: Aval, layout: tuple[int, ...] | None = None, device: Device = CPU) -> Form:
    """The one Form with these parts."""
    key = (aval, layout, device.platform, device.id)
    found = _forms.get(key)
    if found is None:
        # two threads may ask at once, and identity must hold
        with _forms_lock:
            found = _forms.get(key)
            if found is None:
                found = _forms[key] = Form(aval, layout, device)
    return found


class Buffer:
    """Memory with a holder count: CPython's own. `release(ptr, nbytes)` gives it back when nobody holds it."""

    __slots__ = ("ptr", "nbytes", "release")

    def __init__(self, ptr: int, nbytes: int, release: Callable[[int, int], None]) -> None:
        self.ptr, self.nbytes, self.release = ptr, nbytes, release

    @property
    def __array_interface__(self) -> dict[str, Any]:
        # whoever reads the bytes through NumPy holds this Buffer as the array's base
        return {"shape": (self.nbytes,), "typestr": "|u1", "data": (self.ptr, True), "version": 3}

    def __del__(self) -> None:
        release = self.release
        if release is not None:
            release(self.ptr, self.nbytes)


if TYPE_CHECKING:
    from rustorch_fn.core.methods import Methods
else:
    Methods = object


class Value(Methods):
    """What Arrays and Tracers share: type, operators, and methods that public rooms register."""

    __slots__ = ()
    __array_priority__: ClassVar[int] = 100
    __hash__ = None  # type: ignore[assignment]

    aval: Aval

    def concrete(self, kind: str) -> np.ndarray:
        """The elements, for a conversion to this Python type. A traced value has none and raises."""
        raise errors.InternalError("a value without a meaning")

    @property
    def shape(self) -> tuple[int, ...]:
        return self.aval.shape

    @property
    def dtype(self) -> Any:
        return self.aval.dtype

    @property
    def weak_type(self) -> bool:
        return self.aval.weak_type

    @property
    def ndim(self) -> int:
        return len(self.aval.shape)

    @property
    def size(self) -> int:
        return self.aval.size

    @property
    def nbytes(self) -> int:
        return self.aval.nbytes

    @property
    def itemsize(self) -> int:
        return int(self.aval.dtype.itemsize)

    @property
    def device(self) -> Device:
        """The device that holds the array."""
        held = getattr(self, "form", None)
        return CPU if held is None else held.device

    def __len__(self) -> int:
        if not self.aval.shape:
            raise errors.BadType("len", "x", self, "An array with an axis")
        return self.aval.shape[0]

    def __iter__(self) -> Iterator[Array]:
        if not self.aval.shape:
            raise errors.BadType("iteration", "x", self, "An array with an axis")
        return (self[i] for i in range(self.aval.shape[0]))

    def __getitem__(self, index: Any) -> Array:
        try:
            return roles.index(self, index)  # type: ignore[no-any-return]
        except BaseException as error:
            hide(error)
            raise

    def __setitem__(self, index: Any, value: Any) -> None:
        raise errors.ImmutableArray()

    def __bool__(self) -> bool:
        return bool(self.concrete("bool"))

    def __int__(self) -> int:
        return int(self.concrete("int"))

    def __float__(self) -> float:
        return float(self.concrete("float"))

    def __complex__(self) -> complex:
        return complex(self.concrete("complex"))

    def __index__(self) -> int:
        if self.aval.dtype not in dtypes.INTS or self.aval.shape:
            raise errors.BadType("index", "x", self, "An int, or an array of one integer without axes,")
        return int(self.concrete("index"))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        view = self.concrete("array")
        if dtype is not None and view.dtype != dtype:
            return view.astype(dtype)
        return view.copy() if copy else view

    def item(self, *args: Any) -> Any:
        """The value as a Python scalar."""
        view = self.concrete("item")
        try:
            return view.item(*args)
        except (IndexError, ValueError, TypeError):
            works = f"x.item({', '.join('0' * view.ndim)})" if args else "An array of one element, or x.tolist(),"
            raise errors.BadArgument("item", "args" if args else "x", args or self, works) from None

    def tolist(self) -> Any:
        """The values as nested Python lists."""
        return self.concrete("item").tolist()


def register_operator(name: str, function: Callable[..., Any], operands: int = 2, swaps: bool = True) -> None:
    """Give arrays and tracers the operator `__name__` (and `__rname__`, where it `swaps`)."""

    # a face of their own (see boundary.py), as these are called all the time
    def one(self: Any) -> Any:
        try:
            return function(self)
        except BaseException as error:
            hide(error)
            raise

    def two(self: Any, other: Any) -> Any:
        try:
            return function(self, other)
        except BaseException as error:
            hide(error)
            raise

    def swapped(self: Any, other: Any) -> Any:
        try:
            return function(other, self)
        except BaseException as error:
            hide(error)
            raise

    setattr(Value, f"__{name}__", one if operands == 1 else two)
    if operands == 2 and swaps:
        setattr(Value, f"__r{name}__", swapped)


def register_method(name: str, function: Any) -> None:
    """Give arrays and tracers a method (or property) that a public room defines."""
    read: Any = function.fget if isinstance(function, property) else function
    if isinstance(read, type):
        # x.at makes a helper, whose methods are what users call
        close_class(read)
    else:
        face = boundary(read, explain=True)
        function = property(face, doc=function.__doc__) if isinstance(function, property) else face
    setattr(Value, name, function)


class _ArrayType(type):
    """What traced functions hold stands for arrays, so isinstance and issubclass count it as such."""

    def __instancecheck__(cls, x: object) -> bool:
        return isinstance(x, Value)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, Value)


class Array(Value, metaclass=_ArrayType):
    """An immutable array on a device.

    `view` is its read-only NumPy face, made when first asked for; `ptr` is its address.

    >>> x = rt.numpy.array([[1, 2, 3]])
    >>> x.shape, x.dtype, x.sum().item()
    ((1, 3), dtype('int32'), 6)
    >>> x.at[0, 1].set(9)
    Array([[1, 9, 3]], dtype=int32)
    """

    __slots__ = ("form", "buffer", "_ptr", "_view", "__weakref__")

    form: Form
    buffer: Any
    _ptr: int | None
    _view: np.ndarray | None

    def __init__(self, *_: Any) -> None:
        raise TypeError("make arrays with rustorch_fn.numpy.array or asarray")

    @staticmethod
    def of(view: np.ndarray, form: Form) -> Array:
        """Take over a NumPy array that nobody will write to."""
        self = object.__new__(Array)
        self.form, self.buffer, self._ptr, self._view = form, None, None, view
        return self

    @staticmethod
    def on(buffer: Buffer, form: Form) -> Array:
        """The whole of a Buffer, row-major."""
        self = object.__new__(Array)
        self.form, self.buffer, self._ptr, self._view = form, buffer, buffer.ptr, None
        return self

    @property
    def aval(self) -> Aval:
        """Shape, dtype and whether that is weak."""
        return self.form.aval

    def devices(self) -> set[Device]:
        """The devices that hold the array."""
        return {self.form.device}

    @property
    def view(self) -> np.ndarray:
        """The elements as a read-only NumPy array that shares the memory."""
        view = self._view
        if view is None:
            if self.buffer is None:
                raise errors.DeletedArray(self.form.aval)
            aval = self.form.aval
            view = np.asarray(self.buffer)[: aval.nbytes].view(dtypes.physical(aval.dtype)).reshape(aval.shape)
            self._view = view
        return view

    @property
    def ptr(self) -> int:
        """The address of the elements in row-major order without gaps; a view of another order is copied once."""
        pointer = self._ptr
        if pointer is None:
            view = self.view
            if not view.flags.c_contiguous:
                try:
                    view = self._view = np.ascontiguousarray(view)
                except MemoryError:
                    raise errors.OutOfMemory(view.nbytes) from None
            pointer = self._ptr = int(view.__array_interface__["data"][0])
        return pointer

    def concrete(self, kind: str) -> np.ndarray:
        """The elements, for a conversion to this Python type. Raises where only one element could be converted."""
        view = self.view
        if kind == "bool" and view.size != 1:
            raise errors.AmbiguousTruth(self.aval)
        if kind in ("int", "float", "complex") and view.size != 1:
            raise errors.BadType(kind, "x", self, "An array with exactly one element")
        if kind in ("int", "float") and self.dtype in dtypes.COMPLEX:
            raise errors.BadType(kind, "x", self, "x.real, or complex(x),")
        if kind == "array" and self.dtype is dtypes.key:
            raise errors.BadType("numpy.asarray", "x", self, "rt.random.key_data(key), which gives a key's words,")
        if view.flags.writeable:
            view = view.view()
            view.flags.writeable = False
        return view

    def block_until_ready(self) -> Array:
        """The array itself: execution is synchronous."""
        return self

    def is_deleted(self) -> bool:
        """Whether the array was donated or deleted."""
        return self.buffer is None and self._view is None

    def delete(self) -> None:
        """Give the memory back now; any later use raises DeletedArray."""
        self.buffer = self._view = self._ptr = None

    def sole(self) -> bool:
        """Whether this array alone holds its Buffer, so that its memory may be taken over."""
        # one reference from this array, one from getrefcount's argument
        return self._view is None and self.buffer is not None and sys.getrefcount(self.buffer) == 2

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[Any, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        asked = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
        return exchange.give(self.concrete("array"), **{k: v for k, v in asked.items() if v is not None})

    def __buffer__(self, flags: int) -> memoryview:
        return memoryview(self.concrete("array"))  # type: ignore[arg-type]

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)

    def __reduce__(self) -> Any:
        return _restore, (np.ascontiguousarray(self.view), self.aval.weak_type, dtypes.SHORT[self.dtype])

    def __copy__(self) -> Array:
        return self

    def __deepcopy__(self, memo: Any) -> Array:
        return Array.of(self.view.copy(), form(self.aval, None, self.device))

    def __repr__(self) -> str:
        return self._said(1000)

    def _said(self, elements: int) -> str:
        """How the array is written, in full where it has no more elements."""
        if self.is_deleted():
            return f"Array(deleted, {self.form.aval})"
        if self.dtype is dtypes.key:
            return f"Array({self.shape}, dtype=key<fry>) overlaying:\n{key_words(self.view)}"
        view = self.view
        tail = f"dtype={self.dtype}" + (", weak_type=True" if self.weak_type else "")
        body = np.array2string(view, separator=", ", prefix="Array(", suffix=")", threshold=elements)
        if view.size == 0 and view.shape != (0,):
            tail = f"shape={self.shape}, {tail}"
        return f"Array({body}, {tail})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        if self.is_deleted() or self.size <= rich.BRIEF:
            text = repr(self)
        elif rich.nested(printer):
            text = f"Array({self.aval})"
        elif rich.corner(self.view)[1]:
            text = f"Array({self.aval}), {self._corner()}"
        else:
            text = self._said(rich.ELEMENTS)
        rich.put(printer, rich.cut(text))

    def _repr_html_(self) -> str:
        if self.is_deleted():
            return rich.panel(repr(self))
        title = f"{self.aval} on {self.device}, {rich.bytes_text(self.nbytes)}"
        return rich.panel(title, rich.cut(self._corner()))

    def _corner(self) -> str:
        """As many elements as a notebook shows."""
        view, which = rich.corner(key_words(self.view) if self.dtype is dtypes.key else self.view)
        return which + np.array2string(view, separator=", ", threshold=rich.ELEMENTS)

    def __str__(self) -> str:
        return repr(self) if self.dtype is dtypes.key or self.is_deleted() else str(self.view)

    def __format__(self, spec: str) -> str:
        return format(self.view[()], spec) if not self.shape else format(str(self), spec)


def key_words(view: np.ndarray) -> np.ndarray:
    """The two uint32 words of each key."""
    return np.ascontiguousarray(view).view(np.uint32).reshape(*view.shape, 2)


def _restore(view: np.ndarray, weak: bool, short: str) -> Array:
    return Array.of(view, form(Aval(view.shape, dtypes.LONG[short], weak)))


# what is asked of an array all the time, from within too, says nothing wrong
_PLAIN = ("aval", "shape", "dtype", "weak_type", "ndim", "size", "nbytes", "itemsize", "view", "ptr", "concrete")
close_class(Array, but=(*_PLAIN, "__getitem__", "of", "on", "device", "sole"))
