"""The innermost kernel of every contraction: a tile of C held in registers, one rank-1 update for each k.

`tile(form, rows)` is the function `u<rows>`: C[rows, form.columns] = (or +=) A[rows, k] B[k, form.columns].
A has run-time strides in bytes for its rows and its k, so one kernel reads rows, columns and packed panels;
B's columns are unit-stride vectors. Only the first `live` columns of C are touched.
"""

from __future__ import annotations

from rustorch_fn.kernel.contract import Tile
from rustorch_fn.target.llvm.builder import SIZES, TYPES, Builder

AHEAD = 8  # rows of B fetched before they are needed
SIGNATURE = "ptr %a, i64 %row, i64 %col, ptr %b, i64 %step, ptr %c, i64 %ldc, i64 %k, i1 %more, i64 %live"


class _Tile:
    def __init__(self, form: Tile, rows: int) -> None:
        self.form, self.rows = form, rows
        self.scalar = TYPES[form.acc]
        self.size = SIZES[form.acc]
        self.vector = f"<{form.lanes} x {self.scalar}>"
        self.suffix = f"v{form.lanes}{form.acc}"
        self.b = Builder(f"internal void @u{rows}({SIGNATURE}) #0")

    def prefetch(self, pointer: str, write: int) -> None:
        self.b.put(f"call void @llvm.prefetch.p0(ptr {pointer}, i32 {write}, i32 3, i32 1)")

    def columns(self, pointer: str) -> list[str]:
        """Addresses of the vectors of one row."""
        return [self.b.at(pointer, str(v * self.form.lanes * self.size)) for v in range(self.form.vectors)]

    def multiply_add(self, x: str, y: str, z: str) -> str:
        v = self.vector
        if self.form.fma:
            return self.b.let(f"call {v} @llvm.fma.{self.suffix}({v} {x}, {v} {y}, {v} {z})")
        return self.b.let(f"fadd {v} {z}, {self.b.let(f'fmul {v} {x}, {y}')}")

    def rank_one(self, lines: list[str], panel: str, ahead: str, sums: list[str]) -> list[str]:
        """sums + (column of A) x (row of B); `lines` are addresses of every third row of A."""
        b, form = self.b, self.form
        row = [b.let(f"load {self.vector}, ptr {p}, align {self.size}") for p in self.columns(panel)]
        for p in self.columns(b.at(panel, ahead)):
            self.prefetch(p, 0)
        out = []
        for i in range(self.rows):
            base, third = divmod(i, 3)
            where = b.at(lines[base], ("0", "%row", "%row2")[third])
            x = b.splat(b.let(f"load {self.scalar}, ptr {where}, align {self.size}"), self.scalar, form.lanes)
            out += [self.multiply_add(x, row[v], sums[i * form.vectors + v]) for v in range(form.vectors)]
        return out

    def store(self, sums: list[str]) -> None:
        """Writes the tile: whole rows of vectors when all columns live, else under masks."""
        b, form = self.b, self.form
        whole = b.test("%live", "sge", str(form.columns))
        b.put(f"br i1 {whole}, label %whole, label %part")
        b.start("whole")
        b.put("br i1 %more, label %adding, label %writing")
        for label, add in (("adding", True), ("writing", False)):
            b.start(label)
            self.rows_of_c(sums, lambda p, v, s, add=add: self.put(p, s, add))
        b.start("part")
        masks = [b.below(b.sub("%live", str(v * form.lanes)), form.lanes) for v in range(form.vectors)]
        kind = f"<{form.lanes} x i1>"
        reads = [b.pick("%more", m, "zeroinitializer", kind) for m in masks]
        self.rows_of_c(sums, lambda p, v, s: self.put_masked(p, s, masks[v], reads[v]))

    def rows_of_c(self, sums: list[str], put) -> None:  # type: ignore[no-untyped-def]
        pointer = "%c"
        for i in range(self.rows):
            for v, p in enumerate(self.columns(pointer)):
                put(p, v, sums[i * self.form.vectors + v])
            if i + 1 < self.rows:
                pointer = self.b.at(pointer, "%ldc")
        self.b.put("ret void")

    def put(self, pointer: str, value: str, add: bool) -> None:
        if add:
            old = self.b.let(f"load {self.vector}, ptr {pointer}, align {self.size}")
            value = self.b.let(f"fadd {self.vector} {old}, {value}")
        self.b.put(f"store {self.vector} {value}, ptr {pointer}, align {self.size}")

    def put_masked(self, pointer: str, value: str, mask: str, read: str) -> None:
        v, m = self.vector, f"<{self.form.lanes} x i1>"
        old = self.b.pick("%more", pointer, "%b", "ptr")  # a dead read of what was just written would wait for it
        load = f"@llvm.masked.load.{self.suffix}.p0(ptr align {self.size} {old}, {m} {read}, {v} zeroinitializer)"
        value = self.b.let(f"fadd {v} {self.b.let(f'call {v} {load}')}, {value}")
        name = f"@llvm.masked.store.{self.suffix}.p0"
        self.b.put(f"call void {name}({v} {value}, ptr align {self.size} {pointer}, {m} {mask})")

    def text(self) -> str:
        b, bases = self.b, -(-self.rows // 3)
        b.put("%row2 = shl i64 %row, 1")
        row3 = b.mul("%row", "3")
        lines = ["%a"]
        for _ in range(bases - 1):
            lines.append(b.at(lines[-1], row3))
        ahead = b.mul("%step", str(AHEAD))
        pointer = "%c"
        for i in range(self.rows):
            for p in self.columns(pointer):
                self.prefetch(p, 1)
            if i + 1 < self.rows:
                pointer = b.at(pointer, "%ldc")
        sums = [(self.vector, "zeroinitializer")] * (self.rows * self.form.vectors)
        carry = [*sums, *(("ptr", p) for p in lines), ("ptr", "%b")]
        with b.loop("0", "%k", carry=carry) as loop:
            now, pointers, panel = loop.carried[: len(sums)], loop.carried[len(sums) : -1], loop.carried[-1]
            new = self.rank_one(pointers, panel, ahead, now)
            loop.next = [*new, *(b.at(p, "%col") for p in pointers), b.at(panel, "%step")]
        self.store(loop.final[: len(sums)])
        return b.text()


def heights(form: Tile) -> list[int]:
    """Numbers of rows that have a tile: the full height and the powers of two below it."""
    return [1 << i for i in range((form.rows - 1).bit_length()) if 1 << i < form.rows] + [form.rows]


def tile(form: Tile, rows: int) -> str:
    """The micro-kernel for `rows` rows."""
    return _Tile(form, rows).text()


def declarations(form: Tile) -> str:
    """What the micro-kernel calls: vector instructions, no library."""
    v, m, s = f"<{form.lanes} x {TYPES[form.acc]}>", f"<{form.lanes} x i1>", f"v{form.lanes}{form.acc}"
    return "\n".join(
        [
            f"declare {v} @llvm.fma.{s}({v}, {v}, {v})",
            f"declare {v} @llvm.masked.load.{s}.p0(ptr, {m}, {v})",
            f"declare void @llvm.masked.store.{s}.p0({v}, ptr, {m})",
            "declare void @llvm.prefetch.p0(ptr, i32 immarg, i32 immarg, i32 immarg)",
        ]
    )
