"""Which values of a program get memory, and which live inside their readers.

Every op that answers `at` can be composed into whoever reads it. It pays while the work is not repeated:
a value that one nest alone needs is composed into it; one that several need is composed where computing it
again is cheaper than a round trip through memory. The builder of nests (`lower`) has the last word, as only it
sees the loops: it gives memory to what it would have to compute more often than there are elements.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any

from rustorch_fn import dtypes, flags
from rustorch_fn.core.ir import Equation, Func, Var
from rustorch_fn.kernel import expr as K
from rustorch_fn.kernel.nest import walk

CHEAP = 12  # nodes: computing so much again costs less than reading memory
LARGE = 320  # nodes: a nest does not grow beyond

KERNEL_TYPES = {dtype: "u64" if short == "key" else short for dtype, short in dtypes.SHORT.items()}


def composable(e: Equation) -> bool:
    """Whether the equation is an expression of its operands' elements."""
    found: bool = e.op.composable(*(a.aval for a in e.inputs), **e.attrs)
    return found


class Probe:
    """What an equation's element is made of: how many nodes, whether it folds, and whether a loop must carry it."""

    __slots__ = ("nodes", "folds", "runs")

    def __init__(self, e: Equation) -> None:
        views = [
            K.View(a.aval.shape, KERNEL_TYPES[a.aval.dtype], _reader(k, KERNEL_TYPES[a.aval.dtype], a.aval.size))
            for k, a in enumerate(e.inputs)
        ]
        axes = tuple(K.axis(K.Axis(max(n, 2))) for n in e.outputs[0].aval.shape)
        root = e.op.at(axes, *views, **e.attrs)
        found = list(walk([root]))
        self.nodes = sum(x.op not in ("const", "axis", "load") and x.dtype != K.INDEX for x in found)
        self.runs = any(x.op == "running" for x in found)
        self.folds = self.runs or any(x.op == "fold" for x in found)


def _reader(k: int, dtype: str, size: int) -> Any:
    buffer = K.Buffer(f"x{k}", dtype, size)

    def read(i: tuple[K.Expr, ...]) -> K.Expr:
        flat = K.index(0)
        for n, j in enumerate(i):
            flat = flat + j * (n + 2)
        return K.load(buffer, flat)

    return read


@lru_cache(4096)
def _probe(key: Any, mark: Any) -> Probe:
    with K.table():
        return Probe(key.equation)


class _Key:
    """An equation, equal to those that have the same element but for sizes that do not matter to its cost."""

    __slots__ = ("equation", "mark")

    def __init__(self, e: Equation) -> None:
        self.equation = e
        self.mark = (e.op.name, tuple(a.aval for a in e.inputs), tuple(sorted(e.attrs.items(), key=lambda kv: kv[0])))

    def __hash__(self) -> int:
        return hash(self.mark)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.mark == other.mark


def probe(e: Equation) -> Probe:
    """The cost of one element of an equation's result, its operands being at hand."""
    return _probe(_Key(e), None)


def stored(func: Func, needs_memory: Iterable[Var]) -> set[Var]:
    """The variables of a Func that get memory, given those that must have it."""
    maps = [e for e in func.equations if composable(e)]
    needs = {*needs_memory, *(e.outputs[0] for e in maps if probe(e).runs)}
    keep = set(needs)
    cost = _costs(maps, keep)
    readers: dict[Var, list[Equation]] = {}
    for e in func.equations:
        for a in e.inputs:
            if isinstance(a, Var):
                readers.setdefault(a, []).append(e)
    roots: dict[Var, frozenset[Var]] = {}
    for e in reversed(maps):
        (v,) = e.outputs
        # two readers in different regions do not share: recomputation is kept apart
        found = [r for r in readers.get(v, ()) if r.outputs]
        ends = frozenset().union(*(roots.get(r.outputs[0], frozenset(r.outputs)) for r in found))
        if v in keep or (len(ends) > 1 and (probe(e).folds or cost[v] > CHEAP)):
            if v not in keep:
                flags.say(3, partial(why, e, "several nests read it"))
            keep.add(v)
            roots[v] = frozenset((v,))
        else:
            roots[v] = ends or frozenset((v,))
    return _cut(maps, _without_near(maps, needs, keep))


def _without_near(maps: list[Equation], needs: set[Var], keep: set[Var]) -> set[Var]:
    """Without the values that are a few nodes away from one other that has memory: those are computed again."""
    cost: dict[Var, int] = {}
    source: dict[Var, set[Var]] = {}  # what is read to compute a value without memory
    for e in maps:
        (v,) = e.outputs
        inner = [a for a in e.inputs if isinstance(a, Var) and a.aval.shape]
        cost[v] = probe(e).nodes + sum(cost[a] for a in inner if a in cost and a not in keep)
        source[v] = set().union(*({a} if a in keep or a not in source else source[a] for a in inner))
        near = len(source[v]) == 1 and cost[v] <= CHEAP and not probe(e).folds
        if near and v in keep and v not in needs and all(a in keep and a.aval.size <= v.aval.size for a in source[v]):
            keep = keep - {v}
    return keep


def why(e: Equation, reason: str) -> str:
    """Why a value gets memory, for RT_DEBUG=3."""
    return f"memory for {e.op} {e.outputs[0].aval}: {reason}"


def _costs(maps: list[Equation], keep: set[Var]) -> dict[Var, int]:
    """Nodes of each value's element if all that need no memory are composed."""
    cost: dict[Var, int] = {}
    for e in maps:
        below = sum(cost.get(a, 0) for a in e.inputs if isinstance(a, Var) and a not in keep)
        cost[e.outputs[0]] = min(probe(e).nodes + below, 1 << 20)
    return cost


def _cut(maps: list[Equation], keep: set[Var]) -> set[Var]:
    """Memory for what would make a nest too large."""
    size: dict[Var, int] = {}
    for e in maps:
        (v,) = e.outputs
        total = probe(e).nodes + 1 + sum(size.get(a, 1) for a in e.inputs if isinstance(a, Var) and a not in keep)
        if total > LARGE and v not in keep:
            flags.say(3, partial(why, e, "its nest would grow too large"))
            keep.add(v)
        size[v] = total
    return keep
