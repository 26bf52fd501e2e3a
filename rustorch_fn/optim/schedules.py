"""Numbers that change with the step: each schedule is a function of it, and the step may be traced."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rustorch_fn import numpy as rnp
from rustorch_fn.boundary import boundary
from rustorch_fn.errors import BadArgument
from rustorch_fn.optim.transforms import Schedule


def _fraction(step: Any, steps: int) -> Any:
    """How much of `steps` is done, at most 1."""
    return rnp.clip(rnp.asarray(step, "float32") / steps, 0.0, 1.0)


def _check_steps(name: str, argument: str, steps: int) -> None:
    if steps <= 0:
        raise BadArgument(f"optim.{name}", argument, steps, "A number of steps from 1")


def constant_schedule(value: float) -> Schedule:
    """The same number at every step.

    >>> rt.optim.constant_schedule(0.1)(99)
    0.1
    """
    return boundary(lambda step: value)


def linear_schedule(init_value: float, end_value: float, transition_steps: int, transition_begin: int = 0) -> Schedule:
    """A straight line from `init_value` to `end_value`, which begins at step `transition_begin`.

    >>> rt.numpy.round(rt.optim.linear_schedule(0.0, 1.0, 10)(5), 3)
    Array(0.5, dtype=float32)
    """
    _check_steps("linear_schedule", "transition_steps", transition_steps)

    @boundary
    def schedule(step: Any) -> Any:
        return init_value + (end_value - init_value) * _fraction(step - transition_begin, transition_steps)

    return schedule


def cosine_decay_schedule(init_value: float, decay_steps: int, alpha: float = 0.0, exponent: float = 1.0) -> Schedule:
    """Half a wave of the cosine from `init_value` down to `alpha * init_value`.

    >>> rate = rt.optim.cosine_decay_schedule(1.0, 4)
    >>> [round(float(rate(step)), 3) for step in range(5)]
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """
    _check_steps("cosine_decay_schedule", "decay_steps", decay_steps)

    @boundary
    def schedule(step: Any) -> Any:
        wave = 0.5 * (1 + rnp.cos(math.pi * _fraction(step, decay_steps)))
        shape = wave if exponent == 1.0 else wave**exponent
        return init_value * ((1 - alpha) * shape + alpha)

    return schedule


def exponential_decay(init_value: float, transition_steps: int, decay_rate: float) -> Schedule:
    """A number multiplied by `decay_rate` over every `transition_steps`.

    >>> rt.numpy.round(rt.optim.exponential_decay(1.0, 10, 0.5)(20), 3)
    Array(0.25, dtype=float32)
    """
    _check_steps("exponential_decay", "transition_steps", transition_steps)

    @boundary
    def schedule(step: Any) -> Any:
        return init_value * decay_rate ** (rnp.asarray(step, "float32") / transition_steps)

    return schedule


def join_schedules(schedules: Sequence[Schedule], boundaries: Sequence[int]) -> Schedule:
    """One schedule until the first boundary, the next from there on, and so on; each counts from its own start.

    >>> fall = rt.optim.join_schedules([lambda k: 1.0, lambda k: 0.1], [100])
    >>> float(fall(99)), round(float(fall(100)), 3)
    (1.0, 0.1)
    """
    if len(schedules) != len(boundaries) + 1:
        works = f"One fewer than the {len(schedules)} schedules"
        raise BadArgument("optim.join_schedules", "boundaries", tuple(boundaries), works)

    @boundary
    def schedule(step: Any) -> Any:
        value = schedules[0](step)
        for start, later in zip(boundaries, schedules[1:], strict=True):
            value = rnp.where(step < start, value, later(step - start))
        return value

    return schedule


def warmup_cosine_decay_schedule(
    init_value: float,
    peak_value: float,
    warmup_steps: int,
    decay_steps: int,
    end_value: float = 0.0,
    exponent: float = 1.0,
) -> Schedule:
    """A line from `init_value` up to `peak_value`, then a cosine down to `end_value` at step `decay_steps`.

    >>> rate = rt.optim.warmup_cosine_decay_schedule(0.0, 1.0, 10, 100)
    >>> [round(float(rate(k)), 2) for k in (0, 5, 10, 55, 100)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    if not 0 < warmup_steps < decay_steps:
        works = f"A number from 1 to below decay_steps, {decay_steps},"
        raise BadArgument("optim.warmup_cosine_decay_schedule", "warmup_steps", warmup_steps, works)
    alpha = end_value / peak_value if peak_value else 0.0
    rise = linear_schedule(init_value, peak_value, warmup_steps)
    fall = cosine_decay_schedule(peak_value, decay_steps - warmup_steps, alpha, exponent)
    return join_schedules([rise, fall], [warmup_steps])
