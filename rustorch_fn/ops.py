"""Reductions over segments of an array, with jax.ops' names.

>>> rt.ops.segment_sum(rt.numpy.array([1.0, 2.0, 4.0]), rt.numpy.array([0, 0, 1]))
Array([3., 4.], dtype=float32)
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from rustorch_fn import boundary, dtypes, errors, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.typing import Array, ArrayLike

__all__ = ["segment_max", "segment_min", "segment_prod", "segment_sum"]


def segment_sum(
    data: ArrayLike,
    segment_ids: ArrayLike,
    num_segments: int | None = None,
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    bucket_size: int | None = None,
    mode: Any = None,
) -> Array:
    """Sums of the rows of data that share a segment: row k of the result is the sum where segment_ids == k.

    Without `num_segments`, which jit needs, there are as many as the greatest id asks for. Ids outside are dropped,
    unless `mode` says otherwise. With `bucket_size`, buckets of so many rows are summed first, for precision.

    >>> rt.ops.segment_sum(rt.numpy.arange(5), rt.numpy.array([0, 0, 1, 1, 2]), num_segments=4)
    Array([1, 5, 4, 0], dtype=int32)
    """
    options = {"indices_are_sorted": indices_are_sorted, "unique_indices": unique_indices, "mode": mode}
    return _segments("add", data, segment_ids, num_segments, bucket_size, options)


def segment_prod(
    data: ArrayLike,
    segment_ids: ArrayLike,
    num_segments: int | None = None,
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    bucket_size: int | None = None,
    mode: Any = None,
) -> Array:
    """Products of the rows of data that share a segment; 1 for a segment without rows. See `segment_sum`.

    >>> rt.ops.segment_prod(rt.numpy.arange(6), rt.numpy.array([0, 0, 1, 1, 2, 2]))
    Array([ 0,  6, 20], dtype=int32)
    """
    options = {"indices_are_sorted": indices_are_sorted, "unique_indices": unique_indices, "mode": mode}
    return _segments("multiply", data, segment_ids, num_segments, bucket_size, options)


def segment_max(
    data: ArrayLike,
    segment_ids: ArrayLike,
    num_segments: int | None = None,
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    bucket_size: int | None = None,
    mode: Any = None,
) -> Array:
    """The greatest of the rows of data that share a segment; the least value there is for a segment without rows.

    >>> rt.ops.segment_max(rt.numpy.array([3.0, 1.0, 2.0]), rt.numpy.array([0, 0, 1]))
    Array([3., 2.], dtype=float32)
    """
    options = {"indices_are_sorted": indices_are_sorted, "unique_indices": unique_indices, "mode": mode}
    return _segments("max", data, segment_ids, num_segments, bucket_size, options)


def segment_min(
    data: ArrayLike,
    segment_ids: ArrayLike,
    num_segments: int | None = None,
    indices_are_sorted: bool = False,
    unique_indices: bool = False,
    bucket_size: int | None = None,
    mode: Any = None,
) -> Array:
    """The least of the rows of data that share a segment; the greatest value there is for a segment without rows.

    >>> rt.ops.segment_min(rt.numpy.array([3.0, 1.0, 2.0]), rt.numpy.array([0, 0, 1]))
    Array([1., 2.], dtype=float32)
    """
    options = {"indices_are_sorted": indices_are_sorted, "unique_indices": unique_indices, "mode": mode}
    return _segments("min", data, segment_ids, num_segments, bucket_size, options)


_REDUCERS: dict[str, Any] = {"add": rnp.sum, "multiply": rnp.prod, "max": rnp.max, "min": rnp.min}


def _identity(op: str, dtype: Any) -> Any:
    """What changes nothing under the reduction."""
    if op in ("add", "multiply"):
        return int(op == "multiply")
    if dtype == dtypes.bool_:
        return op == "min"
    if dtype in dtypes.INTS:
        info = dtypes.iinfo(dtype)
        return int(info.min if op == "max" else info.max)
    return -np.inf if op == "max" else np.inf


def _segments(op: str, data: Any, ids: Any, count: Any, bucket: int | None, options: dict[str, Any]) -> Array:
    name = {"add": "segment_sum", "multiply": "segment_prod"}.get(op, f"segment_{op}")
    x, ids = rnp.asarray(data), rnp.asarray(ids)
    if ids.shape != x.shape[: ids.ndim] or ids.dtype not in dtypes.INTS:
        raise errors.ShapeError(
            f"{name}: there is one integer id for each row",
            got=f"{x.aval!r} · ids {ids.aval!r}",
            hint="ids.astype(int), of the leading sizes of the data, would work.",
        )
    if count is None:
        count = int(np.asarray(ids).max(initial=-1)) + 1
    if not isinstance(count, int | np.integer) or count < 0:
        raise errors.BadArgument(name, "num_segments", count, "An integer from 0")
    options["mode"] = "drop" if options["mode"] is None else options["mode"]
    whole = (int(count), *x.shape[ids.ndim :])
    # negative ids are outside here, though they count from the end elsewhere
    dropped = options["mode"] in ("drop", "fill", lax.GatherScatterMode.FILL_OR_DROP)
    ids = rnp.where(ids < 0, count if dropped else 0, ids)
    if bucket is None:
        start = rnp.full(whole, _identity(op, x.dtype), dtype=x.dtype)
        out: Array = getattr(start.at[ids], op)(x, **options)
        return out
    buckets = -(-ids.size // bucket)
    start = rnp.full((buckets, *whole), _identity(op, x.dtype), dtype=x.dtype)
    if not buckets:
        return start.sum(0)
    parts = getattr(start.at[rnp.arange(ids.shape[0]) // bucket, ids], op)(x, **options)
    reduced: Array = _REDUCERS[op](parts, axis=0).astype(x.dtype)
    return reduced


def __dir__() -> list[str]:
    return __all__


boundary.close(sys.modules[__name__])
