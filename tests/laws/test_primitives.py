"""Each primitive answers all questions, and its answers agree with each other.

A row of `EXAMPLES` draws operands and attributes of one op. The laws: `ref` has the type that `shape` says and equals
`at`; the linear closure equals numeric differences, to second order; transposition is the adjoint; one more axis is a
loop. Every op of the registry that lives in these rooms has a row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.examples import EXAMPLES, Case, Draw, apply, array, close, lawful

from rustorch_fn import dtypes
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.parts import real
from rustorch_fn.core.primitive import REGISTRY, BatchAxis, Hole, Primitive
from rustorch_fn.core.trace import reference, trace
from rustorch_fn.kernel import expr as K
from rustorch_fn.kernel import interp
from rustorch_fn.lax import basics, contraction, elementwise, folding, indexing, shaping
from rustorch_fn.transform.batch import batch
from rustorch_fn.transform.linearize import forward, linearize
from rustorch_fn.transform.transpose import backward

ROOMS = (elementwise, shaping, indexing, folding, contraction)

# kinks and jumps: values that differences step over tell nothing
STEPS = {"floor", "ceil", "trunc", "round_even", "round_away", "sign"}
SMOOTH = sorted(set(EXAMPLES) - STEPS - {"iota", "bitcast", "popcount", "clz", "not", "and", "or", "xor", "is_finite",
    "shift_left", "shift_right_logical", "shift_right_arithmetic", "reduce_and", "reduce_or", "reduce_xor", "argmax",
    "argmin", "stop_gradient", "eq", "ne", "lt", "le", "gt", "ge"})  # fmt: skip


# --- tools ---


def floats(c: Case) -> list[bool]:
    return [x.dtype in dtypes.INEXACT for x in c.args]


def noise(d: Draw, shape: Any, dtype: Any) -> np.ndarray:
    """Random numbers of a type."""
    x = d.rng.standard_normal(shape)
    return np.asarray(x + 1j * d.rng.standard_normal(shape) if dtype in dtypes.COMPLEX else x)


def by_parts(op: Any, c: Case) -> list[np.ndarray]:
    """What the op does to real and imaginary parts, by the NumPy meaning of those ops."""
    xs = [array(x) for x in c.args]
    func, captured = trace(apply(op, c), [x.aval for x in xs])
    ys = reference(real(func), [held(x.view) for x in (*captured, *xs)])
    return [np.ascontiguousarray(y).view(a.dtype)[..., 0] if a.dtype in dtypes.COMPLEX else y
            for y, a in zip(ys, func.out_avals, strict=True)]  # fmt: skip


def held(x: np.ndarray) -> np.ndarray:
    """An array as memory holds it: a complex one with a last axis of two."""
    return np.stack([x.real, x.imag], -1) if x.dtype.kind == "c" else x


def by_at(op: Any, c: Case, result: Aval) -> np.ndarray:
    """The op's scalar expression, over all of the result's indices."""
    with K.table():
        reads, env = [], {}
        for k, x in enumerate(c.args):
            buffer = K.Buffer(f"x{k}", dtypes.SHORT[x.dtype], x.size)
            env[buffer] = np.ascontiguousarray(x).reshape(-1)
            reads.append(K.View(x.shape, buffer.dtype, lambda i, x=x, b=buffer: K.load(b, flat(i, x.shape))))
        over = [K.Axis(n) for n in result.shape]
        env |= {a: np.arange(a.extent).reshape([-1 if b is a else 1 for b in over]) for a in over}
        e = op.at(tuple(map(K.axis, over)), *reads, **c.attrs)
        assert e.dtype == dtypes.SHORT[result.dtype]
        return np.broadcast_to(interp.evaluate(e, env), result.shape)


def flat(i: tuple[K.Expr, ...], shape: tuple[int, ...]) -> K.Expr:
    out = K.index(0)
    for j, n in zip(i, shape, strict=True):
        out = out * n + j
    return out


def difference(f: Any, xs: list[np.ndarray], ts: list[np.ndarray], step: float = 1e-5) -> list[np.ndarray]:
    """The central difference of f along ts, improved once by extrapolation."""

    def at(h: float) -> list[np.ndarray]:
        moved = [array(x) if t is None else array(x + x.dtype.type(h) * t) for x, t in zip(xs, ts, strict=True)]
        return [y.view.astype(np.promote_types(y.view.dtype, np.float64)) for y in f(*moved)]

    def slope(h: float) -> list[np.ndarray]:
        return [(a - b) / (2 * h) for a, b in zip(at(h), at(-h), strict=True)]

    return [(4 * a - b) / 3 for a, b in zip(slope(step), slope(2 * step), strict=True)]


def tangents(d: Draw, c: Case) -> list[Any]:
    return [noise(d, x.shape, x.dtype) if on else None for x, on in zip(c.args, floats(c), strict=True)]


# --- the laws ---


def test_every_primitive_has_examples() -> None:
    here = {op.name for room in ROOMS for op in vars(room).values() if isinstance(op, Primitive)}
    assert here == set(EXAMPLES)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_meaning_has_the_type_that_shape_says(name: str) -> None:
    @lawful(12)
    @given(st.data())
    def law(data: Any) -> None:
        op, c = REGISTRY[name], EXAMPLES[name](Draw(data, False))
        want = op.shape(*(Aval(x.shape, x.dtype) for x in c.args), **c.attrs)
        ys = apply(op, c)(*map(array, c.args))
        for y, a in zip(ys, want if op.multiple else [want], strict=True):
            assert y.view.shape == a.shape
            assert y.view.dtype == a.dtype

    law()


@pytest.mark.parametrize("name", sorted(n for n in EXAMPLES if hasattr(REGISTRY[n], "at")))
def test_element_equals_meaning(name: str) -> None:
    @lawful(25)
    @given(st.data())
    def law(data: Any) -> None:
        op, c = REGISTRY[name], EXAMPLES[name](Draw(data, False))
        result = op.shape(*(Aval(x.shape, x.dtype) for x in c.args), **c.attrs)
        if any(a.dtype in dtypes.COMPLEX for a in (*c.args, result)):
            close(by_parts(op, c)[0], op(*map(array, c.args), **c.attrs).view, 4.0)
        elif result.size:
            close(by_at(op, c, result), op(*map(array, c.args), **c.attrs).view, 4.0)

    law()


@pytest.mark.parametrize("name", SMOOTH)
def test_linear_closure_equals_differences(name: str) -> None:
    @lawful(12)
    @given(st.data())
    def law(data: Any) -> None:
        d = Draw(data, True)
        op, c = REGISTRY[name], EXAMPLES[name](d)
        f, xs, ts = apply(op, c), list(c.args), tangents(d, c)
        _, got = forward(f, [array(x) for x in xs], [None if t is None else array(t) for t in ts])
        for g, want in zip(got, difference(f, xs, ts), strict=True):
            np.testing.assert_allclose(g.view if g is not None else np.zeros(want.shape), want, rtol=1e-6, atol=1e-7)

    law()


@pytest.mark.parametrize("name", SMOOTH)
def test_second_order_equals_differences(name: str) -> None:
    @lawful(5)
    @given(st.data())
    def law(data: Any) -> None:
        d = Draw(data, True)
        op, c = REGISTRY[name], EXAMPLES[name](d)
        f, xs, ts = apply(op, c), list(c.args), tangents(d, c)
        fixed = [None if t is None else array(t) for t in ts]

        def slope(*ys: Any) -> list[Any]:
            out, pushed = forward(f, ys, fixed)
            return [basics.zeros(y.aval) if t is None else t for y, t in zip(out, pushed, strict=True)]

        others = tangents(d, c)
        _, got = forward(slope, [array(x) for x in xs], [None if t is None else array(t) for t in others])
        for g, want in zip(got, difference(slope, xs, others), strict=True):
            np.testing.assert_allclose(g.view if g is not None else np.zeros(want.shape), want, rtol=1e-5, atol=1e-6)

    law()


@pytest.mark.parametrize("name", SMOOTH)
def test_transpose_is_the_adjoint(name: str) -> None:
    @lawful(12)
    @given(st.data())
    def law(data: Any) -> None:
        d = Draw(data, True)
        op, c = REGISTRY[name], EXAMPLES[name](d)
        on = [flag and d.of(True, True, False) for flag in floats(c)]
        if not any(on):
            on = floats(c)
        ts = [t for t, flag in zip(tangents(d, c), on, strict=True) if flag]
        ys, linear = linearize(apply(op, c), [array(x) for x in c.args], on)
        out = linear([array(t) for t in ts])
        cts = [noise(d, y.shape, y.dtype) for y, t in zip(ys, out, strict=True) if t is not None]
        holes = [Hole(v.aval) for v in linear.func.inputs[len(linear.residuals) :]]
        back = backward(linear.func, [*linear.residuals, *holes], [array(c) for c in cts])[len(linear.residuals) :]
        left = sum(float(np.sum(t.view * c).real) for t, c in zip([t for t in out if t is not None], cts, strict=True))
        right = sum(float(np.sum(b.view * t).real) for b, t in zip(back, ts, strict=True) if b is not None)
        np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-9)

    law()


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - {"iota"}))
def test_batch_is_a_loop(name: str) -> None:
    @lawful(15)
    @given(st.data())
    def law(data: Any) -> None:
        d = Draw(data, False)
        op, c = REGISTRY[name], EXAMPLES[name](d)
        n = d.int(0, 3)
        dims = [d.of(None, *range(x.ndim + 1)) for x in c.args]
        if all(k is None for k in dims):
            dims[0] = 0
        lanes = [
            [x if k is None else lane(d, x, m) for x, k in zip(c.args, dims, strict=True)] for m in range(max(n, 1))
        ]
        wide = [x if k is None else np.stack([row[j] for row in lanes], k).take(range(n), k)
                for j, (x, k) in enumerate(zip(c.args, dims, strict=True))]  # fmt: skip
        ys, ds = batch(apply(op, c), BatchAxis(n), [array(x) for x in wide], dims)
        each = [apply(op, c)(*map(array, row)) for row in lanes]
        for k, (y, to) in enumerate(zip(ys, ds, strict=True)):
            want = np.stack([row[k].view for row in each], 0 if to is None else to).take(range(n), to or 0)
            close(y.view if to is not None else np.stack([y.view] * n), want, 4.0)

    law()


def lane(d: Draw, x: np.ndarray, m: int) -> np.ndarray:
    """Another operand like x."""
    return np.asarray(d.rng.permutation(x.reshape(-1)).reshape(x.shape) if m else x)
