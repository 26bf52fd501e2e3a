"""Initialisers: functions that make `(key, shape, dtype)` into an array, with PyTorch's names and distributions."""

from __future__ import annotations

import math
from typing import Any

from rustorch_fn import numpy as rnp
from rustorch_fn import random
from rustorch_fn.errors import BadArgument
from rustorch_fn.nn.module import Initializer

__all__ = [
    "calculate_gain", "constant", "fans", "kaiming_normal", "kaiming_uniform", "normal", "ones", "uniform",
    "xavier_normal", "xavier_uniform", "zeros",
]  # fmt: skip


def zeros(key: Any, shape: tuple[int, ...], dtype: Any = "float32") -> Any:
    """All zeros.

    >>> rt.nn.init.zeros(rt.random.key(0), (2,))
    Array([0., 0.], dtype=float32)
    """
    return rnp.zeros(shape, dtype)


def ones(key: Any, shape: tuple[int, ...], dtype: Any = "float32") -> Any:
    """All ones.

    >>> rt.nn.init.ones(rt.random.key(0), (2,))
    Array([1., 1.], dtype=float32)
    """
    return rnp.ones(shape, dtype)


def constant(value: float) -> Initializer:
    """The same number everywhere.

    >>> rt.nn.init.constant(0.5)(rt.random.key(0), (2,))
    Array([0.5, 0.5], dtype=float32)
    """

    def init(key: Any, shape: tuple[int, ...], dtype: Any = "float32") -> Any:
        return rnp.full(shape, value, dtype)

    return init


def uniform(low: float = 0.0, high: float = 1.0) -> Initializer:
    """Evenly from `low` to below `high`.

    >>> rt.nn.init.uniform(2.0, 3.0)(rt.random.key(0), (100,)).min() >= 2
    Array(True, dtype=bool)
    """

    def init(key: Any, shape: tuple[int, ...], dtype: Any = "float32") -> Any:
        return random.uniform(key, shape, dtype, low, high)

    return init


def normal(mean: float = 0.0, std: float = 1.0) -> Initializer:
    """The normal distribution.

    >>> rt.nn.init.normal(std=0.1)(rt.random.key(0), (100, 100)).std().round(2)
    Array(0.1, dtype=float32)
    """

    def init(key: Any, shape: tuple[int, ...], dtype: Any = "float32") -> Any:
        return mean + std * random.normal(key, shape, dtype)

    return init


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many inputs an output of this weight sees, and how many outputs an input reaches; `[out, in, ...]`.

    >>> rt.nn.init.fans((8, 3, 5, 5))
    (75, 200)
    """
    if len(shape) < 2:
        raise BadArgument("nn.init", "shape", shape, "A weight with at least the axes [out, in]")
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


_GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}


def calculate_gain(nonlinearity: str, param: float = 0.01) -> float:
    """By how much a weight before this function has to be larger; `param` is the slope of leaky_relu.

    >>> rt.nn.init.calculate_gain("tanh")
    1.6666666666666667
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + param**2))
    if nonlinearity not in _GAINS:
        works = f"One of {', '.join([*_GAINS, 'leaky_relu'])}"
        raise BadArgument("nn.init.calculate_gain", "nonlinearity", nonlinearity, works)
    return _GAINS[nonlinearity]


def _kaiming_std(shape: tuple[int, ...], a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise BadArgument("nn.init.kaiming", "mode", mode, "'fan_in' or 'fan_out'")
    fan = fans(shape)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(max(fan, 1))


def kaiming_uniform(a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Initializer:
    """Evenly around 0, so wide that layers with leaky_relu of slope `a` keep the variance.

    >>> abs(rt.nn.init.kaiming_uniform()(rt.random.key(0), (64, 6))).max() <= 1
    Array(True, dtype=bool)
    """

    def init(key: Any, shape: tuple[int, ...], dtype: Any = "float32") -> Any:
        bound = math.sqrt(3) * _kaiming_std(shape, a, mode, nonlinearity)
        return random.uniform(key, shape, dtype, -bound, bound)

    return init


def kaiming_normal(a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Initializer:
    """Normal around 0, so wide that layers with leaky_relu of slope `a` keep the variance.

    >>> rt.nn.init.kaiming_normal()(rt.random.key(0), (256, 128)).std().round(2)
    Array(0.13, dtype=float32)
    """

    def init(key: Any, shape: tuple[int, ...], dtype: Any = "float32") -> Any:
        return _kaiming_std(shape, a, mode, nonlinearity) * random.normal(key, shape, dtype)

    return init


def xavier_uniform(gain: float = 1.0) -> Initializer:
    """Evenly around 0, so wide that variance is kept forwards and backwards.

    >>> abs(rt.nn.init.xavier_uniform()(rt.random.key(0), (3, 3))).max() <= 1
    Array(True, dtype=bool)
    """

    def init(key: Any, shape: tuple[int, ...], dtype: Any = "float32") -> Any:
        bound = gain * math.sqrt(6 / sum(fans(shape)))
        return random.uniform(key, shape, dtype, -bound, bound)

    return init


def xavier_normal(gain: float = 1.0) -> Initializer:
    """Normal around 0, so wide that variance is kept forwards and backwards.

    >>> rt.nn.init.xavier_normal()(rt.random.key(0), (100, 100)).std().round(1)
    Array(0.1, dtype=float32)
    """

    def init(key: Any, shape: tuple[int, ...], dtype: Any = "float32") -> Any:
        return gain * math.sqrt(2 / sum(fans(shape))) * random.normal(key, shape, dtype)

    return init


def of_layer(fan_in: int | None) -> Initializer:
    """PyTorch's default for weights and biases of Linear and Conv: evenly within 1 / sqrt(fan_in).

    >>> abs(rt.nn.init.of_layer(4)(rt.random.key(0), (8, 4))).max() <= 0.5
    Array(True, dtype=bool)
    """

    def init(key: Any, shape: tuple[int, ...], dtype: Any = "float32") -> Any:
        bound = 1 / math.sqrt(fan_in) if fan_in else 0.0
        return random.uniform(key, shape, dtype, -bound, bound)

    return init


def __dir__() -> list[str]:
    return __all__
