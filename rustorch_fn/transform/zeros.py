"""Zeros that custom rules see as such, where they ask for it: `symbolic_zeros=True` of defjvp and defvjp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rustorch_fn import errors, tree
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of


class SymbolicZero:
    """A tangent or cotangent that is zero, and takes no memory.

    >>> zero = rt.custom_derivatives.zero_from_primal(rt.numpy.ones(3))
    >>> zero, zero.shape, zero.dtype
    (SymbolicZero, (3,), dtype('float32'))
    """

    __slots__ = ("aval",)

    def __init__(self, aval: Aval) -> None:
        self.aval = aval

    def __repr__(self) -> str:
        return "SymbolicZero"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the zeros that it stands for."""
        return self.aval.shape

    @property
    def dtype(self) -> Any:
        """Their dtype."""
        return self.aval.dtype

    @property
    def ndim(self) -> int:
        """How many axes they have."""
        return len(self.aval.shape)

    def lane(self, mapped: bool) -> SymbolicZero:
        """The zero of one lane of vmap."""
        return SymbolicZero(self.aval.like(shape=self.shape[1:])) if mapped else self


@dataclass(slots=True)
class CustomVJPPrimal:
    """An argument of a fwd that has `symbolic_zeros`: its value, and whether a derivative by it is asked for.

    >>> f = rt.custom_vjp(lambda x, y: x * y)
    >>> f.defvjp(lambda x, y: (x.value * y.value, y.perturbed), lambda _, ct: (ct * 10, None), symbolic_zeros=True)
    >>> float(rt.grad(f)(2.0, 3.0))
    10.0
    """

    value: Any
    perturbed: bool


def zero_from_primal(val: Any) -> SymbolicZero:
    """The zero tangent of an array.

    >>> rt.custom_derivatives.zero_from_primal(2.0)
    SymbolicZero
    """
    return SymbolicZero(aval_of(roles.asarray(val)).strong())


def custom_vjp_primal_tree_values(tree_: Any) -> Any:
    """The values in a tree whose leaves are CustomVJPPrimal.

    >>> both = (rt.custom_derivatives.CustomVJPPrimal(1.0, True), rt.custom_derivatives.CustomVJPPrimal(2.0, False))
    >>> rt.custom_derivatives.custom_vjp_primal_tree_values(both)
    (1.0, 2.0)

    Raises BadType for any other leaf.
    """

    def value(leaf: Any) -> Any:
        if not isinstance(leaf, CustomVJPPrimal):
            raise errors.BadType("custom_vjp_primal_tree_values", "a leaf of tree", leaf, "A CustomVJPPrimal")
        return leaf.value

    return tree.map(value, tree_)


def is_zero(t: Any) -> bool:
    """Whether a tangent is zero for all that is known: None, or a SymbolicZero."""
    return t is None or type(t) is SymbolicZero


def marked(ts: Sequence[Any], avals: Sequence[Aval]) -> list[Any]:
    """Tangents with SymbolicZeros in place of None."""
    return [SymbolicZero(a.strong()) if t is None else t for t, a in zip(ts, avals, strict=True)]
