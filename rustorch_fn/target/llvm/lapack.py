"""LAPACK's own words: how each routine is called, and the kernels that call it for every matrix of a batch.

A kernel asks for a symbol like `scipy_lapack_dpotrf`, which `foreign` resolves. It reads the sizes from its context, so
one object serves matrices of all sizes.
"""

from __future__ import annotations

import ctypes
import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from rustorch_fn.target.llvm.builder import Builder
from rustorch_fn.target.llvm.foreign import address

Shape: TypeAlias = tuple[int, ...]
_LETTERS = {"f": {4: "s", 8: "d"}, "c": {8: "c", 16: "z"}}


class Text(NamedTuple):
    """A letter that chooses what the routine does."""

    letter: str


class Number(NamedTuple):
    """A size."""

    value: int


class Item(NamedTuple):
    """An array: an operand or a result, from some bytes on."""

    side: str
    place: int
    shift: int = 0


class Room(NamedTuple):
    """Working memory of one thread: elements of a type; None where the routine itself says how many."""

    bytes_each: int
    size: int | None = None
    kind: str = "f"


class Size(NamedTuple):
    """The elements of the room before it."""


class Null(NamedTuple):
    """A pointer that the routine does not look at."""


class One(NamedTuple):
    """The number 1, of the matrices' type."""


Arg: TypeAlias = Text | Number | Item | Room | Size | Null | One


class Call(NamedTuple):
    """One routine for one type and one size of matrices; strides are bytes from a matrix to the next."""

    symbol: str
    args: tuple[Arg, ...]
    dtype: np.dtype


class Words:
    """What the rows of CALLS speak of: sizes and attributes of one equation."""

    def __init__(self, dtype: np.dtype, cores: Sequence[Shape], attrs: Mapping[str, Any]) -> None:
        self.cores, self.attrs, self.each = cores, attrs, dtype.itemsize
        self.complex = dtype.kind == "c"
        self.real = self.each // 2 if self.complex else self.each
        self.letter = _LETTERS[dtype.kind][self.each]
        shape = cores[0] if len(cores[0]) == 2 else cores[-1]
        self.m, self.n = shape
        self.least, self.most = min(shape), max(shape)
        self.uplo = Text("L" if attrs.get("lower") else "U")
        self.rows, self.columns = Number(self.m), Number(self.n)
        self.lead = Number(max(1, self.m))
        self.asked = (self.room(), Size())

    def room(self, count: int | None = None) -> Room:
        return Room(self.each, count, "c" if self.complex else "f")

    def reals(self, count: int | None = None) -> Room:
        return Room(self.real, count)


def _into(*indices: int) -> list[Item]:
    return [Item("out", k) for k in indices]


def _lead(n: int) -> Number:
    return Number(max(1, n))


def _potrf(w: Words) -> Sequence[Arg]:
    a, info = _into(0, 1)
    return w.uplo, w.rows, a, w.lead, info


def _getrf(w: Words) -> Sequence[Arg]:
    a, pivots, info = _into(0, 1, 2)
    return w.rows, w.columns, a, w.lead, pivots, info


def _geqrf(w: Words) -> Sequence[Arg]:
    a, tau, info = _into(0, 1, 2)
    return w.rows, w.columns, a, w.lead, tau, *w.asked, info


def _geqp3(w: Words) -> Sequence[Arg]:
    a, order, tau, info = _into(0, 1, 2, 3)
    more = (w.reals(2 * w.n),) if w.complex else ()
    return w.rows, w.columns, a, w.lead, order, tau, *w.asked, *more, info


def _orgqr(w: Words) -> Sequence[Arg]:
    a, info = _into(0, 1)
    return w.rows, w.columns, Number(w.cores[1][0]), a, w.lead, Item("in", 1), *w.asked, info


def _ormqr(w: Words) -> Sequence[Arg]:
    c, info = _into(0, 1)
    m, n = w.cores[2]
    side = Text("L" if w.attrs["left"] else "R")
    turned = Text(("C" if w.complex else "T") if w.attrs["transpose"] else "N")
    reflectors = (Number(w.cores[1][0]), Item("in", 0), w.lead, Item("in", 1))
    return side, turned, Number(m), Number(n), *reflectors, c, _lead(m), *w.asked, info


def _gehrd(w: Words) -> Sequence[Arg]:
    a, tau, info = _into(0, 1, 2)
    return w.rows, Number(1), w.rows, a, w.lead, tau, *w.asked, info


def _sytrd(w: Words) -> Sequence[Arg]:
    a, d, e, tau, info = _into(0, 1, 2, 3, 4)
    return w.uplo, w.rows, a, w.lead, d, e, tau, *w.asked, info


def _vectors(w: Words) -> tuple[Sequence[Arg], Sequence[Arg], Item]:
    """What svd routines take for the vectors, and where they put info."""
    job = w.attrs["job"]
    if job == "N":
        return (Null(), Number(1)), (Null(), Number(1)), Item("out", 1)
    u, vt, info = _into(1, 2, 3)
    return (u, w.lead), (vt, _lead(w.n if job == "A" else w.least)), info


def _gesdd(w: Words) -> Sequence[Arg]:
    u, vt, info = _vectors(w)
    least, most = w.least, w.most
    # as the routine's documentation counts them
    some = (
        7 * least
        if w.attrs["job"] == "N"
        else max(5 * least * least + 7 * least, 2 * most * least + 2 * least * least + least)
    )
    reals = (w.reals(max(1, some)),) if w.complex else ()
    given = (Text(w.attrs["job"]), w.rows, w.columns, Item("in", 0), w.lead, Item("out", 0))
    return *given, *u, *vt, *w.asked, *reals, Room(4, 8 * least, "i"), info


def _gesvd(w: Words) -> Sequence[Arg]:
    u, vt, info = _vectors(w)
    reals = (w.reals(5 * w.least),) if w.complex else ()
    job = Text(w.attrs["job"])
    return job, job, w.rows, w.columns, Item("in", 0), w.lead, Item("out", 0), *u, *vt, *w.asked, *reals, info


def _syevd(w: Words) -> Sequence[Arg]:
    v, values, info = _into(0, 1, 2)
    reals = (w.reals(), Size()) if w.complex else ()
    return Text("V"), w.uplo, w.rows, v, w.lead, values, *w.asked, *reals, Room(4, None, "i"), Size(), info


def _geev(w: Words) -> Sequence[Arg]:
    left, right = w.attrs["left"], w.attrs["right"]
    values = 1 if w.complex else 2
    vl = (Item("out", values), w.lead) if left else (Null(), Number(1))
    vr = (Item("out", values + left), w.lead) if right else (Null(), Number(1))
    jobs = (Text("V" if left else "N"), Text("V" if right else "N"))
    reals = (w.reals(2 * w.n),) if w.complex else ()
    info = Item("out", values + left + right)
    return *jobs, w.rows, Item("in", 0), w.lead, *_into(*range(values)), *vl, *vr, *w.asked, *reals, info


def _gees(w: Words) -> Sequence[Arg]:
    vectors = w.attrs["vectors"]
    vs = (Item("out", 1), w.lead) if vectors else (Null(), Number(1))
    values = (w.room(w.n),) if w.complex else (w.room(w.n), w.room(w.n))
    reals = (w.reals(w.n),) if w.complex else ()
    start = (Text("V" if vectors else "N"), Text("N"), Null(), w.rows, Item("out", 0), w.lead)
    # the first room is for a count of chosen values, and nothing points to the choices: without sorting there are none
    return *start, Room(4, 1, "i"), *values, *vs, *w.asked, *reals, Null(), Item("out", 1 + vectors)


def _gtsv(w: Words) -> Sequence[Arg]:
    b, info = _into(0, 1)
    below, middle, above = Item("in", 0, w.each), Item("in", 1), Item("in", 2)
    return w.rows, w.columns, below, middle, above, b, w.lead, info


def _laswp(w: Words) -> Sequence[Arg]:
    return w.columns, Item("out", 0), w.lead, Number(1), Number(w.cores[1][0]), Item("in", 1), Number(1)


def _trsm(w: Words) -> Sequence[Arg]:
    attrs, (m, n) = w.attrs, w.cores[1]
    letters = (
        Text("L" if attrs["left"] else "R"),
        w.uplo,
        Text(attrs["transpose"]),
        Text("U" if attrs["unit"] else "N"),
    )
    return *letters, Number(m), Number(n), One(), Item("in", 0), w.lead, Item("out", 0), _lead(m)


CALLS: dict[str, Callable[[Words], Sequence[Arg]]] = {
    "potrf": _potrf, "getrf": _getrf, "geqrf": _geqrf, "geqp3": _geqp3, "orgqr": _orgqr, "ormqr": _ormqr,
    "gehrd": _gehrd, "sytrd": _sytrd, "gesdd": _gesdd, "gesvd": _gesvd, "syevd": _syevd, "geev": _geev,
    "gees": _gees, "gtsv": _gtsv, "laswp": _laswp, "trsm": _trsm,
}  # fmt: skip
_COMPLEX = {"orgqr": "ungqr", "ormqr": "unmqr", "syevd": "heevd", "sytrd": "hetrd"}


def call(op: Any, dtype: np.dtype, cores: Sequence[Shape], attrs: Mapping[str, Any]) -> Call:
    """How a routine is called for matrices of these shapes, its working memory asked for."""
    w = Words(dtype, cores, attrs)
    name = _COMPLEX.get(op.routine, op.routine) if w.complex else op.routine
    symbol = f"scipy_{op.library}_{w.letter}{name}"
    args = tuple(CALLS[op.routine](w))
    if any(isinstance(a, Room) and a.size is None for a in args):
        args = _with_rooms(symbol, args)
    return Call(symbol, args, dtype)


def _with_rooms(symbol: str, args: Sequence[Arg]) -> tuple[Arg, ...]:
    """The arguments with the working memory that the routine likes best: with a size of -1 it only says so."""
    answers: list[np.ndarray] = []
    pointers: list[int | None] = []
    kept: list[np.ndarray] = []

    def shown(x: np.ndarray) -> int:
        kept.append(x)
        return int(x.__array_interface__["data"][0])

    for a in args:
        match a:
            case Text():
                pointers.append(shown(np.frombuffer(a.letter.encode() + b"\0", np.uint8)))
            case Number():
                pointers.append(shown(np.array([a.value], np.int32)))
            case Size():
                pointers.append(shown(np.array([-1], np.int32)))
            case Room(each, None, kind):
                answers.append(np.zeros(2, np.dtype(f"{kind}{each}")))
                pointers.append(shown(answers[-1]))
            case Null():
                pointers.append(None)
            case _:
                # arrays that it does not look at now
                pointers.append(shown(np.zeros(2, np.complex128)))
    ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(args))(address(symbol))(*pointers)
    # the number of a narrow float may have been rounded down
    sizes = iter(max(1, math.ceil(float(y[0].real) * (1 + 1e-6 * (y.dtype.itemsize < 8)))) for y in answers)
    out: list[Arg] = []
    for a in args:
        if isinstance(a, Room) and a.size is None:
            a = a._replace(size=next(sizes))
        elif isinstance(a, Size):
            room = out[-1]
            assert isinstance(room, Room)
            a = Number(room.size or 1)
        out.append(a)
    return tuple(out)


# --- the kernel ---


class Kernel(NamedTuple):
    """A kernel and what it is given: the order of its arrays, its context, and the bytes that a thread needs."""

    key: str
    text: str
    items: tuple[Item, ...]
    ctx: tuple[int, ...]
    scratch: int


def kernel(made: Call, strides: Callable[[Item], int]) -> Kernel:
    """The kernel of a call; `strides` gives the bytes from one matrix of an array to the next."""
    items = tuple(a for a in made.args if isinstance(a, Item))
    rooms, offset = [], 0
    for a in made.args:
        if isinstance(a, Room):
            rooms.append(offset)
            offset += -(-a.bytes_each * max(1, a.size or 1) // 64) * 64
    numbers = [a.value for a in made.args if isinstance(a, Number)]
    shifts = [a.shift for a in items]
    ctx = (*numbers, *map(strides, items), *shifts, *rooms)
    key, text = _text(made.symbol, tuple(a if isinstance(a, Text) else type(a) for a in made.args), made.dtype)
    return Kernel(key, text, items, ctx, offset)


@cache
def _text(symbol: str, args: tuple[Any, ...], dtype: np.dtype) -> tuple[str, str]:
    b = Builder("i64 @k_(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) nounwind")
    numbers, items, rooms = ([k for k, a in enumerate(args) if a is kind] for kind in (Number, Item, Room))
    pointers: dict[int, str] = {}
    texts = {a.letter: f"@letter_{a.letter}" for a in args if isinstance(a, Text)}
    for place, k in enumerate(numbers):
        pointers[k] = b.let("alloca i32")
        number = b.let(f"trunc i64 {b.read('%ctx', str(place))} to i32")
        b.put(f"store i32 {number}, ptr {pointers[k]}")
    room = b.read("%bufs", str(len(items)), "ptr") if rooms else ""
    for place, k in enumerate(rooms, len(numbers) + 2 * len(items)):
        pointers[k] = b.at(room, b.read("%ctx", str(place)))
    firsts = {k: b.read("%bufs", str(place), "ptr") for place, k in enumerate(items)}
    with b.loop("%begin", "%end") as i:
        for place, k in enumerate(items, len(numbers)):
            stride, shift = b.read("%ctx", str(place)), b.read("%ctx", str(place + len(items)))
            pointers[k] = b.at(b.at(firsts[k], b.mul(i.index, stride)), shift)
        given = []
        for k, a in enumerate(args):
            word = (
                texts[a.letter] if isinstance(a, Text) else "null" if a is Null else "@one" if a is One else pointers[k]
            )
            given.append(f"ptr {word}")
        b.put(f"call void @{symbol}({', '.join(given)})")
    b.put("ret i64 0")
    lines = [f"declare void @{symbol}({', '.join(['ptr'] * len(args))})"]
    lines += [f'{name} = private constant [2 x i8] c"{letter}\\00"' for letter, name in texts.items()]
    if One in args:
        kind = "float" if dtype.name in ("float32", "complex64") else "double"
        lines.append(f"@one = private constant [2 x {kind}] [{kind} 1.0, {kind} 0.0]")
    anonymous = "\n".join([*lines, b.text(), ""])
    key = hashlib.sha256(anonymous.encode()).hexdigest()[:32]
    return key, anonymous.replace("@k_(", f"@k_{key}(", 1)
