"""From what was traced to what is compiled: rules erased, calls inlined, equal work shared, the rest pruned."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from rustorch_fn import errors, flags
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Atom, Equation, Func, Literal, Var, check, prune
from rustorch_fn.core.trace import EVAL, running, trace


@lru_cache(1024)
def tidy(func: Func) -> Func:
    """The Func that targets compile; equal programs have equal digests."""
    for step in (inline, share, prune):
        func = observed(step, func)
    return func


def observed(step: Callable[[Func], Func], func: Func) -> Func:
    """One pass: printed at RT_DEBUG=5, its result checked under RT_SPEC=1."""
    func = step(func)
    flags.say(5, lambda: f"after {step.__name__}:\n{func!r}")
    return check(func) if flags.get("RT_SPEC") else func


def inline(func: Func) -> Func:
    """Every call and every composed op replaced by its body. A recomputed body gets a region of its own."""
    out: list[Equation] = []
    regions = [0]

    def walk(body: Func, env: dict[Var, Atom], region: int, source: Any = None) -> list[Atom]:
        def read(a: Atom) -> Atom:
            return env[a] if isinstance(a, Var) else a

        for e in body.equations:
            inputs = [read(a) for a in e.inputs]
            if e.op.name == "call":
                inner_region = region
                if e.attrs["rule"].name == "recompute":
                    regions[0] += 1
                    inner_region = regions[0]
                inner = e.attrs["func"]
                results = walk(inner, dict(zip(inner.inputs, inputs, strict=True)), inner_region, source)
                env.update(zip(e.outputs, results, strict=True))
                continue
            if e.op.step == "composed":
                inner = composed(e.op, tuple(a.aval for a in inputs), tuple(e.attrs.items()))
                results = walk(inner, dict(zip(inner.inputs, inputs, strict=True)), region, source or e.source)
                env.update(zip(e.outputs, results, strict=True))
                continue
            fresh = [Var(v.aval) for v in e.outputs]
            env.update(zip(e.outputs, fresh, strict=True))
            attrs = {k: _tidied(v) for k, v in e.attrs.items()}
            out.append(Equation(e.op, inputs, attrs, fresh, source or e.source, region))
        return [read(a) for a in body.outputs]

    results = walk(func, {v: v for v in func.inputs}, 0)
    return Func(func.inputs, out, results)


@lru_cache(1024)
def composed(op: Any, avals: tuple[Aval, ...], attrs: tuple[tuple[str, Any], ...]) -> Func:
    """What an op says itself in others: its `body`, for operands of these types."""

    def body(*xs: Any) -> list[Any]:
        y = op.body(*xs, **dict(attrs))
        return list(y) if op.multiple else [y]

    with running(EVAL):
        func, captured = trace(body, avals)
    if captured:
        raise errors.InternalError(f"the body of {op} holds an array")
    return func


def _tidied(value: Any) -> Any:
    if isinstance(value, Func):
        return tidy(value)
    if isinstance(value, tuple) and any(isinstance(v, Func) for v in value):
        return tuple(map(_tidied, value))
    return value


def share(func: Func) -> Func:
    """Equal pure equations of one region computed once."""
    env: dict[Var, Atom] = {}
    seen: dict[Any, tuple[Var, ...]] = {}
    out = []

    def read(a: Atom) -> Atom:
        return env.get(a, a) if isinstance(a, Var) else a

    def mark(a: Atom) -> Any:
        return a.token() if isinstance(a, Literal) else id(a)

    for e in func.equations:
        inputs = [read(a) for a in e.inputs]
        pure = not e.effects
        key = (e.op.name, e.region, tuple(map(mark, inputs)), tuple(sorted(e.attrs.items(), key=lambda kv: kv[0])))
        found = seen.get(key) if pure else None
        if found is not None:
            env.update(zip(e.outputs, found, strict=True))
            continue
        seen[key] = e.outputs
        out.append(Equation(e.op, inputs, e.attrs, e.outputs, e.source, e.region))
    return Func(func.inputs, out, [read(a) for a in func.outputs])
