"""Elementary functions: errors in ulps, special cases, and that numpy and LLVM agree on every word of them."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from mpmath import mp
from ulps import FUNCTIONS, compiled, exact_pair, interpreted, patterns, points, specials, ulp_error

from rustorch_fn.kernel import math as functions
from rustorch_fn.kernel.expr import Axis, axis, const, fma, table
from rustorch_fn.target.llvm.check import host

INF, NAN = np.inf, np.nan


def worst(f, dtype, x, got, truth, rest=0.0):
    error = ulp_error(got, truth, rest, f.least(x))
    i = int(np.argmax(error))
    return float(error[i]), f"{f.name} {dtype}({x[i]!r}) = {got[i]!r}, not {truth[i]!r}: {error[i]:.3f} ulp"


@pytest.mark.parametrize("f", FUNCTIONS, ids=repr)
def test_f32_within_bound(f):
    x = patterns(1_000_000)
    error, message = worst(f, "f32", x, compiled(f.build, x), f.truth(x))
    assert error <= f.limit("f32"), message


@pytest.mark.parametrize("f", FUNCTIONS, ids=repr)
def test_f64_within_bound(f):
    x = points(f, 100)
    error, message = worst(f, "f64", x, compiled(f.build, x), *exact_pair(f, x))
    assert error <= f.limit("f64"), message


@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("f", FUNCTIONS, ids=repr)
def test_numpy_and_llvm_agree(f, dtype):
    x = patterns(2000) if dtype == "f32" else points(f, 200)
    same = np.array_equal(interpreted(f.build, x), compiled(f.build, x), equal_nan=True)
    # without fma, polynomials are rounded more often
    assert same or not host().fma


@pytest.mark.parametrize("f", FUNCTIONS, ids=repr)
def test_f32_within_bound_without_fma(f):
    x = patterns(20_000)
    got = compiled(f.build, x, machine=replace(host(), fma=False))
    error, message = worst(f, "f32", x, got, f.truth(x))
    assert error <= f.limit("f32"), message


def test_ulp_error_sees_faults():
    one, minus_zero = np.float32([1]), np.float32([-0.0])
    assert ulp_error(np.nextafter(one, 2 * one), np.array([1.0])) == 1
    assert ulp_error(one, np.array([1.0]), 2.0**-25) == 0.25
    assert ulp_error(minus_zero, np.array([0.0])) == INF
    assert ulp_error(np.float32([NAN]), np.array([1.0])) == INF
    assert ulp_error(np.float32([INF]), np.array([1.0])) > 2
    assert ulp_error(np.float32([INF]), np.array([3.4028234e38])) < 2
    assert ulp_error(np.float32([INF]), np.array([1e300])) == 0
    assert ulp_error(np.array([5e-324]), np.array([0.0]), 4e-324) < 1


def grid(dtype):
    extra = np.array([1.5, 5, 7, 2.0**24, 2.0**53, 2.0**52 + 1, -1.5, -5, -7], np.float32 if dtype == "f32" else float)
    values = np.concatenate([specials(dtype), extra])
    x, y = (v.reshape(-1).copy() for v in np.meshgrid(values, values))
    return x, y


def pairs(dtype, count):
    """Bases and exponents whose power is a number of any size."""
    rng = np.random.default_rng(0)
    kind, top = (np.float32, 110) if dtype == "f32" else (np.float64, 760)
    base = np.concatenate([np.exp(rng.uniform(-40, 40, count)), 1 + np.exp(rng.uniform(-14, -1, count))]).astype(kind)
    exponent = (rng.uniform(-top, top, 2 * count) / np.log(base.astype(np.float64))).astype(kind)
    whole = np.rint(rng.uniform(-60, 60, count)).astype(kind)
    return np.concatenate([base, -base[:count]]), np.concatenate([exponent, whole])


@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize(
    ("name", "truth", "widen"),
    [
        ("pow", np.power, True),
        ("atan2", np.arctan2, True),
        ("nextafter", np.nextafter, False),
        ("copysign", np.copysign, False),
    ],
)
def test_special_cases_of_two_arguments(name, truth, widen, dtype):
    x, y = grid(dtype)
    got = compiled(getattr(functions, name), x, y)
    with np.errstate(all="ignore"):
        wanted = truth(x.astype(float), y.astype(float)) if widen else truth(x, y)
    assert ulp_error(got, wanted.astype(float)).max() <= (1 if widen else 0)
    # without fma, polynomials are rounded more often
    assert np.array_equal(interpreted(getattr(functions, name), x, y), got, equal_nan=True) or not host().fma


def test_pow_f32_within_bound():
    x, y = pairs("f32", 100_000)
    with np.errstate(all="ignore"):
        truth = np.power(x.astype(np.float64), y.astype(np.float64))
    assert ulp_error(compiled(functions.pow, x, y), truth).max() < 0.51


def test_pow_f64_within_bound():
    x, y = pairs("f64", 300)
    with mp.workprec(160):
        exact = [mp.mpf(float(a)) ** mp.mpf(float(b)) for a, b in zip(x, y, strict=True)]
        truth = np.array([float(t) for t in exact])
        rest = np.array([float(t - h) if np.isfinite(h) else 0.0 for t, h in zip(exact, truth, strict=True)])
    assert ulp_error(compiled(functions.pow, x, y), truth, rest).max() <= 1


@pytest.mark.parametrize("dtype", ["f32", "f64"])
def test_atan2_within_bound(dtype):
    rng = np.random.default_rng(1)
    kind = np.float32 if dtype == "f32" else np.float64
    x = np.concatenate([rng.uniform(-2, 2, 400), np.exp(rng.uniform(-80, 80, 400)) * rng.choice([-1, 1], 400)])
    y = np.concatenate([rng.uniform(-2, 2, 400), x[400:] * np.exp(rng.uniform(-20, 20, 400))])
    with np.errstate(over="ignore"):
        x, y = x.astype(kind), y.astype(kind)
    with mp.workprec(120):
        exact = [mp.atan2(mp.mpf(float(b)), mp.mpf(float(a))) for a, b in zip(x, y, strict=True)]
        truth = np.array([float(t) for t in exact])
        rest = np.array([float(t - h) for t, h in zip(exact, truth, strict=True)])
    assert ulp_error(compiled(functions.atan2, y, x), truth, rest).max() <= 2


@pytest.mark.parametrize("dtype", ["f32", "f64"])
def test_logaddexp(dtype):
    rng = np.random.default_rng(2)
    kind = np.float32 if dtype == "f32" else np.float64
    x, y = (rng.uniform(0, 90, 2000).astype(kind) for _ in range(2))
    got = compiled(functions.logaddexp, x, y)
    assert ulp_error(got, np.logaddexp(x.astype(np.longdouble), y.astype(np.longdouble)).astype(np.float64)).max() <= 2
    ends = np.array(list(itertools.product([0.0, -INF, INF, NAN, 3.0], repeat=2)), kind)
    x, y = ends[:, 0].copy(), ends[:, 1].copy()
    with np.errstate(all="ignore"):
        assert ulp_error(compiled(functions.logaddexp, x, y), np.logaddexp(x, y).astype(np.float64)).max() <= 2


@pytest.mark.parametrize("dtype", ["f32", "f64"])
def test_rounding(dtype):
    x = np.concatenate([specials(dtype), (np.arange(-40, 41) / 8).astype(specials(dtype).dtype)])
    below = np.nextafter(x.dtype.type(0.5), x.dtype.type(0))
    x = np.concatenate([x, [below, -below]])
    with np.errstate(all="ignore"):
        size = np.floor(np.abs(x)) + (np.abs(x) - np.floor(np.abs(x)) >= 0.5)
        away = np.where(np.isinf(x), x, np.copysign(size, x))
        table = {"round_even": np.rint(x), "round_away": away, "sign": np.where(x == 0, x, np.sign(x))}
    for name, wanted in table.items():
        got = compiled(getattr(functions, name), x)
        assert np.array_equal(got, wanted, equal_nan=True), name
        assert np.array_equal(np.signbit(got), np.signbit(wanted) | np.isnan(got) & np.signbit(got)), name
    assert np.array_equal(compiled(functions.is_finite, x), np.isfinite(x))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_emulated_fma_gives_zeros_their_signs(kind):
    values = np.array([0.0, -0.0, 1.0, -1.0, 2.0, -2.0], kind)
    x, y, z = (v.reshape(-1).copy() for v in np.meshgrid(values, values, values))
    got, want = compiled(fma, x, y, z, machine=replace(host(), fma=False)), x * y + z
    assert np.array_equal(got, want)
    assert np.array_equal(np.signbit(got), np.signbit(want))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 10, -1, -2])
def test_integer_pow(n):
    x = np.linspace(-3, 3, 101)
    with np.errstate(all="ignore"):
        assert np.allclose(compiled(lambda e: functions.integer_pow(e, n), x), x**n, rtol=1e-14)


def test_functions_refuse_other_types():
    with table(), pytest.raises(TypeError, match="elementary functions take f32 or f64, got i64"):
        functions.sin(axis(Axis(3)))
    with table(), pytest.raises(TypeError, match="got f16"):
        functions.log(const(1.0, "f16"))
