"""Elementary functions in our own words: each takes and gives f32 or f64 expressions, and no target's library.

All are right for infinities, NaN, signed zeros, denormals and huge arguments. Measured over all f32 numbers, exp
and log stay within 1 ulp and the others within 2, except lgamma, digamma and erf_inv (`tests/sweeps/test_ulps.py`).
"""

from .exponential import exp as exp
from .exponential import exp2 as exp2
from .exponential import expm1 as expm1
from .exponential import log as log
from .exponential import log1p as log1p
from .exponential import log2 as log2
from .exponential import log10 as log10
from .exponential import logaddexp as logaddexp
from .exponential import logistic as logistic
from .hyperbolic import acosh as acosh
from .hyperbolic import asinh as asinh
from .hyperbolic import atanh as atanh
from .hyperbolic import cosh as cosh
from .hyperbolic import sinh as sinh
from .hyperbolic import tanh as tanh
from .inverse import acos as acos
from .inverse import asin as asin
from .inverse import atan as atan
from .inverse import atan2 as atan2
from .powers import cbrt as cbrt
from .powers import integer_pow as integer_pow
from .powers import pow as pow
from .powers import rsqrt as rsqrt
from .remainder import rem as rem
from .rounding import copysign as copysign
from .rounding import is_finite as is_finite
from .rounding import nextafter as nextafter
from .rounding import round_away as round_away
from .rounding import round_even as round_even
from .rounding import sign as sign
from .special import digamma as digamma
from .special import erf as erf
from .special import erf_inv as erf_inv
from .special import erfc as erfc
from .special import lgamma as lgamma
from .trigonometric import cos as cos
from .trigonometric import sin as sin
from .trigonometric import tan as tan
