"""Prints a scheduled nest as text LLVM IR that does not depend on shapes.

Every value is emitted in the outermost open loop at which all that it varies over is bound, so
loop-invariant motion and sharing need no pass. Numbers of the nest (extents, strides, divisors,
params) are read from the context, so nests that differ only in those print the same text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from rustorch_fn.kernel.expr import BYTES, FLOATS, INDEX, Axis, Buffer, Expr, Monoid, linear
from rustorch_fn.kernel.machine import Machine
from rustorch_fn.kernel.nest import Nest, Store, nodes, ordered, overwrites, runs
from rustorch_fn.kernel.schedule import Schedule, schedule

from . import words
from .access import Access
from .branches import branch, is_rare, worth_branch
from .folds import Fold, placeholder
from .regions import Names, Region
from .running import Running
from .words import literal, many


@dataclass(frozen=True, slots=True)
class Kernel:
    """One compiled form of a nest: its text, and what a launch of it must pass.

    The function is `k_<key>`; `buffers` and `ctx` are its arguments in order; `extent` counts the units
    of its parallel axis, `grain` is the least number of them worth a thread, `work` estimates nanoseconds.
    """

    text: str
    key: str
    buffers: tuple[Buffer, ...]
    ctx: tuple[int, ...]
    extent: int
    grain: int
    work: float
    overwrites: tuple[tuple[Buffer, Buffer], ...] = ()  # (stored, loaded) pairs that may be one place


def compile_nest(nest: Nest, machine: Machine) -> Kernel:
    """The kernel of a nest that `plan_nest` has passed."""
    plan = schedule(nest, machine)
    return Printer(plan, machine).kernel()


class Printer(Access):
    """One nest as one function."""

    def __init__(self, plan: Schedule, machine: Machine) -> None:
        super().__init__(plan, machine)
        self.together: dict[tuple[Axis, ...], list[Expr]] = {}
        self.rare = [e for e in nodes(plan.nest) if is_rare(e)]
        for e in nodes(plan.nest):
            if e.op == "fold":
                self.together.setdefault(e.attr[1], []).append(e)
        self.running = {axis: Running(self, group) for axis, group in runs(plan.nest).items()}

    def kernel(self) -> Kernel:
        plan = self.plan
        self.level(0, plan.nest.stores)
        self.root.put("ret i64 0")
        outside = [*sorted(self.module.declared.values()), *self.module.defined.values()]
        body = "\n".join(["entry:", *self.root.lines, "}", *outside, ""])
        head = f"; {self.machine.name}\ndefine i64 @k_%s(ptr %%bufs, ptr %%ctx, i64 %%begin, i64 %%end) nounwind {{\n"
        key = hashlib.sha256((head + body).encode()).hexdigest()[:32]
        first = plan.order[0] if plan.order else None
        lanes = plan.lanes.get(first, 1) if first else 1
        extent = -(-first.extent // lanes) if first else 1
        serial = first in (*ordered(plan.nest), *self.running)
        grain = extent if serial else max(lanes, int(extent * 20_000 / max(plan.work, 1.0)))
        # a turned block reads ahead of what it stores
        over = () if plan.tile else overwrites(plan.nest)
        return Kernel(head % key + body, key, tuple(self.buffers), tuple(self.ctx), extent, grain, plan.work, over)

    def level(self, depth: int, stores: Sequence[Store]) -> None:
        """The loops from `depth` inwards, around the stores that need them."""
        if depth == len(self.plan.order):
            for s in stores:
                self.store(s)
            return
        axis = self.plan.order[depth]
        if axis is self.plan.tile:
            self.tiles(depth, stores)
            return
        if axis is self.plan.woven and self.stack[-1].lanes and self.stack[-1].mask is None:
            self.weave(axis, stores)
            return
        if outside := [s for s in stores if axis not in s.axes]:
            self.level(depth + 1, outside)
        if inside := [s for s in stores if axis in s.axes]:
            running = self.running.get(axis)

            def body(values: Names) -> Names:
                if running is not None:
                    running.open(values)
                self.level(depth + 1, inside)
                return [] if running is None else running.close()

            carried = [] if running is None else running.starts()
            self.over(axis, self.plan.lanes.get(axis, 0), carried, body, parallel=depth == 0)

    def tiles(self, depth: int, stores: Sequence[Store]) -> None:
        """Two loops in square blocks; reads along the outer one are turned a block at a time."""
        axis, along = self.plan.order[depth : depth + 2]
        n = self.plan.lanes[along]
        lo, hi = ("0", self.extent(axis)) if depth else ("%begin", "%end")

        def block(_: Names) -> Names:
            here = self.stack[-1]
            following = here.op("add", "i64", here.at, str(n))
            end = here.select(here.op("icmp slt", "i64", following, hi), following, hi, "i64", 0)
            # the last block reads from further back, so that it is whole
            last = self.root.op("sub", "i64", self.extent(axis), str(n))
            start = here.select(here.op("icmp slt", "i64", here.at, last), here.at, last, "i64", 0)

            def one(_: Names) -> Names:
                self.level(depth + 2, stores)
                return []

            def row(_: Names) -> Names:
                if self.stack[-1].lanes:
                    self.turned = {e: self.turn(e, axis, along, start) for e in self.crosswise(axis, along)}
                self.loop(axis, here.at, end, 1, 0, [], one, False)
                self.turned = {}
                return []

            return self.over(along, n, [], row)

        self.loop(Axis(axis.extent, "block"), lo, hi, n, 0, [], block, False)

    def value(self, e: Expr) -> str:
        """The name of e's value, emitted where it belongs if it is not known yet."""
        if e.op == "const":
            return literal(e.attr, e.dtype)
        name = self.home(e).memo.get(e)
        if name is not None:
            return name
        # an explicit stack, as expressions may nest deeper than Python may
        stack = [e]
        while stack:
            x = stack[-1]
            home = self.home(x)
            if x in home.memo:
                stack.pop()
            elif missing := [a for a in self.needs(x) if a.op != "const" and a not in self.home(a).memo]:
                stack += missing
            else:
                home.memo[x] = self.emit(x, home)
                stack.pop()
        return self.home(e).memo[e]

    def needs(self, e: Expr) -> Sequence[Expr]:
        """The operands of a node that are values of their own; folds and addresses see to theirs."""
        if e.op == "load":
            return e.args[1:]
        if e.op == "fold" or e in self.plan.kept or e.is_index or (e.op == "convert" and e.args[0].is_index):
            return ()
        return e.args[::2] if is_rare(e) else e.args

    def recall(self, e: Expr, home: Region, lanes: int) -> str:
        """A value that a fold has left in a row."""
        there, made = self.plan.kept[e]
        self.value(made)
        (along,) = e.axes - there.axes
        at = next(r.at for r in self.stack if r.axis is along)
        kind = many(words.REGISTER[e.dtype], lanes)
        return home.let(f"load {kind}, ptr {self.place(there, home, at)}, align {BYTES[e.dtype]}")

    def operand(self, e: Expr, lanes: int) -> str:
        """e's value as a vector of `lanes` (a scalar for 0)."""
        if lanes == self.lanes(e):
            return self.value(e)
        if e.op == "const":
            return literal(e.attr, e.dtype, lanes)
        return self.spread(self.home(e), self.value(e), words.REGISTER[e.dtype], lanes)

    def emit(self, e: Expr, home: Region) -> str:
        lanes = self.lanes(e)
        if e in self.plan.kept:
            return self.recall(e, home, lanes)
        if e.dtype == INDEX and e.is_index:
            return self.position(e, home, lanes)
        match e.op:
            case "param":
                return self.param(e)
            case "load":
                return self.load(e, home, lanes)
            case "fold":
                return self.fold(e, home)
            case "running":
                return self.running[e.attr[1]].emit(e, home)
            case "convert":
                return self.convert(e, home, lanes)
            case "bitcast":
                x = e.args[0]
                return words.bitcast(home, self.operand(x, lanes), x.dtype, e.dtype, lanes)
            case "select":
                if is_rare(e) and worth_branch(self, e, home):
                    return branch(self, e, home, self.rare)
                c, x, y = e.args
                of = self.lanes(c)
                kind = words.REGISTER[e.dtype]
                return home.select(self.value(c), self.operand(x, lanes), self.operand(y, lanes), kind, lanes, of)
            case "fma" if e.attr == "loose" and not self.machine.fma:
                *factors, term = [self.operand(a, lanes) for a in e.args]
                product = words.say(home, "mul", e.dtype, factors, lanes)
                return words.say(home, "add", e.dtype, [product, term], lanes)
        inner = e.args[0].dtype
        if lanes and inner == INDEX and e.dtype == "bool" and (mask := self.relation(e, home, lanes)):
            return mask
        args = [self.bound(a, lanes) if inner == INDEX else self.operand(a, lanes) for a in e.args]
        if inner == INDEX and not any(a.is_index for a in e.args):
            args = [self.operand(a, lanes) for a in e.args]
        return words.say(home, e.op, inner, args, lanes, self.machine.fma)

    def convert(self, e: Expr, home: Region, lanes: int) -> str:
        (x,) = e.args
        if lanes and x.dtype == INDEX and x.is_index and e.dtype in words.REGISTER and e.dtype not in FLOATS:
            return self.position(x, home, lanes, words.REGISTER[e.dtype])
        return words.convert(home, self.operand(x, lanes), x.dtype, e.dtype, lanes)

    def weave(self, axis: Axis, stores: Sequence[Store]) -> None:
        """All steps of a short axis at once, their lanes woven into whole vectors of neighbours."""
        here, n = self.stack[-1], axis.extent
        lanes = here.lanes

        def values(_: Names) -> Names:
            home = self.stack[-1]
            return [words.pack(home, self.operand(s.value, lanes), s.buffer.dtype, lanes) for s in stores]

        parts = [self.at(axis, k, [], values) for k in range(n)]
        for s, xs in zip(stores, zip(*parts, strict=True), strict=True):
            constant, terms = linear(s.index)
            kind, align = words.MEMORY[s.buffer.dtype], BYTES[s.buffer.dtype]
            at = self.pointer(s.buffer, constant, {a: k for a, k in self.starts(terms).items() if a.attr is not axis})
            for m in range(n):
                place = here.let(f"getelementptr {kind}, ptr {at}, i64 {m * lanes}")
                x = words.woven(here, xs, m * lanes, kind, lanes)
                here.put(f"store {many(kind, lanes)} {x}, ptr {place}, align {align}")

    def store(self, s: Store) -> None:
        home, buffer, dtype = self.stack[-1], s.buffer, s.buffer.dtype
        region = next((r for r in self.stack if r.lanes and r.axis in s.axes), None)
        lanes = region.lanes if region else 0
        kind, align = words.MEMORY[dtype], BYTES[dtype]
        constant, terms = linear(s.index)
        x = self.operand(s.value, lanes)
        at = self.pointer(buffer, constant, self.starts(terms))
        if not lanes:
            if s.guard is not None:
                trash = self.root.memo.setdefault("trash", "") or self.root.let("alloca i64, align 8")
                self.root.memo["trash"] = trash
                at = home.let(f"select i1 {self.value(s.guard)}, ptr {at}, ptr {trash}")
            if s.into is not None:
                x = self.combined(s, s.into, home.let(f"load {kind}, ptr {at}, align {align}"), x, home, 0)
            home.put(f"store {kind} {words.pack(home, x, dtype, 0)}, ptr {at}, align {align}")
            return
        mask, whole = self.mask(s, s.guard, home, lanes), many(kind, lanes)
        if s.into is not None:
            x = self.combined(s, s.into, self.fetch(buffer, at, terms, mask, home, lanes), x, home, lanes)
        x = words.pack(home, x, dtype, lanes)
        if not self.unit(terms):
            where = self.pointers(buffer, at, terms, home, lanes)
            name = f"llvm.masked.scatter.{words.mangle(kind, lanes)}.v{lanes}p0"
            args = ((whole, x), (f"{many('ptr', lanes)} align {align}", where))
            home.call(name, "void", *args, (many("i1", lanes), mask or "splat (i1 true)"))
        elif mask is None:
            home.put(f"store {whole} {x}, ptr {at}, align {align}")
        else:
            name = f"llvm.masked.store.{words.mangle(kind, lanes)}.p0"
            home.call(name, "void", (whole, x), (f"ptr align {align}", at), (many("i1", lanes), mask))

    def combined(self, s: Store, into: Monoid, held: str, x: str, home: Region, lanes: int) -> str:
        """What a place holds, combined with a value for it."""
        dtype = s.buffer.dtype
        old, new = (placeholder(dtype, s.axes) for _ in range(2))
        self.home(old).memo.update({old: words.widen(home, held, dtype, lanes), new: x})
        return self.operand(into.combine((old,), (new,))[0], lanes)

    def fold(self, e: Expr, home: Region) -> str:
        """Run the loop of a fold, together with all folds that can share it."""
        saved = self.stack
        self.stack = saved[: saved.index(home) + 1]
        group = [f for f in self.together[e.attr[1]] if f not in home.memo and self.shares(f, e, home)]
        Fold(self, group).run()
        self.stack = saved
        return home.memo[e]

    def shares(self, other: Expr, e: Expr, home: Region) -> bool:
        bound = {r.axis for r in self.stack}
        return other.axes <= bound and self.home(other) is home and self.vector(other) is self.vector(e)
