"""Binomial and multinomial draws, by the algorithms that jax.random uses."""

from __future__ import annotations

import math
from typing import Any

from rustorch_fn import dtypes, errors
from rustorch_fn import numpy as rnp
from rustorch_fn.lax import arrange, fold, lift, random_bits
from rustorch_fn.lax.control import scan, while_loop
from rustorch_fn.lax.programs import program
from rustorch_fn.random.keys import split
from rustorch_fn.random.samplers import draw_shape, float_type, used
from rustorch_fn.typing import Array, ArrayLike, DTypeLike, Shape

# what Stirling's formula for log(k!) leaves out, k = 0 … 9
_TAILS = (
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
    0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
)  # fmt: skip


def binomial(
    key: Array, n: ArrayLike, p: ArrayLike, shape: int | Shape | None = None, dtype: DTypeLike | None = None
) -> Array:
    """How many of n trials succeed, each with probability p, as floats; nan where n or p make no sense.

    >>> rt.random.binomial(rt.random.key(0), 10, 0.5, shape=(10_000,)).mean().round(1)
    Array(5., dtype=float32)
    """
    kind = float_type("binomial", dtype)
    size = draw_shape("binomial", shape, n, p)
    (chance,) = lift.common("binomial", p, floating=True)
    count = lift.convert(lift.operand("binomial", n), chance.dtype)
    drawn = _binomial(used("binomial", key), count, lift.convert(chance, chance.dtype), size)
    return lift.convert(drawn, kind)


@program("shape")
def _binomial(key: Any, n: Any, p: Any, shape: tuple[int, ...]) -> Any:
    n, p = lift.broadcast_to(n, shape), lift.broadcast_to(p, shape)
    likely = p < 0.5
    q = rnp.where(likely, p, 1 - p)
    bad_n, bad_q = rnp.isnan(n) | (n < 0), rnp.isnan(q) | (q < 0)
    q = rnp.where(bad_q, 0.01, q)
    few = bad_n | (n * q <= 10)
    count = rnp.floor(n)
    small = _inversion(key, rnp.where(few, count, 0.0), q)
    large = _rejection(key, rnp.where(few, 1e4, count), rnp.where(few, 0.5, q))
    out = rnp.where(few, small, large)
    out = rnp.where(bad_n | bad_q, math.nan, out)
    endless = rnp.isinf(n)
    out = rnp.where(endless & ~(bad_n | bad_q), math.inf, out)
    return rnp.where(likely | bad_n | rnp.isnan(p) | endless, out, count - out)


def _keys(key: Any, n: int) -> tuple[Any, ...]:
    return arrange.unstack(random_bits.split(key, (n,)))


def _inversion(key: Any, n: Any, p: Any) -> Any:
    """Sum geometric waiting times until n trials are over."""
    log_miss = rnp.log1p(-p)

    def step(s: Any) -> Any:
        hits, total, use = s
        draw, use = _keys(use, 2)
        hits = rnp.where(total <= n, hits + 1, hits)
        u = random_bits.uniform(draw, p.shape, p.dtype, None, None)
        return hits, total + rnp.ceil(rnp.log(u) / log_miss), use

    zero = rnp.zeros_like(p)
    return while_loop(lambda s: rnp.any(s[1] <= n), step, (zero, zero, key))[0] - 1


def _rejection(key: Any, n: Any, p: Any) -> Any:
    """Hörmann's BTRS (1993)."""
    spread = rnp.sqrt(n * p * (1 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = n * p + 0.5
    cut = 0.92 - 4.2 / b
    odds = p / (1 - p)
    alpha = (2.83 + 5.1 / b) * spread
    mode = rnp.floor((n + 1) * p)

    def bound(k: Any) -> Any:
        return (
            (mode + 0.5) * rnp.log((mode + 1) / (odds * (n - mode + 1)))
            + (n + 1) * rnp.log((n - mode + 1) / (n - k + 1))
            + (k + 0.5) * rnp.log(odds * (n - k + 1) / (k + 1))
            + _tail(mode) + _tail(n - mode) - _tail(k) - _tail(n - k)
        )  # fmt: skip

    def step(s: Any) -> Any:
        out, done, use = s
        use, k1, k2 = _keys(use, 3)
        u = random_bits.uniform(k1, p.shape, p.dtype, None, None) - 0.5
        v = random_bits.uniform(k2, p.shape, p.dtype, None, None)
        near = 0.5 - rnp.abs(u)
        k = rnp.floor((2 * a / near + b) * u + c)
        height = rnp.log(v * alpha / (a / (near * near) + b))
        inside = (k >= 0) & (k <= n)
        good = ((near >= 0.07) & (v <= cut)) | (inside & (height <= bound(k)))
        return rnp.where(good, k, out), done | good, use

    first = (rnp.full(p.shape, -1, p.dtype), rnp.zeros(p.shape, bool), key)
    return while_loop(lambda s: ~rnp.all(s[1]), step, first)[0]


def _tail(k: Any) -> Any:
    square = (k + 1) * (k + 1)
    series = (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)
    table = lift.constant(_TAILS, k.dtype)
    place = rnp.floor(rnp.clip(k, 0.0, 9.0)).astype(dtypes.int32)
    return rnp.where(k <= 9, rnp.take(table, place, mode="clip"), series)


def multinomial(
    key: Array,
    n: ArrayLike,
    p: ArrayLike,
    *,
    shape: int | Shape | None = None,
    dtype: DTypeLike | None = None,
    unroll: int = 1,
) -> Array:
    """How often each kind occurs among n draws with probabilities p, which are the last axis.

    >>> rt.random.multinomial(rt.random.key(0), 100, rt.numpy.array([0.5, 0.25, 0.25])).sum()
    Array(100., dtype=float32)
    """
    n, p = lift.common("multinomial", n, p, floating=True)
    size = p.shape if shape is None else lift.shape_of("multinomial", shape)
    if not size:
        raise errors.ShapeError("multinomial: p is a vector at least", got=p.aval)
    left = lift.broadcast_to(lift.convert(n, n.dtype), size[:-1])
    rows = rnp.moveaxis(lift.broadcast_to(p, size), -1, 0)
    rest = fold.cumsum(rows, 0, reverse=True)
    ratios = rows / rnp.where(rest == 0, 1, rest)

    def draw(remaining: Any, row: Any) -> Any:
        ratio, k = row
        count = binomial(k, remaining, rnp.clip(ratio, 0, 1), dtype=remaining.dtype)
        return remaining - count, count

    _, counts = scan(draw, left, (ratios, split(key, ratios.shape[0])), unroll=unroll)
    return rnp.moveaxis(counts, 0, -1).astype(float_type("multinomial", dtype))
