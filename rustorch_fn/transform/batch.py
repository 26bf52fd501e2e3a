"""vmap: every value may have one more axis; an op says what it becomes with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from rustorch_fn import errors
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Func
from rustorch_fn.core.primitive import BatchAxis
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import (
    Interpreter,
    Stage,
    Tracer,
    aval_of,
    bind,
    context,
    current,
    evaluate_func,
    running,
)


class BatchTracer(Tracer):
    """A value of the parent with the mapped axis at `dim`, seen without it."""

    __slots__ = ("value", "dim", "_aval")

    def __init__(self, owner: Interpreter, value: Any, dim: int) -> None:
        self.owner, self.value, self.dim, self.source = owner, value, dim, None
        aval = aval_of(value)
        self._aval = aval.like(shape=aval.shape[:dim] + aval.shape[dim + 1 :])

    @property
    def aval(self) -> Aval:
        return self._aval

    def __repr__(self) -> str:
        return f"Traced<{self.aval}> mapped over axis {self.dim} of {self.value!r}"


class Batch(Interpreter):
    """Run ops once for all lanes, in the parent."""

    __slots__ = ("axis",)
    title = "vmap"

    def __init__(self, parent: Interpreter, axis: BatchAxis) -> None:
        super().__init__(parent)
        self.axis = axis

    def split(self, x: Any) -> tuple[Any, int | None]:
        return (x.value, x.dim) if type(x) is BatchTracer and x.owner is self else (x, None)

    def join(self, x: Any, d: int | None) -> Any:
        return x if d is None else BatchTracer(self, x, d)

    def bind(self, op: Any, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        assert self.parent is not None
        xs, ds = zip(*map(self.split, args), strict=True) if args else ((), ())
        named = self.axis.name is not None and op.collective(self.axis.name, **attrs)
        with running(self.parent):
            if named:
                y, d = op.across(self.axis, xs, ds, **attrs)
            elif all(d is None for d in ds):
                return bind(op, xs, attrs)
            else:
                y, d = op.batch(self.axis, xs, ds, **attrs)
        return list(map(self.join, y, d)) if op.multiple else self.join(y, d)


def batch(
    f: Callable[..., Sequence[Any]], axis: BatchAxis, xs: Sequence[Any], ds: Sequence[int | None]
) -> tuple[list[Any], list[int | None]]:
    """Run a flat function over an axis of its inputs: results, and where the axis is in each (None: in none)."""
    now = Batch(current(), axis)
    with running(now, (axis.name, axis.size) if axis.name is not None else None):
        outs = f(*map(now.join, xs, ds))
    now.live = False
    pairs = [now.split(y) for y in outs]
    return [y for y, _ in pairs], [d for _, d in pairs]


def move_to(x: Any, d: int | None, to: int, axis: BatchAxis) -> Any:
    """x with the mapped axis at position `to`; repeated where it had none."""
    shape = aval_of(x).shape
    if d is None:
        wide = (*shape[:to], axis.size, *shape[to:])
        return roles.broadcast(x, wide, tuple(k for k in range(len(wide)) if k != to))
    if d == to:
        return x
    perm = [k for k in range(len(shape)) if k != d]
    perm.insert(to, d)
    return roles.permute(x, tuple(perm))


def batch_func(
    func: Func, axis: BatchAxis, mapped: tuple[bool, ...], force: tuple[bool, ...] | None = None
) -> tuple[Func, tuple[bool, ...]]:
    """The Func over one more leading axis of the mapped inputs; which outputs have it (those of `force` at least)."""
    return _batch_func(func, axis, mapped, force or (False,) * len(func.outputs), context().axes)


@lru_cache(1024)
def _batch_func(
    func: Func, axis: BatchAxis, mapped: tuple[bool, ...], force: tuple[bool, ...], axes: Any
) -> tuple[Func, tuple[bool, ...]]:
    stage = Stage(current())
    xs = [
        stage.fresh(a.like(shape=(axis.size, *a.shape)) if on else a)
        for a, on in zip(func.in_avals, mapped, strict=True)
    ]
    with running(stage):
        ys, ds = batch(lambda *args: evaluate_func(func, args), axis, xs, [0 if on else None for on in mapped])
        ys = [move_to(y, d, 0, axis) if d is not None or on else y for y, d, on in zip(ys, ds, force, strict=True)]
    out, captured = stage.close(xs, ys)
    if captured:
        raise errors.InternalError("a Func's batched form captured a value")
    return out, tuple(d is not None or on for d, on in zip(ds, force, strict=True))
