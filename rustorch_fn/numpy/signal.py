"""Lines of samples: convolution, interpolation, slopes, integrals, windows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import arrange, contract, lift
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.numpy import reductions as r
from rustorch_fn.numpy import ufuncs as u
from rustorch_fn.numpy.creation import arange
from rustorch_fn.numpy.indexing import take
from rustorch_fn.numpy.search import diff, searchsorted, where
from rustorch_fn.numpy.shapes import concatenate, flip, moveaxis
from rustorch_fn.typing import Array, ArrayLike, Axis, DTypeLike


def _convolved(name: str, a: Any, v: Any, mode: str, precision: Any, preferred: Any) -> Any:
    """The sum over k of a[n + k] v[k], a padded as the mode says; the longer operand moves under the shorter."""
    x, y = lift.common(name, a, v)
    if x.ndim != 1 or y.ndim != 1 or not x.size or not y.size:
        raise errors.ShapeError(
            f"{name}: two vectors that are not empty are needed",
            got=f"{x.aval!r} and {y.aval!r}",
            hint="rt.scipy.signal has the same for more axes.",
        )
    if mode not in ("full", "same", "valid"):
        raise errors.BadArgument(name, "mode", mode, "'full', 'same' or 'valid'")
    n = y.size
    pads = {"full": (n - 1, n - 1), "same": (n // 2, n - 1 - n // 2), "valid": (0, 0)}[mode]
    out = contract.conv_general_dilated(x[None, None], y[None, None], (1,), [pads], precision=precision,
                                        preferred_element_type=preferred)  # fmt: skip
    return out[0, 0]


def convolve(
    a: ArrayLike,
    v: ArrayLike,
    mode: str = "full",
    *,
    precision: Any = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """The convolution of two vectors.

    >>> rt.numpy.convolve(rt.numpy.array([1, 2, 3]), rt.numpy.array([1, 10]))
    Array([ 1, 12, 23, 30], dtype=int32)
    """
    x, y = (a, v) if lift.size_of(lift.shape_of_value(a)) >= lift.size_of(lift.shape_of_value(v)) else (v, a)
    return _convolved("convolve", x, flip(lift.operand("convolve", y), 0), mode, precision, preferred_element_type)


def correlate(
    a: ArrayLike,
    v: ArrayLike,
    mode: str = "valid",
    *,
    precision: Any = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """The correlation of two vectors: their convolution with the second turned round and conjugated.

    >>> rt.numpy.correlate(rt.numpy.array([1, 2, 3]), rt.numpy.array([1, 10]))
    Array([21, 32], dtype=int32)
    """
    x, y = lift.operand("correlate", a), u.conjugate(lift.operand("correlate", v))
    if x.size >= y.size:
        return _convolved("correlate", x, y, mode, precision, preferred_element_type)
    return flip(_convolved("correlate", y, x, mode, precision, preferred_element_type), 0)


def interp(
    x: ArrayLike,
    xp: ArrayLike,
    fp: ArrayLike,
    left: ArrayLike | None = None,
    right: ArrayLike | None = None,
    period: ArrayLike | None = None,
) -> Array:
    """The line through points (xp rising, fp) at x; beyond the ends `left` and `right`, or the end values.

    >>> rt.numpy.interp(rt.numpy.array([0.5, 9.0]), rt.numpy.array([0.0, 1.0]), rt.numpy.array([10.0, 20.0]))
    Array([15., 20.], dtype=float32)
    """
    if u.is_complex(lift.operand("interp", fp)):
        parts = []
        for part in (u.real, u.imag):
            before, after = (None if side is None else part(side) for side in (left, right))
            parts.append(interp(x, xp, part(fp), before, after, period))
        return ew.complex_(*parts)
    t, px, py = lift.common("interp", x, xp, fp, floating=True)
    if px.ndim != 1 or px.shape != py.shape:
        raise errors.ShapeError("interp: xp and fp are vectors of one length", got=f"{px.aval!r} and {py.aval!r}",
                                hint="fp has one value for each place in xp.")  # fmt: skip
    if period is not None:
        period = u.abs(period)
        t, px = u.remainder(t, period), u.remainder(px, period)
        px, py = arrange.sort((px, py), 0)
        px = concatenate([px[-1:] - period, px, px[:1] + period])
        py = concatenate([py[-1:], py, py[:1]])
    i = u.clip(searchsorted(px, t, "right"), 1, px.size - 1)
    x0, x1, y0, y1 = (take(p, k, mode="clip") for p, k in ((px, i - 1), (px, i), (py, i - 1), (py, i)))
    gap = u.subtract(x1, x0)
    none = u.less_equal(u.abs(gap), float(np.spacing(dtypes.finfo(t.dtype).eps)))
    slope = u.divide(u.subtract(y1, y0), where(none, 1, gap))
    out = where(none, y0, u.add(y0, u.multiply(u.subtract(t, x0), slope)))
    if period is None:
        out = where(u.less(t, px[0]), py[0] if left is None else left, out)
        out = where(u.greater(t, px[-1]), py[-1] if right is None else right, out)
    return out


def gradient(f: Any, *varargs: Any, axis: Axis = None, edge_order: int | None = None) -> Any:
    """Slopes along axes: central differences inside, one-sided ones at the ends.

    >>> rt.numpy.gradient(rt.numpy.array([1.0, 4.0, 9.0]))
    Array([3., 4., 5.], dtype=float32)
    """
    if edge_order not in (None, 1):
        raise errors.BadArgument("gradient", "edge_order", edge_order, "1")
    x = u.floats("gradient", lift.operand("gradient", f))
    axes = lift.axes_of("gradient", axis, x.ndim)
    if len(varargs) not in (0, 1, len(axes)):
        raise errors.BadArgument("gradient", "varargs", len(varargs), f"One spacing, or {len(axes)},")
    steps = list(varargs) or [1.0]
    steps = steps * len(axes) if len(steps) == 1 else steps
    out = [_slopes(x, k, h) for k, h in zip(axes, steps, strict=True)]
    return out[0] if not isinstance(axis, tuple) and len(out) == 1 else out


def _slopes(x: Any, k: int, h: Any) -> Any:
    n = x.shape[k]
    if n < 2:
        raise errors.ShapeError(
            "gradient: an axis of at least 2 elements is needed", got=x.aval, hint="axis= chooses others."
        )
    y = moveaxis(x, k, 0)
    h = lift.asarray(h)
    if not h.ndim:
        inner = u.divide(u.subtract(y[2:], y[:-2]), u.multiply(2, h))
        ends = u.divide(u.subtract(y[1:2], y[:1]), h), u.divide(u.subtract(y[-1:], y[-2:-1]), h)
    else:
        gaps = diff(h).reshape((-1, *(1,) * (y.ndim - 1)))
        d0, d1 = gaps[:-1], gaps[1:]
        a, b, c = -d1 / (d0 * (d0 + d1)), (d1 - d0) / (d0 * d1), d0 / (d1 * (d0 + d1))
        inner = a * y[:-2] + b * y[1:-1] + c * y[2:]
        ends = (y[1:2] - y[:1]) / gaps[:1], (y[-1:] - y[-2:-1]) / gaps[-1:]
    return moveaxis(concatenate([ends[0], inner, ends[1]], 0), 0, k)


def trapezoid(y: ArrayLike, x: ArrayLike | None = None, dx: ArrayLike = 1.0, axis: int = -1) -> Array:
    """The integral by trapezoids.

    >>> rt.numpy.trapezoid(rt.numpy.array([1.0, 2.0, 3.0]))
    Array(4., dtype=float32)
    """
    values = u.floats("trapezoid", lift.operand("trapezoid", y))
    if x is not None:
        values, t = lift.common("trapezoid", values, lift.operand("trapezoid", x))
        dx = diff(t if t.ndim == 1 else moveaxis(t, axis, -1))
    v = moveaxis(values, axis, -1)
    return u.multiply(0.5, r.sum(u.multiply(dx, u.add(v[..., 1:], v[..., :-1])), -1))


def ediff1d(
    ary: ArrayLike, to_end: ArrayLike | Sequence[Any] | None = None, to_begin: ArrayLike | Sequence[Any] | None = None
) -> Array:
    """Differences of neighbours in a row, with more before and after.

    >>> rt.numpy.ediff1d(rt.numpy.array([1, 4, 9]), to_end=0)
    Array([3, 5, 0], dtype=int32)
    """
    x = lift.operand("ediff1d", ary).ravel()
    parts = [lift.asarray(to_begin).ravel()] if to_begin is not None else []
    parts.append(diff(x))
    if to_end is not None:
        parts.append(lift.asarray(to_end).ravel())
    return lift.convert(concatenate(parts), x.dtype)


def unwrap(p: ArrayLike, discont: ArrayLike | None = None, axis: int = -1, period: ArrayLike = 2 * math.pi) -> Array:
    """Angles without jumps of more than half a period.

    >>> rt.numpy.unwrap(rt.numpy.array([0.0, 3.0, 6.5, 0.5])).round(2)
    Array([0.  , 3.  , 0.22, 0.5 ], dtype=float32)
    """
    x = lift.operand("unwrap", p)
    x = u.floats("unwrap", x) if isinstance(period, float) else x
    half = u.divide(period, 2)
    jumps = diff(x, axis=axis)
    turned = u.subtract(u.remainder(u.add(jumps, half), period), half)
    turned = where(u.logical_and(u.equal(turned, u.negative(half)), u.greater(jumps, 0)), half, turned)
    shift = u.subtract(turned, jumps)
    if discont is not None:
        shift = where(u.less(u.abs(jumps), discont), 0, shift)
    k = lift.axis_of("unwrap", axis, x.ndim)
    first = arrange.slice_in_dim(x, 0, 1, axis=k)
    rest = u.add(arrange.slice_in_dim(x, 1, x.shape[k], axis=k), r.cumsum(shift, k))
    return concatenate([first, lift.convert(rest, x.dtype)], k)


# --- windows ---


def _window(M: int, at: Any) -> Any:
    """A window of M samples: `at` gives it for places from 0 to M - 1."""
    if M <= 1:
        return lift.full((max(0, M),), 1, dtypes.float32)
    return u.strong(at(lift.convert(arange(M), dtypes.float32)))


def bartlett(M: int) -> Array:
    """The triangular window that ends at 0.

    >>> rt.numpy.bartlett(5)
    Array([0. , 0.5, 1. , 0.5, 0. ], dtype=float32)
    """
    return _window(M, lambda n: 1 - u.abs(2 * n + 1 - M) / (M - 1))


def blackman(M: int) -> Array:
    """Blackman's window.

    >>> rt.numpy.blackman(5)[1:4].round(2)
    Array([0.34, 1.  , 0.34], dtype=float32)
    """
    return _window(M, lambda n: 0.42 - 0.5 * u.cos(2 * math.pi * n / (M - 1)) + 0.08 * u.cos(4 * math.pi * n / (M - 1)))


def hamming(M: int) -> Array:
    """Hamming's window.

    >>> rt.numpy.hamming(5).round(2)
    Array([0.08, 0.54, 1.  , 0.54, 0.08], dtype=float32)
    """
    return _window(M, lambda n: 0.54 - 0.46 * u.cos(2 * math.pi * n / (M - 1)))


def kaiser(M: int, beta: ArrayLike) -> Array:
    """Kaiser's window, the narrower the greater beta.

    >>> rt.numpy.kaiser(3, 2.0).round(2)
    Array([0.44, 1.  , 0.44], dtype=float32)
    """
    half = (M - 1) / 2
    return _window(M, lambda n: u.i0(beta * u.sqrt(1 - ((n - half) / half) ** 2)) / u.i0(beta))


def hanning(M: int) -> Array:
    """Von Hann's window.

    >>> rt.numpy.hanning(5).round(2)
    Array([0. , 0.5, 1. , 0.5, 0. ], dtype=float32)
    """
    return _window(M, lambda n: 0.5 * (1 - u.cos(2 * math.pi * n / (M - 1))))
