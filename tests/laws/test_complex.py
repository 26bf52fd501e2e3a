"""The laws of primitives on complex numbers: NumPy's meaning, that on parts and kernels agree, and derivatives are
linear over the real numbers, so that a gradient pairs with a direction by the real part of their product."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.examples import EXAMPLES, Case, Draw, apply, array, case, close, lawful
from laws.test_compiled import between
from laws.test_primitives import SMOOTH, by_parts, difference, lane, noise

import rustorch_fn as rt
from rustorch_fn import dtypes, errors
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.primitive import REGISTRY, BatchAxis, Hole, Primitive
from rustorch_fn.core.trace import trace
from rustorch_fn.lax import basics
from rustorch_fn.lax.families import Elementwise
from rustorch_fn.transform.batch import batch
from rustorch_fn.transform.jit import run
from rustorch_fn.transform.linearize import forward, linearize
from rustorch_fn.transform.transpose import backward

# what has no meaning for complex numbers, as in JAX
REAL_ONLY = {
    "and", "argmax", "argmin", "cbrt", "ceil", "clz", "complex", "cumlogsumexp", "digamma", "erf", "erf_inv", "erfc",
    "floor", "fma", "ge", "gt", "is_finite", "le", "lgamma", "logaddexp", "lt", "nextafter", "not", "or", "popcount",
    "reduce_and", "reduce_or", "reduce_xor", "rem", "round_away", "round_even", "shift_left",
    "shift_right_arithmetic", "shift_right_logical", "trunc", "xor",
}  # fmt: skip
NAMES = sorted(set(EXAMPLES) - REAL_ONLY - {"bitcast", "iota"})
# sign's derivative is 0 in JAX, though the direction of a complex number turns with it
DERIVED = sorted(set(NAMES) & set(SMOOTH) - {"sign"})


class ComplexDraw(Draw):
    """Floats are complex."""

    def dtype(self, *options: Any) -> Any:
        if self.kind is None:
            self.kind = dtypes.complex128 if self.exact else self.of(dtypes.complex64, dtypes.complex128)
        return self.kind

    def floats(self, shape: Any, low: float = -2.0, high: float = 2.0) -> np.ndarray:
        x = self.rng.uniform(low, high, shape) + 1j * self.rng.uniform(-2, 2, shape)
        return np.asarray(x).astype(self.dtype())

    def numbers(self, shape: Any) -> np.ndarray:
        return self.floats(shape)


def drawn(name: str, d: Draw) -> Case:
    """A case whose floats are complex; what a row makes of real numbers alone is made complex."""
    c = EXAMPLES[name](d)
    return Case(tuple(x.astype(d.dtype()) if dtypes.is_float(x.dtype) else x for x in c.args), c.attrs)


def moved(d: Draw, c: Case) -> list[Any]:
    return [noise(d, x.shape, x.dtype) if x.dtype in dtypes.INEXACT else None for x in c.args]


def test_which_ops_on_complex_numbers_are_left_to_python() -> None:
    """Of those that kernels do on real ones; products and extremes at scattered places are the others."""
    rest = sorted(set(EXAMPLES) - REAL_ONLY)
    assert [n for n in rest if type(REGISTRY[n]).parts is Primitive.parts and REGISTRY[n].step == "at"] == ["bitcast"]
    x, i = rt.numpy.ones(3, "complex64"), rt.numpy.array([0, 0])
    steps = {op: rt.jit(lambda x, i: getattr(x.at[i], op)(2)).lower(x, i).compile().cost_analysis()["python steps"]  # noqa: B023
             for op in ("set", "add", "multiply")}  # fmt: skip
    assert steps == {"set": 0, "add": 0, "multiply": 1}


@pytest.mark.parametrize("name", sorted(REAL_ONLY - {"complex"}))
def test_an_op_of_real_numbers_refuses_complex_ones(name: str) -> None:
    x = Aval((2,), dtypes.complex64)
    attrs: dict[str, Any] = {}
    if name.startswith(("reduce", "arg", "cum")):
        attrs = dict(axes=(0,)) if name.startswith("reduce") else dict(axis=0)
    attrs |= dict(index_dtype=dtypes.int32) if name.startswith("arg") else {}
    count = len(REGISTRY[name].partials) if isinstance(REGISTRY[name], Elementwise) else 1
    with pytest.raises(errors.DtypeError):
        REGISTRY[name].shape(*[x] * count, **attrs)


@pytest.mark.parametrize("name", NAMES)
def test_parts_and_kernels_equal_meaning(name: str) -> None:
    @lawful(3)
    @given(st.data())
    def law(data: Any) -> None:
        op, c = REGISTRY[name], drawn(name, ComplexDraw(data, False))
        xs = [array(x) for x in c.args]
        wants = apply(op, c)(*xs)
        for got, want in zip(by_parts(op, c), wants, strict=True):
            close(got, want.view, 16.0)
        func, captured = trace(lambda *ys: between(op, c.attrs, *ys), [x.aval for x in xs])
        for got, want in zip(run(func, [*captured, *xs]), between(op, c.attrs, *xs), strict=True):
            close(got.view, want.view, 16.0)

    law()


@pytest.mark.parametrize("name", DERIVED)
def test_derivatives_equal_differences_to_second_order(name: str) -> None:
    @lawful(3)
    @given(st.data())
    def law(data: Any) -> None:
        d = ComplexDraw(data, True)
        op, c = REGISTRY[name], drawn(name, d)
        f, xs, ts, others = apply(op, c), list(c.args), moved(d, c), moved(d, c)
        fixed = [None if t is None else array(t) for t in ts]

        def slope(*ys: Any) -> list[Any]:
            out, pushed = forward(f, ys, fixed)
            return [basics.zeros(y.aval) if t is None else t for y, t in zip(out, pushed, strict=True)]

        for got, want in zip(slope(*map(array, xs)), difference(f, xs, ts), strict=True):
            np.testing.assert_allclose(got.view, want, rtol=1e-6, atol=1e-7)
        _, seconds = forward(slope, [array(x) for x in xs], [None if t is None else array(t) for t in others])
        for second, want in zip(seconds, difference(slope, xs, others), strict=True):
            zero = np.zeros(want.shape)
            np.testing.assert_allclose(zero if second is None else second.view, want, rtol=1e-5, atol=1e-6)

    law()


@pytest.mark.parametrize("name", DERIVED)
def test_transpose_is_the_adjoint(name: str) -> None:
    @lawful(3)
    @given(st.data())
    def law(data: Any) -> None:
        d = ComplexDraw(data, True)
        op, c = REGISTRY[name], drawn(name, d)
        on = [x.dtype in dtypes.INEXACT for x in c.args]
        ts = [t for t in moved(d, c) if t is not None]
        ys, linear = linearize(apply(op, c), [array(x) for x in c.args], on)
        out = linear([array(t) for t in ts])
        cts = [noise(d, y.shape, y.dtype) for y, t in zip(ys, out, strict=True) if t is not None]
        holes = [Hole(v.aval) for v in linear.func.inputs[len(linear.residuals) :]]
        back = backward(linear.func, [*linear.residuals, *holes], [array(c) for c in cts])[len(linear.residuals) :]
        left = sum(np.sum(t.view * ct).real for t, ct in zip([t for t in out if t is not None], cts, strict=True))
        right = sum(np.sum(b.view * t).real for b, t in zip(back, ts, strict=True) if b is not None)
        np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-9)

    law()


@pytest.mark.parametrize("name", NAMES)
def test_batch_is_a_loop(name: str) -> None:
    @lawful(3)
    @given(st.data())
    def law(data: Any) -> None:
        d = ComplexDraw(data, False)
        op, c = REGISTRY[name], drawn(name, d)
        lanes = [[lane(d, x, m) for x in c.args] for m in range(2)]
        wide = [array(np.stack(xs)) for xs in zip(*lanes, strict=True)]
        ys, ds = batch(apply(op, c), BatchAxis(2), wide, [0] * len(wide))
        each = [apply(op, c)(*map(array, row)) for row in lanes]
        for k, (y, to) in enumerate(zip(ys, ds, strict=True)):
            want = np.stack([row[k].view for row in each], 0 if to is None else to)
            close(y.view if to is not None else np.stack([y.view] * 2), want, 4.0)

    law()


@pytest.mark.parametrize("source", ["f32", "i32", "bool", "c64", "c128"])
@pytest.mark.parametrize("target", ["c64", "c128", "f32", "bool"])
def test_conversions(source: str, target: str) -> None:
    x = np.array([0, 1, 2]).astype(dtypes.LONG[source])
    x = x + np.array([1j, 0, -1j]).astype(x.dtype) if x.dtype.kind == "c" else x
    c = case(x, dtype=dtypes.LONG[target], weak_type=False)
    close(by_parts(REGISTRY["convert"], c)[0], apply(REGISTRY["convert"], c)(array(x))[0].view)
