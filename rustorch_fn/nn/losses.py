"""How far results are from what they should be: functions, with PyTorch's arguments."""

from __future__ import annotations

from typing import Any

from rustorch_fn import numpy as rnp
from rustorch_fn.errors import BadArgument, ShapeError
from rustorch_fn.nn.functions import log_softmax
from rustorch_fn.typing import Array, ArrayLike


def _reduce(name: str, loss: Any, reduction: str, total: Any = None) -> Any:
    if reduction == "none":
        return loss
    if reduction == "sum":
        return loss.sum()
    if reduction == "mean":
        return loss.mean() if total is None else loss.sum() / total
    raise BadArgument(f"nn.{name}", "reduction", reduction, "'mean', 'sum' or 'none'")


def mse_loss(input: ArrayLike, target: ArrayLike, reduction: str = "mean", weight: ArrayLike | None = None) -> Array:
    """The squared difference; `weight` multiplies each square.

    >>> rt.nn.mse_loss(rt.numpy.array([1.0, 2.0]), rt.numpy.array([1.0, 4.0]))
    Array(2., dtype=float32)
    """
    input, target = rnp.asarray(input), rnp.asarray(target)
    if input.shape != target.shape:
        got = f"input {input.shape} · target {target.shape}"
        raise ShapeError("nn.mse_loss: the shapes differ", got=got, hint="Reshape one of them.")
    square = rnp.square(input - target)
    if weight is None:
        return _reduce("mse_loss", square, reduction)
    total = rnp.broadcast_to(rnp.asarray(weight), square.shape).sum()
    return _reduce("mse_loss", square * weight, reduction, total)


def cross_entropy(
    input: ArrayLike,
    target: ArrayLike,
    weight: ArrayLike | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Array:
    """How surprising `target` is to logits `input`, whose classes lie along axis 1 (axis 0 of a single row).

    `target` holds class numbers, or probabilities in the shape of `input`. Class numbers equal to `ignore_index` do
    not count. `weight` gives each class a weight, and "mean" then divides by the targets' weights.

    >>> rt.nn.cross_entropy(rt.numpy.array([[0.0, 0.0], [5.0, -5.0]]), rt.numpy.array([1, 0])).round(3)
    Array(0.347, dtype=float32)
    """
    if not 0 <= label_smoothing <= 1:
        raise BadArgument("nn.cross_entropy", "label_smoothing", label_smoothing, "A number from 0 to 1")
    input, target = rnp.asarray(input), rnp.asarray(target)
    axis = min(1, input.ndim - 1)
    probable = target.shape == input.shape and rnp.issubdtype(target.dtype, rnp.floating)
    if not probable:
        _check_classes(input, target, axis)
    column = (-1,) + (1,) * (input.ndim - 1 - axis)
    log_p = log_softmax(input, axis=axis)
    weights = None if weight is None else rnp.asarray(weight).reshape(column)
    if probable:
        share = target * (1 - label_smoothing) + label_smoothing / input.shape[axis]
        loss = -(share * _weigh(log_p, weights)).sum(axis)
        return _reduce("cross_entropy", loss, reduction, max(loss.size, 1) if reduction == "mean" else None)
    chosen = rnp.expand_dims(target, axis) == rnp.arange(input.shape[axis], dtype=target.dtype).reshape(column)
    counts = target != ignore_index
    loss = -rnp.where(chosen, _weigh(log_p, weights), 0).sum(axis)
    if label_smoothing:
        even = -_weigh(log_p, weights).sum(axis) / input.shape[axis]
        loss = (1 - label_smoothing) * loss + label_smoothing * even
    loss = rnp.where(counts, loss, 0)
    heavy = counts if weights is None else rnp.where(chosen, weights, 0).sum(axis) * counts
    return _reduce("cross_entropy", loss, reduction, heavy.sum())


def _weigh(log_p: Any, weights: Any) -> Any:
    return log_p if weights is None else log_p * weights


def _check_classes(input: Any, target: Any, axis: int) -> None:
    expected = tuple(input.shape[:axis]) + tuple(input.shape[axis + 1 :])
    if input.ndim == 0 or tuple(target.shape) != expected or not rnp.issubdtype(target.dtype, rnp.integer):
        got = f"input {tuple(input.shape)} · target {tuple(target.shape)} of {target.dtype}"
        hint = f"Integers of shape {expected}, or probabilities of shape {tuple(input.shape)}, would work."
        raise ShapeError("nn.cross_entropy: the target does not fit", got=got, hint=hint)
