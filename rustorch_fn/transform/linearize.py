"""Derivatives: an op gives its value and a linear closure.

Forward mode runs the closure now; `linearize` stages it on a tape. The tape's interpreter stages an op only
if one of its operands is on the tape; all other work runs at once in the primal's parent and is a residual.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from rustorch_fn import errors, flags
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Equation, Func, Var, prune
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import (
    Interpreter,
    Stage,
    StageTracer,
    Tracer,
    aval_of,
    bind,
    current,
    evaluate_func,
    running,
)


class LinTracer(Tracer):
    """A value with a tangent: an array or tracer of the parent (forward), or a tape variable (linearize)."""

    __slots__ = ("primal", "tangent")

    def __init__(self, owner: Interpreter, primal: Any, tangent: Any) -> None:
        self.owner, self.primal, self.tangent, self.source = owner, primal, tangent, None

    @property
    def aval(self) -> Aval:
        return aval_of(self.primal)

    def concrete(self, kind: str) -> np.ndarray:
        value: np.ndarray = self.primal.concrete(kind)
        return value

    def __repr__(self) -> str:
        return f"Traced<{self.aval}> with value {self.primal!r}"


class Tape(Stage):
    """A linear program in the making: only what depends on its inputs is staged."""

    __slots__ = ()
    title = "grad"

    def bind(self, op: Any, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        for x in args:
            if type(x) is StageTracer and x.owner is self:
                return super().bind(op, args, attrs)
        assert self.parent is not None
        with running(self.parent):
            return bind(op, args, attrs)


class Differentiate(Interpreter):
    """The primal runs in `parent`; tangents go to `linear`: the tape, or the parent itself (forward mode)."""

    __slots__ = ("linear",)
    title = "grad"

    def __init__(self, parent: Interpreter, linear: Interpreter) -> None:
        super().__init__(parent)
        self.linear = linear

    @property
    def forward(self) -> bool:
        """Whether tangents are computed now, beside the values."""
        return self.linear is self.parent

    def split(self, x: Any) -> tuple[Any, Any]:
        return (x.primal, x.tangent) if type(x) is LinTracer and x.owner is self else (x, None)

    def join(self, y: Any, t: Any) -> Any:
        return y if t is None else LinTracer(self, y, t)

    def bind(self, op: Any, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        assert self.parent is not None
        xs, ts = zip(*map(self.split, args), strict=True) if args else ((), ())
        active = tuple(t is not None for t in ts)
        if True not in active:
            with running(self.parent):
                return bind(op, xs, attrs)
        if op.own_derivative(**attrs):
            return list(map(self.join, *op.differentiate(self, xs, ts, **attrs)))
        with running(self.parent):
            if self.forward and hasattr(op, "push"):
                ys, tangents = op.push(active, xs, ts, **attrs)
                return list(map(self.join, ys, tangents))
            y, push = op.lin(active, *xs, **attrs)
        with running(self.linear):
            t = push(*ts)
        if op.multiple:
            return list(map(self.join, y, t))
        return self.join(y, t)


def forward(f: Callable[..., Sequence[Any]], xs: Sequence[Any], ts: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Run a flat function on values with tangents (None is zero): results and their tangents."""
    parent = current()
    now = Differentiate(parent, parent)
    with running(now):
        outs = f(*map(now.join, xs, ts))
    now.live = False
    pairs = [now.split(y) for y in outs]
    return [y for y, _ in pairs], [t for _, t in pairs]


class Linear(NamedTuple):
    """A linear map as a program: func(*residuals, *tangents) -> tangents of the active outputs."""

    func: Func
    residuals: list[Any]
    active: tuple[bool, ...]

    def __call__(self, ts: Sequence[Any]) -> list[Any]:
        """Tangents of all outputs; None is zero."""
        outs = iter(evaluate_func(self.func, [*self.residuals, *ts]))
        return [next(outs) if on else None for on in self.active]


def linearize(f: Callable[..., Sequence[Any]], xs: Sequence[Any], active: Sequence[bool]) -> tuple[list[Any], Linear]:
    """Run a flat function: its results, and the linear map from tangents of the active inputs."""
    parent = current()
    tape = Tape(parent)
    now = Differentiate(parent, tape)
    ts = [tape.fresh(aval_of(x).strong()) if on else None for x, on in zip(xs, active, strict=True)]
    with running(now):
        outs = f(*map(now.join, xs, ts))
    now.live = False
    pairs = [now.split(y) for y in outs]
    func, residuals = tape.close([t for t in ts if t is not None], [t for _, t in pairs if t is not None])
    pruned = prune(func)
    count = len(residuals)
    need = {a for e in pruned.equations for a in e.inputs} | set(pruned.outputs)
    keep = [v in need for v in pruned.inputs[:count]]
    inputs = [v for v, on in zip(pruned.inputs[:count], keep, strict=True) if on]
    slim = Func([*inputs, *pruned.inputs[count:]], pruned.equations, pruned.outputs)
    if flags.get("RT_SPEC"):
        check_tape(slim, len(inputs))
    linear = Linear(
        slim, [r for r, on in zip(residuals, keep, strict=True) if on], tuple(t is not None for _, t in pairs)
    )
    return [y for y, _ in pairs], linear


def check_tape(func: Func, residuals: int) -> Func:
    """Raise unless `func` is linear in its inputs after the first `residuals`.

    A loop of unknown length has its values beside the tangents: it is not asked, as it cannot be transposed.
    """
    linear = set(func.inputs[residuals:])
    for e in func.equations:
        tainted = tuple(a in linear for a in e.inputs)
        if True in tainted:
            if not one_way(e) and not e.op.linear(tainted, **e.attrs):
                raise errors.InternalError(f"{e.op} on a tape is not linear in its operands {tainted}")
            linear.update(e.outputs)
    return func


def one_way(e: Equation) -> bool:
    """Whether an op or what it holds has no way back."""
    return not e.op.returns or any(one_way(inner) for func in e.funcs() for inner in func.equations)


# --- the same for Funcs, for the ops that hold them ---


class Split(NamedTuple):
    """A Func cut in two: `fwd(*xs) -> (*ys, *extra)` and `lin(*residuals, *ts) -> ts of active outputs`.

    `sources` says where each residual is found: ("in", k) is operand k, ("out", k) is output k of fwd.
    """

    fwd: Func
    lin: Func
    sources: tuple[tuple[str, int], ...]
    active: tuple[bool, ...]

    def residuals(self, xs: Sequence[Any], outs: Sequence[Any]) -> list[Any]:
        return [xs[k] if where == "in" else outs[k] for where, k in self.sources]


@lru_cache(1024)
def linearize_func(func: Func, active: tuple[bool, ...]) -> Split:
    """Cut a Func into its value with residuals and its linear map."""
    stage = Stage(current())
    xs = [stage.fresh(a) for a in func.in_avals]
    with running(stage):
        ys, linear = linearize(lambda *args: evaluate_func(func, args), xs, active)
    outputs: list[Any] = list(ys)
    places: dict[Var, tuple[str, int]] = {}
    for k, y in enumerate(ys):
        if type(y) is StageTracer:
            places.setdefault(y.variable, ("out", k))
    places.update({x.variable: ("in", k) for k, x in enumerate(xs)})
    sources = []
    for r in linear.residuals:
        assert type(r) is StageTracer
        if r.variable not in places:
            places[r.variable] = ("out", len(outputs))
            outputs.append(r)
        sources.append(places[r.variable])
    fwd, captured = stage.close(xs, outputs)
    if captured:
        raise errors.InternalError("a Func's derivative captured a value")
    return Split(fwd, linear.func, tuple(sources), linear.active)


@lru_cache(1024)
def pushforward(func: Func, active: tuple[bool, ...]) -> tuple[Func, tuple[bool, ...]]:
    """The Func of values and tangents side by side: (*xs, *ts of active) -> (*ys, *ts of active results)."""
    stage = Stage(current())
    xs = [stage.fresh(a) for a in func.in_avals]
    ts = [stage.fresh(x.aval.strong()) if on else None for x, on in zip(xs, active, strict=True)]
    with running(stage):
        ys, out_ts = forward(lambda *args: evaluate_func(func, args), xs, ts)
    out, captured = stage.close([*xs, *(t for t in ts if t is not None)], [*ys, *(t for t in out_ts if t is not None)])
    if captured:
        raise errors.InternalError("a Func's derivative captured a value")
    return out, tuple(t is not None for t in out_ts)


def instantiate(ts: Sequence[Any], avals: Sequence[Aval]) -> list[Any]:
    """Tangents with zeros in place of None."""
    return [roles.zeros(a.strong()) if t is None else t for t, a in zip(ts, avals, strict=True)]
