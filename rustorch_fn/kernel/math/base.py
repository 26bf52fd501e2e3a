"""What the elementary functions share: float formats, bits, polynomials and error-free sums.

Polynomial coefficients in this package are weighted minimax fits (Remez exchange in 200 bits), rounded one
after another from the lowest power up with a refit of the rest after each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..expr import Expr, bitcast, fma, like, ne, node, select

INF, NAN = float("inf"), float("nan")
LN2 = Fraction("0.693147180559945309417232121458176568075500134360255254120680009493393621969695")
LOG2_E = Fraction("1.442695040888963407359924681001892137426645954152985934135449406931109219181185")
LOG10_E = Fraction("0.434294481903251827651128918916605082294397005803666566114453783165864649208871")
LOG10_2 = Fraction("0.301029995663981195213738894724493026768189881462108541310427461127108189274424")
LOG_2PI = Fraction("1.83787706640934548356065947281123527972279494727556682563430308096553139185452")
PI = Fraction("3.141592653589793238462643383279502884197169399375105820974944592307816406286209")


@dataclass(frozen=True, slots=True)
class Format:
    """An IEEE float type: its integer twin, mantissa bits, exponent bias."""

    dtype: str
    integer: str
    mantissa: int
    bias: int

    @property
    def width(self) -> int:
        return int(self.dtype[1:])

    @property
    def tiny(self) -> float:
        """The least normal number."""
        return 2.0 ** (1 - self.bias)

    @property
    def shift(self) -> float:
        """A number so large that adding it rounds to an integer, which then is the lowest bits of the sum."""
        return 1.5 * 2.0**self.mantissa

    @property
    def grain(self) -> float:
        """Below this, 1 + x is 1."""
        return 2.0 ** (-self.mantissa - 1)


FORMATS = {"f32": Format("f32", "u32", 23, 127), "f64": Format("f64", "u64", 52, 1023)}


def form(x: Expr) -> Format:
    """The format of a float expression."""
    if x.dtype not in FORMATS:
        raise TypeError(f"math: elementary functions take f32 or f64, got {x.dtype}; convert the operand first")
    return FORMATS[x.dtype]


def bits(x: Expr) -> Expr:
    """The bits of a float as an unsigned integer."""
    return bitcast(x, form(x).integer)


def number(i: Expr) -> Expr:
    """The float with the given bits."""
    return bitcast(i, "f32" if i.dtype == "u32" else "f64")


def sign_bit(x: Expr) -> Expr:
    """The bits of x with all but the sign cleared."""
    return bits(x) & (1 << (form(x).width - 1))


def with_sign(x: Expr, sign: Expr) -> Expr:
    """x >= 0 with the sign bit of another number."""
    return number(bits(x) | sign_bit(sign))


def flip(x: Expr, sign: Expr) -> Expr:
    """x, negated where the sign bits `sign` are set."""
    return number(bits(x) ^ sign)


def is_nan(x: Expr) -> Expr:
    return ne(x, x)


def clamp(x: Expr, low: float, high: float) -> Expr:
    """x kept within [low, high]; NaN stays."""
    x = select(x < low, like(low, x), x)
    return select(x > high, like(high, x), x)


def poly(x: Expr, coefficients: Sequence[float]) -> Expr:
    """c[0] + c[1] x + c[2] x² + …, by Horner's rule."""
    *rest, last = coefficients
    total = like(last, x)
    for c in reversed(rest):
        # targets without fma may round twice here
        total = node("fma", (total, x, like(c, x)), "loose", x.dtype)
    return total


def parts(value: Fraction, dtype: str, *heads: int, count: int = 2) -> tuple[float, ...]:
    """A real constant as a sum of `count` floats, the first ones only `heads` bits long."""
    full = FORMATS[dtype].mantissa + 1
    out = []
    for i in range(count):
        kept = heads[i] if i < len(heads) else full
        unit = Fraction(2) ** (math.frexp(float(value))[1] - kept)
        head = round(value / unit) * unit
        out.append(float(head))
        value -= head
    return tuple(out)


def rarely(c: Expr, slow: Expr, fast: Expr) -> Expr:
    """`select(c, slow, fast)` with a mark for targets: c is seldom true, so `slow` may live behind a branch."""
    return node("select", (c, slow, fast), "rare", fast.dtype)


def two_sum(a: Expr, b: Expr) -> tuple[Expr, Expr]:
    """a + b and the exact error of that sum."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def quick_sum(a: Expr, b: Expr) -> tuple[Expr, Expr]:
    """a + b and the exact error of that sum, for |a| >= |b| or a = 0."""
    s = a + b
    return s, b - (s - a)


def two_product(a: Expr, b: Expr) -> tuple[Expr, Expr]:
    """a * b and the exact error of that product."""
    p = a * b
    return p, fma(a, b, -p)
