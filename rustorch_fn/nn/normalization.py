"""Layers that give their input mean 0 and variance 1."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rustorch_fn import lax
from rustorch_fn import numpy as rnp
from rustorch_fn.errors import ShapeError
from rustorch_fn.nn import init
from rustorch_fn.nn.module import Module, Param
from rustorch_fn.nn.view import View


class BatchNorm2d(Module):
    """Each channel normalised over batch, height and width: by the batch's moments in training, else by their means.

    The state holds the running mean and variance, which move by `momentum` towards those of each batch; with
    `momentum=None` they are plain means over all batches. With `num_features=None`, init finds the channels.

    >>> norm = rt.nn.BatchNorm2d(3)
    >>> params, state = norm.init(rt.random.key(0))
    >>> out, state = norm.apply(params, state, rt.numpy.ones((8, 3, 4, 4)), train=True)
    >>> state["running_mean"].round(3)
    Array([0.1, 0.1, 0.1], dtype=float32)
    """

    num_features: int | None
    eps: float = 1e-5
    momentum: float | None = 0.1
    affine: bool = True
    track_running_stats: bool = True
    dtype: Any = "float32"

    def params(self) -> Mapping[str, Param]:
        """`weight` and `bias` of each channel, if `affine`."""
        if not self.affine:
            return {}
        shape = (self.num_features,)
        return {"weight": Param(shape, init.ones, self.dtype), "bias": Param(shape, init.zeros, self.dtype)}

    def state(self) -> Mapping[str, Param]:
        """`running_mean`, `running_var`, `num_batches_tracked`."""
        if not self.track_running_stats:
            return {}
        shape = (self.num_features,)
        return {
            "running_mean": Param(shape, init.zeros, self.dtype),
            "running_var": Param(shape, init.ones, self.dtype),
            "num_batches_tracked": Param((), init.zeros, "int32"),
        }

    def sized(self, x: Any) -> BatchNorm2d:
        """With the number of channels of x."""
        return self if self.num_features is not None else replace(self, num_features=x.shape[1])

    def forward(self, p: View, s: View, x: Any, *, train: bool) -> tuple[Any, Any]:
        """The normalised images, and the moved means."""
        if x.ndim != 4 or self.num_features not in (None, x.shape[1]):
            hint = f"It takes [batch, {self.num_features}, height, width]."
            raise ShapeError(f"{self!r} at {p._path}", got=f"x of shape {tuple(x.shape)}", hint=hint)
        if train or not self.track_running_stats:
            wide = x.astype(rnp.promote_types(x.dtype, "float32"))
            mean = wide.mean((0, 2, 3))
            var = rnp.square(wide - _channels(mean)).mean((0, 2, 3))
        else:
            mean, var = s.running_mean, s.running_var
        scale = lax.rsqrt(var + self.eps)
        if self.affine:
            scale = scale * p.weight
        y = (x - _channels(mean)) * _channels(scale)
        if self.affine:
            y = y + _channels(p.bias)
        moved = self._move(s, mean, var, x.size // x.shape[1]) if train and self.track_running_stats else s
        return y.astype(x.dtype), moved

    def _move(self, s: View, mean: Any, var: Any, count: int) -> dict[str, Any]:
        """The running moments after one more batch; their variance is the unbiased one, as in PyTorch."""
        if count < 2:
            raise ShapeError(repr(self), got="one number a channel", hint="Training takes larger batches or images.")
        batches = s.num_batches_tracked + 1
        share = 1 / batches.astype("float32") if self.momentum is None else self.momentum
        mean, var = lax.stop_gradient((mean, var * (count / (count - 1))))
        return {
            "running_mean": (s.running_mean + share * (mean - s.running_mean)).astype(self.dtype),
            "running_var": (s.running_var + share * (var - s.running_var)).astype(self.dtype),
            "num_batches_tracked": batches,
        }


def _channels(x: Any) -> Any:
    return x[:, None, None]


class LayerNorm(Module):
    """Each element normalised over the last axes, whose sizes are `normalized_shape`.

    >>> norm = rt.nn.LayerNorm(2)
    >>> params, state = norm.init(rt.random.key(0))
    >>> norm(params, rt.numpy.array([[1.0, 3.0]])).round(3)
    Array([[-1.,  1.]], dtype=float32)
    """

    normalized_shape: int | tuple[int, ...]
    eps: float = 1e-5
    elementwise_affine: bool = True
    bias: bool = True
    dtype: Any = "float32"

    @property
    def shape(self) -> tuple[int, ...]:
        """The normalised axes' sizes."""
        given = self.normalized_shape
        return (given,) if isinstance(given, int) else given

    def params(self) -> Mapping[str, Param]:
        """`weight` and `bias` of the normalised axes' sizes."""
        if not self.elementwise_affine:
            return {}
        params = {"weight": Param(self.shape, init.ones, self.dtype)}
        if self.bias:
            params["bias"] = Param(self.shape, init.zeros, self.dtype)
        return params

    def forward(self, p: View, x: Any) -> Any:
        """x normalised."""
        axes = tuple(range(x.ndim - len(self.shape), x.ndim))
        if tuple(x.shape[max(axes[0], 0) :]) != self.shape or math.prod(self.shape) == 0:
            hint = f"The last sizes have to be {self.shape}."
            raise ShapeError(f"{self!r} at {p._path}", got=f"x of shape {tuple(x.shape)}", hint=hint)
        wide = x.astype(rnp.promote_types(x.dtype, "float32"))
        far = wide - wide.mean(axes, keepdims=True)
        y = far * lax.rsqrt(rnp.square(far).mean(axes, keepdims=True) + self.eps)
        if self.elementwise_affine:
            y = y * p.weight
            y = y + p.bias if self.bias else y
        return y.astype(x.dtype)
