"""Sums of exponentials."""

from __future__ import annotations

from rustorch_fn import nn
from rustorch_fn.scipy.special.forms import operands
from rustorch_fn.typing import Array, ArrayLike

Axis = int | tuple[int, ...] | None


def logsumexp(
    a: ArrayLike,
    axis: Axis = None,
    b: ArrayLike | None = None,
    keepdims: bool = False,
    return_sign: bool = False,
    where: ArrayLike | None = None,
) -> Array | tuple[Array, Array]:
    """log(sum(b * exp(a))) without overflow; with `return_sign`, (log of the absolute value, sign).

    >>> rt.scipy.special.logsumexp(rt.numpy.array([1000.0, 1000.0])).round(3)
    Array(1000.693, dtype=float32)
    """
    return nn.logsumexp(a, axis, b, keepdims, return_sign, where)


def softmax(x: ArrayLike, /, *, axis: Axis = None) -> Array:
    """exp(x) / sum(exp(x)), over all axes where `axis` is None.

    >>> rt.scipy.special.softmax(rt.numpy.array([0.0, 1000.0]))
    Array([0., 1.], dtype=float32)
    """
    (value,) = operands("softmax", x)
    return nn.softmax(value, axis)


def log_softmax(x: ArrayLike, /, *, axis: Axis = None) -> Array:
    """log(softmax(x)) without loss of precision, over all axes where `axis` is None.

    >>> rt.scipy.special.log_softmax(rt.numpy.array([0.0, 0.0])).round(3)
    Array([-0.693, -0.693], dtype=float32)
    """
    (value,) = operands("log_softmax", x)
    return nn.log_softmax(value, axis)
