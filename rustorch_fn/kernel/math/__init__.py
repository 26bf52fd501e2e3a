"""Elementary functions in kernel words: the same source for every loop-level target."""

from .exponential import exp, exp2, expm1, log, log1p, log2, log10, logaddexp, logistic
from .hyperbolic import acosh, asinh, atanh, cosh, sinh, tanh
from .inverse import acos, asin, atan, atan2
from .powers import cbrt, integer_pow, power, rsqrt
from .trigonometric import cos, sin, tan

__all__ = [
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cos", "cosh", "exp", "exp2", "expm1",
    "integer_pow", "log", "log10", "log1p", "log2", "logaddexp", "logistic", "power", "rsqrt", "sin", "sinh", "tan",
    "tanh",
]  # fmt: skip
