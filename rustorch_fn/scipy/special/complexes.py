"""Special functions of complex numbers: Faddeeva's function, the gamma function, spherical harmonics."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from rustorch_fn import errors, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import lift
from rustorch_fn.lax.pointwise import stop_gradient
from rustorch_fn.lax.programs import custom_jvp, program
from rustorch_fn.scipy.special.forms import operands, smooth, widened
from rustorch_fn.typing import Array, ArrayLike

_ROOT_PI = math.sqrt(math.pi)
_TERMS = 40


@functools.cache
def _weideman() -> tuple[float, list[float]]:
    """The scale and the coefficients of Weideman's series ("Computation of the complex error function", 1994)."""
    scale = math.sqrt(_TERMS / math.sqrt(2))
    count = 4 * _TERMS
    angles = np.arange(1 - count // 2, count // 2) * (2 * np.pi / count)
    places = scale * np.tan(angles / 2)
    values = np.concatenate([[0.0], np.exp(-(places**2)) * (scale**2 + places**2)])
    found = np.real(np.fft.fft(np.fft.fftshift(values))) / count
    return scale, [float(c) for c in found[1 : _TERMS + 1]]


def _upper(z: Any) -> Any:
    """Faddeeva's function where the imaginary part is not negative."""
    far = rnp.abs(z.real) + z.imag > 12
    scale, coefficients = _weideman()
    near: Any = rnp.where(far, 1.0 + 0.0 * z, z)
    turned = 1j * near
    under = scale - turned
    place = (scale + turned) / under
    total = coefficients[-1] + 0.0 * place
    for c in reversed(coefficients[:-1]):
        total = total * place + c
    middle = 2 * total / (under * under) + (1 / _ROOT_PI) / under
    # Laplace's continued fraction
    large: Any = rnp.where(far, z, 20.0 + 0.0 * z)
    rest: Any = large
    for k in range(14, 0, -1):
        rest = large - (0.5 * k) / rest
    return rnp.where(far, (1j / _ROOT_PI) / rest, middle)


@program()
def _faddeeva(z: Any) -> Any:
    wide = z.astype("complex128")
    below = wide.imag < 0
    value = _upper(rnp.where(below, -wide, wide))
    safe = rnp.where(below, wide, 0.0 * wide)
    return rnp.where(below, 2 * rnp.exp(-safe * safe) - value, value).astype(z.dtype)


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
