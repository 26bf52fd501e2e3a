"""The short way into a program: arrays made and read by `kernels/arrays.ll`, without Python.

Where an interpreter lays objects out in another way than is expected here, nothing of this is used: `native` gives
None, and programs are called through `Executable.run`.
"""

from __future__ import annotations

import ctypes
import functools
import sys
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from rustorch_fn import dtypes, flags
from rustorch_fn.core.array import Array, Buffer, Form, form
from rustorch_fn.core.aval import Aval
from rustorch_fn.target.llvm.memory import SIZES, Allocator, size_class

# arrays -> the one result or a list; None: not this way; an integer: a step failed
Short: TypeAlias = Callable[..., Any]

HEAD = object.__basicsize__  # bytes of an object before its own
TYPE, COUNT = HEAD - 8, HEAD - 16  # where an object's type and its count of references are
STATE, SHELF = 8, 4  # words of rt_memory before the shelves, and of one
WORDS = STATE + SHELF * len(SIZES)
EXPORTS = tuple(f"rt_{name}" for name in "memory types take block_gone borrow return stock strip arrays".split())
FASTCALL, ONE = 0x80, 0x08  # CPython's METH_FASTCALL and METH_O


class _Method(ctypes.Structure):
    """CPython's PyMethodDef."""

    _fields_ = [("name", ctypes.c_char_p), ("meth", ctypes.c_void_p), ("flags", ctypes.c_int), ("doc", ctypes.c_char_p)]


class _Member(ctypes.Structure):
    """CPython's PyMemberDef."""

    _fields_ = [
        ("name", ctypes.c_char_p), ("type", ctypes.c_int), ("offset", ctypes.c_ssize_t), ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]  # fmt: skip


class _Slot(ctypes.Structure):
    """CPython's PyType_Slot."""

    _fields_ = [("slot", ctypes.c_int), ("value", ctypes.c_void_p)]


class _Spec(ctypes.Structure):
    """CPython's PyType_Spec."""

    _fields_ = [
        ("name", ctypes.c_char_p), ("basicsize", ctypes.c_int), ("itemsize", ctypes.c_int), ("flags", ctypes.c_uint),
        ("slots", ctypes.POINTER(_Slot)),
    ]  # fmt: skip


_kept: list[Any] = []  # what CPython points to for good


def forever(*objects: object) -> None:
    """Let objects outlive the interpreter: arrays go last of all, and the code that frees them has to be there."""
    for x in objects:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(x))


def builtin(address: int, number: int = 0, convention: int = FASTCALL, keep: object = None) -> Callable[..., Any]:
    """A builtin function of machine code that is given this number as its `self`; `keep` lives as long as it."""
    made: Callable[..., Any] = _new_function()(_method(address, convention), number, keep)
    return made


@functools.cache
def _method(address: int, convention: int) -> int:
    method = _Method(b"call", address, convention, None)
    _kept.append(method)
    return ctypes.addressof(method)


@functools.cache
def _new_function() -> Any:
    """CPython's PyCFunction_NewEx."""
    new = ctypes.pythonapi.PyCFunction_NewEx
    new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.py_object, ctypes.py_object]
    return new


def linkable(system: str) -> bool:
    """Whether builtins can be linked: objects for Windows reach CPython's own data only where it lies near."""
    return system != "win32"


def expected() -> bool:
    """Whether this interpreter is one whose objects are laid out as builtins of machine code expect."""
    if sys.implementation.name != "cpython" or flags.get("RT_PORTABLE") or not linkable(sys.platform):
        return False
    return getattr(sys, "_is_gil_enabled", lambda: True)() and sys.version_info < (3, 15)


class Native:
    """Shelves that machine code reaches, and the entries of programs."""

    def __init__(self, address: Mapping[str, int]) -> None:
        self.words = (ctypes.c_int64 * WORDS).from_address(address["rt_memory"])
        words: Any = self.words
        words[STATE + 1 :: SHELF] = SIZES
        types: Any = (ctypes.c_void_p * 8).from_address(address["rt_types"])
        types[0], types[1] = id(_block_type(address["rt_block_gone"])), id(Array)
        types[2:6] = _offsets()
        self._ask = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(self._low)
        types[6] = ctypes.cast(self._ask, ctypes.c_void_p).value
        _kept.append(self)
        self.low: Callable[[], None] = lambda: None
        self.block = builtin(address["rt_take"], 0, ONE)
        index, pointer = ctypes.c_int64, ctypes.c_void_p
        self._borrow = ctypes.PYFUNCTYPE(pointer, index)(address["rt_borrow"])
        self._strip = ctypes.PYFUNCTYPE(pointer, index)(address["rt_strip"])
        self.back = ctypes.PYFUNCTYPE(None, index, pointer)(address["rt_return"])
        self.stock = ctypes.PYFUNCTYPE(None, index, pointer)(address["rt_stock"])
        self.entry = address["rt_arrays"]

    def borrow(self, index: int) -> int:
        return self._borrow(index) or 0

    def strip(self, index: int) -> int:
        return self._strip(index) or 0

    def count(self) -> tuple[int, int, int]:
        live, peak, blocks = self.words[:3]
        return live, peak, blocks

    def reset(self) -> None:
        self.words[1] = self.words[0]

    def bound(self, floor: int, low: Callable[[], None]) -> None:
        self.words[3], self.low = floor, low

    def _low(self, _: int | None) -> int:
        self.words[4] = 0
        self.low()
        return 0

    def short(
        self, image: int, arguments: Sequence[Form], results: Sequence[tuple[Form, int]], takeovers: Mapping[int, int],
        arena: int, work: int, keep: object,
    ) -> Short:  # fmt: skip
        """The function that runs an image on arrays of these Forms. With the results, arena and workspace: bytes.

        `takeovers`: which result may take the memory of which argument.
        """
        triples = [
            word
            for k, (form, nbytes) in enumerate(results)
            for word in (id(form), size_class(nbytes), takeovers.get(k, -1))
        ]
        sizes = [size_class(nbytes) if nbytes else 0 for nbytes in (arena, work)]
        words = array("q", [image, len(arguments), len(results), *sizes, 0, *map(id, arguments), *triples])
        return builtin(self.entry, words.buffer_info()[0], keep=(words, tuple(arguments), tuple(results), keep))

    def works(self, allocator: Allocator) -> bool:
        """Whether arrays come out as they should: tried on programs of no steps, with blocks of this allocator."""
        scalar = form(Aval((), dtypes.int32))
        image = array("q", [1, 1, 0, 0, 32, 1, 1, 0, 12, 12, 0, 0])
        made = [(image.buffer_info()[0], [scalar], [(scalar, 4)], over, 0, 0, image) for over in ({}, {0: 0})]
        call, over = (self.short(*words) for words in made)
        x = Array.on(allocator.block(4), scalar)
        live, count = self.count(), sys.getrefcount(scalar)
        y = call(x)
        good = type(y) is Array and y.form is scalar and y.buffer.ptr == y._ptr and y._view is None and call() is None
        place, shared = y._ptr, Array.on(x.buffer, scalar)
        y = over(y)
        good = good and y._ptr == place and over(x)._ptr != x._ptr == shared._ptr
        del y, shared
        return good and self.count()[::2] == live[::2] and sys.getrefcount(scalar) == count


def _block_type(gone: int) -> type:
    """The type of blocks of memory: `ptr` and the number of the size class, given back by its destructor."""
    members = (_Member * 3)(
        _Member(b"ptr", 18, HEAD, 1, None), _Member(b"index", 18, HEAD + 8, 1, None), _Member()
    )  # fmt: skip
    dealloc, members_slot = 52, 72
    slots = (_Slot * 3)(_Slot(dealloc, gone), _Slot(members_slot, ctypes.addressof(members)), _Slot())
    not_instantiated_by_python = 1 << 7
    spec = _Spec(b"rustorch_fn.Block", HEAD + 16, 0, not_instantiated_by_python, slots)
    make = ctypes.pythonapi.PyType_FromSpec
    make.restype, make.argtypes = ctypes.py_object, [ctypes.c_void_p]
    made: Any = make(ctypes.addressof(spec))
    _kept.extend((members, slots, spec, made))
    made.nbytes = property(lambda block: SIZES[block.index])
    made.__array_interface__ = Buffer.__array_interface__
    return made


def _offsets() -> list[int]:
    """Where an Array keeps its form, buffer, _ptr and _view: found by looking at one."""
    marks = [object() for _ in range(4)]
    probe = object.__new__(Array)
    probe.form, probe.buffer, probe._ptr, probe._view = marks  # type: ignore[assignment]
    words = (ctypes.c_int64 * (Array.__basicsize__ // 8)).from_address(id(probe))
    return [8 * list(words).index(id(mark)) for mark in marks]
