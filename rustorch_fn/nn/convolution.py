"""Convolutions over images in the order [batch, channel, height, width]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rustorch_fn import lax
from rustorch_fn.errors import BadArgument, ShapeError
from rustorch_fn.nn import init
from rustorch_fn.nn.module import Module, Param
from rustorch_fn.nn.view import View

Pair = int | tuple[int, int]


def pair(value: Pair) -> tuple[int, int]:
    """A number for both axes, or one for each."""
    first, second = (value, value) if isinstance(value, int) else value
    return first, second


def images(name: str, x: Any) -> Any:
    """x with a batch axis, for layers that take one image as well as many."""
    if x.ndim not in (3, 4):
        hint = "Images are [channel, height, width], or a batch of them."
        raise ShapeError(name, got=f"x of shape {tuple(x.shape)}", hint=hint)
    return x if x.ndim == 4 else x[None]


class Conv2d(Module):
    """Each output channel the correlation of the input with its weight. With `in_channels=None`, init finds it.

    `padding` is a number, a pair, "valid" (none) or "same" (as much as keeps the size; stride has to be 1).

    >>> Conv2d(1, 16, 3, padding="same")
    Conv2d(1, 16, 3, padding='same')
    """

    in_channels: int | None
    out_channels: int
    kernel_size: Pair
    stride: Pair = 1
    padding: Pair | str = 0
    dilation: Pair = 1
    groups: int = 1
    bias: bool = True
    padding_mode: str = "zeros"
    dtype: Any = "float32"

    def __post_init__(self) -> None:
        """Refuse what no convolution can be."""
        if self.padding_mode != "zeros":
            raise BadArgument("Conv2d", "padding_mode", self.padding_mode, "'zeros', or rt.numpy.pad before it,")
        if isinstance(self.padding, str) and self.padding not in ("same", "valid"):
            raise BadArgument("Conv2d", "padding", self.padding, "A number, a pair, 'same' or 'valid'")
        if self.padding == "same" and pair(self.stride) != (1, 1):
            raise BadArgument("Conv2d with padding='same'", "stride", self.stride, "A stride of 1")
        if (self.in_channels or 0) % self.groups or self.out_channels % self.groups:
            works = f"A number that divides in_channels, {self.in_channels}, and out_channels, {self.out_channels},"
            raise BadArgument("Conv2d", "groups", self.groups, works)

    def params(self) -> Mapping[str, Param]:
        """`weight` of shape [out, in / groups, height, width], and `bias`."""
        height, width = pair(self.kernel_size)
        inner = self.in_channels and self.in_channels // self.groups
        draw = init.of_layer(inner and inner * height * width)
        params = {"weight": Param((self.out_channels, inner, height, width), draw, self.dtype)}
        if self.bias:
            params["bias"] = Param((self.out_channels,), draw, self.dtype)
        return params

    def sized(self, x: Any) -> Conv2d:
        """With the number of channels of x."""
        return self if self.in_channels is not None else replace(self, in_channels=x.shape[-3])

    def pads(self) -> list[tuple[int, int]]:
        """Zeros before and after each of the two axes."""
        if self.padding == "valid":
            return [(0, 0), (0, 0)]
        if self.padding == "same":
            totals = [d * (k - 1) for d, k in zip(pair(self.dilation), pair(self.kernel_size), strict=True)]
            return [(total // 2, total - total // 2) for total in totals]
        return [(n, n) for n in pair(self.padding)]  # type: ignore[arg-type]

    def forward(self, p: View, x: Any) -> Any:
        """The images after the convolution."""
        weight, batch = p.weight, images(repr(self), x)
        if batch.shape[1] != weight.shape[1] * self.groups:
            hint = f"x has to have {weight.shape[1] * self.groups} channels."
            raise ShapeError(f"{self!r} at {p._path}", got=f"x of shape {tuple(x.shape)}", hint=hint)
        y = lax.conv_general_dilated(
            batch,
            weight,
            window_strides=pair(self.stride),
            padding=self.pads(),
            rhs_dilation=pair(self.dilation),
            dimension_numbers=("NCHW", "OIHW", "NCHW"),
            feature_group_count=self.groups,
        )
        if self.bias:
            y = y + p.bias[:, None, None]
        return y if x.ndim == 4 else y[0]
