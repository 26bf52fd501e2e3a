"""Convolutions as matrix products: the packer computes where each element of the window matrix lies.

The window matrix has positions (of the output) on one side and k (features and window offsets) on the other.
Both sides are digits of a few axes; each axis moves the address and up to three coordinates, which must stay
inside the input, else the element is zero. `section` points at the numbers of one side's axes (`kernel.contract`).

`walk(section, start, count, records, single)` cuts `count` indices into runs along the last axis and writes a
record for each: address, three coordinates, place in the line, length, address in the output.
`pack_window(x, lines, count, runs, n, section, limits, panel, stride)` writes a line of runs for each record.
"""

from __future__ import annotations

from rustorch_fn.kernel.contract import AXES, RECORD, Tile
from rustorch_fn.target.llvm.builder import SIZES, Builder
from rustorch_fn.target.llvm.pack import Packer

ADDRESS, COORDINATES, PLACE, LENGTH, OUTPUT = 0, (1, 2, 3), 4, 5, 6  # fields of a record
MOVES = (ADDRESS, *COORDINATES, OUTPUT)  # rows of a section after the extents, in this order


def walk(form: Tile) -> str:
    """Runs of an index range, or single indices."""
    b = Builder("internal i64 @walk(ptr %section, i64 %start, i64 %count, ptr %records, i1 %single) #0")
    extents = [b.read("%section", str(i)) for i in range(AXES)]
    moves = [[b.read("%section", str((row + 1) * AXES + i)) for i in range(AXES)] for row in range(len(MOVES))]
    first = [b.read("%section", str((len(MOVES) + 1) * AXES + i)) for i in range(len(COORDINATES))]
    with b.loop("0", "%count", carry=[("ptr", "%records"), ("i64", "0")]) as loop:
        record, n = loop.carried
        rest = b.add("%start", loop.index)
        digits = []
        for extent in reversed(extents[1:]):
            quotient = b.div(rest, extent)
            digits.append(b.sub(rest, b.mul(quotient, extent)))
            rest = quotient
        digits = [rest, *reversed(digits)]
        run = b.least(b.sub(extents[-1], digits[-1]), b.sub("%count", loop.index))
        loop.step = b.pick("%single", "1", run)
        values = {PLACE: b.mul(loop.index, str(SIZES[form.acc])), LENGTH: loop.step}
        for field, row in zip(MOVES, moves, strict=True):
            total = first[COORDINATES.index(field)] if field in COORDINATES else "0"
            for digit, move in zip(digits, row, strict=True):
                total = b.add(total, b.mul(digit, move))
            values[field] = total
        for field, value in values.items():
            b.do(f"store i64 {value}, ptr {b.at(record, str(8 * field))}")
        loop.next = [b.at(record, str(RECORD)), b.add(n, "1")]
    b.do(f"ret i64 {loop.final[1]}")
    return b.text()


class _Window(Packer):
    """The function `pack_window` of one form."""

    def __init__(self, form: Tile) -> None:
        arguments = (
            "ptr %x, ptr %lines, i64 %count, ptr %runs, i64 %n, ptr %section, ptr %limits, ptr %panel, i64 %stride"
        )
        super().__init__(form, f"@pack_window({arguments})", form.a if form.window == "a" else form.b)
        b = self.b
        last = [(row + 1) * AXES + AXES - 1 for row in range(4)]
        self.move, *self.steps = (b.read("%section", str(i)) for i in last)
        self.limits = [b.read("%limits", str(i)) for i in range(3)]

    def text(self) -> str:
        b = self.b
        easy = [b.test(step, "ule", "1") for step in self.steps]
        plain = b.both(b.test(self.move, "eq", str(self.size)), b.both(easy[0], b.both(easy[1], easy[2])))
        with b.loop("0", "%count", carry=[("ptr", "%lines"), ("ptr", "%panel")]) as lines:
            line, panel = lines.carried
            address, *start = (b.read(line, str(field)) for field in (ADDRESS, *COORDINATES))
            with b.loop("0", "%n", carry=[("ptr", "%runs")]) as runs:
                run = runs.carried[0]
                source = b.at("%x", b.add(address, b.read(run, str(ADDRESS))))
                at = [b.add(s, b.read(run, str(f))) for s, f in zip(start, COORDINATES, strict=True)]
                target, length = b.at(panel, b.read(run, str(PLACE))), b.read(run, str(LENGTH))
                with b.either(plain) as case:
                    with case(1):
                        self.vectors(source, at, target, length)
                    with case(0):
                        self.singles(source, at, target, length)
                runs.next = [b.at(run, str(RECORD))]
            lines.next = [b.at(line, str(RECORD)), b.at(panel, "%stride")]
        b.do("ret void")
        return b.text()

    def vectors(self, source: str, at: list[str], target: str, length: str) -> None:
        """A contiguous run: what lies inside is an interval. Stores may run over: the next run comes after."""
        b, lanes = self.b, self.form.lanes
        low, high = "0", length
        for u, limit, step in zip(at, self.limits, self.steps, strict=True):
            moves = b.test(step, "eq", "1")
            stays = b.pick(b.test(u, "ult", limit), length, "0")
            low = b.most(low, b.pick(moves, b.sub("0", u), "0"))
            high = b.least(high, b.pick(moves, b.sub(limit, u), stays))
        with b.loop("0", length, str(lanes)) as i:
            here = b.at(source, b.mul(i.index, str(self.size)))
            below = b.below(b.most(b.sub(high, i.index), "0"), lanes)
            before = b.below(b.most(b.least(b.sub(low, i.index), str(lanes)), "0"), lanes)
            ones = f"<{', '.join(['i1 true'] * lanes)}>"
            inside = b.let(f"and <{lanes} x i1> {below}, {b.let(f'xor <{lanes} x i1> {before}, {ones}')}")
            self.inside.write(self.vector.read(here, inside), b.at(target, b.mul(i.index, str(self.word))))

    def singles(self, source: str, at: list[str], target: str, length: str) -> None:
        """Any other run: each element asks whether it lies inside."""
        b = self.b
        carry = [("ptr", source), ("ptr", target), *(("i64", u) for u in at)]
        with b.loop("0", length, carry=carry) as i:
            here, to, *now = i.carried
            inside = [b.test(u, "ult", limit) for u, limit in zip(now, self.limits, strict=True)]
            with b.either(b.both(inside[0], b.both(inside[1], inside[2]))) as case:
                with case(1):
                    self.single.write(self.scalar.read(here), to)
                with case(0):
                    self.single.write("0.0", to)
            further = [b.add(u, step) for u, step in zip(now, self.steps, strict=True)]
            i.next = [b.at(here, self.move), b.at(to, str(self.word)), *further]


def functions(form: Tile) -> str:
    """What a windowed form needs besides packing."""
    return "\n".join([walk(form), _Window(form).text()])
