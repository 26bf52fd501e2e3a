"""The discrete Fourier transform, in any number of dimensions: SciPy's pocketfft, which programs call by Python."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core.parts import by_python
from rustorch_fn.core.primitive import primitive
from rustorch_fn.core.trace import aval_of
from rustorch_fn.core.typing import Array, ArrayLike
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import families, lift, shaping
from rustorch_fn.lax.families import Linear
from rustorch_fn.transform.batch import move_to


class FftType(enum.IntEnum):
    """Which transform `fft` does: of complex numbers, its inverse, of real numbers, the inverse of that.

    >>> rt.lax.FftType.RFFT.name
    'RFFT'
    """

    FFT = 0
    IFFT = 1
    RFFT = 2
    IRFFT = 3


@primitive
class fourier(Linear):
    """The transform of the last axes, whose lengths are those of the complex or the real side."""

    name = "fft"
    step = "host"

    def shape(x, *, kind, lengths):
        real = x.dtype in (dtypes.float32, dtypes.float64)
        if (kind == "RFFT") != real or not (real or x.dtype in dtypes.COMPLEX):
            works = "float32 or float64" if kind == "RFFT" else "complex64 or complex128"
            raise errors.DtypeError(f"fft: {kind} takes another type", got=x, hint=f"It takes {works}.")
        many = len(lengths)
        side = (*lengths[:-1], lengths[-1] // 2 + 1)
        wanted = side if kind == "IRFFT" else lengths
        if many > x.ndim or x.shape[x.ndim - many :] != wanted:
            raise errors.ShapeError(f"fft: {kind} of lengths {lengths} takes other sizes", got=x,
                                    hint=f"The last axes are {wanted}.")  # fmt: skip
        dtype = dtypes.whole(x.dtype) if kind == "RFFT" else dtypes.part(x.dtype) if kind == "IRFFT" else x.dtype
        return x.like(shape=(*x.shape[: x.ndim - many], *(side if kind == "RFFT" else lengths)), dtype=dtype)

    def ref(x, *, kind, lengths):
        try:
            import scipy.fft
        except ImportError as error:
            raise errors.MissingExtra("the Fourier transform", "scipy") from error
        if not x.size or not math.prod(lengths):
            many = len(lengths)
            side = (*lengths[:-1], lengths[-1] // 2 + 1) if kind == "RFFT" else lengths
            letter = "f" if x.dtype.itemsize == (4 if kind == "RFFT" else 8) else "d"
            kinds = np.dtype(letter if kind == "IRFFT" else letter.upper())
            return np.zeros((*x.shape[: x.ndim - many], *side), kinds)
        axes = tuple(range(-len(lengths), 0))
        return getattr(scipy.fft, f"{kind.lower()}n")(x, s=lengths, axes=axes)

    def parts(x, **attrs):
        # the parts of the result need both of the operand's
        return by_python(fourier, [x], attrs)

    def transpose(ct, x, *, kind, lengths):
        if kind in ("FFT", "IFFT"):
            return (fourier(ct, kind=kind, lengths=lengths),)
        size = math.prod(lengths)
        if kind == "RFFT":
            # each number but the first and the middle one stands for itself and its conjugate
            weights = _doubled(aval_of(ct), lengths[-1], 0.5)
            return (fourier(ew.conj(ew.mul(ct, weights)), kind="IRFFT", lengths=lengths) * size,)
        y = fourier(ct, kind="RFFT", lengths=lengths)
        return (ew.conj(ew.mul(y, _doubled(aval_of(y), lengths[-1], 2.0))) / size,)

    def batch(axis, xs, ds, *, kind, lengths):
        return fourier(move_to(xs[0], ds[0], 0, axis), kind=kind, lengths=lengths), 0


def _doubled(aval: Any, n: int, value: float) -> Any:
    """`value` where a number of a half spectrum stands for two, else 1."""
    last = len(aval.shape) - 1
    place = shaping.iota(shape=aval.shape, dtype=dtypes.int32, axis=last)
    alone = ew.eq(place, families.filled(place, 0))
    if n % 2 == 0:
        alone = ew.or_(alone, ew.eq(place, families.filled(place, n // 2)))
    one = lift.full(aval.shape, 1, aval.dtype)
    return ew.select(alone, one, lift.full(aval.shape, value, aval.dtype))


def fft(x: ArrayLike, fft_type: FftType | str, fft_lengths: Sequence[int]) -> Array:
    """The discrete Fourier transform of the last axes of x, as many as there are lengths.

    `fft_type` is "FFT", "IFFT", "RFFT" (of real x: half of the result, the other half is its conjugate) or "IRFFT".
    The lengths are the sizes of the axes, on the real side for the last two.

    >>> rt.lax.fft(rt.numpy.array([1.0, 2.0, 3.0]), "RFFT", (3,)).round(3)
    Array([ 6. +0.j   , -1.5+0.866j], dtype=complex64)
    """
    a = lift.operand("fft", x)
    try:
        kind = FftType[fft_type.upper()] if isinstance(fft_type, str) else FftType(fft_type)
    except (KeyError, ValueError, TypeError) as error:
        raise errors.BadArgument("fft", "fft_type", fft_type, "'FFT', 'IFFT', 'RFFT', 'IRFFT' or an FftType") from error
    if not isinstance(fft_lengths, Sequence) or not all(hasattr(n, "__index__") for n in fft_lengths):
        raise errors.BadType("fft", "fft_lengths", fft_lengths, "A tuple of ints")
    if kind == FftType.RFFT:
        if a.dtype in dtypes.COMPLEX:
            raise errors.DtypeError("fft: RFFT takes real numbers", got=a.aval, hint="'FFT' takes complex ones.")
        a = lift.convert(a, dtypes.float64 if a.dtype == dtypes.float64 else dtypes.float32)
    else:
        a = lift.convert(a, a.dtype if a.dtype in dtypes.COMPLEX else dtypes.whole(a.dtype))
    return fourier(a, kind=kind.name, lengths=tuple(map(int, fft_lengths))) if fft_lengths else a
