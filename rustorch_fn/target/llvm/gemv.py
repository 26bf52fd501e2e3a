"""Products of a vector and a matrix, which read every element of the matrix once: streams, no panels.

`across`: the matrix's rows lie along the result: eight of them at a time are added to a stretch of it.
`along`: they lie along k: four dot products at a time.
"""

from __future__ import annotations

from rustorch_fn.kernel.contract import Tile
from rustorch_fn.target.llvm.builder import TYPES
from rustorch_fn.target.llvm.driver import Driver
from rustorch_fn.target.llvm.pack import Words

ROWS = 8  # streams of `across`
DOTS, STEPS = 4, 2  # streams of `along`, and vectors of each in flight


class Gemv(Driver):
    """The kernel of one form."""

    def __init__(self, form: Tile, name: str) -> None:
        super().__init__(form, name)
        self.vector = f"<{form.lanes} x {TYPES[form.acc]}>"
        self.matrix = Words(self.b, form.b, form.acc, form.lanes)
        self.sums = Words(self.b, form.acc, form.acc, form.lanes)
        self.operand = Words(self.b, form.a, form.acc, 0)
        self.result = Words(self.b, form.c, form.acc, 0)

    def segment(self, a: str, bb: str, c: str, mine: str, first: str, last: str, block: str, more: str) -> None:
        b, ctx = self.b, self.ctx
        j0 = b.mul(block, ctx["width"])
        live = b.least(ctx["width"], b.sub(ctx["n"], j0))
        bb, c = b.at(bb, b.mul(j0, ctx["bcs"])), b.at(c, b.mul(j0, ctx["ccs"]))
        if self.form.kind == "across":
            self.across(a, bb, c, b.at(mine, ctx["roomc"]), live, more)
        else:
            self.along(a, bb, c, mine, live, more)

    def multiply_add(self, x: str, y: str, z: str) -> str:
        v = self.vector
        if self.form.fma:
            return self.b.let(f"call {v} @llvm.fma.v{self.form.lanes}{self.form.acc}({v} {x}, {v} {y}, {v} {z})")
        return self.b.let(f"fadd {v} {z}, {self.b.let(f'fmul {v} {x}, {y}')}")

    def stretch(self, live: str, visit) -> None:  # type: ignore[no-untyped-def]
        """visit(index, mask) for each vector of a run, the last under a mask."""
        b, lanes = self.b, self.form.lanes
        whole = b.let(f"and i64 {live}, {-lanes}")
        with b.loop("0", whole, str(lanes)) as j:
            visit(j.index, "")
        with b.when(b.test(whole, "slt", live)):
            visit(whole, b.below(b.sub(live, whole), lanes))

    def across(self, a: str, bb: str, c: str, room: str, live: str, more: str) -> None:
        b, ctx = self.b, self.ctx
        direct = b.test(ctx["direct"], "ne", "0")
        y = b.pick(direct, c, room, "ptr")
        with b.when(b.let(f"xor i1 {b.both(direct, more)}, true")):
            self.stretch(live, lambda j, mask: self.sums.write("zeroinitializer", self.to(y, j), mask))
        eights = b.let(f"and i64 {ctx['k']}, {-ROWS}")
        for start, stop, rows in (("0", eights, ROWS), (eights, ctx["k"], 1)):
            with b.loop(start, stop, str(rows)) as k:
                self.add_rows(b.at(a, b.mul(k.index, ctx["acs"])), b.at(bb, b.mul(k.index, ctx["brs"])), y, rows, live)
        with b.when(b.test(ctx["direct"], "eq", "0")):
            self.put(y, c, ctx["crs"], ctx["ccs"], "1", live, more)

    def to(self, y: str, j: str) -> str:
        return self.b.at(y, self.b.mul(j, str(self.word)))

    def add_rows(self, x: str, row: str, y: str, rows: int, live: str) -> None:
        """y += x[0..rows] times that many rows of the matrix."""
        b, factors, lines = self.b, [], []
        for _ in range(rows):
            factors.append(b.splat(self.operand.read(x), TYPES[self.form.acc], self.form.lanes))
            lines.append(row)
            x, row = b.at(x, self.ctx["acs"]), b.at(row, self.ctx["brs"])

        def visit(j: str, mask: str) -> None:
            total = self.sums.read(self.to(y, j), mask)
            for factor, line in zip(factors, lines, strict=True):
                here = self.matrix.read(b.at(line, b.mul(j, str(self.matrix.size))), mask)
                total = self.multiply_add(factor, here, total)
            self.sums.write(total, self.to(y, j), mask)

        self.stretch(live, visit)

    def along(self, a: str, bb: str, c: str, mine: str, live: str, more: str) -> None:
        b, ctx = self.b, self.ctx
        strides = f"i64 0, i64 {ctx['acs']}, ptr {mine}, i64 0, i64 {self.word}"
        with b.when(b.test(ctx["packa"], "ne", "0")):
            b.put(f"call void @pack_a(ptr {a}, {strides}, i64 1, i64 {ctx['k']})")
        x = b.pick(b.test(ctx["packa"], "ne", "0"), mine, a, "ptr")
        groups = b.let(f"and i64 {live}, {-DOTS}")
        for start, stop, columns in (("0", groups, DOTS), (groups, live, 1)):
            with b.loop(start, stop, str(columns)) as j:
                self.dots(x, b.at(bb, b.mul(j.index, ctx["bcs"])), b.at(c, b.mul(j.index, ctx["ccs"])), columns, more)

    def dots(self, x: str, column: str, c: str, columns: int, more: str) -> None:
        """`columns` dot products of x with neighbouring columns."""
        b, lanes, lines = self.b, self.form.lanes, [column]
        for _ in range(columns - 1):
            lines.append(b.at(lines[-1], self.ctx["bcs"]))

        def step(at: str, mask: str, sums: list[str]) -> list[str]:
            factor = self.sums.read(b.at(x, b.mul(at, str(self.word))), mask)
            place = b.mul(at, str(self.matrix.size))
            reads = [self.matrix.read(b.at(line, place), mask) for line in lines]
            return [self.multiply_add(factor, here, total) for here, total in zip(reads, sums, strict=True)]

        whole = b.let(f"and i64 {self.ctx['k']}, {-STEPS * lanes}")
        zeros = [(self.vector, "zeroinitializer")] * (STEPS * columns)
        with b.loop("0", whole, str(STEPS * lanes), carry=zeros) as k:
            parts = [k.carried[i * columns : (i + 1) * columns] for i in range(STEPS)]
            steps = [step(b.add(k.index, str(i * lanes)), "", part) for i, part in enumerate(parts)]
            k.next = [total for part in steps for total in part]
        sums = k.final[:columns]
        for i in range(1, STEPS):
            others = k.final[i * columns : (i + 1) * columns]
            sums = [b.let(f"fadd {self.vector} {p}, {q}") for p, q in zip(sums, others, strict=True)]
        with b.loop(whole, self.ctx["k"], str(lanes), carry=[(self.vector, s) for s in sums]) as rest:
            mask = b.below(b.sub(self.ctx["k"], rest.index), lanes)
            rest.next = step(rest.index, mask, rest.carried)
        for total in rest.final:
            self.finish(total, c, more)
            c = b.at(c, self.ctx["ccs"])

    def finish(self, total: str, c: str, more: str) -> None:
        """The sum of the lanes into (or added to) one element of C."""
        b, kind = self.b, TYPES[self.form.acc]
        name = f"@llvm.vector.reduce.fadd.v{self.form.lanes}{self.form.acc}"
        value = b.let(f"call reassoc {kind} {name}({kind} -0.0, {self.vector} {total})")
        with b.either(more) as case:
            with case(1):
                self.result.write(b.let(f"fadd {kind} {self.result.read(c)}, {value}"), c)
            with case(0):
                self.result.write(value, c)


def declarations(form: Tile) -> str:
    kind = TYPES[form.acc]
    suffix = f"v{form.lanes}{form.acc}"
    return f"declare {kind} @llvm.vector.reduce.fadd.{suffix}({kind}, <{form.lanes} x {kind}>)"
