"""Running folds: a loop carries what is summed so far, and a vector along the loop is summed in registers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from rustorch_fn.kernel.expr import FLOATS, Axis, Expr, Monoid

from . import words
from .folds import placeholder
from .regions import Carried, Names, Region
from .words import Module, literal, many, register


class Values(Protocol):
    """What a running fold needs of the printer."""

    module: Module
    stack: list[Region]

    def lanes(self, e: Expr) -> int: ...

    def operand(self, e: Expr, lanes: int) -> str: ...

    def value(self, e: Expr) -> str: ...


class Running:
    """What the loop along one axis carries for the running folds of `group`."""

    def __init__(self, printer: Values, group: Sequence[Expr]) -> None:
        self.p, self.group = printer, group

    def starts(self) -> Carried:
        """The first values, before the loop is open: scalars, or vectors where another axis runs as one."""
        carried = []
        for e in self.group:
            lanes = self.p.lanes(e)
            x = self.p.operand(e.args[1], lanes) if len(e.args) > 1 else literal(neutral(e), e.dtype, lanes)
            carried.append((register(e.dtype, lanes), x))
        return carried

    def open(self, values: Names) -> None:
        """Take what is carried into the loop's new region."""
        self.p.stack[-1].memo.update(zip((("sofar", e) for e in self.group), values, strict=True))

    def close(self) -> Names:
        """What the next turn starts from."""
        region = self.p.stack[-1]
        for e in self.group:
            self.p.value(e)
        return [region.memo["next", e] for e in self.group]

    def emit(self, e: Expr, home: Region) -> str:
        """One step (or one vector of steps) of a running fold."""
        monoid, along, reverse = e.attr
        lanes, sofar = self.p.lanes(e), home.memo["sofar", e]
        x = self.p.operand(e.args[0], lanes)
        if not lanes or home.lanes != lanes or home.axis is not along:
            out = home.memo["next", e] = self.combined(monoid, e, sofar, x, lanes, home)
            return out
        kind = words.REGISTER[e.dtype]
        whole = many(kind, lanes)
        none = literal(neutral(e), e.dtype, lanes)
        if reverse and home.mask is not None:
            # what lies behind the end comes first
            x = home.select(home.mask, x, none, kind, lanes)
        by = 1
        while by < lanes:
            which = [i + by if reverse else lanes + i - by for i in range(lanes)]
            pair = f"{whole} {x}, {whole} {none}" if reverse else f"{whole} {none}, {whole} {x}"
            picked = ", ".join(f"i32 {i}" for i in which)
            before = home.let(f"shufflevector {pair}, <{lanes} x i32> <{picked}>")
            x, by = self.combined(monoid, e, before, x, lanes, home), 2 * by
        total = home.let(f"extractelement {whole} {x}, i64 {0 if reverse else lanes - 1}")
        # the chain from turn to turn is one scalar word
        home.memo["next", e] = self.combined(monoid, e, sofar, total, 0, home)
        return self.combined(monoid, e, home.splat(sofar, kind, lanes), x, lanes, home)

    def combined(self, monoid: Monoid, e: Expr, left: str, right: str, lanes: int, home: Region) -> str:
        """monoid.combine on values that are known by name."""
        axis = Axis(2, "pair")
        x, y = (placeholder(e.dtype, frozenset((axis,))) for _ in range(2))
        region = Region(self.p.module, home.label, axis, "0", lanes)
        region.memo.update({x: left, y: right})
        (out,) = monoid.combine((x,), (y,))
        self.p.stack.append(region)
        name = self.p.operand(out, lanes)
        self.p.stack.pop()
        home.lines += region.lines
        home.label = region.label
        return name


def neutral(e: Expr) -> Any:
    """What changes no value of a running fold."""
    (value,) = e.attr[0].init((e.dtype,))
    # -0 changes not even a -0, and moves into vectors faster than 0
    return -0.0 if e.dtype in FLOATS and value == 0 else value
