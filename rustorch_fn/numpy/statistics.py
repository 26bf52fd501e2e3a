"""Statistics: covariances and histograms."""

from __future__ import annotations

from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import lift
from rustorch_fn.numpy import reductions as r
from rustorch_fn.numpy import ufuncs as u
from rustorch_fn.numpy.creation import linspace
from rustorch_fn.numpy.indexing import update
from rustorch_fn.numpy.products import matmul
from rustorch_fn.numpy.search import diff, searchsorted, where
from rustorch_fn.numpy.shapes import atleast_2d, concatenate, diagonal, ravel
from rustorch_fn.typing import Array, ArrayLike, DTypeLike


def cov(
    m: ArrayLike,
    y: ArrayLike | None = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: ArrayLike | None = None,
    aweights: ArrayLike | None = None,
    dtype: DTypeLike | None = None,
) -> Array:
    """The covariances of the rows of m (of its columns where not `rowvar`).

    >>> rt.numpy.cov(rt.numpy.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
    Array([[ 1., -1.],
           [-1.,  1.]], dtype=float32)
    """
    x = _rows("cov", m, rowvar, dtype)
    if y is not None:
        x = concatenate([x, _rows("cov", y, rowvar, dtype)], 0)
    weights = _weights(fweights, aweights, x)
    free = (0 if bias else 1) if ddof is None else ddof
    if weights is None:
        total: Any = x.shape[1]
        x = u.subtract(x, r.mean(x, 1, keepdims=True))
        scaled, norm = x, total - free
    else:
        total = r.sum(weights)
        x = u.subtract(x, u.divide(r.sum(u.multiply(x, weights), 1, keepdims=True), total))
        scaled = u.multiply(x, weights)
        lost = free if aweights is None else u.divide(u.multiply(free, r.sum(u.multiply(weights, aweights))), total)
        norm = u.subtract(total, lost)
    out = u.divide(matmul(x, u.conj(scaled.T)), norm)
    return out.reshape(()) if out.shape == (1, 1) else out


def _rows(name: str, m: Any, rowvar: bool, dtype: Any) -> Any:
    x = lift.operand(name, m)
    x = u.floats(name, x) if dtype is None else lift.convert(x, dtypes.asdtype(dtype))
    if x.ndim > 2:
        raise errors.ShapeError(
            f"{name}: a vector or a matrix is needed",
            got=x.aval,
            hint="Each row is a variable; rt.vmap takes a batch of matrices.",
        )
    x = atleast_2d(x)
    return x.T if not rowvar and x.shape[0] != 1 else x


def _weights(fweights: Any, aweights: Any, x: Any) -> Any:
    given = [lift.convert(lift.operand("cov", w), x.dtype) for w in (fweights, aweights) if w is not None]
    for w in given:
        if w.shape != (x.shape[1],):
            raise errors.ShapeError("cov: one weight for each observation is needed", got=f"{w.aval!r} for {x.aval!r}")
    return u.multiply(*given) if len(given) == 2 else given[0] if given else None


def corrcoef(x: ArrayLike, y: ArrayLike | None = None, rowvar: bool = True, dtype: DTypeLike | None = None) -> Array:
    """The correlations of the rows of x, from -1 to 1.

    >>> rt.numpy.corrcoef(rt.numpy.array([1.0, 2.0, 3.0]), rt.numpy.array([2.0, 4.0, 6.0])).round(3)
    Array([[1., 1.],
           [1., 1.]], dtype=float32)
    """
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return u.divide(c, c)
    spread = u.sqrt(u.real(diagonal(c)))
    out = u.divide(u.divide(c, spread[:, None]), spread[None, :])
    return u.by_parts(lambda part: u.clip(part, -1, 1), out) if u.is_complex(out) else u.clip(out, -1, 1)


# --- histograms ---


def histogram_bin_edges(a: ArrayLike, bins: Any = 10, range: Any = None, weights: ArrayLike | None = None) -> Array:
    """The edges of so many equal bins, or those that were given.

    >>> rt.numpy.histogram_bin_edges(rt.numpy.array([0.0, 4.0]), bins=4)
    Array([0., 1., 2., 3., 4.], dtype=float32)
    """
    if isinstance(bins, str):
        raise errors.BadArgument("histogram_bin_edges", "bins", bins, "A number, or the edges,")
    if not isinstance(bins, int | np.integer):
        return lift.operand("histogram_bin_edges", bins) if not isinstance(bins, list | tuple) else lift.asarray(bins)
    x = u.floats("histogram_bin_edges", ravel(a))
    if range is not None:
        low, high = (lift.convert(lift.asarray(v), x.dtype) for v in range)
    elif x.size:
        low, high = r.min(x), r.max(x)
    else:
        low, high = lift.asarray(0.0, x.dtype), lift.asarray(1.0, x.dtype)
    flat = u.equal(low, high)
    low, high = where(flat, u.subtract(low, 0.5), low), where(flat, u.add(high, 0.5), high)
    return linspace(low, high, int(bins) + 1)


def _bin(x: Any, edges: Any) -> Any:
    """The bin of each element, where the last one holds its upper edge; what lies outside gets -1 less or more."""
    place = u.subtract(searchsorted(edges, x, "right"), 1)
    last = edges.size - 2
    place = where(u.equal(x, edges[-1]), last, place)
    return where(u.logical_or(u.less(x, edges[0]), u.greater(x, edges[-1])), edges.size - 1, place)


def histogram(
    a: ArrayLike, bins: Any = 10, range: Any = None, weights: ArrayLike | None = None, density: bool | None = None
) -> tuple[Array, Array]:
    """How many elements fall into each bin, and the bins' edges.

    >>> counts, edges = rt.numpy.histogram(rt.numpy.array([1.0, 2.0, 2.5, 4.0]), bins=3)
    >>> counts
    Array([1., 2., 1.], dtype=float32)
    """
    x = u.floats("histogram", ravel(a))
    counts, edges = histogramdd(x[:, None], [histogram_bin_edges(a, bins, range)],
                                weights=u.like(x, 1) if weights is None else ravel(weights),
                                density=density)  # fmt: skip
    return counts, edges[0]


def histogram2d(
    x: ArrayLike,
    y: ArrayLike,
    bins: Any = 10,
    range: Any = None,
    weights: ArrayLike | None = None,
    density: bool | None = None,
) -> tuple[Array, Array, Array]:
    """How many points fall into each cell, and the edges along both axes.

    >>> counts, *edges = rt.numpy.histogram2d(rt.numpy.array([0.0, 1.0]), rt.numpy.array([0.0, 1.0]), bins=2)
    >>> counts
    Array([[1, 0],
           [0, 1]], dtype=int32)
    """
    points = concatenate([ravel(v)[:, None] for v in lift.common("histogram2d", x, y, floating=True)], 1)
    if not isinstance(bins, int | np.integer) and len(bins) not in (1, 2):
        bins = [bins, bins]
    counts, edges = histogramdd(points, bins, range, weights, density)
    return counts, edges[0], edges[1]


def histogramdd(
    sample: ArrayLike, bins: Any = 10, range: Any = None, weights: ArrayLike | None = None, density: bool | None = None
) -> tuple[Array, list[Array]]:
    """How many points (rows, or one array for each axis) fall into each cell, and the edges along each axis.

    >>> counts, edges = rt.numpy.histogramdd(rt.numpy.array([[0.0, 0.0], [1.0, 1.0]]), bins=2)
    >>> counts
    Array([[1, 0],
           [0, 1]], dtype=int32)
    """
    if isinstance(sample, list | tuple):
        sample = concatenate([ravel(s)[:, None] for s in lift.common("histogramdd", *sample, floating=True)], 1)
    points = u.floats("histogramdd", lift.operand("histogramdd", sample))
    n = points.shape[1]
    each = [bins] * n if isinstance(bins, int | np.integer) else list(bins)
    spans = [None] * n if range is None else list(range)
    if len(each) != n or len(spans) != n:
        raise errors.BadArgument("histogramdd", "bins", bins, f"One entry for each of {n} axes")
    edges = [histogram_bin_edges(points[:, k], b, s) for k, (b, s) in enumerate(zip(each, spans, strict=True))]
    shape = tuple(e.size - 1 for e in edges)
    places = tuple(_bin(points[:, k], e) for k, e in enumerate(edges))
    values = lift.full((points.shape[0],), 1, dtypes.int32) if weights is None else lift.operand("histogramdd", weights)
    counts = update(lift.full(shape, 0, values.dtype), places, "add", values, "drop")
    if density:
        volume = lift.full((), 1, points.dtype)
        for k, e in enumerate(edges):
            width = diff(e)
            volume = u.multiply(volume, width.reshape(tuple(-1 if j == k else 1 for j, _ in enumerate(edges))))
        counts = u.divide(u.divide(counts, volume), r.sum(counts))
    return counts, edges
