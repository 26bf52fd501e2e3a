"""Draws by rejection: the gamma family and Poisson's distribution, by the algorithms that jax.random uses."""

from __future__ import annotations

from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import arrange, lift, random_bits
from rustorch_fn.lax.control import while_loop
from rustorch_fn.lax.pointwise import lgamma
from rustorch_fn.lax.programs import custom_jvp, program, vmap
from rustorch_fn.lax.special import random_gamma_grad
from rustorch_fn.random.keys import split
from rustorch_fn.random.samplers import (
    draw_shape,
    exponential,
    float_type,
    normal,
    plain_normal,
    rademacher,
    typed,
    used,
)
from rustorch_fn.typing import Array, ArrayLike, DTypeLike, Shape


def _marsaglia(key: Any, alpha: Any, log_space: bool) -> Any:
    """One gamma draw (Marsaglia & Tsang, 2000). alpha < 1 is boosted: gamma(alpha + 1) * uniform ** (1 / alpha)."""
    dtype = alpha.dtype
    boosted = alpha < 1
    a = rnp.where(boosted, alpha + 1, alpha)
    d = a - np.array(1 / 3, dtype)
    c = np.array(1 / 3, dtype) / rnp.sqrt(d)

    def rejected(s: Any) -> Any:
        _, square, v, u = s
        return (u >= 1 - 0.0331 * (square * square)) & (rnp.log(u) >= square * 0.5 + d * ((1 - v) + rnp.log(v)))

    def positive(s: Any) -> Any:
        use, draw = _two(s[0])
        x = plain_normal(draw, (), dtype)
        return use, x, 1 + x * c

    def attempt(s: Any) -> Any:
        next_key, x_key, u_key = _several(s[0], 3)
        _, x, v = while_loop(lambda t: t[2] <= 0, positive, (x_key, _number(0, dtype), _number(-1, dtype)))
        u = random_bits.uniform(u_key, (), dtype, None, None)
        return next_key, x * x, v * v * v, u

    # the first state is one that is rejected
    key, last = _two(key)
    start = (key, _number(0, dtype), _number(1, dtype), _number(2, dtype))
    v = while_loop(rejected, attempt, start)[2]
    u = random_bits.uniform(last, (), dtype, None, None)
    if log_space:
        lift_up = rnp.log1p(-u) * (1 / alpha)
        return rnp.log(d) + rnp.log(v) + rnp.where(boosted & (u != 0), lift_up, 0)
    return d * v * rnp.where(boosted, rnp.power(1 - u, 1 / alpha), 1)


def _number(value: float, dtype: Any) -> Any:
    return lift.constant(value, dtype)


def _two(key: Any) -> tuple[Any, ...]:
    return _several(key, 2)


def _several(key: Any, n: int) -> tuple[Any, ...]:
    return arrange.unstack(random_bits.split(key, (n,)))


@program("log_space")
def _drawn(key: Any, a: Any, log_space: bool) -> Any:
    """A draw for each element of a vector, each from a key of its own."""
    keys = random_bits.split(key, a.shape)
    return vmap(lambda k, x: _marsaglia(k, x, log_space))(keys, a)


def _gamma(op: str, key: Any, a: Any, shape: Any, dtype: Any, log_space: bool) -> Any:
    kind = float_type(op, dtype)
    size = draw_shape(op, shape, a)
    k = used(op, key)

    @custom_jvp
    def draw(alpha: Any) -> Any:
        return _drawn(k, alpha, log_space)

    @draw.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        (alpha,), (t,) = primals, tangents
        sample = draw(alpha)
        if log_space:
            # a sample that vanished still has a logarithm
            value = rnp.maximum(rnp.exp(sample), float(dtypes.finfo(kind).tiny))
            return sample, t * (random_gamma_grad(alpha, value) / value)
        return sample, t * random_gamma_grad(alpha, sample)

    flat = rnp.reshape(typed(a, kind, size), (lift.size_of(size),))
    return rnp.reshape(draw(flat), size)


def gamma(key: Array, a: ArrayLike, shape: int | Shape | None = None, dtype: DTypeLike | None = None) -> Array:
    """The gamma distribution with shape a and scale 1; differentiable in a.

    >>> rt.random.gamma(rt.random.key(0), 3.0, (10_000,)).mean().round(1)
    Array(3., dtype=float32)
    >>> rt.grad(lambda a: rt.random.gamma(rt.random.key(0), a))(3.0) > 0
    Array(True, dtype=bool)
    """
    return _gamma("gamma", key, a, shape, dtype, log_space=False)


def loggamma(key: Array, a: ArrayLike, shape: int | Shape | None = None, dtype: DTypeLike | None = None) -> Array:
    """The logarithm of a gamma draw, which keeps its precision where a is small.

    >>> rt.random.loggamma(rt.random.key(0), 0.001, (3,)).max() < 0
    Array(True, dtype=bool)
    """
    return _gamma("loggamma", key, a, shape, dtype, log_space=True)


def beta(
    key: Array, a: ArrayLike, b: ArrayLike, shape: int | Shape | None = None, dtype: DTypeLike | None = None
) -> Array:
    """The beta distribution.

    >>> rt.random.beta(rt.random.key(0), 2.0, 2.0, (10_000,)).mean().round(1)
    Array(0.5, dtype=float32)
    """
    kind = float_type("beta", dtype)
    size = draw_shape("beta", shape, a, b)
    k1, k2 = split(key)
    x, y = loggamma(k1, typed(a, kind, size), size, kind), loggamma(k2, typed(b, kind, size), size, kind)
    top = rnp.maximum(x, y)
    x, y = rnp.exp(x - top), rnp.exp(y - top)
    return x / (x + y)


def dirichlet(key: Array, alpha: ArrayLike, shape: int | Shape | None = None, dtype: DTypeLike | None = None) -> Array:
    """The Dirichlet distribution: probabilities along the last axis.

    >>> rt.random.dirichlet(rt.random.key(0), rt.numpy.array([1.0, 2.0, 3.0])).sum().round(3)
    Array(1., dtype=float32)
    """
    kind = float_type("dirichlet", dtype)
    a = typed(alpha, kind)
    if not a.ndim:
        raise errors.ShapeError(
            "dirichlet: alpha is a vector at least",
            got=a.aval,
            hint="Its last axis holds the concentrations: rt.numpy.ones(3).",
        )
    lead = a.shape[:-1] if shape is None else lift.shape_of("dirichlet", shape)
    x = loggamma(key, a, (*lead, a.shape[-1]), kind)
    parts = rnp.exp(x - rnp.max(x, -1, keepdims=True))
    return parts / rnp.sum(parts, -1, keepdims=True)


def chisquare(key: Array, df: ArrayLike, shape: int | Shape | None = None, dtype: DTypeLike | None = None) -> Array:
    """The chi-square distribution with df degrees of freedom.

    >>> rt.random.chisquare(rt.random.key(0), 4.0, shape=(3,)).min() > 0
    Array(True, dtype=bool)
    """
    kind = float_type("chisquare", dtype)
    half = typed(df, kind) / 2
    return rnp.exp(loggamma(key, half, draw_shape("chisquare", shape, half), kind)) * 2


def f(
    key: Array, dfnum: ArrayLike, dfden: ArrayLike, shape: int | Shape | None = None, dtype: DTypeLike | None = None
) -> Array:
    """The F distribution: the ratio of two chi-square draws, each over its degrees of freedom.

    >>> rt.random.f(rt.random.key(0), 5.0, 7.0, shape=(3,)).shape
    (3,)
    """
    kind = float_type("f", dtype)
    size = draw_shape("f", shape, dfnum, dfden)
    k_den, k_num = split(key)
    n, d = typed(dfnum, kind), typed(dfden, kind)
    return (chisquare(k_num, n, size, kind) / n) / (chisquare(k_den, d, size, kind) / d)


def t(key: Array, df: ArrayLike, shape: int | Shape | None = None, dtype: DTypeLike | None = None) -> Array:
    """Student's t distribution.

    >>> rt.random.t(rt.random.key(0), 5.0, (3,)).shape
    (3,)
    """
    kind = float_type("t", dtype)
    size = draw_shape("t", shape, df)
    k1, k2 = split(key)
    half = typed(df, kind) / 2
    return normal(k1, size, kind) * rnp.sqrt(half / gamma(k2, half, size, kind))


def generalized_normal(key: Array, p: ArrayLike, shape: int | Shape = (), dtype: DTypeLike | None = None) -> Array:
    """The generalised normal distribution: density as exp(-|x| ** p).

    >>> rt.random.generalized_normal(rt.random.key(0), 2.0, (3,)).shape
    (3,)
    """
    kind = float_type("generalized_normal", dtype)
    size = lift.shape_of("generalized_normal", shape)
    k1, k2 = split(key)
    power = typed(p, kind)
    return rademacher(k2, size, kind) * gamma(k1, 1 / power, size, kind) ** (1 / power)


def ball(key: Array, d: int, p: ArrayLike = 2, shape: int | Shape = (), dtype: DTypeLike | None = None) -> Array:
    """Points of the unit ball in d dimensions, by the p-norm.

    >>> (rt.random.ball(rt.random.key(0), 3, shape=(100,)) ** 2).sum(axis=1).max() < 1
    Array(True, dtype=bool)
    """
    kind = float_type("ball", dtype)
    size = lift.shape_of("ball", shape)
    k1, k2 = split(key)
    g = generalized_normal(k1, p, (*size, d), kind)
    e = exponential(k2, size, kind)
    power = typed(p, kind)
    return g / ((rnp.sum(rnp.abs(g) ** power, -1) + e) ** (1 / power))[..., None]


# --- Poisson ---


def poisson(key: Array, lam: ArrayLike, shape: int | Shape | None = None, dtype: DTypeLike | None = None) -> Array:
    """Poisson's distribution: how many events of rate lam occur.

    >>> rt.random.poisson(rt.random.key(0), 4.0, (10_000,)).mean().round(1)
    Array(4., dtype=float32)
    """
    kind = dtypes.asdtype(int if dtype is None else dtype)
    if kind not in dtypes.INTS:
        raise errors.DtypeError(
            "poisson: draws are integers", got=kind, hint="int32 would work; draws.astype(...) gives floats."
        )
    size = draw_shape("poisson", shape, lam)
    # float32 whatever the rates are, as in jax.random: of another type would be another draw
    return _poisson(used("poisson", key), typed(lam, dtypes.float32, size), kind)


@program("dtype")
def _poisson(key: Any, lam: Any, dtype: Any) -> Any:
    few = rnp.isnan(lam) | (lam < 10)
    small = _knuth(key, rnp.where(few, lam, 0.0), dtype)
    large = _transformed_rejection(key, rnp.where(few, 1e5, lam), dtype)
    return rnp.where(lam == 0, 0, rnp.where(few, small, large)).astype(dtype)


def _knuth(key: Any, lam: Any, dtype: Any) -> Any:
    """Multiply uniform numbers until the product falls below exp(-lam)."""

    def step(s: Any) -> Any:
        k, use, total = s
        use, draw = _two(use)
        k = rnp.where(total > -lam, k + 1, k)
        u = random_bits.uniform(draw, lam.shape, dtypes.float32, None, None)
        return k, use, total + rnp.log(u)

    first = (rnp.zeros(lam.shape, dtype), key, rnp.zeros(lam.shape, dtypes.float32))
    return while_loop(lambda s: rnp.any(s[2] > -lam), step, first)[0] - 1


def _transformed_rejection(key: Any, lam: Any, dtype: Any) -> Any:
    """Hörmann's PTRS (1993), for rates from 10."""
    b = 0.931 + 2.53 * rnp.sqrt(lam)
    a = -0.059 + 0.02483 * b
    inverse = 1.1239 + 1.1328 / (b - 3.4)
    cut = 0.9277 - 3.6224 / (b - 2)
    log_lam = rnp.log(lam)

    def step(s: Any) -> Any:
        out, done, use = s
        use, k1, k2 = _several(use, 3)
        u = random_bits.uniform(k1, lam.shape, lam.dtype, None, None) - 0.5
        v = random_bits.uniform(k2, lam.shape, lam.dtype, None, None)
        near = 0.5 - rnp.abs(u)
        k = rnp.floor((2 * a / near + b) * u + lam + 0.43)
        left = rnp.log(v * inverse / (a / (near * near) + b))
        fits = left <= -lam + k * log_lam - lgamma(k + 1)
        bad = (k < 0) | ((near < 0.013) & (v > near))
        good = ((near >= 0.07) & (v <= cut)) | (~bad & fits)
        return rnp.where(good, k, out), done | good, use

    first = (rnp.full(lam.shape, -1, lam.dtype), rnp.zeros(lam.shape, bool), key)
    return while_loop(lambda s: ~rnp.all(s[1]), step, first)[0].astype(dtype)
