"""Samplers: the same draws as jax.random for the same key, shape and dtype."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.random.keys import block, checked, counters, split
from rustorch_fn.transform.jit import jit

Shape = Sequence[int]


def compiled(*static: str) -> Callable[[Callable[..., Any]], Any]:
    """One program for each shape and dtype: a sampler's many small steps run as one kernel."""
    return lambda f: jit(f, static_argnames=static)


def _shape(what: str, shape: Any) -> tuple[int, ...]:
    out = (shape,) if isinstance(shape, int) else tuple(int(n) for n in shape)
    if any(n < 0 for n in out):
        raise errors.BadArgument(what, "shape", shape, "Sizes that are not negative")
    return out


def _float(what: str, dtype: Any) -> Any:
    dtype = dtypes.asdtype(dtype)
    if dtype not in dtypes.FLOATS:
        raise errors.BadArgument(what, "dtype", str(dtype), "A floating type")
    return dtype


def _limits(dtype: Any) -> Any:
    return rnp.finfo(dtype)


# --- bits and integers ---


@compiled("shape", "dtype")
def _bits(key: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    high, low = counters(shape)
    if dtype == dtypes.uint64:
        first, second = (lax.convert_element_type(w, dtypes.uint64) for w in block(key, high, low, 0, 1))
        return lax.bitwise_or(lax.shift_left(first, rnp.full(shape, 32, dtypes.uint64)), second)
    (word,) = block(key, high, low, 2)
    return lax.convert_element_type(word, dtype)


def bits(key: Any, shape: Shape = (), dtype: Any = None) -> Any:
    """Uniform random bits of an unsigned type (uint32 by default)."""
    key, _ = checked("bits", key)
    dtype = dtypes.asdtype(dtype or dtypes.uint32)
    if dtype not in dtypes.UNSIGNED:
        raise errors.BadArgument("bits", "dtype", str(dtype), "An unsigned integer type")
    return _bits(key, shape=_shape("bits", shape), dtype=dtype)


@compiled("shape", "dtype")
def _randint(key: Any, minval: Any, maxval: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    info = rnp.iinfo(dtype)
    beyond = _beyond(maxval, dtype)
    minval, maxval = (rnp.broadcast_to(_clamped(v, dtype), shape) for v in (minval, maxval))
    first, second = (split(key)[k] for k in (0, 1))
    unsigned = dtypes.asdtype(f"uint{info.bits}")
    higher, lower = _bits(first, shape=shape, dtype=unsigned), _bits(second, shape=shape, dtype=unsigned)
    span = lax.convert_element_type(maxval - minval, unsigned)
    one = rnp.ones(shape, unsigned)
    span = rnp.where(maxval <= minval, one, span)
    span = rnp.where(rnp.logical_and(rnp.broadcast_to(beyond, shape), maxval > minval), span + one, span)
    multiplier = lax.rem(rnp.full(shape, 2 ** (info.bits // 2), unsigned), span)
    multiplier = lax.rem(multiplier * multiplier, span)
    offset = lax.rem(lax.rem(higher, span) * multiplier + lax.rem(lower, span), span)
    return minval + lax.convert_element_type(offset, dtype)


def _beyond(value: Any, dtype: Any) -> Any:
    """Whether a bound lies above the type, so that the greatest value may be drawn."""
    limit = int(np.iinfo(np.dtype(dtype)).max)
    wide = value.dtype
    if int(np.iinfo(wide).max) <= limit:
        return rnp.asarray(False)
    return value > rnp.asarray(limit, wide)


def _clamped(value: Any, dtype: Any) -> Any:
    info, wide = np.iinfo(np.dtype(dtype)), np.iinfo(value.dtype)
    low, high = max(int(info.min), int(wide.min)), min(int(info.max), int(wide.max))
    return lax.convert_element_type(rnp.clip(value, rnp.asarray(low, value.dtype), rnp.asarray(high, value.dtype)), dtype)


def randint(key: Any, shape: Shape, minval: Any, maxval: Any, dtype: Any = int) -> Any:
    """Integers from minval to below maxval (where maxval <= minval: minval)."""
    key, _ = checked("randint", key)
    dtype = dtypes.asdtype(dtype)
    if dtype not in dtypes.INTS:
        raise errors.BadArgument("randint", "dtype", str(dtype), "An integer type")
    low, high = (_integer(v) for v in (minval, maxval))
    shape = _broadcast("randint", shape, low, high)
    return _randint(key, low, high, shape=shape, dtype=dtype)


def _integer(value: Any) -> Any:
    """A bound in the narrowest of int32, int64 and uint64 that holds it."""
    if isinstance(value, int):
        fits = next((d for d in (dtypes.int32, dtypes.int64, dtypes.uint64) if _holds(d, value)), None)
        if fits is None:
            raise errors.OverflowingLiteral(value, "uint64")
        return rnp.asarray(np.asarray(value, fits), dtype=fits)
    value = rnp.asarray(value)
    if value.dtype not in dtypes.INTS:
        raise errors.BadArgument("randint", "minval and maxval", value.aval, "Integers")
    return value


def _holds(dtype: Any, value: int) -> bool:
    info = np.iinfo(dtype)
    return int(info.min) <= value <= int(info.max)


def _broadcast(what: str, shape: Any, *values: Any) -> tuple[int, ...]:
    """The result's shape, which parameters must broadcast to."""
    own = rnp.broadcast_shapes(*(v.shape for v in values))
    if shape is None:
        return own
    shape = _shape(what, shape)
    if rnp.broadcast_shapes(shape, own) != shape:
        raise errors.ShapeError(f"{what}: the parameters do not broadcast to shape", got=f"{own} and {shape}")
    return shape


# --- floats ---


@compiled("shape", "dtype")
def _uniform(key: Any, minval: Any, maxval: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    mantissa, width = _limits(dtype).nmant, dtype.itemsize * 8
    drawn = 8 if mantissa < 8 else width
    unsigned = dtypes.asdtype(f"uint{width}")
    word = _bits(key, shape=shape, dtype=dtypes.asdtype(f"uint{drawn}"))
    word = lax.convert_element_type(word, unsigned)
    shift = rnp.full(shape, drawn - mantissa, unsigned)
    one = rnp.full(shape, int(np.asarray(1, dtype).view(unsigned)), unsigned)
    unit = lax.bitcast_convert_type(lax.bitwise_or(lax.shift_right_logical(word, shift), one), dtype)
    unit = unit - rnp.ones(shape, dtype)
    low, high = (rnp.broadcast_to(lax.convert_element_type(v, dtype), shape) for v in (minval, maxval))
    return lax.max(low, lax.fma(unit, high - low, low))


def uniform(key: Any, shape: Shape = (), dtype: Any = float, minval: Any = 0.0, maxval: Any = 1.0) -> Any:
    """Evenly from minval to below maxval.

    >>> from rustorch_fn import random
    >>> float(random.uniform(random.key(0))) < 1
    True
    """
    key, _ = checked("uniform", key)
    dtype = _float("uniform", dtype)
    low, high = rnp.asarray(minval, dtype), rnp.asarray(maxval, dtype)
    return _uniform(key, low, high, shape=_broadcast("uniform", shape, low, high), dtype=dtype)


@compiled("shape", "dtype")
def _normal(key: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    low = np.nextafter(np.asarray(-1, dtype), np.asarray(0, dtype), dtype=dtype)
    u = _uniform(key, rnp.asarray(low, dtype), rnp.asarray(1, dtype), shape=shape, dtype=dtype)
    return rnp.full(shape, np.sqrt(2), dtype) * lax.erf_inv(u)


def normal(key: Any, shape: Shape = (), dtype: Any = float) -> Any:
    """The standard normal distribution, by the inverse of erf."""
    key, _ = checked("normal", key)
    return _normal(key, shape=_shape("normal", shape), dtype=_float("normal", dtype))


@compiled("shape", "dtype")
def _truncated(key: Any, lower: Any, upper: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    root = rnp.asarray(np.sqrt(2), dtype)
    a, b = lax.erf(lower / root), lax.erf(upper / root)
    u = _uniform(key, a, b, shape=shape, dtype=dtype)
    out = root * lax.erf_inv(u)
    inf = rnp.asarray(np.inf, dtype)
    first = lax.nextafter(lax.stop_gradient(lower), rnp.broadcast_to(inf, lower.shape))
    last = lax.nextafter(lax.stop_gradient(upper), rnp.broadcast_to(-inf, upper.shape))
    return rnp.clip(out, first, last)


def truncated_normal(key: Any, lower: Any, upper: Any, shape: Any = None, dtype: Any = float) -> Any:
    """The standard normal distribution between two bounds."""
    key, _ = checked("truncated_normal", key)
    dtype = _float("truncated_normal", dtype)
    lower, upper = rnp.asarray(lower, dtype), rnp.asarray(upper, dtype)
    shape = _broadcast("truncated_normal", shape, lower, upper)
    return _truncated(key, lower, upper, shape=shape, dtype=dtype)


@compiled("shape")
def _bernoulli(key: Any, p: Any, shape: tuple[int, ...]) -> Any:
    zero, one = rnp.asarray(0, p.dtype), rnp.asarray(1, p.dtype)
    return _uniform(key, zero, one, shape=shape, dtype=p.dtype) < rnp.broadcast_to(p, shape)


def bernoulli(key: Any, p: Any = 0.5, shape: Any = None) -> Any:
    """True with probability p."""
    key, _ = checked("bernoulli", key)
    p = rnp.asarray(p)
    if p.dtype not in dtypes.FLOATS:
        raise errors.BadArgument("bernoulli", "p", p.aval, "Probabilities of a floating type")
    p = lax.convert_element_type(p, p.dtype)
    return _bernoulli(key, p, shape=_broadcast("bernoulli", shape, p))


def rademacher(key: Any, shape: Shape = (), dtype: Any = int) -> Any:
    """-1 or 1, evenly."""
    drawn = bernoulli(key, rnp.asarray(0.5, dtypes.float32), _shape("rademacher", shape))
    dtype = dtypes.asdtype(dtype)
    return 2 * drawn.astype(dtype) - rnp.ones((), dtype)


@compiled("shape", "dtype", "kind")
def _by_uniform(key: Any, shape: tuple[int, ...], dtype: Any, kind: str) -> Any:
    info = _limits(dtype)
    low = {"exponential": 0.0, "laplace": float(info.eps) - 1.0}.get(kind, float(info.tiny))
    one = rnp.asarray(1, dtype)
    u = _uniform(key, rnp.asarray(low, dtype), one, shape=shape, dtype=dtype)
    match kind:
        case "exponential":
            return -lax.log1p(-u)
        case "laplace":
            return lax.sign(u) * lax.log1p(-lax.abs(u))
        case "logistic":
            return lax.log(u / (one - u))
    return -lax.log(-lax.log(u))


def _simple(kind: str, doc: str) -> Callable[..., Any]:
    def sample(key: Any, shape: Shape = (), dtype: Any = float) -> Any:
        key, _ = checked(kind, key)
        return _by_uniform(key, shape=_shape(kind, shape), dtype=_float(kind, dtype), kind=kind)

    sample.__name__ = sample.__qualname__ = kind
    sample.__doc__ = doc
    return sample


exponential = _simple("exponential", "The exponential distribution of rate 1.")
laplace = _simple("laplace", "The Laplace distribution of location 0 and scale 1.")
logistic = _simple("logistic", "The logistic distribution of location 0 and scale 1.")
gumbel = _simple("gumbel", "The Gumbel distribution of location 0 and scale 1.")


def cauchy(key: Any, shape: Shape = (), dtype: Any = float) -> Any:
    """The Cauchy distribution of location 0 and scale 1."""
    key, _ = checked("cauchy", key)
    dtype = _float("cauchy", dtype)
    eps = float(_limits(dtype).eps)
    u = uniform(key, _shape("cauchy", shape), dtype, eps, 1.0)
    pi = rnp.asarray(np.pi, dtype)
    return lax.tan(pi * (u - rnp.asarray(0.5, dtype)))


# --- choices ---


def categorical(key: Any, logits: Any, axis: int = -1, shape: Any = None, replace: bool = True) -> Any:
    """Indices along an axis, with probabilities softmax(logits), by the Gumbel trick."""
    key, _ = checked("categorical", key)
    logits = rnp.asarray(logits)
    if axis >= 0:
        axis -= logits.ndim
    count = logits.shape[axis]
    batch = tuple(np.delete(logits.shape, axis).tolist())
    shape = batch if shape is None else _shape("categorical", shape)
    lead = shape[: len(shape) - len(batch)]
    if rnp.broadcast_shapes(shape, batch) != shape:
        raise errors.ShapeError("categorical: shape does not fit the logits", got=f"{shape} for {batch}")
    if replace:
        inner = list(shape[len(shape) - len(batch) :])
        inner.insert(axis % logits.ndim, count)
        noise = gumbel(key, (*lead, *inner), logits.dtype)
        return rnp.argmax(noise + rnp.expand_dims(logits, tuple(range(len(lead)))), axis=axis)
    draws = math.prod(lead)
    if draws > count:
        raise errors.BadArgument("categorical", "shape", shape, f"At most {count} draws without replacement")
    noisy = logits + gumbel(key, logits.shape, logits.dtype)
    _, indices = lax.top_k(rnp.moveaxis(noisy, axis, -1), draws)
    return lax.reshape(rnp.moveaxis(indices, -1, 0), shape)


def _shuffle(key: Any, x: Any, axis: int) -> Any:
    """Sort by random keys, often enough that ties do not matter."""
    rounds = math.ceil(3 * math.log(max(1, x.size)) / math.log(np.iinfo(np.uint32).max))
    for _ in range(rounds):
        key, sub = (split(key)[k] for k in (0, 1))
        _, x = lax.sort_key_val(_bits(sub, shape=x.shape, dtype=dtypes.uint32), x, axis)
    return x


@functools.partial(jit, static_argnames=("axis", "independent"))
def _permuted(key: Any, x: Any, axis: int, independent: bool) -> Any:
    if independent or x.ndim == 1:
        return _shuffle(key, x, axis)
    return rnp.take(x, _shuffle(key, rnp.arange(x.shape[axis]), 0), axis)


@functools.partial(jit, static_argnames=("count",))
def _permutation(key: Any, count: int) -> Any:
    return _shuffle(key, rnp.arange(count), 0)


def permutation(key: Any, x: Any, axis: int = 0, independent: bool = False) -> Any:
    """A random order: of range(x) if x is an int, else of x's slices along an axis."""
    key, _ = checked("permutation", key)
    if isinstance(x, int):
        return _permutation(key, count=x)
    x = rnp.asarray(x)
    if not x.ndim:
        return _permutation(key, count=int(x))
    if not -x.ndim <= axis < x.ndim:
        raise errors.AxisError.out_of_range("permutation", axis, x.ndim)
    return _permuted(key, x, axis=axis % x.ndim, independent=independent)


def choice(key: Any, a: Any, shape: Shape = (), replace: bool = True, p: Any = None, axis: int = 0) -> Any:
    """Random elements of range(a) or of a's slices along an axis, with probabilities p if given."""
    key, _ = checked("choice", key)
    shape = _shape("choice", shape)
    draws = math.prod(shape)
    a = rnp.asarray(a) if not isinstance(a, int) else a
    count = a if isinstance(a, int) else int(a) if not a.ndim else a.shape[axis]
    whole = isinstance(a, int) or not a.ndim
    if count <= 0 and draws:
        raise errors.BadArgument("choice", "a", count, "At least one element")
    if not replace and draws > count:
        raise errors.BadArgument("choice", "shape", shape, f"At most {count} draws without replacement")
    if p is None:
        if replace:
            index = randint(key, shape, 0, count)
        elif whole:
            return permutation(key, count)[:draws].reshape(shape)
        else:
            parts = (slice(None),) * (axis % a.ndim)
            drawn = permutation(key, a, axis)[(*parts, slice(draws))]
            return drawn.reshape((*a.shape[: axis % a.ndim], *shape, *a.shape[axis % a.ndim + 1 :]))
    else:
        p = rnp.asarray(p)
        if p.shape != (count,):
            raise errors.ShapeError("choice: one probability for each element", got=f"{p.shape} for {count}")
        if replace:
            total = rnp.cumsum(p)
            index = rnp.searchsorted(total, total[-1] * (1 - uniform(key, shape, p.dtype))).astype(dtypes.int32)
        else:
            index = lax.top_k(gumbel(key, (count,), p.dtype) + rnp.log(p), draws)[1].reshape(shape)
    return index if whole else rnp.take(a, index, axis=axis)
