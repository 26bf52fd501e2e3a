"""Prints a scheduled nest as text LLVM IR that does not depend on shapes.

Every value is emitted in the outermost open loop at which all that it varies over is bound, so
loop-invariant motion and sharing need no pass. Numbers of the nest (extents, strides, divisors,
params) are read from the context, so nests that differ only in those print the same text.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rustorch_fn.kernel.expr import BYTES, FLOATS, INDEX, Axis, Buffer, Expr, Monoid, linear
from rustorch_fn.kernel.machine import Machine
from rustorch_fn.kernel.nest import Nest, Store, is_index, nodes, ordered
from rustorch_fn.kernel.simplify import Ranges
from rustorch_fn.kernel.schedule import Schedule, crosses, schedule

from . import words
from .tile import name, turned
from .words import Block, Module, literal, many, register

LIMIT = 1 << 30
NEAR = (-1, 2, 3, 4)
Names = list[str]
Body = Callable[[Names], Names]


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


def compile_nest(nest: Nest, machine: Machine) -> Kernel:
    """The kernel of a nest that `plan_nest` has passed."""
    plan = schedule(nest, machine)
    return Printer(plan, machine).kernel()


class Region(Block):
    """An open place in the text in which one more axis has a value (a vector of `lanes` values if not 0)."""

    def __init__(self, module: Module, label: str, axis: Axis | None, at: str = "", lanes: int = 0) -> None:
        super().__init__(module, label)
        self.axis, self.at, self.lanes = axis, at, lanes
        self.mask: str | None = None
        self.memo: dict[Any, str] = {}


class Printer:
    def __init__(self, plan: Schedule, machine: Machine) -> None:
        self.plan, self.machine = plan, machine
        self.module = Module()
        self.root = Region(self.module, "entry", None)
        self.stack = [self.root]
        self.slots: dict[Any, int] = {}
        self.ctx: list[int] = []
        self.buffers: dict[Buffer, int] = {}
        self.ranges = Ranges()
        self.turned: dict[Expr, tuple[str, str]] = {}
        self.together: dict[tuple[Axis, ...], list[Expr]] = {}
        for e in nodes(plan.nest):
            if e.op == "fold":
                self.together.setdefault(e.attr[1], []).append(e)

    def kernel(self) -> Kernel:
        plan = self.plan
        self.level(0, plan.nest.stores)
        self.root.put("ret i64 0")
        body = "\n".join([*self.root.lines, "}", *sorted(self.module.declared.values()), *self.module.defined.values(), ""])
        head = f"; {self.machine.name}\ndefine i64 @k_%s(ptr %%bufs, ptr %%ctx, i64 %%begin, i64 %%end) nounwind {{\nentry:\n"
        key = hashlib.sha256((head + body).encode()).hexdigest()[:32]
        first = plan.order[0] if plan.order else None
        lanes = plan.lanes.get(first, 1) if first else 1
        extent = -(-first.extent // lanes) if first else 1
        grain = extent if first in ordered(plan.nest) else max(lanes, int(extent * 20_000 / max(plan.work, 1.0)))
        return Kernel(head % key + body, key, tuple(self.buffers), tuple(self.ctx), extent, grain, plan.work)

    # --- loops ---

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
        if outside := [s for s in stores if axis not in s.axes]:
            self.level(depth + 1, outside)
        if inside := [s for s in stores if axis in s.axes]:

            def body(_: Names) -> Names:
                self.level(depth + 1, inside)
                return []

            self.over(axis, self.plan.lanes.get(axis, 0), [], body, parallel=depth == 0)

    def tiles(self, depth: int, stores: Sequence[Store]) -> None:
        """Two loops in square blocks; reads along the outer one are turned a block at a time."""
        axis, along = self.plan.order[depth : depth + 2]
        n = self.plan.lanes[along]
        lo, hi = ("0", self.number(axis.extent)) if depth else ("%begin", "%end")

        def block(_: Names) -> Names:
            here = self.stack[-1]
            following = here.op("add", "i64", here.at, str(n))
            end = here.select(here.op("icmp slt", "i64", following, hi), following, hi, "i64", 0)
            # the last block reads from further back, so that it is whole
            last = self.root.op("sub", "i64", self.number(axis.extent), str(n))
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

    def crosswise(self, axis: Axis, along: Axis) -> list[Expr]:
        return [e for e in nodes(self.plan.nest) if e.op == "load" and crosses(e, axis, along)]

    def turn(self, e: Expr, axis: Axis, along: Axis, start: str) -> tuple[str, str]:
        """The tile of a load's elements along both axes, and the value of `axis` where it begins."""
        here, n, buffer = self.stack[-1], self.plan.lanes[along], e.attr
        kind = words.MEMORY[e.dtype]
        constant, terms = linear(e.args[0])
        stride = next(k for a, k in terms.items() if a.attr is along)
        first = self.pointer(buffer, constant, {a: k for a, k in terms.items() if a.attr is not axis})
        first = self.shift(here, buffer, first, start)
        rows = here.op("sub", "i64", self.number(along.extent), here.at) if here.mask else str(n)
        tile = self.root.memo.get(("tile", e))
        if tile is None:
            tile = self.root.memo["tile", e] = self.root.let(f"alloca [{n * n} x {kind}], align 64")
            self.module.defined[name(kind, n)] = turned(kind, n)
        step = self.number(stride)
        here.put(f"call void @{name(kind, n)}(ptr {first}, i64 {step}, i64 {rows}, ptr {tile})")
        return tile, start

    def over(
        self, axis: Axis, lanes: int, carried: list[tuple[str, str]], body: Body, parallel: bool = False
    ) -> Names:
        """Run `body` for all of an axis: as scalars, or in vectors and then the rest."""
        if axis.extent == lanes:
            return self.once(axis, lanes, None, carried, body)
        if parallel and not lanes:
            return self.loop(axis, "%begin", "%end", 1, 0, carried, body, False)
        lo, hi = "0", self.number(axis.extent)
        if not lanes:
            return self.loop(axis, lo, hi, 1, 0, carried, body, False)
        if axis.extent < lanes:
            return self.once(axis, lanes, hi, carried, body)
        if parallel:
            lo = self.root.op("mul", "i64", "%begin", str(lanes))
            last = self.root.op("mul", "i64", "%end", str(lanes))
            hi = self.root.select(self.root.op("icmp slt", "i64", last, hi), last, hi, "i64", 0)
        bulk = self.bulk(lo, hi, lanes)
        values = self.loop(axis, lo, bulk, lanes, lanes, carried, body, True)
        carried = [(kind, x) for (kind, _), x in zip(carried, values, strict=True)]
        if self.plan.masks:
            return self.rest(axis, bulk, hi, lanes, carried, body)
        return self.loop(axis, bulk, hi, 1, 0, carried, body, True)

    def bulk(self, lo: str, hi: str, lanes: int) -> str:
        """The end of the part of [lo, hi) that fills whole vectors."""
        key = ("bulk", lo, hi, lanes)
        if key not in self.root.memo:
            length = hi if lo == "0" else self.root.op("sub", "i64", hi, lo)
            whole = self.root.op("and", "i64", length, str(-lanes))
            self.root.memo[key] = whole if lo == "0" else self.root.op("add", "i64", lo, whole)
        return self.root.memo[key]

    def loop(
        self, axis: Axis, lo: str, hi: str, step: int, lanes: int,
        carried: list[tuple[str, str]], body: Body, may_skip: bool,
    ) -> Names:  # fmt: skip
        """A loop over [lo, hi) that carries values; one that may not be skipped runs at least once."""
        parent, mark = self.stack[-1], self.module.name()[2:]
        top, end = f"L{mark}", f"E{mark}"
        region = Region(self.module, top, axis, f"%i{mark}", lanes)
        phis = [f"%p{mark}.{j}" for j in range(len(carried))]
        outs = self.inside(region, phis, body)
        following = region.op("add nsw", "i64", region.at, str(step))
        again = region.op("icmp slt", "i64", following, hi)
        region.put(f"br i1 {again}, label %{top}, label %{end}")
        first = parent.label
        if may_skip:
            some = parent.op("icmp slt", "i64", lo, hi)
            parent.put(f"br i1 {some}, label %{top}, label %{end}")
        else:
            parent.put(f"br label %{top}")
        parent.start(top)
        parent.put(f"{region.at} = phi i64 [{lo}, %{first}], [{following}, %{region.label}]")
        for phi, (kind, x), out in zip(phis, carried, outs, strict=True):
            parent.put(f"{phi} = phi {kind} [{x}, %{first}], [{out}, %{region.label}]")
        parent.lines += region.lines
        parent.start(end)
        return self.merge(parent, first, region.label, carried, outs) if may_skip else outs

    def rest(
        self, axis: Axis, at: str, hi: str, lanes: int, carried: list[tuple[str, str]], body: Body
    ) -> Names:
        """The last part of an axis, shorter than a vector, under a mask; skipped where it is empty."""
        parent, mark = self.stack[-1], self.module.name()[2:]
        top, end = f"T{mark}", f"E{mark}"
        region = Region(self.module, top, axis, at, lanes)
        region.mask = self.below(region, region.op("sub", "i64", hi, at), lanes)
        outs = self.inside(region, [x for _, x in carried], body)
        region.put(f"br label %{end}")
        first = parent.label
        some = parent.op("icmp slt", "i64", at, hi)
        parent.put(f"br i1 {some}, label %{top}, label %{end}")
        parent.start(top)
        parent.lines += region.lines
        parent.start(end)
        return self.merge(parent, first, region.label, carried, outs)

    def once(
        self, axis: Axis, lanes: int, count: str | None, carried: list[tuple[str, str]], body: Body
    ) -> Names:
        """All of an axis in one vector, of which `count` lanes are used (all if None)."""
        parent, mark = self.stack[-1], self.module.name()[2:]
        region = Region(self.module, f"S{mark}", axis, "0", lanes)
        if count is not None:
            region.mask = self.below(region, count, lanes)
        outs = self.inside(region, [x for _, x in carried], body)
        parent.put(f"br label %S{mark}")
        parent.start(f"S{mark}")
        parent.lines += region.lines
        parent.label = region.label
        return outs

    def inside(self, region: Region, values: Names, body: Body) -> Names:
        self.stack.append(region)
        outs = body(values)
        self.stack.pop()
        return outs

    def merge(
        self, b: Block, before: str, after: str, carried: list[tuple[str, str]], outs: Names
    ) -> Names:
        return [
            b.let(f"phi {kind} [{x}, %{before}], [{out}, %{after}]")
            for (kind, x), out in zip(carried, outs, strict=True)
        ]

    def below(self, b: Block, count: str, lanes: int) -> str:
        """The mask of the first `count` lanes."""
        many_counts = b.splat(b.cast("trunc", "i64", count, "i32"), "i32", lanes)
        return b.op("icmp ult", many("i32", lanes), iota("i32", lanes), many_counts)

    # --- values ---

    def home(self, e: Expr) -> Region:
        """The innermost open region that binds something that `e` varies over."""
        axes = e.axes
        if axes:
            for region in reversed(self.stack):
                if region.axis in axes:
                    return region
        return self.root

    def vector(self, e: Expr) -> Region | None:
        """The region that makes `e` a vector."""
        axes = e.axes
        for region in self.stack:
            if region.lanes and region.axis in axes:
                return region
        return None

    def lanes(self, e: Expr) -> int:
        region = self.vector(e)
        return region.lanes if region else 0

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
            elif missing := [a for a in needs(x) if a.op != "const" and a not in self.home(a).memo]:
                stack += missing
            else:
                home.memo[x] = self.emit(x, home)
                stack.pop()
        return self.home(e).memo[e]

    def operand(self, e: Expr, lanes: int) -> str:
        """e's value as a vector of `lanes` (a scalar for 0)."""
        if lanes == self.lanes(e):
            return self.value(e)
        if e.op == "const":
            return literal(e.attr, e.dtype, lanes)
        return self.spread(self.home(e), self.value(e), words.REGISTER[e.dtype], lanes)

    def spread(self, home: Region, x: str, kind: str, lanes: int) -> str:
        """A scalar in every lane, once for each scalar."""
        if not x.startswith("%"):
            return f"splat ({kind} {x})"
        key = ("splat", x, lanes)
        name = home.memo.get(key)
        if name is None:
            name = home.memo[key] = home.splat(x, kind, lanes)
        return name

    def emit(self, e: Expr, home: Region) -> str:
        lanes = self.lanes(e)
        if e.dtype == INDEX and is_index(e):
            return self.position(e, home, lanes)
        match e.op:
            case "param":
                return self.param(e)
            case "load":
                return self.load(e, home, lanes)
            case "fold":
                return self.fold(e, home)
            case "convert":
                return self.convert(e, home, lanes)
            case "bitcast":
                x = e.args[0]
                return words.bitcast(home, self.operand(x, lanes), x.dtype, e.dtype, lanes)
            case "select":
                c, x, y = e.args
                of = self.lanes(c)
                kind = words.REGISTER[e.dtype]
                return home.select(self.value(c), self.operand(x, lanes), self.operand(y, lanes), kind, lanes, of)
        inner = e.args[0].dtype
        args = [self.bound(a, lanes) if inner == INDEX else self.operand(a, lanes) for a in e.args]
        if inner == INDEX and not any(is_index(a) for a in e.args):
            args = [self.operand(a, lanes) for a in e.args]
        return words.say(home, e.op, inner, args, lanes, self.machine.fma)

    def convert(self, e: Expr, home: Region, lanes: int) -> str:
        (x,) = e.args
        if lanes and x.dtype == INDEX and is_index(x) and e.dtype in words.REGISTER and e.dtype not in FLOATS:
            return self.position(x, home, lanes, words.REGISTER[e.dtype])
        return words.convert(home, self.operand(x, lanes), x.dtype, e.dtype, lanes)

    # --- numbers from the context ---

    def slot(self, key: Any, bits: int, kind: str) -> str:
        name = self.root.memo.get(key)
        if name is None:
            at = self.root.let(f"getelementptr i64, ptr %ctx, i64 {len(self.ctx)}")
            self.ctx.append(bits)
            name = self.root.memo[key] = self.root.let(f"load {kind}, ptr {at}, align 8")
        return name

    def number(self, value: int) -> str:
        """A number of the nest: read from the context unless every nest has it."""
        return str(value) if value in (0, 1, -1) else self.slot(("number", value), value, "i64")

    def param(self, e: Expr) -> str:
        kind = words.REGISTER[e.dtype]
        if e.dtype == "bool":
            return self.root.cast("trunc", "i64", self.slot(e, int(e.attr), "i64"), "i1")
        return self.slot(("param", e), bit_pattern(e.attr, e.dtype), kind)

    # --- index arithmetic ---

    def bound(self, e: Expr, lanes: int) -> str:
        """An operand of index arithmetic: its constants come from the context."""
        if e.op != "const":
            return self.operand(e, lanes)
        x = self.number(e.attr)
        return self.spread(self.root, x, "i64", lanes) if lanes else x

    def position(self, e: Expr, home: Region, lanes: int, kind: str = "i64") -> str:
        """An index expression as a value (of a narrower integer kind in vectors)."""
        if e.op in ("idiv", "imod"):
            return self.resize(home, self.divide(e, home, lanes), kind, lanes)
        constant, terms = linear(e)
        if terms == {e: 1} and e.op != "axis":
            x, y = e.args
            out = words.say(home, e.op, INDEX, [self.bound(x, lanes), self.bound(y, lanes)], lanes)
            return self.resize(home, out, kind, lanes)
        if not lanes:
            return self.offset(constant, terms)
        base = self.resize(home, self.offset(constant, self.starts(terms)), kind, 0)
        vector = self.steps(terms, home, lanes, kind)
        return home.op("add", many(kind, lanes), self.spread(home, base, kind, lanes), vector)

    def divide(self, e: Expr, home: Region, lanes: int) -> str:
        """x // n as a product with a number that the host finds, where x is small; else a division."""
        x, whole = self.operand(e.args[0], lanes), many("i64", lanes)
        low, high = self.ranges.of(e.args[0])
        if e.op == "imod" or low < 0 or high >= 1 << 31 or e.attr >= 1 << 31:
            return home.op("udiv" if e.op == "idiv" else "urem", whole, x, self.bound_number(e.attr, lanes))
        # exact for 31 bits: see Granlund and Montgomery, Division by invariant integers using multiplication
        shift = 31 + (e.attr - 1).bit_length()
        factor = self.slot(("factor of", e.attr), -(-(1 << shift) // e.attr), "i64")
        places = self.slot(("shift of", e.attr), shift, "i64")
        if lanes:
            factor, places = (self.spread(self.root, v, "i64", lanes) for v in (factor, places))
        # both are of 32 bits, which vector units multiply faster
        x, factor = (home.op("and", whole, v, words.number(0xFFFFFFFF, "i64", lanes)) for v in (x, factor))
        return home.op("lshr", whole, home.op("mul", whole, x, factor), places)

    def bound_number(self, value: int, lanes: int) -> str:
        x = self.number(value)
        return self.spread(self.root, x, "i64", lanes) if lanes else x

    def resize(self, home: Region, x: str, kind: str, lanes: int) -> str:
        if kind == "i64" or x.lstrip("-").isdigit():
            return x
        return home.cast("trunc", many("i64", lanes), x, many(kind, lanes))

    def starts(self, terms: dict[Expr, int]) -> dict[Expr, int]:
        """The terms that are one number for all lanes: scalars, and a vector axis by its first value."""
        return {a: k for a, k in terms.items() if a.op == "axis" or not self.lanes(a)}

    def steps(self, terms: dict[Expr, int], home: Region, lanes: int, kind: str) -> str:
        """What the terms add lane by lane to their start."""
        whole, parts = many(kind, lanes), []
        for atom, k in terms.items():
            region = self.vector(atom)
            if region is None:
                continue
            x = iota(kind, lanes) if atom.op == "axis" else self.resize(home, self.value(atom), kind, lanes)
            if k != 1:
                # the product of a constant with the lanes does not vary over the loop
                key, place = ("steps", k, lanes, kind), self.root if atom.op == "axis" else home
                if atom.op != "axis":
                    x = place.op("mul", whole, x, self.factor(k, kind, lanes))
                else:
                    if key not in place.memo:
                        place.memo[key] = place.op("mul", whole, x, self.factor(k, kind, lanes))
                    x = place.memo[key]
            parts.append(x)
        total = parts[0] if parts else "zeroinitializer"
        for x in parts[1:]:
            total = home.op("add", whole, total, x)
        return total

    def factor(self, k: int, kind: str, lanes: int) -> str:
        key = ("factor", k, kind)
        if key not in self.root.memo:
            self.root.memo[key] = self.resize(self.root, self.number(k), kind, 0)
        return self.spread(self.root, self.root.memo[key], kind, lanes)

    def offset(self, constant: int, terms: dict[Expr, int]) -> str:
        """constant + sum of k * atom as a scalar, each part in the loop where it changes."""
        if not terms:
            return self.number(constant)
        home = max((self.home(a) for a in terms), key=self.stack.index)
        key = ("offset", constant, frozenset(terms.items()))
        name = home.memo.get(key)
        if name is None:
            inner = {a: k for a, k in terms.items() if self.home(a) is home}
            outer = self.offset(constant, {a: k for a, k in terms.items() if a not in inner})
            name = home.memo[key] = self.total(home, outer, inner)
        return name

    def total(self, home: Region, start: str, terms: dict[Expr, int]) -> str:
        total = start
        for atom, k in terms.items():
            x = home.at if atom.op == "axis" else self.value(atom)
            if k != 1:
                x = home.op("mul", "i64", x, self.number(k))
            total = x if total == "0" else home.op("add", "i64", total, x)
        return total

    def pointer(self, buffer: Buffer, constant: int, terms: dict[Expr, int]) -> str:
        """The address of an element: a row pointer from outside plus what changes in the innermost loop."""
        if not terms:
            return self.shift(self.root, buffer, self.base(buffer), self.number(constant))
        home = max((self.home(a) for a in terms), key=self.stack.index)
        inner = {a: k for a, k in terms.items() if self.home(a) is home}
        row = self.pointer(buffer, constant, {a: k for a, k in terms.items() if a not in inner})
        return self.shift(home, buffer, row, self.offset(0, inner))

    def shift(self, home: Region, buffer: Buffer, pointer: str, offset: str) -> str:
        if offset == "0":
            return pointer
        key = ("pointer", words.MEMORY[buffer.dtype], pointer, offset)
        name = home.memo.get(key)
        if name is None:
            name = home.let(f"getelementptr {words.MEMORY[buffer.dtype]}, ptr {pointer}, i64 {offset}")
            home.memo[key] = name
        return name

    def base(self, buffer: Buffer) -> str:
        key = ("base", buffer)
        if key not in self.root.memo:
            k = self.buffers.setdefault(buffer, len(self.buffers))
            at = self.root.let(f"getelementptr ptr, ptr %bufs, i64 {k}")
            self.root.memo[key] = self.root.let(f"load ptr, ptr {at}, align 8")
        return self.root.memo[key]

    # --- memory ---

    def load(self, e: Expr, home: Region, lanes: int) -> str:
        buffer, dtype = e.attr, e.dtype
        kind, align = words.MEMORY[dtype], BYTES[dtype]
        guard = e.args[1] if len(e.args) > 1 else None
        constant, terms = linear(e.args[0])
        if not lanes:
            at = self.pointer(buffer, constant, terms)
            if guard is not None:
                at = home.let(f"select i1 {self.value(guard)}, ptr {at}, ptr {self.nowhere()}")
            return words.widen(home, home.let(f"load {kind}, ptr {at}, align {align}"), dtype, 0)
        mask, whole = self.mask(e, guard, home, lanes), many(kind, lanes)
        if e in self.turned:
            tile, start = self.turned[e]
            at = home.let(f"getelementptr {whole}, ptr {tile}, i64 {home.op('sub', 'i64', home.at, start)}")
            return words.widen(home, home.let(f"load {whole}, ptr {at}, align {align}"), dtype, lanes)
        at = self.pointer(buffer, constant, self.starts(terms))
        if mask is None and (step := self.step(terms)) in NEAR:
            x = self.strided(buffer, at, step, home, lanes)
        else:
            x = self.fetch(buffer, at, terms, mask, home, lanes)
        return words.widen(home, x, dtype, lanes)

    def fetch(
        self, buffer: Buffer, at: str, terms: dict[Expr, int], mask: str | None, home: Region, lanes: int
    ) -> str:
        """A vector of elements: together, or each at a place of its own."""
        kind, align = words.MEMORY[buffer.dtype], BYTES[buffer.dtype]
        whole = many(kind, lanes)
        how, place, pointer = "load", "p0", f"ptr align {align}"
        if not self.unit(terms):
            at = self.pointers(buffer, at, terms, home, lanes)
            how, place, pointer = "gather", f"v{lanes}p0", f"{many('ptr', lanes)} align {align}"
        elif mask is None:
            return home.let(f"load {whole}, ptr {at}, align {align}")
        lets = (many("i1", lanes), mask or "splat (i1 true)")
        name = f"llvm.masked.{how}.{words.mangle(kind, lanes)}.{place}"
        return home.call(name, whole, (pointer, at), lets, (whole, "zeroinitializer"))

    def unit(self, terms: dict[Expr, int]) -> bool:
        """Whether neighbouring lanes are neighbours in memory."""
        return self.step(terms) == 1

    def step(self, terms: dict[Expr, int]) -> int:
        """How far apart neighbouring lanes are in memory; 0 where that varies or is nothing."""
        varying = [(a, k) for a, k in terms.items() if self.lanes(a)]
        return varying[0][1] if len(varying) == 1 and varying[0][0].op == "axis" else 0

    def strided(self, buffer: Buffer, at: str, step: int, home: Region, lanes: int) -> str:
        """Lanes a few elements apart: all that lies between is loaded, never more, and thinned out."""
        kind, align = words.MEMORY[buffer.dtype], BYTES[buffer.dtype]
        whole, span = many(kind, lanes), (lanes - 1) * abs(step) + 1
        if step < 0:
            at = home.let(f"getelementptr {kind}, ptr {at}, i64 {1 - span}")
        wanted = [(i if step > 0 else lanes - 1 - i) * abs(step) for i in range(lanes)]
        starts = [min(k * lanes, span - lanes) for k in range(-(-span // lanes))]
        out = ""
        for start in starts:
            place = home.let(f"getelementptr {kind}, ptr {at}, i64 {start}") if start else at
            x = home.let(f"load {whole}, ptr {place}, align {align}")
            # the first two are thinned out together; later ones add the lanes that are still missing
            if not start:
                out, which = x, [p if p < lanes else 0 for p in wanted]
                if len(starts) > 1:
                    continue
            elif start == starts[1]:
                which = [p if p < lanes else lanes + min(p - start, lanes - 1) for p in wanted]
            else:
                which = [i if p < start else lanes + min(p - start, lanes - 1) for i, p in enumerate(wanted)]
            picked = ", ".join(f"i32 {i}" for i in which)
            out = home.let(f"shufflevector {whole} {out}, {whole} {x}, <{lanes} x i32> <{picked}>")
        return out


    def pointers(self, buffer: Buffer, at: str, terms: dict[Expr, int], home: Region, lanes: int) -> str:
        kind = "i32" if self.near(buffer, terms) else "i64"
        steps = self.steps(terms, home, lanes, kind)
        return home.let(f"getelementptr {words.MEMORY[buffer.dtype]}, ptr {at}, {many(kind, lanes)} {steps}")

    def near(self, buffer: Buffer, terms: dict[Expr, int]) -> bool:
        """Whether what the lanes add to the start of an index fits 32 bits."""
        lanes = {a: k for a, k in terms.items() if self.lanes(a)}
        low, high = self.ranges.sum(0, {a: k for a, k in lanes.items() if a.op != "axis"})
        reach = sum(abs(k) * self.lanes(a) for a, k in lanes.items() if a.op == "axis")
        if -LIMIT < low - reach and high + reach < LIMIT:
            return True
        # one unknown term is an index of the buffer less the start
        low, high = self.ranges.sum(0, {a: k for a, k in terms.items() if a not in lanes})
        return len(lanes) == 1 and reach == 0 and buffer.size < LIMIT and -LIMIT < low and high < LIMIT

    def mask(self, e: Expr | Store, guard: Expr | None, home: Region, lanes: int) -> str | None:
        """Which lanes may touch memory; None for all."""
        region = self.vector(e)  # type: ignore[arg-type]
        edge = region.mask if region else None
        if guard is None:
            return edge
        wanted = self.operand(guard, lanes)
        return wanted if edge is None else home.op("and", many("i1", lanes), wanted, edge)

    def nowhere(self) -> str:
        """A place that reads as zero, for loads whose guard is false."""
        if "zero" not in self.root.memo:
            self.root.memo["zero"] = self.root.let("alloca i64, align 8")
            self.root.put(f"store i64 0, ptr {self.root.memo['zero']}, align 8")
        return self.root.memo["zero"]

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

    # --- folds ---

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


class Fold:
    """One loop, or loops, over the axes of some folds that no one of them needs another for."""

    def __init__(self, printer: Printer, group: list[Expr]) -> None:
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

    def level(self, depth: int, carried: list[tuple[str, str]]) -> Names:
        if depth == len(self.axes):
            return self.step([x for _, x in carried])
        kinds = [kind for kind, _ in carried]
        axis = self.axes[depth]

        def body(values: Names) -> Names:
            return self.level(depth + 1, list(zip(kinds, values, strict=True)))

        lanes = self.own if depth == len(self.axes) - 1 else 0
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


def needs(e: Expr) -> Sequence[Expr]:
    """The operands of a node that are values of their own; folds and addresses see to theirs."""
    if e.op == "load":
        return e.args[1:]
    if e.op == "fold" or is_index(e) or (e.op == "convert" and is_index(e.args[0])):
        return ()
    return e.args


def placeholder(dtype: str, axes: frozenset[Axis]) -> Expr:
    """A node that stands for a value known by name in the region of `axes`."""
    e = object.__new__(Expr)
    e.op, e.args, e.attr, e.dtype, e._axes = "known", (), None, dtype, axes
    return e


def iota(kind: str, lanes: int) -> str:
    """The constant vector 0, 1, 2…"""
    return f"<{', '.join(f'{kind} {i}' for i in range(lanes))}>"


def bit_pattern(value: Any, dtype: str) -> int:
    """A param as the i64 that the context holds."""
    if dtype == "f64":
        return int(struct.unpack("<q", struct.pack("<d", value))[0])
    if dtype in FLOATS:
        return int(struct.unpack("<i", struct.pack("<f", words.round_to(value, dtype)))[0])
    return int(value) - (1 << 64) if int(value) >= 1 << 63 else int(value)
