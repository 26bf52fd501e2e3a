"""Primitive: an op as one class that answers a few questions.

shape(*avals, **attrs)            the type of the result (a list where `multiple`)
ref(*arrays, **attrs)             what it means, in NumPy
at(i, *reads, **attrs)            element i of the result, as a scalar expression of reads
nest(write, *reads, **attrs)      or: axes, and stores into the result, which starts as operand `begins`;
                                  write(index, value, guard, monoid) makes a store
held_as(dtype, **attrs)           the type in which what `nest` stores is held until it is done
lin(active, *xs, **attrs)         the value, and a linear function of the tangents (None where zero)
transpose(ct, *xs, **attrs)       for ops on a tape: cotangents of the operands that are Holes
accumulate(total, ct, *xs, **attrs)   where it has it: the first operand's cotangent added to a total in place
parts(*xs, **attrs)               the op where kernels know real numbers only: complex operands and results are Pairs
batch(axis, xs, ds, **attrs)      the op with one more axis: the result and where its new axis is
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from rustorch_fn import errors
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Func

REGISTRY: dict[str, Primitive] = {}


class Hole:
    """A linear operand during transposition: only its type is known."""

    __slots__ = ("aval",)

    def __init__(self, aval: Aval) -> None:
        self.aval = aval

    @property
    def shape(self) -> tuple[int, ...]:
        return self.aval.shape

    @property
    def ndim(self) -> int:
        return len(self.aval.shape)


class BatchAxis(NamedTuple):
    """The axis that vmap adds: its size, and its name where it has one."""

    size: int
    name: Any = None


# `@primitive class add` makes the op itself; type checkers take it for a class still, and let it do anything
_Op: Any = Any if TYPE_CHECKING else object


class Primitive(_Op):  # type: ignore[misc]
    """The base of all ops: every question unanswered, with an error that says so."""

    name: ClassVar[str] = ""
    multiple: ClassVar[bool] = False
    effects: ClassVar[frozenset[str]] = frozenset()
    # how native programs do it: by "at", by "nest", on the "host", by a foreign "library", as a "control" step, or
    # "composed" of other ops, as `body` says
    step: ClassVar[str] = "at"
    # whether it is about the bits of its operands
    of_bits: ClassVar[bool] = False
    # whether it has a way back: a loop of unknown length has none
    returns: ClassVar[bool] = True
    # the operand that the result of `nest` starts as
    begins: ClassVar[int | None] = None

    def __call__(self, *args: Any, **attrs: Any) -> Any:
        return bind(self, args, attrs)

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> Any:
        return (REGISTRY.__getitem__, (self.name,))

    def shape(self, *avals: Aval, **attrs: Any) -> Any:
        raise errors.MissingRule(self.name, "shape")

    def ref(self, *args: Any, **attrs: Any) -> Any:
        raise errors.MissingRule(self.name, "eager evaluation")

    def lin(self, active: tuple[bool, ...], *xs: Any, **attrs: Any) -> Any:
        raise errors.MissingRule(self.name, "grad, jvp and linearize")

    def transpose(self, ct: Any, *xs: Any, **attrs: Any) -> Any:
        raise errors.MissingRule(self.name, "transposition (reverse-mode grad, linear_transpose)")

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, **attrs: Any) -> Any:
        raise errors.MissingRule(self.name, "vmap")

    def parts(self, *xs: Any, **attrs: Any) -> Any:
        """The op on Pairs of real and imaginary parts; in Python, where the op has no better answer."""
        from rustorch_fn.core.parts import by_python

        return by_python(self, xs, attrs)

    def linear(self, tainted: tuple[bool, ...], **attrs: Any) -> bool:
        """Whether the op is linear in the marked operands, jointly."""
        return False

    def eager(self, *args: Any, **attrs: Any) -> Any:
        """The op on concrete arrays."""
        return evaluate(self, args, attrs)

    def own_derivative(self, **attrs: Any) -> bool:
        """Whether `differentiate` stands in for `lin`: custom rules run inside the interpreter itself."""
        return False

    def differentiate(self, now: Any, xs: Any, ts: Any, **attrs: Any) -> Any:
        """Values and tangents inside the interpreter `now`, where `own_derivative` says so."""
        raise errors.MissingRule(self.name, "a derivative of its own")

    def held_as(self, dtype: str, **attrs: Any) -> str:
        """The kernel type in which what `nest` stores is held until it is done, for a result of the given one."""
        return dtype

    def composable(self, *avals: Aval, **attrs: Any) -> bool:
        """Whether native programs compute it element by element, inside of whoever reads it."""
        return self.step == "at" and not self.multiple and hasattr(self, "at")

    def collective(self, axis: Any, **attrs: Any) -> bool:
        """Whether the op, or a Func that it holds, talks across the named axis."""
        return any(talks(f, axis) for value in attrs.values() for f in funcs_in(value))

    def across(self, axis: BatchAxis, xs: Any, ds: Any, **attrs: Any) -> Any:
        """`batch` for an op that talks across this axis; operands may all be without it."""
        return self.batch(axis, xs, ds, **attrs)


def funcs_in(value: Any) -> tuple[Func, ...]:
    """The Funcs in an attribute."""
    if isinstance(value, Func):
        return (value,)
    return tuple(v for v in value if isinstance(v, Func)) if isinstance(value, tuple) else ()


@lru_cache(4096)
def talks(func: Func, axis: Any) -> bool:
    """Whether some equation of a Func talks across the named axis."""
    return any(e.op.collective(axis, **e.attrs) for e in func.equations)


def primitive(cls: type) -> Any:
    """Turn a class of answers into the op: its own functions become static, those of its family stay methods."""
    answers = {
        k: staticmethod(v) if callable(v) and not k.startswith("__") and not isinstance(v, staticmethod) else v
        for k, v in vars(cls).items()
        if k not in ("__dict__", "__weakref__")
    }
    bases = tuple(b for b in cls.__bases__ if b is not object)
    if not any(issubclass(b, Primitive) for b in bases):
        bases += (Primitive,)
    op = type(cls.__name__, bases, {"name": cls.__name__, **answers})()
    return register(op)


def register(op: Any) -> Any:
    """Enter an op in the registry; a name is given once."""
    if op.name in REGISTRY:
        raise errors.InternalError(f"the primitive {op.name!r} is defined twice")
    REGISTRY[op.name] = op
    return op


from rustorch_fn.core.trace import bind, evaluate  # noqa: E402  (the two files are one idea, cut for length)
