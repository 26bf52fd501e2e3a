"""Convolutions as matrix products: the packer computes where each element of the window matrix lies.

The window matrix has positions (of the output) on one side and k (features and window offsets) on the other.
Both sides are digits of a few axes; each axis moves the address and up to three coordinates, which must stay
inside the input, else the element is zero. `section` points at the numbers of one side's axes (`kernel.contract`).

`walk(section, start, count, records, single, total, every)` cuts `count` indices into runs along the last axis and
writes a record for each: address, three coordinates, place in the line, length, address in the output. Of single
indices the length says how often one comes back within `total`, `every` indices later.
`pack_window(x, lines, count, runs, n, section, limits, panel, stride, still, every, room)` writes a line of runs for
each record of `lines`, and for its repetitions, which lie `still` bytes further in the input: features share the
question what lies inside.
"""

from __future__ import annotations

from rustorch_fn.kernel.contract import AXES, RECORD, Tile
from rustorch_fn.target.llvm.builder import SIZES, Builder
from rustorch_fn.target.llvm.pack import Packer

ADDRESS, COORDINATES, PLACE, LENGTH, OUTPUT = 0, (1, 2, 3), 4, 5, 6  # fields of a record
MOVES = (ADDRESS, *COORDINATES, OUTPUT)  # rows of a section after the extents, in this order


def walk(form: Tile) -> str:
    """Runs of an index range, or single indices."""
    arguments = "ptr %section, i64 %start, i64 %count, ptr %records, i1 %single, i64 %total, i64 %every"
    b = Builder(f"internal i64 @walk({arguments}) #0")
    extents = [b.read("%section", str(i)) for i in range(AXES)]
    moves = [[b.read("%section", str((row + 1) * AXES + i)) for i in range(AXES)] for row in range(len(MOVES))]
    first = [b.read("%section", str((len(MOVES) + 1) * AXES + i)) for i in range(len(COORDINATES))]
    rest, digits = "%start", []
    for extent in reversed(extents[1:]):
        quotient = b.div(rest, extent)
        digits.append(b.sub(rest, b.mul(quotient, extent)))
        rest = quotient
    digits = [rest, *reversed(digits)]
    carry = [("ptr", "%records"), ("i64", "0"), *(("i64", d) for d in digits)]
    with b.loop("0", "%count", carry=carry) as loop:
        record, n, *digits = loop.carried
        run = b.least(b.sub(extents[-1], digits[-1]), b.sub("%count", loop.index))
        loop.step = b.pick("%single", "1", run)
        times = b.div(b.add(b.sub("%total", loop.index), b.sub("%every", "1")), "%every")
        values = {PLACE: b.mul(loop.index, str(SIZES[form.acc])), LENGTH: b.pick("%single", times, run)}
        for field, row in zip(MOVES, moves, strict=True):
            total = first[COORDINATES.index(field)] if field in COORDINATES else "0"
            for digit, move in zip(digits, row, strict=True):
                total = b.add(total, b.mul(digit, move))
            values[field] = total
        for field, value in values.items():
            b.put(f"store i64 {value}, ptr {b.at(record, str(8 * field))}")
        loop.next = [b.at(record, str(RECORD)), b.add(n, "1"), *advanced(b, digits, extents, loop.step)]
    b.put(f"ret i64 {loop.final[1]}")
    return b.text()


def advanced(b: Builder, digits: list[str], extents: list[str], step: str) -> list[str]:
    """An odometer that moves on by at most what is left of its last digit: no division per record."""
    out, carry = [], step
    for digit, extent in zip(reversed(digits[1:]), reversed(extents[1:]), strict=True):
        up = b.add(digit, carry)
        full = b.test(up, "eq", extent)
        out.append(b.pick(full, "0", up))
        carry = b.pick(full, "1", "0")
    return [b.add(digits[0], carry), *reversed(out)]


class _Window(Packer):
    """The function `pack_window` of one form."""

    def __init__(self, form: Tile) -> None:
        arguments = (
            "ptr %x, ptr %lines, i64 %count, ptr %runs, i64 %n, ptr %section, ptr %limits, ptr %panel, i64 %stride, "
            "i64 %still, i64 %every, i64 %room"
        )
        super().__init__(form, f"@pack_window({arguments})", form.a if form.window == "a" else form.b)
        b = self.b
        last = [(row + 1) * AXES + AXES - 1 for row in range(4)]
        self.move, *self.steps = (b.read("%section", str(i)) for i in last)
        self.limits = [b.read("%limits", str(i)) for i in range(3)]

    def text(self) -> str:
        b = self.b
        choice = b.pick(self.steps_are("1"), "1", b.pick(self.steps_are("2"), "2", "0"))
        self.jump, room = b.mul("%every", "%stride"), b.mul("%room", str(self.word))
        with b.loop("0", "%count", carry=[("ptr", "%lines")]) as lines:
            line = lines.carried[0]
            address, *start = (b.read(line, str(field)) for field in (ADDRESS, *COORDINATES))
            self.times = b.read(line, str(LENGTH))
            panel = b.at("%panel", b.mul(b.div(b.read(line, str(PLACE)), str(self.word)), "%stride"))
            with b.loop("0", "%n", carry=[("ptr", "%runs")]) as runs:
                run = runs.carried[0]
                source = b.at("%x", b.add(address, b.read(run, str(ADDRESS))))
                at = [b.add(s, b.read(run, str(f))) for s, f in zip(start, COORDINATES, strict=True)]
                place, length = b.read(run, str(PLACE)), b.read(run, str(LENGTH))
                target = b.at(panel, place)
                with b.cases(choice) as case:
                    for step in (1, 2):
                        with case(step):
                            self.vectors(source, at, target, length, b.sub(room, place), step)
                    with case(0):
                        self.singles(source, at, target, length)
                runs.next = [b.at(run, str(RECORD))]
            lines.next = [b.at(line, str(RECORD))]
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

    def vectors(self, source: str, at: list[str], target: str, length: str, room: str, step: int) -> None:
        """A run of neighbours, or of every second one. What lies inside is an interval of the elements passed over.

        Stores may run over within the line, as the next run comes after, but not over its end: lines come in any order.
        """
        b, lanes = self.b, self.form.lanes
        passed = length if step == 1 else b.sub(b.mul(length, str(step)), str(step - 1))
        low, high = "0", passed
        for u, limit, own in zip(at, self.limits, self.steps, strict=True):
            stays = b.test(own, "eq", "0")
            whole = b.pick(b.test(u, "ult", limit), passed, "0")
            low = b.most(low, b.pick(stays, "0", b.sub("0", u)))
            high = b.least(high, b.pick(stays, whole, b.sub(limit, u)))
        with b.loop("0", length, str(lanes)) as i:
            starts = [b.add(b.mul(i.index, str(step)), str(v * lanes)) for v in range(step)]
            places = [b.mul(start, str(self.size)) for start in starts]
            end = b.add(b.mul(i.index, str(self.word)), str(lanes * self.word))
            to = b.at(target, b.mul(i.index, str(self.word)))
            inside = b.both(b.test(low, "sle", starts[0]), b.test(b.add(starts[-1], str(lanes)), "sle", high))
            with b.either(inside) as case:
                with case(1):
                    self.repeat(source, to, places, [""] * step, "")
                with case(0):
                    masks = [self.between(b.sub(low, start), b.sub(high, start)) for start in starts]
                    live = b.below(b.sub(length, i.index), lanes)
                    with b.either(b.test(end, "sle", room)) as fits:
                        with fits(1):
                            self.repeat(source, to, places, masks, "")
                        with fits(0):
                            self.repeat(source, to, places, masks, live)

    def repeat(self, source: str, target: str, places: list[str], masks: list[str], live: str) -> None:
        """One vector of a run, in the line and its repetitions."""
        b, lanes, kind = self.b, self.form.lanes, self.vector.value
        with b.loop("0", self.times, carry=[("ptr", source), ("ptr", target)]) as again:
            here, to = again.carried
            values = [self.vector.read(b.at(here, place), mask) for place, mask in zip(places, masks, strict=True)]
            if len(values) > 1:
                kept = ", ".join(f"i32 {len(values) * lane}" for lane in range(lanes))
                values = [b.let(f"shufflevector {kind} {values[0]}, {kind} {values[1]}, <{lanes} x i32> <{kept}>")]
            self.inside.write(values[0], to, live)
            again.next = [b.at(here, "%still"), b.at(to, self.jump)]

    def between(self, low: str, high: str) -> str:
        """The mask of lanes low..high."""
        b, lanes = self.b, self.form.lanes
        below, before = (b.below(b.most(x, "0"), lanes) for x in (high, low))
        ones = f"<{', '.join(['i1 true'] * lanes)}>"
        return b.let(f"and <{lanes} x i1> {below}, {b.let(f'xor <{lanes} x i1> {before}, {ones}')}")

    def singles(self, source: str, at: list[str], target: str, length: str) -> None:
        """Any other run: each element asks whether it lies inside."""
        b = self.b
        with b.loop("0", self.times, carry=[("ptr", source), ("ptr", target)]) as again:
            here, there = again.carried
            self.single_run(here, there, at, length)
            again.next = [b.at(here, "%still"), b.at(there, self.jump)]

    def single_run(self, source: str, target: str, at: list[str], length: str) -> None:
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
