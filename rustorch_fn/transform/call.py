"""call(func, rule): the one higher-order wrapper. jit, checkpoint, custom rules and named parts are its rules."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Func
from rustorch_fn.core.primitive import BatchAxis, Hole, Primitive, register
from rustorch_fn.core.roles import roles
from rustorch_fn.core.text import RULES
from rustorch_fn.core.trace import bind, evaluate_func, reference
from rustorch_fn.transform.batch import batch_func, move_to
from rustorch_fn.transform.linearize import linearize_func, pushforward
from rustorch_fn.transform.transpose import transpose_func

T = TypeVar("T")


class Rule:
    """How a call differs from its body, written in place. Rules are interned: identity is equality."""

    name = "inline"

    def __repr__(self) -> str:
        return f"@{self.name}"

    def token(self) -> str:
        """What tells the rule from others in the digest of a Func."""
        return repr(self)

    def eager(self, func: Func, args: Sequence[Any]) -> list[Any]:
        """The call on concrete arrays."""
        return evaluate_func(func, args)

    def own_derivative(self) -> bool:
        """Whether `differentiate` replaces the derivative of the body."""
        return False

    def differentiate(self, now: Any, func: Func, xs: Sequence[Any], ts: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Values and tangents by the rule's own derivative, inside the interpreter `now`."""
        raise NotImplementedError(self.name)

    def lin(self, func: Func, active: tuple[bool, ...], xs: Sequence[Any]) -> Any:
        """The value, and the linear closure: the body's, as two calls."""
        split = linearize_func(func, active)
        outs = call(*xs, func=split.fwd, rule=self)
        residuals = split.residuals(xs, outs)

        def push(*ts: Any) -> list[Any]:
            live = [t for t in ts if t is not None]
            back = iter(call(*residuals, *live, func=split.lin, rule=self))
            return [next(back) if on else None for on in split.active]

        return outs[: len(func.outputs)], push

    def batched(self, axis: BatchAxis, mapped: tuple[bool, ...]) -> tuple[Rule, bool]:
        """The rule for the call with one more axis, and whether all results must have it."""
        return self, False


class Held(Rule):
    """A rule that holds Python functions: its name does not tell it from others, so it has a number too.

    What is kept under the digest of a Func, its derivative above all, would else be that of another function.
    """

    numbers = itertools.count()

    def __init__(self, name: str) -> None:
        self.name, self.number = name, next(self.numbers)
        self.known: dict[Any, tuple[Rule, bool]] = {}

    def token(self) -> str:
        return f"{self!r} {self.number}"

    def batched(self, axis: BatchAxis, mapped: tuple[bool, ...]) -> tuple[Rule, bool]:
        return kept(self.known, (axis, mapped), lambda: self.lanes(axis, mapped))

    def lanes(self, axis: BatchAxis, mapped: tuple[bool, ...]) -> tuple[Rule, bool]:
        """What `batched` gives, and keeps."""
        return self, False


def kept(known: dict[Any, T], key: Any, make: Callable[[], T], most: int = 64) -> T:
    """known[key], made where it is not there; where the key cannot be looked up, made each time."""
    try:
        found = known.get(key)
    except TypeError:  # not hashable
        return make()
    if found is None:
        if len(known) >= most:
            known.pop(next(iter(known)), None)
        found = known.setdefault(key, make())
    return found


class Jit(Rule):
    """Compiled as one program when it runs eagerly."""

    name = "jit"

    def eager(self, func: Func, args: Sequence[Any]) -> list[Any]:
        out: list[Any] = roles.run(func, args)
        return out


class Region(Rule):
    """Recomputed work: never shared with what was computed before, and never moved before its cotangents."""

    name = "recompute"


class Named(Rule):
    """A part with a name, for people and for targets that know the word."""

    def __init__(self, name: str) -> None:
        self.name = name


JIT, REGION = Jit(), Region()
RULES.update({rule.name: rule for rule in (JIT, REGION)})


@lru_cache(1024)
def named(name: str) -> Named:
    """The rule with this name."""
    return Named(name)


class Call(Primitive):
    """Apply a Func."""

    name = "call"
    multiple = True

    def shape(self, *avals: Aval, func: Func, rule: Rule) -> list[Aval]:
        return list(func.out_avals)

    def eager(self, *args: Any, func: Func, rule: Rule) -> Any:
        return rule.eager(func, args)

    def ref(self, *args: Any, func: Func, rule: Rule) -> Any:
        return reference(func, args)

    def own_derivative(self, *, func: Func, rule: Rule) -> bool:
        return rule.own_derivative()

    def differentiate(self, now: Any, xs: Sequence[Any], ts: Sequence[Any], *, func: Func, rule: Rule) -> Any:
        return rule.differentiate(now, func, xs, ts)

    def lin(self, active: tuple[bool, ...], *xs: Any, func: Func, rule: Rule) -> Any:
        return rule.lin(func, active, xs)

    def push(
        self, active: tuple[bool, ...], xs: Sequence[Any], ts: Sequence[Any], *, func: Func, rule: Rule
    ) -> tuple[list[Any], list[Any]]:
        both, out_active = pushforward(func, active)
        outs = call(*xs, *(t for t in ts if t is not None), func=both, rule=rule)
        n = len(func.outputs)
        tangents = iter(outs[n:])
        return outs[:n], [next(tangents) if on else None for on in out_active]

    def linear(self, tainted: tuple[bool, ...], *, func: Func, rule: Rule) -> bool:
        return linear_func(func, tainted)

    def transpose(self, cts: Sequence[Any], *xs: Any, func: Func, rule: Rule) -> list[Any]:
        linear = tuple(isinstance(x, Hole) for x in xs)
        back, nonzero = transpose_func(func, linear, tuple(ct is not None for ct in cts))
        args = [x for x in xs if not isinstance(x, Hole)] + [ct for ct in cts if ct is not None]
        outs = iter(call(*args, func=back, rule=rule))
        return [next(outs) if on else None for on in nonzero]

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, *, func: Func, rule: Rule) -> Any:
        mapped = tuple(d is not None for d in ds)
        rule, force = rule.batched(axis, mapped)
        inner, out = batch_func(func, axis, mapped, (force,) * len(func.outputs))
        args = [x if d is None else move_to(x, d, 0, axis) for x, d in zip(xs, ds, strict=True)]
        return call(*args, func=inner, rule=rule), [0 if on else None for on in out]


call: Any = register(Call())


@lru_cache(4096)
def linear_func(func: Func, tainted: tuple[bool, ...]) -> bool:
    """Whether a Func is linear in the marked inputs, jointly."""
    linear = {v for v, on in zip(func.inputs, tainted, strict=True) if on}
    for e in func.equations:
        here = tuple(a in linear for a in e.inputs)
        if True in here:
            if not e.op.linear(here, **e.attrs):
                return False
            linear.update(e.outputs)
    return True


def apply(func: Func, args: Sequence[Any], rule: Rule = JIT) -> list[Any]:
    """Apply a Func in the current context under a rule."""
    out: list[Any] = bind(call, args, {"func": func, "rule": rule})
    return out
