"""Packing: copies operands into the panels that the micro-kernel reads, converting storage types on the way.

`pack_b(source, rs, cs, panel, k, live)`: B[k, live] at byte strides -> panel[k][form.columns].
`pack_a(source, rs, cs, panel, row, col, rows, k)`: A[rows, k] -> panel at byte strides (row, col).
`put_c(block, ldw, c, rs, cs, rows, columns, more)`: the finished block -> (or added to) C at byte strides.
Lanes past `live` hold values that nothing reads.
"""

from __future__ import annotations

from rustorch_fn.kernel.contract import Tile
from rustorch_fn.target.llvm import words
from rustorch_fn.target.llvm.builder import SIZES, TYPES, Builder


class Words:
    """Reads and writes of one storage type as values of the type that the kernel calculates in; 0 lanes: scalars."""

    def __init__(self, b: Builder, store: str, acc: str, lanes: int) -> None:
        self.b, self.store, self.acc, self.lanes = b, store, acc, lanes
        self.size = SIZES[store]
        self.bits = self.many(f"i{8 * self.size}")
        self.value = self.many(TYPES[acc])
        self.mask = self.many("i1")

    def many(self, kind: str) -> str:
        return f"<{self.lanes} x {kind}>" if self.lanes else kind

    def read(self, pointer: str, mask: str = "") -> str:
        if not mask:
            return self.widen(self.b.let(f"load {self.bits}, ptr {pointer}, align {self.size}"))
        name = f"@llvm.masked.load.v{self.lanes}i{8 * self.size}.p0"
        operands = f"ptr align {self.size} {pointer}, {self.mask} {mask}, {self.bits} zeroinitializer"
        return self.widen(self.b.let(f"call {self.bits} {name}({operands})"))

    def write(self, value: str, pointer: str, mask: str = "") -> None:
        bits = self.narrow(value)
        if not mask:
            self.b.put(f"store {self.bits} {bits}, ptr {pointer}, align {self.size}")
            return
        name = f"@llvm.masked.store.v{self.lanes}i{8 * self.size}.p0"
        self.b.put(f"call void {name}({self.bits} {bits}, ptr align {self.size} {pointer}, {self.mask} {mask})")

    def widen(self, bits: str) -> str:
        b, lanes = self.b, self.lanes
        if self.store != "bf16":
            bits = b.cast("bitcast", self.bits, bits, self.many(words.MEMORY[self.store]))
        value = words.widen(b, bits, self.store, lanes)
        if words.REGISTER[self.store] == TYPES[self.acc]:
            return value
        return b.cast("fpext", words.register(self.store, lanes), value, self.value)

    def narrow(self, value: str) -> str:
        """Rounds to nearest even; a NaN stays one."""
        b, lanes = self.b, self.lanes
        if words.REGISTER[self.store] != TYPES[self.acc]:
            value = b.cast("fptrunc", self.value, value, words.register(self.store, lanes))
        bits = words.pack(b, value, self.store, lanes)
        return bits if self.store == "bf16" else b.cast("bitcast", self.many(words.MEMORY[self.store]), bits, self.bits)


def transposed(b: Builder, rows: list[str], lanes: int, kind: str) -> list[str]:
    """The transpose of a square of vectors: log2(lanes) rounds that swap off-diagonal blocks."""
    rows, distance, vector = list(rows), lanes // 2, f"<{lanes} x {kind}>"
    while distance:
        for i in (i for i in range(lanes) if not i & distance):
            x, y = rows[i], rows[i + distance]
            lower = [lane if not lane & distance else lanes + lane - distance for lane in range(lanes)]
            upper = [lane + distance if not lane & distance else lanes + lane for lane in range(lanes)]
            for index, order in ((i, lower), (i + distance, upper)):
                mask = f"<{lanes} x i32> <{', '.join(f'i32 {o}' for o in order)}>"
                rows[index] = b.let(f"shufflevector {vector} {x}, {vector} {y}, {mask}")
        distance //= 2
    return rows


class Packer:
    """What the packing functions of one form share."""

    def __init__(self, form: Tile, signature: str, store: str) -> None:
        self.form, self.b = form, Builder(f"internal void {signature} #0", form.half)
        self.store, self.size = store, SIZES[store]
        self.vector = Words(self.b, store, form.acc, form.lanes)
        self.scalar = Words(self.b, store, form.acc, 0)
        self.inside = Words(self.b, form.acc, form.acc, form.lanes)
        self.single = Words(self.b, form.acc, form.acc, 0)
        self.word = SIZES[form.acc]
        self.side = min(form.lanes, 8)  # of the squares that are transposed: compiles in half the time of 16

    def masked_run(self, start: str, stop: str, visit) -> None:  # type: ignore[no-untyped-def]
        """visit(index, mask) for every vector of a run; the last one under its mask."""
        with self.b.loop(start, stop, str(self.form.lanes)) as loop:
            visit(loop.index, self.b.below(self.b.sub(stop, loop.index), self.form.lanes))

    def run(self, source: str, panel: str, count: str) -> None:
        """A contiguous run of the storage type into a contiguous run of values."""
        b, lanes = self.b, self.form.lanes
        whole = b.let(f"and i64 {count}, {-lanes}")

        def move(index: str, mask: str) -> None:
            value = self.vector.read(b.at(source, b.mul(index, str(self.size))), mask)
            self.inside.write(value, b.at(panel, b.mul(index, str(self.word))), mask)

        with b.loop("0", whole, str(lanes)) as loop:
            move(loop.index, "")
        self.masked_run(whole, count, move)


def pack_b(form: Tile) -> str:
    """B into a panel: along rows, by transposing squares, or one by one."""
    p = Packer(form, "@pack_b(ptr %source, i64 %rs, i64 %cs, ptr %panel, i64 %k, i64 %live)", form.b)
    b, row = p.b, form.columns * p.word
    with b.either(b.test("%cs", "eq", str(p.size))) as rows:
        with rows(1):
            _b_rows(p, row)
        with rows(0):
            square = b.both(b.test("%rs", "eq", str(p.size)), b.test("%k", "sge", str(p.side)))
            with b.either(square) as squares:
                with squares(1):
                    _b_squares(p, row)
                with squares(0), b.loop("0", "%k") as k, b.loop("0", "%live") as j:
                    at = b.add(b.mul(k.index, "%rs"), b.mul(j.index, "%cs"))
                    to = b.add(b.mul(k.index, str(row)), b.mul(j.index, str(p.word)))
                    p.single.write(p.scalar.read(b.at("%source", at)), b.at("%panel", to))
    b.put("ret void")
    return b.text()


def _b_rows(p: Packer, row: int) -> None:
    b, form = p.b, p.form
    masks = [b.below(b.sub("%live", str(v * form.lanes)), form.lanes) for v in range(form.vectors)]
    with b.either(b.test("%live", "sge", str(form.columns))) as whole:
        for all_live in (True, False):
            with whole(int(all_live)), b.loop("0", "%k") as k:
                source, panel = b.at("%source", b.mul(k.index, "%rs")), b.at("%panel", b.mul(k.index, str(row)))
                for v, mask in enumerate(masks):
                    value = p.vector.read(b.at(source, str(v * form.lanes * p.size)), "" if all_live else mask)
                    p.inside.write(value, b.at(panel, str(v * form.lanes * p.word)))


def _b_squares(p: Packer, row: int) -> None:
    """Squares of vectors; the last one of a run overlaps its neighbour and writes the same again."""
    b, form, side = p.b, p.form, p.side
    read, write = (Words(b, store, form.acc, side) for store in (form.b, form.acc))
    last_row, last = b.sub("%live", "1"), b.sub("%k", str(side))
    with b.loop("0", "%live", str(side)) as j, b.loop("0", "%k", str(side)) as k:
        at = b.least(k.index, last)
        source = b.at("%source", b.mul(at, "%rs"))
        lines = []
        for i in range(side):
            line = b.least(b.add(j.index, str(i)), last_row)
            lines.append(read.read(b.at(source, b.mul(line, "%cs"))))
        to = b.at("%panel", b.add(b.mul(at, str(row)), b.mul(j.index, str(p.word))))
        for i, value in enumerate(transposed(b, lines, side, TYPES[form.acc])):
            write.write(value, b.at(to, str(i * row)))
    return


def pack_a(form: Tile) -> str:
    """A into a panel: along k, along rows, or one by one."""
    arguments = "ptr %source, i64 %rs, i64 %cs, ptr %panel, i64 %row, i64 %col, i64 %rows, i64 %k"
    p = Packer(form, f"@pack_a({arguments})", form.a)
    b = p.b
    along_k = b.both(b.test("%cs", "eq", str(p.size)), b.test("%col", "eq", str(p.word)))
    along_rows = b.both(b.test("%rs", "eq", str(p.size)), b.test("%row", "eq", str(p.word)))
    choice = b.pick(along_k, "1", b.pick(along_rows, "2", "0"))
    with b.cases(choice) as case:
        with case(1), b.loop("0", "%rows") as i:
            source, panel = b.at("%source", b.mul(i.index, "%rs")), b.at("%panel", b.mul(i.index, "%row"))
            p.run(source, panel, "%k")
        with case(2), b.loop("0", "%k") as k:
            source, panel = b.at("%source", b.mul(k.index, "%cs")), b.at("%panel", b.mul(k.index, "%col"))
            p.run(source, panel, "%rows")
        with case(0), b.loop("0", "%rows") as i, b.loop("0", "%k") as k:
            at = b.add(b.mul(i.index, "%rs"), b.mul(k.index, "%cs"))
            to = b.add(b.mul(i.index, "%row"), b.mul(k.index, "%col"))
            p.single.write(p.scalar.read(b.at("%source", at)), b.at("%panel", to))
    b.put("ret void")
    return b.text()


def put_c(form: Tile) -> str:
    """The block that was summed in scratch into C, rounded to its storage type."""
    arguments = "ptr %block, i64 %ldw, ptr %c, i64 %rs, i64 %cs, i64 %rows, i64 %columns, i1 %more"
    p = Packer(form, f"@put_c({arguments})", form.c)
    b = p.b
    with b.loop("0", "%rows") as i:
        block, line = b.at("%block", b.mul(i.index, "%ldw")), b.at("%c", b.mul(i.index, "%rs"))
        with b.either(b.test("%cs", "eq", str(p.size))) as unit:
            with unit(1):

                def put(index: str, mask: str) -> None:
                    value = p.inside.read(b.at(block, b.mul(index, str(p.word))), mask)
                    where = b.at(line, b.mul(index, str(p.size)))
                    read = b.let(f"select i1 %more, {p.vector.mask} {mask}, {p.vector.mask} zeroinitializer")
                    old = p.vector.read(where, read)
                    p.vector.write(b.let(f"fadd {p.vector.value} {old}, {value}"), where, mask)

                p.masked_run("0", "%columns", put)
            with unit(0), b.loop("0", "%columns") as j:
                where = b.at(line, b.mul(j.index, "%cs"))
                value = p.single.read(b.at(block, b.mul(j.index, str(p.word))))
                with b.either("%more") as more:
                    with more(1):
                        p.scalar.write(b.let(f"fadd {p.scalar.value} {p.scalar.read(where)}, {value}"), where)
                    with more(0):
                        p.scalar.write(value, where)
    b.put("ret void")
    return b.text()


def functions(form: Tile) -> str:
    """All packing functions of a form."""
    return "\n".join(make(form) for make in (pack_a, pack_b, put_c))


def declarations(form: Tile) -> str:
    """Masked moves of the storage types, as plain bits."""
    lines = []
    for size in sorted({SIZES[s] for s in (form.a, form.b, form.c, form.acc)}):
        vector, mask, suffix = f"<{form.lanes} x i{8 * size}>", f"<{form.lanes} x i1>", f"v{form.lanes}i{8 * size}"
        lines.append(f"declare {vector} @llvm.masked.load.{suffix}.p0(ptr, {mask}, {vector})")
        lines.append(f"declare void @llvm.masked.store.{suffix}.p0({vector}, ptr, {mask})")
    return "\n".join(lines)
