"""Programs of complex numbers and of float8 as ones of plain numbers, for targets that know no others.

An interpreter: a complex value is a pair of real ones, and an op says what it does to pairs (`Primitive.parts`).
Where memory has to hold both parts (inputs, results, what loops carry, what Python computes), they lie beside each
other in a last axis of two, which is how NumPy stores complex numbers. A float8 value is a float32, rounded to what
float8 has after each op; memory holds its eight bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core.array import Array, form
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Func, prune
from rustorch_fn.core.primitive import Primitive, funcs_in, register
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import Interpreter, Stage, Tracer, aval_of, bind, current, evaluate_func, running


class Pair(NamedTuple):
    """The real and the imaginary parts of a complex value: two values of one real type."""

    re: Any
    im: Any


class SplitTracer(Tracer):
    """A complex or float8 value of the program that is being rewritten, and the plain values that stand for it."""

    __slots__ = ("value", "_aval")

    def __init__(self, owner: Interpreter, value: Any, aval: Aval) -> None:
        self.owner, self.value, self._aval, self.source = owner, value, aval, None

    @property
    def aval(self) -> Aval:
        return self._aval


SPLIT = dtypes.COMPLEX | dtypes.FLOAT8


class Split(Interpreter):
    """Run ops on complex and float8 values as ops on what stands for them, in the parent."""

    __slots__ = ()
    title = "the rewriting into plain numbers"

    def bind(self, op: Any, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        assert self.parent is not None
        avals = [aval_of(x) for x in args]
        found = op.shape(*avals, **attrs)
        results = found if op.multiple else [found]
        inner = any(split_inside(f) for value in attrs.values() for f in funcs_in(value))
        with running(self.parent):
            if not inner and all(a.dtype not in SPLIT for a in (*avals, *results)):
                return bind(op, args, attrs)
            xs = [self.open(x) for x in args]
            if inner or (op.of_bits and dtypes.COMPLEX.isdisjoint(a.dtype for a in avals)):
                kept = [closed(x, a) for x, a in zip(xs, avals, strict=True)]
                out = bind(op, kept, {k: held_inside(v) for k, v in attrs.items()})
                ys = [opened(y, a) for y, a in zip(out if op.multiple else [out], results, strict=True)]
            else:
                out = self.plain(op, xs, attrs, [*avals, *results])
                ys = [
                    roles.round_to(y, a.dtype) if a.dtype in dtypes.FLOAT8 else y
                    for y, a in zip(out if op.multiple else [out], results, strict=True)
                ]
        joined = [self.join(y, a) for y, a in zip(ys, results, strict=True)]
        return joined if op.multiple else joined[0]

    def plain(self, op: Any, xs: Sequence[Any], attrs: dict[str, Any], avals: Sequence[Aval]) -> Any:
        """The op on Pairs, and on what is wide enough to be rounded to float8 once."""
        wide = dtypes.float64 if any(a.dtype == dtypes.float64 for a in avals) else dtypes.float32
        attrs = {k: wide if v in dtypes.FLOAT8 else v for k, v in attrs.items()}
        pairs = any(a.dtype in dtypes.COMPLEX for a in avals)
        return op.parts(*xs, **attrs) if pairs else bind(op, xs, attrs)

    def open(self, x: Any) -> Any:
        """What stands for an operand."""
        if type(x) is SplitTracer and x.owner is self:
            return x.value
        if type(x) is Array and x.dtype in dtypes.COMPLEX:
            # traced Funcs hold no arrays but scalars
            return Pair(*(Array.of(np.array(part), form(part_aval(x.aval))) for part in (x.view.real, x.view.imag)))
        if type(x) is Array and x.dtype in dtypes.FLOAT8:
            return Array.of(x.view.astype(np.float32), form(x.aval.like(dtype=dtypes.float32)))
        return x

    def join(self, y: Any, aval: Aval) -> Any:
        return SplitTracer(self, y, aval) if aval.dtype in SPLIT else y


def part_aval(aval: Aval) -> Aval:
    """The type of a complex value's parts."""
    return aval.like(dtype=dtypes.part(aval.dtype))


def whole_aval(x: Any) -> Aval:
    """The type of an operand, which may be a Pair."""
    if type(x) is not Pair:
        return aval_of(x)
    aval = aval_of(x.re)
    return aval.like(dtype=dtypes.whole(aval.dtype))


def held(aval: Aval) -> Aval:
    """How memory holds a value: the parts of a complex one along a last axis, the bits of a float8."""
    if aval.dtype in dtypes.COMPLEX:
        return aval.like(shape=(*aval.shape, 2), dtype=dtypes.part(aval.dtype))
    return aval.like(dtype=dtypes.uint8) if aval.dtype in dtypes.FLOAT8 else aval


def opened(x: Any, aval: Aval) -> Any:
    """What stands for a value of this type, of what memory holds."""
    if aval.dtype in dtypes.COMPLEX:
        return Pair(*roles.unjoin(x))
    return roles.of_bits(x, aval.dtype) if aval.dtype in dtypes.FLOAT8 else x


def closed(x: Any, aval: Aval | None = None) -> Any:
    """What memory holds for a value of this type, of what stands for it; a Pair or a plain value says it by itself."""
    aval = whole_aval(x) if aval is None else aval
    if aval.dtype in dtypes.COMPLEX:
        return roles.join(*x)
    return roles.to_bits(x, aval.dtype) if aval.dtype in dtypes.FLOAT8 else x


@lru_cache(512)
def split_inside(func: Func) -> bool:
    """Whether a Func, or one that it holds, has a complex or float8 value."""
    variables = [*func.inputs, *func.outputs, *(v for e in func.equations for v in (*e.inputs, *e.outputs))]
    if any(v.aval.dtype in SPLIT for v in variables):
        return True
    return any(split_inside(f) for e in func.equations for f in e.funcs())


def held_inside(value: Any) -> Any:
    """An attribute with its types and Funcs those of what memory holds."""
    if isinstance(value, Func):
        return real(value)
    if value in dtypes.FLOAT8:
        return dtypes.uint8
    return tuple(map(held_inside, value)) if isinstance(value, tuple) and funcs_in(value) else value


@lru_cache(1024)
def real(func: Func) -> Func:
    """The same program on what memory holds: complex inputs and results have a last axis of two real numbers, those
    of float8 are bytes."""
    if not split_inside(func):
        return func
    stage = Stage(None)
    inputs = [stage.fresh(held(a)) for a in func.in_avals]
    with running(stage):
        plain = [opened(x, a) for x, a in zip(inputs, func.in_avals, strict=True)]
        now = Split(stage)
        with running(now):
            outs = evaluate_func(func, [now.join(x, a) for x, a in zip(plain, func.in_avals, strict=True)])
        outputs = [closed(now.open(y), a) for y, a in zip(outs, func.out_avals, strict=True)]
    out, captured = stage.close(inputs, outputs)
    if captured:
        raise errors.InternalError("a Func's real form captured a value")
    return prune(out)


# --- what has no answer in parts ---


class Whole(Primitive):
    """An op on complex values as it is: a step that Python does, on arrays that hold both parts."""

    name = "whole"
    step = "host"
    multiple = True

    def shape(self, *avals: Aval, op: Any, kinds: tuple[Any, ...], attrs: tuple[tuple[str, Any], ...]) -> list[Aval]:
        inner = [a if k is None else a.like(shape=a.shape[:-1], dtype=k) for a, k in zip(avals, kinds, strict=True)]
        found = op.shape(*inner, **dict(attrs))
        return [held(a) for a in (found if op.multiple else [found])]

    def ref(self, *xs: Any, op: Any, kinds: tuple[Any, ...], attrs: tuple[tuple[str, Any], ...]) -> list[Any]:
        inner = [x if k is None else np.ascontiguousarray(x).view(k)[..., 0] for x, k in zip(xs, kinds, strict=True)]
        found = op.ref(*inner, **dict(attrs))
        return [_halves(y) if y.dtype.kind == "c" else y for y in map(np.asarray, found if op.multiple else [found])]


def _halves(y: np.ndarray) -> np.ndarray:
    return np.stack([y.real, y.imag], -1)


whole: Any = register(Whole())


def by_python(op: Any, xs: Sequence[Any], attrs: dict[str, Any]) -> Any:
    """The op on Pairs, by its NumPy meaning."""
    avals = list(map(whole_aval, xs))
    kinds = tuple(a.dtype if a.dtype in dtypes.COMPLEX else None for a in avals)
    found = op.shape(*avals, **attrs)
    ys = whole(
        *(closed(x, a) for x, a in zip(xs, avals, strict=True)), op=op, kinds=kinds, attrs=tuple(sorted(attrs.items()))
    )
    pairs = [opened(y, a) for y, a in zip(ys, found if op.multiple else [found], strict=True)]
    return pairs if op.multiple else pairs[0]


def each(op: Any, xs: Sequence[Any], attrs: dict[str, Any]) -> Pair:
    """The op on each part alone, where it is linear: real operands are the same for both."""
    return Pair(*(
        op(*(x[k] if type(x) is Pair else x for x in xs), **{name: _attr_part(v, k) for name, v in attrs.items()})
        for k in (0, 1)
    ))  # fmt: skip


def _attr_part(value: Any, k: int) -> Any:
    """What an attribute is for one part: complex types and numbers have parts of their own."""
    if isinstance(value, complex):
        return value.imag if k else value.real
    return dtypes.part(value) if value in dtypes.COMPLEX else value


def composed(f: Callable[..., Any], *xs: Any) -> Any:
    """What other ops on complex values make of these operands: Pairs in and out."""
    now = Split(current())
    with running(now):
        y = f(*(now.join(x, whole_aval(x)) for x in xs))
    return now.open(y)
