"""The words that arrays and transforms need and that `lax` and the public rooms bring, filled at import."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rustorch_fn.core.array import Array


class Roles:
    """One attribute a role; a role that nobody filled is an internal error that names it."""

    # value -> Array or Tracer, by JAX's rules for Python and NumPy values
    asarray: Callable[..., Array]
    # operators with promotion and broadcasting: op(name, x, y)
    operator: Callable[..., Any]
    # x[index], and x.at
    index: Callable[..., Any]
    # linear algebra of tangents, on values of equal type
    add: Callable[..., Any]
    mul: Callable[..., Any]
    neg: Callable[..., Any]
    zeros: Callable[..., Any]  # zeros(aval)
    ones: Callable[..., Any]  # ones(aval)
    broadcast: Callable[..., Any]  # broadcast(x, shape, dims)
    permute: Callable[..., Any]  # permute(x, perm)
    convert: Callable[..., Array]  # convert(x, dtype, weak_type=False)
    reshape: Callable[..., Any]  # reshape(x, shape)
    reduce_sum: Callable[..., Any]  # reduce_sum(x, axes)
    iota: Callable[..., Any]  # iota(n, dtype): 0 to n - 1
    stack: Callable[..., Any]  # stack(xs): along a new leading axis
    concat: Callable[..., Any]  # concat(xs, axis=0)
    join: Callable[..., Any]  # join(x, y): both along a new last axis
    unjoin: Callable[..., Any]  # the two that lie along the last axis
    round_to: Callable[..., Any]  # round_to(x, dtype): as float32, which is a value of that float8
    of_bits: Callable[..., Any]  # of_bits(x, dtype): uint8 as float32
    to_bits: Callable[..., Any]  # to_bits(x, dtype): and back
    flip: Callable[..., Any]  # flip(x, axes)
    interleave: Callable[..., Any]  # interleave(even, odd, axis)
    reduce_max: Callable[..., Any]  # reduce_max(x, axes)
    reduce_min: Callable[..., Any]  # reduce_min(x, axes)
    reduce_or: Callable[..., Any]  # reduce_or(x, axes)
    select: Callable[..., Any]  # select(pred, x, y): x where pred
    # run a Func on arrays by the default backend
    run: Callable[..., Any]

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the role {name!r} is not filled: import rustorch_fn, not a part of it")


roles = Roles()
