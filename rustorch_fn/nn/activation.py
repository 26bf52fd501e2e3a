"""Functions of single numbers, and of rows, as modules."""

from __future__ import annotations

from typing import Any

from rustorch_fn import numpy as rnp
from rustorch_fn.errors import BadArgument
from rustorch_fn.nn import functions
from rustorch_fn.nn.module import Module
from rustorch_fn.nn.view import View


class ReLU(Module):
    """The larger of x and 0.

    >>> rt.nn.ReLU()({}, rt.numpy.array([-1.0, 2.0]))
    Array([0., 2.], dtype=float32)
    """

    def forward(self, p: View, x: Any) -> Any:
        """relu(x)."""
        return functions.relu(x)


class LeakyReLU(Module):
    """x above 0, `negative_slope * x` below.

    >>> rt.nn.LeakyReLU(0.1)({}, rt.numpy.array([-1.0, 2.0]))
    Array([-0.1,  2. ], dtype=float32)
    """

    negative_slope: float = 0.01

    def forward(self, p: View, x: Any) -> Any:
        """leaky_relu(x)."""
        return functions.leaky_relu(x, self.negative_slope)


class ELU(Module):
    """x above 0, `alpha * (exp(x) - 1)` below.

    >>> rt.nn.ELU()({}, rt.numpy.array([-1.0, 2.0])).round(3)
    Array([-0.632,  2.   ], dtype=float32)
    """

    alpha: float = 1.0

    def forward(self, p: View, x: Any) -> Any:
        """elu(x)."""
        return functions.elu(x, self.alpha)


class GELU(Module):
    """x times the normal distribution function of x; with `approximate="tanh"`, nearly.

    >>> rt.nn.GELU()({}, rt.numpy.array([-1.0, 2.0])).round(3)
    Array([-0.159,  1.954], dtype=float32)
    """

    approximate: str = "none"

    def __post_init__(self) -> None:
        """Refuse other words."""
        if self.approximate not in ("none", "tanh"):
            raise BadArgument("GELU", "approximate", self.approximate, "'none' or 'tanh'")

    def forward(self, p: View, x: Any) -> Any:
        """gelu(x)."""
        return functions.gelu(x, approximate=self.approximate == "tanh")


class SiLU(Module):
    """x times sigmoid(x).

    >>> rt.nn.SiLU()({}, rt.numpy.array([-1.0, 2.0])).round(3)
    Array([-0.269,  1.762], dtype=float32)
    """

    def forward(self, p: View, x: Any) -> Any:
        """silu(x)."""
        return functions.silu(x)


class Sigmoid(Module):
    """1 / (1 + exp(-x)).

    >>> rt.nn.Sigmoid()({}, rt.numpy.array([0.0, 2.0])).round(3)
    Array([0.5  , 0.881], dtype=float32)
    """

    def forward(self, p: View, x: Any) -> Any:
        """sigmoid(x)."""
        return functions.sigmoid(x)


class Tanh(Module):
    """tanh(x).

    >>> rt.nn.Tanh()({}, rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.   , 0.762], dtype=float32)
    """

    def forward(self, p: View, x: Any) -> Any:
        """tanh(x)."""
        return rnp.tanh(x)


class Softplus(Module):
    """log(1 + exp(beta * x)) / beta.

    >>> rt.nn.Softplus()({}, rt.numpy.array([0.0, 1.0])).round(3)
    Array([0.693, 1.313], dtype=float32)
    """

    beta: float = 1.0

    def forward(self, p: View, x: Any) -> Any:
        """softplus(x)."""
        return functions.softplus(self.beta * x) / self.beta


class Softmax(Module):
    """exp(x) over its sum along `dim`.

    >>> rt.nn.Softmax(dim=-1)({}, rt.numpy.array([0.0, 0.0]))
    Array([0.5, 0.5], dtype=float32)
    """

    dim: int

    def forward(self, p: View, x: Any) -> Any:
        """softmax(x)."""
        return functions.softmax(x, axis=self.dim)


class LogSoftmax(Module):
    """The logarithm of softmax along `dim`.

    >>> rt.nn.LogSoftmax(dim=-1)({}, rt.numpy.array([0.0, 0.0])).round(3)
    Array([-0.693, -0.693], dtype=float32)
    """

    dim: int

    def forward(self, p: View, x: Any) -> Any:
        """log_softmax(x)."""
        return functions.log_softmax(x, axis=self.dim)
