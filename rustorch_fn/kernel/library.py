"""Calls of foreign libraries as steps: matrices lie in memory column by column, and a target calls for each of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Equation
from rustorch_fn.kernel import expr as K
from rustorch_fn.kernel import plan
from rustorch_fn.kernel.lower import Lowering
from rustorch_fn.kernel.stored import Stored, row_major


def library(low: Lowering, e: Equation) -> None:
    """The operands as the library wants them, and one launch over the matrices of the batch."""
    op = e.op
    packed = e.attrs.get("packed", ())
    whole = op.whole([a.aval for a in e.inputs], packed)
    batch, _ = op.split(whole)
    outs = []
    for v, a in zip(e.outputs, op.shape(*whole, **{k: x for k, x in e.attrs.items() if k != "packed"}), strict=True):
        rank, two = a.ndim - len(batch), v.aval.ndim > a.ndim
        want = low.destination.get(v)
        outs.append(want if want is not None and by_columns(want, rank, two) else columns(low, v.aval, rank, two))
        if want is not None and outs[-1] is not want:
            # whoever reads it brings it there
            del low.destination[v]
    operands = []
    for k, (x, a, rank) in enumerate(zip(e.inputs, whole, op.ranks, strict=True)):
        here, becomes, two = low.in_memory(x), op.overwrites.get(k, -1), x.aval.ndim > a.ndim
        if becomes is None or (becomes == -1 and not by_columns(here, rank, two)):
            there = columns(low, x.aval, rank, two)
        else:
            there = here if becomes == -1 else outs[becomes]
        if there is not here:
            low.copy(here, there)
        operands.append(there)
    for k in op.zeroed:
        low.emit(plan.Fill(outs[k].place, outs[k].size * K.BYTES[outs[k].dtype], 0, low.site))
    if math.prod(batch) and all(s.size for s in operands):
        for step in low.backend.library(e, operands, outs):
            low.emit(step)
    low.env.update(zip(e.outputs, outs, strict=True))


def columns(low: Lowering, aval: Aval, rank: int, two: bool) -> Stored:
    """Memory of its own for matrices (or vectors, or numbers) that lie one after the other, each column by column."""
    made = low.memory.array(aval)
    return Stored(made.slot, aval.shape, by_column(aval.shape, rank, two), made.dtype)


def by_column(shape: Sequence[int], rank: int, two: bool) -> tuple[int, ...]:
    """Strides of matrices that lie so; where each number is `two`, they stand beside each other."""
    strides = row_major(shape)
    if rank < 2:
        return strides
    if two:
        return (*strides[:-3], 2, 2 * max(1, shape[-3]), 1)
    return (*strides[:-2], 1, max(1, shape[-2]))


def by_columns(s: Stored, rank: int, two: bool) -> bool:
    """Whether an array lies so already."""
    wanted = by_column(s.shape, rank, two)
    return s.size == 0 or all(n == 1 or a == b for n, a, b in zip(s.shape, s.strides, wanted, strict=True))
