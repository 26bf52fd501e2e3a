"""Names of JAX's that mean nothing of their own here, or something else."""

from __future__ import annotations

from typing import Any

import numpy as np

import rustorch_fn as rt
from rustorch_fn import dtypes
from rustorch_fn.typing import DTypeLike


def default_backend() -> str:
    """The platform of the first device, as JAX says it: ours is the name of a compiler.

    >>> from rustorch_fn.compat import words
    >>> words.default_backend()
    'cpu'
    """
    return rt.devices()[0].platform


def canonicalize_dtype(dtype: DTypeLike | None, allow_extended_dtype: bool = False) -> Any:
    """The dtype of arrays that are asked for by this one: itself, 64 bits too; the default float for None."""
    return dtypes.float32 if dtype is None else dtypes.asdtype(dtype)


class extended(np.generic):
    """The kind of dtypes that are no numbers: those of random keys."""


def issubdtype(a: Any, b: Any) -> bool:
    """Whether a dtype (None is float64) is of a kind, as in `jax.dtypes.issubdtype`: NumPy's, prng_key or extended."""
    if a is dtypes.key or a is dtypes.key.type:
        return b in (dtypes.key, dtypes.key.type, extended)
    if b in (dtypes.key, dtypes.key.type, extended):
        return False
    return bool(rt.numpy.issubdtype(dtypes.float64 if a is None else a, b))  # as NumPy has it


class Sharding:
    """What annotations call the layout of an array over devices. There is one device, so nothing makes one."""


NUMPY: dict[str, Any] = {"ndarray": rt.Array, "issubdtype": issubdtype}
SHARDING: dict[str, Any] = {"Sharding": Sharding}
