"""A nest: loop axes and, for all their values, stores of scalar expressions into flat buffers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .expr import BYTES, INDEX, Axis, Buffer, Expr, Monoid, linear


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """buffer[index] = value, where the guard (if any) holds; with `into` what is there is combined with the value."""

    buffer: Buffer
    index: Expr
    value: Expr
    guard: Expr | None = None
    into: Monoid | None = None

    @property
    def parts(self) -> tuple[Expr, ...]:
        return (self.index, self.value) if self.guard is None else (self.index, self.value, self.guard)

    @property
    def axes(self) -> frozenset[Axis]:
        """The axes that this store runs over."""
        return frozenset().union(*(e.axes for e in self.parts))

    def on(self, done: Mapping[Expr, Expr]) -> Store:
        """The same store of what its expressions have become."""
        guard = None if self.guard is None else done[self.guard]
        return Store(self.buffer, done[self.index], done[self.value], guard, self.into)


@dataclass(frozen=True, slots=True, eq=False)
class Nest:
    """For all values of `axes`, in any order, each store happens.

    Values hold folds anywhere. Loads read other buffers, or a stored buffer at that store's very index.
    A store that uses only some of the axes happens once for all values of the others.
    Along the axis of a running fold (see `runs`) the loop goes in order, inside of all others.
    Axes that may bring a store to one place twice (see `ordered`) run one by one, as they stand.
    """

    axes: tuple[Axis, ...]
    stores: tuple[Store, ...]
    plain: bool = False  # whether `simplify` has made it

    def __str__(self) -> str:
        roots = [e for s in self.stores for e in s.parts]
        everything = list(walk(roots))
        uses = Counter(a for e in everything for a in e.args)
        uses.update(roots)
        lines, text = ["for " + ", ".join(map(repr, self.axes))], dict[Expr, str]()
        for e in everything:
            text[e] = e.text(text[a] for a in e.args)
            # what is used again gets a name, as a nest is a graph and not a tree
            if uses[e] > 1 and e.args:
                lines.append(f"  t{len(lines)} = {text[e]}")
                text[e] = f"t{len(lines) - 1}"
        for s in self.stores:
            where = "" if s.guard is None else f" if {text[s.guard]}"
            lines.append(f"  {s.buffer.name}[{text[s.index]}] {s.into or ''}= {text[s.value]}{where}")
        return "\n".join(lines)


def walk(roots: Sequence[Expr]) -> Iterator[Expr]:
    """Every node below the roots once, operands before users; goes into folds."""
    seen: set[Expr] = set()
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        e, ready = stack.pop()
        if ready:
            yield e
        elif e not in seen:
            seen.add(e)
            stack.append((e, True))
            stack.extend((a, False) for a in reversed(e.args) if a not in seen)


def nodes(nest: Nest) -> Iterator[Expr]:
    """Every node of a nest once, operands before users."""
    return walk([e for s in nest.stores for e in s.parts])


def steps(index: Expr) -> dict[Axis, int]:
    """How many elements a step along each axis moves an index; 0 where that is not a constant."""
    _, terms = linear(index)
    out = dict.fromkeys((a for atom in terms if atom.op != "axis" for a in atom.axes), 0)
    out.update((atom.attr, k) for atom, k in terms.items() if atom.op == "axis" and atom.attr not in out)
    return out


def ordered(nest: Nest) -> tuple[Axis, ...]:
    """The axes along which a store's place does not move evenly, so that it may be met again."""
    free = {a for s in nest.stores for a in s.axes if not steps(s.index).get(a)}
    return tuple(a for a in nest.axes if a in free)


def runs(nest: Nest) -> dict[Axis, list[Expr]]:
    """The running folds of a nest by the loop that carries them."""
    found: dict[Axis, list[Expr]] = {}
    for e in nodes(nest):
        if e.op == "running":
            found.setdefault(e.attr[1], []).append(e)
    return found


def greedy(nest: Nest) -> Nest:
    """The same nest, stores that read most first: so others may take over the memory of what they read last."""
    loads = [{e.attr for e in walk(s.parts) if e.op == "load"} for s in nest.stores]
    stored = {s.buffer for s in nest.stores}
    if len(loads) < 2 or any(s.into is not None for s in nest.stores) or not stored.isdisjoint(set().union(*loads)):
        return nest
    order = sorted(range(len(loads)), key=lambda k: -len(loads[k]))
    return replace(nest, stores=tuple(nest.stores[k] for k in order))


def overwrites(nest: Nest) -> tuple[tuple[Buffer, Buffer], ...]:
    """Pairs (stored, loaded) of buffers that may be one: each element is read only before its place is written."""
    axes = frozenset(nest.axes)
    places: dict[Buffer, set[Expr]] = {}
    for e in nodes(nest):
        if e.op == "load":
            places.setdefault(e.attr, set()).add(e.args[0])
    readers = [{e.attr for e in walk(s.parts) if e.op == "load"} for s in nest.stores]
    last = {b: k for k, read in enumerate(readers) for b in read}
    return tuple(
        (s.buffer, b)
        for k, (s, read) in enumerate(zip(nest.stores, readers, strict=True))
        if s.into is None and s.guard is None and s.axes == axes
        for b in sorted(read, key=lambda b: b.name)
        if last[b] == k
        and b is not s.buffer
        and places[b] == {s.index}
        and BYTES[b.dtype] == BYTES[s.buffer.dtype]
        and all(t.axes == axes for t, other in zip(nest.stores, readers, strict=True) if b in other)
    )


def buffers(nest: Nest) -> tuple[Buffer, ...]:
    """The buffers that a nest touches: loaded ones as they come, then stored ones."""
    found: dict[Buffer, None] = {e.attr: None for e in nodes(nest) if e.op == "load"}
    found.update((s.buffer, None) for s in nest.stores)
    return tuple(found)


def check(nest: Nest) -> None:
    """Raise ValueError where a nest breaks the rules of its kind."""
    known = set(nest.axes)
    stored = {s.buffer: s for s in nest.stores}
    if len(stored) != len(nest.stores):
        raise ValueError(f"a nest may store to a buffer once only:\n{nest}")
    for s in nest.stores:
        if free := s.axes - known:
            raise ValueError(f"{s.buffer.name}: the axes {set(free)} belong to no loop and no fold of\n{nest}")
        if s.index.dtype != INDEX:
            raise ValueError(f"{s.buffer.name}: an index is {INDEX}, not {s.index.dtype}")
        if s.value.dtype != s.buffer.dtype:
            raise ValueError(f"{s.buffer.name} holds {s.buffer.dtype} but is given {s.value.dtype}: convert it first")
        if s.guard is not None and s.guard.dtype != "bool":
            raise ValueError(f"{s.buffer.name}: a guard is bool, not {s.guard.dtype}")
    carried = runs(nest)
    if len(carried) > 1 or len({e.attr[2] for group in carried.values() for e in group}) > 1:
        raise ValueError(f"running folds go along one axis and one way:\n{nest}")
    if carried and any(s.axes != {a for a in known if a.extent != 1} for s in nest.stores):
        raise ValueError(f"beside a running fold every store runs over all axes:\n{nest}")
    for e in nodes(nest):
        if e.op == "load" and (own := stored.get(e.attr)) is not None and e.args[0] is not own.index:
            raise ValueError(f"{e.attr.name} is stored at {own.index} but read at {e.args[0]} in one nest")
