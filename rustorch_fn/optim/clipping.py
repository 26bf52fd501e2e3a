"""Bounds on updates."""

from __future__ import annotations

from typing import Any

from rustorch_fn import numpy as rnp
from rustorch_fn import tree
from rustorch_fn.optim.transforms import GradientTransformation, stateless


def global_norm(updates: Any) -> Any:
    """The length of all leaves taken as one vector.

    >>> rt.optim.global_norm({"a": rt.numpy.array([3.0]), "b": rt.numpy.array([4.0])})
    Array(5., dtype=float32)
    """
    squares = [rnp.sum(rnp.square(u.astype(rnp.promote_types(u.dtype, "float32")))) for u in tree.leaves(updates)]
    return rnp.sqrt(sum(squares, start=rnp.zeros(())))


def clip_by_global_norm(max_norm: float) -> GradientTransformation:
    """Updates shortened, all by one factor, to a global norm of at most `max_norm`.

    >>> opt = rt.optim.clip_by_global_norm(1.0)
    >>> opt.update(rt.numpy.array([3.0, 4.0]), opt.init(rt.numpy.array([0.0, 0.0])))[0].round(3)
    Array([0.6, 0.8], dtype=float32)
    """

    def shorten(updates: Any, params: Any) -> Any:
        norm = global_norm(updates)
        factor = rnp.where(norm < max_norm, 1.0, max_norm / norm)
        return tree.map(lambda u: (u * factor).astype(u.dtype), updates)

    return stateless(shorten)


def clip(max_delta: float) -> GradientTransformation:
    """Every element of the updates kept between `-max_delta` and `max_delta`.

    >>> opt = rt.optim.clip(1.0)
    >>> opt.update(rt.numpy.array([0.5, -9.0]), opt.init(rt.numpy.array([0.0, 0.0])))[0]
    Array([ 0.5, -1. ], dtype=float32)
    """
    least = -max_delta
    return stateless(lambda updates, params: tree.map(lambda u: rnp.clip(u, least, max_delta), updates))
