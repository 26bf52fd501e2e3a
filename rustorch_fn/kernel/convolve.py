"""Host plans of convolutions: a window matrix times the weights, one product for each phase of a dilated input.

out[g, n, f, o] = sum over c, t of lhs[g, n, c, u(o, t)] * rhs[g, f, c, t], where along every spatial axis
u = (o * stride + t * rhs_dilation - low) / lhs_dilation, and elements outside the input, or between the points
of a dilated one, are zero. `reverse` runs t backwards. Layouts are strides, so NCHW, NHWC and the convolutions
that gradients are (batch and features exchanged) are all the same to a plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import permutations, product
from math import gcd, prod

from rustorch_fn.kernel.contract import GemmPlan, Mover, Problem, Types, Windows, merged, plan_problem
from rustorch_fn.kernel.machine import Machine

Side = tuple[tuple[int, ...], tuple[int, ...]]  # extents and strides, in the order of roles
WIDE = 32  # runs beyond this length are equally good
SHORT = 192  # a tail of k below this is too little work between two passes over the sums
TINY = 128  # products that all features of a group need at one position
TALL = 256  # positions of one image that fill a product of their own


@dataclass(frozen=True, slots=True)
class Axis:
    """One spatial axis of a convolution."""

    stride: int = 1
    low: int = 0
    lhs_dilation: int = 1
    rhs_dilation: int = 1
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """Part of one spatial axis without input dilation: which outputs and window offsets meet, and where."""

    first: int
    step: int
    count: int
    tap: int
    tap_step: int
    taps: int
    move: int  # of the input, for one output of this phase
    tap_move: int
    base: int


def phases(axis: Axis, outputs: int, taps: int) -> Iterator[Phase]:
    """Outputs of equal remainder see the same window offsets, and of a dilated input only real points."""
    step = -axis.rhs_dilation if axis.reverse else axis.rhs_dilation
    base = -axis.low + ((taps - 1) * axis.rhs_dilation if axis.reverse else 0)
    dilation = axis.lhs_dilation
    period, again = dilation // gcd(axis.stride, dilation), dilation // gcd(step, dilation)
    for r in range(min(period, outputs)):
        count = -(-(outputs - r) // period)
        meets = [t for t in range(min(again, taps)) if (r * axis.stride + t * step + base) % dilation == 0]
        first = meets[0] if meets else 0
        n = -(-(taps - first) // again) if meets else 0
        yield Phase(
            r, period, count, first, again, n, axis.stride * period // dilation, step * again // dilation,
            (r * axis.stride + first * step + base) // dilation,
        )  # fmt: skip


def plan(
    machine: Machine,
    dtype: str | Types,
    lhs: tuple[Sequence[int], Sequence[int]],
    rhs: tuple[Sequence[int], Sequence[int]],
    out: tuple[Sequence[int], Sequence[int]],
    axes: Sequence[Axis],
) -> tuple[GemmPlan, ...] | None:
    """Plans for one convolution; each takes the whole lhs, rhs, out and its own scratch.

    None where groups are so small that matrices would hold next to nothing: a nest is better then.

    `lhs` is (extents, strides in elements) of (group, batch, feature, *spatial), `rhs` of (group, feature out,
    feature in, *window), `out` of (group, batch, feature out, *spatial). High padding follows from the extents.
    """
    types = (dtype, dtype, dtype) if isinstance(dtype, str) else dtype
    sides = tuple((tuple(e), tuple(s)) for e, s in (lhs, rhs, out))
    return _plans(machine, types, sides, tuple(axes))


@lru_cache(1024)
def _plans(
    machine: Machine, types: Types, sides: tuple[Side, Side, Side], axes: tuple[Axis, ...]
) -> tuple[GemmPlan, ...] | None:
    taps, outputs = sides[1][0][3:], sides[2][0][3:]
    each = [list(phases(a, o, t)) for a, o, t in zip(axes, outputs, taps, strict=True)]
    parts = [_Phase(types, sides, phase) for phase in product(*each)]
    if parts and all(part.tiny() for part in parts):
        return None
    return tuple(plan_problem(machine, part.problem()) for part in parts)


class _Phase:
    """One phase of a convolution as a matrix product."""

    def __init__(self, types: Types, sides: tuple[Side, Side, Side], phase: tuple[Phase, ...]) -> None:
        self.types, self.phase = types, phase
        (self.extents, self.lhs), (rhs_extents, self.rhs), (_, self.out) = sides
        self.groups, self.batch, self.inputs = self.extents[:3]
        self.features = rhs_extents[1]
        self.n = Mover(self.batch, self.lhs[1], output=self.out[1])
        self.spatial = tuple(
            Mover(p.count, p.move * self.lhs[3 + d], d, p.move, p.step * self.out[3 + d])
            for d, p in enumerate(phase)
        )  # fmt: skip
        self.k = (
            Mover(self.inputs, self.lhs[2], weight=self.rhs[2]),
            *(Mover(p.taps, p.tap_move * self.lhs[3 + d], d, p.tap_move, weight=p.tap_step * self.rhs[3 + d])
              for d, p in enumerate(phase)),
        )  # fmt: skip
        self.coordinates, self.limits = tuple(p.base for p in phase), self.extents[3:]
        self.join()
        self.offsets = (
            sum(p.base * s for p, s in zip(phase, self.lhs[3:], strict=True)),
            sum(p.tap * s for p, s in zip(phase, self.rhs[3:], strict=True)),
            sum(p.first * s for p, s in zip(phase, self.out[3:], strict=True)),
        )

    def join(self) -> None:
        """Makes features (or the batch) and a spatial axis that lie together in memory one axis, for longer runs.

        The coordinate along that spatial axis then counts elements.
        """
        for plain, taps in ((self.k[0], self.k[1:]), (self.n, self.spatial)):
            for tap in taps:
                many = plain.extent
                together = plain.address == 1 and self.lhs[3 + tap.along] == many and tap.by == 1 and many > 1
                composed = (tap.weight, tap.output) == (plain.weight * many, plain.output * many)
                if together and composed:
                    self.count_elements(plain, tap)
                    return

    def count_elements(self, plain: Mover, tap: Mover) -> None:
        many, d = plain.extent, tap.along
        one = Mover(tap.extent * many, 1, d, 1, plain.output, plain.weight)

        def scaled(x: Mover) -> Mover:
            return one if x is tap else replace(x, by=x.by * many) if x.along == d else x

        nothing = Mover(1, 0)
        self.k = tuple(nothing if x is plain else scaled(x) for x in self.k)
        self.n = nothing if self.n is plain else self.n
        self.spatial = tuple(map(scaled, self.spatial))
        self.coordinates = tuple(u * many if i == d else u for i, u in enumerate(self.coordinates))
        self.limits = tuple(e * many if i == d else e for i, e in enumerate(self.limits))

    def tiny(self) -> bool:
        """Whether groups of so few products, in runs as short, would fill the tiles with next to nothing."""
        products, longest = self.features * prod(x.extent for x in self.k), max(x.runs for x in self.k + self.spatial)
        return self.groups > 1 and products <= TINY and (longest < 8 or self.inputs * self.features == 1)

    def problem(self) -> Problem:
        return self.pointwise() or self.windowed()

    def pointwise(self) -> Problem | None:
        """A window of one element that always lies inside: a product of plain matrices, if strides compose."""
        inside = all(
            p.taps == 1 and p.base >= 0 and p.base + (p.count - 1) * p.move < size
            for p, size in zip(self.phase, self.extents[3:], strict=True)
        )
        for batch, axes in (((), (self.n, *self.spatial)), ((self.n,), self.spatial)):
            extents, (lhs, out) = merged([m.extent for m in axes], [m.address for m in axes], [m.output for m in axes])
            if inside and len(extents) <= 1:
                (m, a, c) = (extents[0], lhs[0], out[0]) if extents else (1, 1, 1)
                return self.product(
                    m, self.features, self.inputs, (a, self.lhs[2]), (self.rhs[2], self.rhs[1]), (c, self.out[2]), batch
                ).best()
        return None

    def product(self, m: int, n: int, k: int, a: tuple[int, int], b: tuple[int, int], c: tuple[int, int],
                batch: tuple[Mover, ...]) -> Problem:  # fmt: skip
        """The product lhs x rhs; axes of the batch besides the groups move lhs and out."""
        extents, strides = merged(
            (self.groups, *(x.extent for x in batch)), (self.lhs[0], *(x.address for x in batch)),
            (self.rhs[0], *(0 for _ in batch)), (self.out[0], *(x.output for x in batch)),
        )  # fmt: skip
        lhs, rhs, out = strides
        return Problem(m, n, k, a, b, c, extents, (lhs, rhs, out), self.types, offsets=self.offsets)

    def windowed(self) -> Problem:
        along_k = max(self.k, key=lambda x: x.runs)
        along_positions = max((self.n, *self.spatial), key=lambda x: x.runs)
        by_rows, by_columns = min(along_k.runs, WIDE), min(along_positions.runs, WIDE)
        rows = by_rows > by_columns or (by_rows == by_columns and self.out[2] == 1)
        return self.by_rows(along_k) if rows else self.by_columns(along_positions)

    def by_rows(self, run: Mover) -> Problem:
        """Positions are rows of A, whose runs go along k; C's columns are features."""
        positions, batch, stride = self.arranged((self.n, *self.spatial), None)
        k, inner, weight, outer, gather = self.inner(run)
        direct = stride is not None and self.out[2] == 1
        window = Windows("a", positions, k, self.coordinates, self.limits, direct, gather)
        p = self.product(
            prod(x.extent for x in positions), self.features, inner, (0, 0), (weight, self.rhs[1]),
            (stride if direct and stride is not None else 0, self.out[2]), batch,
        )  # fmt: skip
        return p.with_window(window, outer)

    def by_columns(self, run: Mover) -> Problem:
        """Positions are columns of B, whose runs go along them; C's rows are features."""
        positions, batch, stride = self.arranged((self.n, *self.spatial), run)
        k, inner, weight, outer, gather = self.inner(None)
        window = Windows("b", positions, k, self.coordinates, self.limits, stride == 1, gather)
        p = self.product(
            prod(x.extent for x in positions), self.features, inner, (0, 0), (weight, self.rhs[1]),
            (int(stride == 1), self.out[2]), batch,
        ).turned()  # fmt: skip
        return p.with_window(window, outer)

    def arranged(
        self, axes: tuple[Mover, ...], run: Mover | None
    ) -> tuple[tuple[Mover, ...], tuple[Mover, ...], int | None]:
        """Order of the positions with `run` last, axes left to the batch, and their one output stride if there is."""
        order = axes if run is None else (*(x for x in axes if x is not run), run)
        for batch, rest in (((), order), (order[:1], order[1:])):
            if batch and batch[0] is not self.n:
                continue
            extents, (steps,) = merged([x.extent for x in rest], [x.output for x in rest])
            enough = not batch or prod(extents) >= TALL
            if len(extents) <= 1 and enough:
                return rest, batch, steps[0] if steps else 1
        return order, (), None

    def inner(self, run: Mover | None) -> tuple[tuple[Mover, ...], int, int, tuple[Mover, ...], bool]:
        """The order of k's axes (`run` last) with the longest tail whose weights have one stride, and the rest.

        Where that tail is short, or no axis of the weights is contiguous, they are gathered along the whole of k.
        """
        if not all(x.extent for x in self.k):
            return (), 0, 1, (), False
        best: tuple[tuple[Mover, ...], int, int, tuple[Mover, ...], bool] | None = None
        for order in (o for o in permutations(self.k) if run is None or o[-1] is run):
            for cut in range(len(order)):
                extents, (steps,) = merged([x.extent for x in order[cut:]], [x.weight for x in order[cut:]])
                if len(extents) <= 1:
                    size = prod(x.extent for x in order[cut:])
                    if best is None or size > best[1]:
                        best = order, size, steps[0] if steps else 1, order[:cut], False
                    break
        assert best is not None
        whole = prod(x.extent for x in self.k)
        far = bool(best[3]) and best[2] != 1 and self.rhs[1] != 1
        if best[1] < min(whole, SHORT) or far:
            memory = tuple(sorted((x for x in self.k if x is not run), key=lambda x: -abs(x.weight)))
            return memory + ((run,) if run else ()), whole, 0, (), True
        return best
