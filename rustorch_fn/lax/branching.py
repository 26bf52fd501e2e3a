"""What control flow shares: ops that hold Funcs, and answer transforms by rewriting them; and cond, the simplest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from rustorch_fn import errors
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Func
from rustorch_fn.core.primitive import BatchAxis, Hole, Primitive, register
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of, evaluate_func, reference, trace
from rustorch_fn.transform.batch import batch_func, move_to
from rustorch_fn.transform.call import linear_func
from rustorch_fn.transform.linearize import Split, linearize_func, pushforward
from rustorch_fn.transform.transpose import transpose_func


def build(f: Callable[..., Sequence[Any]], avals: Sequence[Aval]) -> Func:
    """A Func from a flat function that closes over nothing."""
    func, captured = trace(f, avals)
    if captured:
        raise errors.InternalError("a rewritten Func captured a value")
    return func


def strong(avals: Sequence[Aval]) -> list[Aval]:
    return [a.strong() for a in avals]


def wide(aval: Aval, n: int) -> Aval:
    """A type with a leading axis."""
    return aval.like(shape=(n, *aval.shape))


def spread(ts: Sequence[Any], active: Sequence[bool]) -> list[Any]:
    """Values at the active places, None elsewhere."""
    it = iter(ts)
    return [next(it) if on else None for on in active]


def pick(xs: Sequence[Any], on: Sequence[bool]) -> list[Any]:
    return [x for x, keep in zip(xs, on, strict=True) if keep]


class Control(Primitive):
    """An op that holds Funcs. Un-jitted, it runs as one cached program."""

    multiple = True

    def eager(self, *args: Any, **attrs: Any) -> Any:
        return roles.run(_single(self, tuple(a.aval for a in args), tuple(sorted(attrs.items()))), args)


@lru_cache(1024)
def _single(op: Any, avals: tuple[Aval, ...], attrs: tuple[tuple[str, Any], ...]) -> Func:
    """A Func of one equation."""
    return build(lambda *xs: op(*xs, **dict(attrs)), avals)


# --- cond ---


class Cond(Control):
    """branches[index](*operands); the index is an int32 scalar, clamped."""

    name = "cond"

    def shape(self, index: Aval, *avals: Aval, branches: tuple[Func, ...]) -> list[Aval]:
        return list(branches[0].out_avals)

    def eager(self, index: Any, *args: Any, branches: tuple[Func, ...]) -> Any:
        taken = min(max(int(index.view), 0), len(branches) - 1)
        return evaluate_func(branches[taken], args)

    def ref(self, index: Any, *args: Any, branches: tuple[Func, ...]) -> Any:
        return reference(branches[min(max(int(index), 0), len(branches) - 1)], args)

    def lin(self, active: tuple[bool, ...], index: Any, *xs: Any, branches: tuple[Func, ...]) -> Any:
        splits = [linearize_func(b, active[1:]) for b in branches]
        out_active = tuple(map(any, zip(*(s.active for s in splits), strict=True)))
        count = len(branches[0].outputs)
        extras = [[v.aval for v in s.fwd.outputs[count:]] for s in splits]
        fwd = tuple(_with_extras(s.fwd, count, extras, k) for k, s in enumerate(splits))
        outs = cond(index, *xs, branches=fwd)
        starts = [count + sum(map(len, extras[:k])) for k in range(len(splits))]
        residuals: list[Any] = []
        parts = []
        for s, start in zip(splits, starts, strict=True):
            # outputs beyond the first `count` are this branch's own extras
            found = [xs[k] if w == "in" else outs[k] if k < count else outs[start + k - count] for w, k in s.sources]
            parts.append((len(residuals), len(found)))
            residuals += found
        avals = strong([aval_of(r) for r in residuals])
        tangents = strong([a for a, on in zip([aval_of(x) for x in xs], active[1:], strict=True) if on])
        lin = tuple(
            build(_pushed(s, part, len(residuals), out_active, branches[0]), [*avals, *tangents])
            for s, part in zip(splits, parts, strict=True)
        )

        def push(_: Any, *ts: Any) -> list[Any]:
            back = cond(index, *residuals, *(t for t in ts if t is not None), branches=lin)
            return spread(back, out_active)

        return outs[:count], push

    def push(
        self, active: tuple[bool, ...], xs: Sequence[Any], ts: Sequence[Any], *, branches: tuple[Func, ...]
    ) -> tuple[list[Any], list[Any]]:
        pushed = [pushforward(b, active[1:]) for b in branches]
        out_active = tuple(map(any, zip(*(on for _, on in pushed), strict=True)))
        both = tuple(_filled(f, branches[0], on, out_active) for f, on in pushed)
        outs = cond(*xs, *(t for t in ts if t is not None), branches=both)
        n = len(branches[0].outputs)
        return outs[:n], spread(outs[n:], out_active)

    def linear(self, tainted: tuple[bool, ...], *, branches: tuple[Func, ...]) -> bool:
        return not tainted[0] and all(linear_func(b, tainted[1:]) for b in branches)

    def transpose(self, cts: Sequence[Any], index: Any, *xs: Any, branches: tuple[Func, ...]) -> list[Any]:
        linear = tuple(isinstance(x, Hole) for x in xs)
        on = tuple(ct is not None for ct in cts)
        back = [transpose_func(b, linear, on) for b in branches]
        nonzero = tuple(map(any, zip(*(keep for _, keep in back), strict=True)))
        want = strong(branches[0].in_avals)
        filled = tuple(_zero_filled(f, keep, nonzero, want) for f, keep in back)
        args = [x for x in xs if not isinstance(x, Hole)] + [ct for ct in cts if ct is not None]
        return [None, *spread(cond(index, *args, branches=filled), nonzero)]

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, *, branches: tuple[Func, ...]) -> Any:
        mapped = tuple(d is not None for d in ds[1:])
        args = [x if d is None else move_to(x, d, 0, axis) for x, d in zip(xs[1:], ds[1:], strict=True)]
        out = tuple(map(any, zip(*(batch_func(b, axis, mapped)[1] for b in branches), strict=True)))
        if ds[0] is None:
            wide_branches = tuple(batch_func(b, axis, mapped, out)[0] for b in branches)
            return cond(xs[0], *args, branches=wide_branches), [0 if on else None for on in out]
        # lanes differ in the branch they take: all run, and each lane selects
        everywhere = (True,) * len(out)
        results = [evaluate_func(batch_func(b, axis, mapped, everywhere)[0], args) for b in branches]
        chosen = results[-1]
        for k in reversed(range(len(branches) - 1)):
            here = _at_most(xs[0], k)
            chosen = [
                roles.select(roles.broadcast(here, aval_of(y).shape, (0,)), y, z)
                for y, z in zip(results[k], chosen, strict=True)
            ]
        return chosen, [0] * len(chosen)


def _at_most(index: Any, k: int) -> Any:
    return roles.operator("le", index, k)


def _with_extras(fwd: Func, count: int, extras: list[list[Aval]], mine: int) -> Func:
    """fwd with the other branches' residuals as zeros, so that all branches give the same types."""

    def f(*xs: Any) -> list[Any]:
        outs = evaluate_func(fwd, xs)
        rest = [outs[count:] if k == mine else [roles.zeros(a) for a in avals] for k, avals in enumerate(extras)]
        return [*outs[:count], *(r for part in rest for r in part)]

    return build(f, fwd.in_avals)


def _pushed(s: Split, part: tuple[int, int], residuals: int, out_active: tuple[bool, ...], like: Func) -> Any:
    """The branch's linear map, of all branches' residuals, with zeros where only others have a tangent."""

    def f(*args: Any) -> list[Any]:
        start, size = part
        outs = evaluate_func(s.lin, [*args[start : start + size], *args[residuals:]])
        full = spread(outs, s.active)
        return [
            roles.zeros(v.aval.strong()) if t is None else t
            for t, v, on in zip(full, like.outputs, out_active, strict=True)
            if on
        ]

    return f


def _filled(both: Func, like: Func, has: tuple[bool, ...], want: tuple[bool, ...]) -> Func:
    """(values, tangents) with zero tangents where `want` says so and this Func has none."""

    def f(*args: Any) -> list[Any]:
        outs = evaluate_func(both, args)
        n = len(like.outputs)
        ts = spread(outs[n:], has)
        filled = [
            roles.zeros(v.aval.strong()) if t is None else t
            for t, v, on in zip(ts, like.outputs, want, strict=True)
            if on
        ]
        return [*outs[:n], *filled]

    return build(f, both.in_avals)


def _zero_filled(func: Func, has: tuple[bool, ...], want: tuple[bool, ...], avals: Sequence[Aval]) -> Func:
    """Cotangents with zeros where only other branches have one."""

    def f(*args: Any) -> list[Any]:
        cts = spread(evaluate_func(func, args), has)
        return [roles.zeros(a) if ct is None else ct for ct, a, on in zip(cts, avals, want, strict=True) if on]

    return build(f, func.in_avals)


cond: Any = register(Cond())
