"""Host plans of contractions: which tile, how k, rows and columns are cut, what is packed, how much scratch.

A plan is numbers only. The object that it drives is shared by every shape of one `Tile`; a loop-level target
prints that object (`target/llvm/gemm.py`) and reads the numbers of `SLOTS` from the context.
Strides are given in elements and handed to the kernel in bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod
from typing import TypeAlias

from rustorch_fn import errors
from rustorch_fn.kernel.expr import BYTES
from rustorch_fn.kernel.machine import Machine

BATCH = 5  # axes of the batch after neighbours that compose are merged
OUTER = 4  # axes of k that do not compose with the inner ones
AXES = 4  # of one side of a window matrix: features or batch, and up to three spatial ones
RECORD = 64  # bytes of one run in scratch
_ROWS = 6  # numbers of an axis: extent, address, three coordinates, output address
SLOTS = (
    *"m n k ars acs brs bcs crs ccs offa offb offc".split(),
    *(f"batch{i}" for i in range(BATCH)),
    *(f"{x}batch{i}" for x in "abc" for i in range(BATCH)),
    *"bufa bufb add unit units width blocks kc steps inner span".split(),
    *(f"{x}outer{i}" for x in ("", "a", "b") for i in range(OUTER)),
    *"packa packb direct lrow lcol ldc panela panelb roomb roomc rooml roomr roomw gather still every".split(),
    *(f"{x}{row}_{i}" if row < _ROWS else f"{x}first{i}" for x in "pk" for row in range(_ROWS + 1)
      for i in range(AXES if row < _ROWS else 3)),
    *(f"limit{i}" for i in range(3)),
)  # fmt: skip
DEPTH = 576  # the longest k of a panel: further passes over C cost more than panels from the second cache
ALONE = 20_000  # nanoseconds below which one core does all
L1_LINE = 64
PAGE = 4096


Types: TypeAlias = tuple[str, str, str]  # of A, B and C
Sides: TypeAlias = tuple[tuple[int, ...], int, int]  # strides of the batch, rows and columns
Axis: TypeAlias = tuple[int, int, int, int]  # extent, strides in A, B and C
Axes: TypeAlias = Sequence[Axis]


@dataclass(frozen=True, slots=True)
class Tile:
    """What the text of a contraction kernel depends on: storage types and the shape of the register tile."""

    a: str
    b: str
    c: str
    lanes: int
    rows: int
    vectors: int
    fma: bool = True
    half: bool = True  # the machine converts f16 itself
    kind: str = ""  # "a" or "b": that operand is read through a window; "across" or "along": A is a vector

    @property
    def window(self) -> str:
        """The operand that is read through the window of a convolution, if one is."""
        return self.kind if self.kind in ("a", "b") else ""

    @property
    def acc(self) -> str:
        """The type that products are summed in."""
        return "f64" if "f64" in (self.a, self.b, self.c) else "f32"

    @property
    def columns(self) -> int:
        return self.lanes * self.vectors


@dataclass(frozen=True, slots=True)
class GemmPlan:
    """One contraction as a launch: the kernel's tile, its context, and units of parallel work.

    The kernel takes the pointers of A, B, C and `scratch_bytes` bytes for the calling thread alone. Any cut of
    [0, extent) gives the same bits; chunks below `grain` units pack too much twice.
    """

    tile: Tile
    ctx: tuple[int, ...]
    extent: int
    grain: int
    scratch_bytes: int
    work_ns: float


@dataclass(frozen=True, slots=True)
class Windows:
    """One operand of a product as the window matrix of a convolution; addresses in elements."""

    side: str  # "a": positions are rows; "b": they are columns
    positions: tuple[Mover, ...]
    k: tuple[Mover, ...]
    first: tuple[int, ...]  # coordinates of position 0, window offset 0
    limits: tuple[int, ...]  # extents of the input
    direct: bool  # the output's positions have one stride
    gather: bool  # the weights' k has none

    def repeats(self, size: int) -> tuple[int, int]:
        """How far apart, in bytes and in k, lines lie that differ in features alone; 0 in k: side by side, last."""
        still = next((x for x in self.k if x.along < 0), None)
        if still is not None and still is self.k[-1] and len(self.k) > 1:
            return still.address * size, 0
        if still is not None and still is self.k[0]:
            return still.address * size, max(1, prod(x.extent for x in self.k[1:]))
        return 0, max(1, prod(x.extent for x in self.k))


@dataclass(frozen=True, slots=True)
class Mover:
    """An axis of a window matrix: what one step along it does."""

    extent: int
    address: int
    along: int = -1  # the spatial axis that it moves on, if any,
    by: int = 0  # and how far
    output: int = 0
    weight: int = 0

    @property
    def runs(self) -> int:
        """How many neighbours in memory a run along this axis reads; 1 if it jumps."""
        if self.address == 1 and self.by in (0, 1):
            return self.extent
        return -(-self.extent // 2) if self.address == self.by == 2 else 1


@dataclass(frozen=True, slots=True)
class Problem:
    """C[m, n] = A[m, k] B[k, n] for every element of a batch; strides in elements."""

    m: int
    n: int
    k: int
    a: tuple[int, int]
    b: tuple[int, int]
    c: tuple[int, int]
    batch: tuple[int, ...]
    batches: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    types: Types
    swapped: bool = False
    outer: tuple[int, ...] = ()
    outers: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    offsets: tuple[int, int, int] = (0, 0, 0)
    window: Windows | None = None

    def turned(self) -> Problem:
        """The same product read as C' = B' A'; not for windows, which know their side."""
        (ab, bb, cb), (at, bt, ct) = self.batches, self.types
        return Problem(
            self.n, self.m, self.k, self.b[::-1], self.a[::-1], self.c[::-1],
            self.batch, (bb, ab, cb), (bt, at, ct), not self.swapped,
            self.outer, self.outers[::-1], (self.offsets[1], self.offsets[0], self.offsets[2]),
        )  # fmt: skip

    def with_window(self, window: Windows, outer: Sequence[Mover]) -> Problem:
        """The same with one operand read through a window, and further axes of k."""
        weights, nothing = tuple(x.weight for x in outer), tuple(0 for _ in outer)
        outers = (nothing, weights) if window.side == "a" else (weights, nothing)
        return replace(self, window=window, outer=tuple(x.extent for x in outer), outers=outers)

    def stream(self) -> str:
        """Which way the rows of a matrix lie that is multiplied by one vector."""
        if self.m != 1 or self.outer or self.window:
            return ""
        return "across" if self.b[1] == 1 else "along" if self.b[0] == 1 else ""

    def best(self) -> Problem:
        """This or its turned form, whichever writes C along its columns."""
        turn = (self.n == 1 and self.m > 1) or (self.c[1] != 1 and self.n > 1 and (self.c[0] == 1 or self.m == 1))
        return self.turned() if turn else self


def merged(extents: Sequence[int], *strides: Sequence[int]) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """Axes of extent 1 dropped and neighbours whose strides compose in every operand made one."""
    size: list[int] = []
    steps: list[list[int]] = [[] for _ in strides]
    for i, extent in enumerate(extents):
        if extent == 1:
            continue
        now = [s[i] for s in strides]
        if size and all(done[-1] == step * extent for done, step in zip(steps, now, strict=True)):
            size[-1] *= extent
            for done, step in zip(steps, now, strict=True):
                done[-1] = step
        else:
            size.append(extent)
            for done, step in zip(steps, now, strict=True):
                done.append(step)
    return tuple(size), tuple(map(tuple, steps))


def _tuple(x: int | Sequence[int]) -> tuple[int, ...]:
    return (x,) if isinstance(x, int) else tuple(x)


def up(x: int, to: int) -> int:
    """x rounded up to a multiple."""
    return -(-x // to) * to


def parts(x: int, most: int) -> int:
    """How many parts of at most `most` make x; at least one."""
    return max(1, -(-x // most))


def collides(stride: int) -> bool:
    """Whether lines this many bytes apart fall into the same few sets of a cache."""
    return stride != 0 and stride % PAGE == 0


def tile(machine: Machine, types: Types, m: int, n: int, kind: str = "") -> Tile:
    """The register tile: wide for few rows, tall for few columns, else as square as the registers allow."""
    lanes = machine.lanes(8 if "f64" in types else 4)
    many = machine.registers >= 32
    if kind in ("across", "along"):
        rows, vectors = 1, 1
    elif n <= lanes:
        rows, vectors = (14, 1) if many else (8, 1)
    elif m <= 4:
        rows, vectors = (4, 6) if many else (2, 6)
    elif m <= 8 and many:
        rows, vectors = 8, 3
    else:
        rows, vectors = (14, 2) if many else (6, 2) if machine.fma else (4, 2)
    half = machine.f16 or "f16" not in types
    return Tile(*types, lanes, rows, vectors, machine.fma, half, kind)


def plan(
    machine: Machine,
    dtype: str | Types,
    batch: int | Sequence[int],
    m: int,
    n: int,
    k: int,
    strides_a: tuple[int | Sequence[int], int, int],
    strides_b: tuple[int | Sequence[int], int, int],
    strides_c: tuple[int | Sequence[int], int, int],
    add: bool = False,
) -> GemmPlan:
    """Plan C[batch, m, n] = A[batch, m, k] B[batch, k, n] (+ C with `add`); strides are (batch, row, column).

    `dtype` is one name or those of A, B and C; the batch may be several axes, with a stride for each.
    """
    types = (dtype, dtype, dtype) if isinstance(dtype, str) else dtype
    a, b, c = (_tuple(s[0]) for s in (strides_a, strides_b, strides_c))
    extents, (a, b, c) = merged(_tuple(batch), a, b, c)
    if len(extents) > BATCH:
        hint = f"At most {BATCH} axes that do not compose: copy one operand into order."
        raise errors.InternalError("a contraction has too many batch axes", got=extents, hint=hint)
    sides = ((s, *whole[1:]) for s, whole in zip((a, b, c), (strides_a, strides_b, strides_c), strict=True))
    return _plan_axes(machine, types, (m, n, k), *sides, extents, (), ((), ()), add)


def plan_axes(
    machine: Machine, types: Types, batch: Axes, rows: Axes, columns: Axes, inner: Axes, add: bool = False
) -> GemmPlan | None:
    """Plan a contraction over any number of axes, each (extent, stride in A, in B, in C); None if they are too many.

    Axes that do not compose into one side of a matrix become axes of the batch, or of an outer k.
    """
    (m, ar, _, cr), more_rows = _split(rows, 3)
    (n, _, bc, cc), more_columns = _split(columns, 3)
    (k, ac, br, _), outer = _split(inner, 2)
    every = [*batch, *more_rows, *more_columns]
    extents, (ab, bb, cb) = merged([x[0] for x in every], *([x[i] for x in every] for i in (1, 2, 3)))
    if len(extents) > BATCH or len(outer) > OUTER:
        return None
    return _plan_axes(
        machine, types, (m, n, k), (ab, ar, ac), (bb, br, bc), (cb, cr, cc), extents,
        tuple(x[0] for x in outer), (tuple(x[1] for x in outer), tuple(x[2] for x in outer)), add,
    )  # fmt: skip


def _split(axes: Axes, unit: int) -> tuple[Axis, list[Axis]]:
    """The axes merged; the one best for a side of a matrix (long, and contiguous in operand `unit`), and the others."""
    extents, strides = merged([x[0] for x in axes], *([x[i] for x in axes] for i in (1, 2, 3)))
    groups: list[Axis] = [(e, a, b, c) for e, a, b, c in zip(extents, *strides, strict=True)]
    if not groups:
        return (1, 1, 1, 1), []
    best = max(groups, key=lambda x: (x[0] >= 8 and x[unit] == 1, x[0]))
    return best, [x for x in groups if x is not best]


@lru_cache(4096)
def _plan_axes(
    machine: Machine, types: Types, mnk: tuple[int, int, int], a: Sides, b: Sides, c: Sides,
    batch: tuple[int, ...], outer: tuple[int, ...], outers: tuple[tuple[int, ...], tuple[int, ...]], add: bool,
) -> GemmPlan:  # fmt: skip
    batches = (a[0], b[0], c[0])
    problem = Problem(*mnk, a[1:], b[1:], c[1:], batch, batches, types, outer=outer, outers=outers)
    return plan_problem(machine, problem.best(), add)


def plan_problem(machine: Machine, problem: Problem, add: bool = False) -> GemmPlan:
    """Plan a product that is already in the form that the kernel takes."""
    return _Planner(machine, problem, add).plan()


class _Planner:
    """The choices for one problem, in the order in which they depend on each other."""

    def __init__(self, machine: Machine, problem: Problem, add: bool) -> None:
        self.machine, self.p, self.add = machine, problem, add
        side = problem.window.side if problem.window else ""
        self.tile = tile(machine, problem.types, problem.m, problem.n, side or problem.stream())
        self.word = BYTES[self.tile.acc]
        p, t = problem, self.tile
        self.direct = t.c == t.acc and (p.c[1] == 1 or p.n == 1) and (p.window is None or p.window.direct)
        self.stream = t.kind in ("across", "along")
        if self.stream:
            self.direct = self.direct or t.kind == "along"
            self.inner, self.kc, self.packb = 1, max(1, p.k), False
            self.packa = t.kind == "along" and (p.a[1] != 1 or t.a != t.acc)
        else:
            self.inner = parts(p.k, DEPTH)
            self.kc = min(up(-(-p.k // self.inner), 8), p.k) or 1
            gather = p.window is not None and p.window.gather
            self.packb = side == "b" or gather or t.b != t.acc or (p.b[1] != 1 and p.n > 1) or self.far_b()
            self.packa = side == "a" or gather or t.a != t.acc or self.far_a()
        self.cut()

    def far_b(self) -> bool:
        """Reading B where it is would miss the caches or the TLB too often."""
        p, panels = self.p, parts(self.p.m, self.tile.rows)
        big = p.k * p.n * self.word > self.machine.l2_bytes
        return panels > 1 and (collides(p.b[0] * self.word) or (big and panels >= 8))

    def far_a(self) -> bool:
        p, panels = self.p, parts(self.p.n, self.tile.columns)
        big = p.m * p.k * self.word > self.machine.l2_bytes // 2
        return p.m > 1 and ((panels > 2 and p.a[1] != 1) or collides(p.a[0] * self.word) or (big and p.m >= 256))

    def cut(self) -> None:
        """Rows into units, columns into blocks: for the caches, then for the cores; units into chunks."""
        p, t, cores = self.p, self.tile, self.machine.cores
        self.batch = prod(p.batch)
        tall = max(1, self.machine.l2_bytes // 2 // (self.kc * self.word * t.rows)) * t.rows
        wide = max(t.columns, (4 << 20) // (self.kc * self.word) if self.direct else 512)
        if self.stream:
            wide = self.machine.l1_bytes // 2 // self.word if t.kind == "across" else p.n
        self.units, self.blocks = parts(p.m, tall), parts(p.n, wide)
        cost = self.cost(self.batch)
        by_rows = p.m >= p.n  # the side whose panels are read by all should be the smaller one
        if cores > 1 and cost > ALONE:
            wanted = -(-cores * (1 if self.stream or cost < 10 * cores * ALONE else 2) // max(1, self.batch))
            if by_rows:
                self.units = up(self.units, min(wanted, parts(p.m, t.rows)))
            else:
                self.blocks = up(self.blocks, min(wanted, parts(p.n, t.columns)))
        self.unit = max(1, -(-p.m // self.units))
        self.units = parts(p.m, self.unit)
        self.width = max(t.columns, up(-(-p.n // self.blocks), t.columns))
        self.blocks = parts(p.n, self.width)
        self.extent = self.batch * self.units * self.blocks if p.m and p.n else 0
        # neighbours share packed panels of B: a core takes as many as it can get
        chunks = cores if self.packb and self.batch == 1 and by_rows else 4 * cores
        self.grain = max(1, -(-self.extent // (1 if cores == 1 else chunks)))
        self.span = self.units if self.direct else 1

    def cost(self, batch: int) -> float:
        """Estimated nanoseconds on one core."""
        p = self.p
        moves = (p.m + p.n) * p.k / 8
        return batch * prod(p.outer) * (p.m * p.n * max(1, p.k) / (3.0 * self.tile.lanes) + moves)

    def rooms(self) -> dict[str, int]:
        """Sizes and places in scratch: panels of A, panels of B, the block of C."""
        t, w = self.tile, self.word
        line = (up(self.kc, t.lanes) + t.lanes) * w  # a row of packed A: odd in lines, so that rows do not collide
        window = self.p.window
        by_columns = (self.p.a[0] == 1 and self.p.a[1] != 1) or (window and window.side == "b" and window.gather)
        lrow, lcol = (w, up(t.rows, t.lanes) * w) if by_columns else (line, w)
        panela = up(max(t.rows * lrow, self.kc * lcol), L1_LINE)
        panelb = up((self.kc * t.columns + t.lanes) * w, L1_LINE)  # a run's last store may run over
        rooma = up(panela * (self.unit // t.rows + 4), PAGE) if self.packa else 0
        roomb = 0 if self.stream else up(panelb * (self.width // t.columns if self.packb else 1), PAGE)
        ldc = self.width * w
        roomc = 0 if self.direct else up(self.unit * self.span * ldc, PAGE)
        end = rooma + roomb + roomc
        roomt = RECORD * max(self.kc, t.columns, t.rows) if self.p.window else 0
        return {
            "lrow": lrow, "lcol": lcol, "panela": panela, "panelb": panelb, "roomb": rooma, "roomc": rooma + roomb,
            "rooml": end, "roomr": end + roomt, "roomw": end + 2 * roomt, "room": end + 3 * roomt,
            "ldc": ldc,
        }  # fmt: skip

    def plan(self) -> GemmPlan:
        p, t = self.p, self.tile
        sizes = [BYTES[x] for x in p.types]
        numbers = self.rooms()
        if not self.packa:
            numbers |= {"lrow": p.a[0] * sizes[0], "lcol": p.a[1] * sizes[0]}
        if self.direct:
            numbers["ldc"] = p.c[0] * sizes[2]
        for name, (r, c), size in zip("abc", (p.a, p.b, p.c), sizes, strict=True):
            numbers |= {f"{name}rs": r * size, f"{name}cs": c * size}
        if p.window is not None and not self.direct:
            # the block goes to where the positions' own output addresses say
            numbers["crs" if p.window.side == "a" else "ccs"] = 0
        numbers |= {f"off{x}": o * size for x, o, size in zip("abc", p.offsets, sizes, strict=True)}
        numbers |= digits("batch", BATCH, p.batch, dict(zip("abc", p.batches, strict=True)), sizes)
        numbers |= digits("outer", OUTER, p.outer, dict(zip("ab", p.outers, strict=True)), sizes)
        side = p.window is not None and p.window.side == "b"
        numbers |= windows(p.window, sizes[side], sizes[not side], sizes[2])
        numbers |= {
            "m": p.m, "n": p.n, "k": p.k, "bufa": int(p.swapped), "bufb": 1 - int(p.swapped), "add": int(self.add),
            "unit": self.unit, "units": self.units, "width": self.width, "blocks": self.blocks, "span": self.span,
            "kc": self.kc, "inner": self.inner, "steps": self.inner * prod(p.outer),
            "packa": int(self.packa), "packb": int(self.packb), "direct": int(self.direct),
            "gather": int(p.window is not None and p.window.gather),
        }  # fmt: skip
        ctx = tuple(numbers[slot] for slot in SLOTS)
        return GemmPlan(t, ctx, self.extent, self.grain, numbers["room"], self.cost(self.batch))


def digits(
    name: str, count: int, extents: tuple[int, ...], strides: dict[str, tuple[int, ...]], sizes: Sequence[int]
) -> dict[str, int]:
    """The slots of `count` axes, padded in front with axes of extent 1."""
    pad = (1,) * (count - len(extents))
    numbers = {f"{name}{i}": e for i, e in enumerate((*pad, *extents))}
    for (x, steps), size in zip(strides.items(), sizes, strict=False):
        numbers |= {f"{x}{name}{i}": s * size for i, s in enumerate((*pad, *steps))}
    return numbers


def windows(window: Windows | None, size: int, size_weights: int, size_out: int) -> dict[str, int]:
    """The slots of a window matrix; of none, axes that nothing reads."""
    numbers: dict[str, int] = {}
    for x, movers in (("p", window.positions if window else ()), ("k", window.k if window else ())):
        axes = (*(Mover(1, 0),) * (AXES - len(movers)), *movers)
        for i, axis in enumerate(axes):
            moves = [axis.by if axis.along == d else 0 for d in range(3)]
            last = axis.output * size_out if x == "p" else axis.weight * size_weights
            row = (axis.extent, axis.address * size, *moves, last)
            numbers |= {f"{x}{r}_{i}": value for r, value in enumerate(row)}
        numbers |= {f"{x}first{d}": f for d, f in enumerate(_three(window.first if window and x == "p" else (), 0))}
    numbers |= dict(zip(("still", "every"), window.repeats(size) if window else (0, 1), strict=True))
    return numbers | {f"limit{d}": e for d, e in enumerate(_three(window.limits if window else (), 1))}


def _three(values: tuple[int, ...], default: int) -> tuple[int, ...]:
    return (*values, *(default,) * (3 - len(values)))
