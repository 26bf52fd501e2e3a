"""Reverse mode: walk a linear program back, from cotangents of its results to cotangents of its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from rustorch_fn import errors
from rustorch_fn.core.ir import Equation, Func, Literal, Var
from rustorch_fn.core.primitive import Hole
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import Stage, bind, current, literal, running
from rustorch_fn.transform.linearize import one_way


def backward(func: Func, args: Sequence[Any], cts: Sequence[Any], totals: Sequence[Any] = ()) -> list[Any]:
    """Cotangents of the linear inputs, which are Holes among `args`; None is zero.

    What depends on no linear input is computed first (a checkpoint's recomputation), the rest is walked back.
    `totals` are what the cotangents of the first inputs are added to.
    """
    env: dict[Var, Any] = dict(zip(func.inputs, args, strict=True))
    tape = _forward(func, env)
    grads: dict[Var, Any] = {v: t for v, t in zip(func.inputs, totals, strict=False) if t is not None}
    for atom, ct in zip(func.outputs, cts, strict=True):
        if isinstance(atom, Var) and isinstance(env[atom], Hole):
            _add(grads, atom, ct)
    for e in reversed(tape):
        out = [grads.pop(v, None) for v in e.outputs]
        if all(ct is None for ct in out):
            continue
        xs = [literal(a) if isinstance(a, Literal) else env[a] for a in e.inputs]
        into = getattr(e.op, "accumulate", None)
        if into is not None and isinstance(e.inputs[0], Var) and e.inputs[0] in grads:
            grads[e.inputs[0]] = into(grads[e.inputs[0]], out[0], *xs, **e.attrs)
            continue
        try:
            back = e.op.transpose(out if e.op.multiple else out[0], *xs, **e.attrs)
        except errors.MissingRule as missing:
            raise missing.at(e.source) from None
        for atom, x, ct in zip(e.inputs, xs, back, strict=True):
            if isinstance(x, Hole) and isinstance(atom, Var):
                _add(grads, atom, ct)
    return [grads.get(v) if isinstance(x, Hole) else None for v, x in zip(func.inputs, args, strict=True)]


def _forward(func: Func, env: dict[Var, Any]) -> list[Equation]:
    """Compute what is not linear; give back the equations that are."""
    tape = []
    for e in func.equations:
        xs = [literal(a) if isinstance(a, Literal) else env[a] for a in e.inputs]
        tainted = tuple(isinstance(x, Hole) for x in xs)
        if True in tainted:
            if not e.op.linear(tainted, **e.attrs):
                if one_way(e):
                    raise errors.WhileReverse(where=e.source)
                raise errors.NonDifferentiable(
                    f"transposition met {e.op}, which is not linear in the operands that it has here", where=e.source
                )
            tape.append(e)
            env.update((v, Hole(v.aval)) for v in e.outputs)
        else:
            out = bind(e.op, xs, e.attrs)
            env.update(zip(e.outputs, out if e.op.multiple else (out,), strict=True))
    return tape


def _add(grads: dict[Var, Any], v: Var, ct: Any) -> None:
    if ct is not None:
        grads[v] = roles.add(grads[v], ct) if v in grads else ct


@lru_cache(1024)
def transpose_func(
    func: Func, linear: tuple[bool, ...], active: tuple[bool, ...], summed: int = 0
) -> tuple[Func, tuple[bool, ...]]:
    """The Func (*nonlinear inputs, *cts of active outputs) -> cts, and for each input whether it has one.

    The linear ones among the first `summed` inputs have totals, the Func's last inputs, that it adds their cts to.
    """
    stage = Stage(current())
    xs = [Hole(a) if on else stage.fresh(a) for a, on in zip(func.in_avals, linear, strict=True)]
    cts = [stage.fresh(a.strong()) if on else None for a, on in zip(func.out_avals, active, strict=True)]
    totals = [stage.fresh(x.aval.strong()) if isinstance(x, Hole) else None for x in xs[:summed]]
    with running(stage):
        back = backward(func, xs, cts, totals)
    inputs = [x for x in xs if not isinstance(x, Hole)] + [c for c in (*cts, *totals) if c is not None]
    out, captured = stage.close(inputs, [b for b in back if b is not None])
    if captured:
        raise errors.InternalError("a Func's transpose captured a value")
    return out, tuple(b is not None for b in back)
