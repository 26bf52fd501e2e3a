"""How a nest runs: the order of its loops, and which axes run as vectors of how many lanes.

A schedule is data: the printer of a target follows it and adds no decision of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, log2, prod

from .expr import BYTES, FLOATS, INDEX, Axis, Expr, axis, linear, substitute
from .machine import Machine
from .nest import Nest, Store, nodes, ordered, runs, steps, walk
from .simplify import simplify

SHORT = 128  # rows and columns below this run in single vectors
LOOPS = 32  # axes from here on are loops with a rest, whatever their size

# bytes of a row of values that stay in the nearest cache until they are read again
ROW = 1 << 14
# words that the written-out steps of a fold have together at most
UNROLL = 160
# words of a body that is printed once only
HEAVY = 64
# words that the bodies of a woven axis have together at most
WEAVE = 160


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """What the printer of a target follows.

    `order`: the nest's loops from the outside in; the first is the parallel one.
    `folds`: the loop order of the axes of folds.
    `lanes`: the axes that run as vectors; a fold's axis does so only where the fold is not part of a vector already.
    `short`: axes of folds that run step by step without a loop.
    `heavy`: vector axes with so large a body that it is printed once, all of it under a mask.
    `tile`: the loop just outside the vector axis that runs in blocks, so that reads along it are turned in registers.
    `woven`: the short loop inside the vector axis whose vectors are woven into one another before they are stored.
    `backward`: the loop of running folds that begin at its end.
    `kept`: values that are read back from the row of values that a fold computed: each with its value there and
    that fold.
    `masks`: the rest of a vector axis runs under a mask, not one by one.
    `work`: an estimate in nanoseconds.
    """

    nest: Nest
    order: tuple[Axis, ...]
    folds: Mapping[tuple[Axis, ...], tuple[Axis, ...]]
    lanes: Mapping[Axis, int]
    short: frozenset[Axis]
    heavy: frozenset[Axis]
    tile: Axis | None
    woven: Axis | None
    backward: frozenset[Axis]
    kept: Mapping[Expr, tuple[Expr, Expr]]
    masks: bool
    work: float

    def __str__(self) -> str:
        def name(a: Axis) -> str:
            return f"{a!r}/{self.lanes[a]}" if a in self.lanes else repr(a)

        rows = [f"fold {', '.join(map(name, f))}" for f in self.folds.values()]
        return "\n".join([f"for {', '.join(map(name, self.order))}  # {self.work:.0f} ns", *rows])


def schedule(nest: Nest, machine: Machine) -> Schedule:
    """The loops for a nest, by one estimate of what each choice costs."""
    nest = simplify(nest)
    cost = Cost(nest, machine)
    inner = {f: min(f, key=lambda a: cost.folding(f, a)) for f in cost.folds}
    free = [a for a in nest.axes if a not in cost.ordered]
    along = min([*reversed(cost.by_stride(free)), None], key=lambda v: cost.total(v, inner))
    # what may meet one place twice goes outside, in its own order and on one thread; what a loop carries goes inside
    order = (*cost.ordered, *cost.order([a for a in free if a not in cost.runs], along), *cost.runs)
    lanes = {a: cost.lanes(a, True) for a in inner.values()}
    tile = woven = None
    if along is not None:
        lanes[along] = cost.lanes(along, False)
        tile = None if cost.ordered else cost.tile(along)
        if tile is not None:
            order = (*(a for a in order if a not in (tile, along)), tile, along)
            lanes[along] = cost.side(along)
        elif (woven := cost.woven(along)) is not None:
            order = (*(a for a in order if a not in (woven, along)), along, woven)
            lanes[along] = min(lanes[along], 2 * cost.width(along))
    loops = {f: (*(a for a in cost.by_stride(f) if a is not inner[f]), inner[f]) for f in inner}
    kept = {} if along is None else keep(nest, along)
    lanes = {a: n for a, n in lanes.items() if n > 1}
    heavy = frozenset() if tile or woven else frozenset(a for a in lanes if cost.heavy(a) and a not in cost.runs)
    backward = frozenset(a for a, group in cost.runs.items() if group[0].attr[2])
    work = cost.nanoseconds(along, inner)
    return Schedule(nest, order, loops, lanes, cost.short, heavy, tile, woven, backward, kept, cost.masks, work)


class Cost:
    """Estimates for one nest: instructions, of which each moves one vector or one number."""

    def __init__(self, nest: Nest, machine: Machine) -> None:
        self.nest, self.ordered, self.runs = nest, ordered(nest), runs(nest)
        everything = list(nodes(nest))
        self.folds = {e.attr[1]: None for e in everything if e.op == "fold"}
        self.reduces = [e for e in everything if e.op == "fold"]
        self.work = [e for e in everything if e.op not in ("const", "param", "axis") and not e.is_index]
        self.access = {e: steps(e.args[0]) for e in everything if e.op == "load"}
        self.sizes = [(e.axes, BYTES[e.dtype]) for e in self.work if not _addresses(e)]
        self.sizes += [(s.axes, BYTES[s.buffer.dtype]) for s in nest.stores]
        # a machine without masks for bytes takes what is left of them one by one
        self.masks = machine.masks and (machine.avx512bw or min(n for _, n in self.sizes) >= 4)
        self.short = self._short()
        self.exactly = False
        self.weaves: dict[Axis, Axis | None] = {}
        self.machine, self.widths = machine, dict[Axis, int]()
        self.everywhere = {a for a in nest.axes if all(a in s.axes for s in nest.stores)}
        self.tiles: dict[Axis, Axis | None] = {}

    def width(self, a: Axis) -> int:
        """The lanes of one register of the widest values that vary over a."""
        if a not in self.widths:
            self.widths[a] = self.machine.lanes(max((n for axes, n in self.sizes if a in axes), default=4))
        return self.widths[a]

    def side(self, a: Axis) -> int:
        """The lanes of a row of a tile."""
        return min(16, self.width(a))

    def body(self, a: Axis) -> int:
        """How many words vary over an axis."""
        return sum(prod(b.extent for b in e.axes & self.short - {a}) for e in self.work if a in e.axes)

    def heavy(self, a: Axis) -> bool:
        """Whether masks cost little beside the body of an axis, and keep no load from being whole."""
        whole = all(u[a] == 1 for u in self.access.values() if a in u)
        return self.masks and whole and self.body(a) >= HEAVY

    def lanes(self, a: Axis, inner: bool) -> int:
        """One register's worth or some, by the size of the body and by what waits; less for a short axis."""
        body = self.body(a)
        waiting = self.runs or any(a in e.axes and not self.short.issuperset(e.attr[1]) for e in self.reduces)
        if a in self.runs:
            unroll = 1
        elif waiting and not inner:
            # columns: each row is another page, of which a wide slab reads more at once
            unroll = 16 if body <= 4 else 4 if body <= 16 else 1
        elif inner:
            # running values wait for themselves
            unroll = 4 if body <= 8 else 2 if body <= 40 else 1
        else:
            unroll = 2 if body <= 4 else 1
        n = width = self.width(a)
        # one kernel for all longer axes, as a batch of another size is no reason to compile
        if self.often(a) if inner else waiting:
            while unroll > 1 and n < 256 and a.extent >= max(2 * n, SHORT):
                n, unroll = 2 * n, unroll // 2
        else:
            while unroll > 1 and n < 64 and a.extent >= LOOPS:
                n, unroll = 2 * n, unroll // 2
        while n > a.extent and a.extent < LOOPS:
            n //= 2
        return 2 * n if self.masks and n < a.extent and n < width else n

    def often(self, a: Axis) -> bool:
        """Whether folds along an axis run so often that it pays to be exact about its size, which is no batch then."""
        return any(a in e.attr[1] and prod(b.extent for b in e.axes) >= LOOPS for e in self.reduces)

    def _short(self) -> frozenset[Axis]:
        """Axes of small windows, whose steps are best written out one after another."""
        out: set[Axis] = set()
        for f in self.folds:
            few = [a for a in f if a.extent <= 4]
            body = sum(not e.axes.isdisjoint(few) for e in self.work)
            if body * prod(a.extent for a in few) <= UNROLL:
                out.update(few)
        return frozenset(out)

    def size(self, a: Axis) -> int:
        """How long an axis is, as choices see it: the same for all batches of about one size."""
        if self.exactly or a.extent < LOOPS:
            return a.extent
        out = 256
        while a.extent >= 16 * out:
            out *= 16
        return out

    def trips(self, axes: Iterable[Axis]) -> float:
        return prod(map(self.size, axes))

    def vectors(self, axes: Iterable[Axis], a: Axis) -> float:
        """How often something runs that varies over `axes` where axis a runs as vectors."""
        return self.trips(axes) / self.size(a) * -(-self.size(a) // self.width(a))

    def of(self, e: Expr, a: Axis | None) -> float:
        """The cost of one node along a."""
        if a is None or a not in e.axes:
            # each step of a running fold waits for the one before
            return self.trips(e.axes) * (4 * self.combining(e) if e.op == "running" else 1)
        if e.op == "running":
            return self.carrying(e, a)
        if e.op == "load" and a in e.args[0].axes and self.access[e].get(a) != 1:
            step = abs(self.access[e].get(a, 0))
            if 1 <= step <= 4:
                return 2 * step * self.vectors(e.axes, a)
            return self.trips(e.axes) * (0.3 if self.tile(a) in self.access[e] else 1.3)
        return self.vectors(e.axes, a)

    def carrying(self, e: Expr, a: Axis) -> float:
        """The cost of a running fold along a: in registers where the vector lies along the fold itself."""
        if a is not e.attr[1]:
            return self.vectors(e.axes, a)
        return self.vectors(e.axes, a) * self.combining(e) * (2 + 2 * log2(self.width(a)))

    def combining(self, e: Expr) -> int:
        """How many words put two values of a running fold together."""
        x = e.args[0]
        inside = set(walk([x, e]))
        return sum(y not in inside and y.op != "const" for y in walk(e.attr[0].combine((e,), (x,))))

    def folding(self, axes: tuple[Axis, ...], a: Axis) -> float:
        """The cost of the folds over `axes` if a is the one that runs as vectors."""
        inside = set(walk([x for e in self.reduces if e.attr[1] == axes for x in e.args]))
        return sum(self.of(e, a) for e in self.work if e in inside and not e.axes.isdisjoint(axes))

    def total(self, along: Axis | None, inner: Mapping[tuple[Axis, ...], Axis]) -> float:
        """The cost of everything if the stores run as vectors along an axis."""
        vectors = set(inner.values())
        total = 0.0
        for e in self.work:
            if along in e.axes:
                total += self.of(e, along)
            else:
                own = next((a for a in e.axes if a in vectors), None)
                total += self.of(e, own)
            if e.op == "fold" and along not in e.axes:
                total += 15 * self.trips(e.axes)
        return total + sum(self.storing(s, along) for s in self.nest.stores)

    def storing(self, s: Store, along: Axis | None) -> float:
        if along is None or along not in s.axes:
            return self.trips(s.axes)
        if steps(s.index).get(along) != 1 and self.woven(along) is None:
            return 2 * self.trips(s.axes)
        return self.vectors(s.axes, along)

    def nanoseconds(self, along: Axis | None, inner: Mapping[tuple[Axis, ...], Axis]) -> float:
        """How long all of it takes, at its very size."""
        self.exactly = True
        moved = sum(self.trips(e.axes) * BYTES[e.dtype] for e in self.work if e.op == "load")
        moved += sum(self.trips(s.axes) * BYTES[s.buffer.dtype] for s in self.nest.stores)
        return 0.125 * self.total(along, inner) + 0.02 * moved

    def tile(self, along: Axis) -> Axis | None:
        """An axis along which some reads have their neighbours in memory, while the vector runs along another."""
        if along not in self.tiles:
            self.tiles[along] = self._tile(along)
        return self.tiles[along]

    def _tile(self, along: Axis) -> Axis | None:
        side = self.side(along)
        if self.folds or self.runs or side < 4 or along.extent < side or along not in self.everywhere:
            return None
        for e in self.access:
            for a in self.access[e]:
                if a in self.everywhere and a.extent >= side and crosses(e, a, along):
                    return a
        return None

    def woven(self, along: Axis) -> Axis | None:
        """A short axis of neighbours in memory that all stores have between the steps of `along`."""
        if along not in self.weaves:
            self.weaves[along] = self._woven(along)
        return self.weaves[along]

    def _woven(self, along: Axis) -> Axis | None:
        if self.ordered or self.runs or along not in self.everywhere or along.extent < self.width(along):
            return None
        indices = [steps(s.index) for s in self.nest.stores if s.guard is None and s.into is None]
        for a in self.everywhere:
            fits = a.extent <= 4 and all(i.get(a) == 1 and i.get(along) == a.extent for i in indices)
            if fits and len(indices) == len(self.nest.stores) and a.extent * len(self.work) <= WEAVE:
                return a
        return None

    # --- orders ---

    def stride(self, a: Axis) -> float:
        """How far a step along a moves in memory, at most."""
        uses = [*(steps(s.index) for s in self.nest.stores), *self.access.values()]
        return max((abs(u[a]) for u in uses if a in u), default=0)

    def by_stride(self, axes: Iterable[Axis]) -> list[Axis]:
        """Large steps first."""
        stored = [steps(s.index) for s in self.nest.stores]

        def key(a: Axis) -> tuple[float, float]:
            return -max((abs(u[a]) for u in stored if a in u), default=inf), -self.stride(a)

        return sorted(axes, key=key)

    def order(self, axes: Sequence[Axis], along: Axis | None) -> tuple[Axis, ...]:
        """What folds vary over goes outside, so that no fold runs twice; the vector axis inside; else by stride."""
        weight = {a: sum(a in e.axes for e in self.reduces) for a in axes}
        everywhere = [a for a in axes if a in self.everywhere]
        rows = sorted(self.by_stride(axes), key=lambda a: (-weight[a], a is along))
        rows.sort(key=lambda a: a not in everywhere)
        if rows and self.units(rows[0], along) < 16:
            # too few units to share among threads
            peers = [a for a in everywhere if weight[a] == weight[rows[0]]]
            best = max(peers, key=lambda a: self.units(a, along), default=rows[0])
            if self.units(best, along) >= 4 * self.units(rows[0], along):
                rows.remove(best)
                rows.insert(0, best)
        return tuple(rows)

    def units(self, a: Axis, along: Axis | None) -> float:
        return self.size(a) / (4 * self.width(a)) if a is along else self.size(a)


def _addresses(e: Expr) -> bool:
    """Whether a value is an index made of an element: its width does not set that of the vectors."""
    return e.dtype == INDEX and e.op == "convert" and e.args[0].dtype not in FLOATS


def keep(nest: Nest, along: Axis) -> dict[Expr, tuple[Expr, Expr]]:
    """Costly values along the stores' vector axis that a fold over an equal axis computes too."""
    everything = dict.fromkeys(nodes(nest))
    kept: dict[Expr, tuple[Expr, Expr]] = {}
    for e in everything:
        if e.op == "fold" and len(e.attr[1]) == 1 and along not in e.axes and e.attr[1][0].extent == along.extent:
            (a,) = e.attr[1]
            stack, seen, memo = list(e.args), set[Expr](), dict[Expr, Expr]()
            while stack:
                x = stack.pop()
                if x in seen or a not in x.axes or x.op in ("load", "fold") or along.extent * BYTES[x.dtype] > ROW:
                    continue
                seen.add(x)
                there = substitute(x, {a: axis(along)}, memo)
                if there in everything and x.dtype != "bool" and e.axes <= there.axes and _is_costly(x, a):
                    kept.setdefault(there, (x, e))
                else:
                    stack += x.args
    return kept


def _is_costly(x: Expr, a: Axis) -> bool:
    """Whether a value takes 8 steps or more for each place on an axis."""
    steps = (y for y in walk([x]) if y.op not in ("const", "load") and a in y.axes and not y.is_index)
    return sum(1 for _ in itertools.islice(steps, 8)) == 8


def crosses(e: Expr, a: Axis, along: Axis) -> bool:
    """Whether a load's neighbours in memory lie along a, and none of its index but a number of steps along `along`."""
    if len(e.args) > 1:
        return False
    _, terms = linear(e.args[0])
    step = {atom.attr: k for atom, k in terms.items() if atom.op == "axis"}
    return len(step) == len(terms) and step.get(a) == 1 and step.get(along, 0) not in (0, 1)
