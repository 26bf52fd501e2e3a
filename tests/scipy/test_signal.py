"""Signals beside SciPy in float64 and JAX."""

import jax.scipy.signal as theirs
import numpy as np
import pytest
import scipy.signal

import rustorch_fn as rt
from rustorch_fn import errors
from rustorch_fn.scipy import signal

RNG = np.random.default_rng(0)
LONG, SHORT = RNG.normal(size=40).astype("f4"), RNG.normal(size=6).astype("f4")
IMAGE, STAMP = RNG.normal(size=(5, 6)).astype("f4"), RNG.normal(size=(2, 4)).astype("f4")
WAVES = RNG.normal(size=(2, 600)).astype("f4")
CALLS = [
    *[(name, (x, y), {"mode": mode}) for name in ("convolve", "correlate", "fftconvolve") for mode in signal._MODES
      for x, y in ((LONG, SHORT), (SHORT, LONG), (IMAGE, STAMP))],
    *[(name, (IMAGE, STAMP), {"mode": mode}) for name in ("convolve2d", "correlate2d") for mode in signal._MODES],
    ("convolve", (IMAGE, STAMP), {"method": "fft"}), ("convolve", (IMAGE * (1 + 2j), STAMP), {}),
    ("detrend", (IMAGE,), {}), ("detrend", (LONG,), {"bp": 10}), ("detrend", (IMAGE,), {"type": "constant", "axis": 0}),
    ("welch", (WAVES,), {"fs": 10.0}), ("welch", (WAVES,), {"nperseg": 64, "average": "median", "scaling": "spectrum"}),
    ("csd", (WAVES, WAVES[::-1].copy()), {"nperseg": 100, "nfft": 128}),
    ("stft", (WAVES,), {"nperseg": 64}), ("stft", (WAVES,), {"nperseg": 64, "boundary": None, "noverlap": 10}),
]  # fmt: skip


@pytest.mark.parametrize("k", range(len(CALLS)))
def test_values_and_types(k):
    name, args, how = CALLS[k]
    got, want, peer = (getattr(m, name)(*args, **how) for m in (signal, scipy.signal, theirs))
    compiled = rt.jit(lambda *a: getattr(signal, name)(*a, **how))(*args)
    for g, c, w, p in zip(*(x if isinstance(x, tuple) else (x,) for x in (got, compiled, want, peer)), strict=True):
        assert g.shape == c.shape == np.shape(w)
        assert g.dtype == c.dtype == p.dtype
        for found in (g, c):
            np.testing.assert_allclose(found, w, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("how", [{"nperseg": 64}, {"nperseg": 100, "noverlap": 75}])
def test_a_signal_comes_back(how):
    z = signal.stft(WAVES, **how)[2]
    (times, back), (wanted_times, wanted) = signal.istft(z, **how), scipy.signal.istft(np.asarray(z), **how)
    np.testing.assert_allclose(back, wanted, atol=1e-5)
    np.testing.assert_allclose(times, wanted_times)
    np.testing.assert_allclose(back[:, :600], WAVES, atol=1e-5)


def test_slopes_go_through():
    slope = rt.grad(lambda x: (signal.convolve(x, SHORT) ** 2).sum())(rt.numpy.asarray(LONG))
    wanted = 2 * np.correlate(np.convolve(LONG, SHORT), SHORT, "valid")
    np.testing.assert_allclose(slope, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: signal.convolve(LONG, IMAGE), errors.ShapeError),
        (lambda: signal.convolve(LONG, SHORT, "most"), errors.BadArgument),
        (lambda: signal.convolve(np.ones((2, 5)), np.ones((5, 2)), "valid"), errors.ShapeError),
        (lambda: signal.convolve2d(IMAGE, STAMP, boundary="wrap"), errors.BadArgument),
        (lambda: signal.detrend(LONG, type="curved"), errors.BadArgument),
        (lambda: signal.welch(LONG, nperseg=8, noverlap=8), errors.BadArgument),
        (lambda: signal.csd(LONG, LONG, scaling="loud"), errors.BadArgument),
    ],
)
def test_wrong_calls_are_said(call, error):
    with pytest.raises(error):
        call()
