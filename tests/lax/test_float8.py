"""float8: every code and every halfway point is rounded as ml_dtypes rounds, by NumPy and by kernels."""

import ml_dtypes
import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors

KINDS = [ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2]
EDGES = [463.9, 464, 464.1, 480, 57344, 61439, 61440, 61441, 65536, 1e30, np.inf, np.nan, 1e-30, 5e-324, 0.0]


def values(kind):
    """All values but nan, in order."""
    x = np.arange(256, dtype=np.uint8).view(kind).astype(np.float32)
    return np.sort(x[np.isfinite(x)])


def points(kind):
    """Values, those halfway between them, and what lies beside those, as float32."""
    x = values(kind)
    half = (x[1:] + x[:-1]) / 2
    beside = [np.nextafter(half, np.float32(side)) for side in (np.inf, -np.inf)]
    with np.errstate(over="ignore"):
        edges = np.float32(EDGES)
    return np.concatenate([x, half, *beside, edges, -edges])


def same(got, want):
    """Equal bits, or nan both."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.dtype == want.dtype
    nan = np.isnan(got.astype(np.float32)) & np.isnan(want.astype(np.float32))
    assert np.all(nan | (got.view(np.uint8) == want.view(np.uint8)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_code_is_read(kind):
    codes = np.arange(256, dtype=np.uint8).view(kind)
    x = rt.numpy.asarray(codes, dtype=kind)
    want = codes.astype(np.float32)
    for widen in (lambda x: x.astype("float32"), rt.jit(lambda x: x.astype("float32"))):
        np.testing.assert_array_equal(widen(x), want)
        assert np.array_equal(np.signbit(widen(x)), np.signbit(want))
    bits = rt.jit(lambda x: rt.lax.bitcast_convert_type(x, "uint8"))(x)
    same(np.asarray(bits).view(kind), codes)


@pytest.mark.parametrize("source", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("kind", KINDS)
def test_halves_are_rounded_to_even(kind, source):
    x = rt.numpy.asarray(points(kind), dtype=source)
    with np.errstate(all="ignore"):
        want = np.asarray(x).astype(kind)
    same(x.astype(kind), want)
    same(rt.jit(lambda x: x.astype(kind))(x), want)


@pytest.mark.parametrize("kind", KINDS)
def test_float64_is_rounded_once(kind):
    x = values(kind).astype(np.float64)
    half = (x[1:] + x[:-1]) / 2
    for moved, want in ((np.nextafter(half, np.inf), x[1:]), (np.nextafter(half, -np.inf), x[:-1])):
        given = rt.numpy.asarray(moved, dtype="float64")
        for narrow in (lambda x: x.astype(kind), rt.jit(lambda x: x.astype(kind))):
            np.testing.assert_array_equal(np.asarray(narrow(given)).astype(np.float64), want)


@pytest.mark.parametrize("kind", KINDS)
def test_ops_are_wide_and_rounded_once(kind):
    y = rt.numpy.asarray(np.linspace(-3, 3, 11), dtype=kind)
    wide = np.asarray(y).astype(np.float32)
    cases = [
        (lambda y: y * y, wide * wide), (lambda y: y + 1, wide + 1), (lambda y: y.sum(), wide.sum()),
        (lambda y: y @ y, wide @ wide), (lambda y: y.max(), wide.max()), (rt.numpy.sort, np.sort(wide)),
        (rt.numpy.exp, np.exp(wide)), (lambda y: y[::2], wide[::2]), (rt.grad(lambda y: (y * y).sum()), 2 * wide),
        (lambda y: rt.lax.cond(y[0] < 0, lambda y: -y, lambda y: y, y), -wide),
        (rt.vmap(lambda y: y * 2), wide * 2),
    ]  # fmt: skip
    for f, want in cases:
        same(f(y), np.asarray(want).astype(kind))
        same(rt.jit(f)(y), np.asarray(want).astype(kind))
    loop = rt.jit(lambda y: rt.lax.fori_loop(0, 3, lambda _, total: total + y, y))(y)
    total = np.asarray(y)
    for _ in range(3):
        total = (total.astype(np.float32) + wide).astype(kind)
    same(loop, total)


@pytest.mark.parametrize("kind", KINDS)
def test_only_python_numbers_and_integers_join_them(kind):
    y = rt.numpy.ones(3, kind)
    assert (y + 1.5).dtype == (y * 2).dtype == (y + rt.numpy.arange(3)).dtype == kind
    for other in ("float32", "bfloat16", "complex64", next(k for k in KINDS if k is not kind)):
        with pytest.raises(errors.DtypeError, match="8-bit floats"):
            y + rt.numpy.ones(3, other)
    assert rt.parse(str(rt.make_jaxpr(lambda y: y * 0.3)(y))) == rt.make_jaxpr(lambda y: y * 0.3)(y)
