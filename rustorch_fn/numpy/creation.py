"""Making arrays."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from operator import index as as_index
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax import lift, shaping
from rustorch_fn.lax.programs import vmap
from rustorch_fn.numpy import ufuncs as u
from rustorch_fn.typing import Array, ArrayLike, Device, DTypeLike, Shape


def asarray(
    a: Any,
    dtype: DTypeLike | None = None,
    order: str | None = None,
    *,
    copy: bool | None = None,
    device: Device | None = None,
) -> Array:
    """a as an array; Python's and NumPy's 64-bit numbers become 32-bit unless `dtype` says otherwise.

    `copy=False` shares the memory of a NumPy array, whose owner must not write to it then.

    >>> rt.numpy.asarray(np.arange(3)).dtype, rt.numpy.asarray(np.arange(3), dtype="int64").dtype
    (dtype('int32'), dtype('int64'))
    """
    _row_major("asarray", order)
    if copy is False and isinstance(a, np.ndarray):
        return _shared(a, dtype)
    out = lift.asarray(a, dtype)
    return _duplicate(out) if copy and out is a else out


def array(
    object: Any,
    dtype: DTypeLike | None = None,
    copy: bool = True,
    order: str | None = "K",
    ndmin: int = 0,
    *,
    device: Device | None = None,
) -> Array:
    """An array of these values, with at least `ndmin` axes.

    >>> rt.numpy.array([[1, 2.5]])
    Array([[1. , 2.5]], dtype=float32)
    >>> rt.numpy.array([1, 2], dtype="int64").dtype
    dtype('int64')
    """
    _row_major("array", order)
    out = lift.asarray(object, dtype)
    if copy and out is object:
        out = _duplicate(out)
    missing = ndmin - out.ndim
    return shaping.reshape(out, shape=(1,) * missing + out.shape) if missing > 0 else out


def _row_major(name: str, order: Any) -> None:
    if order not in (None, "K", "C", "A"):
        raise errors.BadArgument(name, "order", order, "'C' or 'K' (arrays are row-major)")


def _shared(a: np.ndarray, dtype: Any) -> Any:
    """An array over NumPy's memory, or the error that says why it would need a copy."""
    want = a.dtype if dtype is None else dtypes.asdtype(dtype)
    if dtypes.asdtype(a.dtype) != want or (dtype is None and dtypes.narrow(a.dtype) != a.dtype):
        raise errors.BadArgument("asarray", "copy", False, f"copy=None, or dtype={a.dtype.name!r} to keep the width,")
    view = a.view()
    view.flags.writeable = False
    return lift.array_over(view)


def _duplicate(x: Any) -> Any:
    return ew.copy(x)


def copy(a: ArrayLike | Sequence[Any], order: str | None = None) -> Array:
    """An array with the same values and memory of its own.

    >>> rt.numpy.copy(rt.numpy.array([1, 2]))
    Array([1, 2], dtype=int32)
    """
    _row_major("copy", order)
    return _duplicate(lift.asarray(a))


def astype(x: ArrayLike, dtype: DTypeLike, /, *, copy: bool = False, device: Device | None = None) -> Array:
    """The values in another dtype: floats lose their fraction towards 0 and saturate.

    >>> rt.numpy.astype(rt.numpy.array([1.7, -1.7]), "int32")
    Array([ 1, -1], dtype=int32)
    """
    return lift.convert(lift.operand("astype", x), dtypes.asdtype(dtype))


def from_dlpack(x: Any, /, *, device: Device | None = None, copy: bool | None = None) -> Any:
    """An array over another library's memory, which must not be written to any more; all widths are kept.

    >>> rt.numpy.from_dlpack(np.arange(3, dtype=np.float32))
    Array([0., 1., 2.], dtype=float32)
    """
    view = lift.exchange.take(x)
    return lift.constant(view, dtypes.asdtype(view.dtype)) if copy else _shared(view, view.dtype)


def frombuffer(buffer: Any, dtype: DTypeLike = float, count: int = -1, offset: int = 0) -> Array:
    r"""The bytes of a buffer as a one-dimensional array.

    >>> rt.numpy.frombuffer(b"\x01\x02", dtype="uint8")
    Array([1, 2], dtype=uint8)
    """
    kind = dtypes.asdtype(dtype)
    try:
        found = np.frombuffer(buffer, dtypes.physical(kind), count, offset)
    except (TypeError, ValueError, BufferError) as error:
        works = f"Bytes that hold whole {kind} ({error})"
        raise errors.BadArgument("frombuffer", "buffer", buffer, works) from None
    return lift.asarray(found, kind)


def fromiter(iter: Any, dtype: DTypeLike, count: int = -1) -> Array:
    """The items of an iterable as a one-dimensional array.

    >>> rt.numpy.fromiter((n * n for n in range(4)), "int32")
    Array([0, 1, 4, 9], dtype=int32)
    """
    kind = dtypes.asdtype(dtype)
    items = list(iter)
    try:
        found = np.fromiter(items, dtypes.physical(kind), count)
    except (TypeError, ValueError):
        raise errors.BadArgument(
            "fromiter", "iter", items, f"{max(count, 0) or 'Some'} numbers that fit {kind}"
        ) from None
    return lift.asarray(found, kind)


def fromfunction(function: Callable[..., Any], shape: int | Shape, *, dtype: DTypeLike = float, **kwargs: Any) -> Any:
    """function of each element's indices, which are numbers to it: it is mapped over all of them by vmap.

    >>> rt.numpy.fromfunction(lambda i, j: 10 * i + j, (2, 3), dtype="int32")
    Array([[ 0,  1,  2],
           [10, 11, 12]], dtype=int32)
    """
    size = lift.shape_of("fromfunction", shape)
    places = [lift.convert(index_grid((n,), 0), dtypes.asdtype(dtype)) for n in size]
    f: Callable[..., Any] = lambda *at: function(*at, **kwargs)  # noqa: E731
    for axis in reversed(range(len(size))):
        f = vmap(f, in_axes=tuple(0 if k == axis else None for k in range(len(size))))
    return f(*places)


# --- one value everywhere ---


def full(
    shape: int | Shape,
    fill_value: ArrayLike | Sequence[Any],
    dtype: DTypeLike | None = None,
    *,
    device: Device | None = None,
) -> Array:
    """An array of one value everywhere, or of values that broadcast to the shape.

    >>> rt.numpy.full((2, 2), 7)
    Array([[7, 7],
           [7, 7]], dtype=int32, weak_type=True)
    """
    size = lift.shape_of("full", shape)
    if isinstance(fill_value, list | tuple):
        fill_value = lift.asarray(fill_value)
    kind, weak = lift.kind("full", fill_value) if dtype is None else (dtypes.asdtype(dtype), False)
    if lift.shape_of_value(fill_value):
        return lift.stored(lift.broadcast_to(lift.convert(lift.operand("full", fill_value), kind, weak), size))
    return lift.stored(lift.full(size, fill_value, kind, weak))


def zeros(shape: int | Shape, dtype: DTypeLike | None = None, *, device: Device | None = None) -> Array:
    """An array of zeros, float32 unless told otherwise.

    >>> rt.numpy.zeros((2, 3)).shape, rt.numpy.zeros(2, dtype="bool")
    ((2, 3), Array([False, False], dtype=bool))
    """
    return lift.stored(lift.full(lift.shape_of("zeros", shape), 0, dtypes.asdtype(dtype or float)))


def ones(shape: int | Shape, dtype: DTypeLike | None = None, *, device: Device | None = None) -> Array:
    """An array of ones, float32 unless told otherwise.

    >>> rt.numpy.ones((2, 2))
    Array([[1., 1.],
           [1., 1.]], dtype=float32)
    """
    return lift.stored(lift.full(lift.shape_of("ones", shape), 1, dtypes.asdtype(dtype or float)))


def empty(shape: int | Shape, dtype: DTypeLike | None = None, *, device: Device | None = None) -> Array:
    """An array of zeros: memory without a value does not exist here.

    >>> rt.numpy.empty((2,))
    Array([0., 0.], dtype=float32)
    """
    return zeros(shape, dtype)


def full_like(
    a: ArrayLike,
    fill_value: ArrayLike,
    dtype: DTypeLike | None = None,
    shape: int | Shape | None = None,
    *,
    device: Device | None = None,
) -> Array:
    """An array of one value, shaped and typed like `a`.

    >>> rt.numpy.full_like(rt.numpy.array([1.0, 2.0]), 7)
    Array([7., 7.], dtype=float32)
    """
    size, kind, weak = _like(a, dtype, shape)
    if lift.shape_of_value(fill_value):
        return lift.stored(lift.broadcast_to(lift.convert(lift.operand("full_like", fill_value), kind), size))
    return lift.stored(lift.full(size, fill_value, kind, weak))


def _like(a: Any, dtype: Any, shape: Any) -> tuple[tuple[int, ...], Any, bool]:
    size = lift.shape_of_value(a) if shape is None else lift.shape_of("like", shape)
    if dtype is not None:
        return size, dtypes.asdtype(dtype), False
    if hasattr(a, "dtype") and hasattr(a, "shape") and not isinstance(a, lift.Value | np.ndarray | np.generic):
        return tuple(a.shape) if shape is None else size, dtypes.asdtype(a.dtype), False
    return size, *lift.kind("like", a)


def zeros_like(
    a: ArrayLike, dtype: DTypeLike | None = None, shape: int | Shape | None = None, *, device: Device | None = None
) -> Array:
    """Zeros, shaped and typed like `a`.

    >>> rt.numpy.zeros_like(rt.numpy.array([3, 4]))
    Array([0, 0], dtype=int32)
    """
    return full_like(a, 0, dtype, shape)


def ones_like(
    a: ArrayLike, dtype: DTypeLike | None = None, shape: int | Shape | None = None, *, device: Device | None = None
) -> Array:
    """Ones, shaped and typed like `a`.

    >>> rt.numpy.ones_like(rt.numpy.array([3, 4]))
    Array([1, 1], dtype=int32)
    """
    return full_like(a, 1, dtype, shape)


def empty_like(
    prototype: ArrayLike,
    dtype: DTypeLike | None = None,
    shape: int | Shape | None = None,
    *,
    device: Device | None = None,
) -> Array:
    """Zeros, shaped and typed like the prototype.

    >>> rt.numpy.empty_like(rt.numpy.array([1, 2]))
    Array([0, 0], dtype=int32)
    """
    return full_like(prototype, 0, dtype, shape)


# --- ranges and grids ---


def _static(name: str, x: Any) -> Any:
    """A Python or NumPy number whose value is known while tracing."""
    return lift.concrete(x, "item")[()] if isinstance(x, lift.Value) else x


def arange(
    start: ArrayLike,
    stop: ArrayLike | None = None,
    step: ArrayLike | None = None,
    dtype: DTypeLike | None = None,
    *,
    device: Device | None = None,
) -> Array:
    """start, start + step, … up to but without stop.

    Raises ConcretizationError for a bound that is traced, as the shape depends on it.

    >>> rt.numpy.arange(3), rt.numpy.arange(1.0, 2.0, 0.25)
    (Array([0, 1, 2], dtype=int32), Array([1.  , 1.25, 1.5 , 1.75], dtype=float32))
    """
    given = [v for v in (start, stop, step) if v is not None]
    kind = dtypes.asdtype(dtype) if dtype is not None else dtypes.promote(*(lift.kind("arange", v) for v in given))[0]
    a, b, s = (
        _static("arange", v) for v in ((0, start, 1) if stop is None else (start, stop, 1 if step is None else step))
    )
    if stop is None and step is not None:
        s = _static("arange", step)
    if s == 0:
        raise errors.BadArgument("arange", "step", s, "A step that is not 0")
    size = max(0, math.ceil((b - a) / s))
    if size > sys.maxsize // 16:
        raise errors.BadArgument("arange", "stop", stop if stop is not None else start, "A length that fits memory")
    if kind in dtypes.INTS and (a, s) == (0, 1):
        return shaping.iota(shape=(size,), dtype=kind, axis=0)
    return lift.constant(_progression(a, s, size, kind), kind)


def _progression(start: Any, step: Any, size: int, dtype: Any) -> np.ndarray:
    """What NumPy's arange gives in this dtype."""
    if dtype in dtypes.FLOATS and dtype not in dtypes.LOW:
        return np.arange(size, dtype=dtype) * dtype.type(step) + dtype.type(start)
    if dtype in dtypes.LOW:
        return (np.arange(size, dtype=np.float32) * np.float32(step) + np.float32(start)).astype(dtype)
    wide = np.arange(size, dtype=np.int64) * int(step) + int(start) if float(step).is_integer() else None
    return wide if wide is not None else np.arange(size) * step + start


def linspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: DTypeLike | None = None,
    axis: int = 0,
    *,
    device: Device | None = None,
) -> Array:
    """num evenly spaced numbers from start to stop, which is the last of them where `endpoint`.

    >>> rt.numpy.linspace(0, 1, 5)
    Array([0.  , 0.25, 0.5 , 0.75, 1.  ], dtype=float32)
    """
    count = as_index(num)
    if count < 0:
        raise errors.BadArgument("linspace", "num", num, "A number of at least 0")
    if dtype is not None and dtypes.asdtype(dtype) in dtypes.WIDE & dtypes.INEXACT:
        start, stop = (lift.asarray(x, dtype) if isinstance(x, int | float | complex) else x for x in (start, stop))
    a, b = lift.together("linspace", start, stop, floating=True)
    if dtype is not None and dtypes.asdtype(dtype) in dtypes.INEXACT:
        a, b = (lift.convert(x, dtypes.promote((x.dtype, False), (dtypes.asdtype(dtype), False))[0]) for x in (a, b))
    kind = a.dtype
    divisions = count - 1 if endpoint else count
    size = (count, *a.shape)
    step = u.divide(u.subtract(b, a), divisions) if divisions > 0 else u.like(a, math.nan)
    if count > 1:
        t = u.divide(lift.convert(shaping.iota(shape=size, dtype=dtypes.int32, axis=0), kind), divisions)
        first, last = lift.broadcast_to(a, size), lift.broadcast_to(b, size)
        out = u.add(u.multiply(first, u.subtract(1, t)), u.multiply(last, t))
        if endpoint:
            out = u.where(index_grid(size, 0) == divisions, last, out)
    else:
        out = lift.broadcast_to(a, size)
    if dtype is not None:
        want = dtypes.asdtype(dtype)
        out = lift.convert(u.floor(out) if want in dtypes.INTS else out, want)
        step = lift.convert(step, want) if want in dtypes.INEXACT else step
    else:
        out = lift.convert(out, kind)
    if axis not in (0, -out.ndim):
        k = lift.axis_of("linspace", axis, out.ndim)
        perm = list(range(1, out.ndim))
        perm.insert(k, 0)
        out = shaping.permute(out, perm=tuple(perm))
    both: Any = (out, step)
    return both if retstep else out


def logspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    base: ArrayLike = 10.0,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> Array:
    """base to the power of evenly spaced numbers.

    >>> rt.numpy.logspace(0, 2, 3).round(3)
    Array([  1.,  10., 100.], dtype=float32)
    """
    out = u.power(lift.convert(lift.operand("logspace", base), dtypes.float32, True),
                  linspace(start, stop, num, endpoint, axis=axis))  # fmt: skip
    return out if dtype is None else lift.convert(out, dtypes.asdtype(dtype))


def geomspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> Array:
    """num numbers from start to stop, each a constant multiple of the one before.

    >>> rt.numpy.geomspace(1, 8, 4).round(3)
    Array([1., 2., 4., 8.], dtype=float32)
    """
    a, b = lift.together("geomspace", start, stop, floating=True)
    if dtype is not None and dtypes.asdtype(dtype) in dtypes.INEXACT:
        a, b = (lift.convert(x, dtypes.promote((x.dtype, False), (dtypes.asdtype(dtype), False))[0]) for x in (a, b))
    sign = u.sign(a)
    out = u.multiply(sign, logspace(u.log10(u.multiply(a, sign)), u.log10(u.multiply(b, sign)), num, endpoint))
    if axis not in (0, -out.ndim):
        k = lift.axis_of("geomspace", axis, out.ndim)
        out = shaping.permute(out, perm=(*range(1, k + 1), 0, *range(k + 1, out.ndim)))
    return out if dtype is None else lift.convert(out, dtypes.asdtype(dtype))


def index_grid(shape: tuple[int, ...], axis: int) -> Any:
    """Each element's index along an axis, as int32."""
    return shaping.iota(shape=shape, dtype=dtypes.int32, axis=axis)


def indices(dimensions: Any, dtype: DTypeLike | None = None, sparse: bool = False) -> Any:
    """The index grids of a shape: stacked, or as a tuple of thin ones where `sparse`.

    >>> rt.numpy.indices((2, 2)).shape
    (2, 2, 2)
    """
    size = lift.shape_of("indices", dimensions)
    kind = dtypes.asdtype(dtype or int)
    if sparse:
        return tuple(shaping.iota(shape=tuple(n if k == a else 1 for k in range(len(size))), dtype=kind, axis=a)
                     for a, n in enumerate(size))  # fmt: skip
    grids = [shaping.reshape(shaping.iota(shape=size, dtype=kind, axis=a), shape=(1, *size)) for a in range(len(size))]
    return shaping.concat(*grids, axis=0) if grids else zeros((0,), kind)


def meshgrid(*xi: ArrayLike, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> list[Array]:
    """Grids of coordinates; `indexing="ij"` keeps the order of the axes, "xy" swaps the first two.

    >>> xs, ys = rt.numpy.meshgrid(rt.numpy.array([1, 2, 3]), rt.numpy.array([10, 20]))
    >>> ys
    Array([[10, 10, 10],
           [20, 20, 20]], dtype=int32)
    """
    if indexing not in ("xy", "ij"):
        raise errors.BadArgument("meshgrid", "indexing", indexing, "'xy' or 'ij'")
    xs = [lift.operand("meshgrid", x) for x in xi]
    if any(x.ndim != 1 for x in xs):
        raise errors.ShapeError("meshgrid: coordinates are one-dimensional", got=" · ".join(repr(x.aval) for x in xs))
    places = list(range(len(xs)))
    if indexing == "xy" and len(xs) > 1:
        places[:2] = 1, 0
    thin: list[Array] = [
        shaping.reshape(x, shape=tuple(x.size if k == p else 1 for k in range(len(xs))))
        for p, x in zip(places, xs, strict=True)
    ]
    return thin if sparse or not thin else lift.spread("meshgrid", *thin)


def eye(
    N: int, M: int | None = None, k: int = 0, dtype: DTypeLike | None = None, *, device: Device | None = None
) -> Array:
    """Ones on the k-th diagonal, zeros elsewhere.

    >>> rt.numpy.eye(2, 3, k=1)
    Array([[0., 1., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    size = lift.shape_of("eye", (N, N if M is None else M))
    if not -size[0] < k < size[1]:
        return zeros(size, dtypes.asdtype(dtype or float))
    return lift.convert(index_grid(size, 0) + k == index_grid(size, 1), dtypes.asdtype(dtype or float))


def identity(n: int, dtype: DTypeLike | None = None) -> Array:
    """The identity matrix.

    >>> rt.numpy.identity(2)
    Array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    return eye(n, dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: DTypeLike | None = None) -> Array:
    """Ones on and below the k-th diagonal, zeros above.

    >>> rt.numpy.tri(2, 3)
    Array([[1., 0., 0.],
           [1., 1., 0.]], dtype=float32)
    """
    return lift.convert(_below((N, N if M is None else M), k), dtypes.asdtype(dtype or float))


def _below(shape: Sequence[int], k: int) -> Any:
    size = lift.shape_of("tri", tuple(shape))
    return index_grid(size, 0) + k >= index_grid(size, 1)


def _matrix(name: str, m: Any) -> Any:
    x = lift.operand(name, m)
    if x.ndim < 2:
        raise errors.ShapeError(
            f"{name}: an array with at least 2 axes is needed", got=x.aval, hint="x[None] makes a row of a vector."
        )
    return x


def tril(m: ArrayLike, k: int = 0) -> Array:
    """m with zeros above the k-th diagonal.

    >>> rt.numpy.tril(rt.numpy.ones((2, 2)))
    Array([[1., 0.],
           [1., 1.]], dtype=float32)
    """
    x = _matrix("tril", m)
    return ew.select(lift.broadcast_to(_below(x.shape[-2:], k), x.shape), x, u.like(x, 0))


def triu(m: ArrayLike, k: int = 0) -> Array:
    """m with zeros below the k-th diagonal.

    >>> rt.numpy.triu(rt.numpy.ones((2, 2)))
    Array([[1., 1.],
           [0., 1.]], dtype=float32)
    """
    x = _matrix("triu", m)
    return ew.select(lift.broadcast_to(_below(x.shape[-2:], k - 1), x.shape), u.like(x, 0), x)


def _indices_where(mask: np.ndarray) -> tuple[Any, ...]:
    return tuple(lift.constant(places, dtypes.int32) for places in np.nonzero(mask))


def tril_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Array, ...]:
    """The indices of the lower triangle of an n by m matrix.

    >>> rt.numpy.tril_indices(2)
    (Array([0, 1, 1], dtype=int32), Array([0, 0, 1], dtype=int32))
    """
    return _indices_where(np.tri(n, m, k, bool))


def triu_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Array, ...]:
    """The indices of the upper triangle of an n by m matrix.

    >>> rt.numpy.triu_indices(2)
    (Array([0, 0, 1], dtype=int32), Array([0, 1, 1], dtype=int32))
    """
    return _indices_where(~np.tri(n, m, k - 1, bool))


def tril_indices_from(arr: ArrayLike, k: int = 0) -> tuple[Array, ...]:
    """The indices of arr's lower triangle.

    >>> rt.numpy.tril_indices_from(rt.numpy.zeros((2, 2)))
    (Array([0, 1, 1], dtype=int32), Array([0, 0, 1], dtype=int32))
    """
    n, m = lift.shape_of_value(arr)
    return tril_indices(n, k, m)


def triu_indices_from(arr: ArrayLike, k: int = 0) -> tuple[Array, ...]:
    """The indices of arr's upper triangle.

    >>> rt.numpy.triu_indices_from(rt.numpy.zeros((2, 2)))
    (Array([0, 0, 1], dtype=int32), Array([0, 1, 1], dtype=int32))
    """
    n, m = lift.shape_of_value(arr)
    return triu_indices(n, k, m)


def mask_indices(n: int, mask_func: Callable[..., Any], k: Any = 0, *, size: int | None = None) -> tuple[Array, ...]:
    """The indices where mask_func of an n by n array of ones is not zero; `size` of them, filled with 0, if given.

    >>> rt.numpy.mask_indices(2, rt.numpy.triu)
    (Array([0, 0, 1], dtype=int32), Array([0, 1, 1], dtype=int32))
    """
    rows, columns = np.nonzero(lift.concrete(mask_func(ones((n, n)), k)))
    size = rows.size if size is None else size
    return tuple(lift.constant(np.pad(at, (0, size))[:size], dtypes.int32) for at in (rows, columns))


def diag_indices(n: int, ndim: int = 2) -> tuple[Array, ...]:
    """The indices of the main diagonal of an n by n by … array.

    >>> rt.numpy.diag_indices(2)
    (Array([0, 1], dtype=int32), Array([0, 1], dtype=int32))
    """
    return (shaping.iota(shape=(n,), dtype=dtypes.int32, axis=0),) * ndim


def diag_indices_from(arr: ArrayLike) -> tuple[Array, ...]:
    """The indices of arr's main diagonal.

    >>> rt.numpy.diag_indices_from(rt.numpy.zeros((2, 2)))
    (Array([0, 1], dtype=int32), Array([0, 1], dtype=int32))
    """
    shape = lift.shape_of_value(arr)
    if len(shape) < 2 or len(set(shape)) > 1:
        raise errors.ShapeError("diag_indices_from: all axes have one size, and there are 2 or more", got=shape)
    return diag_indices(shape[0], len(shape))


def vander(x: ArrayLike, N: int | None = None, increasing: bool = False) -> Array:
    """Columns of powers of x, falling unless `increasing`.

    >>> rt.numpy.vander(rt.numpy.array([2, 3]), 3)
    Array([[4, 2, 1],
           [9, 3, 1]], dtype=int32)
    """
    x = lift.operand("vander", x)
    if x.ndim != 1:
        raise errors.ShapeError("vander: a vector is needed", got=x.aval, hint="rt.vmap takes a batch of them.")
    n = x.shape[0] if N is None else as_index(N)
    kind = x.dtype if x.dtype in dtypes.INTS else dtypes.int32
    powers = shaping.iota(shape=(1, n), dtype=kind, axis=1)
    return u.power(shaping.reshape(x, shape=(x.size, 1)), powers if increasing else lift.constant(n - 1, kind) - powers)


class _Grid:
    """`mgrid[0:2, 0:3]` and `ogrid[0:2, 0:3]`: grids written as slices."""

    def __init__(self, sparse: bool) -> None:
        self.sparse = sparse

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return _line(key)
        if not isinstance(key, tuple) or not all(isinstance(part, slice) for part in key):
            raise errors.BadType("ogrid" if self.sparse else "mgrid", "key", key, "A slice or a tuple of slices")
        grids = meshgrid(*map(_line, key), sparse=self.sparse, indexing="ij")
        if self.sparse:
            return tuple(lift.common("ogrid", *grids))
        grids = lift.common("mgrid", *grids)
        return shaping.concat(*(shaping.reshape(g, shape=(1, *g.shape)) for g in grids), axis=0)


def _line(part: slice) -> Any:
    start, step = 0 if part.start is None else part.start, 1 if part.step is None else part.step
    if isinstance(step, complex):
        return linspace(start, part.stop, int(abs(step)))
    return arange(start, part.stop, step)


mgrid, ogrid = _Grid(sparse=False), _Grid(sparse=True)
