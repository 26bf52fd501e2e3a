"""lax's public folds: along axes, over windows, running."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core.trace import trace
from rustorch_fn.core.typing import Array, ArrayLike, DTypeLike
from rustorch_fn.lax import arrange, folding, lift, shaping
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.transform.vmap import vmap


def _fold(name: str, op: Any, doc: str) -> Callable[[Any, Any], Any]:
    def function(operand: Any, axes: Any) -> Any:
        x = lift.operand(name, operand)
        over = lift.axes_of(name, tuple(axes) if isinstance(axes, list | tuple) else axes, x.ndim)
        return op(x, axes=over) if over else x

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


reduce_sum = _fold(
    "reduce_sum",
    folding.reduce_sum,
    """The sum over axes.

>>> rt.lax.reduce_sum(rt.numpy.array([[1, 5], [3, 2]]), (0, 1))
Array(11, dtype=int32)
""",
)
reduce_prod = _fold(
    "reduce_prod",
    folding.reduce_prod,
    """The product over axes.

>>> rt.lax.reduce_prod(rt.numpy.array([2, 3, 4]), (0,))
Array(24, dtype=int32)
""",
)
reduce_max = _fold(
    "reduce_max",
    folding.reduce_max,
    """The greatest over axes; nan wins.

>>> rt.lax.reduce_max(rt.numpy.array([[1, 5], [3, 2]]), (0,))
Array([3, 5], dtype=int32)
""",
)
reduce_min = _fold(
    "reduce_min",
    folding.reduce_min,
    """The least over axes; nan wins.

>>> rt.lax.reduce_min(rt.numpy.array([[1, 5], [3, 2]]), (1,))
Array([1, 2], dtype=int32)
""",
)
reduce_and = _fold(
    "reduce_and",
    folding.reduce_and,
    """Bits that are 1 in all elements over axes.

>>> rt.lax.reduce_and(rt.numpy.array([True, False]), (0,))
Array(False, dtype=bool)
""",
)
reduce_or = _fold(
    "reduce_or",
    folding.reduce_or,
    """Bits that are 1 in some element over axes.

>>> rt.lax.reduce_or(rt.numpy.array([True, False]), (0,))
Array(True, dtype=bool)
""",
)
reduce_xor = _fold(
    "reduce_xor",
    folding.reduce_xor,
    """Bits that are 1 in an odd number of elements over axes.

>>> rt.lax.reduce_xor(rt.numpy.array([True, True]), (0,))
Array(False, dtype=bool)
""",
)


def argmax(operand: ArrayLike, axis: int, index_dtype: DTypeLike) -> Array:
    """The place of the greatest along an axis: the first of equals; nan wins.

    >>> rt.lax.argmax(rt.numpy.array([3, 9, 5]), 0, "int32")
    Array(1, dtype=int32)
    """
    x = lift.operand("argmax", operand)
    return folding.argmax(x, axis=lift.axis_of("argmax", axis, x.ndim), index_dtype=_places("argmax", index_dtype))


def argmin(operand: ArrayLike, axis: int, index_dtype: DTypeLike) -> Array:
    """The place of the least along an axis: the first of equals; nan wins.

    >>> rt.lax.argmin(rt.numpy.array([3, 9, 5]), 0, "int32")
    Array(0, dtype=int32)
    """
    x = lift.operand("argmin", operand)
    return folding.argmin(x, axis=lift.axis_of("argmin", axis, x.ndim), index_dtype=_places("argmin", index_dtype))


def _places(name: str, index_dtype: Any) -> Any:
    """The type of places, which are integers."""
    kind = dtypes.asdtype(index_dtype)
    if kind not in dtypes.INTS:
        raise errors.DtypeError(f"{name}: places are integers", got=kind, hint="int32 would work.")
    return kind


def _running(name: str, op: Any, doc: str) -> Callable[..., Any]:
    def function(operand: Any, axis: int = 0, reverse: bool = False) -> Any:
        x = lift.operand(name, operand)
        return op(x, axis=lift.axis_of(name, axis, x.ndim), reverse=bool(reverse))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


cumsum = _running(
    "cumsum",
    folding.cumsum,
    """The running sum along an axis, from the end where `reverse`.

>>> rt.lax.cumsum(rt.numpy.array([1, 2, 3]), reverse=True)
Array([6, 5, 3], dtype=int32)
""",
)
cumprod = _running(
    "cumprod",
    folding.cumprod,
    """The running product along an axis, from the end where `reverse`.

>>> rt.lax.cumprod(rt.numpy.array([1, 2, 3]))
Array([1, 2, 6], dtype=int32)
""",
)
cummax = _running(
    "cummax",
    folding.cummax,
    """The greatest so far along an axis, from the end where `reverse`.

>>> rt.lax.cummax(rt.numpy.array([1, 3, 2]))
Array([1, 3, 3], dtype=int32)
""",
)
cummin = _running(
    "cummin",
    folding.cummin,
    """The least so far along an axis, from the end where `reverse`.

>>> rt.lax.cummin(rt.numpy.array([3, 1, 2]))
Array([3, 1, 1], dtype=int32)
""",
)
cumlogsumexp = _running(
    "cumlogsumexp",
    folding.cumlogsumexp,
    """The running log of the sum of exponentials.

>>> rt.lax.cumlogsumexp(rt.numpy.array([0.0, 0.0])).round(3)
Array([0.   , 0.693], dtype=float32)
""",
)

# which fold an op of two operands is, and its neutral element
_FOLDS: dict[Any, tuple[Any, Callable[[Any], Any]]] = {
    ew.add: (folding.reduce_sum, lambda d: 0), ew.mul: (folding.reduce_prod, lambda d: 1),
    ew.max: (folding.reduce_max, folding.lowest), ew.min: (folding.reduce_min, folding.highest),
    ew.and_: (folding.reduce_and, lambda d: True if d == dtypes.bool_ else np.array(-1).astype(d).item()),
    ew.or_: (folding.reduce_or, lambda d: 0), ew.xor: (folding.reduce_xor, lambda d: 0),
}  # fmt: skip


def _known_fold(computation: Any, dtype: Any) -> tuple[Any, Any, Any] | None:
    """(fold, its neutral element, the op) where a function of two scalars is one op that has a fold."""
    scalar = lift.Aval((), dtype)
    func, captured = trace(lambda x, y: [lift.asarray(computation(x, y))], (scalar, scalar))
    if captured or len(func.equations) != 1:
        return None
    (e,) = func.equations
    if e.op not in _FOLDS or set(e.inputs) != set(func.inputs) or func.outputs != e.outputs:
        return None
    fold, neutral = _FOLDS[e.op]
    return fold, neutral(dtype), e.op


def reduce(operands: Any, init_values: Any, computation: Callable[..., Any], dimensions: Sequence[int]) -> Any:
    """Arrays folded over axes by any associative function of two scalars (or of two tuples of them).

    >>> rt.lax.reduce(rt.numpy.array([3, 9, 5]), 0, rt.lax.max, (0,))
    Array(9, dtype=int32)
    """
    several = isinstance(operands, list | tuple)
    xs = [lift.operand("reduce", x) for x in (operands if several else (operands,))]
    firsts = [lift.to(v, x.dtype, False) for v, x in zip(init_values if several else (init_values,), xs, strict=True)]
    axes = lift.axes_of("reduce", tuple(dimensions), xs[0].ndim)
    found = None if several else _known_fold(computation, xs[0].dtype)
    if found is not None:
        fold, _, op = found
        y = fold(xs[0], axes=axes) if axes else xs[0]
        return op(lift.broadcast_to(firsts[0], y.shape), y)
    rows = _rows_last(xs, axes)
    out = _halved(_over_arrays(computation, several), rows, firsts)
    return tuple(out) if several else out[0]


def _rows_last(xs: Sequence[Any], axes: Sequence[int]) -> list[Any]:
    """The arrays with the folded axes last, as one."""
    kept = [a for a in range(xs[0].ndim) if a not in axes]
    shape = (*(xs[0].shape[a] for a in kept), math.prod(xs[0].shape[a] for a in axes))
    return [arrange.reshape(arrange.transpose(x, [*kept, *axes]), shape) for x in xs]


def _over_arrays(computation: Callable[..., Any], several: bool) -> Callable[..., list[Any]]:
    """A function of scalars as one of arrays, element by element."""

    def one(a: Sequence[Any], b: Sequence[Any]) -> list[Any]:
        out = computation(tuple(a), tuple(b)) if several else (computation(a[0], b[0]),)
        return [lift.asarray(y) for y in out]

    def whole(a: Sequence[Any], b: Sequence[Any]) -> list[Any]:
        shape = a[0].shape
        flat = [[arrange.reshape(x, (x.size,)) for x in side] for side in (a, b)]
        return [arrange.reshape(y, shape) for y in vmap(one)(*flat)]

    return whole


def _halved(combine: Callable[..., list[Any]], rows: list[Any], firsts: list[Any]) -> list[Any]:
    """Fold the last axis as a balanced tree, in order."""
    n = rows[0].shape[-1]
    lead = rows[0].shape[:-1]
    if n == 0:
        return [lift.broadcast_to(f, lead) for f in firsts]
    axis = len(lead)
    while n > 1:
        even = [arrange.slice_in_dim(r, 0, n - n % 2, 2, axis) for r in rows]
        odd = [arrange.slice_in_dim(r, 1, n, 2, axis) for r in rows]
        pairs = combine(even, odd)
        if n % 2:
            tails = [arrange.slice_in_dim(r, n - 1, n, axis=axis) for r in rows]
            pairs = [arrange.concatenate([p, t], axis) for p, t in zip(pairs, tails, strict=True)]
        rows, n = pairs, (n + 1) // 2
    return combine([lift.broadcast_to(f, lead) for f in firsts], [arrange.reshape(r, lead) for r in rows])


# --- windows ---


def padtype_to_pads(
    in_shape: Sequence[int], window_shape: Sequence[int], window_strides: Sequence[int], padding: Any
) -> list[tuple[int, int]]:
    """Padding by name as pairs: VALID is none; SAME gives ceil(size / stride) places, more at the end if uneven.

    >>> rt.lax.padtype_to_pads((10,), (3,), (2,), "SAME")
    [(0, 1)]
    """
    name = str(padding).upper()
    if name == "VALID":
        return [(0, 0)] * len(in_shape)
    if name not in ("SAME", "SAME_LOWER"):
        raise errors.BadArgument("padding", "padding", padding, "'SAME', 'SAME_LOWER', 'VALID' or pairs of ints")
    pads = []
    for n, k, s in zip(in_shape, window_shape, window_strides, strict=True):
        total = max(0, (-(-n // s) - 1) * s + k - n)
        less, more = total // 2, total - total // 2
        pads.append((less, more) if name == "SAME" else (more, less))
    return pads


def reduce_window(
    operand: Any,
    init_value: Any,
    computation: Callable[..., Any],
    window_dimensions: Sequence[int],
    window_strides: Sequence[int] | None = None,
    padding: Any = "VALID",
    base_dilation: Sequence[int] | None = None,
    window_dilation: Sequence[int] | None = None,
) -> Any:
    """Each window of the operand folded by a function of two scalars; outside lies init_value.

    >>> rt.lax.reduce_window(rt.numpy.array([1.0, 5.0, 2.0]), -rt.numpy.inf, rt.lax.max, (2,))
    Array([5., 5.], dtype=float32)
    """
    x = lift.operand("reduce_window", operand)
    ones = (1,) * x.ndim
    window, strides = tuple(window_dimensions), tuple(window_strides or ones)
    base, dilation = tuple(base_dilation or ones), tuple(window_dilation or ones)
    if not len(window) == len(strides) == len(base) == len(dilation) == x.ndim:
        raise errors.BadArgument("reduce_window", "window_dimensions", window, f"{x.ndim} sizes, one for each axis,")
    if isinstance(padding, str):
        grown = [shaping.spread(n, b - 1) for n, b in zip(x.shape, base, strict=True)]
        padding = padtype_to_pads(
            grown, [(k - 1) * d + 1 for k, d in zip(window, dilation, strict=True)], strides, padding
        )
    pads = tuple((int(lo), int(hi)) for lo, hi in padding)
    first = lift.to(init_value, x.dtype, False)
    found = _known_fold(computation, x.dtype)
    fill = lift.known(first)
    how = {"window": window, "strides": strides, "pads": pads, "base_dilation": base, "window_dilation": dilation}
    inner = tuple(range(x.ndim, 2 * x.ndim))
    if fill is None:
        seen: Any = shaping.windows(x, **how, fill=lift.full((), 0, x.dtype).item())
        inside: Any = shaping.windows(lift.full(x.shape, 1, dtypes.uint8), **how, fill=0)
        inside = ew.eq(inside, lift.full(inside.shape, 1, dtypes.uint8))
        seen = ew.select(inside, seen, lift.broadcast_to(first, seen.shape))
        return reduce(seen, first, computation, inner)
    seen = shaping.windows(x, **how, fill=fill.item())
    if found is not None and (fill.item() == found[1]):
        # of equal numbers in a window the first gets the gradient
        which = {"first": True} if found[2] in (ew.max, ew.min) else {}
        return found[0](seen, axes=inner, **which)
    return reduce(seen, first, computation, inner)
