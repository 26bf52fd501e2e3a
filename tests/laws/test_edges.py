"""The edges of arithmetic, one row each: JAX's answers, given by the NumPy meaning and the scalar expression alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rustorch_fn import dtypes
from rustorch_fn.core.array import Array, form
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.primitive import REGISTRY
from rustorch_fn.kernel import expr as K
from rustorch_fn.kernel import interp
from rustorch_fn.lax import basics, contraction  # noqa: F401  (the registry must be full)
from rustorch_fn.transform.linearize import forward

INF, NAN = float("inf"), float("nan")
LEAST = -(2**31)

# op, type, operands, result
EDGES: list[tuple[str, str, tuple[Any, ...], Any]] = [
    ("div", "i32", (7, 0), -1), ("div", "i32", (-7, 2), -3), ("div", "i32", (7, -2), -3), ("div", "i32", (0, 0), -1),
    ("div", "i32", (LEAST, -1), LEAST), ("div", "u8", (7, 0), 255), ("div", "f32", (1, 0), INF),
    ("div", "i8", (-128, -1), -128),
    ("rem", "i32", (7, 0), 7), ("rem", "i32", (-7, 2), -1), ("rem", "i32", (7, -2), 1), ("rem", "i32", (LEAST, -1), 0),
    ("rem", "f32", (-7, 2), -1), ("rem", "f32", (7, 0), NAN), ("rem", "f32", (5, INF), 5), ("rem", "u8", (9, 4), 1),
    ("shift_left", "i32", (1, 33), 0), ("shift_left", "i8", (-100, 7), 0), ("shift_left", "i8", (3, 7), -128),
    ("shift_left", "i8", (3, -1), 0), ("shift_right_arithmetic", "i8", (-100, 9), -1),
    ("shift_right_arithmetic", "i8", (-100, 1), -50), ("shift_right_arithmetic", "i8", (3, -1), 0),
    ("shift_right_arithmetic", "u8", (200, 1), 228), ("shift_right_arithmetic", "u8", (200, 9), 255),
    ("shift_right_logical", "i8", (-100, 1), 78), ("shift_right_logical", "i8", (-100, 8), 0),
    ("shift_right_logical", "i8", (-100, -1), 0), ("shift_right_logical", "u8", (200, 1), 100),
    ("max", "f32", (NAN, 1), NAN), ("max", "f32", (1, NAN), NAN), ("min", "f32", (NAN, 1), NAN),
    ("min", "bf16", (1, NAN), NAN), ("max", "bool", (True, False), True), ("min", "bool", (True, False), False),
    ("sign", "f32", (NAN,), NAN), ("sign", "f32", (-0.0,), -0.0), ("sign", "f32", (-3,), -1), ("sign", "i8", (-9,), -1),
    ("sign", "u8", (200,), 1), ("abs", "i8", (-128,), -128), ("neg", "u8", (1,), 255), ("neg", "f32", (0.0,), -0.0),
    ("add", "i8", (127, 1), -128), ("mul", "u8", (16, 16), 0), ("sub", "u8", (0, 1), 255),
    ("round_even", "f32", (2.5,), 2), ("round_even", "f32", (-0.3,), -0.0), ("round_even", "f16", (3.5,), 4),
    ("round_away", "f32", (2.5,), 3), ("round_away", "f32", (-2.5,), -3), ("round_away", "f32", (0.49999997,), 0),
    ("popcount", "i8", (-1,), 8), ("clz", "i8", (0,), 8), ("clz", "u32", (1,), 31), ("clz", "i64", (-1,), 0),
    ("eq", "f32", (NAN, NAN), False), ("ne", "f32", (NAN, NAN), True), ("lt", "u8", (1, 255), True),
    ("lt", "i8", (1, -1), False), ("eq", "f32", (0.0, -0.0), True), ("not", "bool", (True,), False),
    ("not", "i8", (0,), -1), ("nextafter", "f32", (0.0, 1.0), 1e-45), ("nextafter", "f32", (0.0, -1.0), -1e-45),
    ("lgamma", "f32", (-INF,), INF), ("lgamma", "f32", (0.0,), INF), ("digamma", "f32", (0.0,), NAN),
    ("digamma", "f32", (-1.0,), NAN), ("erf_inv", "f32", (1.0,), INF), ("erf_inv", "f32", (1.5,), NAN),
    ("pow", "f32", (NAN, 0.0), 1), ("pow", "f32", (1.0, NAN), 1), ("pow", "f32", (-2.0, 3.0), -8),
    ("pow", "f32", (-2.0, 0.5), NAN), ("pow", "f32", (0.0, -1.0), INF), ("pow", "f32", (-0.0, -1.0), -INF),
    ("atan2", "f32", (0.0, -0.0), np.float32(np.pi)), ("atan2", "f32", (-0.0, 0.0), -0.0),
    ("log", "f32", (-1.0,), NAN), ("log", "f32", (0.0,), -INF), ("log1p", "f32", (-1.0,), -INF),
    ("exp", "f32", (-INF,), 0), ("exp", "f32", (89.0,), INF), ("sqrt", "f32", (-0.0,), -0.0),
    ("rsqrt", "f32", (0.0,), INF), ("rsqrt", "f32", (-0.0,), -INF), ("cbrt", "f32", (-8.0,), -2),
    ("tanh", "f32", (INF,), 1), ("logistic", "f32", (-INF,), 0), ("erfc", "f32", (INF,), 0),
    ("sin", "f32", (INF,), NAN),
    ("nextafter", "bf16", (1.0, 2.0), 1.0078125), ("nextafter", "f16", (1.0, 0.0), 0.99951171875),
    ("nextafter", "f64", (INF, 0.0), 1.7976931348623157e308), ("nextafter", "f32", (NAN, 0.0), NAN),
]  # fmt: skip

# source, target, value, result
CASTS = [
    ("f32", "i32", 3e9, 2**31 - 1), ("f32", "i32", -3e9, LEAST), ("f32", "i32", NAN, 0), ("f32", "i32", -1.9, -1),
    ("f32", "i8", 300, 127), ("f32", "i8", -128.7, -128), ("f32", "u8", -1, 0), ("f32", "u8", 255.9, 255),
    ("f64", "i64", 1e19, 2**63 - 1), ("f64", "u64", 1e20, 2**64 - 1), ("f64", "i64", -INF, -(2**63)),
    ("f32", "bool", NAN, True), ("f32", "bool", -0.0, False), ("i32", "i8", 300, 44), ("i8", "u32", -1, 2**32 - 1),
    ("i32", "f16", 70000, INF), ("f64", "f32", 1e300, INF), ("bf16", "i8", -200, -128), ("bool", "f32", True, 1.0),
    # rounded once: by way of float32 it would be 1.0
    ("f64", "bf16", 1 + 2.0**-8 + 2.0**-40, 1.0078125), ("i32", "bf16", 16842753, 16908288.0),
]  # fmt: skip

# op, operands, partial derivatives
SLOPES = [
    ("max", (1.0, 1.0), (0.5, 0.5)), ("min", (2.0, 2.0), (0.5, 0.5)), ("max", (1.0, 2.0), (0.0, 1.0)),
    ("abs", (0.0,), (0.0,)), ("abs", (-2.0,), (-1.0,)), ("sign", (3.0,), (0.0,)), ("pow", (0.0, 2.0), (0.0, 0.0)),
    ("pow", (2.0, 0.0), (0.0, np.log(2.0))), ("pow", (0.0, 0.0), (0.0, 0.0)), ("sqrt", (0.0,), (INF,)),
    ("logaddexp", (np.inf, 0.0), (1.0, 0.0)), ("logaddexp", (-np.inf, 2.0), (0.0, 1.0)),
    ("atan2", (0.0, 1.0), (1.0, 0.0)), ("rem", (7.0, 2.0), (1.0, -3.0)), ("logistic", (0.0,), (0.25,)),
    ("tanh", (0.0,), (1.0,)), ("cbrt", (0.0,), (INF,)),
]  # fmt: skip


def array(value: Any, dtype: str) -> Array:
    to = dtypes.LONG[dtype]
    return Array.of(np.array(value, to), form(Aval((), to)))


def same(got: Any, want: Any) -> None:
    assert got.dtype == want.dtype
    if want.dtype not in dtypes.FLOATS:
        assert got == want
        return
    got, want = got.astype(float), want.astype(float)
    np.testing.assert_array_equal(got, want)
    assert np.isnan(want) or np.signbit(got) == np.signbit(want)


def by_at(op: Any, xs: list[Array], attrs: dict[str, Any]) -> np.ndarray:
    with K.table():
        buffers = [K.Buffer(f"x{k}", dtypes.SHORT[x.dtype], 1) for k, x in enumerate(xs)]
        reads = [K.View((), b.dtype, lambda i, b=b: K.load(b, K.index(0))) for b in buffers]
        e = op.at((), *reads, **attrs)
        return interp.evaluate(e, {b: x.view.reshape(1) for b, x in zip(buffers, xs, strict=True)})


@pytest.mark.parametrize(("name", "dtype", "operands", "result"), EDGES)
def test_edge(name: str, dtype: str, operands: tuple[Any, ...], result: Any) -> None:
    op, xs = REGISTRY[name], [array(x, dtype) for x in operands]
    want = np.array(result, op.shape(*(x.aval for x in xs)).dtype)
    same(op(*xs).view, want)
    same(by_at(op, xs, {}), want)


@pytest.mark.parametrize(("source", "target", "value", "result"), CASTS)
def test_cast(source: str, target: str, value: Any, result: Any) -> None:
    op, x, to = REGISTRY["convert"], array(value, source), dtypes.LONG[target]
    want = np.array(result, to)
    same(op(x, dtype=to, weak_type=False).view, want)
    same(by_at(op, [x], dict(dtype=to, weak_type=False)), want)


@pytest.mark.parametrize(("name", "operands", "slopes"), SLOPES)
def test_slope(name: str, operands: tuple[float, ...], slopes: tuple[float, ...]) -> None:
    xs = [array(x, "f64") for x in operands]
    for k, want in enumerate(slopes):
        ts = [array(1.0, "f64") if j == k else None for j in range(len(xs))]
        _, (t,) = forward(lambda *ys: [REGISTRY[name](*ys)], xs, ts)
        assert (0.0 if t is None else t.view[()]) == want


@pytest.mark.parametrize(("first", "want"), [(False, [0, 1 / 3, 1 / 3, 1 / 3]), (True, [0, 1, 0, 0])])
def test_equal_winners(first: bool, want: list[float]) -> None:
    x = Array.of(np.array([1.0, 5.0, 5.0, 5.0]), form(Aval((4,), dtypes.float64)))
    for k, slope in enumerate(want):
        t = Array.of(np.eye(4)[k], x.form)
        _, (got,) = forward(lambda y: [REGISTRY["reduce_max"](y, axes=(0,), first=first)], [x], [t])
        assert got.view[()] == slope
