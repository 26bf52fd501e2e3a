"""8-bit floats as float32: rounding to their values, and their bits.

float8_e4m3fn has no infinity: what is too great is nan, in which all bits but the sign's are 1. float8_e5m2 is cut as
IEEE's types are. Both are specified in "FP8 Formats for Deep Learning" (Micikevicius et al., 2022).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from rustorch_fn import dtypes
from rustorch_fn.core.trace import aval_of
from rustorch_fn.lax import elementwise as E
from rustorch_fn.lax.families import filled


class Kind(NamedTuple):
    """Bits of the mantissa, the exponent's bias, the greatest value, what is beyond it, and the codes of both."""

    mantissa: int
    bias: int
    greatest: float
    beyond: float
    infinite: int
    nan: int

    @property
    def least(self) -> float:
        """The least normal value."""
        return 2.0 ** (1 - self.bias)

    @property
    def step(self) -> float:
        """The distance of the values below that."""
        return 2.0 ** (1 - self.bias - self.mantissa)


KINDS: dict[Any, Kind] = {
    dtypes.float8_e4m3fn: Kind(3, 7, 448.0, math.nan, 0x7F, 0x7F),
    dtypes.float8_e5m2: Kind(2, 15, 57344.0, math.inf, 0x7C, 0x7E),
}
# the bits of a wide type, and those among them that are the exponent's
_EXPONENTS = {
    dtypes.float32: (dtypes.uint32, 0x7F800000),
    dtypes.float64: (dtypes.uint64, 0x7FF0000000000000),
}


def round_to(x: Any, dtype: Any) -> Any:
    """x rounded once to the nearest value of a float8, halves to the even one; as float32."""
    kind = KINDS[dtype]
    if aval_of(x).dtype not in _EXPONENTS:
        x = E.convert(x, dtype=dtypes.float32)
    wide = aval_of(x).dtype
    bits, exponent = _EXPONENTS[wide]
    raw = E.bitcast(x, dtype=bits)
    power = E.bitcast(E.and_(raw, filled(raw, exponent)), dtype=wide)
    unit = E.max(E.mul(power, filled(power, 2.0**-kind.mantissa)), filled(power, kind.step))
    near = E.mul(E.round_even(E.div(x, unit)), unit)
    size = E.abs(x)
    # an infinity has no unit
    over = E.or_(E.gt(E.abs(near), filled(x, kind.greatest)), E.eq(size, filled(x, math.inf)))
    beyond = filled(x, kind.beyond)
    near = E.select(over, E.select(E.lt(x, filled(x, 0)), E.neg(beyond), beyond), near)
    return near if wide == dtypes.float32 else E.convert(near, dtype=dtypes.float32)


def to_bits(x: Any, dtype: Any) -> Any:
    """The bits of float32 values that a float8 has."""
    kind, raw = KINDS[dtype], E.bitcast(x, dtype=dtypes.uint32)
    size = E.and_(raw, filled(raw, 0x7FFFFFFF))
    sign = E.shift_left(E.shift_right_logical(raw, filled(raw, 31)), filled(raw, 7))
    cut = E.shift_right_logical(size, filled(raw, 23 - kind.mantissa))
    normal = E.sub(cut, filled(raw, (127 - kind.bias) << kind.mantissa))
    short = E.abs(x)
    small = E.convert(E.div(short, filled(x, kind.step)), dtype=dtypes.uint32)
    code = E.select(E.lt(short, filled(x, kind.least)), small, normal)
    code = E.select(E.eq(short, filled(x, math.inf)), filled(raw, kind.infinite), code)
    code = E.select(E.ne(x, x), filled(raw, kind.nan), code)
    return E.convert(E.or_(sign, code), dtype=dtypes.uint8)


def of_bits(x: Any, dtype: Any) -> Any:
    """The float32 values of a float8's bits."""
    kind, raw = KINDS[dtype], E.convert(x, dtype=dtypes.uint32)
    body = E.and_(raw, filled(raw, 0x7F))
    shifted = E.shift_left(body, filled(raw, 23 - kind.mantissa))
    normal = E.bitcast(E.add(shifted, filled(raw, (127 - kind.bias) << 23)), dtype=dtypes.float32)
    small = E.mul(E.convert(body, dtype=dtypes.float32), filled(normal, kind.step))
    value = E.select(E.lt(body, filled(raw, 1 << kind.mantissa)), small, normal)
    value = E.select(E.eq(body, filled(raw, kind.infinite)), filled(value, kind.beyond), value)
    value = E.select(E.gt(body, filled(raw, kind.infinite)), filled(value, math.nan), value)
    return E.select(E.ne(E.and_(raw, filled(raw, 0x80)), filled(raw, 0)), E.neg(value), value)
