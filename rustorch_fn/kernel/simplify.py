"""Index algebra on nests: equal folds become one, divisions become affine, axes that move together become one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import gcd

from .expr import INDEX, Axis, Expr, add, axis, fold, index, linear, mul, rebuild
from .guards import guard
from .nest import Nest, nodes, runs, walk
from .ranges import Ranges


def simplify(nest: Nest) -> Nest:
    """The same nest with few axes and affine indices wherever that is possible."""
    if nest.plain:
        return nest
    nest = rename(guard(nest))
    if any(e.op in ("idiv", "imod") for e in nodes(nest)):
        nest = collapse(rewrite(nest, {}))
        while (cut := _cut(nest)) is not None:
            nest = split(nest, *cut)
    nest = collapse(nest)
    return Nest(nest.axes, nest.stores, plain=True)


# --- rewriting ---


def rewrite(nest: Nest, by: Mapping[Axis, Expr], into: Mapping[Axis, tuple[Axis, ...]] | None = None) -> Nest:
    """Replace axes by index expressions; `into` says which axes a loop or fold runs over in an axis's place."""
    into = into or {}
    done: dict[Expr, Expr] = {}
    tidy = Ranges()
    for e in nodes(nest):
        done[e] = _rewritten(e, [done[a] for a in e.args], by, into, tidy)
    stores = tuple(s.on(done) for s in nest.stores)
    return Nest(_replaced(nest.axes, into), stores)


def _replaced(axes: Sequence[Axis], into: Mapping[Axis, tuple[Axis, ...]]) -> tuple[Axis, ...]:
    return tuple(b for a in axes for b in into.get(a, (a,)) if b.extent != 1)


def _rewritten(
    e: Expr, args: list[Expr], by: Mapping[Axis, Expr], into: Mapping[Axis, tuple[Axis, ...]], tidy: Ranges
) -> Expr:
    match e.op:
        case "axis":
            return by.get(e.attr, e)
        case "fold":
            monoid, axes, field = e.attr
            return fold(monoid, _replaced(axes, into), args, field)
        case "idiv":
            return tidy.divide(args[0], e.attr)
        case "imod":
            return tidy.remainder(args[0], e.attr)
    return e if all(a is b for a, b in zip(args, e.args, strict=True)) else rebuild(e, tuple(args))


def rename(nest: Nest) -> Nest:
    """Folds that differ only in the names of their axes become one node.

    An axis is named by how many folds are inside its own, so that no fold meets its own axis inside.
    """
    pool: dict[tuple[int, int, int], Axis] = {}
    rank: dict[Axis, int] = {}
    depth: dict[Expr, int] = {}
    done: dict[Expr, Expr] = {}
    for e in nodes(nest):
        inside = max((depth[a] for a in e.args), default=0)
        args = tuple(done[a] for a in e.args)
        if e.op == "fold":
            monoid, axes, field = e.attr
            inside += 1
            count: dict[int, int] = {}
            names = {}
            for a in axes:
                place = count[a.extent] = count.get(a.extent, 0) + 1
                names[a] = pool.setdefault((inside, a.extent, place), Axis(a.extent, a.name))
                rank.setdefault(names[a], len(rank))
            lifted = _renamed(args, {a: axis(b) for a, b in names.items()})
            done[e] = fold(monoid, sorted(names.values(), key=rank.__getitem__), lifted, field)
        else:
            done[e] = e if args == e.args else rebuild(e, args)
        depth[e] = inside
    stores = tuple(s.on(done) for s in nest.stores)
    return Nest(tuple(a for a in nest.axes if a.extent != 1), stores)


def _renamed(roots: Sequence[Expr], by: Mapping[Axis, Expr]) -> list[Expr]:
    done: dict[Expr, Expr] = {}
    for e in walk(roots):
        if e.op == "axis":
            done[e] = by.get(e.attr, e)
        elif e.axes.isdisjoint(by):
            done[e] = e
        else:
            done[e] = rebuild(e, tuple(done[a] for a in e.args))
    return [done[e] for e in roots]


# --- axes ---


def split(nest: Nest, a: Axis, n: int) -> Nest:
    """Axis a as an outer axis and an inner one of extent n, which divides a's."""
    outer, inner = Axis(a.extent // n, f"{a.name}o"), Axis(n, f"{a.name}i")
    whole = add(mul(axis(outer), index(n)), axis(inner))
    return rewrite(nest, {a: whole}, {a: (outer, inner)})


def _cut(nest: Nest) -> tuple[Axis, int] | None:
    """The finest split of an axis that lets a division shrink."""
    found: dict[Axis, int] = {}
    fixed = runs(nest)
    for e in nodes(nest):
        if e.op == "idiv":
            for atom, k in linear(e.args[0])[1].items():
                if atom.op == "axis" and atom.attr not in fixed:
                    a, n = atom.attr, e.attr // gcd(e.attr, k)
                    if 1 < n < a.extent and a.extent % n == 0:
                        found[a] = min(n, found.get(a, n))
    return next(iter(found.items()), None)


def forms(nest: Nest) -> Iterator[dict[Axis, int]]:
    """The coefficients of the axes in every index that the nest uses, inner ones of divisions included."""
    seen: set[Expr] = set()
    for e in nodes(nest):
        if e.dtype == INDEX and (e.op in ("add", "sub") or (e.op == "mul" and any(a.op == "const" for a in e.args))):
            continue
        for root in e.args:
            if root.dtype == INDEX and root not in seen:
                seen.add(root)
                yield {a.attr: k for a, k in linear(root)[1].items() if a.op == "axis"}
    for s in nest.stores:
        for root in s.parts:
            if root.dtype == INDEX and root not in seen:
                seen.add(root)
                yield {a.attr: k for a, k in linear(root)[1].items() if a.op == "axis"}


def collapse(nest: Nest) -> Nest:
    """Merge every pair of axes that all indices step through as if they were one."""
    while True:
        uses = list(forms(nest))
        fixed = runs(nest)
        free = tuple(a for a in nest.axes if a not in fixed)
        scopes = [free, *{e.attr[1]: None for e in nodes(nest) if e.op == "fold"}]
        pair = next((p for s in scopes for p in _pairs(s) if _together(*p, uses, scopes)), None)
        if pair is None:
            return nest
        outer, inner = pair
        both = Axis(outer.extent * inner.extent, inner.name)
        nest = rewrite(nest, {outer: index(0), inner: axis(both)}, {outer: (), inner: (both,)})


def _pairs(axes: Sequence[Axis]) -> Iterator[tuple[Axis, Axis]]:
    return ((a, b) for a in axes for b in axes if a is not b)


def _together(outer: Axis, inner: Axis, uses: list[dict[Axis, int]], scopes: Sequence[Sequence[Axis]]) -> bool:
    return all((outer in s) == (inner in s) for s in scopes) and all(
        f.get(outer, 0) == f.get(inner, 0) * inner.extent for f in uses
    )
