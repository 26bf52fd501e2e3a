"""Images as samples of functions of the plane (or of space)."""

from __future__ import annotations

import functools
import itertools
import operator
import sys
from collections.abc import Callable, Sequence
from typing import Any

from rustorch_fn import boundary, dtypes, errors
from rustorch_fn import numpy as rnp
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["map_coordinates"]


def _reflected(i: Any, n: int) -> Any:
    """Half a pixel beyond the edge the image comes back: c b a | a b c | c b a."""
    return rnp.floor_divide(_mirrored(2 * i + 1, 2 * n + 1), 2)


def _mirrored(i: Any, n: int) -> Any:
    """At the last pixel the image comes back: c b | a b c | b a."""
    last = n - 1
    return rnp.abs((i + last) % (2 * last) - last) if last else rnp.zeros_like(i)


_PLACES: dict[str, Callable[[Any, int], Any]] = {
    "constant": lambda i, n: i,
    "nearest": lambda i, n: rnp.clip(i, 0, n - 1),
    "wrap": lambda i, n: i % n,
    "mirror": _mirrored,
    "reflect": _reflected,
}


def map_coordinates(
    input: ArrayLike, coordinates: Sequence[ArrayLike], order: int, mode: str = "constant", cval: ArrayLike = 0.0
) -> Array:
    """The values of an image at places between its pixels: one array of coordinates for each axis of the image.

    `order` 0 takes the nearest pixel, 1 interpolates linearly. Beyond the image, `mode` is 'constant' (there `cval`
    stands), 'nearest', 'wrap', 'mirror' or 'reflect'. The result has the shape of the coordinates and the image's
    dtype. BadArgument names another order or mode, ShapeError a wrong number of coordinates.

    >>> image = rt.numpy.array([[0.0, 1.0], [2.0, 3.0]])
    >>> rt.scipy.ndimage.map_coordinates(image, [rt.numpy.array([0.5]), rt.numpy.array([0.5])], order=1)
    Array([1.5], dtype=float32)
    """
    image = rnp.asarray(input)
    places = [rnp.asarray(c) for c in coordinates]
    if len(places) != image.ndim:
        raise errors.ShapeError("map_coordinates: one array of coordinates is needed for each axis",
                                got=f"{len(places)} for {image.aval}",
                                hint="[rows, columns] would work for two.")  # fmt: skip
    if mode not in _PLACES:
        raise errors.BadArgument("map_coordinates", "mode", mode, f"One of {', '.join(_PLACES)}")
    if order not in (0, 1):
        raise errors.BadArgument("map_coordinates", "order", order, "0 or 1")
    outside = rnp.asarray(cval, image.dtype)
    each = [_beside(c, order) for c in places]
    parts = []
    for corner in itertools.product(*each):
        at, inside = [], []
        for (i, _), n in zip(corner, image.shape, strict=True):
            inside.append((i >= 0) & (i < n))
            at.append(rnp.clip(_PLACES[mode](i, n), 0, n - 1))
        value = image[tuple(at)]
        if mode == "constant":
            value = rnp.where(functools.reduce(operator.and_, inside), value, outside)
        parts.append(functools.reduce(operator.mul, [weight for _, weight in corner]) * value)
    total = functools.reduce(operator.add, parts)
    if image.dtype in dtypes.INTS:
        total = rnp.rint(total) if total.dtype in dtypes.FLOATS else total
    return total.astype(image.dtype)


def _beside(place: Array, order: int) -> list[tuple[Any, Any]]:
    """The pixels beside a place along one axis, each with its weight."""
    if order == 0:
        return [(rnp.rint(place).astype("int32"), 1)]
    lower = rnp.floor(place)
    share = place - lower
    index = lower.astype("int32")
    return [(index, 1 - share), (index + 1, share)]


boundary.close(sys.modules[__name__])


def __dir__() -> list[str]:
    return __all__
