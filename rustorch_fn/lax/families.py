"""Families of primitives: each answers most of the questions for its members."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core.array import Array, form
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Func
from rustorch_fn.core.parts import Pair, each
from rustorch_fn.core.primitive import BatchAxis, Hole, Primitive, register
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of, evaluate, trace
from rustorch_fn.kernel import expr as K

FLOAT, INT, NUMBER, FIELD, BITWISE, ORDERED, ANY = (
    dtypes.FLOATS,
    dtypes.INTS,
    dtypes.FLOATS | dtypes.INTS,
    dtypes.INEXACT | dtypes.INTS,
    dtypes.INTS | {dtypes.bool_},
    dtypes.FLOATS | dtypes.INTS | {dtypes.bool_},
    dtypes.INEXACT | dtypes.INTS | {dtypes.bool_},
)


def wide(x: K.Expr) -> K.Expr:
    """A storage type's value, ready for arithmetic."""
    return K.convert(x, "f32") if x.dtype in ("f16", "bf16") else x


def filled(x: Any, value: Any) -> Any:
    """A constant of x's type and shape."""
    aval = aval_of(x)
    return roles.broadcast(constant(value, aval.dtype), aval.shape, ())


def constant(value: Any, dtype: Any) -> Array:
    """A scalar that is known."""
    return Array.of(np.array(value, dtypes.physical(dtype)), form(Aval((), dtype)))


def add_tangents(terms: Sequence[Any]) -> Any:
    """The sum of tangents; None is zero."""
    terms = [t for t in terms if t is not None]
    return functools.reduce(roles.add, terms) if terms else None


def unbatched_to(axis: BatchAxis, x: Any, d: int | None, to: int) -> Any:
    """x with its batch axis at `to`, repeated where it has none."""
    if d is None:
        shape = list(aval_of(x).shape)
        shape.insert(to, axis.size)
        return roles.broadcast(x, tuple(shape), tuple(k for k in range(len(shape)) if k != to))
    return move(x, d, to)


def move(x: Any, a: int, b: int) -> Any:
    """x with axis a moved to position b."""
    if a == b:
        return x
    perm = [k for k in range(aval_of(x).ndim) if k != a]
    perm.insert(b, a)
    return roles.permute(x, tuple(perm))


class Elementwise(Primitive):
    """Each element of the result is a scalar function of the operands' elements there.

    `partials` holds for each operand 0, 1, -1 or a function (y, *xs, **attrs) -> array: dy/dx.
    """

    # the element types that the operands may have
    accepts: frozenset[Any] = ANY
    # the result's type, where it is not the operands'
    result: Any = None
    scalar: Callable[..., K.Expr]
    partials: tuple[Any, ...] = ()
    # operands in which the op is linear, jointly; None: in none
    linear_in: tuple[int, ...] | None = None

    if TYPE_CHECKING:

        def __call__(self, *args: Any, **attrs: Any) -> Array: ...

    def result_type(self, dtype: Any) -> Any:
        """The result's type for operands of this one, where `result` says none."""
        return dtype

    def operand_type(self, avals: Sequence[Aval]) -> Any:
        """The operands' common element type, or the error that names it."""
        dtype = avals[0].dtype
        for a in avals:
            if a.dtype != dtype:
                raise errors.DtypeError(f"{self.name}: the operands' types differ", got=" · ".join(map(repr, avals)),
                                        hint="Convert one of them with x.astype(…).")  # fmt: skip
        if dtype not in self.accepts:
            names = ", ".join(sorted(dtypes.SHORT[d] for d in self.accepts))
            raise errors.DtypeError(f"{self.name}: a type that it has no meaning for", got=" · ".join(map(repr, avals)),
                                    hint=f"It takes {names}.")  # fmt: skip
        return dtype

    def shape(self, *avals: Aval, **attrs: Any) -> Aval:
        first = avals[0]
        for a in avals:
            if a.shape != first.shape:
                raise errors.ShapeError(f"{self.name}: shapes differ", got=" · ".join(map(repr, avals)),
                                        hint="rt.numpy's functions broadcast; lax's do not.")  # fmt: skip
        dtype = self.operand_type(avals)
        weak = all(a.weak_type for a in avals) and self.result is None
        vary = first.vary.union(*(a.vary for a in avals))
        return Aval(first.shape, self.result or self.result_type(dtype), weak, vary)

    def at(self, i: tuple[K.Expr, ...], *reads: K.View, **attrs: Any) -> K.Expr:
        xs = [r[i] for r in reads]
        y: K.Expr = self.scalar(*map(wide, xs), **attrs)
        if self.result is not None:
            return y
        low = next((x.dtype for x in xs if x.dtype in ("f16", "bf16")), None)
        return y if low is None else K.convert(y, low)

    def lin(self, active: tuple[bool, ...], *xs: Any, **attrs: Any) -> Any:
        y = self(*xs, **attrs)
        scales = [d(y, *xs, **attrs) if on and callable(d) else d for on, d in zip(active, self.partials, strict=True)]

        def push(*ts: Any) -> Any:
            return add_tangents([scaled(s, t) for s, t in zip(scales, ts, strict=True) if t is not None])

        return y, push

    def parts(self, *xs: Any, **attrs: Any) -> Any:
        # without a row of its own for complex numbers, an op that takes them is linear
        return each(self, xs, attrs)

    def linear(self, tainted: tuple[bool, ...], **attrs: Any) -> bool:
        return self.linear_in is not None and all(k in self.linear_in for k, on in enumerate(tainted) if on)

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, **attrs: Any) -> Any:
        to = next(d for d in ds if d is not None)
        return self(*(unbatched_to(axis, x, d, to) for x, d in zip(xs, ds, strict=True)), **attrs), to


def scaled(scale: Any, t: Any) -> Any:
    """scale * t for a partial derivative; 0, 1 and -1 cost nothing."""
    if isinstance(scale, int):
        return None if scale == 0 else t if scale == 1 else roles.neg(t)
    return roles.mul(scale, t)


def elementwise(
    name: str,
    ref: Callable[..., Any],
    scalar: Callable[..., K.Expr],
    *partials: Any,
    family: type[Elementwise] = Elementwise,
    accepts: frozenset[Any] = ANY,
    result: Any = None,
    linear_in: tuple[int, ...] | None = None,
    **answers: Any,
) -> Elementwise:
    """One row: NumPy meaning | scalar expression | partial derivative for each operand (0, 1, -1 or a function).

    With `parts`, the op on Pairs of real and imaginary parts, it takes complex numbers too.
    """
    if "parts" in answers:
        accepts = accepts | dtypes.COMPLEX
    fixed = {k: staticmethod(v) for k, v in answers.items()}
    body = dict(name=name, ref=staticmethod(widened(ref)), scalar=staticmethod(scalar), partials=partials,
                accepts=accepts, result=result, linear_in=linear_in, **fixed)  # fmt: skip
    return register(type(name, (family,), body)())


def widened(ref: Callable[..., Any]) -> Callable[..., Any]:
    """The NumPy meaning on storage types: computed in float32, rounded once by the caller."""

    @functools.wraps(ref)
    def wide_ref(*xs: Any, **attrs: Any) -> Any:
        return ref(*(x.astype(np.float32) if x.dtype in dtypes.LOW else x for x in xs), **attrs)

    return wide_ref


class Programmed(Primitive):
    """Runs on large arrays as a compiled program even outside of jit: NumPy would be many times slower."""

    # elements of the largest operand from which a program is faster
    program_from = 1 << 12

    def eager(self, *args: Any, **attrs: Any) -> Any:
        if max(a.size for a in args) < self.program_from:
            return evaluate(self, args, attrs)
        (y,) = roles.run(_program(self, tuple(a.aval for a in args), tuple(attrs.items())), args)
        return y


@functools.lru_cache(1024)
def _program(op: Primitive, avals: tuple[Aval, ...], attrs: tuple[tuple[str, Any], ...]) -> Func:
    """The Func of one equation."""
    func, _ = trace(lambda *xs: [op(*xs, **dict(attrs))], avals)
    return func


class Linear(Primitive):
    """Linear in its first operand (or in all, where `joint`): its derivative is itself."""

    # the number of leading operands in which the op is linear, jointly; None: all
    linear_operands: int | None = 1

    def lin(self, active: tuple[bool, ...], *xs: Any, **attrs: Any) -> Any:
        n = len(xs) if self.linear_operands is None else self.linear_operands

        def push(*ts: Any) -> Any:
            if all(t is None for t in ts):
                return None
            filled = [roles.zeros(aval_of(x)) if t is None else t for t, x in zip(ts[:n], xs[:n], strict=True)]
            return self(*filled, *xs[n:], **attrs)

        return self(*xs, **attrs), push

    def parts(self, *xs: Any, **attrs: Any) -> Any:
        return each(self, xs, attrs)

    def linear(self, tainted: tuple[bool, ...], **attrs: Any) -> bool:
        n = len(tainted) if self.linear_operands is None else self.linear_operands
        return not any(tainted[n:])


class Bilinear(Primitive):
    """Linear in each of two operands alone."""

    def lin(self, active: tuple[bool, ...], *xs: Any, **attrs: Any) -> Any:
        a, b = xs

        def push(ta: Any, tb: Any) -> Any:
            return add_tangents([
                None if ta is None else self(ta, b, **attrs),
                None if tb is None else self(a, tb, **attrs),
            ])  # fmt: skip

        return self(a, b, **attrs), push

    def parts(self, *xs: Any, **attrs: Any) -> Any:
        return crossed(self, xs, attrs)

    def linear(self, tainted: tuple[bool, ...], **attrs: Any) -> bool:
        return tainted.count(True) == 1


def crossed(op: Any, xs: Any, attrs: dict[str, Any]) -> Pair:
    """A product of complex numbers, from those of their parts."""
    (a, b), (c, d) = xs
    attrs = {k: dtypes.part(v) if v in dtypes.COMPLEX else v for k, v in attrs.items()}
    ac, bd, ad, bc = op(a, c, **attrs), op(b, d, **attrs), op(a, d, **attrs), op(b, c, **attrs)
    return Pair(roles.add(ac, roles.neg(bd)), roles.add(ad, bc))


class BilinearElementwise(Elementwise):
    """An elementwise product: on a tape exactly one operand is linear."""

    def parts(self, *xs: Any, **attrs: Any) -> Any:
        return crossed(self, xs, attrs)

    def linear(self, tainted: tuple[bool, ...], **attrs: Any) -> bool:
        return tainted.count(True) == 1

    def transpose(self, ct: Any, x: Any, y: Any, **attrs: Any) -> Any:
        return (self(ct, y, **attrs), None) if isinstance(x, Hole) else (None, self(x, ct, **attrs))
