"""Random zeros in training."""

from __future__ import annotations

from typing import Any

from rustorch_fn import numpy as rnp
from rustorch_fn import random
from rustorch_fn.errors import BadArgument
from rustorch_fn.nn.module import Module
from rustorch_fn.nn.view import View


class Dropout(Module):
    """In training each element is 0 with probability p, and 1 / (1 - p) times itself else.

    >>> drop = rt.nn.Dropout(0.5)
    >>> out, state = drop.apply({}, {}, rt.numpy.ones(1000), train=True, key=rt.random.key(0))
    >>> rt.numpy.unique(out), out.mean().round(1)
    (Array([0., 2.], dtype=float32), Array(1., dtype=float32))
    """

    p: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what is no probability."""
        if not 0 <= self.p <= 1:
            raise BadArgument("Dropout", "p", self.p, "A number from 0 to 1")

    def forward(self, p: View, s: View, x: Any, *, train: bool, key: Any) -> tuple[Any, Any]:
        """x, in training with zeros."""
        if not train or self.p == 0:
            return x, s
        if key is None:
            works = "A key, as in model.apply(params, state, x, train=True, key=key),"
            raise BadArgument(f"{self!r} at {p._path}", "key", key, works)
        if self.p == 1:
            return rnp.zeros_like(x), s
        keep = random.bernoulli(key, 1 - self.p, x.shape)
        return rnp.where(keep, x / (1 - self.p), rnp.zeros_like(x)), s
