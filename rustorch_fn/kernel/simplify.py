"""Index algebra on nests: equal folds become one, divisions become affine, axes that move together become one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import gcd

from .expr import INDEX, Axis, Expr, add, axis, const, fold, idiv, index, linear, mul, rebuild
from .nest import Nest, nodes, walk

Range = tuple[int, int]
_UNKNOWN: Range = (-(1 << 63), (1 << 63) - 1)


def simplify(nest: Nest) -> Nest:
    """The same nest with few axes and affine indices wherever that is possible."""
    nest = rename(nest)
    if any(e.op in ("idiv", "imod") for e in nodes(nest)):
        nest = collapse(rewrite(nest, {}))
        while (cut := _cut(nest)) is not None:
            nest = split(nest, *cut)
    return collapse(nest)


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


# --- ranges and division ---


class Ranges:
    """Least and greatest values of index expressions, and what division becomes once they are known."""

    def __init__(self) -> None:
        self.known: dict[Expr, Range] = {}
        self.rank: dict[Expr, int] = {}

    def of(self, e: Expr) -> Range:
        if e not in self.known:
            self.known[e] = self._of(e)
        return self.known[e]

    def _of(self, e: Expr) -> Range:
        match e.op:
            case "axis":
                return 0, e.attr.extent - 1
            case "idiv":
                low, high = self.of(e.args[0])
                return max(low, 0) // e.attr, max(high, 0) // e.attr
            case "imod":
                return 0, e.attr - 1
            case "min" | "max" if e.dtype == INDEX:
                (a, b), (c, d) = map(self.of, e.args)
                return (min(a, c), min(b, d)) if e.op == "min" else (max(a, c), max(b, d))
        constant, terms = linear(e)
        return _UNKNOWN if terms == {e: 1} else self.sum(constant, terms)

    def sum(self, constant: int, terms: Mapping[Expr, int]) -> Range:
        low = high = constant
        for atom, k in terms.items():
            a, b = self.of(atom)
            low, high = low + min(k * a, k * b), high + max(k * a, k * b)
        return low, high

    def affine(self, constant: int, terms: Mapping[Expr, int]) -> Expr:
        """One expression for each affine form, however it came about."""
        for atom in terms:
            self.rank.setdefault(atom, len(self.rank))
        total = index(0)
        for atom in sorted(terms, key=self.rank.__getitem__):
            total = add(total, mul(atom, const(terms[atom], INDEX)))
        return add(total, index(constant))

    def divide(self, x: Expr, n: int) -> Expr:
        """x // n for x >= 0: what n divides leaves the division, what is too small for n vanishes."""
        constant, terms = linear(x)
        out = {a: k // n for a, k in terms.items() if k % n == 0}
        rest = {a: k for a, k in terms.items() if k % n}
        low, high = self.sum(constant % n, rest)
        if low <= _UNKNOWN[0] // 2:
            return idiv(self.affine(constant, terms), n)
        # a rest that may be negative is brought above 0 by a multiple of n
        lift = max(0, -(low // n))
        whole = self.affine(constant // n - lift, out)
        return whole if high + lift * n < n else add(whole, self._quotient(constant % n + lift * n, rest, n))

    def _quotient(self, constant: int, terms: dict[Expr, int], n: int) -> Expr:
        # (g*y + s) // n is y // (n/g) where g divides n and 0 <= s < g
        g, small = n, dict(terms)
        for atom in sorted(terms, key=lambda a: -abs(terms[a])):
            g = gcd(g, small.pop(atom))
            if g == 1:
                break
            low, high = self.sum(constant % g, small)
            if 0 <= low and high < g:
                large = {a: k // g for a, k in terms.items() if a not in small}
                return self.divide(self.affine(constant // g, large), n // g)
        x = self.affine(constant, terms)
        return idiv(x.args[0], x.attr * n) if x.op == "idiv" else idiv(x, n)

    def remainder(self, x: Expr, n: int) -> Expr:
        """x % n for x >= 0, said by division so that n * (x // n) + x % n becomes x."""
        constant, terms = linear(x)
        rest = {a: k for a, k in terms.items() if k % n}
        low, high = self.sum(constant % n, rest)
        if 0 <= low and high < n:
            return self.affine(constant % n, rest)
        constant, rest = (constant % n, rest) if low > _UNKNOWN[0] // 2 else (constant, terms)
        c, t = linear(self.divide(self.affine(constant, rest), n))
        total = dict(rest)
        for atom, k in t.items():
            total[atom] = total.get(atom, 0) - n * k
        return self.affine(constant - n * c, {a: k for a, k in total.items() if k})


# --- axes ---


def split(nest: Nest, a: Axis, n: int) -> Nest:
    """Axis a as an outer axis and an inner one of extent n, which divides a's."""
    outer, inner = Axis(a.extent // n, f"{a.name}o"), Axis(n, f"{a.name}i")
    whole = add(mul(axis(outer), index(n)), axis(inner))
    return rewrite(nest, {a: whole}, {a: (outer, inner)})


def _cut(nest: Nest) -> tuple[Axis, int] | None:
    """The finest split of an axis that lets a division shrink."""
    found: dict[Axis, int] = {}
    for e in nodes(nest):
        if e.op == "idiv":
            for atom, k in linear(e.args[0])[1].items():
                if atom.op == "axis":
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
        scopes = [nest.axes, *{e.attr[1]: None for e in nodes(nest) if e.op == "fold"}]
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
