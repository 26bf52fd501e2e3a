"""Values into operands: what counts as an array, which type operands share, how their shapes grow together.

Primitives take operands of equal dtype and shape; everything that users may write is made so here.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import index as as_index
from typing import TYPE_CHECKING, Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core import exchange
from rustorch_fn.core.array import Array, Form, form, register_method, register_operator
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import EVAL, Tracer, context, current
from rustorch_fn.lax import elementwise, shaping

if TYPE_CHECKING:
    # tracers are arrays to whoever reads types, as isinstance says
    Value = Array
else:
    from rustorch_fn.core.array import Value

__all__ = [
    "Array",
    "Aval",
    "Tracer",
    "Value",
    "array_over",
    "asarray",
    "axes_of",
    "axis_of",
    "broadcast_shapes",
    "broadcast_to",
    "checks_keys",
    "common",
    "concrete",
    "constant",
    "convert",
    "eager",
    "exchange",
    "full",
    "is_arraylike",
    "is_traced",
    "kind",
    "known",
    "made",
    "operand",
    "register_method",
    "register_operator",
    "roles",
    "shape_of",
    "shape_of_value",
    "size_of",
    "spread",
    "stored",
    "to",
    "together",
]

WIDE = dtypes.WIDE
_PYTHON: dict[type, tuple[Any, bool]] = {
    bool: (dtypes.bool_, False),
    int: (dtypes.int32, True),
    float: (dtypes.float32, True),
    complex: (dtypes.complex64, True),
}
_NUMBERS = "A number or an array"
MOST = 1 << 60  # NumPy counts bytes in 63 bits


# --- what a value is ---


def kind(op: str, x: Any, wide: bool = False) -> tuple[Any, bool]:
    """The dtype of an operand and whether it is weak; NumPy's 64 bits count only where `wide`."""
    if isinstance(x, Value):
        aval = x.aval
        return aval.dtype, aval.weak_type
    known = _PYTHON.get(type(x))
    if known is not None:
        return known
    if isinstance(x, np.ndarray | np.generic):
        dtype = dtypes.asdtype(x.dtype)
        return dtype if wide else dtypes.narrow(dtype), False
    for python in (bool, int, float, complex):
        if isinstance(x, python):
            return _PYTHON[python]
    if is_arraylike(x):
        return kind(op, np.asarray(x), wide)
    raise errors.BadType(op, "an operand", x, f"{_NUMBERS} (rt.numpy.asarray makes one from a list)")


def is_arraylike(x: Any) -> bool:
    """Whether operators and functions take x as an operand: numbers and arrays, not lists."""
    return isinstance(x, Value | numbers.Complex | np.ndarray | np.generic) or hasattr(x, "__array__")


def is_traced(x: Any) -> bool:
    """Whether the value of x is not known yet."""
    return isinstance(x, Tracer)


def known(x: Any) -> np.ndarray | None:
    """The elements of x where they are known now; else None."""
    if isinstance(x, Tracer):
        return None
    return x.view if isinstance(x, Array) else np.asarray(x)


def checks_keys() -> bool:
    """Whether keys that are used twice are looked for here."""
    return context().settings.check_keys


def concrete(x: Any, kind: str = "array") -> np.ndarray:
    """The elements of x, or the error that says why they are not known."""
    return x.concrete(kind) if isinstance(x, Value) else np.asarray(x)


# --- host values to arrays ---


@lru_cache(256)
def _scalar_form(dtype: Any, weak: bool) -> Form:
    return form(Aval((), dtype, weak))


_WEAK_FLOAT = _scalar_form(dtypes.float32, True)


def constant(x: Any, dtype: Any, weak: bool = False) -> Array:
    """A Python or NumPy value as an Array of this dtype: a copy. Integers that do not fit raise."""
    if dtype in dtypes.INTS and not (type(x) is int and -32768 <= x < 32768 and dtype in _SIMPLE):
        _check_fits(x, dtype)
    view = np.array(x, dtypes.physical(dtype), order="C")
    return Array.of(view, _scalar_form(dtype, weak) if not view.shape else form(Aval(view.shape, dtype, weak)))


def array_over(view: np.ndarray) -> Array:
    """An Array over NumPy's memory, which nobody will write to."""
    return Array.of(view, form(Aval(view.shape, dtypes.asdtype(view.dtype))))


@lru_cache(32)
def _range(dtype: Any) -> tuple[int, int]:
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)


def _check_fits(x: Any, dtype: Any) -> None:
    """Raise where an integer of x lies outside the dtype."""
    low, high = _range(dtype)
    if isinstance(x, int):
        least = most = x
    else:
        view = np.asarray(x)
        if view.dtype.kind not in "iu" or not view.size or np.can_cast(view.dtype, dtype):
            return
        least, most = int(view.min()), int(view.max())
    if least < low or most > high:
        value = least if least < low else most
        wider = (dtypes.int16, dtypes.int32, dtypes.int64, dtypes.uint64)
        works = next((d for d in wider if _range(d)[0] <= value <= _range(d)[1]), dtypes.float64)
        raise errors.OverflowingLiteral(value, dtype, works)


def asarray(x: Any, dtype: Any = None, weak: bool | None = None) -> Array:
    """x as an Array or Tracer by JAX's rules; a dtype that is given is honoured, 64 bits too."""
    if dtype is None and weak is None:  # what jit and eager calls meet most, first
        if type(x) is float:
            return Array.of(np.array(x, dtypes.float32), _WEAK_FLOAT)
        if type(x) is np.ndarray and x.dtype in dtypes.FLOATS:
            return constant(x, dtypes.narrow(x.dtype))
    if dtype is not None:
        dtype = dtypes.asdtype(dtype)
    if isinstance(x, Value):
        return x if dtype is None else convert(x, dtype, False)
    if isinstance(x, list | tuple):
        return _nested(x, dtype)
    if hasattr(x, "__dlpack__") and not isinstance(x, np.ndarray | np.generic):
        x = _shown(x)
    if dtype is not None:
        if not is_arraylike(x) and not isinstance(x, numbers.Number | memoryview | bytearray):
            x = _sequence(x)
        return constant(_cast(np.asarray(x), dtype) if not isinstance(x, int) or dtype not in dtypes.INTS else x, dtype)
    if not is_arraylike(x):
        x = _sequence(x)
    dtype, implied = kind("asarray", x)
    return constant(x, dtype, implied if weak is None else weak)


def _cast(view: np.ndarray, dtype: Any) -> np.ndarray:
    """The values in a dtype that was asked for: floats go to integers as in `astype`, integers have to fit."""
    if dtype in dtypes.INTS and view.dtype.kind in "iu":
        return view
    if view.dtype.kind == "c" and dtype != dtypes.bool_ and dtype not in dtypes.COMPLEX:
        raise errors.DtypeError("asarray: complex values have no real dtype", got=view.dtype, hint="Take .real first.")
    with np.errstate(all="ignore"):
        return view.astype(dtypes.physical(dtype))


def _shown(x: Any) -> Any:
    """Another library's array as NumPy sees it; itself where it is not shared so, but perhaps copied."""
    try:
        return exchange.take(x)
    except (BufferError, RuntimeError, TypeError):
        return x


def _sequence(x: Any) -> np.ndarray:
    """The elements of something else that NumPy understands: memory views, ranges, arrays of other libraries."""
    view = np.asarray(x)
    if view.dtype.kind not in "biufcV" or view.dtype not in dtypes.SHORT:
        raise errors.BadType("asarray", "x", x, f"{_NUMBERS}, or nested lists of them,")
    return view


def _nested(x: Any, dtype: Any) -> Array:
    """Nested lists of numbers and arrays: the leaves' common dtype, stacked."""
    leaves = list(_leaves(x))
    traced = any(isinstance(leaf, Value) for leaf in leaves)
    if not leaves:
        return constant(np.asarray(x, float), dtype or dtypes.float32)
    if dtype is None:
        wide = any(isinstance(leaf, Value) and leaf.dtype in WIDE for leaf in leaves)
        dtype, _ = dtypes.promote(*{kind("asarray", leaf, wide) for leaf in leaves})
    if not traced:
        return constant(_ragged_checked(x, dtype), dtype)
    return _stacked(x, dtype)


def _leaves(x: Any) -> Iterable[Any]:
    for item in x:
        if isinstance(item, list | tuple):
            yield from _leaves(item)
        else:
            yield item


def _lengths(x: Any) -> str:
    """Of what lengths the items of a list are."""
    sizes = {len(item) if isinstance(item, list | tuple) else "no" for item in x}
    return f"items of {' and '.join(map(str, sorted(sizes, key=str)))} elements"


def _ragged_checked(x: Any, dtype: Any) -> np.ndarray:
    try:
        view = np.asarray(x)
    except (ValueError, OverflowError):
        got = f"{type(x).__name__} with {_lengths(x)}"
        raise errors.ShapeError("asarray: nested lists of different lengths", got=got,
                                hint="All rows of a level need one length.") from None  # fmt: skip
    if view.dtype == object:
        least = min(_leaves(x))
        _check_fits(least if least < 0 else max(_leaves(x)), dtype)
    return view if view.dtype.kind in "iu" and dtype in dtypes.INTS else _cast(view, dtype)


def _stacked(x: Any, dtype: Any) -> Array:
    rows = [_stacked(item, dtype) if isinstance(item, list | tuple) else asarray(item, dtype) for item in x]
    shapes = {row.shape for row in rows}
    if len(shapes) > 1:
        raise errors.ShapeError("asarray: rows of different shapes", got=", ".join(map(str, sorted(shapes))))
    return shaping.concat(*(shaping.reshape(row, shape=(1, *row.shape)) for row in rows), axis=0)


# --- operands of one op ---


def operand(op: str, x: Any) -> Array:
    """One operand as an Array or Tracer; lists are refused, as in JAX."""
    if isinstance(x, Value):
        return x
    dtype, weak = kind(op, x)
    return constant(x, dtype, weak)


def convert(x: Any, dtype: Any, weak: bool = False) -> Array:
    """x in this dtype; x itself where nothing changes."""
    if x.aval.dtype == dtype and x.aval.weak_type == weak:
        return x
    if (x.aval.dtype is dtypes.key) != (dtype is dtypes.key):
        raise errors.DtypeError("astype: random keys have no numbers in them", got=f"{x.aval} to {dtype}",
                                hint="rt.random.key_data(key) gives a key's words.")  # fmt: skip
    return elementwise.convert(x, dtype=dtype, weak_type=weak)


def common(op: str, *xs: Any, floating: bool = False) -> list[Array]:
    """The operands in their common dtype; `floating` turns integers and bools into floats."""
    wide = any(isinstance(x, Value) and x.aval.dtype in WIDE for x in xs)
    dtype, weak = dtypes.promote(*[kind(op, x, wide) for x in xs])
    if floating and dtype not in dtypes.INEXACT:
        if dtype is dtypes.key:
            raise errors.DtypeError(f"{op}: random keys have no numbers in them", got="key<fry>")
        dtype = dtypes.float32
    return [to(x, dtype, weak) for x in xs]


def of_one_type(op: str, *xs: Any) -> list[Array]:
    """The operands, which have to be of one dtype; Python's numbers and weak types take the others'."""
    values = common(op, *xs)
    dtype = values[0].aval.dtype
    if any(not weak and given != dtype for given, weak in (kind(op, x, dtype in WIDE) for x in xs)):
        got = " · ".join(repr(x.aval if isinstance(x, Value) else x) for x in xs)
        hint = "Convert one of them; rt.numpy's functions do so by themselves."
        raise errors.DtypeError(f"{op}: the operands' types differ", got=got, hint=hint)
    return values


def to(x: Any, dtype: Any, weak: bool) -> Array:
    """An operand in a dtype that promotion chose."""
    if isinstance(x, Value):
        # a weak operand beside a strong one of the same dtype needs no step: ops are weak only if all operands are
        return x if x.aval.dtype == dtype else convert(x, dtype, weak)
    if isinstance(x, np.ndarray | np.generic) or not isinstance(x, numbers.Complex):
        return constant(_cast(np.asarray(x), dtype), dtype, weak)
    if isinstance(x, complex) and dtype not in dtypes.COMPLEX:
        x = _cast(np.asarray(x), dtype)
    return constant(x, dtype, weak)


def together(op: str, *xs: Any, floating: bool = False) -> list[Array]:
    """The operands in their common dtype and shape."""
    first = xs[0]
    if isinstance(first, Value):
        aval = first.aval
        if not floating or aval.dtype in dtypes.INEXACT:
            if all(isinstance(x, Value) and x.aval.dtype == aval.dtype and x.aval.shape == aval.shape for x in xs):
                return list(xs)
            if len(xs) == 2 and type(first) is Array and current() is EVAL:
                second = _beside(first, xs[1])
                if second is not None:
                    return [first, second]
    elif len(xs) == 2 and type(xs[1]) is Array and current() is EVAL:
        second = xs[1]
        before = _beside(second, first) if not floating or second.form.aval.dtype in dtypes.INEXACT else None
        if before is not None:
            return [before, second]
    return spread(op, *common(op, *xs, floating=floating))


def _beside(x: Array, y: Any) -> Array | None:
    """A Python float (or an int beside an integer or float) as an Array just like x; None where it is not so simple."""
    dtype = x.form.aval.dtype
    small = type(y) is int and dtype in _SIMPLE and -32768 <= y < 32768
    if not small and not (type(y) is float and dtype in dtypes.FLOATS):
        return None
    value = np.array(y, dtype)
    shape = x.form.aval.shape
    return Array.of(repeated(value, shape) if shape else value, x.form)


# types that hold every integer of 16 bits
_SIMPLE = frozenset((dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64))


def repeated(value: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A scalar at every place of a shape: written out where that is short, else one element with strides of 0."""
    if math.prod(shape) <= 64:
        out = np.empty(shape, value.dtype)
        out.fill(value[()])
        return out
    return np.ndarray(shape, value.dtype, value, 0, (0,) * len(shape))


def eager(*xs: Any) -> bool:
    """Whether these are plain Arrays outside of every transform, so that NumPy may do the work."""
    return current() is EVAL and all(type(x) is Array for x in xs)


def made(view: np.ndarray, like: Array) -> Array:
    """An Array of NumPy's result, typed like another; a small view of much memory is copied."""
    view = np.asarray(view)
    if view.base is not None and view.nbytes * 8 < like.form.aval.nbytes:
        view = view.copy()
    aval = like.form.aval
    return Array.of(view, form(Aval(view.shape, aval.dtype, aval.weak_type)))


def spread(op: str, *xs: Any) -> list[Array]:
    """The operands broadcast to their common shape."""
    shapes = [x.aval.shape for x in xs]
    if all(s == shapes[0] for s in shapes):
        return list(xs)
    shape = broadcast_shapes(*shapes, op=op, shown=xs)
    return [broadcast_to(x, shape) for x in xs]


# --- shapes ---


def broadcast_shapes(*shapes: Any, op: str = "broadcast_shapes", shown: Sequence[Any] = ()) -> tuple[int, ...]:
    """The shape that NumPy's broadcasting gives.

    >>> rt.numpy.broadcast_shapes((3, 1), (4,))
    (3, 4)
    """
    rank = max((len(s) for s in shapes), default=0)
    out = []
    for axis in range(-rank, 0):
        sizes = {s[axis] for s in shapes if len(s) >= -axis} - {1}
        if len(sizes) > 1:
            got = " · ".join(map(repr, (x.aval for x in shown))) if shown else ", ".join(map(str, shapes))
            a, b = sorted(sizes)[:2]
            hint = f"Axis {axis} has sizes {a} and {b}: sizes have to be equal or 1, counted from the last axis."
            raise errors.ShapeError(f"{op}: shapes do not broadcast", got=got, hint=hint)
        out.append(sizes.pop() if sizes else 1)
    return tuple(out)


def broadcast_to(x: Any, shape: tuple[int, ...]) -> Array:
    """x repeated to this shape by NumPy's rules."""
    have = x.aval.shape
    if have == shape:
        return x
    lead = len(shape) - len(have)
    dims = [lead + k for k in range(len(have))]
    if lead < 0 or any(n not in (1, shape[d]) for n, d in zip(have, dims, strict=True)):
        raise errors.ShapeError("broadcast_to: the shape does not fit", got=f"{x.aval!r} to {shape}",
                                hint="Each axis keeps its size or grows from 1.")  # fmt: skip
    if type(x) is Array and current() is EVAL:
        view = np.broadcast_to(x.view, shape) if have else repeated(x.view, shape)
        return Array.of(view, form(Aval(shape, x.form.aval.dtype, x.form.aval.weak_type)))
    if 1 in have:
        kept = [k for k, d in enumerate(dims) if have[k] != 1 or shape[d] == 1]
        if len(kept) < len(have):
            x, dims = shaping.reshape(x, shape=tuple(have[k] for k in kept)), [dims[k] for k in kept]
    return shaping.broadcast(x, shape=shape, dims=tuple(dims))


def full(shape: tuple[int, ...], value: Any, dtype: Any, weak: bool = False) -> Array:
    """An array of one value everywhere."""
    x = to(value, dtype, weak) if isinstance(value, Value) else constant(_cast_scalar(value, dtype), dtype, weak)
    if isinstance(value, Value) and x.aval.weak_type != weak:
        x = convert(x, dtype, weak)
    if type(x) is Array and not x.shape and shape and current() is EVAL:
        return Array.of(repeated(x.view, shape), form(Aval(shape, dtype, weak)))
    return broadcast_to(x, shape)


def stored(x: Any) -> Array:
    """x with memory of its own where it only repeats one element: arrays that users keep are read many times."""
    if type(x) is Array and x.form.aval.shape and not x.view.flags.c_contiguous:
        return Array.of(np.ascontiguousarray(x.view), x.form)
    return x


def _cast_scalar(value: Any, dtype: Any) -> Any:
    if isinstance(value, int) and dtype in dtypes.INTS:
        return value
    return _cast(np.asarray(value), dtype)


def shape_of(op: str, shape: Any) -> tuple[int, ...]:
    """A shape argument as a tuple of ints."""
    if isinstance(shape, list | tuple | np.ndarray) or (isinstance(shape, Value) and shape.ndim == 1):
        sizes = shape if not isinstance(shape, Value) else shape.concrete("array")
    elif hasattr(shape, "__index__"):
        sizes = (shape,)
    else:
        raise errors.BadType(op, "shape", shape, "An int or a tuple of ints")
    try:
        out = tuple(as_index(n) for n in sizes)
    except errors.ConcretizationError:
        raise
    except TypeError:
        raise errors.BadType(op, "shape", shape, "An int or a tuple of ints") from None
    if any(n < 0 for n in out):
        raise errors.BadArgument(op, "shape", shape, "Sizes of at least 0")
    if math.prod(n or 1 for n in out) >= MOST:
        raise errors.OutOfMemory(math.prod(out), op=op)
    return out


def axis_of(op: str, axis: Any, ndim: int) -> int:
    """An axis counted from the front."""
    try:
        k = as_index(axis)
    except errors.ConcretizationError:
        raise
    except TypeError:
        raise errors.BadType(op, "axis", axis, "An int") from None
    if not -ndim <= k < ndim:
        raise errors.AxisError.out_of_range(op, k, ndim)
    return k % ndim


def axes_of(op: str, axis: Any, ndim: int) -> tuple[int, ...]:
    """An axis argument as a sorted tuple: None is all of them."""
    if axis is None:
        return tuple(range(ndim))
    if isinstance(axis, list | tuple):
        axes = tuple(sorted(axis_of(op, a, ndim) for a in axis))
        if len(set(axes)) < len(axes):
            raise errors.AxisError(f"{op}: an axis is named twice", got=axis, hint="Name each axis once.")
        return axes
    return (axis_of(op, axis, ndim),)


def shape_of_value(x: Any) -> tuple[int, ...]:
    """The shape of anything that can be an operand."""
    return x.aval.shape if isinstance(x, Value) else np.shape(x)


def size_of(shape: Sequence[int]) -> int:
    """The number of elements of a shape."""
    return math.prod(shape)


roles.asarray = asarray
