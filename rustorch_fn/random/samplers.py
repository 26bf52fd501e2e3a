"""Draws from keys. Bits, uniform, bernoulli, randint and permutation equal jax.random's bit for bit."""

from __future__ import annotations

import math
from operator import index as as_index
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import arrange, lift, pointwise, random_bits
from rustorch_fn.lax import elementwise as ew
from rustorch_fn.lax.pointwise import stop_gradient
from rustorch_fn.lax.programs import program
from rustorch_fn.random.keys import spend, split, taken
from rustorch_fn.typing import Array, ArrayLike, DTypeLike, Shape


def one(op: str, key: Any) -> Any:
    """A single key."""
    k, _ = taken(op, key)
    if k.ndim:
        raise errors.ShapeError(f"{op}: one key is needed", got=k.aval, hint="rt.vmap maps over an array of keys.")
    return k


def used(op: str, key: Any) -> Any:
    """A single key that this draw uses up."""
    spend(op, key)
    return one(op, key)


def float_type(op: str, dtype: Any, complex_too: bool = False) -> Any:
    """The float type that a sampler gives."""
    kind = dtypes.asdtype(float if dtype is None else dtype)
    if kind not in dtypes.FLOATS and not (complex_too and kind in dtypes.COMPLEX):
        raise errors.DtypeError(f"{op}: draws are floats", got=kind, hint="rt.random.randint draws integers.")
    return kind


def draw_shape(op: str, shape: Any, *parameters: Any) -> tuple[int, ...]:
    """The shape of a draw: what was asked for, or what the parameters broadcast to."""
    needed = lift.broadcast_shapes(*(lift.shape_of_value(p) for p in parameters), op=op)
    if shape is None:
        return needed
    size = lift.shape_of(op, shape)
    if lift.broadcast_shapes(size, needed, op=op) != size:
        raise errors.ShapeError(f"{op}: the parameters do not fit into the shape", got=f"{needed} into {size}")
    return size


def typed(x: Any, dtype: Any, shape: tuple[int, ...] | None = None) -> Any:
    """A parameter in the draw's type (and shape)."""
    y = lift.convert(lift.operand("random", x), dtype)
    return y if shape is None else lift.broadcast_to(y, shape)


# --- bits and integers ---


def bits(key: Array, shape: int | Shape = (), dtype: DTypeLike | None = None) -> Array:
    """Random bits as unsigned integers, uint32 unless told otherwise.

    >>> rt.random.bits(rt.random.key(0)).item(), rt.random.bits(rt.random.key(0), (2,), dtype="uint8").dtype
    (4070199207, dtype('uint8'))
    """
    kind = dtypes.uint32 if dtype is None else dtypes.asdtype(dtype)
    if kind not in dtypes.UNSIGNED:
        raise errors.DtypeError(
            "bits: bits come as unsigned integers", got=kind, hint="uint8, uint16, uint32 and uint64 would work."
        )
    return _bits(used("bits", key), lift.shape_of("bits", shape), kind)


_bits = program("shape", "dtype")(random_bits.bits)


def randint(
    key: Array, shape: int | Shape, minval: ArrayLike, maxval: ArrayLike, dtype: DTypeLike | None = None
) -> Array:
    """Integers from minval up to, but without, maxval.

    >>> rt.numpy.unique(rt.random.randint(rt.random.key(0), (100,), 0, 3))
    Array([0, 1, 2], dtype=int32)
    """
    kind = dtypes.asdtype(int if dtype is None else dtype)
    if kind not in dtypes.INTS:
        raise errors.DtypeError("randint: draws are integers", got=kind, hint="rt.random.uniform draws floats.")
    size = draw_shape("randint", shape, minval, maxval)
    # the remainders of 8 or 16 bits would favour some numbers
    drawn = kind if kind.itemsize >= 4 else dtypes.int32
    low, _ = _bound(minval, drawn)
    high, beyond = _bound(maxval, drawn)
    if drawn != kind:
        info = dtypes.iinfo(kind)
        low, high = rnp.clip(low, int(info.min), int(info.max)), rnp.clip(high, int(info.min), int(info.max) + 1)
        beyond = lift.full(high.shape, False, dtypes.bool_)
    return lift.convert(_randint(used("randint", key), low, high, beyond, size, drawn), kind)


def _bound(x: Any, dtype: Any) -> tuple[Any, Any]:
    """A bound clipped to the type, and whether it lies above."""
    info = dtypes.iinfo(dtype)
    if not isinstance(x, lift.Value):
        values = np.asarray(x)
        if values.dtype.kind == "f":
            values = values.astype(np.int64)
        # bounds of uint64 and int64 have no common NumPy type
        wide = values.astype(object)
        clipped = np.asarray(np.clip(wide, int(info.min), int(info.max)), dtype)
        return lift.constant(clipped, dtype), lift.constant(np.asarray(wide > int(info.max), bool), dtypes.bool_)
    if x.dtype not in dtypes.INTS:
        x = lift.convert(x, dtypes.int32)
    mine = dtypes.iinfo(x.dtype)
    above = rnp.greater(x, int(info.max)) if mine.max > info.max else lift.full(x.shape, False, dtypes.bool_)
    low, high = max(int(info.min), int(mine.min)), min(int(info.max), int(mine.max))
    return lift.convert(rnp.clip(x, low, high), dtype), above


@program("shape", "dtype")
def _randint(key: Any, low: Any, high: Any, beyond: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    word = np.dtype(f"u{dtype.itemsize}")
    low, high, beyond = (lift.broadcast_to(v, shape) for v in (low, high, beyond))
    k1, k2 = _pair(key)
    upper, lower = random_bits.bits(k1, shape, word), random_bits.bits(k2, shape, word)
    empty = ew.le(high, low)
    unit = lift.full(shape, 1, word)
    span = ew.select(empty, unit, lift.convert(ew.bitcast(ew.sub(high, low), dtype=word), word))
    # a bound just above the type makes the span one longer; the whole range wraps to 0, which rem leaves alone
    span = ew.select(ew.and_(beyond, ew.not_(empty)), ew.add(span, unit), span)
    half = ew.rem(lift.full(shape, 1 << 4 * word.itemsize, word), span)
    factor = ew.rem(ew.mul(half, half), span)
    offset = ew.rem(ew.add(ew.mul(ew.rem(upper, span), factor), ew.rem(lower, span)), span)
    return ew.add(low, ew.bitcast(offset, dtype=dtype))


def _pair(key: Any) -> tuple[Any, ...]:
    return arrange.unstack(random_bits.split(key, (2,)))


def permutation(key: Array, x: ArrayLike, axis: int = 0, independent: bool = False) -> Array:
    """The rows of x in random order; of an int n, the numbers below n. `independent` shuffles each line alone.

    >>> rt.numpy.sort(rt.random.permutation(rt.random.key(0), 5))
    Array([0, 1, 2, 3, 4], dtype=int32)
    """
    k = used("permutation", key)
    if not lift.shape_of_value(x):
        return _shuffle(k, rnp.arange(as_index(lift.concrete(x))), 0)
    x = lift.operand("permutation", x)
    axis = lift.axis_of("permutation", axis, x.ndim)
    if independent or x.ndim == 1:
        return _shuffle(k, x, axis)
    return rnp.take(x, _shuffle(k, rnp.arange(x.shape[axis]), 0), axis, mode="promise_in_bounds")


@program("axis")
def _shuffle(key: Any, x: Any, axis: int) -> Any:
    # so many sorts by 32-bit keys that equal keys matter with probability below n**-3
    for _ in range(math.ceil(3 * math.log(max(1, x.size)) / math.log(2**32 - 1))):
        key, use = _pair(key)
        x = arrange.sort((random_bits.bits(use, x.shape, dtypes.uint32), x), axis)[1]
    return x


def choice(
    key: Array,
    a: ArrayLike,
    shape: int | Shape = (),
    replace: bool = True,
    p: ArrayLike | None = None,
    axis: int = 0,
    mode: Any = None,
) -> Array:
    """Random elements of a (or of the numbers below an int a), with probabilities p, with or without putting back.

    Raises BadArgument where more are drawn than there are and `replace` is false.

    >>> rt.random.choice(rt.random.key(0), rt.numpy.array([10, 20, 30]), (2,), replace=False).shape
    (2,)
    """
    k = one("choice", key)
    size = lift.shape_of("choice", shape)
    values = None if not lift.shape_of_value(a) else lift.operand("choice", a)
    n = as_index(lift.concrete(a)) if values is None else values.shape[axis]
    draws = lift.size_of(size)
    if not draws:
        return lift.full(size, 0, dtypes.int32 if values is None else values.dtype)
    if n <= 0 or (not replace and draws > n):
        raise errors.BadArgument("choice", "a", n, f"At least {1 if replace else draws} elements")
    axis = 0 if values is None else lift.axis_of("choice", axis, values.ndim)
    if p is None and not replace:
        rows = permutation(k, n if values is None else values, axis)
        picked = arrange.slice_in_dim(rows, 0, draws, axis=axis)
        return rnp.reshape(picked, size if values is None else (*rows.shape[:axis], *size, *rows.shape[axis + 1 :]))
    places = randint(k, size, 0, n) if p is None else _weighted(k, n, size, draws, replace, p, mode)
    if values is None:
        return rnp.reshape(places, size)
    out = rnp.take(values, places, axis, mode="promise_in_bounds")
    return rnp.reshape(out, (*values.shape[:axis], *size, *values.shape[axis + 1 :]))


def _weighted(key: Any, n: int, shape: tuple[int, ...], draws: int, replace: bool, p: Any, mode: Any) -> Any:
    (weights,) = lift.common("choice", p, floating=True)
    if weights.shape != (n,):
        raise errors.ShapeError("choice: one probability for each element is needed", got=f"{weights.aval!r} for {n}",
                                hint="p is an array of that length.")  # fmt: skip
    if replace:
        sums = rnp.cumsum(weights)
        r = sums[-1] * (1 - uniform(key, shape, weights.dtype))
        return rnp.searchsorted(sums, r)
    # the greatest of log p + gumbel noise are a sample without putting back
    noisy = gumbel(key, (n,), weights.dtype, mode) + rnp.log(weights)
    return arrange.top_k(noisy, draws)[1]


# --- floats ---


def uniform(
    key: Array,
    shape: int | Shape = (),
    dtype: DTypeLike | None = None,
    minval: ArrayLike = 0.0,
    maxval: ArrayLike = 1.0,
) -> Array:
    """Floats from minval up to, but without, maxval.

    >>> rt.random.uniform(rt.random.key(0)).item()
    0.9476670026779175
    >>> draws = rt.random.uniform(rt.random.key(0), (1000,), minval=2.0, maxval=3.0)
    >>> draws.min() >= 2, draws.max() < 3, draws.mean().round(1)
    (Array(True, dtype=bool), Array(True, dtype=bool), Array(2.5, dtype=float32))
    """
    kind = float_type("uniform", dtype)
    size = draw_shape("uniform", shape, minval, maxval)
    k = used("uniform", key)
    if type(minval) in (int, float) and type(maxval) in (int, float) and (minval, maxval) == (0, 1):
        return _unit(k, size, kind)
    return _uniform(k, typed(minval, kind), typed(maxval, kind), size, kind)


@program("shape", "dtype")
def _unit(key: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    return random_bits.uniform(key, shape, dtype, None, None)


@program("shape", "dtype")
def _uniform(key: Any, low: Any, high: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    return random_bits.uniform(key, shape, dtype, low, high)


def bernoulli(key: Array, p: ArrayLike = 0.5, shape: int | Shape | None = None, mode: str = "low") -> Array:
    """True with probability p; mode="high" resolves small p better.

    >>> rt.random.bernoulli(rt.random.key(0), 0.3, (1000,)).mean().round(1)
    Array(0.3, dtype=float32)
    """
    if mode not in ("low", "high"):
        raise errors.BadArgument("bernoulli", "mode", mode, "'low' or 'high'")
    chance = lift.operand("bernoulli", p)
    if chance.dtype not in dtypes.FLOATS:
        raise errors.DtypeError("bernoulli: p is a float", got=chance.aval)
    size = draw_shape("bernoulli", shape, chance)
    return _bernoulli(used("bernoulli", key), typed(chance, chance.dtype), size, mode)


@program("shape", "mode")
def _bernoulli(key: Any, p: Any, shape: tuple[int, ...], mode: str) -> Any:
    if mode == "low":
        return random_bits.uniform(key, shape, p.dtype, None, None) < p
    first, second = random_bits.uniform(key, (2, *shape), p.dtype, None, None)
    return second * 2.0 ** -dtypes.finfo(p.dtype).nmant < p - first


def normal(key: Array, shape: int | Shape = (), dtype: DTypeLike | None = None) -> Array:
    """Floats from the standard normal distribution; complex numbers have parts of variance 1/2.

    >>> rt.random.normal(rt.random.key(0), (3,)).round(3)
    Array([ 1.623,  2.025, -0.434], dtype=float32)
    >>> rt.random.normal(rt.random.key(0), (3,), dtype="float64").dtype
    dtype('float64')
    """
    kind = float_type("normal", dtype, complex_too=True)
    size = lift.shape_of("normal", shape)
    return (_complex_normal if kind in dtypes.COMPLEX else _normal)(used("normal", key), size, kind)


@program("shape", "dtype")
def _normal(key: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    return plain_normal(key, shape, dtype)


@program("shape", "dtype")
def _complex_normal(key: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    parts = [plain_normal(k, shape, dtypes.part(dtype)) for k in _pair(key)]
    return rnp.divide(pointwise.complex(*parts), lift.constant(math.sqrt(2), dtype))


def plain_normal(key: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """sqrt(2) erf⁻¹ of a uniform number in (-1, 1)."""
    low = lift.constant(np.nextafter(np.array(-1, dtype), np.array(0, dtype)), dtype)
    u = random_bits.uniform(key, shape, dtype, low, lift.constant(1, dtype))
    return ew.mul(lift.full(shape, math.sqrt(2), dtype), ew.erf_inv(u))


def truncated_normal(
    key: Array, lower: ArrayLike, upper: ArrayLike, shape: int | Shape | None = None, dtype: DTypeLike | None = None
) -> Array:
    """The standard normal distribution between two bounds.

    >>> draws = rt.random.truncated_normal(rt.random.key(0), -1.0, 1.0, (100,))
    >>> draws.min() > -1, draws.max() < 1
    (Array(True, dtype=bool), Array(True, dtype=bool))
    """
    kind = float_type("truncated_normal", dtype)
    size = draw_shape("truncated_normal", shape, lower, upper)
    k = used("truncated_normal", key)
    return _truncated_normal(k, typed(lower, kind), typed(upper, kind), size, kind)


@program("shape", "dtype")
def _truncated_normal(key: Any, lower: Any, upper: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    root = np.array(math.sqrt(2), dtype)
    low, high = (ew.erf(rnp.divide(b, root)) for b in (lower, upper))
    u = random_bits.uniform(key, shape, dtype, low, high)
    out = ew.mul(lift.full(shape, root, dtype), ew.erf_inv(u))
    return rnp.clip(out, rnp.nextafter(stop_gradient(lower), math.inf),
                    rnp.nextafter(stop_gradient(upper), -math.inf))  # fmt: skip


def exponential(key: Array, shape: int | Shape = (), dtype: DTypeLike | None = None) -> Array:
    """The exponential distribution with mean 1.

    >>> rt.random.exponential(rt.random.key(0), (10_000,)).mean().round(1)
    Array(1., dtype=float32)
    """
    return _exponential(used("exponential", key), lift.shape_of("exponential", shape), float_type("exponential", dtype))


@program("shape", "dtype")
def _exponential(key: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    return -rnp.log1p(-random_bits.uniform(key, shape, dtype, None, None))


def gumbel(key: Array, shape: int | Shape = (), dtype: DTypeLike | None = None, mode: Any = None) -> Array:
    """The standard Gumbel distribution; mode="high" resolves its upper tail better.

    >>> rt.random.gumbel(rt.random.key(0), (3,)).dtype
    dtype('float32')
    """
    if mode not in (None, "low", "high"):
        raise errors.BadArgument("gumbel", "mode", mode, "None, 'low' or 'high'")
    kind = float_type("gumbel", dtype)
    return _gumbel(used("gumbel", key), lift.shape_of("gumbel", shape), kind, mode or "low")


@program("shape", "dtype", "mode")
def _gumbel(key: Any, shape: tuple[int, ...], dtype: Any, mode: str) -> Any:
    info = dtypes.finfo(dtype)
    tiny = float(info.tiny)
    if mode == "low":
        u = random_bits.uniform(key, shape, dtype, lift.constant(tiny, dtype), lift.constant(1, dtype))
        return -rnp.log(-rnp.log(u))
    high, low = random_bits.uniform(key, (2, *shape), dtype, None, None)
    x = rnp.where(high >= 0.5, high, high + 2.0**-info.nmant * low + tiny)
    return -rnp.log(-rnp.log1p(-x))


def categorical(
    key: Array,
    logits: ArrayLike,
    axis: int = -1,
    shape: int | Shape | None = None,
    replace: bool = True,
    mode: Any = None,
) -> Array:
    """Indices along an axis of logits, with probabilities softmax(logits); with or without putting back.

    >>> rt.random.categorical(rt.random.key(0), rt.numpy.log(rt.numpy.array([0.1, 0.9])), shape=(1000,)).mean().round(1)
    Array(0.9, dtype=float32)
    """
    x = lift.operand("categorical", logits)
    x = x if x.dtype in dtypes.FLOATS else lift.convert(x, dtypes.float32)
    axis = lift.axis_of("categorical", axis, x.ndim)
    rest = (*x.shape[:axis], *x.shape[axis + 1 :])
    size = rest if shape is None else lift.shape_of("categorical", shape)
    lead = size[: len(size) - len(rest)]
    if lift.broadcast_shapes(size, rest, op="categorical") != size:
        raise errors.ShapeError("categorical: the logits do not fit into the shape", got=f"{rest} into {size}")
    if replace:
        full = list(size[len(lead) :])
        full.insert(axis, x.shape[axis])
        noisy = gumbel(key, (*lead, *full), x.dtype, mode) + x
        return rnp.argmax(noisy, len(lead) + axis)
    count = lift.size_of(lead)
    if count > x.shape[axis]:
        raise errors.BadArgument("categorical", "shape", size, f"At most {x.shape[axis]} draws without putting back")
    noisy = x + gumbel(key, x.shape, x.dtype, mode)
    places = arrange.top_k(rnp.moveaxis(noisy, axis, -1), count)[1]
    return rnp.reshape(rnp.moveaxis(places, -1, 0), size)


# --- one formula each ---


def laplace(key: Array, shape: int | Shape = (), dtype: DTypeLike | None = None) -> Array:
    """The Laplace distribution with scale 1.

    >>> rt.random.laplace(rt.random.key(0), (3,)).dtype
    dtype('float32')
    """
    kind = float_type("laplace", dtype)
    low = -1.0 + float(dtypes.finfo(kind).epsneg)
    u = uniform(key, shape, kind, low, 1.0)
    return rnp.sign(u) * rnp.log1p(-rnp.abs(u))


def logistic(key: Array, shape: int | Shape = (), dtype: DTypeLike | None = None) -> Array:
    """The logistic distribution.

    >>> rt.random.logistic(rt.random.key(0), (3,)).dtype
    dtype('float32')
    """
    kind = float_type("logistic", dtype)
    u = uniform(key, shape, kind, float(dtypes.finfo(kind).tiny), 1.0)
    return rnp.log(u) - rnp.log1p(-u)


def cauchy(key: Array, shape: int | Shape = (), dtype: DTypeLike | None = None) -> Array:
    """The Cauchy distribution.

    >>> rt.random.cauchy(rt.random.key(0), (3,)).shape
    (3,)
    """
    kind = float_type("cauchy", dtype)
    u = uniform(key, shape, kind, float(dtypes.finfo(kind).eps), 1.0)
    return rnp.tan(math.pi * (u - 0.5))


def rademacher(key: Array, shape: int | Shape = (), dtype: DTypeLike | None = None) -> Array:
    """-1 or 1.

    >>> rt.numpy.unique(rt.random.rademacher(rt.random.key(0), (100,)))
    Array([-1,  1], dtype=int32)
    """
    kind = dtypes.asdtype(int if dtype is None else dtype)
    # as JAX with 64 bits switched on, where 64 are asked for
    half = lift.constant(0.5, dtypes.float64 if kind in lift.WIDE else dtypes.float32)
    return (2 * bernoulli(key, half, shape).astype(kind) - 1).astype(kind)


def pareto(key: Array, b: ArrayLike, shape: int | Shape | None = None, dtype: DTypeLike | None = None) -> Array:
    """The Pareto distribution with shape b and scale 1.

    >>> rt.random.pareto(rt.random.key(0), 3.0, (3,)).min() > 1
    Array(True, dtype=bool)
    """
    kind = float_type("pareto", dtype)
    return rnp.exp(exponential(key, draw_shape("pareto", shape, b), kind) / typed(b, kind))


def rayleigh(key: Array, scale: ArrayLike, shape: int | Shape | None = None, dtype: DTypeLike | None = None) -> Array:
    """The Rayleigh distribution.

    >>> rt.random.rayleigh(rt.random.key(0), 2.0, (3,)).shape
    (3,)
    """
    kind = float_type("rayleigh", dtype)
    size = draw_shape("rayleigh", shape, scale)
    return typed(scale, kind, size) * rnp.sqrt(rnp.log(uniform(key, size, kind)) * -2)


def weibull_min(
    key: Array, scale: ArrayLike, concentration: ArrayLike, shape: int | Shape = (), dtype: DTypeLike | None = None
) -> Array:
    """The Weibull distribution.

    >>> rt.random.weibull_min(rt.random.key(0), 1.0, 2.0, (3,)).shape
    (3,)
    """
    u = uniform(key, shape, float_type("weibull_min", dtype))
    return rnp.power(-rnp.log1p(-u), 1.0 / lift.operand("weibull_min", concentration)) * scale


def lognormal(
    key: Array, sigma: ArrayLike = 1.0, shape: int | Shape | None = None, dtype: DTypeLike | None = None
) -> Array:
    """exp of a normal distribution with standard deviation sigma.

    >>> rt.random.lognormal(rt.random.key(0), shape=(3,)).min() > 0
    Array(True, dtype=bool)
    """
    kind = float_type("lognormal", dtype)
    return rnp.exp(normal(key, draw_shape("lognormal", shape, sigma), kind) * typed(sigma, kind))


def maxwell(key: Array, shape: int | Shape = (), dtype: DTypeLike | None = None) -> Array:
    """The Maxwell distribution: the length of a normal vector in space.

    >>> rt.random.maxwell(rt.random.key(0), (3,)).min() > 0
    Array(True, dtype=bool)
    """
    x = normal(key, (*lift.shape_of("maxwell", shape), 3), dtype)
    return rnp.sqrt(rnp.sum(x * x, -1))


def double_sided_maxwell(
    key: Array, loc: ArrayLike, scale: ArrayLike, shape: int | Shape = (), dtype: DTypeLike | None = None
) -> Array:
    """The Maxwell distribution with a random sign, scaled and moved.

    >>> rt.random.double_sided_maxwell(rt.random.key(0), 0.0, 1.0, (3,)).shape
    (3,)
    """
    kind = float_type("double_sided_maxwell", dtype)
    needed = lift.broadcast_shapes(lift.shape_of_value(loc), lift.shape_of_value(scale))
    size = (*(lift.shape_of("double_sided_maxwell", shape) or needed), *needed)
    k1, k2 = split(key)
    return rademacher(k2, size, kind) * maxwell(k1, size, kind) * scale + loc


def triangular(
    key: Array,
    left: ArrayLike,
    mode: Any,
    right: ArrayLike,
    shape: int | Shape | None = None,
    dtype: DTypeLike | None = None,
) -> Array:
    """The triangular distribution from left over its peak to right.

    >>> draws = rt.random.triangular(rt.random.key(0), 0.0, 1.0, 4.0, (100,))
    >>> draws.min() > 0, draws.max() < 4
    (Array(True, dtype=bool), Array(True, dtype=bool))
    """
    kind = float_type("triangular", dtype)
    size = draw_shape("triangular", shape, left, mode, right)
    a, m, b = (typed(v, kind, size) for v in (left, mode, right))
    u = uniform(key, size, kind)
    rising, falling = a + rnp.sqrt(u * (b - a) * (m - a)), b - rnp.sqrt((1 - u) * (b - a) * (b - m))
    return rnp.where(u < (m - a) / (b - a), rising, falling)


def geometric(key: Array, p: ArrayLike, shape: int | Shape | None = None, dtype: DTypeLike | None = None) -> Array:
    """The number of trials up to the first success.

    >>> rt.random.geometric(rt.random.key(0), 0.5, (10_000,)).mean().round(1)
    Array(2., dtype=float32)
    """
    kind = dtypes.asdtype(int if dtype is None else dtype)
    (chance,) = lift.common("geometric", p, floating=True)
    size = draw_shape("geometric", shape, chance)
    u = uniform(key, size, chance.dtype)
    u = rnp.where(u == 0, 1, u)
    return (rnp.floor(rnp.log(u) / rnp.log1p(-chance)) + 1).astype(kind)


def wald(key: Array, mean: ArrayLike, shape: int | Shape | None = None, dtype: DTypeLike | None = None) -> Array:
    """The inverse Gaussian distribution with scale 1.

    >>> rt.random.wald(rt.random.key(0), 1.0, (3,)).min() > 0
    Array(True, dtype=bool)
    """
    kind = float_type("wald", dtype)
    size = draw_shape("wald", shape, mean)
    m = typed(mean, kind, size)
    k1, k2 = split(key)
    y, z = normal(k1, size, kind) ** 2, uniform(k2, size, kind)
    x = m + m**2 * y / 2 - m / 2 * rnp.sqrt(4 * m * y + m**2 * y**2)
    return rnp.where(z <= m / (m + x), x, m**2 / x)
