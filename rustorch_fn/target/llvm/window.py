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
            b.put(f"store i64 {value}, ptr {b.at(record, str(8 * field))}")
        loop.next = [b.at(record, str(RECORD)), b.add(n, "1")]
    b.put(f"ret i64 {loop.final[1]}")
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
        choice = b.pick(self.steps_are("1"), "1", b.pick(self.steps_are("2"), "2", "0"))
        with b.loop("0", "%count", carry=[("ptr", "%lines"), ("ptr", "%panel")]) as lines:
            line, panel = lines.carried
            address, *start = (b.read(line, str(field)) for field in (ADDRESS, *COORDINATES))
            with b.loop("0", "%n", carry=[("ptr", "%runs")]) as runs:
                run = runs.carried[0]
                source = b.at("%x", b.add(address, b.read(run, str(ADDRESS))))
                at = [b.add(s, b.read(run, str(f))) for s, f in zip(start, COORDINATES, strict=True)]
                target, length = b.at(panel, b.read(run, str(PLACE))), b.read(run, str(LENGTH))
                with b.cases(choice) as case:
                    with case(1):
                        self.vectors(source, at, target, length, 1)
                    with case(2):
                        self.vectors(source, at, target, length, 2)
                    with case(0):
                        self.singles(source, at, target, length)
                runs.next = [b.at(run, str(RECORD))]
            lines.next = [b.at(line, str(RECORD)), b.at(panel, "%stride")]
        b.put("ret void")
        return b.text()

    def steps_are(self, step: str) -> str:
        """Whether a run moves by this many elements, and by as many places along every coordinate that it moves on."""
        b = self.b
        same = b.test(self.move, "eq", b.mul(step, str(self.size)))
        for own in self.steps:
            fits = b.let(f"or i1 {b.test(own, 'eq', '0')}, {b.test(own, 'eq', step)}")
            same = b.both(same, fits)
        return same

    def vectors(self, source: str, at: list[str], target: str, length: str, step: int) -> None:
        """A run of neighbours, or of every second one. What lies inside is an interval of the elements passed over.

        Stores may run over: the next run comes after.
        """
        b = self.b
        passed = length if step == 1 else b.sub(b.mul(length, str(step)), str(step - 1))
        last = b.sub(passed, "1")
        within = []
        for u, limit, own in zip(at, self.limits, self.steps, strict=True):
            far = b.add(u, b.pick(b.test(own, "eq", "0"), "0", last))
            within += [b.test(u, "ult", limit), b.test(far, "ult", limit)]
        all_inside = within[0]
        for one in within[1:]:
            all_inside = b.both(all_inside, one)
        with b.either(all_inside) as case:
            with case(1):
                self.interval(source, target, length, step, "0", passed)
            with case(0):
                low, high = "0", passed
                for u, limit, own in zip(at, self.limits, self.steps, strict=True):
                    stays = b.test(own, "eq", "0")
                    whole = b.pick(b.test(u, "ult", limit), passed, "0")
                    low = b.most(low, b.pick(stays, "0", b.sub("0", u)))
                    high = b.least(high, b.pick(stays, whole, b.sub(limit, u)))
                self.interval(source, target, length, step, low, high)

    def interval(self, source: str, target: str, length: str, step: int, low: str, high: str) -> None:
        """A run of which the elements low..high are read; with all of them, whole vectors need no mask."""
        b, lanes = self.b, self.form.lanes
        whole = b.let(f"and i64 {length}, {-lanes}") if low == "0" else "0"
        # the last vector of every second element would read one more than the run passes over
        whole = whole if step == 1 or low != "0" else b.most(b.sub(whole, str(lanes)), "0")

        def move(index: str, masked: bool) -> None:
            start = b.mul(index, str(step))
            parts = [b.add(start, str(v * lanes)) for v in range(step)]
            values = [self.inside_of(source, part, low, high, masked) for part in parts]
            if step > 1:
                kept = ", ".join(f"i32 {step * lane}" for lane in range(lanes))
                kind = self.vector.value
                pair = f"{kind} {values[0]}, {kind} {values[1]}, <{lanes} x i32> <{kept}>"
                values = [b.let(f"shufflevector {pair}")]
            self.inside.write(values[0], b.at(target, b.mul(index, str(self.word))))

        if whole != "0":
            with b.loop("0", whole, str(lanes)) as i:
                move(i.index, False)
        with b.loop(whole, length, str(lanes)) as i:
            move(i.index, True)

    def inside_of(self, source: str, start: str, low: str, high: str, masked: bool) -> str:
        """The vector at `start` of a run, zero outside low..high."""
        b, lanes = self.b, self.form.lanes
        here = b.at(source, b.mul(start, str(self.size)))
        if not masked or low == "0":
            return self.vector.read(here, b.below(b.most(b.sub(high, start), "0"), lanes) if masked else "")
        below = b.below(b.most(b.sub(high, start), "0"), lanes)
        before = b.below(b.most(b.sub(low, start), "0"), lanes)
        ones = f"<{', '.join(['i1 true'] * lanes)}>"
        mask = b.let(f"and <{lanes} x i1> {below}, {b.let(f'xor <{lanes} x i1> {before}, {ones}')}")
        return self.vector.read(here, mask)

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


def gather(form: Tile) -> str:
    """`pack_gather(source, records, k, step, count, panel, row, col)`: weights whose k has no one stride.

    Element (r, k) comes from source + the record's output address + r * step, and goes to (row, col) of the panel.
    """
    arguments = "ptr %source, ptr %records, i64 %k, i64 %step, i64 %count, ptr %panel, i64 %row, i64 %col"
    p = Packer(form, f"@pack_gather({arguments})", form.b if form.window == "a" else form.a)
    b = p.b
    unit = b.both(b.test("%step", "eq", str(p.size)), b.test("%row", "eq", str(p.word)))
    with b.loop("0", "%k", carry=[("ptr", "%records")]) as k:
        source = b.at("%source", b.read(k.carried[0], str(OUTPUT)))
        panel = b.at("%panel", b.mul(k.index, "%col"))
        with b.either(unit) as case:
            with case(1):
                p.run(source, panel, "%count")
            with case(0), b.loop("0", "%count") as r:
                value = p.scalar.read(b.at(source, b.mul(r.index, "%step")))
                p.single.write(value, b.at(panel, b.mul(r.index, "%row")))
        k.next = [b.at(k.carried[0], str(RECORD))]
    b.put("ret void")
    return b.text()


def functions(form: Tile) -> str:
    """What a windowed form needs besides packing."""
    return "\n".join([walk(form), _Window(form).text(), gather(form)])
