"""Rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rustorch_fn import lax
from rustorch_fn import numpy as rnp
from rustorch_fn.errors import BadArgument, DtypeError
from rustorch_fn.nn import init
from rustorch_fn.nn.module import Module, Param
from rustorch_fn.nn.view import View


class Embedding(Module):
    """The row of `weight` for each integer. The row `padding_idx` starts as zeros and gets no gradient.

    >>> words = rt.nn.Embedding(10, 3)
    >>> params, state = words.init(rt.random.key(0))
    >>> words(params, rt.numpy.array([[1, 2], [3, 4]])).shape
    (2, 2, 3)
    """

    num_embeddings: int
    embedding_dim: int
    padding_idx: int | None = None
    dtype: Any = "float32"

    def __post_init__(self) -> None:
        """Refuse a padding row outside of the table."""
        if self.padding_idx is not None and not -self.num_embeddings <= self.padding_idx < self.num_embeddings:
            works = f"A number from {-self.num_embeddings} to {self.num_embeddings - 1}"
            raise BadArgument("Embedding", "padding_idx", self.padding_idx, works)

    def params(self) -> Mapping[str, Param]:
        """`weight`, one row for each integer, drawn from the normal distribution."""
        return {"weight": Param((self.num_embeddings, self.embedding_dim), self._draw, self.dtype)}

    def _draw(self, key: Any, shape: tuple[int, ...], dtype: Any) -> Any:
        table = init.normal()(key, shape, dtype)
        return table if self.padding_idx is None else rnp.where(self._is_padding(rnp.arange(shape[0])), 0, table)

    def _is_padding(self, ids: Any) -> Any:
        """Which of the integers stand for padding, with an axis for the row's elements."""
        return (ids == (self.padding_idx or 0) % self.num_embeddings)[..., None]

    def forward(self, p: View, x: Any) -> Any:
        """The rows that x asks for."""
        if not rnp.issubdtype(x.dtype, rnp.integer):
            raise DtypeError(f"{self!r} at {p._path}", got=f"x of dtype {x.dtype}", hint="Integers would work.")
        rows = p.weight[x]
        if self.padding_idx is None:
            return rows
        return rnp.where(self._is_padding(x), lax.stop_gradient(rows), rows)
