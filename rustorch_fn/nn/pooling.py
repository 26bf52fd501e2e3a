"""Layers that make one number of each window of an image."""

from __future__ import annotations

import math
from typing import Any

from rustorch_fn import lax
from rustorch_fn import numpy as rnp
from rustorch_fn.errors import BadArgument
from rustorch_fn.nn.convolution import Pair, images, pair
from rustorch_fn.nn.module import Module
from rustorch_fn.nn.view import View


class _Pool(Module):
    """What windows are: their size, how far apart they begin, and how far they reach over the border."""

    kernel_size: Pair
    stride: Pair | None = None
    padding: Pair = 0

    def __post_init__(self) -> None:
        """Refuse padding that would leave windows without an element."""
        for pad, size in zip(pair(self.padding), pair(self.kernel_size), strict=True):
            if not 0 <= 2 * pad <= size:
                works = "A number from 0 to half of kernel_size"
                raise BadArgument(type(self).__name__, "padding", self.padding, works)

    def windows(self, x: Any, fill: float, combine: Any, ceil: bool, dilation: Pair = 1) -> Any:
        """`combine` over each window of x, which is `fill` outside."""
        size, step, reach = pair(self.kernel_size), pair(self.stride or self.kernel_size), pair(dilation)
        axes = zip(x.shape[2:], size, step, reach, pair(self.padding), strict=True)
        pads = [_pads(*axis) if ceil else (axis[-1], axis[-1]) for axis in axes]
        return lax.reduce_window(
            x, fill, combine, (1, 1, *size), (1, 1, *step), ((0, 0), (0, 0), *pads), window_dilation=(1, 1, *reach)
        )


def _pads(length: int, size: int, step: int, reach: int, pad: int) -> tuple[int, int]:
    """Padding of one axis with room for a last window which begins inside and ends outside."""
    rest = length + 2 * pad - reach * (size - 1) - 1
    last = -(-rest // step) * step
    return pad, (pad + last - rest if last < length + pad else pad)


class MaxPool2d(_Pool):
    """The largest number of each window. Without `stride`, windows lie side by side.

    >>> rt.nn.MaxPool2d(2)({}, rt.numpy.arange(16.0).reshape(1, 1, 4, 4))
    Array([[[[ 5.,  7.],
             [13., 15.]]]], dtype=float32)
    """

    dilation: Pair = 1
    ceil_mode: bool = False

    def forward(self, p: View, x: Any) -> Any:
        """Smaller images."""
        batch = images(repr(self), x)
        low = -math.inf if rnp.issubdtype(x.dtype, rnp.floating) else rnp.iinfo(x.dtype).min
        y = self.windows(batch, low, lax.max, self.ceil_mode, self.dilation)
        return y if x.ndim == 4 else y[0]


class AvgPool2d(_Pool):
    """The mean of each window. `count_include_pad` counts the zeros of the border, `divisor_override` replaces both.

    >>> rt.nn.AvgPool2d(2)({}, rt.numpy.arange(16.0).reshape(1, 1, 4, 4))
    Array([[[[ 2.5,  4.5],
             [10.5, 12.5]]]], dtype=float32)
    """

    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: int | None = None

    def forward(self, p: View, x: Any) -> Any:
        """Smaller images."""
        batch = images(repr(self), x)
        total = self.windows(batch, 0.0, lax.add, self.ceil_mode)
        y = total / self._sizes(batch, total.shape)
        return y if x.ndim == 4 else y[0]

    def _sizes(self, x: Any, shape: tuple[int, ...]) -> Any:
        """How many elements each window has; one number where all have as many."""
        height, width = pair(self.kernel_size)
        if self.divisor_override is not None:
            return self.divisor_override
        if not self.ceil_mode and (self.count_include_pad or pair(self.padding) == (0, 0)):
            return height * width
        counts = [self._lengths(*each) for each in zip(x.shape[2:], shape[2:], (0, 1), strict=True)]
        return rnp.asarray(counts[0], x.dtype)[:, None] * rnp.asarray(counts[1], x.dtype)

    def _lengths(self, length: int, count: int, axis: int) -> list[int]:
        """Elements of each window along one axis."""
        size, step, pad = (pair(v)[axis] for v in (self.kernel_size, self.stride or self.kernel_size, self.padding))
        low, high = (-pad, length + pad) if self.count_include_pad else (0, length)
        starts = [n * step - pad for n in range(count)]
        return [min(start + size, high) - max(start, low) for start in starts]
