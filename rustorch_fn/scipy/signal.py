"""Signals: convolution, correlation, trends, and spectra by Welch's method."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from rustorch_fn import boundary, dtypes, errors
from rustorch_fn import numpy as rnp
from rustorch_fn.typing import Array, ArrayLike

__all__ = [
    "convolve", "convolve2d", "correlate", "correlate2d", "csd", "detrend", "fftconvolve", "istft", "stft", "welch",
]  # fmt: skip

_MODES = ("full", "same", "valid")


def _operands(name: str, in1: ArrayLike, in2: ArrayLike, mode: str) -> tuple[Array, Array]:
    """Two signals of one rank in a type that is no integer."""
    if mode not in _MODES:
        raise errors.BadArgument(name, "mode", mode, "'full', 'same' or 'valid'")
    x, y = rnp.asarray(in1), rnp.asarray(in2)
    if x.ndim != y.ndim:
        raise errors.ShapeError(
            f"{name}: signals of different ranks", got=f"{x.aval} · {y.aval}", hint="x[None] adds an axis."
        )
    dtype = rnp.result_type(x, y)
    dtype = dtype if dtype in dtypes.INEXACT else "float32"
    return x.astype(dtype), y.astype(dtype)


def _cut(name: str, full: Array, x: Array, y: Array, axes: Sequence[int], mode: str, late: int = 0) -> Array:
    """The part of a full convolution that a mode asks for; `late` moves the middle of 'same'."""
    if mode == "full":
        return full
    cuts = [slice(None)] * full.ndim
    signs = {(x.shape[a] > y.shape[a]) - (x.shape[a] < y.shape[a]) for a in axes}
    if mode == "valid" and {1, -1} <= signs:
        hint = "For mode='valid' one signal is at least as long as the other along every axis."
        raise errors.ShapeError(f"{name}: neither signal holds the other", got=f"{x.aval} · {y.aval}", hint=hint)
    for a in axes:
        n, m = x.shape[a], y.shape[a]
        size = n if mode == "same" else max(n, m) - min(n, m) + 1
        start = (full.shape[a] - size + late) // 2
        cuts[a] = slice(start, start + size)
    return full[tuple(cuts)]


def _windowed(x: Array, y: Array, precision: Any) -> Array:
    """The full convolution as a sum of products; complex ones in real parts."""
    from rustorch_fn import lax

    if x.dtype in dtypes.COMPLEX:
        a, b, c, d = rnp.real(x), rnp.imag(x), rnp.real(y), rnp.imag(y)
        ac, bd, ad, bc = (_windowed(p, q, precision) for p, q in ((a, c), (b, d), (a, d), (b, c)))
        whole: Array = lax.complex(ac - bd, ad + bc)
        return whole
    if not x.size or not y.size:
        return rnp.zeros([max(n + m - 1, 0) for n, m in zip(x.shape, y.shape, strict=True)], x.dtype)
    pads = [(n - 1, n - 1) for n in y.shape]
    out = lax.conv_general_dilated(x[None, None], rnp.flip(y)[None, None], (1,) * x.ndim, pads, precision=precision)
    return out[0, 0]


def convolve(in1: ArrayLike, in2: ArrayLike, mode: str = "full", method: str = "auto", precision: Any = None) -> Array:
    """The convolution of two signals of any one rank: all of it, as much as in1, or where they overlap wholly.

    `method` 'fft' goes through Fourier transforms, 'direct' and 'auto' through sums of products. Integers give floats.

    >>> rt.scipy.signal.convolve(rt.numpy.array([1.0, 2.0, 3.0]), rt.numpy.array([1.0, 1.0]), mode="same")
    Array([1., 3., 5.], dtype=float32)
    """
    x, y = _operands("convolve", in1, in2, mode)
    if method == "fft":
        return fftconvolve(x, y, mode)
    if method not in ("auto", "direct"):
        raise errors.BadArgument("convolve", "method", method, "'auto', 'direct' or 'fft'")
    if not x.ndim:
        return x * y
    return _cut("convolve", _windowed(x, y, precision), x, y, range(x.ndim), mode)


def correlate(in1: ArrayLike, in2: ArrayLike, mode: str = "full", method: str = "auto", precision: Any = None) -> Array:
    """The cross-correlation of two signals of any one rank: in1 convolved with in2 conjugated and turned around.

    >>> rt.scipy.signal.correlate(rt.numpy.array([1.0, 2.0, 3.0]), rt.numpy.array([0.0, 1.0]), mode="valid")
    Array([2., 3.], dtype=float32)
    """
    return convolve(in1, rnp.flip(rnp.conj(rnp.asarray(in2))), mode, method, precision)


def _flat(name: str, x: Array, boundary: str, fillvalue: Any) -> None:
    if boundary != "fill" or not isinstance(fillvalue, int | float) or fillvalue != 0:
        raise errors.BadArgument(name, "boundary", (boundary, fillvalue), "boundary='fill' with fillvalue=0")
    if x.ndim != 2:
        raise errors.ShapeError(
            f"{name}: signals of two axes are wanted", got=x.aval, hint="convolve and correlate take any."
        )


def convolve2d(
    in1: ArrayLike, in2: ArrayLike, mode: str = "full", boundary: str = "fill", fillvalue: float = 0,
    precision: Any = None,
) -> Array:  # fmt: skip
    """The convolution of two images; beyond their edges they are 0.

    >>> rt.scipy.signal.convolve2d(rt.numpy.eye(2), rt.numpy.ones((2, 2)), mode="valid")
    Array([[2.]], dtype=float32)
    """
    x, y = _operands("convolve2d", in1, in2, mode)
    _flat("convolve2d", x, boundary, fillvalue)
    return convolve(x, y, mode, "direct", precision)


def correlate2d(
    in1: ArrayLike, in2: ArrayLike, mode: str = "full", boundary: str = "fill", fillvalue: float = 0,
    precision: Any = None,
) -> Array:  # fmt: skip
    """The cross-correlation of two images; beyond their edges they are 0.

    >>> rt.scipy.signal.correlate2d(rt.numpy.eye(2), rt.numpy.array([[1.0, 2.0], [3.0, 4.0]]), mode="valid")
    Array([[5.]], dtype=float32)
    """
    x, y = _operands("correlate2d", in1, in2, mode)
    _flat("correlate2d", x, boundary, fillvalue)
    turned = rnp.flip(rnp.conj(y))
    # SciPy's middle of an even kernel is the later one here
    return _cut("correlate2d", _windowed(x, turned, precision), x, y, (0, 1), mode, late=mode == "same")


def fftconvolve(in1: ArrayLike, in2: ArrayLike, mode: str = "full", axes: Sequence[int] | None = None) -> Array:
    """The convolution of two signals through Fourier transforms, along some axes; the others broadcast.

    >>> rt.scipy.signal.fftconvolve(rt.numpy.array([1.0, 2.0]), rt.numpy.array([1.0, 1.0])).round(3)
    Array([1., 3., 2.], dtype=float32)
    """
    x, y = _operands("fftconvolve", in1, in2, mode)
    along = sorted(a % x.ndim for a in (range(x.ndim) if axes is None else axes))
    if not along or not x.size or not y.size:
        return x * y
    sizes = [x.shape[a] + y.shape[a] - 1 for a in along]
    if x.dtype in dtypes.COMPLEX:
        full = rnp.fft.ifftn(rnp.fft.fftn(x, sizes, along) * rnp.fft.fftn(y, sizes, along), sizes, along)
    else:
        full = rnp.fft.irfftn(rnp.fft.rfftn(x, sizes, along) * rnp.fft.rfftn(y, sizes, along), sizes, along)
    return _cut("fftconvolve", full.astype(x.dtype), x, y, along, mode)


def detrend(
    data: ArrayLike, axis: int = -1, type: str = "linear", bp: int | Sequence[int] | np.ndarray = 0,
    overwrite_data: None = None,
) -> Array:  # fmt: skip
    """Samples without their mean (`type` 'constant') or the line of least squares ('linear'), between breaks `bp`.

    >>> rt.scipy.signal.detrend(rt.numpy.array([1.0, 2.0, 4.0]), type="constant").round(3)
    Array([-1.333, -0.333,  1.667], dtype=float32)
    """
    if overwrite_data is not None:
        raise errors.BadArgument("detrend", "overwrite_data", overwrite_data, "None, as arrays do not change,")
    x = rnp.asarray(data)
    x = x if x.dtype in dtypes.INEXACT else x.astype("float32")
    if type in ("constant", "c"):
        return x - x.mean(axis, keepdims=True)
    if type not in ("linear", "l"):
        raise errors.BadArgument("detrend", "type", type, "'constant' or 'linear'")
    y = rnp.moveaxis(x, axis, 0)
    n = y.shape[0]
    breaks = np.unique(np.r_[0, bp, n]).astype(int)
    if breaks[0] < 0 or breaks[-1] > n:
        raise errors.BadArgument("detrend", "bp", bp, f"Breaks from 0 to {n}")
    parts = []
    for start, stop in zip(breaks, breaks[1:], strict=False):
        t = np.arange(1, stop - start + 1) / (stop - start)
        basis = np.stack([t, np.ones_like(t)], 1)
        fit = rnp.asarray(basis @ np.linalg.pinv(basis), x.dtype)
        part = y[start:stop]
        parts.append(part - rnp.tensordot(fit, part, 1))
    return rnp.moveaxis(rnp.concatenate(parts), 0, axis)


# --- spectra ---


def _window(name: str, window: Any, nperseg: int | None, length: int) -> tuple[np.ndarray, int]:
    """The window's values, and its length."""
    from scipy.signal import get_window

    if isinstance(window, str | tuple):
        size = min(256 if nperseg is None else int(nperseg), length)
        if size < 1:
            raise errors.BadArgument(name, "nperseg", nperseg, "A length of at least 1")
        return get_window(window, size), size
    values = np.asarray(window)
    if values.ndim != 1 or values.size > length or nperseg not in (None, values.size):
        raise errors.BadArgument(name, "window", values.shape, f"A name, or at most {length} values along one axis,")
    return values, values.size


def _overlap(name: str, noverlap: int | None, size: int, nfft: int | None) -> tuple[int, int]:
    """How far segments overlap, and the length of their transforms."""
    shared, points = size // 2 if noverlap is None else int(noverlap), size if nfft is None else int(nfft)
    if not 0 <= shared < size:
        raise errors.BadArgument(name, "noverlap", noverlap, f"0 to {size - 1}")
    if points < size:
        raise errors.BadArgument(name, "nfft", nfft, f"At least {size}")
    return shared, points


def _segments(x: Array, window: np.ndarray, shared: int, points: int, trend: Any, onesided: bool) -> Array:
    """The transforms of windowed segments of the last axis: frequencies come last, segments before them."""
    size = len(window)
    starts = np.arange(0, x.shape[-1] - size + 1, size - shared)
    parts = x[..., starts[:, None] + np.arange(size)]
    if trend:
        parts = trend(parts) if callable(trend) else detrend(parts, type=trend)
    part = dtypes.part(parts.dtype)
    parts = parts * rnp.asarray(window, part)
    return rnp.fft.rfft(parts, points) if onesided else rnp.fft.fft(parts, points)


def _places(like: Any, fs: Any) -> Any:
    """The type of frequencies and times: float32, or wider where the signal or the rate is."""
    return rnp.result_type("float32", dtypes.part(like.dtype), fs)


def _frequencies(points: int, fs: Any, onesided: bool, like: Any) -> Array:
    return (rnp.fft.rfftfreq if onesided else rnp.fft.fftfreq)(points, 1 / fs, dtype=_places(like, fs))


def _signal(x: ArrayLike) -> Array:
    y = rnp.asarray(x)
    return y if y.dtype in dtypes.INEXACT else y.astype("float32")


def csd(
    x: ArrayLike, y: ArrayLike | None, fs: ArrayLike = 1.0, window: Any = "hann", nperseg: int | None = None,
    noverlap: int | None = None, nfft: int | None = None, detrend: Any = "constant", return_onesided: bool = True,
    scaling: str = "density", axis: int = -1, average: str = "mean",
) -> tuple[Array, Array]:  # fmt: skip
    """Frequencies, and the cross power spectral density of x and y, by Welch's method; of x alone (None) it is real.

    Segments of `nperseg` samples overlap by `noverlap` (half), lose their trend, are windowed and transformed; their
    products are averaged ('mean' or 'median'). `scaling` is 'density' or 'spectrum'.

    >>> f, p = rt.scipy.signal.csd(rt.numpy.ones(8), rt.numpy.ones(8), nperseg=4, detrend=False)
    >>> f
    Array([0.  , 0.25, 0.5 ], dtype=float32)
    """
    a = rnp.moveaxis(_signal(x), axis, -1)
    b = a if y is None else rnp.moveaxis(_signal(y), axis, -1)
    length = max(a.shape[-1], b.shape[-1])
    a, b = (rnp.pad(v, [(0, 0)] * (v.ndim - 1) + [(0, length - v.shape[-1])]) for v in (a, b))
    values, size = _window("csd", window, nperseg, length)
    shared, points = _overlap("csd", noverlap, size, nfft)
    onesided = return_onesided and a.dtype not in dtypes.COMPLEX and b.dtype not in dtypes.COMPLEX
    if scaling not in ("density", "spectrum"):
        raise errors.BadArgument("csd", "scaling", scaling, "'density' or 'spectrum'")
    scale = 1 / (fs * (values**2).sum()) if scaling == "density" else 1 / values.sum() ** 2
    first = _segments(a, values, shared, points, detrend, onesided)
    second = first if y is None else _segments(b, values, shared, points, detrend, onesided)
    power = rnp.conj(first) * second * rnp.asarray(scale, dtypes.part(first.dtype))
    power = rnp.real(power) if y is None else power
    if onesided:
        twice = np.ones(power.shape[-1])
        twice[1 : None if points % 2 else -1] = 2
        power = power * rnp.asarray(twice, dtypes.part(power.dtype))
    power = rnp.swapaxes(power, -1, -2)
    if average == "median":
        # the median of n exponential numbers is that much above their mean (Schafer, 2009)
        k = 2 * np.arange(1.0, (power.shape[-1] - 1) // 2 + 1)
        bias = 1 + np.sum(1 / (k + 1) - 1 / k)
        middle = rnp.median(rnp.real(power), -1)
        power = (middle if y is None else middle + rnp.asarray(1j) * rnp.median(rnp.imag(power), -1)) / bias
    elif average == "mean":
        power = power.mean(-1)
    else:
        raise errors.BadArgument("csd", "average", average, "'mean' or 'median'")
    return _frequencies(points, fs, onesided, a), rnp.moveaxis(power, -1, axis)


def welch(
    x: ArrayLike, fs: ArrayLike = 1.0, window: Any = "hann", nperseg: int | None = None, noverlap: int | None = None,
    nfft: int | None = None, detrend: Any = "constant", return_onesided: bool = True, scaling: str = "density",
    axis: int = -1, average: str = "mean",
) -> tuple[Array, Array]:  # fmt: skip
    """Frequencies, and the power spectral density of x, by Welch's method; arguments are those of `csd`.

    >>> f, p = rt.scipy.signal.welch(rt.numpy.ones(8), nperseg=4)
    >>> p.shape
    (3,)
    """
    how = (fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis, average)
    return csd(x, None, *how)


def stft(
    x: ArrayLike, fs: ArrayLike = 1.0, window: Any = "hann", nperseg: int = 256, noverlap: int | None = None,
    nfft: int | None = None, detrend: Any = False, return_onesided: bool = True, boundary: str | None = "zeros",
    padded: bool = True, axis: int = -1,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Frequencies, times, and the Fourier transforms of overlapping windows of x.

    `boundary` 'zeros', 'even', 'odd' or 'constant' extends x by half a window at both ends, None does not; `padded`
    adds zeros so that the windows hold all of it.

    >>> f, t, z = rt.scipy.signal.stft(rt.numpy.ones(8), nperseg=4)
    >>> f.shape, t.shape, z.shape
    ((3,), (5,), (3, 5))
    """
    modes = {"zeros": "constant", "constant": "edge", "even": "reflect", "odd": "reflect"}
    y = rnp.moveaxis(_signal(x), axis, -1)
    values, size = _window("stft", window, nperseg, y.shape[-1])
    shared, points = _overlap("stft", noverlap, size, nfft)
    sides = [(0, 0)] * (y.ndim - 1)
    if boundary is not None:
        if boundary not in modes:
            raise errors.BadArgument("stft", "boundary", boundary, f"None or one of {', '.join(modes)}")
        how = {"reflect_type": "odd"} if boundary == "odd" else {}
        y = rnp.pad(y, [*sides, (size // 2, size // 2)], mode=modes[boundary], **how)
    step = size - shared
    if padded:
        y = rnp.pad(y, [*sides, (0, (-(y.shape[-1] - size) % step) % size)])
    onesided = return_onesided and y.dtype not in dtypes.COMPLEX
    out = _segments(y, values, shared, points, detrend, onesided)
    out = out * rnp.asarray(1 / abs(values.sum()), dtypes.part(out.dtype))
    starts = np.arange(out.shape[-2]) * step + (0 if boundary is not None else size / 2)
    times = rnp.asarray(starts, _places(y, fs)) / fs
    out = rnp.moveaxis(rnp.swapaxes(out, -1, -2), -2, axis - (axis < 0))
    return _frequencies(points, fs, onesided, y), times, out


def istft(
    Zxx: ArrayLike, fs: ArrayLike = 1.0, window: Any = "hann", nperseg: int | None = None, noverlap: int | None = None,
    nfft: int | None = None, input_onesided: bool = True, boundary: bool = True, time_axis: int = -1,
    freq_axis: int = -2,
) -> tuple[Array, Array]:  # fmt: skip
    """Times and the signal whose short-time transforms these are: windows added where they lie, over what they weigh.

    Arguments are those that `stft` was called with.

    >>> x = rt.numpy.arange(8.0)
    >>> t, y = rt.scipy.signal.istft(rt.scipy.signal.stft(x, nperseg=4)[2], nperseg=4)
    >>> rt.numpy.allclose(x, y, atol=1e-5)
    Array(True, dtype=bool)
    """
    z = rnp.moveaxis(rnp.asarray(Zxx), (time_axis, freq_axis), (-2, -1))
    most = 2 * (z.shape[-1] - 1) if input_onesided else z.shape[-1]
    values, size = _window("istft", window, most if nperseg is None and nfft is None else nperseg or most, 1 << 60)
    shared, points = _overlap("istft", noverlap, size, most if nfft is None else nfft)
    step, count = size - shared, z.shape[-2]
    parts = (rnp.fft.irfft if input_onesided else rnp.fft.ifft)(z, points)[..., :size]
    part = dtypes.part(parts.dtype)
    parts = parts * rnp.asarray(values * values.sum(), part)
    places = (np.arange(count) * step)[:, None] + np.arange(size)
    length = (count - 1) * step + size
    total = rnp.zeros((*parts.shape[:-2], length), parts.dtype).at[..., places].add(parts)
    weight = np.zeros(length)
    np.add.at(weight, places, np.broadcast_to(values**2, places.shape))
    total = total / rnp.asarray(np.where(weight > 1e-10, weight, 1.0), part)
    if boundary:
        total = total[..., size // 2 : length - size // 2]
    total = rnp.moveaxis(total, -1, min(time_axis % rnp.ndim(Zxx), freq_axis % rnp.ndim(Zxx)))
    return rnp.arange(total.shape[0]).astype(
        _places(total, fs)
    ) / fs, total  # the first axis it is in SciPy and JAX too


boundary.close(sys.modules[__name__])


def __dir__() -> list[str]:
    return __all__
