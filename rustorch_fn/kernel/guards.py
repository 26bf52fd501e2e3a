"""Reads that a select protects: an index kept in range by clamping becomes a plain one under a guard.

`select(0 <= k and k < n, x[clamp(k, n)], y)` reads x at k where the condition holds, and needs no value elsewhere.
"""

from __future__ import annotations

from .expr import INDEX, Expr, and_, linear, load, not_, rebuild
from .nest import Nest, nodes, walk
from .simplify import Ranges

# an index form that is not negative: its constant, and its terms
Fact = tuple[int, frozenset[tuple[Expr, int]]]


def guard(nest: Nest) -> Nest:
    """The same nest with guarded reads in place of clamped ones, where a select allows it."""
    if not any(map(is_clamp, nodes(nest))):
        return nest
    ranges, done = Ranges(), dict[Expr, Expr]()
    for e in nodes(nest):
        args = tuple(done[a] for a in e.args)
        if e.op == "select":
            c, x, y = args
            x = _guarded(x, c, facts(c, True), ranges)
            y = _guarded(y, not_(c), facts(c, False), ranges)
            done[e] = e if (c, x, y) == e.args else rebuild(e, (c, x, y))
        else:
            done[e] = e if args == e.args else rebuild(e, args)
    return Nest(nest.axes, tuple(s.on(done) for s in nest.stores))


def is_clamp(e: Expr) -> bool:
    """Whether e is an index kept within constants."""
    return e.op in ("min", "max") and e.dtype == INDEX and any(a.op == "const" for a in e.args)


def facts(c: Expr, holds: bool) -> list[Fact]:
    """What a condition says about indices where it holds, or where it does not."""
    if c.op == "not":
        return facts(c.args[0], not holds)
    if c.op == "and" and holds:
        return facts(c.args[0], True) + facts(c.args[1], True)
    if c.op not in ("lt", "le", "gt", "ge") or c.args[0].dtype != INDEX:
        return []
    x, y = c.args
    how = c.op if holds else {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}[c.op]
    if how in ("lt", "le"):
        x, y = y, x
    (a, more), (b, less) = linear(x), linear(y)
    terms = dict(more)
    for atom, k in less.items():
        terms[atom] = terms.get(atom, 0) - k
    return [(a - b - (how in ("lt", "gt")), frozenset((e, k) for e, k in terms.items() if k))]


def _guarded(root: Expr, c: Expr, known: list[Fact], ranges: Ranges) -> Expr:
    """root with its clamped reads guarded by c, as far as the known facts make clamps needless."""
    if not known:
        return root
    done: dict[Expr, Expr] = {}
    for e in walk([root]):
        args = tuple(done[a] for a in e.args)
        if e.op == "load" and (at := _free(args[0], known, ranges)) is not args[0]:
            done[e] = load(e.attr, at, c if len(args) == 1 else and_(args[1], c))
        else:
            done[e] = e if args == e.args else rebuild(e, args)
    return done[root]


def _free(index: Expr, known: list[Fact], ranges: Ranges) -> Expr:
    """An index without the clamps that do nothing while the facts hold; the same one if some clamp must stay."""
    done: dict[Expr, Expr] = {}
    for e in walk([index]):
        args = tuple(done[a] for a in e.args)
        if is_clamp(e):
            x, bound = args if args[1].op == "const" else args[::-1]
            low, high = _range(x, known, ranges)
            if (e.op == "max" and low < bound.attr) or (e.op == "min" and high > bound.attr):
                return index
            done[e] = x
        elif e.op == "load":
            done[e] = e
        else:
            done[e] = e if args == e.args else rebuild(e, args)
    return done[index]


def _range(x: Expr, known: list[Fact], ranges: Ranges) -> tuple[int, int]:
    low, high = ranges.of(x)
    constant, terms = linear(x)
    same, minus = frozenset(terms.items()), frozenset((e, -k) for e, k in terms.items())
    for c, form in known:
        if form == same:
            low = max(low, constant - c)
        if form == minus:
            high = min(high, constant + c)
    return low, high
