"""What conditions on indices are good for: reads need no clamps, and sums need no terms that a condition rules out.

`select(0 <= k and k < n, x[clamp(k, n)], y)` reads x at k where the condition holds, and needs no value elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .expr import (
    ADD,
    INDEX,
    Axis,
    Expr,
    add,
    and_,
    axis,
    const,
    fold,
    imod,
    index,
    is_const,
    linear,
    load,
    mul,
    not_,
    rebuild,
    select,
    substitute,
)  # fmt: skip
from .nest import Nest, nodes, walk
from .ranges import Ranges

BOUND = 1 << 40  # of numbers that are known to be small
# an index form that is not negative: its constant, and its terms
Fact = tuple[int, frozenset[tuple[Expr, int]]]


def guard(nest: Nest) -> Nest:
    """The same nest with guarded reads in place of clamped ones, where a select allows it."""
    if not any(is_clamp(e) or e.op == "imod" for e in nodes(nest)):
        return nest
    ranges, done = Ranges(), dict[Expr, Expr]()
    for e in nodes(nest):
        args = tuple(done[a] for a in e.args)
        if e.op == "select":
            c, x, y = args
            args = (c, _guarded(x, c, facts(c, True), ranges), _guarded(y, not_(c), facts(c, False), ranges))
        elif e.op == "and" and e.dtype == "bool":
            # the second matters only where the first holds
            args = (args[0], _guarded(args[1], args[0], facts(args[0], True), ranges))
        done[e] = e if args == e.args else rebuild(e, args)
        if e.op == "fold":
            done[e] = solved(done[e], ranges)
    return Nest(nest.axes, tuple(s.on(done) for s in nest.stores))


def solved(e: Expr, ranges: Ranges) -> Expr:
    """A sum whose terms vanish but where (a + …) % n has one value, with a in steps of n only."""
    while e.op == "fold" and e.attr[0] is ADD and (term := protected(e.args[0])) is not None:
        c, x = term
        found = next((s for q in conjuncts(c) for s in _solutions(q, e.attr[1], ranges)), None)
        if found is None:
            return e
        q, a, n, first = found
        steps = Axis(-(-a.extent // n), a.name)
        at = add(mul(axis(steps), index(n)), first)
        c = conjunction([r for r in conjuncts(c) if r is not q])
        c, x = (substitute(y, {a: at}) for y in (c, x))
        if a.extent % n:
            c = and_(at < a.extent, c)
            x = _guarded(x, c, facts(c, True), ranges)
        axes = [steps if b is a else b for b in e.attr[1]]
        e = fold(ADD, axes, (select(c, x, const(0, e.dtype)),))
    return e


def protected(e: Expr) -> tuple[Expr, Expr] | None:
    """A condition without which e is zero, and e where it holds. Nothing times infinity is nothing here."""
    if e.op == "select" and is_const(e.args[2], 0):
        return e.args[0], e.args[1]
    if e.op in ("mul", "convert") and e.dtype != "bool":
        for k, a in enumerate(e.args):
            if (inner := protected(a)) is not None:
                return inner[0], rebuild(e, (*e.args[:k], inner[1], *e.args[k + 1 :]))
    return None


def _solutions(q: Expr, axes: Sequence[Axis], ranges: Ranges) -> Iterator[tuple[Expr, Axis, int, Expr]]:
    """If q says (x + a) % n == k or (x - a) % n == k: the least a for which it holds."""
    if q.op == "eq" and q.args[0].op == "imod" and q.args[1].op == "const":
        m, n, k = q.args[0], q.args[0].attr, q.args[1].attr
        constant, terms = linear(m.args[0])
        for a in axes:
            step = terms.get(axis(a), 0)
            rest = {b: v for b, v in terms.items() if b is not axis(a)}
            if step in (1, -1):
                # a = step * (k - rest), made positive by a multiple of n
                wanted = {b: -step * v for b, v in rest.items()}
                start = step * (k - constant)
                low, high = ranges.sum(start, wanted)
                if abs(low) < BOUND and abs(high) < BOUND:
                    yield q, a, n, imod(ranges.affine(start + max(0, -(low // n)) * n, wanted), n)


def conjuncts(c: Expr) -> list[Expr]:
    """The conditions that all hold where c does."""
    return [q for x in c.args for q in conjuncts(x)] if c.op == "and" and c.dtype == "bool" else [c]


def conjunction(conditions: Iterable[Expr]) -> Expr:
    """A condition that holds where all of some do."""
    out = const(True, "bool")
    for c in conditions:
        out = and_(out, c)
    return out


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
    """A value that matters only where c holds: without the clamps that do nothing there, its reads under c instead."""
    if not known:
        return root
    done: dict[Expr, Expr] = {}
    for e in walk([root]):
        args = tuple(done[a] for a in e.args)
        if is_clamp(e):
            x, bound = args if args[1].op == "const" else args[::-1]
            low, high = _range(x, known, ranges)
            free = low >= bound.attr if e.op == "max" else high <= bound.attr
            done[e] = x if free else rebuild(e, args)
        elif e.op == "load" and args[0] is not e.args[0]:
            done[e] = load(e.attr, args[0], c if len(args) == 1 else and_(args[1], c))
        else:
            done[e] = e if args == e.args else rebuild(e, args)
    return done[root]


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
