"""Fourier transforms against NumPy's: every kind, odd and even sizes, padding, norms, derivatives, errors."""

import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors

F = rt.numpy.fft
REAL = ("rfft", "rfft2", "rfftn", "ihfft")
RNG = np.random.default_rng(0)


def drawn(name, *shape, kind=np.complex128):
    x = RNG.standard_normal(shape) + (0 if name in REAL else 1j * RNG.standard_normal(shape))
    kind = {np.complex64: np.float32, np.complex128: np.float64}[kind] if name in REAL else kind
    return x.astype(kind)


def array(x):
    return rt.numpy.asarray(x, dtype=x.dtype)


@pytest.mark.parametrize("kind", [np.complex64, np.complex128])
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
def test_one_axis_equals_numpy(name, kind):
    x = drawn(name, 3, 7, kind=kind)
    for n in (None, 4, 5, 12):
        for norm in (None, "ortho", "forward"):
            want = getattr(np.fft, name)(x, n, 0, norm=norm)
            for f in (getattr(F, name), rt.jit(getattr(F, name), static_argnums=(1, 2, 3))):
                got = f(array(x), n, 0, norm)
                assert got.dtype == {"c": np.dtype(kind), "f": x.real.dtype}[want.dtype.kind]
                np.testing.assert_allclose(np.asarray(got), want, atol=1e-5 if kind == np.complex64 else 1e-12)


@pytest.mark.parametrize("name", ["fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn"])
def test_several_axes_equal_numpy(name):
    x = drawn(name, 3, 4, 5)
    f, n = getattr(F, name), getattr(np.fft, name)
    np.testing.assert_allclose(np.asarray(f(array(x))), n(x), atol=1e-12)
    got = rt.jit(lambda x: f(x, (2, 6), (2, 0)))(array(x))
    np.testing.assert_allclose(np.asarray(got), n(x, (2, 6), (2, 0)), atol=1e-12)
    got = rt.vmap(lambda x: f(x, axes=(0, 1)), 1)(array(x))
    np.testing.assert_allclose(np.asarray(got), np.moveaxis(n(x, axes=(0, 2)), 1, 0), atol=1e-12)


@pytest.mark.parametrize("n", [4, 5])
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft"])
def test_transposes_are_adjoint(name, n):
    x = drawn(name, 2, n // 2 + 1 if name == "irfft" else n)

    def f(x):
        return getattr(F, name)(x, n)

    y, back = rt.vjp(f, array(x))
    ct = RNG.standard_normal(y.shape) + (1j * RNG.standard_normal(y.shape) if np.asarray(y).dtype.kind == "c" else 0)
    (got,) = back(array(ct))
    t = drawn(name, *x.shape)
    # JAX's convention: sums of products without conjugates, of which the real part counts where x is real
    left = np.sum(np.asarray(rt.jvp(f, (array(x),), (array(t),))[1]) * ct)
    right = np.sum(np.asarray(got) * t)
    np.testing.assert_allclose(np.real(left), np.real(right), rtol=1e-10)


def test_frequencies_and_shifts_equal_numpys():
    for n in (4, 5):
        np.testing.assert_allclose(F.fftfreq(n, 0.5), np.fft.fftfreq(n, 0.5), rtol=1e-6)
        np.testing.assert_allclose(F.rfftfreq(n, 0.5), np.fft.rfftfreq(n, 0.5), rtol=1e-6)
        x = np.arange(3 * n).reshape(3, n)
        for axes in (None, 1, (0,)):
            np.testing.assert_array_equal(F.fftshift(x, axes), np.fft.fftshift(x, axes))
            np.testing.assert_array_equal(F.ifftshift(x, axes), np.fft.ifftshift(x, axes))


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda x: F.fft(x, norm="left"), errors.BadArgument, "'backward', 'ortho' or 'forward'"),
        (lambda x: F.fft(x, 0), errors.BadArgument, "Sizes of at least 1"),
        (lambda x: F.fft(x, axis=5), errors.AxisError, "fft"),
        (lambda x: F.rfft(x * 1j), errors.DtypeError, "real numbers are needed"),
        (lambda x: F.fft2(x, axes=(0,)), errors.BadArgument, "Two axes"),
        (lambda x: F.fftn(x, axes=(0, 0)), errors.BadArgument, "once each"),
        (lambda x: rt.lax.fft(x, "DCT", (3,)), errors.BadArgument, "'RFFT'"),
        (lambda x: rt.lax.fft(x, "FFT", (4,)), errors.ShapeError, "takes other sizes"),
    ],
)  # fmt: skip
def test_bad_input_is_told(call, kind, says):
    with pytest.raises(kind, match=says):
        call(rt.numpy.ones((2, 3)))
