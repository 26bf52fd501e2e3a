"""Folds as loops that carry running values, shared by all folds that can run together."""

from __future__ import annotations

from typing import Protocol

from rustorch_fn.kernel.expr import BYTES, Axis, Expr, Monoid
from rustorch_fn.kernel.schedule import Schedule

from . import words
from .regions import Body, Carried, Names, Region
from .words import Module, literal, many, register


class Values(Protocol):
    """What a fold needs of the printer."""

    plan: Schedule
    module: Module
    stack: list[Region]

    def operand(self, e: Expr, lanes: int) -> str: ...

    def place(self, e: Expr, home: Region, at: str) -> str: ...

    def vector(self, e: Expr) -> Region | None: ...

    def each(self, axis: Axis, values: Names, body: Body) -> Names: ...

    def over(self, axis: Axis, lanes: int, carried: Carried, body: Body, parallel: bool = False) -> Names: ...


class Fold:
    """One loop, or loops, over the axes of some folds that no one of them needs another for."""

    def __init__(self, printer: Values, group: list[Expr]) -> None:
        self.p, self.group = printer, group
        self.home = printer.stack[-1]
        along = printer.vector(group[0])
        self.axes = printer.plan.folds[group[0].attr[1]]
        self.own = 0 if along else printer.plan.lanes.get(self.axes[-1], 0)
        self.lanes = self.own or (along.lanes if along else 0)
        self.sums: dict[tuple[Monoid, tuple[Expr, ...]], list[Expr]] = {}
        inner = frozenset((self.axes[-1], *((along.axis,) if along else ())))
        for f in group:
            key = (f.attr[0], f.args)
            if key not in self.sums:
                self.sums[key] = [placeholder(x.dtype, inner) for x in f.args]
        self.next = [x for (m, lifted), now in self.sums.items() for x in m.combine(tuple(now), lifted)]
        self.rows = dict.fromkeys(x for x, f in printer.plan.kept.values() if f in group)
        self.now = [x for now in self.sums.values() for x in now]

    def run(self) -> None:
        """Emit the loops and remember the result of each fold."""
        starts = [
            (v, x.dtype)
            for m, lifted in self.sums
            for v, x in zip(m.init(tuple(x.dtype for x in lifted)), lifted, strict=True)
        ]
        carried = [(register(d, self.lanes), literal(v, d, self.lanes)) for v, d in starts]
        split = self.own and not self.p.plan.masks
        if split:
            carried += [(register(d, 0), literal(v, d)) for v, d in starts]
        outs = self.level(0, carried)
        count, at = len(starts), 0
        for (monoid, lifted), now in self.sums.items():
            names = outs[at : at + len(now)]
            if self.own:
                names = self.across(monoid, now, names, self.own)
            if split:
                names = self.merge(monoid, now, names, outs[count + at : count + at + len(now)], 0)
            at += len(now)
            for f in self.group:
                if (f.attr[0], f.args) == (monoid, lifted):
                    self.home.memo[f] = names[f.attr[2]]

    def level(self, depth: int, carried: Carried) -> Names:
        if depth == len(self.axes):
            return self.step([x for _, x in carried])
        kinds = [kind for kind, _ in carried]
        axis = self.axes[depth]

        def body(values: Names) -> Names:
            return self.level(depth + 1, list(zip(kinds, values, strict=True)))

        lanes = self.own if depth == len(self.axes) - 1 else 0
        if not lanes and axis in self.p.plan.short:
            return self.p.each(axis, [x for _, x in carried], body)
        return self.p.over(axis, lanes, carried, body)

    def step(self, values: Names) -> Names:
        """Take one more element (or one more vector of them) into the running values."""
        region = self.p.stack[-1]
        count, lanes = len(self.now), self.lanes
        here = values[:count]
        if self.own and not region.lanes:
            here, lanes = values[count:], 0
        region.memo.update(zip(self.now, here, strict=True))
        outs = [self.p.operand(x, lanes) for x in self.next]
        for e in self.rows:
            kind, at = register(e.dtype, lanes), self.p.place(e, region, region.at)
            region.put(f"store {kind} {self.p.operand(e, lanes)}, ptr {at}, align {BYTES[e.dtype]}")
        if region.mask is not None:
            outs = [
                region.select(region.mask, new, old, words.REGISTER[x.dtype], lanes)
                for new, old, x in zip(outs, here, self.now, strict=True)
            ]
        if len(values) == count:
            return outs
        return values[:count] + outs if not lanes else outs + values[count:]

    def across(self, monoid: Monoid, like: list[Expr], names: Names, lanes: int) -> Names:
        """The lanes of vectors combined into one value, by halves."""
        while lanes > 1:
            lanes //= 2
            low, high = ([self.half(n, x, lanes, s) for n, x in zip(names, like, strict=True)] for s in (0, lanes))
            names = self.merge(monoid, like, low, high, lanes if lanes > 1 else 0)
        return names

    def half(self, name: str, like: Expr, lanes: int, start: int) -> str:
        kind = words.REGISTER[like.dtype]
        whole = many(kind, 2 * lanes)
        if lanes == 1:
            return self.home.let(f"extractelement {whole} {name}, i64 {start}")
        which = ", ".join(f"i32 {start + i}" for i in range(lanes))
        return self.home.let(f"shufflevector {whole} {name}, {whole} poison, <{lanes} x i32> <{which}>")

    def merge(self, monoid: Monoid, like: list[Expr], left: Names, right: Names, lanes: int) -> Names:
        """monoid.combine on values that are known by name."""
        axis = Axis(2, "half")
        xs, ys = ([placeholder(x.dtype, frozenset((axis,))) for x in like] for _ in range(2))
        region = Region(self.p.module, self.home.label, axis, "0", lanes)
        region.memo.update(zip([*xs, *ys], [*left, *right], strict=True))
        outs = monoid.combine(tuple(xs), tuple(ys))
        self.p.stack.append(region)
        names = [self.p.operand(x, lanes) for x in outs]
        self.p.stack.pop()
        self.home.lines += region.lines
        return names


def placeholder(dtype: str, axes: frozenset[Axis]) -> Expr:
    """A node that stands for a value known by name in the region of `axes`."""
    e = object.__new__(Expr)
    e.op, e.args, e.attr, e.dtype = "known", (), None, dtype
    e.is_index, e._axes, e._linear = False, axes, None
    return e
