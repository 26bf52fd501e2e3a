"""What all contraction kernels share: they read the numbers of a host plan and walk over units of work."""

from __future__ import annotations

from collections.abc import Iterator

from rustorch_fn.kernel.contract import BATCH, SLOTS, Tile
from rustorch_fn.target.llvm.builder import SIZES, Builder

PLACES = {slot: i for i, slot in enumerate(SLOTS)}


class Slots:
    """The numbers of the context, read where they are used: registers are few, and the context stays in L1."""

    def __init__(self, b: Builder) -> None:
        self.b = b

    def __getitem__(self, slot: str) -> str:
        return self.b.read("%ctx", str(PLACES[slot]))


class Driver:
    """The function of one form; `segment` says what is done for a unit, or for several side by side."""

    def __init__(self, form: Tile, name: str) -> None:
        self.form = form
        self.b = Builder(f"i64 @{name}(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) #0", form.half)
        self.ctx = Slots(self.b)
        places = (self.ctx["bufa"], self.ctx["bufb"], "2", "3")
        self.a, self.bb, self.c, self.scratch = (self.b.read("%bufs", i, "ptr") for i in places)
        self.word = SIZES[form.acc]

    def text(self) -> str:
        b, ctx = self.b, self.ctx
        more = b.test(ctx["add"], "ne", "0")
        with b.loop("%begin", "%end") as u:
            cell, first = b.div(u.index, ctx["units"]), b.let(f"urem i64 {u.index}, {ctx['units']}")
            room = b.least(b.sub("%end", u.index), b.sub(ctx["units"], first))
            u.step = b.least(room, ctx["span"])
            matrix, block = b.div(cell, ctx["blocks"]), b.let(f"urem i64 {cell}, {ctx['blocks']}")
            a, bb, c = self.batch(matrix)
            self.segment(a, bb, c, self.scratch, first, b.add(first, u.step), block, more)
        b.put("ret i64 0")
        return b.text()

    def batch(self, matrix: str) -> tuple[str, str, str]:
        """Where the matrices of one element of the batch begin."""
        b, ctx, out = self.b, self.ctx, [self.a, self.bb, self.c]
        out = [b.at(p, ctx[f"off{x}"]) for p, x in zip(out, "abc", strict=True)]
        for i, digit in self.digits(matrix, "batch", BATCH):
            out = [b.at(p, b.mul(digit, ctx[f"{x}batch{i}"])) for p, x in zip(out, "abc", strict=True)]
        return out[0], out[1], out[2]

    def digits(self, number: str, name: str, count: int) -> Iterator[tuple[int, str]]:
        """The digits of a number whose radices are context slots, last first."""
        b = self.b
        for i in reversed(range(1, count)):
            radix = self.ctx[f"{name}{i}"]
            yield i, b.let(f"urem i64 {number}, {radix}")
            number = b.div(number, radix)
        yield 0, number

    def put(self, block: str, c: str, rs: str, cs: str, rows: str, columns: str, more: str) -> None:
        where = f"ptr {block}, i64 {self.ctx['ldc']}, ptr {c}, i64 {rs}, i64 {cs}"
        self.b.put(f"call void @put_c({where}, i64 {rows}, i64 {columns}, i1 {more})")

    def segment(self, a: str, bb: str, c: str, mine: str, first: str, last: str, block: str, more: str) -> None:
        """Units first..last of one block of columns."""
        raise NotImplementedError
