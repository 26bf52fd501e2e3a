"""Classic optimisers, step for step as in `torch.optim`, each a chain of a few transformations.

A learning rate is a number or a schedule: a function of the step, which counts from 0.
"""

from __future__ import annotations

from typing import Any

from rustorch_fn.errors import BadArgument
from rustorch_fn.optim.transforms import (
    GradientTransformation,
    Schedule,
    add_decayed_weights,
    chain,
    scale_by_adam,
    scale_by_learning_rate,
    trace,
)
from rustorch_fn.typing import Array


def _check(name: str, **numbers: Any) -> None:
    """Raise for a hyper-parameter below zero; schedules and traced numbers pass."""
    for argument, number in numbers.items():
        if isinstance(number, int | float) and not number >= 0:
            raise BadArgument(f"optim.{name}", argument, number, "A number from 0")


def _check_betas(name: str, betas: tuple[float, float]) -> None:
    if len(betas) != 2 or not all(0 <= beta < 1 for beta in betas):
        raise BadArgument(f"optim.{name}", "betas", betas, "Two numbers from 0 to below 1, such as (0.9, 0.999),")


def _decay(weight_decay: Any, mask: Any = None) -> list[GradientTransformation]:
    return [add_decayed_weights(weight_decay, mask)] if weight_decay else []


def sgd(
    lr: float | Array | Schedule = 1e-3,
    momentum: float = 0.0,
    dampening: float = 0.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
) -> GradientTransformation:
    """Gradient descent, with momentum if it is not 0.

    >>> opt = rt.optim.sgd(0.5)
    >>> updates, state = opt.update(rt.numpy.array([2.0]), opt.init(rt.numpy.array([1.0])))
    >>> updates
    Array([-1.], dtype=float32)
    """
    _check("sgd", lr=lr, momentum=momentum, weight_decay=weight_decay)
    if nesterov and (momentum == 0 or dampening != 0):
        works = "A momentum above 0 and a dampening of 0"
        raise BadArgument("optim.sgd with nesterov", "momentum, dampening", (momentum, dampening), works)
    moved = [trace(momentum, nesterov, dampening)] if momentum else []
    return chain(*_decay(weight_decay), *moved, scale_by_learning_rate(lr))


def adam(
    lr: float | Array | Schedule = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> GradientTransformation:
    """Adam; its weight decay is a part of the gradient. For decay of the weights themselves take `adamw`.

    >>> opt = rt.optim.adam(0.1)
    >>> state = opt.init(rt.numpy.array([1.0, 2.0]))
    >>> updates, state = opt.update(rt.numpy.array([3.0, -4.0]), state)
    >>> updates.round(3)
    Array([-0.1,  0.1], dtype=float32)
    """
    _check("adam", lr=lr, eps=eps, weight_decay=weight_decay)
    _check_betas("adam", betas)
    return chain(*_decay(weight_decay), scale_by_adam(*betas, eps), scale_by_learning_rate(lr))


def adamw(
    lr: float | Array | Schedule = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 1e-2,
    mask: Any = None,
) -> GradientTransformation:
    """Adam, with weights that decay by `lr * weight_decay` of themselves each step.

    `mask`, a tree of bools or a function from the parameters to one, says which parameters decay.

    >>> opt = rt.optim.adamw(0.1, weight_decay=0.5)
    >>> w = rt.numpy.array([1.0, 1.0])
    >>> updates, state = opt.update(rt.numpy.array([3.0, -4.0]), opt.init(w), w)
    >>> updates.round(3)
    Array([-0.15,  0.05], dtype=float32)
    """
    _check("adamw", lr=lr, eps=eps, weight_decay=weight_decay)
    _check_betas("adamw", betas)
    return chain(scale_by_adam(*betas, eps), *_decay(weight_decay, mask), scale_by_learning_rate(lr))
