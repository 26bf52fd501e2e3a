"""Loads: whole vectors where lanes are neighbours, thinned out where they are close, else lane by lane."""

from __future__ import annotations

from collections.abc import Sequence

from rustorch_fn.kernel.expr import BYTES, Axis, Buffer, Expr, linear
from rustorch_fn.kernel.machine import Machine
from rustorch_fn.kernel.nest import Store, nodes
from rustorch_fn.kernel.schedule import ROW, Schedule, crosses

from . import words
from .indices import LIMIT, Indices
from .regions import Region
from .tile import name, turned
from .words import many

NEAR = (-1, 2, 3, 4)  # steps for which all that lies between is loaded


class Access(Indices):
    """Elements of buffers as values."""

    def __init__(self, plan: Schedule, machine: Machine) -> None:
        super().__init__(plan, machine)
        # loads whose tile is turned: its place, and where it begins
        self.turned: dict[Expr, tuple[str, str]] = {}

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
        if (mask is None or self.plan.masks) and (step := self.step(terms)) in NEAR:
            x = self.strided(buffer, at, step, mask, home, lanes)
        else:
            x = self.fetch(buffer, at, terms, mask, home, lanes)
        return words.widen(home, x, dtype, lanes)

    def fetch(self, buffer: Buffer, at: str, terms: dict[Expr, int], mask: str | None, home: Region, lanes: int) -> str:
        """A vector of elements: together, or each at a place of its own."""
        if self.unit(terms):
            return self.neighbours(buffer, at, mask, home, lanes)
        kind, pointers = words.MEMORY[buffer.dtype], f"{many('ptr', lanes)} align {BYTES[buffer.dtype]}"
        return home.call(
            f"llvm.masked.gather.{words.mangle(kind, lanes)}.v{lanes}p0", many(kind, lanes),
            (pointers, self.pointers(buffer, at, terms, home, lanes)),
            (many("i1", lanes), mask or "splat (i1 true)"), (many(kind, lanes), "zeroinitializer"),
        )  # fmt: skip

    def neighbours(self, buffer: Buffer, at: str, mask: str | None, home: Region, lanes: int) -> str:
        """Neighbours in memory; zero where the mask is false."""
        kind, align = words.MEMORY[buffer.dtype], BYTES[buffer.dtype]
        whole = many(kind, lanes)
        if mask is None:
            return home.let(f"load {whole}, ptr {at}, align {align}")
        lets, zero = (many("i1", lanes), mask), (whole, "zeroinitializer")
        name = f"llvm.masked.load.{words.mangle(kind, lanes)}.p0"
        return home.call(name, whole, (f"ptr align {align}", at), lets, zero)

    def scattered(self, home: Region, mask: str, lanes: Sequence[int | None]) -> str:
        """A mask of memory made from one of lanes: which lane each element is for."""
        n, whole = len(lanes), many("i1", len(lanes))
        picked = ", ".join(f"i32 {n if lane is None else lane}" for lane in lanes)
        key = ("scattered", mask, picked)
        if key not in home.memo:
            home.memo[key] = home.let(f"shufflevector {whole} {mask}, {whole} zeroinitializer, <{n} x i32> <{picked}>")
        return home.memo[key]

    def strided(self, buffer: Buffer, at: str, step: int, mask: str | None, home: Region, lanes: int) -> str:
        """Lanes a few elements apart: all that lies between is loaded, never more, and thinned out."""
        kind = words.MEMORY[buffer.dtype]
        whole, span = many(kind, lanes), (lanes - 1) * abs(step) + 1
        if step < 0:
            at = home.let(f"getelementptr {kind}, ptr {at}, i64 {1 - span}")
        wanted = [(i if step > 0 else lanes - 1 - i) * abs(step) for i in range(lanes)]
        starts = [min(k * lanes, span - lanes) for k in range(-(-span // lanes))]
        out = ""
        for start in starts:
            place = home.let(f"getelementptr {kind}, ptr {at}, i64 {start}") if start else at
            here = [wanted.index(p) if p in wanted else None for p in range(start, start + lanes)]
            x = self.neighbours(buffer, place, None if mask is None else self.scattered(home, mask, here), home, lanes)
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

    def unit(self, terms: dict[Expr, int]) -> bool:
        """Whether neighbouring lanes are neighbours in memory."""
        return self.step(terms) == 1

    def step(self, terms: dict[Expr, int]) -> int:
        """How far apart neighbouring lanes are in memory; 0 where that varies or is nothing."""
        varying = [(a, k) for a, k in terms.items() if self.lanes(a)]
        return varying[0][1] if len(varying) == 1 and varying[0][0].op == "axis" else 0

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

    def place(self, e: Expr, home: Region, at: str) -> str:
        """Where element `at` of a row of kept values lies."""
        kind = words.REGISTER[e.dtype]
        row = self.root.memo.get(("row", e))
        if row is None:
            # room for the vector that the last element begins
            row = self.root.let(f"alloca [{(ROW + 4096) // BYTES[e.dtype]} x {kind}], align 64")
            self.root.memo["row", e] = row
        return home.let(f"getelementptr {kind}, ptr {row}, i64 {at}")

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
        rows = here.op("sub", "i64", self.extent(along), here.at) if here.mask else str(n)
        tile = self.root.memo.get(("tile", e))
        if tile is None:
            tile = self.root.memo["tile", e] = self.root.let(f"alloca [{n * n} x {kind}], align 64")
            self.module.defined[name(kind, n)] = turned(kind, n)
        step = self.number(stride)
        here.put(f"call void @{name(kind, n)}(ptr {first}, i64 {step}, i64 {rows}, ptr {tile})")
        return tile, start
