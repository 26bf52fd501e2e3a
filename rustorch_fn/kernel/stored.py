"""Where a value lies in memory, and which ops only look at that memory in another way."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rustorch_fn.core.ir import Equation
from rustorch_fn.kernel import expr as K
from rustorch_fn.kernel import plan


@dataclass(frozen=True, slots=True)
class Stored:
    """A strided view of a slot; `offset` and `strides` count elements."""

    slot: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: str
    offset: int = 0

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def place(self) -> plan.Place:
        return self.slot, self.offset * K.BYTES[self.dtype]

    @property
    def dense(self) -> bool:
        """Whether the elements lie in row-major order without gaps."""
        return self.size == 0 or all(
            n == 1 or s == want for n, s, want in zip(self.shape, self.strides, row_major(self.shape), strict=True)
        )


def row_major(shape: Sequence[int]) -> tuple[int, ...]:
    """Strides, in elements, of a dense array."""
    out, step = [], 1
    for n in reversed(shape):
        out.append(step)
        step *= n
    return tuple(reversed(out))


def flat(s: Stored, i: tuple[K.Expr, ...]) -> K.Expr:
    """The place of element i, from the view's first element on."""
    at = K.index(0)
    for j, step in zip(i, s.strides, strict=True):
        at = at + j * step
    return at


# --- views by op: (stored operand, equation) -> stored result or None ---


def _permute(x: Stored, e: Equation) -> Stored:
    perm = e.attrs["perm"]
    return Stored(x.slot, tuple(x.shape[p] for p in perm), tuple(x.strides[p] for p in perm), x.dtype, x.offset)


def _broadcast(x: Stored, e: Equation) -> Stored:
    shape, dims = e.attrs["shape"], e.attrs["dims"]
    strides = [0] * len(shape)
    for d, s in zip(dims, x.strides, strict=True):
        strides[d] = s
    return Stored(x.slot, tuple(shape), tuple(strides), x.dtype, x.offset)


def _slice(x: Stored, e: Equation) -> Stored:
    start = e.attrs["start"]
    steps = e.attrs.get("strides") or (1,) * len(x.shape)
    offset = x.offset + sum(a * s for a, s in zip(start, x.strides, strict=True))
    strides = tuple(a * s for a, s in zip(steps, x.strides, strict=True))
    return Stored(x.slot, e.outputs[0].aval.shape, strides, x.dtype, offset)


def _reshape(x: Stored, e: Equation) -> Stored | None:
    shape = e.outputs[0].aval.shape
    if not x.size:
        return Stored(x.slot, shape, row_major(shape), x.dtype, x.offset)
    # NumPy knows which reshapes strides can say
    shadow = np.lib.stride_tricks.as_strided(np.empty(1, np.int8), x.shape, x.strides)
    try:
        seen = np.reshape(shadow, shape, copy=False)
    except ValueError:
        return None
    return Stored(x.slot, shape, seen.strides, x.dtype, x.offset)


VIEWS: dict[str, Callable[[Stored, Equation], Stored | None]] = {
    "permute": _permute, "broadcast": _broadcast, "slice": _slice, "reshape": _reshape,
    "copy": lambda x, e: x, "name": lambda x, e: x, "stop_gradient": lambda x, e: x,
}  # fmt: skip


def _unpermute(y: Stored, e: Equation) -> Stored:
    perm = e.attrs["perm"]
    back = sorted(range(len(perm)), key=perm.__getitem__)
    return Stored(y.slot, tuple(y.shape[k] for k in back), tuple(y.strides[k] for k in back), y.dtype, y.offset)


def _unreshape(y: Stored, e: Equation) -> Stored | None:
    shape = e.inputs[0].aval.shape
    return Stored(y.slot, shape, row_major(shape), y.dtype, y.offset) if y.dense else None


# and back: where an operand must be, so that its view is in a given place
SEEN: dict[str, Callable[[Stored, Equation], Stored | None]] = {
    "permute": _unpermute, "reshape": _unreshape, "copy": lambda y, e: y, "name": lambda y, e: y,
    "stop_gradient": lambda y, e: y,
}  # fmt: skip
