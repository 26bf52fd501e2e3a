"""A compiled program as data: memory slots and the steps that fill them, the same for every loop-level target.

A `Program` is `slots` and `steps`; steps name slots by their position. How to write one:

- `Slot("input", nbytes, k)` is the k-th input pointer of `run`, `Slot("output", nbytes, k)` the k-th output.
  Inputs are never written. `Slot("const", nbytes, k)` is the k-th constant given to the executable.
- `Slot("temp", nbytes)` lives in the arena; `place` decides where. `Slot("alias", nbytes, base, offset)` lies
  inside slot `base`. `Slot("row", nbytes)` has no memory: a `Loop` points it at one row of another slot.
- `Launch` calls `kernel(bufs, ctx, begin, end)` for [0, extent), split at multiples of `grain` where several
  threads help. The units of an extent are independent: any split must give the same bits. With `scratch` > 0 the
  kernel gets one more pointer, after its bufs: that many bytes (64-byte aligned) for the calling thread alone, in
  the slot `room`, an input that `with_scratch` adds.
  `updates` are pairs (written slot, read slot): the kernel reads an element of the second no later than it writes
  the same place of the first, so `place` may give both the same memory when the read slot dies here.
- `While`: run `cond`, stop when the byte at `pred` is 0, run `body`, move carries. `Loop`: for i in range(length)
  (or reversed) point each row slot at whole + i * stride, store i into `counter` (4 or 8 bytes, if given), run
  `body`, move carries.
- A carry (in, out, nbytes): its first value is in slot `in` when the loop starts, the body reads `in` and writes
  `out`, and after the loop the last value is in `in`. Pointers swap, data stays: `out` holds nothing of use
  afterwards. `in` is a temp or an output, `out` a temp (no inputs, constants, rows, aliases); none is named twice,
  except that the `in` of one carry may be the `out` of another (a rotation of temps).
- `Branch`: the integer at `index` (1, 4 or 8 bytes, the slot's size) clamped to the branches chooses one.
- `Host(callback, bufs, ctx)`: Python's `hosts[callback](pointers, ctx)`.
- `work` is the estimated time in nanoseconds on one thread; `site` is for the caller (which equation made it).
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeAlias

ALIGN = 64

Place: TypeAlias = tuple[int, int]  # slot, byte offset
Carry: TypeAlias = tuple[int, int, int]  # in slot, out slot, bytes
Row: TypeAlias = tuple[int, int, int]  # row slot, whole slot, bytes from one row to the next


@dataclass(frozen=True, slots=True)
class Slot:
    """The memory of one array value. `index` is a position among its kind, or the base slot of an alias."""

    kind: Literal["input", "output", "temp", "const", "alias", "row"]
    nbytes: int
    index: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Launch:
    """Call a kernel over [0, extent)."""

    kernel: str
    bufs: tuple[Place, ...]
    ctx: tuple[int, ...] = ()
    extent: int = 1
    grain: int = 1
    work: float = 0.0
    scratch: int = 0
    updates: tuple[tuple[int, int], ...] = ()
    site: int = -1
    room: int = -1


@dataclass(frozen=True, slots=True)
class Copy:
    """Copy bytes; source and destination are the same place or apart."""

    src: Place
    dst: Place
    nbytes: int
    site: int = -1


@dataclass(frozen=True, slots=True)
class Fill:
    """Set bytes to one value."""

    dst: Place
    nbytes: int
    byte: int = 0
    site: int = -1


@dataclass(frozen=True, slots=True)
class Host:
    """Call back into Python."""

    callback: int
    bufs: tuple[Place, ...]
    ctx: tuple[int, ...] = ()
    site: int = -1


@dataclass(frozen=True, slots=True)
class While:
    """Repeat `body` as long as `cond` leaves a byte other than 0 in slot `pred`."""

    cond: Steps
    pred: int
    body: Steps
    carries: tuple[Carry, ...] = ()
    site: int = -1


@dataclass(frozen=True, slots=True)
class Branch:
    """Run the one list of steps that slot `index` chooses."""

    index: int
    branches: tuple[Steps, ...]
    site: int = -1


@dataclass(frozen=True, slots=True)
class Loop:
    """Run `body` `length` times over rows of larger slots."""

    length: int
    body: Steps
    carries: tuple[Carry, ...] = ()
    rows: tuple[Row, ...] = ()
    reverse: bool = False
    counter: int = -1
    site: int = -1


Step: TypeAlias = Launch | Copy | Fill | Host | While | Branch | Loop
Steps: TypeAlias = tuple[Step, ...]
STEPS: dict[str, type] = {c.__name__: c for c in (Launch, Copy, Fill, Host, While, Branch, Loop)}


@dataclass(frozen=True, slots=True)
class Program:
    """Slots and steps. Equal programs have equal `encode`."""

    slots: tuple[Slot, ...]
    steps: Steps

    def count(self, kind: str) -> int:
        """How many pointers of a kind a call takes."""
        return max((s.index + 1 for s in self.slots if s.kind == kind), default=0)

    def kernels(self) -> tuple[str, ...]:
        """The keys of all kernels, each once, in order of first use."""
        return tuple(dict.fromkeys(s.kernel for s in walk(self.steps) if isinstance(s, Launch)))

    def encode(self) -> bytes:
        """These bytes say the same; `decode` takes them back."""
        plain = [[[s.kind, s.nbytes, s.index, s.offset] for s in self.slots], _plain(self.steps)]
        return json.dumps(plain, separators=(",", ":")).encode()


def walk(steps: Steps) -> Iterator[Step]:
    """Every step, those inside of control steps after the step itself."""
    for step in steps:
        yield step
        for inner in bodies(step):
            yield from walk(inner)


def bodies(step: Step) -> tuple[Steps, ...]:
    """The lists of steps that a control step holds."""
    match step:
        case While():
            return (step.cond, step.body)
        case Loop():
            return (step.body,)
        case Branch():
            return step.branches
    return ()


def _plain(value: Any) -> Any:
    if type(value).__name__ in STEPS:
        return [type(value).__name__, *(_plain(getattr(value, f.name)) for f in fields(value))]
    return [_plain(v) for v in value] if isinstance(value, tuple) else value


def _rich(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    if value and isinstance(value[0], str):
        return STEPS[value[0]](*map(_rich, value[1:]))
    return tuple(map(_rich, value))


def decode(data: bytes) -> Program:
    """The program that `encode` made these bytes of. Raises ValueError for any others."""
    try:
        slots, steps = json.loads(data)
        return Program(tuple(Slot(*s) for s in slots), _rich(steps))
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise ValueError(f"not an encoded program: {error}") from error


# --- addresses ---


def base(slots: tuple[Slot, ...], slot: int, offset: int = 0) -> Place:
    """The slot that holds memory (or is a row) and the offset in it: aliases resolved."""
    while slots[slot].kind == "alias":
        offset += slots[slot].offset
        slot = slots[slot].index
    return slot, offset


def moves(carries: tuple[Carry, ...]) -> tuple[tuple[int, ...], ...]:
    """The carries as cycles of slots: each slot of a cycle takes the pointer of the next, the last that of the first.

    >>> moves(((0, 1, 4), (2, 3, 4), (5, 2, 4)))
    ((0, 1), (5, 2, 3))
    """
    source = {into: out for into, out, _ in carries}
    cycles = []
    for start in source.keys() - set(source.values()) if source else ():
        cycle = [start]
        while cycle[-1] in source:
            cycle.append(source[cycle[-1]])
        cycles.append(tuple(cycle))
    seen = {s for c in cycles for s in c}
    for start in source:
        if start not in seen:
            cycle = [start]
            while source[cycle[-1]] != start:
                cycle.append(source[cycle[-1]])
            seen.update(cycle)
            cycles.append(tuple(cycle))
    return tuple(sorted(cycles))


def check(program: Program) -> None:
    """Raise ValueError with a sentence for the first thing that is wrong in a program."""
    slots = program.slots
    for k, alias in enumerate(slots):
        if alias.kind == "alias" and not (0 <= alias.index < k and alias.offset >= 0):
            raise ValueError(f"slot {k}: an alias names an earlier slot, got {alias.index} + {alias.offset}")
        if alias.kind == "alias" and alias.offset + alias.nbytes > slots[alias.index].nbytes:
            raise ValueError(f"slot {k}: {alias.nbytes} bytes at {alias.offset} leave slot {alias.index}")
    for step in walk(program.steps):
        where = type(step).__name__
        for slot, offset in places(step):
            if not 0 <= slot < len(slots):
                raise ValueError(f"{where}: there is no slot {slot} (of {len(slots)})")
            if not 0 <= offset <= slots[slot].nbytes:
                raise ValueError(f"{where}: offset {offset} is outside of slot {slot}, {slots[slot].nbytes} bytes")
        if isinstance(step, Launch) and (step.extent < 0 or step.grain < 1 or step.scratch < 0):
            raise ValueError(f"{where} {step.kernel}: extent {step.extent}, grain {step.grain}, scratch {step.scratch}")
        if isinstance(step, Branch) and not step.branches:
            raise ValueError("Branch: it has no branches")
        if isinstance(step, Loop):
            for row, _, _ in step.rows:
                if slots[row].kind != "row":
                    raise ValueError(f"Loop: slot {row} is a {slots[row].kind}, a row was needed")
        if isinstance(step, While | Loop):
            _check_carries(slots, step.carries)


def _check_carries(slots: tuple[Slot, ...], carries: tuple[Carry, ...]) -> None:
    ins, outs = [c[0] for c in carries], [c[1] for c in carries]
    if len(set(ins)) < len(ins) or len(set(outs)) < len(outs):
        raise ValueError("a slot is carried twice: copy it to a slot of its own in the body")
    for into, out, nbytes in carries:
        for slot in (into, out):
            if slots[slot].kind not in ("temp", "output"):
                raise ValueError(f"a {slots[slot].kind} (slot {slot}) cannot be a carry: copy it to a temp first")
            if slots[slot].nbytes < nbytes:
                raise ValueError(f"slot {slot} has {slots[slot].nbytes} bytes, its carry needs {nbytes}")
    for cycle in moves(carries):
        kinds = [slots[s].kind for s in cycle]
        if "output" in kinds and (len(cycle) > 2 or kinds[1] == "output"):
            raise ValueError(f"an output rotates or is the out of a carry (slots {cycle}): use a temp, copy at the end")


def places(step: Step) -> tuple[Place, ...]:
    """What a step itself (not its bodies) reads or writes."""
    match step:
        case Launch() if step.room >= 0:
            return (*step.bufs, (step.room, 0))
        case Launch() | Host():
            return step.bufs
        case Copy():
            return (step.src, step.dst)
        case Fill():
            return (step.dst,)
        case While():
            return ((step.pred, 0), *((s, 0) for c in step.carries for s in c[:2]))
        case Branch():
            return ((step.index, 0),)
        case Loop():
            counter = ((step.counter, 0),) if step.counter >= 0 else ()
            return (*counter, *((s, 0) for pair in (*step.carries, *step.rows) for s in pair[:2]))


# --- memory ---


@dataclass(frozen=True, slots=True)
class Layout:
    """Where temps lie: `offsets[slot]` in the arena (-1 for slots that are no temps), or in an output that is written
    only later (`guests[slot]`); the arena's size; and the sum of all temps, which is what no reuse would need."""

    offsets: tuple[int, ...]
    guests: dict[int, Place]
    nbytes: int
    total: int


def with_scratch(program: Program, threads: int) -> tuple[Program, int]:
    """The program with one more input, the scratch of all its launches for so many threads, and that one's bytes."""
    most = max((s.scratch for s in walk(program.steps) if isinstance(s, Launch)), default=0)
    nbytes = -(-most // ALIGN) * ALIGN * threads
    room = len(program.slots)

    def rewritten(steps: Steps) -> Steps:
        return tuple(map(one, steps))

    def one(step: Step) -> Step:
        match step:
            case Launch() if step.scratch:
                return replace(step, room=room)
            case While():
                return replace(step, cond=rewritten(step.cond), body=rewritten(step.body))
            case Loop():
                return replace(step, body=rewritten(step.body))
            case Branch():
                return replace(step, branches=tuple(map(rewritten, step.branches)))
        return step

    if not nbytes:
        return program, 0
    return Program((*program.slots, Slot("input", nbytes, program.count("input"))), rewritten(program.steps)), nbytes


def takeovers(program: Program, given: Container[int]) -> dict[int, int]:
    """Output -> the given input whose memory it may take: of the same size, and read for the last time before the
    output is written, or element by element while it is."""
    _, written, read = _lives(program)
    home = {(s.kind, s.index): k for k, s in enumerate(program.slots) if s.kind in ("input", "output")}
    updates = {u for step in walk(program.steps) if isinstance(step, Launch) for u in step.updates}
    fixed, out, free = swapped(program), {}, [k for k in range(program.count("input")) if k in given]
    for number in range(program.count("output")):
        slot = home["output", number]
        for k in free:
            source = home["input", k]
            first, last = written.get(slot, 1 << 62), read.get(source, 0)
            fits = program.slots[slot].nbytes == program.slots[source].nbytes > 0 and slot not in fixed
            if fits and (last < first or (last == first and (slot, source) in updates)):
                out[number] = k
                free.remove(k)
                break
    return out


def place(program: Program, taken: Container[int] = ()) -> Layout:
    """Give each temp its place in one arena, or in an output that nothing has written yet; temps share memory when
    they do not live at the same time. The outputs of `taken` are no places for temps."""
    lives, written, _ = _lives(program)
    owner = _join(program, lives)
    blocks: dict[int, list[int]] = {}  # first slot of a group -> [begin, end, bytes]
    for slot, (begin, end) in lives.items():
        group = blocks.setdefault(owner(slot), [begin, end, max(program.slots[slot].nbytes, 1)])
        group[:] = min(group[0], begin), max(group[1], end), max(group[2], program.slots[slot].nbytes)
    rooms = [Room(k, program.slots[k].nbytes, at) for k, at in written.items() if program.slots[k].index not in taken]
    arena, where = Room(-1), {}
    fixed = swapped(program)
    # large ones first, as small ones fit between them
    for slot, (begin, end, need) in sorted(blocks.items(), key=lambda b: (-b[1][2], b[1][0], b[0])):
        free = [r for r in rooms if r.first > end and r.nbytes >= need and r.gap(begin, end, need) >= 0]
        # the output that is written first of those that are written late enough
        room = min(free, key=lambda r: r.first) if free and slot not in fixed else arena
        where[slot] = room.slot, room.take(begin, end, need)
    places = {k: where[owner(k)] for k in lives}
    offsets = [places[k][1] if k in places and places[k][0] < 0 else -1 for k in range(len(program.slots))]
    guests = {k: p for k, p in places.items() if p[0] >= 0}
    return Layout(tuple(offsets), guests, arena.top, sum(s.nbytes for s in program.slots if s.kind == "temp"))


def _lives(program: Program) -> tuple[dict[int, tuple[int, int]], dict[int, int], dict[int, int]]:
    """Slot -> (first, last) position in the order of steps, for temps that are used; slot -> first, for outputs;
    slot -> last, for inputs."""
    slots, clock = program.slots, 0
    lives: dict[int, tuple[int, int]] = {}
    written: dict[int, int] = {}
    read: dict[int, int] = {}
    rows: dict[int, int] = {}  # row slot -> the slot whose memory it shows

    def touch(slot: int, begin: int, end: int) -> None:
        slot = base(slots, slot)[0]
        while slots[slot].kind == "row" and slot in rows:
            slot = base(slots, rows[slot])[0]
        if slots[slot].kind == "temp":
            first, last = lives.get(slot, (begin, end))
            lives[slot] = min(first, begin), max(last, end)
        elif slots[slot].kind == "output":
            written[slot] = min(begin, written.get(slot, begin))
        elif slots[slot].kind == "input":
            read[slot] = max(end, read.get(slot, end))

    def visit(steps: Steps) -> None:
        nonlocal clock
        for step in steps:
            clock += 1
            begin = clock
            if isinstance(step, Loop):
                rows.update((row, whole) for row, whole, _ in step.rows)
            for inner in bodies(step):
                visit(inner)
            clock += 1
            if isinstance(step, While | Loop):
                # what was alive before the loop, and is used inside, is needed in every iteration
                for slot, (first, last) in lives.items():
                    if first < begin <= last:
                        lives[slot] = first, clock
                # and what one iteration writes, the next must find
                written.update((slot, min(first, begin)) for slot, first in written.items())
                read.update((slot, clock) for slot, last in read.items() if last >= begin)
                for slot, _ in places(step):
                    touch(slot, begin, clock)
            else:
                for slot, _ in places(step):
                    touch(slot, begin, begin)

    def group(steps: Steps) -> None:
        # pointers of a carry swap: its slots live and die together
        for step in walk(steps):
            if isinstance(step, While | Loop):
                for cycle in moves(step.carries):
                    temps = [s for s in cycle if s in lives]
                    if temps:
                        both = min(lives[s][0] for s in temps), max(lives[s][1] for s in temps)
                        lives.update((s, both) for s in temps)

    visit(program.steps)
    before: dict[int, tuple[int, int]] = {}
    while before != lives:
        before = dict(lives)
        group(program.steps)
    return lives, written, read


def swapped(program: Program) -> set[int]:
    """The slots whose pointers swap."""
    loops = [step for step in walk(program.steps) if isinstance(step, While | Loop)]
    return {s for step in loops for c in step.carries for s in c[:2]}


def _join(program: Program, lives: dict[int, tuple[int, int]]) -> Any:
    """Slot -> the slot whose memory it takes over: a step that updates a dying temp writes in its place."""
    parent: dict[int, int] = {}
    ends = {slot: life[1] for slot, life in lives.items()}

    def owner(slot: int) -> int:
        while slot in parent:
            slot = parent[slot]
        return slot

    fixed = swapped(program)
    for step in walk(program.steps):
        for write, read in step.updates if isinstance(step, Launch) else ():
            (out, low), (into, shift) = base(program.slots, write), base(program.slots, read)
            fits = out in lives and into in lives and low == shift == 0 and out != into and not {out, into} & fixed
            same = fits and program.slots[out].nbytes == program.slots[into].nbytes
            if same and lives[out][0] == ends[owner(into)] == lives[into][1] and out not in parent:
                ends[owner(into)] = lives[out][1]
                parent[out] = owner(into)
    return owner


class Room:
    """Memory for temps: the arena, which grows, or an output until something writes it, at `first`."""

    def __init__(self, slot: int, nbytes: int = 1 << 62, first: int = 0) -> None:
        self.slot, self.nbytes, self.first, self.top = slot, nbytes, first, 0
        self.taken: list[tuple[int, int, int, int]] = []  # begin, end, offset, bytes

    def gap(self, begin: int, end: int, need: int) -> int:
        """The offset of the smallest gap among the blocks that live at the same time; -1 if there is none."""
        at, best, least = 0, -1, 1 << 63
        for offset, after in sorted((o, o + n) for b, e, o, n in self.taken if b <= end and begin <= e):
            if need <= offset - at < least:
                best, least = at, offset - at
            at = max(at, -(-after // ALIGN) * ALIGN)
        return best if best >= 0 else at if at + need <= self.nbytes else -1

    def take(self, begin: int, end: int, need: int) -> int:
        """An offset for a block that lives from `begin` to `end`."""
        offset = self.gap(begin, end, need)
        self.taken.append((begin, end, offset, need))
        self.top = max(self.top, -(-(offset + need) // ALIGN) * ALIGN)
        return offset
