"""Functions of one element at a time, with NumPy's broadcasting and JAX's promotion."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from operator import index as as_index
from typing import Any

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import lift, quick
from rustorch_fn.lax.families import Elementwise
from rustorch_fn.lax.special import bessel_i0e
from rustorch_fn.typing import Array, ArrayLike

# --- operands ---


def floats(name: str, x: Any) -> Array:
    """x as an array of floats, or of complex numbers."""
    if isinstance(x, lift.Value) and x.aval.dtype in dtypes.INEXACT:
        return x
    return lift.common(name, x, floating=True)[0]


def numbers(name: str, *xs: Any) -> list[Array]:
    """Operands of one dtype and shape; bools become int32."""
    values = lift.together(name, *xs)
    if values[0].aval.dtype == dtypes.bool_:
        return [lift.convert(v, dtypes.int32) for v in values]
    return values


def like(x: Any, value: Any) -> Array:
    """A constant of x's dtype and shape."""
    return lift.full(x.aval.shape, value, x.aval.dtype, x.aval.weak_type)


def strong(x: Any) -> Array:
    """x with a dtype that promotion respects, as JAX has it where a function's own constants meet a Python number."""
    return lift.convert(x, x.aval.dtype)


def truth(name: str, x: Any) -> Array:
    """Whether each element is not zero."""
    x = lift.operand(name, x)
    return x if x.aval.dtype == dtypes.bool_ else ew.ne(x, like(x, 0))


def _whole(name: str, op: Elementwise, x: ArrayLike) -> Array:
    """A rounding: integers stay as they are."""
    y = lift.operand(name, x)
    return op(y) if y.aval.dtype in dtypes.INEXACT else y


def is_complex(x: Array) -> bool:
    """Whether an array is of complex numbers."""
    return x.aval.dtype in dtypes.COMPLEX


def real_only(name: str, *xs: Array) -> None:
    """Raise where an operand is complex, for functions that have no meaning there."""
    for x in xs:
        if is_complex(x):
            raise errors.DtypeError(f"{name}: it has no meaning for complex numbers", got=x.aval,
                                    hint="Take rt.numpy.real, imag or abs of it first.")  # fmt: skip


def size_squared(x: Array) -> Array:
    """|x|², which is real."""
    if not is_complex(x):
        return ew.mul(x, x)
    re, im = ew.real(x), ew.imag(x)
    return ew.add(ew.mul(re, re), ew.mul(im, im))


def by_parts(f: Callable[[Array], Array], x: Array) -> Array:
    """A real function of the real and of the imaginary parts."""
    return ew.complex_(f(ew.real(x)), f(ew.imag(x)))


def _of_numbers_or_bools(name: str, op: Elementwise, of_bools: Elementwise, x: ArrayLike, y: ArrayLike) -> Array:
    a, b = lift.together(name, x, y)
    return (of_bools if a.aval.dtype == dtypes.bool_ else op)(a, b)


# --- one operand ---


def exp(x: ArrayLike, /) -> Array:
    """e to the power of x.

    >>> rt.numpy.exp(rt.numpy.array([0.0, 1.0])).round(3)
    Array([1.   , 2.718], dtype=float32)
    """
    return ew.exp(floats("exp", x))


def exp2(x: ArrayLike, /) -> Array:
    """2 to the power of x.

    >>> rt.numpy.exp2(rt.numpy.array([0, 3]))
    Array([1., 8.], dtype=float32)
    """
    return ew.exp2(floats("exp2", x))


def expm1(x: ArrayLike, /) -> Array:
    """exp(x) - 1, exact near 0.

    >>> rt.numpy.expm1(0.0)
    Array(0., dtype=float32, weak_type=True)
    """
    x = floats("expm1", x)
    return _expm1_of_complex(x) if x.dtype in dtypes.COMPLEX else ew.expm1(x)


def _expm1_of_complex(z: Any) -> Any:
    """As C99 and the array API standard say beside infinities, where NumPy gives nan; 0 has no sign."""
    out = ew.add(ew.expm1(z), like(z, 0))
    re, im = ew.real(z), ew.imag(z)
    zero, bad = like(im, 0), ew.not_(ew.is_finite(im))
    flat = ew.eq(im, zero)
    left = ew.eq(re, like(re, -math.inf))
    ends = ew.complex_(ew.select(left, like(re, -1), re),
                       ew.select(flat, im, ew.select(left, zero, like(im, math.nan))))  # fmt: skip
    return ew.select(ew.and_(ew.not_(ew.is_finite(re)), ew.or_(flat, bad)), ends, out)


def log(x: ArrayLike, /) -> Array:
    """The natural logarithm.

    >>> rt.numpy.log(rt.numpy.array([1.0, 10.0])).round(3)
    Array([0.   , 2.303], dtype=float32)
    """
    return ew.log(floats("log", x))


def log1p(x: ArrayLike, /) -> Array:
    """log(1 + x), exact near 0.

    >>> rt.numpy.log1p(0.0)
    Array(0., dtype=float32, weak_type=True)
    """
    return ew.log1p(floats("log1p", x))


def log2(x: ArrayLike, /) -> Array:
    """The logarithm to base 2.

    >>> rt.numpy.log2(rt.numpy.array([1, 8])).round(3)
    Array([0., 3.], dtype=float32)
    """
    x = floats("log2", x)
    if is_complex(x):
        return by_parts(lambda part: ew.mul(part, like(part, 1 / math.log(2))), ew.log(x))
    return strong(ew.div(ew.log(x), like(x, math.log(2))))


def log10(x: ArrayLike, /) -> Array:
    """The logarithm to base 10.

    >>> rt.numpy.log10(rt.numpy.array([1, 100])).round(3)
    Array([0., 2.], dtype=float32)
    """
    x = floats("log10", x)
    if is_complex(x):
        return by_parts(lambda part: ew.mul(part, like(part, 1 / math.log(10))), ew.log(x))
    return strong(ew.mul(ew.log(x), like(x, 1 / math.log(10))))


def sin(x: ArrayLike, /) -> Array:
    """The sine of x in radians.

    >>> rt.numpy.sin(rt.numpy.array([0.0, 0.5])).round(3)
    Array([0.   , 0.479], dtype=float32)
    """
    return ew.sin(floats("sin", x))


def cos(x: ArrayLike, /) -> Array:
    """The cosine of x in radians.

    >>> rt.numpy.cos(rt.numpy.array([0.0, 0.5])).round(3)
    Array([1.   , 0.878], dtype=float32)
    """
    return ew.cos(floats("cos", x))


def tan(x: ArrayLike, /) -> Array:
    """The tangent of x in radians.

    >>> rt.numpy.tan(rt.numpy.array([0.0, 0.5])).round(3)
    Array([0.   , 0.546], dtype=float32)
    """
    return ew.tan(floats("tan", x))


def arcsin(x: ArrayLike, /) -> Array:
    """The inverse sine.

    >>> rt.numpy.arcsin(rt.numpy.array([0.0, 1.0, 2.0])).round(3)
    Array([0.   , 1.571,   nan], dtype=float32)
    """
    return ew.asin(floats("arcsin", x))


asin = arcsin


def arccos(x: ArrayLike, /) -> Array:
    """The inverse cosine.

    >>> rt.numpy.arccos(rt.numpy.array([1.0, 0.0])).round(3)
    Array([0.   , 1.571], dtype=float32)
    """
    return ew.acos(floats("arccos", x))


acos = arccos


def arctan(x: ArrayLike, /) -> Array:
    """The inverse tangent.

    >>> rt.numpy.arctan(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 0.785], dtype=float32)
    """
    return ew.atan(floats("arctan", x))


atan = arctan


def sinh(x: ArrayLike, /) -> Array:
    """The hyperbolic sine.

    >>> rt.numpy.sinh(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 1.175], dtype=float32)
    """
    return ew.sinh(floats("sinh", x))


def cosh(x: ArrayLike, /) -> Array:
    """The hyperbolic cosine.

    >>> rt.numpy.cosh(rt.numpy.array([0.0, 1.0])).round(3)
    Array([1.   , 1.543], dtype=float32)
    """
    return ew.cosh(floats("cosh", x))


def tanh(x: ArrayLike, /) -> Array:
    """The hyperbolic tangent.

    >>> rt.numpy.tanh(rt.numpy.array([0.0, 1.0, 99.0])).round(3)
    Array([0.   , 0.762, 1.   ], dtype=float32)
    """
    return ew.tanh(floats("tanh", x))


def arcsinh(x: ArrayLike, /) -> Array:
    """The inverse hyperbolic sine.

    >>> rt.numpy.arcsinh(rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 0.881], dtype=float32)
    """
    return ew.asinh(floats("arcsinh", x))


asinh = arcsinh


def arccosh(x: ArrayLike, /) -> Array:
    """The inverse hyperbolic cosine.

    >>> rt.numpy.arccosh(rt.numpy.array([1.0, 2.0])).round(3)
    Array([0.   , 1.317], dtype=float32)
    """
    return ew.acosh(floats("arccosh", x))


acosh = arccosh


def arctanh(x: ArrayLike, /) -> Array:
    """The inverse hyperbolic tangent.

    >>> rt.numpy.arctanh(rt.numpy.array([0.0, 0.5])).round(3)
    Array([0.   , 0.549], dtype=float32)
    """
    return ew.atanh(floats("arctanh", x))


atanh = arctanh


def sqrt(x: ArrayLike, /) -> Array:
    """The square root.

    >>> rt.numpy.sqrt(rt.numpy.array([4.0, 9.0, -1.0]))
    Array([ 2.,  3., nan], dtype=float32)
    """
    return ew.sqrt(floats("sqrt", x))


def cbrt(x: ArrayLike, /) -> Array:
    """The cube root, of negative numbers too.

    >>> rt.numpy.cbrt(rt.numpy.array([8.0, -27.0])).round(3)
    Array([ 2., -3.], dtype=float32)
    """
    return ew.cbrt(floats("cbrt", x))


def fabs(x: ArrayLike, /) -> Array:
    """The absolute value as a float.

    >>> rt.numpy.fabs(rt.numpy.array([-3, 2]))
    Array([3., 2.], dtype=float32)
    """
    x = floats("fabs", x)
    real_only("fabs", x)
    return ew.abs(x)


def reciprocal(x: ArrayLike, /) -> Array:
    """1 / x.

    >>> rt.numpy.reciprocal(rt.numpy.array([2.0, 4.0]))
    Array([0.5 , 0.25], dtype=float32)
    """
    x = floats("reciprocal", x)
    return ew.integer_pow(x, n=-1)


def deg2rad(x: ArrayLike, /) -> Array:
    """Degrees in radians.

    >>> rt.numpy.deg2rad(180.0).round(3)
    Array(3.142, dtype=float32, weak_type=True)
    """
    x = floats("deg2rad", x)
    return ew.mul(x, like(x, math.pi / 180))


radians = deg2rad


def rad2deg(x: ArrayLike, /) -> Array:
    """Radians in degrees.

    >>> rt.numpy.rad2deg(rt.numpy.pi).round(3)
    Array(180., dtype=float32, weak_type=True)
    """
    x = floats("rad2deg", x)
    return ew.mul(x, like(x, 180 / math.pi))


degrees = rad2deg


def floor(x: ArrayLike, /) -> Array:
    """The greatest whole number at most x.

    >>> rt.numpy.floor(rt.numpy.array([1.7, -1.2]))
    Array([ 1., -2.], dtype=float32)
    """
    return _whole("floor", ew.floor, x)


def ceil(x: ArrayLike, /) -> Array:
    """The least whole number at least x.

    >>> rt.numpy.ceil(rt.numpy.array([1.2, -1.7]))
    Array([ 2., -1.], dtype=float32)
    """
    return _whole("ceil", ew.ceil, x)


def trunc(x: ArrayLike, /) -> Array:
    """x without its fraction.

    >>> rt.numpy.trunc(rt.numpy.array([1.7, -1.7]))
    Array([ 1., -1.], dtype=float32)
    """
    return _whole("trunc", ew.trunc, x)


fix = trunc


def rint(x: ArrayLike, /) -> Array:
    """x rounded to whole numbers, halves to even ones.

    >>> rt.numpy.rint(rt.numpy.array([0.5, 1.5, 2.7]))
    Array([0., 2., 3.], dtype=float32)
    """
    x = lift.operand("rint", x)
    if is_complex(x):
        return by_parts(ew.round_even, x)
    return ew.round_even(x) if x.aval.dtype in dtypes.FLOATS else lift.convert(x, dtypes.float32)


def negative(x: ArrayLike, /) -> Array:
    """-x.

    >>> rt.numpy.negative(rt.numpy.array([1, -2]))
    Array([-1,  2], dtype=int32)
    """
    return ew.neg(lift.operand("negative", x))


def positive(x: ArrayLike, /) -> Array:
    """x itself.

    >>> rt.numpy.positive(rt.numpy.array([1, -2]))
    Array([ 1, -2], dtype=int32)
    """
    return lift.operand("positive", x)


def abs(x: ArrayLike, /) -> Array:
    """The absolute value of x.

    >>> rt.numpy.abs(rt.numpy.array([-3, 2]))
    Array([3, 2], dtype=int32)
    """
    x = lift.operand("abs", x)
    return x if x.aval.dtype == dtypes.bool_ or x.aval.dtype in dtypes.UNSIGNED else ew.abs(x)


absolute = abs


def sign(x: ArrayLike, /) -> Array:
    """-1, 0 or 1 by the sign of x; nan stays.

    >>> rt.numpy.sign(rt.numpy.array([-2.0, 0.0, 5.0]))
    Array([-1.,  0.,  1.], dtype=float32)
    """
    x = lift.operand("sign", x)
    # of -0 it is 0
    return ew.add(ew.sign(x), like(x, 0)) if dtypes.part(x.dtype) in dtypes.FLOATS else ew.sign(x)


def square(x: ArrayLike, /) -> Array:
    """x * x.

    >>> rt.numpy.square(rt.numpy.array([2, -3]))
    Array([4, 9], dtype=int32)
    """
    return ew.integer_pow(numbers("square", x)[0], n=2)


def invert(x: ArrayLike, /) -> Array:
    """Each bit turned over; for bools, not x.

    >>> rt.numpy.invert(rt.numpy.array([0, 5]))
    Array([-1, -6], dtype=int32)
    >>> rt.numpy.invert(True)
    Array(False, dtype=bool)
    """
    return ew.not_(lift.operand("invert", x))


bitwise_not = bitwise_invert = invert


def bitwise_count(x: ArrayLike, /) -> Array:
    """The number of bits that are 1 in the absolute value, as uint8.

    >>> rt.numpy.bitwise_count(rt.numpy.array([7, 8]))
    Array([3, 1], dtype=uint8)
    """
    return lift.convert(ew.popcount(abs(lift.operand("bitwise_count", x))), dtypes.uint8)


def isfinite(x: ArrayLike, /) -> Array:
    """Whether x is neither infinite nor nan.

    >>> rt.numpy.isfinite(rt.numpy.array([1.0, rt.numpy.inf, rt.numpy.nan]))
    Array([ True, False, False], dtype=bool)
    """
    x = lift.operand("isfinite", x)
    if is_complex(x):
        return ew.and_(ew.is_finite(ew.real(x)), ew.is_finite(ew.imag(x)))
    return ew.is_finite(x) if x.aval.dtype in dtypes.FLOATS else lift.full(x.shape, True, dtypes.bool_)


def isnan(x: ArrayLike, /) -> Array:
    """Whether x is not a number.

    >>> rt.numpy.isnan(rt.numpy.array([1.0, rt.numpy.inf, rt.numpy.nan]))
    Array([False, False,  True], dtype=bool)
    """
    x = lift.operand("isnan", x)
    return ew.ne(x, x) if x.aval.dtype in dtypes.INEXACT else lift.full(x.shape, False, dtypes.bool_)


def _equals(name: str, x: Any, value: float) -> Any:
    x = lift.operand(name, x)
    real_only(name, x)
    if x.aval.dtype not in dtypes.FLOATS:
        return lift.full(x.shape, False, dtypes.bool_)
    return ew.eq(x, like(x, value))


def isinf(x: ArrayLike, /) -> Array:
    """Whether x is infinite.

    >>> rt.numpy.isinf(rt.numpy.array([1.0, -rt.numpy.inf, rt.numpy.nan]))
    Array([False,  True, False], dtype=bool)
    """
    x = lift.operand("isinf", x)
    if is_complex(x):
        return ew.or_(isinf(ew.real(x)), isinf(ew.imag(x)))
    return _equals("isinf", abs(x), math.inf)


def isposinf(x: ArrayLike, /) -> Array:
    """Whether x is +inf.

    >>> rt.numpy.isposinf(rt.numpy.array([-rt.numpy.inf, rt.numpy.inf]))
    Array([False,  True], dtype=bool)
    """
    return _equals("isposinf", x, math.inf)


def isneginf(x: ArrayLike, /) -> Array:
    """Whether x is -inf.

    >>> rt.numpy.isneginf(rt.numpy.array([-rt.numpy.inf, rt.numpy.inf]))
    Array([ True, False], dtype=bool)
    """
    return _equals("isneginf", x, -math.inf)


def signbit(x: ArrayLike, /) -> Array:
    """Whether the sign of x is minus, of -0.0 and nan too.

    >>> rt.numpy.signbit(rt.numpy.array([-0.0, 0.0, -1.0]))
    Array([ True, False,  True], dtype=bool)
    """
    x = lift.operand("signbit", x)
    real_only("signbit", x)
    if x.aval.dtype in dtypes.FLOATS:
        x = ew.bitcast(x, dtype={2: dtypes.int16, 4: dtypes.int32, 8: dtypes.int64}[x.aval.dtype.itemsize])
    elif x.aval.dtype == dtypes.bool_:
        return like(x, False)
    return ew.lt(x, like(x, 0))


def logical_not(x: ArrayLike, /) -> Array:
    """Whether x is zero.

    >>> rt.numpy.logical_not(rt.numpy.array([0, 2]))
    Array([ True, False], dtype=bool)
    """
    return ew.not_(truth("logical_not", x))


def sinc(x: ArrayLike, /) -> Array:
    """sin(pi x) / (pi x), and 1 at 0; smooth there.

    >>> rt.numpy.sinc(rt.numpy.array([0.0, 0.5])).round(3)
    Array([1.   , 0.637], dtype=float32)
    """
    x = floats("sinc", x)
    at_zero = ew.eq(x, like(x, 0))
    pi_x = ew.mul(x, like(x, math.pi))
    safe = ew.select(at_zero, like(x, 1), pi_x)
    # the series keeps first and second derivatives right at 0
    series = ew.sub(like(x, 1), ew.mul(ew.mul(pi_x, pi_x), like(x, 1 / 6)))
    return ew.select(at_zero, series, ew.div(ew.sin(safe), safe))


def modf(x: ArrayLike, /) -> tuple[Array, Array]:
    """The fraction and the whole part, both with the sign of x.

    >>> rt.numpy.modf(rt.numpy.array([1.5, -2.25]))
    (Array([ 0.5 , -0.25], dtype=float32), Array([ 1., -2.], dtype=float32))
    """
    x = floats("modf", x)
    whole = ew.trunc(x)
    return ew.select(isinf(x), like(x, 0), ew.sub(x, whole)), whole


def nan_to_num(
    x: ArrayLike,
    copy: bool = True,
    nan: ArrayLike = 0.0,
    posinf: ArrayLike | None = None,
    neginf: ArrayLike | None = None,
) -> Array:
    """nan and infinities replaced by numbers: 0 and the type's greatest and least.

    >>> rt.numpy.nan_to_num(rt.numpy.array([rt.numpy.nan, 1.0]), nan=-1.0)
    Array([-1.,  1.], dtype=float32)
    """
    x = lift.operand("nan_to_num", x)
    if is_complex(x):
        return by_parts(lambda part: nan_to_num(part, copy, nan, posinf, neginf), x)
    if x.aval.dtype not in dtypes.FLOATS:
        return x
    info = dtypes.finfo(x.aval.dtype)
    pairs = ((isnan(x), nan), (isposinf(x), float(info.max) if posinf is None else posinf),
             (isneginf(x), float(info.min) if neginf is None else neginf))  # fmt: skip
    for found, value in pairs:
        value = lift.broadcast_to(lift.to(value, x.aval.dtype, x.aval.weak_type), x.aval.shape)
        x = ew.select(found, value, x)
    return strong(x)


def real(x: ArrayLike, /) -> Array:
    """The real part; of real numbers themselves.

    >>> rt.numpy.real(rt.numpy.array([1 + 2j]))
    Array([1.], dtype=float32)
    """
    x = lift.operand("real", x)
    return ew.real(x) if is_complex(x) else x


def conjugate(x: ArrayLike, /) -> Array:
    """The complex conjugate; of real numbers themselves.

    >>> rt.numpy.conjugate(rt.numpy.array([1 + 2j]))
    Array([1.-2.j], dtype=complex64)
    """
    x = lift.operand("conjugate", x)
    return ew.conj(x) if is_complex(x) else x


conj = conjugate


def imag(x: ArrayLike, /) -> Array:
    """The imaginary part; of real numbers zeros.

    >>> rt.numpy.imag(rt.numpy.array([1 + 2j]))
    Array([2.], dtype=float32)
    """
    x = lift.operand("imag", x)
    return ew.imag(x) if is_complex(x) else like(x, 0)


def angle(z: ArrayLike, deg: bool = False) -> Array:
    """The angle in the complex plane: 0 for positive numbers, pi for negative ones.

    >>> rt.numpy.angle(rt.numpy.array([1.0, -1.0, 1j])).round(3)
    Array([0.   , 3.142, 1.571], dtype=float32)
    """
    x = strong(floats("angle", z))
    if is_complex(x):
        turn = ew.atan2(ew.imag(x), ew.real(x))
        return rad2deg(turn) if deg else turn
    half = like(x, 180.0 if deg else math.pi)
    return ew.select(ew.ne(x, x), x, ew.select(ew.lt(x, like(x, 0)), half, like(x, 0)))


def isreal(x: ArrayLike, /) -> Array:
    """Whether the imaginary part is 0.

    >>> rt.numpy.isreal(rt.numpy.array([1.0, 2j]))
    Array([ True, False], dtype=bool)
    """
    part = imag(x)
    return ew.eq(part, like(part, 0))


def iscomplex(x: ArrayLike, /) -> Array:
    """Whether the imaginary part is not 0.

    >>> rt.numpy.iscomplex(rt.numpy.array([1.0, 2j]))
    Array([False,  True], dtype=bool)
    """
    return ew.not_(isreal(x))


def i0(x: ArrayLike, /) -> Array:
    """Bessel's I of order 0.

    >>> rt.numpy.i0(rt.numpy.array([0.0, 1.0])).round(3)
    Array([1.   , 1.266], dtype=float32)
    """
    x = floats("i0", x)
    return ew.mul(bessel_i0e(x), ew.exp(ew.abs(x)))


# --- two operands ---


def add(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x + y; of bools, x or y.

    >>> rt.numpy.add(rt.numpy.array([1, 2]), 0.5)
    Array([1.5, 2.5], dtype=float32, weak_type=True)
    """
    return _of_numbers_or_bools("add", ew.add, ew.or_, x, y)


def subtract(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x - y.

    >>> rt.numpy.subtract(rt.numpy.array([1, 2]), rt.numpy.array([[3], [4]]))
    Array([[-2, -1],
           [-3, -2]], dtype=int32)
    """
    return ew.sub(*lift.together("subtract", x, y))


def multiply(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x * y; of bools, x and y.

    >>> rt.numpy.multiply(rt.numpy.array([1, 2]), rt.numpy.array([3, 4]))
    Array([3, 8], dtype=int32)
    """
    return _of_numbers_or_bools("multiply", ew.mul, ew.and_, x, y)


def divide(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x / y as floats.

    >>> rt.numpy.divide(rt.numpy.array([1, 2]), 4)
    Array([0.25, 0.5 ], dtype=float32)
    """
    return ew.div(*lift.together("divide", x, y, floating=True))


true_divide = divide


def maximum(x: ArrayLike, y: ArrayLike, /) -> Array:
    """The greater of x and y; nan wins.

    >>> rt.numpy.maximum(rt.numpy.array([1.0, rt.numpy.nan]), 2.0)
    Array([ 2., nan], dtype=float32)
    """
    return ew.max(*lift.together("maximum", x, y))


def minimum(x: ArrayLike, y: ArrayLike, /) -> Array:
    """The lesser of x and y; nan wins.

    >>> rt.numpy.minimum(rt.numpy.array([1.0, rt.numpy.nan]), 2.0)
    Array([ 1., nan], dtype=float32)
    """
    return ew.min(*lift.together("minimum", x, y))


def arctan2(x: ArrayLike, y: ArrayLike, /) -> Array:
    """The angle of the point (y, x), from -pi to pi.

    >>> rt.numpy.arctan2(rt.numpy.array([1.0, -1.0]), rt.numpy.array([0.0, 0.0])).round(3)
    Array([ 1.571, -1.571], dtype=float32)
    """
    return ew.atan2(*lift.together("arctan2", x, y, floating=True))


atan2 = arctan2


def nextafter(x: ArrayLike, y: ArrayLike, /) -> Array:
    """The next float from x towards y.

    >>> rt.numpy.nextafter(1.0, 2.0) > 1
    Array(True, dtype=bool)
    """
    return ew.nextafter(*lift.together("nextafter", x, y, floating=True))


def bitwise_and(x: ArrayLike, y: ArrayLike, /) -> Array:
    """Bits that are 1 in both.

    >>> rt.numpy.bitwise_and(12, 10)
    Array(8, dtype=int32, weak_type=True)
    """
    return ew.and_(*lift.together("bitwise_and", x, y))


def bitwise_or(x: ArrayLike, y: ArrayLike, /) -> Array:
    """Bits that are 1 in one at least.

    >>> rt.numpy.bitwise_or(12, 10)
    Array(14, dtype=int32, weak_type=True)
    """
    return ew.or_(*lift.together("bitwise_or", x, y))


def bitwise_xor(x: ArrayLike, y: ArrayLike, /) -> Array:
    """Bits that are 1 in exactly one.

    >>> rt.numpy.bitwise_xor(12, 10)
    Array(6, dtype=int32, weak_type=True)
    """
    return ew.xor(*lift.together("bitwise_xor", x, y))


def equal(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x == y.

    >>> rt.numpy.equal(rt.numpy.array([1, 2]), rt.numpy.array([1, 3]))
    Array([ True, False], dtype=bool)
    """
    return ew.eq(*lift.together("equal", x, y))


def not_equal(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x != y.

    >>> rt.numpy.not_equal(rt.numpy.array([1, 2]), rt.numpy.array([1, 3]))
    Array([False,  True], dtype=bool)
    """
    return ew.ne(*lift.together("not_equal", x, y))


def _ordered(name: str, op: Elementwise, x: ArrayLike, y: ArrayLike) -> Array:
    """A comparison; of complex numbers by their real parts, and by the imaginary ones where those are equal."""
    a, b = lift.together(name, x, y)
    if not is_complex(a):
        return op(a, b)
    (p, q), (r, s) = (ew.real(a), ew.imag(a)), (ew.real(b), ew.imag(b))
    return ew.select(ew.eq(p, r), op(q, s), op(p, r))


def less(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x < y.

    >>> rt.numpy.less(rt.numpy.array([1, 2]), 2)
    Array([ True, False], dtype=bool)
    """
    return _ordered("less", ew.lt, x, y)


def less_equal(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x <= y.

    >>> rt.numpy.less_equal(rt.numpy.array([1, 2]), 1)
    Array([ True, False], dtype=bool)
    """
    return _ordered("less_equal", ew.le, x, y)


def greater(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x > y.

    >>> rt.numpy.greater(rt.numpy.array([1, 2]), 1)
    Array([False,  True], dtype=bool)
    """
    return _ordered("greater", ew.gt, x, y)


def greater_equal(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x >= y.

    >>> rt.numpy.greater_equal(rt.numpy.array([1, 2]), 2)
    Array([False,  True], dtype=bool)
    """
    return _ordered("greater_equal", ew.ge, x, y)


def _logical(name: str, op: Elementwise, x: ArrayLike, y: ArrayLike) -> Array:
    return op(*lift.spread(name, truth(name, x), truth(name, y)))


def logical_and(x: ArrayLike, y: ArrayLike, /) -> Array:
    """Whether both are not zero.

    >>> rt.numpy.logical_and(rt.numpy.array([0, 2]), rt.numpy.array([1, 3]))
    Array([False,  True], dtype=bool)
    """
    return _logical("logical_and", ew.and_, x, y)


def logical_or(x: ArrayLike, y: ArrayLike, /) -> Array:
    """Whether one at least is not zero.

    >>> rt.numpy.logical_or(rt.numpy.array([0, 2]), 0)
    Array([False,  True], dtype=bool)
    """
    return _logical("logical_or", ew.or_, x, y)


def logical_xor(x: ArrayLike, y: ArrayLike, /) -> Array:
    """Whether exactly one is not zero.

    >>> rt.numpy.logical_xor(rt.numpy.array([0, 2]), 1)
    Array([ True, False], dtype=bool)
    """
    return _logical("logical_xor", ew.xor, x, y)


def left_shift(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x << y; 0 where y is the width or more.

    >>> rt.numpy.left_shift(rt.numpy.array([1, 2]), 3)
    Array([ 8, 16], dtype=int32)
    """
    return ew.shift_left(*numbers("left_shift", x, y))


def right_shift(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x >> y, filled with the sign.

    >>> rt.numpy.right_shift(rt.numpy.array([16, -16]), 2)
    Array([ 4, -4], dtype=int32)
    """
    x, y = numbers("right_shift", x, y)
    return (ew.shift_right_logical if x.aval.dtype in dtypes.UNSIGNED else ew.shift_right_arithmetic)(x, y)


bitwise_left_shift, bitwise_right_shift = left_shift, right_shift


def _float_divmod(x: Any, y: Any) -> tuple[Array, Array]:
    mod = ew.rem(x, y)
    zero = like(x, 0)
    quotient = ew.div(ew.select(ew.eq(y, zero), x, ew.sub(x, mod)), y)
    other_side = ew.and_(ew.ne(mod, zero), ew.ne(ew.sign(y), ew.sign(mod)))
    mod = ew.select(other_side, ew.add(mod, y), mod)
    quotient = ew.select(other_side, ew.sub(quotient, like(x, 1)), quotient)
    return ew.round_away(quotient), mod


def floor_divide(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x / y rounded down.

    >>> rt.numpy.floor_divide(rt.numpy.array([7, -7]), 2)
    Array([ 3, -4], dtype=int32)
    """
    x, y = numbers("floor_divide", x, y)
    real_only("floor_divide", x)
    if x.aval.dtype in dtypes.FLOATS:
        found, zero = _float_divmod(x, y)[0], like(x, 0)
        return ew.select(ew.eq(found, zero), ew.mul(ew.sign(x), ew.div(zero, y)), found)
    quotient = ew.div(x, y)
    if x.aval.dtype in dtypes.UNSIGNED:
        return quotient
    down = ew.and_(ew.ne(ew.sign(x), ew.sign(y)), ew.ne(ew.rem(x, y), like(x, 0)))
    return ew.select(down, ew.sub(quotient, like(x, 1)), quotient)


def remainder(x: ArrayLike, y: ArrayLike, /) -> Array:
    """What floor_divide leaves, with the sign of y; of integers, 0 where y is 0.

    >>> rt.numpy.remainder(rt.numpy.array([7, -7]), 3)
    Array([1, 2], dtype=int32)
    """
    x, y = numbers("remainder", x, y)
    zero = like(x, 0)
    if y.aval.dtype in dtypes.INTS:
        y = ew.select(ew.eq(y, zero), like(y, 1), y)
    left = ew.rem(x, y)
    below = ew.lt(y, zero)
    other_side = ew.and_(ew.ne(ew.lt(left, zero), below), ew.ne(left, zero))
    if y.aval.dtype in dtypes.FLOATS:
        # 0 gets the sign of y
        left = ew.select(below, ew.neg(ew.sub(zero, left)), ew.add(left, zero))
    return ew.select(other_side, ew.add(left, y), left)


mod = remainder


def fmod(x: ArrayLike, y: ArrayLike, /) -> Array:
    """What division rounded towards 0 leaves, with the sign of x.

    >>> rt.numpy.fmod(rt.numpy.array([7, -7]), 3)
    Array([ 1, -1], dtype=int32)
    """
    x, y = numbers("fmod", x, y)
    if y.aval.dtype in dtypes.INTS:
        y = ew.select(ew.eq(y, like(y, 0)), like(y, 1), y)
    return ew.rem(x, y)


def divmod(x: ArrayLike, y: ArrayLike, /) -> tuple[Array, Array]:
    """floor_divide and remainder.

    >>> rt.numpy.divmod(rt.numpy.array([7, -7]), 2)
    (Array([ 3, -4], dtype=int32), Array([1, 1], dtype=int32))
    """
    x, y = numbers("divmod", x, y)
    if x.aval.dtype in dtypes.FLOATS:
        return _float_divmod(x, y)
    return floor_divide(x, y), remainder(x, y)


def power(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x to the power of y; integers keep to integers.

    >>> rt.numpy.power(rt.numpy.array([2, 3]), 3)
    Array([ 8, 27], dtype=int32)
    >>> rt.numpy.power(2.0, -1)
    Array(0.5, dtype=float32, weak_type=True)
    """
    exponent = _known_integer(y)
    if exponent is not None:
        plain = isinstance(y, int)
        out = _integer_power((numbers("power", x) if plain else numbers("power", x, y))[0], exponent)
        return out if plain or out.dtype not in dtypes.COMPLEX else strong(out)
    a, b = numbers("power", x, y)
    if a.aval.dtype in dtypes.INTS:
        return _power_of_integers(a, b)
    return ew.pow(a, b) if lift.kind("power", y)[0] in dtypes.INEXACT else strong(ew.pow(a, b))


def _known_integer(y: Any) -> int | None:
    """y as an int where it is a known scalar integer."""
    if isinstance(y, bool) or isinstance(y, lift.Tracer):
        return None
    try:
        return as_index(y)
    except (TypeError, ValueError):
        return None


def _integer_power(x: Any, n: int) -> Any:
    if n < 0 and x.aval.dtype in dtypes.INTS:
        raise errors.DtypeError("power: integers have no negative powers", got=f"{x.aval} to the power of {n}",
                                hint="Convert to a float first: x.astype(rt.numpy.float32).")  # fmt: skip
    return x if n == 1 else like(x, 1) if n == 0 else ew.integer_pow(x, n=n)


def _power_of_integers(x: Any, y: Any) -> Any:
    """By squaring; six steps, as any greater power of |x| > 1 has left the type."""
    zero, one = like(x, 0), like(x, 1)
    out = ew.select(ew.and_(ew.eq(x, zero), ew.ne(y, zero)), zero, one)
    for _ in range(6):
        out = ew.select(ew.ne(ew.and_(y, one), zero), ew.mul(out, x), out)
        x, y = ew.mul(x, x), ew.shift_right_logical(y, one)
    return out


pow = power


def float_power(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x to the power of y as floats.

    >>> rt.numpy.float_power(rt.numpy.array([2, 3]), 2)
    Array([4., 9.], dtype=float32)
    """
    return ew.pow(*lift.together("float_power", x, y, floating=True))


def fmax(x1: ArrayLike, x2: ArrayLike) -> Array:
    """The greater of x1 and x2; nan loses.

    >>> rt.numpy.fmax(rt.numpy.array([1.0, rt.numpy.nan]), 2.0)
    Array([2., 2.], dtype=float32)
    """
    x, y = lift.together("fmax", x1, x2)
    return ew.select(ew.or_(greater(x, y), isnan(y)), x, y)


def fmin(x1: ArrayLike, x2: ArrayLike) -> Array:
    """The lesser of x1 and x2; nan loses.

    >>> rt.numpy.fmin(rt.numpy.array([1.0, rt.numpy.nan]), 2.0)
    Array([1., 2.], dtype=float32)
    """
    x, y = lift.together("fmin", x1, x2)
    return ew.select(ew.or_(less(x, y), isnan(y)), x, y)


def hypot(x: ArrayLike, y: ArrayLike, /) -> Array:
    """sqrt(x² + y²) without overflow.

    >>> rt.numpy.hypot(3.0, 4.0)
    Array(5., dtype=float32)
    """
    x, y = lift.together("hypot", x, y, floating=True)
    real_only("hypot", x)
    x, y = ew.abs(x), ew.abs(y)
    infinite = ew.or_(isinf(x), isinf(y))
    great, small = ew.max(x, y), ew.min(x, y)
    zero = ew.eq(great, like(x, 0))
    ratio = ew.div(small, ew.select(zero, like(x, 1), great))
    length = ew.mul(great, ew.sqrt(ew.add(like(x, 1), ew.mul(ratio, ratio))))
    return strong(ew.select(infinite, like(x, math.inf), ew.select(zero, great, length)))


def logaddexp(x: ArrayLike, y: ArrayLike, /) -> Array:
    """log(exp(x) + exp(y)) without overflow.

    >>> rt.numpy.logaddexp(0.0, 0.0).round(3)
    Array(0.693, dtype=float32, weak_type=True)
    """
    x, y = lift.together("logaddexp", x, y, floating=True)
    if is_complex(x):
        return _complex_logaddexp(x, y)
    return ew.logaddexp(x, y)


def _complex_logaddexp(x: Array, y: Array) -> Array:
    """By the operand with the greater real part."""
    first = ew.ge(ew.real(x), ew.real(y))
    great, small = ew.select(first, x, y), ew.select(first, y, x)
    delta = ew.sub(small, great)
    same = isnan(delta)
    extra = ew.log1p(ew.exp(ew.select(same, like(x, 0), delta)))
    return ew.select(same, ew.add(x, y), ew.add(great, extra))


def logaddexp2(x: ArrayLike, y: ArrayLike, /) -> Array:
    """log2(2**x + 2**y) without overflow.

    >>> rt.numpy.logaddexp2(3.0, 3.0)
    Array(4., dtype=float32)
    """
    x, y = lift.together("logaddexp2", x, y, floating=True)
    if is_complex(x):
        sum_ = _complex_logaddexp(ew.mul(x, like(x, math.log(2))), ew.mul(y, like(y, math.log(2))))
        return strong(ew.mul(sum_, like(x, 1 / math.log(2))))
    delta = ew.sub(x, y)
    same = ew.ne(delta, delta)
    safe = ew.select(same, like(x, 0), delta)
    extra = ew.mul(ew.log1p(ew.exp2(ew.neg(ew.abs(safe)))), like(x, 1 / math.log(2)))
    return strong(ew.select(same, ew.add(x, y), ew.add(ew.max(x, y), extra)))


def copysign(x: ArrayLike, y: ArrayLike, /) -> Array:
    """|x| with the sign of y.

    >>> rt.numpy.copysign(rt.numpy.array([1.0, -2.0]), -0.0)
    Array([-1., -2.], dtype=float32)
    """
    x, y = lift.together("copysign", x, y, floating=True)
    real_only("copysign", x)
    size = ew.abs(x if y.aval.weak_type else strong(x))
    return ew.select(signbit(y), ew.neg(size), size)


def heaviside(x: ArrayLike, y: ArrayLike, /) -> Array:
    """0 below 0, 1 above it, y at 0.

    >>> rt.numpy.heaviside(rt.numpy.array([-1.0, 0.0, 2.0]), 0.5)
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    x, y = lift.together("heaviside", x, y, floating=True)
    zero = like(x, 0)
    step = ew.select(ew.gt(x, zero), like(x, 1), ew.select(isnan(x), x, y))
    return ew.select(ew.lt(x, zero), zero, step)


def ldexp(x: ArrayLike, y: ArrayLike, /) -> Array:
    """x * 2**y, also where 2**y is too great or small.

    >>> rt.numpy.ldexp(rt.numpy.array([1.0, 1.5]), 3)
    Array([ 8., 12.], dtype=float32)
    """
    x = floats("ldexp", x)
    y = lift.operand("ldexp", y)
    if y.aval.dtype not in dtypes.INTS:
        raise errors.DtypeError("ldexp: the exponent is no integer", got=y.aval, hint="Round it: y.astype('int32').")
    x, y = lift.spread("ldexp", x, lift.convert(y, x.aval.dtype))
    # in three factors, each of which is in range
    third = ew.floor(ew.mul(y, like(y, 1 / 3)))
    rest = ew.sub(y, ew.add(third, third))
    step = ew.exp2(third)
    return ew.mul(ew.mul(ew.mul(x, step), step), ew.exp2(rest))


def gcd(x1: ArrayLike, x2: ArrayLike) -> Array:
    """The greatest common divisor.

    >>> rt.numpy.gcd(rt.numpy.array([12, 18]), 8)
    Array([4, 2], dtype=int32)
    """
    a, b = map(abs, lift.together("gcd", x1, x2))
    if a.aval.dtype not in dtypes.INTS:
        raise errors.DtypeError("gcd: only integers have one", got=a.aval, hint="x.astype(int) would work.")
    # Euclid's steps shrink by the golden ratio at least: so many end for any integers of the type
    for _ in range(math.ceil(a.aval.dtype.itemsize * 8 / math.log2((1 + 5**0.5) / 2))):
        done = ew.eq(b, like(b, 0))
        a, b = ew.select(done, a, b), ew.select(done, b, ew.rem(a, ew.select(done, like(b, 1), b)))
    return a


def lcm(x1: ArrayLike, x2: ArrayLike) -> Array:
    """The least common multiple.

    >>> rt.numpy.lcm(rt.numpy.array([4, 6]), 6)
    Array([12,  6], dtype=int32)
    """
    a, b = map(abs, lift.together("lcm", x1, x2))
    d = gcd(a, b)
    none = ew.eq(d, like(d, 0))
    return ew.select(none, like(d, 0), ew.mul(a, ew.div(b, ew.select(none, like(d, 1), d))))


# --- choices ---


def where(condition: ArrayLike, x: ArrayLike, y: ArrayLike) -> Array:
    """x where condition, else y."""
    pred = truth("where", condition)
    x, y = lift.together("where", x, y)
    if pred.aval.shape != x.aval.shape:
        pred, x, y = lift.spread("where", pred, x, y)
    return ew.select(pred, x, y)


def clip(arr: ArrayLike, /, min: ArrayLike | None = None, max: ArrayLike | None = None) -> Array:
    """arr, but at least min and at most max.

    >>> rt.numpy.clip(rt.numpy.array([-2, 3, 9]), 0, 5)
    Array([0, 3, 5], dtype=int32)
    """
    out = lift.operand("clip", arr)
    # an int takes the type that stands beside it, and may not fit another
    bounds = (bound for bound in (min, max) if bound is not None and not isinstance(bound, int))
    real_only("clip", out, *(lift.operand("clip", bound) for bound in bounds))
    if min is not None:
        out = maximum(min, out)
    return out if max is None else minimum(max, out)


def round(a: ArrayLike, decimals: int = 0, out: None = None) -> Array:
    """a rounded to so many decimals, halves to even ones.

    >>> rt.numpy.round(rt.numpy.array([1.25, 2.345]), 1)
    Array([1.2, 2.3], dtype=float32)
    """
    refuse_out("round", out)
    x = lift.operand("round", a)
    digits = as_index(decimals)
    if x.aval.dtype in dtypes.INTS or x.aval.dtype == dtypes.bool_:
        if digits >= 0:
            return x
        unit = like(x, 10**-digits)
        return ew.mul(floor_divide(ew.add(x, floor_divide(unit, like(x, 2))), unit), unit)
    if is_complex(x):
        return by_parts(lambda part: round(part, digits), x)
    if digits == 0:
        return ew.round_even(x)
    unit = like(x, 10.0 ** builtins.abs(digits))
    if digits > 0:
        near = ew.div(ew.round_even(ew.mul(x, unit)), unit)
    else:
        near = ew.mul(ew.round_even(ew.div(x, unit)), unit)
    return ew.select(ew.is_finite(near), near, x)


around = round


def refuse_out(name: str, out: Any) -> None:
    """Arrays do not change, so nothing can be written into one."""
    if out is not None:
        raise errors.BadArgument(name, "out", type(out).__name__, "Using the result (arrays do not change)")


def isclose(
    a: ArrayLike, b: ArrayLike, rtol: ArrayLike = 1e-05, atol: ArrayLike = 1e-08, equal_nan: bool = False
) -> Array:
    """Whether |a - b| ≤ atol + rtol |b|, element by element.

    >>> rt.numpy.isclose(1.0, rt.numpy.array([1.0 + 1e-7, 1.1]))
    Array([ True, False], dtype=bool)
    """
    x, y = lift.together("isclose", a, b, floating=True)
    near = less_equal(abs(subtract(x, y)), add(atol, multiply(rtol, abs(y))))
    finite = ew.and_(isfinite(x), isfinite(y))
    out = ew.or_(ew.and_(finite, near), ew.eq(x, y))
    return ew.or_(out, ew.and_(isnan(x), isnan(y))) if equal_nan else out


# --- the short way ---

_ONE = (
    "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh",
    "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "sqrt", "cbrt", "fabs", "reciprocal", "floor", "ceil", "trunc",
    "rint", "negative", "abs", "sign", "square", "invert", "isfinite", "isnan", "isinf", "signbit", "logical_not",
)  # fmt: skip
_TWO = (
    "add", "subtract", "multiply", "divide", "maximum", "minimum", "arctan2", "bitwise_and", "bitwise_or",
    "bitwise_xor", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_and", "logical_or",
    "logical_xor", "left_shift", "right_shift", "floor_divide", "remainder", "fmod", "hypot", "logaddexp", "copysign",
)  # fmt: skip
quick.shorten(globals(), _ONE, quick.one)
quick.shorten(globals(), _TWO, quick.two)
# a Python number as exponent decides how it is done
quick.shorten(globals(), ("power",), quick.first)
quick.shorten(globals(), ("where",), quick.some)
