"""Calls of foreign libraries as steps: matrices lie in memory column by column, and a target calls for each of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rustorch_fn.core.ir import Equation
from rustorch_fn.kernel import expr as K
from rustorch_fn.kernel import plan
from rustorch_fn.kernel.fuse import KERNEL_TYPES
from rustorch_fn.kernel.lower import Lowering
from rustorch_fn.kernel.stored import Stored, row_major


def library(low: Lowering, e: Equation) -> None:
    """The operands as the library wants them, and one launch over the matrices of the batch."""
    op = e.op
    batch, _ = op.split([a.aval for a in e.inputs])
    outs = []
    for v in e.outputs:
        rank = v.aval.ndim - len(batch)
        want = low.destination.get(v)
        outs.append(want if want is not None and by_columns(want, rank) else columns(low, v.aval, rank))
        if want is not None and outs[-1] is not want:
            # whoever reads it brings it there
            del low.destination[v]
    operands = []
    for k, (a, rank) in enumerate(zip(e.inputs, op.ranks, strict=True)):
        here, becomes = low.in_memory(a), op.overwrites.get(k, -1)
        if becomes is None or (becomes == -1 and not by_columns(here, rank)):
            there = columns(low, a.aval, rank)
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


def columns(low: Lowering, aval: object, rank: int) -> Stored:
    """Memory of its own for matrices (or vectors, or numbers) that lie one after the other, each column by column."""
    shape: tuple[int, ...] = aval.shape  # type: ignore[attr-defined]
    made = low.memory.array(aval)
    return Stored(made.slot, shape, by_column(shape, rank), KERNEL_TYPES[aval.dtype])  # type: ignore[attr-defined]


def by_column(shape: Sequence[int], rank: int) -> tuple[int, ...]:
    """Strides of matrices that lie so."""
    strides = row_major(shape)
    return (*strides[:-2], 1, max(1, shape[-2])) if rank == 2 else strides


def by_columns(s: Stored, rank: int) -> bool:
    """Whether an array lies so already."""
    wanted = by_column(s.shape, rank)
    return s.size == 0 or all(n == 1 or a == b for n, a, b in zip(s.shape, s.strides, wanted, strict=True))
