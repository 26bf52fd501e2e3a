"""The remainder of floats is exact: the same bits as C's fmod, for every pair of numbers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ulps import compiled, interpreted, specials

import rustorch_fn as rt
from rustorch_fn import dtypes
from rustorch_fn.kernel.math import rem
from rustorch_fn.target.llvm.check import host

KINDS = {"f32": (np.float32, np.uint32), "f64": (np.float64, np.uint64)}
WITHOUT = replace(host(), fma=False)


def wrong(got: np.ndarray, x: np.ndarray, y: np.ndarray) -> str:
    """The first pair whose remainder is not that of C, or an empty string."""
    with np.errstate(all="ignore"):
        want = np.fmod(x, y)
    bits = f"u{x.itemsize}"
    off = (got.view(bits) != want.view(bits)) & ~(np.isnan(got) & np.isnan(want))
    i = int(np.argmax(off))
    return f"rem({x[i]!r}, {y[i]!r}) = {got[i]!r}, not {want[i]!r}" if off[i] else ""


def pairs(dtype: str, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of all sizes, of one size, denormals, and whole multiples with their neighbours."""
    kind, word = KINDS[dtype]
    bits = 8 * kind().itemsize

    def any_() -> np.ndarray:
        return rng.integers(0, 2**bits - 1, count, word, endpoint=True).view(kind)

    def small() -> np.ndarray:
        return (any_().view(word) >> rng.integers(bits // 8 + 1, bits - 1, count).astype(word)).view(kind)

    def near() -> np.ndarray:
        return (rng.uniform(-1, 1, count) * 10.0 ** rng.uniform(-4, 4, count)).astype(kind)

    with np.errstate(all="ignore"):
        base = near()
        multiple = base * np.rint(10.0 ** rng.uniform(0, 12, count)).astype(kind)
        multiple = np.nextafter(multiple, multiple * rng.choice([0, 1, 2], count).astype(kind))
    xs = [any_(), near(), small(), any_(), near(), multiple]
    ys = [any_(), near(), small(), small(), any_(), base]
    return np.concatenate(xs), np.concatenate(ys)


@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("machine", [host(), WITHOUT], ids=["as it is", "without fma"])
def test_many_pairs(dtype, machine):
    x, y = pairs(dtype, 50_000, np.random.default_rng(0))
    assert not wrong(compiled(rem, x, y, machine=machine), x, y)


@pytest.mark.sweep
@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("machine", [host(), WITHOUT], ids=["as it is", "without fma"])
def test_a_hundred_million_pairs(dtype, machine):
    for seed in range(100):
        x, y = pairs(dtype, 170_000, np.random.default_rng(seed))
        assert not wrong(compiled(rem, x, y, machine=machine), x, y), seed


@pytest.mark.parametrize("dtype", ["f32", "f64"])
def test_special_numbers(dtype):
    kind = KINDS[dtype][0]
    info = np.finfo(kind)
    ends = [info.max, info.tiny, info.smallest_subnormal, np.nextafter(info.tiny, kind(0)), 3 * info.smallest_subnormal]
    values = np.concatenate([specials(dtype), np.array([*ends, 1, 2, 3, 0.1, 7, 1e30], kind)])
    values = np.concatenate([values, -values])
    x, y = (v.reshape(-1).copy() for v in np.meshgrid(values, values))
    assert not wrong(compiled(rem, x, y), x, y)
    assert not wrong(interpreted(rem, x, y), x, y)


@pytest.mark.parametrize("dtype", ["f32", "f64"])
def test_every_distance_of_exponents(dtype):
    kind = KINDS[dtype][0]
    info, rng = np.finfo(kind), np.random.default_rng(1)
    low, high = info.minexp - info.nmant, info.maxexp - 1
    a, b = (v.reshape(-1) for v in np.meshgrid(np.arange(low, high, 3), np.arange(low, high, 7)))
    x, y = (np.ldexp(rng.uniform(0.5, 1.0, a.size), e + 1).astype(kind) for e in (a, b))
    assert not wrong(compiled(rem, x, y), x, y)


@given(st.floats(), st.floats())
@example(np.finfo(float).max, 5e-324)
@example(1.5, -0.0)
@example(-6.0, 3.0)
def test_any_pair(x, y):
    for kind in (np.float32, np.float64):
        with np.errstate(all="ignore"):
            a, b = np.array([x], kind), np.array([y], kind)
        assert not wrong(np.asarray(interpreted(rem, a, b)), a, b)


@pytest.mark.parametrize("dtype", [dtypes.bfloat16, dtypes.float16])
def test_low_precision_is_exact_too(dtype):
    values = np.arange(1 << 16, dtype=np.uint16).view(dtype)
    x, y = values, np.random.default_rng(2).permutation(values)
    got = rt.jit(rt.lax.rem)(rt.numpy.asarray(x), rt.numpy.asarray(y)).view
    with np.errstate(all="ignore"):
        want = np.fmod(x.astype(float), y.astype(float)).astype(dtype)
    assert np.array_equal(got.astype(float), want.astype(float), equal_nan=True)


def test_a_wrong_remainder_is_seen():
    x, y = np.array([5.0, -4.0]), np.array([3.0, 2.0])
    assert not wrong(np.array([2.0, -0.0]), x, y)
    assert "not np.float64(-0.0)" in wrong(np.array([2.0, 0.0]), x, y)
