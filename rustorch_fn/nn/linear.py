"""Layers that multiply by a matrix, or by none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rustorch_fn import lax
from rustorch_fn.errors import ShapeError
from rustorch_fn.nn import init
from rustorch_fn.nn.module import Module, Param
from rustorch_fn.nn.view import View


class Linear(Module):
    """`x @ weight.T + bias` over the last axis of x. With `in_features=None`, `init(key, x)` finds the size.

    >>> Linear(3, 2, bias=False)
    Linear(3, 2, bias=False)
    """

    in_features: int | None
    out_features: int
    bias: bool = True
    dtype: Any = "float32"

    def params(self) -> Mapping[str, Param]:
        """`weight` of shape [out, in], and `bias`."""
        draw = init.of_layer(self.in_features)
        params = {"weight": Param((self.out_features, self.in_features), draw, self.dtype)}
        if self.bias:
            params["bias"] = Param((self.out_features,), draw, self.dtype)
        return params

    def sized(self, x: Any) -> Linear:
        """With the size of the last axis of x."""
        return self if self.in_features is not None else replace(self, in_features=x.shape[-1])

    def forward(self, p: View, x: Any) -> Any:
        """The rows of x, mixed."""
        weight = p.weight
        if x.ndim == 0 or x.shape[-1] != weight.shape[1]:
            hint = f"The last axis of x has to be {weight.shape[1]} long."
            raise ShapeError(f"{self!r} at {p._path}", got=f"x of shape {tuple(x.shape)}", hint=hint)
        y = lax.dot_general(x, weight, (((x.ndim - 1,), (1,)), ((), ())))
        return y + p.bias if self.bias else y


class Identity(Module):
    """What comes in.

    >>> rt.nn.Identity()({}, rt.numpy.array([1.0, 2.0]))
    Array([1., 2.], dtype=float32)
    """

    def forward(self, p: View, x: Any) -> Any:
        """x itself."""
        return x


class Flatten(Module):
    """The axes from `start_dim` to `end_dim` as one.

    >>> rt.nn.Flatten()({}, rt.numpy.ones((5, 2, 3))).shape
    (5, 6)
    """

    start_dim: int = 1
    end_dim: int = -1

    def forward(self, p: View, x: Any) -> Any:
        """x with fewer axes."""
        first, last = self.start_dim % max(x.ndim, 1), self.end_dim % max(x.ndim, 1)
        if not -x.ndim <= self.start_dim < x.ndim or first > last:
            hint = "A single image, as under vmap, is flattened by Flatten(0)."
            raise ShapeError(repr(self), got=f"x of shape {tuple(x.shape)}", hint=hint)
        shape = x.shape
        size = 1
        for n in shape[first : last + 1]:
            size *= n
        return x.reshape(*shape[:first], size, *shape[last + 1 :])
