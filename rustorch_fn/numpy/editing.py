"""Choosing, inserting, deleting, mapping over axes, and small tools of indices."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import index as as_index
from typing import Any, NamedTuple

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.boundary import boundary
from rustorch_fn.lax import arrange, folding, lift
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax.programs import vmap
from rustorch_fn.numpy import reductions as r
from rustorch_fn.numpy import ufuncs as u
from rustorch_fn.numpy.creation import arange, index_grid, linspace
from rustorch_fn.numpy.indexing import take, update
from rustorch_fn.numpy.search import argsort, sort, unique, where
from rustorch_fn.numpy.shapes import concatenate, moveaxis, ravel
from rustorch_fn.typing import Array, ArrayLike, DTypeLike, Shape

# --- choosing ---


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: ArrayLike = 0) -> Array:
    """For each element the choice of the first condition that holds.

    >>> x = rt.numpy.array([-1, 5, 20])
    >>> rt.numpy.select([x < 0, x < 10], [0, x], 10)
    Array([ 0,  5, 10], dtype=int32)
    """
    if len(condlist) != len(choicelist) or not condlist:
        raise errors.BadArgument("select", "condlist", len(condlist), f"{len(choicelist)} conditions, at least one,")
    *choices, out = lift.common("select", *choicelist, default)
    for condition, choice in reversed(list(zip(condlist, choices, strict=True))):
        out = where(condition, choice, out)
    return out


def choose(a: ArrayLike, choices: Any, out: None = None, mode: str = "raise") -> Array:
    """choices[a], element by element.

    >>> rt.numpy.choose(rt.numpy.array([1, 0]), [rt.numpy.array([1, 2]), rt.numpy.array([10, 20])])
    Array([10,  2], dtype=int32)
    """
    u.refuse_out("choose", out)
    if not len(choices):
        raise errors.BadArgument("choose", "choices", choices, "At least one array")
    rows = lift.spread("choose", *lift.common("choose", *choices))
    at = lift.operand("choose", a)
    if mode == "raise":
        known = lift.known(at)
        if known is None:
            raise errors.NonConcreteIndex("mode='raise' has to know the indices", at.aval, "Use mode='wrap' or 'clip'.")
        if known.size and (known.min() < 0 or known.max() >= len(rows)):
            raise errors.IndexOutOfBounds(int(known.max()), 0, len(rows), op="choose")
    elif mode == "wrap":
        at = u.remainder(at, len(rows))
    elif mode == "clip":
        at = u.clip(at, 0, len(rows) - 1)
    else:
        raise errors.BadArgument("choose", "mode", mode, "'raise', 'wrap' or 'clip'")
    at, *rows = lift.spread("choose", at, *rows)
    result = rows[-1]
    for k in range(len(rows) - 2, -1, -1):
        result = ew.select(ew.eq(at, u.like(at, k)), rows[k], result)
    return result


def piecewise(x: ArrayLike, condlist: Any, funclist: Sequence[Any], *args: ArrayLike, **kw: Any) -> Array:
    """For each element the function (or number) of the last condition that holds; one more function is the default.

    >>> x = rt.numpy.array([-1.0, 2.0])
    >>> rt.numpy.piecewise(x, [x < 0, x >= 0], [0.0, lambda x: x * x])
    Array([0., 4.], dtype=float32)
    """
    v = lift.operand("piecewise", x)
    conditions = list(condlist) if isinstance(condlist, list | tuple) else [condlist]
    if isinstance(condlist, lift.Value | np.ndarray) and lift.shape_of_value(condlist) != v.shape:
        conditions = list(arrange.unstack(condlist))
    pieces = list(funclist)
    default: Any = 0
    if len(pieces) == len(conditions) + 1:
        default = pieces.pop()
    if len(pieces) != len(conditions):
        raise errors.BadArgument("piecewise", "funclist", len(funclist), f"{len(conditions)} functions, or one more,")

    def value(f: Any) -> Any:
        y = lift.operand("piecewise", f(v, *args, **kw) if callable(f) else f)
        return lift.broadcast_to(lift.convert(y, v.dtype), v.shape)

    out = value(default)
    for condition, f in zip(conditions, pieces, strict=True):
        out = where(condition, value(f), out)
    return out


# --- inserting and deleting ---


def _places(name: str, obj: Any, n: int) -> np.ndarray:
    """Known indices along an axis, from an int, a slice, a list or an array."""
    if isinstance(obj, slice):
        return np.arange(n)[obj]
    known = np.asarray(obj) if not isinstance(obj, lift.Value) else lift.known(obj)
    if known is None:
        raise errors.NonConcreteIndex(f"{name} has to know the places while tracing", obj.aval, "Give ints.")
    if known.dtype == bool:
        return np.flatnonzero(known)
    if known.size and known.dtype.kind not in "iu":
        got = f"{known.dtype}{list(known.shape)}"
        raise errors.DtypeError(f"{name}: the places are no integers", got=got, hint="Ints or a slice would work.")
    out = known.astype(np.int64).ravel()
    return np.where(out < 0, out + n, out)


def _is_traced(obj: Any) -> bool:
    """Whether the places are integers whose values are not known yet."""
    return isinstance(obj, lift.Value) and lift.is_traced(obj) and obj.dtype in dtypes.INTS


def _clipped(places: Any, n: int) -> Any:
    """Traced places between 0 and n; those below 0 count from the end."""
    at = lift.convert(ravel(places), dtypes.int32)
    return u.clip(where(u.less(at, 0), u.add(at, n), at), 0, n)


def _others(gone: Any, n: int) -> Any:
    """Which of n places are left without traced ones that differ."""
    before = u.subtract(sort(gone), arange(gone.size))
    kept = arange(n - gone.size)
    return u.add(kept, r.sum(u.greater_equal(kept[None, :], before[:, None]), 0, dtype=dtypes.int32))


def delete(arr: ArrayLike, obj: Any, axis: int | None = None, *, assume_unique_indices: bool = False) -> Array:
    """Without the rows at places along an axis.

    Places may be traced where they are integers that differ and `assume_unique_indices` says so; else NonConcreteIndex.

    >>> rt.numpy.delete(rt.numpy.array([1, 2, 3, 4]), 1)
    Array([1, 3, 4], dtype=int32)
    """
    x = lift.operand("delete", arr)
    if axis is None:
        x, axis = ravel(x), 0
    k = lift.axis_of("delete", axis, x.ndim)
    n = x.shape[k]
    if assume_unique_indices and _is_traced(obj):
        return take(x, _others(_clipped(obj, n), n), k)
    gone = _places("delete", obj, n)
    if gone.size and (gone.min() < 0 or gone.max() >= n):
        raise errors.IndexOutOfBounds(int(gone.max()), k, n, op="delete")
    return take(x, np.delete(np.arange(n), gone).astype(np.int32), k)


def insert(arr: ArrayLike, obj: Any, values: ArrayLike | Sequence[Any], axis: int | None = None) -> Array:
    """With rows of values put in before places along an axis; traced places outside are those at the ends.

    >>> rt.numpy.insert(rt.numpy.array([1, 2, 3]), 1, 9)
    Array([1, 9, 2, 3], dtype=int32)
    """
    x = lift.operand("insert", arr)
    new = lift.convert(lift.asarray(values), x.dtype)
    if axis is None:
        x, axis = ravel(x), 0
    k = lift.axis_of("insert", axis, x.ndim)
    n = x.shape[k]
    if not isinstance(obj, slice) and np.ndim(obj) > 1:
        raise errors.ShapeError("insert: the places need one axis", got=obj, hint="A number or a list would work.")
    places: Any = _clipped(obj, n) if _is_traced(obj) else _places("insert", obj, n)
    if isinstance(places, np.ndarray) and places.size and (places.min() < 0 or places.max() > n):
        raise errors.BadArgument("insert", "obj", obj, f"Places from {-n} to {n}")
    new = arrange.reshape(new, (1,) * (x.ndim - new.ndim) + new.shape)
    if places.size == 1:
        new = moveaxis(new, 0, k) if not isinstance(obj, slice) and np.ndim(obj) == 0 else new
        places = (np if isinstance(places, np.ndarray) else lift).broadcast_to(places, (new.shape[k],))
    new = lift.broadcast_to(new, (*x.shape[:k], places.size, *x.shape[k + 1 :]))
    merged = _merged if isinstance(places, np.ndarray) else _merged_later
    return take(concatenate([x, new], k), merged(places, n), k)


def _merged(places: np.ndarray, n: int) -> np.ndarray:
    """The order of n old rows and of new ones, which follow them, with the new ones at their places."""
    count = len(places)
    order = np.argsort(places, kind="stable")
    slots = np.empty(count, np.int64)
    slots[order] = places[order] + np.arange(count)
    old = np.setdiff1d(np.arange(n + count), slots)
    source = np.empty(n + count, np.int32)
    source[old], source[slots] = np.arange(n), n + np.arange(count)
    return source


def _merged_later(places: Any, n: int) -> Any:
    """The same for traced places."""
    count = places.size
    slots = update(places, argsort(places), "add", arange(count))
    source = update(arange(n + count), _others(slots, n + count), "set", arange(n))
    return update(source, slots, "set", arange(n, n + count))


def trim_zeros(filt: ArrayLike, trim: str = "fb", axis: int | Sequence[int] | None = None) -> Array:
    """Without zeros at the front ("f") and the back ("b") of some axes, or of all; the values have to be known.

    >>> rt.numpy.trim_zeros(rt.numpy.array([0, 0, 1, 2, 0]))
    Array([1, 2], dtype=int32)
    >>> rt.numpy.trim_zeros(rt.numpy.array([[0, 0], [0, 5]]), axis=0)
    Array([[0, 5]], dtype=int32)
    """
    x = lift.operand("trim_zeros", filt)
    full, parts = lift.concrete(x) != 0, [slice(None)] * x.ndim
    for k in lift.axes_of("trim_zeros", axis, x.ndim):
        kept = np.flatnonzero(full.any(tuple(j for j in range(x.ndim) if j != k)))
        front = int(kept[0]) if kept.size and "f" in trim.lower() else 0
        back = int(kept[-1]) + 1 if kept.size and "b" in trim.lower() else x.shape[k]
        parts[k] = slice(front, back if kept.size or not set(trim.lower()) & set("fb") else 0)
    return x[tuple(parts)]


def fill_diagonal(a: ArrayLike, val: ArrayLike | Sequence[Any], wrap: bool = False, *, inplace: bool = True) -> Array:
    """A copy of `a` with val on its main diagonal; say inplace=False, as arrays do not change.

    >>> rt.numpy.fill_diagonal(rt.numpy.zeros((2, 2)), 5.0, inplace=False)
    Array([[5., 0.],
           [0., 5.]], dtype=float32)
    """
    if inplace:
        raise errors.BadArgument("fill_diagonal", "inplace", inplace, "inplace=False, which gives a changed copy,")
    if wrap:
        raise errors.BadArgument("fill_diagonal", "wrap", wrap, "wrap=False")
    x = lift.operand("fill_diagonal", a)
    if x.ndim < 2 or (x.ndim > 2 and len(set(x.shape)) > 1):
        raise errors.ShapeError("fill_diagonal: there is no diagonal", got=x.aval,
                                hint="A matrix, or more axes that are all of one size, would work.")  # fmt: skip
    n, value = min(x.shape), lift.asarray(val)
    if n and not value.size:
        raise errors.BadArgument("fill_diagonal", "val", val, "At least one value")
    return update(x, (arange(n),) * x.ndim, "set", _cycled(value, n))


def _cycled(v: Any, n: int) -> Any:
    return v if not v.ndim else take(ravel(v), np.arange(n) % max(v.size, 1))


# --- mapping ---


def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: ArrayLike, *args: ArrayLike, **kwargs: Any) -> Array:
    """func1d of each line along an axis.

    >>> rt.numpy.apply_along_axis(lambda row: row.max() - row, 1, rt.numpy.array([[1, 4], [5, 2]]))
    Array([[3, 0],
           [0, 3]], dtype=int32)
    """
    x = lift.operand("apply_along_axis", arr)
    k = lift.axis_of("apply_along_axis", axis, x.ndim)
    f: Callable[..., Any] = lambda line: func1d(line, *args, **kwargs)  # noqa: E731
    for side in range(1, x.ndim - k):
        f = vmap(f, in_axes=side, out_axes=-1)
    for _ in range(k):
        f = vmap(f, in_axes=0, out_axes=0)
    return f(x)


def apply_over_axes(func: Callable[[Any, int], Any], a: ArrayLike, axes: Sequence[int]) -> Array:
    """func(a, axis) for one axis after another, each kept with size 1.

    >>> rt.numpy.apply_over_axes(rt.numpy.sum, rt.numpy.ones((2, 3, 4)), (0, 2))
    Array([[[8.],
            [8.],
            [8.]]], dtype=float32)
    """
    x = lift.operand("apply_over_axes", a)
    for axis in axes:
        y = func(x, axis)
        x = y if y.ndim == x.ndim else arrange.expand_dims(y, (axis,))
    return x


def vectorize(
    pyfunc: Callable[..., Any], *, excluded: Any = frozenset(), signature: str | None = None
) -> Callable[..., Any]:
    """A function of single elements (or of the core axes that a signature like "(n),(n)->()" names) that broadcasts.

    Arguments whose positions or names are in `excluded`, and those that are None, are passed on as they are.

    >>> dot = rt.numpy.vectorize(lambda a, b: (a * b).sum(), signature="(n),(n)->()")
    >>> dot(rt.numpy.ones((2, 3)), rt.numpy.array([1.0, 2.0, 3.0]))
    Array([6., 6.], dtype=float32)
    """
    if not callable(pyfunc):
        raise errors.BadType("vectorize", "pyfunc", pyfunc, "A function")
    inputs = _core_axes(signature)

    @boundary
    def vectorized(*args: Any, **kwargs: Any) -> Any:
        if set(kwargs) - set(excluded):
            raise errors.BadArgument("vectorize", "kwargs", sorted(kwargs), "Names that are in excluded=, or positions")
        fixed = {k: a for k, a in enumerate(args) if k in excluded or a is None}
        free = [lift.operand("vectorize", a) for k, a in enumerate(args) if k not in fixed]
        cores = inputs or [()] * len(free)
        if len(cores) != len(free):
            raise errors.BadArgument("vectorize", "args", len(free), f"{len(cores)} arguments, as the signature says,")
        lead = lift.broadcast_shapes(*(x.shape[: x.ndim - len(c)] for x, c in zip(free, cores, strict=True)))
        wide = [lift.broadcast_to(x, (*lead, *x.shape[x.ndim - len(c) :])) for x, c in zip(free, cores, strict=True)]

        def inner(*xs: Any) -> Any:
            rest = iter(xs)
            return pyfunc(*(fixed[k] if k in fixed else next(rest) for k in range(len(args))), **kwargs)

        f = inner
        for _ in lead:
            f = vmap(f)
        return f(*wide)

    return vectorized


def _core_axes(signature: str | None) -> list[tuple[str, ...]]:
    """The names of each argument's core axes."""
    if signature is None:
        return []
    sides = signature.replace(" ", "").split("->")
    if len(sides) != 2:
        raise errors.BadArgument("vectorize", "signature", signature, "A form like '(n),(n)->()'")
    return [tuple(filter(None, part.split(","))) for part in sides[0][1:-1].split("),(")]


# --- indices ---


def unravel_index(indices: ArrayLike, shape: int | Shape) -> tuple[Array, ...]:
    """Indices into the flattened array as one array of indices for each axis.

    >>> rt.numpy.unravel_index(5, (2, 3))
    (Array(1, dtype=int32, weak_type=True), Array(2, dtype=int32, weak_type=True))
    """
    sizes = lift.shape_of("unravel_index", shape)
    places = lift.operand("unravel_index", indices)
    least = 0 if places.dtype in dtypes.UNSIGNED else -math.prod(sizes)
    rest = u.clip(places, least, math.prod(sizes) - 1)
    rest = where(u.less(rest, 0), u.add(rest, math.prod(sizes)), rest)
    out = []
    for n in reversed(sizes):
        out.append(u.remainder(rest, n))
        rest = u.floor_divide(rest, n)
    return tuple(reversed(out))


def ravel_multi_index(
    multi_index: Any, dims: Any, mode: str = "raise", order: str = "C", *, dtype: DTypeLike | None = None
) -> Array:
    """One array of indices for each axis as indices into the flattened array, of this dtype or their own.

    Raises DtypeError for a dtype of no integers, or one in which the last index has no place.

    >>> rt.numpy.ravel_multi_index((rt.numpy.array([0, 1]), rt.numpy.array([2, 0])), (2, 3))
    Array([2, 3], dtype=int32)
    """
    sizes = lift.shape_of("ravel_multi_index", dims)
    places = [lift.operand("ravel_multi_index", i) for i in multi_index]
    if len(places) != len(sizes):
        raise errors.BadArgument("ravel_multi_index", "multi_index", len(places), f"{len(sizes)} arrays")
    checked = []
    for axis, (i, n) in enumerate(zip(places, sizes, strict=True)):
        known = lift.known(i)
        if mode == "raise" and known is not None and known.size and (known.min() < 0 or known.max() >= n):
            raise errors.IndexOutOfBounds(int(known.max()), axis, n, op="ravel_multi_index")
        checked.append(u.remainder(i, n) if mode == "wrap" else u.clip(i, 0, n - 1))
    kind = lift.common("ravel_multi_index", *places)[0].dtype if dtype is None else dtypes.asdtype(dtype)
    if kind not in dtypes.INTS or math.prod(sizes) - 1 > np.iinfo(kind).max:
        raise errors.DtypeError("ravel_multi_index: no integers that count so far", got=f"{kind} for {sizes}",
                                hint="dtype='int64' would work.")  # fmt: skip
    checked = [lift.convert(i, kind) for i in checked]
    out, step = u.like(checked[0], 0), 1
    pairs = list(zip(checked, sizes, strict=True))
    for i, n in pairs if order == "F" else reversed(pairs):
        out, step = u.add(out, u.multiply(i, step)), step * n
    return out


def ix_(*args: ArrayLike) -> tuple[Array, ...]:
    """Vectors shaped so that they index a grid together.

    >>> rt.numpy.arange(9).reshape(3, 3)[rt.numpy.ix_(rt.numpy.array([0, 2]), rt.numpy.array([1, 2]))]
    Array([[1, 2],
           [7, 8]], dtype=int32)
    """
    out = []
    for k, a in enumerate(args):
        x = lift.operand("ix_", a)
        if x.ndim != 1:
            raise errors.ShapeError("ix_: vectors are needed", got=x.aval, hint="x.ravel() makes one.")
        x = take(arange(x.size), np.flatnonzero(lift.concrete(x)).astype(np.int32)) if x.dtype == dtypes.bool_ else x
        x = x if x.size else lift.convert(x, dtypes.int32)
        out.append(arrange.reshape(x, tuple(x.size if j == k else 1 for j in range(len(args)))))
    return tuple(out)


class _Slices:
    """`s_[1:, ::2]`: an index as a value."""

    def __init__(self, maketuple: bool) -> None:
        self.maketuple = maketuple

    def __getitem__(self, item: Any) -> Any:
        return (item,) if self.maketuple and not isinstance(item, tuple) else item


s_, index_exp = _Slices(maketuple=False), _Slices(maketuple=True)


class _Rows:
    """`r_[1:4, 0, x]` joins ranges, numbers and arrays along the first axis; `c_` stands vectors as columns.

    A word in front says it otherwise, as in NumPy: "axis,ndmin,trans1d", "r" or "c".
    """

    def __init__(self, name: str, axis: int, ndmin: int, trans1d: int) -> None:
        self.name, self.plan = name, (axis, ndmin, trans1d)

    def __getitem__(self, key: Any) -> Any:
        parts = list(key) if isinstance(key, tuple) else [key]
        word = parts.pop(0) if parts and isinstance(parts[0], str) else ""
        axis, least, place = self._plan(word)
        out = concatenate([self._part(k, least, place) for k in parts], axis)
        return arrange.expand_dims(out, ("rc".index(word),)) if word in ("r", "c") and out.ndim == 1 else out

    def _plan(self, word: str) -> Sequence[int]:
        """The axis to join along, the least rank, and where the axes of what has a lower rank go."""
        given = [] if word in ("", "r", "c") else word.split(",")[:3]
        if not all(n.strip().lstrip("-").isdecimal() for n in given):
            raise errors.BadArgument(self.name, "key", word, "A word like '0,2' or 'r', in front,")
        return (*map(int, given), *self.plan[len(given) :])

    def _part(self, k: Any, least: int, place: int) -> Any:
        if isinstance(k, str):
            raise errors.BadArgument(self.name, "key", k, "Slices, numbers and arrays after the first word")
        if isinstance(k, slice):
            start, step = 0 if k.start is None else k.start, 1 if k.step is None else k.step
            rank = 0
            x = linspace(start, k.stop, int(abs(step))) if isinstance(step, complex) else arange(start, k.stop, step)
        else:
            x = lift.asarray(k)
            rank = x.ndim
        if x.ndim < least:
            x = arrange.reshape(x, (1,) * (least - x.ndim) + x.shape)
        if place == -1 or rank >= least:
            return x
        shift = least - abs(least + place + 1) % least
        order = [*range(shift, least), *range(shift)]
        return arrange.transpose(x, order)


r_, c_ = _Rows("r_", 0, 1, -1), _Rows("c_", -1, 2, 0)


# --- bits ---


def packbits(a: ArrayLike, axis: int | None = None, bitorder: str = "big") -> Array:
    """Eight bools a byte along an axis.

    >>> rt.numpy.packbits(rt.numpy.array([1, 0, 1]), bitorder="little")
    Array([5], dtype=uint8)
    """
    x = lift.operand("packbits", a)
    if x.dtype not in dtypes.INTS and x.dtype != dtypes.bool_:
        raise errors.DtypeError("packbits: bools or integers are needed", got=x.aval, hint="x != 0 would work.")
    x = u.truth("packbits", x)
    x, k = (ravel(x), 0) if axis is None else (x, lift.axis_of("packbits", axis, x.ndim))
    _check_order("packbits", bitorder)
    rows = moveaxis(x, k, -1)
    rows = arrange.pad(rows, False, [(0, 0, 0)] * (x.ndim - 1) + [(0, -rows.shape[-1] % 8, 0)])
    bits = lift.convert(arrange.reshape(rows, (*rows.shape[:-1], rows.shape[-1] // 8, 8)), dtypes.uint8)
    shift = index_grid(bits.shape, bits.ndim - 1)
    shift = lift.convert(ew.sub(u.like(shift, 7), shift) if bitorder == "big" else shift, dtypes.uint8)
    return moveaxis(folding.reduce_or(ew.shift_left(bits, shift), axes=(bits.ndim - 1,)), -1, k)


def unpackbits(a: ArrayLike, axis: int | None = None, count: int | None = None, bitorder: str = "big") -> Array:
    """The bits of bytes along an axis, each as a byte.

    >>> rt.numpy.unpackbits(rt.numpy.array([5], dtype="uint8"))
    Array([0, 0, 0, 0, 0, 1, 0, 1], dtype=uint8)
    """
    x = lift.operand("unpackbits", a)
    if x.dtype != dtypes.uint8:
        raise errors.DtypeError("unpackbits: bytes are needed", got=x.aval, hint="Convert them: x.astype('uint8').")
    _check_order("unpackbits", bitorder)
    x, k = (ravel(x), 0) if axis is None else (x, lift.axis_of("unpackbits", axis, x.ndim))
    rows = moveaxis(x, k, -1)
    wide = lift.broadcast_to(arrange.reshape(rows, (*rows.shape, 1)), (*rows.shape, 8))
    shift = index_grid(wide.shape, wide.ndim - 1)
    shift = lift.convert(ew.sub(u.like(shift, 7), shift) if bitorder == "big" else shift, dtypes.uint8)
    bits = ew.and_(ew.shift_right_logical(wide, shift), u.like(wide, 1))
    bits = arrange.reshape(bits, (*rows.shape[:-1], rows.shape[-1] * 8))
    if count is not None:
        stop = as_index(count) + (bits.shape[-1] if count < 0 else 0)
        extra = max(0, stop - bits.shape[-1])
        bits = arrange.pad(bits, 0, [(0, 0, 0)] * (bits.ndim - 1) + [(0, extra, 0)])[..., :stop]
    return moveaxis(bits, -1, k)


def _check_order(name: str, bitorder: str) -> None:
    if bitorder not in ("big", "little"):
        raise errors.BadArgument(name, "bitorder", bitorder, "'big' or 'little'")


def frexp(x: ArrayLike, /) -> tuple[Array, Array]:
    """x as m * 2**e with 0.5 ≤ |m| < 1.

    >>> rt.numpy.frexp(rt.numpy.array([8.0, 3.0]))
    (Array([0.5 , 0.75], dtype=float32), Array([4, 2], dtype=int32))
    """
    x = u.floats("frexp", x)
    if x.dtype in dtypes.LOW:
        m, e = frexp(lift.convert(x, dtypes.float32))
        return lift.convert(m, x.dtype), e
    word, bits, mantissa, bias = (
        (dtypes.int32, 8, 23, 126) if x.dtype == dtypes.float32 else (dtypes.int64, 11, 52, 1022)
    )
    # denormals are brought into range first
    scale = mantissa + 1
    tiny = ew.lt(ew.abs(x), u.like(x, float(dtypes.finfo(x.dtype).tiny)))
    y = ew.select(tiny, ew.mul(x, u.like(x, 2.0**scale)), x)
    raw = ew.bitcast(y, dtype=word)
    mask = (1 << bits) - 1
    e = ew.and_(ew.shift_right_logical(raw, u.like(raw, mantissa)), u.like(raw, mask))
    m = ew.bitcast(ew.or_(ew.and_(raw, u.like(raw, ~(mask << mantissa))), u.like(raw, bias << mantissa)), dtype=x.dtype)
    e = ew.sub(ew.sub(e, u.like(e, bias)), ew.select(tiny, u.like(e, scale), u.like(e, 0)))
    plain = ew.or_(ew.eq(x, u.like(x, 0)), ew.not_(ew.is_finite(x)))
    # as a product with a power of 2, so that it has a derivative
    y = ew.select(plain, u.like(x, 1), y)
    m = ew.mul(y, ew.div(m, ew.stop_gradient(y)))
    return ew.select(plain, x, m), lift.convert(ew.select(plain, u.like(e, 0), e), dtypes.int32)


def spacing(x: ArrayLike, /) -> Array:
    """The distance from x to the next float away from 0.

    >>> rt.numpy.spacing(1.0) == 2.0**-23
    Array(True, dtype=bool)
    """
    x = u.floats("spacing", x)
    return ew.sub(ew.nextafter(x, u.copysign(u.like(x, math.inf), x)), x)


# --- texts ---


def array_repr(arr: ArrayLike, max_line_width: Any = None, precision: Any = None, suppress_small: Any = None) -> str:
    """The text that shows an array with its dtype.

    >>> rt.numpy.array_repr(rt.numpy.array([1, 2]))
    'Array([1, 2], dtype=int32)'
    """
    for name, value in (("precision", precision), ("max_line_width", max_line_width)):
        if value is not None and not isinstance(value, int | np.integer):
            raise errors.BadType("array_repr", name, value, "None or a number")
    options = {"precision": precision, "suppress": suppress_small, "linewidth": max_line_width}
    with np.printoptions(**{name: value for name, value in options.items() if value is not None}):
        return repr(lift.asarray(arr))


def array_str(a: ArrayLike, max_line_width: Any = None, precision: Any = None, suppress_small: Any = None) -> str:
    """The text that shows an array's values.

    >>> rt.numpy.array_str(rt.numpy.array([1, 2]))
    '[1 2]'
    """
    return np.array_str(lift.concrete(a), max_line_width, precision, suppress_small)


# --- sets with names ---


class UniqueAll(NamedTuple):
    """What unique_all gives."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCounts(NamedTuple):
    """What unique_counts gives."""

    values: Any
    counts: Any


class UniqueInverse(NamedTuple):
    """What unique_inverse gives."""

    values: Any
    inverse_indices: Any


def unique_all(x: ArrayLike, /, *, size: int | None = None, fill_value: ArrayLike | None = None) -> UniqueAll:
    """The different elements, where each first is, which each element is, and how often each occurs.

    >>> rt.numpy.unique_all(rt.numpy.array([3, 1, 3])).counts
    Array([1, 2], dtype=int32)
    """
    return UniqueAll(*unique(x, True, True, True, equal_nan=False, size=size, fill_value=fill_value))


def unique_counts(x: ArrayLike, /, *, size: int | None = None, fill_value: ArrayLike | None = None) -> UniqueCounts:
    """The different elements and how often each occurs.

    >>> rt.numpy.unique_counts(rt.numpy.array([3, 1, 3]))
    UniqueCounts(values=Array([1, 3], dtype=int32), counts=Array([1, 2], dtype=int32))
    """
    return UniqueCounts(*unique(x, return_counts=True, equal_nan=False, size=size, fill_value=fill_value))


def unique_inverse(x: ArrayLike, /, *, size: int | None = None, fill_value: ArrayLike | None = None) -> UniqueInverse:
    """The different elements and which of them each element is.

    >>> rt.numpy.unique_inverse(rt.numpy.array([3, 1, 3]))
    UniqueInverse(values=Array([1, 3], dtype=int32), inverse_indices=Array([1, 0, 1], dtype=int32))
    """
    return UniqueInverse(*unique(x, return_inverse=True, equal_nan=False, size=size, fill_value=fill_value))
