"""Random programs: compiled, differentiated and batched they give what running op by op gives."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from laws.examples import array, lawful

from rustorch_fn import lax
from rustorch_fn.core.primitive import BatchAxis, Hole
from rustorch_fn.core.trace import trace
from rustorch_fn.lax import basics, contraction, folding, indexing, shaping
from rustorch_fn.lax import elementwise as E
from rustorch_fn.transform.batch import batch
from rustorch_fn.transform.jit import run
from rustorch_fn.transform.linearize import linearize
from rustorch_fn.transform.transpose import backward

MAPS = (E.tanh, E.neg, E.sin, E.logistic, E.square, lambda x: E.exp(E.neg(E.abs(x))))
PAIRS = (E.add, E.mul, E.sub, E.max, E.min)


class Maker:
    """Draws one op after another over a pool of values of two axes or fewer."""

    def __init__(self, data: Any, rng: Any) -> None:
        self.data, self.rng = data, rng

    def pick(self, options: Any) -> Any:
        return options[self.data.draw(st.integers(0, len(options) - 1))]

    def op(self) -> Any:
        """A function of the pool that gives one more value; what it draws is drawn now."""
        kind = self.pick(("map", "map", "pair", "pair", "fold", "norm", "permute", "slice", "pad", "dot", "gather",
                          "scatter", "update", "cumsum", "sort", "reshape", "concat", "select", "window",
                          "loop"))  # fmt: skip
        a, b, c = (self.data.draw(st.integers(0, 99)) for _ in range(3))
        return lambda pool: getattr(self, kind)(pool, a, b, c)

    def map(self, pool: Any, a: int, b: int, c: int) -> Any:
        return MAPS[b % len(MAPS)](pool[a % len(pool)])

    def pair(self, pool: Any, a: int, b: int, c: int) -> Any:
        return PAIRS[c % len(PAIRS)](*self.alike(pool[a % len(pool)], pool[b % len(pool)]))

    def alike(self, x: Any, y: Any) -> Any:
        """y cut, repeated or summed to x's shape."""
        if y.ndim > x.ndim:
            y = folding.reduce_sum(y, axes=tuple(range(y.ndim - x.ndim)))
        common = tuple(min(n, m) for n, m in zip(x.shape[x.ndim - y.ndim :], y.shape, strict=True))
        y = shaping.slice_(y, start=(0,) * y.ndim, limit=common)
        lead = x.ndim - y.ndim
        hi = tuple(n - m for n, m in zip(x.shape[lead:], common, strict=True))
        y = shaping.pad(y, array(np.zeros((), y.dtype)), lo=(0,) * y.ndim, hi=hi, interior=(0,) * y.ndim)
        return x, basics.broadcast(y, x.shape, tuple(range(lead, x.ndim)))

    def fold(self, pool: Any, a: int, b: int, c: int) -> Any:
        x = pool[a % len(pool)]
        op = (folding.reduce_sum, folding.reduce_max, folding.reduce_min)[c % 3]
        return op(x, axes=tuple(k for k in range(x.ndim) if (b >> k) & 1))

    def norm(self, pool: Any, a: int, b: int, c: int) -> Any:
        x = pool[a % len(pool)]
        if not x.ndim:
            return x
        axis = b % x.ndim
        kept = tuple(k for k in range(x.ndim) if k != axis)
        total = folding.reduce_sum(E.exp(E.tanh(x)), axes=(axis,))
        return E.div(E.exp(E.tanh(x)), basics.broadcast(total, x.shape, kept))

    def permute(self, pool: Any, a: int, b: int, c: int) -> Any:
        x = pool[a % len(pool)]
        return basics.permute(x, tuple(reversed(range(x.ndim))))

    def slice(self, pool: Any, a: int, b: int, c: int) -> Any:
        x = pool[a % len(pool)]
        return shaping.slice_(x, start=tuple(b % n if n > 1 else 0 for n in x.shape), limit=x.shape)

    def pad(self, pool: Any, a: int, b: int, c: int) -> Any:
        x = pool[a % len(pool)]
        return shaping.pad(x, array(np.array(0.5, x.dtype)), lo=(b % 2,) * x.ndim, hi=(c % 2,) * x.ndim,
                           interior=(0,) * x.ndim)  # fmt: skip

    def dot(self, pool: Any, a: int, b: int, c: int) -> Any:
        x = pool[a % len(pool)]
        if not x.ndim:
            return x
        axis = b % x.ndim
        return contraction.dot(x, E.tanh(x), contract=((axis,), (axis,)))

    def gather(self, pool: Any, a: int, b: int, c: int) -> Any:
        x = pool[a % len(pool)]
        if not x.ndim:
            return x
        places = array(np.array([b % 5, c % 5, b % 3], np.int32).reshape(3, 1))
        return indexing.gather(x, places, slice_sizes=(1, *x.shape[1:]), mode="clip", fill_value=None,
                               offset_dims=tuple(range(1, x.ndim)), collapsed_slice_dims=(0,), start_index_map=(0,),
                               operand_batching_dims=(), start_indices_batching_dims=())  # fmt: skip

    def scatter(self, pool: Any, a: int, b: int, c: int) -> Any:
        x = pool[a % len(pool)]
        if not x.ndim:
            return x
        places = array(np.array([b % 5, c % 5, b % 3], np.int32).reshape(3, 1))
        rows = indexing.gather(E.sin(x), places, slice_sizes=(1, *x.shape[1:]), mode="clip", fill_value=None,
                               offset_dims=tuple(range(1, x.ndim)), collapsed_slice_dims=(0,), start_index_map=(0,),
                               operand_batching_dims=(), start_indices_batching_dims=())  # fmt: skip
        return indexing.scatter(x, places, rows, op=("add", "set")[c % 2], mode="fill",
                                offset_dims=tuple(range(1, x.ndim)), collapsed_slice_dims=(0,), start_index_map=(0,),
                                operand_batching_dims=(), start_indices_batching_dims=())  # fmt: skip

    def update(self, pool: Any, a: int, b: int, c: int) -> Any:
        x = pool[a % len(pool)]
        part = shaping.slice_(E.neg(x), start=(0,) * x.ndim, limit=tuple(max(n - 1, 1) for n in x.shape))
        return indexing.dynamic_update(x, part, *(array(np.array(b % 2, np.int32)) for _ in x.shape))

    def cumsum(self, pool: Any, a: int, b: int, c: int) -> Any:
        x = pool[a % len(pool)]
        return folding.cumsum(x, axis=b % x.ndim, reverse=bool(c % 2)) if x.ndim else x

    def sort(self, pool: Any, a: int, b: int, c: int) -> Any:
        x = pool[a % len(pool)]
        return folding.sort(x, axis=b % x.ndim, num_keys=1, stable=True)[0] if x.ndim else x

    def reshape(self, pool: Any, a: int, b: int, c: int) -> Any:
        x = pool[a % len(pool)]
        return shaping.reshape(x, shape=(x.size,) if x.ndim == 2 else (1, x.size))

    def concat(self, pool: Any, a: int, b: int, c: int) -> Any:
        x, y = self.alike(pool[a % len(pool)], pool[b % len(pool)])
        return shaping.concat(x, y, axis=c % x.ndim) if x.ndim and x.size < 800 else x

    def select(self, pool: Any, a: int, b: int, c: int) -> Any:
        x, y = self.alike(pool[a % len(pool)], pool[b % len(pool)])
        return E.select(E.lt(x, E.sin(y)), x, y)

    def loop(self, pool: Any, a: int, b: int, c: int) -> Any:
        """Carries that are written into step by step, and read before and after."""
        x, y = self.alike(pool[a % len(pool)], pool[b % len(pool)])
        if not x.ndim:
            return x
        zero = array(np.array(0, np.int32))

        def step(i: Any, s: Any) -> Any:
            p, q = s
            row = indexing.dynamic_slice(q, i, *(zero,) * (x.ndim - 1), sizes=(1, *x.shape[1:]))
            new = indexing.dynamic_update(p, E.sin(row), i, *(zero,) * (x.ndim - 1))
            seen = (p, new, E.tanh(p), shaping.flip(new, axes=(0,)))[c % 4]
            last = self.scatter([E.tanh(q)], 0, b, c) if c & 4 else E.mul(q, E.cos(seen))
            return (new, last) if c & 8 else (last, self.scatter([new], 0, a, c) if c & 16 else new)

        p, q = lax.fori_loop(0, min(x.shape[0], 3), step, (x, y))
        return E.add(p, q)

    def window(self, pool: Any, a: int, b: int, c: int) -> Any:
        x = pool[a % len(pool)]
        ones = (1,) * x.ndim
        seen = shaping.windows(x, window=(2,) * x.ndim, strides=ones, pads=((1, 0),) * x.ndim, base_dilation=ones,
                               window_dilation=ones, fill=0)  # fmt: skip
        return folding.reduce_sum(seen, axes=tuple(range(x.ndim, 2 * x.ndim)))


def program(data: Any, rng: Any) -> Any:
    """A function of three arrays, and the arrays."""
    maker = Maker(data, rng)
    ops = [maker.op() for _ in range(data.draw(st.integers(1, 9)))]
    outs = [data.draw(st.integers(0, 9)) for _ in range(data.draw(st.integers(1, 3)))]
    m, n = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 40))
    xs = [rng.uniform(-1, 1, shape) for shape in ((m, n), (n,), ())]

    def f(*values: Any) -> list[Any]:
        pool = list(values)
        for op in ops:
            pool.append(op(pool))
        return [pool[-1], *(pool[k % len(pool)] for k in outs)]

    return f, xs


def agree(got: Any, want: Any, rtol: float) -> None:
    for g, w in zip(got, want, strict=True):
        np.testing.assert_allclose(g.view, w.view, rtol=rtol, atol=rtol)


def test_compiled_program() -> None:
    @lawful(60)
    @given(st.data())
    def law(data: Any) -> None:
        rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
        f, xs = program(data, rng)
        xs = [array(x.astype(np.float32)) for x in xs]
        func, captured = trace(f, [x.aval for x in xs])
        agree(run(func, [*captured, *xs]), f(*xs), 2e-4)

    law()


def test_compiled_gradient() -> None:
    @lawful(40)
    @given(st.data())
    def law(data: Any) -> None:
        rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
        f, xs = program(data, rng)
        xs = [array(x) for x in xs]

        def gradient(*values: Any) -> list[Any]:
            ys, linear = linearize(lambda *vs: f(*vs)[:1], values, (True,) * len(values))
            holes = [Hole(v.aval) for v in linear.func.inputs[len(linear.residuals) :]]
            cts = [basics.ones(y.aval) for y, on in zip(ys, linear.active, strict=True) if on]
            back = backward(linear.func, [*linear.residuals, *holes], cts)[len(linear.residuals) :]
            return [basics.zeros(x.aval) if b is None else b for x, b in zip(values, back, strict=True)]

        func, captured = trace(gradient, [x.aval for x in xs])
        agree(run(func, [*captured, *xs]), gradient(*xs), 1e-9)

    law()


def test_compiled_batch() -> None:
    @lawful(30)
    @given(st.data())
    def law(data: Any) -> None:
        rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
        f, xs = program(data, rng)
        lanes = [[array(rng.permutation(x.reshape(-1)).reshape(x.shape)) for x in xs] for _ in range(2)]
        wide = [array(np.stack([row[k].view for row in lanes])) for k in range(len(xs))]

        def mapped(*values: Any) -> list[Any]:
            ys, ds = batch(f, BatchAxis(2), values, [0] * len(values))
            return [y if d in (0, None) else basics.permute(y, (d, *(k for k in range(y.ndim) if k != d)))
                    for y, d in zip(ys, ds, strict=True)]  # fmt: skip

        func, captured = trace(mapped, [x.aval for x in wide])
        each = [f(*row) for row in lanes]
        for k, got in enumerate(run(func, [*captured, *wide])):
            np.testing.assert_allclose(got.view, np.stack([row[k].view for row in each]), rtol=1e-9, atol=1e-9)

    law()
