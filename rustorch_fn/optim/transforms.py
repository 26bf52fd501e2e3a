"""What an optimiser is made of: pairs of pure functions on trees of gradients.

`init(params)` gives a state; `update(updates, state, params)` gives new updates and the next state. An update is what
is added to the parameters, so the last link of a chain scales by minus the learning rate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from rustorch_fn import numpy as rnp
from rustorch_fn import tree
from rustorch_fn.boundary import boundary
from rustorch_fn.errors import BadArgument, BadType

Schedule = Callable[[Any], Any]
"""A number for each step: the step counts from 0 and may be traced."""


class Update(Protocol):
    """The second half of a transformation."""

    def __call__(self, updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        """New updates and the next state."""


class GradientTransformation(NamedTuple):
    """A pair of pure functions: `init(params) -> state` and `update(updates, state, params) -> (updates, state)`.

    >>> halve = rt.optim.GradientTransformation(lambda w: (), lambda u, s, w=None: (u / 2, s))
    >>> halve.update(rt.numpy.array([3.0]), halve.init(rt.numpy.array([0.0])))
    (Array([1.5], dtype=float32), ())
    """

    init: Callable[[Any], Any]
    update: Update


def paired(init: Callable[[Any], Any], update: Update) -> GradientTransformation:
    """The two functions as users call them: their errors show the users' lines."""
    return GradientTransformation(boundary(init, explain=True), boundary(update, explain=True))


def stateless(f: Callable[[Any, Any], Any]) -> GradientTransformation:
    """The transformation that applies `f(updates, params)` and remembers nothing."""

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        return f(updates, params), state

    update.__qualname__ = f.__qualname__  # errors call it as users do
    return paired(lambda params: (), update)


def identity() -> GradientTransformation:
    """Updates as they come.

    >>> opt = rt.optim.identity()
    >>> opt.update(rt.numpy.array([3.0]), opt.init(rt.numpy.array([0.0])))[0]
    Array([3.], dtype=float32)
    """
    return stateless(lambda updates, params: updates)


def chain(*transformations: GradientTransformation) -> GradientTransformation:
    """One transformation after the other; the state is the tuple of their states.

    >>> opt = rt.optim.chain(rt.optim.scale(2.0), rt.optim.clip(1.0))
    >>> opt.update(rt.numpy.array([0.25, 9.0]), opt.init(rt.numpy.array([0.0, 0.0])))[0]
    Array([0.5, 1. ], dtype=float32)
    """

    for each in transformations:
        if not hasattr(each, "init") or not hasattr(each, "update"):
            raise BadType("optim.chain", "a transformation", each, "A pair such as optim.scale(0.1)")

    def init(params: Any) -> Any:
        return tuple(each.init(params) for each in transformations)

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        if not isinstance(state, tuple) or len(state) != len(transformations):
            works = f"The state that init of this chain of {len(transformations)} gives"
            raise BadType("optim.chain", "state", state, works)
        after = []
        for each, part in zip(transformations, state, strict=True):
            updates, part = each.update(updates, part, params)
            after.append(part)
        return updates, tuple(after)

    return paired(init, update)


def apply_updates(params: Any, updates: Any) -> Any:
    """The parameters with the updates added, in the parameters' dtypes.

    >>> rt.optim.apply_updates({"w": rt.numpy.array([1.0])}, {"w": rt.numpy.array([-0.25])})
    {'w': Array([0.75], dtype=float32)}
    """
    return tree.map(lambda p, u: (p + u).astype(p.dtype), params, updates)


def scale(factor: Any) -> GradientTransformation:
    """Updates times a number.

    >>> opt = rt.optim.scale(-0.5)
    >>> opt.update(rt.numpy.array([3.0]), opt.init(rt.numpy.array([0.0])))[0]
    Array([-1.5], dtype=float32)
    """
    return stateless(lambda updates, params: tree.map(lambda u: factor * u, updates))


class CountState(NamedTuple):
    """How many updates there were."""

    count: Any


def _start() -> Any:
    return rnp.zeros((), "int32")


def scale_by_schedule(schedule: Schedule) -> GradientTransformation:
    """Updates times `schedule(step)`.

    >>> opt = rt.optim.scale_by_schedule(lambda step: 1.0 / (step + 1))
    >>> updates, state = opt.update(rt.numpy.array([3.0]), opt.init(rt.numpy.array([0.0])))
    >>> opt.update(rt.numpy.array([3.0]), state)[0]
    Array([1.5], dtype=float32)
    """

    def update(updates: Any, state: CountState, params: Any = None) -> tuple[Any, CountState]:
        factor = schedule(state.count)
        return tree.map(lambda u: (factor * u).astype(u.dtype), updates), CountState(state.count + 1)

    return paired(lambda params: CountState(_start()), update)


def scale_by_learning_rate(learning_rate: Any) -> GradientTransformation:
    """Updates times minus the learning rate: a number, an array, or a schedule.

    >>> opt = rt.optim.scale_by_learning_rate(0.5)
    >>> opt.update(rt.numpy.array([3.0]), opt.init(rt.numpy.array([0.0])))[0]
    Array([-1.5], dtype=float32)
    """
    if callable(learning_rate):
        return scale_by_schedule(lambda step: -learning_rate(step))
    return scale(-learning_rate)


def add_decayed_weights(weight_decay: Any, mask: Any = None) -> GradientTransformation:
    """Updates plus `weight_decay` times the parameters.

    `mask`, a tree of bools or a function from the parameters to one, says which parameters decay.

    >>> opt = rt.optim.add_decayed_weights(0.5)
    >>> w = rt.numpy.array([1.0, 2.0])
    >>> opt.update(rt.numpy.array([0.0, 0.0]), opt.init(w), w)[0]
    Array([0.5, 1. ], dtype=float32)
    """

    def add(updates: Any, params: Any) -> Any:
        need_params("add_decayed_weights", params)
        decay = tree.map(lambda u, p: u + weight_decay * p, updates, params)
        if mask is None:
            return decay
        chosen = tree.broadcast(mask(params) if callable(mask) else mask, updates)
        return tree.map(lambda yes, new, old: new if yes else old, chosen, decay, updates)

    return stateless(add)


def need_params(name: str, params: Any) -> None:
    """Raise where `update` was called without the parameters that this transformation reads."""
    if params is None:
        raise BadArgument(f"optim.{name}", "params", None, "The parameters as the third argument of update")


class TraceState(NamedTuple):
    """A running sum of updates, and how many there were where dampening needs to know."""

    trace: Any
    count: Any


def trace(decay: float, nesterov: bool = False, dampening: float = 0.0) -> GradientTransformation:
    """Momentum: the sum of all updates, older ones decayed.

    With `nesterov` it looks one step ahead. `dampening` weakens every update but the first, as in PyTorch.

    >>> opt = rt.optim.trace(0.5)
    >>> updates, state = opt.update(rt.numpy.array([1.0]), opt.init(rt.numpy.array([0.0])))
    >>> opt.update(rt.numpy.array([1.0]), state)[0]
    Array([1.5], dtype=float32)
    """

    def init(params: Any) -> TraceState:
        return TraceState(tree.map(rnp.zeros_like, params), _start() if dampening else ())

    def update(updates: Any, state: TraceState, params: Any = None) -> tuple[Any, TraceState]:
        share: Any = 1.0
        count = state.count
        if dampening:
            share, count = rnp.where(count == 0, 1.0, 1.0 - dampening), count + 1
        total = tree.map(lambda t, u: (decay * t + share * u).astype(t.dtype), state.trace, updates)
        ahead = tree.map(lambda u, t: u + decay * t, updates, total) if nesterov else total
        return ahead, TraceState(total, count)

    return paired(init, update)


class AdamState(NamedTuple):
    """How many updates there were, and decayed means of the updates and of their squares."""

    count: Any
    mu: Any
    nu: Any


def scale_by_adam(b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8) -> GradientTransformation:
    """Each update divided by the root of its mean square, both means freed of their start at zero.

    >>> opt = rt.optim.scale_by_adam()
    >>> opt.update(rt.numpy.array([3.0, -0.01]), opt.init(rt.numpy.array([0.0, 0.0])))[0].round(3)
    Array([ 1., -1.], dtype=float32)
    """

    def init(params: Any) -> AdamState:
        return AdamState(_start(), tree.map(rnp.zeros_like, params), tree.map(rnp.zeros_like, params))

    def update(updates: Any, state: AdamState, params: Any = None) -> tuple[Any, AdamState]:
        count = state.count + 1
        mu = tree.map(lambda m, u: (b1 * m + (1 - b1) * u).astype(m.dtype), state.mu, updates)
        nu = tree.map(lambda v, u: (b2 * v + (1 - b2) * u * u).astype(v.dtype), state.nu, updates)
        step = count.astype("float32")
        near, far = 1 - b1**step, 1 - b2**step

        def divide(m: Any, v: Any) -> Any:
            return ((m / near) / (rnp.sqrt(v / far) + eps)).astype(m.dtype)

        return tree.map(divide, mu, nu), AdamState(count, mu, nu)

    return paired(init, update)
