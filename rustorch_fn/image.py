"""Images made larger and smaller, with jax.image's names and weights.

>>> rt.image.resize(rt.numpy.array([0.0, 2.0]), (4,), "linear")
Array([0. , 0.5, 1.5, 2. ], dtype=float32)
"""

from __future__ import annotations

import enum
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rustorch_fn import boundary, errors, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.typing import Array, ArrayLike, Shape

__all__ = ["ResizeMethod", "resize", "scale_and_translate"]

Kernel = Callable[[Any], Any]


class ResizeMethod(enum.Enum):
    """How pixels are weighed.

    NEAREST takes one pixel, LINEAR two, CUBIC four (Keys, 1981), LANCZOS3 and LANCZOS5 six and ten (windowed sinc);
    AREA averages what a pixel covers; CUBIC_PYTORCH is PyTorch's, which repeats the edges without antialiasing.

    >>> rt.image.ResizeMethod.from_string("bilinear")
    <ResizeMethod.LINEAR: 1>
    """

    NEAREST = 0
    LINEAR = 1
    LANCZOS3 = 2
    LANCZOS5 = 3
    CUBIC = 4
    CUBIC_PYTORCH = 5
    AREA = 6

    @staticmethod
    def from_string(s: str) -> ResizeMethod:
        """The method of this name: 'nearest', 'linear' or 'bilinear', 'cubic', 'lanczos3' …"""
        found = _NAMES.get(s)
        if found is None:
            raise errors.BadArgument("ResizeMethod.from_string", "s", s, f"One of {', '.join(_NAMES)}")
        return found


_NAMES = {
    "nearest": ResizeMethod.NEAREST,
    **dict.fromkeys(("linear", "bilinear", "trilinear", "triangle"), ResizeMethod.LINEAR),
    "lanczos3": ResizeMethod.LANCZOS3,
    "lanczos5": ResizeMethod.LANCZOS5,
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), ResizeMethod.CUBIC),
    **dict.fromkeys(("cubic-pytorch", "bicubic-pytorch"), ResizeMethod.CUBIC_PYTORCH),
    "area": ResizeMethod.AREA,
}


# --- how much a pixel at distance x counts ---


def _triangle(x: Any) -> Any:
    return rnp.maximum(0, 1 - rnp.abs(x))


def _cubic(a: float) -> Kernel:
    """Keys' cubic convolution with slope a at distance 1."""

    def kernel(x: Any) -> Any:
        near = ((a + 2) * x - (a + 3)) * x * x + 1
        far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
        return rnp.where(x >= 2, 0, rnp.where(x >= 1, far, near))

    return kernel


def _lanczos(radius: float) -> Kernel:
    def kernel(x: Any) -> Any:
        top = radius * rnp.sin(math.pi * x) * rnp.sin(math.pi * x / radius)
        inside = rnp.where(x > 1e-3, top / rnp.where(x != 0, math.pi**2 * x**2, 1), 1)
        return rnp.where(x > radius, 0, inside)

    return kernel


# radius and kernel
_KERNELS: dict[ResizeMethod, tuple[int, Kernel]] = {
    ResizeMethod.LINEAR: (1, _triangle),
    ResizeMethod.LANCZOS3: (3, _lanczos(3.0)),
    ResizeMethod.LANCZOS5: (5, _lanczos(5.0)),
    ResizeMethod.CUBIC: (2, _cubic(-0.5)),
    ResizeMethod.CUBIC_PYTORCH: (2, _cubic(-0.75)),
}


def _normal(weights: Any) -> Array:
    """Weights that sum to 1 for each output pixel; 0 where nothing counts."""
    total = rnp.sum(weights, axis=0, keepdims=True)
    shares = weights / rnp.where(total != 0, total, 1)
    return rnp.where(rnp.abs(total) > 1000 * float(np.finfo(np.float32).eps), shares, 0)


def _weights(n: int, m: int, dtype: Any, scale: Any, shift: Any, method: ResizeMethod, antialias: bool) -> Array:
    """The matrix `[n, m]` that takes n pixels to m."""
    step, places = rnp.asarray(1 / scale, dtype), rnp.arange(m, dtype=dtype)
    centres = (places + 0.5) * step - shift * step - 0.5
    if method is ResizeMethod.AREA:
        left, start = places * step - shift * step, rnp.arange(n, dtype=dtype)[:, None]
        covered = rnp.minimum(left + step, start + 1) - rnp.maximum(left, start)
        weights = rnp.maximum(0, covered)
    else:
        radius, kernel = _KERNELS[method]
        if method is ResizeMethod.CUBIC_PYTORCH:
            return _with_edges(n, centres, radius, kernel, dtype)
        stretch = rnp.maximum(step, 1) if antialias else 1
        weights = kernel(rnp.abs(centres - rnp.arange(n, dtype=dtype)[:, None]) / stretch)
    inside = (centres >= -0.5) & (centres <= n - 0.5)
    return rnp.where(inside, _normal(weights), 0)


def _with_edges(n: int, centres: Array, radius: int, kernel: Kernel, dtype: Any) -> Array:
    """Weights where the pixels at the edges go on outside."""
    places = rnp.arange(-radius, n + radius, dtype=dtype)
    weights = kernel(rnp.abs(centres - places[:, None]))
    rows = rnp.clip(np.arange(-radius, n + radius), 0, n - 1)
    return _normal(rnp.zeros((n, centres.shape[0]), dtype).at[rows].add(weights))


def _checked(op: str, image: Any, shape: Shape, method: Any) -> tuple[Array, tuple[int, ...], ResizeMethod]:
    x, shape = rnp.asarray(image), tuple(shape)
    if len(shape) != x.ndim:
        raise errors.ShapeError(
            f"{op}: the shape has as many axes as the image",
            got=f"{shape} for {x.aval!r}",
            hint="Name the sizes of the other axes too.",
        )
    if any(n < 0 for n in shape):
        raise errors.ShapeError(f"{op}: a size below 0", got=shape, hint="Sizes of at least 0 would work.")
    if not isinstance(method, ResizeMethod):
        method = ResizeMethod.from_string(method)
    return x, shape, method


def _floating(x: Any) -> Any:
    return x.astype(rnp.promote_types(x.dtype, float))


def _applied(
    x: Array, shape: Sequence[int], axes: Sequence[int], dtype: Any, places: Any, *how: Any, precision: Any
) -> Array:
    """The image times a matrix of weights along each axis; `places` are pairs of scale and translation."""
    letters = list(range(x.ndim))
    out, operands = list(letters), list[Any]()
    for k, (axis, place) in enumerate(zip(axes, places, strict=True)):
        matrix = _weights(x.shape[axis], shape[axis], dtype, *place, *how).astype(x.dtype)
        out[axis] = x.ndim + k
        operands += [matrix, [axis, out[axis]]]
    if not operands:
        return x
    blended: Array = rnp.einsum(x, letters, *operands, out, precision=precision)
    return blended


def scale_and_translate(
    image: ArrayLike,
    shape: Shape,
    spatial_dims: Sequence[int],
    scale: ArrayLike,
    translation: ArrayLike,
    method: str | ResizeMethod,
    antialias: bool = True,
    precision: Any = lax.Precision.HIGHEST,
) -> Array:
    """The image `y[p * scale + translation] = x[p]`, resampled to a shape; what lies outside of x is 0.

    `scale` and `translation` hold a number for each of `spatial_dims`, and have derivatives. Pixels are squares whose
    centres lie at halves. Where the image shrinks, `antialias` widens the kernel. NEAREST is refused.

    >>> x = rt.numpy.array([1.0, 2.0, 3.0])
    >>> rt.image.scale_and_translate(x, (3,), (0,), rt.numpy.ones(1), rt.numpy.array([1.0]), "linear")
    Array([0., 1., 2.], dtype=float32)
    """
    x, shape, method = _checked("scale_and_translate", image, shape, method)
    if method is ResizeMethod.NEAREST:
        raise errors.BadArgument("scale_and_translate", "method", "nearest", "A method that blends pixels")
    if method is ResizeMethod.CUBIC_PYTORCH and antialias:
        method = ResizeMethod.CUBIC
    wide = rnp.promote_types(rnp.result_type(scale, translation), float)
    scale, translation = rnp.asarray(scale).astype(wide), rnp.asarray(translation).astype(wide)
    for d in spatial_dims:
        if not -x.ndim <= d < x.ndim:
            raise errors.AxisError.out_of_range("scale_and_translate", d, x.ndim)
    axes = [d % x.ndim for d in spatial_dims]
    if not scale.shape == translation.shape == (len(axes),):
        got = f"{scale.aval!r} and {translation.aval!r} for {len(axes)} axes"
        raise errors.ShapeError(
            "scale_and_translate: one scale and translation for each axis is needed",
            got=got,
            hint="spatial_dims says which axes.",
        )
    places = list(zip(scale, translation, strict=True))
    return _applied(_floating(x), shape, axes, wide, places, method, antialias, precision=precision)


def resize(
    image: ArrayLike,
    shape: Shape,
    method: str | ResizeMethod,
    antialias: bool = True,
    precision: Any = lax.Precision.HIGHEST,
) -> Array:
    """The image in another shape; axes whose size stays are left alone. Integers become floats, but for NEAREST.

    Pixels outside count as none. Where the image shrinks, `antialias` widens the kernel over all that a pixel covers.

    >>> rt.image.resize(rt.numpy.arange(4.0), (2,), "area")
    Array([0.5, 2.5], dtype=float32)
    >>> rt.image.resize(rt.numpy.arange(4), (2,), "nearest")
    Array([1, 3], dtype=int32)
    """
    x, shape, method = _checked("resize", image, shape, method)
    axes = [d for d in range(x.ndim) if x.shape[d] != shape[d]]
    if method is ResizeMethod.NEAREST:
        for d in axes:
            pixels = (np.arange(shape[d], dtype=np.float32) + 0.5) * x.shape[d] / np.float32(shape[d])
            x = rnp.take(x, np.floor(pixels).astype(np.int32), axis=d, mode="clip")
        return x
    if method is ResizeMethod.CUBIC_PYTORCH and antialias:
        method = ResizeMethod.CUBIC
    y = _floating(x)
    # an empty axis has no scale, and no weights either
    places = [(shape[d] / x.shape[d] if shape[d] and x.shape[d] else 1.0, 0.0) for d in axes]
    dtype = np.float64 if y.dtype == np.float64 else np.float32
    return _applied(y, shape, axes, dtype, places, method, antialias, precision=precision)


def __dir__() -> list[str]:
    return __all__


boundary.close(sys.modules[__name__])
