"""Complex programs as real ones, for targets that know real numbers only.

An interpreter: a complex value is a pair of real ones, and an op says what it does to pairs (`Primitive.parts`).
Where memory has to hold both parts (inputs, results, what loops carry, what Python computes), they lie beside each
other in a last axis of two, which is how NumPy stores complex numbers.
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


class PairTracer(Tracer):
    """A complex value of the program that is being split."""

    __slots__ = ("pair",)

    def __init__(self, owner: Interpreter, pair: Pair) -> None:
        self.owner, self.pair, self.source = owner, pair, None

    @property
    def aval(self) -> Aval:
        return whole_aval(aval_of(self.pair.re))


class Split(Interpreter):
    """Run ops on complex values as ops on their parts, in the parent."""

    __slots__ = ()
    title = "the split into real and imaginary parts"

    def bind(self, op: Any, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        assert self.parent is not None
        avals = [aval_of(x) for x in args]
        found = op.shape(*avals, **attrs)
        results = found if op.multiple else [found]
        inner = any(complex_inside(f) for value in attrs.values() for f in funcs_in(value))
        with running(self.parent):
            if not inner and all(a.dtype not in dtypes.COMPLEX for a in (*avals, *results)):
                return bind(op, args, attrs)
            xs = [self.open(x) for x in args]
            if inner:
                attrs = {k: real_inside(v) for k, v in attrs.items()}
                ys = [opened(y, a) for y, a in zip(bind(op, list(map(closed, xs)), attrs), results, strict=True)]
            else:
                ys = op.parts(*xs, **attrs)
        return [self.join(y) for y in ys] if op.multiple else self.join(ys)

    def open(self, x: Any) -> Any:
        """A complex operand as its Pair."""
        if type(x) is PairTracer and x.owner is self:
            return x.pair
        if type(x) is Array and x.dtype in dtypes.COMPLEX:
            # traced Funcs hold no arrays but scalars
            return Pair(*(Array.of(np.array(part), form(part_aval(x.aval))) for part in (x.view.real, x.view.imag)))
        return x

    def join(self, y: Any) -> Any:
        return PairTracer(self, y) if type(y) is Pair else y


def whole_aval(aval: Aval) -> Aval:
    """The type of a complex value with parts of this type."""
    return aval.like(dtype=dtypes.whole(aval.dtype))


def part_aval(aval: Aval) -> Aval:
    """The type of a complex value's parts."""
    return aval.like(dtype=dtypes.part(aval.dtype))


def held(aval: Aval) -> Aval:
    """How memory holds a value: the parts of a complex one along a last axis."""
    return aval.like(shape=(*aval.shape, 2), dtype=dtypes.part(aval.dtype)) if aval.dtype in dtypes.COMPLEX else aval


def opened(x: Any, aval: Aval) -> Any:
    """What memory holds for a value of this type, as a Pair if it is complex."""
    return Pair(*roles.unjoin(x)) if aval.dtype in dtypes.COMPLEX else x


def closed(x: Any) -> Any:
    """A Pair as memory holds it."""
    return roles.join(*x) if type(x) is Pair else x


@lru_cache(4096)
def complex_inside(func: Func) -> bool:
    """Whether a Func, or one that it holds, has a complex value."""
    variables = [*func.inputs, *func.outputs, *(v for e in func.equations for v in (*e.inputs, *e.outputs))]
    if any(v.aval.dtype in dtypes.COMPLEX for v in variables):
        return True
    return any(complex_inside(f) for e in func.equations for f in e.funcs())


def real_inside(value: Any) -> Any:
    """An attribute with its Funcs made real."""
    if isinstance(value, Func):
        return real(value)
    return tuple(map(real_inside, value)) if isinstance(value, tuple) and funcs_in(value) else value


@lru_cache(1024)
def real(func: Func) -> Func:
    """The same program on what memory holds: complex inputs and results have a last axis of two real numbers."""
    if not complex_inside(func):
        return func
    stage = Stage(None)
    inputs = [stage.fresh(held(a)) for a in func.in_avals]
    with running(stage):
        pairs = [opened(x, a) for x, a in zip(inputs, func.in_avals, strict=True)]
        now = Split(stage)
        with running(now):
            outs = evaluate_func(func, [now.join(x) for x in pairs])
        outputs = [closed(now.open(y)) for y in outs]
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
    avals = [whole_aval(aval_of(x.re)) if type(x) is Pair else aval_of(x) for x in xs]
    kinds = tuple(a.dtype if a.dtype in dtypes.COMPLEX else None for a in avals)
    found = op.shape(*avals, **attrs)
    ys = whole(*map(closed, xs), op=op, kinds=kinds, attrs=tuple(sorted(attrs.items())))
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
        y = f(*map(now.join, xs))
    return now.open(y)
