"""Control flow as steps: bodies are lists of steps, carries are pairs of slots whose pointers swap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rustorch_fn.core.ir import Atom, Equation, Func, Var
from rustorch_fn.kernel import plan
from rustorch_fn.kernel.expr import BYTES
from rustorch_fn.kernel.inplace import Lives
from rustorch_fn.kernel.lower import CONTROL, Lowering
from rustorch_fn.kernel.stored import Stored


def body(
    outer: Lowering, func: Func, inputs: Sequence[Stored], outputs: Sequence[Stored | None], owned: Sequence[Var] = ()
) -> tuple[Any, list[Stored]]:
    """The steps of an inner Func, and where its results are; it may write to the memory of inputs that it owns."""
    inner = Lowering(func, outer.memory, outer.backend, inputs, outer.site)
    inner.owned.update(owned)
    results = inner.run(outputs)
    return tuple(inner.steps), results


def nbytes(a: Any) -> int:
    return int(a.aval.nbytes)


def cond(low: Lowering, e: Equation) -> None:
    """One list of steps a branch; all write to the same places."""
    index = low.dense(e.inputs[0])
    operands = [low.in_memory(a) for a in e.inputs[1:]]
    outs = [low.place_for(v) for v in e.outputs]
    branches = tuple(body(low, f, operands, outs)[0] for f in e.attrs["branches"])
    low.emit(plan.Branch(index.slot if not index.offset else _moved(low, index), branches, low.site))
    low.env.update(zip(e.outputs, outs, strict=True))


def _moved(low: Lowering, index: Stored) -> int:
    """A scalar that lies inside of another slot, in a slot of its own."""
    alone = low.memory.temp(BYTES[index.dtype])
    low.emit(plan.Copy(index.place, (alone, 0), BYTES[index.dtype]))
    return alone


class Carries:
    """The carried values of a loop: those that the body passes on unchanged stay where they are."""

    def __init__(self, low: Lowering, func: Func, first: int, values: Sequence[Atom], outs: Sequence[Var]) -> None:
        inputs = func.inputs[first : first + len(values)]
        self.fixed = [a is v for a, v in zip(func.outputs, inputs, strict=False)]
        self.now: list[Stored] = []
        self.next: list[Stored | None] = []
        self.pairs: list[plan.Carry] = []
        lives = Lives(func)
        # carries that a step writes into: no second memory, no swap
        self.owned = [v for a, v in zip(func.outputs, inputs, strict=False) if lives.carried(v, a)]
        for a, v, keep, inner in zip(values, outs, self.fixed, inputs, strict=True):
            here = low.in_memory(a)
            if keep:
                self.now.append(here)
                self.next.append(None)
                continue
            start = low.memory.array(v.aval)
            low.copy(here, start)
            self.now.append(start)
            if start.size and inner not in self.owned:
                after = low.memory.array(v.aval)
                self.next.append(after)
                self.pairs.append((start.slot, after.slot, nbytes(v)))
            else:
                self.next.append(start)

    def finish(self, low: Lowering, outs: Sequence[Var]) -> None:
        """Where the loop's results are."""
        for v, here in zip(outs, self.now, strict=True):
            want = low.destination.get(v)
            if want is not None and want != here:
                low.copy(here, want)
                here = want
            low.env[v] = here


def while_(low: Lowering, e: Equation) -> None:
    """test, body, and pointers that swap."""
    tc, bc = e.attrs["test_consts"], e.attrs["body_consts"]
    test, inner = e.attrs["test"], e.attrs["body"]
    test_in = [low.in_memory(a) for a in e.inputs[:tc]]
    body_in = [low.in_memory(a) for a in e.inputs[tc : tc + bc]]
    carries = Carries(low, inner, bc, e.inputs[tc + bc :], e.outputs)
    pred = low.memory.array(test.outputs[0].aval)
    check, _ = body(low, test, [*test_in, *carries.now], [pred])
    steps, _ = body(low, inner, [*body_in, *carries.now], carries.next, carries.owned)
    low.emit(plan.While(check, pred.slot, steps, tuple(carries.pairs), low.site))
    carries.finish(low, e.outputs)


def scan(low: Lowering, e: Equation) -> None:
    """A loop over rows of its operands and results."""
    consts, count, length = e.attrs["consts"], e.attrs["carries"], e.attrs["length"]
    inner: Func = e.attrs["body"]
    fixed = [low.in_memory(a) for a in e.inputs[:consts]]
    carries = Carries(low, inner, consts, e.inputs[consts : consts + count], e.outputs[:count])
    rows: list[plan.Row] = []

    def row(whole: Stored, aval: Any) -> Stored:
        slot = low.memory.slot("row", aval.nbytes)
        size = BYTES[whole.dtype]
        base = whole.slot
        if whole.offset:
            # rows of a view start where the view does
            low.memory.slots.append(
                plan.Slot("alias", low.memory.slots[base].nbytes - whole.offset * size, base, whole.offset * size)
            )
            base = len(low.memory.slots) - 1
        if whole.size:
            rows.append((slot, base, whole.strides[0] * size))
        return Stored(slot, aval.shape, whole.strides[1:], whole.dtype)

    counter = -1
    xs = []
    for a, v in zip(e.inputs[consts + count :], inner.inputs[consts + count :], strict=True):
        if low.counts(a) and (counter < 0 or low.memory.slots[counter].nbytes == v.aval.nbytes):
            counter = low.memory.temp(v.aval.nbytes) if counter < 0 else counter
            xs.append(low.memory.array(v.aval, counter))
        else:
            xs.append(row(low.in_memory(a), v.aval))
    wholes = [low.place_for(v) for v in e.outputs[count:]]
    ys = [row(w, a.aval) for w, a in zip(wholes, inner.outputs[count:], strict=True)]
    steps, _ = body(low, inner, [*fixed, *carries.now, *xs], [*carries.next, *ys], carries.owned)
    if length:
        low.emit(plan.Loop(length, steps, tuple(carries.pairs), tuple(rows), e.attrs["reverse"], counter, low.site))
    carries.finish(low, e.outputs[:count])
    low.env.update(zip(e.outputs[count:], wholes, strict=True))


CONTROL.update({"cond": cond, "while": while_, "scan": scan})
