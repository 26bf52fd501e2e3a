"""Elementwise ops. One row each: NumPy meaning | scalar expression | partial derivative for each operand.

A partial is 0, 1, -1 or a function of the result and the operands. The edge cases are JAX's: integer division
rounds to zero and gives -1 for a zero divisor, shifts by the width or more push all bits out, casts from floats
saturate, max and min keep NaN, and at a tie each of their operands gets half of the gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.parts import each
from rustorch_fn.core.primitive import Hole, Primitive, primitive
from rustorch_fn.core.trace import aval_of
from rustorch_fn.kernel import expr as K
from rustorch_fn.kernel import math as M
from rustorch_fn.lax import pairs as P
from rustorch_fn.lax.families import (
    ANY,
    BITWISE,
    FIELD,
    FLOAT,
    INT,
    NUMBER,
    ORDERED,
    BilinearElementwise,
    Elementwise,
    elementwise,
    filled,
)

# --- NumPy meanings that NumPy has not ---


def _special(name: str) -> Any:
    """A function of scipy.special, loaded when it is first needed."""

    def ref(x: np.ndarray) -> Any:
        import scipy.special

        return getattr(scipy.special, name)(x)

    return ref


def _lgamma(x: np.ndarray) -> Any:
    return np.where(x == -np.inf, -x, _special("gammaln")(x))


def _digamma(x: np.ndarray) -> Any:
    return np.where((x <= 0) & (x == np.floor(x)), x.dtype.type(np.nan), _special("digamma")(x))


def _logistic(x: np.ndarray) -> Any:
    if x.dtype.kind == "c":
        tail = np.exp(np.where(x.real >= 0, -x, x))
        return np.where(x.real >= 0, x.dtype.type(1), tail) / (1 + tail)
    # exp of a negative number never overflows, so that both tails are exact
    tail = np.exp(-np.abs(x))
    return np.where(x >= 0, x.dtype.type(1), tail) / (1 + tail)


def _joined(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x + iy, with their zeros' signs."""
    z = np.empty(x.shape, dtypes.whole(x.dtype))
    z.real, z.imag = x, y
    return z


def _exp2(x: np.ndarray) -> Any:
    return np.exp(x * x.dtype.type(np.log(2))) if x.dtype.kind == "c" else np.exp2(x)


def _expm1(x: np.ndarray) -> Any:
    if x.dtype.kind != "c":
        return np.expm1(x)
    a, b, e = x.real, x.imag, np.exp(x)
    # cos(b) - 1 without the digits that the subtraction would lose
    near = np.expm1(a) * np.cos(b) - 2 * np.square(np.sin(b / 2))
    return _joined(np.where(np.isinf(a), e.real - 1, near), e.imag)


def _atan2(y: np.ndarray, x: np.ndarray) -> Any:
    return -1j * np.log((x + 1j * y) / np.sqrt(x * x + y * y)) if x.dtype.kind == "c" else np.arctan2(y, x)


def _log1p(x: np.ndarray) -> Any:
    if x.dtype.kind != "c":
        return np.log1p(x)
    a, b = x.real, x.imag
    # NumPy's own loses the digits of what is small beside 1
    size = np.where(np.abs(x) < 1, 0.5 * np.log1p(a * (a + 2) + b * b), np.log(np.hypot(a + 1, b)))
    return _joined(size, np.arctan2(b, a + 1))


def _sign(x: np.ndarray) -> Any:
    if x.dtype.kind == "c":
        length = np.where(x == 0, 1, np.abs(x))
        return _joined(x.real / length, x.imag / length)
    # a zero keeps its sign, which NumPy drops
    return np.where(x == 0, x, np.sign(x))


def _round_away(x: np.ndarray) -> Any:
    whole = np.trunc(x)
    return np.where(np.abs(x - whole) >= 0.5, whole + np.copysign(x.dtype.type(1), x), whole)


def _divisor(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """y with 1 where x / y has no integer value."""
    overflow = (x == np.iinfo(x.dtype).min) & (y == -1) if x.dtype.kind == "i" else False
    return np.where((y == 0) | overflow, y.dtype.type(1), y)


def _div(x: np.ndarray, y: np.ndarray) -> Any:
    if x.dtype.kind in "fc":
        return x / y
    safe = _divisor(x, y)
    down = x // safe
    up = (down * safe != x) & ((x < 0) != (safe < 0))
    return np.where(y == 0, np.array(-1).astype(x.dtype), down + up.astype(x.dtype))


def _rem(x: np.ndarray, y: np.ndarray) -> Any:
    return np.fmod(x, y) if x.dtype.kind == "f" else np.where(y == 0, x, np.fmod(x, _divisor(x, y)))


def _integer_pow(x: np.ndarray, *, n: int) -> Any:
    return 1 / np.power(x, -n) if n < 0 else np.power(x, n, dtype=x.dtype)


def _fma(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> Any:
    """x * y + z, rounded once: float32 by way of float64, whose sum keeps in its last bit that it is inexact."""
    if x.dtype == np.float64:
        product = x * y
        (xh, xl), (yh, yl) = _split(x), _split(y)
        lost = ((xh * yh - product) + xh * yl + xl * yh) + xl * yl
        total, error = _two_sum(product, z)
        return np.where(np.isfinite(total), total + (error + lost), total)
    total, error = _two_sum(x.astype(np.float64) * y.astype(np.float64), z.astype(np.float64))
    even = (np.atleast_1d(total).view(np.int64).reshape(total.shape) & 1) == 0
    towards = np.nextafter(total, np.copysign(np.inf, error))
    return np.where((error != 0) & np.isfinite(total) & even, towards, total).astype(x.dtype)


def _two_sum(a: np.ndarray, b: np.ndarray) -> tuple[Any, Any]:
    """a + b, and what its rounding lost."""
    total = np.asarray(a + b)
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _split(x: np.ndarray) -> tuple[Any, Any]:
    """A float64 as a sum of two numbers of 26 bits."""
    high = x * 134217729.0
    high = high - (high - x)
    return high, x - high


def _signed(x: np.ndarray) -> np.ndarray:
    return x.view(f"i{x.dtype.itemsize}")


def _unsigned(x: np.ndarray) -> np.ndarray:
    return x.view(f"u{x.dtype.itemsize}")


def _too_far(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.asarray(_unsigned(y) >= 8 * x.dtype.itemsize)


def _shift_left(x: np.ndarray, y: np.ndarray) -> Any:
    far = _too_far(x, y)
    return np.where(far, x.dtype.type(0), x << np.where(far, y.dtype.type(0), y))


def _shift_right_logical(x: np.ndarray, y: np.ndarray) -> Any:
    far, bits = _too_far(x, y), _unsigned(x)
    return np.where(far, bits.dtype.type(0), bits >> np.where(far, 0, _unsigned(y)).astype(bits.dtype)).view(x.dtype)


def _shift_right_arithmetic(x: np.ndarray, y: np.ndarray) -> Any:
    bits = _signed(x)
    by = np.where(_too_far(x, y), 8 * x.dtype.itemsize - 1, _unsigned(y)).astype(bits.dtype)
    return np.asarray(bits >> by).view(x.dtype)


def _clz(x: np.ndarray) -> Any:
    bits = _unsigned(x)
    # the highest bit's place: after each step all bits below it are set
    for shift in (1, 2, 4, 8, 16, 32):
        if shift < 8 * x.dtype.itemsize:
            bits = bits | (bits >> bits.dtype.type(shift))
    return 8 * x.dtype.itemsize - np.bitwise_count(bits)


# --- scalar expressions that are no single word ---


def _k_max(x: K.Expr, y: K.Expr) -> K.Expr:
    return K.or_(x, y) if x.dtype == "bool" else K.maximum(x, y)


def _k_min(x: K.Expr, y: K.Expr) -> K.Expr:
    return K.and_(x, y) if x.dtype == "bool" else K.minimum(x, y)


def _k_sign(x: K.Expr) -> K.Expr:
    zero, one = K.const(0, x.dtype), K.const(1, x.dtype)
    if x.dtype in K.UNSIGNED:
        return K.select(x > zero, one, zero)
    # zeros and NaN fall through: they are their own sign
    return K.select(x > zero, one, K.select(x < zero, K.const(-1, x.dtype), x))


def _k_round_away(x: K.Expr) -> K.Expr:
    whole = K.trunc(x)
    return K.select(K.abs_(x - whole) >= 0.5, whole + K.select(x < 0, K.like(-1, x), K.like(1, x)), whole)


def _k_as(kind: str, word: Any) -> Any:
    """The word on the operands' bits, read as signed ("i") or unsigned ("u") integers."""

    def scalar(x: K.Expr, y: K.Expr) -> K.Expr:
        bits = kind + x.dtype[1:]
        return K.bitcast(word(K.bitcast(x, bits), K.bitcast(y, bits)), x.dtype)

    return scalar


def _k_compare(how: str) -> Any:
    return lambda x, y: K.compare(how, x, y)


# --- one operand ---

neg = elementwise("neg", np.negative, K.neg, -1, accepts=FIELD, linear_in=(0,), transpose=lambda ct, x: (neg(ct),))
copy = elementwise("copy", np.copy, lambda x: x, 1, linear_in=(0,), transpose=lambda ct, x: (ct,))
stop_gradient = elementwise("stop_gradient", lambda x: x, lambda x: x, 0)
name = elementwise("name", lambda x, name: x, lambda x, name: x, 1, linear_in=(0,), transpose=lambda ct, x, name: (ct,))
sign = elementwise("sign", _sign, _k_sign, 0, accepts=NUMBER, parts=P.sign)
abs = elementwise("abs", np.abs, lambda x: x if x.dtype in K.UNSIGNED else K.abs_(x), accepts=NUMBER,
                  lin=lambda active, x: _lin_abs(x), result_type=dtypes.part, parts=P.abs)  # fmt: skip
floor = elementwise("floor", np.floor, K.floor, 0, accepts=FLOAT)
ceil = elementwise("ceil", np.ceil, K.ceil, 0, accepts=FLOAT)
trunc = elementwise("trunc", np.trunc, K.trunc, 0, accepts=FLOAT)
round_even = elementwise("round_even", np.rint, K.rint, 0, accepts=FLOAT)
round_away = elementwise("round_away", _round_away, _k_round_away, 0, accepts=FLOAT)
is_finite = elementwise("is_finite", np.isfinite, lambda x: M.is_finite(x), 0, accepts=FLOAT, result=dtypes.bool_)

exp = elementwise("exp", np.exp, lambda x: M.exp(x), lambda y, x: y, accepts=FLOAT, parts=P.exp)
exp2 = elementwise("exp2", _exp2, lambda x: M.exp2(x), lambda y, x: mul(filled(y, np.log(2)), y), accepts=FLOAT,
                   parts=P.exp2)  # fmt: skip
expm1 = elementwise("expm1", _expm1, lambda x: M.expm1(x), lambda y, x: add(y, filled(y, 1)), accepts=FLOAT,
                    parts=P.expm1)  # fmt: skip
log = elementwise("log", np.log, lambda x: M.log(x), lambda y, x: div(filled(x, 1), x), accepts=FLOAT, parts=P.log)
log1p = elementwise("log1p", _log1p, lambda x: M.log1p(x), lambda y, x: div(filled(x, 1), add(x, filled(x, 1))),
                    accepts=FLOAT, parts=P.log1p)  # fmt: skip
sqrt = elementwise("sqrt", np.sqrt, K.sqrt, lambda y, x: div(filled(y, 0.5), y), accepts=FLOAT, parts=P.sqrt)
rsqrt = elementwise("rsqrt", lambda x: 1 / np.sqrt(x), lambda x: M.rsqrt(x),
                    lambda y, x: mul(filled(y, -0.5), div(y, x)), accepts=FLOAT, parts=P.rsqrt)  # fmt: skip
cbrt = elementwise("cbrt", np.cbrt, lambda x: M.cbrt(x),
                   lambda y, x: mul(filled(y, 1 / 3), integer_pow(y, n=-2)), accepts=FLOAT)  # fmt: skip
logistic = elementwise("logistic", _logistic, lambda x: M.logistic(x),
                       lambda y, x: mul(y, sub(filled(y, 1), y)), accepts=FLOAT, parts=P.logistic)  # fmt: skip

sin = elementwise("sin", np.sin, lambda x: M.sin(x), lambda y, x: cos(x), accepts=FLOAT, parts=P.sin)
cos = elementwise("cos", np.cos, lambda x: M.cos(x), lambda y, x: neg(sin(x)), accepts=FLOAT, parts=P.cos)
tan = elementwise("tan", np.tan, lambda x: M.tan(x), lambda y, x: add(filled(y, 1), square(y)), accepts=FLOAT,
                  parts=P.tan)  # fmt: skip
asin = elementwise("asin", np.arcsin, lambda x: M.asin(x), lambda y, x: rsqrt(sub(filled(x, 1), square(x))),
                   accepts=FLOAT, parts=P.asin)  # fmt: skip
acos = elementwise("acos", np.arccos, lambda x: M.acos(x), lambda y, x: neg(rsqrt(sub(filled(x, 1), square(x)))),
                   accepts=FLOAT, parts=P.acos)  # fmt: skip
atan = elementwise("atan", np.arctan, lambda x: M.atan(x),
                   lambda y, x: div(filled(x, 1), add(filled(x, 1), square(x))), accepts=FLOAT,
                   parts=P.atan)  # fmt: skip
sinh = elementwise("sinh", np.sinh, lambda x: M.sinh(x), lambda y, x: cosh(x), accepts=FLOAT, parts=P.sinh)
cosh = elementwise("cosh", np.cosh, lambda x: M.cosh(x), lambda y, x: sinh(x), accepts=FLOAT, parts=P.cosh)
tanh = elementwise("tanh", np.tanh, lambda x: M.tanh(x),
                   lambda y, x: mul(add(filled(y, 1), y), sub(filled(y, 1), y)), accepts=FLOAT,
                   parts=P.tanh)  # fmt: skip
asinh = elementwise("asinh", np.arcsinh, lambda x: M.asinh(x), lambda y, x: rsqrt(add(square(x), filled(x, 1))),
                    accepts=FLOAT, parts=P.asinh)  # fmt: skip
acosh = elementwise("acosh", np.arccosh, lambda x: M.acosh(x),
                    lambda y, x: mul(rsqrt(sub(x, filled(x, 1))), rsqrt(add(x, filled(x, 1)))),
                    accepts=FLOAT, parts=P.acosh)  # fmt: skip
atanh = elementwise("atanh", np.arctanh, lambda x: M.atanh(x),
                    lambda y, x: div(div(filled(x, 1), add(filled(x, 1), x)), sub(filled(x, 1), x)),
                    accepts=FLOAT, parts=P.atanh)  # fmt: skip

erf = elementwise("erf", _special("erf"), lambda x: M.erf(x),
                  lambda y, x: mul(filled(x, 2 / np.sqrt(np.pi)), exp(neg(square(x)))), accepts=FLOAT)  # fmt: skip
erfc = elementwise("erfc", _special("erfc"), lambda x: M.erfc(x),
                   lambda y, x: mul(filled(x, -2 / np.sqrt(np.pi)), exp(neg(square(x)))), accepts=FLOAT)  # fmt: skip
erf_inv = elementwise("erf_inv", _special("erfinv"), lambda x: M.erf_inv(x),
                      lambda y, x: mul(filled(y, np.sqrt(np.pi) / 2), exp(square(y))), accepts=FLOAT)  # fmt: skip
lgamma = elementwise("lgamma", _lgamma, lambda x: M.lgamma(x), lambda y, x: digamma(x), accepts=FLOAT)
digamma = elementwise("digamma", _digamma, lambda x: M.digamma(x), lambda y, x: trigamma(x), accepts=FLOAT)

not_ = elementwise("not", np.invert, K.not_, 0, accepts=BITWISE)
popcount = elementwise("popcount", lambda x: np.bitwise_count(_unsigned(x)), K.popcount, 0, accepts=INT)
clz = elementwise("clz", _clz, K.clz, 0, accepts=INT)
integer_pow = elementwise(
    "integer_pow", _integer_pow, lambda x, *, n: M.integer_pow(x, n),
    lambda y, x, *, n: mul(filled(x, n), integer_pow(x, n=n - 1)) if n else filled(x, 0), accepts=NUMBER,
    parts=lambda z, *, n: P.power(z, n),
)  # fmt: skip

# --- two operands ---

add = elementwise("add", np.add, K.add, 1, 1, accepts=FIELD, linear_in=(0, 1),
                  transpose=lambda ct, x, y: (ct, ct))  # fmt: skip
sub = elementwise("sub", np.subtract, K.sub, 1, -1, accepts=FIELD, linear_in=(0, 1),
                  transpose=lambda ct, x, y: (ct, neg(ct)))  # fmt: skip
mul = elementwise("mul", np.multiply, K.mul, lambda z, x, y: y, lambda z, x, y: x, family=BilinearElementwise,
                  accepts=FIELD)  # fmt: skip
div = elementwise("div", _div, K.div, lambda z, x, y: div(filled(y, 1), y), lambda z, x, y: neg(div(z, y)),
                  accepts=NUMBER, linear_in=(0,), transpose=lambda ct, x, y: (div(ct, y), None),
                  parts=P.div)  # fmt: skip
rem = elementwise("rem", _rem, lambda x, y: M.rem(x, y), 1, lambda z, x, y: neg(trunc(div(x, y))), accepts=NUMBER)
max = elementwise("max", np.maximum, _k_max, lambda z, x, y: share(z, x, y), lambda z, x, y: share(z, y, x),
                  parts=P.max)  # fmt: skip
min = elementwise("min", np.minimum, _k_min, lambda z, x, y: share(z, x, y), lambda z, x, y: share(z, y, x),
                  parts=P.min)  # fmt: skip
pow = elementwise(
    "pow", np.power, lambda x, y: M.pow(x, y),
    # x ** (y - 1) is infinite at x = y = 0, where the derivative is 0
    lambda z, x, y: select(eq(y, filled(y, 0)), filled(y, 0), mul(y, pow(x, sub(y, filled(y, 1))))),
    lambda z, x, y: mul(log(select(eq(x, filled(x, 0)), filled(x, 1), x)), z), accepts=FLOAT, parts=P.pow,
)  # fmt: skip
atan2 = elementwise("atan2", _atan2, lambda y, x: M.atan2(y, x),
                    lambda z, y, x: div(x, add(square(x), square(y))),
                    lambda z, y, x: neg(div(y, add(square(x), square(y)))), accepts=FLOAT, parts=P.atan2)  # fmt: skip

logaddexp = elementwise(
    "logaddexp", np.logaddexp, lambda x, y: M.logaddexp(x, y),
    # by the result, which is at hand on the way back; equal infinities have no difference
    lambda z, x, y: exp(select(eq(x, z), filled(x, 0), sub(x, z))),
    lambda z, x, y: exp(select(eq(y, z), filled(y, 0), sub(y, z))), accepts=FLOAT,
)  # fmt: skip

fma = elementwise("fma", lambda x, y, z: _fma(x, y, z), K.fma, lambda r, x, y, z: y, lambda r, x, y, z: x, 1,
                  accepts=FLOAT)  # fmt: skip

and_ = elementwise("and", np.bitwise_and, K.and_, 0, 0, accepts=BITWISE)
or_ = elementwise("or", np.bitwise_or, K.or_, 0, 0, accepts=BITWISE)
xor = elementwise("xor", np.bitwise_xor, K.xor, 0, 0, accepts=BITWISE)
shift_left = elementwise("shift_left", _shift_left, K.shl, 0, 0, accepts=INT)
shift_right_logical = elementwise("shift_right_logical", _shift_right_logical, _k_as("u", K.shr), 0, 0, accepts=INT)
shift_right_arithmetic = elementwise(
    "shift_right_arithmetic", _shift_right_arithmetic, _k_as("i", K.shr), 0, 0, accepts=INT
)

# keys are equal or not, and have no order
_EQUAL = ANY | {dtypes.key}
eq = elementwise("eq", np.equal, _k_compare("eq"), 0, 0, accepts=_EQUAL, result=dtypes.bool_, parts=P.eq)
ne = elementwise("ne", np.not_equal, _k_compare("ne"), 0, 0, accepts=_EQUAL, result=dtypes.bool_, parts=P.ne)
lt = elementwise("lt", np.less, _k_compare("lt"), 0, 0, accepts=ORDERED, result=dtypes.bool_)
le = elementwise("le", np.less_equal, _k_compare("le"), 0, 0, accepts=ORDERED, result=dtypes.bool_)
gt = elementwise("gt", np.greater, _k_compare("gt"), 0, 0, accepts=ORDERED, result=dtypes.bool_)
ge = elementwise("ge", np.greater_equal, _k_compare("ge"), 0, 0, accepts=ORDERED, result=dtypes.bool_)


@primitive
class nextafter(Elementwise):
    """The next number after x towards y, in their own type."""

    accepts = FLOAT
    partials = (1, 0)

    def ref(x, y):
        return np.nextafter(x, y)

    def at(i, x, y):
        return next_number(x[i], y[i])


@primitive
class select(Elementwise):
    """x where `pred`, else y."""

    linear_in = (1, 2)

    def shape(pred, x, y):
        if pred.dtype != dtypes.bool_:
            raise errors.DtypeError("select: the predicate is not bool", got=pred, hint="Compare it: pred != 0.")
        if not pred.shape == x.shape == y.shape or x.dtype != y.dtype:
            raise errors.ShapeError("select: the operands differ", got=f"{pred} · {x} · {y}",
                                    hint="rt.numpy.where broadcasts and promotes.")  # fmt: skip
        return Aval(x.shape, x.dtype, x.weak_type and y.weak_type, pred.vary | x.vary | y.vary)

    def ref(pred, x, y):
        return np.where(pred, x, y)

    def at(i, pred, x, y):
        return K.select(pred[i], x[i], y[i])

    def lin(active, pred, x, y):
        def push(_, tx, ty):
            if tx is None and ty is None:
                return None
            zero = filled(x, 0)
            return select(pred, zero if tx is None else tx, zero if ty is None else ty)

        return select(pred, x, y), push

    def transpose(ct, pred, x, y):
        zero = filled(ct, 0)
        return (
            None,
            select(pred, ct, zero) if isinstance(x, Hole) else None,
            select(pred, zero, ct) if isinstance(y, Hole) else None,
        )


@primitive
class convert(Elementwise):
    """x in another element type: rounded to nearest even, saturated from float to integer, NaN as 0."""

    linear_in = (0,)

    def shape(x, *, dtype, weak_type=False):
        if dtypes.key in (x.dtype, dtype):
            raise errors.DtypeError("convert: random keys are no numbers", got=f"{x} to {dtype}",
                                    hint="rt.random.key_data gives a key's words.")  # fmt: skip
        return x.like(dtype=dtype, weak_type=weak_type)

    def ref(x, *, dtype, weak_type=False):
        return cast(x, dtype)

    def at(i, x, *, dtype, weak_type=False):
        return K.convert(x[i], dtypes.SHORT[dtype])

    def lin(active, x, *, dtype, weak_type=False):
        y = convert(x, dtype=dtype, weak_type=weak_type)
        return y, lambda t: convert(t, dtype=dtype, weak_type=False) if dtype in dtypes.INEXACT else None

    def transpose(ct, x, *, dtype, weak_type=False):
        return (convert(ct, dtype=x.aval.dtype, weak_type=False),)

    def parts(x, *, dtype, weak_type=False):
        if type(x) is not P.Pair:
            re = convert(x, dtype=dtypes.part(dtype), weak_type=weak_type)
            return P.Pair(re, filled(re, 0))
        if dtype in dtypes.COMPLEX:
            return each(convert, (x,), dict(dtype=dtype, weak_type=weak_type))
        if dtype == dtypes.bool_:
            return or_(ne(x.re, filled(x.re, 0)), ne(x.im, filled(x.im, 0)))
        return convert(x.re, dtype=dtype, weak_type=weak_type)


@primitive
class bitcast(Elementwise):
    """The same bits read as another type of equal width."""

    partials = (0,)
    of_bits = True

    def shape(x, *, dtype):
        if x.dtype.itemsize != dtype.itemsize or (dtypes.bool_ in (x.dtype, dtype) and x.dtype != dtype):
            raise errors.DtypeError(f"bitcast: no type of the width of {dtype}", got=x,
                                    hint="A type of the same number of bits would work.")  # fmt: skip
        return x.like(dtype=dtype, weak_type=False)

    def ref(x, *, dtype):
        return x.view(dtypes.physical(dtype))

    parts = Primitive.parts

    def at(i, x, *, dtype):
        return K.bitcast(x[i], dtypes.SHORT[dtype])


# --- complex numbers and their parts; derivatives are linear over the reals ---


class Part(Elementwise):
    """One part of a complex number."""

    accepts = dtypes.COMPLEX
    result_type = staticmethod(dtypes.part)
    linear_in = (0,)
    partials = (1,)

    def lin(self, active: Any, z: Any) -> Any:
        return self(z), self


@primitive
class real(Part):
    """The real part of a complex number."""

    def ref(z):
        return z.real

    def parts(z):
        return z.re

    def transpose(ct, z):
        return (complex_(ct, filled(ct, 0)),)


@primitive
class imag(Part):
    """The imaginary part of a complex number."""

    def ref(z):
        return z.imag

    def parts(z):
        return z.im

    def transpose(ct, z):
        return (complex_(filled(ct, 0), neg(ct)),)


@primitive
class conj(Elementwise):
    """A complex number with its imaginary part negated."""

    accepts = dtypes.COMPLEX
    linear_in = (0,)

    def ref(z):
        return np.conj(z)

    def parts(z):
        return P.conj(z)

    def lin(active, z):
        return conj(z), conj

    def transpose(ct, z):
        return (conj(ct),)


@primitive
class complex_(Elementwise):
    """The complex number with these two parts."""

    name = "complex"
    accepts = frozenset((dtypes.float32, dtypes.float64))
    result_type = staticmethod(dtypes.whole)
    linear_in = (0, 1)

    def ref(x, y):
        return _joined(x, y)

    def parts(x, y):
        return P.Pair(x, y)

    def lin(active, x, y):
        def push(tx, ty):
            zero = filled(x, 0)
            return complex_(zero if tx is None else tx, zero if ty is None else ty)

        return complex_(x, y), push

    def transpose(ct, x, y):
        return real(ct), neg(imag(ct))


def _lin_abs(x: Any) -> Any:
    y = abs(x)
    if aval_of(x).dtype not in dtypes.COMPLEX:
        slope = sign(x)
        return y, lambda t: mul(slope, t)
    length = select(eq(y, filled(y, 0)), filled(y, 1), y)
    slope = div(conj(x), convert(length, dtype=aval_of(x).dtype))
    return y, lambda t: real(mul(slope, t))


# --- helpers of the rows above ---


def square(x: Any) -> Any:
    """x * x."""
    return mul(x, x)


def share(best: Any, x: Any, y: Any) -> Any:
    """The part of max's or min's gradient that x gets: all where it alone is the best, half at a tie."""
    alone = select(eq(y, best), filled(x, 0.5), filled(x, 1))
    return select(eq(x, best), alone, filled(x, 0))


# 1/6, -1/30, 1/42 …: Bernoulli's numbers, the coefficients of trigamma's asymptotic series
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)


def trigamma(x: Any) -> Any:
    """The derivative of digamma: recurrence up to large arguments, then the asymptotic series."""
    one = filled(x, 1)
    left = lt(x, filled(x, 0.5))
    z: Any = select(left, sub(one, x), x)
    total = filled(x, 0)
    for _ in range(10):
        total = add(total, integer_pow(z, n=-2))
        z = add(z, one)
    inverse = div(one, z)
    series = filled(x, 0)
    for b in reversed(_BERNOULLI):
        series = mul(add(series, filled(x, b)), square(inverse))
    total = add(total, mul(inverse, add(add(one, mul(filled(x, 0.5), inverse)), series)))
    # reflection; the sine's argument is reduced first, as pi is not exact
    sine = sin(mul(filled(x, np.pi), sub(x, round_even(x))))
    return select(left, sub(mul(filled(x, np.pi**2), integer_pow(sine, n=-2)), total), total)


def next_number(x: K.Expr, y: K.Expr) -> K.Expr:
    """Neighbouring floats are neighbouring integers, apart from the sign."""
    bits = f"i{K.BITS[x.dtype]}"
    from_, to = K.bitcast(x, bits), K.bitcast(y, bits)
    one, sign_bit = K.const(1, bits), K.const(K.lowest(bits), bits)
    wx, wy = (K.convert(v, "f32") if x.dtype in ("f16", "bf16") else v for v in (x, y))
    still = K.const(0, wx.dtype)
    away = K.select(K.compare("lt", wx, wy), K.compare("gt", wx, still), K.compare("lt", wx, still))
    moved = K.add(from_, K.select(away, one, K.const(-1, bits)))
    moved = K.select(K.eq(wx, still), K.or_(K.and_(to, sign_bit), one), moved)
    moved = K.select(K.eq(wx, wy), to, moved)
    nan = K.select(K.ne(wx, wx), from_, to)
    return K.bitcast(K.select(K.or_(K.ne(wx, wx), K.ne(wy, wy)), nan, moved), x.dtype)


def cast(x: np.ndarray, dtype: Any) -> np.ndarray:
    """NumPy's conversion, made total."""
    to = dtypes.physical(dtype)
    if to == x.dtype:
        return x
    if to == np.bool_:
        return np.asarray(x != 0)
    if x.dtype.kind == "c" and to.kind != "c":
        return cast(x.real, dtype)
    if dtypes.is_float(x.dtype) and dtypes.is_int(to):
        return _saturated(x.astype(np.float64), to)
    if to in dtypes.LOW and to != dtypes.float16 and x.dtype.itemsize > 2:
        return _to_odd(x.astype(np.float64)).astype(to)
    return x.astype(to)


def _saturated(x: np.ndarray, to: np.dtype) -> np.ndarray:
    info = np.iinfo(to)
    # the first floats beyond the range, exact in float64
    below = np.nextafter(float(info.min), -np.inf) if info.min < -(2**53) else float(info.min) - 1
    inside = (x > below) & (x < float(info.max + 1))
    value = np.where(inside, x, 0.0).astype(to)
    edge = np.where(x > 0, to.type(info.max), to.type(info.min))
    return np.where(inside | np.isnan(x), value, edge)


def _to_odd(x: np.ndarray) -> np.ndarray:
    """float64 as float32 with the last bit set where it is inexact, so that a second rounding is right."""
    near = x.astype(np.float32)
    bits = np.atleast_1d(near).view(np.int32).reshape(near.shape)
    step = np.where(np.abs(x) > np.abs(near), np.int32(1), np.int32(-1))
    odd = (near != x) & np.isfinite(near) & (bits & 1 == 0)
    return np.atleast_1d(np.where(odd, bits + step, bits)).view(np.float32).reshape(near.shape)
