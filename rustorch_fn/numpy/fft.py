"""The discrete Fourier transform, and the helpers around it.

Real numbers count as complex ones, of 32 bits a part unless they have 64. `norm` is "backward" (or None: the inverse
divides by the size), "ortho" (both divide by its root) or "forward".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import fft as _transform
from rustorch_fn.lax import lift
from rustorch_fn.numpy import ufuncs as u
from rustorch_fn.numpy.creation import arange
from rustorch_fn.numpy.shapes import moveaxis, pad, roll
from rustorch_fn.numpy.types import result_type
from rustorch_fn.typing import Array, ArrayLike, DTypeLike

__all__ = [
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifft2", "ifftn", "ifftshift", "ihfft", "irfft",
    "irfft2", "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn",
]  # fmt: skip


def _scale(name: str, norm: str | None, size: int) -> float:
    """What SciPy's and JAX's transforms are multiplied with."""
    if norm in (None, "backward"):
        return 1.0
    inverse = name.startswith("i")
    if norm == "ortho":
        return math.sqrt(size) if inverse else 1 / math.sqrt(size)
    if norm == "forward":
        return float(size) if inverse else 1 / size
    raise errors.BadArgument(name, "norm", norm, "None, 'backward', 'ortho' or 'forward'")


def _many(
    name: str, kind: str, a: ArrayLike, s: Sequence[int] | None, axes: Sequence[int] | None, norm: str | None
) -> Array:
    """The transform along axes, all by default, of x cut or padded with zeros to the sizes s."""
    x = lift.operand(name, a)
    if kind == "RFFT" and x.dtype in dtypes.COMPLEX:
        raise errors.DtypeError(f"{name}: real numbers are needed", got=x.aval, hint="Take x.real first.")
    if s is not None:
        if not isinstance(s, Sequence) or not all(hasattr(n, "__index__") for n in s):
            raise errors.BadType(name, "s", s, "A tuple of ints")
        if any(n <= 0 for n in s):
            raise errors.BadArgument(name, "s", s, "Sizes of at least 1")
    if s is not None and axes is not None and len(s) != len(axes):
        raise errors.BadArgument(name, "axes", axes, f"As many axes as sizes ({len(s)})")
    chosen = axes if axes is not None else range(x.ndim - (x.ndim if s is None else len(s)), x.ndim)
    chosen = [lift.axis_of(name, k, x.ndim) for k in chosen]
    if len(set(chosen)) < len(chosen):
        raise errors.BadArgument(name, "axes", axes, "Axes that are named once each")
    last = list(range(x.ndim - len(chosen), x.ndim))
    x = moveaxis(x, chosen, last)
    if s is not None:
        sizes = list(x.shape)
        sizes[x.ndim - len(s) :] = s
        if kind == "IRFFT":
            sizes[-1] = sizes[-1] // 2 + 1
        x = x[tuple(slice(n) for n in sizes)]
        x = pad(x, [(0, n - m) for n, m in zip(sizes, x.shape, strict=True)])
        lengths = list(s)
    else:
        lengths = [x.shape[k] for k in last]
        if kind == "IRFFT" and lengths:
            lengths[-1] = max(0, 2 * (lengths[-1] - 1))
    y = _transform(x, kind, tuple(map(int, lengths)))
    scale = _scale(name, norm, math.prod(lengths))
    return moveaxis(y if scale == 1 else y * scale, last, chosen)


def _one(name: str, kind: str, a: ArrayLike, n: int | None, axis: int, norm: str | None) -> Array:
    if isinstance(axis, list | tuple):
        raise errors.BadType(name, "axis", axis, f"An int ({name}n takes several axes)")
    return _many(name, kind, a, None if n is None else [n], None if axis is None else [axis], norm)


def _two(name: str, kind: str, a: ArrayLike, s: Sequence[int] | None, axes: Sequence[int], norm: str | None) -> Array:
    if len(axes) != 2:
        raise errors.BadArgument(name, "axes", axes, "Two axes")
    return _many(name, kind, a, s, axes, norm)


def fft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The transform along one axis, cut or padded with zeros to n: y[k] = Σ x[j] exp(-2πi jk / n).

    >>> rt.numpy.fft.fft(rt.numpy.array([1.0, 0.0, 0.0])).real
    Array([1., 1., 1.], dtype=float32)
    """
    return _one("fft", "FFT", a, n, axis, norm)


def ifft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The inverse of `fft`.

    >>> rt.numpy.fft.ifft(rt.numpy.array([3.0, 0.0, 0.0])).real
    Array([1., 1., 1.], dtype=float32)
    """
    return _one("ifft", "IFFT", a, n, axis, norm)


def rfft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The first half, n // 2 + 1 numbers, of the transform of real numbers along one axis.

    >>> rt.numpy.fft.rfft(rt.numpy.array([1.0, 0.0, 0.0, 0.0])).real
    Array([1., 1., 1.], dtype=float32)
    """
    return _one("rfft", "RFFT", a, n, axis, norm)


def irfft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The inverse of `rfft`: n real numbers, by default an even count.

    >>> rt.numpy.fft.irfft(rt.numpy.array([1.0, 1.0, 1.0]))
    Array([1., 0., 0., 0.], dtype=float32)
    """
    return _one("irfft", "IRFFT", a, n, axis, norm)


def hfft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The transform of what is its own conjugate backwards, given by its first half: n real numbers.

    >>> rt.numpy.fft.hfft(rt.numpy.array([1.0, 0.0, 0.0]))
    Array([1., 1., 1., 1.], dtype=float32)
    """
    x = u.conj(lift.operand("hfft", a))
    size = 2 * (x.shape[lift.axis_of("hfft", axis, x.ndim)] - 1) if n is None else n
    return _one("hfft", "IRFFT", x, n, axis, norm) * size


def ihfft(a: ArrayLike, n: int | None = None, axis: int = -1, norm: str | None = None) -> Array:
    """The inverse of `hfft`: the first half of the inverse transform of real numbers.

    >>> rt.numpy.fft.ihfft(rt.numpy.array([1.0, 1.0, 1.0, 1.0])).real
    Array([1., 0., 0.], dtype=float32)
    """
    x = lift.operand("ihfft", a)
    size = x.shape[lift.axis_of("ihfft", axis, x.ndim)] if n is None else n
    return u.conj(_one("ihfft", "RFFT", x, n, axis, norm)) * (1 / size)


def fft2(
    a: ArrayLike, s: Sequence[int] | None = None, axes: Sequence[int] = (-2, -1), norm: str | None = None
) -> Array:
    """`fft` along two axes.

    >>> rt.numpy.fft.fft2(rt.numpy.ones((2, 2))).real
    Array([[4., 0.],
           [0., 0.]], dtype=float32)
    """
    return _two("fft2", "FFT", a, s, axes, norm)


def ifft2(
    a: ArrayLike, s: Sequence[int] | None = None, axes: Sequence[int] = (-2, -1), norm: str | None = None
) -> Array:
    """The inverse of `fft2`.

    >>> rt.numpy.fft.ifft2(rt.numpy.ones((2, 2))).real
    Array([[1., 0.],
           [0., 0.]], dtype=float32)
    """
    return _two("ifft2", "IFFT", a, s, axes, norm)


def rfft2(
    a: ArrayLike, s: Sequence[int] | None = None, axes: Sequence[int] = (-2, -1), norm: str | None = None
) -> Array:
    """`rfft` along the second of two axes, and `fft` along the first.

    >>> rt.numpy.fft.rfft2(rt.numpy.ones((2, 4))).shape
    (2, 3)
    """
    return _two("rfft2", "RFFT", a, s, axes, norm)


def irfft2(
    a: ArrayLike, s: Sequence[int] | None = None, axes: Sequence[int] = (-2, -1), norm: str | None = None
) -> Array:
    """The inverse of `rfft2`.

    >>> rt.numpy.fft.irfft2(rt.numpy.ones((2, 3))).shape
    (2, 4)
    """
    return _two("irfft2", "IRFFT", a, s, axes, norm)


def fftn(
    a: ArrayLike, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str | None = None
) -> Array:
    """`fft` along several axes, by default all (or the last, as many as there are sizes).

    >>> rt.numpy.fft.fftn(rt.numpy.ones((2, 2, 2)))[0, 0, 0].real
    Array(8., dtype=float32)
    """
    return _many("fftn", "FFT", a, s, axes, norm)


def ifftn(
    a: ArrayLike, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str | None = None
) -> Array:
    """The inverse of `fftn`.

    >>> rt.numpy.fft.ifftn(rt.numpy.ones((2, 2, 2)))[0, 0, 0].real
    Array(1., dtype=float32)
    """
    return _many("ifftn", "IFFT", a, s, axes, norm)


def rfftn(
    a: ArrayLike, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str | None = None
) -> Array:
    """`rfft` along the last of several axes, and `fft` along the others.

    >>> rt.numpy.fft.rfftn(rt.numpy.ones((2, 2, 4))).shape
    (2, 2, 3)
    """
    return _many("rfftn", "RFFT", a, s, axes, norm)


def irfftn(
    a: ArrayLike, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str | None = None
) -> Array:
    """The inverse of `rfftn`.

    >>> rt.numpy.fft.irfftn(rt.numpy.ones((2, 2, 3))).shape
    (2, 2, 4)
    """
    return _many("irfftn", "IRFFT", a, s, axes, norm)


def _frequencies(name: str, n: int, d: Any, dtype: DTypeLike | None, places: Any) -> Array:
    if not hasattr(n, "__index__"):
        raise errors.BadType(name, "n", n, "An int")
    if isinstance(d, list | tuple):
        raise errors.BadType(name, "d", d, "A number")
    kind = dtypes.asdtype(result_type("float32", d) if dtype is None else dtype)
    wide = kind if kind in dtypes.INEXACT else dtypes.float32
    return (places(wide) / lift.asarray(d * n, wide)).astype(kind)


def fftfreq(n: int, d: ArrayLike = 1.0, *, dtype: DTypeLike | None = None, device: Any = None) -> Array:
    """The frequencies of the numbers that `fft` of n samples gives, d apart: 0, 1 / (n d), …, and negative ones.

    They are float32, or of d's type where that is wider.

    >>> rt.numpy.fft.fftfreq(4)
    Array([ 0.  ,  0.25, -0.5 , -0.25], dtype=float32)
    """
    return _frequencies("fftfreq", n, d, dtype, lambda t: ((arange(n) + n // 2) % n - n // 2).astype(t))


def rfftfreq(n: int, d: ArrayLike = 1.0, *, dtype: DTypeLike | None = None, device: Any = None) -> Array:
    """The frequencies of the numbers that `rfft` of n samples gives, d apart, in the types of `fftfreq`.

    >>> rt.numpy.fft.rfftfreq(4)
    Array([0.  , 0.25, 0.5 ], dtype=float32)
    """
    return _frequencies("rfftfreq", n, d, dtype, lambda t: arange(n // 2 + 1).astype(t))


def _shifted(name: str, x: ArrayLike, axes: int | Sequence[int] | None, back: bool) -> Array:
    a = lift.operand(name, x)
    chosen = range(a.ndim) if axes is None else [axes] if isinstance(axes, int) else axes
    places = [lift.axis_of(name, k, a.ndim) for k in chosen]
    return roll(a, [-(a.shape[k] // 2) if back else a.shape[k] // 2 for k in places], places)


def fftshift(x: ArrayLike, axes: int | Sequence[int] | None = None) -> Array:
    """The frequency 0 moved to the middle of axes, by default all.

    >>> rt.numpy.fft.fftshift(rt.numpy.fft.fftfreq(4))
    Array([-0.5 , -0.25,  0.  ,  0.25], dtype=float32)
    """
    return _shifted("fftshift", x, axes, False)


def ifftshift(x: ArrayLike, axes: int | Sequence[int] | None = None) -> Array:
    """The inverse of `fftshift`.

    >>> rt.numpy.fft.ifftshift(rt.numpy.array([3, 4, 0, 1, 2]))
    Array([0, 1, 2, 3, 4], dtype=int32)
    """
    return _shifted("ifftshift", x, axes, True)


def __dir__() -> list[str]:
    return __all__
