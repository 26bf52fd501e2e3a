"""A nested container of arrays as one vector.

>>> rt.flatten_util.ravel_pytree({"w": rt.numpy.ones(2), "b": 3.0})[0]
Array([3., 1., 1.], dtype=float32)
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable
from typing import Any

from rustorch_fn import boundary, errors, tree
from rustorch_fn import numpy as rnp
from rustorch_fn.typing import Array, PyTree

__all__ = ["ravel_pytree"]


def ravel_pytree(pytree: PyTree) -> tuple[Array, Callable[[Array], Any]]:
    """All leaves as one vector of the type that they promote to, and the function that makes a vector a tree again.

    Where the leaves are of one type, that function takes vectors of any; else it takes the promoted type and gives
    each leaf its own. A tree without leaves is an empty float32 vector.

    >>> flat, back = rt.flatten_util.ravel_pytree([rt.numpy.ones((2, 1)), 2])
    >>> flat, back(flat * 10)[1]
    (Array([1., 1., 2.], dtype=float32), Array(20, dtype=int32))
    """
    leaves, treedef = tree.flatten(pytree)
    values = [rnp.asarray(leaf) for leaf in leaves]
    if not values:
        return rnp.zeros(0), lambda vector: tree.unflatten(treedef, [])
    shapes, kinds = [v.shape for v in values], [v.dtype for v in values]
    promoted = rnp.result_type(*leaves)
    mixed = any(kind != promoted for kind in kinds)
    ends = list(itertools.accumulate(map(math.prod, shapes)))

    @boundary.boundary
    def unravel(vector: Array) -> Any:
        flat = rnp.asarray(vector)
        if flat.shape != (ends[-1],):
            raise errors.ShapeError("unravel: the vector is of another length", got=flat.aval,
                                    hint=f"The tree has {ends[-1]} numbers.")  # fmt: skip
        if mixed and flat.dtype != promoted:
            raise errors.DtypeError(f"unravel: the vector is {promoted}, as the tree's was", got=flat.aval)
        parts = zip([0, *ends], ends, shapes, kinds, strict=False)
        found = [flat[a:b].reshape(shape).astype(kind if mixed else flat.dtype) for a, b, shape, kind in parts]
        return tree.unflatten(treedef, found)

    return rnp.concatenate([rnp.ravel(v).astype(promoted) for v in values]), unravel


def __dir__() -> list[str]:
    return __all__


boundary.close(sys.modules[__name__])
