"""Special functions of complex numbers: Faddeeva's function, the gamma function, spherical harmonics."""

from __future__ import annotations

import functools
import math
from typing import Any

from rustorch_fn import errors, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import doubled as D
from rustorch_fn.lax import lift
from rustorch_fn.lax.doubled import Doubled
from rustorch_fn.lax.pointwise import stop_gradient
from rustorch_fn.lax.programs import custom_jvp, program
from rustorch_fn.scipy.special.forms import operands, smooth, widened
from rustorch_fn.typing import Array, ArrayLike

_ROOT_PI = math.sqrt(math.pi)
_STEP = 0.5


def _gaussian(x: Any, y: Any) -> tuple[Any, Any]:
    """The real and the imaginary part of exp(-(x + iy)²), whose exponent and angle are pairs."""
    power, angle = Doubled(y) * y - Doubled(x) * x, Doubled(x) * y * 2.0
    size = rnp.exp(power.high) * (1 + power.low)
    c, s, rest = rnp.cos(angle.high), rnp.sin(angle.high), D.rounded(angle - angle.high)
    return size * (c - rest * s), -size * (s + rest * c)


def _middle(x: Any, y: Any) -> tuple[Any, Any]:
    """Faddeeva's function for 0 <= y: the integral of exp(-t²) / (z - t) by the trapezoidal rule.

    What the rule lacks beside its pole is known (Matta & Reichel, 1971). Of the two rules, with or without a place at
    t = 0, the one is taken whose places are farther from x. The terms of the real part are all positive.
    """
    turns = x / _STEP - rnp.round(x / _STEP)
    shifted = rnp.abs(turns) <= 0.25
    size, y2 = x * x + y * y, y * y
    real, imag = 0.0 * x, 0.0 * x
    for n in range(15):
        t = _STEP * (n + D.where(shifted, 0.5, 0.0))
        between, at = math.exp(-((_STEP * (n + 0.5)) ** 2)), math.exp(-((_STEP * n) ** 2)) * (1.0 if n else 0.5)
        term = D.where(shifted, between, at) / (((x - t) * (x - t) + y2) * ((x + t) * (x + t) + y2))
        real, imag = real + (size + t * t) * term, imag + (x - t) * (x + t) * term + y2 * term
    real, imag = y * real * (2 * _STEP / math.pi), x * imag * (2 * _STEP / math.pi)
    low = y < 6
    height, angle = rnp.where(low, y, 1.0), 2 * math.pi * turns
    grown = rnp.exp(2 * math.pi / _STEP * height)
    over = 1 + grown * rnp.abs(rnp.cos(angle))
    side = D.where(shifted, 1.0, -1.0) * grown * rnp.sin(angle)
    p, q = _gaussian(x, height)
    scale = rnp.where(low, 2 / (over * over + side * side), 0.0)
    real, imag = real + scale * (over * p - side * q), imag + scale * (side * p + over * q)
    # beside 0 the odd terms of the power series
    small = size < 0.25
    z = lax.complex(rnp.where(small, x, 0.0), rnp.where(small, y, 0.0))
    odd: Any = 0.0 * z
    for k in range(14, 0, -1):
        odd = (1.0 + odd) * (z * z) * (-2 / (2 * k + 1))
    odd = (2 / _ROOT_PI) * (z + z * odd)
    return rnp.where(small, p - odd.imag, real), rnp.where(small, q + odd.real, imag)


def _upper(z: Any) -> Any:
    """Faddeeva's function where the imaginary part is not negative."""
    far = rnp.abs(z.real) + z.imag > 12
    x, y = rnp.where(far, 1.0, z.real), rnp.where(far, 1.0, z.imag)
    middle = lax.complex(*_middle(x, y))
    # Laplace's continued fraction
    large: Any = rnp.where(far, z, 20.0 + 0.0 * z)
    rest: Any = large
    for k in range(14, 0, -1):
        rest = large - (0.5 * k) / rest
    # on the real numbers, the fraction has no real part
    flat = rnp.where(far & (z.imag < 1e-10), z.real, 1.0)
    least = rnp.where(flat == 1.0, 0.0, rnp.exp(-flat * flat))
    return rnp.where(far, (1j / _ROOT_PI) / rest + least, middle)


@program()
def _faddeeva(z: Any) -> Any:
    wide = z.astype("complex128")
    below = wide.imag < 0
    value = _upper(rnp.where(below, -wide, wide))
    safe = rnp.where(below, wide, 0.0 * wide)
    mirrored = 2 * lax.complex(*_gaussian(safe.real, safe.imag)) - value
    return rnp.where(below, mirrored, value).astype(z.dtype)


_wofz = custom_jvp(_faddeeva)
_wofz.defjvps(lambda t, w, z: t * (2j / _ROOT_PI - 2 * z * w))


def wofz(z: ArrayLike) -> Array:
    """Faddeeva's function exp(-z**2) * erfc(-1j * z), which is complex.

    >>> rt.scipy.special.wofz(rt.numpy.array([0.0, 1.0])).round(3)
    Array([1.   +0.j   , 0.368+0.607j], dtype=complex64)
    """
    value: Any
    (value,) = lift.common("wofz", z, floating=True)
    return _wofz(value if rnp.iscomplexobj(value) else value + 0j)


def complex_erfcx(z: Any) -> Any:
    """exp(z²) erfc(z)."""
    return _wofz(lax.complex(-z.imag, z.real))


# Stirling's series, of which the next term is below 1e-18 where |z| > 10
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400)


def _log_gamma_right(z: Any) -> Any:
    """Where the real part is at least 1/2: Stirling's series ten places to the right, and back by the recurrence."""
    # a product of two such numbers still has the sum of their angles as its own
    back = sum((rnp.log((z + k) * (z + (k + 1))) for k in range(2, 10, 2)), rnp.log(z * (z + 1)))
    far = z + 10
    inverse = 1 / far
    square, series = inverse * inverse, _STIRLING[-1] + 0.0 * z
    for c in reversed(_STIRLING[:-1]):
        series = series * square + c
    return (far - 0.5) * rnp.log(far) - far + 0.5 * math.log(2 * math.pi) + series * inverse - back


def _log_gamma(z: Any) -> Any:
    """The branch that is cut along the negative numbers alone (Hare, "Computing the principal branch of log-Gamma")."""
    pole = (z.imag == 0) & (z.real <= 0) & (z.real == rnp.floor(z.real))
    outside = pole | rnp.isnan(z)
    z = rnp.where(outside, 1.0, z)
    below = rnp.signbit(z.imag)
    upper: Any = rnp.where(below, rnp.conj(z), z)
    left = upper.real < 0.5
    value = _log_gamma_right(rnp.where(left, 1 - upper, upper))
    # log(sin(pi z)) is continuous above the real numbers where exp(-i pi z) is taken out of the sine
    place: Any = rnp.where(left, upper, 0.25)
    rest = place - stop_gradient(rnp.round(place.real))
    sine = rnp.log(-rnp.expm1(2j * math.pi * rest)) + 1j * math.pi * (0.5 - place)
    value = rnp.where(left, math.log(2 * math.pi) - sine - value, value)
    nowhere: Any = complex(math.nan, math.nan)
    return rnp.where(outside, nowhere, rnp.where(below, rnp.conj(value), value))


@program()
def complex_loggamma(z: Any) -> Any:
    """The logarithm of the gamma function, of complex numbers; nan at its poles."""
    return widened(_log_gamma, z)


@program()
def complex_gamma(z: Any) -> Any:
    """The gamma function of complex numbers; nan at its poles."""
    return widened(lambda z: rnp.exp(_log_gamma(z)), z)


@smooth(lambda x: 1 / (x * (1 - x)))
def complex_logit(x: Any) -> Any:
    """log(x / (1 - x))."""
    return rnp.log(x / (1 - x))


def _harmonic(n_max: int, n: Any, m: Any, theta: Any, phi: Any) -> tuple[Any, Any]:
    """The real and the imaginary part: the normalised Legendre function by its recurrence in the degree."""
    order = rnp.abs(m)
    cosine, tail, sine = *_cosine(theta), rnp.abs(rnp.sin(theta))
    start = 0.5 / _ROOT_PI + 0.0 * cosine
    for k in range(1, n_max + 1):
        start = rnp.where(k <= order, -start * sine * math.sqrt(1 + 0.5 / k), start)
    before, value = 0.0 * start, start
    for k in range(1, n_max + 1):
        on = (k > order) & (k <= n)
        gap = rnp.where(on, k * k - order * order, 1.0)
        last = rnp.where(on, (k - 1) * (k - 1) - order * order, 0.0)
        after = rnp.sqrt((4 * k * k - 1) / gap) * (
            cosine * value + (tail * value - _root(last / (4 * (k - 1) ** 2 - 1)) * before)
        )
        before, value = rnp.where(on, value, before), rnp.where(on, after, value)
    value = rnp.where(order <= n, value, 0.0)
    odd = order - 2 * rnp.floor(order / 2)
    value = rnp.where((m < 0) & (odd == 1), -value, value)
    return value * rnp.cos(m * phi), value * rnp.sin(m * phi)


def _cosine(theta: Any) -> tuple[Any, Any]:
    """The cosine and what it lacks: beside the poles, large degrees need more of its digits than it has."""
    s, c, whole = rnp.sin(0.5 * theta), rnp.cos(0.5 * theta), rnp.cos(theta)
    sign = rnp.where(rnp.abs(s) < rnp.abs(c), 1.0, -1.0)
    gap = 2 * rnp.where(sign > 0, s * s, c * c)
    size = 1 - gap
    beside = rnp.abs(whole) > 0.5
    return rnp.where(beside, sign * size, whole), rnp.where(beside, sign * ((1 - size) - gap), 0.0)


def _root(x: Any) -> Any:
    """The square root, whose derivative at 0 does not count."""
    return rnp.where(x > 0, rnp.sqrt(rnp.where(x > 0, x, 1.0)), 0.0)


def sph_harm_y(
    n: ArrayLike, m: ArrayLike, theta: ArrayLike, phi: ArrayLike, diff_n: int | None = None, n_max: int | None = None
) -> Array:
    """The spherical harmonics of degree n and order m at polar angle theta and azimuth phi, complex.

    `n_max`, the largest degree, has to be given where n is traced.

    >>> n, m = rt.numpy.array([1]), rt.numpy.array([0])
    >>> rt.scipy.special.sph_harm_y(n, m, rt.numpy.array([0.0]), rt.numpy.array([0.0])).round(3)
    Array([0.489+0.j], dtype=complex64)
    """
    if diff_n is not None:
        raise errors.BadArgument("sph_harm_y", "diff_n", diff_n, "None: derivatives come by rt.grad")
    if n_max is None:
        known = lift.known(rnp.asarray(n))
        if known is None or not known.size:
            raise errors.BadArgument("sph_harm_y", "n_max", n_max, "The largest degree, as n is not known yet")
        n_max = int(known.max())
    degree, order, polar, azimuth = operands("sph_harm_y", n, m, rnp.atleast_1d(theta), phi)
    return lax.complex(*widened(functools.partial(_harmonic, n_max), degree, order, polar, azimuth))
