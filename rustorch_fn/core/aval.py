"""Aval: what is known of a value before it exists."""

from __future__ import annotations

import math
from typing import Any

from rustorch_fn import dtypes


class Aval:
    """Shape and element type; `weak_type` marks Python scalars, `vary` the mesh axes a value differs over."""

    __slots__ = ("shape", "dtype", "weak_type", "vary", "_hash")

    shape: tuple[int, ...]
    dtype: Any
    weak_type: bool
    vary: frozenset[str]

    def __init__(
        self, shape: tuple[int, ...], dtype: Any, weak_type: bool = False, vary: frozenset[str] = frozenset()
    ) -> None:
        self.shape, self.dtype, self.weak_type, self.vary = shape, dtype, weak_type, vary
        self._hash = hash((shape, dtypes.SHORT[dtype], weak_type, vary))

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Aval)
            and self._hash == other._hash
            and self.shape == other.shape
            and self.dtype == other.dtype
            and self.weak_type == other.weak_type
            and self.vary == other.vary
        )

    def __hash__(self) -> int:
        return self._hash

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.size * int(self.dtype.itemsize)

    @property
    def sharding(self) -> None:
        """How the array lies on several devices: None, as it is whole and on one."""
        return None

    def __repr__(self) -> str:
        text = f"{dtypes.SHORT[self.dtype]}[{','.join(map(str, self.shape))}]"
        if self.vary:
            text += "{" + ",".join(sorted(self.vary)) + "}"
        return text + "*" if self.weak_type else text

    def like(self, shape: tuple[int, ...] | None = None, dtype: Any = None, weak_type: bool | None = None) -> Aval:
        """The same aval with some of it changed."""
        return Aval(
            self.shape if shape is None else shape,
            self.dtype if dtype is None else dtype,
            self.weak_type if weak_type is None else weak_type,
            self.vary,
        )

    def strong(self) -> Aval:
        """The same aval, not weak."""
        return Aval(self.shape, self.dtype, False, self.vary) if self.weak_type else self

    def tangent(self) -> bool:
        """Whether values of this type have derivatives."""
        return self.dtype in dtypes.INEXACT
