"""Functions known on a grid."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Sequence
from typing import Any

from rustorch_fn import boundary, dtypes, errors
from rustorch_fn import numpy as rnp
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["RegularGridInterpolator"]

_METHODS = ("linear", "nearest")


class RegularGridInterpolator:
    """A function that is known on a grid, between the grid's points.

    `points` holds the increasing coordinates along each axis, `values` the function there (further axes are carried
    along). `method` is 'linear' or 'nearest'. Outside of the grid `fill_value` stands; None extrapolates. An error
    outside cannot be raised by compiled programs, so `bounds_error=True` is refused.

    >>> f = rt.scipy.interpolate.RegularGridInterpolator((rt.numpy.arange(3.0),), rt.numpy.array([0.0, 1.0, 4.0]))
    >>> f(rt.numpy.array([[0.5], [1.5], [9.0]]))
    Array([0.5, 2.5, nan], dtype=float32)
    """

    def __init__(
        self,
        points: Sequence[ArrayLike],
        values: ArrayLike,
        method: str = "linear",
        bounds_error: bool = False,
        fill_value: float | None = math.nan,
    ) -> None:
        if method not in _METHODS:
            raise errors.BadArgument("RegularGridInterpolator", "method", method, " or ".join(map(repr, _METHODS)))
        if bounds_error:
            raise errors.BadArgument("RegularGridInterpolator", "bounds_error", bounds_error, "False, with fill_value,")
        self.method, self.bounds_error, self.fill_value = method, bounds_error, fill_value
        self.grid = tuple(rnp.asarray(p) for p in points)
        found = rnp.asarray(values)
        self.values = found if found.dtype in dtypes.INEXACT else found.astype("float32")
        sizes = tuple(p.size for p in self.grid)
        if any(p.ndim != 1 for p in self.grid) or self.values.shape[: len(sizes)] != sizes:
            raise errors.ShapeError("RegularGridInterpolator: points and values do not fit",
                                    got=f"{sizes} points for values of shape {self.values.shape}",
                                    hint="One vector of points for each of the first axes.")  # fmt: skip

    def __call__(self, xi: ArrayLike | Sequence[ArrayLike], method: str | None = None) -> Array:
        """The function at xi: coordinates along the last axis, or a tuple of one array for each axis."""
        method = self.method if method is None else method
        if method not in _METHODS:
            raise errors.BadArgument("RegularGridInterpolator", "method", method, " or ".join(map(repr, _METHODS)))
        axes = len(self.grid)
        at = rnp.stack(rnp.broadcast_arrays(*xi), -1) if isinstance(xi, tuple) else rnp.asarray(xi)
        if axes == 1 and at.ndim == 1:
            at = at[:, None]
        if at.shape[-1] != axes:
            raise errors.ShapeError("RegularGridInterpolator: xi has another number of coordinates",
                                    got=f"{at.shape[-1]} for a grid of {axes} axes")  # fmt: skip
        places = [at[..., k] for k in range(axes)]
        cells = [self._cell(p, x) for p, x in zip(self.grid, places, strict=True)]
        out = self._nearest(cells) if method == "nearest" else self._linear(cells)
        if self.fill_value is not None:
            outside = rnp.zeros(places[0].shape, bool)
            for p, x in zip(self.grid, places, strict=True):
                outside = outside | (x < p[0]) | (x > p[-1])
            outside = outside.reshape(outside.shape + (1,) * (out.ndim - outside.ndim))
            out = rnp.where(outside, rnp.asarray(self.fill_value, out.dtype), out)
        nan = rnp.isnan(at).any(-1)
        return rnp.where(nan.reshape(nan.shape + (1,) * (out.ndim - nan.ndim)), rnp.asarray(math.nan, out.dtype), out)

    def _cell(self, points: Array, x: Any) -> tuple[Any, Any]:
        """Left of which point of one axis x lies, and how far into the cell it is, from 0 to 1."""
        i = rnp.clip(rnp.searchsorted(points, x, side="right") - 1, 0, max(points.size - 2, 0))
        if points.size == 1:
            return i, rnp.zeros_like(x)
        left = points[i]
        return i, (x - left) / (points[i + 1] - left)

    def _linear(self, cells: list[tuple[Any, Any]]) -> Any:
        total: Any = 0.0
        more = self.values.ndim - len(cells)
        for corner in itertools.product((0, 1), repeat=len(cells)):
            weight: Any = 1.0
            at = []
            for side, (i, share), n in zip(corner, cells, self.values.shape, strict=False):
                weight = weight * (share if side else 1 - share)
                at.append(rnp.minimum(i + side, n - 1))
            weight = weight.reshape(weight.shape + (1,) * more)
            total = total + self.values[tuple(at)] * weight
        return total

    def _nearest(self, cells: list[tuple[Any, Any]]) -> Any:
        return self.values[tuple(rnp.where(share <= 0.5, i, i + 1) for i, share in cells)]


boundary.close(sys.modules[__name__])


def __dir__() -> list[str]:
    return __all__
