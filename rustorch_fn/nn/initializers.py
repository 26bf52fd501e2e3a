"""Initialisers with jax.nn's names: each gives a function of `(key, shape, dtype)`, for weights `[..., in, out]`.

For PyTorch's names and its order of axes see `rt.nn.init`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any, Literal, Protocol

from rustorch_fn import boundary, dtypes, errors, random
from rustorch_fn import numpy as rnp
from rustorch_fn.typing import Array, DTypeLike, Shape

__all__ = [
    "Initializer", "constant", "delta_orthogonal", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform",
    "kaiming_normal", "kaiming_uniform", "lecun_normal", "lecun_uniform", "normal", "ones", "orthogonal",
    "truncated_normal", "uniform", "variance_scaling", "xavier_normal", "xavier_uniform", "zeros",
]  # fmt: skip

Axes = int | Sequence[int]
# the standard deviation of the normal distribution between -2 and 2
_TRUNCATED = 0.87962566103423978
# and of the complex one whose modulus is below 2
_TRUNCATED_COMPLEX = 0.95311164380491208


class Initializer(Protocol):
    """What makes a key, a shape and a dtype into an array.

    >>> init: rt.nn.initializers.Initializer = rt.nn.initializers.zeros
    >>> init(rt.random.key(0), (2,), "float32")
    Array([0., 0.], dtype=float32)
    """

    def __call__(self, key: Any, shape: Shape, dtype: DTypeLike | None = None) -> Array:
        """The array."""


def _kind(own: DTypeLike | None, asked: DTypeLike | None) -> Any:
    """The type that was asked for at the call, or when the initialiser was made, or float32."""
    return dtypes.asdtype(next((d for d in (asked, own) if d is not None), float))


def zeros(key: Any, shape: Shape, dtype: DTypeLike | None = None) -> Array:
    """All zeros; the key is not looked at.

    >>> rt.nn.initializers.zeros(rt.random.key(0), (2,))
    Array([0., 0.], dtype=float32)
    """
    return rnp.zeros(shape, _kind(None, dtype))


def ones(key: Any, shape: Shape, dtype: DTypeLike | None = None) -> Array:
    """All ones; the key is not looked at.

    >>> rt.nn.initializers.ones(rt.random.key(0), (2,))
    Array([1., 1.], dtype=float32)
    """
    return rnp.ones(shape, _kind(None, dtype))


def constant(value: Any, dtype: DTypeLike | None = None) -> Initializer:
    """The same value everywhere.

    >>> rt.nn.initializers.constant(-7)(rt.random.key(0), (2,))
    Array([-7., -7.], dtype=float32)
    """

    def init(key: Any, shape: Shape, dtype: DTypeLike | None = dtype) -> Array:
        return rnp.full(shape, value, dtype=_kind(None, dtype))

    return init


def uniform(scale: float = 1e-2, dtype: DTypeLike | None = None) -> Initializer:
    """Evenly from 0 to below `scale`.

    >>> rt.nn.initializers.uniform(10.0)(rt.random.key(0), (100,)).max() < 10
    Array(True, dtype=bool)
    """

    def init(key: Any, shape: Shape, dtype: DTypeLike | None = dtype) -> Array:
        kind = _kind(None, dtype)
        return random.uniform(key, shape, kind) * rnp.asarray(scale, kind)

    return init


def normal(stddev: float = 1e-2, dtype: DTypeLike | None = None) -> Initializer:
    """The normal distribution with mean 0.

    >>> rt.nn.initializers.normal(0.5)(rt.random.key(0), (100, 100)).std().round(1)
    Array(0.5, dtype=float32)
    """

    def init(key: Any, shape: Shape, dtype: DTypeLike | None = dtype) -> Array:
        kind = _kind(None, dtype)
        return random.normal(key, shape, kind) * rnp.asarray(stddev, kind)

    return init


def truncated_normal(
    stddev: float = 1e-2, dtype: DTypeLike | None = None, lower: float = -2.0, upper: float = 2.0
) -> Initializer:
    """The normal distribution between `lower` and `upper`, times `stddev`; the bounds are before that product.

    >>> abs(rt.nn.initializers.truncated_normal(5.0)(rt.random.key(0), (100,))).max() < 10
    Array(True, dtype=bool)
    """

    def init(key: Any, shape: Shape, dtype: DTypeLike | None = dtype) -> Array:
        kind = _kind(None, dtype)
        return random.truncated_normal(key, lower, upper, shape, kind) * rnp.asarray(stddev, kind)

    return init


def _fans(shape: Shape, in_axis: Axes, out_axis: Axes, batch_axis: Axes) -> tuple[float, float]:
    """How many inputs an output sees, and how many outputs an input reaches."""
    if len(shape) < 2:
        works = "At least an axis of inputs and one of outputs"
        raise errors.BadArgument("nn.initializers", "shape", tuple(shape), works)
    inputs, outputs, batch = (_size(shape, axes) for axes in (in_axis, out_axis, batch_axis))
    field = math.prod(shape) / inputs / outputs / batch
    return inputs * field, outputs * field


def _size(shape: Shape, axes: Axes) -> int:
    return shape[axes] if isinstance(axes, int) else math.prod(shape[a] for a in axes)


def variance_scaling(
    scale: float,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"],
    distribution: Literal["truncated_normal", "normal", "uniform"],
    in_axis: Axes = -2,
    out_axis: Axes = -1,
    batch_axis: Axes = (),
    dtype: DTypeLike | None = None,
) -> Initializer:
    """Draws with variance `scale / n`, where n is what `mode` says: inputs, outputs, their mean or geometric mean.

    Axes that are neither inputs, outputs nor batch belong to a receptive field, which multiplies both.

    >>> init = rt.nn.initializers.variance_scaling(1.0, "fan_in", "normal")
    >>> init(rt.random.key(0), (100, 400)).std().round(2)
    Array(0.1, dtype=float32)
    """
    means = {
        "fan_in": lambda n, m: n,
        "fan_out": lambda n, m: m,
        "fan_avg": lambda n, m: (n + m) / 2,
        "fan_geo_avg": lambda n, m: math.sqrt(n * m),
    }
    draws = {"normal": _scaled_normal, "uniform": _scaled_uniform, "truncated_normal": _scaled_truncated}
    if mode not in means:
        raise errors.BadArgument("variance_scaling", "mode", mode, f"One of {', '.join(means)}")
    if distribution not in draws:
        raise errors.BadArgument("variance_scaling", "distribution", distribution, f"One of {', '.join(draws)}")

    def init(key: Any, shape: Shape, dtype: DTypeLike | None = dtype) -> Array:
        kind = _kind(None, dtype)
        mean = means[mode](*_fans(shape, in_axis, out_axis, batch_axis))
        return draws[distribution](key, shape, kind, rnp.asarray(scale / mean, kind))

    return init


def _scaled_normal(key: Any, shape: Shape, kind: Any, variance: Array) -> Array:
    return random.normal(key, shape, kind) * rnp.sqrt(variance)


def _scaled_uniform(key: Any, shape: Shape, kind: Any, variance: Array) -> Array:
    if kind in dtypes.COMPLEX:
        # evenly in a disk
        radius, angle = _polar(key, shape, kind)
        return rnp.sqrt(2 * radius).astype(kind) * angle * rnp.sqrt(variance)
    return random.uniform(key, shape, kind, -1) * rnp.sqrt(3 * variance)


def _polar(key: Any, shape: Shape, kind: Any) -> tuple[Array, Array]:
    """Uniform numbers from [0, 1), and uniform points of the complex unit circle."""
    first, second = random.split(key)
    turns = 2 * math.pi * random.uniform(second, shape, dtypes.part(kind)).astype(kind)
    return random.uniform(first, shape, dtypes.part(kind)), rnp.exp(turns * rnp.asarray(1j, kind))


def _scaled_truncated(key: Any, shape: Shape, kind: Any, variance: Array) -> Array:
    if kind in dtypes.COMPLEX:
        # the modulus ends at 2
        radius, angle = _polar(key, shape, kind)
        modulus = rnp.sqrt(-rnp.log(1 - (1 - math.exp(-4.0)) * radius)).astype(kind)
        return modulus * angle * (rnp.sqrt(variance) / rnp.asarray(_TRUNCATED_COMPLEX, kind))
    stddev = rnp.sqrt(variance) / rnp.asarray(_TRUNCATED, kind)
    return random.truncated_normal(key, -2, 2, shape, kind) * stddev


def glorot_uniform(
    in_axis: Axes = -2, out_axis: Axes = -1, batch_axis: Axes = (), dtype: DTypeLike | None = None
) -> Initializer:
    """Evenly, with variance 1 over the mean of inputs and outputs (Glorot and Bengio, 2010). Also `xavier_uniform`.

    >>> abs(rt.nn.initializers.glorot_uniform()(rt.random.key(0), (3, 3))).max() <= 1
    Array(True, dtype=bool)
    """
    return variance_scaling(1.0, "fan_avg", "uniform", in_axis, out_axis, batch_axis, dtype)


def glorot_normal(
    in_axis: Axes = -2, out_axis: Axes = -1, batch_axis: Axes = (), dtype: DTypeLike | None = None
) -> Initializer:
    """Truncated normal, with variance 1 over the mean of inputs and outputs. Also `xavier_normal`.

    >>> rt.nn.initializers.glorot_normal()(rt.random.key(0), (100, 100)).std().round(1)
    Array(0.1, dtype=float32)
    """
    return variance_scaling(1.0, "fan_avg", "truncated_normal", in_axis, out_axis, batch_axis, dtype)


def lecun_uniform(
    in_axis: Axes = -2, out_axis: Axes = -1, batch_axis: Axes = (), dtype: DTypeLike | None = None
) -> Initializer:
    """Evenly, with variance 1 over the inputs (LeCun et al., "Efficient BackProp", 1998).

    >>> abs(rt.nn.initializers.lecun_uniform()(rt.random.key(0), (3, 4))).max() <= 1
    Array(True, dtype=bool)
    """
    return variance_scaling(1.0, "fan_in", "uniform", in_axis, out_axis, batch_axis, dtype)


def lecun_normal(
    in_axis: Axes = -2, out_axis: Axes = -1, batch_axis: Axes = (), dtype: DTypeLike | None = None
) -> Initializer:
    """Truncated normal, with variance 1 over the inputs.

    >>> rt.nn.initializers.lecun_normal()(rt.random.key(0), (100, 100)).std().round(1)
    Array(0.1, dtype=float32)
    """
    return variance_scaling(1.0, "fan_in", "truncated_normal", in_axis, out_axis, batch_axis, dtype)


def he_uniform(
    in_axis: Axes = -2, out_axis: Axes = -1, batch_axis: Axes = (), dtype: DTypeLike | None = None
) -> Initializer:
    """Evenly, with variance 2 over the inputs (He et al., 2015). Also `kaiming_uniform`.

    >>> abs(rt.nn.initializers.he_uniform()(rt.random.key(0), (6, 4))).max() <= 1
    Array(True, dtype=bool)
    """
    return variance_scaling(2.0, "fan_in", "uniform", in_axis, out_axis, batch_axis, dtype)


def he_normal(
    in_axis: Axes = -2, out_axis: Axes = -1, batch_axis: Axes = (), dtype: DTypeLike | None = None
) -> Initializer:
    """Truncated normal, with variance 2 over the inputs. Also `kaiming_normal`.

    >>> rt.nn.initializers.he_normal()(rt.random.key(0), (200, 100)).std().round(1)
    Array(0.1, dtype=float32)
    """
    return variance_scaling(2.0, "fan_in", "truncated_normal", in_axis, out_axis, batch_axis, dtype)


def orthogonal(scale: float = 1.0, column_axis: int = -1, dtype: DTypeLike | None = None) -> Initializer:
    """Orthogonal matrices times `scale`, evenly drawn (Saxe et al., 2013); all axes but `column_axis` are the rows.

    Where there are more columns than rows, the rows are orthonormal. Raises BadArgument for a vector.

    >>> w = rt.nn.initializers.orthogonal(2.0)(rt.random.key(0), (4, 2))
    >>> rt.numpy.allclose(w.T @ w, 4 * rt.numpy.eye(2), atol=1e-5)
    Array(True, dtype=bool)
    """

    def init(key: Any, shape: Shape, dtype: DTypeLike | None = dtype) -> Array:
        kind = _kind(None, dtype)
        if len(shape) < 2:
            raise errors.BadArgument("nn.initializers.orthogonal", "shape", tuple(shape), "At least two axes")
        if 0 in shape:
            return rnp.zeros(shape, kind)
        columns = shape[column_axis]
        q = random.orthogonal(key, math.prod(shape) // columns, (), kind, columns)
        rest = list(shape)
        del rest[column_axis]
        return rnp.asarray(scale, kind) * rnp.moveaxis(rnp.reshape(q, (*rest, columns)), -1, column_axis)

    return init


def delta_orthogonal(scale: float = 1.0, column_axis: int = -1, dtype: DTypeLike | None = None) -> Initializer:
    """Convolutions `[(…,) in, out]` that are an orthogonal matrix at the centre, and 0 elsewhere (Xiao et al., 2018).

    Raises BadArgument where there are more inputs than outputs, or no or more than three axes of space.

    >>> w = rt.nn.initializers.delta_orthogonal()(rt.random.key(0), (3, 2, 2))
    >>> rt.numpy.allclose(w[1] @ w[1].T, rt.numpy.eye(2), atol=1e-5), float(abs(w[0]).max())
    (Array(True, dtype=bool), 0.0)
    """

    def init(key: Any, shape: Shape, dtype: DTypeLike | None = dtype) -> Array:
        kind = _kind(None, dtype)
        if len(shape) not in (3, 4, 5) or shape[-1] < shape[-2]:
            works = "3, 4 or 5 axes, the last of which is no shorter than the one before,"
            raise errors.BadArgument("nn.initializers.delta_orthogonal", "shape", tuple(shape), works)
        matrix = orthogonal(scale, column_axis, kind)(key, shape[-2:])
        centre = tuple((n - 1) // 2 for n in shape[:-2])
        return rnp.zeros(shape, kind).at[centre].set(matrix)

    return init


xavier_uniform, xavier_normal = glorot_uniform, glorot_normal
kaiming_uniform, kaiming_normal = he_uniform, he_normal


def __dir__() -> list[str]:
    return __all__


boundary.close(sys.modules[__name__])
