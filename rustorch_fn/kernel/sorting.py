"""Sorting as steps: the keys become words whose order is theirs, a target orders rows of words, reads follow places."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rustorch_fn.core.ir import Equation
from rustorch_fn.kernel import expr as K
from rustorch_fn.kernel.lower import CONTROL, Lowering
from rustorch_fn.kernel.nest import Nest, Store
from rustorch_fn.kernel.stored import Stored, flat


def words(x: K.Expr) -> Iterator[tuple[K.Expr, int]]:
    """Unsigned 32-bit words in the order of x, and how many of their bytes may differ: the least significant first.

    Zeros are equal, and NaN comes last.
    """
    if x.dtype in ("f16", "bf16"):
        x = K.convert(x, "f32")
    bits = K.BITS[x.dtype]
    if x.dtype in K.FLOATS:
        kind = f"u{bits}"
        # adding zero makes -0 a 0
        raw, top = K.bitcast(K.add(x, K.const(0, x.dtype)), kind), K.const(1 << (bits - 1), kind)
        below = K.ne(K.and_(raw, top), K.const(0, kind))
        ranked = K.select(below, K.not_(raw), K.or_(raw, top))
        x = K.select(K.ne(x, x), K.const(K.highest(kind), kind), ranked)
    elif x.dtype in K.SIGNED:
        x = K.xor(K.bitcast(x, f"u{bits}"), K.const(1 << (bits - 1), f"u{bits}"))
    if bits < 64:
        yield K.convert(x, "u32"), max(1, bits // 8)
    else:
        yield K.convert(x, "u32"), 4
        yield K.convert(K.shr(x, K.const(32, "u64")), "u32"), 4


def sort(low: Lowering, e: Equation) -> None:
    """All operands in the order of the first few."""
    axis, keys = e.attrs["axis"], e.attrs.get("num_keys", 1)
    operands = [low.in_memory(a) for a in e.inputs]
    outs = [low.place_for(v) for v in e.outputs]
    low.env.update(zip(e.outputs, outs, strict=True))
    shape = operands[0].shape
    if shape[axis] <= 1 or not operands[0].size:
        for x, out in zip(operands, outs, strict=True):
            low.copy(x, out)
        return
    axes = tuple(K.Axis(n, f"i{k}") for k, n in enumerate(shape))
    i = tuple(map(K.axis, axes))
    # rows lie together
    row = (*i[:axis], *i[axis + 1 :], i[axis])
    lying = (*shape[:axis], *shape[axis + 1 :], shape[axis])
    made = []
    for x in reversed(operands[:keys]):
        for word, differing in words(low.load(x, i)):
            held = rows(low, lying, "u32")
            low.nest(Nest(axes, (Store(low.memory.buffer(held), flat(held, row), word),)), low.site)
            made.append((held.place, differing))
    places = rows(low, lying, "i32")
    for step in low.backend.order(made, places.place, math.prod(lying[:-1]), lying[-1], low.temp_buffer):
        low.emit(step)
    there = K.convert(low.load(places, row), K.INDEX)
    moved = (*i[:axis], there, *i[axis + 1 :])
    stores = [
        Store(low.memory.buffer(out), flat(out, i), low.load(x, moved)) for x, out in zip(operands, outs, strict=True)
    ]
    low.nest(Nest(axes, tuple(stores)), low.site)


def rows(low: Lowering, shape: tuple[int, ...], dtype: str) -> Stored:
    """Memory for one number an element, rows of the sorted axis together."""
    steps = [math.prod(shape[k + 1 :]) for k in range(len(shape))]
    return Stored(low.memory.temp(math.prod(shape) * K.BYTES[dtype]), shape, tuple(steps), dtype)


CONTROL["sort"] = sort
