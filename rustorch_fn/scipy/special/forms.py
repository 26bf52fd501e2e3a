"""What the special functions share: operands in one float type, computing in a wider one, derivatives by formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import lift
from rustorch_fn.lax.doubled import Doubled, rounded
from rustorch_fn.lax.programs import custom_jvp, program
from rustorch_fn.typing import Array

Function = Callable[..., Any]


def operands(name: str, *xs: Any, complex_too: bool = False, strong: bool = False) -> list[Array]:
    """The operands in their common float type and shape, or complex type where the function takes that.

    `strong` is for functions whose results JAX never types weakly.
    """
    values = lift.together(name, *xs, floating=True)
    if values[0].aval.dtype not in dtypes.FLOATS and not complex_too:
        hint = "Take the real part: x.real."
        raise errors.DtypeError(f"{name}: complex numbers are not taken", got=values[0].aval, hint=hint)
    return [lift.convert(x, x.aval.dtype) for x in values] if strong else values


def weakly(out: Any, *xs: Any) -> Any:
    """The result, weakly typed where all operands are."""
    return lift.convert(out, out.aval.dtype, all(x.aval.weak_type for x in xs))


def is_complex(x: Any) -> bool:
    """Whether an operand is complex."""
    return x.aval.dtype in dtypes.COMPLEX


def widened(value: Function, *xs: Any, pairs: bool = False) -> Any:
    """value(*xs) in float64 (complex128), or in pairs where xs are float64 and `pairs`; rounded once to the type of xs.

    A tuple of results is rounded one by one.
    """
    dtype = xs[0].aval.dtype
    wide: list[Any] = [lift.convert(x, dtypes.complex128 if is_complex(x) else dtypes.float64) for x in xs]
    if pairs and dtype == dtypes.float64:
        wide = [Doubled(x) for x in wide]
    out = value(*wide)
    if isinstance(out, tuple):
        return tuple(lift.convert(rounded(y), dtype) for y in out)
    return lift.convert(rounded(out), dtype)


def smooth(*slopes: Function | None, pairs: bool = False) -> Callable[[Function], Function]:
    """Make a formula for float64 arrays a compiled function of arrays of one float type.

    `slopes` are its derivatives in each operand, as functions of the operands: also in float64, and differentiable.
    With `pairs`, the formula takes pairs too, in which float64 operands are computed.
    """

    def decorate(value: Function) -> Function:
        @program()
        def run(*xs: Any) -> Any:
            return widened(value, *xs, pairs=pairs)

        run.__name__ = value.__name__.lstrip("_")
        inner = custom_jvp(run)
        inner.defjvps(
            *(None if s is None else lambda t, y, *xs, s=s: t * widened(s, *xs) for s in slopes),
        )

        def function(*xs: Any) -> Any:
            return weakly(inner(*(lift.convert(x, x.aval.dtype) for x in xs)), *xs)

        return function

    return decorate
