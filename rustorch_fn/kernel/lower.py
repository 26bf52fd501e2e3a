"""From a tidied Func to a plan: values become memory or expressions, equations become nests and steps.

Values are built on demand. A stored value whose expression is ready waits in a group with others of its shape:
they become one nest, which reads what they share once. A group is launched when something needs its memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np

from rustorch_fn import dtypes, errors, flags
from rustorch_fn.core.ir import Atom, Equation, Func, Literal, Var
from rustorch_fn.kernel import expr as K
from rustorch_fn.kernel import plan
from rustorch_fn.kernel.fuse import CHEAP, KERNEL_TYPES, composable, probe, stored, why
from rustorch_fn.kernel.inplace import Lives
from rustorch_fn.kernel.nest import Nest, Store, walk
from rustorch_fn.kernel.slow import HostCall, announced
from rustorch_fn.kernel.stored import SEEN, VIEWS, Stored, flat, row_major

GROUP = 8  # stores that one nest holds at most
COMMON = (0.0, 1.0, -1.0, 0.5, 2.0)  # numbers that are part of a kernel's code
PIECES = 512  # elements an operand, on average, from which a concatenation is stored piece by piece
TWICE = 2  # places at which a costly value is computed, in one nest, before it gets memory


class Backend(Protocol):
    """What a loop-level target offers: nests and contractions as launches."""

    name: str

    def nest(
        self, nest: Nest, slot_of: Callable[[K.Buffer], plan.Place], temp: Callable[[int], int]
    ) -> list[plan.Step]:
        """Launches for a nest; `temp(nbytes)` makes a slot for what they need between them."""

    def wants(self, e: Equation) -> bool:
        """Whether the target has something better for a contraction than a nest."""

    def contraction(self, e: Equation, out: Stored, operands: Sequence[Stored]) -> list[plan.Step] | None:
        """Launches for a dot or conv; None where the strides of its operands do not suit."""

    def order(
        self, words: Sequence[tuple[plan.Place, int]], places: plan.Place, rows: int, n: int, temp: Callable[[int], int]
    ) -> list[plan.Step]:
        """Launches that write the places of rows of n elements in their words' order, equal ones as they stand."""

    def library(self, e: Equation, operands: Sequence[Stored], outs: Sequence[Stored]) -> list[plan.Step]:
        """Launches that call a foreign library for every matrix of a batch; matrices lie column by column."""


@dataclass(slots=True)
class Group:
    """Stores over one shape that wait to become a nest."""

    shape: tuple[int, ...]
    axes: tuple[K.Axis, ...]
    members: dict[Var, K.Expr] = field(default_factory=dict)
    stores: list[Store] = field(default_factory=list)
    site: int = -1

    @staticmethod
    def over(shape: tuple[int, ...]) -> Group:
        """An empty group with axes of its own."""
        return Group(shape, tuple(K.Axis(n, f"i{k}") for k, n in enumerate(shape)))


class NeedsMemory(Exception):
    """Raised while an expression is built, for a value that it would compute too often."""

    def __init__(self, var: Var) -> None:
        self.var = var


class NeedsLaunch(Exception):
    """Raised while an expression is built, for a group whose memory it reads."""

    def __init__(self, group: Group) -> None:
        self.group = group


class Memory:
    """The slots of one program, and the steps of the list that is being written."""

    def __init__(self) -> None:
        self.slots: list[plan.Slot] = []
        self.consts: list[np.ndarray] = []
        self.hosts: list[Callable[..., Any]] = []
        self.buffers: dict[tuple[plan.Place, str], K.Buffer] = {}
        self.places: dict[K.Buffer, plan.Place] = {}

    def slot(self, kind: Any, nbytes: int, index: int = 0) -> int:
        self.slots.append(plan.Slot(kind, nbytes, index))
        return len(self.slots) - 1

    def temp(self, nbytes: int) -> int:
        return self.slot("temp", nbytes)

    def array(self, aval: Any, slot: int | None = None) -> Stored:
        """A dense array of this type, in a slot of its own if none is given."""
        if slot is None:
            slot = self.temp(aval.nbytes)
        return Stored(slot, aval.shape, row_major(aval.shape), KERNEL_TYPES[aval.dtype])

    def buffer(self, s: Stored) -> K.Buffer:
        """The buffer that shows a slot from an offset on."""
        key = (s.place, s.dtype)
        found = self.buffers.get(key)
        if found is None:
            found = self.buffers[key] = K.Buffer(f"s{s.slot}", s.dtype, self.slots[s.slot].nbytes // K.BYTES[s.dtype])
            self.places[found] = s.place
        return found


class Lowering:
    """One straight list of equations: a Func's, or a loop body's."""

    def __init__(
        self, func: Func, memory: Memory, backend: Backend, inputs: Sequence[Stored], outer_site: int = -1
    ) -> None:
        self.func, self.memory, self.backend = func, memory, backend
        self.steps: list[plan.Step] = []
        self.inputs: dict[Var, Stored] = dict(zip(func.inputs, inputs, strict=True))
        self.env = dict(self.inputs)
        self.lives = Lives(func)
        self.made = self.lives.made
        self.site, self.outer_site = -1, outer_site
        self.groups: list[Group] = []
        self.memo: dict[Any, K.Expr] = {}
        self.places: dict[Var, set[tuple[K.Expr, ...]]] = {}
        self.destination: dict[Var, Stored] = {}
        self.keep: set[Var] = set()
        # inputs whose memory the list may write to
        self.owned: set[Var] = set()
        self.using: Group | None = None

    # --- the whole list ---

    def run(self, outputs: Sequence[Stored | None]) -> list[Stored]:
        """Write all steps. An output with a given place ends up there; the others anywhere."""
        func = self.func
        for a, want in zip(func.outputs, outputs, strict=True):
            # the first place that a computed value must be in is where it is made
            if isinstance(a, Var) and a in self.made and want is not None and a not in self.destination:
                self.destination[a] = want
        for e in reversed(func.equations):
            # what is written into begins where it is to end, and what is only seen otherwise is made as it is seen
            want = self.destination.get(e.outputs[0]) if e.outputs else None
            if want is not None and e.op.step == "nest" and (start := self.lives.start(e)) is not None:
                self.destination.setdefault(start, want)
            elif want is not None and e.op.name in SEEN and e.inputs[0] in self.made:
                before = SEEN[e.op.name](want, e)
                if before is not None:
                    self.destination.setdefault(e.inputs[0], before)
        needs = {a for a in func.outputs if isinstance(a, Var)}
        for e in func.equations:
            if not composable(e) or self.contracts(e):
                needs.update(a for a in e.inputs if isinstance(a, Var) and not (e.op.name == "scan" and self.counts(a)))
            if self.contracts(e):
                needs.update(e.outputs)
        self.keep = stored(func, needs)
        for k, e in enumerate(func.equations):
            self.site = k
            self.equation(e)
        results = [self.in_memory(a) for a in func.outputs]
        for g in list(self.groups):
            self.launch(g)
        # the place of a carry that is written into still holds its old value, which other results may show
        own = self.own()
        pairs = zip(results, outputs, strict=True)
        moves = [(k, want) for k, (here, want) in enumerate(pairs) if want is not None and here != want]
        for k, want in sorted(moves, key=lambda move: move[1].slot in own):
            self.copy(results[k], want)
            results[k] = want
        return results

    def equation(self, e: Equation) -> None:
        """Do what an equation needs now."""
        if composable(e):
            v = e.outputs[0]
            if v in self.keep:
                shown = self.view(e)
                if shown is not None and self.destination.get(v, shown) == shown:
                    self.env[v] = shown
                    return
                start = self.lives.start(e, self.owned)
                if start is not None and v in self.destination and self.destination[v].slot in self.own():
                    # step after step a carry is written into, or the last step would be a copy of it
                    self.in_memory(start)
                updates = start in self.env
                if not (self.contraction(e) or (updates and self.writes(e)) or self.pieces(e)):
                    self.store(v)
            return
        control = CONTROL.get(e.op.name)
        if control is not None:
            control(self, e)
        elif e.op.step == "host":
            self.host(e)
        elif e.op.step == "nest":
            self.writes(e)
        elif e.op.step == "library":
            from rustorch_fn.kernel.library import library

            library(self, e)
        else:
            raise errors.MissingRule(e.op.name, f"the {self.backend.name} target", where=e.source)

    def counts(self, a: Atom) -> bool:
        """Whether a value is 0, 1, 2…, which a loop over its rows has as its counter."""
        e = self.made.get(a) if isinstance(a, Var) else None
        if e is None or e.op.name != "iota" or len(a.aval.shape) != 1:
            return False
        return a.aval.dtype in dtypes.INTS and a.aval.dtype.itemsize in (4, 8)

    # --- memory ---

    def place_for(self, v: Var) -> Stored:
        """Where a value's memory is to be."""
        return self.destination.get(v) or self.memory.array(v.aval)

    def own(self) -> set[int]:
        """The slots of carries that are written into, which hold the old values until then."""
        return {self.inputs[v].slot for v in self.owned}

    def elsewhere(self, v: Var) -> None:
        """Let a value that is not written into a carry have other memory: it may read what it would destroy."""
        if v in self.destination and self.destination[v].slot in self.own():
            del self.destination[v]

    def in_memory(self, a: Atom) -> Stored:
        """The stored form of a value, computed and launched."""
        if isinstance(a, Literal):
            return self.constant(a)
        if a not in self.env:
            self.keep.add(a)
            self.equation(self.made[a])
        for g in list(self.groups):
            if a in g.members:
                self.launch(g, a)
        here = self.env[a]
        for g in list(self.groups):
            # a view of what a group is still to write
            if any(self.env[m].slot == here.slot for m in g.members):
                self.launch(g)
        return here

    def dense(self, a: Atom) -> Stored:
        """The value in memory, in row-major order."""
        here = self.in_memory(a)
        if here.dense:
            return here
        copy = self.memory.array(a.aval)
        self.copy(here, copy)
        return copy

    def constant(self, a: Literal) -> Stored:
        """A scalar in memory."""
        value = np.asarray(a.value, dtypes.physical(a.aval.dtype))
        self.memory.consts.append(value)
        slot = self.memory.slot("const", max(1, value.nbytes), len(self.memory.consts) - 1)
        return Stored(slot, (), (), KERNEL_TYPES[a.aval.dtype])

    def copy(self, source: Stored, to: Stored) -> None:
        """Bring elements from one place to another, which may be of another type."""
        if not source.size:
            return
        if source.dense and to.dense and source.dtype == to.dtype:
            self.emit(plan.Copy(source.place, to.place, source.size * K.BYTES[source.dtype]))
            return
        axes = tuple(K.Axis(n) for n in to.shape)
        i = tuple(map(K.axis, axes))
        value = K.convert(self.load(source, i), to.dtype)
        self.nest(Nest(axes, (Store(self.memory.buffer(to), flat(to, i), value),)), self.site)

    def emit(self, step: plan.Step) -> None:
        self.steps.append(step)

    def nest(self, nest: Nest, site: int) -> None:
        for step in self.backend.nest(nest, self.memory.places.__getitem__, self.temp_buffer):
            self.emit(step)

    def temp_buffer(self, nbytes: int) -> int:
        return self.memory.temp(nbytes)

    def load(self, s: Stored, i: tuple[K.Expr, ...]) -> K.Expr:
        return K.load(self.memory.buffer(s), flat(s, i))

    # --- views: shapes changed without touching memory ---

    def view(self, e: Equation) -> Stored | None:
        """The result as another look at its operand's memory, where strides can say it."""
        if not e.inputs or not isinstance(e.inputs[0], Var) or e.op.name not in VIEWS:
            return None
        x = e.inputs[0]
        if x not in self.env:
            return None
        return VIEWS[e.op.name](self.env[x], e)

    # --- expressions ---

    def store(self, v: Var) -> None:
        """Put a value's expression into a group, or launch it alone if it folds."""
        self.elsewhere(v)
        out = self.place_for(v)
        if not out.size:
            self.env[v] = out
            return
        shape = v.aval.shape
        waiting = [g for g in self.groups if g.shape == shape and len(g.stores) < GROUP]
        found = ((g, self.built(v, g)) for g in [*waiting, Group.over(shape)])
        group, value = next((g, value) for g, value in found if value is not None)
        folds = has_fold(value)
        if folds and group.members:
            # a fold's loops are its own: beside it, maps would run in the fold's order
            group = Group.over(shape)
            alone = self.built(v, group)
            assert alone is not None
            value = alone
        i = tuple(map(K.axis, group.axes))
        group.members[v] = value
        group.stores.append(Store(self.memory.buffer(out), flat(out, i), value))
        group.site = self.site
        self.env[v] = out
        if group not in self.groups:
            self.groups.append(group)
        if folds:
            self.launch(group, v)

    def built(self, v: Var, group: Group) -> K.Expr | None:
        """v's expression over a group's axes; None if it reads the group's own memory."""
        i = tuple(map(K.axis, group.axes))
        while True:
            self.using, self.memo, self.places = group, {}, {}
            try:
                return self.expression(self.made[v], i)
            except NeedsMemory as need:
                flags.say(3, partial(why, self.made[need.var], "its nest would repeat it"))
                self.keep.add(need.var)
                self.using = None
                self.store(need.var)
                if group.members and group not in self.groups:
                    return None
            except NeedsLaunch as need:
                if need.group is group:
                    return None
                self.launch(need.group)
            finally:
                self.using = None

    def element(self, a: Atom, i: tuple[K.Expr, ...]) -> K.Expr:
        """Element i of a value inside the group that is being built."""
        if isinstance(a, Literal):
            value = np.asarray(a.value, dtypes.physical(a.aval.dtype))[()]
            kind = KERNEL_TYPES[a.aval.dtype]
            if kind in K.FLOATS:
                # a mean's divisor comes with the launch, so that other sizes share the kernel
                return (K.const if float(value) in COMMON or not np.isfinite(float(value)) else K.param)(
                    float(value), kind
                )
            return K.const(value.item(), kind)
        group = self.using
        assert group is not None
        if a in self.env:
            if a in group.members:
                if i == tuple(map(K.axis, group.axes)):
                    return group.members[a]
                raise NeedsLaunch(group)
            here = self.env[a]
            for g in self.groups:
                if any(self.env[m].slot == here.slot for m in g.members):
                    raise NeedsLaunch(g)
            return self.load(here, i)
        key = (a, i)
        found = self.memo.get(key)
        if found is None:
            e = self.made[a]
            self.guard(a, e, i, group)
            found = self.memo[key] = self.expression(e, i)
        return found

    def guard(self, v: Var, e: Equation, i: tuple[K.Expr, ...], group: Group) -> None:
        """Refuse to compute a costly element more often than there are elements."""
        found = probe(e)
        if not found.folds and found.nodes <= CHEAP:
            return
        free = frozenset().union(*(x.axes for x in i)) if i else frozenset()
        live = [a for a in group.axes if a.extent > 1]
        outer = free.intersection(live)
        hoisted = outer == frozenset(live[: len(outer)]) or outer == frozenset(live)
        once = math.prod(a.extent for a in free) <= max(v.aval.size, 1)
        # inside of another fold the element would be made in every turn of it
        inside = found.folds and free != outer
        places = self.places.setdefault(v, set())
        places.add(i)
        if not (hoisted and once) or inside or len(places) > TWICE:
            raise NeedsMemory(v)

    def expression(self, e: Equation, i: tuple[K.Expr, ...]) -> K.Expr:
        """Element i of an equation's result."""
        reads = [K.View(a.aval.shape, KERNEL_TYPES[a.aval.dtype], partial(self.element, a)) for a in e.inputs]
        out: K.Expr = e.op.at(i, *reads, **e.attrs)
        return out

    def launch(self, group: Group, asked: Var | None = None) -> None:
        """Make a waiting group a nest, which stores what was asked for and what may still be read."""
        if group in self.groups:
            self.groups.remove(group)
        stores = []
        for v, store in zip(list(group.members), group.stores, strict=True):
            if v is asked or self.wanted(v):
                stores.append(store)
            else:
                # all that read it are in this very nest: from now on it is as if it never had memory
                del self.env[v]
                self.keep.discard(v)
        if stores:
            self.nest(Nest(group.axes, tuple(stores)), group.site)

    def wanted(self, v: Var) -> bool:
        """Whether what a group stores for v may be read by something that is not computed yet."""
        here = self.env[v]
        if self.memory.slots[here.slot].kind != "temp" or v in self.lives.outputs:
            return True
        return any(s.slot == here.slot for w, s in self.env.items() if w is not v) or self.awaited(v)

    def awaited(self, v: Var) -> bool:
        """Whether something that is not computed yet will read v."""
        stack, seen = [v], {v}
        while stack:
            for r in self.lives.readers.get(stack.pop(), ()):
                if not r.outputs:
                    return True
                out = r.outputs[-1]
                if out not in self.env and out not in seen:
                    if out in self.keep or out in self.lives.outputs or not composable(r):
                        return True
                    seen.add(out)
                    stack.append(out)
        return False

    # --- contractions and host steps ---

    def contracts(self, e: Equation) -> bool:
        """Whether the target has a kernel for this equation that is better than a nest."""
        if e.op.name not in ("dot", "conv"):
            return False
        return all(a.aval.size for a in (*e.inputs, *e.outputs)) and self.backend.wants(e)

    def contraction(self, e: Equation) -> bool:
        """A dot or conv by the target's own kernels, where it has them."""
        if not self.contracts(e):
            return False
        operands = [self.in_memory(a) for a in e.inputs]
        v = e.outputs[0]
        out = self.place_for(v)
        steps = self.backend.contraction(e, out, operands)
        if steps is None and not out.dense:
            del self.destination[v]
            out = self.memory.array(v.aval)
            steps = self.backend.contraction(e, out, operands)
        if steps is None:
            operands = [self.dense(a) for a in e.inputs]
            steps = self.backend.contraction(e, out, operands)
            if steps is None:
                return False
        self.env[v] = out
        self.steps.extend(steps)
        return True

    def writes(self, e: Equation) -> bool:
        """Write into what an operand was, in its own memory where that may be."""
        (v,) = e.outputs
        operands = [self.in_memory(a) for a in e.inputs]
        here = operands[e.op.begins]
        start, want = self.lives.start(e, self.owned), self.destination.get(v)
        free = start is not None and here.dense and want in (None, here) and self.alone(start, e) and self.mine(here)
        if not free:
            self.elsewhere(v)
        if composable(e) and not free:
            if want == here:
                # its expression may read what it would overwrite
                self.destination.pop(v, None)
            return False
        out = here if free else self.place_for(v)
        if start is not None and out == here:
            self.leave(start, e)
        held, dtype = out, e.op.held_as(out.dtype, **e.attrs)
        if dtype != out.dtype:
            held = Stored(self.memory.temp(out.size * K.BYTES[dtype]), out.shape, row_major(out.shape), dtype)

        def write(index: tuple[K.Expr, ...], value: K.Expr, guard: K.Expr | None = None, into: Any = None) -> Store:
            return Store(self.memory.buffer(held), flat(held, index), K.convert(value, dtype), guard, into)

        reads = [K.View(s.shape, s.dtype, partial(self.load, s)) for s in operands]
        axes, stores = e.op.nest(write, *reads, **e.attrs)
        if held != here:
            self.copy(here, held)
        if all(a.extent for a in axes):
            self.nest(Nest(axes, tuple(stores)), self.site)
        if held != out:
            self.copy(held, out)
        self.env[v] = out
        return True

    def pieces(self, e: Equation) -> bool:
        """A large concatenation: each operand is computed where it is to lie."""
        (v,) = e.outputs
        if e.op.name != "concat" or v.aval.size < PIECES * len(e.inputs):
            return False
        out, axis, start = self.place_for(v), e.attrs["axis"], 0
        for a in e.inputs:
            part = Stored(out.slot, a.aval.shape, out.strides, out.dtype, out.offset + start * out.strides[axis])
            start += a.aval.shape[axis]
            if isinstance(a, Var) and a not in self.env and a not in self.destination:
                self.destination[a] = part
                self.keep.add(a)
                self.equation(self.made[a])
            if isinstance(a, Literal) or self.env.get(a) != part:
                self.copy(self.in_memory(a), part)
        self.env[v] = out
        return True

    def leave(self, start: Var, e: Equation) -> None:
        """Let all who read a value read it now, as its memory is about to change."""
        for v in [v for r in self.lives.earlier(start, e) for v in r.outputs]:
            # what is neither in memory nor awaited is part of what reads it
            if v in self.env or v in self.lives.outputs or self.awaited(v):
                self.in_memory(v)
        for g in list(self.groups):
            if self.reads(g, self.env[start].slot):
                self.launch(g)
        for v in self.others(start, e):
            seen = self.env[v]
            self.env[v] = self.memory.array(v.aval)
            self.copy(seen, self.env[v])

    def reads(self, group: Group, slot: int) -> bool:
        """Whether a waiting group reads a slot's memory."""
        loads = (x for x in walk([part for store in group.stores for part in store.parts]) if x.op == "load")
        return any(self.memory.places[x.attr][0] == slot for x in loads)

    def others(self, start: Var, e: Equation) -> list[Var]:
        """What else is found in a value's memory, and read after an equation or by what is still to be computed."""
        slot, out = self.env[start].slot, []
        for v in [v for v, s in self.env.items() if s.slot == slot and v is not start]:
            readers = [r for r in self.lives.readers.get(v, ()) if r is not e and r.outputs]
            waiting = any(r.outputs[0] not in self.env for r in readers)
            if waiting or self.lives.needed(v, e):
                out.append(v)
        return out

    def mine(self, here: Stored) -> bool:
        """Whether no one outside of this list knows the memory: a loop may pass on what it was given, where it lies."""
        lent = {self.inputs[v].slot for v in self.func.inputs if v not in self.owned}
        return here.slot not in lent and self.memory.slots[here.slot].kind not in ("input", "const")

    def alone(self, start: Var, e: Equation) -> bool:
        """Whether all that shares a value's memory are views of it, which can be copied."""
        return all(v in self.made and self.made[v].op.name in VIEWS for v in self.others(start, e))

    def host(self, e: Equation) -> None:
        """A step that Python does, by the op's NumPy meaning."""
        flags.say(2, partial(announced, e))
        operands = [self.dense(a) for a in e.inputs]
        for v in e.outputs:
            if v in self.destination and not self.destination[v].dense:
                # Python writes row-major arrays
                del self.destination[v]
        outs = [self.place_for(v) for v in e.outputs]
        self.memory.hosts.append(HostCall(e, [o.shape for o in operands]))
        bufs = tuple(s.place for s in (*operands, *outs))
        self.emit(plan.Host(len(self.memory.hosts) - 1, bufs, (), self.site))
        self.env.update(zip(e.outputs, outs, strict=True))


def has_fold(e: K.Expr) -> bool:
    return any(x.op in ("fold", "running") for x in walk([e]))


# ops that are more than a nest, by name; filled by kernel/steps.py and kernel/sorting.py
CONTROL: dict[str, Callable[[Lowering, Equation], None]] = {}


def lower(func: Func, backend: Backend) -> tuple[plan.Program, Memory]:
    """The plan of a whole tidied Func."""
    from rustorch_fn.kernel import sorting, steps  # noqa: F401  (they fill CONTROL)

    memory = Memory()
    inputs = [memory.array(v.aval, memory.slot("input", v.aval.nbytes, k)) for k, v in enumerate(func.inputs)]
    outputs = [memory.array(a.aval, memory.slot("output", a.aval.nbytes, k)) for k, a in enumerate(func.outputs)]
    with K.table():
        lowering = Lowering(func, memory, backend, inputs)
        lowering.run(outputs)
    return plan.Program(tuple(memory.slots), tuple(lowering.steps)), memory
