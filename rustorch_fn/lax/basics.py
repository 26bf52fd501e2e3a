"""The roles that arrays and transforms need, filled with primitives; identities cost nothing."""

from __future__ import annotations

from typing import Any

from rustorch_fn.core.aval import Aval
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of
from rustorch_fn.lax import elementwise, families, shaping


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


def fill_roles() -> None:
    """Say once which primitives play the roles; `rustorch_fn.lax` calls it when it is imported."""
    roles.add, roles.mul, roles.neg = elementwise.add, elementwise.mul, elementwise.neg
    roles.zeros, roles.ones = zeros, ones
    roles.broadcast, roles.permute, roles.convert = broadcast, permute, convert
    roles.select = elementwise.select


fill_roles()
