"""Matrix products: one object for every shape and stride, driven by the numbers of a host plan.

`k_<key>(bufs, ctx, begin, end)`: bufs are A, B, C and the thread's scratch; ctx holds the slots of
`kernel.contract.SLOTS`; a unit of work is `unit` rows of one block of columns of one matrix of the batch.
Rows are cut into panels of the tile's height; those left over into powers of two, each with a tile of its own.
Units side by side in one block share the packed panels of B. Every element of C is a sum in the same order
whatever the cut, so results do not depend on the number of threads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from rustorch_fn.kernel.contract import AXES, OUTER, RECORD, SLOTS, Tile
from rustorch_fn.target.llvm import gemv, microkernel, pack, window
from rustorch_fn.target.llvm.driver import Driver

CALLS = "declare i64 @llvm.ctlz.i64(i64, i1 immarg)"


class Gemm(Driver):
    """The kernel of one form: packs, then runs the tiles."""

    @contextmanager
    def panels(self, start: str, stop: str, packed: str) -> Iterator[tuple[str, str, str]]:
        """Visits (first row, rows, place when packed) of every panel of the rows start..stop."""
        b = self.b
        with b.loop(start, stop, carry=[("ptr", packed)]) as loop:
            left = b.sub(stop, loop.index)
            zeros = b.let(f"call i64 @llvm.ctlz.i64(i64 {left}, i1 true)")
            power = b.let(f"lshr i64 {-(1 << 63)}, {zeros}")
            loop.step = b.pick(b.test(left, "sge", str(self.form.rows)), str(self.form.rows), power)
            yield loop.index, loop.step, loop.carried[0]
            loop.next = [b.at(loop.carried[0], self.ctx["panela"])]

    def segment(self, a: str, bb: str, c: str, mine: str, first: str, last: str, block: str, more: str) -> None:
        """Units first..last of one block of columns: all of k, B packed once for them."""
        b, ctx = self.b, self.ctx
        row0, row1 = b.mul(first, ctx["unit"]), b.least(b.mul(last, ctx["unit"]), ctx["m"])
        j0 = b.mul(block, ctx["width"])
        live = b.least(ctx["width"], b.sub(ctx["n"], j0))
        c = b.at(c, b.add(b.mul(row0, ctx["crs"]), b.mul(j0, ctx["ccs"])))
        bb = b.at(bb, b.mul(j0, ctx["bcs"]))
        direct = b.test(ctx["direct"], "ne", "0")
        sums = b.pick(direct, c, b.at(mine, ctx["roomc"]), "ptr")
        adds = b.both(direct, more)
        with b.loop("0", ctx["steps"]) as s:
            outer, part = b.div(s.index, ctx["inner"]), b.let(f"urem i64 {s.index}, {ctx['inner']}")
            k0 = b.mul(part, ctx["kc"])
            k = b.least(ctx["kc"], b.sub(ctx["k"], k0))
            again = b.let(f"or i1 {adds}, {b.test(s.index, 'ne', '0')}")
            there, here = b.at(a, b.mul(k0, ctx["acs"])), b.at(bb, b.mul(k0, ctx["brs"]))
            for i, digit in self.digits(outer, "outer", OUTER):
                there = b.at(there, b.mul(digit, ctx[f"aouter{i}"]))
                here = b.at(here, b.mul(digit, ctx[f"bouter{i}"]))
            whole_k = b.add(b.mul(outer, ctx["k"]), k0)
            self.fill_b(here, mine, whole_k, k, j0, live)
            runs = self.walk("k", whole_k, k, mine, "roomr") if self.form.window == "a" else ""
            with b.loop(row0, row1, ctx["unit"]) as u:
                stop = b.least(b.add(u.index, ctx["unit"]), row1)
                self.fill_a(there, mine, u.index, stop, k, runs)
                out = b.at(sums, b.mul(b.sub(u.index, row0), ctx["ldc"]))
                self.tiles(there, here, out, mine, u.index, stop, k, live, again)
        with b.when(b.test(ctx["direct"], "eq", "0")):
            if self.form.window:
                self.scatter(sums, c, mine, row0, row1, j0, live, more)
            else:
                self.put(sums, c, ctx["crs"], ctx["ccs"], b.sub(row1, row0), live, more)

    def scatter(self, block: str, c: str, mine: str, row0: str, row1: str, j0: str, live: str, more: str) -> None:
        """The finished block into C, whose positions are runs that do not compose."""
        b, ctx, by_rows = self.b, self.ctx, self.form.window == "a"
        first, count = (row0, b.sub(row1, row0)) if by_rows else (j0, live)
        step = ctx[f"p{window.MOVES.index(window.OUTPUT) + 1}_{AXES - 1}"]
        with b.loop("0", count, str(self.form.columns)) as chunk:
            some = b.least(b.sub(count, chunk.index), str(self.form.columns))
            n = self.walk("p", b.add(first, chunk.index), some, mine, "roomr")
            here = b.at(block, b.mul(chunk.index, ctx["ldc"] if by_rows else str(self.word)))
            with b.loop("0", n, carry=[("ptr", b.at(mine, ctx["roomr"]))]) as runs:
                run = runs.carried[0]
                place, length, out = (b.read(run, str(f)) for f in (window.PLACE, window.LENGTH, window.OUTPUT))
                to = b.at(c, out)
                if by_rows:
                    source = b.at(here, b.mul(b.div(place, str(self.word)), ctx["ldc"]))
                    self.put(source, to, step, ctx["ccs"], length, live, more)
                else:
                    self.put(b.at(here, place), to, ctx["crs"], step, b.sub(row1, row0), length, more)
                runs.next = [b.at(run, str(RECORD))]

    def section(self, side: str) -> str:
        """Where the axes of one side of the window matrix stand in the context."""
        return self.b.at("%ctx", str(8 * SLOTS.index(f"{side}0_0")))

    def walk(
        self, side: str, start: str, count: str, mine: str, room: str, single: str = "false", total: str = "",
        every: str = str(1 << 40),
    ) -> str:  # fmt: skip
        """Records of an index range into scratch; how many there are."""
        records = self.b.at(mine, self.ctx[room])
        operands = f"ptr {self.section(side)}, i64 {start}, i64 {count}, ptr {records}, i1 {single}"
        return self.b.let(f"call i64 @walk({operands}, i64 {total or count}, i64 {every})")

    def windows(self, x: str, count: str, n: str, side: str, mine: str, panel: str, stride: str) -> None:
        """`count` lines of `n` runs along `side`, from the records in scratch, into a panel."""
        lines, runs = self.b.at(mine, self.ctx["rooml"]), self.b.at(mine, self.ctx["roomr"])
        by_columns = side == "p"
        still = self.ctx["still"] if by_columns else "0"
        every = self.b.most(self.ctx["every"], "1") if by_columns else "0"
        room = self.form.columns if by_columns else 1 << 40
        limits = self.b.at("%ctx", str(8 * SLOTS.index("limit0")))
        records = f"ptr {lines}, i64 {count}, ptr {runs}, i64 {n}"
        places = f"ptr {self.section(side)}, ptr {limits}, ptr {panel}, i64 {stride}"
        repeats = f"i64 {still}, i64 {every}, i64 {room}"
        self.b.put(f"call void @pack_window(ptr {x}, {records}, {places}, {repeats})")

    def columns(self, live: str) -> str:
        """Panels of B in a block."""
        return self.b.div(self.b.add(live, str(self.form.columns - 1)), str(self.form.columns))

    def fill_b(self, source: str, mine: str, k0: str, k: str, j0: str, live: str) -> None:
        """Packs the panels of a block, or just its narrow last one when B is read where it is."""
        b, ctx, n = self.b, self.ctx, self.form.columns
        whole = b.div(live, str(n))
        if self.form.window:
            with b.when(b.test(ctx["gather"], "ne", "0")):
                self.walk("k", k0, k, mine, "roomw", "true")
        lines = ""
        if self.form.window == "b":
            runs = b.test(ctx["every"], "eq", "0")  # features come last in k: their runs are the repetitions
            every = b.pick(runs, "1", ctx["every"])
            some, one = b.pick(runs, k, b.least(every, k)), b.let(f"xor i1 {runs}, true")
            lines = self.walk("k", k0, some, mine, "rooml", one, k, every)
        start = b.pick(b.test(ctx["packb"], "ne", "0"), "0", whole)
        with b.loop(start, self.columns(live)) as j:
            column = b.mul(j.index, str(n))
            at = b.at(source, b.mul(column, ctx["bcs"]))
            to = b.at(b.at(mine, ctx["roomb"]), b.mul(b.sub(j.index, start), ctx["panelb"]))
            left = b.least(b.sub(live, column), str(n))
            if self.form.window == "b":
                places = self.walk("p", b.add(j0, column), left, mine, "roomr")
                self.windows(source, lines, places, "p", mine, to, str(n * self.word))
            elif self.form.window:
                packed = f"i64 {self.word}, i64 {n * self.word}"
                plain = f"i64 {ctx['brs']}, i64 {ctx['bcs']}, ptr {to}, i64 {k}, i64 {left}"
                self.weights("b", at, mine, k, ctx["bcs"], left, to, packed, plain)
            else:
                operands = f"ptr {at}, i64 {ctx['brs']}, i64 {ctx['bcs']}, ptr {to}, i64 {k}, i64 {left}"
                b.put(f"call void @pack_b({operands})")

    def fill_a(self, source: str, mine: str, start: str, stop: str, k: str, runs: str) -> None:
        b, ctx = self.b, self.ctx
        with b.when(b.test(ctx["packa"], "ne", "0")), self.panels(start, stop, mine) as (row, rows, to):
            if self.form.window == "a":
                self.walk("p", row, rows, mine, "rooml", "true")
                self.windows(source, rows, runs, "k", mine, to, ctx["lrow"])
                return
            at = b.at(source, b.mul(row, ctx["ars"]))
            packed = f"i64 {ctx['lrow']}, i64 {ctx['lcol']}"
            plain = f"i64 {ctx['ars']}, i64 {ctx['acs']}, ptr {to}, {packed}, i64 {rows}, i64 {k}"
            if self.form.window:
                self.weights("a", at, mine, k, ctx["ars"], rows, to, packed, plain)
            else:
                b.put(f"call void @pack_a(ptr {at}, {plain})")

    def weights(
        self, side: str, at: str, mine: str, k: str, step: str, count: str, to: str, packed: str, plain: str
    ) -> None:
        """A panel of a convolution's weights, whose k may have no one stride."""
        b = self.b
        with b.either(b.test(self.ctx["gather"], "ne", "0")) as case:
            with case(1):
                records = b.at(mine, self.ctx["roomw"])
                places = f"i64 {k}, i64 {step}, i64 {count}, ptr {to}, {packed}"
                b.put(f"call void @pack_gather(ptr {at}, ptr {records}, {places})")
            with case(0):
                b.put(f"call void @pack_{side}(ptr {at}, {plain})")

    def tiles(
        self, a: str, bb: str, sums: str, mine: str, start: str, stop: str, k: str, live: str, again: str
    ) -> None:
        """Every tile of a unit: panels of B outside, so that one stays in cache for all panels of A."""
        b, ctx, n = self.b, self.ctx, self.form.columns
        packs_a, packs_b = b.test(ctx["packa"], "ne", "0"), b.test(ctx["packb"], "ne", "0")
        whole = b.div(live, str(n))
        with b.loop("0", self.columns(live)) as j:
            column = b.mul(j.index, str(n))
            packed = b.let(f"or i1 {packs_b}, {b.test(j.index, 'sge', whole)}")
            slot = b.pick(packs_b, j.index, "0")
            there = b.at(b.at(mine, ctx["roomb"]), b.mul(slot, ctx["panelb"]))
            panel = b.pick(packed, there, b.at(bb, b.mul(column, ctx["bcs"])), "ptr")
            step = b.pick(packed, str(n * self.word), ctx["brs"])
            left = b.sub(live, column)
            line = b.at(sums, b.mul(column, str(self.word)))
            with self.panels(start, stop, mine) as (row, rows, there):
                lines = b.pick(packs_a, there, b.at(a, b.mul(row, ctx["ars"])), "ptr")
                out = b.at(line, b.mul(b.sub(row, start), ctx["ldc"]))
                operands = (
                    f"ptr {lines}, i64 {ctx['lrow']}, i64 {ctx['lcol']}, ptr {panel}, i64 {step}, "
                    f"ptr {out}, i64 {ctx['ldc']}, i64 {k}, i1 {again}, i64 {left}"
                )
                with b.cases(rows) as case:
                    for r in microkernel.heights(self.form):
                        with case(r):
                            b.put(f"call void @u{r}({operands})")


def source(form: Tile, name: str) -> str:
    """The text of the object whose function is called `name`."""
    parts = [pack.functions(form), pack.declarations(form), microkernel.declarations(form), CALLS]
    if form.kind in ("across", "along"):
        parts += [gemv.declarations(form), gemv.Gemv(form, name).text()]
    else:
        parts += [*(microkernel.tile(form, r) for r in microkernel.heights(form)), Gemm(form, name).text()]
    if form.window:
        parts.append(window.functions(form))
    return "\n".join([*parts, "attributes #0 = { nounwind }", ""])


@cache
def text(form: Tile) -> tuple[str, str]:
    """The key of a form's object and its text, whose function is `k_<key>`."""
    anonymous = source(form, "k_")
    key = hashlib.sha256(anonymous.encode()).hexdigest()[:32]
    return key, anonymous.replace("@k_(", f"@k_{key}(", 1)
