"""lax's public functions of one element at a time: operands of equal dtype; scalars and axes of size 1 grow."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

from rustorch_fn import dtypes, errors, tree
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import lift


def _operands(name: str, xs: tuple[Any, ...]) -> list[Any]:
    """Operands of one dtype, of equal rank or scalars."""
    values = lift.common(name, *xs)
    given = {a.aval.dtype for a in xs if isinstance(a, lift.Value) and not a.aval.weak_type}
    if given - {values[0].aval.dtype}:
        got = " · ".join(repr(a.aval) if isinstance(a, lift.Value) else repr(a) for a in xs)
        hint = f"Convert one of them; rt.numpy's functions do so by themselves (rt.numpy.{name})."
        raise errors.DtypeError(f"{name}: the operands' types differ", got=got, hint=hint)
    shapes = {v.aval.shape for v in values}
    if len(shapes) == 1:
        return values
    if len({len(s) for s in shapes if s}) > 1:
        got = " · ".join(repr(v.aval) for v in values)
        hint = "Scalars and axes of size 1 grow here; rt.numpy's functions also add leading axes."
        raise errors.ShapeError(f"{name}: the operands' ranks differ", got=got, hint=hint)
    return lift.spread(name, *values)


def _unary(name: str, op: Any, doc: str) -> Callable[[Any], Any]:
    def function(x: Any) -> Any:
        return op(lift.operand(name, x))

    return _named(function, name, doc)


def _binary(name: str, op: Any, doc: str) -> Callable[[Any, Any], Any]:
    def function(x: Any, y: Any) -> Any:
        return op(*_operands(name, (x, y)))

    return _named(function, name, doc)


def _named(function: Any, name: str, doc: str) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


neg = _unary("neg", ew.neg, "-x.")
sign = _unary("sign", ew.sign, "-1, 0 or 1 by the sign of x; nan stays.")
floor = _unary("floor", ew.floor, "The greatest whole number at most x.")
ceil = _unary("ceil", ew.ceil, "The least whole number at least x.")
abs = _unary("abs", ew.abs, "The absolute value of x.")
exp = _unary("exp", ew.exp, "e to the power of x.")
exp2 = _unary("exp2", ew.exp2, "2 to the power of x.")
expm1 = _unary("expm1", ew.expm1, "exp(x) - 1, exact near 0.")
log = _unary("log", ew.log, "The natural logarithm.")
log1p = _unary("log1p", ew.log1p, "log(1 + x), exact near 0.")
sin = _unary("sin", ew.sin, "The sine of x in radians.")
cos = _unary("cos", ew.cos, "The cosine of x in radians.")
tan = _unary("tan", ew.tan, "The tangent of x in radians.")
asin = _unary("asin", ew.asin, "The inverse sine.")
acos = _unary("acos", ew.acos, "The inverse cosine.")
atan = _unary("atan", ew.atan, "The inverse tangent.")
sinh = _unary("sinh", ew.sinh, "The hyperbolic sine.")
cosh = _unary("cosh", ew.cosh, "The hyperbolic cosine.")
tanh = _unary("tanh", ew.tanh, "The hyperbolic tangent.")
asinh = _unary("asinh", ew.asinh, "The inverse hyperbolic sine.")
acosh = _unary("acosh", ew.acosh, "The inverse hyperbolic cosine.")
atanh = _unary("atanh", ew.atanh, "The inverse hyperbolic tangent.")
sqrt = _unary("sqrt", ew.sqrt, "The square root.")
rsqrt = _unary("rsqrt", ew.rsqrt, "1 / sqrt(x).")
cbrt = _unary("cbrt", ew.cbrt, "The cube root, of negative numbers too.")
logistic = _unary("logistic", ew.logistic, "1 / (1 + exp(-x)).")
erf = _unary("erf", ew.erf, "The error function.")
erfc = _unary("erfc", ew.erfc, "1 - erf(x), exact for large x.")
erf_inv = _unary("erf_inv", ew.erf_inv, "The inverse of the error function.")
lgamma = _unary("lgamma", ew.lgamma, "The logarithm of the absolute value of the gamma function.")
digamma = _unary("digamma", ew.digamma, "The derivative of lgamma.")
is_finite = _unary("is_finite", ew.is_finite, "Whether x is neither infinite nor nan.")
bitwise_not = _unary("bitwise_not", ew.not_, "Each bit turned over; for bools, not x.")
population_count = _unary("population_count", ew.popcount, "The number of bits that are 1.")
clz = _unary("clz", ew.clz, "The number of leading bits that are 0.")

add = _binary("add", ew.add, "x + y.")
sub = _binary("sub", ew.sub, "x - y.")
mul = _binary("mul", ew.mul, "x * y.")
div = _binary("div", ew.div, "x / y; of integers the whole part, rounded towards 0.")
rem = _binary("rem", ew.rem, "What div leaves, with the sign of x.")
max = _binary("max", ew.max, "The greater of x and y; nan wins.")
min = _binary("min", ew.min, "The lesser of x and y; nan wins.")
atan2 = _binary("atan2", ew.atan2, "The angle of the point (y, x), from -pi to pi.")
nextafter = _binary("nextafter", ew.nextafter, "The next float from x towards y.")
bitwise_and = _binary("bitwise_and", ew.and_, "Bits that are 1 in both.")
bitwise_or = _binary("bitwise_or", ew.or_, "Bits that are 1 in one at least.")
bitwise_xor = _binary("bitwise_xor", ew.xor, "Bits that are 1 in exactly one.")
shift_left = _binary("shift_left", ew.shift_left, "x << y; 0 where y is the width or more.")
shift_right_arithmetic = _binary("shift_right_arithmetic", ew.shift_right_arithmetic, "x >> y, filled with the sign.")
shift_right_logical = _binary("shift_right_logical", ew.shift_right_logical, "x >> y, filled with zeros.")
eq = _binary("eq", ew.eq, "x == y.")
ne = _binary("ne", ew.ne, "x != y.")
lt = _binary("lt", ew.lt, "x < y.")
le = _binary("le", ew.le, "x <= y.")
gt = _binary("gt", ew.gt, "x > y.")
ge = _binary("ge", ew.ge, "x >= y.")


class RoundingMethod(enum.IntEnum):
    """Which whole number a half goes to."""

    AWAY_FROM_ZERO = 0
    TO_NEAREST_EVEN = 1


def round(x: Any, rounding_method: RoundingMethod = RoundingMethod.AWAY_FROM_ZERO) -> Any:
    """x rounded to whole numbers."""
    even = RoundingMethod(rounding_method) is RoundingMethod.TO_NEAREST_EVEN
    return (ew.round_even if even else ew.round_away)(lift.operand("round", x))


def square(x: Any) -> Any:
    """x * x."""
    return integer_pow(x, 2)


def reciprocal(x: Any) -> Any:
    """1 / x."""
    return integer_pow(x, -1)


def integer_pow(x: Any, y: int) -> Any:
    """x to the power of a Python int."""
    x = lift.operand("integer_pow", x)
    if y < 0 and x.dtype in dtypes.INTS:
        raise errors.DtypeError("integer_pow: integers have no negative powers", got=f"{x.aval} to the power of {y}",
                                hint="Convert to a float first: x.astype(rt.numpy.float32).")  # fmt: skip
    if y == 1:
        return x
    if y == 0:
        return lift.full(x.shape, 1, x.dtype, x.weak_type)
    return ew.integer_pow(x, n=y)


def pow(x: Any, y: Any) -> Any:
    """x to the power of y; y may be an integer where x is a float."""
    if isinstance(y, int) and not isinstance(y, bool):
        return integer_pow(x, y)
    x, y = lift.operand("pow", x), lift.operand("pow", y)
    if y.dtype in dtypes.INTS and x.dtype in dtypes.FLOATS:
        y = lift.convert(y, x.dtype)
    return ew.pow(*_operands("pow", (x, y)))


def fma(x: Any, y: Any, z: Any) -> Any:
    """x * y + z, rounded once."""
    return ew.fma(*_operands("fma", (x, y, z)))


def stop_gradient(x: Any) -> Any:
    """x itself, taken as a constant by derivatives; x may be a pytree.

    >>> stop_gradient((1.0, None))[0].item()
    1.0
    """
    return tree.map(_stopped, x)


def _stopped(x: Any) -> Any:
    x = lift.operand("stop_gradient", x)
    return ew.stop_gradient(x) if x.dtype in dtypes.FLOATS else x


def dtype(x: Any) -> Any:
    """The element type of an array or number."""
    return lift.kind("dtype", x)[0]


def real(x: Any) -> Any:
    """The real part: x itself."""
    return lift.operand("real", x)


def conj(x: Any) -> Any:
    """The complex conjugate: x itself."""
    return lift.operand("conj", x)


def select(pred: Any, on_true: Any, on_false: Any) -> Any:
    """on_true where pred, else on_false; a scalar pred chooses one of them whole."""
    x, y = _operands("select", (on_true, on_false))
    pred = lift.operand("select", pred)
    if pred.dtype != dtypes.bool_:
        hint = "Compare first: select(x > 0, …)."
        raise errors.DtypeError("select: pred is no bool", got=pred.aval, hint=hint)
    if pred.shape != x.shape and pred.shape != ():
        raise errors.ShapeError("select: shapes differ", got=f"pred {pred.aval!r} · cases {x.aval!r}",
                                hint="pred is a scalar or of the cases' shape; rt.numpy.where broadcasts.")  # fmt: skip
    return ew.select(lift.broadcast_to(pred, x.shape), x, y)


def select_n(which: Any, *cases: Any) -> Any:
    """cases[which], element by element: `which` is a bool (two cases) or an int32."""
    which = lift.operand("select_n", which)
    values = _operands("select_n", cases)
    if which.dtype == dtypes.bool_:
        if len(cases) > 2:
            raise errors.BadArgument("select_n", "which", which.aval, "An int32 for more than two cases")
        return values[0] if len(cases) == 1 else select(which, values[1], values[0])
    out = values[-1]
    for k in range(len(values) - 2, -1, -1):
        out = select(ew.le(which, lift.full(which.shape, k, which.dtype)), values[k], out)
    return out


def clamp(min: Any, x: Any, max: Any) -> Any:
    """x, but at least min and at most max."""
    x = lift.operand("clamp", x)
    low, high = (lift.broadcast_to(lift.to(b, x.dtype, x.weak_type), x.shape) for b in (min, max))
    return ew.min(ew.max(x, low), high)


def convert_element_type(operand: Any, new_dtype: Any) -> Any:
    """The values in another dtype: floats lose their fraction towards 0 and saturate.

    >>> convert_element_type(1.9, "int32").item()
    1
    """
    return lift.convert(lift.operand("convert_element_type", operand), dtypes.asdtype(new_dtype))


def reduce_precision(operand: Any, exponent_bits: int, mantissa_bits: int) -> Any:
    """x rounded as if its type had these numbers of bits."""
    x = lift.operand("reduce_precision", operand)
    for narrow in (dtypes.bfloat16, dtypes.float16, dtypes.float32):
        if (exponent_bits, mantissa_bits) == _BITS[narrow] and x.dtype in dtypes.FLOATS:
            return lift.convert(lift.convert(x, narrow), x.dtype)
    raise errors.BadArgument("reduce_precision", "exponent_bits, mantissa_bits", (exponent_bits, mantissa_bits),
                             "Those of bfloat16 (8, 7), float16 (5, 10) or float32 (8, 23)")  # fmt: skip


_BITS = {dtypes.bfloat16: (8, 7), dtypes.float16: (5, 10), dtypes.float32: (8, 23)}


def mulhi(x: Any, y: Any) -> Any:
    """The upper half of the bits of x * y, for integers of at most 32 bits."""
    x, y = _operands("mulhi", (x, y))
    bits = x.dtype.itemsize * 8
    if x.dtype not in dtypes.INTS or bits > 32:
        raise errors.DtypeError("mulhi: only integers of at most 32 bits", got=x.aval, hint="Split wider ones in two.")
    wide = dtypes.int64 if x.dtype in dtypes.SIGNED else dtypes.uint64
    product = ew.mul(lift.convert(x, wide), lift.convert(y, wide))
    half = lift.full(x.shape, bits, wide)
    return lift.convert(ew.shift_right_arithmetic(product, half), x.dtype)
