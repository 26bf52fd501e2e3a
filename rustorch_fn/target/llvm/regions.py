"""The open loops of a text being printed: where each value lives, and how loops, rests and masks are said."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from rustorch_fn.kernel.expr import FLOATS, INDEX, Axis, Buffer, Expr, wrap
from rustorch_fn.kernel.machine import Machine
from rustorch_fn.kernel.schedule import LOOPS, Schedule

from . import words
from .words import Block, Module, many

Names = list[str]
Body = Callable[[Names], Names]
Carried = list[tuple[str, str]]  # (type, first value) of each value that a loop carries


class Region(Block):
    """An open place in the text in which one more axis has a value (a vector of `lanes` values if not 0)."""

    def __init__(self, module: Module, label: str, axis: Axis | None, at: str = "", lanes: int = 0) -> None:
        super().__init__(module, label)
        self.axis, self.at, self.lanes = axis, at, lanes
        self.mask: str | None = None
        self.memo: dict[Any, str] = {}


class Loops:
    """Opens and closes regions, and reads the numbers that they need from the context."""

    def __init__(self, plan: Schedule, machine: Machine) -> None:
        self.plan, self.machine = plan, machine
        self.module = Module(machine.f16)
        self.root = Region(self.module, "entry", None)
        self.stack = [self.root]
        self.ctx: list[int] = []
        self.buffers: dict[Buffer, int] = {}

    # --- where a value lives ---

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

    # --- what the caller passes ---

    def slot(self, key: Any, bits: int, kind: str) -> str:
        name = self.root.memo.get(key)
        if name is None:
            at = self.root.let(f"getelementptr i64, ptr %ctx, i64 {len(self.ctx)}")
            self.ctx.append(bits)
            name = self.root.memo[key] = self.root.let(f"load {kind}, ptr {at}, align 8")
        return name

    def number(self, value: int) -> str:
        """A number of the nest: read from the context unless every nest has it."""
        value = wrap(value, INDEX)
        return str(value) if value in (0, 1, -1) else self.slot(("number", value), value, "i64")

    def extent(self, axis: Axis) -> str:
        """The end of a loop. Axes do not share it even where they are equal, as that would be another text."""
        return str(axis.extent) if axis.extent in (0, 1) else self.slot(("extent", axis), axis.extent, "i64")

    def param(self, e: Expr) -> str:
        kind = words.REGISTER[e.dtype]
        if e.dtype == "bool":
            return self.root.cast("trunc", "i64", self.slot(e, int(e.attr), "i64"), "i1")
        return self.slot(("param", e), bit_pattern(e.attr, e.dtype), kind)

    def base(self, buffer: Buffer) -> str:
        key = ("base", buffer)
        if key not in self.root.memo:
            k = self.buffers.setdefault(buffer, len(self.buffers))
            at = self.root.let(f"getelementptr ptr, ptr %bufs, i64 {k}")
            self.root.memo[key] = self.root.let(f"load ptr, ptr {at}, align 8")
        return self.root.memo[key]

    # --- loops ---

    def over(self, axis: Axis, lanes: int, carried: Carried, body: Body, parallel: bool = False) -> Names:
        """Run `body` for all of an axis: as scalars, or in vectors and then the rest."""
        if axis.extent == lanes < LOOPS:
            return self.once(axis, lanes, None, carried, body)
        if parallel and not lanes:
            return self.loop(axis, "%begin", "%end", 1, 0, carried, body, False)
        lo, hi = "0", self.extent(axis)
        if not lanes:
            return self.loop(axis, lo, hi, 1, 0, carried, body, False)
        if axis.extent < min(lanes, LOOPS):
            return self.once(axis, lanes, hi, carried, body)
        if parallel:
            lo = self.root.op("mul", "i64", "%begin", str(lanes))
            last = self.root.op("mul", "i64", "%end", str(lanes))
            hi = self.root.select(self.root.op("icmp slt", "i64", last, hi), last, hi, "i64", 0)
        if axis in self.plan.heavy:
            return self.loop(axis, lo, hi, lanes, lanes, carried, body, False)
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
        carried: Carried, body: Body, may_skip: bool,
    ) -> Names:  # fmt: skip
        """A loop over [lo, hi) that carries values; one that may not be skipped runs at least once."""
        parent, mark = self.stack[-1], self.module.name()[2:]
        top, end = f"L{mark}", f"E{mark}"
        region, turn = Region(self.module, top, axis, f"%i{mark}", lanes), f"%i{mark}"
        if axis in self.plan.backward:
            last = self.root.op("sub", "i64", self.extent(axis), str(step))
            region.at = region.op("sub", "i64", last, turn)
        phis = [f"%p{mark}.{j}" for j in range(len(carried))]
        if lanes and axis in self.plan.heavy:
            left = region.op("sub", "i64", hi, region.at)
            few = region.op("icmp slt", "i64", left, str(lanes))
            region.mask = self.below(region, region.select(few, left, str(lanes), "i64", 0), lanes)
        outs = self.inside(region, phis, body)
        following = region.op("add nsw", "i64", turn, str(step))
        again = region.op("icmp slt", "i64", following, hi)
        region.put(f"br i1 {again}, label %{top}, label %{end}")
        first = parent.label
        if may_skip:
            some = parent.op("icmp slt", "i64", lo, hi)
            parent.put(f"br i1 {some}, label %{top}, label %{end}")
        else:
            parent.put(f"br label %{top}")
        parent.start(top)
        parent.put(f"{turn} = phi i64 [{lo}, %{first}], [{following}, %{region.label}]")
        for phi, (kind, x), out in zip(phis, carried, outs, strict=True):
            parent.put(f"{phi} = phi {kind} [{x}, %{first}], [{out}, %{region.label}]")
        parent.lines += region.lines
        parent.start(end)
        return self.merge(parent, first, region.label, carried, outs) if may_skip else outs

    def rest(self, axis: Axis, at: str, hi: str, lanes: int, carried: Carried, body: Body) -> Names:
        """The last part of an axis, shorter than a vector, under a mask; skipped where it is empty."""
        parent, mark = self.stack[-1], self.module.name()[2:]
        top, end = f"T{mark}", f"E{mark}"
        region = Region(self.module, top, axis, "0" if axis in self.plan.backward else at, lanes)
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

    def once(self, axis: Axis, lanes: int, count: str | None, carried: Carried, body: Body) -> Names:
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

    def each(self, axis: Axis, values: Names, body: Body) -> Names:
        """All steps of a short axis, one after another."""
        for k in range(axis.extent):
            values = self.at(axis, k, values, body)
        return values

    def at(self, axis: Axis, k: int, values: Names, body: Body) -> Names:
        """One step of an axis."""
        parent = self.stack[-1]
        top = f"U{self.module.name()[2:]}"
        region = Region(self.module, top, axis, str(k))
        outs = self.inside(region, values, body)
        parent.put(f"br label %{top}")
        parent.start(top)
        parent.lines += region.lines
        parent.label = region.label
        return outs

    def inside(self, region: Region, values: Names, body: Body) -> Names:
        self.stack.append(region)
        outs = body(values)
        self.stack.pop()
        return outs

    def merge(self, b: Block, before: str, after: str, carried: Carried, outs: Names) -> Names:
        return [
            b.let(f"phi {kind} [{x}, %{before}], [{out}, %{after}]")
            for (kind, x), out in zip(carried, outs, strict=True)
        ]

    def below(self, b: Block, count: str, lanes: int) -> str:
        """The mask of the first `count` lanes."""
        many_counts = b.splat(b.cast("trunc", "i64", count, "i32"), "i32", lanes)
        return b.op("icmp ult", many("i32", lanes), iota("i32", lanes), many_counts)


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
