"""The roles that arrays and transforms need, filled with primitives; identities cost nothing."""

from __future__ import annotations

from typing import Any

from rustorch_fn.core.aval import Aval
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of
from rustorch_fn.lax import elementwise, families, float8, folding, shaping


def broadcast(x: Any, shape: tuple[int, ...], dims: tuple[int, ...]) -> Any:
    """x's axes at `dims` of `shape`."""
    return x if aval_of(x).shape == tuple(shape) else shaping.broadcast(x, shape=tuple(shape), dims=tuple(dims))


def permute(x: Any, perm: tuple[int, ...]) -> Any:
    """Axis k of the result is axis perm[k] of x."""
    return x if tuple(perm) == tuple(range(len(perm))) else shaping.permute(x, perm=tuple(perm))


def convert(x: Any, dtype: Any, weak_type: bool = False) -> Any:
    """x in another element type."""
    aval = aval_of(x)
    if aval.dtype == dtype and aval.weak_type == weak_type:
        return x
    return elementwise.convert(x, dtype=dtype, weak_type=weak_type)


def zeros(aval: Aval) -> Any:
    """Zeros of an aval's type and shape."""
    return broadcast(families.constant(0, aval.dtype), aval.shape, ())


def ones(aval: Aval) -> Any:
    """Ones of an aval's type and shape."""
    return broadcast(families.constant(1, aval.dtype), aval.shape, ())


def reshape(x: Any, shape: tuple[int, ...]) -> Any:
    """x's elements, row-major, in another shape."""
    return x if aval_of(x).shape == tuple(shape) else shaping.reshape(x, shape=tuple(shape))


def reduce_sum(x: Any, axes: tuple[int, ...]) -> Any:
    """The sum over axes."""
    return folding.reduce_sum(x, axes=tuple(axes)) if axes else x


def concat(xs: list[Any], axis: int = 0) -> Any:
    """Arrays one after the other along an axis."""
    return xs[0] if len(xs) == 1 else shaping.concat(*xs, axis=axis)


def stack(xs: list[Any], axis: int = 0) -> Any:
    """Arrays of one shape along a new axis."""
    return concat([reshape(x, (*x.shape[:axis], 1, *x.shape[axis:])) for x in xs], axis)


def join(x: Any, y: Any) -> Any:
    """Both along a new last axis."""
    return stack([x, y], aval_of(x).ndim)


def unjoin(x: Any) -> tuple[Any, Any]:
    """The two that lie along the last axis."""
    *shape, _ = aval_of(x).shape
    first = (0,) * len(shape)
    halves = (shaping.slice_(x, start=(*first, k), limit=(*shape, k + 1)) for k in (0, 1))
    left, right = (reshape(half, tuple(shape)) for half in halves)
    return left, right


def interleave(even: Any, odd: Any, axis: int) -> Any:
    """even[0], odd[0], even[1], odd[1], … along an axis; `even` may have one more."""
    n, shape = odd.shape[axis], odd.shape
    head, tail = even, None
    if even.shape[axis] > n:
        cut = (slice(None),) * axis
        head, tail = even[(*cut, slice(0, n))], even[(*cut, slice(n, None))]
    pairs = reshape(stack([head, odd], axis + 1), (*shape[:axis], 2 * n, *shape[axis + 1 :]))
    return pairs if tail is None else concat([pairs, tail], axis)


def fill_roles() -> None:
    """Say once which primitives play the roles; `rustorch_fn.lax` calls it when it is imported."""
    roles.add, roles.mul, roles.neg = elementwise.add, elementwise.mul, elementwise.neg
    roles.zeros, roles.ones = zeros, ones
    roles.broadcast, roles.permute, roles.convert = broadcast, permute, convert
    roles.select, roles.reshape, roles.concat, roles.stack = elementwise.select, reshape, concat, stack
    roles.join, roles.unjoin = join, unjoin
    roles.round_to, roles.of_bits, roles.to_bits = float8.round_to, float8.of_bits, float8.to_bits
    roles.flip = lambda x, axes: shaping.flip(x, axes=tuple(axes))
    roles.iota = lambda n, dtype: shaping.iota(shape=(n,), dtype=dtype, axis=0)
    roles.interleave, roles.reduce_sum = interleave, reduce_sum
    roles.reduce_or = lambda x, axes: folding.reduce_or(x, axes=tuple(axes))
    roles.reduce_max = lambda x, axes: folding.reduce_max(x, axes=tuple(axes))
    roles.reduce_min = lambda x, axes: folding.reduce_min(x, axes=tuple(axes))


fill_roles()
