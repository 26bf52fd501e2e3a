"""Before a nest is scheduled: work that threads could not share is cut into nests that they can."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod

from .expr import Axis, Buffer, Expr, Monoid, add, axis, fold, index, load, mul, rebuild, substitute
from .nest import Nest, Store, nodes, steps, walk
from .partial import in_parts
from .simplify import simplify

# a fold of fewer elements than this is done by one thread
LARGE = 1 << 18
# into how many parts a larger one is cut; about as many for all sizes, so that they share kernels
PARTS = 64
# loops with this many units are shared as they are
UNITS = 16


def plan_nest(nest: Nest) -> tuple[tuple[Nest, ...], tuple[Buffer, ...]]:
    """The nests that do the work of one, in order, and the buffers that only they know.

    How work is cut depends on extents alone, so results do not depend on the number of threads.
    """
    nest = simplify(nest)
    if (running := in_parts(nest)) is not None:
        return running
    cuts = _Cuts(nest)
    return (*cuts.before, *_apart(cuts.after)), tuple(cuts.temps)


@dataclass
class _Part:
    """Folds over the same axes that are cut in the same way."""

    parts: Axis
    rest: int
    by: dict[Axis, Expr]
    end: dict[Axis, Expr]
    inner: tuple[Axis, ...]
    edge: tuple[Axis, ...]
    free: tuple[Axis, ...]
    stores: list[Store] = field(default_factory=list)
    known: dict[tuple[Monoid, tuple[Expr, ...]], list[Expr]] = field(default_factory=dict)


class _Cuts:
    """Large folds that few loop iterations wait for become partial folds over parts, then a short fold over those."""

    def __init__(self, nest: Nest) -> None:
        self.temps: list[Buffer] = []
        self.groups: dict[tuple[tuple[Axis, ...], frozenset[Axis]], _Part | None] = {}
        done: dict[Expr, Expr] = {}
        self.nest = nest
        for e in nodes(nest):
            args = tuple(done[a] for a in e.args)
            done[e] = self.cut(e, args) if e.op == "fold" else e if args == e.args else rebuild(e, args)
        self.after = Nest(nest.axes, tuple(s.on(done) for s in nest.stores)) if any(self.groups.values()) else nest
        made = [g for g in self.groups.values() if g is not None]
        self.before = [Nest((g.parts, *g.free), tuple(g.stores)) for g in made]

    def cut(self, e: Expr, lifted: tuple[Expr, ...]) -> Expr:
        monoid, axes, which = e.attr
        whole = fold(monoid, axes, lifted, which)
        key = (axes, e.axes)
        if key not in self.groups:
            self.groups[key] = self.group(axes, e.axes, e)
        group = self.groups[key]
        if group is None:
            return whole
        if (monoid, lifted) not in group.known:
            group.known[monoid, lifted] = self.combined(group, monoid, lifted)
        return group.known[monoid, lifted][int(which)]

    def group(self, axes: tuple[Axis, ...], free: frozenset[Axis], e: Expr) -> _Part | None:
        """How to cut folds over `axes`, or None where that does not pay."""
        total = prod(a.extent for a in axes) * prod(a.extent for a in free)
        if total < LARGE or not free <= set(self.nest.axes):
            return None
        strides = [steps(x.args[0]) for x in walk(e.args) if x.op == "load"]
        units = prod(a.extent for a in free)
        if any(s.get(a) == 1 for s in strides for a in free) and not any(s.get(a) == 1 for s in strides for a in axes):
            units //= 64
        if units >= UNITS:
            return None
        long = [a for a in axes if a.extent >= PARTS] or [max(axes, key=lambda a: a.extent)]
        a = max(long, key=lambda a: max((abs(s.get(a, 0)) for s in strides), default=0))
        size = -(-a.extent // PARTS)
        if size >= 64:
            size = -(-size // 64) * 64
        while a.extent % size < 2 and size < a.extent:
            # there always is a rest, and it is a loop: one kernel whether or not a size divides
            size += 2
        count = a.extent // size
        if count < 2:
            return None
        parts, inner, edge = Axis(count, "part"), Axis(size, a.name), Axis(a.extent - count * size, a.name)
        others = tuple(b for b in axes if b is not a)
        return _Part(
            parts, edge.extent,
            {a: add(mul(axis(parts), index(size)), axis(inner))}, {a: add(index(count * size), axis(edge))},
            (*others, inner), (*others, edge), tuple(b for b in self.nest.axes if b in free),
        )  # fmt: skip

    def combined(self, g: _Part, monoid: Monoid, lifted: tuple[Expr, ...]) -> list[Expr]:
        """Stores of the partial folds, and the whole ones made from them."""
        at, size = index(0), 1
        for b in reversed((g.parts, *g.free)):
            at, size = add(mul(axis(b), index(size)), at), size * b.extent
        inside = [substitute(x, g.by) for x in lifted]
        loads = []
        for k, x in enumerate(lifted):
            buffer = Buffer(f"part{len(self.temps)}", x.dtype, size)
            self.temps.append(buffer)
            g.stores.append(Store(buffer, at, fold(monoid, g.inner, inside, k)))
            loads.append(load(buffer, at))
        # its own axis, as these loads may meet in a fold that varies over the parts of another
        over = Axis(g.parts.extent, "part")
        loads = [substitute(x, {g.parts: axis(over)}) for x in loads]
        out = [fold(monoid, (over,), loads, k) for k in range(len(lifted))]
        if g.rest:
            end = [substitute(x, g.end) for x in lifted]
            out = list(monoid.combine(tuple(out), tuple(fold(monoid, g.edge, end, k) for k in range(len(lifted)))))
        return out


def _apart(nest: Nest) -> Iterable[Nest]:
    """Stores that have a loop in common stay together, as one of these is shared among threads."""
    if _common(nest.stores) or len(nest.stores) == 1:
        yield nest
        return
    groups: list[list[Store]] = []
    for s in nest.stores:
        mine = next((g for g in groups if s.axes == g[0].axes or s.axes & _common(g)), None)
        if mine is None:
            groups.append([s])
        else:
            mine.append(s)
    # what reads a buffer in place must run before the nest that stores it
    reads = {id(g): {e.attr for e in walk([p for s in g for p in s.parts]) if e.op == "load"} for g in groups}
    groups.sort(key=lambda g: any(s.buffer in reads[id(h)] for s in g for h in groups if h is not g))
    for g in groups:
        used = frozenset().union(*(s.axes for s in g))
        yield Nest(tuple(a for a in nest.axes if a in used), tuple(g))


def _common(stores: Sequence[Store]) -> frozenset[Axis]:
    return frozenset.intersection(*(s.axes for s in stores))
