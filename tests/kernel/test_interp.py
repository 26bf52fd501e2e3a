"""The slow truth against Python's own exact arithmetic."""

import itertools
import math
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

from rustorch_fn.kernel import expr as e
from rustorch_fn.kernel.interp import DTYPES, evaluate, fma

BYTES = range(-128, 128)


def over_bytes(word, dtype="i8"):
    """A word of two integers of eight bits, for all their values."""
    x, y = (np.array(v).astype(DTYPES[dtype]) for v in zip(*itertools.product(BYTES, BYTES), strict=True))
    with e.table():
        i, left, right = e.Axis(x.size), e.Buffer("x", dtype, x.size), e.Buffer("y", dtype, x.size)
        value = word(e.load(left, e.axis(i)), e.load(right, e.axis(i)))
    return evaluate(value, {i: np.arange(x.size), left: x, right: y}), x.tolist(), y.tolist()


def cut(x, y):
    return -(abs(x) // abs(y)) if (x < 0) != (y < 0) else abs(x) // abs(y)


def divided(x, y):
    return -1 if y == 0 else x if (x, y) == (-128, -1) else cut(x, y)


def remaining(x, y):
    return x if y == 0 else 0 if (x, y) == (-128, -1) else x - y * cut(x, y)


@pytest.mark.parametrize(
    ("word", "truth"),
    [
        (e.add, lambda x, y: x + y),
        (e.mul, lambda x, y: x * y),
        (e.div, divided),
        (e.rem, remaining),
        (e.shl, lambda x, y: x << (y & 255)),
        (e.shr, lambda x, y: x >> (y & 255)),
        (lambda x, y: e.clz(x), lambda x, y: 8 - (x & 255).bit_length()),
        (lambda x, y: e.popcount(x), lambda x, y: (x & 255).bit_count()),
    ],
)
def test_words_of_signed_bytes(word, truth):
    got, x, y = over_bytes(word)
    assert got.dtype == np.int8
    assert got.tolist() == [e.wrap(truth(a, b), "i8") for a, b in zip(x, y, strict=True)]


@pytest.mark.parametrize(
    ("word", "truth"),
    [
        (e.div, lambda x, y: 255 if y == 0 else x // y),
        (e.rem, lambda x, y: x if y == 0 else x % y),
        (e.shr, lambda x, y: x >> y),
    ],
)
def test_words_of_unsigned_bytes(word, truth):
    got, x, y = over_bytes(word, "u8")
    assert got.tolist() == [e.wrap(truth(a, b), "u8") for a, b in zip(x, y, strict=True)]


def converted(values, source, dtype):
    x = np.asarray(values, DTYPES[source])
    with e.table():
        i, buffer = e.Axis(x.size), e.Buffer("x", source, x.size)
        value = e.convert(e.load(buffer, e.axis(i)), dtype)
    return evaluate(value, {i: np.arange(x.size), buffer: x})


def test_floats_saturate_as_integers():
    values = [math.nan, math.inf, -math.inf, -0.9, -128.9, 255.9, 2.0**31, -(2.0**63), 2.0**64]
    assert converted(values, "f64", "i8").tolist() == [0, 127, -128, 0, -128, 127, 127, -128, 127]
    assert converted(values, "f64", "u8").tolist() == [0, 255, 0, 0, 0, 255, 255, 0, 255]
    top = 2**63 - 1
    assert converted(values, "f64", "i64").tolist() == [0, top, -top - 1, 0, -128, 255, 2**31, -top - 1, top]
    assert converted(values, "f64", "u64").tolist()[-4:] == [255, 2**31, 0, 2**64 - 1]
    assert converted(values, "f64", "bool").tolist() == [True] * 9


def test_bf16_rounds_once():
    # just above and just below the middle of two neighbours, by less than f32 can tell
    middle = 1 + 2.0**-8
    assert converted([middle + 2.0**-40, middle, middle - 2.0**-40], "f64", "bf16").tolist() == [1 + 2.0**-7, 1, 1]
    assert converted([2**62 + 2**54 + 1, 2**62 + 2**54], "i64", "bf16").tolist() == [2**62 + 2**55, 2**62]


def test_fold_keeps_order_and_blocks(monkeypatch):
    monkeypatch.setattr("rustorch_fn.kernel.interp.BLOCK", 100)
    x = np.random.default_rng(0).integers(0, 20, (7, 90)).astype(np.float32)
    with e.table():
        i, j, buffer = e.Axis(7), e.Axis(90), e.Buffer("x", "f32", x.size)
        read = e.load(buffer, e.axis(i) * 90 + e.axis(j))
        peak = e.fold(e.MAX, [j], [read])
        where = e.fold(e.ARGMAX, [j], [read, e.axis(j)], 1)
        spread = e.fold(e.ADD, [j], [read - peak])
    env = {i: np.arange(7), buffer: x.reshape(-1)}
    assert evaluate(where, env).tolist() == x.argmax(1).tolist()
    assert evaluate(spread, env).tolist() == (x - x.max(1, keepdims=True)).sum(1).tolist()


def test_loads_are_guarded():
    with e.table():
        i, buffer = e.Axis(5), e.Buffer("x", "f32", 3)
        safe = e.load(buffer, e.axis(i), e.axis(i) < 3)
        bare = e.load(buffer, e.axis(i))
    env = {i: np.arange(5), buffer: np.float32([1, 2, 3])}
    assert evaluate(safe, env).tolist() == [1, 2, 3, 0, 0]
    with pytest.raises(IndexError, match="guard the load"):
        evaluate(bare, env)


def nearest(value, dtype):
    """A fraction rounded once to a float type, ties to even."""
    if not value:
        return 0.0
    bits, lowest, highest = (24, -149, 128) if dtype == np.float32 else (53, -1074, 1024)
    exponent = abs(value.numerator).bit_length() - value.denominator.bit_length()
    if abs(value) < Fraction(2) ** exponent:
        exponent -= 1
    unit = Fraction(2) ** max(exponent + 1 - bits, lowest)
    rounded = round(value / unit) * unit
    if abs(rounded) >= Fraction(2) ** highest:
        return math.inf if rounded > 0 else -math.inf
    return float(rounded)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fma_rounds_once(dtype):
    rng, n = np.random.default_rng(0), 400
    low = np.finfo(dtype).minexp

    def numbers(exponent, spread):
        size = np.ldexp(rng.uniform(1, 2, n), exponent + rng.integers(-spread, spread + 1, n))
        return (size * rng.choice([-1, 1], n)).astype(dtype)

    x, y = numbers(0, 3), numbers(0, 3)
    near = (-(x.astype(np.longdouble) * y)).astype(dtype) * (1 + np.finfo(dtype).eps * rng.integers(-2, 3, n))
    sets = [
        (x, y, near.astype(dtype)),
        (x, y, numbers(0, 110)),
        (np.rint(x * 64), np.rint(y * 64), np.ldexp(np.rint(x), 50).astype(dtype)),
        (numbers(low // 2, 30), numbers(low - low // 2, 20), np.ldexp(x, low - 20).astype(dtype)),
        (numbers(-low // 2, 2), numbers(-low // 2, 2), numbers(-low - 1, 2)),
    ]
    for a, b, c in sets:
        with np.errstate(all="ignore"):
            got = fma(a, b, c)
        keep = np.isfinite(c)
        exact = [
            Fraction(float(p)) * Fraction(float(q)) + Fraction(float(r))
            for p, q, r in zip(a, b, c, strict=True)
            if np.isfinite(r)
        ]
        assert got[keep].tolist() == [nearest(t, dtype) for t in exact]


def test_fma_of_bf16_rounds_once():
    kind = ml_dtypes.bfloat16
    # 1.75 * 37 / 64 is the middle of two neighbours; the addend is less than f32 can tell
    x, y, z = (np.array([v], kind) for v in (1.75, 37 / 64, -(2.0**-30)))
    assert float(fma(x, y, z)[0]) == 1 + 2.0**-7
    assert float(fma(x, y, -z)[0]) == 1 + 2.0**-6
