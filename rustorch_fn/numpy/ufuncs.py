"""Functions of one element at a time, with NumPy's broadcasting and JAX's promotion."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from operator import index as as_index
from typing import Any

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import lift
from rustorch_fn.lax.special import bessel_i0e

# --- how the tables below read ---


def _named(function: Any, name: str, doc: str) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def _floating(name: str, op: Any, doc: str) -> Callable[[Any], Any]:
    """A function of floats: integers and bools become float32."""

    def function(x: Any, /) -> Any:
        return op(floats(name, x))

    return _named(function, name, doc)


def _whole(name: str, op: Any, doc: str) -> Callable[[Any], Any]:
    """A rounding: integers stay as they are."""

    def function(x: Any, /) -> Any:
        x = lift.operand(name, x)
        return op(x) if x.aval.dtype in dtypes.FLOATS else x

    return _named(function, name, doc)


def _binary(name: str, op: Any, doc: str, *, floating: bool = False, bools: Any = None) -> Callable[[Any, Any], Any]:
    """A function of two operands; `bools` is the op that it is for bools."""

    def function(x: Any, y: Any, /) -> Any:
        x, y = lift.together(name, x, y, floating=floating)
        return (bools if bools is not None and x.aval.dtype == dtypes.bool_ else op)(x, y)

    return _named(function, name, doc)


def floats(name: str, x: Any) -> Any:
    """x as an array of floats."""
    if isinstance(x, lift.Value) and x.aval.dtype in dtypes.FLOATS:
        return x
    return lift.common(name, x, floating=True)[0]


def numbers(name: str, *xs: Any) -> list[Any]:
    """Operands of one dtype and shape; bools become int32."""
    values = lift.together(name, *xs)
    if values[0].aval.dtype == dtypes.bool_:
        return [lift.convert(v, dtypes.int32) for v in values]
    return values


def like(x: Any, value: Any) -> Any:
    """A constant of x's dtype and shape."""
    return lift.full(x.aval.shape, value, x.aval.dtype, x.aval.weak_type)


def strong(x: Any) -> Any:
    """x with a dtype that promotion respects, as JAX has it where a function's own constants meet a Python number."""
    return lift.convert(x, x.aval.dtype)


def truth(name: str, x: Any) -> Any:
    """Whether each element is not zero."""
    x = lift.operand(name, x)
    return x if x.aval.dtype == dtypes.bool_ else ew.ne(x, like(x, 0))


# --- one operand ---

exp = _floating("exp", ew.exp, "e to the power of x.")
exp2 = _floating("exp2", ew.exp2, "2 to the power of x.")
expm1 = _floating("expm1", ew.expm1, "exp(x) - 1, exact near 0.")
log = _floating("log", ew.log, "The natural logarithm.")
log1p = _floating("log1p", ew.log1p, "log(1 + x), exact near 0.")
log2 = _floating("log2", lambda x: strong(ew.div(ew.log(x), like(x, math.log(2)))), "The logarithm to base 2.")
log10 = _floating("log10", lambda x: strong(ew.mul(ew.log(x), like(x, 1 / math.log(10)))), "The logarithm to base 10.")
sin = _floating("sin", ew.sin, "The sine of x in radians.")
cos = _floating("cos", ew.cos, "The cosine of x in radians.")
tan = _floating("tan", ew.tan, "The tangent of x in radians.")
arcsin = asin = _floating("arcsin", ew.asin, "The inverse sine.")
arccos = acos = _floating("arccos", ew.acos, "The inverse cosine.")
arctan = atan = _floating("arctan", ew.atan, "The inverse tangent.")
sinh = _floating("sinh", ew.sinh, "The hyperbolic sine.")
cosh = _floating("cosh", ew.cosh, "The hyperbolic cosine.")
tanh = _floating("tanh", ew.tanh, "The hyperbolic tangent.")
arcsinh = asinh = _floating("arcsinh", ew.asinh, "The inverse hyperbolic sine.")
arccosh = acosh = _floating("arccosh", ew.acosh, "The inverse hyperbolic cosine.")
arctanh = atanh = _floating("arctanh", ew.atanh, "The inverse hyperbolic tangent.")
sqrt = _floating("sqrt", ew.sqrt, "The square root.")
cbrt = _floating("cbrt", ew.cbrt, "The cube root, of negative numbers too.")
fabs = _floating("fabs", ew.abs, "The absolute value as a float.")
reciprocal = _floating("reciprocal", lambda x: ew.integer_pow(x, n=-1), "1 / x.")
deg2rad = radians = _floating("deg2rad", lambda x: ew.mul(x, like(x, math.pi / 180)), "Degrees in radians.")
rad2deg = degrees = _floating("rad2deg", lambda x: ew.mul(x, like(x, 180 / math.pi)), "Radians in degrees.")

floor = _whole("floor", ew.floor, "The greatest whole number at most x.")
ceil = _whole("ceil", ew.ceil, "The least whole number at least x.")
trunc = fix = _whole("trunc", ew.trunc, "x without its fraction.")


def rint(x: Any, /) -> Any:
    """x rounded to whole numbers, halves to even ones."""
    x = lift.operand("rint", x)
    return ew.round_even(x) if x.aval.dtype in dtypes.FLOATS else lift.convert(x, dtypes.float32)


def negative(x: Any, /) -> Any:
    """-x."""
    return ew.neg(lift.operand("negative", x))


def positive(x: Any, /) -> Any:
    """x itself."""
    return lift.operand("positive", x)


def abs(x: Any, /) -> Any:
    """The absolute value of x."""
    x = lift.operand("abs", x)
    return x if x.aval.dtype == dtypes.bool_ or x.aval.dtype in dtypes.UNSIGNED else ew.abs(x)


absolute = abs


def sign(x: Any, /) -> Any:
    """-1, 0 or 1 by the sign of x; nan stays."""
    return ew.sign(lift.operand("sign", x))


def square(x: Any, /) -> Any:
    """x * x."""
    return ew.integer_pow(numbers("square", x)[0], n=2)


def invert(x: Any, /) -> Any:
    """Each bit turned over; for bools, not x."""
    return ew.not_(lift.operand("invert", x))


bitwise_not = bitwise_invert = invert


def bitwise_count(x: Any, /) -> Any:
    """The number of bits that are 1 in the absolute value, as uint8."""
    return lift.convert(ew.popcount(abs(lift.operand("bitwise_count", x))), dtypes.uint8)


def isfinite(x: Any, /) -> Any:
    """Whether x is neither infinite nor nan."""
    x = lift.operand("isfinite", x)
    return ew.is_finite(x) if x.aval.dtype in dtypes.FLOATS else lift.full(x.shape, True, dtypes.bool_)


def isnan(x: Any, /) -> Any:
    """Whether x is not a number."""
    x = lift.operand("isnan", x)
    return ew.ne(x, x) if x.aval.dtype in dtypes.FLOATS else lift.full(x.shape, False, dtypes.bool_)


def _equals(name: str, x: Any, value: float) -> Any:
    x = lift.operand(name, x)
    if x.aval.dtype not in dtypes.FLOATS:
        return lift.full(x.shape, False, dtypes.bool_)
    return ew.eq(x, like(x, value))


def isinf(x: Any, /) -> Any:
    """Whether x is infinite."""
    return _equals("isinf", abs(x), math.inf)


def isposinf(x: Any, /) -> Any:
    """Whether x is +inf."""
    return _equals("isposinf", x, math.inf)


def isneginf(x: Any, /) -> Any:
    """Whether x is -inf."""
    return _equals("isneginf", x, -math.inf)


def signbit(x: Any, /) -> Any:
    """Whether the sign of x is minus, of -0.0 and nan too."""
    x = lift.operand("signbit", x)
    if x.aval.dtype in dtypes.FLOATS:
        x = ew.bitcast(x, dtype={2: dtypes.int16, 4: dtypes.int32, 8: dtypes.int64}[x.aval.dtype.itemsize])
    elif x.aval.dtype == dtypes.bool_:
        return like(x, False)
    return ew.lt(x, like(x, 0))


def logical_not(x: Any, /) -> Any:
    """Whether x is zero."""
    return ew.not_(truth("logical_not", x))


def sinc(x: Any, /) -> Any:
    """sin(pi x) / (pi x), and 1 at 0; smooth there."""
    x = floats("sinc", x)
    at_zero = ew.eq(x, like(x, 0))
    pi_x = ew.mul(x, like(x, math.pi))
    safe = ew.select(at_zero, like(x, 1), pi_x)
    # the series keeps first and second derivatives right at 0
    series = ew.sub(like(x, 1), ew.mul(ew.mul(pi_x, pi_x), like(x, 1 / 6)))
    return ew.select(at_zero, series, ew.div(ew.sin(safe), safe))


def modf(x: Any, /) -> tuple[Any, Any]:
    """The fraction and the whole part, both with the sign of x."""
    x = floats("modf", x)
    whole = ew.trunc(x)
    return ew.select(isinf(x), like(x, 0), ew.sub(x, whole)), whole


def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """nan and infinities replaced by numbers: 0 and the type's greatest and least."""
    x = lift.operand("nan_to_num", x)
    if x.aval.dtype not in dtypes.FLOATS:
        return x
    info = dtypes.finfo(x.aval.dtype)
    pairs = ((isnan(x), nan), (isposinf(x), float(info.max) if posinf is None else posinf),
             (isneginf(x), float(info.min) if neginf is None else neginf))  # fmt: skip
    for found, value in pairs:
        value = lift.broadcast_to(lift.to(value, x.aval.dtype, x.aval.weak_type), x.aval.shape)
        x = ew.select(found, value, x)
    return strong(x)


def real(x: Any, /) -> Any:
    """The real part: x itself."""
    return lift.operand("real", x)


def conjugate(x: Any, /) -> Any:
    """The complex conjugate: x itself."""
    return lift.operand("conjugate", x)


conj = conjugate


def imag(x: Any, /) -> Any:
    """The imaginary part: zeros, as all types here are real."""
    return strong(like(lift.operand("imag", x), 0))


def angle(z: Any, deg: bool = False) -> Any:
    """The angle in the complex plane: 0 for positive numbers, pi for negative ones."""
    x = floats("angle", z)
    half = like(x, 180.0 if deg else math.pi)
    return ew.select(ew.ne(x, x), x, ew.select(ew.lt(x, like(x, 0)), half, like(x, 0)))


def isreal(x: Any, /) -> Any:
    """Whether the imaginary part is 0: it always is."""
    return lift.full(lift.operand("isreal", x).shape, True, dtypes.bool_)


def iscomplex(x: Any, /) -> Any:
    """Whether the imaginary part is not 0: it never is."""
    return lift.full(lift.operand("iscomplex", x).shape, False, dtypes.bool_)


def i0(x: Any, /) -> Any:
    """Bessel's I of order 0."""
    x = floats("i0", x)
    return ew.mul(bessel_i0e(x), ew.exp(ew.abs(x)))


# --- two operands ---

add = _binary("add", ew.add, "x + y; of bools, x or y.", bools=ew.or_)
subtract = _binary("subtract", ew.sub, "x - y.")
multiply = _binary("multiply", ew.mul, "x * y; of bools, x and y.", bools=ew.and_)
divide = true_divide = _binary("divide", ew.div, "x / y as floats.", floating=True)
maximum = _binary("maximum", ew.max, "The greater of x and y; nan wins.")
minimum = _binary("minimum", ew.min, "The lesser of x and y; nan wins.")
arctan2 = atan2 = _binary("arctan2", ew.atan2, "The angle of the point (y, x), from -pi to pi.", floating=True)
nextafter = _binary("nextafter", ew.nextafter, "The next float from x towards y.", floating=True)
bitwise_and = _binary("bitwise_and", ew.and_, "Bits that are 1 in both.")
bitwise_or = _binary("bitwise_or", ew.or_, "Bits that are 1 in one at least.")
bitwise_xor = _binary("bitwise_xor", ew.xor, "Bits that are 1 in exactly one.")
equal = _binary("equal", ew.eq, "x == y.")
not_equal = _binary("not_equal", ew.ne, "x != y.")
less = _binary("less", ew.lt, "x < y.")
less_equal = _binary("less_equal", ew.le, "x <= y.")
greater = _binary("greater", ew.gt, "x > y.")
greater_equal = _binary("greater_equal", ew.ge, "x >= y.")


def _logical(name: str, op: Any, doc: str) -> Callable[[Any, Any], Any]:
    def function(x: Any, y: Any, /) -> Any:
        return op(*lift.spread(name, truth(name, x), truth(name, y)))

    return _named(function, name, doc)


logical_and = _logical("logical_and", ew.and_, "Whether both are not zero.")
logical_or = _logical("logical_or", ew.or_, "Whether one at least is not zero.")
logical_xor = _logical("logical_xor", ew.xor, "Whether exactly one is not zero.")


def left_shift(x: Any, y: Any, /) -> Any:
    """x << y; 0 where y is the width or more."""
    return ew.shift_left(*numbers("left_shift", x, y))


def right_shift(x: Any, y: Any, /) -> Any:
    """x >> y, filled with the sign."""
    x, y = numbers("right_shift", x, y)
    return (ew.shift_right_logical if x.aval.dtype in dtypes.UNSIGNED else ew.shift_right_arithmetic)(x, y)


bitwise_left_shift, bitwise_right_shift = left_shift, right_shift


def _float_divmod(x: Any, y: Any) -> tuple[Any, Any]:
    mod = ew.rem(x, y)
    zero = like(x, 0)
    quotient = ew.div(ew.select(ew.eq(y, zero), x, ew.sub(x, mod)), y)
    other_side = ew.and_(ew.ne(mod, zero), ew.ne(ew.sign(y), ew.sign(mod)))
    mod = ew.select(other_side, ew.add(mod, y), mod)
    quotient = ew.select(other_side, ew.sub(quotient, like(x, 1)), quotient)
    return ew.round_away(quotient), mod


def floor_divide(x: Any, y: Any, /) -> Any:
    """x / y rounded down."""
    x, y = numbers("floor_divide", x, y)
    if x.aval.dtype in dtypes.FLOATS:
        return _float_divmod(x, y)[0]
    quotient = ew.div(x, y)
    if x.aval.dtype in dtypes.UNSIGNED:
        return quotient
    down = ew.and_(ew.ne(ew.sign(x), ew.sign(y)), ew.ne(ew.rem(x, y), like(x, 0)))
    return ew.select(down, ew.sub(quotient, like(x, 1)), quotient)


def remainder(x: Any, y: Any, /) -> Any:
    """What floor_divide leaves, with the sign of y; of integers, 0 where y is 0."""
    x, y = numbers("remainder", x, y)
    zero = like(x, 0)
    if y.aval.dtype in dtypes.INTS:
        y = ew.select(ew.eq(y, zero), like(y, 1), y)
    left = ew.rem(x, y)
    other_side = ew.and_(ew.ne(ew.lt(left, zero), ew.lt(y, zero)), ew.ne(left, zero))
    return ew.select(other_side, ew.add(left, y), left)


mod = remainder


def fmod(x: Any, y: Any, /) -> Any:
    """What division rounded towards 0 leaves, with the sign of x."""
    x, y = numbers("fmod", x, y)
    if y.aval.dtype in dtypes.INTS:
        y = ew.select(ew.eq(y, like(y, 0)), like(y, 1), y)
    return ew.rem(x, y)


def divmod(x: Any, y: Any, /) -> tuple[Any, Any]:
    """floor_divide and remainder."""
    x, y = numbers("divmod", x, y)
    if x.aval.dtype in dtypes.FLOATS:
        return _float_divmod(x, y)
    return floor_divide(x, y), remainder(x, y)


def power(x: Any, y: Any, /) -> Any:
    """x to the power of y; integers keep to integers."""
    exponent = _known_integer(y)
    if exponent is not None:
        return _integer_power(numbers("power", x)[0], exponent)
    a, b = numbers("power", x, y)
    if a.aval.dtype in dtypes.INTS:
        return _power_of_integers(a, b)
    return ew.pow(a, b) if lift.kind("power", y)[0] in dtypes.FLOATS else strong(ew.pow(a, b))


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


def float_power(x: Any, y: Any, /) -> Any:
    """x to the power of y as floats."""
    return ew.pow(*lift.together("float_power", x, y, floating=True))


def fmax(x: Any, y: Any, /) -> Any:
    """The greater of x and y; nan loses."""
    x, y = lift.together("fmax", x, y)
    return ew.select(ew.or_(ew.gt(x, y), isnan(y)), x, y)


def fmin(x: Any, y: Any, /) -> Any:
    """The lesser of x and y; nan loses."""
    x, y = lift.together("fmin", x, y)
    return ew.select(ew.or_(ew.lt(x, y), isnan(y)), x, y)


def hypot(x: Any, y: Any, /) -> Any:
    """sqrt(x² + y²) without overflow."""
    x, y = map(ew.abs, lift.together("hypot", x, y, floating=True))
    infinite = ew.or_(isinf(x), isinf(y))
    great, small = ew.max(x, y), ew.min(x, y)
    zero = ew.eq(great, like(x, 0))
    ratio = ew.div(small, ew.select(zero, like(x, 1), great))
    length = ew.mul(great, ew.sqrt(ew.add(like(x, 1), ew.mul(ratio, ratio))))
    return strong(ew.select(infinite, like(x, math.inf), ew.select(zero, great, length)))


def logaddexp(x: Any, y: Any, /) -> Any:
    """log(exp(x) + exp(y)) without overflow."""
    x, y = lift.together("logaddexp", x, y, floating=True)
    delta = ew.sub(x, y)
    # equal infinities have no difference
    same = ew.ne(delta, delta)
    safe = ew.select(same, like(x, 0), delta)
    sum = ew.add(ew.max(x, y), ew.log1p(ew.exp(ew.neg(ew.abs(safe)))))
    return ew.select(same, ew.add(x, y), sum)


def logaddexp2(x: Any, y: Any, /) -> Any:
    """log2(2**x + 2**y) without overflow."""
    x, y = lift.together("logaddexp2", x, y, floating=True)
    delta = ew.sub(x, y)
    same = ew.ne(delta, delta)
    safe = ew.select(same, like(x, 0), delta)
    extra = ew.mul(ew.log1p(ew.exp2(ew.neg(ew.abs(safe)))), like(x, 1 / math.log(2)))
    return strong(ew.select(same, ew.add(x, y), ew.add(ew.max(x, y), extra)))


def copysign(x: Any, y: Any, /) -> Any:
    """|x| with the sign of y."""
    x, y = lift.together("copysign", x, y, floating=True)
    size = ew.abs(x)
    return ew.select(signbit(y), ew.neg(size), size)


def heaviside(x: Any, y: Any, /) -> Any:
    """0 below 0, 1 above it, y at 0."""
    x, y = lift.together("heaviside", x, y, floating=True)
    zero = like(x, 0)
    step = ew.select(ew.gt(x, zero), like(x, 1), ew.select(isnan(x), x, y))
    return ew.select(ew.lt(x, zero), zero, step)


def ldexp(x: Any, y: Any, /) -> Any:
    """x * 2**y, also where 2**y is too great or small."""
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


def gcd(x: Any, y: Any, /) -> Any:
    """The greatest common divisor."""
    a, b = map(abs, lift.together("gcd", x, y))
    if a.aval.dtype not in dtypes.INTS:
        raise errors.DtypeError("gcd: only integers have one", got=a.aval)
    # Euclid's steps shrink by the golden ratio at least: so many end for any integers of the type
    for _ in range(math.ceil(a.aval.dtype.itemsize * 8 / math.log2((1 + 5**0.5) / 2))):
        done = ew.eq(b, like(b, 0))
        a, b = ew.select(done, a, b), ew.select(done, b, ew.rem(a, ew.select(done, like(b, 1), b)))
    return a


def lcm(x: Any, y: Any, /) -> Any:
    """The least common multiple."""
    a, b = map(abs, lift.together("lcm", x, y))
    d = gcd(a, b)
    none = ew.eq(d, like(d, 0))
    return ew.select(none, like(d, 0), ew.mul(a, ew.div(b, ew.select(none, like(d, 1), d))))


# --- choices ---


def where(condition: Any, x: Any, y: Any) -> Any:
    """x where condition, else y."""
    pred = truth("where", condition)
    x, y = lift.together("where", x, y)
    if pred.aval.shape != x.aval.shape:
        pred, x, y = lift.spread("where", pred, x, y)
    return ew.select(pred, x, y)


def clip(arr: Any, /, min: Any = None, max: Any = None) -> Any:
    """arr, but at least min and at most max."""
    out = lift.operand("clip", arr)
    if min is not None:
        out = maximum(min, out)
    return out if max is None else minimum(max, out)


def round(a: Any, decimals: int = 0, out: None = None) -> Any:
    """a rounded to so many decimals, halves to even ones."""
    refuse_out("round", out)
    x = lift.operand("round", a)
    digits = as_index(decimals)
    if x.aval.dtype in dtypes.INTS or x.aval.dtype == dtypes.bool_:
        if digits >= 0:
            return x
        unit = like(x, 10**-digits)
        return ew.mul(floor_divide(ew.add(x, floor_divide(unit, like(x, 2))), unit), unit)
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


def isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """Whether |a - b| ≤ atol + rtol |b|, element by element."""
    x, y = lift.together("isclose", a, b, floating=True)
    near = less_equal(abs(subtract(x, y)), add(atol, multiply(rtol, abs(y))))
    finite = ew.and_(isfinite(x), isfinite(y))
    out = ew.or_(ew.and_(finite, near), ew.eq(x, y))
    return ew.or_(out, ew.and_(isnan(x), isnan(y))) if equal_nan else out
