"""lax's public functions of one element at a time: operands of equal dtype; scalars and axes of size 1 grow."""

from __future__ import annotations

import enum
from operator import index as as_index
from typing import Any

from rustorch_fn import dtypes, errors, tree
from rustorch_fn.core.typing import Array, ArrayLike, DTypeLike, PyTree
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import lift
from rustorch_fn.lax.families import ANY


def _operands(name: str, xs: tuple[Any, ...]) -> list[Array]:
    """Operands of one dtype, of equal rank or scalars."""
    values = lift.of_one_type(name, *xs)
    shapes = {v.aval.shape for v in values}
    if len(shapes) == 1:
        return values
    if len({len(s) for s in shapes if s}) > 1:
        got = " · ".join(repr(v.aval) for v in values)
        hint = "Scalars and axes of size 1 grow here; rt.numpy's functions also add leading axes."
        raise errors.ShapeError(f"{name}: the operands' ranks differ", got=got, hint=hint)
    return lift.spread(name, *values)


def neg(x: ArrayLike) -> Array:
    """-x.

    >>> rt.lax.neg(rt.numpy.array([1, -2]))
    Array([-1,  2], dtype=int32)
    """
    return ew.neg(lift.operand("neg", x))


def sign(x: ArrayLike) -> Array:
    """-1, 0 or 1 by the sign of x; nan stays.

    >>> rt.lax.sign(rt.numpy.array([-2.0, 0.0, 5.0]))
    Array([-1.,  0.,  1.], dtype=float32)
    """
    return ew.sign(lift.operand("sign", x))


def floor(x: ArrayLike) -> Array:
    """The greatest whole number at most x.

    >>> rt.lax.floor(rt.numpy.array([1.7, -1.2]))
    Array([ 1., -2.], dtype=float32)
    """
    return ew.floor(lift.operand("floor", x))


def ceil(x: ArrayLike) -> Array:
    """The least whole number at least x.

    >>> rt.lax.ceil(rt.numpy.array([1.2, -1.7]))
    Array([ 2., -1.], dtype=float32)
    """
    return ew.ceil(lift.operand("ceil", x))


def abs(x: ArrayLike) -> Array:
    """The absolute value of x.

    >>> rt.lax.abs(rt.numpy.array([-3, 2]))
    Array([3, 2], dtype=int32)
    """
    return ew.abs(lift.operand("abs", x))


def exp(x: ArrayLike) -> Array:
    """e to the power of x.

    >>> rt.lax.exp(rt.numpy.array([0.0, 1.0])).round(3)
    Array([1.   , 2.718], dtype=float32)
    """
    return ew.exp(lift.operand("exp", x))


def exp2(x: ArrayLike) -> Array:
    """2 to the power of x.

    >>> rt.lax.exp2(rt.numpy.array([0.0, 3.0]))
    Array([1., 8.], dtype=float32)
    """
    return ew.exp2(lift.operand("exp2", x))


def expm1(x: ArrayLike) -> Array:
    """exp(x) - 1, exact near 0.

    >>> rt.lax.expm1(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 1.718], dtype=float32)
    """
    return ew.expm1(lift.operand("expm1", x))


def log(x: ArrayLike) -> Array:
    """The natural logarithm.

    >>> rt.lax.log(rt.numpy.array([1.0, 10.0])).round(3)
    Array([0.   , 2.303], dtype=float32)
    """
    return ew.log(lift.operand("log", x))


def log1p(x: ArrayLike) -> Array:
    """log(1 + x), exact near 0.

    >>> rt.lax.log1p(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 0.693], dtype=float32)
    """
    return ew.log1p(lift.operand("log1p", x))


def sin(x: ArrayLike) -> Array:
    """The sine of x in radians.

    >>> rt.lax.sin(rt.numpy.array([0.0, 0.5])).round(3)
    Array([0.   , 0.479], dtype=float32)
    """
    return ew.sin(lift.operand("sin", x))


def cos(x: ArrayLike) -> Array:
    """The cosine of x in radians.

    >>> rt.lax.cos(rt.numpy.array([0.0, 0.5])).round(3)
    Array([1.   , 0.878], dtype=float32)
    """
    return ew.cos(lift.operand("cos", x))


def tan(x: ArrayLike) -> Array:
    """The tangent of x in radians.

    >>> rt.lax.tan(rt.numpy.array([0.0, 0.5])).round(3)
    Array([0.   , 0.546], dtype=float32)
    """
    return ew.tan(lift.operand("tan", x))


def asin(x: ArrayLike) -> Array:
    """The inverse sine.

    >>> rt.lax.asin(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 1.571], dtype=float32)
    """
    return ew.asin(lift.operand("asin", x))


def acos(x: ArrayLike) -> Array:
    """The inverse cosine.

    >>> rt.lax.acos(rt.numpy.array([1.0, 0.0])).round(3)
    Array([0.   , 1.571], dtype=float32)
    """
    return ew.acos(lift.operand("acos", x))


def atan(x: ArrayLike) -> Array:
    """The inverse tangent.

    >>> rt.lax.atan(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 0.785], dtype=float32)
    """
    return ew.atan(lift.operand("atan", x))


def sinh(x: ArrayLike) -> Array:
    """The hyperbolic sine.

    >>> rt.lax.sinh(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 1.175], dtype=float32)
    """
    return ew.sinh(lift.operand("sinh", x))


def cosh(x: ArrayLike) -> Array:
    """The hyperbolic cosine.

    >>> rt.lax.cosh(rt.numpy.array([0.0, 1.0])).round(3)
    Array([1.   , 1.543], dtype=float32)
    """
    return ew.cosh(lift.operand("cosh", x))


def tanh(x: ArrayLike) -> Array:
    """The hyperbolic tangent.

    >>> rt.lax.tanh(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 0.762], dtype=float32)
    """
    return ew.tanh(lift.operand("tanh", x))


def asinh(x: ArrayLike) -> Array:
    """The inverse hyperbolic sine.

    >>> rt.lax.asinh(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 0.881], dtype=float32)
    """
    return ew.asinh(lift.operand("asinh", x))


def acosh(x: ArrayLike) -> Array:
    """The inverse hyperbolic cosine.

    >>> rt.lax.acosh(rt.numpy.array([1.0, 2.0])).round(3)
    Array([0.   , 1.317], dtype=float32)
    """
    return ew.acosh(lift.operand("acosh", x))


def atanh(x: ArrayLike) -> Array:
    """The inverse hyperbolic tangent.

    >>> rt.lax.atanh(rt.numpy.array([0.0, 0.5])).round(3)
    Array([0.   , 0.549], dtype=float32)
    """
    return ew.atanh(lift.operand("atanh", x))


def sqrt(x: ArrayLike) -> Array:
    """The square root.

    >>> rt.lax.sqrt(rt.numpy.array([4.0, 9.0]))
    Array([2., 3.], dtype=float32)
    """
    return ew.sqrt(lift.operand("sqrt", x))


def rsqrt(x: ArrayLike) -> Array:
    """1 / sqrt(x).

    >>> rt.lax.rsqrt(rt.numpy.array([4.0, 16.0])).round(3)
    Array([0.5 , 0.25], dtype=float32)
    """
    return ew.rsqrt(lift.operand("rsqrt", x))


def cbrt(x: ArrayLike) -> Array:
    """The cube root, of negative numbers too.

    >>> rt.lax.cbrt(rt.numpy.array([8.0, -27.0])).round(3)
    Array([ 2., -3.], dtype=float32)
    """
    return ew.cbrt(lift.operand("cbrt", x))


def logistic(x: ArrayLike) -> Array:
    """1 / (1 + exp(-x)).

    >>> rt.lax.logistic(rt.numpy.array([0.0, 2.0])).round(3)
    Array([0.5  , 0.881], dtype=float32)
    """
    return ew.logistic(lift.operand("logistic", x))


def erf(x: ArrayLike) -> Array:
    """The error function.

    >>> rt.lax.erf(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 0.843], dtype=float32)
    """
    return ew.erf(lift.operand("erf", x))


def erfc(x: ArrayLike) -> Array:
    """1 - erf(x), exact for large x.

    >>> rt.lax.erfc(rt.numpy.array([0.0, 1.0])).round(3)
    Array([1.   , 0.157], dtype=float32)
    """
    return ew.erfc(lift.operand("erfc", x))


def erf_inv(x: ArrayLike) -> Array:
    """The inverse of the error function.

    >>> rt.lax.erf_inv(rt.numpy.array([0.0, 0.5])).round(3)
    Array([0.   , 0.477], dtype=float32)
    """
    return ew.erf_inv(lift.operand("erf_inv", x))


def lgamma(x: ArrayLike) -> Array:
    """The logarithm of the absolute value of the gamma function.

    >>> rt.lax.lgamma(rt.numpy.array([1.0, 4.0])).round(3)
    Array([0.   , 1.792], dtype=float32)
    """
    return ew.lgamma(lift.operand("lgamma", x))


def digamma(x: ArrayLike) -> Array:
    """The derivative of lgamma.

    >>> rt.lax.digamma(rt.numpy.array([1.0, 2.0])).round(3)
    Array([-0.577,  0.423], dtype=float32)
    """
    return ew.digamma(lift.operand("digamma", x))


def is_finite(x: ArrayLike) -> Array:
    """Whether x is neither infinite nor nan.

    >>> rt.lax.is_finite(rt.numpy.array([1.0, rt.numpy.inf, rt.numpy.nan]))
    Array([ True, False, False], dtype=bool)
    """
    return ew.is_finite(lift.operand("is_finite", x))


def bitwise_not(x: ArrayLike) -> Array:
    """Each bit turned over; for bools, not x.

    >>> rt.lax.bitwise_not(rt.numpy.array([0, 5]))
    Array([-1, -6], dtype=int32)
    """
    return ew.not_(lift.operand("bitwise_not", x))


def population_count(x: ArrayLike) -> Array:
    """The number of bits that are 1.

    >>> rt.lax.population_count(rt.numpy.array([7, 8]))
    Array([3, 1], dtype=int32)
    """
    return ew.popcount(lift.operand("population_count", x))


def clz(x: ArrayLike) -> Array:
    """The number of leading bits that are 0.

    >>> rt.lax.clz(rt.numpy.array([1, 255]))
    Array([31, 24], dtype=int32)
    """
    return ew.clz(lift.operand("clz", x))


def add(x: ArrayLike, y: ArrayLike) -> Array:
    """x + y. Raises DtypeError where the types differ: nothing is promoted but Python numbers.

    >>> rt.lax.add(rt.numpy.array([1.0, 2.0]), 0.5)
    Array([1.5, 2.5], dtype=float32)
    """
    return ew.add(*_operands("add", (x, y)))


def sub(x: ArrayLike, y: ArrayLike) -> Array:
    """x - y.

    >>> rt.lax.sub(rt.numpy.array([1, 2]), rt.numpy.array([3, 5]))
    Array([-2, -3], dtype=int32)
    """
    return ew.sub(*_operands("sub", (x, y)))


def mul(x: ArrayLike, y: ArrayLike) -> Array:
    """x * y.

    >>> rt.lax.mul(rt.numpy.array([1, 2]), rt.numpy.array([3, 4]))
    Array([3, 8], dtype=int32)
    """
    return ew.mul(*_operands("mul", (x, y)))


def div(x: ArrayLike, y: ArrayLike) -> Array:
    """x / y; of integers the whole part, rounded towards 0.

    >>> rt.lax.div(rt.numpy.array([7, -7]), rt.numpy.array([2, 2]))
    Array([ 3, -3], dtype=int32)
    """
    return ew.div(*_operands("div", (x, y)))


def rem(x: ArrayLike, y: ArrayLike) -> Array:
    """What div leaves, with the sign of x.

    >>> rt.lax.rem(rt.numpy.array([7, -7]), rt.numpy.array([3, 3]))
    Array([ 1, -1], dtype=int32)
    """
    return ew.rem(*_operands("rem", (x, y)))


def max(x: ArrayLike, y: ArrayLike) -> Array:
    """The greater of x and y; nan wins.

    >>> rt.lax.max(rt.numpy.array([1.0, rt.numpy.nan]), rt.numpy.array([2.0, 2.0]))
    Array([ 2., nan], dtype=float32)
    """
    return ew.max(*_operands("max", (x, y)))


def min(x: ArrayLike, y: ArrayLike) -> Array:
    """The lesser of x and y; nan wins.

    >>> rt.lax.min(rt.numpy.array([1.0, rt.numpy.nan]), rt.numpy.array([2.0, 2.0]))
    Array([ 1., nan], dtype=float32)
    """
    return ew.min(*_operands("min", (x, y)))


def atan2(x: ArrayLike, y: ArrayLike) -> Array:
    """The angle of the point (y, x), from -pi to pi.

    >>> rt.lax.atan2(rt.numpy.array([1.0, -1.0]), rt.numpy.array([0.0, 0.0])).round(3)
    Array([ 1.571, -1.571], dtype=float32)
    """
    return ew.atan2(*_operands("atan2", (x, y)))


def nextafter(x: ArrayLike, y: ArrayLike) -> Array:
    """The next float from x towards y.

    >>> rt.lax.nextafter(rt.numpy.array([1.0]), rt.numpy.array([2.0])) > 1
    Array([ True], dtype=bool)
    """
    return ew.nextafter(*_operands("nextafter", (x, y)))


def bitwise_and(x: ArrayLike, y: ArrayLike) -> Array:
    """Bits that are 1 in both.

    >>> rt.lax.bitwise_and(rt.numpy.array([12]), rt.numpy.array([10]))
    Array([8], dtype=int32)
    """
    return ew.and_(*_operands("bitwise_and", (x, y)))


def bitwise_or(x: ArrayLike, y: ArrayLike) -> Array:
    """Bits that are 1 in one at least.

    >>> rt.lax.bitwise_or(rt.numpy.array([12]), rt.numpy.array([10]))
    Array([14], dtype=int32)
    """
    return ew.or_(*_operands("bitwise_or", (x, y)))


def bitwise_xor(x: ArrayLike, y: ArrayLike) -> Array:
    """Bits that are 1 in exactly one.

    >>> rt.lax.bitwise_xor(rt.numpy.array([12]), rt.numpy.array([10]))
    Array([6], dtype=int32)
    """
    return ew.xor(*_operands("bitwise_xor", (x, y)))


def shift_left(x: ArrayLike, y: ArrayLike) -> Array:
    """x << y; 0 where y is the width or more.

    >>> rt.lax.shift_left(rt.numpy.array([1, 2]), rt.numpy.array([3, 32]))
    Array([8, 0], dtype=int32)
    """
    return ew.shift_left(*_operands("shift_left", (x, y)))


def shift_right_arithmetic(x: ArrayLike, y: ArrayLike) -> Array:
    """x >> y, filled with the sign.

    >>> rt.lax.shift_right_arithmetic(rt.numpy.array([16, -16]), rt.numpy.array([2, 2]))
    Array([ 4, -4], dtype=int32)
    """
    return ew.shift_right_arithmetic(*_operands("shift_right_arithmetic", (x, y)))


def shift_right_logical(x: ArrayLike, y: ArrayLike) -> Array:
    """x >> y, filled with zeros.

    >>> rt.lax.shift_right_logical(rt.numpy.array([16, -1]), rt.numpy.array([2, 28]))
    Array([ 4, 15], dtype=int32)
    """
    return ew.shift_right_logical(*_operands("shift_right_logical", (x, y)))


def eq(x: ArrayLike, y: ArrayLike) -> Array:
    """x == y.

    >>> rt.lax.eq(rt.numpy.array([1, 2]), rt.numpy.array([1, 3]))
    Array([ True, False], dtype=bool)
    """
    return ew.eq(*_operands("eq", (x, y)))


def ne(x: ArrayLike, y: ArrayLike) -> Array:
    """x != y.

    >>> rt.lax.ne(rt.numpy.array([1, 2]), rt.numpy.array([1, 3]))
    Array([False,  True], dtype=bool)
    """
    return ew.ne(*_operands("ne", (x, y)))


def lt(x: ArrayLike, y: ArrayLike) -> Array:
    """x < y.

    >>> rt.lax.lt(rt.numpy.array([1, 2]), rt.numpy.array([2, 2]))
    Array([ True, False], dtype=bool)
    """
    return ew.lt(*_operands("lt", (x, y)))


def le(x: ArrayLike, y: ArrayLike) -> Array:
    """x <= y.

    >>> rt.lax.le(rt.numpy.array([1, 2]), rt.numpy.array([1, 1]))
    Array([ True, False], dtype=bool)
    """
    return ew.le(*_operands("le", (x, y)))


def gt(x: ArrayLike, y: ArrayLike) -> Array:
    """x > y.

    >>> rt.lax.gt(rt.numpy.array([1, 2]), rt.numpy.array([1, 1]))
    Array([False,  True], dtype=bool)
    """
    return ew.gt(*_operands("gt", (x, y)))


def ge(x: ArrayLike, y: ArrayLike) -> Array:
    """x >= y.

    >>> rt.lax.ge(rt.numpy.array([1, 2]), rt.numpy.array([2, 2]))
    Array([False,  True], dtype=bool)
    """
    return ew.ge(*_operands("ge", (x, y)))


class RoundingMethod(enum.IntEnum):
    """Which whole number a half goes to.

    >>> rt.lax.round(rt.numpy.array([0.5, 1.5]), rt.lax.RoundingMethod.TO_NEAREST_EVEN)
    Array([0., 2.], dtype=float32)
    """

    AWAY_FROM_ZERO = 0
    TO_NEAREST_EVEN = 1


def round(x: ArrayLike, rounding_method: RoundingMethod = RoundingMethod.AWAY_FROM_ZERO) -> Array:
    """x rounded to whole numbers.

    >>> rt.lax.round(rt.numpy.array([0.5, 1.5, 2.7]))
    Array([1., 2., 3.], dtype=float32)
    """
    even = RoundingMethod(rounding_method) is RoundingMethod.TO_NEAREST_EVEN
    return (ew.round_even if even else ew.round_away)(lift.operand("round", x))


def square(x: ArrayLike) -> Array:
    """x * x.

    >>> rt.lax.square(rt.numpy.array([2.0, -3.0]))
    Array([4., 9.], dtype=float32)
    """
    return integer_pow(x, 2)


def reciprocal(x: ArrayLike) -> Array:
    """1 / x.

    >>> rt.lax.reciprocal(rt.numpy.array([2.0, 4.0]))
    Array([0.5 , 0.25], dtype=float32)
    """
    return integer_pow(x, -1)


def integer_pow(x: ArrayLike, y: int) -> Array:
    """x to the power of a Python int.

    >>> rt.lax.integer_pow(rt.numpy.array([2.0, 3.0]), 3)
    Array([ 8., 27.], dtype=float32)
    """
    x, y = lift.operand("integer_pow", x), as_index(y)
    if y < 0 and x.dtype in dtypes.INTS:
        raise errors.DtypeError("integer_pow: integers have no negative powers", got=f"{x.aval} to the power of {y}",
                                hint="Convert to a float first: x.astype(rt.numpy.float32).")  # fmt: skip
    if y == 1:
        return x
    if y == 0:
        return lift.full(x.shape, 1, x.dtype, x.weak_type)
    return ew.integer_pow(x, n=y)


def pow(x: ArrayLike, y: ArrayLike) -> Array:
    """x to the power of y; y may be an integer where x is a float.

    >>> rt.lax.pow(rt.numpy.array([2.0, 3.0]), 2)
    Array([4., 9.], dtype=float32)
    """
    if isinstance(y, int) and not isinstance(y, bool):
        return integer_pow(x, y)
    x, y = lift.operand("pow", x), lift.operand("pow", y)
    if y.dtype in dtypes.INTS and x.dtype in dtypes.INEXACT:
        y = lift.convert(y, x.dtype)
    return ew.pow(*_operands("pow", (x, y)))


def fma(x: ArrayLike, y: ArrayLike, z: ArrayLike) -> Array:
    """x * y + z, rounded once.

    >>> rt.lax.fma(rt.numpy.array([2.0]), rt.numpy.array([3.0]), rt.numpy.array([1.0]))
    Array([7.], dtype=float32)
    """
    return ew.fma(*_operands("fma", (x, y, z)))


def stop_gradient(x: PyTree) -> Any:
    """x itself, taken as a constant by derivatives; x may be a pytree.

    >>> rt.grad(lambda x: x * rt.lax.stop_gradient(x))(3.0)
    Array(3., dtype=float32)
    """
    return tree.map(_stopped, x)


def _stopped(x: Any) -> Any:
    x = lift.operand("stop_gradient", x)
    return ew.stop_gradient(x) if x.dtype in dtypes.INEXACT else x


def checkpoint_name(x: PyTree, name: str) -> Any:
    """x itself, under a name that the policies of `checkpoint` know; x may be a pytree.

    >>> keep = rt.checkpoint_policies.save_only_these_names("square")
    >>> f = rt.checkpoint(lambda x: rt.numpy.sin(rt.checkpoint_name(x * x, "square")), policy=keep)
    >>> rt.grad(f)(1.0).round(4)
    Array(1.0806, dtype=float32)
    """
    if not isinstance(name, str):
        raise errors.BadType("checkpoint_name", "name", name, "A text")
    return tree.map(lambda x: _named(x, name), x)


def _named(x: Any, name: str) -> Any:
    x = lift.operand("checkpoint_name", x)
    return ew.name(x, name=name) if x.dtype in ANY else x


def dtype(x: ArrayLike) -> Any:
    """The element type of an array or number.

    >>> rt.lax.dtype(rt.numpy.array([1.0]))
    dtype('float32')
    """
    return lift.kind("dtype", x)[0]


def real(x: ArrayLike) -> Array:
    """The real part of a complex number.

    >>> rt.lax.real(rt.numpy.array([1 + 2j]))
    Array([1.], dtype=float32)
    """
    return ew.real(lift.operand("real", x))


def imag(x: ArrayLike) -> Array:
    """The imaginary part of a complex number.

    >>> rt.lax.imag(rt.numpy.array([1 + 2j]))
    Array([2.], dtype=float32)
    """
    return ew.imag(lift.operand("imag", x))


def conj(x: ArrayLike) -> Array:
    """The complex conjugate; of a real x its complex value.

    >>> rt.lax.conj(rt.numpy.array([1 + 2j]))
    Array([1.-2.j], dtype=complex64)
    """
    x = lift.operand("conj", x)
    return ew.conj(lift.convert(x, dtypes.whole(x.dtype), x.weak_type))


def complex(x: ArrayLike, y: ArrayLike) -> Array:
    """x + iy for real parts of 32 or 64 bits.

    >>> rt.lax.complex(rt.numpy.array([1.0]), rt.numpy.array([2.0]))
    Array([1.+2.j], dtype=complex64)
    """
    return ew.complex_(*_operands("complex", (x, y)))


def select(pred: ArrayLike, on_true: ArrayLike, on_false: ArrayLike) -> Array:
    """on_true where pred, else on_false; a scalar pred chooses one of them whole.

    >>> rt.lax.select(rt.numpy.array([True, False]), rt.numpy.array([1, 2]), rt.numpy.array([10, 20]))
    Array([ 1, 20], dtype=int32)
    """
    x, y = _operands("select", (on_true, on_false))
    pred = lift.operand("select", pred)
    if pred.dtype != dtypes.bool_:
        hint = "Compare first: select(x > 0, …)."
        raise errors.DtypeError("select: pred is no bool", got=pred.aval, hint=hint)
    if pred.shape != x.shape and pred.shape != ():
        raise errors.ShapeError("select: shapes differ", got=f"pred {pred.aval!r} · cases {x.aval!r}",
                                hint="pred is a scalar or of the cases' shape; rt.numpy.where broadcasts.")  # fmt: skip
    return ew.select(lift.broadcast_to(pred, x.shape), x, y)


def select_n(which: ArrayLike, *cases: ArrayLike) -> Array:
    """cases[which], element by element: `which` is a bool (two cases) or an int32.

    >>> rt.lax.select_n(rt.numpy.array([0, 1]), rt.numpy.array([1, 2]), rt.numpy.array([10, 20]))
    Array([ 1, 20], dtype=int32)
    """
    which = lift.operand("select_n", which)
    if not cases:
        raise errors.BadArgument("select_n", "cases", cases, "At least one array")
    values = _operands("select_n", cases)
    if which.dtype == dtypes.bool_:
        if len(cases) > 2:
            raise errors.BadArgument("select_n", "which", which.aval, "An int32 for more than two cases")
        return values[0] if len(cases) == 1 else select(which, values[1], values[0])
    out = values[-1]
    for k in range(len(values) - 2, -1, -1):
        out = select(ew.le(which, lift.full(which.shape, k, which.dtype)), values[k], out)
    return out


def clamp(min: ArrayLike, x: ArrayLike, max: ArrayLike) -> Array:
    """x, but at least min and at most max.

    >>> rt.lax.clamp(0.0, rt.numpy.array([-1.0, 0.5, 9.0]), 1.0)
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    low, x, high = lift.of_one_type("clamp", min, x, max)
    low, high = (lift.broadcast_to(b, x.shape) for b in (low, high))
    return ew.min(ew.max(x, low), high)


def convert_element_type(operand: ArrayLike, new_dtype: DTypeLike) -> Array:
    """The values in another dtype: floats lose their fraction towards 0 and saturate.

    >>> rt.lax.convert_element_type(rt.numpy.array([1.7, -1.7]), "int32")
    Array([ 1, -1], dtype=int32)
    """
    return lift.convert(lift.operand("convert_element_type", operand), dtypes.asdtype(new_dtype))


def reduce_precision(operand: ArrayLike, exponent_bits: int, mantissa_bits: int) -> Array:
    """x rounded as if its type had these numbers of bits: to the nearest, to infinity and to zero beyond its range.

    Derivatives are those of x; where a type has these bits, what flows back is rounded to it as well.

    >>> rt.lax.reduce_precision(rt.numpy.array([1.01]), exponent_bits=8, mantissa_bits=7).round(3)
    Array([1.008], dtype=float32)
    >>> rt.lax.reduce_precision(rt.numpy.array([1.3, 300.0]), exponent_bits=4, mantissa_bits=2)
    Array([1.25,  inf], dtype=float32)
    """
    x = lift.operand("reduce_precision", operand)
    if x.dtype not in dtypes.FLOATS:
        raise errors.DtypeError("reduce_precision: real floats are needed", got=x.aval)
    if exponent_bits < 1 or mantissa_bits < 0:
        raise errors.BadArgument("reduce_precision", "exponent_bits, mantissa_bits", (exponent_bits, mantissa_bits),
                                 "At least one bit and none")  # fmt: skip
    for narrow in (dtypes.bfloat16, dtypes.float16, dtypes.float32):
        if (exponent_bits, mantissa_bits) == _BITS[narrow]:
            return lift.convert(lift.convert(x, narrow), x.dtype)
    wide = x if x.dtype == dtypes.float64 else lift.convert(x, dtypes.float32)
    value = lift.convert(_rounded(ew.stop_gradient(wide), exponent_bits, mantissa_bits), x.dtype)
    flow = ew.sub(x, ew.stop_gradient(x))  # zero, with the derivative of x
    return ew.select(ew.eq(flow, lift.full(x.shape, 0, x.dtype)), ew.add(value, flow), value)


def _rounded(x: Any, e: int, m: int) -> Any:
    """A float32 or float64 with e bits of exponent and m of mantissa left."""
    kind, most, full = (dtypes.uint64, 11, 52) if x.dtype == dtypes.float64 else (dtypes.uint32, 8, 23)
    number = lambda n: lift.full(x.shape, n, kind)  # noqa: E731
    bits: Any = ew.bitcast(x, dtype=kind)
    if m < full:
        last = number(1 << (full - m))
        odd = ew.and_(ew.shift_right_logical(bits, number(full - m)), number(1))
        bits = ew.add(bits, ew.add(odd, number((1 << (full - m - 1)) - 1)))
        bits = ew.sub(bits, ew.rem(bits, last))
    if e < most:
        sign, middle, reach = ew.and_(bits, number(1 << (most + full))), (1 << (most - 1)) - 1, (1 << (e - 1)) - 1
        top = number(((1 << most) - 1) << full)
        exponent = ew.and_(bits, top)
        bits = ew.select(ew.gt(exponent, number((middle + reach) << full)), ew.or_(sign, top), bits)
        bits = ew.select(ew.le(exponent, number((middle - reach) << full)), sign, bits)
    return ew.select(ew.ne(x, x), x, ew.bitcast(bits, dtype=x.dtype))


_BITS = {dtypes.bfloat16: (8, 7), dtypes.float16: (5, 10), dtypes.float32: (8, 23)}


def mulhi(x: ArrayLike, y: ArrayLike) -> Array:
    """The upper half of the bits of x * y, for integers of at most 32 bits.

    >>> rt.lax.mulhi(rt.numpy.array([1 << 20]), rt.numpy.array([1 << 20]))
    Array([256], dtype=int32)
    """
    x, y = _operands("mulhi", (x, y))
    bits = x.dtype.itemsize * 8
    if x.dtype not in dtypes.INTS or bits > 32:
        raise errors.DtypeError("mulhi: only integers of at most 32 bits", got=x.aval, hint="Split wider ones in two.")
    wide = dtypes.int64 if x.dtype in dtypes.SIGNED else dtypes.uint64
    product = ew.mul(lift.convert(x, wide), lift.convert(y, wide))
    half = lift.full(x.shape, bits, wide)
    return lift.convert(ew.shift_right_arithmetic(product, half), x.dtype)
