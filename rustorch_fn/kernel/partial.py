"""A long running fold that few loops wait for, cut into parts that threads can share.

First each part is folded; then every part runs on its own, from the fold of the parts before it. How it is cut
depends on extents alone, so results do not depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from .expr import (
    Axis,
    Buffer,
    Expr,
    Monoid,
    add,
    axis,
    compare,
    const,
    fold,
    index,
    load,
    mul,
    rebuild,
    running,
    select,
    substitute,
)  # fmt: skip
from .nest import Nest, Store, runs, walk

# elements from which a running fold is cut, and into how many parts
LARGE = 1 << 18
PARTS = 64
# loops with this many units are shared as they are
UNITS = 16


def in_parts(nest: Nest) -> tuple[tuple[Nest, ...], tuple[Buffer, ...]] | None:
    """The nests that do the work of one with a long running fold, and the buffers between them; None for others."""
    carried = runs(nest)
    if not carried:
        return None
    ((along, group),) = carried.items()
    others = tuple(a for a in nest.axes if a is not along)
    units = prod(a.extent for a in others)
    if along.extent * units < LARGE or units >= UNITS or any(len(e.args) > 1 for e in group):
        return None
    size = -(-along.extent // (64 * PARTS)) * 64
    while along.extent % size < 2:
        # there always is a rest, and it is a loop: one kernel whether or not a size divides
        size += 2
    return _Parts(nest, along, others, size, group).nests()


class _Parts:
    """One nest being cut: `parts` of equal size, and a rest."""

    def __init__(self, nest: Nest, along: Axis, others: Sequence[Axis], size: int, group: Sequence[Expr]) -> None:
        count = along.extent // size
        self.nest, self.along, self.others, self.group = nest, along, tuple(others), group
        self.parts, self.inner = Axis(count, "part"), Axis(size, along.name)
        self.edge = Axis(along.extent - count * size, along.name)
        self.by = {along: add(mul(axis(self.parts), index(size)), axis(self.inner))}
        self.end = {along: add(index(count * size), axis(self.edge))}
        self.temps: list[Buffer] = []

    def nests(self) -> tuple[tuple[Nest, ...], tuple[Buffer, ...]]:
        """The folds of the parts, then the parts, then the rest; the rest first where the fold begins at the end."""
        totals: list[Store] = []
        rests: list[Store] = []
        starts, ends = dict[Expr, Expr | None](), dict[Expr, Expr | None]()
        for e in self.group:
            monoid, _, reverse = e.attr
            starts[e], ends[e] = self.sums(e, monoid, reverse, totals, rests)
        before = [Nest((self.parts, *self.others), tuple(totals))]
        if rests:
            before.append(Nest(self.others, tuple(rests)))
        main = self.part(self.by, self.inner, starts, (self.parts, self.inner))
        last = self.part(self.end, self.edge, ends, (self.edge,))
        return (*before, main, last), tuple(self.temps)

    def sums(
        self, e: Expr, monoid: Monoid, reverse: bool, totals: list[Store], rests: list[Store]
    ) -> tuple[Expr, Expr | None]:
        """What each part starts from, and what the rest does; stores of what these are made of."""
        x, (neutral,) = e.args[0], monoid.init((e.dtype,))
        at, size = index(0), 1
        for a in reversed(self.others):
            at, size = add(mul(axis(a), index(size)), at), size * a.extent
        sums = Buffer(f"part{len(self.temps)}", e.dtype, size * self.parts.extent)
        self.temps.append(sums)
        whole = fold(monoid, (self.inner,), (substitute(x, self.by),))
        totals.append(Store(sums, add(mul(axis(self.parts), index(size)), at), whole))
        over = Axis(self.parts.extent, "before")
        held = load(sums, add(mul(axis(over), index(size)), at))
        wanted = compare("gt" if reverse else "lt", axis(over), axis(self.parts))
        start = fold(monoid, (over,), (select(wanted, held, const(neutral, e.dtype)),))
        if not reverse:
            return start, fold(monoid, (over,), (held,))
        rest = Buffer(f"part{len(self.temps)}", e.dtype, size)
        self.temps.append(rest)
        rests.append(Store(rest, at, fold(monoid, (self.edge,), (substitute(x, self.end),))))
        return monoid.combine((load(rest, at),), (start,))[0], None

    def part(
        self, by: Mapping[Axis, Expr], along: Axis, starts: Mapping[Expr, Expr | None], axes: tuple[Axis, ...]
    ) -> Nest:
        """The nest with its running folds over a part."""
        known: dict[Expr, Expr] = {}
        for e in walk([p for s in self.nest.stores for p in s.parts]):
            if e.op == "running":
                monoid, _, reverse = e.attr
                known[e] = running(monoid, along, known[e.args[0]], starts[e], reverse)
            else:
                args = tuple(known[a] for a in e.args)
                known[e] = by.get(e.attr, e) if e.op == "axis" else e if args == e.args else rebuild(e, args)
        return Nest((*axes, *self.others), tuple(s.on(known) for s in self.nest.stores))
