"""Selects that seldom take their first choice: it is computed behind a branch, when some lane wants it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from rustorch_fn.kernel.expr import Axis, Expr

from . import words
from .regions import Region
from .words import Module, many


class Printing(Protocol):
    """What a printer of values offers."""

    module: Module
    root: Region
    stack: list[Region]
    together: dict[tuple[Axis, ...], list[Expr]]  # folds by their axes

    def lanes(self, e: Expr) -> int: ...
    def value(self, e: Expr) -> str: ...
    def operand(self, e: Expr, lanes: int) -> str: ...


def is_rare(e: Expr) -> bool:
    """Whether e is a select that seldom takes its first choice."""
    return e.op == "select" and e.attr == "rare"


def worth_branch(p: Printing, e: Expr, home: Region) -> bool:
    """Whether a rare select can wait behind a branch: its condition has as many lanes as its value, in a loop."""
    return home is not p.root and p.lanes(e.args[0]) == p.lanes(e)


def unprinted(roots: Sequence[Expr], home: Region) -> Iterator[Expr]:
    """Every node below the roots that has no name yet."""
    seen: set[Expr] = set()
    stack = list(roots)
    while stack:
        e = stack.pop()
        if e not in seen and e not in home.memo:
            seen.add(e)
            yield e
            stack.extend(e.args)


def branch(p: Printing, e: Expr, home: Region, rare: Sequence[Expr]) -> str:
    """e's value, and with it that of all other `rare` selects with e's condition."""
    c, lanes = e.args[0], p.lanes(e)
    # the condition's own operands are printed with it, so that only what is new lies below the selects
    test = p.operand(c, lanes)
    alike = {s for s in rare if s.args[0] is c and s.axes == e.axes and s not in home.memo}
    group = [s for s in rare if s in alike and alike.isdisjoint(unprinted(s.args[1:], home))]
    group = group if e in group else [e]
    usual = [p.operand(s.args[2], lanes) for s in group]
    # loops of folds come before the branch
    for f in unprinted([s.args[1] for s in group], home) if p.together else ():
        if f.op == "fold":
            p.value(f)
    some = home.call(f"llvm.vector.reduce.or.v{lanes}i1", "i1", (many("i1", lanes), test)) if lanes else test
    mark, first = p.module.name()[2:], home.label
    slow = Region(p.module, f"R{mark}", home.axis, home.at, home.lanes)
    # what is printed behind the branch is not known after it
    slow.mask, slow.memo = home.mask, dict(home.memo)
    at = p.stack.index(home)
    p.stack[at] = slow
    found = [
        slow.select(test, p.operand(s.args[1], lanes), y, words.REGISTER[s.dtype], lanes)
        for s, y in zip(group, usual, strict=True)
    ]
    p.stack[at] = home
    home.put(f"br i1 {some}, label %R{mark}, label %J{mark}")
    home.start(f"R{mark}")
    home.lines += slow.lines
    home.put(f"br label %J{mark}")
    home.start(f"J{mark}")
    for s, x, y in zip(group, found, usual, strict=True):
        kind = words.register(s.dtype, lanes)
        home.memo[s] = home.let(f"phi {kind} [{x}, %{slow.label}], [{y}, %{first}]")
    return home.memo[e]
